//! Arbitrary bytes as a change: two bundles, a suite, a change record and what the organisation says. Whatever
//! they are, testing, comparing, tiering and the gate must answer, twice alike, and no proof may give an example
//! that Cedar's evaluator refutes.

use portcullis_core::Session;
use serde_json::{Value, json};

/// What an input begins with that is a change.
pub(super) const MARK: &[u8] = b"~change\n";

/// Where each part of an input goes. What is in neither is the change record.
const BASE: [(usize, &str); 4] = [
    (0, "policies.cedar"),
    (2, "schema.cedarschema"),
    (3, "portcullis.yaml"),
    (4, "directory.yaml"),
];
const HEAD: [(usize, &str); 6] = [
    (1, "policies.cedar"),
    (2, "schema.cedarschema"),
    (3, "portcullis.yaml"),
    (4, "directory.yaml"),
    (5, "suite.test.yaml"),
    (7, "data.links.json"),
];
const RECORD: usize = 6;

const NOW: &str = "2026-11-21T09:00:00Z";

/// Panics where the engine does, answers twice otherwise, or gives an example that is none.
pub(super) fn run(parts: &[&[u8]]) {
    let text =
        |index: usize| String::from_utf8_lossy(parts.get(index).copied().unwrap_or_default());
    let files = |of: &[(usize, &str)]| -> Vec<Value> {
        of.iter()
            .filter(|(index, _)| parts.get(*index).is_some_and(|part| !part.is_empty()))
            .map(|(index, path)| json!({ "path": path, "text": text(*index) }))
            .collect()
    };
    let base = files(&BASE);
    let mut session = Session::new();
    for file in files(&HEAD) {
        let mut request = file;
        if let Some(fields) = request.as_object_mut() {
            fields.insert("op".to_owned(), "set_file".into());
        }
        ask(&mut session, &request);
    }
    for request in [
        json!({ "op": "test", "as_of": NOW, "coverage": true, "mutation": true, "suggest": true }),
        json!({ "op": "compare", "base": base }),
        json!({ "op": "tier", "as_of": NOW, "base": base }),
        json!({ "op": "gate", "as_of": NOW, "base": base, "change": text(RECORD) }),
    ] {
        let first = ask(&mut session, &request);
        assert_eq!(
            first,
            ask(&mut session, &request),
            "another answer to {request}"
        );
        let answer: Value = serde_json::from_slice(&first).unwrap_or_default();
        assert!(
            answer.get("ok").is_some() || answer.get("error").is_some(),
            "no answer to {request}"
        );
        let unconfirmed = answer.pointer("/ok/summary/unconfirmed");
        assert!(
            unconfirmed.is_none_or(|count| count == 0),
            "an example that Cedar refutes: {answer}"
        );
    }
}

fn ask(session: &mut Session, request: &Value) -> Vec<u8> {
    session.handle(request.to_string().as_bytes())
}
