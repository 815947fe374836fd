//! Suites for tests, in the shortest JSON that says what a suite can say.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use serde_json::{Value, json};

use super::model::{Broken, Case, Decision, Expected, ExpectedErrors, Fixture, Places, Suite};
use super::read::Within;
use crate::facts::{Entity, Spanned};
use crate::finding::Finding;
use crate::source::Span;

/// Reads a suite; a text that is no JSON cannot be read.
pub(crate) fn read(path: &Arc<str>, text: &str, _: &Within<'_>) -> (Option<Suite>, Vec<Finding>) {
    let Ok(json) = serde_json::from_str::<Value>(text) else {
        let finding = Finding::new(
            &crate::codes::suite::SYNTAX,
            Span::at(0),
            "this is no suite",
            "write one",
        );
        return (None, vec![finding]);
    };
    (Some(suite(path, &json)), Vec::new())
}

/// `{"entities": […], "cases": [{"name": …, "request": [principal, action, resource], "context": …,
/// "expect": "allow", "determining": […], "errors": […], "obligations": […], "tags": […], "skip": …}]}`;
/// a case without a request is broken.
pub(crate) fn suite(path: &str, json: &Value) -> Suite {
    let empty = Vec::new();
    let entities = json.get("entities").cloned().unwrap_or(json!([]));
    let mut suite = Suite {
        path: path.into(),
        name: path.trim_end_matches(".test.json").into(),
        as_of: None,
        fixtures: vec![Fixture::new(entities)],
        usual: Some(0),
        cases: Vec::new(),
        broken: Vec::new(),
    };
    let cases = json
        .get("cases")
        .and_then(Value::as_array)
        .unwrap_or(&empty);
    for (n, case) in (0_u32..).zip(cases) {
        let span = Span::at(n);
        let name = case.get("name").map_or_else(|| n.to_string(), text);
        let strings = |key: &str| -> Option<Vec<Arc<str>>> {
            let list = case.get(key)?.as_array()?;
            Some(list.iter().map(|item| text(item).into()).collect())
        };
        let spanned = |names: Vec<Arc<str>>| -> Vec<Spanned<Arc<str>>> {
            names
                .into_iter()
                .map(|value| Spanned { value, span })
                .collect()
        };
        let tags = strings("tags").unwrap_or_default();
        let Some(request) = case.get("request").and_then(Value::as_array) else {
            suite.broken.push(Broken {
                name: name.into(),
                span,
                tags,
                reason: "it has no request".to_owned(),
            });
            continue;
        };
        let mut parts = request.iter().map(|part| entity(part.as_str().unwrap()));
        suite.cases.push(Case {
            name: name.into(),
            span,
            tags,
            skip: case.get("skip").map(|why| text(why).into()),
            principal: parts.next().unwrap(),
            action: parts.next().unwrap(),
            resource: parts.next().unwrap(),
            context: Arc::new(case.get("context").cloned().unwrap_or(json!({}))),
            fixture: 0,
            expected: Expected {
                decision: Spanned {
                    value: match case.get("expect").and_then(Value::as_str) {
                        Some("deny") => Decision::Deny,
                        _ => Decision::Allow,
                    },
                    span,
                },
                determining: strings("determining").map(|names| Spanned {
                    value: spanned(names),
                    span,
                }),
                others_may_determine: false,
                errors: case.get("errors").map(|errors| Spanned {
                    value: match errors.as_u64() {
                        Some(count) => ExpectedErrors::Count(u32::try_from(count).unwrap()),
                        None => ExpectedErrors::Policies(spanned(strings("errors").unwrap())),
                    },
                    span,
                }),
                obligations: strings("obligations").map(|names| Spanned {
                    value: spanned(names),
                    span,
                }),
            },
            places: Places::default(),
        });
    }
    suite
}

/// `User::"alice"`, or shorter `User::alice`.
fn entity(text: &str) -> Entity {
    let (ty, id) = text.rsplit_once("::").unwrap();
    Entity {
        ty: ty.to_owned(),
        id: id.trim_matches('"').to_owned(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
