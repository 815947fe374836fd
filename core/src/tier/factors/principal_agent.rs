//! An agent may do more.

use super::{Factor, Out, Owner};
use crate::schema::PrincipalKind;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "principal.agent",
    fires: "an agent may do more",
    floor: Tier::Constrained,
    floor_words: "Constrained",
    section: Owner::Iam,
    refs: &["ASI03", "NHI5", "NIST AI RMF MAP 3.5"],
    page: include_str!("principal_agent.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        if widened.principal == Some(PrincipalKind::Agent) {
            let principal = &widened.of.environment.principal;
            let kind = widened.principal.map_or("no class", PrincipalKind::as_str);
            out.class(number, widened, format!("`{principal}` is an agent, and may do more"))
                .fact(format!("`{principal}` stands for: {kind}"), "`@principal_kind` and `iam.principals`");
        }
    }
}
