//! What the formats share in reading a case: its request, and what is to come of it.

use std::sync::Arc;

use super::entities::Set;
use super::{Failed, MAX_TAGS, Maker};
use crate::codes::suite as codes;
use crate::config::reader::{Scalar, scalar};
use crate::config::words::{any_of, shown};
use crate::config::yaml::{Node, Value};
use crate::facts::{Entity, Spanned};
use crate::finding::Finding;
use crate::source::Span;
use crate::suite::model::{Broken, Case, Decision, Expected, ExpectedErrors};

/// Whether a principal or resource may be in no fixture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// As in Cedar: it has no attributes then.
    Allowed,
    /// Only where its type has no required attributes.
    NeedsNoAttributes,
}

/// What a case is called, whether or not it can be run.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub name: Arc<str>,
    pub span: Span,
    pub tags: Vec<Arc<str>>,
    pub skip: Option<Arc<str>>,
}

/// How the obligation to have something approved begins.
const APPROVAL: &str = "approval: ";
/// The obligation to have a break-glass access reviewed.
const BREAKGLASS: &str = "breakglass";

const DECISIONS: [(&str, Decision); 2] = [("allow", Decision::Allow), ("deny", Decision::Deny)];

impl Maker<'_> {
    /// Keeps a case, or what became of it.
    pub(super) fn keep(&mut self, head: &Head, case: Result<Case, Failed>) {
        match case {
            Ok(case) => self.cases.push(case),
            Err(Failed(reason)) => self.broken.push(Broken {
                name: Arc::clone(&head.name),
                span: head.span,
                tags: head.tags.clone(),
                reason,
            }),
        }
    }

    /// Whether the schema lets the action apply to this principal or resource, `role` says which, and the
    /// fixture has it where it must.
    pub(super) fn applies(
        &mut self,
        entity: &Spanned<Entity>,
        role: &str,
        action: &Entity,
        set: &Set<'_>,
        absence: Absence,
    ) -> Result<(), Failed> {
        let Some(schema) = self.within.schema else {
            return Ok(());
        };
        if let Some(declared) = schema.actions.get(action) {
            let types = if role == "principal" {
                &declared.principals
            } else {
                &declared.resources
            };
            if !types.contains(&entity.value.ty) {
                return Err(self.fail(
                    &codes::NOT_APPLICABLE,
                    entity.span,
                    format!("`{action}` does not apply to the {role} `{}`", entity.value),
                    format!(
                        "use a {role} of type {}",
                        any_of(types.iter().map(String::as_str))
                    ),
                ));
            }
        }
        self.present(entity, set, absence)
    }

    /// Whether the fixture has an entity, where it must.
    pub(super) fn present(
        &mut self,
        entity: &Spanned<Entity>,
        set: &Set<'_>,
        absence: Absence,
    ) -> Result<(), Failed> {
        if absence == Absence::Allowed || set.has(&entity.value) {
            return Ok(());
        }
        let declared = self
            .within
            .schema
            .and_then(|schema| schema.entity_types.get(&entity.value.ty));
        let required = declared.and_then(|ty| {
            ty.attributes
                .iter()
                .find(|(_, attribute)| attribute.required)
        });
        let Some((attribute, _)) = required else {
            return Ok(());
        };
        let attribute = attribute.clone();
        let help = self.where_to_find(&entity.value);
        Err(self.fail(
            &codes::MISSING_ENTITY,
            entity.span,
            format!(
                "no fixture in use has `{}`, whose type requires `{attribute}`",
                entity.value
            ),
            help,
        ))
    }

    /// A case's or table's name, tags and reason to skip it.
    pub(super) fn head(
        &mut self,
        name: Option<&Node>,
        tags: Option<&Node>,
        skip: Option<&Node>,
        fallback: String,
        at: Span,
        inherited: &[Arc<str>],
    ) -> Head {
        let before = self.reader.count();
        let text = name.and_then(|node| self.reader.text(node, "name"));
        let text = text.filter(|text| !text.value.trim().is_empty());
        if text.is_none() && self.reader.count() == before {
            self.fail(
                &codes::MISSING_KEY,
                name.map_or(at, |node| node.span),
                "this has no `name`",
                "add `name: what is expected, and when`",
            );
        }
        let all = self.tags_of(tags, inherited);
        Head {
            name: text
                .as_ref()
                .map_or_else(|| fallback.into(), |text| text.value.into()),
            span: name.map_or(at, |node| node.span),
            tags: all,
            skip: skip.and_then(|node| self.skip(node)),
        }
    }

    /// Inherited tags and own ones.
    pub(super) fn tags_of(&mut self, node: Option<&Node>, inherited: &[Arc<str>]) -> Vec<Arc<str>> {
        let mut all = inherited.to_vec();
        let Some(node) = node else { return all };
        for tag in self.reader.texts(node, "tags") {
            if all.len() == MAX_TAGS {
                self.fail(
                    &codes::TOO_MUCH,
                    tag.span,
                    format!("there are more than {MAX_TAGS} tags"),
                    "use fewer; those from here on are left out",
                );
                break;
            }
            if !all.iter().any(|known| known.as_ref() == tag.value) {
                all.push(tag.value.into());
            }
        }
        all
    }

    fn skip(&mut self, node: &Node) -> Option<Arc<str>> {
        match scalar(node) {
            Some(Scalar::Text(reason)) if !reason.trim().is_empty() => Some(reason.into()),
            _ => {
                self.reader.wrong_type(
                    node,
                    "skip",
                    "the reason why the case is not run",
                    "write why: `skip: \"waits for PAY-12\"`",
                );
                None
            }
        }
    }

    /// `expect:`
    pub(super) fn expected(&mut self, node: &Node) -> Result<Expected, Failed> {
        let before = self.reader.count();
        let mut expected = None;
        if let Value::Mapping(_) = node.value {
            let keys = ["decision", "determining", "errors", "obligations"];
            let fields = self.reader.fields(node, "expect", &keys);
            match fields.get("decision") {
                Some(node) => expected = self.decision(node, "decision"),
                None => {
                    self.fail(
                        &codes::MISSING_KEY,
                        node.span,
                        "`expect` has no `decision`",
                        "add `decision: allow` or `decision: deny`",
                    );
                }
            }
            if let Some(expected) = &mut expected {
                expected.determining = fields
                    .get("determining")
                    .map(|node| self.policies(node, "determining"));
                expected.errors = fields.get("errors").and_then(|node| self.errors(node));
                expected.obligations = fields.get("obligations").map(|node| self.obligations(node));
            }
        } else {
            expected = self.decision(node, "expect");
        }
        match (expected, self.failed_since(before)) {
            (Some(expected), None) => Ok(expected),
            (_, failed) => Err(failed.unwrap_or_else(|| self.last())),
        }
    }

    /// `allow` or `deny`
    pub(super) fn decision(&mut self, node: &Node, name: &str) -> Option<Expected> {
        let decision = self.reader.choice(node, name, &DECISIONS)?;
        Some(expecting(decision, node.span))
    }

    /// Names of policies, each of which must exist.
    pub(super) fn policies(&mut self, node: &Node, name: &str) -> Spanned<Vec<Spanned<Arc<str>>>> {
        let mut value = Vec::new();
        for word in self.reader.texts(node, name) {
            if !self.within.policies.contains(word.value) {
                let finding = Finding::new(
                    &codes::UNKNOWN_NAME,
                    word.span,
                    format!("the bundle has no policy {}", shown(word.value)),
                    "write the `@id` of a policy, or the id of a link",
                );
                let known = self.within.policies.iter().map(AsRef::as_ref);
                self.unknown(finding, word.value, known);
            }
            value.push(Spanned {
                value: word.value.into(),
                span: word.span,
            });
        }
        Spanned {
            value,
            span: node.span,
        }
    }

    fn errors(&mut self, node: &Node) -> Option<Spanned<ExpectedErrors>> {
        let value = if let Some(Scalar::Integer(_)) = scalar(node) {
            ExpectedErrors::Count(self.reader.integer_in(node, "errors", 0..=1_000_000)?)
        } else {
            let before = self.reader.count();
            let policies = self.policies(node, "errors").value;
            self.reader.amend(before, |finding| {
                if finding.code == codes::WRONG_TYPE.code && finding.span == node.span {
                    finding.message = "`errors` must be a number or a list of policies".to_owned();
                    finding.help =
                        "write `errors: 0` where no policy may fail, or name those that do"
                            .to_owned();
                }
            });
            ExpectedErrors::Policies(policies)
        };
        Some(Spanned {
            value,
            span: node.span,
        })
    }

    /// `[approval: step_up, breakglass]`, of which YAML reads the first as a mapping with one key.
    fn obligations(&mut self, node: &Node) -> Spanned<Vec<Spanned<Arc<str>>>> {
        let mut value: Vec<Spanned<Arc<str>>> = Vec::new();
        for item in self.reader.list(node, "obligations") {
            let text = match (&item.value, scalar(item)) {
                (_, Some(Scalar::Text(text))) => Some(match text.split_once(':') {
                    Some((key, kind)) => format!("{}: {}", key.trim(), kind.trim()),
                    None => text.to_owned(),
                }),
                (Value::Mapping(entries), _) => match entries.as_slice() {
                    [entry] => match scalar(&entry.value) {
                        Some(Scalar::Text(kind)) => Some(format!("{}: {kind}", entry.key)),
                        _ => None,
                    },
                    _ => None,
                },
                _ => None,
            };
            match text {
                Some(text) if text == BREAKGLASS || text.starts_with(APPROVAL) => {
                    value.push(Spanned {
                        value: text.into(),
                        span: item.span,
                    });
                }
                _ => {
                    self.fail(
                        &codes::INVALID_VALUE,
                        item.span,
                        "this is no obligation",
                        "write `approval: ` with the kind that the schema asks for, or `breakglass`",
                    );
                }
            }
        }
        Spanned {
            value,
            span: node.span,
        }
    }

    /// Whether the expectation can come true: a permit allows, who is denied is obliged to nothing, and an
    /// approval is asked for where the schema says so.
    pub(super) fn possible(&mut self, expected: &Expected, action: &Entity) -> Result<(), Failed> {
        let mut results: Vec<Result<(), Failed>> = Vec::new();
        if let Some(determining) = &expected.determining
            && determining.value.is_empty()
            && expected.decision.value == Decision::Allow
        {
            results.push(Err(self.fail(
                &codes::IMPOSSIBLE,
                determining.span,
                "an allowed request always has a policy that decides it",
                "name the permits that decide, or leave `determining` out",
            )));
        }
        let Some(obligations) = &expected.obligations else {
            return super::all(results).map(drop);
        };
        for obligation in &obligations.value {
            if expected.decision.value == Decision::Deny {
                results.push(Err(self.fail(
                    &codes::IMPOSSIBLE,
                    obligation.span,
                    "a request that is denied obliges to nothing",
                    "expect `allow`, or leave `obligations` out",
                )));
                continue;
            }
            let (Some(schema), Some(kind)) =
                (self.within.schema, obligation.value.strip_prefix(APPROVAL))
            else {
                continue;
            };
            let asked = schema.approvals(action);
            if !asked.contains(kind) {
                let help = match asked.first() {
                    Some(asked) => format!("did you mean `{APPROVAL}{asked}`?"),
                    None => "leave it out, or add `@approval` to the action".to_owned(),
                };
                results.push(Err(self.fail(
                    &codes::IMPOSSIBLE,
                    obligation.span,
                    format!(
                        "the schema asks for no approval {} of `{action}`",
                        shown(kind)
                    ),
                    help,
                )));
            }
        }
        super::all(results).map(drop)
    }
}

/// Only a decision is expected.
pub(super) const fn expecting(decision: Decision, span: Span) -> Expected {
    Expected {
        decision: Spanned {
            value: decision,
            span,
        },
        determining: None,
        others_may_determine: false,
        errors: None,
        obligations: None,
    }
}
