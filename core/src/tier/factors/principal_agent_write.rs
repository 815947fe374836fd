//! An agent may change more.

use super::{Factor, Out, Owner};
use crate::schema::{Access, PrincipalKind};
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "principal.agent-write",
    fires: "an agent may do more than read",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::Iam,
    refs: &["ASI02", "ASI03", "NIST AI RMF MAP 3.5"],
    page: include_str!("principal_agent_write.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        if widened.principal == Some(PrincipalKind::Agent)
            && widened.action.access.is_none_or(|access| access >= Access::Write) {
            let principal = &widened.of.environment.principal;
            let kind = widened.principal.map_or("no class", PrincipalKind::as_str);
            out.class(number, widened, format!("`{principal}` is an agent, and may do more than read"))
                .fact(format!("`{principal}` stands for: {kind}"), "`@principal_kind` and `iam.principals`");
        }
    }
}
