//! A setting, a file or a guardrail by which changes are decided changed, and not plainly to something stricter.

use super::{Approver, Factor, Out, Owner};
use crate::change::{Kind, Verdict};
use crate::tier::Certainty;
use crate::tier::Tier;
use crate::tier::view::View;

pub(super) static FACTOR: Factor = Factor {
    id: "governance.config",
    fires: "a setting, the directory, a rule of governance, an approved template or a guardrail changed, and not plainly to something stricter",
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
    for of in view.change.settings.iter().filter(|of| of.looser) {
        let found = out.change(Certainty::Exact, sentence(&format!("`{}`", of.setting)));
        found.fact(format!("`{}`: {}", of.setting, of.what), crate::config::FILE_NAME);
        found.namespaces.extend(of.app.clone());
        found.approver = Some(Approver::Iam);
    }
    for of in view.beside.governed.iter().filter(|of| of.looser) {
        let found = out.change(Certainty::Exact, sentence(&of.what));
        found.fact(of.fact.clone(), of.what.clone());
        found.approver = Some(Approver::Iam);
    }
    for rail in &view.change.guardrails {
        let is_same = matches!(rail.kind, Kind::Unchanged | Kind::Text | Kind::Renamed);
        if rail.is_only_stricter() || is_same && !rail.weakened {
            continue;
        }
        let what = format!("the guardrail `{}`", rail.name);
        let fact = match rail.weakened {
            true => "it guards less than it did, or that was not decided",
            false if rail.verdict == Some(Verdict::Holds) => {
                "it asks for more than it did, so it may leave out what the schema gets later"
            }
            false => "it changed, and it was not proved that the bundle keeps within it",
        };
        let found = out.change(Certainty::Exact, sentence(&what));
        found.fact(fact, what);
        found.witness = rail.no_longer.as_ref().map(|example| example.witness.clone());
        found.approver = Some(Approver::Iam);
    }
}

fn sentence(what: &str) -> String {
    format!("this change modifies {what}, which controls how changes are approved")
}
