//! Running programs, and saying what is going on when it takes long.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Steps that take less are not worth a line.
const WORTH_A_LINE: Duration = Duration::from_secs(1);

/// Does one step and says afterwards how long it took, if it took long.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let begun = Instant::now();
    let result = work().with_context(|| name.to_owned());
    let took = begun.elapsed();
    if result.is_ok() && took >= WORTH_A_LINE {
        // A closed pipe is no reason to fail a build.
        let _ = writeln!(std::io::stderr(), "{:>7.1} s  {name}", took.as_secs_f64());
    }
    result
}

/// Runs a program in a folder; its output goes where ours does.
pub(crate) fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<()> {
    run_with(folder, program, arguments, &[])
}

/// The same with variables added to the environment.
pub(crate) fn run_with(
    folder: &Path,
    program: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Result<()> {
    let shown = format!("{program} {}", arguments.join(" "));
    step(&shown, || {
        let status = Command::new(program)
            .args(arguments)
            .envs(variables.iter().copied())
            .current_dir(folder)
            .status()
            .with_context(|| format!("cannot start `{program}`"))?;
        if !status.success() {
            bail!("it ended with {status}");
        }
        Ok(())
    })
}

/// What a program prints, without the line break at its end.
pub(crate) fn output(folder: &Path, program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .with_context(|| format!("cannot start `{program}`"))?;
    if !output.status.success() {
        bail!(
            "`{program} {}` ended with {}",
            arguments.join(" "),
            output.status
        );
    }
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}
