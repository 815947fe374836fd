//! One of the two bundles, as a comparison sees it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cedar::Validator;
use crate::cedar::links::Link;
use crate::cedar::parse::Parsed;
use crate::config::Config;
use crate::encode::{Hash, digest};
use crate::facts::Policy;
use crate::prove::Bound;
use crate::report::Range;
use crate::schema::Schema;
use crate::tier::Words;

/// A place in a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Path of the file.
    pub file: Arc<str>,
    /// Where, in that file.
    pub range: Range,
}

/// A bundle.
#[derive(Debug)]
pub(crate) struct Side<'a> {
    /// The schema.
    pub(crate) schema: Grammar<'a>,
    /// Path and digest of every schema file.
    pub(crate) schema_files: Vec<(Arc<str>, [u8; 32])>,
    /// Every policy and template, in the order of files and statements.
    pub(crate) written: Vec<Written<'a>>,
    /// Every policy and link, which take part in decisions.
    pub(crate) members: Vec<Member<'a>>,
    /// What could not be read and might take part in decisions, sorted.
    pub(crate) opaque: Vec<Opaque>,
    /// The guardrails, in the order of files and statements.
    pub(crate) guardrails: Vec<Written<'a>>,
    /// Path and text of every file of entities.
    pub(crate) entities: Vec<(&'a str, &'a str)>,
    /// The text of portcullis.yaml, empty where there is none.
    pub(crate) config: &'a str,
    /// What portcullis.yaml comes to.
    pub(crate) settings: &'a Config,
    /// Digest of the bundle's bytes.
    pub(crate) digest: String,
}

/// What is known of the kinds of request that there are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Grammar<'a> {
    /// The bundle has no schema.
    Absent,
    /// It has one that cannot be read.
    Broken,
    /// It has one.
    Is(&'a Schema, &'a Validator),
}

impl<'a> Grammar<'a> {
    /// The schema that can be used.
    pub(crate) const fn usable(self) -> Option<(&'a Schema, &'a Validator)> {
        match self {
            Self::Is(schema, validator) => Some((schema, validator)),
            Self::Absent | Self::Broken => None,
        }
    }
}

/// A policy or template as it stands in its file.
#[derive(Debug, Clone)]
pub(crate) struct Written<'a> {
    /// What it is called.
    pub(crate) name: Arc<str>,
    /// What it says.
    pub(crate) parsed: &'a Parsed,
    /// Where the policy stands, without what is before it.
    pub(crate) at: Located,
}

impl<'a> Written<'a> {
    pub(crate) fn policy(&self) -> &'a Policy {
        &self.parsed.policy
    }

    /// Its text with its comments, without the blanks around it.
    pub(crate) fn text(&self) -> &'a str {
        self.parsed.policy.text.trim()
    }

    /// What it says, whatever it looks like.
    pub(crate) fn form(&self) -> [u8; 32] {
        self.parsed.policy.canonical
    }
}

/// A policy, or a link of a template.
#[derive(Debug, Clone)]
pub(crate) struct Member<'a> {
    /// What it is called.
    pub(crate) name: Arc<str>,
    /// Its place in [`Side::written`].
    pub(crate) written: usize,
    /// The values of the slots.
    pub(crate) link: Option<&'a Link>,
    /// Where it stands; a link, in its file of links.
    pub(crate) at: Located,
    /// What it says and the values of its slots: the same for two that decide alike.
    pub(crate) key: Key,
}

/// Equal for policies that say the same.
pub(crate) type Key = Hash;

impl Member<'_> {
    /// The key of a policy and the values of its slots; `form` is a digest of the policy.
    pub(crate) fn key(form: [u8; 32], link: Option<&Link>) -> Key {
        let Some(link) = link else { return form };
        let (principal, resource) = link.entities();
        digest("link", |nodes| {
            nodes.bytes("template", &form);
            for (slot, value) in [("principal", principal), ("resource", resource)] {
                if let Some(value) = value {
                    nodes.node(slot, &value.id, |nodes| nodes.text("type", &value.ty));
                }
            }
        })
    }
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Opaque {
    /// Path of its file.
    pub(crate) file: Arc<str>,
    /// What it is, as `a statement that does not parse`.
    pub(crate) what: &'static str,
    /// Digest of its text.
    pub(crate) digest: [u8; 32],
}

impl Opaque {
    /// Why nothing can be said because of it.
    pub(crate) fn why(&self, side: &str) -> String {
        format!("`{}` in {side} has {}", self.file, self.what)
    }
}

impl<'a> Side<'a> {
    /// A digest of the schema's files.
    pub(crate) fn schema_digest(&self) -> [u8; 32] {
        digest("schema", |nodes| {
            for (path, bytes) in &self.schema_files {
                nodes.node("file", path, |nodes| nodes.bytes("bytes", bytes));
            }
        })
    }

    /// What says how its actions, types and fields are classed.
    pub(crate) fn words(&self, side: &'static str) -> Words<'a> {
        Words {
            schema: self.schema.usable().map(|(schema, _)| schema),
            governance: &self.settings.governance,
            side,
        }
    }

    /// Whether the policies and links are those of another bundle, whatever they look like.
    pub(crate) fn decides_as(&self, other: &Self) -> bool {
        let keys = |side: &Self| -> BTreeSet<Key> {
            side.members.iter().map(|member| member.key).collect()
        };
        self.opaque == other.opaque && keys(self) == keys(other)
    }

    /// What a member says.
    pub(crate) fn policy(&self, member: &Member<'a>) -> Option<&'a Parsed> {
        self.written.get(member.written).map(|of| of.parsed)
    }

    /// What a member says, for a proof.
    pub(crate) fn bound(&self, member: &Member<'a>) -> Option<Bound> {
        Some(Bound {
            parsed: self.policy(member)?.clone(),
            link: member.link.cloned(),
        })
    }
}
