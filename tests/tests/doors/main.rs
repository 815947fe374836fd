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

use portcullis_core::render::{self, ChangeFormat, Format, Options, TestFormat};
use portcullis_core::suite::TestOptions;
use portcullis_core::{Instant, Workspace};

use bundles::Bundle;
use serde_json::{Map, Value, json};

const AS_OF: &str = "2026-11-21T09:00:00Z";

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
    /// The bundle against [`PROBE`] as its base, by format, where it has tests.
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
    let change = (bundle.tested())
        .then(|| workspace.compare(&mut probe, &portcullis_core::change::Options::default()));
    let compared = change
        .iter()
        .flat_map(|change| ChangeFormat::ALL.map(|format| (format, change)))
        .map(|(format, change)| {
            let text = render::change(format, change, &Options::default());
            (format.as_str().to_owned(), text)
        })
        .collect();
    Answer {
        name: bundle.name.clone(),
        json: render::json(&report),
        renders,
        tests,
        compared,
        after: render::json(&probe.check(now)),
    }
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

/// The request for a comparison of a bundle with [`PROBE`] in each format.
fn compare_requests(bundle: &Bundle) -> Vec<(String, Value)> {
    let formats = ChangeFormat::ALL.map(ChangeFormat::as_str).into_iter();
    let formats = formats.filter(|_| bundle.tested());
    formats
        .map(|format| {
            let base = json!([{ "path": PROBE.0, "text": PROBE.1 }]);
            let request = json!({ "op": "compare", "format": format, "base": base });
            (format.to_owned(), request)
        })
        .collect()
}

/// The formats that a bundle is rendered in besides JSON.
fn formats(bundle: &Bundle) -> impl Iterator<Item = Format> {
    Format::ALL
        .into_iter()
        .filter(|format| *format != Format::Json && bundle.render)
}
