//! How the policies of a bundle relate in one kind of request after the other: all pairs, for who asks for them.

use std::sync::Arc;

use super::super::Workspace;
use super::{Ground, Tally, bound};
use crate::cedar::parse::Parsed;
use crate::facts::Effect;
use crate::prove::{Prover, Question};
use crate::schema::Environment;

/// What is proved of the policies that are about one kind of request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentRelations {
    /// The kind of request.
    pub environment: Environment,
    /// The policies that type-check in it and are not false already by their types, in the order of the bundle.
    pub policies: Vec<PolicyRelations>,
    /// How many questions stayed undecided.
    pub undecided: u32,
}

/// What is proved of one policy in a kind of request. Other policies are named by their numbers in the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRelations {
    /// Its number among the policies and templates of the bundle, from 0, in the order of files and statements.
    pub number: usize,
    /// Its name: its `@id`, or `policy` and its number.
    pub name: Arc<str>,
    /// No request of this kind satisfies it.
    pub never: bool,
    /// Every request of this kind satisfies it.
    pub always: bool,
    /// Policies of the same effect that apply wherever it does, and elsewhere.
    pub shadowed_by: Vec<usize>,
    /// Policies of the same effect that apply exactly where it does.
    pub redundant_with: Vec<usize>,
    /// Forbids each of which applies wherever this permit does.
    pub overridden_by: Vec<usize>,
}

impl Workspace {
    /// What is proved of every pair of policies in every kind of request; templates and policies that do not
    /// type-check are left out. [`Self::check`] asks for less: for what it reports.
    pub fn relations(&mut self) -> Vec<EnvironmentRelations> {
        let excluded = self.read();
        self.update_schema(&excluded);
        self.analyse(&excluded);
        let Some(ground) = self.schema.ground.clone() else {
            return Vec::new();
        };
        let policies: Vec<_> = self.analysed(&excluded).collect();
        let mut tally = Tally::default();
        let mut all = Vec::new();
        for (number, environment) in (0..).zip(&ground.environments) {
            let about: Vec<(usize, &Parsed)> = policies
                .iter()
                .enumerate()
                .filter(|(_, (parsed, alone))| {
                    !parsed.policy.is_template()
                        && alone.is_some_and(|of| of.environments.binary_search(&number).is_ok())
                })
                .map(|(at, (parsed, _))| (at, *parsed))
                .collect();
            let before = tally.undecided;
            let found = relate(&ground, number, &about, &mut tally);
            all.push(EnvironmentRelations {
                environment: environment.clone(),
                policies: found,
                undecided: tally.undecided - before,
            });
        }
        self.counters.questions += u64::from(tally.asked);
        self.counters.unconfirmed += u64::from(tally.unconfirmed);
        all
    }
}

fn relate(
    ground: &Ground,
    number: u32,
    about: &[(usize, &Parsed)],
    tally: &mut Tally,
) -> Vec<PolicyRelations> {
    let Some(mut prover) = ground.prover(number) else {
        return Vec::new();
    };
    let added: Vec<(usize, Effect, usize)> = about
        .iter()
        .map(|(at, parsed)| {
            (
                *at,
                parsed.policy.effect.value,
                prover.add(&bound(parsed), true),
            )
        })
        .collect();
    let mut found: Vec<PolicyRelations> = Vec::new();
    for ((at, _, own), (_, parsed)) in added.iter().zip(about) {
        let mut none = |question| tally.rules_out(&mut prover, question) == Some(true);
        found.push(PolicyRelations {
            number: *at,
            name: parsed
                .policy
                .id()
                .map_or_else(|| format!("policy{at}").into(), Arc::from),
            never: none(Question::Applies(*own)),
            always: none(Question::DoesNotApply(*own)),
            shadowed_by: Vec::new(),
            redundant_with: Vec::new(),
            overridden_by: Vec::new(),
        });
    }
    let never: Vec<bool> = found.iter().map(|of| of.never).collect();
    let mut covers = |prover: &mut Prover<'_>, own: usize, other: usize| {
        tally.rules_out(prover, Question::AppliesBeyond(own, &[other])) == Some(true)
    };
    for (of, (at, effect, own)) in found.iter_mut().zip(&added) {
        // What never applies is implied by anything.
        if of.never {
            continue;
        }
        for ((other_at, other_effect, other), never) in added.iter().zip(&never) {
            if other_at == at || *never || !covers(&mut prover, *own, *other) {
                continue;
            }
            match (effect, other_effect) {
                (Effect::Permit, Effect::Forbid) => of.overridden_by.push(*other_at),
                (Effect::Forbid, Effect::Permit) => {}
                _ if covers(&mut prover, *other, *own) => of.redundant_with.push(*other_at),
                _ => of.shadowed_by.push(*other_at),
            }
        }
    }
    found
}
