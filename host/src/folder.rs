//! Reads a bundle from a folder, and writes what is added to it.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read, Write as _};
use std::path::Path;

use portcullis_core::cli::{Output, Write};
use portcullis_core::is_bundle_file;
use portcullis_core::source::Limit;
use walkdir::{DirEntry, WalkDir};

/// What could not be read, and why.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) path: String,
    pub(crate) reason: String,
}

/// The files of the bundle in `folder`, with paths relative to it and `/` between their parts, sorted.
/// Hidden folders and `node_modules` and `target` are left out; symbolic links are not followed. A single
/// file is a bundle of its own.
pub(crate) fn read(folder: &str) -> Result<Vec<(String, Vec<u8>)>, Unreadable> {
    let root = Path::new(folder);
    let unreadable = |reason| Unreadable {
        path: folder.to_owned(),
        reason,
    };
    let found = std::fs::metadata(root).map_err(|error| unreadable(reason(&error)))?;
    if !found.is_file() && !found.is_dir() {
        return Err(unreadable(NO_FOLDER.to_owned()));
    }
    if found.is_file() {
        let name = root
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        return Ok(vec![(name.unwrap_or_default(), contents(root)?)]);
    }
    let mut files = Vec::new();
    let walk = WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !is_left_out(entry));
    for entry in walk {
        let entry = entry.map_err(|error| Unreadable {
            path: error
                .path()
                .map_or_else(|| folder.to_owned(), |path| path.display().to_string()),
            reason: error.io_error().map_or_else(|| error.to_string(), reason),
        })?;
        if !entry.file_type().is_file() {
            continue;
        }
        let Ok(relative) = entry.path().strip_prefix(root) else {
            continue;
        };
        let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
        let Some(parts) = parts else {
            return Err(Unreadable {
                path: entry.path().display().to_string(),
                reason: "its name is not valid Unicode".to_owned(),
            });
        };
        let path = parts.join("/");
        if is_bundle_file(&path) {
            files.push((path, contents(entry.path())?));
        }
    }
    Ok(files)
}

/// A file by itself; `None` where there is none and none is required.
pub(crate) fn file(path: &str, required: bool) -> Result<Option<Vec<u8>>, Unreadable> {
    let most = u64::from(Limit::FileBytes.ceiling()) + 1;
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(Some(bytes)),
        Err(error) if !required && error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Unreadable {
            path: path.to_owned(),
            reason: file_reason(&error),
        }),
    }
}

/// Carries out the writes of an output, and gives what is left to be said.
pub(crate) fn write(folder: &str, output: Output) -> Output {
    let root = Path::new(folder);
    // A single file is a bundle of its own, and others stand beside it.
    let root = match root.parent() {
        Some(beside) if root.is_file() && beside.as_os_str().is_empty() => Path::new("."),
        Some(beside) if root.is_file() => beside,
        _ => root,
    };
    for file in &output.writes {
        let path = root.join(&file.path);
        if let Err(error) = write_file(&path, file) {
            let refusal = Output::unwritable(&path.display().to_string(), &write_reason(&error));
            return Output {
                stdout: output.stdout,
                ..refusal
            };
        }
    }
    output
}

fn write_file(path: &Path, file: &Write) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true);
    match (file.replaces, file.appends) {
        (true, true) => options.append(true),
        (true, false) => options.truncate(true),
        (false, _) => options.create_new(true),
    };
    let mut opened = options.open(path)?;
    opened.write_all(file.text.as_bytes())?;
    opened.sync_all()
}

/// What is wrong and what to do; npm/src/cli/folder.mjs says the same.
fn write_reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied => "permission is denied; make it writable".to_owned(),
        ErrorKind::AlreadyExists => {
            "something that is not read has this name; move it away".to_owned()
        }
        kind => kind.to_string(),
    }
}

fn is_left_out(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.file_type().is_dir()
        && (name.starts_with('.') || name == "node_modules" || name == "target")
}

/// The bytes of a file; of one that is larger than any limit allows, only as many as show that it is.
fn contents(path: &Path) -> Result<Vec<u8>, Unreadable> {
    let most = u64::from(Limit::FileBytes.ceiling()) + 1;
    let read = || {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?
            .take(most)
            .read_to_end(&mut bytes)?;
        Ok::<_, std::io::Error>(bytes)
    };
    read().map_err(|error| Unreadable {
        path: path.display().to_string(),
        reason: reason(&error),
    })
}

const MISSING: &str = "it does not exist; name a folder of policies or a single file";
const NO_FOLDER: &str = "it is not a folder; name a folder of policies or a single file";
const FORBIDDEN: &str = "permission is denied; make it readable, or move it out of the bundle";

/// What is wrong with a file by itself and what to do; npm/src/cli/folder.mjs says the same.
pub(crate) fn file_reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "it does not exist".to_owned(),
        ErrorKind::PermissionDenied => "permission is denied; make it readable".to_owned(),
        kind => kind.to_string(),
    }
}

/// The same of a folder or a file of a bundle.
fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => MISSING.to_owned(),
        ErrorKind::NotADirectory => NO_FOLDER.to_owned(),
        ErrorKind::PermissionDenied => FORBIDDEN.to_owned(),
        kind => kind.to_string(),
    }
}
