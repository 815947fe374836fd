//! How answers name policies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A policy as it names itself.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// Path of the file that the policy stands in; for a link, of the file of links.
    pub file: &'a str,
    /// A link's `link_id`, else its `@id`, else `policy0` for the first policy of a file, as Cedar's
    /// command line counts.
    pub own: &'a str,
}

/// What a policy is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Its own name where no other policy has that, else [`Self::full`].
    pub short: Arc<str>,
    /// The file and its own name, as `billing.cedar#policy0`; the second policy of a file with the same
    /// name is `billing.cedar#policy0~2`. Always unique, and understood wherever a policy is named.
    pub full: Arc<str>,
}

/// Names for policies: the bundle is one set of policies, so that two files can each have a `policy0`.
pub fn names(policies: &[Named<'_>]) -> Vec<Name> {
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for policy in policies {
        *uses.entry(policy.own).or_default() += 1;
    }
    let mut taken: BTreeSet<Arc<str>> = BTreeSet::new();
    policies
        .iter()
        .map(|policy| {
            let plain = format!("{}#{}", policy.file, policy.own);
            let mut full: Arc<str> = plain.as_str().into();
            let mut turn = 2;
            while !taken.insert(Arc::clone(&full)) {
                full = format!("{plain}~{turn}").into();
                turn += 1;
            }
            let short = match uses.get(policy.own) {
                Some(1) => policy.own.into(),
                _ => Arc::clone(&full),
            };
            Name { short, full }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_two_policies_have_gets_the_file_and_then_a_number() {
        let of = |file, own| Named { file, own };
        let policies = [
            of("a.cedar", "policy0"),
            of("b.cedar", "policy0"),
            of("b.cedar", "refunds"),
            of("c.cedar", "twice"),
            of("c.cedar", "twice"),
        ];
        let short: Vec<_> = names(&policies)
            .into_iter()
            .map(|name| name.short)
            .collect();
        assert_eq!(
            short.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
            [
                "a.cedar#policy0",
                "b.cedar#policy0",
                "refunds",
                "c.cedar#twice",
                "c.cedar#twice~2",
            ]
        );
    }
}
