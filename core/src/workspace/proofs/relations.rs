//! What proofs say of policies beside each other, brought up to date for what changed.
//!
//! The state is over forms, which is what policies say, and not over places: so the same set of forms has the same
//! relations in whatever order it came about.

mod denied;

use std::collections::{BTreeMap, BTreeSet};

use denied::Demands;

use super::alone::Alone;
use super::form::Shape;
use super::memo::{Form, Memo, Sample};
use super::shapes::Shapes;
use super::{Budget, Ground, Tally, bound, example};
use crate::cedar::links::Link;
use crate::cedar::parse::Parsed;
use crate::facts::{Effect, Entity, Policy};
use crate::prove::{Answer, Bound, Prover, Question};

/// How many policies one question is about at most.
const MOST_TOGETHER: usize = 16;

/// A policy or a link that type-checks, or a template of which not all links are here.
pub(crate) struct Given<'a> {
    pub(crate) form: Form,
    pub(crate) parsed: &'a Parsed,
    pub(crate) link: Option<&'a Link>,
    pub(crate) alone: &'a Alone,
}

impl Given<'_> {
    /// The kinds of request that it is about.
    fn environments(&self, ground: &Ground) -> Vec<u32> {
        let mut kinds = self.alone.environments.clone();
        if let Some(link) = self.link {
            let policy = &self.parsed.policy;
            kinds.retain(|number| {
                (ground.environment(*number))
                    .is_some_and(|of| ground.schema.admits_link(policy, &link.entities(), of))
            });
        }
        kinds
    }
}

/// The relations of a bundle's policies.
#[derive(Debug, Default)]
pub(crate) struct Relations {
    /// The number of the schema.
    under: Option<u64>,
    /// What the policies said the last time, in their order.
    last: Vec<Form>,
    members: BTreeMap<Form, Member>,
    shapes: Shapes,
    environments: BTreeMap<u32, OfEnvironment>,
    memo: Memo,
    /// Of each policy about which something was asked.
    related: BTreeMap<Form, Related>,
    everything: BTreeMap<u32, Everything>,
    /// Of each kind of request whether forbids deny every one.
    denied: BTreeMap<u32, Everything>,
    tally: Tally,
}

#[derive(Debug)]
struct Member {
    bound: Bound,
    environments: Vec<u32>,
    shape: u32,
    count: u32,
    never: bool,
    /// Of a forbid: what it plainly demands.
    demands: Demands,
}

impl Member {
    fn policy(&self) -> &Policy {
        &self.bound.parsed.policy
    }

    /// Whether it stands for links that are not here.
    fn is_template(&self) -> bool {
        self.bound.link.is_none() && self.policy().is_template()
    }
}

#[derive(Debug, Default)]
struct Related {
    /// The policies each of which applies wherever this one does.
    shadowed_by: Vec<Form>,
    /// The forbids that together apply wherever this permit does.
    overridden_by: Vec<Form>,
    /// Of each action with a limit that this permit grants: whether it keeps to it.
    limits: BTreeMap<Entity, WithinLimit>,
    tally: Tally,
}

/// Whether a permit keeps to the limit of an action, by itself or because forbids deny the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WithinLimit {
    /// In every request: proved.
    Yes,
    /// Not in one, of which this is a description in a few words, where there is one.
    No(Option<String>),
}

/// The policies that may decide whether every request of a kind is allowed.
#[derive(Debug, Default)]
struct OfEnvironment {
    /// Those permits that name no one.
    permits: BTreeSet<Form>,
    /// Those of them that apply to a request without anything special.
    permitting: BTreeSet<Form>,
    forbids: BTreeSet<Form>,
    /// Those of them that apply to it.
    forbidding: BTreeSet<Form>,
    /// All permits, where the action has a limit.
    limited: BTreeSet<Form>,
}

/// That every request of a kind is allowed, or that every one is denied, or what it took to see that it is not.
#[derive(Debug, Default)]
pub(crate) struct Everything {
    /// The policies that do it together; empty where it is not so.
    pub(crate) by: Vec<Form>,
    tally: Tally,
}

impl Relations {
    /// What was asked for what is known now.
    pub(crate) const fn tally(&self) -> Tally {
        self.tally
    }

    /// Each policy that others of its effect imply, with those that do by themselves.
    pub(crate) fn shadowed(&self) -> impl Iterator<Item = (&Form, &[Form])> {
        let lists = self
            .related
            .iter()
            .map(|(of, by)| (of, by.shadowed_by.as_slice()));
        lists.filter(|(_, by)| !by.is_empty())
    }

    /// Each permit that forbids always override, with these.
    pub(crate) fn overridden(&self) -> impl Iterator<Item = (&Form, &[Form])> {
        let lists = self
            .related
            .iter()
            .map(|(of, by)| (of, by.overridden_by.as_slice()));
        lists.filter(|(_, by)| !by.is_empty())
    }

    /// The kinds of request of which every one is allowed, and the permits that do it.
    pub(crate) fn everything(&self) -> impl Iterator<Item = (u32, &[Form])> {
        let found = self
            .everything
            .iter()
            .map(|(number, of)| (*number, of.by.as_slice()));
        found.filter(|(_, by)| !by.is_empty())
    }

    /// The kinds of request of which forbids deny every one, and these forbids.
    pub(crate) fn denied(&self) -> impl Iterator<Item = (u32, &[Form])> {
        let found = self
            .denied
            .iter()
            .map(|(number, of)| (*number, of.by.as_slice()));
        found.filter(|(_, by)| !by.is_empty())
    }

    /// Whether a permit keeps to the limit of an action; `None` where that is not decided.
    pub(crate) fn within_limit(&self, permit: &Form, action: &Entity) -> Option<&WithinLimit> {
        self.related.get(permit)?.limits.get(action)
    }

    /// Whether one implies the other as well.
    pub(crate) fn is_shadowed_by(&self, one: &Form, other: &Form) -> bool {
        let of = self.related.get(one);
        of.is_some_and(|of| of.shadowed_by.contains(other))
    }

    /// Brings it up to date, and says what was asked for that.
    pub(crate) fn update(&mut self, epoch: u64, ground: &Ground, now: &[Given<'_>]) -> Tally {
        if self.under != Some(epoch) {
            *self = Self {
                under: Some(epoch),
                ..Self::default()
            };
        }
        let form = |given: &Given<'_>| given.form;
        let same = |(given, last): &(&Given<'_>, &Form)| form(given) == **last;
        let shorter = now.len().min(self.last.len());
        let before = now.iter().zip(&self.last).take_while(same).count();
        let rest = now
            .iter()
            .rev()
            .zip(self.last.iter().rev())
            .take(shorter - before);
        let behind = rest.take_while(same).count();
        let gone: Vec<Form> = self
            .last
            .splice(
                before..self.last.len() - behind,
                now.iter().take(now.len() - behind).skip(before).map(form),
            )
            .collect();
        let come = now.iter().take(now.len() - behind).skip(before);
        if gone.is_empty() && before + behind == now.len() {
            return Tally::default();
        }
        self.memo.fresh = Tally::default();
        let mut concerned = BTreeSet::new();
        let mut environments = BTreeSet::new();
        for given in come {
            self.come(given, ground, &mut concerned, &mut environments);
        }
        for form in gone {
            self.gone(&form, &mut concerned, &mut environments);
        }
        for form in concerned {
            self.relate(&form, ground);
        }
        for number in environments {
            self.all_allowed(number, ground);
            self.all_denied(number, ground);
        }
        self.tally = Tally::default();
        for tally in (self.related.values().map(|of| of.tally))
            .chain(self.everything.values().map(|of| of.tally))
            .chain(self.denied.values().map(|of| of.tally))
        {
            self.tally.add(tally);
        }
        self.memo.shrink(self.members.len());
        self.memo.fresh
    }

    fn come(
        &mut self,
        given: &Given<'_>,
        ground: &Ground,
        concerned: &mut BTreeSet<Form>,
        environments: &mut BTreeSet<u32>,
    ) {
        let policy = &given.parsed.policy;
        let form = given.form;
        if let Some(member) = self.members.get_mut(&form) {
            member.count += 1;
            return;
        }
        let kinds = given.environments(ground);
        let shape = Shape::of(policy, given.link, &kinds);
        let is_open = shape.is_open();
        let shape = self.shapes.insert(shape, form);
        let member = Member {
            bound: Bound {
                parsed: given.parsed.clone(),
                link: given.link.cloned(),
            },
            environments: kinds,
            shape,
            count: 1,
            never: given.alone.never.is_some(),
            demands: match policy.effect.value {
                Effect::Forbid => Demands::of(policy),
                Effect::Permit => Demands::default(),
            },
        };
        let forbids = policy.effect.value == Effect::Forbid;
        if forbids || (is_open && !member.never && !member.is_template()) {
            for number in &member.environments {
                let of = self.environments.entry(*number).or_default();
                let (sample, _) = self.memo.any(*number, ground);
                let applies =
                    sample.is_none_or(|sample| self.memo.applies(&form, &member.bound, &sample));
                let (all, applying) = match forbids {
                    true => (&mut of.forbids, &mut of.forbidding),
                    false => (&mut of.permits, &mut of.permitting),
                };
                all.insert(form);
                if applies {
                    applying.insert(form);
                }
                environments.insert(*number);
            }
        }
        for number in &member.environments {
            if ground.limit(*number).is_some() {
                let of = self.environments.entry(*number).or_default();
                if forbids {
                    concerned.extend(&of.limited);
                } else if !policy.is_template() {
                    of.limited.insert(form);
                }
            }
        }
        self.members.insert(form, member);
        concerned.insert(form);
        concerned.extend(self.shapes.concerned(shape, &form));
    }

    fn gone(
        &mut self,
        form: &Form,
        concerned: &mut BTreeSet<Form>,
        environments: &mut BTreeSet<u32>,
    ) {
        let Some(member) = self.members.get_mut(form) else {
            return;
        };
        member.count -= 1;
        if member.count > 0 {
            return;
        }
        let Some(member) = self.members.remove(form) else {
            return;
        };
        concerned.extend(self.shapes.concerned(member.shape, form));
        concerned.remove(form);
        self.shapes.remove(member.shape, form);
        self.related.remove(form);
        for number in &member.environments {
            if let Some(of) = self.environments.get_mut(number) {
                of.limited.remove(form);
                if member.policy().effect.value == Effect::Forbid {
                    concerned.extend(&of.limited);
                }
                let mut was = false;
                for set in [
                    &mut of.permits,
                    &mut of.permitting,
                    &mut of.forbids,
                    &mut of.forbidding,
                ] {
                    was |= set.remove(form);
                }
                if was {
                    environments.insert(*number);
                }
            }
        }
    }

    /// Finds anew what stands above a policy.
    fn relate(&mut self, form: &Form, ground: &Ground) {
        let mut related = self.related_to(form, ground).unwrap_or_default();
        related.limits = self.limits(form, ground, &mut related.tally);
        let is_plain = related.shadowed_by.is_empty()
            && related.overridden_by.is_empty()
            && related.limits.is_empty();
        if is_plain && related.tally == Tally::default() {
            self.related.remove(form);
        } else {
            self.related.insert(*form, related);
        }
    }

    fn related_to(&mut self, form: &Form, ground: &Ground) -> Option<Related> {
        let member = self.members.get(form)?;
        if member.is_template() {
            let mut related = Related::default();
            related.tally.undecided = 1;
            return Some(related);
        }
        if member.never {
            return None;
        }
        let entry = self.shapes.get(member.shape)?;
        let mut related = Related::default();
        let (mut implying, mut overriding) = (Vec::new(), Vec::new());
        for above in self.shapes.above(&entry.shape) {
            let list = if above.shape.may_imply(&entry.shape) {
                &mut implying
            } else if above.shape.may_override(&entry.shape) {
                &mut overriding
            } else {
                continue;
            };
            let (window, left_out) = above.window(form);
            list.extend(window.copied());
            related.tally.undecided += left_out as u32;
        }
        for list in [&mut implying, &mut overriding] {
            let members = &self.members;
            list.retain(|of| {
                members
                    .get(of)
                    .is_some_and(|of| !of.never && !of.is_template())
            });
            list.sort_unstable();
            related.tally.undecided += list.len().saturating_sub(MOST_TOGETHER) as u32;
            list.truncate(MOST_TOGETHER);
        }
        if implying.is_empty() && overriding.is_empty() {
            return Some(related);
        }
        let (sample, tally) = (self.memo).sample(form, &member.bound, &member.environments, ground);
        related.tally.add(tally);
        // Without a request that it applies to there is nothing that could be implied.
        let sample = sample?;
        let at_sample = |memo: &mut Memo, of: &Form, members: &BTreeMap<Form, Member>| {
            members
                .get(of)
                .is_some_and(|member| memo.applies(of, &member.bound, &sample))
        };
        for other in implying {
            if at_sample(&mut self.memo, &other, &self.members)
                && self.is_covered(form, &[other], &sample, &mut related.tally, ground)
            {
                related.shadowed_by.push(other);
            }
        }
        let any = overriding
            .iter()
            .any(|of| at_sample(&mut self.memo, of, &self.members));
        if any && self.is_covered(form, &overriding, &sample, &mut related.tally, ground) {
            let mut by = overriding;
            // One by itself, where there is one, is all that a reader needs.
            for other in by.clone() {
                if self.is_covered(form, &[other], &sample, &mut related.tally, ground) {
                    by = vec![other];
                    break;
                }
            }
            related.overridden_by = by;
        }
        Some(related)
    }

    /// Whether a permit keeps to the limits of the actions that it grants, in every kind of request of each.
    fn limits(
        &mut self,
        form: &Form,
        ground: &Ground,
        tally: &mut Tally,
    ) -> BTreeMap<Entity, WithinLimit> {
        let mut limits = BTreeMap::new();
        let Some(member) = self.members.get(form) else {
            return limits;
        };
        let is_limited = |number: &&u32| {
            let of = self.environments.get(number);
            of.is_some_and(|of| of.limited.contains(form))
        };
        let mut undecided = BTreeSet::new();
        let limited: Vec<u32> = member
            .environments
            .iter()
            .filter(is_limited)
            .copied()
            .collect();
        let mut budget = Budget::new();
        for number in &limited {
            let (Some(environment), Some(limit), Some(of)) = (
                ground.environment(*number),
                ground.limit(*number),
                self.environments.get(number),
            ) else {
                continue;
            };
            let mut forms = vec![*form];
            forms.extend(&of.forbids);
            let forbids: Vec<&Member> = (of.forbids.iter())
                .filter_map(|of| self.members.get(of))
                .collect();
            let is_known = !forbids.iter().any(|forbid| forbid.is_template());
            if budget.is_spent() || forms.len() > 2 * MOST_TOGETHER || !is_known {
                tally.undecided += 1;
                undecided.insert(environment.action.clone());
                continue;
            }
            let answered = self.memo.answer((3, *number), &forms, |answered| {
                let tally = &mut answered.tally;
                let mut prover = ground.prover(*number)?;
                let permit = prover.add(&member.bound, true);
                let within = prover.add(&bound(limit), true);
                if tally.rules_out(&mut prover, Question::AppliesBeyond(permit, &[within]))? {
                    return Some(true);
                }
                let mut beyond = add(&mut prover, &forbids, *number);
                beyond.push(within);
                match tally.ask(&mut prover, Question::AppliesBeyond(permit, &beyond)) {
                    Answer::No => Some(true),
                    Answer::Yes(witness) => {
                        answered.example = example(&witness, &limit.policy);
                        Some(false)
                    }
                    Answer::Unknown(_) => None,
                }
            });
            tally.add(answered.tally);
            budget.spend(answered.tally.steps);
            let action = environment.action.clone();
            match answered.holds {
                Some(true) => {
                    limits.entry(action).or_insert(WithinLimit::Yes);
                }
                Some(false) => {
                    let within = limits.entry(action).or_insert(WithinLimit::Yes);
                    if *within == WithinLimit::Yes {
                        *within = WithinLimit::No(answered.example);
                    }
                }
                None => {
                    undecided.insert(action);
                }
            }
        }
        limits.retain(|action, within| *within != WithinLimit::Yes || !undecided.contains(action));
        limits
    }

    /// Whether others apply wherever a policy does.
    fn is_covered(
        &mut self,
        form: &Form,
        by: &[Form],
        sample: &Sample,
        tally: &mut Tally,
        ground: &Ground,
    ) -> bool {
        let Some(member) = self.members.get(form) else {
            return false;
        };
        let mut forms = vec![*form];
        forms.extend(by);
        let others: Vec<&Member> = by.iter().filter_map(|of| self.members.get(of)).collect();
        // The kind of request of the sample first: that is where the others were seen to apply.
        let mut environments = vec![sample.environment];
        let further = member
            .environments
            .iter()
            .filter(|of| **of != sample.environment);
        environments.extend(further);
        let mut policies = vec![(member.policy(), member.environments.as_slice())];
        policies.extend(
            others
                .iter()
                .map(|of| (of.policy(), of.environments.as_slice())),
        );
        let answered = self.memo.answer((1, 0), &forms, |answered| {
            let kinds = ground.apart(&environments, &policies);
            answered.tally.everywhere(&kinds, |tally, number| {
                let mut prover = ground.prover(number)?;
                let policy = prover.add(&member.bound, true);
                let others = add(&mut prover, &others, number);
                tally.rules_out(&mut prover, Question::AppliesBeyond(policy, &others))
            })
        });
        tally.add(answered.tally);
        answered.holds == Some(true)
    }

    /// Finds anew whether every request of a kind is allowed.
    fn all_allowed(&mut self, number: u32, ground: &Ground) {
        let found = self.allowing_all(number, ground).unwrap_or_default();
        if found.by.is_empty() && found.tally == Tally::default() {
            self.everything.remove(&number);
        } else {
            self.everything.insert(number, found);
        }
    }

    fn allowing_all(&mut self, number: u32, ground: &Ground) -> Option<Everything> {
        let of = self.environments.get(&number)?;
        if of.permitting.is_empty() || !of.forbidding.is_empty() {
            return None;
        }
        let mut found = Everything::default();
        let members = &self.members;
        let forbids: Vec<&Member> = of.forbids.iter().filter_map(|of| members.get(of)).collect();
        if forbids.iter().any(|forbid| forbid.is_template()) {
            return None;
        }
        let tally = &mut found.tally;
        let memo = &mut self.memo;
        let mut is_all = |permits: &[Form], tally: &mut Tally| {
            let permits_of: Vec<&Member> =
                permits.iter().filter_map(|of| members.get(of)).collect();
            let mut forms = permits.to_vec();
            forms.extend(&of.forbids);
            if forms.len() > 2 * MOST_TOGETHER {
                tally.undecided += 1;
                return false;
            }
            let answered = memo.answer((2, number), &forms, |answered| {
                let mut prover = ground.prover(number)?;
                let mut all = add(&mut prover, &permits_of, number);
                all.extend(add(&mut prover, &forbids, number));
                answered
                    .tally
                    .rules_out(&mut prover, Question::Denied(&all))
            });
            tally.add(answered.tally);
            answered.holds == Some(true)
        };
        for permit in of.permitting.iter().take(MOST_TOGETHER) {
            if is_all(&[*permit], tally) {
                found.by = vec![*permit];
                return Some(found);
            }
        }
        let mut permits: Vec<Form> = of.permits.iter().copied().collect();
        if permits.len() > 1 && is_all(&permits, tally) {
            for permit in permits.clone() {
                let fewer: Vec<Form> = permits.iter().copied().filter(|of| *of != permit).collect();
                if is_all(&fewer, tally) {
                    permits = fewer;
                }
            }
            found.by = permits;
        }
        Some(found)
    }
}

fn add(prover: &mut Prover<'_>, members: &[&Member], number: u32) -> Vec<usize> {
    let about = members
        .iter()
        .filter(|of| of.environments.binary_search(&number).is_ok());
    about.map(|of| prover.add(&of.bound, true)).collect()
}
