//! Arbitrary bytes as a bundle and edits to it. Whatever they are, the engine must not panic, edits must
//! lead to the report that a fresh workspace gives, and every position must lie in its file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis_core::render::{self, Format, Options};
use portcullis_core::{Edit, EditRange, Instant, Report, Session, Workspace};

/// The files of a bundle, in the order of the parts of an input. The part behind them is edits.
const PATHS: [&str; 7] = [
    "policies.cedar",
    "schema.cedarschema",
    "portcullis.yaml",
    "data.entities.json",
    "data.links.json",
    "more.cedarschema.json",
    "templates/more.cedar",
];

/// What separates the parts of an input.
const SEPARATOR: &str = "\n~~~~\n";

fuzz_target!(|input: &[u8]| run(input));

fn run(input: &[u8]) {
    let Some(now) = Instant::parse("2026-11-21T09:00:00Z") else {
        return;
    };
    let mut parts = parts(input);
    let edits = parts.split_off(parts.len().min(PATHS.len()));
    let mut workspace = Workspace::new();
    for (path, contents) in PATHS.iter().zip(&parts) {
        if !contents.is_empty() {
            let _ = workspace.set_file(path, contents);
        }
    }
    sound(&workspace.check(now), &workspace);
    let mut turns = edits.iter().flat_map(|part| part.chunks(8));
    for turn in turns.by_ref().take(16) {
        edit(&mut workspace, turn);
        if turn.first().is_some_and(|byte| byte % 3 == 0) {
            workspace.check(now);
        }
    }
    let after = workspace.check(now);
    sound(&after, &workspace);
    let mut fresh = Workspace::new();
    for path in workspace.paths() {
        let text = workspace.text(path).unwrap_or_default();
        let _ = fresh.set_file(path, text.as_bytes());
    }
    let expected = fresh.check(now);
    // A file that was not UTF-8 is read as another text and keeps its finding, which the fresh one lacks.
    if std::str::from_utf8(input).is_ok() {
        assert_eq!(render::json(&after), render::json(&expected), "an edit lost its way");
    }
    let sources = |path: &str| workspace.text(path);
    for format in Format::ALL {
        let _ = render::report(format, &after, &sources, &Options::default());
    }
    let _ = Session::new().handle(input);
}

fn parts(input: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    let mut rest = input;
    while let Some(at) = rest
        .windows(SEPARATOR.len())
        .position(|window| window == SEPARATOR.as_bytes())
    {
        parts.push(rest[..at].to_vec());
        rest = &rest[at + SEPARATOR.len()..];
    }
    parts.push(rest.to_vec());
    parts
}

/// Bytes: file and encoding, where from (2), how much, and up to four bytes of text.
fn edit(workspace: &mut Workspace, turn: &[u8]) {
    let [what, high, low, length, insert @ ..] = turn else {
        return;
    };
    let paths: Vec<String> = workspace.paths().map(str::to_owned).collect();
    let Some(path) = paths.get(usize::from(what & 7) % paths.len().max(1)) else {
        return;
    };
    let text = workspace.text(path).unwrap_or_default();
    let utf16 = what & 8 != 0;
    let most = if utf16 {
        text.encode_utf16().count()
    } else {
        text.len()
    } as u32;
    let from = u32::from(u16::from_be_bytes([*high, *low])) % (most + 1);
    let to = (from + u32::from(*length)).min(most);
    let range = if utf16 {
        EditRange::Utf16(from, to)
    } else {
        EditRange::Bytes(from, to)
    };
    let insert = String::from_utf8_lossy(insert).into_owned();
    let _ = workspace.edit_file(path, &Edit { range, insert });
}

fn sound(report: &Report, workspace: &Workspace) {
    for finding in &report.findings {
        within(workspace, &finding.file, finding.range);
        for label in &finding.labels {
            within(workspace, &label.file, label.range);
        }
        for (range, _) in finding.fixes.iter().flat_map(|fix| &fix.edits) {
            within(workspace, &finding.file, *range);
        }
    }
}

fn within(workspace: &Workspace, path: &str, range: portcullis_core::report::Range) {
    let text = workspace.text(path).unwrap_or_default();
    let (from, to) = (range.start.byte as usize, range.end.byte as usize);
    let part = text.get(from..to);
    assert!(part.is_some(), "{path}: {from}..{to} of {}", text.len());
    let before = text.get(..from).unwrap_or_default();
    assert_eq!(
        before.encode_utf16().count(),
        range.start.utf16 as usize,
        "{path}: UTF-16 offset of {from}"
    );
}
