//! Comparisons as Markdown, for a comment in a pull request or the summary of a job.

use super::story::{Item, decisions, story};
use super::{counts, verdict};
use crate::change::Change;
use crate::change::compact;
use crate::render::escape::visible;
use crate::render::markdown::{MAX_BYTES, NOTE_BYTES, code, sentence};
use crate::render::{Options, counted};

/// GitHub refuses a comment above this many characters.
const MAX_COMMENT: usize = 65_536;

/// A comparison as GitHub-flavoured Markdown: a heading with what it comes to, counts, and what there is to be told,
/// gravest first.
///
/// Nothing of what a policy says is read as Markdown or HTML. What does not fit a comment is left out and counted.
pub(super) fn markdown(change: &Change, options: &Options<'_>) -> String {
    limited(change, options, MAX_COMMENT.min(MAX_BYTES))
}

fn limited(change: &Change, options: &Options<'_>, limit: usize) -> String {
    let mut out = format!(
        "## Portcullis: this change {}\n\n{}.\n",
        match change.relation {
            crate::change::Relation::Unknown => "could not be decided as a whole",
            _ => verdict(change),
        },
        counts(&change.summary)
    );
    let mut items: Vec<String> = Vec::new();
    for section in story(change) {
        let mut title = section.title.to_owned();
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let mut head = format!("\n### {title}\n\n");
        for of in &section.items {
            items.push(format!("{head}{}", item(of, options)));
            head.clear();
        }
    }
    for (number, item) in items.iter().enumerate() {
        if out.len() + item.len() + NOTE_BYTES > limit {
            let left = items.len() - number;
            out.push_str(&format!(
                "\n**{} left out:** the comment would be too long.\n",
                counted(left, "further item")
            ));
            break;
        }
        out.push_str(item);
    }
    out
}

fn item(item: &Item<'_>, options: &Options<'_>) -> String {
    let mut out = format!("- {} {}", code(item.mark), sentence(&item.headline));
    for place in &item.places {
        let at = format!(
            "{}{}:{}",
            options.prefix, place.file, place.range.start.line
        );
        out.push_str(&format!(" ({})", code(&at)));
    }
    for detail in &item.details {
        out.push_str(&format!("<br>{}", sentence(detail)));
    }
    if let Some(example) = item.example {
        let request = compact::request(&example.witness);
        out.push_str(&format!("<br>example: {}", code(&visible(&request))));
        for entity in compact::entities(&example.witness) {
            out.push_str(&format!("<br>{}", code(&visible(&entity))));
        }
        for decision in decisions(example) {
            out.push_str(&format!("<br>{}", sentence(&decision)));
        }
    }
    out.push('\n');
    out
}
