//! Evaluations of the OpenID AuthZEN Authorization API 1.0 with the decisions that are expected of them.
//!
//! Taken are one evaluation (section 6 of the specification), a batch with defaults (section 7), each
//! with `expected` or `decision` beside it, and files in the form of the working group's interop tests:
//! `{ evaluation: [{ request, expected }], evaluations: [{ request, expected: [{ decision }] }] }`.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::case::{Absence, Head, expecting};
use super::entities::{Draft, Set};
use super::fixtures::Used;
use super::names::Spelling;
use super::run_tests::{JsonStock, member};
use super::value::{Members, members};
use super::yaml::start;
use super::{Failed, Maker};
use crate::codes::suite as codes;
use crate::config::reader::{Fields, Scalar, scalar};
use crate::config::yaml::{Node, Value};
use crate::facts::{Entity, Spanned};
use crate::source::Span;
use crate::suite::model::{Case, Decision, Expected, Places};

/// Whether a part of a JSON suite is AuthZEN's rather than Cedar's.
pub(super) fn is_meant(node: &Node) -> bool {
    let has = |node: &Node, key| member(node, key).is_some();
    let request = member(node, "request");
    ["subject", "evaluation", "evaluations"]
        .iter()
        .any(|key| has(node, key) || request.is_some_and(|request| has(request, key)))
}

/// The parts of a request; what an evaluation of a batch leaves out comes from the batch.
#[derive(Clone, Copy)]
struct Parts<'n> {
    subject: Option<&'n Node>,
    action: Option<&'n Node>,
    resource: Option<&'n Node>,
    context: Option<&'n Node>,
}

impl<'n> Parts<'n> {
    fn of(fields: &Fields<'n>) -> Self {
        Self {
            subject: fields.get("subject"),
            action: fields.get("action"),
            resource: fields.get("resource"),
            context: fields.get("context"),
        }
    }

    fn or(self, default: Self) -> Self {
        Self {
            subject: self.subject.or(default.subject),
            action: self.action.or(default.action),
            resource: self.resource.or(default.resource),
            context: self.context.or(default.context),
        }
    }
}

/// The keys of a request, and those that we allow beside them.
const REQUEST: [&str; 10] = [
    "subject",
    "action",
    "resource",
    "context",
    "evaluations",
    "options",
    "expected",
    "decision",
    "name",
    "entities",
];

/// An entity that a request describes, with its properties.
struct Described<'n> {
    entity: Spanned<Entity>,
    properties: Members<'n>,
}

impl Maker<'_> {
    /// Reads one part of a suite. An error means that no more cases fit.
    pub(super) fn authzen<'n>(
        &mut self,
        stock: &mut JsonStock<'n>,
        node: &'n Node,
        number: usize,
    ) -> Result<(), Failed> {
        let base = match member(node, "entities") {
            Some(node) => self.json_entities(stock, node),
            None => Ok((Rc::new(Set::default()), 0)),
        };
        let is_file = |key: &str| match member(node, key).map(|node| &node.value) {
            Some(Value::Sequence(items)) => {
                items.iter().any(|item| member(item, "request").is_some())
            }
            _ => false,
        };
        if !is_file("evaluation") && !is_file("evaluations") {
            return self.authzen_test(&base, node, format!("evaluation {number}"));
        }
        let keys = ["name", "entities", "evaluation", "evaluations"];
        let fields = self.reader.fields(node, "the suite", &keys);
        for (key, name) in [("evaluation", "evaluation"), ("evaluations", "batch")] {
            let Some(list) = fields.get(key) else {
                continue;
            };
            for (index, item) in self.reader.list(list, key).iter().enumerate() {
                self.authzen_test(&base, item, format!("{name} {}", index + 1))?;
            }
        }
        Ok(())
    }

    /// `{ request, expected }`, or a request with `expected` in it.
    fn authzen_test<'n>(
        &mut self,
        base: &Result<Used<'n>, Failed>,
        node: &'n Node,
        name: String,
    ) -> Result<(), Failed> {
        let before = self.reader.count();
        let (outer, request) = match member(node, "request") {
            Some(request) => {
                let keys = ["name", "entities", "request", "expected", "decision"];
                (self.reader.fields(node, "a test", &keys), request)
            }
            None => (Fields::of(self.reader.mapping(node, "a request")), node),
        };
        let inner = self.reader.fields(request, "a request", &REQUEST);
        let given = outer.get("name").or_else(|| inner.get("name"));
        let expected = outer
            .get("expected")
            .or_else(|| outer.get("decision"))
            .or_else(|| inner.get("expected"))
            .or_else(|| inner.get("decision"));
        let parts = Parts::of(&inner);
        let Some(batch) = inner.get("evaluations") else {
            let head = (given, name, node.span);
            return self.authzen_case(base, parts, expected, before, head);
        };
        let name = match given.map(scalar) {
            Some(Some(Scalar::Text(text))) => text.to_owned(),
            _ => name,
        };
        let items = self.reader.list(batch, "evaluations");
        let list = match expected.map(|node| &node.value) {
            Some(Value::Sequence(list)) => Some(list.as_slice()),
            _ => None,
        };
        if let (Some(list), Some(node)) = (list, expected) {
            self.same_number(list.len(), items.len(), &inner, node.span);
        }
        for (index, item) in items.iter().enumerate() {
            if list.is_some_and(|list| index >= list.len()) {
                break;
            }
            let keys = [
                "subject", "action", "resource", "context", "expected", "decision", "name",
            ];
            let before = self.reader.count();
            let fields = self.reader.fields(item, "an evaluation", &keys);
            let expected = fields
                .get("expected")
                .or_else(|| fields.get("decision"))
                .or_else(|| list.and_then(|list| list.get(index)));
            let head = (
                fields.get("name"),
                format!("{name}.{}", index + 1),
                item.span,
            );
            let parts = Parts::of(&fields).or(parts);
            self.authzen_case(base, parts, expected, before, head)?;
        }
        Ok(())
    }

    /// A batch that stops at a decision has fewer answers than questions; any other has as many.
    fn same_number(&mut self, answers: usize, questions: usize, batch: &Fields<'_>, at: Span) {
        let semantic = batch
            .get("options")
            .and_then(|options| member(options, "evaluations_semantic"))
            .and_then(|node| match scalar(node) {
                Some(Scalar::Text(text)) => Some(text.to_owned()),
                _ => None,
            });
        let stops = matches!(
            semantic.as_deref(),
            Some("deny_on_first_deny" | "permit_on_first_permit")
        );
        if answers > questions || (answers < questions && !stops) {
            self.fail(
                &codes::INVALID_VALUE,
                at,
                format!("there are {questions} evaluations, but {answers} expected decisions"),
                "write one `{ \"decision\": … }` for each evaluation",
            );
        }
    }

    fn authzen_case<'n>(
        &mut self,
        base: &Result<Used<'n>, Failed>,
        parts: Parts<'n>,
        expected: Option<&'n Node>,
        before: usize,
        (name, fallback, at): (Option<&'n Node>, String, Span),
    ) -> Result<(), Failed> {
        self.has_room(1, start(at))?;
        let head = self.json_head(name, fallback, at);
        let case = self.evaluation(base, parts, expected, &head);
        let case = self.sound(at, before, case);
        self.keep(&head, case);
        Ok(())
    }

    fn evaluation<'n>(
        &mut self,
        base: &Result<Used<'n>, Failed>,
        parts: Parts<'n>,
        expected: Option<&'n Node>,
        head: &Head,
    ) -> Result<Case, Failed> {
        let expected = match expected {
            Some(node) => self.boolean(node),
            None => Err(self.lacks("expected", head.span)),
        };
        let subject = self.described(parts.subject, "subject", head.span);
        let resource = self.described(parts.resource, "resource", head.span);
        let action = self.authzen_action(parts.action, head.span);
        let (subject, resource) = (subject?, resource?);
        let (action, action_at, properties) = action?;
        let (set, fixture) =
            self.with_properties(base.clone()?, &[&subject, &resource], head.span)?;
        let absence = Absence::NeedsNoAttributes;
        self.applies(&subject.entity, "principal", &action, &set, absence)?;
        self.applies(&resource.entity, "resource", &action, &set, absence)?;
        let mut context = properties;
        if let Some(node) = parts.context {
            for entry in self.reader.mapping(node, "context") {
                if context.insert(&entry.key, entry).is_some() {
                    self.fail(
                        &codes::DUPLICATE_KEY,
                        entry.key_span,
                        format!("`{}` is a property of the action, too", entry.key),
                        "remove one of them: both would be the same key of Cedar's context",
                    );
                }
            }
        }
        let context_at = parts.context.map_or(action_at, |node| node.span);
        let json = self.converted_context(&context, &action, &set, context_at)?;
        Ok(Case {
            name: Arc::clone(&head.name),
            span: head.span,
            tags: Vec::new(),
            skip: None,
            places: Places {
                principal: subject.entity.span,
                action: action_at,
                resource: resource.entity.span,
                context: context_at,
            },
            principal: subject.entity.value,
            action,
            resource: resource.entity.value,
            context: json,
            fixture,
            expected: expected?,
        })
    }

    /// `true`, or `{ "decision": true }` with whatever else an answer has.
    fn boolean(&mut self, node: &Node) -> Result<Expected, Failed> {
        let value = member(node, "decision").unwrap_or(node);
        match scalar(value) {
            Some(Scalar::Boolean(allowed)) => {
                let decision = if allowed {
                    Decision::Allow
                } else {
                    Decision::Deny
                };
                Ok(expecting(decision, value.span))
            }
            _ => {
                let help = "write `true`, `false` or `{ \"decision\": true }`";
                self.reader
                    .wrong_type(value, "expected", "a decision", help);
                Err(self.last())
            }
        }
    }

    fn lacks(&mut self, key: &str, at: Span) -> Failed {
        self.fail(
            &codes::MISSING_KEY,
            at,
            format!("this evaluation has no `{key}`"),
            format!("add `{key}`"),
        )
    }

    /// `{ type, id, properties }`
    fn described<'n>(
        &mut self,
        node: Option<&'n Node>,
        key: &str,
        at: Span,
    ) -> Result<Described<'n>, Failed> {
        let Some(node) = node else {
            return Err(self.lacks(key, at));
        };
        let before = self.reader.count();
        let fields = self.reader.fields(node, key, &["type", "id", "properties"]);
        let at = start(node.span);
        let ty = self.required(&fields, "type", at);
        let id = self.required(&fields, "id", at);
        let ty = ty.map(|node| self.reader.text(node, "type"))?;
        let id = id.map(|node| self.reader.text(node, "id"))?;
        let properties = fields
            .get("properties")
            .map(|node| members(self.reader.mapping(node, "properties")))
            .unwrap_or_default();
        let (Some(ty), Some(id), None) = (ty, id, self.failed_since(before)) else {
            return Err(self.failed_since(before).unwrap_or_else(|| self.last()));
        };
        let entity = Entity {
            ty: ty.value.to_owned(),
            id: id.value.to_owned(),
        };
        let entity = Spanned {
            value: self.declared(entity, ty.span, Spelling::AnyCase)?,
            span: id.span,
        };
        Ok(Described { entity, properties })
    }

    /// `{ name, properties }`
    fn authzen_action<'n>(
        &mut self,
        node: Option<&'n Node>,
        at: Span,
    ) -> Result<(Entity, Span, Members<'n>), Failed> {
        let Some(node) = node else {
            return Err(self.lacks("action", at));
        };
        let before = self.reader.count();
        let fields = self.reader.fields(node, "action", &["name", "properties"]);
        let name = self.required(&fields, "name", start(node.span))?;
        let properties = fields
            .get("properties")
            .map(|node| members(self.reader.mapping(node, "properties")))
            .unwrap_or_default();
        if let Some(failed) = self.failed_since(before) {
            return Err(failed);
        }
        let action = self.action(name, Spelling::AnyCase)?;
        Ok((action, name.span, properties))
    }

    /// The entities that the request is decided against: properties are attributes, over those that
    /// `entities` gives.
    fn with_properties<'n>(
        &mut self,
        (base, number): Used<'n>,
        described: &[&Described<'n>],
        at: Span,
    ) -> Result<Used<'n>, Failed> {
        let described = described.iter().filter(|d| !d.properties.is_empty());
        let mut set = None;
        for one in described {
            let set = set.get_or_insert_with(|| base.heir());
            let uid = &one.entity.value;
            let draft = match set.draft_of(uid) {
                Some(known) => Draft {
                    attrs: self.merged(known.attrs.clone(), one.properties.clone(), true, at)?,
                    converted: RefCell::default(),
                    ..(*known).clone()
                },
                None => Draft {
                    uid: uid.clone(),
                    at: one.entity.span,
                    attrs: one.properties.clone(),
                    tags: Members::new(),
                    parents: &[],
                    converted: RefCell::default(),
                },
            };
            set.put_unnamed(Rc::new(draft));
        }
        match set {
            Some(set) => {
                let number = self.finished(&set, at)?;
                Ok((Rc::new(set), number))
            }
            None if base.is_empty() => {
                let number = self.finished(&base, at)?;
                Ok((base, number))
            }
            None => Ok((base, number)),
        }
    }
}
