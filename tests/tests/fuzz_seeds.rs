//! What the fuzz target asserts, of every seed and without the fuzzer.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../../fuzz/src/oracle.rs"]
mod oracle;

use std::path::PathBuf;

use walkdir::WalkDir;

/// The largest seed that is worth mutating.
const MOST_BYTES: usize = 2048;

#[test]
fn every_seed_holds() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
    let mut seeds = 0;
    for entry in WalkDir::new(&folder).sort_by_file_name() {
        let entry = entry.unwrap();
        if !entry.file_type().is_file() {
            continue;
        }
        let seed = std::fs::read(entry.path()).unwrap();
        let name = entry.path().display();
        assert!(seed.len() <= MOST_BYTES, "{name}: {} bytes", seed.len());
        eprintln!("{name}");
        oracle::run(&seed);
        seeds += 1;
    }
    assert!(
        seeds >= 10,
        "the seeds are missing from {}",
        folder.display()
    );
}
