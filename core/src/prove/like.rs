//! Patterns of `like`: which strings match, and a string that matches some patterns and not others.
//!
//! What matches two patterns matches one of a few patterns that are made from the pieces of both, and a pattern lies
//! within others exactly where one of them matches the text that has a character of its own in place of each
//! wildcard: that character can only be matched by a wildcard, which then matches anything in its place. So texts made
//! from the patterns decide, and no automaton is built.

use std::collections::BTreeSet;

use super::Why;
use crate::facts::PatternElement;

/// A pattern: what stands before, between and behind its wildcards.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(Vec<String>);

/// A string that matches all of some patterns and none of others.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// This one, which nobody else has.
    Text(String),
    /// There are only these, and all are taken.
    OneOf {
        /// In order.
        strings: Vec<String>,
        /// The numbers of the patterns because of which there are no others, of both kinds.
        because: [BTreeSet<usize>; 2],
    },
}

impl Found {
    /// The string, if one was found.
    pub fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::OneOf { .. } => None,
        }
    }
}

impl Pattern {
    /// The pattern that was written.
    pub fn new(elements: &[PatternElement]) -> Self {
        let tokens = elements.iter().map(|element| match element {
            PatternElement::Char(char) => Some(*char),
            PatternElement::Wildcard => None,
        });
        Self::of(tokens)
    }

    /// The pattern with these characters, and a wildcard for each that is none. Wildcards next to each other are one.
    fn of(tokens: impl Iterator<Item = Option<char>>) -> Self {
        let mut parts = Vec::new();
        let mut part = String::new();
        let mut is_wildcard = false;
        for token in tokens {
            match token {
                Some(char) => part.push(char),
                None if is_wildcard => {}
                None => parts.push(std::mem::take(&mut part)),
            }
            is_wildcard = token.is_none();
        }
        parts.push(part);
        Self(parts)
    }

    fn tokens(&self) -> Vec<Option<char>> {
        let mut tokens = Vec::new();
        for (number, part) in self.0.iter().enumerate() {
            if number > 0 {
                tokens.push(None);
            }
            tokens.extend(part.chars().map(Some));
        }
        tokens
    }

    /// The one string that it matches, if it has no wildcard.
    pub fn constant(&self) -> Option<String> {
        match self.0.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        }
    }

    /// Whether it matches every string.
    pub fn matches_all(&self) -> bool {
        self.0.len() == 2 && self.0.iter().all(String::is_empty)
    }

    /// Whether it matches a string. What stands between wildcards is looked for from left to right, each part at the
    /// first place where it can be: a later place would leave less for the parts after it.
    pub fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.0.as_slice() else {
            return self.0.first().is_some_and(|only| only == text);
        };
        let rest = text.strip_prefix(first.as_str());
        let rest = middle.iter().try_fold(rest, |rest, part| {
            Some(rest?.split_once(part.as_str()).map(|(_, after)| after))
        });
        rest.flatten()
            .is_some_and(|rest| rest.ends_with(last.as_str()))
    }

    /// The text with something in place of every wildcard.
    fn filled(&self, with: &str) -> String {
        self.0.join(with)
    }

    /// Whether another matches all that it matches. Where it says no, that may be so nevertheless.
    pub fn is_within(&self, other: &Self) -> bool {
        /// No pattern has it that anybody writes.
        const FRESH: char = '\u{10fffd}';
        !other.chars().any(|char| char == FRESH)
            && other.matches(&self.filled(FRESH.encode_utf8(&mut [0; 4])))
    }

    /// Whether no string matches both. What is before the first wildcard, or behind the last, tells.
    fn is_apart_from(&self, other: &Self) -> bool {
        match (self.0.as_slice(), other.0.as_slice()) {
            ([only], _) => !other.matches(only),
            (_, [only]) => !self.matches(only),
            ([a, .., x], [b, .., y]) => {
                !(a.starts_with(b.as_str()) || b.starts_with(a.as_str()))
                    || !(x.ends_with(y.as_str()) || y.ends_with(x.as_str()))
            }
            _ => false,
        }
    }

    fn chars(&self) -> impl Iterator<Item = char> {
        self.0.iter().flat_map(|part| part.chars())
    }
}

/// The pairs of a pattern that matches and another with which that excludes: one that has to match too and cannot, or,
/// where the flag is set, one that must not match and does.
pub fn conflicts(
    matching: &[&Pattern],
    others: &[&Pattern],
    most: usize,
) -> Vec<(usize, usize, bool)> {
    let Some(fresh) = fresh(matching.iter().chain(others)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (number, one) in matching.iter().enumerate() {
        let text = one.filled(fresh.encode_utf8(&mut [0; 4]));
        let behind = matching.iter().enumerate().skip(number + 1);
        found.extend(
            behind
                .filter(|(_, other)| one.is_apart_from(other))
                .map(|(other, _)| (number, other, false)),
        );
        let within = others
            .iter()
            .enumerate()
            .filter(|(_, other)| other.matches(&text));
        found.extend(within.map(|(other, _)| (number, other, true)));
        if found.len() >= most {
            break;
        }
    }
    found
}

/// A string that matches all of `matching` and none of `others`, and is not taken; `steps` is what the search may
/// take, and is lowered by what it took.
///
/// # Errors
///
/// [`Why::Budget`].
pub fn find(
    matching: &[&Pattern],
    others: &[&Pattern],
    taken: &BTreeSet<String>,
    steps: &mut u64,
) -> Result<Found, Why> {
    let mut search = Search {
        matching,
        others,
        fresh: fresh(matching.iter().chain(others)).ok_or(Why::Budget)?,
        because: [BTreeSet::new(), BTreeSet::new()],
        seen: BTreeSet::new(),
        open: vec![Open::Whole(Pattern(vec![String::new(); 2]), 0)],
    };
    let mut strings = BTreeSet::new();
    while let Some(pattern) = search.next(steps)? {
        match pattern.constant() {
            Some(text) if taken.contains(&text) => {
                strings.insert(text);
            }
            Some(text) => return Ok(Found::Text(text)),
            None => return Ok(Found::Text(search.plain(&pattern, taken, steps)?)),
        }
    }
    Ok(Found::OneOf {
        strings: strings.into_iter().collect(),
        because: search.because,
    })
}

/// A character that no pattern has.
fn fresh<'p>(patterns: impl Iterator<Item = &'p &'p Pattern>) -> Option<char> {
    let named: BTreeSet<char> = patterns.flat_map(|pattern| pattern.chars()).collect();
    ('a'..='z')
        .chain('0'..='9')
        .chain('\u{4e00}'..='\u{9fff}')
        .chain('\u{1}'..=char::MAX)
        .find(|char| !named.contains(char))
}

/// The patterns that are made from those that have to match, one after the other. None of the others matches all that
/// such a pattern does.
struct Search<'p> {
    matching: &'p [&'p Pattern],
    others: &'p [&'p Pattern],
    fresh: char,
    because: [BTreeSet<usize>; 2],
    seen: BTreeSet<(usize, Pattern)>,
    /// What is still to be looked at, the last first.
    open: Vec<Open>,
}

enum Open {
    /// What matches the patterns before this number.
    Whole(Pattern, usize),
    /// The beginning of something that matches such a pattern and the one with this number.
    Joined {
        number: usize,
        tokens: std::rc::Rc<[Vec<Option<char>>; 2]>,
        /// How far it has got in each of the two.
        at: [usize; 2],
        joined: Vec<Option<char>>,
    },
}

impl Search<'_> {
    fn next(&mut self, steps: &mut u64) -> Result<Option<Pattern>, Why> {
        while let Some(open) = self.open.pop() {
            match open {
                Open::Whole(pattern, number) => {
                    if let Some(found) = self.whole(pattern, number, steps)? {
                        return Ok(Some(found));
                    }
                }
                Open::Joined {
                    number,
                    tokens,
                    at,
                    joined,
                } => self.join(number, &tokens, at, joined, steps)?,
            }
        }
        Ok(None)
    }

    /// Goes on with the next pattern that does not match all of it anyway.
    fn whole(
        &mut self,
        pattern: Pattern,
        number: usize,
        steps: &mut u64,
    ) -> Result<Option<Pattern>, Why> {
        let text = pattern.filled(self.fresh.encode_utf8(&mut [0; 4]));
        for (other, excluded) in self.others.iter().enumerate() {
            take(steps, text.len())?;
            if excluded.matches(&text) {
                let [_, because] = &mut self.because;
                because.insert(other);
                return Ok(None);
            }
        }
        for (next, wanted) in self.matching.iter().enumerate().skip(number) {
            take(steps, text.len())?;
            if wanted.matches(&text) {
                continue;
            }
            let [because, _] = &mut self.because;
            because.insert(next);
            if self.seen.insert((next, pattern.clone())) {
                self.open.push(Open::Joined {
                    number: next,
                    tokens: [pattern.tokens(), wanted.tokens()].into(),
                    at: [0, 0],
                    joined: Vec::new(),
                });
            }
            return Ok(None);
        }
        Ok(Some(pattern))
    }

    /// Goes on until there is a choice. At a wildcard of each there may be anything; then a piece of one or the other
    /// begins. Where only one is at a wildcard, that matches what the other has, or ends.
    fn join(
        &mut self,
        number: usize,
        tokens: &std::rc::Rc<[Vec<Option<char>>; 2]>,
        mut at: [usize; 2],
        mut joined: Vec<Option<char>>,
        steps: &mut u64,
    ) -> Result<(), Why> {
        loop {
            take(steps, 1)?;
            let [x, y] = at;
            let [a, b] = tokens.as_ref();
            match (a.get(x).copied(), b.get(y).copied()) {
                (None, None) => {
                    self.open
                        .push(Open::Whole(Pattern::of(joined.into_iter()), number + 1));
                    return Ok(());
                }
                (Some(Some(one)), Some(Some(other))) if one == other => {
                    joined.push(Some(one));
                    at = [x + 1, y + 1];
                }
                (Some(None), None) => at = [x + 1, y],
                (None, Some(None)) => at = [x, y + 1],
                (Some(None), Some(None)) => {
                    joined.push(None);
                    // What has no further wildcard has to go on to the end.
                    let is_last = !a.iter().skip(x + 1).any(Option::is_none);
                    let ways = if is_last {
                        [[x, y + 1], [x + 1, y]]
                    } else {
                        [[x + 1, y], [x, y + 1]]
                    };
                    return self.fork(number, tokens, ways, [joined.clone(), joined], steps);
                }
                (Some(None), Some(Some(char))) => {
                    let mut longer = joined.clone();
                    longer.push(Some(char));
                    return self.fork(
                        number,
                        tokens,
                        [[x, y + 1], [x + 1, y]],
                        [longer, joined],
                        steps,
                    );
                }
                (Some(Some(char)), Some(None)) => {
                    let mut longer = joined.clone();
                    longer.push(Some(char));
                    return self.fork(
                        number,
                        tokens,
                        [[x + 1, y], [x, y + 1]],
                        [longer, joined],
                        steps,
                    );
                }
                _ => return Ok(()),
            }
        }
    }

    /// Goes on in two ways, the first one first.
    fn fork(
        &mut self,
        number: usize,
        tokens: &std::rc::Rc<[Vec<Option<char>>; 2]>,
        ways: [[usize; 2]; 2],
        joined: [Vec<Option<char>>; 2],
        steps: &mut u64,
    ) -> Result<(), Why> {
        for (at, joined) in ways.into_iter().zip(joined).rev() {
            take(steps, joined.len())?;
            self.open.push(Open::Joined {
                number,
                tokens: std::rc::Rc::clone(tokens),
                at,
                joined,
            });
        }
        Ok(())
    }

    /// A short text of what such a pattern matches.
    fn plain(
        &self,
        pattern: &Pattern,
        taken: &BTreeSet<String>,
        steps: &mut u64,
    ) -> Result<String, Why> {
        let mut gaps = vec![1; pattern.0.len().saturating_sub(1)];
        // Longer in its last gap until nobody has it.
        loop {
            let text = self.with_gaps(pattern, &gaps);
            take(steps, text.len())?;
            if !taken.contains(&text) {
                break;
            }
            if let Some(last) = gaps.last_mut() {
                *last += 1;
            }
        }
        for number in (0..gaps.len()).rev() {
            let mut shorter = gaps.clone();
            if let Some(gap) = shorter.get_mut(number) {
                *gap = 0;
            }
            let text = self.with_gaps(pattern, &shorter);
            take(steps, text.len().saturating_mul(1 + self.others.len()))?;
            if !taken.contains(&text) && !self.others.iter().any(|other| other.matches(&text)) {
                gaps = shorter;
            }
        }
        Ok(self.with_gaps(pattern, &gaps))
    }

    fn with_gaps(&self, pattern: &Pattern, gaps: &[usize]) -> String {
        let mut text = String::new();
        let mut gaps = gaps.iter();
        for part in &pattern.0 {
            text.push_str(part);
            text.extend(std::iter::repeat_n(
                self.fresh,
                gaps.next().copied().unwrap_or(0),
            ));
        }
        text
    }
}

/// Takes the steps for something of this size.
fn take(steps: &mut u64, size: usize) -> Result<(), Why> {
    /// How many characters are looked at in a step.
    const AT_ONCE: usize = 32;
    *steps = steps
        .checked_sub(1 + (size / AT_ONCE) as u64)
        .ok_or(Why::Budget)?;
    Ok(())
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

    fn taken(texts: &[&str]) -> BTreeSet<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    /// The string that is found, or all that there are.
    #[track_caller]
    fn found(
        matching: &[&str],
        others: &[&str],
        taken: &BTreeSet<String>,
    ) -> Result<String, Vec<String>> {
        let [matching, others] = [matching, others]
            .map(|texts| texts.iter().map(|text| pattern(text)).collect::<Vec<_>>());
        let matching: Vec<&Pattern> = matching.iter().collect();
        let others: Vec<&Pattern> = others.iter().collect();
        match find(&matching, &others, taken, &mut 100_000) {
            Ok(Found::Text(text)) => {
                assert!(
                    matching.iter().all(|pattern| pattern.matches(&text)),
                    "{text}"
                );
                assert!(
                    !others.iter().any(|pattern| pattern.matches(&text)),
                    "{text}"
                );
                assert!(!taken.contains(&text), "{text}");
                Ok(text)
            }
            Ok(Found::OneOf { strings, .. }) => Err(strings),
            Err(_) => panic!("out of budget"),
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
            ("ab*ba", &["abba", "abxba"], &["aba"]),
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
        let nobody = BTreeSet::new();
        let some = |text: &str| Ok(text.to_owned());
        for (matching, others, expected) in [
            (&["a*"][..], &["a"][..], some("ab")),
            (&["a*"], &["*"], Err(vec![])),
            (&["a*b"], &["*b"], Err(vec![])),
            (&["*a*", "*b*"], &["*ab*"], some("acb")),
            (&["*aaba*baab"], &[], some("aababaab")),
            (&["*aaba*baab"], &["*aababaab"], some("aabacbaab")),
            (
                &["*/keys/*"],
                &["*/vault/*", "*/cron/*", "/keys/b*"],
                some("/keys/"),
            ),
            (&["*/keys/*"], &["*/keys/", "/*"], some("a/keys/a")),
            (&[], &[], some("")),
            (&[], &["", "a*"], some("b")),
            // Only pieces that share characters are left.
            (&["ab*", "*bc"], &["ab*bc"], some("abc")),
            (&["ab*", "*bc"], &["ab*bc", "*abc"], Err(vec![])),
            (&["aba*", "*aba", "*b*b*"], &[], some("abaaba")),
        ] {
            assert_eq!(
                found(matching, others, &nobody),
                expected,
                "{matching:?} {others:?}"
            );
        }
        assert_eq!(
            found(&["a*", "*a"], &["a*a"], &taken(&["a"])),
            Err(vec!["a".to_owned()])
        );
        assert_eq!(
            found(&["*x*"], &[], &taken(&["x", "xa", "ax", "axa"])),
            some("xaa")
        );
    }

    #[test]
    fn what_excludes_another_is_found_without_a_search() {
        let patterns = ["a*", "b*", "a*c", "*"].map(pattern);
        let [a, b, ac, all] = &patterns;
        assert_eq!(conflicts(&[a, b], &[], 9), [(0, 1, false)]);
        assert_eq!(
            conflicts(&[ac], &[a, b, all], 9),
            [(0, 0, true), (0, 2, true)]
        );
        assert_eq!(conflicts(&[a], &[ac], 9), []);
    }

    #[test]
    fn a_search_without_steps_ends() {
        let (a, b) = (pattern("*a*b*c*"), pattern("*c*b*a*"));
        assert_eq!(
            find(&[&a], &[&b], &BTreeSet::new(), &mut 1),
            Err(Why::Budget)
        );
    }

    /// Strings over two letters up to some length, and the patterns over them: what the search says holds of all.
    #[test]
    fn no_string_contradicts_what_is_found() {
        const LONGEST: u32 = 9;
        let mut seed = 7_u64;
        let mut next = move |below: u64| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let strings: Vec<String> = (0..=LONGEST)
            .flat_map(|length| {
                (0..1_u32 << length).map(move |bits| {
                    let letter = |place| if bits >> place & 1 == 1 { 'b' } else { 'a' };
                    (0..length).map(letter).collect()
                })
            })
            .collect();
        let (mut none, mut few) = (0, 0);
        for _ in 0..4_000 {
            let mut some = |count: u64| -> Vec<String> {
                let count = next(count);
                (0..count)
                    .map(|_| {
                        let length = 1 + next(4);
                        (0..length)
                            .map(|_| {
                                ["a", "b", "*", "*", "ab"]
                                    .get(next(5) as usize)
                                    .copied()
                                    .unwrap_or("")
                            })
                            .collect()
                    })
                    .collect()
            };
            let (matching, others) = (some(4), some(4));
            let refs =
                |texts: &'static [String]| texts.iter().map(String::as_str).collect::<Vec<_>>();
            let (matching, others) = (refs(matching.leak()), refs(others.leak()));
            let is_one = |text: &String| {
                matching.iter().all(|of| pattern(of).matches(text))
                    && !others.iter().any(|of| pattern(of).matches(text))
            };
            if let Err(all) = found(&matching, &others, &strings.iter().cloned().collect()) {
                let expected: BTreeSet<String> = strings
                    .iter()
                    .filter(|text| is_one(text))
                    .cloned()
                    .collect();
                assert_eq!(
                    all.into_iter().collect::<BTreeSet<_>>(),
                    expected,
                    "{matching:?} {others:?}"
                );
                none += u32::from(expected.is_empty());
                few += u32::from(!expected.is_empty());
            }
        }
        assert!(none > 100 && few > 20, "{none} {few}");
    }
}
