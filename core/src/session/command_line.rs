//! The command line for doors that speak the protocol: the door walks the folder and reads the clock, the
//! core decides and words everything else.

use std::collections::BTreeMap;

use base64::Engine;
use serde_json::{Value, json};

use super::compare::baseline;
use super::fields::Fields;
use super::{BASE64, instant_of};
use crate::cli::govern::{FileNeed, Inputs, Step};
use crate::cli::{self, Base, Govern, Output, Plan, Surroundings};
use crate::govern::PublicKey;
use crate::source::Limit;
use crate::workspace::Workspace;

/// What a command line asks for: `{"done": output}`, or `{"check": …}`, `{"test": …}`, `{"diff": …}`, `{"tier": …}` or
/// `{"govern": …}` with the folders and files that the door is to read and the most bytes that it need read of one file.
pub(super) fn plan(fields: &Fields<'_>) -> Result<Value, String> {
    Ok(match planned(fields)? {
        Plan::Done(output) => json!({ "done": wire(&output) }),
        Plan::Check(check) => json!({
            "check": { "folder": check.folder, "most_bytes": most_bytes() }
        }),
        Plan::Test(test) => json!({ "test": sides(&test.folder, test.base.as_ref()) }),
        Plan::Diff(diff) => json!({ "diff": sides(&diff.folder, Some(&diff.base)) }),
        Plan::Govern(govern) => json!({
            "govern": {
                "base": govern.base,
                "head": govern.head,
                "baseline": govern.baseline,
                "files": needs(&govern.files),
                "key": govern.key,
                "most_bytes": most_bytes(),
            }
        }),
        Plan::Tier(tier) => {
            let mut sides = sides(&tier.folder, tier.base.as_ref());
            if let Value::Object(fields) = &mut sides {
                fields.insert("baseline".to_owned(), json!(tier.baseline));
                fields.insert("files".to_owned(), needs(&tier.files()));
            }
            json!({ "tier": sides })
        }
    })
}

fn needs(files: &[FileNeed]) -> Value {
    let need = |file: &FileNeed| json!({ "path": file.path, "required": file.required });
    files.iter().map(need).collect()
}

/// What the door is to read: a folder, and another or a revision as its base.
fn sides(folder: &str, base: Option<&Base>) -> Value {
    let (base, revision) = match base {
        None => (None, None),
        Some(Base::Folder(folder)) => (Some(folder), None),
        Some(Base::Revision(revision)) => (None, Some(revision)),
    };
    json!({ "folder": folder, "base": base, "base_rev": revision, "most_bytes": most_bytes() })
}

/// One more than is ever admitted shows that a file is too large.
fn most_bytes() -> u64 {
    u64::from(Limit::FileBytes.ceiling()) + 1
}

/// Carries a command line out over the files that were set. `only` is the path in the bundle of the file that was
/// asked about, if it was no folder.
pub(super) fn run(
    fields: &Fields<'_>,
    workspace: &mut Workspace,
    base: &mut Workspace,
) -> Result<Value, String> {
    let only = fields.optional_text("only")?.map(str::to_owned);
    Ok(wire(&match planned(fields)? {
        Plan::Done(output) => output,
        Plan::Check(mut check) => {
            check.only = only;
            check.run(workspace)
        }
        Plan::Test(mut test) => {
            test.only = only;
            let base = test.base.is_some().then_some(base);
            test.run(workspace, base)
        }
        Plan::Diff(mut diff) => {
            diff.only = only;
            diff.run(workspace, base)
        }
        Plan::Govern(govern) => {
            let mut baseline = baseline(fields)?;
            let mut inputs = inputs(fields, &govern, workspace, base)?;
            inputs.baseline = baseline.as_mut();
            match govern.run(inputs) {
                Step::Done(output) => output,
                Step::Sign(bytes) => return Ok(json!({ "sign": BASE64.encode(bytes) })),
            }
        }
        Plan::Tier(tier) => {
            let mut baseline = baseline(fields)?;
            let base = tier.base.is_some().then_some(base);
            tier.run(workspace, base, baseline.as_mut(), &files(fields)?)
        }
    }))
}

/// The files that the door has read beside the bundles.
fn files(fields: &Fields<'_>) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    for file in fields.optional_list("files")?.unwrap_or_default() {
        let text = |key: &str| {
            file.get(key)
                .and_then(Value::as_str)
                .ok_or_else(|| format!("each of `files` needs the text `{key}`"))
        };
        files.insert(text("path")?.to_owned(), bytes(text("bytes")?, "bytes")?);
    }
    Ok(files)
}

/// What the door has read for a command about changes.
fn inputs<'w>(
    fields: &Fields<'_>,
    govern: &Govern,
    workspace: &'w mut Workspace,
    base: &'w mut Workspace,
) -> Result<Inputs<'w>, String> {
    let files = files(fields)?;
    let key = fields
        .optional_text("key")?
        .map(PublicKey::parse)
        .transpose()
        .map_err(|reason| format!("`key` is no public key: {reason}"))?;
    let signature = match fields.optional_text("signature")? {
        None => None,
        Some(encoded) => Some(
            bytes(encoded, "signature")?
                .try_into()
                .map_err(|_| "a signature has 64 bytes".to_owned())?,
        ),
    };
    Ok(Inputs {
        base: govern.base.is_some().then_some(base),
        head: govern.head.is_some().then_some(workspace),
        baseline: None,
        files,
        key,
        signature,
    })
}

fn bytes(encoded: &str, name: &str) -> Result<Vec<u8>, String> {
    BASE64
        .decode(encoded)
        .map_err(|error| format!("`{name}` is not base64: {error}"))
}

/// What to write where the door could not read what it was to read.
pub(super) fn unreadable(fields: &Fields<'_>) -> Result<Value, String> {
    let (path, reason) = (fields.text("path")?, fields.text("reason")?);
    Ok(wire(&Output::unreadable(path, reason)))
}

/// What to say where the door could not write what it was to write.
pub(super) fn unwritable(fields: &Fields<'_>) -> Result<Value, String> {
    let (path, reason) = (fields.text("path")?, fields.text("reason")?);
    Ok(wire(&Output::unwritable(path, reason)))
}

/// What to write where a file that the door found cannot be in a bundle.
pub(super) fn refused(fields: &Fields<'_>) -> Result<Value, String> {
    Ok(wire(&Output::usage(fields.text("message")?)))
}

fn planned(fields: &Fields<'_>) -> Result<Plan, String> {
    let surroundings = Surroundings {
        colors: fields.flag("colors")?,
        columns: fields
            .optional_number("columns")?
            .and_then(|columns| usize::try_from(columns).ok()),
        now: instant_of(fields, "now")?,
    };
    Ok(cli::plan(&fields.texts("arguments")?, surroundings))
}

fn wire(output: &Output) -> Value {
    let writes: Vec<Value> = output
        .writes
        .iter()
        .map(|write| {
            json!({
                "path": write.path,
                "text": write.text,
                "replaces": write.replaces,
                "appends": write.appends,
            })
        })
        .collect();
    json!({
        "stdout": output.stdout,
        "stderr": output.stderr,
        "exit": output.exit,
        "writes": writes,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::Session;
    use super::*;

    fn ask(session: &mut Session, request: &Value) -> Value {
        let response = session.handle(request.to_string().as_bytes());
        serde_json::from_slice(&response).unwrap()
    }

    fn command(op: &str, arguments: &[&str]) -> Value {
        json!({ "op": op, "arguments": arguments, "colors": false, "now": "2026-11-21T09:00:00Z" })
    }

    #[test]
    fn a_command_without_a_folder_is_done_at_once() {
        let answer = ask(&mut Session::new(), &command("cli_plan", &["chekc"]));
        assert_eq!(
            answer.pointer("/ok/done"),
            Some(&json!({
                "stdout": "",
                "stderr": "error: there is no command `chekc`, did you mean `check`?\n\ntry `portcullis help`\n",
                "exit": 2,
                "writes": [],
            }))
        );
    }

    #[test]
    fn a_check_names_its_folder_and_then_reports_as_the_core_does() {
        let session = &mut Session::new();
        let arguments = ["check", "policies", "--fail-on", "low"];
        assert_eq!(
            ask(session, &command("cli_plan", &arguments)).pointer("/ok/check/folder"),
            Some(&json!("policies"))
        );
        let policy = b"permit(principal, action, resource);";
        session.workspace().set_file("a.cedar", policy).unwrap();
        let answer = ask(session, &command("cli_run", &arguments));
        let mut workspace = Workspace::new();
        workspace.set_file("a.cedar", policy).unwrap();
        let surroundings = Surroundings {
            colors: false,
            columns: None,
            now: crate::Instant::parse("2026-11-21T09:00:00Z").unwrap(),
        };
        let Plan::Check(check) = cli::plan(&arguments.map(str::to_owned), surroundings) else {
            unreachable_plan()
        };
        let expected = check.run(&mut workspace);
        assert_eq!(answer, json!({ "ok": wire(&expected) }));
        assert_eq!(expected.exit, 1);
    }

    #[expect(clippy::panic, reason = "tests")]
    fn unreachable_plan() -> ! {
        panic!("a check needs a folder")
    }

    #[test]
    fn what_a_door_cannot_read_is_worded_by_the_core() {
        let request = json!({ "op": "cli_unreadable", "path": "x", "reason": "it does not exist" });
        assert_eq!(
            ask(&mut Session::new(), &request).pointer("/ok/stderr"),
            Some(&json!("error: `x` cannot be read: it does not exist\n"))
        );
        let request = json!({ "op": "cli_unwritable", "path": "x", "reason": "permission denied" });
        assert_eq!(
            ask(&mut Session::new(), &request).pointer("/ok/stderr"),
            Some(&json!("error: `x` cannot be written: permission denied\n"))
        );
        let request = json!({ "op": "cli_refused", "message": "no" });
        assert_eq!(
            ask(&mut Session::new(), &request).pointer("/ok/exit"),
            Some(&json!(2))
        );
    }

    #[test]
    fn arguments_that_are_no_texts_are_refused() {
        let request =
            json!({ "op": "cli_plan", "arguments": [1], "colors": false, "now": "2026-11-21" });
        assert_eq!(
            ask(&mut Session::new(), &request).pointer("/error/message"),
            Some(&json!(
                "the field `arguments` of `cli_plan` must be a list of strings"
            ))
        );
        let request =
            json!({ "op": "cli_plan", "arguments": [], "colors": 1, "now": "2026-11-21" });
        assert_eq!(
            ask(&mut Session::new(), &request).pointer("/error/message"),
            Some(&json!(
                "the field `colors` of `cli_plan` must be true or false"
            ))
        );
    }
}
