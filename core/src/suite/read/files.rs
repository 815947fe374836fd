//! Entities from a file of the bundle, or from a JSON suite: in Cedar's JSON format.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::entities::{Draft, Set};
use super::{Failed, Maker, Within, all};
use crate::codes::suite as codes;
use crate::config::reader::Scalar;
use crate::config::words::shown;
use crate::config::yaml::{Node, Value};
use crate::facts::Entity;
use crate::source::Span;

/// A file's bytes count as one value for so many of them: a suite may name the same file often.
const BYTES_OF_A_VALUE: usize = 32;

impl Maker<'_> {
    /// Adds the entities of a file, given as the elements of its array.
    pub(super) fn add_file<'n>(
        &mut self,
        set: &mut Set<'n>,
        file: &'n Node,
        at: Span,
    ) -> Result<(), Failed> {
        let before = self.reader.count();
        let mut results = Vec::new();
        for node in self.reader.list(file, "the entities") {
            let draft = self.unnamed(node, at);
            results.push(draft.map(|draft| set.put_unnamed(Rc::new(draft))));
        }
        all(results)?;
        self.failed_since(before).map_or(Ok(()), Err)
    }

    /// One entity in Cedar's JSON form.
    fn unnamed<'n>(&mut self, node: &'n Node, at: Span) -> Result<Draft<'n>, Failed> {
        let before = self.reader.count();
        let fields = self
            .reader
            .fields(node, "an entity", &["uid", "attrs", "parents", "tags"]);
        let uid = match fields.get("uid") {
            Some(node) => self.uid(node)?,
            None => {
                return Err(self.failed_since(before).unwrap_or_else(|| {
                    self.fail(
                        &codes::MISSING_KEY,
                        node.span,
                        "this entity has no `uid`",
                        "add `uid` with `type` and `id`",
                    )
                }));
            }
        };
        let draft = Draft {
            uid,
            at,
            attrs: self.part(fields.get("attrs"), "attrs"),
            tags: self.part(fields.get("tags"), "tags"),
            parents: fields
                .get("parents")
                .map_or(&[], |node| self.reader.list(node, "parents")),
            converted: RefCell::default(),
        };
        self.failed_since(before).map_or(Ok(draft), Err)
    }

    /// The uid of an entity that is defined here, so that no name stands for it.
    pub(super) fn uid(&mut self, node: &Node) -> Result<Entity, Failed> {
        let before = self.reader.count();
        let uid = self.entity(node, "uid", &Set::default());
        let written = crate::config::reader::scalar(node);
        if let (Err(_), Some(Scalar::Text(text))) = (&uid, written)
            && !text.contains("::")
        {
            let example = text.replace(['"', '`', '\\'], "");
            self.reader.amend(before, |finding| {
                finding.message = format!("the uid {} has no type", shown(text));
                finding.help = format!("write it as `Type::\"{example}\"`");
            });
            return Err(self.last());
        }
        uid
    }

    /// What to do where no fixture has an entity: a file of the bundle may have it.
    pub(super) fn where_to_find(&mut self, entity: &Entity) -> String {
        let within = self.within;
        let path = self.path;
        let defined = self.defined.get_or_insert_with(|| defined(within));
        match defined.get(entity) {
            Some(file) => format!(
                "{} has it: add `files: [{}]` to a fixture that the case uses",
                shown(file),
                relative(path, file)
            ),
            None => "add it to the `entities` of a fixture or of this case".to_owned(),
        }
    }

    /// The entities of a file of the bundle as one list, whose every part stands at `at`.
    pub(super) fn entities_file(&mut self, written: &str, at: Span) -> Result<Node, Failed> {
        let (path, node) = self.json_file(written, at)?;
        if matches!(node.value, Value::Sequence(_)) {
            return Ok(node);
        }
        Err(self.fail(
            &codes::FIXTURE_FILE,
            at,
            format!("the file {} is no list of entities", shown(&path)),
            "put the entities between `[` and `]`",
        ))
    }

    /// The context of a file of the bundle, whose every part stands at `at`.
    pub(super) fn context_file(&mut self, written: &str, at: Span) -> Result<Node, Failed> {
        let (path, node) = self.json_file(written, at)?;
        if matches!(node.value, Value::Mapping(_)) {
            return Ok(node);
        }
        Err(self.fail(
            &codes::FIXTURE_FILE,
            at,
            format!("the file {} is no context", shown(&path)),
            "put its keys and values between `{` and `}`",
        ))
    }

    /// A file of the bundle, with its path.
    fn json_file(&mut self, written: &str, at: Span) -> Result<(String, Node), Failed> {
        let Some(path) = resolve(self.path, written) else {
            return Err(self.fail(
                &codes::MISSING_FILE,
                at,
                format!("{} lies outside of the bundle", shown(written)),
                "write a path within the bundle, counted from the suite's folder",
            ));
        };
        let Some(text) = (self.within.file)(&path) else {
            return Err(self.fail(
                &codes::MISSING_FILE,
                at,
                format!("the bundle has no file {}", shown(&path)),
                "correct the path, which counts from the suite's folder, or add the file",
            ));
        };
        let text: Arc<str> = text;
        let limit = self.within.limits.get(crate::source::Limit::FileBytes);
        if text.len() > limit as usize {
            return Err(self.fail(
                &codes::FIXTURE_FILE,
                at,
                format!("the file {} is larger than {limit} bytes", shown(&path)),
                "split the file, or raise the limit `file_bytes`",
            ));
        }
        self.spend(text.len() / BYTES_OF_A_VALUE, at)?;
        match super::json::tree(&text, self.within.limits) {
            Ok((mut node, repeated)) if repeated.is_empty() => {
                super::json::set_span(&mut node, at);
                Ok((path, node))
            }
            Ok((_, repeated)) => {
                let key = repeated.first().map_or("", |(key, _, _)| key);
                Err(self.fail(
                    &codes::FIXTURE_FILE,
                    at,
                    format!(
                        "the file {} has the key {} twice in one object",
                        shown(&path),
                        shown(key)
                    ),
                    "remove one of the two",
                ))
            }
            Err(error) => Err(self.fail(
                &codes::FIXTURE_FILE,
                at,
                format!("the file {} is no JSON: {}", shown(&path), error.message),
                "repair the file; comments and trailing commas are not allowed",
            )),
        }
    }
}

/// The entities of the bundle's own files, and which file has them.
fn defined(within: &Within<'_>) -> BTreeMap<Entity, Arc<str>> {
    let mut defined = BTreeMap::new();
    for path in within.entity_files {
        let Some(root) = (within.file)(path).and_then(|text| crate::source::json::parse(&text))
        else {
            continue;
        };
        for node in root.elements() {
            let uid = node
                .get("uid")
                .map(|uid| uid.get("__entity").unwrap_or(uid));
            let part = |key| uid?.get(key)?.as_str();
            if let (Some(ty), Some(id)) = (part("type"), part("id")) {
                let (ty, id) = (ty.to_owned(), id.to_owned());
                let entry = defined.entry(Entity { ty, id });
                entry.or_insert_with(|| Arc::clone(path));
            }
        }
    }
    defined
}

/// A path of the bundle as the suite would write it, from its own folder.
fn relative(suite: &str, path: &str) -> String {
    let mut folders: Vec<&str> = suite.split('/').collect();
    folders.pop();
    let parts: Vec<&str> = path.split('/').collect();
    let same = folders
        .iter()
        .zip(&parts)
        .take_while(|(a, b)| a == b)
        .count();
    let up = std::iter::repeat_n("..", folders.len() - same);
    let down = parts.iter().skip(same).copied();
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// A path as the suite writes it, from its own folder, to one from the bundle's root.
fn resolve(suite: &str, written: &str) -> Option<String> {
    if written.starts_with('/') {
        return None;
    }
    let folder = suite.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
