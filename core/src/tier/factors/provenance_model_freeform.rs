//! A model wrote a policy of its own for something that matters.

use super::{Factor, Out, Owner};
use crate::change::Form;
use crate::schema::{Access, Sensitivity};
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "provenance.model-freeform",
    fires: "a model drafted it, it is of no template of base, and the resource or the action is high-risk",
    floor: Tier::Blocked,
    floor_words: "Blocked",
    section: Owner::Builtin,
    refs: &["ASI01", "ASI09", "NIST AI RMF GOVERN 3.2"],
    page: include_str!("provenance_model_freeform.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let (Some(policy), Some(through)) = (widened.policy, &widened.class.policy) else {
            continue;
        };
        // A template of head's own was approved by nobody.
        let is_linked = view
            .change
            .policies
            .iter()
            .any(|of| of.form == Form::Link && of.name == through.name)
            && view.is_template_of_base(policy);
        let high = widened.resource.sensitivity.is_none_or(|of| of == Sensitivity::Restricted)
            || !widened.resource.regulated.is_empty()
            || widened.action.is_irreversible
            || widened.action.transfers()
            || widened.action.takes_out()
            || widened.action.access.is_none_or(|of| of >= Access::Destructive);
        if is_linked || !high {
            continue;
        }
        if let Some(source) = view.model(Some(policy.policy())) {
            out.class(
                number,
                widened,
                "a model wrote this policy freely, and what it newly allows is high-risk",
            )
            .fact("a model drafted it", source)
            .fact("it is no link of a template that base has", "the bundle")
            .facts(&widened.resource.facts)
            .facts(&widened.action.facts);
        }
    }
}
