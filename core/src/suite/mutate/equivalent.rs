//! Which mutants that no case notices say the same as their policy: by proof, where the reading in `meaning` is not enough.

use crate::cedar::Validator;
use crate::cedar::parse::Parsed;
use crate::cedar::validate::accepts;
use crate::prove::{Bound, Options, Prover, World};
use crate::schema::{Environment, Schema, TypeScope};

/// How much work one question may take.
const STEPS: u64 = 20_000;

/// How many questions a run may ask: so many pairs of a policy and a mutant, each in one kind of request.
const MOST_QUESTIONS: usize = 4_000;

/// In how many kinds of request one pair is compared at most.
const MOST_ENVIRONMENTS: usize = 200;

/// Proofs of one run.
#[derive(Debug)]
pub(super) struct Equivalence<'a> {
    schema: &'a Schema,
    validator: &'a Validator,
    environments: Vec<Environment>,
    left: usize,
}

impl<'a> Equivalence<'a> {
    pub(super) fn new(schema: &'a Schema, validator: &'a Validator) -> Self {
        Self {
            schema,
            validator,
            environments: schema.environments(),
            left: MOST_QUESTIONS,
        }
    }

    /// Whether a mutant, which type-checks, is proved to answer every request as its policy does, whichever entities
    /// the request comes with. `false` also where that is not decided.
    pub(super) fn is_proved(&mut self, policy: &Parsed, mutant: &Parsed) -> bool {
        if policy.policy.effect.value != mutant.policy.effect.value
            || policy.policy.is_template()
            || !accepts(&policy.template, self.validator)
        {
            return false;
        }
        let scopes = [policy, mutant].map(|of| self.schema.type_scope(&of.policy));
        let about: Vec<&Environment> = self
            .environments
            .iter()
            .filter(|of| scopes.iter().any(|scope| admits(scope, of)))
            .collect();
        if about.len() > MOST_ENVIRONMENTS || about.len() > self.left {
            return false;
        }
        let options = Options {
            steps: STEPS,
            world: World::Partial,
        };
        let [one, other] = [policy, mutant].map(|parsed| Bound {
            parsed: parsed.clone(),
            link: None,
        });
        for environment in about {
            self.left -= 1;
            let schema = self.validator.schema();
            let mut prover = Prover::new(self.schema, schema, environment, options);
            let (one, other) = (prover.add(&one, true), prover.add(&other, true));
            if prover.answer_alike(one, other) != Ok(true) {
                return false;
            }
        }
        true
    }
}

fn admits(scope: &TypeScope, environment: &Environment) -> bool {
    scope.actions.contains(&environment.action)
        && scope.principals.contains(&environment.principal)
        && scope.resources.contains(&environment.resource)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::cedar::parse::parse;
    use crate::cedar::schema::{Format, SchemaFile, build};

    const SCHEMA: &str = "entity User { level: Long }; entity Doc { low: Long };
        action view, edit appliesTo { principal: User, resource: Doc, context: { n: Long } };";

    fn is_equivalent(one: &str, other: &str) -> bool {
        let built = build(&[SchemaFile {
            path: "s".into(),
            text: SCHEMA,
            format: Format::Cedar,
        }]);
        let validator = Validator::new((*built.validator.unwrap()).clone());
        let schema = built.schema.unwrap();
        let policy = |conditions: &str| {
            let text =
                format!("permit (principal, action == Action::\"view\", resource) {conditions};");
            parse(&text.into()).unwrap()
        };
        Equivalence::new(&schema, &validator).is_proved(&policy(one), &policy(other))
    }

    #[test]
    fn numbers_are_reasoned_about() {
        for (one, other, expected) in [
            (
                "when { context.n < 5 && context.n < 6 }",
                "when { context.n < 5 }",
                true,
            ),
            (
                "when { context.n < 5 && context.n < 6 }",
                "when { context.n < 6 }",
                false,
            ),
            (
                "when { context.n > resource.low && resource.low > 3 && context.n > 3 }",
                "when { context.n > resource.low && resource.low > 3 && context.n > 4 }",
                true,
            ),
        ] {
            assert_eq!(is_equivalent(one, other), expected, "{one} / {other}");
        }
    }

    #[test]
    fn a_failure_is_a_difference() {
        // Without the principal among the entities one of them fails, and the other does not apply.
        assert!(!is_equivalent(
            "when { context.n > 5 && context.n < 3 && principal.level > 1 }",
            "when { principal.level > 1 && context.n > 5 && context.n < 3 }",
        ));
    }
}
