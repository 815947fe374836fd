//! One statement's text to Cedar's AST and to our facts, in one pass of Cedar's parser.

use std::borrow::Cow;
use std::sync::Arc;

use cedar_policy_core::ast::{PolicyID, Template};
use cedar_policy_core::parser::err::{ParseError, ParseErrors, ToASTError, ToASTErrorKind};
use cedar_policy_core::parser::text_to_cst;

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

/// Parses one statement. `text` is all of it, with the comments and blanks before it; positions count
/// from its start.
///
/// # Errors
///
/// All errors that Cedar's parser finds in the statement.
#[expect(
    clippy::result_large_err,
    reason = "Cedar's type, made once for a statement that is wrong"
)]
pub fn parse(text: &Arc<str>) -> Result<Parsed, ParseErrors> {
    // The parser of lists: Cedar's formatter needs it too, and each of Cedar's parsers is 60 KB of module.
    let list = text_to_cst::parse_policies(&without_bom(text))?;
    // Not reached: a text holds one statement, and what the AST accepts has a form here. Refusing the
    // statement is the safe answer.
    let refused = || {
        ParseErrors::from(ParseError::ToAST(ToASTError::new(
            ToASTErrorKind::EmptyNodeInvariantViolation,
            list.loc().cloned(),
        )))
    };
    let [cst] = list.as_inner().map_or(&[][..], |list| list.0.as_slice()) else {
        return Err(refused());
    };
    let template = cst.to_policy_template(PolicyID::from_string("policy"))?;
    let policy = lower::policy(cst, text).ok_or_else(refused)?;
    Ok(Parsed {
        template: Arc::new(template),
        policy: Arc::new(policy),
    })
}

/// Cedar takes a byte order mark for a wrong character. Three blanks keep every position.
fn without_bom(text: &str) -> Cow<'_, str> {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Cow::Owned(format!("   {rest}")),
        None => Cow::Borrowed(text),
    }
}
