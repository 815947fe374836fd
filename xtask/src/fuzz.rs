//! `cargo xtask fuzz`: the fuzz target under libFuzzer, on the stable toolchain.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::steps::{self, step};

/// What cargo-fuzz passes for coverage without a sanitizer; these are flags of LLVM and stable.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing";

/// Fails where an input breaks the engine, takes half a minute, or takes more memory than any should.
const BOUNDS: [&str; 3] = ["-timeout=25", "-rss_limit_mb=4096", "-malloc_limit_mb=2048"];

/// Looks for input that breaks the engine, for so many seconds and the half minute that the last input
/// may take.
pub(crate) fn run(root: &Path, seconds: u32) -> Result<()> {
    let folder = root.join("fuzz");
    for name in ["corpus", "artifacts"] {
        fs::create_dir_all(folder.join(name))?;
    }
    let program = build(root)?;
    let artifacts = folder.join("artifacts");
    let before = names(&artifacts)?;
    let time = format!("-max_total_time={seconds}");
    let mut arguments = BOUNDS.to_vec();
    arguments.extend([
        time.as_str(),
        "-max_len=4096",
        "-dict=cedar.dict",
        // What is slow is kept as well, and is no failure by itself: the machine may be busy.
        "-report_slow_units=2",
        "-artifact_prefix=artifacts/",
        "-print_final_stats=1",
        // What is found goes to the first folder; the second is only read.
        "corpus",
        "seeds",
    ]);
    let ended = steps::run(&folder, &program, &arguments);
    let found: Vec<PathBuf> = names(&artifacts)?.difference(&before).cloned().collect();
    for file in &found {
        let file = file.strip_prefix(root).unwrap_or(file).display();
        eprintln!("found {file}\n  again: cargo xtask fuzz --replay {file}");
    }
    ended.with_context(|| match found.len() {
        0 => "the fuzzer failed and kept no input: its output says why".to_owned(),
        _ => "the fuzzer kept an input that breaks the engine: its path is above".to_owned(),
    })
}

/// Runs one input.
pub(crate) fn replay(root: &Path, file: &Path) -> Result<()> {
    let file = fs::canonicalize(file).with_context(|| file.display().to_string())?;
    let program = build(root)?;
    let mut arguments = BOUNDS.to_vec();
    arguments.push(file.to_str().context("the path is not UTF-8")?);
    steps::run(&root.join("fuzz"), &program, &arguments)
}

/// Builds the target and gives its path. It has a folder of its own: all of it is instrumented.
fn build(root: &Path) -> Result<String> {
    let folder = root.join("fuzz");
    let target = folder.join("target");
    let host = steps::output(root, "rustc", &["--print", "host-tuple"])?;
    step("fuzz target", || {
        let status = std::process::Command::new("cargo")
            // With a target given, the flags are for the code under test and not for build scripts.
            .args(["build", "--release", "--target", &host])
            .current_dir(&folder)
            .env("RUSTFLAGS", FLAGS)
            .env("CARGO_TARGET_DIR", &target)
            .status()
            .context("cannot start `cargo`")?;
        if !status.success() {
            bail!("it ended with {status}");
        }
        Ok(())
    })?;
    let program = target.join(host).join("release/workspace");
    Ok(program
        .to_str()
        .context("the path is not UTF-8")?
        .to_owned())
}

fn names(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect()
}
