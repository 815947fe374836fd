//! `cargo xtask red-team`: changes made at random, tiered, and held against what Cedar decides.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Runs the test that goes on for as long as it is told to, with these settings.
pub(crate) fn run(root: &Path, settings: &[(&str, u64)]) -> Result<()> {
    let status = Command::new("cargo")
        .args([
            "test",
            "--release",
            "-p",
            "portcullis-core",
            "--test",
            "red_team",
            "--",
            "--ignored",
            "--nocapture",
        ])
        .envs(
            settings
                .iter()
                .map(|(name, value)| (name, value.to_string())),
        )
        .current_dir(root)
        .status()
        .context("cargo does not start")?;
    ensure!(status.success(), "the red team found something");
    Ok(())
}
