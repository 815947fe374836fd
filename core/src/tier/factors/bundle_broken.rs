//! Head has errors.

use super::{Factor, Out, Owner};
use crate::change::Located;
use crate::finding::Severity;
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "bundle.broken",
    fires: "head has an error: it does not parse or type-check, or has a secret in it",
    floor: Tier::Blocked,
    floor_words: "Blocked",
    section: Owner::Builtin,
    refs: &["NHI2", "NIST SP 800-53r5 SA-11", "PCI DSS 4.0.1 6.5.1"],
    page: include_str!("bundle_broken.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    let errors = view.beside.findings.iter().filter(|f| f.severity == Severity::Error);
    for finding in errors.take(20) {
        let found = out.change(Certainty::Exact, finding.message.clone());
        found.subject.policy = finding.policy.as_ref().map(ToString::to_string);
        found.spans.push(Located {
            file: finding.file.clone(),
            range: finding.range,
        });
        found.fact(finding.message.clone(), format!("the check `{}`", finding.rule.code));
    }
}
