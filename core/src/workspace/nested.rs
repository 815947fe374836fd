//! Bundles within the bundle: folders that were meant to be checked by themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Workspace;
use super::file::Kind;
use crate::checks::InFile;
use crate::codes::ours::FILE_NESTED_BUNDLE;
use crate::config::FILE_NAME;
use crate::finding::{Finding, Severity};
use crate::source::Span;

impl Workspace {
    /// What says that a folder is no part of this bundle, at the file that says so: another portcullis.yaml, and,
    /// where no portcullis.yaml marks the root, a schema with policies beside or below it that is not the only one.
    pub(super) fn nested(&self) -> Vec<InFile> {
        let folders = self.files.keys().filter_map(|path| {
            let folder = path.strip_suffix(FILE_NAME)?.strip_suffix('/')?;
            Some((Arc::clone(path), configured(folder)))
        });
        let mut found: Vec<InFile> = folders.collect();
        if !self.files.contains_key(FILE_NAME) {
            found.extend(self.with_schemas());
        }
        found
    }

    fn with_schemas(&self) -> Vec<InFile> {
        let mut schemas = BTreeMap::new();
        let mut policies = BTreeSet::new();
        for (path, file) in &self.files {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            match file.kind {
                Kind::CedarSchema | Kind::JsonSchema => {
                    schemas.entry(folder).or_insert(path);
                }
                Kind::Policies => {
                    policies.insert(folder);
                }
                _ => {}
            }
        }
        let at_root = schemas.remove("").is_some();
        let mut tops: BTreeMap<&str, &Arc<str>> = schemas.clone();
        tops.retain(|folder, _| !above(folder).iter().any(|top| schemas.contains_key(top)));
        let with_policies: BTreeSet<&str> = policies
            .iter()
            .flat_map(|folder| above(folder).into_iter().chain([*folder]))
            .collect();
        tops.retain(|folder, _| with_policies.contains(folder));
        if tops.len() + usize::from(at_root) < 2 {
            return Vec::new();
        }
        // A configuration of its own is reported already.
        let configured = |folder: &str| self.files.contains_key(&*format!("{folder}/{FILE_NAME}"));
        tops.into_iter()
            .filter(|(folder, _)| !configured(folder))
            .map(|(folder, path)| (Arc::clone(path), declared(folder)))
            .collect()
    }
}

/// The folders above a folder, but for the root.
fn above(folder: &str) -> Vec<&str> {
    let ends = folder.match_indices('/').map(|(end, _)| end);
    ends.filter_map(|end| folder.get(..end)).collect()
}

fn configured(folder: &str) -> Finding {
    Finding::new(
        &FILE_NESTED_BUNDLE,
        Span::at(0),
        format!("`{folder}` is not the root of what is checked, so this file is not read"),
        format!(
            "check `{folder}` by itself; if it is part of the bundle above it, move what this file says to the root"
        ),
    )
}

fn declared(folder: &str) -> Finding {
    Finding::new(
        &FILE_NESTED_BUNDLE,
        Span::at(0),
        format!(
            "`{folder}` has a schema and policies of its own, and is not the root of what is checked"
        ),
        format!(
            "check `{folder}` by itself; if all folders are one bundle, say so by a portcullis.yaml at the root"
        ),
    )
    .severity(Severity::Medium)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use crate::{Instant, Workspace};

    /// The files at which a nested bundle is reported, with its folder.
    fn nested(paths: &[&str]) -> Vec<String> {
        let mut workspace = Workspace::new();
        for path in paths {
            let text = if path.ends_with("yaml") {
                "profile: basic\n"
            } else {
                ""
            };
            workspace.set_file(path, text.as_bytes()).unwrap();
        }
        let report = workspace.check(Instant::parse("2026-11-21").unwrap());
        let nested = report
            .findings
            .iter()
            .filter(|finding| finding.rule.code == "file/nested-bundle");
        nested
            .map(|finding| {
                let folder = finding.message.split('`').nth(1).unwrap();
                format!("{} {folder} {}", finding.file, finding.severity.as_str())
            })
            .collect()
    }

    #[test]
    fn another_configuration_is_reported_wherever_it_is() {
        assert_eq!(
            nested(&["portcullis.yaml", "a.cedar", "x/y/portcullis.yaml"]),
            ["x/y/portcullis.yaml x/y high"]
        );
        assert_eq!(nested(&["portcullis.yaml", "a.cedar"]), [""; 0]);
    }

    #[test]
    fn schemas_of_several_folders_are_reported_where_nothing_marks_the_root() {
        let two = [
            "a/s.cedarschema",
            "a/p.cedar",
            "b/s.cedarschema",
            "b/x/p.cedar",
        ];
        assert_eq!(
            nested(&two),
            ["a/s.cedarschema a medium", "b/s.cedarschema b medium"]
        );
        let configured = [&two[..], &["a/portcullis.yaml"]].concat();
        assert_eq!(
            nested(&configured),
            ["a/portcullis.yaml a high", "b/s.cedarschema b medium"]
        );
        assert_eq!(
            nested(&[
                "s.cedarschema",
                "a/s.cedarschema.json",
                "a/b/t.cedarschema",
                "a/b/p.cedar"
            ]),
            ["a/s.cedarschema.json a medium"]
        );
        let marked = [&two[..], &["portcullis.yaml"]].concat();
        assert_eq!(nested(&marked), [""; 0]);
        // One schema, wherever it is, and fragments without policies, are a bundle's own.
        for bundle in [
            &["schema/s.cedarschema", "policies/p.cedar"][..],
            &["app/s.cedarschema", "app/p.cedar", "q.cedar"],
            &["s.cedarschema", "schema/more.cedarschema", "p.cedar"],
        ] {
            assert_eq!(nested(bundle), [""; 0], "{bundle:?}");
        }
    }
}
