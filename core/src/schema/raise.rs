//! The schema with the classes that the sections of `portcullis.yaml` give, as if its annotations said so.
//!
//! Each class is joined with what the schema says itself: of two the higher counts, of limits both. Checks, proofs and
//! policy tests go by the result. Tiers take the two apart, since their reasons say who says what.
//!
//! Checks ask for one class at a time. Where the higher class would hide from them what the schema's own one shows, as that
//! an agent is one, they go by the schema's; tiers go by both.

use std::collections::BTreeMap;

use super::classify::{is_reversible, is_yes};
use super::{Access, PrincipalKind, Schema, Sensitivity, Trust};
use crate::config::Governance;
use crate::config::governance::{ActionWords, ResourceWords};
use crate::facts::Entity;

type Annotations = BTreeMap<String, String>;

impl Schema {
    /// The schema with these classes. What the sections name and the schema does not have is left out.
    pub(crate) fn raised(mut self, governance: &Governance) -> Self {
        for section in governance.apps.values() {
            for (name, words) in &section.actions {
                let action = crate::cedar::entity(name);
                if let Some(action) = action.and_then(|action| self.actions.get_mut(&action)) {
                    raise_action(&mut action.annotations, words);
                }
            }
            for (name, words) in &section.resources {
                if let Some(ty) = self.entity_types.get_mut(name) {
                    raise_resource(&mut ty.annotations, words);
                }
            }
        }
        for (name, kind) in &governance.iam.principals {
            if let Some(ty) = self.entity_types.get_mut(name) {
                join(
                    &mut ty.annotations,
                    "principal_kind",
                    kind.as_str(),
                    |own| {
                        let own = PrincipalKind::read(own);
                        let hides = own.is_machine() && !kind.is_machine();
                        own < *kind && !hides
                    },
                );
            }
        }
        for (field, trust) in &governance.iam.context {
            let fields = self.actions.values_mut();
            for field in fields.filter_map(|action| action.context.get_mut(field)) {
                join(&mut field.annotations, "trust", trust.as_str(), |own| {
                    Trust::read(own) > *trust
                });
            }
        }
        self
    }

    /// What the limit of an action is with those of the groups that it is in, as one condition.
    pub(crate) fn limit(&self, action: &Entity) -> Option<String> {
        let mut all: Vec<&str> = Vec::new();
        for limit in self.annotations_of(action, "limit") {
            if !all.contains(&limit) {
                all.push(limit);
            }
        }
        (!all.is_empty()).then(|| conjunction(&all))
    }
}

fn raise_action(annotations: &mut Annotations, words: &ActionWords) {
    if let Some(access) = words.access {
        join(annotations, "access", access.as_str(), |own| {
            let own = Access::read(own);
            own < access && own != Access::Destructive
        });
    }
    if let Some(reversible) = words.reversible {
        join(annotations, "reversible", &reversible.to_string(), |own| {
            !reversible && is_reversible(own)
        });
    }
    add(
        annotations,
        "effect",
        words.effect.as_deref(),
        |own, more| format!("{own}, {more}"),
    );
    add(
        annotations,
        "approval",
        words.approval.as_deref(),
        |own, more| format!("{own}, {more}"),
    );
    add(annotations, "limit", words.limit.as_deref(), |own, more| {
        conjunction(&[own, more])
    });
}

fn raise_resource(annotations: &mut Annotations, words: &ResourceWords) {
    if let Some(sensitivity) = words.sensitivity {
        join(annotations, "sensitivity", sensitivity.as_str(), |own| {
            Sensitivity::read(own) < sensitivity
        });
    }
    if let Some(law) = words.regulated.as_deref().filter(|law| is_yes(law)) {
        add(
            annotations,
            "regulated",
            Some(law),
            |own, more| match is_yes(own) {
                true => format!("{own}, {more}"),
                false => more.to_owned(),
            },
        );
    }
    if words.pii {
        join(annotations, "pii", "true", |own| !is_yes(own));
    }
}

/// Sets a class where there is none, or where the one that is there gives way.
fn join(annotations: &mut Annotations, key: &str, value: &str, gives_way: impl Fn(&str) -> bool) {
    if annotations.get(key).is_none_or(|own| gives_way(own)) {
        annotations.insert(key.to_owned(), value.to_owned());
    }
}

/// Adds a value to the one that is there.
fn add(
    annotations: &mut Annotations,
    key: &str,
    value: Option<&str>,
    both: impl Fn(&str, &str) -> String,
) {
    let Some(value) = value else { return };
    let joined = match annotations.get(key) {
        Some(own) if own == value => return,
        Some(own) => both(own, value),
        None => value.to_owned(),
    };
    annotations.insert(key.to_owned(), joined);
}

/// Several conditions as one. What could bind less than `&&`, or end in a comment, is put in parentheses.
fn conjunction(conditions: &[&str]) -> String {
    let said = conditions.iter().filter(|part| !part.trim().is_empty());
    let said: Vec<&str> = said.copied().collect();
    if let [only] = said.as_slice() {
        return (*only).to_owned();
    }
    let parts: Vec<String> = (said.iter())
        .map(|part| match is_plain(part) {
            true => (*part).to_owned(),
            false => format!("({part}\n)"),
        })
        .collect();
    parts.join(" && ")
}

/// Comparisons of paths and numbers, joined by `&&`.
pub(crate) fn is_plain(condition: &str) -> bool {
    let is_of_them = |c: char| c.is_ascii_alphanumeric() || "_.<>=!-& ".contains(c);
    condition.chars().all(is_of_them) && !condition.split(' ').any(|word| word == "if")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_joined_as_conditions() {
        let second = "context.count <= 3";
        for (first, joined) in [
            (
                "context.amount <= 500",
                "context.amount <= 500 && context.count <= 3",
            ),
            ("a && b", "a && b && context.count <= 3"),
            ("a || b", "(a || b\n) && context.count <= 3"),
            (
                "if a then b else c",
                "(if a then b else c\n) && context.count <= 3",
            ),
            (
                "if(a) then b else c",
                "(if(a) then b else c\n) && context.count <= 3",
            ),
            ("a // why", "(a // why\n) && context.count <= 3"),
        ] {
            assert_eq!(conjunction(&[first, second]), joined);
        }
        assert_eq!(conjunction(&["a || b"]), "a || b");
        assert_eq!(conjunction(&["", second]), second);
    }
}
