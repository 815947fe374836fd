//! The management of permissions is newly allowed.

use super::{Factor, Out, Owner};
use crate::schema::Access;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "action.privilege",
    fires: "an action that manages permissions is newly allowed",
    floor: Tier::Human,
    floor_words: "Human",
    section: Owner::ActionsApp,
    refs: &["ASI03", "NIST SP 800-53r5 AC-6", "NIST CSF 2.0 PR.AA-05", "ISO 27001:2022 A.8.2"],
    page: include_str!("action_privilege.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let class = &widened.action;
        if class.access == Some(Access::PrivilegeManagement) {
            let action = &widened.of.environment.action;
            let sentence = format!("`{action}` changes who may do what, and is newly allowed");
            out.class(number, widened, sentence).facts(&class.facts);
        }
    }
}
