//! How each policy changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::compare::Work;
use super::ground::{About, Ask};
use super::pairs::{Pair, pairs};
use super::side::{Member, Side, Written};
use super::{Applies, Form, Kind, PolicyChange, is_weakened};
use crate::facts::Effect;
use crate::prove::{Answer, Bound, Witness};

/// What changing meaning comes to.
#[derive(Clone)]
pub(super) struct Meaning {
    pub(super) applies: Applies,
    /// Why that is unknown, where it is.
    why: Option<String>,
    /// A request that it applied to and does not apply to any more, with the number of its kind.
    pub(super) lost: Option<(usize, Box<Witness>)>,
}

impl Meaning {
    const fn known(applies: Applies) -> Self {
        Self {
            applies,
            why: None,
            lost: None,
        }
    }
}

/// Every policy and template, then every link.
pub(super) fn policies(work: &mut Work<'_>) -> Vec<PolicyChange> {
    let (base, head) = (work.base, work.head);
    let links = links(work);
    let mut of_template: BTreeMap<usize, Vec<Meaning>> = BTreeMap::new();
    for link in &links {
        if let Some((pair, meaning)) = &link.of {
            of_template.entry(*pair).or_default().push(meaning.clone());
        }
    }
    let mut out = Vec::new();
    for pair in pairs(&base.written, &head.written) {
        let Some(change) = changed(base.written.as_slice(), &head.written, pair) else {
            continue;
        };
        let mut change = change;
        let counted = |side: &Side<'_>, number| {
            let links = side.members.iter().filter(|member| member.link.is_some());
            links.filter(|member| member.written == number).count()
        };
        change.links = match (pair.head, pair.base) {
            (Some(number), _) => counted(head, number),
            (None, Some(number)) => counted(base, number),
            (None, None) => 0,
        };
        if change.kind == Kind::Meaning {
            let Meaning { applies, why, .. } = if change.form == Form::Template {
                let of_links = pair.head.and_then(|number| of_template.remove(&number));
                // Without links it decides nothing.
                together(of_links.unwrap_or_default())
            } else {
                let of = |side: &[Written<'_>], number: Option<usize>| {
                    number.and_then(|number| side.get(number)).map(unlinked)
                };
                match (of(&base.written, pair.base), of(&head.written, pair.head)) {
                    (Some(before), Some(after)) => meaning(work, &before, &after),
                    _ => continue,
                }
            };
            change.applies = Some(applies);
            change.why = why;
        }
        out.push(change);
    }
    out.extend(links.into_iter().map(|link| link.change));
    by_schema(work, &mut out);
    for change in &mut out {
        change.weakened =
            change.effect == Effect::Forbid && is_weakened(change.kind, change.applies);
    }
    out
}

/// Finds the policies and links that say what they said and apply to other requests all the same.
fn by_schema(work: &mut Work<'_>, out: &mut [PolicyChange]) {
    let retyped = work.retyped();
    if retyped.is_empty() {
        return;
    }
    let members = |side: &Side<'_>| -> BTreeMap<Arc<str>, About> {
        let members = side.members.iter().filter_map(|member| {
            let about = About {
                name: Arc::clone(&member.name),
                bound: side.bound(member)?,
                key: member.key,
            };
            Some((Arc::clone(&member.name), about))
        });
        members.collect()
    };
    let (before, after) = (members(work.base), members(work.head));
    for change in out {
        if matches!(change.kind, Kind::Added | Kind::Removed | Kind::Meaning) {
            continue;
        }
        let old = change.renamed_from.as_ref().unwrap_or(&change.name);
        let (Some(before), Some(after)) = (before.get(old), after.get(&change.name)) else {
            continue;
        };
        change.by_schema = retyped
            .iter()
            .filter_map(|number| {
                let (mut sides, asking) = work.sides(*number)?;
                sides.applies(before, after, asking)
            })
            .reduce(Applies::and);
    }
}

/// All that is known of a policy without asking.
pub(super) fn changed(
    base: &[Written<'_>],
    head: &[Written<'_>],
    pair: Pair,
) -> Option<PolicyChange> {
    let before = pair.base.and_then(|number| base.get(number));
    let after = pair.head.and_then(|number| head.get(number));
    let of = after.or(before)?;
    let kind = match (before, after) {
        (Some(before), Some(after)) => {
            let renamed = before.policy().id() != after.policy().id();
            match before.form() == after.form() {
                true if renamed => Kind::Renamed,
                true if before.text() == after.text() => Kind::Unchanged,
                true => Kind::Text,
                false => Kind::Meaning,
            }
        }
        (None, _) => Kind::Added,
        (_, None) => Kind::Removed,
    };
    let form = match of.policy().is_template() {
        true => Form::Template,
        false => Form::Policy,
    };
    Some(PolicyChange {
        name: Arc::clone(&of.name),
        renamed_from: before
            .filter(|before| before.name != of.name)
            .map(|before| Arc::clone(&before.name)),
        form,
        effect: of.policy().effect.value,
        kind,
        applies: None,
        why: None,
        by_schema: None,
        base: before.map(|of| of.at.clone()),
        head: after.map(|of| of.at.clone()),
        template: None,
        weakened: false,
        links: 0,
    })
}

/// A policy without slots.
pub(super) fn unlinked(written: &Written<'_>) -> About {
    About {
        name: Arc::clone(&written.name),
        bound: Bound {
            parsed: written.parsed.clone(),
            link: None,
        },
        key: Member::key(written.form(), None),
    }
}

struct Link {
    change: PolicyChange,
    /// The number of its template in head, and what the link comes to, where that is something else.
    of: Option<(usize, Meaning)>,
}

fn links(work: &mut Work<'_>) -> Vec<Link> {
    let (base, head) = (work.base, work.head);
    let before: BTreeMap<&str, &Member<'_>> = by_id(base);
    let after: BTreeMap<&str, &Member<'_>> = by_id(head);
    let mut out = Vec::new();
    for member in head.members.iter().chain(&base.members) {
        let Some(link) = member.link else { continue };
        let (old, new) = (before.get(&*link.link_id), after.get(&*link.link_id));
        let is_new = new.is_some_and(|new| std::ptr::eq(*new, member));
        let is_gone = new.is_none() && old.is_some_and(|old| std::ptr::eq(*old, member));
        if !is_new && !is_gone {
            continue;
        }
        let side = if is_new { head } else { base };
        let Some(template) = side.written.get(member.written) else {
            continue;
        };
        let mut of = None;
        let kind = match (old, new) {
            (Some(old), Some(new)) if old.key == new.key => Kind::Unchanged,
            (Some(old), Some(new)) => {
                let about = |side: &Side<'_>, member: &Member<'_>| {
                    let bound = side.bound(member)?;
                    let effect = bound.parsed.policy.effect.value;
                    let about = About {
                        name: Arc::clone(&member.name),
                        bound,
                        key: member.key,
                    };
                    Some((about, effect))
                };
                let came_to = match (about(base, old), about(head, new)) {
                    (Some((before, a)), Some((after, b))) if a == b => {
                        meaning(work, &before, &after)
                    }
                    _ => Meaning::known(Applies::Both),
                };
                of = Some((new.written, came_to));
                Kind::Meaning
            }
            (None, _) => Kind::Added,
            (_, None) => Kind::Removed,
        };
        let applies = of.as_ref().map(|(_, came_to)| came_to.applies);
        let why = of.as_ref().and_then(|(_, came_to)| came_to.why.clone());
        out.push(Link {
            change: PolicyChange {
                name: Arc::clone(&member.name),
                renamed_from: None,
                form: Form::Link,
                effect: template.policy().effect.value,
                kind,
                applies,
                why,
                by_schema: None,
                base: old.map(|old| old.at.clone()),
                head: new.map(|new| new.at.clone()),
                template: Some(Arc::clone(&template.name)),
                weakened: false,
                links: 0,
            },
            of,
        });
    }
    out
}

fn by_id<'s, 'a>(side: &'s Side<'a>) -> BTreeMap<&'a str, &'s Member<'a>> {
    let mut out = BTreeMap::new();
    for member in &side.members {
        if let Some(link) = member.link {
            out.entry(link.link_id.as_str()).or_insert(member);
        }
    }
    out
}

fn together(all: Vec<Meaning>) -> Meaning {
    all.into_iter()
        .reduce(|one, other| Meaning {
            applies: one.applies.and(other.applies),
            why: one.why.or(other.why),
            lost: None,
        })
        .unwrap_or(Meaning::known(Applies::Same))
}

/// To which requests of head's schema a policy applies now, against what it was.
pub(super) fn meaning(work: &mut Work<'_>, before: &About, after: &About) -> Meaning {
    if work.head.schema.usable().is_none() {
        return Meaning {
            why: Some(work.no_schema()),
            ..Meaning::known(Applies::Unknown)
        };
    }
    let (mut more, mut less) = (Some(false), Some(false));
    let mut why = None;
    let mut lost = None;
    for number in 0..work.environments.len() {
        if (more, less) == (Some(true), Some(true)) {
            break;
        }
        let Some((ground, schema, own, asking)) = work.shared(number) else {
            continue;
        };
        if !ground.admits(&before.bound, own) && !ground.admits(&after.bound, schema) {
            continue;
        }
        let asks = [
            Ask::AppliesBeyond(after, std::slice::from_ref(before)),
            Ask::AppliesBeyond(before, std::slice::from_ref(after)),
        ];
        let answers = match ground.ask(asks, asking) {
            Ok(answers) => {
                if let [_, Answer::Yes(witness)] = &answers {
                    lost.get_or_insert_with(|| (number, witness.clone()));
                }
                answers.map(|answer| match answer {
                    Answer::No => Ok(false),
                    Answer::Yes(_) => Ok(true),
                    Answer::Unknown(because) => Err(because.to_string()),
                })
            }
            Err(because) => [Err(because.clone()), Err(because)],
        };
        for (found, answer) in [&mut more, &mut less].into_iter().zip(answers) {
            match answer {
                Ok(true) => *found = Some(true),
                Err(because) if *found != Some(true) => {
                    *found = None;
                    why.get_or_insert(because);
                }
                Ok(false) | Err(_) => {}
            }
        }
    }
    let applies = Applies::from(more, less);
    Meaning {
        applies,
        why: why.filter(|_| applies == Applies::Unknown),
        lost,
    }
}
