//! `cargo xtask red-team`: changes made at random, tiered, and held against what Cedar decides.

use std::path::Path;

use anyhow::Result;

use crate::steps::run_with;

/// Runs the test that goes on for as long as it is told to, with these settings.
pub(crate) fn run(root: &Path, settings: &[(&str, u64)]) -> Result<()> {
    let settings: Vec<(&str, String)> = settings
        .iter()
        .map(|(name, value)| (*name, value.to_string()))
        .collect();
    let variables: Vec<(&str, &str)> = settings
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let arguments = [
        "test",
        "--release",
        "-p",
        "portcullis-core",
        "--test",
        "red_team",
        "--",
        "--ignored",
        "--nocapture",
    ];
    run_with(root, "cargo", &arguments, &variables)
}
