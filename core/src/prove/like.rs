//! Patterns of `like`: which strings match, and a string that matches some patterns and not others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::facts::PatternElement;

/// A pattern, without wildcards next to each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(Vec<Option<char>>);

/// Strings that match all of some patterns and none of others, shortest first.
#[derive(Debug)]
pub enum Found {
    /// As many as were asked for, or all that there are.
    Strings {
        /// In order of length, then of their characters.
        strings: Vec<String>,
        /// Whether there is no other.
        all: bool,
    },
    /// The search took too many steps.
    Budget,
}

impl Pattern {
    /// The pattern that was written.
    pub fn new(elements: &[PatternElement]) -> Self {
        let mut parts: Vec<Option<char>> = elements
            .iter()
            .map(|element| match element {
                PatternElement::Char(char) => Some(*char),
                PatternElement::Wildcard => None,
            })
            .collect();
        parts.dedup_by(|a, b| a.is_none() && b.is_none());
        Self(parts)
    }

    /// The one string that it matches, if it has no wildcard.
    pub fn constant(&self) -> Option<String> {
        self.0.iter().copied().collect()
    }

    /// Whether it matches every string.
    pub fn matches_all(&self) -> bool {
        self.0 == [None]
    }

    /// Whether it matches a string. What stands between wildcards is looked for from left to right, each part at the
    /// first place where it can be: a later place would leave less for the parts after it.
    pub fn matches(&self, text: &str) -> bool {
        let mut parts = self
            .0
            .split(Option::is_none)
            .map(|part| part.iter().copied().flatten().collect::<String>());
        let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(&*first)) else {
            return false;
        };
        let mut parts = parts.peekable();
        if parts.peek().is_none() {
            return rest.is_empty();
        }
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return rest.ends_with(&*part);
            }
            match rest.split_once(&*part) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        true
    }

    fn start(&self) -> BTreeSet<usize> {
        self.closed([0].into())
    }

    /// A wildcard can also be passed over.
    fn closed(&self, mut at: BTreeSet<usize>) -> BTreeSet<usize> {
        let passed: Vec<usize> = at
            .iter()
            .filter(|place| matches!(self.0.get(**place), Some(None)))
            .map(|place| place + 1)
            .collect();
        at.extend(passed);
        at
    }

    fn step(&self, at: &BTreeSet<usize>, char: char) -> BTreeSet<usize> {
        let next = at
            .iter()
            .filter_map(|place| match self.0.get(*place)? {
                None => Some(*place),
                Some(expected) => (*expected == char).then_some(place + 1),
            })
            .collect();
        self.closed(next)
    }

    fn accepts(&self, at: &BTreeSet<usize>) -> bool {
        at.contains(&self.0.len())
    }
}

/// Up to `count` strings that match all of `matching` and none of `others`; `steps` is what the search may take, and
/// is lowered by what it took.
pub fn find(matching: &[&Pattern], others: &[&Pattern], count: usize, steps: &mut u64) -> Found {
    let patterns: Vec<(&Pattern, bool)> = matching
        .iter()
        .map(|pattern| (*pattern, true))
        .chain(others.iter().map(|pattern| (*pattern, false)))
        .collect();
    let alphabet = alphabet(&patterns);
    let start: State = patterns
        .iter()
        .map(|(pattern, _)| pattern.start())
        .collect();
    if take(steps, size(&start)).is_none() {
        return Found::Budget;
    }
    let Some(alive) = alive(&patterns, &alphabet, &start, steps) else {
        return Found::Budget;
    };
    let mut strings = Vec::new();
    // By the length of the shortest string that they lead to: what leads astray is not followed.
    let mut queue: BTreeSet<(usize, String, State)> = BTreeSet::new();
    if let Some(distance) = alive.get(&start) {
        queue.insert((*distance, String::new(), start));
    }
    while let Some((_, text, state)) = queue.pop_first() {
        if strings.len() == count {
            return Found::Strings {
                strings,
                all: false,
            };
        }
        if is_accepted(&patterns, &state) {
            strings.push(text.clone());
        }
        for char in &alphabet {
            let next = step(&patterns, &state, *char);
            if let Some(distance) = alive.get(&next) {
                if take(steps, size(&next) + text.len()).is_none() {
                    return Found::Budget;
                }
                let mut text = text.clone();
                text.push(*char);
                let length = text.chars().count() + distance;
                queue.insert((length, text, next));
            }
        }
    }
    Found::Strings { strings, all: true }
}

/// For every pattern, the places in it up to which a string can have matched.
type State = Vec<BTreeSet<usize>>;

/// How much a state holds.
fn size(state: &State) -> usize {
    state.iter().map(BTreeSet::len).sum()
}

/// Takes the steps for something of this size; `None` where there are not as many.
fn take(steps: &mut u64, size: usize) -> Option<()> {
    /// How many places of a state are looked at in a step.
    const AT_ONCE: usize = 16;
    *steps = steps.checked_sub(1 + (size / AT_ONCE) as u64)?;
    Some(())
}

fn step(patterns: &[(&Pattern, bool)], state: &State, char: char) -> State {
    patterns
        .iter()
        .zip(state)
        .map(|((pattern, _), at)| pattern.step(at, char))
        .collect()
}

fn is_accepted(patterns: &[(&Pattern, bool)], state: &State) -> bool {
    patterns
        .iter()
        .zip(state)
        .all(|((pattern, wanted), at)| pattern.accepts(at) == *wanted)
}

/// The states from which a string that is looked for can still be reached, and by how many characters at least;
/// `None` where there are too many.
fn alive(
    patterns: &[(&Pattern, bool)],
    alphabet: &[char],
    start: &State,
    steps: &mut u64,
) -> Option<BTreeMap<State, usize>> {
    let mut before: BTreeMap<State, Vec<State>> = BTreeMap::new();
    let mut queue = VecDeque::from([start.clone()]);
    before.insert(start.clone(), Vec::new());
    while let Some(state) = queue.pop_front() {
        for char in alphabet {
            *steps = steps.checked_sub(patterns.len() as u64)?;
            take(steps, size(&state))?;
            let next = step(patterns, &state, *char);
            // A pattern that has to match and cannot any more.
            if patterns
                .iter()
                .zip(&next)
                .any(|((_, wanted), at)| *wanted && at.is_empty())
            {
                continue;
            }
            let known = before.entry(next.clone()).or_insert_with(|| {
                queue.push_back(next);
                Vec::new()
            });
            known.push(state.clone());
        }
    }
    let mut alive: BTreeMap<State, usize> = BTreeMap::new();
    let mut queue: VecDeque<(State, usize)> = before
        .keys()
        .filter(|state| is_accepted(patterns, state))
        .map(|state| (state.clone(), 0))
        .collect();
    while let Some((state, distance)) = queue.pop_front() {
        if alive.contains_key(&state) {
            continue;
        }
        for before in before.get(&state).into_iter().flatten() {
            queue.push_back((before.clone(), distance + 1));
        }
        alive.insert(state, distance);
    }
    Some(alive)
}

/// The characters of the patterns, and one that stands for all others.
fn alphabet(patterns: &[(&Pattern, bool)]) -> Vec<char> {
    let mut named: BTreeSet<char> = patterns
        .iter()
        .flat_map(|(pattern, _)| pattern.0.iter().copied().flatten())
        .collect();
    let other = ('a'..='z')
        .chain('0'..='9')
        .chain('\u{4e00}'..='\u{9fff}')
        .find(|char| !named.contains(char));
    named.extend(other);
    named.into_iter().collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::panic, reason = "tests")]

    use super::*;

    fn pattern(text: &str) -> Pattern {
        let elements: Vec<PatternElement> = text
            .chars()
            .map(|char| match char {
                '*' => PatternElement::Wildcard,
                char => PatternElement::Char(char),
            })
            .collect();
        Pattern::new(&elements)
    }

    #[track_caller]
    fn found(matching: &[&str], others: &[&str], count: usize) -> (Vec<String>, bool) {
        let matching: Vec<Pattern> = matching.iter().map(|text| pattern(text)).collect();
        let others: Vec<Pattern> = others.iter().map(|text| pattern(text)).collect();
        let refs = |patterns: &'static [Pattern]| patterns.iter().collect::<Vec<_>>();
        let (matching, others) = (refs(matching.leak()), refs(others.leak()));
        match find(&matching, &others, count, &mut 1_000_000) {
            Found::Strings { strings, all } => {
                for text in &strings {
                    assert!(matching.iter().all(|pattern| pattern.matches(text)));
                    assert!(!others.iter().any(|pattern| pattern.matches(text)));
                }
                (strings, all)
            }
            Found::Budget => panic!("out of budget"),
        }
    }

    #[test]
    fn a_pattern_matches_as_in_cedar() {
        for (text, yes, no) in [
            ("a*", &["a", "ab", "a*"][..], &["", "ba"][..]),
            ("*a", &["a", "ba"], &["", "ab"]),
            ("a*b*c", &["abc", "aXbbc"], &["ac", "acb"]),
            ("", &[""], &["a"]),
            ("*", &["", "x"], &[]),
            ("**a**", &["a", "xay"], &["x"]),
        ] {
            for string in yes {
                assert!(pattern(text).matches(string), "{text} {string}");
            }
            for string in no {
                assert!(!pattern(text).matches(string), "{text} {string}");
            }
        }
    }

    #[test]
    fn strings_are_found_where_there_are_any() {
        assert_eq!(found(&["a*"], &["a"], 1), (vec!["aa".to_owned()], false));
        assert_eq!(
            found(&["a*", "*a"], &["a*a"], 5),
            (vec!["a".to_owned()], true)
        );
        assert_eq!(found(&["a*"], &["*"], 5), (vec![], true));
        assert_eq!(found(&["a*b"], &["*b"], 1), (vec![], true));
        assert_eq!(found(&["*a*", "*b*"], &["*ab*"], 1).0, ["ba"]);
        assert_eq!(found(&[], &["*a*"], 3).0.len(), 3);
        let long = "*aaba*baab";
        assert_eq!(found(&[long], &[], 1).0, ["aababaab"]);
        assert_eq!(found(&[long], &["*aababaab"], 1).0, ["aabaabaab"]);
        let (four, all) = found(&["*x*"], &[], 4);
        assert_eq!((four.len(), all), (4, false));
    }

    #[test]
    fn a_search_without_steps_ends() {
        let (a, b) = (pattern("*a*b*c*"), pattern("*c*b*a*"));
        assert!(matches!(find(&[&a], &[&b], 1, &mut 5), Found::Budget));
    }
}
