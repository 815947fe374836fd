//! A template changes many policies at once.

use super::{Factor, Out, Owner, Floor};
use crate::change::{Applies, Form, Kind};
use crate::render::counted;
use crate::tier::Certainty;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "diff.template-fanout",
    fires: "a template with links changes, or gets links",
    floor: Tier::Auto,
    floor_words: "that of all links; Human above `iam.max_template_links` (5)",
    section: Owner::Iam,
    refs: &["NIST SP 800-53r5 CM-3", "NIST SP 800-53r5 CM-4"],
    page: include_str!("diff_template_fanout.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    let most = view.bound(|governance| governance.iam.max_template_links, 5);
    for template in view.change.policies.iter().filter(|of| of.form == Form::Template) {
        let added = view
            .change
            .policies
            .iter()
            .filter(|of| of.form == Form::Link && of.kind == Kind::Added)
            .filter(|of| of.template.as_ref() == Some(&template.name))
            .count();
        let changed = match template.kind {
            Kind::Meaning if template.applies != Some(Applies::Same) => template.links,
            _ => added,
        };
        if changed == 0 || !view.beside.has_base && changed <= most {
            continue;
        }
        let name = &template.name;
        let found = out.policy(
            name,
            Certainty::Exact,
            format!("{} of the template `{name}` change with it", counted(changed, "link")),
        );
        found.fact(format!("{} of at most {most}", counted(changed, "link")), "the files of links");
        if changed > most {
            found.floor(Floor::At(Tier::Human));
        }
    }
}
