//! The JSON of every door: the only serde types. TypeScript's declarations are generated from them.

use serde::Serialize;

/// The version of the report's shape. Additions keep it; anything else raises it.
pub const SCHEMA_VERSION: u32 = 1;

/// A report, as JSON.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Version of this shape.
    pub schema_version: u32,
}

impl From<&crate::Report> for Report {
    fn from(_report: &crate::Report) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
        }
    }
}
