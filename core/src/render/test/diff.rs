//! What was expected beside what came.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::render::counted;
use crate::suite::outcome::Answer;

/// One line of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Which part of the answer it is about.
    pub(super) part: Part,
    /// Whose it is.
    pub(super) side: Side,
    /// What it says.
    pub(super) text: String,
}

/// A part of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Decision,
    Policies,
    Errors,
    Obligations,
}

impl Part {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Policies => "policies",
            Self::Errors => "errors",
            Self::Obligations => "obligations",
        }
    }
}

/// Whose a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Expected, and it did not come.
    Expected,
    /// It came, and was not expected.
    Got,
    /// It came as expected, or nothing was expected of it.
    Both,
}

impl Side {
    pub(super) const fn sign(self) -> char {
        match self {
            Self::Expected => '-',
            Self::Got => '+',
            Self::Both => ' ',
        }
    }
}

/// The comparison, part by part. What was not expected and did not come is left out.
pub(super) fn rows(expected: &Answer, got: &Answer) -> Vec<Row> {
    let mut rows = Vec::new();
    compare(
        &mut rows,
        Part::Decision,
        Some(&[(expected.decision.as_str(), "")]),
        &[(got.decision.as_str(), "")],
    );
    compare(
        &mut rows,
        Part::Policies,
        expected.determining.as_deref().map(named).as_deref(),
        &named(got.determining.as_deref().unwrap_or_default()),
    );
    errors(&mut rows, expected, got);
    compare(
        &mut rows,
        Part::Obligations,
        expected.obligations.as_deref().map(named).as_deref(),
        &named(got.obligations.as_deref().unwrap_or_default()),
    );
    rows
}

/// The comparison in one line, of what differs alone: `expected deny, got allow`.
pub(super) fn sentence(expected: &Answer, got: &Answer) -> String {
    let rows = rows(expected, got);
    let of = |part, side| {
        rows.iter()
            .filter(|row| row.part == part && row.side == side)
            .map(|row| row.text.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut parts = Vec::new();
    for part in [
        Part::Decision,
        Part::Policies,
        Part::Errors,
        Part::Obligations,
    ] {
        let (wanted, came) = (of(part, Side::Expected), of(part, Side::Got));
        let name = match part {
            Part::Decision => String::new(),
            part => format!("{} ", part.as_str()),
        };
        match (wanted.is_empty(), came.is_empty()) {
            (true, true) => {}
            (false, true) => parts.push(format!("expected also {name}{wanted}")),
            (true, false) => parts.push(format!("did not expect {name}{came}")),
            (false, false) => parts.push(format!("expected {name}{wanted}, got {came}")),
        }
    }
    parts.join("; ")
}

/// A name and what is known of it beside.
type Item<'a> = (&'a str, &'a str);

fn named(names: &[Arc<str>]) -> Vec<Item<'_>> {
    names.iter().map(|name| (&**name, "")).collect()
}

fn compare(rows: &mut Vec<Row>, part: Part, expected: Option<&[Item<'_>]>, got: &[Item<'_>]) {
    let mut push = |side, text: &str| {
        rows.push(Row {
            part,
            side,
            text: text.to_owned(),
        });
    };
    let Some(expected) = expected else {
        for (name, detail) in got {
            push(Side::Both, &detailed(name, detail));
        }
        return;
    };
    match (expected.is_empty(), got.is_empty()) {
        (true, true) => push(Side::Both, NONE),
        (true, false) => push(Side::Expected, NONE),
        _ => {}
    }
    let came: BTreeMap<&str, &str> = got.iter().copied().collect();
    let mut both: BTreeMap<&str, (bool, &str)> = expected
        .iter()
        .map(|(name, _)| (*name, (true, "")))
        .collect();
    for (name, detail) in got {
        both.entry(name).or_insert((false, "")).1 = detail;
    }
    for wanted in [true, false] {
        for (name, (_, detail)) in both.iter().filter(|(_, (w, _))| *w == wanted) {
            let side = match (wanted, came.contains_key(name)) {
                (true, true) => Side::Both,
                (true, false) => Side::Expected,
                (false, _) => Side::Got,
            };
            push(side, &detailed(name, detail));
        }
    }
    if got.is_empty() && !expected.is_empty() {
        push(Side::Got, NONE);
    }
}

/// What stands for an empty list.
const NONE: &str = "none";

fn detailed(name: &str, detail: &str) -> String {
    if detail.is_empty() {
        name.to_owned()
    } else {
        format!("{name}: {detail}")
    }
}

fn errors(rows: &mut Vec<Row>, expected: &Answer, got: &Answer) {
    fn items(answer: &Answer) -> Option<Vec<Item<'_>>> {
        let errors = answer.errors.as_ref()?;
        Some(errors.iter().map(|(name, why)| (&**name, &**why)).collect())
    }
    let came = items(got).unwrap_or_default();
    let wanted = match (items(expected), expected.error_count) {
        (Some(names), _) => Some(names),
        (None, Some(0)) => Some(Vec::new()),
        (None, count) => {
            let differs = count.filter(|count| Some(*count) != got.error_count);
            if let Some(count) = differs {
                rows.push(Row {
                    part: Part::Errors,
                    side: Side::Expected,
                    text: counted(count as usize, "error"),
                });
                if came.is_empty() {
                    rows.push(Row {
                        part: Part::Errors,
                        side: Side::Got,
                        text: NONE.to_owned(),
                    });
                }
                rows.extend(came.iter().map(|(name, why)| Row {
                    part: Part::Errors,
                    side: Side::Got,
                    text: detailed(name, why),
                }));
                return;
            }
            None
        }
    };
    compare(rows, Part::Errors, wanted.as_deref(), &came);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::render::sample::test::{answer, failed};
    use crate::suite::model::Decision;

    fn shown(expected: &Answer, got: &Answer) -> Vec<String> {
        rows(expected, got)
            .iter()
            .map(|row| format!("{} {} {}", row.part.as_str(), row.side.sign(), row.text))
            .collect()
    }

    fn names(names: &[&str]) -> Option<Vec<Arc<str>>> {
        Some(names.iter().map(|name| (*name).into()).collect())
    }

    #[test]
    fn every_part_is_compared() {
        let test = failed();
        assert_eq!(
            shown(&test.expected.unwrap(), &test.got.unwrap()),
            [
                "decision - deny",
                "decision + allow",
                "policies   limits",
                "policies - no-guests",
                "policies + clerks-pay",
                "errors - none",
                "errors + no-guests: the attribute `suspended` is missing",
                "obligations - approval: step_up",
                "obligations + none",
            ]
        );
    }

    #[test]
    fn what_nobody_expected_is_no_difference() {
        let expected = answer(Decision::Deny);
        let got = Answer {
            determining: names(&["a"]),
            errors: Some(vec![("b".into(), "overflow".to_owned())]),
            error_count: Some(1),
            obligations: names(&[]),
            ..answer(Decision::Deny)
        };
        assert_eq!(
            shown(&expected, &got),
            ["decision   deny", "policies   a", "errors   b: overflow"]
        );
        assert_eq!(sentence(&expected, &got), "");
    }

    #[test]
    fn a_number_of_errors_is_compared_with_the_number() {
        let expected = |count| Answer {
            error_count: Some(count),
            ..answer(Decision::Deny)
        };
        let got = |errors: &[&str]| Answer {
            errors: Some(
                errors
                    .iter()
                    .map(|e| ((*e).into(), "overflow".to_owned()))
                    .collect(),
            ),
            error_count: Some(errors.len() as u32),
            ..answer(Decision::Deny)
        };
        assert_eq!(
            shown(&expected(2), &got(&["a", "b"])),
            [
                "decision   deny",
                "errors   a: overflow",
                "errors   b: overflow"
            ]
        );
        assert_eq!(
            shown(&expected(2), &got(&["a"])),
            [
                "decision   deny",
                "errors - 2 errors",
                "errors + a: overflow"
            ]
        );
        assert_eq!(
            shown(&expected(1), &got(&[])),
            ["decision   deny", "errors - 1 error", "errors + none"]
        );
        assert_eq!(
            shown(&expected(0), &got(&[])),
            ["decision   deny", "errors   none"]
        );
    }

    #[test]
    fn a_sentence_names_what_differs() {
        let mut expected = answer(Decision::Deny);
        let mut got = answer(Decision::Allow);
        assert_eq!(sentence(&expected, &got), "expected deny, got allow");
        got.decision = Decision::Deny;
        expected.determining = names(&["a", "b"]);
        got.determining = names(&["b"]);
        assert_eq!(sentence(&expected, &got), "expected also policies a");
        got.determining = names(&["a", "b", "c"]);
        assert_eq!(sentence(&expected, &got), "did not expect policies c");
        got.determining = names(&["b", "c"]);
        assert_eq!(sentence(&expected, &got), "expected policies a, got c");
        got.determining = names(&[]);
        assert_eq!(
            sentence(&expected, &got),
            "expected policies a, b, got none"
        );
    }
}
