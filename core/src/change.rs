//! What a change does: a bundle as it was against the bundle as it is to be.
//!
//! ```text
//! base, head ──> policies paired ──> what differs where ──proofs──> relation and witnesses ──> sentences
//! ```
//!
//! Where the policies that are about a kind of request say the same on both sides, nothing is asked: they allow the
//! same. Everything else is asked of [`crate::prove`]. What cannot be read, does not type-check or is not decided is
//! [`Relation::Unknown`] with the reason, and never left out.
//!
//! Both sides are compared under head's schema: for every request that head's schema admits, what base's policies
//! decide against what head's decide. Where the types behind a kind of request changed, they are also compared each
//! under its own; see `across.rs`.

mod across;
pub(crate) mod compact;
mod compare;
pub(crate) mod dormant;
mod entities;
mod environments;
mod ground;
mod groups;
mod guardrails;
mod idle;
mod memo;
mod newcomer;
mod pairs;
mod policies;
pub(crate) mod probe;
pub(crate) mod production;
mod reads;
pub(crate) mod relied;
mod says_more;
mod schema;
mod side;

use std::sync::Arc;

pub use crate::prove::{Relation, Witness, World};
pub use entities::{EntityChange, EntityEdit, Reach};
pub use groups::{Group, Part};
pub use schema::{SchemaChange, SchemaEdit};

pub(crate) use compare::compare;
pub(crate) use guardrails::kept;
pub(crate) use memo::Memo;
pub use side::Located;
pub(crate) use side::{Grammar, Member, Opaque, Side, Written};

use crate::config::SettingChange;
use crate::facts::Effect;
use crate::prove;
use crate::schema::Environment;

/// How bundles are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// How questions are answered.
    pub prove: prove::Options,
}

impl Options {
    /// The default, and whether entities that a request names may be missing.
    pub const fn of(partial_entities: bool) -> Self {
        let world = match partial_entities {
            true => World::Partial,
            false => World::Complete,
        };
        let steps = prove::Options::STEPS;
        Self {
            prove: prove::Options { steps, world },
        }
    }
}

/// What a change does.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Head against base over all kinds of request.
    pub relation: Relation,
    /// Why it is unknown: one sentence each, sorted. Empty where it is known.
    pub why: Vec<String>,
    /// What it comes to, for a reader: what is newly allowed first.
    pub groups: Vec<Group>,
    /// Every kind of request of either side, sorted.
    pub environments: Vec<EnvironmentChange>,
    /// Every policy, template and link of either side: those of head in the order of files and statements, then
    /// those that are gone.
    pub policies: Vec<PolicyChange>,
    /// What is different between the schemas, sorted.
    pub schema: Vec<SchemaChange>,
    /// What is different between the entity files, sorted.
    pub entities: Vec<EntityChange>,
    /// Every guardrail of either side.
    pub guardrails: Vec<GuardrailChange>,
    /// Whether `portcullis.yaml` is another.
    pub config_changed: bool,
    /// What of its settings is different, sorted.
    pub settings: Vec<SettingChange>,
    /// Counts.
    pub summary: Summary,
    /// Digest of base's bytes, as in the report of a check.
    pub base_digest: String,
    /// Digest of head's bytes.
    pub head_digest: String,
}

/// Which side has something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// Both.
    Both,
    /// Base alone.
    Base,
    /// Head alone.
    Head,
}

impl On {
    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Base => "base",
            Self::Head => "head",
        }
    }
}

/// What the change does to one kind of request.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentChange {
    /// The kind of request.
    pub environment: Environment,
    /// Whose schema has it.
    pub on: On,
    /// Whether the types that such a request is made of are others.
    pub schema_changed: bool,
    /// Head against base. Where one side alone has it, all that head allows is new, and all that base allowed is gone.
    pub relation: Relation,
    /// Why it is unknown, where it is.
    pub why: Option<String>,
    /// Whether it took a proof, and not only a look at which policies are there.
    pub asked: bool,
    /// A request that head allows and base denies.
    pub newly_allowed: Option<Example>,
    /// A request that head denies and base allows.
    pub newly_denied: Option<Example>,
    /// How much head allows now, where it allows more than base or less; `None` also where that is undecided.
    pub head_allows: Option<Allows>,
}

/// How many of the requests of a kind are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allows {
    /// None: proved.
    Nothing,
    /// Some, and others not.
    Partly,
    /// All: proved.
    Everything,
}

/// A witness, and what decides it.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The request and the entities.
    pub witness: Witness,
    /// The same as the other side's schema has it, where that is something else: that of base for what is newly
    /// allowed, and that of head for what is newly denied.
    pub counterpart: Option<Witness>,
    /// What base decides; `None` where base's schema has no such request.
    pub base: Option<Decided>,
    /// What head decides; `None` where head's schema has no such request.
    pub head: Option<Decided>,
    /// The policies that make the difference, sorted: those of head or base without which the other answer would
    /// stand.
    pub because: Vec<Arc<str>>,
}

impl Example {
    /// The request as head's schema has it.
    pub(crate) fn for_head(&self, newly_allowed: bool) -> &Witness {
        match &self.counterpart {
            Some(other) if !newly_allowed => other,
            _ => &self.witness,
        }
    }
}

/// What one side decides of a witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Whether it is allowed.
    pub allowed: bool,
    /// The determining policies, sorted; empty where it is denied because nothing permits it.
    pub determining: Vec<Arc<str>>,
    /// The policies that fail to evaluate, sorted.
    pub errors: Vec<Arc<str>>,
}

/// What takes part in decisions or gives rise to what does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// A policy.
    Policy,
    /// A template, which decides through its links alone.
    Template,
    /// A link of a template.
    Link,
}

impl Form {
    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Template => "template",
            Self::Link => "link",
        }
    }
}

/// How a policy changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Head alone has it.
    Added,
    /// Base alone has it.
    Removed,
    /// What it says is what one of another name said.
    Renamed,
    /// Layout, comments or annotations are others; what it says is the same.
    Text,
    /// What it says is something else; see [`PolicyChange::applies`].
    Meaning,
    /// Nothing.
    Unchanged,
}

impl Kind {
    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Text => "text",
            Self::Meaning => "meaning",
            Self::Unchanged => "unchanged",
        }
    }
}

/// To which requests a policy applies, head against base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applies {
    /// To the same: proved.
    Same,
    /// To more.
    More,
    /// To fewer.
    Less,
    /// To some more, and to others no longer.
    Both,
    /// Undecided.
    Unknown,
}

impl Applies {
    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::More => "more",
            Self::Less => "less",
            Self::Both => "both",
            Self::Unknown => "unknown",
        }
    }

    /// From whether there is more and whether there is less; `None` for undecided.
    const fn from(more: Option<bool>, less: Option<bool>) -> Self {
        match (more, less) {
            (Some(true), Some(true)) => Self::Both,
            (Some(true), Some(false)) => Self::More,
            (Some(false), Some(true)) => Self::Less,
            (Some(false), Some(false)) => Self::Same,
            _ => Self::Unknown,
        }
    }

    /// Of two policies together.
    const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Same, any) | (any, Self::Same) => any,
            (Self::More, Self::More) => Self::More,
            (Self::Less, Self::Less) => Self::Less,
            _ => Self::Both,
        }
    }
}

/// How one policy, template or link changed.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyChange {
    /// Its name: head's, or base's where it is gone.
    pub name: Arc<str>,
    /// What it was called, where that was something else.
    pub renamed_from: Option<Arc<str>>,
    /// What it is.
    pub form: Form,
    /// Whether it permits or forbids.
    pub effect: Effect,
    /// How it changed.
    pub kind: Kind,
    /// Where its meaning changed: to which requests it applies. Of a template, all its links together.
    pub applies: Option<Applies>,
    /// Why that is unknown, where it is.
    pub why: Option<String>,
    /// Where it says the same: to which other requests it applies by the new schema alone. Of a template, nothing.
    pub by_schema: Option<Applies>,
    /// Where base has it; a link where its file has it.
    pub base: Option<Located>,
    /// Where head has it.
    pub head: Option<Located>,
    /// Of a link: its template's name.
    pub template: Option<Arc<str>>,
    /// Whether it is a forbid that is gone or no longer applies to all that it applied to. Also where that could not
    /// be decided.
    pub weakened: bool,
    /// Of a template: how many links it has in head, or in base where it is gone. So many policies change with it.
    pub links: usize,
}

/// How a guardrail changed, and whether head keeps within it.
#[derive(Debug, Clone, PartialEq)]
pub struct GuardrailChange {
    /// Its name.
    pub name: Arc<str>,
    /// A forbid states what must never be allowed; a permit states what must stay allowed.
    pub effect: Effect,
    /// How it changed.
    pub kind: Kind,
    /// Where its meaning changed: to which requests it applies.
    pub applies: Option<Applies>,
    /// Whether head's text asks for no more than base's, so that it guards as much whatever types there will be.
    pub says_as_much: bool,
    /// Where base has it.
    pub base: Option<Located>,
    /// Where head has it.
    pub head: Option<Located>,
    /// Whether it guards less than it did: it is gone, or no longer applies to all that it applied to. Also where
    /// that could not be decided.
    pub weakened: bool,
    /// Where it guards less, a request that it was about and is about no more.
    pub no_longer: Option<Example>,
    /// What head does to it; `None` where head does not have it.
    pub verdict: Option<Verdict>,
}

/// Whether policies keep within a guardrail.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// In every request: proved.
    Holds,
    /// Not in these kinds of request, each with a request that shows it.
    Broken(Vec<(Environment, Example)>),
    /// Undecided in at least one kind of request and not found broken in any.
    Unknown(Undecided),
    /// It is about no request that the schema admits, so there is nothing that it could guard; why, in one sentence.
    Idle(String),
}

/// Why something is undecided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided {
    /// In one sentence.
    pub why: String,
    /// Whether it is a mistake in the bundle, which a check reports by itself.
    pub mistake: bool,
}

/// Counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Kinds of request in which both sides allow the same.
    pub equivalent: usize,
    /// In which head allows more.
    pub wider: usize,
    /// In which head allows less.
    pub narrower: usize,
    /// In which head allows some more and some less.
    pub incomparable: usize,
    /// Undecided.
    pub unknown: usize,
    /// Kinds of request that took no proof, since the same policies are about them.
    pub settled: usize,
    /// Questions that were asked of the prover.
    pub questions: u64,
    /// Witnesses that Cedar's evaluator did not confirm: a fault of ours wherever it is not 0.
    pub unconfirmed: u64,
    /// Policies and links that are unchanged.
    pub unchanged: usize,
}

/// Whether less is forbidden by a forbid, or guarded by a guardrail, than before.
const fn is_weakened(kind: Kind, applies: Option<Applies>) -> bool {
    match (kind, applies) {
        (Kind::Removed, _) => true,
        (_, Some(Applies::Less | Applies::Both | Applies::Unknown)) => true,
        (_, Some(Applies::Same | Applies::More) | None) => false,
    }
}

impl Change {
    /// Whether both sides decide every request alike, and that is known.
    pub fn is_equivalent(&self) -> bool {
        self.relation == Relation::Equivalent
    }
}
