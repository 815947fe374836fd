//! Stub.
use crate::finding::Finding;
use cedar_policy_core::{ast::Template, validator::ValidatorSchema};
#[derive(Debug)]
pub struct Validated {
    pub findings: Vec<Finding>,
}
pub fn validate(_: &Template, _: &ValidatorSchema) -> Validated {
    Validated {
        findings: Vec::new(),
    }
}
