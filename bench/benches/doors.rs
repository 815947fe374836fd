//! Measures the plugin in wasmtime beside the same work done natively, and writes the bundles that the
//! measurements in Node read. One JSON object a line: a figure and what it is held against.

use std::path::{Path, PathBuf};
use std::time::Instant as Stopwatch;

use anyhow::{Context, Result};
use portcullis_bench::{POLICIES_PATH, SCHEMA, SCHEMA_PATH, Style, entities, policies, suite};
use portcullis_core::{Instant, Session, Workspace, render};
use portcullis_host::plugin::{Instance, Options, Plugin};
use serde_json::{Value, json};

const NOW: &str = "2026-11-21T09:00:00Z";
/// What the plugin's own figures repeat, to give the median of.
const RUNS: usize = 9;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os()
        .skip(1)
        // Cargo adds it.
        .filter(|argument| argument != "--bench")
        .map(PathBuf::from);
    let module = arguments.next().context("give the plugin's path")?;
    let folder = arguments.next().context("give a folder for bundles")?;
    write_bundles(&folder)?;
    // The plugin's frames need more stack than a main thread is sure to have.
    std::thread::Builder::new()
        .stack_size(16 << 20)
        .spawn(move || measure(&module, &folder))?
        .join()
        .map_err(|_| anyhow::anyhow!("the measurement panicked"))?
}

fn write_bundles(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join(SCHEMA_PATH), SCHEMA)?;
    for (style, name) in [(Style::Clean, "clean"), (Style::Flawed, "flawed")] {
        for count in [10, 100, 1_000, 10_000] {
            let text = policies(count, style);
            std::fs::write(folder.join(format!("{name}-{count}.cedar")), text)?;
        }
    }
    for (count, cases) in [(100, 500), (1_000, 10_000)] {
        let write = |what: &str, json: Value| {
            std::fs::write(
                folder.join(format!("{what}-{count}.json")),
                json.to_string(),
            )
        };
        write("entities", entities(count))?;
        write("suite", suite(count, cases))?;
    }
    Ok(())
}

fn measure(module: &Path, folder: &Path) -> Result<()> {
    let bytes = std::fs::read(module)?;
    let (compile, plugin) = timed(|| Plugin::compile(&bytes, Options::default()))?;
    let compiled = folder.join("plugin.cwasm");
    std::fs::write(&compiled, plugin.precompile()?)?;
    print("plugin: compile", compile, "ms", &Value::Null);
    drop(plugin);

    let mut loads = Vec::new();
    for _ in 0..RUNS {
        // SAFETY: written by this process a moment ago.
        #[expect(unsafe_code, reason = "the file is our own")]
        let (took, _) =
            timed(|| unsafe { Plugin::load_precompiled(&compiled, Options::default()) })?;
        loads.push(took);
    }
    print(
        "plugin: deserialize_file",
        median(loads),
        "ms",
        &json!({ "at_most": 20 }),
    );
    // SAFETY: as above.
    #[expect(unsafe_code, reason = "the file is our own")]
    let plugin = unsafe { Plugin::load_precompiled(&compiled, Options::default()) }?;
    let mut starts = Vec::new();
    for _ in 0..200 {
        let (took, _) = timed(|| Instance::new(&plugin))?;
        starts.push(took * 1e3);
    }
    print(
        "plugin: instantiate, pooled",
        median(starts),
        "µs",
        &json!({ "at_most": 50 }),
    );

    let text = policies(1_000, Style::Clean);
    let requests = [
        json!({ "op": "set_file", "path": SCHEMA_PATH, "text": SCHEMA }),
        json!({ "op": "set_file", "path": POLICIES_PATH, "text": text }),
        json!({ "op": "check", "as_of": NOW }),
    ]
    .map(|request| request.to_string().into_bytes());
    let now = Instant::parse(NOW).context("an instant")?;
    let mut inside = Vec::new();
    let mut outside = Vec::new();
    let mut memory = 0;
    for _ in 0..RUNS {
        let mut instance = Instance::new(&plugin)?;
        let (took, answer) = timed(|| {
            let mut last = Vec::new();
            for request in &requests {
                last = instance.handle(request)?;
            }
            anyhow::Ok(last)
        })?;
        memory = instance.memory_bytes();
        inside.push(took);
        let (took, expected) = timed(|| {
            let mut session = Session::new();
            anyhow::Ok(requests.each_ref().map(|request| session.handle(request)))
        })?;
        outside.push(took);
        anyhow::ensure!(expected.last() == Some(&answer), "the doors differ");
    }
    let native = median(outside);
    print(
        "plugin: check of 1,000 policies, cold",
        median(inside),
        "ms",
        &json!({ "peer": "native", "value": native, "at_most_times": 1.5 }),
    );
    print(
        "plugin: memory with 1,000 policies",
        memory as f64 / f64::from(1 << 20),
        "MiB",
        &json!({ "at_most": 64 }),
    );

    let mut workspace = Workspace::new();
    workspace.set_file(SCHEMA_PATH, SCHEMA.as_bytes())?;
    workspace.set_file(POLICIES_PATH, policies(1_000, Style::Flawed).as_bytes())?;
    let report = workspace.check(now);
    let (took, json) = timed(|| anyhow::Ok(render::json(&report)))?;
    print(
        &format!(
            "native: JSON of {} findings, {} KB",
            report.findings.len(),
            json.len() / 1000
        ),
        took,
        "ms",
        &Value::Null,
    );
    Ok(())
}

/// Milliseconds, and what came of it.
fn timed<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(f64, T), E> {
    let begun = Stopwatch::now();
    let value = work()?;
    Ok((begun.elapsed().as_secs_f64() * 1e3, value))
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or_default()
}

fn print(what: &str, value: f64, unit: &str, against: &Value) {
    println!(
        "{}",
        json!({ "what": what, "value": value, "unit": unit, "against": against })
    );
}
