//! A machine acts for others without a check at this hop.

use super::{Factor, Out, Owner};
use crate::tier::view::look;
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "agent.hop",
    fires: "a permit of an agent that asks for nobody on whose behalf it acts, or a delegation without bounds",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::Builtin,
    refs: &["ASI03", "ASI07", "NHI5"],
    page: include_str!("agent_hop.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let Some(policy) = widened.policy else { continue };
        for check in ["agent-without-on-behalf-of", "delegation-unbounded"] {
            if let Some(message) = look(view, policy.policy(), check) {
                out.class(number, widened, message)
                    .fact("each hop of a delegation needs a check of its own", format!("the check `{check}`"))
                    .certainty = Certainty::Heuristic;
            }
        }
    }
}
