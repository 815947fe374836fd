//! The accused: what Portcullis proves, through the core's public API.

use std::sync::Arc;
use std::time::{Duration, Instant};

use portcullis_core::cedar::ValidatorSchema;
use portcullis_core::cedar::links::Link;
use portcullis_core::cedar::parse;
use portcullis_core::cedar::schema::{self, Format, SchemaFile};
use portcullis_core::prove::{Bound, Comparison, Options, Prover, World};
use portcullis_core::schema::{Environment, Schema};
use portcullis_core::source::Span;

use crate::brute;
use crate::model::{self, Uid};
use crate::pair::Pair;
use crate::policy::Policy;

/// A pair as the core holds it.
pub struct Ours {
    schema: Arc<Schema>,
    validator: Arc<ValidatorSchema>,
    environments: Vec<Environment>,
    policies: Vec<Bound>,
    base: Vec<usize>,
    head: Vec<usize>,
}

impl Ours {
    /// Reads a pair's texts. In every other pair the policies that both sides have are the same ones, as they are where
    /// a change is compared; in the others the prover is not told. In every third pair the entities of the scopes are
    /// the values of a template's slots.
    ///
    /// # Errors
    ///
    /// What the core has against a text: Cedar's public API had nothing.
    pub fn new(pair: &Pair) -> Result<Self, String> {
        let text = pair.schema.to_string();
        let outcome = schema::build(&[SchemaFile {
            path: "schema.cedarschema".into(),
            text: &text,
            format: Format::Cedar,
        }]);
        let (Some(schema), Some(validator)) = (outcome.schema, outcome.validator) else {
            return Err(format!("the schema: {:?}", outcome.findings));
        };
        let mut ours = Self {
            environments: schema.environments(),
            schema,
            validator,
            policies: Vec::new(),
            base: Vec::new(),
            head: Vec::new(),
        };
        let shared = pair.number.is_multiple_of(2);
        let linked = pair.number.is_multiple_of(3);
        let mut known: Vec<(&Policy, usize)> = Vec::new();
        for policy in &pair.base {
            let number = ours.add(policy, linked)?;
            ours.base.push(number);
            known.push((policy, number));
        }
        for policy in &pair.head {
            let same = known.iter().find(|(other, _)| shared && *other == policy);
            let number = match same {
                Some((_, number)) => *number,
                None => ours.add(policy, linked)?,
            };
            ours.head.push(number);
        }
        Ok(ours)
    }

    fn add(&mut self, policy: &Policy, linked: bool) -> Result<usize, String> {
        let bound = if linked {
            link(policy)?
        } else {
            Bound {
                parsed: parsed(&policy.to_string())?,
                link: None,
            }
        };
        self.policies.push(bound);
        Ok(self.policies.len() - 1)
    }

    /// How head relates to base in one kind of request, and how long it took to say so; `None` where the core does not
    /// know the kind.
    pub fn compare(
        &self,
        environment: &model::Environment,
        world: World,
    ) -> Option<(Comparison, Duration)> {
        let begun = Instant::now();
        let side = |numbers: &[usize], side: &[usize]| -> Vec<usize> {
            side.iter()
                .filter_map(|number| numbers.get(*number).copied())
                .collect()
        };
        let comparison = self.with_prover(environment, world, |numbers, prover| {
            prover.compare(&side(numbers, &self.base), &side(numbers, &self.head))
        })?;
        Some((comparison, begun.elapsed()))
    }

    /// Asks a question. It is given the prover's numbers of all policies, first those of base and then those of head,
    /// and of head alone.
    pub fn ask<T>(
        &self,
        environment: &model::Environment,
        world: World,
        question: impl FnOnce(&[usize], &[usize], &mut Prover<'_>) -> T,
    ) -> Option<T> {
        self.with_prover(environment, world, |numbers, prover| {
            let number = |of: &usize| numbers.get(*of).copied();
            let head: Vec<usize> = self.head.iter().filter_map(number).collect();
            let mut all: Vec<usize> = self.base.iter().filter_map(number).collect();
            all.extend(&head);
            question(&all, &head, prover)
        })
    }

    fn with_prover<T>(
        &self,
        environment: &model::Environment,
        world: World,
        work: impl FnOnce(&[usize], &mut Prover<'_>) -> T,
    ) -> Option<T> {
        let environment = self.environments.iter().find(|found| {
            found.principal == environment.principal
                && found.action.ty == environment.action.ty
                && found.action.id == environment.action.id
                && found.resource == environment.resource
        })?;
        let options = Options {
            world,
            ..Options::default()
        };
        let mut prover = Prover::new(&self.schema, &self.validator, environment, options);
        let numbers: Vec<usize> = self
            .policies
            .iter()
            .map(|policy| prover.add(policy, true))
            .collect();
        Some(work(&numbers, &mut prover))
    }
}

fn parsed(text: &str) -> Result<parse::Parsed, String> {
    parse::parse(&Arc::from(text)).map_err(|errors| format!("{text}: {errors}"))
}

/// A policy as a template and a link, where its scope names an entity.
fn link(policy: &Policy) -> Result<Bound, String> {
    let (principal, resource) = (policy.principal.uid(), policy.resource.uid());
    let parsed = parsed(&policy.template())?;
    // Where a value stands in a file of links is nothing to a proof.
    let nowhere = Span { start: 0, end: 0 };
    let value = |of: Option<&Uid>| {
        of.map(|of| brute::uid(of).map(|uid| (uid.as_ref().clone(), nowhere)))
            .transpose()
    };
    let link = Link {
        template: 0,
        template_id: "template".to_owned(),
        link_id: "link".to_owned(),
        principal: value(principal)?,
        resource: value(resource)?,
        span: nowhere,
    };
    let linked = principal.or(resource).is_some();
    Ok(Bound {
        parsed,
        link: linked.then_some(link),
    })
}
