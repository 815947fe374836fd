//! `fixtures:` and `use:`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::entities::Set;
use super::{Failed, Maker};
use crate::codes::suite as codes;
use crate::config::reader::{Reader, Scalar, scalar};
use crate::config::words::shown;
use crate::config::yaml::{Entry, Node, Value};
use crate::facts::Spanned;
use crate::finding::Finding;
use crate::source::Span;

/// The files that fixtures and contexts name, by where their names start. They are read first, because sets borrow
/// from them.
pub(super) type Files = BTreeMap<u32, Result<Node, Failed>>;

/// A set and its number among the suite's fixtures.
pub(super) type Used<'n> = (Rc<Set<'n>>, usize);

/// The fixtures of a suite.
pub(super) struct Fixtures<'n> {
    files: &'n Files,
    pub(super) declared: BTreeMap<&'n str, &'n Entry>,
    done: BTreeMap<&'n str, Result<Rc<Set<'n>>, Failed>>,
    pub(super) used: BTreeMap<Vec<&'n str>, Result<Used<'n>, Failed>>,
}

/// The names that a fixture or a context extends. What is wrong with how it says so is reported where it is read.
pub(super) fn extended(of: &Value) -> Vec<&str> {
    let Value::Mapping(keys) = of else {
        return Vec::new();
    };
    let Some(list) = keys.iter().find(|key| key.key == "extends") else {
        return Vec::new();
    };
    let mut quiet = Reader::new("", &super::CODES);
    let bases = word_or_words(&mut quiet, &list.value, "extends");
    bases.iter().map(|base| base.value).collect()
}

/// The keys of a fixture.
const KEYS: [&str; 3] = ["extends", "files", "entities"];

impl Maker<'_> {
    /// Reads every file that a fixture or a context names.
    pub(super) fn files(&mut self, fixtures: Option<&Node>, contexts: Option<&Node>) -> Files {
        let mut files = Files::new();
        if let Some(Value::Mapping(entries)) = contexts.map(|node| &node.value) {
            for Entry { value, .. } in entries {
                if let Some(Scalar::Text(path)) = scalar(value) {
                    files.insert(value.span.start, self.context_file(path, value.span));
                }
            }
        }
        let Some(Value::Mapping(entries)) = fixtures.map(|node| &node.value) else {
            return files;
        };
        for entry in entries {
            let Value::Mapping(keys) = &entry.value.value else {
                continue;
            };
            let list = keys.iter().find(|key| key.key == "files");
            let Some(list) = list else { continue };
            for path in word_or_words(&mut self.reader, &list.value, "files") {
                let file = self.entities_file(path.value, path.span);
                files.insert(path.span.start, file);
            }
        }
        files
    }

    /// Reads `fixtures:`.
    pub(super) fn fixtures<'n>(
        &mut self,
        node: Option<&'n Node>,
        files: &'n Files,
    ) -> Fixtures<'n> {
        let mut fixtures = Fixtures {
            files,
            declared: BTreeMap::new(),
            done: BTreeMap::new(),
            used: BTreeMap::new(),
        };
        let Some(node) = node else { return fixtures };
        let entries = self.reader.mapping(node, "fixtures");
        for entry in entries {
            fixtures.declared.insert(&entry.key, entry);
        }
        // What no case uses is looked at as well.
        for entry in entries {
            let _: Result<_, Failed> = self.set(&mut fixtures, &entry.key, &mut Vec::new());
        }
        fixtures
    }

    fn set<'n>(
        &mut self,
        fixtures: &mut Fixtures<'n>,
        name: &'n str,
        open: &mut Vec<&'n str>,
    ) -> Result<Rc<Set<'n>>, Failed> {
        if let Some(done) = fixtures.done.get(name) {
            return done.clone();
        }
        let Some(entry) = fixtures.declared.get(name).copied() else {
            return Err(Failed(String::new()));
        };
        if open.contains(&name) || open.len() >= super::MAX_EXTENDS {
            return Err(self.circle(open, name, entry.key_span, "fixtures"));
        }
        open.push(name);
        let set = self.written_set(fixtures, entry, open).map(Rc::new);
        open.pop();
        fixtures.done.insert(name, set.clone());
        set
    }

    fn written_set<'n>(
        &mut self,
        fixtures: &mut Fixtures<'n>,
        entry: &'n Entry,
        open: &mut Vec<&'n str>,
    ) -> Result<Set<'n>, Failed> {
        let before = self.reader.count();
        let fields = self.reader.fields(&entry.value, &entry.key, &KEYS);
        let mut set = Set::default();
        let mut failed = None;
        if let Some(node) = fields.get("extends") {
            for word in word_or_words(&mut self.reader, node, "extends") {
                let base = match self.known(fixtures, &word) {
                    Ok(name) => self.set(fixtures, name, open),
                    Err(failed) => Err(failed),
                };
                match base {
                    Ok(base) => {
                        self.spend(base.len() + 1, word.span)?;
                        set.extend(&base);
                    }
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
        }
        if let Some(node) = fields.get("files") {
            // What has the wrong type was reported when the files were read.
            let mut quiet = Reader::new("", &super::CODES);
            for path in word_or_words(&mut quiet, node, "files") {
                let step = match fixtures.files.get(&path.span.start) {
                    Some(Ok(file)) => self.add_file(&mut set, file, path.span),
                    Some(Err(failed)) => Err(failed.clone()),
                    None => Ok(()),
                };
                if let Err(error) = step {
                    failed = failed.or(Some(error));
                }
            }
        }
        if let Some(node) = fields.get("entities") {
            match self.layer(&set, node) {
                Ok(all) => set = all,
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match failed.or_else(|| self.failed_since(before)) {
            Some(failed) => Err(failed),
            None => Ok(set),
        }
    }

    fn known<'n>(
        &mut self,
        fixtures: &Fixtures<'n>,
        word: &Spanned<&'n str>,
    ) -> Result<&'n str, Failed> {
        if let Some((name, _)) = fixtures.declared.get_key_value(word.value) {
            return Ok(name);
        }
        let finding = Finding::new(
            &codes::UNKNOWN_NAME,
            word.span,
            format!("there is no fixture {}", shown(word.value)),
            "correct the name, or define it under `fixtures`",
        );
        let known: Vec<&str> = fixtures.declared.keys().copied().collect();
        Err(self.unknown(finding, word.value, known))
    }

    /// The set that `use:` asks for: of fixtures with the same entity the last one counts.
    pub(super) fn used<'n>(
        &mut self,
        fixtures: &mut Fixtures<'n>,
        node: Option<&'n Node>,
        at: Span,
    ) -> Result<Used<'n>, Failed> {
        let before = self.reader.count();
        let words = match node {
            None => Vec::new(),
            Some(node) => word_or_words(&mut self.reader, node, "use"),
        };
        if let Some(failed) = self.failed_since(before) {
            return Err(failed);
        }
        let mut names = Vec::new();
        for word in &words {
            names.push(self.known(fixtures, word)?);
        }
        if let Some(used) = fixtures.used.get(&names) {
            return used.clone();
        }
        let at = node.map_or(at, |node| node.span);
        let used = self.combined(fixtures, &names, at);
        let used = used.map_err(|Failed(reason)| {
            let names: Vec<String> = names.iter().map(|name| shown(name)).collect();
            Failed(format!(
                "the fixture {} cannot be used: {reason}",
                names.join(" with ")
            ))
        });
        fixtures.used.insert(names, used.clone());
        used
    }

    /// Reports what no case uses, by itself or by way of what extends it.
    pub(super) fn unused<'n>(
        &mut self,
        declared: &BTreeMap<&'n str, &'n Entry>,
        mut open: Vec<&'n str>,
        what: &str,
    ) {
        let mut used = BTreeSet::new();
        while let Some(name) = open.pop() {
            if used.insert(name)
                && let Some(entry) = declared.get(name)
            {
                open.extend(extended(&entry.value.value));
            }
        }
        for (name, entry) in declared {
            if !used.contains(name) {
                self.fail(
                    &codes::UNUSED,
                    entry.key_span,
                    format!("no case uses the {what} {}", shown(name)),
                    "let a case use it, or delete it",
                );
            }
        }
    }

    fn combined<'n>(
        &mut self,
        fixtures: &mut Fixtures<'n>,
        names: &[&'n str],
        at: Span,
    ) -> Result<Used<'n>, Failed> {
        let set = match names {
            [one] => self.set(fixtures, one, &mut Vec::new())?,
            names => {
                let mut set = Set::default();
                for name in names {
                    let part = self.set(fixtures, name, &mut Vec::new())?;
                    self.spend(part.len() + 1, at)?;
                    set.extend(&part);
                }
                Rc::new(set)
            }
        };
        let number = self.finished(&set, at)?;
        Ok((set, number))
    }
}

/// A word, or a list of words.
pub(super) fn word_or_words<'n>(
    reader: &mut Reader<'_>,
    node: &'n Node,
    name: &str,
) -> Vec<Spanned<&'n str>> {
    if matches!(node.value, Value::Sequence(_)) {
        reader.texts(node, name)
    } else {
        reader.text(node, name).into_iter().collect()
    }
}
