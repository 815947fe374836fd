//! Comparing bundles through the protocol.

use std::collections::BTreeSet;

use serde_json::Value;

use super::fields::Fields;
use super::{Answer, contents, one_of, refused_by};
use crate::change;
use crate::render::{self, ChangeFormat, Options};
use crate::workspace::Workspace;

pub(super) const FIELDS: &[&str] = &["base", "format", "partial_entities"];

/// The fields of a file of the base.
const FILE: &[(&str, &[&str])] = &[("file", &["path", "text", "bytes"])];

/// The comparison as JSON or, where `format` is given, a string of JSON with it in that format. Where `base` is
/// given, it is the base from now on; else the base is what `set_base_file` set.
pub(super) fn compare(
    fields: &Fields<'_>,
    workspace: &mut Workspace,
    base: &mut Workspace,
) -> Answer {
    let format = match fields.optional_text("format")? {
        None => None,
        Some(name) => {
            let names = ChangeFormat::ALL.map(ChangeFormat::as_str);
            ChangeFormat::parse(one_of("format", name, names)?)
        }
    };
    if let Some(files) = fields.optional_list("base")? {
        set(base, files)?;
    }
    let options = change::Options::of(fields.optional_flag("partial_entities")?);
    let change = workspace.compare(base, &options);
    let Some(format) = format else {
        return Ok(render::change_json(&change));
    };
    let text = render::change(format, &change, &Options::default());
    Ok(Value::String(text).to_string())
}

/// The bundle in the field `baseline`, where it is given.
pub(super) fn baseline(fields: &Fields<'_>) -> Result<Option<Workspace>, String> {
    let Some(files) = fields.optional_list("baseline")? else {
        return Ok(None);
    };
    let mut workspace = Workspace::new();
    set(&mut workspace, files)?;
    Ok(Some(workspace))
}

/// Makes the base what the files are. What is as it was is not read again.
pub(super) fn set(base: &mut Workspace, files: &[Value]) -> Result<(), String> {
    let mut read = Vec::new();
    let mut paths = BTreeSet::new();
    for file in files {
        let mut request = file.clone();
        match &mut request {
            Value::Object(object) => object.insert("op".to_owned(), "file".into()),
            _ => return Err("an item of `base` must be an object with `path`".to_owned()),
        };
        let (_, of) = Fields::of(&request, FILE)?;
        let path = of.text("path")?.to_owned();
        if !paths.insert(path.clone()) {
            return Err(format!("`base` has `{}` twice", path.escape_debug()));
        }
        read.push((path, contents(&of)?));
    }
    // A request that is refused changes nothing.
    let mut trial = Workspace::new();
    for (path, contents) in &read {
        trial.set_file(path, contents).map_err(refused_by)?;
    }
    let gone: Vec<String> = base
        .paths()
        .filter(|path| !paths.contains(*path))
        .map(str::to_owned)
        .collect();
    for path in gone {
        base.remove_file(&path).map_err(refused_by)?;
    }
    for (path, contents) in &read {
        let is_same = base.is_file(path, contents);
        if !is_same {
            base.set_file(path, contents).map_err(refused_by)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;
    use crate::Session;

    const SCHEMA: &str = "entity U; entity D; action view appliesTo { principal: U, resource: D };";
    const PERMIT: &str = "permit(principal, action, resource);";

    fn ask(session: &mut Session, request: &Value) -> Value {
        let response = session.handle(request.to_string().as_bytes());
        serde_json::from_slice(&response).unwrap()
    }

    fn session() -> Session {
        let mut session = Session::new();
        for (path, text) in [("s.cedarschema", SCHEMA), ("p.cedar", PERMIT)] {
            session.workspace().set_file(path, text.as_bytes()).unwrap();
        }
        session
    }

    fn relation(answer: &Value) -> &str {
        answer.pointer("/ok/relation").unwrap().as_str().unwrap()
    }

    #[test]
    fn the_base_is_what_was_given_last() {
        let mut session = session();
        let of = |files: Value| json!({ "op": "compare", "base": files });
        let schema = json!({ "path": "s.cedarschema", "text": SCHEMA });
        let narrow = of(json!([schema]));
        assert_eq!(relation(&ask(&mut session, &narrow)), "wider");
        let same = of(json!([
            schema,
            // The same policy in base64.
            { "path": "q.cedar", "bytes": "cGVybWl0KHByaW5jaXBhbCxhY3Rpb24scmVzb3VyY2UpOw==" },
        ]));
        assert_eq!(relation(&ask(&mut session, &same)), "equivalent");
        assert_eq!(
            relation(&ask(&mut session, &json!({ "op": "compare" }))),
            "equivalent"
        );
        assert_eq!(relation(&ask(&mut session, &narrow)), "wider");
        let text = ask(&mut session, &json!({ "op": "compare", "format": "text" }));
        let text = text.pointer("/ok").unwrap().as_str().unwrap().to_owned();
        assert!(
            text.contains("`U` may now `Action::\"view\"` on `D`"),
            "{text}"
        );
    }

    #[test]
    fn entities_may_be_missing_where_that_is_asked() {
        let mut session = session();
        let schema = SCHEMA.replace("entity D;", "entity D { b: Bool };");
        let set = json!({ "op": "set_file", "path": "s.cedarschema", "text": schema });
        ask(&mut session, &set);
        let policies = "permit (principal, action, resource) when { resource.b }; permit (principal, action, resource) when { !resource.b };";
        let base = json!([
            { "path": "s.cedarschema", "text": schema },
            { "path": "p.cedar", "text": policies },
        ]);
        for (partial, expected) in [(false, "equivalent"), (true, "wider")] {
            let request = json!({ "op": "compare", "base": base, "partial_entities": partial });
            assert_eq!(relation(&ask(&mut session, &request)), expected);
        }
    }

    #[test]
    fn base_files_can_be_set_one_by_one() {
        let mut session = session();
        let set = json!({ "op": "set_base_file", "path": "s.cedarschema", "text": SCHEMA });
        ask(&mut session, &set);
        assert_eq!(
            relation(&ask(&mut session, &json!({ "op": "compare" }))),
            "wider"
        );
    }

    #[test]
    fn misuse_is_refused() {
        for (request, because) in [
            (
                json!({ "op": "compare", "base": [{ "path": "../x", "text": "" }] }),
                "`../x` is no path of a bundle: use a relative path with `/` and without `..`",
            ),
            (
                json!({ "op": "compare", "base": [{ "path": "x" }] }),
                "give either `text` or `bytes`",
            ),
            (
                json!({ "op": "compare", "base": [1] }),
                "an item of `base` must be an object with `path`",
            ),
            (
                json!({ "op": "compare", "base": [{ "path": "x", "text": "" }, { "path": "x", "text": "" }] }),
                "`base` has `x` twice",
            ),
            (
                json!({ "op": "compare", "format": "sarif" }),
                "there is no format `sarif`",
            ),
        ] {
            let answer = ask(&mut session(), &request);
            assert_eq!(answer.pointer("/error/message"), Some(&json!(because)));
        }
    }
}
