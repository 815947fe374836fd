//! Reads a bundle from a folder, and writes what is added to it.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};

use portcullis_core::cli::{Output, Write};
use portcullis_core::is_bundle_file;
use portcullis_core::source::Limit;
use walkdir::WalkDir;

/// What could not be read, and why.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) path: String,
    pub(crate) reason: String,
}

/// The files of a bundle, with paths relative to its root and `/` between their parts, sorted.
#[derive(Debug)]
pub(crate) struct Bundle {
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) root: PathBuf,
    /// The file that was asked about, if it was no folder.
    pub(crate) only: Option<String>,
}

/// The bundle in `folder`, or the one that the file of that name belongs to.
pub(crate) fn read(folder: &str) -> Result<Bundle, Unreadable> {
    let given = Path::new(folder);
    let unreadable = |reason| Unreadable {
        path: folder.to_owned(),
        reason,
    };
    let found = std::fs::metadata(given).map_err(|error| unreadable(reason(&error)))?;
    if found.is_dir() {
        return Ok(Bundle {
            files: files_in(given)?,
            root: given.to_owned(),
            only: None,
        });
    }
    if !found.is_file() {
        return Err(unreadable(NO_FOLDER.to_owned()));
    }
    let name = given.file_name().unwrap_or_default().to_string_lossy();
    if !is_bundle_file(&name) {
        return Err(unreadable(NO_BUNDLE_FILE.to_owned()));
    }
    let beside = match given.parent() {
        Some(beside) if !beside.as_os_str().is_empty() => beside,
        _ => Path::new("."),
    };
    if let Some((root, path)) = root_of(beside, &name) {
        let files = files_in(&root)?;
        // What the walk leaves out is in no bundle.
        if files.iter().any(|(other, _)| *other == path) {
            return Ok(Bundle {
                files,
                root,
                only: Some(path),
            });
        }
    }
    Ok(Bundle {
        files: vec![(name.clone().into_owned(), contents(given)?)],
        root: beside.to_owned(),
        only: Some(name.into_owned()),
    })
}

/// The root of the bundle that a file belongs to, and the file's path in it: the nearest folder at or above it
/// with a portcullis.yaml, else the nearest with a schema. A repository's root is the last that is looked at.
fn root_of(beside: &Path, name: &str) -> Option<(PathBuf, String)> {
    let beside = std::fs::canonicalize(beside).ok()?;
    let mut with_schema = None;
    for folder in beside.ancestors() {
        let names: Vec<String> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .collect();
        if names.iter().any(|name| name == "portcullis.yaml") {
            return Some((folder.to_owned(), path_below(folder, &beside, name)?));
        }
        let is_schema =
            |name: &String| name.ends_with(".cedarschema") || name.ends_with(".cedarschema.json");
        if with_schema.is_none() && names.iter().any(is_schema) {
            with_schema = Some(folder);
        }
        if names.iter().any(|name| name == ".git") {
            break;
        }
    }
    let folder = with_schema?;
    Some((folder.to_owned(), path_below(folder, &beside, name)?))
}

fn path_below(root: &Path, folder: &Path, name: &str) -> Option<String> {
    let parts = folder
        .strip_prefix(root)
        .ok()?
        .iter()
        .map(|part| part.to_str());
    let parts: Option<Vec<&str>> = parts.chain([Some(name)]).collect();
    Some(parts?.join("/"))
}

/// The files of the bundle in a folder. Hidden folders and `node_modules` and `target` are left out; symbolic
/// links are not followed.
fn files_in(root: &Path) -> Result<Vec<(String, Vec<u8>)>, Unreadable> {
    let mut files = Vec::new();
    let walk = WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() == 0 || !entry.file_type().is_dir() || !is_left_out(&name)
        });
    for entry in walk {
        let entry = entry.map_err(|error| Unreadable {
            path: error.path().unwrap_or(root).display().to_string(),
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

/// Carries out the writes of an output in the bundle's root, and gives what is left to be said.
pub(crate) fn write(root: &Path, output: Output) -> Output {
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

/// Whether a folder of this name is no part of the bundle.
pub(crate) fn is_left_out(name: &str) -> bool {
    name.starts_with('.') || name == "node_modules" || name == "target"
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
const NO_BUNDLE_FILE: &str = "it is no file of a bundle; name a folder, or a file whose name ends in .cedar, .cedarschema, .entities.json, .links.json or .test.yaml";
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn scratch(name: &str, files: &[&str]) -> PathBuf {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../target/tmp")
            .join(name);
        let _ = std::fs::remove_dir_all(&root);
        for file in files {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        root
    }

    #[test]
    fn a_file_belongs_to_the_nearest_configuration_or_else_schema() {
        let root = scratch(
            "file-in-bundle",
            &[
                "repo/.git",
                "repo/portcullis.yaml",
                "repo/a.cedarschema",
                "repo/app/app.cedarschema",
                "repo/app/x/p.cedar",
                "repo/.hidden/p.cedar",
                "schemas/.git",
                "schemas/s.cedarschema.json",
                "schemas/x/p.cedar",
                "alone/.git",
                "alone/p.cedar",
                "alone/q.cedar",
            ],
        );
        for (file, at, only, files) in [
            ("repo/app/x/p.cedar", "repo", "app/x/p.cedar", 4),
            ("repo/.hidden/p.cedar", "repo/.hidden", "p.cedar", 1),
            ("schemas/x/p.cedar", "schemas", "x/p.cedar", 2),
            ("alone/p.cedar", "alone", "p.cedar", 1),
        ] {
            let bundle = read(root.join(file).to_str().unwrap()).unwrap();
            let canonical = |path: &Path| std::fs::canonicalize(path).unwrap();
            assert_eq!(canonical(&bundle.root), canonical(&root.join(at)), "{file}");
            assert_eq!(bundle.only.as_deref(), Some(only));
            assert_eq!(bundle.files.len(), files, "{file}");
        }
    }

    #[test]
    fn a_file_that_no_bundle_has_is_refused() {
        let root = scratch("no-bundle-file", &["README.md"]);
        let error = read(root.join("README.md").to_str().unwrap()).unwrap_err();
        assert!(
            error.reason.starts_with("it is no file of a bundle; name"),
            "{error:?}"
        );
    }
}
