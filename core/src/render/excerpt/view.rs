//! As much of a line as there is room for, with what stands below it.

use unicode_width::UnicodeWidthChar;

use super::lines::{line_end, line_start};
use super::{Room, Stroke, bar};
use crate::render::escape;
use crate::render::paint::{Paint, Style};
use crate::source::Span;

/// The part of one line that is shown.
#[derive(Debug)]
pub(super) struct View {
    cells: Vec<Cell>,
    /// Offset just past the last cell.
    end: usize,
    /// Whether the line has more to the left or to the right.
    cut: (bool, bool),
}

/// One character as it is shown.
#[derive(Debug)]
struct Cell {
    byte: usize,
    column: usize,
    width: usize,
    shown: Shown,
}

#[derive(Debug)]
enum Shown {
    Character(char),
    Blanks,
    Escape(String),
}

/// Columns from one tab stop to the next.
const TAB: usize = 4;

impl View {
    /// As much of the line around `focus` as there is room for.
    pub(super) fn around(text: &str, focus: Span, room: Room) -> Self {
        let at = focus.start as usize;
        let (start, cut_left) = line_start(text, at, room.reach());
        let (end, cut_right) = line_end(text, at, 2 * room.reach());
        let mut column = 0;
        let mut cells: Vec<Cell> = text
            .get(start..end)
            .unwrap_or_default()
            .char_indices()
            .map(|(offset, c)| {
                let (width, shown) = match c {
                    '\t' => (TAB - column % TAB, Shown::Blanks),
                    c if escape::is_hidden(c) => {
                        let escaped = escape::escaped(c);
                        (escaped.len(), Shown::Escape(escaped))
                    }
                    c => (c.width().unwrap_or(0), Shown::Character(c)),
                };
                let cell = Cell {
                    byte: start + offset,
                    column,
                    width,
                    shown,
                };
                column += width;
                cell
            })
            .collect();
        let total = column;
        let mut view = Self {
            end,
            cut: (cut_left, cut_right),
            cells: Vec::new(),
        };
        if cut_left || cut_right || total > room.source() {
            // Two columns are for the ellipses.
            let columns = room.source() - 2;
            let column_of = |byte| column_of(&cells, byte, total);
            let from = column_of(at);
            let marked = column_of(focus.end as usize)
                .saturating_sub(from)
                .min(columns);
            let left = from
                .saturating_sub((columns - marked) / 2)
                .min(total.saturating_sub(columns));
            let right = left + columns;
            let kept = |cell: &Cell| cell.column >= left && cell.column + cell.width <= right;
            view.cut.0 |= cells.first().is_some_and(|cell| !kept(cell));
            if let Some(last) = cells.iter().rposition(kept) {
                if last + 1 < cells.len() {
                    view.cut.1 = true;
                    view.end = cells.get(last + 1).map_or(end, |cell| cell.byte);
                }
                cells.truncate(last + 1);
            }
            cells.retain(kept);
        }
        view.cells = cells;
        view
    }

    /// Whether the start of `span` can be pointed at.
    pub(super) fn shows(&self, span: Span) -> bool {
        let start = span.start as usize;
        let first = self.cells.first().map_or(self.end, |cell| cell.byte);
        first <= start && (start < self.end || (start == self.end && !self.cut.1))
    }

    pub(super) fn write(&self, out: &mut String, number: u32, room: Room, paint: Paint) {
        let gutter = room.gutter;
        paint.write(out, Style::Frame, &format!("{number:>gutter$} |"));
        if !self.cells.is_empty() {
            out.push(' ');
        }
        if self.cut.0 {
            out.push('…');
        }
        for cell in &self.cells {
            match &cell.shown {
                Shown::Character(c) => out.push(*c),
                Shown::Blanks => out.extend(std::iter::repeat_n(' ', cell.width)),
                Shown::Escape(text) => out.push_str(text),
            }
        }
        if self.cut.1 {
            out.push('…');
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }

    pub(super) fn underline(
        &self,
        out: &mut String,
        stroke: &Stroke<'_>,
        room: Room,
        paint: Paint,
    ) {
        let origin = self.cells.first().map_or(0, |cell| cell.column);
        let total = self.cells.last().map_or(0, |cell| cell.column + cell.width);
        let column = |byte: u32| {
            column_of(&self.cells, byte as usize, total).max(origin) - origin
                + usize::from(self.cut.0)
        };
        let (from, to) = (column(stroke.span.start), column(stroke.span.end));
        let (style, sign) = match stroke.primary {
            Some(style) => (style, "^"),
            None => (Style::Frame, "-"),
        };
        bar(out, room, paint);
        out.extend(std::iter::repeat_n(' ', from + 1));
        let mut underline = sign.repeat(to.saturating_sub(from).max(1));
        if !stroke.message.is_empty() {
            underline.push(' ');
            underline.push_str(&escape::visible(stroke.message));
        }
        paint.write(out, style, &underline);
        out.push('\n');
    }
}

/// The column at which the character at `byte` starts.
fn column_of(cells: &[Cell], byte: usize, total: usize) -> usize {
    let index = cells.partition_point(|cell| cell.byte < byte);
    cells.get(index).map_or(total, |cell| cell.column)
}
