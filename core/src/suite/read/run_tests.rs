//! The Cedar CLI's `run-tests` JSON, as of `cedar-policy-cli` 4.12: a list of `{ request, entities, decision,
//! reason, num_errors }`, with `name` if wanted and any other key ignored.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::case::{Absence, Head};
use super::entities::Set;
use super::fixtures::Used;
use super::names::Spelling;
use super::yaml::start;
use super::{Failed, Maker};
use crate::codes::suite as codes;
use crate::config::reader::{Fields, Scalar, scalar};
use crate::config::yaml::{Node, Value};
use crate::facts::Spanned;
use crate::source::Span;
use crate::suite::model::{Case, ExpectedErrors, Places};

/// The files of entities that a JSON suite names, read once.
#[derive(Default)]
pub(super) struct JsonFiles(BTreeMap<String, Result<Node, Failed>>);

/// The entities of those files.
pub(super) struct JsonStock<'n> {
    files: &'n JsonFiles,
    sets: BTreeMap<&'n str, Result<Used<'n>, Failed>>,
}

impl<'n> JsonStock<'n> {
    pub(super) const fn new(files: &'n JsonFiles) -> Self {
        Self {
            files,
            sets: BTreeMap::new(),
        }
    }
}

impl Maker<'_> {
    /// Reads the files that the elements name under `entities`.
    pub(super) fn json_files(&mut self, items: &[&Node]) -> JsonFiles {
        let mut files = JsonFiles::default();
        for item in items {
            if let Some(node) = member(item, "entities")
                && let Some(Scalar::Text(path)) = scalar(node)
                && !files.0.contains_key(path)
            {
                let file = self.entities_file(path, node.span);
                files.0.insert(path.to_owned(), file);
            }
        }
        files
    }

    /// The entities that a test brings along: a list, or the path of a file.
    pub(super) fn json_entities<'n>(
        &mut self,
        stock: &mut JsonStock<'n>,
        node: &'n Node,
    ) -> Result<Used<'n>, Failed> {
        let Some(Scalar::Text(path)) = scalar(node) else {
            let mut set = Set::default();
            self.add_file(&mut set, node, node.span)?;
            let number = self.finished(&set, start(node.span))?;
            return Ok((Rc::new(set), number));
        };
        if let Some(used) = stock.sets.get(path) {
            return used.clone();
        }
        let used = match stock.files.0.get(path) {
            Some(Ok(file)) => self.file_set(file, node.span),
            Some(Err(failed)) => Err(failed.clone()),
            None => Err(self.fail(
                &codes::MISSING_FILE,
                node.span,
                "this file was not read",
                "name a file of the bundle",
            )),
        };
        stock.sets.insert(path, used.clone());
        used
    }

    fn file_set<'n>(&mut self, file: &'n Node, at: Span) -> Result<Used<'n>, Failed> {
        let mut set = Set::default();
        self.add_file(&mut set, file, at)?;
        let number = self.finished(&set, at)?;
        Ok((Rc::new(set), number))
    }

    /// Reads one test. An error means that no more fit.
    pub(super) fn run_test<'n>(
        &mut self,
        stock: &mut JsonStock<'n>,
        node: &'n Node,
        number: usize,
    ) -> Result<(), Failed> {
        self.has_room(1, start(node.span))?;
        if self.is_shapeless(node, "a test", format!("test {number}")) {
            return Ok(());
        }
        let before = self.reader.count();
        let fields = Fields::of(self.reader.mapping(node, "a test"));
        let head = self.json_head(fields.get("name"), format!("test {number}"), node.span);
        let case = self.run_test_case(stock, &fields, &head);
        let case = self.sound(node.span, before, case);
        self.keep(&head, case);
        Ok(())
    }

    /// A name that no other case has: these formats ask neither for names nor for different ones.
    pub(super) fn json_head(&mut self, name: Option<&Node>, fallback: String, at: Span) -> Head {
        let text = match name.map(scalar) {
            Some(Some(Scalar::Text(text))) if !text.trim().is_empty() => text.to_owned(),
            _ => fallback,
        };
        let mut unique: Arc<str> = text.as_str().into();
        while self.names.contains_key(&unique) {
            let number = self.repeated.entry(text.clone()).or_insert(1);
            *number += 1;
            unique = format!("{text} #{number}").into();
        }
        let span = name.map_or(start(at), |node| node.span);
        self.names.insert(Arc::clone(&unique), span);
        Head {
            name: unique,
            span,
            tags: Vec::new(),
            skip: None,
        }
    }

    fn run_test_case<'n>(
        &mut self,
        stock: &mut JsonStock<'n>,
        fields: &Fields<'n>,
        head: &Head,
    ) -> Result<Case, Failed> {
        let request = self.required(fields, "request", head.span);
        let entities = self.required(fields, "entities", head.span);
        let decision = self.required(fields, "decision", head.span);
        let reason = self.required(fields, "reason", head.span);
        let num_errors = self.required(fields, "num_errors", head.span);
        let used = entities.and_then(|node| self.json_entities(stock, node));
        let (request, decision, reason) = (request?, decision?, reason?);
        let (num_errors, (set, fixture)) = (num_errors?, used?);
        let before = self.reader.count();
        let expected = self.decision(decision, "decision");
        let determining = self.policies(reason, "reason");
        let count = self
            .reader
            .integer_in(num_errors, "num_errors", 0..=1_000_000);
        let (Some(mut expected), Some(count), None) = (expected, count, self.failed_since(before))
        else {
            return Err(self.failed_since(before).unwrap_or_else(|| self.last()));
        };
        // Cedar's CLI wants these among the determining policies, whatever others there are.
        expected.others_may_determine = true;
        expected.determining = Some(determining).filter(|names| !names.value.is_empty());
        expected.errors = Some(Spanned {
            value: ExpectedErrors::Count(count),
            span: num_errors.span,
        });
        let fields = Fields::of(self.reader.mapping(request, "request"));
        let at = start(request.span);
        let principal = self.required(&fields, "principal", at);
        let action = self.required(&fields, "action", at);
        let resource = self.required(&fields, "resource", at);
        let context = self.required(&fields, "context", at)?;
        let principal = self.role(principal?, "principal", &set);
        let resource = self.role(resource?, "resource", &set);
        let action_node = action?;
        let action = self.action(action_node, Spelling::Cedar)?;
        let (principal, resource) = (principal?, resource?);
        self.applies(&principal, "principal", &action, &set, Absence::Allowed)?;
        self.applies(&resource, "resource", &action, &set, Absence::Allowed)?;
        let Value::Mapping(entries) = &context.value else {
            self.reader
                .wrong_type(context, "context", "an object", "write `{}` for no context");
            return Err(self.last());
        };
        let members = super::value::members(entries);
        let json = self.converted_context(&members, &action, &set, context.span)?;
        Ok(Case {
            name: Arc::clone(&head.name),
            span: head.span,
            tags: Vec::new(),
            skip: None,
            places: Places {
                principal: principal.span,
                action: action_node.span,
                resource: resource.span,
                context: context.span,
            },
            principal: principal.value,
            action,
            resource: resource.value,
            context: json,
            fixture,
            expected,
        })
    }
}

/// The value under a key, where it is a mapping.
pub(super) fn member<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    match &node.value {
        Value::Mapping(entries) => entries.iter().find(|e| e.key == key).map(|e| &e.value),
        _ => None,
    }
}
