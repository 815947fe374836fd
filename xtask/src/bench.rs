//! `cargo xtask bench`: every figure beside its peer's, measured in the same run.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::steps::{self, output};
use crate::{build, sizes};

/// What to measure beside what the table always has.
pub(crate) struct Options {
    /// Whether to take the artefacts as they are.
    pub(crate) no_build: bool,
    /// Whether to run the benchmarks of the engine, which print for themselves.
    pub(crate) engine: bool,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<()> {
    let bench = root.join("bench");
    if !options.no_build {
        // wasm-opt, which the build needs.
        steps::run(&root.join("npm"), "npm", &["ci", "--no-audit", "--no-fund"])?;
        build::run(root, build::Options { fast: false })?;
    }
    steps::run(&bench, "npm", &["ci", "--no-audit", "--no-fund"])?;
    let bundles = root.join("target/bench");
    let bundles = bundles.to_str().context("the path is not UTF-8")?;
    let plugin = root.join("target/plugin/portcullis_plugin.wasm");
    ensure!(
        plugin.is_file(),
        "there is no plugin: run without --no-build"
    );
    let plugin = plugin.to_str().context("the path is not UTF-8")?;

    let mut rows = lines(&output(
        root,
        "cargo",
        &[
            "bench",
            "--quiet",
            "--package",
            "portcullis-bench",
            "--bench",
            "doors",
            "--",
            plugin,
            bundles,
        ],
    )?)?;
    // Those of proofs say so where PORTCULLIS_CORPUS names no corpora.
    for name in ["suite", "tier", "proofs"] {
        let line = [
            "bench",
            "--quiet",
            "--package",
            "portcullis-bench",
            "--bench",
            name,
        ];
        rows.extend(lines(&output(root, "cargo", &line)?)?);
    }
    rows.extend(lines(&output(&bench, "node", &["js/run.mjs", bundles])?)?);
    rows.extend(lines(&output(&bench, "node", &["js/tier.mjs", bundles])?)?);
    rows.extend(lines(&output(&bench, "node", &["js/proofs.mjs"])?)?);
    rows.extend(lines(&output(
        &bench,
        "node",
        &["js/authorize.mjs", bundles],
    )?)?);
    rows.extend(size_rows(root)?);
    table(&rows)?;
    if options.engine {
        steps::run(
            root,
            "cargo",
            &[
                "bench",
                "--package",
                "portcullis-bench",
                "--bench",
                "engine",
            ],
        )?;
    }
    Ok(())
}

fn lines(text: &str) -> Result<Vec<Value>> {
    text.lines()
        .map(|line| serde_json::from_str(line).with_context(|| line.to_owned()))
        .collect()
}

fn size_rows(root: &Path) -> Result<Vec<Value>> {
    let ours = sizes::of(&root.join("npm/dist/portcullis_bg.wasm"))?;
    let peer: PathBuf =
        root.join("bench/node_modules/@cedar-policy/cedar-wasm/nodejs/cedar_wasm_bg.wasm");
    let peer = sizes::of(&peer)?;
    Ok([
        ("npm module, raw", ours.raw, peer.raw),
        ("npm module, gzip -9", ours.gzip, peer.gzip),
        ("npm module, brotli 11", ours.brotli, peer.brotli),
    ]
    .into_iter()
    .map(|(what, ours, peer)| {
        json!({
            "what": what,
            "value": ours as f64 / 1e3,
            "unit": "KB",
            "against": { "peer": "cedar-wasm", "value": peer as f64 / 1e3 },
        })
    })
    .collect())
}

fn table(rows: &[Value]) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "| figure | ours | peer | ours / peer | target | met |\n|---|---:|---:|---:|---|---|"
    )?;
    for row in rows {
        let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
        let number = |key: &str| row.pointer(key).and_then(Value::as_f64);
        let value = number("/value").unwrap_or_default();
        let unit = text("unit");
        let peer = number("/against/value");
        let ratio = peer.map(|peer| value / peer);
        let mut targets = Vec::new();
        let mut met = true;
        if let Some(most) = number("/against/at_most") {
            targets.push(format!("≤ {most} {unit}"));
            met &= value <= most;
        }
        if let (Some(most), Some(ratio)) = (number("/against/at_most_times"), ratio) {
            targets.push(format!("≤ {most} × peer"));
            met &= ratio <= most;
        }
        if let (Some(least), Some(ratio)) = (number("/against/at_least_faster"), ratio) {
            targets.push(format!("≥ {least} × faster"));
            met &= ratio <= 1.0 / least;
        }
        let met = match (targets.is_empty(), met) {
            (true, _) => "",
            (false, true) => "yes",
            (false, false) => "NO",
        };
        let peer_name = row
            .pointer("/against/peer")
            .and_then(Value::as_str)
            .unwrap_or_default();
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {met} |",
            text("what"),
            figure(value, unit),
            peer.map_or_else(String::new, |peer| format!(
                "{peer_name} {}",
                figure(peer, unit)
            )),
            ratio.map_or_else(String::new, shown_ratio),
            targets.join(", "),
        )?;
    }
    Ok(())
}

fn figure(value: f64, unit: &str) -> String {
    let digits = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {unit}")
}

fn shown_ratio(ratio: f64) -> String {
    if ratio < 0.1 {
        format!("1 / {:.0}", 1.0 / ratio)
    } else {
        format!("{ratio:.2}")
    }
}
