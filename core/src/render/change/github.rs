//! Comparisons as workflow commands of GitHub Actions.

use super::story::{Item, decisions, story};
use super::{counts, verdict};
use crate::change::Change;
use crate::change::compact;
use crate::render::Options;
use crate::render::escape::visible;
use crate::render::github::{Command, write_command, write_unplaced};

/// A comparison as annotations at the policies that are responsible, gravest first, and a last line of counts.
///
/// GitHub shows ten annotations of each level and step and drops the others.
pub(super) fn github(change: &Change, options: &Options<'_>) -> String {
    let mut out = String::new();
    for section in story(change) {
        let level = match section.title {
            "guardrails" => "error",
            "newly allowed" | "undecided" => "warning",
            "newly denied" => "notice",
            _ => continue,
        };
        for item in &section.items {
            let level = match item.mark {
                "weakened" | "unknown" => "warning",
                _ => level,
            };
            annotate(&mut out, level, section.title, item, options);
        }
    }
    out.push_str(&format!(
        "{}: {}; {}\n",
        change.relation.as_str(),
        verdict(change),
        counts(&change.summary)
    ));
    out
}

fn annotate(out: &mut String, level: &str, title: &str, item: &Item<'_>, options: &Options<'_>) {
    let mut lines = vec![item.headline.clone()];
    lines.extend(item.details.iter().cloned());
    if let Some(example) = item.example {
        lines.push(format!("example: {}", compact::request(&example.witness)));
        lines.extend(compact::entities(&example.witness));
        lines.extend(decisions(example));
    }
    let Some((first, _)) = item.places.split_first() else {
        let lines: Vec<_> = lines.iter().map(|line| visible(line)).collect();
        write_unplaced(out, level, title, &lines.join("\n"));
        return;
    };
    write_command(
        out,
        &Command {
            level,
            file: &first.file,
            range: first.range,
            title,
            lines: &lines,
        },
        options,
    );
}
