//! What proofs say of policies beside each other, brought up to date for what changed.
//!
//! The state is over forms, which is what policies say, and not over places: so the same set of forms has the same
//! relations in whatever order it came about.

mod denied;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use denied::Demands;

use super::alone::Alone;
use super::closing::Guards;
use super::form::Shape;
use super::memo::{Beyond, Form, Memo, Sample};
use super::plainly::Plainly;
use super::shapes::Shapes;
use super::{Budget, Closes, Ground, Tally, bound, example};
use crate::cedar::links::Link;
use crate::cedar::parse::Parsed;
use crate::facts::{Effect, Entity, Policy};
use crate::prove::{Answer, Bound, Prover, Question};

/// How many policies one question is about at most, and how many questions of a kind are asked about one policy.
pub(super) const MOST_TOGETHER: usize = 16;

/// With how many others a policy is compared by requests, where it is not plain how they are related.
const MOST_COMPARED: usize = 48;

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
    guards: Guards,
    /// Of each kind of request whether forbids deny every one.
    denied: BTreeMap<u32, Everything>,
    tally: Tally,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) bound: Bound,
    pub(super) environments: Vec<u32>,
    shape: u32,
    count: u32,
    never: bool,
    plainly: Plainly,
    /// Of a forbid: what it plainly demands.
    demands: Demands,
}

impl Member {
    pub(super) fn policy(&self) -> &Policy {
        &self.bound.parsed.policy
    }

    /// Whether it is plain that another does not apply to some request that this one applies to: the same for all others.
    fn escapes(&self, other: &Self) -> bool {
        let (policy, link) = (other.policy(), other.bound.link.as_ref());
        (self.plainly).escapes(&other.plainly, policy, link, &other.environments)
    }

    /// Whether it stands for links that are not here.
    pub(super) fn is_template(&self) -> bool {
        self.bound.link.is_none() && self.policy().is_template()
    }
}

#[derive(Debug, Default)]
struct Related {
    /// The policies each of which applies wherever this one does.
    shadowed_by: Vec<Form>,
    /// The forbids that together apply wherever this permit does.
    overridden_by: Vec<Form>,
    /// Whether that depends on forbids of which it is plain that they leave something.
    is_weighed: bool,
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

    /// Whether a restriction in force would change a decision; see [`Closes`].
    pub(crate) fn closes(&self, policy: &Form, closed: &Form) -> Closes {
        self.guards.closes(policy, closed)
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
        let new: Vec<Form> = concerned.iter().copied().collect();
        for form in new {
            self.concern(&form, &mut concerned);
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
        self.guards.update(&self.members, &mut self.memo, ground);
        self.tally = self.guards.tally();
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
        self.guards.come(given, &kinds);
        let shape = Shape::of(policy, given.link, &kinds);
        let is_open = shape.is_open();
        let shape = self.shapes.insert(shape, form);
        let member = Member {
            bound: Bound {
                parsed: given.parsed.clone(),
                link: given.link.cloned(),
            },
            shape,
            count: 1,
            never: given.alone.never.is_some(),
            plainly: Plainly::new(policy, &kinds, ground),
            demands: match policy.effect.value {
                Effect::Forbid => Demands::of(policy),
                Effect::Permit => Demands::default(),
            },
            environments: kinds,
        };
        let forbids = policy.effect.value == Effect::Forbid;
        if forbids || (is_open && !member.never && !member.is_template()) {
            for number in &member.environments {
                let of = self.environments.entry(*number).or_default();
                let (sample, _) = self.memo.any(*number, ground);
                // Without a request nothing is allowed of all requests.
                let applies = sample.map_or(forbids, |sample| {
                    self.memo.applies(&form, &member.bound, &sample)
                });
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
    }

    /// Notes for which policies it matters whether there is this one.
    fn concern(&self, form: &Form, concerned: &mut BTreeSet<Form>) {
        let Some(member) = self.members.get(form) else {
            return;
        };
        // Mostly everything is new, or next to nothing is.
        if concerned.len() == self.members.len() {
            return;
        }
        let forbids = member.policy().effect.value == Effect::Forbid;
        for other in self.shapes.below(member.shape) {
            if concerned.contains(&other) {
                continue;
            }
            let is_weighed = || self.related.get(&other).is_some_and(|of| of.is_weighed);
            let of = self.members.get(&other);
            if of.is_some_and(|of| !of.escapes(member)) || (forbids && is_weighed()) {
                concerned.insert(other);
            }
        }
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
        self.concern(form, concerned);
        let Some(member) = self.members.remove(form) else {
            return;
        };
        self.guards.gone(form, &member.environments);
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
        let is_plain = !related.is_weighed
            && related.shadowed_by.is_empty()
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
        let shape = &self.shapes.get(member.shape)?.shape;
        let mut related = Related::default();
        let (mut implying, mut forbids, mut in_the_way) = (Vec::new(), Vec::new(), Vec::new());
        for above in self.shapes.above(shape) {
            let may_imply = above.shape.may_imply(shape);
            if !may_imply && !above.shape.may_override(shape) {
                continue;
            }
            for other in above.members.iter().filter(|other| *other != form) {
                let Some(of) = self.members.get(other) else {
                    continue;
                };
                if of.never || of.is_template() {
                    continue;
                }
                let escapes = member.escapes(of);
                let is_within =
                    || above.shape.is_about_all_of(shape) && member.plainly.is_within(&of.plainly);
                match may_imply {
                    true if escapes => {}
                    true if is_within() => related.shadowed_by.push(*other),
                    true => implying.push(*other),
                    false => {
                        forbids.push(*other);
                        if !escapes {
                            in_the_way.push((!is_within(), *other));
                        }
                    }
                }
            }
        }
        // Those that plainly override it come first, and one of them is all that a reader needs.
        in_the_way.sort_unstable();
        if let Some((false, by)) = in_the_way.first() {
            related.overridden_by.push(*by);
            in_the_way.clear();
        }
        if !implying.is_empty() || !in_the_way.is_empty() {
            let (sample, tally) =
                (self.memo).sample(form, &member.bound, &member.environments, ground);
            related.tally.add(tally);
            // Without a request that it applies to there is nothing that could be implied.
            if let Some(sample) = sample {
                implying.sort_unstable();
                forbids.sort_unstable();
                self.implying(form, &implying, &sample, &mut related, ground);
                related.is_weighed = !in_the_way.is_empty();
                if related.is_weighed {
                    related.overridden_by =
                        self.overriding(form, &forbids, &sample, &mut related.tally, ground);
                }
            }
        }
        related.shadowed_by.sort_unstable();
        Some(related)
    }

    /// Finds which of these policies apply wherever another does. A request that shows it of none of them shows it of
    /// all that it is held against.
    fn implying(
        &mut self,
        form: &Form,
        others: &[Form],
        sample: &Arc<Sample>,
        related: &mut Related,
        ground: &Ground,
    ) {
        let mut samples = vec![Arc::clone(sample)];
        let mut asked = 0;
        // From the policy's own place on, so that policies which follow each other are compared.
        let after = others.partition_point(|other| other < form);
        let (before, behind) = others.split_at(after);
        related.tally.undecided += others.len().saturating_sub(MOST_COMPARED) as u32;
        for other in behind.iter().chain(before).take(MOST_COMPARED) {
            let apply_all = samples.iter().all(|sample| self.applies(other, sample));
            if !apply_all {
                continue;
            }
            if asked == MOST_TOGETHER {
                related.tally.undecided += 1;
                continue;
            }
            asked += 1;
            match self.beyond(form, &[*other], &mut related.tally, ground) {
                Beyond::Nothing => related.shadowed_by.push(*other),
                Beyond::This(sample) => samples.push(sample),
                Beyond::Unknown => {}
            }
        }
    }

    /// Those of some forbids that together apply wherever a permit does: one by itself, where there is one. They are
    /// taken in as far as some request needs them.
    fn overriding(
        &mut self,
        form: &Form,
        forbids: &[Form],
        sample: &Arc<Sample>,
        tally: &mut Tally,
        ground: &Ground,
    ) -> Vec<Form> {
        /// How many forbids are taken in because of one request.
        const AT_ONCE: usize = 4;
        let mut sample = Arc::clone(sample);
        let mut by: Vec<Form> = Vec::new();
        let (some, rest) = forbids.split_at(forbids.len().min(4 * MOST_COMPARED));
        while by.len() < MOST_TOGETHER {
            let mut applying = Vec::new();
            for other in some {
                if applying.len() == AT_ONCE {
                    break;
                }
                if self.applies(other, &sample) {
                    applying.push(*other);
                }
            }
            if applying.is_empty() {
                tally.undecided += u32::from(!rest.is_empty());
                return Vec::new();
            }
            by.extend(applying);
            by.sort_unstable();
            match self.beyond(form, &by, tally, ground) {
                Beyond::This(next) => sample = next,
                Beyond::Unknown => return Vec::new(),
                Beyond::Nothing => {
                    let alone = by.iter().find(|other| {
                        by.len() > 1
                            && matches!(
                                self.beyond(form, &[**other], tally, ground),
                                Beyond::Nothing
                            )
                    });
                    return alone.map_or(by.clone(), |alone| vec![*alone]);
                }
            }
        }
        tally.undecided += 1;
        Vec::new()
    }

    fn applies(&mut self, form: &Form, sample: &Sample) -> bool {
        let member = self.members.get(form);
        member.is_some_and(|member| self.memo.applies(form, &member.bound, sample))
    }

    /// A request that a policy applies to and others do not.
    fn beyond(
        &mut self,
        form: &Form,
        others: &[Form],
        tally: &mut Tally,
        ground: &Ground,
    ) -> Beyond {
        let Some(member) = self.members.get(form) else {
            return Beyond::Unknown;
        };
        let mut forms = vec![*form];
        forms.extend(others);
        let others: Vec<&Member> = others
            .iter()
            .filter_map(|of| self.members.get(of))
            .collect();
        let mut policies = vec![(member.policy(), member.environments.as_slice())];
        policies.extend(
            others
                .iter()
                .map(|of| (of.policy(), of.environments.as_slice())),
        );
        let (found, took) = self.memo.beyond(
            &forms,
            &member.environments,
            &policies,
            ground,
            |prover, number| {
                let policy = prover.add(&member.bound, true);
                (policy, add(prover, &others, number))
            },
        );
        tally.add(took);
        found
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

pub(super) fn add(prover: &mut Prover<'_>, members: &[&Member], number: u32) -> Vec<usize> {
    let about = members
        .iter()
        .filter(|of| of.environments.binary_search(&number).is_ok());
    about.map(|of| prover.add(&of.bound, true)).collect()
}
