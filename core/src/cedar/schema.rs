//! Stub.
use crate::finding::Finding;
use cedar_policy_core::validator::ValidatorSchema;
use std::sync::Arc;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Cedar,
    Json,
}
#[derive(Debug)]
pub struct SchemaFile<'a> {
    pub path: Arc<str>,
    pub text: &'a str,
    pub format: Format,
}
#[derive(Debug, Default)]
pub struct SchemaOutcome {
    pub validator: Option<Arc<ValidatorSchema>>,
    pub schema: Option<Arc<crate::schema::Schema>>,
    pub findings: Vec<(Arc<str>, Finding)>,
}
pub fn build(_: &[SchemaFile<'_>]) -> SchemaOutcome {
    SchemaOutcome::default()
}
