//! Tiers through the protocol.

use serde_json::Value;

use super::fields::Fields;
use super::{Answer, instant_of, one_of};
use crate::govern::{directory_of, record};
use crate::render::{self, Options, TierFormat};
use crate::tier::{Input, tier};
use crate::workspace::Workspace;

pub(super) const FIELDS: &[&str] = &[
    "as_of",
    "base",
    "baseline",
    "directory",
    "format",
    "record",
    "whole",
];

/// The tier as JSON or, where `format` is given, a string of JSON with it in that format. Where `base` is given, it
/// is the base from now on; else the base is what was set before. With `whole` there is no base.
pub(super) fn tiered(
    fields: &Fields<'_>,
    workspace: &mut Workspace,
    base: &mut Workspace,
) -> Answer {
    let as_of = instant_of(fields, "as_of")?;
    let format = match fields.optional_text("format")? {
        None => None,
        Some(name) => {
            let names = TierFormat::ALL.map(TierFormat::as_str);
            TierFormat::parse(one_of("format", name, names)?)
        }
    };
    let whole = fields.optional_flag("whole")?;
    if let Some(files) = fields.optional_list("base")? {
        super::compare::set(base, files)?;
    }
    let mut baseline = super::compare::baseline(fields)?;
    let record = match fields.optional_text("record")? {
        None => None,
        Some(text) => {
            let (record, findings) = record::read(text);
            let first = findings.first().map(|finding| finding.message.clone());
            let Some((record, _)) = record.filter(|_| first.is_none()) else {
                return Err(format!(
                    "`record` cannot be read: {}",
                    first.unwrap_or_else(|| "it says nothing".to_owned())
                ));
            };
            Some(record)
        }
    };
    let given = fields.optional_text("directory")?;
    // Who can approve is said by what is approved already.
    let own = if whole { &*workspace } else { &*base };
    let known = given.is_some() || own.directory().is_some();
    let directory = known.then(|| directory_of(own, given).0);
    let tiered = tier(Input {
        base: (!whole).then_some(base),
        head: workspace,
        baseline: baseline.as_mut(),
        record: record.as_ref(),
        directory: directory.as_ref(),
        as_of,
    });
    let Some(format) = format else {
        return Ok(render::tier_json(&tiered));
    };
    let text = render::tier(format, &tiered, &Options::default());
    Ok(Value::String(text).to_string())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use serde_json::json;

    use super::*;
    use crate::Session;

    const SCHEMA: &str = "@principal_kind(\"human\") entity U; @sensitivity(\"internal\") entity D; @access(\"write\") action edit appliesTo { principal: U, resource: D };";
    const PERMIT: &str = "@id(\"a\") permit(principal == U::\"u\", action == Action::\"edit\", resource == D::\"d\");";
    const WIDE: &str =
        "@id(\"a\") permit(principal is U, action == Action::\"edit\", resource == D::\"d\");";

    fn ask(policies: &str, request: &Value) -> Value {
        let mut session = Session::new();
        for (path, text) in [("s.cedarschema", SCHEMA), ("p.cedar", policies)] {
            session.workspace().set_file(path, text.as_bytes()).unwrap();
        }
        let response = session.handle(request.to_string().as_bytes());
        serde_json::from_slice(&response).unwrap()
    }

    fn request(base: Value) -> Value {
        json!({ "op": "tier", "as_of": "2026-11-21", "base": base })
    }

    fn tier_of(answer: &Value) -> &str {
        answer.pointer("/ok/tier").unwrap().as_str().unwrap()
    }

    #[test]
    fn a_change_is_tiered_against_its_base_and_its_baseline() {
        let schema = json!({ "path": "s.cedarschema", "text": SCHEMA });
        let wide = json!({ "path": "p.cedar", "text": WIDE });
        let same = request(json!([schema, wide]));
        assert_eq!(tier_of(&ask(WIDE, &same)), "auto");
        let narrow = request(json!([schema]));
        assert_eq!(tier_of(&ask(PERMIT, &narrow)), "constrained");
        assert_eq!(tier_of(&ask(WIDE, &narrow)), "human");
        let mut since = same.clone();
        since["baseline"] = json!([schema]);
        assert_eq!(tier_of(&ask(WIDE, &since)), "human");
        let whole = json!({ "op": "tier", "as_of": "2026-11-21", "whole": true });
        let answer = ask(PERMIT, &whole);
        assert_eq!(tier_of(&answer), "constrained");
        assert_eq!(answer.pointer("/ok/base_digest"), Some(&Value::Null));
        let mut text = narrow;
        text["format"] = "text".into();
        let answer = ask(WIDE, &text);
        let answer = answer.pointer("/ok").unwrap().as_str().unwrap();
        assert!(answer.starts_with("  H U M A N "), "{answer}");
    }

    #[test]
    fn what_nobody_could_meet_is_said_at_once() {
        let schema = json!({ "path": "s.cedarschema", "text": SCHEMA });
        let mut request = request(json!([schema]));
        let alone = "people:\n  alice: { issuer: idp, kind: human, roles: [security, application-owner] }\n";
        let two = format!("{alone}  bob: {{ issuer: idp, kind: human, roles: [security] }}\n");
        for (directory, count) in [(alone, 1), (two.as_str(), 0)] {
            request["directory"] = directory.into();
            let answer = ask(WIDE, &request);
            let lines = answer.pointer("/ok/unsatisfiable").unwrap();
            assert_eq!(lines.as_array().unwrap().len(), count, "{lines}");
        }
    }

    #[test]
    fn misuse_is_refused() {
        for (field, value, because) in [
            ("format", json!("sarif"), "there is no format `sarif`"),
            ("record", json!("a: ["), "`record` cannot be read: "),
            (
                "base",
                json!([1]),
                "an item of `base` must be an object with `path`",
            ),
        ] {
            let mut request = request(json!([]));
            request[field] = value;
            let answer = ask(PERMIT, &request);
            let said = answer.pointer("/error/message").unwrap().as_str().unwrap();
            assert!(said.starts_with(because), "{said}");
        }
    }
}
