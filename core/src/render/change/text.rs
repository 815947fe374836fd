//! Comparisons for terminals.

use super::story::{Item, decisions, story};
use super::{counts, verdict};
use crate::change::compact;
use crate::change::{Change, Example, Relation};
use crate::render::Options;
use crate::render::escape::visible;
use crate::render::paint::{Paint, Style};
use crate::render::text::wrap;

/// A comparison for a terminal. Parts that have nothing to say are left out, and what it comes to stands last.
pub(super) fn text(change: &Change, options: &Options<'_>) -> String {
    let mut page = Page {
        out: String::new(),
        options,
        paint: Paint {
            color: options.color,
        },
    };
    for section in story(change) {
        page.paint
            .write(&mut page.out, Style::Headline, section.title);
        page.out.push('\n');
        for item in &section.items {
            page.item(item);
        }
        page.out.push('\n');
    }
    let style = match change.relation {
        Relation::Equivalent | Relation::Narrower => Style::Good,
        Relation::Wider | Relation::Incomparable | Relation::Unknown => Style::Caution,
    };
    let headline = format!("{}: {}", change.relation.as_str(), verdict(change));
    page.paint.write(&mut page.out, style, &headline);
    page.out
        .push_str(&format!("\n{}\n", counts(&change.summary)));
    page.out
}

struct Page<'a> {
    out: String,
    options: &'a Options<'a>,
    paint: Paint,
}

impl Page<'_> {
    fn item(&mut self, item: &Item<'_>) {
        self.out.push_str("  ");
        self.paint.write(&mut self.out, item.style, item.mark);
        let indent = 3 + item.mark.chars().count();
        self.out.push(' ');
        self.wrapped(&item.headline, indent);
        for place in &item.places {
            let at = place.range.start;
            let place = format!(
                "--> {}{}:{}:{}",
                visible(self.options.prefix),
                visible(&place.file),
                at.line,
                at.column
            );
            self.out.push_str("      ");
            self.paint.write(&mut self.out, Style::Frame, &place);
            self.out.push('\n');
        }
        for detail in &item.details {
            self.out.push_str("      ");
            self.wrapped(detail, 6);
        }
        if let Some(example) = item.example {
            self.example(example);
        }
    }

    fn example(&mut self, example: &Example) {
        self.out.push_str("      ");
        self.paint.write(&mut self.out, Style::Faint, "example: ");
        let request = compact::request(&example.witness);
        self.out.push_str(&format!("{}\n", visible(&request)));
        for entity in compact::entities(&example.witness) {
            let line = format!("        {}\n", visible(&entity));
            self.paint
                .write(&mut self.out, Style::Faint, line.trim_end());
            self.out.push('\n');
        }
        for decision in decisions(example) {
            self.out.push_str("      ");
            self.wrapped(&decision, 6);
        }
    }

    fn wrapped(&mut self, sentence: &str, indent: usize) {
        wrap(
            &mut self.out,
            &visible(sentence),
            indent,
            self.options.width,
        );
        self.out.push('\n');
    }
}
