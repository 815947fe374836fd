//! The codes that are not checks: Cedar's own errors and warnings, limits, files, configuration,
//! suppressions, policy tests and governance. Their pages are generated from the table rows.

pub(crate) mod cedar_parse;
pub(crate) mod cedar_schema;
pub(crate) mod cedar_validate;
pub(crate) mod governance;
pub(crate) mod ours;
pub(crate) mod suite;

use crate::finding::{Finding, Fix, TextEdit};
use crate::rules::Rule;
use crate::source::Span;

/// A byte order mark at the start of a text, which Cedar takes for a wrong character.
pub(crate) fn byte_order_mark() -> Finding {
    let mark = Span::new(0, 3);
    Finding::new(
        &ours::FILE_BYTE_ORDER_MARK,
        mark,
        "the text starts with a byte order mark, which Cedar does not accept",
        "save the file as UTF-8 without a byte order mark",
    )
    .fix(Fix::safe(
        "remove the byte order mark",
        vec![TextEdit::delete(mark)],
    ))
}

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
