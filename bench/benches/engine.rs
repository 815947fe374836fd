//! The engine without a door around it.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion};
use portcullis_bench::{POLICIES_PATH, SCHEMA, SCHEMA_PATH, Style, policies};
use portcullis_core::source::split;
use portcullis_core::{Edit, EditRange, Instant, UsageError, Workspace, render};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for style in [Style::Clean, Style::Flawed] {
        for count in [1_000, 10_000] {
            if let Err(error) = of_size(&mut criterion, style, count) {
                eprintln!("{error}");
                std::process::exit(1);
            }
        }
    }
    criterion.final_summary();
}

fn of_size(criterion: &mut Criterion, style: Style, count: usize) -> Result<(), UsageError> {
    let text = policies(count, style);
    let style = format!("{style:?}").to_lowercase();
    let id = |what: &str| BenchmarkId::new(format!("{what}/{style}"), count);
    let mut group = criterion.benchmark_group("engine");
    group.sample_size(10);
    let now = Instant::parse("2026-11-21T09:00:00Z")
        .ok_or_else(|| UsageError::InvalidInstant(String::new()))?;

    group.bench_function(id("split"), |b| b.iter(|| black_box(split(&text))));
    group.bench_function(id("cold"), |b| {
        b.iter_batched(
            || opened(&text),
            |workspace| workspace.map(|mut workspace| workspace.check(now)),
            BatchSize::PerIteration,
        );
    });

    let mut workspace = opened(&text)?;
    let report = workspace.check(now);
    let places: Vec<u32> = text
        .match_indices("group-")
        .map(|(at, found)| (at + found.len()) as u32)
        .collect();
    let mut turn = 0;
    group.bench_function(id("edit"), |b| {
        b.iter(|| -> Result<_, UsageError> {
            // A large prime: the places lie all over the file.
            let at = places
                .get(turn / 2 * 7919 % places.len())
                .copied()
                .unwrap_or_default();
            // In and out again, so that the bundle does not grow. What comes back is remembered.
            let (to, insert) = if turn % 2 == 0 {
                (at, "x".to_owned() + &turn.to_string())
            } else {
                (at + 1 + digits(turn - 1), String::new())
            };
            turn += 1;
            workspace.edit_file(
                POLICIES_PATH,
                &Edit {
                    range: EditRange::Utf16(at, to),
                    insert,
                },
            )?;
            Ok(workspace.check(now))
        });
    });
    group.bench_function(id("unchanged"), |b| b.iter(|| workspace.check(now)));
    group.bench_function(id("json"), |b| b.iter(|| render::json(&report)));
    group.finish();
    Ok(())
}

fn opened(text: &str) -> Result<Workspace, UsageError> {
    let mut workspace = Workspace::new();
    workspace.set_file(SCHEMA_PATH, SCHEMA.as_bytes())?;
    workspace.set_file(POLICIES_PATH, text.as_bytes())?;
    Ok(workspace)
}

const fn digits(n: usize) -> u32 {
    match n {
        0 => 1,
        _ => n.ilog10() + 1,
    }
}
