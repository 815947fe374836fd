//! The codes that are not checks: Cedar's own errors and warnings, limits, files, configuration,
//! suppressions, policy tests and governance. Their pages are generated from the table rows.

pub(crate) mod cedar_parse;
pub(crate) mod cedar_schema;
pub(crate) mod cedar_validate;
pub(crate) mod governance;
pub(crate) mod ours;
pub(crate) mod suite;

use crate::rules::Rule;

/// Every rule that is not a check, in no particular order.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [
        ours::RULES,
        cedar_parse::RULES,
        cedar_validate::RULES,
        cedar_schema::RULES,
        cedar_schema::entities::RULES,
        cedar_schema::links::RULES,
        suite::RULES,
        governance::RULES,
    ]
    .into_iter()
    .flatten()
}
