//! Something is newly allowed.

use super::{Factor, Out, Owner};
use crate::change::probe::Known;
use crate::tier::view::View;
use crate::tier::Tier;

pub(super) static FACTOR: Factor = Factor {
    id: "diff.widened",
    fires: "a newly allowed class of requests; its action, resource and principal decide",
    floor: Tier::Auto,
    floor_words: "Auto",
    section: Owner::Builtin,
    refs: &["NIST SP 800-53r5 CM-4", "NIST CSF 2.0 PR.AA-05"],
    page: include_str!("diff_widened.md"),
    run,
};

fn run(view: &View<'_>, out: &mut Out<'_>) {
    for (number, widened) in view.classes.iter().enumerate() {
        let environment = &widened.of.environment;
        let now = match widened.class.known {
            Known::Unknown => "may perhaps now",
            Known::Proved | Known::Over => "may now",
        };
        let sentence = format!(
            "`{}` {now} `{}` on `{}`",
            environment.principal, environment.action, environment.resource
        );
        let because: Vec<String> = match (&widened.class.policy, &widened.of.newly_allowed) {
            (Some(through), _) => vec![through.name.to_string()],
            (None, Some(example)) => example.because.iter().map(ToString::to_string).collect(),
            (None, None) => Vec::new(),
        };
        let source = match widened.class.known {
            Known::Proved => "proof, with a request that shows it",
            Known::Over => "the comparison of schemas",
            Known::Unknown => "the comparison, which did not decide it",
        };
        let found = out.class(number, widened, sentence);
        for name in because {
            found.fact(format!("`{name}` makes the difference"), source);
        }
        if found.because.is_empty() {
            found.fact("it was not decided what makes the difference", "the comparison");
        }
    }
}
