//! Statements to Cedar's AST and to our facts, in one pass of Cedar's parser.

mod batch;
mod relocate;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use cedar_policy_core::ast::{PolicyID, Template};
use cedar_policy_core::parser::err::{ParseError, ParseErrors, ToASTError, ToASTErrorKind};
use cedar_policy_core::parser::{Loc, Node, cst, text_to_cst};

use super::lower;
use crate::facts::Policy;

/// A statement that Cedar accepts.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// Cedar's own form: a template, which for a policy has no slot. Its id is a placeholder.
    pub template: Arc<Template>,
    /// Our form.
    pub policy: Arc<Policy>,
}

/// Parses statements, each as [`parse`] does, and faster than one by one.
pub fn parse_all(texts: &[Arc<str>]) -> Vec<Result<Parsed, Box<ParseErrors>>> {
    batch::parse_together(texts)
        .into_iter()
        .zip(texts)
        .map(|(result, text)| result.unwrap_or_else(|| parse(text)))
        .collect()
}

/// Parses one statement. `text` is all of it, with the comments and blanks before it; positions count
/// from its start.
///
/// # Errors
///
/// All errors that Cedar's parser finds in the statement.
pub fn parse(text: &Arc<str>) -> Result<Parsed, Box<ParseErrors>> {
    // The parser of lists: Cedar's formatter needs it too, and each of Cedar's parsers is 60 KB of module.
    let list = text_to_cst::parse_policies(text)?;
    let nodes = list.node.map_or_else(Vec::new, |list| list.0);
    let Ok([node]) = <[_; 1]>::try_from(nodes) else {
        return Err(refused(text));
    };
    finish(&node, text)
}

/// What follows from a statement's tree, whose positions are those in `text`.
fn finish(node: &Node<Option<cst::Policy>>, text: &Arc<str>) -> Result<Parsed, Box<ParseErrors>> {
    let template = node.to_policy_template(PolicyID::from_string("policy"))?;
    let policy = lower::policy(node, text).ok_or_else(|| refused(text))?;
    Ok(Parsed {
        template: Arc::new(template),
        policy: Arc::new(policy),
    })
}

/// Not reached: a text holds one statement, and what the AST accepts has a form here. Refusing the
/// statement is the safe answer.
fn refused(text: &Arc<str>) -> Box<ParseErrors> {
    let error = ToASTError::new(
        ToASTErrorKind::EmptyNodeInvariantViolation,
        Some(Loc::new(0..text.len(), Arc::clone(text))),
    );
    Box::new(ParseErrors::from(ParseError::ToAST(error)))
}
