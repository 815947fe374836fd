//! YAML with a byte span on every node, for the files that people write: configuration, and whatever else
//! is read with [`super::reader`].
//!
//! It takes the plain part of YAML 1.2: mappings with scalar keys, sequences and scalars, in one document.
//! Anchors, aliases, merge keys and tags are refused, so a text is never larger once read. The tree is built
//! from the parser's events and not by recursion; depth is bounded by [`MAX_DEPTH`], so everything that
//! walks a tree may recurse.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError};

use crate::source::Span;

/// The most mappings and sequences that may be open at the same time.
pub(crate) const MAX_DEPTH: usize = 64;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// From its first to its last character; quotes and brackets are part of it. Where nothing was
    /// written, the place where the value would stand.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// A scalar. Only plain ones, those without quotes, can be anything but text.
    Scalar {
        /// Its text, unescaped.
        text: String,
        /// Whether it was written without quotes.
        plain: bool,
    },
    /// `[a, b]` or lines with `-`.
    Sequence(Vec<Node>),
    /// `key: value`, in the order written, keys unique.
    Mapping(Vec<Entry>),
    /// An alias: a problem of its own.
    Refused,
}

/// `key: value`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The key's text.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Whether nothing was written where the value would stand.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if text.is_empty())
    }
}

/// Something that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: ProblemKind,
}

/// What cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProblemKind {
    /// Not YAML, in the parser's words.
    Syntax(String),
    /// `&name`
    Anchor,
    /// `*name`
    Alias,
    /// `<<: …`
    MergeKey,
    /// `!tag`
    Tag,
    /// A key that is a mapping or a sequence.
    ComplexKey,
    /// A second document.
    SecondDocument,
    /// Something after `...`.
    AfterEnd,
    /// More than [`MAX_DEPTH`] open collections.
    TooDeep,
    /// A key that its mapping has already, at this place.
    DuplicateKey(String, Span),
}

/// Reads a text: its first document, `None` where it has none, and what is wrong with it in the order
/// found. Reading stops where the text is no YAML or too deep; what stands before takes effect.
pub(crate) fn read(text: &str) -> (Option<Node>, Vec<Problem>) {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder {
        positions: Positions::new(text, text.len() - body.len()),
        text,
        open: Vec::new(),
        root: None,
        problems: Vec::new(),
    };
    let mut parser = Parser::new_from_str(body);
    while let Some(event) = parser.next_event() {
        let step = match event {
            Ok((event, span)) => builder.event(event, span.start, span.end),
            Err(error) => {
                builder.syntax(&error);
                Step::Stop
            }
        };
        if matches!(step, Step::Stop) {
            break;
        }
    }
    while !builder.open.is_empty() {
        builder.close(None);
    }
    (builder.root, builder.problems)
}

/// Whether the parser complains about a tab. It says `tab` or `tabs`, and `unprintable` of other things.
pub(crate) fn is_about_tabs(info: &str) -> bool {
    info.split(' ').any(|word| matches!(word, "tab" | "tabs"))
}

enum Step {
    Continue,
    Stop,
}

struct Builder<'a> {
    text: &'a str,
    positions: Positions<'a>,
    open: Vec<Open>,
    root: Option<Node>,
    problems: Vec<Problem>,
}

/// A collection that is not closed yet.
struct Open {
    /// Up to the end of what it has so far.
    span: Span,
    items: Items,
}

enum Items {
    Sequence(Vec<Node>),
    Mapping {
        entries: Vec<Entry>,
        seen: BTreeMap<String, Span>,
        key: Key,
    },
}

/// What a mapping waits for.
enum Key {
    /// A key.
    Awaited,
    /// The value of this key.
    Read(String, Span),
    /// A value that is dropped, because something is wrong with its key.
    Refused,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, start: Marker, end: Marker) -> Step {
        let span = self.positions.span(start, end);
        match event {
            Event::DocumentStart(is_marked) if self.root.is_some() => {
                self.problem(
                    span,
                    if is_marked {
                        ProblemKind::SecondDocument
                    } else {
                        ProblemKind::AfterEnd
                    },
                );
                return Step::Stop;
            }
            Event::Scalar(text, style, anchor, tag) => {
                let span = self.properties(span, anchor > 0, tag.is_some());
                let plain = style == ScalarStyle::Plain;
                let span = if plain && text.is_empty() {
                    self.absent(span)
                } else {
                    self.trimmed(match style {
                        ScalarStyle::Literal => self.with_indicator(span, '|'),
                        ScalarStyle::Folded => self.with_indicator(span, '>'),
                        _ => span,
                    })
                };
                let value = Value::Scalar {
                    text: text.into_owned(),
                    plain,
                };
                self.add(Node { span, value });
            }
            Event::Alias(_) => {
                self.problem(span, ProblemKind::Alias);
                self.add(Node {
                    span,
                    value: Value::Refused,
                });
            }
            Event::SequenceStart(anchor, tag) => {
                return self.start(
                    span,
                    (anchor > 0, tag.is_some()),
                    Items::Sequence(Vec::new()),
                );
            }
            Event::MappingStart(anchor, tag) => {
                let items = Items::Mapping {
                    entries: Vec::new(),
                    seen: BTreeMap::new(),
                    key: Key::Awaited,
                };
                return self.start(span, (anchor > 0, tag.is_some()), items);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let bracket = self.closing_bracket(span);
                self.close(bracket);
            }
            Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::StreamStart
            | Event::StreamEnd
            | Event::Nothing => {}
        }
        Step::Continue
    }

    fn start(&mut self, span: Span, (anchor, tag): (bool, bool), items: Items) -> Step {
        let mut span = self.properties(span, anchor, tag);
        if matches!(items, Items::Sequence(_)) {
            // Without an indentation of its own, a block sequence starts after its first hyphen for the parser.
            let before = self.text.get(..span.start as usize).unwrap_or_default();
            let is_flow = span.text(self.text).starts_with('[');
            if let Some(before) = before.trim_end().strip_suffix('-')
                && !is_flow
                && !span.text(self.text).starts_with('-')
            {
                span = Span::from_usize(before.len(), span.end as usize);
            }
        }
        if self.open.len() == MAX_DEPTH {
            self.problem(span, ProblemKind::TooDeep);
            return Step::Stop;
        }
        self.open.push(Open { span, items });
        Step::Continue
    }

    /// The bracket that ends a flow collection. `None` for a block, which ends where its last item does:
    /// the parser's span is that of the next token then.
    fn closing_bracket(&self, span: Span) -> Option<Span> {
        let mut at = span.start as usize;
        // After a trailing comma the parser's span is that of the comma.
        if !span.is_empty() && self.text.get(at..)?.starts_with(',') {
            at += 1;
            loop {
                let rest = self.text.get(at..)?;
                let blanks = rest.len() - rest.trim_start().len();
                let comment = rest
                    .get(blanks..)?
                    .strip_prefix('#')
                    .map_or(0, |rest| 1 + rest.find(['\n', '\r']).unwrap_or(rest.len()));
                at += blanks + comment;
                if comment == 0 {
                    break;
                }
            }
        } else if span.is_empty() {
            return None;
        }
        (self.text.get(at..)?)
            .starts_with([']', '}'])
            .then(|| Span::from_usize(at, at + 1))
    }

    fn close(&mut self, bracket: Option<Span>) {
        let Some(Open { span, items }) = self.open.pop() else {
            return;
        };
        let value = match items {
            Items::Sequence(items) => Value::Sequence(items),
            Items::Mapping { entries, .. } => Value::Mapping(entries),
        };
        self.add(Node {
            span: bracket.map_or(span, |bracket| span.cover(bracket)),
            value,
        });
    }

    fn add(&mut self, node: Node) {
        let Some(Open { span, items }) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        *span = span.cover(node.span);
        let (entries, seen, key) = match items {
            Items::Sequence(items) => {
                items.push(node);
                return;
            }
            Items::Mapping { entries, seen, key } => (entries, seen, key),
        };
        match std::mem::replace(key, Key::Awaited) {
            Key::Read(text, at) => {
                let mut value = node;
                if value.is_absent() {
                    value.span = at;
                }
                entries.push(Entry {
                    key: text,
                    key_span: at,
                    value,
                });
            }
            Key::Refused => {}
            Key::Awaited => {
                let at = node.span;
                let (refused, text) = match node.value {
                    Value::Scalar { text, plain: true } if text == "<<" => {
                        (Some(ProblemKind::MergeKey), text)
                    }
                    Value::Scalar { text, .. } => match seen.get(&text) {
                        Some(first) => {
                            (Some(ProblemKind::DuplicateKey(text.clone(), *first)), text)
                        }
                        None => (None, text),
                    },
                    Value::Sequence(_) | Value::Mapping(_) => {
                        (Some(ProblemKind::ComplexKey), String::new())
                    }
                    Value::Refused => {
                        *key = Key::Refused;
                        return;
                    }
                };
                if let Some(kind) = refused {
                    *key = Key::Refused;
                    self.problem(at, kind);
                } else {
                    seen.insert(text.clone(), at);
                    *key = Key::Read(text, at);
                }
            }
        }
    }

    /// Reports anchors and tags before a node; the span without them.
    fn properties(&mut self, span: Span, anchor: bool, tag: bool) -> Span {
        if !anchor && !tag {
            return span;
        }
        let rest = self.text.get(span.start as usize..).unwrap_or_default();
        let mut at = 0_usize;
        let mut last = span.start;
        for word in rest
            .split_inclusive([' ', '\t', '\r', '\n', ',', ']', '}'])
            .take(16)
        {
            let name = word.trim_end_matches([' ', '\t', '\r', '\n', ',', ']', '}']);
            let place = Span::from_usize(at, at + name.len()).offset(span.start);
            at += word.len();
            match name.chars().next() {
                Some('&') => self.problem(place, ProblemKind::Anchor),
                Some('!') => self.problem(place, ProblemKind::Tag),
                None => continue,
                Some(_) => return Span::new(place.start, span.end),
            }
            last = place.end;
        }
        Span::new(last, span.end.max(last))
    }

    /// Nothing was written where a scalar could stand. The parser's span is that of a token beside it.
    fn absent(&self, span: Span) -> Span {
        let before = self
            .text
            .get(..span.start as usize)
            .unwrap_or_default()
            .trim_end();
        Span::at(u32::try_from(before.len()).unwrap_or(span.start))
    }

    /// A block scalar from its `|` or `>` on: the parser's span begins with its content.
    fn with_indicator(&self, span: Span, indicator: char) -> Span {
        let before = self.text.get(..span.start as usize).unwrap_or_default();
        let before = before.trim_end();
        let line = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let header = before.get(line..).unwrap_or_default();
        let header = header.split(" #").next().unwrap_or_default();
        header
            .rfind(indicator)
            .map_or(span, |at| Span::from_usize(line + at, span.end as usize))
    }

    fn trimmed(&self, span: Span) -> Span {
        let text = span.text(self.text).trim_end();
        Span::from_usize(span.start as usize, span.start as usize + text.len())
    }

    fn syntax(&mut self, error: &ScanError) {
        let marker = *error.marker();
        let at = self.positions.byte(marker.index());
        let rest = self.text.get(at..).unwrap_or_default();
        let before = self.text.get(..at).unwrap_or_default();
        let span = match rest.chars().next() {
            _ if is_about_tabs(error.info()) => {
                let line = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
                let tab = (before.get(line..).unwrap_or_default().find('\t'))
                    .map(|tab| line + tab)
                    .or_else(|| rest.find('\t').map(|tab| at + tab));
                tab.map_or(Span::from_usize(at, at), |tab| {
                    Span::from_usize(tab, tab + 1)
                })
            }
            Some(c) if !c.is_whitespace() => Span::from_usize(at, at + c.len_utf8()),
            _ => self.last_visible(at),
        };
        if error.info().contains("unknown anchor") {
            let end = rest
                .find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}'))
                .unwrap_or(rest.len());
            let span = Span::from_usize(at, at + end);
            self.problem(span, ProblemKind::Alias);
            // What it stands in must not look whole.
            if !self.open.is_empty() {
                self.add(Node {
                    span,
                    value: Value::Refused,
                });
            }
        } else if error.info().contains("recursion limit") {
            self.problem(span, ProblemKind::TooDeep);
        } else {
            let info = error.info().replace(['\'', '"'], "`");
            self.problem(span, ProblemKind::Syntax(info));
        }
    }

    /// The last character before `at` that can be seen; without one, the place itself.
    fn last_visible(&self, at: usize) -> Span {
        let before = self.text.get(..at).unwrap_or_default().trim_end();
        let start = before.char_indices().next_back().map_or(0, |(i, _)| i);
        if before.is_empty() || before == "\u{feff}" {
            Span::from_usize(at, at)
        } else {
            Span::from_usize(start, before.len())
        }
    }

    fn problem(&mut self, span: Span, kind: ProblemKind) {
        self.problems.push(Problem { span, kind });
    }
}

/// From the parser's positions, which count characters, to bytes.
struct Positions<'a> {
    text: &'a str,
    /// Byte offset at which the parser started.
    base: usize,
    /// Byte offset of every [`STRIDE`]th character; empty where all characters are ASCII.
    strides: Vec<usize>,
}

const STRIDE: usize = 64;

impl<'a> Positions<'a> {
    fn new(text: &'a str, base: usize) -> Self {
        let body = text.get(base..).unwrap_or_default();
        let strides = if body.is_ascii() {
            Vec::new()
        } else {
            body.char_indices()
                .step_by(STRIDE)
                .map(|(byte, _)| base + byte)
                .collect()
        };
        Self {
            text,
            base,
            strides,
        }
    }

    fn byte(&self, index: usize) -> usize {
        if self.strides.is_empty() {
            return (self.base + index).min(self.text.len());
        }
        let Some(start) = self.strides.get(index / STRIDE).copied() else {
            return self.text.len();
        };
        self.text
            .get(start..)
            .unwrap_or_default()
            .char_indices()
            .nth(index % STRIDE)
            .map_or(self.text.len(), |(byte, _)| start + byte)
    }

    fn span(&self, start: Marker, end: Marker) -> Span {
        Span::from_usize(self.byte(start.index()), self.byte(end.index()))
    }
}
