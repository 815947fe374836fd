//! The policies of both sides in one kind of request, and the questions about them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::side::{Key, Member, Side};
use super::{Decided, Options};
use crate::cedar::Validator;
use crate::cedar::evaluate::{self, RequestText};
use crate::cedar::validate::accepts_in;
use crate::facts::{
    ActionConstraint, Entity, EntityConstraint, EntityOrSlot, Expr, ExprKind, Policy, Var,
};
use crate::prove::{Answer, Bound, Comparison, Prover, Question, Why, Witness};
use crate::schema::{Environment, Schema};

/// How much was asked.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) questions: u64,
    pub(super) unconfirmed: u64,
}

impl Tally {
    fn count(&mut self, questions: u64, why: Option<&Why>) {
        self.questions += questions;
        self.unconfirmed += u64::from(matches!(why, Some(Why::Unconfirmed(_))));
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
            key: self.key.clone(),
        }
    }
}

/// One kind of request under one schema.
pub(super) struct Ground<'a> {
    environment: &'a Environment,
    schema: &'a Schema,
    validator: &'a Validator,
    prover: Prover<'a>,
    /// By key: the number that the prover gave, or why it has none.
    added: BTreeMap<Key, Result<usize, String>>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(
        (schema, validator): (&'a Schema, &'a Validator),
        environment: &'a Environment,
        options: &Options,
    ) -> Self {
        let prover = Prover::new(schema, validator.schema(), environment, options.prove);
        Self {
            environment,
            schema,
            validator,
            prover,
            added: BTreeMap::new(),
        }
    }

    /// The numbers of policies.
    ///
    /// # Errors
    ///
    /// Why nothing can be proved of one of them.
    pub(super) fn numbers<'p>(
        &mut self,
        policies: impl IntoIterator<Item = &'p About>,
    ) -> Result<Vec<usize>, String> {
        let numbers = policies.into_iter().map(|policy| self.number(policy));
        let mut numbers = numbers.collect::<Result<Vec<_>, _>>()?;
        // The same set in whatever order it was written is the same question.
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    /// The number of one policy.
    ///
    /// # Errors
    ///
    /// Why nothing can be proved of it.
    pub(super) fn number(&mut self, policy: &About) -> Result<usize, String> {
        if let Some(known) = self.added.get(&policy.key) {
            return known.clone();
        }
        let valid = accepts_in(
            &policy.bound.parsed.template,
            self.validator,
            &self.environment.label,
        );
        let number = if valid {
            Ok(self.prover.add(&policy.bound, true))
        } else {
            Err(format!(
                "`{}` does not type-check for `{}`",
                policy.name, self.environment.label
            ))
        };
        self.added.insert(policy.key.clone(), number.clone());
        number
    }

    pub(super) fn compare(
        &mut self,
        base: &[usize],
        head: &[usize],
        tally: &mut Tally,
    ) -> Comparison {
        let comparison = self.prover.compare(base, head);
        tally.count(2, comparison.why.as_ref());
        comparison
    }

    pub(super) fn ask(&mut self, question: Question<'_>, tally: &mut Tally) -> Answer {
        let answer = self.prover.ask(question);
        let why = match &answer {
            Answer::Unknown(why) => Some(why),
            _ => None,
        };
        tally.count(1, why);
        answer
    }

    /// What Cedar decides of a witness.
    ///
    /// # Errors
    ///
    /// What Cedar does not accept of it.
    pub(super) fn decide(&self, policies: &[About], witness: &Witness) -> Result<Decided, String> {
        let schema = Some(self.validator.schema());
        let entities = evaluate::entities(&witness.entities.to_string(), schema)?;
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
        let decided = evaluate::decide(candidates, &entities, &request, schema)?;
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
            key: member.key.clone(),
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
        about.key.extend(b"in this kind of request");
        Ok(about)
    }

    /// Whether a policy's scope admits this kind of request.
    pub(super) fn admits(&self, bound: &Bound, own: &Schema) -> bool {
        let policy: &Policy = &bound.parsed.policy;
        let (principal, resource) = bound
            .link
            .as_ref()
            .map_or((None, None), crate::cedar::links::Link::entities);
        let of_slot = |constraint: &EntityConstraint, value: Option<Entity>, ty: &str| {
            let Some(value) = value else {
                return true;
            };
            match constraint {
                EntityConstraint::Eq(EntityOrSlot::Slot(_)) => value.ty == ty,
                EntityConstraint::In(EntityOrSlot::Slot(_))
                | EntityConstraint::IsIn(_, EntityOrSlot::Slot(_)) => {
                    self.schema.can_be_in(ty, &value.ty)
                }
                _ => true,
            }
        };
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
            && of_slot(&policy.principal.value, principal, of_principal)
            && of_slot(&policy.resource.value, resource, of_resource)
    }
}

/// Whether the action is one that the constraint names, or in a group that it names.
fn admits_action(schema: &Schema, constraint: &ActionConstraint, action: &Entity) -> bool {
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
