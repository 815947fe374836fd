//! A comment that says that something is still to be done.

use super::{Check, Run, TextContext};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::source::Span;

static RULE: Rule = Rule {
    code: "todo-comment",
    severity: Severity::Low,
    summary: "a comment says that something is still to be done",
    why: "a policy that decides is not a draft, and a remark in it reminds nobody",
    profile: Profile::Governed,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 CM-3"],
    page: include_str!("todo_comment.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Text(run),
};

/// In capitals, as a word of its own.
const MARKS: &[&str] = &["TODO", "FIXME", "XXX", "HACK", "WIP", "TBD"];

fn run(cx: &TextContext<'_>, out: &mut Vec<Finding>) {
    for comment in cx.comments {
        let text = comment.text(cx.text);
        let mark = MARKS
            .iter()
            .filter_map(|mark| Some((find_word(text, mark)?, *mark)))
            .min();
        if let Some((at, mark)) = mark {
            let span = Span::from_usize(at, text.trim_end().len()).offset(comment.start);
            out.push(Finding::new(
                &RULE,
                span,
                format!("`{mark}` leaves something to be done in a policy that is in force"),
                "do it, or move it to the team's tracker and name the ticket in `@ticket`",
            ));
        }
    }
}

fn find_word(text: &str, word: &str) -> Option<usize> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|t| t.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}
