//! Shares of covered and killed, in columns.

use unicode_width::UnicodeWidthStr;

use super::percent;
use crate::render::escape::visible;
use crate::render::paint::{Paint, Style};
use crate::suite::coverage::Ratio;

/// The columns besides the names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// What stands above the names.
    pub(super) title: &'static str,
    /// What stands above each column.
    pub(super) columns: Vec<&'static str>,
    /// A name and a share for each column, `None` where there is nothing to have a share of.
    pub(super) rows: Vec<(String, Vec<Option<Ratio>>)>,
    /// The sum of all rows, and of those that are not shown.
    pub(super) total: Vec<Option<Ratio>>,
}

/// Names are not cut to less than this for the sake of counts.
const NAMES: usize = 32;

/// Between two columns.
const GAP: usize = 3;

/// The same where names would have to be cut.
const TIGHT: usize = 2;

/// What a percentage takes: `100 %`.
const PERCENT: usize = 5;

/// How columns are laid out.
struct Layout {
    /// Columns of the counts of each column, 0 where there are none.
    counts: Vec<usize>,
    /// Between two columns.
    gap: usize,
}

impl Table {
    /// Writes the table in at most `width` columns where names can be cut to fit. The counts are left out
    /// where they would leave too little room for names.
    pub(super) fn write(&self, out: &mut String, width: usize, paint: Paint) {
        let names: Vec<String> = self
            .rows
            .iter()
            .map(|(name, _)| visible(name).into_owned())
            .collect();
        let longest = names
            .iter()
            .map(|name| name.width())
            .chain([self.title.len(), TOTAL.len()])
            .max()
            .unwrap_or(0);
        let counts = self.widths_of_counts();
        let room = |layout: &Layout| {
            let columns: usize = self
                .columns
                .iter()
                .zip(&layout.counts)
                .map(|(title, count)| layout.gap + column(title, *count))
                .sum();
            width.saturating_sub(columns)
        };
        let none = vec![0; self.columns.len()];
        let layout = [(counts, GAP), (none.clone(), GAP)]
            .map(|(counts, gap)| Layout { counts, gap })
            .into_iter()
            .find(|layout| room(layout) >= longest.min(NAMES))
            .unwrap_or(Layout {
                counts: none,
                gap: TIGHT,
            });
        let names_width = longest.min(room(&layout).max(TOTAL.len()));

        let mut head = padded(self.title, names_width);
        for (title, count) in self.columns.iter().zip(&layout.counts) {
            let width = layout.gap + column(title, *count);
            head.push_str(&format!("{title:>width$}"));
        }
        paint.write(out, Style::Headline, &head);
        out.push('\n');
        for (name, (_, cells)) in names.iter().zip(&self.rows) {
            out.push_str(&padded(&cut(name, names_width), names_width));
            self.write_cells(out, cells, &layout, paint);
        }
        paint.write(out, Style::Headline, &padded(TOTAL, names_width));
        self.write_cells(out, &self.total, &layout, paint);
    }

    fn write_cells(
        &self,
        out: &mut String,
        cells: &[Option<Ratio>],
        layout: &Layout,
        paint: Paint,
    ) {
        for ((title, cell), count) in self.columns.iter().zip(cells).zip(&layout.counts) {
            let width = layout.gap + column(title, *count);
            let shown = cell.and_then(|ratio| percent(ratio).map(|share| (ratio, share)));
            let Some((ratio, share)) = shown else {
                out.push_str(&" ".repeat(width - 1));
                paint.write(out, Style::Faint, "–");
                continue;
            };
            let text = if *count == 0 {
                format!("{share} %")
            } else {
                format!("{} {:>PERCENT$}", counted(ratio), format!("{share} %"))
            };
            out.push_str(&" ".repeat(width.saturating_sub(text.len())));
            let style = match share {
                100 => Style::Good,
                0 => Style::Bad,
                _ => Style::Caution,
            };
            paint.write(out, style, &text);
        }
        out.push('\n');
    }

    fn widths_of_counts(&self) -> Vec<usize> {
        (0..self.columns.len())
            .map(|index| {
                self.rows
                    .iter()
                    .map(|(_, cells)| cells)
                    .chain([&self.total])
                    .filter_map(|cells| cells.get(index).copied().flatten())
                    .map(|ratio| counted(ratio).len())
                    .max()
                    .unwrap_or(0)
            })
            .collect()
    }
}

/// The name of the last row.
const TOTAL: &str = "together";

/// Columns of a column whose counts take this many.
fn column(title: &str, counts: usize) -> usize {
    let cells = if counts == 0 {
        PERCENT
    } else {
        counts + 1 + PERCENT
    };
    cells.max(title.len())
}

fn counted(ratio: Ratio) -> String {
    format!("{}/{}", ratio.covered, ratio.total)
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// The text, cut to so many columns, with an ellipsis where something is missing.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        let mut longer = out.clone();
        longer.push(c);
        if longer.width() + 1 > columns {
            break;
        }
        out = longer;
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> Table {
        let of = |covered, total| Some(Ratio { covered, total });
        Table {
            title: "coverage",
            columns: vec!["clauses", "environments"],
            rows: vec![
                (name.to_owned(), vec![of(9, 12), of(1, 1)]),
                ("b".to_owned(), vec![of(0, 1), of(0, 0)]),
            ],
            total: vec![of(9, 13), None],
        }
    }

    fn written(table: &Table, width: usize) -> String {
        let mut out = String::from("\n");
        table.write(&mut out, width, Paint { color: false });
        out
    }

    #[test]
    fn columns_are_aligned() {
        assert_eq!(
            written(&table("wire-transfer"), 80),
            "
coverage           clauses   environments
wire-transfer   9/12  75 %      1/1 100 %
b                0/1   0 %              –
together        9/13  69 %              –
"
        );
    }

    #[test]
    fn names_are_cut_and_counts_left_out_where_room_is_short() {
        let long = table("日本-a-very-long-name-of-a-policy");
        assert_eq!(
            written(&long, 60),
            "
coverage                              clauses   environments
日本-a-very-long-name-of-a-poli…   9/12  75 %      1/1 100 %
b                                   0/1   0 %              –
together                           9/13  69 %              –
"
        );
        assert_eq!(
            written(&long, 40),
            "
coverage           clauses  environments
日本-a-very-long…     75 %         100 %
b                      0 %             –
together              69 %             –
"
        );
    }

    #[test]
    fn hidden_characters_do_not_get_through() {
        assert!(written(&table("a\x1b[2J\n"), 80).contains(r"a\u{1b}[2J\n   "));
    }
}
