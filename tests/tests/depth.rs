//! As deep, as long and as large as the limits let a text be: the core endures it on the stack that a
//! thread has by default, and one step further there is a finding. `doors` gives the same texts to the others.

#![expect(clippy::unwrap_used, reason = "tests")]

use portcullis_core::{Instant, Report, Workspace};
use portcullis_tests::depth::{self, Files};

/// What Rust gives a thread unless told otherwise. Frames that are not optimised are several times as large.
const STACK: usize = if cfg!(debug_assertions) {
    32 << 20
} else {
    2 << 20
};

#[test]
fn every_family_ends_in_a_finding_and_not_in_a_trap() {
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(|| {
            for family in depth::families() {
                eprint!("{}: ", family.name);
                let largest = depth::largest(&family, has);
                eprintln!("{largest}");
                assert_ne!(largest, 0, "{}", family.name);
                assert!(
                    !has_limit(&check(&(family.files)(largest))),
                    "{}",
                    family.name
                );
                if let Some(code) = family.bound {
                    assert!(has(&(family.files)(largest + 1), code), "{}", family.name);
                }
            }
        })
        .unwrap()
        .join()
        .unwrap();
}

fn has(files: &Files, code: &str) -> bool {
    check(files).findings.iter().any(|f| f.rule.code == code)
}

/// Whether something was not read. At its bound a family must be, by Cedar too.
fn has_limit(report: &Report) -> bool {
    let codes = report.findings.iter().map(|f| f.rule.code);
    codes.into_iter().any(|code| code.starts_with("limit/"))
}

fn check(files: &Files) -> Report {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    workspace.check(Instant::parse("2026-11-21T09:00:00Z").unwrap())
}
