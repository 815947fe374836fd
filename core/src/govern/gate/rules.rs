//! Rules of the organisation, `governance/*.cedar`: Cedar policies over the change. They can only refuse, and
//! an error in one refuses.
//!
//! A rule sees each approval as `Person` doing `Action::"approve"` on `Change`, and the publication as the
//! author doing `Action::"publish"`. People are in their `Role`s and `Team`s.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::cedar::Validator;
use crate::cedar::evaluate::{Candidate, Entities, RequestText, decide, entities};
use crate::cedar::parse::{Parsed, parse};
use crate::cedar::schema::{Format, SchemaFile, build};
use crate::cedar::validate::validate;
use crate::codes::governance as codes;
use crate::facts::{Effect, Entity};
use crate::finding::Finding;
use crate::govern::directory::{Directory, Person};
use crate::govern::record::{Approval, Record};
use crate::source::{Limits, Span, TokenKind, exceeded, split, tokens};
use crate::time::Instant;

/// The rules of an organisation.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    rules: Vec<(String, Parsed)>,
    /// What is wrong with them, by path; spans count from the start of the file. With anything here every
    /// change is refused.
    pub findings: Vec<(String, Finding)>,
}

/// Why the rules refuse something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Refusal {
    /// A rule forbids it.
    Forbidden(String),
    /// A rule, or what it was asked, cannot be evaluated.
    Error(String, String),
}

impl Rules {
    /// Reads the rules from files, given as path and text.
    pub fn read<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut all = Self::default();
        let limits = Limits::default();
        let mut vocabulary = None;
        for (path, text) in files {
            for span in split(text).statements {
                let statement = span.text(text);
                let is_blank = tokens(statement)
                    .all(|token| matches!(token.kind, TokenKind::Blank | TokenKind::Comment));
                if is_blank {
                    continue;
                }
                let read = rule(statement, &limits).and_then(|parsed| {
                    let vocabulary = vocabulary.get_or_insert_with(Vocabulary::new);
                    vocabulary.accepts(&parsed).map(|()| parsed)
                });
                match read {
                    Ok(parsed) => {
                        let name = parsed.policy.id().map_or_else(
                            || format!("{path}, byte {}", span.start),
                            ToOwned::to_owned,
                        );
                        all.rules.push((name, parsed));
                    }
                    Err((at, message)) => {
                        let finding = Finding::new(
                            &codes::RULE,
                            at.offset(span.start),
                            message,
                            "repair the rule; until then every change is refused",
                        );
                        all.findings.push((path.to_owned(), finding));
                    }
                }
            }
        }
        all
    }

    /// What they say, whatever they are called and wherever they stand.
    pub(crate) fn forms(&self) -> BTreeSet<[u8; 32]> {
        let rules = self.rules.iter();
        rules.map(|(_, rule)| rule.policy.canonical).collect()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.findings.is_empty()
    }

    /// What the rules refuse, sorted.
    pub(super) fn refuse(&self, question: &Question<'_>) -> BTreeSet<Refusal> {
        let error = |message: String| BTreeSet::from([Refusal::Error(String::new(), message)]);
        if self.rules.is_empty() {
            return BTreeSet::new();
        }
        // A forbid shows only against a permit. This one is Cedar's text, so that nothing here makes policies.
        let Ok(permit) = parse(&Arc::from("permit (principal, action, resource);")) else {
            return error("the rules cannot be asked".to_owned());
        };
        let entities = match question.entities() {
            Ok(entities) => entities,
            Err(message) => return error(message),
        };
        let candidate = |name: &str, parsed| Candidate {
            name: name.to_owned(),
            template: parsed,
            link: None,
        };
        let candidates = std::iter::once(candidate("permit", &permit.template)).chain(
            self.rules
                .iter()
                .enumerate()
                .map(|(at, (_, parsed))| candidate(&format!("rule {at}"), &parsed.template)),
        );
        let context = question.context();
        let request = RequestText {
            principal: &entity("Person", question.person),
            action: &entity("Action", question.action),
            resource: &entity("Change", &question.record.id),
            context: &context,
        };
        match decide(candidates, &entities, &request, None) {
            Err(message) => error(message),
            Ok(decided) => {
                let mut refusals: BTreeSet<Refusal> = (decided.errors.into_iter())
                    .map(|(rule, message)| Refusal::Error(self.name(&rule), message))
                    .collect();
                if !decided.allowed {
                    refusals.extend(
                        decided
                            .determining
                            .iter()
                            .map(|rule| Refusal::Forbidden(self.name(rule))),
                    );
                }
                refusals
            }
        }
    }

    fn name(&self, rule: &str) -> String {
        rule.strip_prefix("rule ")
            .and_then(|at| self.rules.get(at.parse::<usize>().ok()?))
            .map_or_else(|| rule.to_owned(), |(name, _)| name.clone())
    }
}

/// What rules can speak of: the entities and requests that [`Question`] makes.
const SCHEMA: &str = r#"
entity Role, Team;
entity Person in [Role, Team] { kind: String, issuer: String, owns: Set<String> };
entity Change {
  tier: String, reasons: Set<String>, author: Person, drafter: Person, drafterKind: String, lastEditor: Person,
  approvals: Long, owner?: Person, ticket?: String, justification?: String, validFrom?: datetime, expires?: datetime,
  recertifyBy?: datetime
};
action approve appliesTo { principal: Person, resource: Change, context: {
  now: datetime, slot: String, role: String, time: datetime, stepUp: Bool, acknowledgements: Set<String>, reason?: String
} };
action publish appliesTo { principal: Person, resource: Change, context: { now: datetime } };
"#;

/// [`SCHEMA`], ready for Cedar's type-checker.
struct Vocabulary(Option<Validator>);

impl Vocabulary {
    fn new() -> Self {
        let file = SchemaFile {
            path: "governance".into(),
            text: SCHEMA,
            format: Format::Cedar,
        };
        let schema = build(&[file]).validator.map(Arc::unwrap_or_clone);
        Self(schema.map(Validator::new))
    }

    /// Whether a rule speaks of nothing else. One that does would fail when it is asked, or never apply.
    fn accepts(&self, rule: &Parsed) -> Result<(), (Span, String)> {
        let Some(validator) = &self.0 else {
            // Not reached: the schema is ours. A rule that nobody checked is none.
            return Err((rule.policy.span, "rules cannot be checked".to_owned()));
        };
        let found = validate(&rule.template, validator).findings;
        match found.into_iter().next() {
            None => Ok(()),
            Some(finding) => Err((
                finding.span,
                match finding.help.as_str() {
                    "" => finding.message,
                    help => format!("{}; {help}", finding.message),
                },
            )),
        }
    }
}

/// A statement as a rule, or what is wrong with it.
fn rule(statement: &str, limits: &Limits) -> Result<Parsed, (Span, String)> {
    if let Some((_, at)) = exceeded(statement, limits) {
        return Err((
            at,
            "this rule is larger than Cedar can be asked about".to_owned(),
        ));
    }
    let text: Arc<str> = statement.into();
    let parsed = parse(&text).map_err(|errors| {
        crate::cedar::parse_errors::findings(&errors, statement)
            .into_iter()
            .next()
            .map_or((Span::at(0), "this is no policy".to_owned()), |finding| {
                (finding.span, finding.message)
            })
    })?;
    let policy = &parsed.policy;
    if policy.effect.value != Effect::Forbid {
        return Err((
            policy.effect.span,
            "a rule of governance can only forbid".to_owned(),
        ));
    }
    if policy.is_template() {
        return Err((policy.scope, "a rule of governance has no slots".to_owned()));
    }
    Ok(parsed)
}

/// What the rules are asked about.
pub(super) struct Question<'a> {
    /// Who.
    pub person: &'a str,
    /// `approve` or `publish`.
    pub action: &'a str,
    /// The approval, where it is one.
    pub approval: Option<&'a Approval>,
    /// The change.
    pub record: &'a Record,
    /// How many approvals count.
    pub approvals: usize,
    /// Everybody.
    pub directory: &'a Directory,
    /// Now.
    pub as_of: Instant,
}

impl Question<'_> {
    fn context(&self) -> Value {
        let mut context = json!({ "now": datetime(self.as_of) });
        if let (Some(approval), Some(context)) = (self.approval, context.as_object_mut()) {
            context.insert("slot".to_owned(), json!(approval.slot));
            context.insert("role".to_owned(), json!(approval.role));
            context.insert("time".to_owned(), datetime(approval.time));
            context.insert("stepUp".to_owned(), json!(approval.step_up));
            context.insert(
                "acknowledgements".to_owned(),
                json!(approval.acknowledgements),
            );
            if let Some(reason) = &approval.reason {
                context.insert("reason".to_owned(), json!(reason));
            }
        }
        context
    }

    /// The change, everybody who had a part in it, and who is asked about.
    fn entities(&self) -> Result<Entities, String> {
        let record = self.record;
        let mut names: BTreeSet<&str> = [
            self.person,
            &record.author,
            &record.drafter.id,
            &record.last_editor,
        ]
        .into();
        names.extend(record.owner.as_deref());
        let mut all: Vec<Value> = names
            .iter()
            .map(|name| self.person(name, self.directory.people.get(*name)))
            .collect();
        all.push(json!({
            "uid": { "type": "Change", "id": record.id },
            "attrs": self.change(),
            "parents": [],
        }));
        entities(&Value::Array(all).to_string(), None)
    }

    fn change(&self) -> Value {
        let record = self.record;
        let person = |name: &str| json!({ "__entity": { "type": "Person", "id": name } });
        let mut attributes = json!({
            "tier": record.tier.as_str(),
            "reasons": record.reasons,
            "author": person(&record.author),
            "drafter": person(&record.drafter.id),
            "drafterKind": record.drafter.kind.as_str(),
            "lastEditor": person(&record.last_editor),
            "approvals": self.approvals,
        });
        if let Some(attributes) = attributes.as_object_mut() {
            let texts = [
                ("ticket", &record.ticket),
                ("justification", &record.justification),
            ];
            for (key, text) in texts {
                if let Some(text) = text {
                    attributes.insert(key.to_owned(), json!(text));
                }
            }
            if let Some(owner) = &record.owner {
                attributes.insert("owner".to_owned(), person(owner));
            }
            let times = [
                ("validFrom", record.valid_from),
                ("expires", record.expires),
                ("recertifyBy", record.recertify_by),
            ];
            for (key, time) in times {
                if let Some(time) = time {
                    attributes.insert(key.to_owned(), datetime(time));
                }
            }
        }
        attributes
    }

    fn person(&self, name: &str, person: Option<&Person>) -> Value {
        let uid = json!({ "type": "Person", "id": name });
        let Some(person) = person else {
            return json!({ "uid": uid, "attrs": {}, "parents": [] });
        };
        let roles: BTreeSet<&str> = self.directory.roles_of(person).collect();
        let roles = roles
            .iter()
            .map(|role| json!({ "type": "Role", "id": role }));
        let teams = person
            .teams
            .iter()
            .map(|team| json!({ "type": "Team", "id": team }));
        json!({
            "uid": uid,
            "attrs": {
                "kind": person.kind.as_str(),
                "issuer": person.issuer,
                "owns": person.owns,
            },
            "parents": roles.chain(teams).collect::<Vec<_>>(),
        })
    }
}

fn datetime(time: Instant) -> Value {
    json!({ "__extn": { "fn": "datetime", "arg": time.to_string() } })
}

fn entity(ty: &str, id: &str) -> Entity {
    Entity {
        ty: ty.to_owned(),
        id: id.to_owned(),
    }
}
