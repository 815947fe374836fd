//! `contexts:`, and the `context:` of a case.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;

use super::entities::Set;
use super::fixtures::{Files, extended, word_or_words};
use super::value::{Members, Of, members};
use super::{Failed, Maker};
use crate::codes::suite as codes;
use crate::config::reader::{Scalar, scalar};
use crate::config::words::shown;
use crate::config::yaml::{Entry, Node, Value};
use crate::facts::{Entity, Spanned};
use crate::finding::Finding;
use crate::source::Span;

/// The contexts of a suite.
pub(super) struct Contexts<'n> {
    files: &'n Files,
    pub(super) declared: BTreeMap<&'n str, &'n Entry>,
    done: BTreeMap<&'n str, Result<Rc<Members<'n>>, Failed>>,
    /// Converted ones by name, action and fixture.
    converted: BTreeMap<(&'n str, Entity, usize), Result<Arc<Json>, Failed>>,
    /// Those that a case names.
    pub(super) used: BTreeSet<&'n str>,
}

impl Maker<'_> {
    /// Reads `contexts:`.
    pub(super) fn contexts<'n>(
        &mut self,
        node: Option<&'n Node>,
        files: &'n Files,
    ) -> Contexts<'n> {
        let mut contexts = Contexts {
            files,
            declared: BTreeMap::new(),
            done: BTreeMap::new(),
            converted: BTreeMap::new(),
            used: BTreeSet::new(),
        };
        let Some(node) = node else { return contexts };
        let entries = self.reader.mapping(node, "contexts");
        for entry in entries {
            contexts.declared.insert(&entry.key, entry);
        }
        // What no case uses is looked at as well.
        for entry in entries {
            let _: Result<_, Failed> =
                self.named_context(&mut contexts, &entry.key, &mut Vec::new());
        }
        contexts
    }

    fn named_context<'n>(
        &mut self,
        contexts: &mut Contexts<'n>,
        name: &'n str,
        open: &mut Vec<&'n str>,
    ) -> Result<Rc<Members<'n>>, Failed> {
        if let Some(done) = contexts.done.get(name) {
            return done.clone();
        }
        let Some(entry) = contexts.declared.get(name).copied() else {
            return Err(Failed(String::new()));
        };
        if open.contains(&name) || open.len() >= super::MAX_EXTENDS {
            return Err(self.circle(open, name, entry.key_span, "contexts"));
        }
        open.push(name);
        let members = match contexts.files.get(&entry.value.span.start) {
            Some(Err(failed)) => Err(failed.clone()),
            // A file extends nothing: all of its keys are the context's.
            Some(Ok(file)) => match &file.value {
                Value::Mapping(entries) => {
                    self.merged(Members::new(), members(entries), false, file.span)
                }
                _ => Ok(Members::new()),
            },
            None => self.context_members(contexts, &entry.value, open),
        };
        let members = members.map(Rc::new);
        open.pop();
        contexts.done.insert(name, members.clone());
        members
    }

    /// The keys of a context that is written out, with what it extends.
    fn context_members<'n>(
        &mut self,
        contexts: &mut Contexts<'n>,
        node: &'n Node,
        open: &mut Vec<&'n str>,
    ) -> Result<Members<'n>, Failed> {
        let before = self.reader.count();
        let mut own = Members::new();
        let mut extends = None;
        for entry in self.reader.mapping(node, "a context") {
            if entry.key == "extends" {
                extends = Some(&entry.value);
            } else {
                own.insert(&entry.key, entry);
            }
        }
        let mut inherited = Members::new();
        if let Some(list) = extends {
            for word in word_or_words(&mut self.reader, list, "extends") {
                let name = self.known_context(contexts, &word)?;
                let base = self.named_context(contexts, name, open)?;
                inherited = self.merged(inherited, (*base).clone(), false, word.span)?;
            }
        }
        if let Some(failed) = self.failed_since(before) {
            return Err(failed);
        }
        self.merged(inherited, own, extends.is_some(), node.span)
    }

    fn known_context<'n>(
        &mut self,
        contexts: &Contexts<'n>,
        word: &Spanned<&'n str>,
    ) -> Result<&'n str, Failed> {
        if let Some((name, _)) = contexts.declared.get_key_value(word.value) {
            return Ok(name);
        }
        let finding = Finding::new(
            &codes::UNKNOWN_NAME,
            word.span,
            format!("there is no context {}", shown(word.value)),
            "correct the name, or define it under `contexts`",
        );
        let known: Vec<&str> = contexts.declared.keys().copied().collect();
        Err(self.unknown(finding, word.value, known))
    }

    /// A request's context: a name, or a mapping, or nothing.
    pub(super) fn context<'n>(
        &mut self,
        contexts: &mut Contexts<'n>,
        node: Option<&'n Node>,
        action: &Entity,
        (set, fixture): (&Set<'n>, usize),
        at: Span,
    ) -> Result<Arc<Json>, Failed> {
        let Some(node) = node else {
            return self.converted_context(&Members::new(), action, set, at);
        };
        let Some(Scalar::Text(word)) = scalar(node) else {
            if !matches!(node.value, Value::Mapping(_)) {
                self.reader.wrong_type(
                    node,
                    "context",
                    "a context's name or a mapping",
                    "write the name of one of `contexts`, or `{ key: value }`",
                );
                return Err(self.last());
            }
            contexts.used.extend(extended(&node.value));
            let members = self.context_members(contexts, node, &mut Vec::new())?;
            return self.converted_context(&members, action, set, node.span);
        };
        let word = Spanned {
            value: word,
            span: node.span,
        };
        let name = self.known_context(contexts, &word)?;
        contexts.used.insert(name);
        let key = (name, action.clone(), fixture);
        if let Some(converted) = contexts.converted.get(&key) {
            return converted.clone();
        }
        let members = self.named_context(contexts, name, &mut Vec::new());
        let converted = members
            .and_then(|members| self.converted_context(&members, action, set, node.span))
            .map_err(|Failed(reason)| {
                Failed(format!(
                    "the context {} cannot be used: {reason}",
                    shown(name)
                ))
            });
        contexts.converted.insert(key, converted.clone());
        converted
    }

    pub(super) fn converted_context(
        &mut self,
        members: &Members<'_>,
        action: &Entity,
        set: &Set<'_>,
        at: Span,
    ) -> Result<Arc<Json>, Failed> {
        let schema = self.within.schema;
        let attributes = schema.and_then(|schema| schema.actions.get(action));
        let whole = format!("the context of `{action}`");
        let of = Of {
            whole: &whole,
            part: "key",
            at,
        };
        self.record(members, attributes.map(|action| &action.context), of, set)
            .map(|record| Arc::new(Json::Object(record)))
    }
}
