//! What is known of one policy statement: its syntax with the position of every part, in Cedar's words.
//!
//! Facts are computed once for a statement's text and used by everything that looks at policies. All
//! spans count from the start of the statement's text (its leading comments and blanks included).

mod canonical;
mod expr;
mod walk;

pub use canonical::{canonical, canonical_expr};
pub use expr::{BinaryOp, Children, Entity, Expr, ExprKind, Literal, PatternElement, UnaryOp, Var};
pub use walk::{Polarity, attribute_path, conjuncts, disjuncts};

use std::sync::Arc;

use crate::source::Span;

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

/// Whether a policy allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// `permit`
    Permit,
    /// `forbid`
    Forbid,
}

impl Effect {
    /// The keyword.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Forbid => "forbid",
        }
    }
}

/// One policy or template that Cedar accepts.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The text that all spans refer to.
    pub text: Arc<str>,
    /// From the first annotation or the effect to the semicolon.
    pub span: Span,
    /// `@key("value")`, in the order written.
    pub annotations: Vec<Annotation>,
    /// `permit` or `forbid`.
    pub effect: Spanned<Effect>,
    /// The scope with its parentheses.
    pub scope: Span,
    /// The principal's constraint.
    pub principal: Spanned<EntityConstraint>,
    /// The action's constraint.
    pub action: Spanned<ActionConstraint>,
    /// The resource's constraint.
    pub resource: Spanned<EntityConstraint>,
    /// `when` and `unless` clauses, in the order written.
    pub clauses: Vec<Clause>,
    /// Comments with their slashes, in the order written.
    pub comments: Vec<Span>,
    /// Every string literal with its quotes, annotations' included, in the order written.
    pub strings: Vec<Span>,
    /// SHA-256 of what the policy says, see [`canonical`]: the same for texts that
    /// differ in layout, comments, escapes or annotations only.
    pub canonical: [u8; 32],
    /// Which of the annotations is `@id`, where it has a value, and a hash of that: it is asked for at every edit, of
    /// every policy.
    pub(crate) id_at: Option<(usize, u64)>,
}

impl Policy {
    /// The annotation with this key.
    pub fn annotation(&self, key: &str) -> Option<&Annotation> {
        self.annotations.iter().find(|a| a.key.value == key)
    }

    /// The value of the annotation with this key; an annotation without a value counts as empty.
    pub fn annotation_value(&self, key: &str) -> Option<&str> {
        self.annotation(key)
            .map(|a| a.value.as_ref().map_or("", |v| v.value.as_str()))
    }

    /// `@id`.
    pub fn id(&self) -> Option<&str> {
        let (at, _) = self.id_at?;
        let value = self.annotations.get(at)?.value.as_ref()?;
        Some(&value.value)
    }

    /// Whether it permits.
    pub fn is_permit(&self) -> bool {
        self.effect.value == Effect::Permit
    }

    /// Whether it has a template slot.
    pub fn is_template(&self) -> bool {
        [&self.principal.value, &self.resource.value]
            .into_iter()
            .any(EntityConstraint::has_slot)
    }

    /// The text at `span`.
    pub fn at(&self, span: Span) -> &str {
        span.text(&self.text)
    }

    /// Every expression of every clause, parents before children, in the order written.
    pub fn walk<'a>(&'a self, mut visit: impl FnMut(&'a Clause, &'a Expr)) {
        for clause in &self.clauses {
            clause.body.walk(&mut |expr| visit(clause, expr));
        }
    }
}

/// `@key("value")` or `@key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// The key, without `@`.
    pub key: Spanned<String>,
    /// The value, unescaped; its span covers the quotes.
    pub value: Option<Spanned<String>>,
    /// From `@` to `)`.
    pub span: Span,
}

/// A `when` or `unless` clause.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// Which of the two.
    pub kind: ClauseKind,
    /// From the keyword to the closing brace.
    pub span: Span,
    /// The keyword alone.
    pub keyword: Span,
    /// The condition between the braces.
    pub body: Expr,
}

/// `when` or `unless`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClauseKind {
    /// The policy applies where the condition holds.
    When,
    /// The policy applies where the condition does not hold.
    Unless,
}

impl ClauseKind {
    /// The keyword.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::When => "when",
            Self::Unless => "unless",
        }
    }
}

/// What the scope says of the principal or the resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntityConstraint {
    /// `principal`
    Any,
    /// `principal == User::"a"`
    Eq(EntityOrSlot),
    /// `principal in Group::"a"`
    In(EntityOrSlot),
    /// `principal is User`
    Is(Spanned<String>),
    /// `principal is User in Group::"a"`
    IsIn(Spanned<String>, EntityOrSlot),
}

impl EntityConstraint {
    /// Whether it has a template slot.
    pub fn has_slot(&self) -> bool {
        matches!(self.entity_or_slot(), Some(EntityOrSlot::Slot(_)))
    }

    /// The entity or slot on its right-hand side.
    pub const fn entity_or_slot(&self) -> Option<&EntityOrSlot> {
        match self {
            Self::Eq(e) | Self::In(e) | Self::IsIn(_, e) => Some(e),
            Self::Any | Self::Is(_) => None,
        }
    }

    /// The entity on its right-hand side.
    pub const fn entity(&self) -> Option<&Spanned<Entity>> {
        match self.entity_or_slot() {
            Some(EntityOrSlot::Entity(e)) => Some(e),
            _ => None,
        }
    }

    /// The type after `is`.
    pub const fn is_type(&self) -> Option<&Spanned<String>> {
        match self {
            Self::Is(t) | Self::IsIn(t, _) => Some(t),
            Self::Any | Self::Eq(_) | Self::In(_) => None,
        }
    }
}

/// An entity, or the slot that a link fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntityOrSlot {
    /// `User::"a"`
    Entity(Spanned<Entity>),
    /// `?principal` or `?resource`
    Slot(Span),
}

/// What the scope says of the action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionConstraint {
    /// `action`
    Any,
    /// `action == Action::"a"`
    Eq(Spanned<Entity>),
    /// `action in Action::"a"`
    In(Spanned<Entity>),
    /// `action in [Action::"a", …]`; the span covers the brackets.
    InList(Spanned<Vec<Spanned<Entity>>>),
}

impl ActionConstraint {
    /// The actions named, in the order written.
    pub fn entities(&self) -> &[Spanned<Entity>] {
        match self {
            Self::Any => &[],
            Self::Eq(e) | Self::In(e) => std::slice::from_ref(e),
            Self::InList(list) => &list.value,
        }
    }
}
