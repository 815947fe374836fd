//! `*.test.yaml`: the suite and its cases.

use std::rc::Rc;
use std::sync::Arc;

use super::case::{Absence, Head};
use super::contexts::Contexts;
use super::fixtures::Fixtures;
use super::names::Spelling;
use super::{Failed, Maker};
use crate::codes::suite as codes;
use crate::config::reader::{Fields, is_null};
use crate::config::words::shown;
use crate::config::yaml::{Node, Value};
use crate::facts::Spanned;
use crate::source::Span;
use crate::suite::model::{Case, Places};
use crate::time::Instant;

const SUITE: [&str; 8] = [
    "name", "as_of", "tags", "fixtures", "contexts", "use", "cases", "tables",
];
const CASE: [&str; 10] = [
    "name",
    "tags",
    "skip",
    "use",
    "principal",
    "action",
    "resource",
    "context",
    "entities",
    "expect",
];

/// What the cases of a suite draw from.
pub(super) struct Stock<'n> {
    pub fixtures: Fixtures<'n>,
    pub contexts: Contexts<'n>,
    /// The suite's `use`.
    pub used: Option<&'n Node>,
    pub tags: Vec<Arc<str>>,
}

impl Maker<'_> {
    /// Reads the suite; its name, where it gives one.
    pub(super) fn yaml_suite(&mut self, root: &Node) -> Option<Arc<str>> {
        let fields = self.reader.fields(root, "the suite", &SUITE);
        let name = fields
            .get("name")
            .and_then(|node| self.reader.text(node, "name"))
            .map(|name| Arc::from(name.value));
        if let Some(node) = fields.get("as_of") {
            self.as_of(node);
        }
        let tags = self.tags_of(fields.get("tags"), &[]);
        let files = self.files(fields.get("fixtures"), fields.get("contexts"));
        let mut stock = Stock {
            fixtures: self.fixtures(fields.get("fixtures"), &files),
            contexts: self.contexts(fields.get("contexts"), &files),
            used: fields.get("use"),
            tags,
        };
        let is_full = self.yaml_cases(&mut stock, fields.get("cases")).is_err();
        if let Some(node) = fields.get("tables")
            && !is_full
        {
            for (index, table) in self.reader.list(node, "tables").iter().enumerate() {
                self.table(&mut stock, table, index + 1);
            }
        }
        // What is wrong may hide what it uses, and is to be mended first.
        if self.reader.count() == 0 && !self.cases.is_empty() {
            self.usual = stock
                .used
                .and_then(|node| self.used(&mut stock.fixtures, Some(node), node.span).ok())
                .map(|(_, number)| number);
            let used = stock.fixtures.used.keys().flatten().copied().collect();
            self.unused(&stock.fixtures.declared, used, "fixture");
            let used = stock.contexts.used.iter().copied().collect();
            self.unused(&stock.contexts.declared, used, "context");
        }
        name
    }

    fn as_of(&mut self, node: &Node) {
        if let Some(text) = self.reader.text(node, "as_of") {
            self.as_of = Instant::parse(text.value);
            if self.as_of.is_none() {
                self.fail(
                    &codes::INVALID_VALUE,
                    node.span,
                    format!("{} is no point in time", shown(text.value)),
                    "write it as `2026-11-21T09:00:00Z`",
                );
            }
        }
    }

    fn yaml_cases<'n>(
        &mut self,
        stock: &mut Stock<'n>,
        node: Option<&'n Node>,
    ) -> Result<(), Failed> {
        let Some(node) = node else { return Ok(()) };
        for (index, node) in self.reader.list(node, "cases").iter().enumerate() {
            self.has_room(1, start(node.span))?;
            if self.is_shapeless(node, "a case", format!("case {}", index + 1)) {
                continue;
            }
            let before = self.reader.count();
            let fields = self.reader.fields(node, "a case", &CASE);
            let head = self.head(
                fields.get("name"),
                fields.get("tags"),
                fields.get("skip"),
                format!("case {}", index + 1),
                start(node.span),
                &stock.tags.clone(),
            );
            let claimed = self.claim(&head.name, head.span);
            let case = self.yaml_case(stock, &fields, &head);
            let case = self.sound(node.span, before, claimed.and(case));
            self.keep(&head, case);
        }
        Ok(())
    }

    /// Whether something is no mapping at all, which is then all that is said about it.
    pub(super) fn is_shapeless(&mut self, node: &Node, what: &str, name: String) -> bool {
        if matches!(node.value, Value::Mapping(_)) {
            return false;
        }
        let before = self.reader.count();
        if is_null(node) && !matches!(node.value, Value::Refused) {
            self.fail(
                &codes::WRONG_TYPE,
                node.span,
                format!("this is no {}", what.trim_start_matches("a ")),
                format!("write {what}, as lines of `key: value`, or delete it"),
            );
        } else {
            let help = "write lines of `key: value` below it";
            self.reader.wrong_type(node, what, "a mapping", help);
        }
        // Of an alias nothing is said here: the YAML's reader did.
        let Err(reason) = self.sound(node.span, before, Ok(())) else {
            return false;
        };
        let head = Head {
            name: name.into(),
            span: start(node.span),
            tags: Vec::new(),
            skip: None,
        };
        self.keep(&head, Err(reason));
        true
    }

    fn yaml_case<'n>(
        &mut self,
        stock: &mut Stock<'n>,
        fields: &Fields<'n>,
        head: &Head,
    ) -> Result<Case, Failed> {
        let used = fields.get("use").or(stock.used);
        let used = self.used(&mut stock.fixtures, used, head.span);
        let expected = self.required(fields, "expect", head.span);
        let expected = expected.and_then(|node| self.expected(node));
        let action = self.required(fields, "action", head.span);
        let action_at = action.as_ref().map_or(head.span, |node| node.span);
        let action = action.and_then(|node| self.action(node, Spelling::Cedar));
        let principal = self.required(fields, "principal", head.span);
        let resource = self.required(fields, "resource", head.span);
        let (mut set, mut fixture) = used?;
        if let Some(node) = fields.get("entities") {
            set = Rc::new(self.layer(&set, node)?);
            fixture = self.finished(&set, node.span)?;
        }
        let principal = principal.and_then(|node| self.role(node, "principal", &set));
        let resource = resource.and_then(|node| self.role(node, "resource", &set));
        let action = action?;
        let expected = expected.and_then(|expected| {
            self.possible(&expected, &action)?;
            Ok(expected)
        });
        for (entity, role) in [(&principal, "principal"), (&resource, "resource")] {
            if let Ok(entity) = entity {
                self.applies(entity, role, &action, &set, Absence::NeedsNoAttributes)?;
            }
        }
        let context = fields.get("context");
        let context_at = context.map_or(head.span, |node| node.span);
        let missing_at = context.map_or(action_at, |node| node.span);
        let context = self.context(
            &mut stock.contexts,
            context,
            &action,
            (&set, fixture),
            missing_at,
        );
        let (principal, resource, context) = (principal?, resource?, context?);
        Ok(Case {
            name: Arc::clone(&head.name),
            span: head.span,
            tags: head.tags.clone(),
            skip: head.skip.clone(),
            places: Places {
                principal: principal.span,
                action: action_at,
                resource: resource.span,
                context: context_at,
            },
            principal: principal.value,
            action,
            resource: resource.value,
            context,
            fixture,
            expected: expected?,
        })
    }

    pub(super) fn role(
        &mut self,
        node: &Node,
        name: &str,
        set: &super::entities::Set<'_>,
    ) -> Result<Spanned<crate::facts::Entity>, Failed> {
        self.entity(node, name, set).map(|value| Spanned {
            value,
            span: node.span,
        })
    }

    /// The value of a key that must be there.
    pub(super) fn required<'n>(
        &mut self,
        fields: &Fields<'n>,
        key: &str,
        at: Span,
    ) -> Result<&'n Node, Failed> {
        match fields.get(key) {
            Some(node) => Ok(node),
            None => Err(self.fail(
                &codes::MISSING_KEY,
                at,
                format!("this has no `{key}`"),
                format!("add `{key}`"),
            )),
        }
    }
}

/// The first character of what spans many lines.
pub(super) fn start(span: Span) -> Span {
    Span::new(span.start, span.end.min(span.start.saturating_add(1)))
}
