//! The engine of Portcullis: checks [Cedar](https://www.cedarpolicy.com)
//! authorization policies.
//!
//! It does no I/O and knows no clock: files come in by value, "now" is an argument, and the same bytes
//! give the same [`Report`] on every platform.
//!
//! ```text
//! files ──limits──> texts ──split──> statements ──Cedar──> facts + findings ──checks──> findings ──> Report
//! ```
//!
//! [`Workspace`] holds the files of a bundle and answers [`Workspace::check`]; what was computed for a
//! statement is kept until its text or the schema changes. [`render`] turns a report into text, JSON,
//! SARIF, GitHub annotations or Markdown, and [`wire`] is the only place that knows the JSON's shape.

#![deny(missing_docs)]

mod analysis;
pub mod authorize;
pub mod cedar;
pub mod change;
#[cfg(test)]
mod check_pages;
pub mod checks;
pub mod cli;
pub mod codes;
pub mod config;
mod encode;
pub mod facts;
pub mod finding;
pub mod govern;
pub mod prove;
pub mod render;
pub mod report;
pub mod rules;
pub mod schema;
mod session;
pub mod source;
pub mod suggest;
pub mod suite;
pub mod suppress;
pub mod tier;
pub mod time;
pub mod wire;
mod workers;
mod workspace;

pub use report::Report;
pub use session::Session;
pub use time::Instant;
pub use workers::Workers;
pub use workspace::{
    Answer, Changes, Counters, Edit, EditRange, EnvironmentRelations, Known, PolicyRelations,
    UsageError, Workspace, is_bundle_file,
};
