//! Codes.

use crate::rules::Rule;

/// The rules.
pub static RULES: &[Rule] = &[];
