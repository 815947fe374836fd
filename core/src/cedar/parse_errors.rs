//! Stub.
use crate::finding::Finding;
use cedar_policy_core::parser::err::ParseErrors;
pub fn findings(_: &ParseErrors, _: &str) -> Vec<Finding> {
    Vec::new()
}
