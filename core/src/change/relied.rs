//! What people rely on beyond what is newly allowed: permits for emergencies that a forbid now cancels, access for
//! a time that a standing permit now gives, and forbids that permits took over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::compare::Work;
use super::ground::{About, Ask};
use super::probe::{Known, Weakened};
use super::side::{Key, Located, Side};
use super::{Change, On, Relation, Witness};
use crate::analysis::bounds::{is_set, is_temporary, loosened};
use crate::facts::Policy;
use crate::prove::Answer;

/// A permit of base that people rely on and that head takes something from.
#[derive(Debug, Clone)]
pub(crate) struct Lost {
    /// What it is called.
    pub(crate) name: Arc<str>,
    /// The annotation by which people rely on it.
    pub(crate) by: &'static str,
    /// Where base has it.
    pub(crate) at: Option<Located>,
    /// The first kind of request in which it does.
    pub(crate) environment: Arc<str>,
    /// How that is known.
    pub(crate) known: Known,
    /// Such a request.
    pub(crate) witness: Option<Witness>,
}

/// Access that base gives for a time alone, and head through standing permits.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    /// A permit of base that gives it for a time.
    pub(crate) name: Arc<str>,
    /// The first kind of request.
    pub(crate) environment: Arc<str>,
    /// How that is known.
    pub(crate) known: Known,
    /// Such a request.
    pub(crate) witness: Option<Witness>,
}

/// What was found of what people rely on.
#[derive(Debug, Default)]
pub(crate) struct Relied {
    pub(crate) lost: Vec<Lost>,
    pub(crate) standing: Option<Standing>,
    /// The forbids that permits took over, by name.
    pub(crate) folded: BTreeSet<Arc<str>>,
}

/// Finds all of it.
pub(super) fn relied(work: &mut Work<'_>, change: &Change, weakened: &[Weakened]) -> Relied {
    Relied {
        lost: lost(work, change),
        standing: standing(work, change),
        folded: folded(work, change, weakened),
    }
}

/// By which annotation people rely on a permit: emergencies and exceptions must work when they are needed, and what
/// an owner confirmed is needed.
fn reliance(policy: &Policy) -> Option<&'static str> {
    ["breakglass", "exception", "recertify_by"]
        .into_iter()
        .find(|key| is_set(policy, key))
}

fn lost(work: &mut Work<'_>, change: &Change) -> Vec<Lost> {
    let (base, head) = (work.base, work.head);
    let mut out: Vec<Lost> = Vec::new();
    let relies = |side: &Side<'_>| {
        let mut members = side.members.iter();
        members.any(|member| {
            let policy = side.policy(member);
            policy.is_some_and(|parsed| reliance(&parsed.policy).is_some())
        })
    };
    if !relies(base) {
        return out;
    }
    for (number, of) in change.environments.iter().enumerate() {
        if matches!(of.relation, Relation::Equivalent | Relation::Wider) {
            continue;
        }
        let on_both = of.on != On::Base;
        let (before, after) = match on_both {
            true => {
                let Some((ground, schema, own, _)) = work.shared(number) else {
                    continue;
                };
                match (ground.about(base, own), ground.about(head, schema)) {
                    (Ok(before), Ok(after)) => (before, after),
                    _ => continue,
                }
            }
            // Head has no such request, so that all of it is lost.
            false => {
                let own = base.schema.usable().map(|(schema, _)| schema);
                let (Some(own), Some((ground, _))) = (own, work.ground(number)) else {
                    continue;
                };
                let Ok(before) = ground.about(base, own) else {
                    continue;
                };
                (before, Vec::new())
            }
        };
        for permit in &before {
            let policy = &permit.bound.parsed.policy;
            let Some(by) = reliance(policy) else { continue };
            let is_kept = after.iter().any(|other| other.key == permit.key);
            // Taking it away is told of by the factors that look at the policy itself.
            if by != "recertify_by" && on_both && !is_kept {
                continue;
            }
            if out.iter().any(|other| other.name == permit.name) {
                continue;
            }
            let with_forbids: Vec<About> = std::iter::once(permit)
                .chain(before.iter().filter(|policy| is_forbid(policy)))
                .map(About::copy)
                .collect();
            let Some((ground, asking)) = work.ground(number) else {
                continue;
            };
            let answer = ground.ask([Ask::AllowedOnlyBy(&with_forbids, &after)], asking);
            let (known, witness) = match answer {
                Ok([Answer::No]) => continue,
                Ok([Answer::Yes(witness)]) => (Known::Proved, Some(*witness)),
                Ok([Answer::Unknown(_)]) | Err(_) => (Known::Unknown, None),
            };
            let at = base.members.iter().find(|of| of.name == permit.name);
            out.push(Lost {
                name: Arc::clone(&permit.name),
                by,
                at: at.map(|member| member.at.clone()),
                environment: Arc::clone(&of.environment.label),
                known,
                witness,
            });
        }
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

/// Whether head gives through standing permits what base gave for a time alone. What base gave for a time is left
/// out on both sides; what head allows more then had an end before and has none now.
fn standing(work: &mut Work<'_>, change: &Change) -> Option<Standing> {
    let (base, head) = (work.base, work.head);
    let (of_base, of_head) = (by_key(base), by_key(head));
    let temporary: Vec<_> = base
        .members
        .iter()
        .filter_map(|member| Some((member, &base.policy(member)?.policy)))
        .filter(|(_, policy)| is_temporary(policy))
        // What is given without an end beside it has none.
        .filter(|(member, _)| {
            of_base
                .get(&member.key)
                .into_iter()
                .flatten()
                .all(|of| is_temporary(of))
        })
        .filter(|(member, before)| {
            let kept = of_head.get(&member.key);
            kept.is_none_or(|kept| kept.iter().any(|after| !loosened(before, after).is_empty()))
        })
        .collect();
    let (first, _) = temporary.first()?;
    let is_temporary_as_before = |after: &Policy| {
        temporary
            .iter()
            .all(|(_, before)| loosened(before, after).is_empty())
    };
    for (number, of) in change.environments.iter().enumerate() {
        if of.on != On::Both {
            continue;
        }
        let Some((ground, schema, own, asking)) = work.shared(number) else {
            continue;
        };
        let (Ok(before), Ok(after)) = (ground.about(base, own), ground.about(head, schema)) else {
            continue;
        };
        let is_ending = |of: &About| temporary.iter().any(|(member, _)| member.key == of.key);
        if !before.iter().any(is_ending) {
            continue;
        }
        let before: Vec<About> = before
            .iter()
            .filter(|of| !is_ending(of))
            .map(About::copy)
            .collect();
        let after: Vec<About> = after
            .iter()
            .filter(|of| is_forbid(of) || !is_temporary_as_before(&of.bound.parsed.policy))
            .map(About::copy)
            .collect();
        let (known, witness) = match ground.ask([Ask::AllowedOnlyBy(&after, &before)], asking) {
            Ok([Answer::No]) => continue,
            Ok([Answer::Yes(witness)]) => (Known::Proved, Some(*witness)),
            Ok([Answer::Unknown(_)]) | Err(_) => (Known::Unknown, None),
        };
        return Some(Standing {
            name: Arc::clone(&first.name),
            environment: Arc::clone(&of.environment.label),
            known,
            witness,
        });
    }
    None
}

/// The policies that say the same, by what they say.
fn by_key<'s>(side: &'s Side<'_>) -> BTreeMap<&'s Key, Vec<&'s Policy>> {
    let mut out: BTreeMap<&Key, Vec<&Policy>> = BTreeMap::new();
    for member in &side.members {
        if let Some(parsed) = side.policy(member) {
            out.entry(&member.key).or_default().push(&parsed.policy);
        }
    }
    out
}

/// The weakened forbids that permits of head took over: in every kind of request they kept something out, and the
/// change is proved to allow the same. A forbid that kept nothing out is no such: it was there for what comes.
fn folded(work: &mut Work<'_>, change: &Change, weakened: &[Weakened]) -> BTreeSet<Arc<str>> {
    let mut out = BTreeSet::new();
    if !change.is_equivalent() {
        return out;
    }
    let names: BTreeSet<&Arc<str>> = weakened.iter().map(|of| &of.name).collect();
    for name in names {
        if is_folded(work, change, name) == Some(true) {
            out.insert(Arc::clone(name));
        }
    }
    out
}

fn is_folded(work: &mut Work<'_>, change: &Change, name: &Arc<str>) -> Option<bool> {
    let (base, head) = (work.base, work.head);
    let mut is_folded = false;
    for (number, of) in change.environments.iter().enumerate() {
        if of.on != On::Both {
            continue;
        }
        let (ground, schema, own, asking) = work.shared(number)?;
        let before = ground.about(base, own).ok()?;
        let after = ground.about(head, schema).ok()?;
        let kept: Vec<About> = after
            .iter()
            .filter(|of| is_forbid(of))
            .map(About::copy)
            .collect();
        let Some(forbid) = before.iter().find(|of| of.name == *name && is_forbid(of)) else {
            continue;
        };
        match ground
            .ask([Ask::AppliesBeyond(forbid, &kept)], asking)
            .ok()?
        {
            [Answer::No] => continue,
            [Answer::Yes(_)] => {}
            [Answer::Unknown(_)] => return None,
        }
        let without: Vec<About> = before
            .iter()
            .filter(|of| of.key != forbid.key)
            .map(About::copy)
            .collect();
        match ground
            .ask([Ask::AllowedOnlyBy(&without, &before)], asking)
            .ok()?
        {
            [Answer::Yes(_)] => is_folded = true,
            _ => return None,
        }
    }
    Some(is_folded)
}

fn is_forbid(policy: &About) -> bool {
    !policy.bound.parsed.policy.is_permit()
}
