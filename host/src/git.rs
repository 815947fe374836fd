//! Reads a bundle as it was at a revision, from git.

use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use portcullis_core::is_bundle_file;
use portcullis_core::source::Limit;

use crate::folder::{Unreadable, is_left_out};

/// The files of the bundle in `folder` at a revision, by the rules of [`crate::folder::read`]. `git` is run as it is,
/// never through a shell; nothing is checked out, and nothing is fetched.
pub(crate) fn read(folder: &str, revision: &str) -> Result<Vec<(String, Vec<u8>)>, Unreadable> {
    let unreadable = |reason: String| Unreadable {
        path: format!("{folder} at {revision}"),
        reason,
    };
    let root = Path::new(folder);
    // A single file is a bundle of its own.
    let (directory, only) = if root.is_file() {
        let beside = root.parent().filter(|path| !path.as_os_str().is_empty());
        let name = root
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        (beside.unwrap_or_else(|| Path::new(".")), name)
    } else if root.is_dir() {
        (root, None)
    } else {
        return Err(unreadable(NO_FOLDER.to_owned()));
    };
    let git = Git { directory };
    let commit = format!("{revision}^{{commit}}");
    let found = git
        .run(
            &[
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                &commit,
            ],
            None,
        )
        .map_err(|error| unreadable(not_run(&error)))?;
    if !found.status.success() {
        let inside = git.run(&["rev-parse", "--is-inside-work-tree"], None);
        let known = inside.is_ok_and(|output| output.status.success());
        let reason = if known { NO_REVISION } else { NO_REPOSITORY };
        return Err(unreadable(reason.to_owned()));
    }
    let commit = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    let failed = |output: &Output| unreadable(first_line(&output.stderr));
    let listed = git
        .run(&["ls-tree", "-r", "-z", "--long", &commit], None)
        .map_err(|error| unreadable(not_run(&error)))?;
    if !listed.status.success() {
        return Err(failed(&listed));
    }
    let mut entries = Vec::new();
    for line in listed
        .stdout
        .split(|byte| *byte == 0)
        .filter(|line| !line.is_empty())
    {
        let Some(entry) = Entry::of(line) else {
            continue;
        };
        let path = String::from_utf8(entry.path.to_vec()).map_err(|_| {
            let shown = String::from_utf8_lossy(entry.path);
            Unreadable {
                path: format!("{shown} at {revision}"),
                reason: "its name is not valid Unicode".to_owned(),
            }
        })?;
        let named = match &only {
            Some(only) => path == *only,
            None => is_bundle_file(&path) && !path.split('/').rev().skip(1).any(is_left_out),
        };
        if named {
            entries.push((path, entry.object, entry.bytes));
        }
    }
    let wanted: String = entries
        .iter()
        .map(|(_, object, _)| format!("{object}\n"))
        .collect();
    let contents = git
        .run(&["cat-file", "--batch"], Some(wanted.as_bytes()))
        .map_err(|error| unreadable(not_run(&error)))?;
    if !contents.status.success() {
        return Err(failed(&contents));
    }
    // A larger file is over every limit, whatever more there is of it.
    let most = Limit::FileBytes.ceiling() as usize + 1;
    let mut rest = contents.stdout.as_slice();
    let mut files = Vec::new();
    for (path, object, bytes) in entries {
        let missing = || unreadable(format!("git does not have `{path}` ({object})"));
        let head = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .ok_or_else(missing)?;
        let body = rest.get(head + 1..).ok_or_else(missing)?;
        let own = body.get(..bytes).ok_or_else(missing)?;
        rest = body.get(bytes + 1..).unwrap_or_default();
        files.push((path.clone(), own.get(..most).unwrap_or(own).to_vec()));
    }
    files.sort();
    Ok(files)
}

/// A file of a tree.
struct Entry<'l> {
    object: String,
    bytes: usize,
    path: &'l [u8],
}

impl<'l> Entry<'l> {
    /// From `100644 blob <object> <bytes>\t<path>`; `None` for what is no plain file: a link, another repository.
    fn of(line: &'l [u8]) -> Option<Self> {
        let tab = line.iter().position(|byte| *byte == b'\t')?;
        let head = std::str::from_utf8(line.get(..tab)?).ok()?;
        let mut words = head.split_ascii_whitespace();
        let mode = words.next()?;
        let kind = words.next()?;
        if !mode.starts_with("100") || kind != "blob" {
            return None;
        }
        Some(Self {
            object: words.next()?.to_owned(),
            bytes: words.next()?.parse().ok()?,
            path: line.get(tab + 1..)?,
        })
    }
}

struct Git<'p> {
    directory: &'p Path,
}

impl Git<'_> {
    /// Runs git in the folder, so that paths count from there.
    fn run(&self, arguments: &[&str], input: Option<&[u8]>) -> io::Result<Output> {
        let mut child = Command::new("git")
            .args(["--no-replace-objects", "--literal-pathspecs"])
            .args(arguments)
            .current_dir(self.directory)
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("LC_ALL", "C")
            .stdin(if input.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let Some((mut stdin, input)) = child.stdin.take().zip(input) else {
            return child.wait_with_output();
        };
        // It answers while it is still being asked.
        std::thread::scope(|scope| {
            let asking = scope.spawn(move || stdin.write_all(input));
            let output = child.wait_with_output();
            let _ = asking.join();
            output
        })
    }
}

const NO_FOLDER: &str = "there is no such folder now; name a folder of policies or a single file";
const NO_REVISION: &str = "git knows no such revision; in a shallow clone, fetch it first";
const NO_REPOSITORY: &str = "the folder is in no repository that git can read";

/// What is wrong and what to do; npm/src/cli/git.mjs says the same.
fn not_run(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => {
            "`git` is not installed, or not on the path; compare two folders instead".to_owned()
        }
        _ => "`git` cannot be run".to_owned(),
    }
}

fn first_line(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.lines().next().unwrap_or("git failed").to_owned()
}
