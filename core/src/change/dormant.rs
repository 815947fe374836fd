//! Access that only today's types keep shut.
//!
//! A permit that reads an attribute which no type has allows nothing, so adding it looks harmless; and the attribute looks
//! harmless too when it comes. Each of the two steps must be seen for what it is. So where a change newly allows
//! nothing, both sides are compared once more as if what types alone decide, wherever a policy is asked, could
//! come out either way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::compare::Work;
use super::ground::{About, Ask};
use super::side::{Key, Located};
use super::{Change, Form, Kind, On, Relation};
use crate::cedar::validate::accepts;
use crate::facts::{Effect, Entity};
use crate::prove::{Answer, Bound, Opening, Prover};

/// A policy through which a change of the schema alone would newly allow something.
#[derive(Debug, Clone)]
pub(crate) struct Dormant {
    /// What it is called: a permit of head, or a forbid of base that head does not keep.
    pub(crate) name: Arc<str>,
    /// Whether it is the permit.
    pub(crate) is_permit: bool,
    /// Where it stands.
    pub(crate) at: Option<Located>,
    /// The actions that it is about, sorted.
    pub(crate) actions: BTreeSet<Entity>,
    /// The types of its resources, sorted.
    pub(crate) resources: BTreeSet<String>,
    /// The types of its principals, sorted.
    pub(crate) principals: BTreeSet<String>,
}

/// One kind of request with the policies of both sides.
struct Asked {
    number: usize,
    before: Vec<About>,
    after: Vec<About>,
    /// Whether it was proved that nothing is newly allowed.
    is_shut: bool,
}

/// What this change leaves or makes dormant.
pub(super) fn dormant(work: &mut Work<'_>, change: &Change) -> Vec<Dormant> {
    if work.head.schema.usable().is_none() {
        return Vec::new();
    }
    let mut found: BTreeMap<Arc<str>, Dormant> = BTreeMap::new();
    idle(work, change, &mut found);
    let asked = differing(work, change);
    if asked.iter().any(|of| of.is_shut) {
        let by_types = by_types(work, &asked);
        for of in asked.iter().filter(|of| of.is_shut) {
            ask(work, change, of, &by_types, &mut found);
        }
    }
    found.into_values().collect()
}

/// The kinds of request in which the two sides do not have the same policies.
fn differing(work: &mut Work<'_>, change: &Change) -> Vec<Asked> {
    let (base, head) = (work.base, work.head);
    let mut out = Vec::new();
    for (number, of) in change.environments.iter().enumerate() {
        if of.on == On::Base {
            continue;
        }
        let Some((ground, schema, own, _)) = work.shared(number) else {
            continue;
        };
        let before = match of.on {
            On::Head => Ok(Vec::new()),
            _ => ground.about(base, own),
        };
        let (Ok(before), Ok(after)) = (before, ground.about(head, schema)) else {
            continue;
        };
        if keys(&before) != keys(&after) {
            out.push(Asked {
                number,
                before,
                after,
                is_shut: matches!(of.relation, Relation::Equivalent | Relation::Narrower),
            });
        }
    }
    out
}

fn keys(about: &[About]) -> BTreeSet<Key> {
    about.iter().map(|policy| policy.key).collect()
}

/// What types alone decide in every kind of request that the policies in question are about.
fn by_types(work: &mut Work<'_>, asked: &[Asked]) -> Arc<BTreeSet<[u8; 32]>> {
    let mut policies: BTreeMap<Key, Bound> = BTreeMap::new();
    for of in asked.iter().filter(|of| of.is_shut) {
        for policy in of.before.iter().chain(&of.after) {
            let bound = || policy.bound.clone();
            policies.entry(policy.key).or_insert_with(bound);
        }
    }
    let mut opening = Opening::default();
    for number in 0..work.environments.len() {
        if matches!(work.environments.get(number), None | Some((_, On::Base))) {
            continue;
        }
        let Some((ground, schema, _, _)) = work.shared(number) else {
            continue;
        };
        let (model, validator) = ground.schemas();
        let mut prover = Prover::new(model, validator, ground.environment(), ground.options());
        opening.begin();
        for bound in policies
            .values()
            .filter(|bound| ground.admits(bound, schema))
        {
            prover.look_at(bound, &mut opening);
        }
    }
    opening.by_types()
}

fn ask(
    work: &mut Work<'_>,
    change: &Change,
    asked: &Asked,
    by_types: &Arc<BTreeSet<[u8; 32]>>,
    found: &mut BTreeMap<Arc<str>, Dormant>,
) {
    let Asked {
        number,
        before,
        after,
        ..
    } = asked;
    let Some((ground, ..)) = work.shared(*number) else {
        return;
    };
    let environment = ground.environment();
    let (model, validator) = ground.schemas();
    let options = ground.options();
    let more = |after: &[&About]| {
        let mut prover = Prover::new(model, validator, environment, options);
        let bounds = |of: &[&About]| -> Vec<Bound> {
            of.iter().map(|policy| policy.bound.clone()).collect()
        };
        let (after, before) = (bounds(after), bounds(&before.iter().collect::<Vec<_>>()));
        let (after, before): (Vec<&Bound>, Vec<&Bound>) =
            (after.iter().collect(), before.iter().collect());
        // What is not decided may be dormant.
        prover
            .would_allow_more(&after, &before, &mut Opening::only(by_types))
            .unwrap_or(true)
    };
    if !more(&after.iter().collect::<Vec<_>>()) {
        return;
    }
    let (old, new) = (keys(before), keys(after));
    let is_permit = |policy: &&About| policy.bound.parsed.policy.is_permit();
    let forbids: Vec<&About> = after.iter().filter(|policy| !is_permit(policy)).collect();
    let mut because: Vec<&About> = (after.iter())
        .filter(|policy| is_permit(policy) && !old.contains(&policy.key))
        .filter(|permit| {
            let alone: Vec<&About> = std::iter::once(*permit).chain(forbids.clone()).collect();
            more(&alone)
        })
        .collect();
    because
        .extend((before.iter()).filter(|policy| !is_permit(policy) && !new.contains(&policy.key)));
    for policy in because {
        let dormant = found
            .entry(Arc::clone(&policy.name))
            .or_insert_with(|| named(change, &policy.name, is_permit(&policy)));
        dormant.actions.insert(environment.action.clone());
        dormant.resources.insert(environment.resource.clone());
        dormant.principals.insert(environment.principal.clone());
    }
}

fn named(change: &Change, name: &Arc<str>, is_permit: bool) -> Dormant {
    let of = change.policies.iter().find(|policy| policy.name == *name);
    Dormant {
        name: Arc::clone(name),
        is_permit,
        at: of.and_then(|of| of.head.clone().or_else(|| of.base.clone())),
        actions: BTreeSet::new(),
        resources: BTreeSet::new(),
        principals: BTreeSet::new(),
    }
}

/// New and changed permits that apply to no request: their scope fits no kind, or types alone decide against them in each.
fn idle(work: &mut Work<'_>, change: &Change, found: &mut BTreeMap<Arc<str>, Dormant>) {
    let head = work.head;
    let Some((schema, validator)) = head.schema.usable() else {
        return;
    };
    for of in &change.policies {
        let is_candidate = of.effect == Effect::Permit
            && of.form != Form::Template
            && matches!(of.kind, Kind::Added | Kind::Meaning);
        let member = head.members.iter().find(|member| member.name == of.name);
        let bound = member.and_then(|member| head.bound(member));
        let (true, Some(bound)) = (is_candidate, bound) else {
            continue;
        };
        // What does not type-check is an error of its own.
        if !accepts(&bound.parsed.template, validator) {
            continue;
        }
        let permit = About {
            name: Arc::clone(&of.name),
            key: member.map(|member| member.key).unwrap_or_default(),
            bound,
        };
        if !is_idle_by_types(work, &permit) {
            continue;
        }
        let bound = permit.bound;
        let mut dormant = named(change, &of.name, true);
        let policy = &bound.parsed.policy;
        for (entity, action) in &schema.actions {
            if !super::ground::admits_action(schema, &policy.action.value, entity) {
                continue;
            }
            dormant.actions.insert(entity.clone());
            dormant.resources.extend(action.resources.iter().cloned());
            dormant.principals.extend(action.principals.iter().cloned());
        }
        for (constraint, types) in [
            (&policy.resource.value, &mut dormant.resources),
            (&policy.principal.value, &mut dormant.principals),
        ] {
            if let Some(ty) = constraint.is_type() {
                *types = [ty.value.clone()].into();
            }
        }
        found.insert(Arc::clone(&of.name), dormant);
    }
}

/// Whether no request of head's satisfies a permit, and one could by other types.
fn is_idle_by_types(work: &mut Work<'_>, permit: &About) -> bool {
    let mut is_admitted = false;
    let mut could = false;
    for number in 0..work.environments.len() {
        if matches!(work.environments.get(number), None | Some((_, On::Base))) {
            continue;
        }
        let Some((ground, schema, _, asking)) = work.shared(number) else {
            continue;
        };
        if !ground.admits(&permit.bound, schema) {
            continue;
        }
        is_admitted = true;
        match ground.ask([Ask::AppliesBeyond(permit, &[])], asking) {
            Ok([Answer::No]) => {}
            // It applies, or nobody knows, which is told elsewhere.
            Ok(_) | Err(_) => return false,
        }
        let (model, validator) = ground.schemas();
        let mut prover = Prover::new(model, validator, ground.environment(), ground.options());
        could |= prover
            .would_allow_more(&[&permit.bound], &[], &mut Opening::default())
            .unwrap_or(true);
    }
    could || !is_admitted
}
