//! The package, in Node and in Chromium: a script of tests/doors answers a file of requests.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use portcullis_core::render::{ChangeFormat, Format, GateFormat, TestFormat, TierFormat};
use serde_json::{Value, json};

use crate::bundles::Bundle;
use crate::{APPROVAL, AS_OF, Answer, CHANGE, PROBE, REQUESTS};

/// What a script wrote.
pub(crate) struct Answered {
    pub(crate) answers: Vec<Answer>,
    /// How often the engine stopped when its stack was used up.
    pub(crate) stopped: u64,
}

/// Runs a script of tests/doors over the bundles.
pub(crate) fn answers(script: &str, bundles: &[Bundle]) -> Answered {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (request, answers) = (
        folder.join(format!("{script}.request.json")),
        folder.join(format!("{script}.answers.json")),
    );
    std::fs::write(&request, self::request(bundles).to_string()).unwrap();
    run(script, &[&request, &answers]);
    let answered: Value = serde_json::from_slice(&std::fs::read(&answers).unwrap()).unwrap();
    Answered {
        answers: list(&answered, "answers").iter().map(answer).collect(),
        stopped: answered.get("stopped").and_then(Value::as_u64).unwrap(),
    }
}

/// Runs a script of tests/doors, which fails by its exit code.
pub(crate) fn run(script: &str, arguments: &[&PathBuf]) {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("doors")
        .join(script);
    let status = Command::new("node")
        .arg(&script)
        .args(arguments)
        .status()
        .expect("Node 20 or later is needed");
    assert!(status.success(), "{} ended with {status}", script.display());
}

fn request(bundles: &[Bundle]) -> Value {
    let bundles: Vec<Value> = bundles
        .iter()
        .map(|bundle| {
            let files: Vec<Value> = bundle
                .files
                .iter()
                .map(|(path, contents)| json!([path, BASE64.encode(contents)]))
                .collect();
            json!({
                "name": bundle.name,
                "render": bundle.render,
                "tested": bundle.tested(),
                "files": files,
            })
        })
        .collect();
    let formats: Vec<&str> = Format::ALL
        .into_iter()
        .filter(|format| *format != Format::Json)
        .map(Format::as_str)
        .collect();
    json!({
        "as_of": AS_OF,
        "formats": formats,
        "test_formats": TestFormat::ALL.map(TestFormat::as_str),
        "change_formats": ChangeFormat::ALL.map(ChangeFormat::as_str),
        "tier_formats": TierFormat::ALL.map(TierFormat::as_str),
        "gate_formats": GateFormat::ALL.map(GateFormat::as_str),
        "requests": REQUESTS,
        "approval": serde_json::from_str::<Value>(APPROVAL).unwrap(),
        "change": CHANGE,
        "probe": PROBE,
        "bundles": bundles,
    })
}

fn answer(value: &Value) -> Answer {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap().to_owned();
    let texts = |key: &str| {
        let texts = value.get(key).and_then(Value::as_object).unwrap();
        texts
            .iter()
            .map(|(format, text)| (format.clone(), text.as_str().unwrap().to_owned()))
            .collect::<BTreeMap<_, _>>()
    };
    Answer {
        name: text("name"),
        json: text("json"),
        renders: texts("renders"),
        tests: texts("tests"),
        compared: texts("compared"),
        after: text("after"),
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).unwrap()
}
