//! GitHub-flavoured Markdown, for a comment on a change.

use super::GateSource;
use super::text::{place, some};
use crate::render::escape::visible;
use crate::wire::gate::{GateRefusal, GateReport};

pub(super) fn markdown(report: &GateReport, source: GateSource<'_>) -> String {
    let mut out = format!(
        "## {} · tier {}\n\n",
        if report.publishable {
            "Publishable"
        } else {
            "Not publishable"
        },
        report.tier
    );
    if let Some(change) = &report.change {
        out.push_str(&format!(
            "Change {}, as of {}.\n\n",
            code(change),
            source.as_of
        ));
    }
    out.push_str(&format!(
        "Base `{}`, head `{}`, report `{}`.\n\n",
        report.base, report.head, report.report
    ));
    let deciding: Vec<_> = report
        .reasons
        .iter()
        .filter(|reason| reason.deciding)
        .collect();
    for reason in &deciding {
        out.push_str(&format!(
            "- {}: {}",
            code(&reason.id),
            escaped(&reason.sentence)
        ));
        if !reason.refs.is_empty() {
            out.push_str(&format!(" ({})", escaped(&reason.refs.join(", "))));
        }
        out.push('\n');
    }
    if !deciding.is_empty() {
        out.push('\n');
    }
    if !report.requirements.is_empty() {
        out.push_str("| Slot | Required | Met by | Missing |\n|---|---|---|---|\n");
        for requirement in &report.requirements {
            let missing = match (requirement.missing, requirement.candidates.as_slice()) {
                (0, _) => String::new(),
                (missing, []) => missing.to_string(),
                (missing, candidates) => format!("{missing}: could be {}", some(candidates)),
            };
            let cells = [
                &requirement.slot,
                &requirement.required,
                &requirement.met_by.join(", "),
                &missing,
            ];
            let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
            out.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        out.push('\n');
    }
    list(&mut out, "Refused", &report.refusals, source.path);
    list(&mut out, "Not counted", &report.discounted, source.path);
    if !report.notes.is_empty() {
        out.push_str("### To know\n\n");
        for note in &report.notes {
            out.push_str(&format!("- {}\n", escaped(note)));
        }
    }
    out
}

fn list(out: &mut String, title: &str, refusals: &[GateRefusal], path: &str) {
    if refusals.is_empty() {
        return;
    }
    out.push_str(&format!("### {title}\n\n"));
    for refusal in refusals {
        out.push_str(&format!(
            "- {} at {}: {}; {} ({})\n",
            code(refusal.id.as_str()),
            code(&place(refusal, path)),
            escaped(&refusal.message),
            escaped(&refusal.help),
            escaped(&refusal.refs.join(", "))
        ));
    }
    out.push('\n');
}

/// Text that is no Markdown: names and reasons come from whoever wrote the record.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '!' | '&' | '~' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

fn code(text: &str) -> String {
    format!("`{}`", visible(text).replace(['`', '|'], " "))
}
