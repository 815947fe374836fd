//! The only place that names Cedar's crates: parse, type-check, evaluate, spans.
//!
//! `cedar-policy-core` makes no promise of compatibility, so its version is pinned exactly and nothing
//! outside this folder may use it.

pub mod entities;
pub mod evaluate;
pub mod format;
pub mod links;
mod lower;
pub mod parse;
pub mod parse_errors;
pub mod schema;
pub mod validate;

pub use cedar_policy_core::validator::{Validator, ValidatorSchema};

/// The version of Cedar that decides; Cargo.toml pins it.
pub const VERSION: &str = "4.14.1";
