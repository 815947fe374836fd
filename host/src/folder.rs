//! Reads a bundle from a folder, and writes what is added to it.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

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
    /// What lies in the folder and was not read, though it looks like a part of the bundle.
    pub(crate) left_out: Vec<String>,
}

/// How far to look for what is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Links.
    Near,
    /// And into folders that are left out, which can be large.
    Everywhere,
}

/// The bundle in `folder`, or the one that the file of that name belongs to.
pub(crate) fn read(folder: &str, look: Look) -> Result<Bundle, Unreadable> {
    let given = Path::new(folder);
    let unreadable = |reason| Unreadable {
        path: folder.to_owned(),
        reason,
    };
    let found = std::fs::metadata(given).map_err(|error| unreadable(reason(&error)))?;
    if found.is_dir() {
        let (files, left_out) = files_in(given, look)?;
        return Ok(Bundle {
            files,
            root: given.to_owned(),
            only: None,
            left_out,
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
        let (files, left_out) = files_in(&root, look)?;
        // What the walk leaves out is in no bundle.
        if files.iter().any(|(other, _)| *other == path) {
            return Ok(Bundle {
                files,
                root,
                only: Some(path),
                left_out,
            });
        }
    }
    Ok(Bundle {
        files: vec![(name.clone().into_owned(), contents(given)?)],
        root: beside.to_owned(),
        only: Some(name.into_owned()),
        left_out: Vec::new(),
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

/// The files of the bundle in a folder, and what is not read. Hidden folders and `node_modules` and `target` are
/// left out; symbolic links are not followed.
fn files_in(root: &Path, look: Look) -> Result<(Files, Vec<String>), Unreadable> {
    let mut files = Vec::new();
    let mut left_out = Vec::new();
    let walk = WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| {
            let name = entry.file_name().to_string_lossy();
            let is_read = entry.depth() == 0 || !entry.file_type().is_dir() || !is_left_out(&name);
            // What git keeps for itself nobody takes for policies.
            let is_gits = entry.depth() == 1 && name == ".git";
            // What is installed belongs to others, and no policy is loaded from there.
            let is_installed = name == "node_modules";
            is_read || look == Look::Everywhere && !is_gits && !is_installed
        });
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(root);
                let relative = path.strip_prefix(root).unwrap_or(path);
                if has_part(relative, is_left_out) {
                    left_out.push(shown(relative));
                    continue;
                }
                return Err(Unreadable {
                    path: path.display().to_string(),
                    reason: error.io_error().map_or_else(|| error.to_string(), reason),
                });
            }
        };
        let Ok(relative) = entry.path().strip_prefix(root) else {
            continue;
        };
        let is_aside = relative
            .parent()
            .is_some_and(|folder| has_part(folder, is_left_out));
        if entry.depth() > 0 && entry.path_is_symlink() {
            // What a link leads to that leads nowhere yet, may be a folder later.
            let is_folder = (look == Look::Everywhere || !has_part(relative, is_left_out))
                && std::fs::metadata(entry.path()).map_or(true, |found| found.is_dir());
            if is_folder || is_bundle_file(&shown(relative)) {
                left_out.push(shown(relative));
            }
            continue;
        }
        if !entry.file_type().is_file() {
            // A pipe or a socket, say.
            let is_other = !entry.file_type().is_dir() && is_bundle_file(&shown(relative));
            left_out.extend(is_other.then(|| shown(relative)));
            continue;
        }
        if is_aside {
            left_out.extend(Some(shown(relative)).filter(|path| is_bundle_file(path)));
            continue;
        }
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
    Ok((files, left_out))
}

type Files = Vec<(String, Vec<u8>)>;

fn has_part(path: &Path, is_so: impl Fn(&str) -> bool) -> bool {
    path.iter().any(|part| is_so(&part.to_string_lossy()))
}

/// A path as people see it, with `/` between its parts.
fn shown(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
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
        if let Err(reason) = write_file(&path, file) {
            let refusal = Output::unwritable(&path.display().to_string(), &reason);
            return Output {
                stdout: output.stdout,
                ..refusal
            };
        }
    }
    output
}

/// How long to wait for another command that writes the same file.
const PATIENCE: Duration = Duration::from_secs(5);

/// Writes a file, or says why it was left as it is.
fn write_file(path: &Path, file: &Write) -> Result<(), String> {
    let said = |error: io::Error| write_reason(&error);
    let mut options = OpenOptions::new();
    options.write(true);
    let Some(replaces) = &file.replaces else {
        let _lock = Lock::take(path)?;
        let opened = options.create_new(true).open(path);
        return opened.and_then(|opened| put(opened, file)).map_err(said);
    };
    // One file has one lock, by whichever links it is named.
    let _lock = Lock::take(&std::fs::canonicalize(path).map_err(said)?)?;
    let now = std::fs::read(path).map_err(said)?;
    if portcullis_core::cli::held(&now) != *replaces {
        return Err(CHANGED.to_owned());
    }
    match file.appends {
        true => options.append(true),
        false => options.truncate(true),
    };
    let opened = options.open(path);
    opened.and_then(|opened| put(opened, file)).map_err(said)
}

fn put(mut opened: std::fs::File, file: &Write) -> io::Result<()> {
    opened.write_all(file.text.as_bytes())?;
    opened.sync_all()
}

/// A file beside another that is there while somebody writes the other: so all doors keep out of each other's way, on
/// every system.
struct Lock(PathBuf);

impl Lock {
    fn take(path: &Path) -> Result<Self, String> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let lock = PathBuf::from(name);
        let begun = Instant::now();
        loop {
            match OpenOptions::new().write(true).create_new(true).open(&lock) {
                Ok(_) => return Ok(Self(lock)),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    return Err(NO_PLACE.to_owned());
                }
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(format!(
                        "`{}`, which keeps other commands from writing it, cannot be made: {}",
                        lock.display(),
                        write_reason(&error)
                    ));
                }
                Err(_) if begun.elapsed() >= PATIENCE => {
                    return Err(format!(
                        "another command writes it, or died while it did; if none does, remove `{}`",
                        lock.display()
                    ));
                }
                Err(_) => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Whoever finds it still there is told to remove it.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// npm/src/cli/folder.mjs says the same.
const NO_PLACE: &str = "there is no such folder; make it first";
/// The same.
const CHANGED: &str = "it was changed since it was read; run the command again";

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

    fn appends(text: &str, replaces: Option<&str>) -> Output {
        Output {
            writes: vec![Write {
                path: "log".to_owned(),
                text: text.to_owned(),
                replaces: replaces.map(|was| portcullis_core::cli::held(was.as_bytes())),
                appends: true,
            }],
            ..Output::default()
        }
    }

    #[test]
    fn of_two_that_append_to_the_same_the_second_is_told() {
        let root = scratch("write-twice", &[]);
        std::fs::create_dir_all(&root).unwrap();
        let text = || std::fs::read_to_string(root.join("log")).unwrap();
        assert_eq!(write(&root, appends("a", None)).exit, 0);
        let begun_too = write(&root, appends("A", None));
        assert!(
            begun_too.stderr.contains("has this name"),
            "{}",
            begun_too.stderr
        );
        assert_eq!(write(&root, appends("b", Some("a"))).exit, 0);
        let second = write(&root, appends("c", Some("a")));
        assert_eq!(second.exit, 2);
        assert!(second.stderr.contains(CHANGED), "{}", second.stderr);
        assert_eq!(text(), "ab");
        assert!(!root.join("log.lock").exists());
    }

    #[test]
    fn what_another_command_writes_is_waited_for() {
        let root = scratch("write-waits", &["log", "log.lock"]);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| write(&root, appends("a", Some(""))));
            std::thread::sleep(Duration::from_millis(50));
            assert_eq!(std::fs::read(root.join("log")).unwrap(), b"");
            std::fs::remove_file(root.join("log.lock")).unwrap();
            assert_eq!(waiting.join().unwrap().exit, 0);
        });
        assert_eq!(std::fs::read(root.join("log")).unwrap(), b"a");
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
            let bundle = read(root.join(file).to_str().unwrap(), Look::Near).unwrap();
            let canonical = |path: &Path| std::fs::canonicalize(path).unwrap();
            assert_eq!(canonical(&bundle.root), canonical(&root.join(at)), "{file}");
            assert_eq!(bundle.only.as_deref(), Some(only));
            assert_eq!(bundle.files.len(), files, "{file}");
        }
    }

    #[test]
    fn what_is_not_read_and_could_matter_is_named() {
        let root = scratch(
            "left-out",
            &[
                "bundle/a.cedar",
                "bundle/.b.cedar",
                "bundle/.hidden/c.cedar",
                "bundle/.hidden/notes.md",
                "bundle/.git/d.cedar",
                "bundle/sub/.git/d.cedar",
                "bundle/sub/target/e.cedar",
                "bundle/node_modules/x/f.cedar",
                "elsewhere/g.cedar",
            ],
        );
        for (to, link) in [
            ("a.cedar", "bundle/link.cedar"),
            ("nowhere", "bundle/broken.cedar"),
            ("nowhere", "bundle/broken.md"),
            ("../elsewhere", "bundle/folder"),
            ("../../elsewhere", "bundle/node_modules/folder"),
            ("a.cedar", "bundle/plain.md"),
        ] {
            std::os::unix::fs::symlink(to, root.join(link)).unwrap();
        }
        let folder = root.join("bundle");
        let near = ["broken.cedar", "broken.md", "folder", "link.cedar"];
        let far = [
            ".hidden/c.cedar",
            "broken.cedar",
            "broken.md",
            "folder",
            "link.cedar",
            "sub/.git/d.cedar",
            "sub/target/e.cedar",
        ];
        for (look, left_out) in [(Look::Near, &near[..]), (Look::Everywhere, &far[..])] {
            let bundle = read(folder.to_str().unwrap(), look).unwrap();
            let paths: Vec<&str> = bundle.files.iter().map(|(path, _)| path.as_str()).collect();
            assert_eq!(paths, [".b.cedar", "a.cedar"]);
            assert_eq!(bundle.left_out, left_out);
        }
    }

    #[test]
    fn a_file_that_no_bundle_has_is_refused() {
        let root = scratch("no-bundle-file", &["README.md"]);
        let error = read(root.join("README.md").to_str().unwrap(), Look::Near).unwrap_err();
        assert!(
            error.reason.starts_with("it is no file of a bundle; name"),
            "{error:?}"
        );
    }
}
