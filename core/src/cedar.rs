//! The only place that names Cedar's crates: parse, type-check, evaluate, spans.
//!
//! `cedar-policy-core` makes no promise of compatibility, so its version is pinned exactly and nothing
//! outside this folder may use it.

pub mod entities;
pub mod links;
pub mod schema;
