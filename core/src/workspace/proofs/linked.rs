//! Template links as members of the set.

use std::collections::{BTreeMap, BTreeSet};

use super::memo::Form;
use crate::cedar::links::{Link, Links};
use crate::cedar::parse::Parsed;
use crate::change::Member;
use crate::facts::Policy;

/// How many links of one template take part. Of a template with more, what the rest says counts as not known.
const MOST_LINKS: usize = 100;

/// A link that takes part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Linked<'a> {
    /// Its place among the links of the bundle.
    pub(crate) number: usize,
    /// The link.
    pub(crate) link: &'a Link,
    /// What its template says.
    pub(crate) policy: &'a Policy,
    /// The number of its template among the policies.
    pub(crate) template: usize,
    /// What it says itself.
    pub(crate) form: Form,
}

/// The links that take part, in the order of files, and the templates that have more of them. `of_template` gives what a
/// template says, by its number.
pub(crate) fn take_part<'a>(
    links: &'a Links,
    of_template: impl Fn(usize) -> Option<&'a Parsed>,
) -> (Vec<Linked<'a>>, BTreeSet<usize>) {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let mut too_many = BTreeSet::new();
    let mut linked = Vec::new();
    for (number, (_, link)) in links.iter().enumerate() {
        let count = counts.entry(link.template).or_default();
        *count += 1;
        if *count > MOST_LINKS {
            too_many.insert(link.template);
        } else if let Some(parsed) = of_template(link.template) {
            linked.push(Linked {
                number,
                link,
                policy: &parsed.policy,
                template: link.template,
                form: Member::key(parsed.policy.canonical, Some(link)),
            });
        }
    }
    (linked, too_many)
}
