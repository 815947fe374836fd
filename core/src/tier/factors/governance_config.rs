//! What changes are decided by is another.

use std::collections::BTreeSet;

use super::{Approver, Factor, Out, Owner};
use crate::change::Kind;
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::prove::Witness;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "governance.config",
    fires: "configuration, floors, templates, guardrails, the directory or rules of governance changed",
    floor: Tier::Human,
    floor_words: "Human, one of IAM",
    section: Owner::Iam,
    refs: &["NIST SP 800-53r5 CM-5", "NIST SP 800-53r5 CM-3", "NIST CSF 2.0 GV.PO-01"],
    page: include_str!("governance_config.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    if !view.beside.has_base {
        return;
    }
    let mut changed: Vec<(String, String, BTreeSet<String>, Option<Witness>)> = Vec::new();
    if view.base.settings != view.head.settings {
        let [before, after] = view.governances();
        let digest = |of: &crate::config::Governance| -> std::collections::BTreeMap<String, String> {
            of.sections().map(|(name, section)| (name, section.digest.clone())).collect()
        };
        let (before, after) = (digest(before), digest(after));
        let names: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
        let sections: Vec<&str> = names
            .into_iter()
            .filter(|name| before.get(*name) != after.get(*name))
            .map(String::as_str)
            .collect();
        let fact = match sections.is_empty() {
            true => "settings outside `iam` and `apps` are others".to_owned(),
            false => format!("the sections {} are others", sections.join(", ")),
        };
        let apps = sections.iter().filter_map(|name| name.strip_prefix("apps."));
        let apps = apps.map(str::to_owned).collect();
        changed.push((crate::config::FILE_NAME.to_owned(), fact, apps, None));
    }
    changed.extend(
        view.beside
            .governed
            .iter()
            .map(|path| (path.clone(), "it says something else".to_owned(), BTreeSet::new(), None)),
    );
    let rails = view.change.guardrails.iter().filter(|rail| {
        rail.weakened || !matches!(rail.kind, Kind::Unchanged | Kind::Text | Kind::Renamed)
    });
    changed.extend(rails.map(|rail| {
        let fact = match rail.weakened {
            true => "it guards less than it did, or that was not decided",
            false => "it is new or another",
        };
        let witness = rail.no_longer.as_ref().map(|example| example.witness.clone());
        (format!("the guardrail {}", rail.name), fact.to_owned(), BTreeSet::new(), witness)
    }));
    for (what, fact, apps, witness) in changed {
        let found = out.change(Certainty::Exact, format!("`{what}`, by which changes are decided, is another"));
        found.fact(fact, format!("`{what}`"));
        found.namespaces = apps;
        found.witness = witness;
        found.approver = Some(Approver::Iam);
    }
}
