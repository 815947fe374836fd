//! The corpora that the conformance tests read: the folder named by `PORTCULLIS_CORPUS`.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

/// The folder named by `PORTCULLIS_CORPUS`; without it says on standard error that `what` is skipped.
pub fn folder(what: &str) -> Option<PathBuf> {
    match std::env::var_os("PORTCULLIS_CORPUS") {
        Some(folder) if !folder.is_empty() => Some(PathBuf::from(folder)),
        _ => {
            eprintln!("skipped {what}: PORTCULLIS_CORPUS does not name the folder of the corpora");
            None
        }
    }
}

/// The files of a gzipped tar archive, by path.
///
/// # Panics
///
/// When the archive cannot be read: without it there is nothing to test.
pub fn archive(path: &std::path::Path) -> BTreeMap<String, Vec<u8>> {
    let file = std::fs::File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut files = BTreeMap::new();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    for entry in archive.entries().expect("an archive has entries") {
        let mut entry = entry.expect("an entry can be read");
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry
            .path()
            .expect("an entry has a path")
            .display()
            .to_string();
        let mut contents = Vec::new();
        entry
            .read_to_end(&mut contents)
            .expect("an entry has contents");
        files.insert(path, contents);
    }
    files
}
