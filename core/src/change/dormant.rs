//! Permits that only today's types keep from applying.
//!
//! Such a permit allows nothing, so adding it looks harmless; and the attribute, the membership or the action that makes
//! it apply looks harmless too when it comes. Each of the two steps must be seen for what it is.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::compare::Work;
use super::ground::{About, Ask};
use super::side::Located;
use super::{Change, Form, Kind, On};
use crate::cedar::validate::accepts;
use crate::facts::{Effect, Entity};
use crate::prove::{Answer, Prover};

/// A new or changed permit of head that no request satisfies, and that some could if the types were others.
#[derive(Debug, Clone)]
pub(crate) struct Dormant {
    /// What it is called.
    pub(crate) name: Arc<str>,
    /// Where head has it.
    pub(crate) at: Option<Located>,
    /// The actions that its scope is about, sorted.
    pub(crate) actions: BTreeSet<Entity>,
    /// The types of its resources, where its scope or the actions say so, sorted.
    pub(crate) resources: BTreeSet<String>,
    /// The types of its principals.
    pub(crate) principals: BTreeSet<String>,
}

/// The permits that this change leaves or makes dormant.
pub(super) fn dormant(work: &mut Work<'_>, change: &Change) -> Vec<Dormant> {
    let head = work.head;
    let Some((schema, validator)) = head.schema.usable() else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for of in &change.policies {
        let is_candidate = of.effect == Effect::Permit
            && of.form != Form::Template
            && matches!(of.kind, Kind::Added | Kind::Meaning);
        let member = head.members.iter().find(|member| member.name == of.name);
        let (true, Some(member)) = (is_candidate, member) else {
            continue;
        };
        let Some(bound) = head.bound(member) else {
            continue;
        };
        let about = About {
            name: Arc::clone(&member.name),
            key: member.key,
            bound,
        };
        // What does not type-check is an error of its own.
        if !accepts(&about.bound.parsed.template, validator) || !is_dormant(work, &about) {
            continue;
        }
        let policy = &about.bound.parsed.policy;
        let scope = &policy.action.value;
        let mut dormant = Dormant {
            name: Arc::clone(&about.name),
            at: of.head.clone(),
            actions: BTreeSet::new(),
            resources: BTreeSet::new(),
            principals: BTreeSet::new(),
        };
        for (entity, action) in &schema.actions {
            if !super::ground::admits_action(schema, scope, entity) {
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
        out.push(dormant);
    }
    out
}

/// Whether no request of head's satisfies it, and one could by other types.
fn is_dormant(work: &mut Work<'_>, permit: &About) -> bool {
    let mut is_admitted = false;
    let mut could = false;
    for number in 0..work.environments.len() {
        if matches!(work.environments.get(number), None | Some((_, On::Base))) {
            continue;
        }
        let Some((ground, schema, _, asking)) = work.shared(number) else {
            continue;
        };
        let is_about = ground.admits(&permit.bound, schema);
        if is_about {
            match ground.ask([Ask::AppliesBeyond(permit, &[])], asking) {
                Ok([Answer::No]) => {}
                // It applies, or nobody knows, which is told elsewhere.
                Ok(_) | Err(_) => return false,
            }
        }
        let (schema, validator) = ground.schemas();
        let mut prover = Prover::new(schema, validator, ground.environment(), ground.options());
        match prover.could_apply(&permit.bound) {
            Ok(false) => is_admitted |= is_about,
            Ok(true) | Err(_) => could = true,
        }
    }
    // What is about no kind of request at all is kept from applying by nothing but types.
    could || !is_admitted
}
