//! The same bundles through every door: the core, the plugin as a module and as a component, the package
//! in Node and in a browser. All give the bytes of the core, and after every bundle the next call works.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "tests"
)]

mod bundles;
mod javascript;
mod plugin;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use portcullis_core::govern::authorization;
use portcullis_core::render::{
    self, ChangeFormat, Format, GateFormat, GateSource, Options, TestFormat, TierFormat,
};
use portcullis_core::suite::TestOptions;
use portcullis_core::{Instant, Workspace, govern, tier};

use bundles::Bundle;
use serde_json::{Map, Value, json};

const AS_OF: &str = "2026-11-21T09:00:00Z";

/// A change record that can be read and is about other bundles.
const CHANGE: &str = "id: c
base: { semantic: 'sha256:0000000000000000000000000000000000000000000000000000000000000000', source: 'sha256:0000000000000000000000000000000000000000000000000000000000000000' }
head: { semantic: 'sha256:0000000000000000000000000000000000000000000000000000000000000000', source: 'sha256:0000000000000000000000000000000000000000000000000000000000000000' }
engine: 0.1.0
tier: human
reasons: [diff.widened]
requirements: []
author: alice
drafter: { kind: model, id: m }
last_editor: alice
";

/// Requests that are put to each bundle with tests: of the examples some fit, and all others are refused.
const REQUESTS: [&str; 4] = [
    r#"{"principal":"Payments::User::\"carol\"","action":"Payments::Action::\"transfer\"","resource":"Payments::Account::\"acc-alice\"","context":{"now":{"__extn":{"fn":"datetime","arg":"2026-11-21T09:00:00Z"}},"mfa":true,"amount":9007199254740993}}"#,
    r#"{"principal":"User::\"alice\"","action":"Action::\"view\"","resource":"Document::\"plan\"","hops":[{"principal":"User::\"bob\"","context":{}}]}"#,
    r#"{"principal":"A::\"a\"","action":"Action::\"x\"","resource":"A::\"b\"","entities":[]}"#,
    r#"{"principle":"A::\"a\""}"#,
];

/// An approval of another request, by nobody.
const APPROVAL: &str = r#"{"payloadType":"application/vnd.in-toto+json","payload":"e30=","signatures":[{"sig":"AA=="}]}"#;

/// What is asked after each bundle, of the same workspace where a door keeps one.
const PROBE: (&str, &str) = ("probe.cedar", "permit(principal, action, resource);");

/// What a door said of a bundle.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    /// The name of the bundle.
    name: String,
    /// The report.
    json: String,
    /// The other formats, by name, where the bundle wants them.
    renders: BTreeMap<String, String>,
    /// The runs of its tests with all that can be asked for, by format.
    tests: BTreeMap<String, String>,
    /// The bundle against [`PROBE`] as its base: compared, tiered and gated, by what and format, where it has tests.
    compared: BTreeMap<String, String>,
    /// The report on [`PROBE`].
    after: String,
}

#[test]
fn the_module_of_the_plugin_answers_as_the_core() {
    assert_answers(&plugin::module(bundles::all()));
}

#[test]
fn the_component_of_the_plugin_answers_as_the_core() {
    assert_answers(&plugin::component(bundles::all()));
}

#[test]
fn the_package_in_node_answers_as_the_core() {
    let answered = javascript::answers("node.mjs", bundles::all());
    assert_answers(&answered.answers);
    assert_ne!(answered.stopped, 0, "the engine was to run out of stack");
}

#[test]
fn the_package_in_a_browser_answers_as_the_core() {
    let answered = javascript::answers("browser.mjs", bundles::all());
    assert_answers(&answered.answers);
    assert_ne!(answered.stopped, 0, "the engine was to run out of stack");
}

#[test]
fn the_page_of_the_examples_follows_what_is_typed() {
    javascript::run("example.mjs", &[]);
}

#[test]
fn a_plugin_that_ran_out_of_memory_answers_the_next_call() {
    plugin::runs_out_of_memory_and_recovers();
}

/// Fails at the first byte in which an answer is not the core's.
fn assert_answers(answers: &[Answer]) {
    let expected = expected();
    assert_eq!(answers.len(), expected.len());
    for (answer, expected) in answers.iter().zip(expected) {
        let name = &expected.name;
        assert_eq!(answer.name, *name);
        assert_same(&format!("{name} as json"), &answer.json, &expected.json);
        assert_same(&format!("after {name}"), &answer.after, &expected.after);
        assert_eq!(answer.renders.len(), expected.renders.len(), "{name}");
        for (format, text) in &expected.renders {
            let got = answer.renders.get(format).unwrap();
            assert_same(&format!("{name} as {format}"), got, text);
        }
        assert_eq!(answer.tests.len(), expected.tests.len(), "{name}");
        for (format, text) in &expected.tests {
            let got = answer.tests.get(format).unwrap();
            assert_same(&format!("tests of {name} as {format}"), got, text);
        }
        assert_eq!(answer.compared.len(), expected.compared.len(), "{name}");
        for (format, text) in &expected.compared {
            let got = answer.compared.get(format).unwrap();
            assert_same(&format!("{name} compared as {format}"), got, text);
        }
    }
}

/// Reports are too long to be printed whole.
fn assert_same(what: &str, got: &str, expected: &str) {
    if got == expected {
        return;
    }
    let same = got
        .bytes()
        .zip(expected.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let around = |text: &str| {
        let bytes = text.as_bytes();
        let from = same.saturating_sub(60).min(bytes.len());
        let to = (same + 60).min(bytes.len());
        String::from_utf8_lossy(bytes.get(from..to).unwrap_or_default()).into_owned()
    };
    panic!(
        "{what} differs at byte {same}\n got      {}\n expected {}",
        around(got),
        around(expected)
    );
}

/// The core's answers. Each bundle gets a workspace of its own.
fn expected() -> &'static [Answer] {
    static EXPECTED: OnceLock<Vec<Answer>> = OnceLock::new();
    EXPECTED.get_or_init(|| {
        // What the native command line gives itself.
        std::thread::Builder::new()
            .stack_size(64 << 20)
            .spawn(|| bundles::all().iter().map(core_answer).collect())
            .unwrap()
            .join()
            .unwrap()
    })
}

fn core_answer(bundle: &Bundle) -> Answer {
    let now = Instant::parse(AS_OF).unwrap();
    let mut workspace = Workspace::new();
    for (path, contents) in &bundle.files {
        workspace.set_file(path, contents).unwrap();
    }
    let report = workspace.check(now);
    let render = |format| {
        render::report(
            format,
            &report,
            &|path| workspace.text(path),
            &Options::default(),
        )
    };
    let renders = formats(bundle)
        .map(|format| (format.as_str().to_owned(), render(format)))
        .collect();
    let options = TestOptions {
        coverage: true,
        mutation: true,
        suggest: true,
        ..TestOptions::new(now)
    };
    let tests = bundle.tested().then(|| workspace.test(&options));
    let sources = |path: &str| workspace.text(path);
    let tests = tests
        .iter()
        .flat_map(|tests| TestFormat::ALL.map(|format| (format, tests)))
        .map(|(format, tests)| {
            let text = render::test_report(format, tests, &sources, &Options::default());
            (format.as_str().to_owned(), text)
        })
        .collect();
    let mut probe = Workspace::new();
    probe.set_file(PROBE.0, PROBE.1.as_bytes()).unwrap();
    let compared = match bundle.tested() {
        true => compared(&mut workspace, &mut probe, now),
        false => BTreeMap::new(),
    };
    Answer {
        name: bundle.name.clone(),
        json: render::json(&report),
        renders,
        tests,
        compared,
        after: render::json(&probe.check(now)),
    }
}

/// What a bundle is against a base.
fn compared(head: &mut Workspace, base: &mut Workspace, now: Instant) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    let options = Options::default();
    let change = head.compare(base, &portcullis_core::change::Options::default());
    for format in ChangeFormat::ALL {
        let text = render::change(format, &change, &options);
        texts.insert(format!("compare {}", format.as_str()), text);
    }
    let tiered = tier::tier(tier::Input {
        base: Some(&mut *base),
        head: &mut *head,
        baseline: None,
        record: None,
        directory: None,
        as_of: now,
    });
    for format in TierFormat::ALL {
        let text = render::tier(format, &tiered, &options);
        texts.insert(format!("tier {}", format.as_str()), text);
    }
    let request = govern::Request {
        record: CHANGE,
        directory: None,
        log: None,
        baseline: None,
        actors: None,
        assess: &tier::assess,
        as_of: now,
    };
    let answer = govern::decide(base, head, request);
    let source = GateSource {
        path: "change record",
        text: CHANGE,
        as_of: now,
    };
    for format in GateFormat::ALL {
        let text = render::gate(format, &answer, source);
        texts.insert(format!("gate {}", format.as_str()), text);
    }
    let approvals = [authorization::read::envelope(APPROVAL).unwrap()];
    for request in REQUESTS {
        let answer = authorization::read::request(&serde_json::from_str(request).unwrap())
            .and_then(|request| head.authorize(&request, &approvals, None, now));
        let text = match answer {
            Ok(answer) => render::authorization_json(&answer),
            Err(why) => format!("error: {why}"),
        };
        texts.insert(format!("authorize {request}"), text);
    }
    texts
}

/// The request for a run of a bundle's tests in each format, with all that can be asked for.
fn test_requests(bundle: &Bundle) -> Vec<(String, Map<String, Value>)> {
    let formats = TestFormat::ALL.map(TestFormat::as_str).into_iter();
    let formats = formats.filter(|_| bundle.tested());
    formats
        .map(|format| {
            let request = json!({
                "op": "test", "as_of": AS_OF, "format": format,
                "coverage": true, "mutation": true, "suggest": true,
            });
            (format.to_owned(), request.as_object().unwrap().clone())
        })
        .collect()
}

/// The requests for a comparison of a bundle with [`PROBE`], for its tier and for the gate, in each format.
fn compare_requests(bundle: &Bundle) -> Vec<(String, Value)> {
    let compare = ChangeFormat::ALL.map(|format| ("compare", format.as_str()));
    let tier = TierFormat::ALL.map(|format| ("tier", format.as_str()));
    let gate = GateFormat::ALL.map(|format| ("gate", format.as_str()));
    let all = compare.into_iter().chain(tier).chain(gate);
    all.filter(|_| bundle.tested())
        .map(|(op, format)| {
            let base = json!([{ "path": PROBE.0, "text": PROBE.1 }]);
            let mut request = json!({ "op": op, "format": format, "base": base });
            let fields = request.as_object_mut().unwrap();
            if op != "compare" {
                fields.insert("as_of".to_owned(), AS_OF.into());
            }
            if op == "gate" {
                fields.insert("change".to_owned(), CHANGE.into());
            }
            (format!("{op} {format}"), request)
        })
        .collect()
}

/// The requests that are put to a bundle.
fn authorize_requests(bundle: &Bundle) -> impl Iterator<Item = (String, Value)> {
    let approval: Value = serde_json::from_str(APPROVAL).unwrap();
    let all = REQUESTS.into_iter().filter(|_| bundle.tested());
    all.map(move |request| {
        let value: Value = serde_json::from_str(request).unwrap();
        let asked =
            json!({ "op": "authorize", "as_of": AS_OF, "request": value, "approvals": [approval] });
        (format!("authorize {request}"), asked)
    })
}

/// The formats that a bundle is rendered in besides JSON.
fn formats(bundle: &Bundle) -> impl Iterator<Item = Format> {
    Format::ALL
        .into_iter()
        .filter(|format| *format != Format::Json && bundle.render)
}
