//! How the schema's annotations class actions, types and context.
//!
//! The application team owns `@access`, `@effect`, `@reversible`, `@limit`, `@sensitivity`, `@regulated`,
//! `@pii` and `@approval`; IAM owns `@principal_kind` and `@trust`. Members of an action group take the
//! group's highest class. What is inside a type, however deep, counts for the type. A word that is not in the vocabulary
//! counts as the highest class.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, EntityType, Schema, Type};
use crate::facts::Entity;

/// What an action does, least powerful first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Names things.
    List,
    /// Shows things.
    Read,
    /// Changes things in a way that can be undone.
    Write,
    /// Deletes, transfers or exports: cannot be undone.
    Destructive,
    /// Changes who may do what.
    PrivilegeManagement,
}

/// Who a principal type stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// A person.
    Human,
    /// A workload with its own identity.
    Service,
    /// An AI agent.
    Agent,
    /// Somebody outside the organisation.
    ThirdParty,
}

impl PrincipalKind {
    /// Whether it acts at machine speed: a service or an agent.
    pub const fn is_machine(self) -> bool {
        matches!(self, Self::Service | Self::Agent)
    }
}

/// How much harm disclosure would do, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sensitivity {
    /// For anybody.
    Public,
    /// For the organisation.
    Internal,
    /// For some in it.
    Confidential,
    /// For named purposes only.
    Restricted,
}

/// Who vouches for a context field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// The caller says so.
    Caller,
    /// The gateway computes it.
    Derived,
    /// A verified token or attestation says so.
    Attested,
}

macro_rules! names {
    ($type:ident, unknown is $strictest:ident { $($name:literal => $variant:ident),+ $(,)? }) => {
        impl $type {
            /// The values that the annotation may have.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The class with this name.
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The class that an annotation gives. A word that is not in the vocabulary counts as the strictest class:
            /// nobody knows how high its author meant it.
            pub(crate) fn read(word: &str) -> Self {
                Self::parse(word).unwrap_or(Self::$strictest)
            }

            /// The name used in the annotation.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

names!(Access, unknown is PrivilegeManagement {
    "list" => List,
    "read" => Read,
    "write" => Write,
    "destructive" => Destructive,
    "privilege_management" => PrivilegeManagement,
});
names!(PrincipalKind, unknown is ThirdParty {
    "human" => Human,
    "service" => Service,
    "agent" => Agent,
    "third_party" => ThirdParty,
});
names!(Sensitivity, unknown is Restricted {
    "public" => Public,
    "internal" => Internal,
    "confidential" => Confidential,
    "restricted" => Restricted,
});
names!(Trust, unknown is Caller {
    "caller" => Caller,
    "derived" => Derived,
    "attested" => Attested,
});

/// The words of `@effect` that tiers look for.
pub const EFFECTS: [&str; 3] = ["transfer", "export", "share"];

/// Every word of `@effect`. What deletes cannot be undone.
const EFFECT_WORDS: [&str; 5] = ["transfer", "export", "share", "delete", "none"];

/// The values of `@approval` that have a meaning here.
pub const APPROVALS: [&str; 1] = ["step_up"];

/// The words of an `@effect`.
pub(crate) fn effects(value: &str) -> impl Iterator<Item = &str> {
    value
        .split([',', ' ', '_', '-'])
        .filter(|word| !word.is_empty())
}

/// Of an `@effect` or `@approval`, whose values are no closed list, a word that is one letter beside one that has a
/// meaning, and that one.
pub(crate) fn misspelt<'a>(key: &str, value: &'a str) -> Option<(&'a str, &'static str)> {
    let (words, known): (Vec<&str>, &'static [&'static str]) = match key {
        "effect" => (effects(value).collect(), &EFFECTS),
        "approval" => (approvals(value).collect(), &APPROVALS),
        _ => return None,
    };
    words.into_iter().find_map(|word| {
        let plain = word.to_lowercase();
        let near = |meant: &&str| strsim::damerau_levenshtein(&plain, meant) == 1;
        // No known word is as long, which bounds the work.
        let is_short = word.len() < 64;
        let other_case = |meant: &&str| key == "approval" && plain == **meant && *word != **meant;
        let is_known = known.contains(&plain.as_str());
        let meant = (known.iter().copied())
            .filter(|_| is_short)
            .find(|meant| other_case(meant) || !is_known && near(meant))?;
        Some((word, meant))
    })
}

/// The approvals that an `@approval` asks for.
pub(crate) fn approvals(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty() && is_yes(word))
}

/// Whether the value of an annotation that is there or not says that it is.
pub(crate) fn is_yes(value: &str) -> bool {
    !matches!(value.trim(), "false" | "no" | "none")
}

/// Whether `@reversible` says that the action can be undone. Whatever does not plainly say so says that it cannot.
pub(crate) fn is_reversible(value: &str) -> bool {
    matches!(value.trim().to_lowercase().as_str(), "true" | "yes" | "")
}

/// The words of the vocabulary for an annotation that gives a class, and the first word of `value` that is not one of
/// them; `None` where every word is, and for annotations with an open list of values.
pub(crate) fn unknown_word<'a>(
    key: &str,
    value: &'a str,
) -> Option<(&'a str, &'static [&'static str])> {
    let known: &'static [&'static str] = match key {
        "access" => Access::NAMES,
        "sensitivity" => Sensitivity::NAMES,
        "principal_kind" => PrincipalKind::NAMES,
        "trust" => Trust::NAMES,
        "reversible" => &["true", "false"],
        "pii" => &["true", "false"],
        "effect" => {
            let is_unknown = |word: &&str| {
                !EFFECT_WORDS
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(word))
            };
            let word = effects(value).find(is_unknown);
            return word.map(|word| (word, EFFECT_WORDS.as_slice()));
        }
        // Whatever law is named, the type is regulated, and whatever is asked for by name is asked for: but that none
        // is must be said as it is read.
        "regulated" | "approval" => {
            let plain = value.trim().to_lowercase();
            let is_no = !is_yes(&plain) || matches!(plain.as_str(), "never" | "n/a" | "0");
            return (is_no && is_yes(value)).then_some((value, &["none"]));
        }
        _ => return None,
    };
    let is_plain =
        matches!(key, "reversible" | "pii") && matches!(value.trim(), "" | "yes" | "no" | "none");
    (!is_plain && !known.contains(&value)).then_some((value, known))
}

/// The higher of what two annotations of one key say, where one is on a type and the other on what is of that type.
pub(crate) fn higher<'a>(key: &str, a: &'a str, b: &'a str) -> &'a str {
    let b_is_higher = match key {
        "sensitivity" => Sensitivity::read(b) > Sensitivity::read(a),
        "trust" => Trust::read(b) < Trust::read(a),
        "pii" | "regulated" => !is_yes(a) && is_yes(b),
        _ => false,
    };
    if b_is_higher { b } else { a }
}

/// The annotations of an entity type, of its attributes, of the fields of records in them, and of its tags.
pub(crate) fn annotations_within(ty: &EntityType) -> Vec<&BTreeMap<String, String>> {
    fn below<'t>(ty: &'t Type, out: &mut Vec<&'t BTreeMap<String, String>>) {
        match ty {
            Type::Record(fields) => {
                for field in fields.values() {
                    out.push(&field.annotations);
                    below(&field.ty, out);
                }
            }
            Type::Set(of) => below(of, out),
            // What another entity holds is classed where access to that entity is granted.
            Type::Entity(_) | Type::Bool | Type::Long | Type::String | Type::Extension(_) => {}
        }
    }
    let mut out = vec![&ty.annotations];
    for attribute in ty.attributes.values() {
        out.push(&attribute.annotations);
        below(&attribute.ty, &mut out);
    }
    if let Some(tags) = &ty.tags {
        out.push(&ty.tag_annotations);
        below(tags, &mut out);
    }
    out
}

impl Schema {
    /// The class of an action: its own `@access` and that of every group it is in, the highest of them.
    pub fn access(&self, action: &Entity) -> Option<Access> {
        self.action_and_groups(action)
            .filter_map(|a| a.annotations.get("access"))
            .map(|word| Access::read(word))
            .max()
    }

    /// The approvals that an action, or a group that it is in, asks for by `@approval`.
    pub fn approvals(&self, action: &Entity) -> BTreeSet<&str> {
        self.annotations_of(action, "approval")
            .flat_map(approvals)
            .collect()
    }

    /// The values of an annotation of an action and of the groups that it is in.
    pub(super) fn annotations_of<'s>(
        &'s self,
        action: &Entity,
        key: &str,
    ) -> impl Iterator<Item = &'s str> {
        self.action_and_groups(action)
            .filter_map(move |of| of.annotations.get(key))
            .map(String::as_str)
    }

    /// Who a principal type stands for.
    pub fn principal_kind(&self, ty: &str) -> Option<PrincipalKind> {
        self.type_annotation(ty, "principal_kind")
            .map(PrincipalKind::read)
    }

    /// How sensitive an entity type is: its own `@sensitivity`, or the highest of what is in it.
    pub fn sensitivity(&self, ty: &str) -> Option<Sensitivity> {
        annotations_within(self.entity_types.get(ty)?)
            .into_iter()
            .filter_map(|annotations| annotations.get("sensitivity"))
            .map(|word| Sensitivity::read(word))
            .max()
    }

    /// The value of an annotation of an entity type.
    pub fn type_annotation(&self, ty: &str, key: &str) -> Option<&str> {
        self.entity_types
            .get(ty)?
            .annotations
            .get(key)
            .map(String::as_str)
    }

    /// Who vouches for a context field of an action; `None` where the schema does not say.
    pub fn context_trust(&self, action: &Entity, field: &str) -> Option<Trust> {
        let field = self.actions.get(action)?.context.get(field)?;
        Some(Trust::read(field.annotations.get("trust")?))
    }

    fn action_and_groups(&self, action: &Entity) -> impl Iterator<Item = &Action> {
        let own = self.actions.get(action);
        own.into_iter().chain(
            own.into_iter()
                .flat_map(|a| &a.ancestors)
                .filter_map(|group| self.actions.get(group)),
        )
    }
}
