//! `cargo xtask oracle`: what is proved, held against Cedar's symbolic compiler and Cedar's evaluator.

use std::path::Path;

use anyhow::Result;

use crate::steps::{run, step};

/// The solver, as a library for Python.
const SOLVER: &str = "cvc5==1.4.2";

/// Installs the solver and runs the comparison with these arguments. Where the solver cannot be had, Cedar's evaluator
/// is the only judge.
pub(crate) fn compare(root: &Path, profile: &str, arguments: &[String]) -> Result<()> {
    let mut all = vec!["run", "--profile", profile, "-p", "portcullis-oracle", "--"];
    all.extend(arguments.iter().map(String::as_str));
    if !arguments.iter().any(|argument| argument == "--brute")
        && let Err(error) = step("the solver", || install(root))
    {
        eprintln!("the comparison with Cedar's symbolic compiler is skipped: {error:#}");
        all.push("--brute");
    }
    run(root, "cargo", &all)
}

fn install(root: &Path) -> Result<()> {
    let python = root.join("target/oracle/bin/python");
    let python = python.display().to_string();
    if !Path::new(&python).is_file() {
        run(root, "python3", &["-m", "venv", "target/oracle"])?;
    }
    let quiet = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    run(root, &python, &[&quiet[..], &[SOLVER]].concat())
}
