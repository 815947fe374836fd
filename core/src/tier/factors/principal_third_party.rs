//! A third party may do more.

use super::{Factor, Out, Owner};
use crate::schema::PrincipalKind;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "principal.third-party",
    fires: "somebody outside the organisation may do more",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::Iam,
    refs: &["NHI3", "NIST SP 800-53r5 PS-7", "NIST SP 800-53r5 SA-9"],
    page: include_str!("principal_third_party.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        if widened.principal == Some(PrincipalKind::ThirdParty) {
            let principal = &widened.of.environment.principal;
            let kind = widened.principal.map_or("no class", PrincipalKind::as_str);
            out.class(number, widened, format!("`{principal}` is a third party, and may do more"))
                .fact(format!("`{principal}` stands for: {kind}"), "`@principal_kind` and `iam.principals`");
        }
    }
}
