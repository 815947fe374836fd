//! One entity of a file: each part is read alone, so that every error comes out.

use std::collections::HashSet;
use std::fmt::Display;

use cedar_policy_core::ast::{Entity, EntityUID, RestrictedExpr};
use cedar_policy_core::entities::conformance::err::EntitySchemaConformanceError;
use cedar_policy_core::entities::conformance::{
    EntitySchemaConformanceChecker, TypecheckError, typecheck_value_against_schematype,
    validate_euid, validate_euids_in_partial_value,
};
use cedar_policy_core::entities::json::ValueParser;
use cedar_policy_core::entities::json::err::{
    JsonDeserializationError, JsonDeserializationErrorContext as Context,
};
use cedar_policy_core::entities::{
    EntityJson, EntityTypeDescription as _, EntityUidJson, Schema as _, SchemaType,
};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::{CoreSchema, EntityTypeDescription};
use miette::Diagnostic;
use smol_str::SmolStr;

use super::classify;
use crate::cedar::schema::merge::nearest;
use crate::cedar::schema::syntax::lower_first;
use crate::codes::cedar_schema::entities as codes;
use crate::finding::Finding;
use crate::rules::Rule;
use crate::source::Span;
use crate::source::json::{self, Member, Node};

/// How often Cedar may look at the same value again, for all entity files together; about a second's work.
const MOST_VISITS: u64 = 4_000_000;

/// What is left of the work that comparing values with the schema may take.
///
/// Cedar compares the attributes of a record twice, and so what lies in `n` records `2^n` times: a line of
/// nested records would keep it busy for ever.
pub(super) struct Budget(u64);

impl Default for Budget {
    fn default() -> Self {
        Self(MOST_VISITS)
    }
}

impl Budget {
    /// Whether the value can be compared as well, in what is left; takes the work that it costs.
    fn allows(&mut self, value: &Node) -> bool {
        let (visits, nodes) = visits(value);
        let left = self.0.checked_sub(visits.saturating_sub(nodes));
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

/// How often Cedar looks at a part of this value, and how many parts there are.
fn visits(value: &Node) -> (u64, u64) {
    let elements = value.elements().iter().map(|part| (1, part));
    let members = value.members().iter().map(|part| (2, &part.value));
    elements
        .chain(members)
        .fold((1, 1), |(visits, nodes), (times, part)| {
            let (v, n) = self::visits(part);
            (v.saturating_mul(times).saturating_add(visits), n + nodes)
        })
}

/// An entity and where its parts stand.
pub(super) struct Read {
    pub(super) uid: EntityUID,
    pub(super) uid_span: Span,
    pub(super) parents: Vec<(EntityUID, Span)>,
    /// As Cedar sees it; lacks what is wrong.
    pub(super) entity: Option<Entity>,
}

/// Reads one element of the array.
pub(super) fn read(
    text: &str,
    node: &Node,
    schema: Option<&CoreSchema<'_>>,
    budget: &mut Budget,
    out: &mut Vec<Finding>,
) -> Option<Read> {
    if let Err(error) = serde_json::from_str::<EntityJson>(node.span.text(text)) {
        out.push(shape(text, node, &error));
        return None;
    }
    let uid_node = node.get("uid")?;
    let uid = match entity_uid(text, uid_node, Context::EntityUid) {
        Ok(uid) => uid,
        Err(error) => {
            out.push(in_value(text, uid_node, &error));
            return None;
        }
    };
    let mut entity = Reader {
        text,
        uid,
        schema,
        ty: None,
        budget,
        out,
    };
    if !entity.declared(uid_node.span) {
        return Some(Read {
            uid: entity.uid,
            uid_span: uid_node.span,
            parents: Vec::new(),
            entity: None,
        });
    }
    let attrs = entity.values(node.get("attrs"), Part::Attribute);
    let tags = entity.values(node.get("tags"), Part::Tag);
    entity.missing(node.get("attrs"), uid_node.span);
    let parents = entity.parents(node.get("parents"));
    let complete = Entity::new(
        entity.uid.clone(),
        attrs,
        HashSet::new(),
        parents.iter().map(|(uid, _)| uid.clone()).collect(),
        tags,
        Extensions::all_available(),
    );
    Some(Read {
        uid: entity.uid,
        uid_span: uid_node.span,
        parents,
        entity: complete.ok(),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Attribute,
    Tag,
}

struct Reader<'r, 's> {
    text: &'r str,
    uid: EntityUID,
    schema: Option<&'r CoreSchema<'s>>,
    /// What the schema says of the entity's type; `None` without a schema and for actions.
    ty: Option<EntityTypeDescription>,
    budget: &'r mut Budget,
    out: &'r mut Vec<Finding>,
}

impl Reader<'_, '_> {
    /// Looks the type up; whether the entity's parts can be checked at all.
    fn declared(&mut self, span: Span) -> bool {
        let Some(schema) = self.schema else {
            return true;
        };
        if let Err(error) = validate_euid(schema, &self.uid) {
            self.against_schema(&error.into(), span);
            return !self.uid.is_action();
        }
        if self.uid.is_action() {
            return true;
        }
        self.ty = schema.entity_type(self.uid.entity_type());
        match &self.ty {
            Some(ty) if ty.is_external() => {
                self.out.push(Finding::new(
                    &codes::EXTERNAL_TYPE,
                    span,
                    format!(
                        "the schema declares `{}` only as external",
                        self.uid.entity_type()
                    ),
                    "add the schema file that defines the type",
                ));
                false
            }
            Some(_) => true,
            None => {
                let mut near: Vec<String> = schema
                    .entity_types_with_basename(&self.uid.entity_type().name().basename())
                    .map(|ty| format!("`{ty}`"))
                    .collect();
                near.sort();
                let help = if near.is_empty() {
                    "correct the type, or declare it in the schema".to_owned()
                } else {
                    format!("did you mean {}", near.join(" or "))
                };
                self.out.push(Finding::new(
                    &codes::UNDECLARED_TYPE,
                    span,
                    format!("the schema has no entity type `{}`", self.uid.entity_type()),
                    help,
                ));
                false
            }
        }
    }

    fn values(&mut self, object: Option<&Node>, part: Part) -> Vec<(SmolStr, RestrictedExpr)> {
        let members = object.map_or(&[][..], Node::members);
        members
            .iter()
            .filter_map(|member| {
                let expected = match &self.ty {
                    None => None,
                    Some(ty) => {
                        let (known, open) = match part {
                            Part::Attribute => (ty.attr_type(&member.key), ty.open_attributes()),
                            Part::Tag => (ty.tag_type(), false),
                        };
                        if known.is_none() && !open {
                            self.unexpected(member, part);
                            return None;
                        }
                        known
                    }
                };
                self.value(member, part, expected.as_ref())
            })
            .collect()
    }

    fn value(
        &mut self,
        member: &Member,
        part: Part,
        expected: Option<&SchemaType>,
    ) -> Option<(SmolStr, RestrictedExpr)> {
        if expected.is_some() && !self.budget.allows(&member.value) {
            self.out.push(Finding::new(
                &codes::JSON_TOO_DEEP,
                member.value.span,
                "the records in this value are nested too deep to be compared with the schema",
                super::advice(&codes::JSON_TOO_DEEP),
            ));
            return None;
        }
        let key = SmolStr::from(&member.key);
        let context = || match part {
            Part::Attribute => Context::EntityAttribute {
                uid: self.uid.clone(),
                attr: key.clone(),
            },
            Part::Tag => Context::EntityTag {
                uid: self.uid.clone(),
                tag: key.clone(),
            },
        };
        let json = serde_json::from_str(member.value.span.text(self.text)).ok()?;
        let parser = ValueParser::new(Extensions::all_available());
        let expr = match parser.val_into_restricted_expr(json, expected, &context) {
            Ok(expr) => expr,
            Err(error) => {
                self.out.push(in_value(self.text, &member.value, &error));
                return None;
            }
        };
        // Cedar evaluates attributes when it makes an entity.
        let probe = Entity::new(
            self.uid.clone(),
            [(key.clone(), expr.clone())],
            HashSet::new(),
            HashSet::new(),
            [],
            Extensions::all_available(),
        );
        let probe = match probe {
            Ok(probe) => probe,
            Err(error) => {
                let finding = finding(&codes::EVALUATION, member.value.span, &error);
                self.out.push(finding);
                return None;
            }
        };
        let value = probe.get(&member.key)?;
        if let Some(expected) = expected
            && let Err(error) =
                typecheck_value_against_schematype(value, expected, Extensions::all_available())
        {
            let found = match &error {
                TypecheckError::TypeMismatch(error) => {
                    finding(&codes::TYPE_MISMATCH, member.value.span, error)
                }
                TypecheckError::ExtensionFunctionLookup(error) => {
                    finding(&codes::UNKNOWN_FUNCTION, member.value.span, error)
                }
            };
            self.out.push(found);
            return None;
        }
        if let Some(schema) = self.schema
            && let Err(error) = validate_euids_in_partial_value(schema, value)
        {
            self.against_schema(&error.into(), member.value.span);
            return None;
        }
        Some((key, expr))
    }

    fn unexpected(&mut self, member: &Member, part: Part) {
        let ty = self.uid.entity_type();
        let finding = match part {
            Part::Tag => Finding::new(
                &codes::UNEXPECTED_TAG,
                member.key_span,
                format!("the schema gives `{ty}` no tags"),
                "remove the tag, or declare `tags` for the type",
            ),
            Part::Attribute => {
                let known: Vec<String> = self.schema_attributes();
                let near = nearest(&member.key, known.iter().map(String::as_str));
                Finding::new(
                    &codes::UNEXPECTED_ATTRIBUTE,
                    member.key_span,
                    format!("the schema gives `{ty}` no attribute `{}`", member.key),
                    near.map_or_else(
                        || "remove it, or declare it in the schema".to_owned(),
                        |near| format!("did you mean `{near}`"),
                    ),
                )
            }
        };
        self.out.push(finding);
    }

    /// The attributes that every entity of the type has, sorted.
    fn schema_attributes(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .ty
            .iter()
            .flat_map(|ty| ty.required_attrs())
            .map(|name| name.to_string())
            .collect();
        all.sort();
        all
    }

    fn missing(&mut self, attrs: Option<&Node>, span: Span) {
        for name in self.schema_attributes() {
            if attrs.is_none_or(|a| a.get(&name).is_none()) {
                self.out.push(Finding::new(
                    &codes::MISSING_ATTRIBUTE,
                    span,
                    format!("this entity lacks the required attribute `{name}`"),
                    format!("add `{name}` to `attrs`, or make it optional in the schema"),
                ));
            }
        }
    }

    fn parents(&mut self, list: Option<&Node>) -> Vec<(EntityUID, Span)> {
        let mut parents = Vec::new();
        for node in list.map_or(&[][..], Node::elements) {
            let context = Context::EntityParents {
                uid: self.uid.clone(),
            };
            let parent = match entity_uid(self.text, node, context) {
                Ok(parent) => parent,
                Err(error) => {
                    self.out.push(in_value(self.text, node, &error));
                    continue;
                }
            };
            if self.uid.is_action() && !parent.is_action() {
                self.out.push(Finding::new(
                    &codes::ACTION_PARENT,
                    node.span,
                    format!(
                        "the action `{}` has the parent `{parent}`, which is no action",
                        self.uid
                    ),
                    "remove the parent; with a schema actions need no entity at all",
                ));
                continue;
            }
            if let (Some(schema), Some(ty)) = (self.schema, &self.ty) {
                let checker =
                    EntitySchemaConformanceChecker::new(schema, Extensions::all_available());
                if let Err(error) =
                    checker.validate_entity_ancestors(&self.uid, std::iter::once(&parent), ty)
                {
                    self.against_schema(&error, node.span);
                    continue;
                }
            }
            parents.push((parent, node.span));
        }
        parents
    }

    fn against_schema(&mut self, error: &EntitySchemaConformanceError, span: Span) {
        self.out
            .push(finding(classify::conformance(error), span, error));
    }
}

fn entity_uid(
    text: &str,
    node: &Node,
    context: Context,
) -> Result<EntityUID, Box<JsonDeserializationError>> {
    let json: EntityUidJson = serde_json::from_str(node.span.text(text))
        .map_err(|error| Box::new(JsonDeserializationError::from(error)))?;
    json.into_euid(&|| context.clone()).map_err(Box::new)
}

/// A finding for an element that is no entity at all.
fn shape(text: &str, node: &Node, error: &serde_json::Error) -> Finding {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let message = message.strip_suffix(&position).unwrap_or(&message);
    let at = node.span.start.saturating_add(json::offset_of(
        node.span.text(text),
        error.line(),
        error.column(),
    ));
    let mut duplicate = None;
    node.walk(&mut |inner| {
        let mut seen = HashSet::new();
        for member in inner.members() {
            if !seen.insert(member.key.as_str()) && duplicate.is_none() {
                duplicate = Some(member.key_span);
            }
        }
    });
    if let Some(span) = duplicate {
        return Finding::new(
            &codes::DUPLICATE_KEY,
            span,
            format!("the key {} stands twice in one object", span.text(text)),
            "remove one of the two",
        );
    }
    Finding::new(
        &codes::VALUE,
        node.innermost(at).span,
        format!("this is no entity: {message}"),
        "write `uid`, `attrs`, `parents` and, if need be, `tags`",
    )
}

/// A finding for a value, at the part of it that the error names.
fn in_value(text: &str, value: &Node, error: &JsonDeserializationError) -> Finding {
    let rule = classify::value(error);
    let message = error.to_string();
    let named = message.rsplit('`').nth(1).unwrap_or_default();
    let mut span = None;
    value.walk(&mut |node| {
        if span.is_some() {
            return;
        }
        match rule.code {
            code if code == codes::NULL.code && node.span.text(text) == "null" => {
                span = Some(node.span);
            }
            code if code == codes::UNEXPECTED_FIELD.code
                || code == codes::DUPLICATE_KEY.code
                || code == codes::EXPR_ESCAPE.code =>
            {
                let key = if code == codes::EXPR_ESCAPE.code {
                    "__expr"
                } else {
                    named
                };
                span = node
                    .members()
                    .iter()
                    .rev()
                    .find(|m| m.key == key)
                    .map(|m| m.key_span);
            }
            _ => {}
        }
    });
    finding(rule, span.unwrap_or(value.span), error)
}

fn finding<E: Diagnostic + Display>(rule: &'static Rule, span: Span, error: &E) -> Finding {
    let help = error.help().map_or_else(
        || super::advice(rule).to_owned(),
        |help| lower_first(help.to_string().trim_end_matches(['.', '?'])),
    );
    Finding::new(rule, span, lower_first(&error.to_string()), help)
}
