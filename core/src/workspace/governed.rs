//! Which way the files go by which changes are decided: the directory, the rules of the organisation and the approved
//! templates. They are compared by what they say; where they stand, in which order and how they are written does not
//! count. What is not plainly stricter counts as looser.

use std::collections::BTreeSet;

use super::Workspace;
use super::file::{Contents, Kind};
use super::read::Excluded;
use super::statement::Form;
use crate::analysis::bounds::loosened;
use crate::facts::Policy;
use crate::govern::{Rules, directory, meaning};
use crate::tier::view::Governed;

impl Workspace {
    /// What files of governance say differently in this bundle, sorted.
    pub(super) fn governed(
        &self,
        base: &Self,
        (before, after): (&Excluded, &Excluded),
    ) -> Vec<Governed> {
        let mut out = self.other_governance(base);
        out.extend(self.directory_changed(base));
        out.extend(self.rules_changed(base));
        let (before, after) = (base.library(before), self.library(after));
        out.extend(library_changed(&before, &after));
        out.sort();
        out
    }

    /// People are counted by name, so that neither order nor layout matters. No change of them is plainly stricter:
    /// whoever leaves can no longer object.
    fn directory_changed(&self, base: &Self) -> Option<Governed> {
        let path = directory::FILE_NAME;
        let (before, after) = (base.text(path), self.text(path));
        if before == after {
            return None;
        }
        let read = |text: &Option<String>| {
            let (directory, findings) = directory::read(text.as_ref()?);
            findings.is_empty().then_some(directory)
        };
        let is_same = read(&before).is_some_and(|before| Some(before) == read(&after));
        (!is_same).then(|| {
            looser(
                "`directory.yaml`",
                "people, roles, teams or delegations changed",
            )
        })
    }

    /// Rules can only refuse, so that one more is stricter.
    fn rules_changed(&self, base: &Self) -> Option<Governed> {
        let files = |of: &Self| -> Vec<(String, String)> {
            let paths = of.paths().filter(|path| Kind::of(path) == Kind::Rules);
            paths
                .filter_map(|path| Some((path.to_owned(), of.text(path)?)))
                .collect()
        };
        let (before, after) = (files(base), files(self));
        if before == after {
            return None;
        }
        let read = |files: &[(String, String)]| {
            Rules::read(
                files
                    .iter()
                    .map(|(path, text)| (path.as_str(), text.as_str())),
            )
        };
        let (before, after) = (read(&before), read(&after));
        let what = "`governance/*.cedar`";
        if !before.findings.is_empty() || !after.findings.is_empty() {
            return Some(looser(what, "a rule cannot be read"));
        }
        let (before, after) = (before.forms(), after.forms());
        match after.is_superset(&before) {
            true if before == after => None,
            true => Some(stricter(what, "a rule was added, and none was changed")),
            false => Some(looser(what, "a rule was changed or removed")),
        }
    }

    /// What else is in the folder of governance.
    fn other_governance(&self, base: &Self) -> Vec<Governed> {
        let is_one = |path: &&str| path.starts_with("governance/") && Kind::of(path) != Kind::Rules;
        let paths: BTreeSet<&str> = self.paths().chain(base.paths()).filter(is_one).collect();
        let says = |of: &Self, path: &str| -> Option<String> {
            let text = of.text(path)?;
            let value = meaning::yaml_file(&text).unwrap_or_else(|| text.into());
            Some(value.to_string())
        };
        paths
            .into_iter()
            .filter(|path| says(self, path) != says(base, path))
            .map(|path| looser(&format!("`{path}`"), "it says something else"))
            .collect()
    }

    fn library(&self, excluded: &Excluded) -> Library<'_> {
        let mut library = Library::default();
        let files = self.files.iter();
        for (path, file) in files.filter(|(_, file)| file.kind == Kind::Library) {
            let Contents::Policies(policies) = &file.contents else {
                library.unread.extend(self.text(path));
                continue;
            };
            if excluded.contains_key(path) || file.not_utf8.is_some() {
                library.unread.extend(self.text(path));
                continue;
            }
            for (_, _, statement) in policies.positioned(&self.store) {
                match &statement.form {
                    Form::Blank => {}
                    Form::Broken(_) => {
                        library.unread.insert(statement.text.trim().to_owned());
                    }
                    Form::Parsed(parsed) => library.templates.push(&parsed.policy),
                }
            }
        }
        library
    }

    /// The text of what names actions, types and fields beside policies, where the schema changed.
    pub(super) fn named_beside_policies(&self, base: &Self) -> String {
        if self.schema.built_from == base.schema.built_from {
            return String::new();
        }
        let is_one = |path: &&str| {
            matches!(
                Kind::of(path),
                Kind::Library
                    | Kind::Suite
                    | Kind::Context
                    | Kind::Config
                    | Kind::Entities
                    | Kind::Links
                    | Kind::Other
            )
        };
        let mut out = String::new();
        for path in self.paths().filter(is_one) {
            out.push_str(&self.text(path).unwrap_or_default());
            out.push('\n');
        }
        out
    }
}

/// The approved templates.
#[derive(Default)]
struct Library<'a> {
    templates: Vec<&'a Policy>,
    /// What cannot be read.
    unread: BTreeSet<String>,
}

fn library_changed(before: &Library<'_>, after: &Library<'_>) -> Vec<Governed> {
    let mut out = Vec::new();
    let is_in = |policy: &Policy, all: &[&Policy]| {
        let says = |of: &Policy| (of.id().map(str::to_owned), of.canonical);
        all.iter().any(|other| says(other) == says(policy))
    };
    let name = |policy: &Policy| {
        let id = policy.id().unwrap_or("without a name");
        format!("the template `{id}`")
    };
    if before.unread != after.unread {
        out.push(looser("`templates/*.cedar`", "a template cannot be read"));
    }
    for policy in &after.templates {
        if !is_in(policy, &before.templates) {
            out.push(looser(&name(policy), "it is new, or says something else"));
        }
        let same = before.templates.iter().filter(|of| is_in(of, &[policy]));
        let mut lost: BTreeSet<String> = BTreeSet::new();
        for (number, old) in same.enumerate() {
            let now: BTreeSet<String> = loosened(old, policy).into_iter().collect();
            lost = match number {
                0 => now,
                _ => lost.intersection(&now).cloned().collect(),
            };
        }
        out.extend(
            lost.into_iter()
                .map(|what| looser(&name(policy), &format!("it {what}"))),
        );
    }
    for policy in &before.templates {
        let is_changed = |of: &&&Policy| of.id().is_some() && of.id() == policy.id();
        if !is_in(policy, &after.templates) && !after.templates.iter().any(|of| is_changed(&of)) {
            out.push(stricter(&name(policy), "it is no longer approved"));
        }
    }
    out
}

fn looser(what: &str, fact: &str) -> Governed {
    Governed {
        what: what.to_owned(),
        fact: fact.to_owned(),
        looser: true,
    }
}

fn stricter(what: &str, fact: &str) -> Governed {
    Governed {
        looser: false,
        ..looser(what, fact)
    }
}
