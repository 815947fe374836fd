//! Reads suites: our YAML, the Cedar CLI's `run-tests` JSON and AuthZEN's evaluations.
//!
//! All three become the same tree first (JSON's values are YAML's), so that one reader, one conversion of
//! values and one set of messages serve them. Whatever is wrong becomes a finding; a case that something is
//! wrong with is set aside as [`Broken`] with the message of its first finding, and the others are read on.

mod as_of;
mod authzen;
mod case;
mod contexts;
mod entities;
mod files;
mod fixtures;
pub(crate) mod json;
mod names;
mod run_tests;
mod table;
#[cfg(test)]
mod tests;
mod value;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::model::{Broken, Case, Fixture, Suite};
use crate::cedar::ValidatorSchema;
use crate::codes::suite as codes;
use crate::config::reader::{Codes, Reader};
use crate::config::words::{nearest, shown};
use crate::facts::Entity;
use crate::finding::{Finding, Fix, TextEdit};
use crate::rules::Rule;
use crate::schema::Schema;
use crate::source::{Limits, Span};
use crate::time::Instant;

/// The most cases of a suite; each cell of a table is one.
pub(crate) const MAX_CASES: usize = 10_000;
/// The most entities of all the different fixtures of a suite together, inherited ones included.
pub(crate) const MAX_ENTITIES: usize = 200_000;
/// The most attributes, tags, parents and context keys that are inherited and converted for a suite.
pub(crate) const MAX_VALUES: usize = 2_000_000;
/// The most findings after which a suite is read on.
pub(crate) const MAX_FINDINGS: usize = 10_000;
/// The most words that are compared with misspelled ones.
const MAX_GUESSES: usize = 50_000;
/// The most tags of a case.
pub(crate) const MAX_TAGS: usize = 100;
/// The longest chain of `extends`.
pub(crate) const MAX_EXTENDS: usize = 32;

static CODES: Codes = Codes {
    syntax: &codes::SYNTAX,
    unsupported: &codes::UNSUPPORTED_YAML,
    too_deep: &codes::TOO_DEEP,
    empty: &codes::EMPTY,
    empty_help: "write `cases` or `tables`, or delete the file",
    duplicate_key: &codes::DUPLICATE_KEY,
    unknown_key: &codes::UNKNOWN_KEY,
    wrong_type: &codes::WRONG_TYPE,
    invalid_value: &codes::INVALID_VALUE,
};

/// What a suite is read against.
#[derive(Clone, Copy)]
pub(crate) struct Within<'a> {
    /// The text of another file of the bundle, by its path.
    pub file: &'a dyn Fn(&str) -> Option<Arc<str>>,
    /// The merged schema.
    pub schema: Option<&'a Schema>,
    /// The same as Cedar has it.
    pub validator: Option<&'a ValidatorSchema>,
    /// The names of all policies and links.
    pub policies: &'a BTreeSet<Arc<str>>,
    /// The paths of the bundle's entities.
    pub entity_files: &'a [Arc<str>],
    /// The bounds on files.
    pub limits: &'a Limits,
}

/// Reads the suite at `path`. `None` where nothing of it could be read. The findings' spans count from the
/// start of `text`.
pub(crate) fn read(
    path: &Arc<str>,
    text: &str,
    within: &Within<'_>,
) -> (Option<Suite>, Vec<Finding>) {
    let mut maker = Maker::new(path, text, within);
    let is_json = path.ends_with(".json");
    let root = if is_json {
        maker.json_document(text)
    } else {
        maker.reader.document("the suite")
    };
    let Some(root) = root else {
        return (None, maker.reader.finish());
    };
    maker.note_unread(root.span);
    let name = if is_json {
        maker.json_suite(&root);
        None
    } else {
        maker.yaml_suite(&root)
    };
    maker.finish(name, root.span)
}

/// Something is wrong, and was reported with this message.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Failed(String);

/// What is gathered while a suite is read.
struct Maker<'a> {
    reader: Reader<'a>,
    text: &'a str,
    path: &'a Arc<str>,
    within: &'a Within<'a>,
    /// What is wrong with the text as YAML or JSON, in its order.
    unread: Vec<(Span, Failed)>,
    /// The end of what was read of a text that breaks off there.
    torn: Option<(u32, Failed)>,
    as_of: Option<Instant>,
    fixtures: Vec<Fixture>,
    usual: Option<usize>,
    /// The number of a fixture by its digest.
    numbers: BTreeMap<[u8; 32], usize>,
    cases: Vec<Case>,
    broken: Vec<Broken>,
    names: BTreeMap<Arc<str>, Span>,
    /// Sets of entities that were finished.
    sets: usize,
    entities: usize,
    values: usize,
    /// Words that may still be compared.
    guesses: usize,
    /// The full names of types that were written without their namespace.
    types: BTreeMap<String, String>,
    /// The entities of the bundle's own files, read where somebody asks for one.
    defined: Option<BTreeMap<Entity, Arc<str>>>,
    /// Entities that were written as `Type::"id"`.
    written: BTreeMap<String, Option<Entity>>,
    /// How many cases have a name that had to be made unique.
    repeated: BTreeMap<String, usize>,
}

impl<'a> Maker<'a> {
    fn new(path: &'a Arc<str>, text: &'a str, within: &'a Within<'a>) -> Self {
        Self {
            reader: Reader::new(text, &CODES),
            text,
            path,
            within,
            unread: Vec::new(),
            torn: None,
            as_of: None,
            fixtures: Vec::new(),
            usual: None,
            numbers: BTreeMap::new(),
            cases: Vec::new(),
            broken: Vec::new(),
            names: BTreeMap::new(),
            sets: 0,
            entities: 0,
            values: 0,
            guesses: MAX_GUESSES,
            types: BTreeMap::new(),
            defined: None,
            written: BTreeMap::new(),
            repeated: BTreeMap::new(),
        }
    }

    fn finish(mut self, name: Option<Arc<str>>, root: Span) -> (Option<Suite>, Vec<Finding>) {
        if self.cases.is_empty() && self.broken.is_empty() && self.reader.count() == 0 {
            self.fail(
                &codes::EMPTY,
                Span::at(root.start),
                "this suite has no case",
                CODES.empty_help,
            );
        }
        let suite = Suite {
            path: Arc::clone(self.path),
            name: name.unwrap_or_else(|| name_of(self.path)),
            as_of: self.as_of,
            fixtures: self.fixtures,
            usual: self.usual,
            cases: self.cases,
            broken: self.broken,
        };
        (Some(suite), self.reader.finish())
    }

    /// Reports something.
    fn fail(
        &mut self,
        rule: &'static Rule,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Failed {
        self.report(Finding::new(rule, span, message, help))
    }

    fn report(&mut self, finding: Finding) -> Failed {
        let failed = Failed(finding.message.clone());
        self.reader.report(finding);
        failed
    }

    /// Reports a word that is none of the known ones, with the one that was probably meant.
    fn unknown<'k>(
        &mut self,
        finding: Finding,
        word: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> Failed {
        let mut left = self.guesses;
        let near = nearest(
            word,
            known.into_iter().take(self.guesses).inspect(|_| left -= 1),
        );
        self.guesses = left;
        let Some(meant) = near else {
            return self.report(finding);
        };
        let mut finding = finding;
        finding.help = format!("did you mean {}?", shown(meant));
        // The place of what comes from another file is not where the word is written.
        let written = finding.span.text(self.text);
        let quote = written.chars().next().filter(|c| matches!(c, '"' | '\''));
        let is_the_word = match quote {
            Some(quote) => written.trim_matches(quote) == word,
            None => written == word,
        };
        if is_the_word && !meant.contains(['"', '\'', '\\']) {
            let quote = quote.map(String::from).unwrap_or_default();
            let edit = TextEdit::replace(finding.span, format!("{quote}{meant}{quote}"));
            finding = finding.fix(Fix::suggestion(
                format!("replace it with `{meant}`"),
                vec![edit],
            ));
        }
        self.report(finding)
    }

    /// Keeps what was reported about the whole text, for the cases that it concerns.
    fn note_unread(&mut self, root: Span) {
        let mut unread = Vec::new();
        for finding in (0..).map_while(|number| self.reader.reported(number)) {
            let failed = Failed(finding.message.clone());
            if [CODES.syntax.code, CODES.too_deep.code].contains(&finding.code) {
                self.torn = Some((root.end, failed));
            } else {
                unread.push((finding.span, failed));
            }
        }
        unread.sort_by_key(|(span, _)| span.start);
        self.unread = unread;
    }

    /// What becomes of something that was read from `node`: an error where anything in it could not be
    /// read, or was reported since `before` were.
    fn sound<T>(
        &mut self,
        node: Span,
        before: usize,
        read: Result<T, Failed>,
    ) -> Result<T, Failed> {
        let next = self
            .unread
            .partition_point(|(span, _)| span.start < node.start);
        if let Some((span, failed)) = self.unread.get(next)
            && span.start < node.end
        {
            return Err(failed.clone());
        }
        if let Some((end, failed)) = &self.torn
            && *end <= node.end
        {
            let failed = failed.clone();
            // It may well stand behind the place.
            self.reader.take_back(before, &codes::MISSING_KEY);
            return Err(failed);
        }
        let read = read?;
        self.failed_since(before).map_or(Ok(read), Err)
    }

    /// The first of what was reported since `before` were, if anything.
    fn failed_since(&self, before: usize) -> Option<Failed> {
        self.reader
            .reported(before)
            .map(|finding| Failed(finding.message.clone()))
    }

    /// What was just reported.
    fn last(&self) -> Failed {
        self.failed_since(self.reader.count().saturating_sub(1))
            .unwrap_or_else(|| Failed(String::new()))
    }

    /// Counts values that are inherited or converted.
    fn spend(&mut self, values: usize, at: Span) -> Result<(), Failed> {
        self.values = self.values.saturating_add(values);
        if self.values <= MAX_VALUES {
            return Ok(());
        }
        Err(self.fail(
            &codes::TOO_MUCH,
            at,
            format!("with this the suite has more than {MAX_VALUES} attributes and context keys"),
            "split the suite, or inherit less",
        ))
    }

    /// The number of a fixture with these entities.
    fn fixture(&mut self, entities: serde_json::Value) -> usize {
        let fixture = Fixture::new(entities);
        let next = self.fixtures.len();
        let number = *self.numbers.entry(fixture.digest).or_insert(next);
        if number == next {
            self.fixtures.push(fixture);
        }
        number
    }

    /// Takes a case's name; an error where another case has it.
    fn claim(&mut self, name: &Arc<str>, span: Span) -> Result<(), Failed> {
        let Some(first) = self.names.get(name).copied() else {
            self.names.insert(Arc::clone(name), span);
            return Ok(());
        };
        let finding = Finding::new(
            &codes::DUPLICATE_CASE,
            span,
            format!("there are two cases with the name {}", shown(name)),
            "rename one of the two; this one is not run until then",
        )
        .label(crate::finding::Place::Here(first), "the first is here");
        Err(self.report(finding))
    }

    /// Whether so many more cases fit.
    fn has_room(&mut self, more: usize, at: Span) -> Result<(), Failed> {
        if self.reader.count() > MAX_FINDINGS {
            return Err(self.fail(
                &codes::TOO_MUCH,
                at,
                format!("more than {MAX_FINDINGS} things are wrong before this place"),
                "correct them first; what comes from here on is not run",
            ));
        }
        if self.cases.len() + self.broken.len() + more <= MAX_CASES {
            return Ok(());
        }
        Err(self.fail(
            &codes::TOO_MUCH,
            at,
            format!("with this the suite has more than {MAX_CASES} cases"),
            "split the suite, or list fewer rows and columns; what comes from here on is not run",
        ))
    }
}

/// The first failure, or all values.
fn all<T>(results: impl IntoIterator<Item = Result<T, Failed>>) -> Result<Vec<T>, Failed> {
    let mut values = Vec::new();
    let mut first = None;
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(failed) => first = first.or(Some(failed)),
        }
    }
    first.map_or(Ok(values), Err)
}

/// A file's name without its folder and what says that it is a suite.
fn name_of(path: &str) -> Arc<str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = [".test.yaml", ".test.json"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix));
    stem.filter(|stem| !stem.is_empty()).unwrap_or(name).into()
}
