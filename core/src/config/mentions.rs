//! What `portcullis.yaml` names that must exist elsewhere: in the schema or in the directory.

use crate::source::Span;

/// A name, and where it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// What it is the name of.
    pub of: Named,
    /// What is written there, without quotes.
    pub written: String,
    /// Where.
    pub span: Span,
}

/// What something is the name of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A namespace of the schema: the key of a section under `apps`.
    Namespace,
    /// An action, by its name with namespace, and the namespace of the section that it stands in.
    Action(String, Option<String>),
    /// An entity type in the same way.
    EntityType(String, Option<String>),
    /// A field of the context of some action.
    ContextField,
    /// An environment.
    Environment,
    /// An owner: a role, or `team:` and a team.
    Owner,
    /// Not a name but a condition, of the action with this name: its limit.
    Limit(String),
}
