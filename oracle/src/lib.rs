//! Holds what Portcullis proves of policies against two judges: Cedar's own symbolic compiler with a solver, and Cedar's
//! evaluator on random requests.
//!
//! ```text
//! seed ──generate──> schema, base, head ──┬─ ours ────┐
//!                                         ├─ symcc ───┼── agree? ──shrink──> report
//!                                         └─ brute ───┘
//! ```

pub mod brute;
pub mod coverage;
pub mod expr;
pub mod generate;
pub mod judge;
pub mod model;
pub mod ours;
pub mod pair;
pub mod policy;
pub mod questions;
pub mod run;
pub mod shrink;
pub mod symcc;
mod table;
pub mod world;
