//! The gate through the protocol: the bundle is the head. The base is what the field `base` says, from then on; else
//! what `set_base_file` set.

use super::fields::Fields;
use super::{Answer, instant_of, one_of};
use crate::govern::canonical::Digest;
use crate::govern::directory::Kind;
use crate::govern::record::Drafter;
use crate::govern::{Actors, Request, decide};
use crate::render::{self, GateFormat, GateSource};
use crate::workspace::Workspace;

pub(super) const FIELDS: &[&str] = &[
    "actors",
    "as_of",
    "base",
    "baseline",
    "change",
    "directory",
    "format",
    "log",
];

/// The answer as JSON or, where `format` is given, a string of JSON with the answer in that format.
pub(super) fn gate(fields: &Fields<'_>, base: &mut Workspace, head: &mut Workspace) -> Answer {
    let as_of = instant_of(fields, "as_of")?;
    let format = match fields.optional_text("format")? {
        None => None,
        Some(name) => {
            let names = GateFormat::ALL.map(GateFormat::as_str);
            GateFormat::parse(one_of("format", name, names)?)
        }
    };
    let record = fields.text("change")?;
    if let Some(files) = fields.optional_list("base")? {
        super::compare::set(base, files)?;
    }
    let actors = actors(fields)?;
    let mut baseline = super::compare::baseline(fields)?;
    let answer = decide(
        base,
        head,
        Request {
            record,
            directory: fields.optional_text("directory")?,
            log: fields.optional_text("log")?,
            baseline: baseline.as_mut(),
            actors: actors.as_ref(),
            assess: &crate::tier::assess,
            as_of,
        },
    );
    let source = GateSource {
        path: "change record",
        text: record,
        as_of,
    };
    match format {
        None => Ok(render::gate(GateFormat::Json, &answer, source)),
        Some(format) => {
            let text = render::gate(format, &answer, source);
            Ok(serde_json::Value::String(text).to_string())
        }
    }
}

/// Who had a part in the change, where the host says so: `{"author", "drafter": {"kind", "id", "prompt"},
/// "last_editor"}`.
fn actors(fields: &Fields<'_>) -> Result<Option<Actors>, String> {
    let Some(actors) = fields.optional_object("actors", &["author", "drafter", "last_editor"])?
    else {
        return Ok(None);
    };
    let Some(drafter) = actors.optional_object("drafter", &["kind", "id", "prompt"])? else {
        return Err("`actors` needs the field `drafter`".to_owned());
    };
    let kind = one_of("kind", drafter.text("kind")?, Kind::ALL.map(Kind::as_str))?;
    let prompt = match drafter.optional_text("prompt")? {
        None => None,
        Some(text) => Some(Digest::parse(text).ok_or("`prompt` is no digest")?),
    };
    Ok(Some(Actors {
        author: actors.text("author")?.to_owned(),
        drafter: Drafter {
            kind: Kind::ALL
                .into_iter()
                .find(|one| one.as_str() == kind)
                .unwrap_or(Kind::Model),
            id: drafter.text("id")?.to_owned(),
            prompt,
        },
        last_editor: actors.text("last_editor")?.to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value, json};

    use crate::Session;
    use crate::govern::gate_tests::{Scenario, people};
    use crate::govern::record::yaml;

    fn ask(session: &mut Session, request: &Value) -> Value {
        serde_json::from_slice(&session.handle(request.to_string().as_bytes())).unwrap()
    }

    #[test]
    fn the_gate_answers_through_the_protocol() {
        let session = &mut Session::new();
        let directory =
            json!({ "op": "set_base_file", "path": "directory.yaml", "text": people("") });
        ask(session, &directory);
        let record = yaml(&Scenario::approved().record);
        let gate = |extra: Value| {
            let mut request =
                json!({ "op": "gate", "as_of": "2026-11-21T12:00:00Z", "change": record });
            request
                .as_object_mut()
                .unwrap()
                .extend(extra.as_object().unwrap().clone());
            request
        };
        let answer = ask(session, &gate(json!({})));
        assert_eq!(answer.pointer("/ok/publishable"), Some(&json!(false)));
        assert_eq!(answer.pointer("/ok/tier"), Some(&json!("human")));
        let text = ask(session, &gate(json!({ "format": "text" })));
        let text = text.pointer("/ok").and_then(Value::as_str).unwrap();
        assert!(text.starts_with("not publishable: tier human\n"), "{text}");
        // Bob is in the base's directory, and in none once the base is cleared.
        assert!(!text.contains("unknown-person"), "{text}");
        ask(session, &json!({ "op": "clear_base" }));
        let text = ask(session, &gate(json!({ "format": "text" }))).to_string();
        assert!(text.contains("unknown-person"), "{text}");
        for (extra, message) in [
            (json!({ "format": "xml" }), "there is no format `xml`"),
            (
                json!({ "actors": {} }),
                "`actors` needs the field `drafter`",
            ),
            (
                json!({ "actors": { "drafter": { "kind": "model", "id": "m" } } }),
                "`actors` needs the field `author`",
            ),
            (
                json!({ "actors": { "autor": 1 } }),
                "`actors` has no field `autor`, did you mean `author`?",
            ),
        ] {
            let answer = ask(session, &gate(extra));
            let said = answer
                .pointer("/error/message")
                .and_then(Value::as_str)
                .unwrap();
            assert!(said.starts_with(message), "{said}");
        }
    }
}
