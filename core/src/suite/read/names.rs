//! Who and what a suite names: entities, their types, and actions.

use super::entities::Set;
use super::{Failed, Maker};
use crate::codes::suite as codes;
use crate::config::reader::{Scalar, scalar};
use crate::config::words::{any_of, shown};
use crate::config::yaml::{Node, Value};
use crate::facts::Entity;
use crate::finding::Finding;
use crate::schema::Schema;
use crate::source::Span;

/// How freely a type or an action may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// As declared, or without the namespace.
    Cedar,
    /// Upper and lower case are the same as well: AuthZEN's types are lower case by custom.
    AnyCase,
}

impl Maker<'_> {
    /// An entity: the name of one of `set`, `Type::"id"`, `{ type, id }` or `{ __entity: … }`.
    pub(super) fn entity(
        &mut self,
        node: &Node,
        name: &str,
        set: &Set<'_>,
    ) -> Result<Entity, Failed> {
        if let Some(Scalar::Text(text)) = scalar(node) {
            return self.entity_text(text, node.span, set);
        }
        if let Value::Mapping(entries) = &node.value {
            if let [only] = entries.as_slice()
                && only.key == "__entity"
            {
                return self.entity(&only.value, name, set);
            }
            let before = self.reader.count();
            let fields = self.reader.fields(node, name, &["type", "id"]);
            let ty = fields.get("type").and_then(|n| self.reader.text(n, "type"));
            let id = fields.get("id").and_then(|n| self.reader.text(n, "id"));
            return match (ty, id) {
                (Some(ty), Some(id)) => {
                    let entity = Entity {
                        ty: ty.value.to_owned(),
                        id: id.value.to_owned(),
                    };
                    self.declared(entity, ty.span, Spelling::Cedar)
                }
                _ => Err(self.failed_since(before).unwrap_or_else(|| {
                    self.fail(
                        &codes::MISSING_KEY,
                        node.span,
                        "this entity lacks `type` or `id`",
                        "write it as `Type::\"id\"`",
                    )
                })),
            };
        }
        self.reader.wrong_type(
            node,
            name,
            "an entity",
            "write the name of a fixture's entity, or `Type::\"id\"`",
        );
        Err(self.last())
    }

    pub(super) fn entity_text(
        &mut self,
        text: &str,
        span: Span,
        set: &Set<'_>,
    ) -> Result<Entity, Failed> {
        if let Some(found) = set.named(text) {
            return match found.as_slice() {
                [one] => Ok(one.clone()),
                many => {
                    let all: Vec<String> = many.iter().map(ToString::to_string).collect();
                    Err(self.ambiguous(text, span, "entities of the fixture", &all))
                }
            };
        }
        if text.contains("::") {
            return match self.spelled(text) {
                Some(entity) => self.declared(entity, span, Spelling::Cedar),
                None => Err(self.fail(
                    &codes::INVALID_VALUE,
                    span,
                    format!("{} is no entity", shown(text)),
                    "write it as `Type::\"id\"`",
                )),
            };
        }
        let help = if set.is_empty() {
            "no fixture is used here: add `use` with a fixture's name, or write `Type::\"id\"`"
        } else {
            "use the name of an entity of the fixture, or write `Type::\"id\"`"
        };
        let finding = Finding::new(
            &codes::UNKNOWN_NAME,
            span,
            format!("no entity of the fixture is called {}", shown(text)),
            help,
        );
        Err(self.unknown(finding, text, set.all_names()))
    }

    /// What `Type::"id"` says. Suites name few entities often, and Cedar's parser takes its time.
    fn spelled(&mut self, text: &str) -> Option<Entity> {
        if let Some(known) = self.written.get(text) {
            return known.clone();
        }
        let entity = crate::cedar::entity(text);
        self.written.insert(text.to_owned(), entity.clone());
        entity
    }

    /// An entity with its type's full name, where the schema can have it.
    pub(super) fn declared(
        &mut self,
        mut entity: Entity,
        span: Span,
        spelling: Spelling,
    ) -> Result<Entity, Failed> {
        let Some(schema) = self.within.schema else {
            return Ok(entity);
        };
        if schema.actions.contains_key(&entity) {
            return Ok(entity);
        }
        if is_action_type(&entity.ty) {
            return self.action_named(schema, &entity.id, &entity, span, spelling);
        }
        entity.ty = self.entity_type(schema, &entity.ty, span, spelling)?;
        let ids = schema
            .entity_types
            .get(&entity.ty)
            .and_then(|ty| ty.enumeration.as_ref());
        if let Some(ids) = ids
            && !ids.contains(&entity.id)
        {
            let finding = Finding::new(
                &codes::INVALID_ID,
                span,
                format!("`{}` has no entity {}", entity.ty, shown(&entity.id)),
                format!("use {}", any_of(ids.iter().take(12).map(String::as_str))),
            );
            return Err(self.unknown(finding, &entity.id, ids.iter().map(String::as_str)));
        }
        Ok(entity)
    }

    fn entity_type(
        &mut self,
        schema: &Schema,
        ty: &str,
        span: Span,
        spelling: Spelling,
    ) -> Result<String, Failed> {
        if schema.entity_types.contains_key(ty) {
            return Ok(ty.to_owned());
        }
        if let Some(known) = self.types.get(ty) {
            return Ok(known.clone());
        }
        let of = |same: &dyn Fn(&str) -> bool| -> Vec<String> {
            let types = schema.entity_types.keys();
            types.filter(|known| same(known)).cloned().collect()
        };
        let mut found = of(&|known| last_part(known) == ty);
        if let [one] = found.as_slice() {
            self.types.insert(ty.to_owned(), one.clone());
        }
        if found.is_empty() && spelling == Spelling::AnyCase {
            found = of(&|known| {
                known.eq_ignore_ascii_case(ty) || last_part(known).eq_ignore_ascii_case(ty)
            });
        }
        match found.as_slice() {
            [one] => Ok(one.clone()),
            [] => {
                let finding = Finding::new(
                    &codes::UNDECLARED,
                    span,
                    format!("the schema has no entity type {}", shown(ty)),
                    "correct the type, or declare it in the schema",
                );
                let full = schema.entity_types.keys().map(String::as_str);
                let known: Vec<&str> = if ty.contains("::") {
                    full.collect()
                } else {
                    full.map(last_part).collect()
                };
                Err(self.unknown(finding, ty, known))
            }
            many => Err(self.ambiguous(ty, span, "entity types", many)),
        }
    }

    /// An action: its id where one action of the schema has it, or `Action::"id"`.
    pub(super) fn action(&mut self, node: &Node, spelling: Spelling) -> Result<Entity, Failed> {
        let text = match scalar(node) {
            Some(Scalar::Text(text)) => text,
            // An action may well be called `true` or `1`.
            Some(Scalar::Boolean(_) | Scalar::Integer(_) | Scalar::Float) => {
                node.span.text(self.text)
            }
            _ => {
                self.reader.wrong_type(
                    node,
                    "action",
                    "an action",
                    "write its id, or `Action::\"id\"`",
                );
                return Err(self.last());
            }
        };
        self.action_text(text, node.span, spelling)
    }

    pub(super) fn action_text(
        &mut self,
        text: &str,
        span: Span,
        spelling: Spelling,
    ) -> Result<Entity, Failed> {
        let written = self.spelled(text).unwrap_or_else(|| Entity {
            ty: "Action".to_owned(),
            id: text.to_owned(),
        });
        let Some(schema) = self.within.schema else {
            return Ok(written);
        };
        if let Some(action) = schema.actions.get(&written) {
            if action.is_requestable() {
                return Ok(written);
            }
            return Err(self.group(&written, span));
        }
        let id = written.id.clone();
        self.action_named(schema, &id, &written, span, spelling)
    }

    fn action_named(
        &mut self,
        schema: &Schema,
        id: &str,
        written: &Entity,
        span: Span,
        spelling: Spelling,
    ) -> Result<Entity, Failed> {
        let short = written.ty == "Action";
        let of = |same: &dyn Fn(&str) -> bool| -> Vec<Entity> {
            let actions = schema.actions.iter();
            actions
                .filter(|(known, action)| short && action.is_requestable() && same(&known.id))
                .map(|(known, _)| known.clone())
                .collect()
        };
        let mut found = of(&|known| known == id);
        if found.is_empty() && spelling == Spelling::AnyCase {
            found = of(&|known| known.eq_ignore_ascii_case(id));
        }
        match found.as_slice() {
            [one] => Ok(one.clone()),
            [] => {
                let mut groups = schema.actions.keys();
                if let Some(group) = groups.find(|known| short && known.id == id) {
                    return Err(self.group(group, span));
                }
                let message = if short {
                    format!("the schema has no action {}", shown(id))
                } else {
                    format!("the schema has no action `{written}`")
                };
                let finding = Finding::new(
                    &codes::UNDECLARED,
                    span,
                    message,
                    "correct the action, or declare it in the schema",
                );
                let known = schema.actions.keys().map(|known| known.id.as_str());
                Err(self.unknown(finding, id, known))
            }
            many => {
                let all: Vec<String> = many.iter().map(ToString::to_string).collect();
                Err(self.ambiguous(id, span, "actions", &all))
            }
        }
    }

    fn group(&mut self, action: &Entity, span: Span) -> Failed {
        self.fail(
            &codes::NOT_APPLICABLE,
            span,
            format!("`{action}` is an action group: no request can name it"),
            "name one of its actions",
        )
    }

    fn ambiguous(&mut self, text: &str, span: Span, what: &str, all: &[String]) -> Failed {
        self.fail(
            &codes::AMBIGUOUS_NAME,
            span,
            format!("{} are several {what}", shown(text)),
            format!("write {}", any_of(all.iter().take(6).map(String::as_str))),
        )
    }
}

fn last_part(ty: &str) -> &str {
    ty.rsplit("::").next().unwrap_or(ty)
}

fn is_action_type(ty: &str) -> bool {
    last_part(ty) == "Action"
}
