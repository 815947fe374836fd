//! Kinds of request put together into sentences.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::EnvironmentChange;

/// Requests that are newly allowed, or newly denied, because of the same policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Whether head allows them, or denies them.
    pub allowed: bool,
    /// The policies that make the difference, sorted.
    pub because: Vec<Arc<str>>,
    /// Who may, or may not, do what on what.
    pub parts: Vec<Part>,
    /// Where in [`super::Change::environments`] its requests are, in order. The first has its example.
    pub environments: Vec<usize>,
}

/// Some of these principals can do some of these actions on some of these resources: there is a request of each
/// combination.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// Types of principals, sorted.
    pub principals: Vec<String>,
    /// Actions, sorted.
    pub actions: Vec<String>,
    /// Types of resources, sorted.
    pub resources: Vec<String>,
}

impl Part {
    /// As in "`User` may now `Action::"view"` on `Photo`", the words in between given.
    pub fn sentence(&self, verb: &str) -> String {
        format!(
            "{} {verb} {} on {}",
            words(&self.principals),
            words(&self.actions),
            words(&self.resources)
        )
    }
}

impl Group {
    /// One sentence for each part.
    pub fn sentences(&self) -> Vec<String> {
        let verb = match self.allowed {
            true => "may now",
            false => "may no longer",
        };
        self.parts.iter().map(|part| part.sentence(verb)).collect()
    }
}

/// Names in backticks; of many, the first few.
fn words(names: &[String]) -> String {
    const MOST: usize = 4;
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) if names.len() <= MOST => format!("{} and {last}", rest.join(", ")),
        Some(_) => {
            let shown: Vec<&str> = quoted.iter().take(MOST - 1).map(String::as_str).collect();
            format!(
                "{} and {} more",
                shown.join(", "),
                names.len() - shown.len()
            )
        }
    }
}

/// Every group: what is newly allowed, then what is newly denied; each in the order of its first request.
pub(super) fn groups(environments: &[EnvironmentChange]) -> Vec<Group> {
    let mut out = Vec::new();
    for allowed in [true, false] {
        let mut by: BTreeMap<&[Arc<str>], Vec<usize>> = BTreeMap::new();
        for (number, of) in environments.iter().enumerate() {
            let example = match allowed {
                true => &of.newly_allowed,
                false => &of.newly_denied,
            };
            if let Some(example) = example {
                by.entry(&example.because).or_default().push(number);
            }
        }
        let mut groups: Vec<Group> = by
            .into_iter()
            .map(|(because, numbers)| Group {
                allowed,
                because: because.to_vec(),
                parts: parts(
                    numbers
                        .iter()
                        .filter_map(|number| environments.get(*number)),
                ),
                environments: numbers,
            })
            .collect();
        groups.sort_by(|a, b| (&a.environments, &a.because).cmp(&(&b.environments, &b.because)));
        out.extend(groups);
    }
    out
}

/// As few parts as joining one place after the other gives.
fn parts<'e>(environments: impl Iterator<Item = &'e EnvironmentChange>) -> Vec<Part> {
    let mut parts: Vec<Part> = environments
        .map(|of| Part {
            principals: vec![of.environment.principal.clone()],
            actions: vec![of.environment.action.to_string()],
            resources: vec![of.environment.resource.clone()],
        })
        .collect();
    parts = joined(parts, |part| &mut part.actions);
    parts = joined(parts, |part| &mut part.principals);
    parts = joined(parts, |part| &mut part.resources);
    parts.sort();
    parts
}

/// Puts those together that differ at one place alone.
fn joined(parts: Vec<Part>, place: impl Fn(&mut Part) -> &mut Vec<String>) -> Vec<Part> {
    let mut by: BTreeMap<Part, BTreeSet<String>> = BTreeMap::new();
    for mut part in parts {
        let names = std::mem::take(place(&mut part));
        by.entry(part).or_default().extend(names);
    }
    by.into_iter()
        .map(|(mut part, names)| {
            *place(&mut part) = names.into_iter().collect();
            part
        })
        .collect()
}
