//! For a terminal.

use super::GateSource;
use crate::render::escape::visible;
use crate::wire::gate::{GateRefusal, GateReport};

pub(super) fn text(report: &GateReport, source: GateSource<'_>) -> String {
    let mut out = format!(
        "{}: tier {}\n",
        if report.publishable {
            "publishable"
        } else {
            "not publishable"
        },
        report.tier
    );
    for reason in report.reasons.iter().filter(|reason| reason.deciding) {
        line(
            &mut out,
            &format!("  because of {}: {}", reason.id, reason.sentence),
        );
    }
    for requirement in &report.requirements {
        let mark = if requirement.missing == 0 {
            "met"
        } else {
            "open"
        };
        let mut said = format!("{mark} {}", requirement.required);
        if !requirement.met_by.is_empty() {
            said.push_str(&format!(", by {}", requirement.met_by.join(", ")));
        }
        line(&mut out, &said);
        if requirement.missing > 0 {
            let who = match requirement.candidates.as_slice() {
                [] => "nobody else could".to_owned(),
                candidates => format!("could be {}", some(candidates)),
            };
            line(
                &mut out,
                &format!("  {} missing: {who}", requirement.missing),
            );
        }
    }
    for refusal in &report.refusals {
        said(&mut out, "refused", refusal, source.path);
    }
    for refusal in &report.discounted {
        said(&mut out, "not counted", refusal, source.path);
    }
    for note in &report.notes {
        line(&mut out, &format!("note: {note}"));
    }
    out
}

fn said(out: &mut String, what: &str, refusal: &GateRefusal, path: &str) {
    let place = place(refusal, path);
    line(
        out,
        &format!("{what} [{}] {place}: {}", refusal.id, refusal.message),
    );
    line(out, &format!("  {}", refusal.help));
}

/// Where something is, as a terminal links it.
pub(super) fn place(refusal: &GateRefusal, path: &str) -> String {
    let at = match &refusal.range {
        Some(range) => format!("{path}:{}:{}", range.start.line, range.start.column),
        None => return refusal.at.clone(),
    };
    match refusal.at.as_str() {
        "" => at,
        part => format!("{at} {part}"),
    }
}

/// A few of many.
pub(super) fn some(names: &[String]) -> String {
    const MOST: usize = 8;
    let shown: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
    let more = names.len().saturating_sub(MOST);
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A line in which nothing can end the line or steer the terminal.
fn line(out: &mut String, text: &str) {
    out.push_str(&visible(text));
    out.push('\n');
}
