//! Whether the values of linked slots fit the schema.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::Arc;

use cedar_policy_core::ast::{EntityUID, PolicyID, PolicySet};
use cedar_policy_core::validator::{ValidationMode, Validator, ValidatorSchema};
use miette::Diagnostic;

use super::{Link, Linkable};
use crate::cedar::schema::syntax::lower_first;
use crate::codes::cedar_schema::links as codes;
use crate::finding::{Finding, Severity};
use crate::source::Span;

/// What the validator says of links, each with the index of its link. What it says of the templates
/// themselves is reported where they stand.
pub(super) fn check(
    links: &[(Arc<str>, Link)],
    policies: &[Linkable],
    schema: &ValidatorSchema,
) -> Vec<(usize, Finding)> {
    if links.is_empty() {
        return Vec::new();
    }
    // Ids of our own: those of the bundle may clash, which is reported elsewhere.
    let mut set = PolicySet::new();
    for (index, policy) in policies.iter().enumerate() {
        if policy.is_template() {
            let template = policy.template.new_id(template_id(index));
            if set.add_template(template).is_err() {
                return Vec::new();
            }
        }
    }
    for (index, (_, link)) in links.iter().enumerate() {
        // A link that Cedar refuses has findings of its own.
        let _refused = set
            .link(template_id(link.template), link_id(index), link.values())
            .is_err();
    }
    let result = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
    let mut errors: Vec<_> = result
        .validation_errors()
        .filter_map(|e| finding(links, &e.to_string(), e.help(), Severity::Error))
        .collect();
    let wrong: BTreeSet<usize> = errors.iter().map(|(link, _)| *link).collect();
    // A value of an unknown type cannot be applied either; once is enough.
    let warnings = result
        .validation_warnings()
        .filter_map(|w| finding(links, &w.to_string(), w.help(), Severity::Medium))
        .filter(|(link, _)| !wrong.contains(link));
    errors.extend(warnings);
    errors
}

fn finding(
    links: &[(Arc<str>, Link)],
    message: &str,
    help: Option<Box<dyn Display + '_>>,
    severity: Severity,
) -> Option<(usize, Finding)> {
    let rest = message.strip_prefix("for policy `")?;
    let (id, rest) = rest.split_once('`')?;
    let index: usize = id.strip_prefix("link ")?.parse().ok()?;
    let (_, link) = links.get(index)?;
    let rest = lower_first(rest.trim_start_matches([',', ' ']));
    let help = help.map_or_else(
        || "use an entity of a type that the template and the schema admit".to_owned(),
        |help| lower_first(help.to_string().trim_end_matches(['.', '?'])),
    );
    let finding = Finding::new(&codes::TYPE, place(link, &rest), rest, help);
    Some((index, finding.severity(severity)))
}

fn template_id(index: usize) -> PolicyID {
    PolicyID::from_string(format!("template {index}"))
}

fn link_id(index: usize) -> PolicyID {
    PolicyID::from_string(format!("link {index}"))
}

/// The value that the message names, else the only one, else the link.
fn place(link: &Link, message: &str) -> Span {
    let values: Vec<&(EntityUID, Span)> =
        link.principal.iter().chain(link.resource.iter()).collect();
    let named = |(uid, _): &&&(EntityUID, Span)| {
        message.contains(&format!("`{}`", uid.entity_type()))
            || message.contains(&format!("`{uid}`"))
    };
    match values.as_slice() {
        [(_, only)] => *only,
        _ => values
            .iter()
            .find(named)
            .map_or(link.span, |(_, span)| *span),
    }
}
