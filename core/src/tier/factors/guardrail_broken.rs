//! Head breaks a guardrail.

use super::{Factor, Out, Owner};
use crate::change::Verdict;
use crate::facts::Effect;
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "guardrail.broken",
    fires: "head breaks an invariant: proved, with a request that shows it or because no request is left that must stay allowed",
    floor: Tier::Blocked,
    floor_words: "Blocked",
    section: Owner::Builtin,
    refs: &["NIST CSF 2.0 GV.PO-01", "NIST SP 800-53r5 AC-3"],
    page: include_str!("guardrail_broken.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for rail in &view.change.guardrails {
        let name = &rail.name;
        if let Some(Verdict::Broken(where_)) = &rail.verdict {
            let found = out.policy(name, Certainty::Proved, format!("head breaks the guardrail `{name}`"));
            found.subject.request = where_.first().map(|(environment, _)| environment.label.to_string());
            found.fact("a request shows it", "proof");
            found.spans.extend(rail.head.clone());
        }
        // What must stay allowed can no longer be asked for.
        if let (Some(Verdict::Idle(why)), Effect::Permit) = (&rail.verdict, rail.effect) {
            let message = format!("nothing is left that the guardrail `{name}` keeps allowed");
            let found = out.policy(name, Certainty::Proved, message);
            found.fact(why.clone(), "proof");
            found.spans.extend(rail.head.clone());
        }
    }
}
