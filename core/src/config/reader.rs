//! Reads typed values from YAML: what has the wrong type or name becomes a finding, the rest is read on.

use std::ops::RangeInclusive;

use super::words::{any_of, nearest, shown};
use super::yaml::{self, Entry, Node, Problem, ProblemKind, Value};
use crate::facts::Spanned;
use crate::finding::{Finding, Fix, TextEdit};
use crate::rules::Rule;
use crate::source::Span;

/// The rules under which one kind of file reports what is wrong with it.
#[derive(Debug)]
pub(crate) struct Codes {
    /// No YAML.
    pub syntax: &'static Rule,
    /// A part of YAML that is not read.
    pub unsupported: &'static Rule,
    /// Too many open collections.
    pub too_deep: &'static Rule,
    /// A file without any value.
    pub empty: &'static Rule,
    /// What to do about a file without any value.
    pub empty_help: &'static str,
    /// A key for the second time.
    pub duplicate_key: &'static Rule,
    /// A key that is not known.
    pub unknown_key: &'static Rule,
    /// A value of the wrong type.
    pub wrong_type: &'static Rule,
    /// A value of the right type that is not allowed.
    pub invalid_value: &'static Rule,
}

/// Reads one text and gathers what is wrong with it.
///
/// The `name` that most functions take is what messages call the value, as `options.environments`.
pub(crate) struct Reader<'a> {
    text: &'a str,
    codes: &'static Codes,
    findings: Vec<Finding>,
}

/// The values of a mapping with known keys.
pub(crate) struct Fields<'n>(&'n [Entry]);

impl<'n> Fields<'n> {
    /// The values of a mapping with any keys.
    pub(crate) const fn of(entries: &'n [Entry]) -> Self {
        Self(entries)
    }

    /// The value under a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node> {
        self.0.iter().find(|e| e.key == key).map(|e| &e.value)
    }
}

impl<'a> Reader<'a> {
    /// A reader of this text.
    pub(crate) const fn new(text: &'a str, codes: &'static Codes) -> Self {
        Self {
            text,
            codes,
            findings: Vec::new(),
        }
    }

    /// The text's value; `None` where there is none.
    pub(crate) fn document(&mut self, name: &str) -> Option<Node> {
        let (root, problems) = yaml::read(self.text);
        if problems.is_empty() && root.as_ref().is_none_or(is_null) {
            self.findings.push(Finding::new(
                self.codes.empty,
                Span::at(0),
                format!("`{name}` says nothing"),
                self.codes.empty_help,
            ));
        }
        for problem in problems {
            let finding = self.problem(problem);
            self.findings.push(finding);
        }
        root.filter(|root| !is_null(root))
    }

    /// The entries of a mapping with any keys. Nothing at all counts as an empty mapping.
    pub(crate) fn mapping<'n>(&mut self, node: &'n Node, name: &str) -> &'n [Entry] {
        match &node.value {
            Value::Mapping(entries) => entries,
            _ => {
                if !is_null(node) {
                    self.wrong_type(
                        node,
                        name,
                        "a mapping",
                        "write lines of `key: value` below it",
                    );
                }
                &[]
            }
        }
    }

    /// The values of a mapping that knows only these keys.
    pub(crate) fn fields<'n>(&mut self, node: &'n Node, name: &str, keys: &[&str]) -> Fields<'n> {
        let entries = self.mapping(node, name);
        for entry in entries {
            if !keys.contains(&entry.key.as_str()) {
                let finding = Finding::new(
                    self.codes.unknown_key,
                    entry.key_span,
                    format!("{} is no key of {}", shown(&entry.key), called(name)),
                    format!("use {}", any_of(keys.iter().copied())),
                );
                self.findings
                    .push(did_you_mean(finding, &entry.key, keys.iter().copied()));
            }
        }
        Fields(entries)
    }

    /// The items of a list. Nothing at all counts as an empty list.
    pub(crate) fn list<'n>(&mut self, node: &'n Node, name: &str) -> &'n [Node] {
        match &node.value {
            Value::Sequence(items) => items,
            _ => {
                if !is_null(node) {
                    self.wrong_type(node, name, "a list", "write it as `[a, b]`");
                }
                &[]
            }
        }
    }

    /// A text.
    pub(crate) fn text<'n>(&mut self, node: &'n Node, name: &str) -> Option<Spanned<&'n str>> {
        self.text_or(
            node,
            name,
            "a text",
            "put it in quotes if it is meant as a text",
        )
    }

    /// A list of texts; items that are none are left out.
    pub(crate) fn texts<'n>(&mut self, node: &'n Node, name: &str) -> Vec<Spanned<&'n str>> {
        let item_name = format!("an item of `{name}`");
        let mut texts = Vec::new();
        for item in self.list(node, name) {
            texts.extend(self.text(item, &item_name));
        }
        texts
    }

    /// One of several words.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        node: &Node,
        name: &str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let words = || choices.iter().map(|(word, _)| *word);
        let help = format!("write {}", any_of(words()));
        let text = self.text_or(node, name, "a word", &help)?;
        let found = choices.iter().find(|(word, _)| *word == text.value);
        if found.is_none() {
            let finding = Finding::new(
                self.codes.invalid_value,
                node.span,
                format!("{} is no value of `{name}`", shown(text.value)),
                help,
            );
            self.findings
                .push(did_you_mean(finding, text.value, words()));
        }
        found.map(|(_, value)| *value)
    }

    /// A whole number. One too large for any use saturates.
    pub(crate) fn integer(&mut self, node: &Node, name: &str) -> Option<i128> {
        match scalar(node) {
            Some(Scalar::Integer(number)) => Some(number),
            _ => {
                self.wrong_type(
                    node,
                    name,
                    "a whole number",
                    "write digits only, without quotes or units",
                );
                None
            }
        }
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&mut self, node: &Node, name: &str) -> Option<bool> {
        if let Some(Scalar::Boolean(value)) = scalar(node) {
            return Some(value);
        }
        self.wrong_type(
            node,
            name,
            "a boolean",
            "write `true` or `false`, without quotes",
        );
        None
    }

    /// A whole number in a range.
    pub(crate) fn integer_in(
        &mut self,
        node: &Node,
        name: &str,
        range: RangeInclusive<u32>,
    ) -> Option<u32> {
        let number = self.integer(node, name)?;
        let value = u32::try_from(number).ok().filter(|n| range.contains(n));
        if value.is_none() {
            let (least, most) = range.into_inner();
            self.invalid(
                node.span,
                format!(
                    "{} is no value of `{name}`",
                    shown(node.span.text(self.text))
                ),
                format!("use a number from {least} to {most}"),
            );
        }
        value
    }

    /// Reports a value that has the right type but is not allowed.
    pub(crate) fn invalid(&mut self, span: Span, message: String, help: impl Into<String>) {
        self.findings
            .push(Finding::new(self.codes.invalid_value, span, message, help));
    }

    /// Reports anything else.
    pub(crate) fn report(&mut self, mut finding: Finding) {
        // Who reports the first byte of a value means its first character.
        let mut end = finding.span.end;
        while !self.text.is_char_boundary(end as usize) && (end as usize) < self.text.len() {
            end += 1;
        }
        finding.span.end = end;
        self.findings.push(finding);
    }

    /// What was reported, by its number in the order reported.
    pub(crate) fn reported(&self, number: usize) -> Option<&Finding> {
        self.findings.get(number)
    }

    /// Changes what was reported since `before` were.
    pub(crate) fn amend(&mut self, before: usize, change: impl Fn(&mut Finding)) {
        self.findings.iter_mut().skip(before).for_each(change);
    }

    /// Takes back what was reported under a rule since `before` were.
    pub(crate) fn take_back(&mut self, before: usize, rule: &'static Rule) {
        let mut number = 0;
        self.findings.retain(|finding| {
            number += 1;
            number <= before || finding.code != rule.code
        });
    }

    /// How much was reported.
    pub(crate) const fn count(&self) -> usize {
        self.findings.len()
    }

    /// What is wrong, in the order of the text, each but once.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        self.findings
            .sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
        self.findings.dedup();
        self.findings
    }

    /// Reports a value of another type than the one wanted.
    pub(crate) fn wrong_type(&mut self, node: &Node, name: &str, wanted: &str, help: &str) {
        let found = match (&node.value, scalar(node)) {
            (Value::Refused, _) => return,
            (Value::Mapping(_), _) => "a mapping",
            (Value::Sequence(_), _) => "a list",
            (_, Some(Scalar::Null)) => {
                let message = format!("{} has no value, but must be {wanted}", called(name));
                self.findings.push(Finding::new(
                    self.codes.wrong_type,
                    node.span,
                    message,
                    help,
                ));
                return;
            }
            (_, Some(Scalar::Boolean(_))) => "a boolean",
            (_, Some(Scalar::Integer(_) | Scalar::Float)) => "a number",
            (_, Some(Scalar::Text(_)) | None) => "a text",
        };
        let message = format!("{} must be {wanted}, but this is {found}", called(name));
        self.findings.push(Finding::new(
            self.codes.wrong_type,
            node.span,
            message,
            help,
        ));
    }

    fn text_or<'n>(
        &mut self,
        node: &'n Node,
        name: &str,
        wanted: &str,
        help: &str,
    ) -> Option<Spanned<&'n str>> {
        match scalar(node) {
            Some(Scalar::Text(text)) => Some(Spanned {
                value: text,
                span: node.span,
            }),
            _ => {
                self.wrong_type(node, name, wanted, help);
                None
            }
        }
    }

    fn problem(&self, Problem { span, kind }: Problem) -> Finding {
        let written = shown(span.text(self.text));
        let (rule, message, help) = match kind {
            ProblemKind::Syntax(info) => {
                let (message, help) = syntax(&info);
                (self.codes.syntax, message, help)
            }
            ProblemKind::TooDeep => (
                self.codes.too_deep,
                format!("this is nested more than {} levels deep", yaml::MAX_DEPTH),
                "write fewer levels; nothing after this place is read",
            ),
            ProblemKind::Anchor => (
                self.codes.unsupported,
                format!("{written} is an anchor, which is not read here"),
                "delete it and write the value out wherever it is meant",
            ),
            ProblemKind::Alias => (
                self.codes.unsupported,
                format!("{written} is an alias, which is not read here"),
                "write the value out",
            ),
            ProblemKind::MergeKey => (
                self.codes.unsupported,
                "`<<` is a merge key, which is not read here".to_owned(),
                "write the keys out",
            ),
            ProblemKind::Tag => (
                self.codes.unsupported,
                format!("{written} is a tag, which is not read here"),
                "delete it; quote the value if it is meant as a text",
            ),
            ProblemKind::ComplexKey => (
                self.codes.unsupported,
                "this key is no word".to_owned(),
                "use a single word as the key",
            ),
            ProblemKind::SecondDocument => (
                self.codes.unsupported,
                "a second document starts here, which is not read".to_owned(),
                "keep one document in a file",
            ),
            ProblemKind::AfterEnd => (
                self.codes.unsupported,
                "this stands after `...`, which ends the document".to_owned(),
                "delete `...`, or what follows it",
            ),
            ProblemKind::DuplicateKey(key, first) => {
                return Finding::new(
                    self.codes.duplicate_key,
                    span,
                    format!("{} is here for the second time", shown(&key)),
                    "delete one of the two; only the first is read",
                )
                .label(crate::finding::Place::Here(first), "first here");
            }
        };
        Finding::new(rule, span, message, help)
    }
}

/// Adds the known word that a wrong one is near, as help and as a fix.
pub(crate) fn did_you_mean<'k>(
    mut finding: Finding,
    word: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Finding {
    let Some(meant) = nearest(word, known) else {
        return finding;
    };
    finding.help = format!("did you mean `{meant}`?");
    let edit = TextEdit::replace(finding.span, meant);
    finding.fix(Fix::suggestion(
        format!("replace it with `{meant}`"),
        vec![edit],
    ))
}

/// What to say of a text that is no YAML, from the parser's words, and what to do. Most often lines do not stand
/// where the lines do that they belong to, which the parser's words do not say.
fn syntax(info: &str) -> (String, &'static str) {
    let (message, help) = if info.contains("expected `-` indicator") {
        (
            "this line is not indented like the list that it stands in",
            "indent it like the lines of the item above, or begin an item with `- `; nothing after this place is read",
        )
    } else if info.contains("expected key") {
        (
            "this line is not indented like the keys above it",
            "begin it in the column of the keys that it belongs to; nothing after this place is read",
        )
    } else if info.contains("mapping values are not allowed") {
        (
            "there is a second `:` in one value, as where a line is indented further than the key above it",
            "begin the line in the column of the keys that it belongs to, or put a value with a colon in quotes; nothing after this place is read",
        )
    } else if yaml::is_about_tabs(info) {
        ("", "indent with spaces")
    } else if info.contains("unprintable") {
        (
            "",
            "delete this character; nothing after this place is read",
        )
    } else {
        ("", "correct it here; nothing after this place is read")
    };
    let message = match message {
        "" => info,
        message => message,
    };
    (format!("this is not YAML: {message}"), help)
}

/// A name in a message; one that is no key but a description, as `a case`, is said as it is.
fn called(name: &str) -> String {
    let has_article = ["a ", "an ", "the "]
        .iter()
        .any(|article| name.starts_with(article));
    let is_plain = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b' ');
    if name.contains('`') || (has_article && is_plain) {
        name.to_owned()
    } else {
        format!("`{name}`")
    }
}

/// A scalar's value in YAML's core schema (YAML 1.2.2, section 10.3).
pub(crate) enum Scalar<'n> {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number; one too large for any use saturates.
    Integer(i128),
    /// Any other number.
    Float,
    /// A text.
    Text(&'n str),
}

/// Whether nothing was written, or `~`.
pub(crate) fn is_null(node: &Node) -> bool {
    matches!(node.value, Value::Refused) || matches!(scalar(node), Some(Scalar::Null))
}

/// A scalar's value; `None` for a mapping or a list.
pub(crate) fn scalar(node: &Node) -> Option<Scalar<'_>> {
    let Value::Scalar { text, plain } = &node.value else {
        return None;
    };
    if !plain {
        return Some(Scalar::Text(text));
    }
    Some(match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Boolean(true),
        "false" | "False" | "FALSE" => Scalar::Boolean(false),
        _ => {
            if let Some(number) = integer(text) {
                Scalar::Integer(number)
            } else if is_float(text) {
                Scalar::Float
            } else {
                Scalar::Text(text)
            }
        }
    })
}

fn integer(text: &str) -> Option<i128> {
    let (digits, radix) = if let Some(octal) = text.strip_prefix("0o") {
        (octal, 8)
    } else if let Some(hexadecimal) = text.strip_prefix("0x") {
        (hexadecimal, 16)
    } else {
        (text.strip_prefix(['-', '+']).unwrap_or(text), 10)
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let number = i128::from_str_radix(digits, radix).unwrap_or(i128::MAX);
    Some(if text.starts_with('-') {
        -number
    } else {
        number
    })
}

fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    matches!(
        unsigned,
        ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN"
    ) || (unsigned.starts_with(|c: char| c == '.' || c.is_ascii_digit())
        && unsigned.parse::<f64>().is_ok())
}
