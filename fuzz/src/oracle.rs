//! Arbitrary bytes as a bundle and edits to it, and what must hold of them. Whatever they are, the engine
//! must not panic, edits must lead to the report that a fresh workspace gives, and every position must lie
//! in its file, between two characters. An input that begins with `~change` is two bundles and a change record.
//!
//! The fuzz target calls this, and so does `tests/tests/fuzz_seeds.rs` with every seed.

#[path = "oracle/change.rs"]
mod change;

use portcullis_core::render::{self, Format, Options};
use portcullis_core::report::Range;
use portcullis_core::{Edit, EditRange, Instant, Report, Session, Workspace};

/// The files of a bundle, in the order of the parts of an input. The parts behind them are edits.
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
const SEPARATOR: &[u8] = b"\n~~~~\n";

/// Bytes that make an edit.
const TURN: usize = 8;

/// Edits that an input may make.
const TURNS: usize = 16;

/// Panics where the engine does, or where what it says of an input is unsound.
pub fn run(input: &[u8]) {
    let Some(now) = Instant::parse("2026-11-21T09:00:00Z") else {
        return;
    };
    if let Some(input) = input.strip_prefix(change::MARK) {
        return change::run(&parts(input));
    }
    let mut parts = parts(input);
    let edits = parts.split_off(parts.len().min(PATHS.len()));
    let mut workspace = Workspace::new();
    for (path, contents) in PATHS.iter().zip(&parts) {
        if !contents.is_empty() {
            let _ = workspace.set_file(path, contents);
        }
    }
    sound(&workspace.check(now), &workspace);
    for turn in edits.iter().flat_map(|part| part.chunks(TURN)).take(TURNS) {
        edit(&mut workspace, turn);
        if turn.first().is_some_and(|byte| byte % 3 == 0) {
            sound(&workspace.check(now), &workspace);
        }
    }
    let after = workspace.check(now);
    sound(&after, &workspace);
    // A file that was not UTF-8 is read as another text and keeps its finding, which a fresh one lacks.
    if std::str::from_utf8(input).is_ok() {
        let mut fresh = Workspace::new();
        for path in workspace.paths() {
            let text = workspace.text(path).unwrap_or_default();
            let _ = fresh.set_file(path, text.as_bytes());
        }
        assert_eq!(
            render::json(&after),
            render::json(&fresh.check(now)),
            "edits led to another report than that of a fresh workspace"
        );
    }
    let sources = |path: &str| workspace.text(path);
    for format in Format::ALL {
        let _ = render::report(format, &after, &sources, &Options::default());
    }
    let _ = Session::new().handle(input);
}

fn parts(input: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = input;
    while let Some(at) = rest
        .windows(SEPARATOR.len())
        .position(|window| window == SEPARATOR)
    {
        let (part, behind) = rest.split_at(at);
        parts.push(part);
        rest = behind.get(SEPARATOR.len()..).unwrap_or_default();
    }
    parts.push(rest);
    parts
}

/// Bytes: which file and how, where from (2), how much, and up to four bytes of text.
fn edit(workspace: &mut Workspace, turn: &[u8]) {
    let [what, high, low, length, insert @ ..] = turn else {
        return;
    };
    let insert = String::from_utf8_lossy(insert).into_owned();
    let at = usize::from(what & 7);
    if what & 0x70 == 0x70 {
        let Some(path) = PATHS.get(at) else {
            return;
        };
        // Taken away, or there anew with next to nothing in it.
        let _ = if workspace.text(path).is_some() {
            workspace.remove_file(path)
        } else {
            workspace.set_file(path, insert.as_bytes())
        };
        return;
    }
    let paths: Vec<String> = workspace.paths().map(str::to_owned).collect();
    let Some(path) = paths.get(at % paths.len().max(1)) else {
        return;
    };
    let text = workspace.text(path).unwrap_or_default();
    let utf16 = what & 8 != 0;
    let most = if utf16 {
        text.encode_utf16().count()
    } else {
        text.len()
    };
    let most = u32::try_from(most).unwrap_or(u32::MAX - 1);
    let from = u32::from(u16::from_be_bytes([*high, *low])) % (most + 1);
    let to = (from + u32::from(*length)).min(most);
    let range = if utf16 {
        EditRange::Utf16(from, to)
    } else {
        EditRange::Bytes(from, to)
    };
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

fn within(workspace: &Workspace, path: &str, range: Range) {
    let text = workspace.text(path).unwrap_or_default();
    let (from, to) = (range.start.byte as usize, range.end.byte as usize);
    assert!(
        text.get(from..to).is_some(),
        "{path}: {from}..{to} is no range of its {} bytes, or cuts a character",
        text.len()
    );
    for end in [range.start, range.end] {
        let before = text.get(..end.byte as usize).unwrap_or_default();
        assert_eq!(
            before.encode_utf16().count(),
            end.utf16 as usize,
            "{path}: UTF-16 offset of byte {}",
            end.byte
        );
    }
}
