//! The native command line: reads the arguments, the folder and the clock, and leaves the rest to the core.

mod folder;
mod git;
mod key;
mod progress;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;

use portcullis_core::cli::govern::{FileNeed, Inputs, Step};
use portcullis_core::cli::{
    self, Base, Check, Diff, Govern, Output, Plan, Surroundings, Test, Tiering,
};
use portcullis_core::{Instant, Workspace};
use portcullis_host::{STACK, Threads};

use folder::{Bundle, Look};

const FAULT: u8 = 3;

fn main() -> ExitCode {
    let worker = std::thread::Builder::new()
        .name("portcullis".to_owned())
        .stack_size(STACK)
        .spawn(run);
    let output = match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(output)) => output,
        Ok(Err(_)) => Output {
            stderr: "error: this is a fault of Portcullis; please report it with the files that led to it\n".to_owned(),
            exit: FAULT,
            ..Output::default()
        },
        Err(error) => Output {
            stderr: format!("error: no thread can be started: {error}\n"),
            exit: FAULT,
            ..Output::default()
        },
    };
    let written = io::stdout()
        .write_all(output.stdout.as_bytes())
        .and_then(|()| io::stdout().flush())
        .and_then(|()| io::stderr().write_all(output.stderr.as_bytes()));
    match written {
        // A reader that has seen enough, like `head`, is no error.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(2),
        _ => ExitCode::from(output.exit),
    }
}

fn run() -> Output {
    let mut arguments = Vec::new();
    for argument in std::env::args_os().skip(1) {
        match argument.into_string() {
            Ok(argument) => arguments.push(argument),
            Err(argument) => {
                return Output::usage(format!(
                    "the argument `{}` is not valid Unicode",
                    argument.to_string_lossy()
                ));
            }
        }
    }
    let Some(surroundings) = surroundings() else {
        return Output::usage("the clock of this machine shows a year that no date can have");
    };
    match cli::plan(&arguments, surroundings) {
        Plan::Done(output) => output,
        Plan::Check(check) => run_check(&check).unwrap_or_else(|refusal| refusal),
        Plan::Test(test) => run_test(&test).unwrap_or_else(|refusal| refusal),
        Plan::Diff(diff) => run_diff(&diff).unwrap_or_else(|refusal| refusal),
        Plan::Govern(govern) => run_govern(&govern).unwrap_or_else(|refusal| refusal),
        Plan::Tier(tiering) => run_tier(&tiering).unwrap_or_else(|refusal| refusal),
    }
}

fn run_check(check: &Check) -> Result<Output, Output> {
    let bundle = read(&check.folder)?;
    let check = Check {
        only: bundle.only.clone(),
        ..check.clone()
    };
    let _progress = progress::after_a_second("checking", bundle.files.len());
    Ok(check.run(&mut whole(&bundle)?))
}

fn run_test(test: &Test) -> Result<Output, Output> {
    let bundle = read(&test.folder)?;
    let base = (test.base.as_ref())
        .map(|base| read_base(&bundle, base))
        .transpose()?;
    let test = Test {
        only: bundle.only.clone(),
        ..test.clone()
    };
    let output = {
        let _progress = progress::after_a_second("testing", bundle.files.len());
        let mut base = base.as_ref().map(workspace_of).transpose()?;
        test.run(&mut workspace_of(&bundle.files)?, base.as_mut())
    };
    Ok(folder::write(&bundle.root, output))
}

fn run_diff(diff: &Diff) -> Result<Output, Output> {
    let bundle = read(&diff.folder)?;
    let base = read_base(&bundle, &diff.base)?;
    let diff = Diff {
        only: bundle.only.clone(),
        ..diff.clone()
    };
    let output = {
        let _progress = progress::after_a_second("comparing", bundle.files.len());
        diff.run(&mut workspace_of(&bundle.files)?, &mut workspace_of(&base)?)
    };
    Ok(folder::write(&bundle.root, output))
}

fn run_govern(govern: &Govern) -> Result<Output, Output> {
    let bundle = |folder: &String| looked(folder, Look::Everywhere).and_then(|of| whole(&of));
    let mut base = govern.base.as_ref().map(bundle).transpose()?;
    let mut head = govern.head.as_ref().map(bundle).transpose()?;
    let mut baseline = govern.baseline.as_ref().map(bundle).transpose()?;
    let files = read_files(&govern.files)?;
    let key = match &govern.key {
        None => None,
        Some(path) => Some(
            key::Key::read(path).map_err(|error| Output::unreadable(&error.path, &error.reason))?,
        ),
    };
    let public = key.as_ref().and_then(key::Key::public);
    let mut signature = None;
    loop {
        let inputs = Inputs {
            base: base.as_mut(),
            head: head.as_mut(),
            baseline: baseline.as_mut(),
            files: files.clone(),
            key: public,
            signature,
        };
        match (govern.run(inputs), &key) {
            (Step::Done(output), _) => return Ok(folder::write(Path::new(""), output)),
            (Step::Sign(bytes), Some(key)) if signature.is_none() => {
                signature = Some(key.sign(&bytes));
            }
            (Step::Sign(_), _) => {
                return Err(Output::usage("this command cannot be signed with this key"));
            }
        }
    }
}

fn read_files(needs: &[FileNeed]) -> Result<BTreeMap<String, Vec<u8>>, Output> {
    let mut files = BTreeMap::new();
    for need in needs {
        let read = folder::file(&need.path, need.required)
            .map_err(|error| Output::unreadable(&error.path, &error.reason))?;
        files.extend(read.map(|bytes| (need.path.clone(), bytes)));
    }
    Ok(files)
}

fn run_tier(tiering: &Tiering) -> Result<Output, Output> {
    let bundle = looked(&tiering.folder, Look::Everywhere)?;
    let base = (tiering.base.as_ref())
        .map(|base| read_base(&bundle, base))
        .transpose()?;
    let baseline = (tiering.baseline.as_deref())
        .map(|folder| read(folder).map(|bundle| bundle.files))
        .transpose()?;
    let files = read_files(&tiering.files())?;
    let _progress = progress::after_a_second("comparing", bundle.files.len());
    let mut base = base.as_ref().map(workspace_of).transpose()?;
    let mut baseline = baseline.as_ref().map(workspace_of).transpose()?;
    Ok(tiering.run(
        &mut whole(&bundle)?,
        base.as_mut(),
        baseline.as_mut(),
        &files,
    ))
}

type Files = Vec<(String, Vec<u8>)>;

fn read(folder: &str) -> Result<Bundle, Output> {
    looked(folder, Look::Near)
}

fn looked(folder: &str, look: Look) -> Result<Bundle, Output> {
    folder::read(folder, look).map_err(|error| Output::unreadable(&error.path, &error.reason))
}

fn read_base(bundle: &Bundle, base: &Base) -> Result<Files, Output> {
    // A file without a bundle around it is compared by itself.
    let alone = (bundle.only.as_ref()).filter(|_| bundle.files.len() == 1);
    let at = alone.map_or_else(|| bundle.root.clone(), |only| bundle.root.join(only));
    match base {
        Base::Folder(folder) => read(folder).map(|bundle| bundle.files),
        Base::Revision(revision) => git::read(&at.to_string_lossy(), revision)
            .map_err(|error| Output::unreadable(&error.path, &error.reason)),
    }
}

/// The bundle with what lies beside it and was not read.
fn whole(bundle: &Bundle) -> Result<Workspace, Output> {
    let mut workspace = workspace_of(&bundle.files)?;
    for path in &bundle.left_out {
        workspace.leave_out(path);
    }
    Ok(workspace)
}

fn workspace_of(files: &Files) -> Result<Workspace, Output> {
    let mut workspace = Workspace::new();
    workspace.set_workers(Arc::new(Threads::new()));
    for (path, contents) in files {
        workspace
            .set_file(path, contents)
            .map_err(|error| Output::usage(error.to_string()))?;
    }
    Ok(workspace)
}

fn surroundings() -> Option<Surroundings> {
    let unset = |name: &str| std::env::var_os(name).is_none_or(|value| value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .and_then(Instant::from_millis)?;
    Some(Surroundings {
        colors: io::stdout().is_terminal() && unset("NO_COLOR") && !dumb,
        columns: terminal_size::terminal_size_of(io::stdout())
            .map(|(width, _)| usize::from(width.0)),
        now,
    })
}
