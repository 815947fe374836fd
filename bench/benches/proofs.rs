//! Measures comparisons: the example applications that `PORTCULLIS_CORPUS` has against themselves less one policy, per kind
//! of request that changed. One JSON object a line, as `bench/js/proofs.mjs` prints for Node.

use std::path::{Path, PathBuf};
use std::time::Instant as Stopwatch;

use anyhow::{Context, Result};
use portcullis_core::Workspace;
use portcullis_core::change::{Options, Relation};
use serde_json::json;

/// How often each comparison is made, in workspaces of its own.
const RUNS: usize = 5;

const SCHEMA: &str = "policies.cedarschema";
const POLICIES: &str = "policies.cedar";

fn main() -> Result<()> {
    let Some(corpus) = std::env::var_os("PORTCULLIS_CORPUS") else {
        eprintln!("skipped: PORTCULLIS_CORPUS does not name the folder of corpora");
        return Ok(());
    };
    let mut folders = Vec::new();
    applications(&Path::new(&corpus).join("cedar-examples"), &mut folders)?;
    folders.sort();
    let mut times = Vec::new();
    for folder in &folders {
        measure(folder, &mut times)?;
    }
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times.get(times.len() * share / 100).copied();
    for (what, share) in [("median", 50), ("90 of 100", 90)] {
        let what = format!(
            "compare, an example application less one policy, per kind of request that changed, native, {what}"
        );
        println!(
            "{}",
            json!({ "what": what, "value": at(share), "unit": "ms", "against": { "at_most": 1 } })
        );
    }
    Ok(())
}

fn measure(folder: &Path, times: &mut Vec<f64>) -> Result<()> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    let (schema, text) = (read(SCHEMA)?, read(POLICIES)?);
    let statements: Vec<&str> = text.split_inclusive(";\n").collect();
    for left_out in 0..statements.len() {
        let fewer: String = (statements.iter().enumerate())
            .filter(|(at, _)| *at != left_out)
            .map(|(_, statement)| *statement)
            .collect();
        for _ in 0..RUNS {
            let mut base = workspace(&schema, &text)?;
            let mut head = workspace(&schema, &text)?;
            // What is read of both once is not what an edit takes.
            head.compare(&mut base, &Options::default());
            head.set_file(POLICIES, fewer.as_bytes())?;
            let begun = Stopwatch::now();
            let change = head.compare(&mut base, &Options::default());
            let took = begun.elapsed().as_secs_f64() * 1e3;
            let changed = (change.environments.iter())
                .filter(|of| of.relation != Relation::Equivalent)
                .count();
            if changed > 0 {
                times.push(took / changed as f64);
            }
        }
    }
    Ok(())
}

fn workspace(schema: &str, policies: &str) -> Result<Workspace> {
    let mut workspace = Workspace::new();
    workspace.set_file(SCHEMA, schema.as_bytes())?;
    workspace.set_file(POLICIES, policies.as_bytes())?;
    Ok(workspace)
}

/// Folders below with a schema and policies.
fn applications(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            applications(&path, found)?;
        }
    }
    if folder.join(POLICIES).is_file() && folder.join(SCHEMA).is_file() {
        found.push(folder.to_owned());
    }
    Ok(())
}
