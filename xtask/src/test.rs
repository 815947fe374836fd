//! `cargo xtask test`: what CI runs.

use std::path::Path;

use anyhow::Result;

use crate::steps::{self, step};
use crate::{build, generate};

pub(crate) fn run(root: &Path) -> Result<()> {
    let npm = root.join("npm");
    steps::run(root, "cargo", &["fmt", "--all", "--check"])?;
    steps::run(&npm, "npm", &["ci", "--no-audit", "--no-fund"])?;
    step("generated files are up to date", || generate::check(root))?;
    build::run(root, build::Options { fast: false })?;
    steps::run(
        root,
        "cargo",
        &[
            "clippy",
            "--release",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--",
            "-D",
            "warnings",
        ],
    )?;
    steps::run(
        root,
        "cargo",
        &[
            "check",
            "--target",
            "wasm32-unknown-unknown",
            "-p",
            "portcullis-core",
        ],
    )?;
    steps::run(
        root,
        "cargo",
        &["test", "--release", "--workspace", "--all-features"],
    )?;
    steps::run(&npm, "npm", &["run", "--silent", "types"])?;
    steps::run(&npm, "npm", &["test", "--silent"])
}
