//! The JSON of a comparison.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::test::Decision;
use super::{List, Range, SCHEMA_VERSION};
use crate::change;
use crate::facts;
use crate::schema;

/// What a change does: head against base.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Change<'a> {
    /// Version of this shape. Additions keep it; anything else raises it.
    pub schema_version: u32,
    /// Head against base over all kinds of request.
    pub relation: Relation,
    /// Why it is unknown: one sentence each; empty where it is known.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub why: &'a [String],
    /// What it comes to, for a reader: what is newly allowed first.
    #[cfg_attr(feature = "typescript", ts(type = "Array<ChangeGroup>"))]
    pub groups: List<'a, change::Group, ChangeGroup<'a>>,
    /// Every kind of request of either side, sorted.
    #[cfg_attr(feature = "typescript", ts(type = "Array<EnvironmentChange>"))]
    pub environments: List<'a, change::EnvironmentChange, EnvironmentChange<'a>>,
    /// Every policy, template and link of either side: head's, then those that are gone.
    #[cfg_attr(feature = "typescript", ts(type = "Array<PolicyChange>"))]
    pub policies: List<'a, change::PolicyChange, PolicyChange<'a>>,
    /// What is different between the schemas.
    #[cfg_attr(feature = "typescript", ts(type = "Array<SchemaChange>"))]
    pub schema: List<'a, change::SchemaChange, SchemaChange<'a>>,
    /// What is different between the entity files.
    #[cfg_attr(feature = "typescript", ts(type = "Array<EntityChange>"))]
    pub entities: List<'a, change::EntityChange, EntityChange<'a>>,
    /// Every guardrail of either side.
    #[cfg_attr(feature = "typescript", ts(type = "Array<GuardrailChange>"))]
    pub guardrails: List<'a, change::GuardrailChange, GuardrailChange<'a>>,
    /// Whether `portcullis.yaml` is another.
    pub config_changed: bool,
    /// Counts.
    pub summary: ChangeSummary,
    /// SHA-256 of base's bytes, as in the report of a check.
    pub base_digest: &'a str,
    /// SHA-256 of head's bytes.
    pub head_digest: &'a str,
}

/// Head against base.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// Both allow the same requests: proved.
    Equivalent,
    /// Head allows all that base allows, and more.
    Wider,
    /// Head allows less, and nothing new.
    Narrower,
    /// Head allows something that base denies, and the other way round.
    Incomparable,
    /// Undecided in at least one direction.
    Unknown,
}

/// Requests that are newly allowed, or newly denied, because of the same policies.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ChangeGroup<'a> {
    /// Whether head allows them, or denies them.
    pub allowed: bool,
    /// The policies that make the difference, sorted.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub because: &'a [Arc<str>],
    /// Who may now, or may no longer, do what on what: a sentence each.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub sentences: Vec<String>,
    /// Indexes into `environments`; the first has the example.
    #[cfg_attr(feature = "typescript", ts(type = "Array<number>"))]
    pub environments: &'a [usize],
}

/// Which side has something.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum On {
    /// Both.
    Both,
    /// Base alone.
    Base,
    /// Head alone.
    Head,
}

/// What the change does to one kind of request.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EnvironmentChange<'a> {
    /// The principal's type, with its namespace.
    pub principal: &'a str,
    /// The action, as `App::Action::"view"`.
    pub action: String,
    /// The resource's type, with its namespace.
    pub resource: &'a str,
    /// Whose schema has it.
    pub on: On,
    /// Whether the types that such a request is made of are others.
    pub schema_changed: bool,
    /// Head against base.
    pub relation: Relation,
    /// Why it is unknown; null where it is known.
    pub why: Option<&'a str>,
    /// Whether it took a proof, and not only a look at which policies are there.
    pub asked: bool,
    /// A request that head allows and base denies.
    pub newly_allowed: Option<Example<'a>>,
    /// A request that head denies and base allows.
    pub newly_denied: Option<Example<'a>>,
    /// How much head allows now, where it allows more than base or less; null also where that is undecided.
    pub head_allows: Option<Allows>,
}

/// How many of the requests of a kind are allowed.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Allows {
    /// None: proved.
    Nothing,
    /// Some, and others not.
    Partly,
    /// All: proved.
    Everything,
}

/// A request that shows something, confirmed with Cedar's evaluator.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Example<'a> {
    /// The request, in Cedar's JSON form.
    pub request: Request<'a>,
    /// The entities, in Cedar's JSON form.
    #[cfg_attr(feature = "typescript", ts(type = "Array<unknown>"))]
    pub entities: &'a Value,
    /// The same request as the other side's schema has it, where that differs: base's for what is newly allowed,
    /// head's for what is newly denied. Absent where both take the request as it is, or the other refuses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub counterpart: Option<Counterpart<'a>>,
    /// What base decides; null where base has no such request or is not asked.
    pub base: Option<Decided<'a>>,
    /// What head decides; null where head has no such request.
    pub head: Option<Decided<'a>>,
    /// The policies that make the difference, sorted.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub because: &'a [Arc<str>],
}

/// A request as the other side's schema has it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Counterpart<'a> {
    /// The request, in Cedar's JSON form.
    pub request: Request<'a>,
    /// The entities, in Cedar's JSON form.
    #[cfg_attr(feature = "typescript", ts(type = "Array<unknown>"))]
    pub entities: &'a Value,
}

/// A request.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Request<'a> {
    /// Who.
    pub principal: EntityUid<'a>,
    /// What.
    pub action: EntityUid<'a>,
    /// On what.
    pub resource: EntityUid<'a>,
    /// The context.
    #[cfg_attr(feature = "typescript", ts(type = "Record<string, unknown>"))]
    pub context: &'a Value,
}

/// An entity's name.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EntityUid<'a> {
    /// Its type, with its namespace.
    #[serde(rename = "type")]
    pub ty: &'a str,
    /// Its id.
    pub id: &'a str,
}

/// What one side decides.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Decided<'a> {
    /// Whether it is allowed.
    pub decision: Decision,
    /// The determining policies, sorted.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub determining: &'a [Arc<str>],
    /// The policies that fail to evaluate, sorted.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub errors: &'a [Arc<str>],
}

/// What takes part in decisions, or gives rise to what does.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum PolicyForm {
    /// A policy.
    Policy,
    /// A template, which decides through its links alone.
    Template,
    /// A link of a template.
    Link,
}

/// `permit` or `forbid`.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It permits.
    Permit,
    /// It forbids.
    Forbid,
}

/// How a policy changed.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// Head alone has it.
    Added,
    /// Base alone has it.
    Removed,
    /// What it says is what one of another name said.
    Renamed,
    /// Layout, comments or annotations are others; what it says is the same.
    Text,
    /// What it says is something else.
    Meaning,
    /// Nothing.
    Unchanged,
}

/// To which requests a policy applies, head against base.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
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

/// A place in a bundle.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Located<'a> {
    /// Path of the file.
    pub file: &'a str,
    /// Where, in that file.
    pub range: Range,
}

/// How one policy, template or link changed.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PolicyChange<'a> {
    /// Its name: head's, or base's where it is gone.
    pub policy: &'a str,
    /// What it was called, where that was something else.
    pub renamed_from: Option<&'a str>,
    /// What it is.
    pub form: PolicyForm,
    /// Whether it permits or forbids.
    pub effect: Effect,
    /// How it changed.
    pub change: ChangeKind,
    /// Where its meaning changed: to which requests it applies. Of a template, all its links together.
    pub applies: Option<Applies>,
    /// Why that is unknown, where it is.
    pub why: Option<&'a str>,
    /// Where it says the same: to which other requests it applies by the new schema alone. Absent where to none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub by_schema: Option<Applies>,
    /// Where base has it.
    pub base: Option<Located<'a>>,
    /// Where head has it.
    pub head: Option<Located<'a>>,
    /// Of a link: its template.
    pub template: Option<&'a str>,
    /// Whether it is a forbid that is gone or no longer applies to all that it applied to, or that is undecided.
    pub weakened: bool,
    /// Of a template: how many links it has; as many policies change with it.
    pub links: usize,
}

/// How a schema differs.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SchemaEdit {
    /// Head alone has it.
    Added,
    /// Base alone has it.
    Removed,
    /// The type is another.
    Type,
    /// It was always there and may be missing now.
    Optional,
    /// It could be missing and is always there now.
    Required,
    /// What it can be in.
    Members,
    /// To which principals and resources an action applies.
    AppliesTo,
    /// The ids of an enumerated type.
    Enumeration,
    /// The annotations.
    Annotations,
}

/// One difference between the schemas.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SchemaChange<'a> {
    /// What is different, as `App::User`, `App::User.email` or `App::Action::"view" context.mfa`.
    pub subject: &'a str,
    /// How.
    pub change: SchemaEdit,
    /// What base says; null where it says nothing of it.
    pub before: Option<&'a str>,
    /// What head says.
    pub after: Option<&'a str>,
}

/// How an entity changed.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum EntityEdit {
    /// Head alone has it.
    Added,
    /// Base alone has it.
    Removed,
    /// It is there on both sides.
    Changed,
    /// The file cannot be read as entities, and is another.
    Unreadable,
}

/// One entity that is not the same.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct EntityChange<'a> {
    /// The entity; of a file that cannot be read, its path.
    pub entity: &'a str,
    /// How.
    pub change: EntityEdit,
    /// What it is directly in now and was not.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub parents_added: &'a [String],
    /// What it was directly in and is not now.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub parents_removed: &'a [String],
    /// Attributes with another value, or on one side alone.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub attributes: &'a [String],
    /// Tags with another value, or on one side alone.
    #[cfg_attr(feature = "typescript", ts(type = "Array<string>"))]
    pub tags: &'a [String],
}

/// Whether policies keep within a guardrail.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// In every request: proved.
    Holds,
    /// Not in some.
    Broken,
    /// Undecided.
    Unknown,
    /// It is about no request, and guards nothing; `why` says what makes it so.
    Idle,
}

/// How a guardrail changed, and whether head keeps within it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct GuardrailChange<'a> {
    /// Its name.
    pub guardrail: &'a str,
    /// A forbid states what must never be allowed; a permit states what must stay allowed.
    pub effect: Effect,
    /// How it changed.
    pub change: ChangeKind,
    /// Where its meaning changed: to which requests it applies.
    pub applies: Option<Applies>,
    /// Where base has it.
    pub base: Option<Located<'a>>,
    /// Where head has it.
    pub head: Option<Located<'a>>,
    /// Whether it guards less than it did, or that could not be decided.
    pub weakened: bool,
    /// Where it guards less, a request that it was about and is about no more.
    pub no_longer: Option<Example<'a>>,
    /// What head does to it; null where head does not have it.
    pub verdict: Option<Verdict>,
    /// Why that is unknown, where it is.
    pub why: Option<&'a str>,
    /// Where it is broken: a request of each kind.
    #[cfg_attr(feature = "typescript", ts(type = "Array<Violation>"))]
    pub violations: List<'a, (schema::Environment, change::Example), Violation<'a>>,
}

/// A kind of request in which a guardrail is broken.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Violation<'a> {
    /// The principal's type, with its namespace.
    pub principal: &'a str,
    /// The action.
    pub action: String,
    /// The resource's type, with its namespace.
    pub resource: &'a str,
    /// A request that shows it.
    pub example: Example<'a>,
}

/// Counts.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ChangeSummary {
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
    /// Kinds of request that took no proof.
    pub settled: usize,
    /// Questions that were asked of the prover.
    pub questions: u64,
    /// Witnesses that Cedar's evaluator did not confirm: a fault of Portcullis wherever it is not 0.
    pub unconfirmed: u64,
    /// Policies, templates and links that are unchanged.
    pub unchanged: usize,
}

impl<'a> From<&'a change::Witness> for Request<'a> {
    fn from(witness: &'a change::Witness) -> Self {
        Self {
            principal: (&witness.principal).into(),
            action: (&witness.action).into(),
            resource: (&witness.resource).into(),
            context: &witness.context,
        }
    }
}

impl<'a> From<&'a change::Change> for Change<'a> {
    fn from(change: &'a change::Change) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            relation: change.relation.into(),
            why: &change.why,
            groups: change.groups.as_slice().into(),
            environments: change.environments.as_slice().into(),
            policies: change.policies.as_slice().into(),
            schema: change.schema.as_slice().into(),
            entities: change.entities.as_slice().into(),
            guardrails: change.guardrails.as_slice().into(),
            config_changed: change.config_changed,
            summary: change.summary.into(),
            base_digest: &change.base_digest,
            head_digest: &change.head_digest,
        }
    }
}

impl From<change::Relation> for Relation {
    fn from(relation: change::Relation) -> Self {
        match relation {
            change::Relation::Equivalent => Self::Equivalent,
            change::Relation::Wider => Self::Wider,
            change::Relation::Narrower => Self::Narrower,
            change::Relation::Incomparable => Self::Incomparable,
            change::Relation::Unknown => Self::Unknown,
        }
    }
}

impl<'a> From<&'a change::Group> for ChangeGroup<'a> {
    fn from(group: &'a change::Group) -> Self {
        Self {
            allowed: group.allowed,
            because: &group.because,
            sentences: group.sentences(),
            environments: &group.environments,
        }
    }
}

impl From<change::On> for On {
    fn from(on: change::On) -> Self {
        match on {
            change::On::Both => Self::Both,
            change::On::Base => Self::Base,
            change::On::Head => Self::Head,
        }
    }
}

impl<'a> From<&'a change::EnvironmentChange> for EnvironmentChange<'a> {
    fn from(of: &'a change::EnvironmentChange) -> Self {
        Self {
            principal: &of.environment.principal,
            action: of.environment.action.to_string(),
            resource: &of.environment.resource,
            on: of.on.into(),
            schema_changed: of.schema_changed,
            relation: of.relation.into(),
            why: of.why.as_deref(),
            asked: of.asked,
            newly_allowed: of.newly_allowed.as_ref().map(Example::from),
            newly_denied: of.newly_denied.as_ref().map(Example::from),
            head_allows: of.head_allows.map(Allows::from),
        }
    }
}

impl<'a> From<&'a change::Example> for Example<'a> {
    fn from(example: &'a change::Example) -> Self {
        let witness = &example.witness;
        Self {
            request: witness.into(),
            entities: &witness.entities,
            counterpart: example.counterpart.as_ref().map(|other| Counterpart {
                request: other.into(),
                entities: &other.entities,
            }),
            base: example.base.as_ref().map(Decided::from),
            head: example.head.as_ref().map(Decided::from),
            because: &example.because,
        }
    }
}

impl<'a> From<&'a facts::Entity> for EntityUid<'a> {
    fn from(entity: &'a facts::Entity) -> Self {
        Self {
            ty: &entity.ty,
            id: &entity.id,
        }
    }
}

impl<'a> From<&'a change::Decided> for Decided<'a> {
    fn from(decided: &'a change::Decided) -> Self {
        Self {
            decision: match decided.allowed {
                true => Decision::Allow,
                false => Decision::Deny,
            },
            determining: &decided.determining,
            errors: &decided.errors,
        }
    }
}

impl From<facts::Effect> for Effect {
    fn from(effect: facts::Effect) -> Self {
        match effect {
            facts::Effect::Permit => Self::Permit,
            facts::Effect::Forbid => Self::Forbid,
        }
    }
}

impl From<change::Kind> for ChangeKind {
    fn from(kind: change::Kind) -> Self {
        match kind {
            change::Kind::Added => Self::Added,
            change::Kind::Removed => Self::Removed,
            change::Kind::Renamed => Self::Renamed,
            change::Kind::Text => Self::Text,
            change::Kind::Meaning => Self::Meaning,
            change::Kind::Unchanged => Self::Unchanged,
        }
    }
}

impl From<change::Allows> for Allows {
    fn from(allows: change::Allows) -> Self {
        match allows {
            change::Allows::Nothing => Self::Nothing,
            change::Allows::Partly => Self::Partly,
            change::Allows::Everything => Self::Everything,
        }
    }
}

impl From<change::Applies> for Applies {
    fn from(applies: change::Applies) -> Self {
        match applies {
            change::Applies::Same => Self::Same,
            change::Applies::More => Self::More,
            change::Applies::Less => Self::Less,
            change::Applies::Both => Self::Both,
            change::Applies::Unknown => Self::Unknown,
        }
    }
}

impl<'a> From<&'a change::Located> for Located<'a> {
    fn from(at: &'a change::Located) -> Self {
        Self {
            file: &at.file,
            range: at.range.into(),
        }
    }
}

impl<'a> From<&'a change::PolicyChange> for PolicyChange<'a> {
    fn from(policy: &'a change::PolicyChange) -> Self {
        Self {
            policy: &policy.name,
            renamed_from: policy.renamed_from.as_deref(),
            form: match policy.form {
                change::Form::Policy => PolicyForm::Policy,
                change::Form::Template => PolicyForm::Template,
                change::Form::Link => PolicyForm::Link,
            },
            effect: policy.effect.into(),
            change: policy.kind.into(),
            applies: policy.applies.map(Applies::from),
            why: policy.why.as_deref(),
            by_schema: policy.by_schema.map(Applies::from),
            base: policy.base.as_ref().map(Located::from),
            head: policy.head.as_ref().map(Located::from),
            template: policy.template.as_deref(),
            weakened: policy.weakened,
            links: policy.links,
        }
    }
}

impl<'a> From<&'a change::SchemaChange> for SchemaChange<'a> {
    fn from(of: &'a change::SchemaChange) -> Self {
        Self {
            subject: &of.subject,
            change: match of.edit {
                change::SchemaEdit::Added => SchemaEdit::Added,
                change::SchemaEdit::Removed => SchemaEdit::Removed,
                change::SchemaEdit::Type => SchemaEdit::Type,
                change::SchemaEdit::Optional => SchemaEdit::Optional,
                change::SchemaEdit::Required => SchemaEdit::Required,
                change::SchemaEdit::Members => SchemaEdit::Members,
                change::SchemaEdit::AppliesTo => SchemaEdit::AppliesTo,
                change::SchemaEdit::Enumeration => SchemaEdit::Enumeration,
                change::SchemaEdit::Annotations => SchemaEdit::Annotations,
            },
            before: of.before.as_deref(),
            after: of.after.as_deref(),
        }
    }
}

impl<'a> From<&'a change::EntityChange> for EntityChange<'a> {
    fn from(of: &'a change::EntityChange) -> Self {
        let nothing: &'a [String] = &[];
        let (change, [parents_added, parents_removed, attributes, tags]) = match &of.edit {
            change::EntityEdit::Added => (EntityEdit::Added, [nothing; 4]),
            change::EntityEdit::Removed => (EntityEdit::Removed, [nothing; 4]),
            change::EntityEdit::Unreadable => (EntityEdit::Unreadable, [nothing; 4]),
            change::EntityEdit::Changed {
                parents_added,
                parents_removed,
                attributes,
                tags,
            } => (
                EntityEdit::Changed,
                [parents_added, parents_removed, attributes, tags].map(Vec::as_slice),
            ),
        };
        Self {
            entity: &of.subject,
            change,
            parents_added,
            parents_removed,
            attributes,
            tags,
        }
    }
}

impl<'a> From<&'a change::GuardrailChange> for GuardrailChange<'a> {
    fn from(of: &'a change::GuardrailChange) -> Self {
        let nothing: &'a [_] = &[];
        let (verdict, why, violations) = match &of.verdict {
            None => (None, None, nothing),
            Some(change::Verdict::Holds) => (Some(Verdict::Holds), None, nothing),
            Some(change::Verdict::Unknown(of)) => (Some(Verdict::Unknown), Some(&*of.why), nothing),
            Some(change::Verdict::Idle(why)) => (Some(Verdict::Idle), Some(why.as_str()), nothing),
            Some(change::Verdict::Broken(all)) => (Some(Verdict::Broken), None, all.as_slice()),
        };
        Self {
            guardrail: &of.name,
            effect: of.effect.into(),
            change: of.kind.into(),
            applies: of.applies.map(Applies::from),
            base: of.base.as_ref().map(Located::from),
            head: of.head.as_ref().map(Located::from),
            weakened: of.weakened,
            no_longer: of.no_longer.as_ref().map(Example::from),
            verdict,
            why,
            violations: violations.into(),
        }
    }
}

impl<'a> From<&'a (schema::Environment, change::Example)> for Violation<'a> {
    fn from((environment, example): &'a (schema::Environment, change::Example)) -> Self {
        Self {
            principal: &environment.principal,
            action: environment.action.to_string(),
            resource: &environment.resource,
            example: example.into(),
        }
    }
}

impl From<change::Summary> for ChangeSummary {
    fn from(summary: change::Summary) -> Self {
        // Taken apart so that a new count cannot be forgotten here.
        let change::Summary {
            equivalent,
            wider,
            narrower,
            incomparable,
            unknown,
            settled,
            questions,
            unconfirmed,
            unchanged,
        } = summary;
        Self {
            equivalent,
            wider,
            narrower,
            incomparable,
            unknown,
            settled,
            questions,
            unconfirmed,
            unchanged,
        }
    }
}
