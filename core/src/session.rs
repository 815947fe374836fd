//! The JSON protocol of the doors: bytes in, bytes out, over one [`Workspace`].
//!
//! A request is an object with `op` and that operation's fields, and nothing else. A response is
//! `{"ok": …}` or `{"error": {"kind": "usage", "message": …}}`. Reports are the bytes of
//! [`render::json`], not a second serialisation of them.

mod authorize;
mod command_line;
mod compare;
mod fields;
mod gate;
mod test;
mod tier;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::render::{self, Format};
use crate::rules;
use crate::time::Instant;
use crate::workspace::{Edit, EditRange, UsageError, Workspace, is_bundle_file};
use fields::{Fields, one_of};

/// A workspace that is driven by requests.
#[derive(Debug, Default)]
pub struct Session {
    workspace: Workspace,
    /// The bundle as it was, for what compares.
    base: Workspace,
}

/// The operations and the fields that each of them knows.
const OPS: &[(&str, &[&str])] = &[
    ("authorize", authorize::FIELDS),
    ("batch", &["requests"]),
    ("check", &["as_of"]),
    ("clear_base", &[]),
    ("cli_plan", &["arguments", "colors", "columns", "now"]),
    ("cli_refused", &["message"]),
    (
        "cli_run",
        &[
            "arguments",
            "baseline",
            "colors",
            "columns",
            "now",
            "only",
            "files",
            "key",
            "signature",
        ],
    ),
    ("cli_unreadable", &["path", "reason"]),
    ("cli_unwritable", &["path", "reason"]),
    ("compare", compare::FIELDS),
    ("edit_file", &["path", "from", "to", "insert", "encoding"]),
    ("gate", gate::FIELDS),
    ("leave_out", &["path", "base"]),
    ("is_bundle_file", &["path"]),
    ("remove_file", &["path"]),
    ("render", &["as_of", "format"]),
    ("rule", &["code"]),
    ("rules", &[]),
    ("set_base_file", &["path", "text", "bytes"]),
    ("set_file", &["path", "text", "bytes"]),
    ("test", test::FIELDS),
    ("tier", tier::FIELDS),
    ("version", &[]),
];

impl Session {
    /// A session over an empty bundle.
    pub fn new() -> Self {
        Self::default()
    }

    /// The workspace, for a door that passes some values by other means than JSON.
    pub const fn workspace(&mut self) -> &mut Workspace {
        &mut self.workspace
    }

    /// Carries out one request. Both sides are UTF-8 JSON. It never fails otherwise than in its
    /// response, and a request that is refused changes nothing; of a `batch`, each request stands alone.
    pub fn handle(&mut self, request: &[u8]) -> Vec<u8> {
        let answer = match serde_json::from_slice(request) {
            Ok(request) => self.carry_out(&request, Nesting::Outermost),
            Err(error) => Err(format!("the request is not JSON: {error}")),
        };
        response(answer).into_bytes()
    }

    /// The JSON text of the answer, or what is wrong with the request.
    fn carry_out(&mut self, request: &Value, nesting: Nesting) -> Answer {
        let (op, fields) = Fields::of(request, OPS)?;
        match op {
            "set_file" => set_file(&mut self.workspace, &fields),
            "set_base_file" => set_file(&mut self.base, &fields),
            "edit_file" => self.edit_file(&fields),
            "leave_out" => {
                let in_base = fields.optional_flag("base")?;
                let side = if in_base {
                    &mut self.base
                } else {
                    &mut self.workspace
                };
                side.leave_out(fields.text("path")?);
                Ok("null".to_owned())
            }
            "remove_file" => done(self.workspace.remove_file(fields.text("path")?)),
            "check" => {
                let as_of = instant_of(&fields, "as_of")?;
                Ok(render::json(&self.workspace.check(as_of)))
            }
            "test" => test::test(&fields, &mut self.workspace, &mut self.base),
            "authorize" => authorize::authorize(&fields, &mut self.workspace),
            "compare" => compare::compare(&fields, &mut self.workspace, &mut self.base),
            "clear_base" => {
                self.base = Workspace::new();
                Ok("null".to_owned())
            }
            "gate" => gate::gate(&fields, &mut self.base, &mut self.workspace),
            "tier" => tier::tiered(&fields, &mut self.workspace, &mut self.base),
            "render" => {
                let as_of = instant_of(&fields, "as_of")?;
                let names = Format::ALL.map(Format::as_str);
                let name = one_of("format", fields.text("format")?, names)?;
                let format = Format::parse(name).unwrap_or_default();
                let report = self.workspace.check(as_of);
                let text = render::report(
                    format,
                    &report,
                    &|path| self.workspace.text(path),
                    &render::Options::default(),
                );
                Ok(Value::String(text).to_string())
            }
            "rules" => Ok(render::rules_json()),
            "is_bundle_file" => Ok(is_bundle_file(fields.text("path")?).to_string()),
            "cli_plan" => command_line::plan(&fields).map(|value| value.to_string()),
            "cli_run" => command_line::run(&fields, &mut self.workspace, &mut self.base)
                .map(|value| value.to_string()),
            "cli_unreadable" => command_line::unreadable(&fields).map(|value| value.to_string()),
            "cli_unwritable" => command_line::unwritable(&fields).map(|value| value.to_string()),
            "cli_refused" => command_line::refused(&fields).map(|value| value.to_string()),
            "rule" => {
                let code = one_of(
                    "code",
                    fields.text("code")?,
                    rules::all().map(|rule| rule.code),
                )?;
                Ok(json!({ "code": code, "page": render::rule_page(code) }).to_string())
            }
            "batch" if nesting == Nesting::InBatch => {
                Err("a batch cannot hold another batch".to_owned())
            }
            "batch" => {
                let answers: Vec<String> = fields
                    .list("requests")?
                    .iter()
                    .map(|request| response(self.carry_out(request, Nesting::InBatch)))
                    .collect();
                Ok(format!("[{}]", answers.join(",")))
            }
            // `Fields::of` lets only the names in `OPS` through, and this is the last of them.
            _ => Ok(json!({
                "version": env!("CARGO_PKG_VERSION"),
                "schema_version": crate::wire::SCHEMA_VERSION,
            })
            .to_string()),
        }
    }

    fn edit_file(&mut self, fields: &Fields<'_>) -> Answer {
        let (from, to) = (fields.number("from")?, fields.number("to")?);
        let encoding = one_of("encoding", fields.text("encoding")?, ["utf16", "utf8"])?;
        let edit = Edit {
            range: if encoding == "utf16" {
                EditRange::Utf16(from, to)
            } else {
                EditRange::Bytes(from, to)
            },
            insert: fields.text("insert")?.to_owned(),
        };
        done(self.workspace.edit_file(fields.text("path")?, &edit))
    }
}

fn set_file(workspace: &mut Workspace, fields: &Fields<'_>) -> Answer {
    done(workspace.set_file(fields.text("path")?, &contents(fields)?))
}

/// The bytes of a file that a request gives.
fn contents(fields: &Fields<'_>) -> Result<Vec<u8>, String> {
    match (
        fields.optional_text("text")?,
        fields.optional_text("bytes")?,
    ) {
        (Some(text), None) => Ok(text.as_bytes().to_vec()),
        (None, Some(encoded)) => BASE64
            .decode(encoded)
            .map_err(|error| format!("`bytes` is not base64: {error}")),
        _ => Err("give either `text` or `bytes`".to_owned()),
    }
}

type Answer = Result<String, String>;

/// Whether a request came by itself. A batch in a batch would let a short request ask for deep recursion.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nesting {
    Outermost,
    InBatch,
}

fn response(answer: Answer) -> String {
    match answer {
        Ok(json) => format!("{{\"ok\":{json}}}"),
        Err(message) => json!({ "error": { "kind": "usage", "message": message } }).to_string(),
    }
}

fn done(result: Result<(), UsageError>) -> Answer {
    result.map(|()| "null".to_owned()).map_err(refused_by)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn refused_by(error: UsageError) -> String {
    error.to_string()
}

fn instant_of(fields: &Fields<'_>, name: &str) -> Result<Instant, String> {
    let text = fields.text(name)?;
    Instant::parse(text).ok_or_else(|| UsageError::InvalidInstant(text.to_owned()).to_string())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn answer(session: &mut Session, request: &str) -> String {
        String::from_utf8(session.handle(request.as_bytes())).unwrap()
    }

    #[track_caller]
    fn refused(request: &str, because: &str) {
        let answer = answer(&mut Session::new(), request);
        let value: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(
            value,
            json!({ "error": { "kind": "usage", "message": because } }),
            "{request}"
        );
    }

    #[test]
    fn a_report_is_embedded_byte_for_byte() {
        let mut session = Session::new();
        let set =
            r#"{"op":"set_file","path":"a.cedar","text":"permit(principal, action, resource);"}"#;
        assert_eq!(answer(&mut session, set), r#"{"ok":null}"#);
        let mut workspace = Workspace::new();
        workspace
            .set_file("a.cedar", b"permit(principal, action, resource);")
            .unwrap();
        let report = render::json(&workspace.check(Instant::parse("2026-11-21").unwrap()));
        assert_eq!(
            answer(&mut session, r#"{"op":"check","as_of":"2026-11-21"}"#),
            format!("{{\"ok\":{report}}}")
        );
    }

    #[test]
    fn text_and_its_base64_are_the_same_file() {
        let mut session = Session::new();
        answer(
            &mut session,
            r#"{"op":"set_file","path":"a.cedar","bytes":"cGVybWl0"}"#,
        );
        assert_eq!(session.workspace.text("a.cedar").as_deref(), Some("permit"));
    }

    #[test]
    fn a_batch_answers_each_request_by_itself() {
        let batch = r#"{"op":"batch","requests":[
            {"op":"remove_file","path":"a.cedar"},
            {"op":"set_file","path":"a.cedar","text":""},
            {"op":"batch","requests":[]}]}"#;
        assert_eq!(
            answer(&mut Session::new(), batch),
            r#"{"ok":[{"error":{"kind":"usage","message":"there is no file `a.cedar` in this bundle"}},{"ok":null},{"error":{"kind":"usage","message":"a batch cannot hold another batch"}}]}"#
        );
    }

    #[test]
    fn every_rule_can_be_asked_for() {
        let mut session = Session::new();
        for rule in rules::all() {
            let request = json!({ "op": "rule", "code": rule.code }).to_string();
            let value: Value = serde_json::from_str(&answer(&mut session, &request)).unwrap();
            assert_eq!(
                value.pointer("/ok/page"),
                Some(&json!(render::rule_page(rule.code)))
            );
        }
    }

    #[test]
    fn misuse_is_refused_with_what_to_write_instead() {
        refused(
            r#"{"op":"chekc"}"#,
            "there is no op `chekc`, did you mean `check`?",
        );
        refused(
            r#"{"op":"check","asof":"2026-11-21"}"#,
            "`check` has no field `asof`, did you mean `as_of`?",
        );
        refused(r#"{"op":"check"}"#, "`check` needs the field `as_of`");
        refused(
            r#"{"op":"check","as_of":1}"#,
            "the field `as_of` of `check` must be a string",
        );
        refused(
            r#"{"op":"edit_file","path":"a","from":-1,"to":0,"insert":"","encoding":"utf8"}"#,
            "the field `from` of `edit_file` must be a whole number below 4294967296",
        );
        refused(
            r#"{"op":"render","as_of":"2026-11-21","format":"jsno"}"#,
            "there is no format `jsno`, did you mean `json`?",
        );
        refused(
            r#"{"op":"set_file","path":"a","text":"","bytes":""}"#,
            "give either `text` or `bytes`",
        );
        refused("[]", "a request must be an object with the field `op`");
        refused(
            "",
            "the request is not JSON: EOF while parsing a value at line 1 column 0",
        );
    }

    #[test]
    fn deep_json_is_refused_and_does_not_recurse() {
        let deep = "[".repeat(100_000);
        let value: Value = serde_json::from_str(&answer(&mut Session::new(), &deep)).unwrap();
        assert!(value.pointer("/error/message").is_some());
    }
}
