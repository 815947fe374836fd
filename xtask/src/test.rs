//! `cargo xtask test`: what CI runs, cheap steps before dear ones.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::steps::{self, step};
use crate::{build, generate};

pub(crate) fn run(root: &Path) -> Result<()> {
    let begun = Instant::now();
    let npm = root.join("npm");
    build::ensure_toolchain(root)?;
    steps::run(root, "cargo", &["fmt", "--all", "--check"])?;
    // In release like everything else, so that no dependency is built twice.
    steps::run(
        root,
        "cargo",
        &[
            "clippy",
            "--release",
            "--workspace",
            // What it is compared with takes minutes to build: `cargo xtask oracle`.
            "--exclude",
            "portcullis-oracle",
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
    step("generated files are up to date", || generate::check(root))?;
    steps::run(&npm, "npm", &["ci", "--no-audit", "--no-fund"])?;
    build::run(root, build::Options { fast: false })?;
    ensure_chromium(root)?;
    steps::run(
        root,
        "cargo",
        // The modules' own crates are tested through their doors; as libraries of this machine they do
        // not link, since a component's exports have names that its linker takes for syntax.
        &[
            "test",
            "--release",
            "--workspace",
            "--exclude",
            "portcullis-plugin",
            "--exclude",
            "portcullis-js",
            "--exclude",
            "portcullis-oracle",
            "--all-features",
        ],
    )?;
    steps::run(&npm, "npm", &["run", "--silent", "types"])?;
    steps::run(&npm, "npm", &["test", "--silent"])?;
    eprintln!("{:>7.1} s  all of it", begun.elapsed().as_secs_f64());
    Ok(())
}

/// The browser that the doors' tests look for, installed where that is allowed.
fn ensure_chromium(root: &Path) -> Result<()> {
    let path = std::env::var_os("PORTCULLIS_CHROMIUM")
        .filter(|path| !path.is_empty())
        .map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from);
    if path.is_file() {
        return Ok(());
    }
    let install = || {
        steps::run(root, "apt-get", &["update", "-qq"])?;
        steps::run(root, "apt-get", &["install", "-y", "-qq", "chromium"])
    };
    install().with_context(|| {
        format!(
            "the tests in a browser need Chromium, and there is none at {}: install it, as with `apt-get install chromium`, or name it in PORTCULLIS_CHROMIUM",
            path.display()
        )
    })?;
    ensure!(
        path.is_file(),
        "Chromium was installed, and is not at {}: name it in PORTCULLIS_CHROMIUM",
        path.display()
    );
    Ok(())
}
