//! Where a schema fragment declares and names things, in either syntax.
//!
//! Cedar drops most positions when it merges fragments, and has none for JSON. The outline is made from
//! the text alone, accepts any text, and is used for positions only, never for meaning.

mod cedar;
mod json;

use crate::source::Span;

/// What a fragment declares and names, in the order written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Outline {
    pub(super) decls: Vec<Decl>,
    pub(super) refs: Vec<Ref>,
    /// Byte range of every whole declaration with its annotations, in Cedar syntax.
    pub(super) statements: Vec<Span>,
}

/// What a declaration declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Namespace,
    Entity,
    Common,
    Action,
}

/// One declared name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decl {
    pub(super) kind: Kind,
    /// The namespace that it is in; empty for none.
    pub(super) namespace: String,
    /// The name as it counts, without quotes.
    pub(super) name: String,
    /// Where the name stands.
    pub(super) span: Span,
    /// Attributes of an entity type, fields of a common type or of an action's context.
    pub(super) fields: Vec<Field>,
}

/// A declared attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) fields: Vec<Field>,
}

/// What a name refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefKind {
    Type,
    Extension,
    /// A parent in `in [...]` or `memberOf`; the text is the id.
    Action,
    /// A key that switches on something that may be unsupported.
    Feature,
}

/// A name where it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ref {
    pub(super) kind: RefKind,
    pub(super) text: String,
    pub(super) span: Span,
    /// The declaration that uses it, by its index in [`Outline::decls`].
    pub(super) decl: usize,
}

impl Outline {
    /// The outline of a text in Cedar's schema syntax.
    pub(super) fn cedar(text: &str) -> Self {
        cedar::outline(text)
    }

    /// The outline of a JSON schema.
    pub(super) fn json(root: &crate::source::json::Node) -> Self {
        json::outline(root)
    }
}

impl Decl {
    /// The name with its namespace; for an action its entity, as `App::Action::"view"`.
    pub(super) fn full_name(&self) -> String {
        let qualify = |name: &str| {
            if self.namespace.is_empty() {
                name.to_owned()
            } else {
                format!("{}::{name}", self.namespace)
            }
        };
        match self.kind {
            Kind::Namespace => self.name.clone(),
            Kind::Entity | Kind::Common => qualify(&self.name),
            Kind::Action => qualify(&format!("Action::\"{}\"", self.name.escape_debug())),
        }
    }
}
