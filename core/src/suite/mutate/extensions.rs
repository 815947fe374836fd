//! Edits of the texts that `ip`, `datetime`, `duration` and `decimal` are made from.

use super::Finder;
use crate::facts::{Expr, ExprKind, Literal};
use crate::finding::TextEdit;
use crate::source::Span;
use crate::time::Instant;

/// To the next of the usual lengths, and to the whole address space.
pub(super) fn ip_widened(finder: &mut Finder<'_>) {
    each_text(finder, "ip", |text| {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, prefix.parse().ok()),
            None => (text, None),
        };
        let usual: &[u8] = if address.contains(':') {
            &[64, 48, 32, 0]
        } else {
            &[24, 16, 8, 0]
        };
        let shorter = usual
            .iter()
            .find(|length| prefix.is_none_or(|p| **length < p));
        let mut new: Vec<String> = shorter
            .into_iter()
            .chain((prefix != Some(0)).then_some(&0))
            .map(|length| format!("{address}/{length}"))
            .collect();
        new.dedup();
        new
    });
}

pub(super) fn date_moved(finder: &mut Finder<'_>) {
    const DATE_LEN: usize = "2026-11-21".len();
    each_text(finder, "datetime", |text| {
        let date = text.get(..DATE_LEN).and_then(Instant::parse);
        let time = text.get(DATE_LEN..).unwrap_or_default();
        [1, -1]
            .into_iter()
            .filter_map(|days| Some(format!("{}{time}", date?.plus_days(days)?.date())))
            .collect()
    });
}

pub(super) fn duration_shifted(finder: &mut Finder<'_>) {
    each_text(finder, "duration", |text| {
        let unit = text
            .trim_end_matches(|c: char| c.is_ascii_alphabetic())
            .len();
        let (rest, unit) = text.split_at_checked(unit).unwrap_or_default();
        let digits = rest.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let (before, number) = rest.split_at_checked(digits).unwrap_or_default();
        number.parse().map_or_else(
            |_| Vec::new(),
            |n: u64| {
                [n.checked_add(1), n.checked_sub(1)]
                    .into_iter()
                    .flatten()
                    .map(|n| format!("{before}{n}{unit}"))
                    .collect()
            },
        )
    });
}

pub(super) fn offset_dropped(finder: &mut Finder<'_>) {
    finder.policy.walk(|_, expr| {
        if let ExprKind::Method(receiver, name, _) = &expr.kind
            && name.value == "offset"
        {
            finder.replace(expr.span, finder.policy.at(receiver.outer));
        }
    });
}

pub(super) fn decimal_shifted(finder: &mut Finder<'_>) {
    each_text(finder, "decimal", |text| {
        let Some((_, fraction)) = text.split_once('.') else {
            return Vec::new();
        };
        let width = fraction.len();
        let digits: Option<i128> = text.replace('.', "").parse().ok();
        [1, -1]
            .into_iter()
            .filter_map(|by| {
                let value = digits? + by;
                let sign = if value < 0 { "-" } else { "" };
                let text = format!("{:0>1$}", value.unsigned_abs(), width + 1);
                let (whole, fraction) = text.split_at_checked(text.len() - width)?;
                Some(format!("{sign}{whole}.{fraction}"))
            })
            .collect()
    });
}

/// Gives the text of every call of `function` with a literal other values.
fn each_text(finder: &mut Finder<'_>, function: &str, new: impl Fn(&str) -> Vec<String>) {
    finder.policy.walk(|_, expr| {
        if let Some((span, text)) = literal_call(expr, function) {
            for new in new(text) {
                let edit = TextEdit::replace(span, format!("\"{new}\""));
                finder.add(span, vec![edit], text, new);
            }
        }
    });
}

/// The literal that an extension function is called with.
fn literal_call<'a>(expr: &'a Expr, function: &str) -> Option<(Span, &'a str)> {
    match &expr.kind {
        ExprKind::Call(name, args) if name.value == function => match args.as_slice() {
            [arg] => match &arg.kind {
                ExprKind::Literal(Literal::String(text)) => Some((arg.span, text)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
