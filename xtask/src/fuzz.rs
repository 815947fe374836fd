//! `cargo xtask fuzz`: the fuzz target under libFuzzer, on the stable toolchain.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::steps::step;

/// What cargo-fuzz passes for coverage without a sanitizer; these are flags of LLVM and stable.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing";

pub(crate) fn run(root: &Path, seconds: u32) -> Result<()> {
    let folder = root.join("fuzz");
    for name in ["corpus", "artifacts"] {
        fs::create_dir_all(folder.join(name))?;
    }
    let host = crate::steps::output(root, "rustc", &["--print", "host-tuple"])?;
    step("fuzz target", || {
        let status = std::process::Command::new("cargo")
            // With a target given, the flags are for the code under test and not for build scripts.
            .args(["build", "--release", "--target", &host])
            .current_dir(&folder)
            .env("RUSTFLAGS", FLAGS)
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .status()
            .context("cannot start `cargo`")?;
        if !status.success() {
            bail!("it ended with {status}");
        }
        Ok(())
    })?;
    let program = folder.join("target").join(host).join("release/workspace");
    let program = program.to_str().context("the path is not UTF-8")?;
    // What is found goes to the first folder; the second is only read.
    crate::steps::run(
        &folder,
        program,
        &[
            &format!("-max_total_time={seconds}"),
            "-max_len=16384",
            "-timeout=25",
            "-rss_limit_mb=4096",
            "-artifact_prefix=artifacts/",
            "-print_final_stats=1",
            "corpus",
            "seeds",
        ],
    )
}
