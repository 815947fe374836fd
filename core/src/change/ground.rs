//! The policies of both sides in one kind of request, and the questions about them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::memo::{Memo, unconfirmed};
use super::side::{Key, Member, Side};
use super::{Decided, Options};
use crate::cedar::Validator;
use crate::cedar::evaluate::{self, Entities, RequestText};
use crate::cedar::validate::evaluates_in;
use crate::encode::digest;
use crate::facts::{ActionConstraint, Entity, Expr, ExprKind, Policy, Var};
use crate::prove::{Answer, Bound, Prover, Question, Witness, World};
use crate::schema::{Environment, Schema};

/// What was asked so far, and what is known from before.
pub(super) struct Asking<'m> {
    pub(super) memo: &'m mut Memo,
    /// Questions, those that were answered before included: a report does not depend on what came before it.
    pub(super) questions: u64,
    /// Witnesses that Cedar's evaluator did not confirm.
    pub(super) unconfirmed: u64,
}

impl<'m> Asking<'m> {
    pub(super) fn new(memo: &'m mut Memo) -> Self {
        memo.begin();
        Self {
            memo,
            questions: 0,
            unconfirmed: 0,
        }
    }
}

/// A question about policies: whether there is a request
#[derive(Clone, Copy)]
pub(super) enum Ask<'q> {
    /// that these allow.
    Allowed(&'q [About]),
    /// that these deny.
    Denied(&'q [About]),
    /// that the first allow and the second deny.
    AllowedOnlyBy(&'q [About], &'q [About]),
    /// that the first applies to and none of the others.
    AppliesBeyond(&'q About, &'q [About]),
}

impl Ask<'_> {
    fn sets(&self) -> (&'static str, [&[About]; 2]) {
        match self {
            Self::Allowed(policies) => ("allowed", [*policies, &[]]),
            Self::AllowedOnlyBy(one, other) => ("allowed only by", [*one, *other]),
            Self::Denied(policies) => ("denied", [*policies, &[]]),
            Self::AppliesBeyond(one, others) => {
                ("applies beyond", [std::slice::from_ref(*one), *others])
            }
        }
    }
}

/// A policy that is about the kind of request.
pub(super) struct About {
    /// What it is called.
    pub(super) name: Arc<str>,
    /// What it says.
    pub(super) bound: Bound,
    /// The same for those that say the same.
    pub(super) key: Key,
}

impl About {
    /// The same again.
    pub(super) fn copy(&self) -> Self {
        Self {
            name: Arc::clone(&self.name),
            bound: self.bound.clone(),
            key: self.key,
        }
    }
}

/// One kind of request under one schema.
pub(super) struct Ground<'a> {
    environment: &'a Environment,
    schema: &'a Schema,
    validator: &'a Validator,
    options: &'a Options,
    /// Of the schema's bytes.
    digest: [u8; 32],
    /// By key: whether the policy type-checks.
    valid: BTreeMap<Key, bool>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(
        (schema, validator): (&'a Schema, &'a Validator),
        digest: [u8; 32],
        environment: &'a Environment,
        options: &'a Options,
    ) -> Self {
        Self {
            environment,
            schema,
            validator,
            options,
            digest,
            valid: BTreeMap::new(),
        }
    }

    /// Answers questions that belong together. Each time in a prover of their own: what an answer has for a witness can
    /// depend on what was asked before, and must depend on nothing but the policies.
    ///
    /// # Errors
    ///
    /// Why nothing can be proved of one of the policies.
    pub(super) fn ask<const N: usize>(
        &mut self,
        asks: [Ask<'_>; N],
        asking: &mut Asking<'_>,
    ) -> Result<[Answer; N], String> {
        let key = self.key(&asks);
        let answers = match asking.memo.get(&key) {
            Some(answers) => answers,
            None => {
                let mut all: BTreeMap<&Key, &About> = BTreeMap::new();
                for policy in asks.iter().flat_map(|ask| ask.sets().1).flatten() {
                    all.insert(&policy.key, policy);
                }
                for policy in all.values() {
                    self.must_be_valid(policy)?;
                }
                let answers = self.prove(&asks, &all);
                asking.memo.insert(key, &answers);
                answers
            }
        };
        asking.questions += N as u64;
        asking.unconfirmed += unconfirmed(&answers);
        answers
            .try_into()
            .map_err(|_| "the questions were not answered".to_owned())
    }

    fn prove(&self, asks: &[Ask<'_>], all: &BTreeMap<&Key, &About>) -> Vec<Answer> {
        let (schema, validator) = (self.schema, self.validator.schema());
        let mut prover = Prover::new(schema, validator, self.environment, self.options.prove);
        let numbers: BTreeMap<&Key, usize> = all
            .iter()
            .map(|(key, policy)| (*key, prover.add(&policy.bound, true)))
            .collect();
        let numbers = |policies: &[About]| -> Vec<usize> {
            let keys: BTreeSet<&Key> = policies.iter().map(|of| &of.key).collect();
            keys.into_iter()
                .filter_map(|key| numbers.get(key).copied())
                .collect()
        };
        asks.iter()
            .map(|ask| {
                let (_, [one, other]) = ask.sets();
                let (one, other) = (numbers(one), numbers(other));
                prover.ask(match (ask, one.first()) {
                    (Ask::AppliesBeyond(..), Some(one)) => Question::AppliesBeyond(*one, &other),
                    (Ask::Allowed(_), _) => Question::Allowed(&one),
                    (Ask::Denied(_), _) => Question::Denied(&one),
                    _ => Question::AllowedOnlyBy(&one, &other),
                })
            })
            .collect()
    }

    /// A digest of everything that the answers depend on.
    fn key(&self, asks: &[Ask<'_>]) -> [u8; 32] {
        digest("questions", |nodes| {
            nodes.bytes("schema", &self.digest);
            nodes.number("steps", self.options.prove.steps);
            let is_partial = self.options.prove.world == World::Partial;
            nodes.number("partial", is_partial.into());
            nodes.text("kind of request", &self.environment.label);
            for ask in asks {
                let (tag, sets) = ask.sets();
                nodes.node("question", tag, |nodes| {
                    for set in sets {
                        nodes.unordered("policies", distinct(set));
                    }
                });
            }
        })
    }

    pub(super) fn schemas(&self) -> (&'a Schema, &'a crate::cedar::ValidatorSchema) {
        (self.schema, self.validator.schema())
    }

    pub(super) const fn environment(&self) -> &'a Environment {
        self.environment
    }

    pub(super) const fn options(&self) -> crate::prove::Options {
        self.options.prove
    }

    /// Of the schema's bytes.
    pub(super) const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Whether what a policy comes to can be told by the types: that it type-checks, or merely reads what may be missing,
    /// on which it fails.
    pub(super) fn must_be_valid(&mut self, policy: &About) -> Result<(), String> {
        let (validator, environment) = (self.validator, self.environment);
        let valid = *self.valid.entry(policy.key).or_insert_with(|| {
            evaluates_in(&policy.bound.parsed.template, validator, &environment.label)
        });
        match valid {
            true => Ok(()),
            false => Err(format!(
                "`{}` does not type-check for `{}`",
                policy.name, environment.label
            )),
        }
    }

    /// The entities of a witness, which take longer to read than a decision does.
    ///
    /// # Errors
    ///
    /// What Cedar does not accept of them.
    pub(super) fn entities(&self, witness: &Witness) -> Result<Entities, String> {
        evaluate::entities(&witness.entities.to_string(), Some(self.validator.schema()))
    }

    /// What Cedar decides of a witness with these entities.
    ///
    /// # Errors
    ///
    /// What Cedar does not accept of it.
    pub(super) fn decide(
        &self,
        policies: &[About],
        witness: &Witness,
        entities: &Entities,
    ) -> Result<Decided, String> {
        let schema = Some(self.validator.schema());
        let request = RequestText {
            principal: &witness.principal,
            action: &witness.action,
            resource: &witness.resource,
            context: &witness.context,
        };
        let candidates = policies.iter().map(|policy| evaluate::Candidate {
            name: policy.name.to_string(),
            template: &policy.bound.parsed.template,
            link: policy
                .bound
                .link
                .as_ref()
                .map(crate::cedar::links::Link::entities),
        });
        let decided = evaluate::decide(candidates, entities, &request, schema)?;
        Ok(Decided {
            allowed: decided.allowed,
            determining: decided.determining.into_iter().map(Arc::from).collect(),
            errors: decided
                .errors
                .into_iter()
                .map(|(name, _)| Arc::from(name))
                .collect(),
        })
    }

    /// The members of a side whose scope admits this kind of request. `own` is that side's schema: which groups the
    /// action is in is said by it, and where that differs from the schema that everything is compared under, the
    /// scope is written out.
    ///
    /// # Errors
    ///
    /// Why that cannot be told.
    pub(super) fn about(&self, side: &Side<'_>, own: &Schema) -> Result<Vec<About>, String> {
        let mut about = Vec::new();
        for member in &side.members {
            let Some(bound) = side.bound(member) else {
                continue;
            };
            if !self.admits(&bound, own) {
                continue;
            }
            about.push(self.one(member, bound, own)?);
        }
        Ok(about)
    }

    fn one(&self, member: &Member<'_>, bound: Bound, own: &Schema) -> Result<About, String> {
        let action = &self.environment.action;
        let groups = |schema: &'_ Schema| {
            let action = schema.actions.get(action);
            action.map(|action| action.ancestors.clone())
        };
        let mut about = About {
            name: Arc::clone(&member.name),
            key: member.key,
            bound,
        };
        if std::ptr::eq(own, self.schema) || groups(own) == groups(self.schema) {
            return Ok(about);
        }
        let policy = &about.bound.parsed.policy;
        let asks_for_action = |expr: &Expr| matches!(expr.kind, ExprKind::Var(Var::Action));
        let mut test = asks_for_action;
        if policy
            .clauses
            .iter()
            .any(|clause| clause.body.any(&mut test))
        {
            return Err(format!(
                "`{}` asks for groups of actions, and `{action}` is in others now",
                member.name
            ));
        }
        if admits_action(self.schema, &policy.action.value, action) {
            return Ok(about);
        }
        let mut text = policy.text.to_string();
        let scope = policy.action.span.range();
        if text.get(scope.clone()).is_none() {
            return Err(format!(
                "the scope of `{}` cannot be written out",
                member.name
            ));
        }
        text.replace_range(scope, &format!("action == {action}"));
        let parsed = crate::cedar::parse::parse(&text.into())
            .map_err(|_| format!("the scope of `{}` cannot be written out", member.name))?;
        about.bound.parsed = parsed;
        about.key = digest("in this kind of request", |nodes| {
            nodes.bytes("policy", &about.key);
        });
        Ok(about)
    }

    /// Whether a policy's scope admits this kind of request.
    pub(super) fn admits(&self, bound: &Bound, own: &Schema) -> bool {
        let policy: &Policy = &bound.parsed.policy;
        let linked = (bound.link.as_ref()).map(crate::cedar::links::Link::entities);
        let Environment {
            principal: of_principal,
            resource: of_resource,
            action,
            ..
        } = self.environment;
        admits_action(own, &policy.action.value, action)
            && self
                .schema
                .admits_type(&policy.principal.value, of_principal)
            && self.schema.admits_type(&policy.resource.value, of_resource)
            && linked.is_none_or(|of| self.schema.admits_link(policy, &of, self.environment))
    }
}

/// The keys of policies, each once.
pub(super) fn distinct(set: &[About]) -> Vec<Key> {
    let keys: BTreeSet<Key> = set.iter().map(|of| of.key).collect();
    keys.into_iter().collect()
}

/// Whether the action is one that the constraint names, or in a group that it names.
pub(super) fn admits_action(
    schema: &Schema,
    constraint: &ActionConstraint,
    action: &Entity,
) -> bool {
    let groups = schema.actions.get(action).map(|action| &action.ancestors);
    let named = constraint.entities().iter();
    match constraint {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(entity) => entity.value == *action,
        ActionConstraint::In(_) | ActionConstraint::InList(_) => named.into_iter().any(|entity| {
            entity.value == *action || groups.is_some_and(|groups| groups.contains(&entity.value))
        }),
    }
}
