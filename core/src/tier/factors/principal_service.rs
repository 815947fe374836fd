//! A service may do more.

use super::{Factor, Out, Owner};
use crate::schema::PrincipalKind;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "principal.service",
    fires: "a service may do more",
    floor: Tier::Constrained,
    floor_words: "Constrained",
    section: Owner::Iam,
    refs: &["NHI5", "NIST CSF 2.0 PR.AA-01"],
    page: include_str!("principal_service.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        if widened.principal == Some(PrincipalKind::Service) {
            let principal = &widened.of.environment.principal;
            let kind = widened.principal.map_or("no class", PrincipalKind::as_str);
            out.class(number, widened, format!("`{principal}` is a service, and may do more"))
                .fact(format!("`{principal}` stands for: {kind}"), "`@principal_kind` and `iam.principals`");
        }
    }
}
