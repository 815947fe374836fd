//! Running policy tests through the protocol.

use super::fields::Fields;
use super::{Answer, compare, instant_of, one_of};
use crate::render::{self, Options, TestFormat};
use crate::suite::TestOptions;
use crate::workspace::Workspace;

pub(super) const FIELDS: &[&str] = &[
    "as_of",
    "base",
    "changed_only",
    "coverage",
    "fail_fast",
    "filter",
    "format",
    "mutation",
    "policies",
    "suggest",
    "tags",
];

/// The report as JSON or, where `format` is given, a string of JSON with the report in that format.
///
/// With `changed_only` only policies count that the base does not have in the same form: what `base` gives, which is
/// the base from now on, or else what `set_base_file` set.
pub(super) fn test(fields: &Fields<'_>, workspace: &mut Workspace, base: &mut Workspace) -> Answer {
    let policies = fields.optional_texts("policies")?;
    let changed_only = fields.optional_flag("changed_only")?;
    let given = fields.optional_list("base")?;
    let named = match policies.is_empty() {
        true => None,
        false => Some(workspace.policies_named(&policies)?),
    };
    let mut options = TestOptions {
        filter: fields.optional_text("filter")?.map(str::to_owned),
        tags: fields.optional_texts("tags")?,
        fail_fast: fields.optional_flag("fail_fast")?,
        coverage: fields.optional_flag("coverage")?,
        mutation: fields.optional_flag("mutation")?,
        suggest: fields.optional_flag("suggest")?,
        policies: named.clone(),
        reaching: named,
        ..TestOptions::new(instant_of(fields, "as_of")?)
    };
    let format = match fields.optional_text("format")? {
        None => None,
        Some(name) => {
            let names = TestFormat::ALL.map(TestFormat::as_str);
            TestFormat::parse(one_of("format", name, names)?)
        }
    };
    let is_changed_only =
        changed_only || (given.is_some() && workspace.config().tests.changed_only);
    if given.is_some() && !is_changed_only {
        return Err(
            "`base` is for `changed_only`, or `tests: {changed_only: true}` in portcullis.yaml"
                .to_owned(),
        );
    }
    if let Some(files) = given {
        compare::set(base, files)?;
    }
    if is_changed_only {
        if given.is_none() && base.paths().next().is_none() {
            return Err("`changed_only` needs `base`".to_owned());
        }
        let mut changed = workspace.policies_not_in(base);
        if let Some(named) = &options.policies {
            changed.retain(|name| named.contains(name));
        }
        options.policies = Some(changed);
    }
    let report = workspace.test(&options);
    let Some(format) = format else {
        return Ok(render::test_json(&report));
    };
    let sources = |path: &str| workspace.text(path);
    let text = render::test_report(format, &report, &sources, &Options::default());
    Ok(serde_json::Value::String(text).to_string())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value, json};

    use crate::Session;

    #[test]
    fn only_what_the_base_does_not_have_counts() {
        let old = "@id(\"old\") permit(principal, action, resource);";
        let new = format!("{old}\n@id(\"new\") forbid(principal, action, resource);");
        let mut session = Session::new();
        let workspace = session.workspace();
        workspace.set_file("p.cedar", new.as_bytes()).unwrap();
        workspace.set_file("a.test.yaml", b"cases: []\n").unwrap();
        let mut ask = |more: Value| -> Value {
            let mut request = json!({"op": "test", "as_of": "2026-11-21", "coverage": true});
            let fields = more.as_object().unwrap().clone();
            request.as_object_mut().unwrap().extend(fields);
            let response = session.handle(request.to_string().as_bytes());
            serde_json::from_slice(&response).unwrap()
        };
        let counted = |answer: &Value| -> Vec<String> {
            let policies = answer.pointer("/ok/coverage/policies").unwrap();
            let policies = policies.as_array().unwrap().iter();
            let names = policies.map(|of| of.get("policy").unwrap().as_str().unwrap().to_owned());
            names.collect()
        };
        let base = json!([{"path": "p.cedar", "text": old}]);
        assert_eq!(counted(&ask(json!({}))), ["old", "new"]);
        let refused = ask(json!({"changed_only": true}));
        assert_eq!(
            refused.pointer("/error/message").unwrap().as_str(),
            Some("`changed_only` needs `base`")
        );
        assert!(ask(json!({"base": base})).get("error").is_some());
        let asked = json!({"base": base, "changed_only": true});
        assert_eq!(counted(&ask(asked)), ["new"]);
        // The base stays, and what is named counts too.
        assert_eq!(counted(&ask(json!({"changed_only": true}))), ["new"]);
        let named = json!({"changed_only": true, "policies": ["old"]});
        assert_eq!(counted(&ask(named)), Vec::<String>::new());
    }

    #[test]
    fn policies_select_the_cases_that_can_reach_them() {
        let policies = "@id(\"reads\") permit(principal, action == Action::\"read\", resource);\n@id(\"writes\") permit(principal, action == Action::\"write\", resource);";
        let cases = json!([
            {"request": {"principal": "U::\"a\"", "action": "Action::\"read\"", "resource": "D::\"d\"", "context": {}},
             "entities": [], "decision": "allow", "reason": [], "num_errors": 0, "name": "reads"},
            {"request": {"principal": "U::\"a\"", "action": "Action::\"write\"", "resource": "D::\"d\"", "context": {}},
             "entities": [], "decision": "allow", "reason": [], "num_errors": 0, "name": "writes"},
        ]);
        let mut session = Session::new();
        let workspace = session.workspace();
        workspace.set_file("p.cedar", policies.as_bytes()).unwrap();
        workspace
            .set_file("a.test.json", cases.to_string().as_bytes())
            .unwrap();
        let mut ask = |named: Value| -> Value {
            let request =
                json!({"op": "test", "as_of": "2026-11-21", "coverage": true, "policies": named});
            let response = session.handle(request.to_string().as_bytes());
            serde_json::from_slice(&response).unwrap()
        };
        let answer = ask(json!(["writes"]));
        let tests = answer.pointer("/ok/tests").unwrap().as_array().unwrap();
        let names: Vec<_> = tests
            .iter()
            .map(|test| test.get("name").unwrap().as_str())
            .collect();
        assert_eq!(names, [Some("writes")]);
        assert_eq!(answer.pointer("/ok/summary/left_out"), Some(&json!(1)));
        // The other case still shows that the scope ends.
        let scope = answer.pointer("/ok/coverage/policies/0/scope/as_false");
        assert_eq!(scope, Some(&json!(1)));
        let refused = ask(json!(["writse"]));
        assert_eq!(
            refused.pointer("/error/message").unwrap().as_str(),
            Some("there is no policy `writse`, did you mean `writes`?")
        );
    }
}
