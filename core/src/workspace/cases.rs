//! Which cases of a bundle's policy tests another bundle no longer has.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Workspace;
use super::file::Kind;
use crate::govern::canonical::Digest;
use crate::govern::meaning;

impl Workspace {
    /// The files of cases of base that this bundle does not have as they were: a sentence each, sorted. Names, order
    /// and further cases do not matter.
    pub(super) fn cases_gone(&self, base: &Self) -> Vec<String> {
        let (before, after) = (base.suites_as_said(), self.suites_as_said());
        let mut out = Vec::new();
        for (path, old) in &before {
            match after.get(path) {
                // A context is another where anything in it is.
                Some(new) if !keeps(old, new) || (is_context(path) && old != new) => {
                    out.push(format!("cases of `{path}` in base are gone or others"));
                }
                None if !after.values().any(|new| new == old) => {
                    out.push(format!("`{path}` with the cases of base is gone"));
                }
                _ => {}
            }
        }
        out
    }

    fn suites_as_said(&self) -> BTreeMap<String, Value> {
        let is_suite = |path: &str| Kind::of(path) == Kind::Suite || is_context(path);
        let suites = self.paths().filter(|path| is_suite(path));
        let said = |path: &str| -> Option<Value> {
            let text = self.text(path)?;
            Some(meaning::yaml_file(&text).unwrap_or_else(|| json!({ "unread": &*text })))
        };
        suites
            .filter_map(|path| Some((path.to_owned(), said(path)?)))
            .collect()
    }
}

fn is_context(path: &str) -> bool {
    Kind::of(path) == Kind::Context
}

/// Whether one suite has every case of another, and decides it by the same entities.
fn keeps(old: &Value, new: &Value) -> bool {
    if old == new {
        return true;
    }
    let (Some(old), Some(new)) = (mapping(old), mapping(new)) else {
        return false;
    };
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    keys.into_iter().all(|key| {
        let (old, new) = (old.get(key), new.get(key));
        match key.as_str() {
            "cases" => cases(old).is_subset(&cases(new)),
            "fixtures" => {
                let new = new.and_then(mapping);
                let old = old.and_then(mapping);
                old.into_iter()
                    .flatten()
                    .all(|(name, said)| new.and_then(|new| new.get(name)) == Some(said))
            }
            _ => old == new,
        }
    })
}

/// Digests of what each case says beside its name.
fn cases(list: Option<&Value>) -> BTreeSet<String> {
    let cases = list.and_then(|list| list.get("list")?.as_array());
    cases
        .into_iter()
        .flatten()
        .map(|case| {
            let mut said = mapping(case).cloned().unwrap_or_default();
            said.remove("name");
            Digest::of_value("case", &Value::Object(said)).hex()
        })
        .collect()
}

fn mapping(value: &Value) -> Option<&Map<String, Value>> {
    value.get("mapping")?.as_object()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_case_of_base_must_stay_as_it_was() {
        let base =
            "cases:\n  - { name: a, expect: allow }\n  - { name: b, principal: x, expect: deny }\n";
        let workspace = |text: &str| {
            let mut workspace = Workspace::new();
            workspace.set_file("a.test.yaml", text.as_bytes()).unwrap();
            workspace
        };
        for (head, is_kept) in [
            (base, true),
            (
                "cases:\n  - { name: c, principal: x, expect: deny }\n  - { name: a, expect: allow }\n",
                true,
            ),
            ("cases:\n  - { name: a, expect: allow }\n", false),
            (
                "cases:\n  - { name: a, expect: allow }\n  - { name: b, principal: x, expect: allow }\n",
                false,
            ),
            (
                "use: w\ncases:\n  - { name: a, expect: allow }\n  - { name: b, principal: x, expect: deny }\n",
                false,
            ),
        ] {
            let gone = workspace(head).cases_gone(&workspace(base));
            assert_eq!(gone.is_empty(), is_kept, "{head}: {gone:?}");
        }
        let context = |text: &str| {
            let mut workspace = workspace(base);
            workspace
                .set_file("a.context.json", text.as_bytes())
                .unwrap();
            workspace
        };
        let (old, same) = (context("{\"cases\": 1}"), context("{ \"cases\": 1 }"));
        assert_eq!(same.cases_gone(&old), Vec::<String>::new());
        assert_eq!(
            context("{\"cases\": 2}").cases_gone(&old),
            ["cases of `a.context.json` in base are gone or others"]
        );
        assert_eq!(
            Workspace::new().cases_gone(&workspace(base)),
            ["`a.test.yaml` with the cases of base is gone"]
        );
    }
}
