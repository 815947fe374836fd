//! `tables:`: who may do what to what, all other combinations denied.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::case::{Absence, Head, expecting};
use super::names::Spelling;
use super::yaml::{Stock, start};
use super::{Failed, Maker, all};
use crate::codes::suite as codes;
use crate::config::reader::Fields;
use crate::config::words::shown;
use crate::config::yaml::Node;
use crate::facts::{Entity, Spanned};
use crate::finding::Finding;
use crate::schema::Attribute;
use crate::source::Span;
use crate::suite::model::{Case, Decision, Places};

const KEYS: [&str; 9] = [
    "name",
    "tags",
    "skip",
    "use",
    "context",
    "principals",
    "actions",
    "resources",
    "allow",
];

/// The word for all rows or columns.
const ANY: &str = "any";

/// A row or column, as written and as meant.
struct Item<'n> {
    word: Spanned<&'n str>,
    entity: Entity,
}

/// One of the three sides of a table.
struct Side<'n> {
    items: Vec<Item<'n>>,
    /// The number of an item by its word.
    numbers: BTreeMap<&'n str, usize>,
}

/// The allowed cells, by the numbers of principal, action and resource, and where they are written.
type Allowed = BTreeMap<(usize, usize, usize), Span>;

impl Maker<'_> {
    /// Reads one table into cases.
    pub(super) fn table<'n>(&mut self, stock: &mut Stock<'n>, node: &'n Node, number: usize) {
        if self.is_shapeless(node, "a table", format!("table {number}")) {
            return;
        }
        let before = self.reader.count();
        let fields = self.reader.fields(node, "a table", &KEYS);
        let head = self.head(
            fields.get("name"),
            fields.get("tags"),
            fields.get("skip"),
            format!("table {number}"),
            start(node.span),
            &stock.tags.clone(),
        );
        let cases = self.cells(stock, &fields, &head);
        match self.sound(node.span, before, cases) {
            Err(failed) => self.keep(&head, Err(failed)),
            Ok(cases) => {
                for case in cases {
                    let head = Head {
                        name: Arc::clone(&case.name),
                        ..head.clone()
                    };
                    let case = self.claim(&case.name, case.span).map(|()| case);
                    self.keep(&head, case);
                }
            }
        }
    }

    /// Whether the schema gives the actions contexts that do not allow the same.
    fn contexts_differ(&self, actions: &Side<'_>) -> bool {
        let Some(schema) = self.within.schema else {
            return false;
        };
        let mut declared = actions
            .items
            .iter()
            .filter_map(|action| Some(&schema.actions.get(&action.entity)?.context));
        let types = |context: &BTreeMap<String, Attribute>| -> Vec<_> {
            let fields = context.iter();
            fields
                .map(|(name, field)| (name.clone(), field.ty.clone(), field.required))
                .collect()
        };
        declared
            .next()
            .map(types)
            .is_some_and(|first| declared.any(|other| types(other) != first))
    }

    fn cells<'n>(
        &mut self,
        stock: &mut Stock<'n>,
        fields: &Fields<'n>,
        head: &Head,
    ) -> Result<Vec<Case>, Failed> {
        let used = fields.get("use").or(stock.used);
        let used = self.used(&mut stock.fixtures, used, head.span);
        let principals = self.words(fields, "principals", head.span);
        let actions = self.words(fields, "actions", head.span);
        let resources = self.words(fields, "resources", head.span);
        let (set, fixture) = used?;
        let actions = actions.and_then(|words| {
            self.side(words, |maker, word| {
                maker.action_text(word.value, word.span, Spelling::Cedar)
            })
        });
        let mut entities = |words: Result<Vec<Spanned<&'n str>>, Failed>| {
            self.side(words?, |maker, word| {
                let entity = maker.entity_text(word.value, word.span, &set)?;
                let placed = Spanned {
                    value: entity,
                    span: word.span,
                };
                maker.present(&placed, &set, Absence::NeedsNoAttributes)?;
                Ok(placed.value)
            })
        };
        let principals = entities(principals);
        let resources = entities(resources);
        let (principals, actions, resources) = (principals?, actions?, resources?);
        let product = (principals.items.len())
            .saturating_mul(actions.items.len())
            .saturating_mul(resources.items.len());
        self.has_room(product, head.span)?;
        let allowed = self.allowed(fields.get("allow"), (&principals, &actions, &resources))?;
        let admitted = self.admitted((&principals, &actions, &resources), &allowed)?;
        let mut contexts = BTreeMap::new();
        for (number, action) in actions.items.iter().enumerate() {
            let node = fields.get("context");
            let at = node.map_or(action.word.span, |node| node.span);
            let before = self.reader.count();
            let context = self.context(
                &mut stock.contexts,
                node,
                &action.entity,
                (&set, fixture),
                at,
            );
            if context.is_err() && self.contexts_differ(&actions) {
                let action = action.word.value;
                self.reader.amend(before, |finding| {
                    finding.help = format!(
                        "a table has one context for all its actions, and that of {} is another: write a table for each, or {}",
                        shown(action),
                        finding.help
                    );
                });
            }
            contexts.insert(number, context?);
        }
        let context_at = fields.get("context").map_or(head.span, |node| node.span);
        let mut cases = Vec::new();
        for cell in admitted {
            let (Some(principal), Some(action), Some(resource), Some(context)) = (
                principals.items.get(cell.0),
                actions.items.get(cell.1),
                resources.items.get(cell.2),
                contexts.get(&cell.1),
            ) else {
                continue;
            };
            let at = allowed.get(&cell);
            let decision = if at.is_some() {
                Decision::Allow
            } else {
                Decision::Deny
            };
            let span = at.copied().unwrap_or(head.span);
            cases.push(Case {
                name: format!(
                    "{} › {} {} {}",
                    head.name, principal.word.value, action.word.value, resource.word.value
                )
                .into(),
                span,
                tags: head.tags.clone(),
                skip: head.skip.clone(),
                principal: principal.entity.clone(),
                action: action.entity.clone(),
                resource: resource.entity.clone(),
                context: Arc::clone(context),
                fixture,
                expected: expecting(decision, span),
                places: Places {
                    principal: principal.word.span,
                    action: action.word.span,
                    resource: resource.word.span,
                    context: context_at,
                },
            });
        }
        Ok(cases)
    }

    fn words<'n>(
        &mut self,
        fields: &Fields<'n>,
        key: &str,
        at: Span,
    ) -> Result<Vec<Spanned<&'n str>>, Failed> {
        let node = self.required(fields, key, at)?;
        let before = self.reader.count();
        let words = self.reader.texts(node, key);
        let mut seen = BTreeSet::new();
        for word in &words {
            if word.value == ANY {
                self.fail(
                    &codes::INVALID_VALUE,
                    word.span,
                    format!("`{ANY}` stands for all of `{key}` under `allow`"),
                    "list them by their names",
                );
            } else if !seen.insert(word.value) {
                self.fail(
                    &codes::INVALID_VALUE,
                    word.span,
                    format!("{} is in `{key}` twice", shown(word.value)),
                    "delete one of the two",
                );
            }
        }
        if words.is_empty() && self.reader.count() == before {
            self.fail(
                &codes::INVALID_VALUE,
                node.span,
                format!("`{key}` is empty, so the table has no case"),
                "list at least one",
            );
        }
        self.failed_since(before).map_or(Ok(words), Err)
    }

    fn side<'n>(
        &mut self,
        words: Vec<Spanned<&'n str>>,
        mut entity: impl FnMut(&mut Self, &Spanned<&'n str>) -> Result<Entity, Failed>,
    ) -> Result<Side<'n>, Failed> {
        let items: Vec<_> = words
            .into_iter()
            .map(|word| entity(self, &word).map(|entity| Item { word, entity }))
            .collect();
        let items = all(items)?;
        let words = items.iter().map(|item| item.word.value);
        let numbers = words.enumerate().map(|(number, word)| (word, number));
        Ok(Side {
            numbers: numbers.collect(),
            items,
        })
    }

    /// `allow: { alice: { view: [public] } }`, with `any` at each level.
    fn allowed(
        &mut self,
        node: Option<&Node>,
        (principals, actions, resources): (&Side<'_>, &Side<'_>, &Side<'_>),
    ) -> Result<Allowed, Failed> {
        let mut allowed = Allowed::new();
        let Some(node) = node else { return Ok(allowed) };
        let before = self.reader.count();
        for row in self.reader.mapping(node, "allow") {
            let who = self.listed(&row.key, row.key_span, principals, "principals");
            for column in self.reader.mapping(&row.value, &row.key) {
                let what = self.listed(&column.key, column.key_span, actions, "actions");
                let words =
                    super::fixtures::word_or_words(&mut self.reader, &column.value, &column.key);
                for word in words {
                    let on = self.listed(word.value, word.span, resources, "resources");
                    self.spend(who.len() * what.len() * on.len(), word.span)?;
                    for p in &who {
                        for a in &what {
                            for r in &on {
                                allowed.entry((*p, *a, *r)).or_insert(word.span);
                            }
                        }
                    }
                }
            }
        }
        self.failed_since(before).map_or(Ok(allowed), Err)
    }

    /// The numbers of a row or column, all for `any`.
    fn listed(&mut self, word: &str, span: Span, side: &Side<'_>, key: &str) -> Vec<usize> {
        if word == ANY {
            return (0..side.items.len()).collect();
        }
        if let Some(number) = side.numbers.get(word) {
            return vec![*number];
        }
        let finding = Finding::new(
            &codes::UNKNOWN_NAME,
            span,
            format!("{} is none of the table's `{key}`", shown(word)),
            format!("use one of them as it is written there, `{ANY}` for all, or add it"),
        );
        self.unknown(finding, word, side.items.iter().map(|item| item.word.value));
        Vec::new()
    }

    /// The cells that are requests under the schema. An allowed one must be, and of every row and column
    /// some must be.
    fn admitted(
        &mut self,
        (principals, actions, resources): (&Side<'_>, &Side<'_>, &Side<'_>),
        allowed: &Allowed,
    ) -> Result<Vec<(usize, usize, usize)>, Failed> {
        let before = self.reader.count();
        let mut cells = Vec::new();
        let mut used = [BTreeSet::new(), BTreeSet::new(), BTreeSet::new()];
        for (p, principal) in principals.items.iter().enumerate() {
            for (a, action) in actions.items.iter().enumerate() {
                for (r, resource) in resources.items.iter().enumerate() {
                    let declared = self
                        .within
                        .schema
                        .and_then(|schema| schema.actions.get(&action.entity));
                    let is_request = declared.is_none_or(|declared| {
                        declared.principals.contains(&principal.entity.ty)
                            && declared.resources.contains(&resource.entity.ty)
                    });
                    if is_request {
                        cells.push((p, a, r));
                        let [ps, actions_used, rs] = &mut used;
                        ps.insert(p);
                        actions_used.insert(a);
                        rs.insert(r);
                    } else if let Some(span) = allowed.get(&(p, a, r)).copied() {
                        let _: Failed = self.fail(
                            &codes::NOT_APPLICABLE,
                            span,
                            format!(
                                "`{}` does not apply to the principal `{}` and the resource `{}`",
                                action.entity, principal.entity, resource.entity
                            ),
                            "take this cell out: the schema refuses the request before any policy sees it",
                        );
                    }
                }
            }
        }
        for (side, used) in [principals, actions, resources].into_iter().zip(used) {
            for (number, item) in side.items.iter().enumerate() {
                if !used.contains(&number) {
                    self.fail(
                        &codes::NOT_APPLICABLE,
                        item.word.span,
                        format!(
                            "with `{}` the schema admits no request of this table",
                            item.entity
                        ),
                        "take it out, or correct the schema",
                    );
                }
            }
        }
        self.failed_since(before).map_or(Ok(cells), Err)
    }
}
