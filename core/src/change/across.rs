//! Both sides of a kind of request, each under its own schema.
//!
//! Everything else compares what base's policies and head's decide under head's schema. That misses what only base's
//! types kept shut: a forbid over an attribute that head's schema no longer has, a permit for where a field is missing
//! that base's schema always had. So wherever the types behind a kind of request changed, the sides are asked once more
//! about one request as each schema has it; see `prove/lens.rs`. What base's schema refuses counts as not allowed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ground::{About, Asking, Ground, distinct};
use super::side::Key;
use super::{Applies, Decided, Example};
use crate::encode::digest;
use crate::prove::{Across, Answer, Crossed, Crossing, Witness, World};

/// A kind of request that both schemas have.
pub(super) struct Sides<'w, 'a> {
    pub(super) base: &'w mut Ground<'a>,
    pub(super) head: &'w mut Ground<'a>,
}

/// Which side is first; see [`Across`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    Base,
    Head,
}

/// A question: whether there is a request
#[derive(Clone, Copy)]
pub(super) enum Cross<'q> {
    /// that these of head allow and these of base do not.
    NewlyAllowed(&'q [About], &'q [About]),
    /// that these of base allow and these of head do not.
    NewlyDenied(&'q [About], &'q [About]),
    /// that this policy of base applies to, and none of these of head.
    NoLonger(&'q About, &'q [About]),
    /// that this policy of head applies to, and none of these of base.
    Newly(&'q About, &'q [About]),
}

impl<'q> Cross<'q> {
    const fn first(&self) -> First {
        match self {
            // The request is what head's schema has, and what base makes of it is the question.
            Self::NewlyAllowed(..) | Self::NoLonger(..) => First::Head,
            Self::NewlyDenied(..) | Self::Newly(..) => First::Base,
        }
    }

    /// The policies of the first side, and those of the second.
    const fn sets(&self) -> (&'q [About], &'q [About]) {
        match *self {
            Self::NewlyAllowed(head, base) => (head, base),
            Self::NewlyDenied(base, head) => (base, head),
            Self::NoLonger(of, by) | Self::Newly(of, by) => (by, std::slice::from_ref(of)),
        }
    }

    const fn tag(&self) -> &'static str {
        match self {
            Self::NewlyAllowed(..) => "newly allowed",
            Self::NewlyDenied(..) => "newly denied",
            Self::NoLonger(..) => "no longer",
            Self::Newly(..) => "newly",
        }
    }
}

/// A request that shows something, as each side's schema has it.
pub(super) struct Shown {
    /// `None` where the schema refuses it.
    pub(super) base: Option<Box<Witness>>,
    pub(super) head: Option<Box<Witness>>,
}

impl<'a> Sides<'_, 'a> {
    /// The answer: `None` where there is no such request.
    ///
    /// # Errors
    ///
    /// Why it stayed undecided.
    pub(super) fn ask(
        &mut self,
        cross: Cross<'_>,
        asking: &mut Asking<'_>,
    ) -> Result<Option<Shown>, String> {
        let key = self.key(cross);
        let answers = match asking.memo.get(&key) {
            Some(answers) => answers,
            None => {
                let (first, second) = cross.sets();
                let (of_first, of_second) = self.in_order(cross.first());
                first.iter().try_for_each(|of| of_first.must_be_valid(of))?;
                second
                    .iter()
                    .try_for_each(|of| of_second.must_be_valid(of))?;
                let answers = self.prove(cross);
                asking.memo.insert(key, &answers);
                answers
            }
        };
        asking.questions += 1;
        asking.unconfirmed += super::memo::unconfirmed(&answers);
        let mut answers = answers.into_iter();
        let (first, second) = match (answers.next(), answers.next()) {
            (Some(Answer::No), _) => return Ok(None),
            (Some(Answer::Yes(first)), Some(Answer::Yes(second))) => (first, Some(second)),
            (Some(Answer::Yes(first)), _) => (first, None),
            (Some(Answer::Unknown(why)), _) => return Err(why.to_string()),
            (None, _) => return Err("the questions were not answered".to_owned()),
        };
        Ok(Some(match cross.first() {
            First::Head => Shown {
                base: second,
                head: Some(first),
            },
            First::Base => Shown {
                base: Some(first),
                head: second,
            },
        }))
    }

    fn in_order(&mut self, first: First) -> (&mut Ground<'a>, &mut Ground<'a>) {
        match first {
            First::Head => (self.head, self.base),
            First::Base => (self.base, self.head),
        }
    }

    fn prove(&self, cross: Cross<'_>) -> Vec<Answer> {
        let (first, second) = match cross.first() {
            First::Head => (&*self.head, &*self.base),
            First::Base => (&*self.base, &*self.head),
        };
        let mut across = Across::new(
            first.schemas(),
            second.schemas(),
            cross.first() == First::Head,
            first.environment(),
            first.options(),
        );
        let (of_first, of_second) = cross.sets();
        let mut numbers = |policies: &[About], of_second: bool| -> Vec<usize> {
            let all: BTreeMap<&Key, &About> = policies
                .iter()
                .map(|policy| (&policy.key, policy))
                .collect();
            all.values()
                .map(|policy| across.add(&policy.bound, of_second))
                .collect()
        };
        let (of_first, of_second) = (numbers(of_first, false), numbers(of_second, true));
        let crossing = match (cross, of_second.as_slice()) {
            (Cross::NoLonger(..) | Cross::Newly(..), [one]) => {
                Crossing::AppliesOnlyInSecond(*one, &of_first)
            }
            _ => Crossing::AllowedOnlyByFirst(&of_first, &of_second),
        };
        match across.ask(crossing) {
            Ok(Crossed::No) => vec![Answer::No],
            Ok(Crossed::Yes { first, second }) => {
                vec![Answer::Yes(first), second.map_or(Answer::No, Answer::Yes)]
            }
            Err(why) => vec![Answer::Unknown(why)],
        }
    }

    /// A digest of everything that the answer depends on.
    fn key(&self, cross: Cross<'_>) -> [u8; 32] {
        let (first, second) = cross.sets();
        digest("questions across", |nodes| {
            nodes.bytes("schema of base", self.base.digest());
            nodes.bytes("schema of head", self.head.digest());
            nodes.number("steps", self.head.options().steps);
            let is_partial = self.head.options().world == World::Partial;
            nodes.number("partial", is_partial.into());
            nodes.text("kind of request", &self.head.environment().label);
            nodes.node("question", cross.tag(), |nodes| {
                for set in [first, second] {
                    nodes.unordered("policies", distinct(set));
                }
            });
        })
    }

    /// What both sides decide of a request, as an example; `None` where Cedar's evaluator does not confirm it.
    pub(super) fn example(
        &self,
        shown: Shown,
        before: &[About],
        after: &[About],
        newly_allowed: bool,
    ) -> Result<Example, String> {
        let decide = |ground: &Ground<'_>, about: &[About], witness: &Option<Box<Witness>>| {
            let Some(witness) = witness else {
                return Ok(None);
            };
            let entities = ground.entities(witness)?;
            ground.decide(about, witness, &entities).map(Some)
        };
        let unconfirmed =
            |why: String| format!("Cedar's evaluator did not confirm the example: {why}");
        let base = decide(self.base, before, &shown.base).map_err(unconfirmed)?;
        let head = decide(self.head, after, &shown.head).map_err(unconfirmed)?;
        let (own, other) = match newly_allowed {
            true => (shown.head, shown.base),
            false => (shown.base, shown.head),
        };
        let Some(witness) = own else {
            return Err(unconfirmed("neither side has it".to_owned()));
        };
        let because = match newly_allowed {
            true => because(base.as_ref(), head.as_ref()),
            false => because(head.as_ref(), base.as_ref()),
        };
        Ok(Example {
            counterpart: other.filter(|other| *other != witness).map(|other| *other),
            witness: *witness,
            base,
            head,
            because,
        })
    }

    /// How a policy that says the same on both sides applies to other requests by the schemas alone; `None` where it
    /// applies to the same.
    pub(super) fn applies(
        &mut self,
        before: &About,
        after: &About,
        asking: &mut Asking<'_>,
    ) -> Option<Applies> {
        let own = self.base.admits(&before.bound, self.base.schemas().0);
        let new = self.head.admits(&after.bound, self.head.schemas().0);
        if !own && !new {
            return None;
        }
        let mut is_some =
            |cross: Cross<'_>| self.ask(cross, asking).ok().map(|found| found.is_some());
        let less = is_some(Cross::NoLonger(before, std::slice::from_ref(after)));
        let more = is_some(Cross::Newly(after, std::slice::from_ref(before)));
        Some(Applies::from(more, less)).filter(|applies| *applies != Applies::Same)
    }
}

/// The forbids by which one side denies, or else the permits by which the other allows.
fn because(denied: Option<&Decided>, allowed: Option<&Decided>) -> Vec<Arc<str>> {
    let of_denied = denied
        .map(|of| of.determining.as_slice())
        .unwrap_or_default();
    let of_allowed = allowed
        .map(|of| of.determining.as_slice())
        .unwrap_or_default();
    let names = if of_denied.is_empty() {
        of_allowed
    } else {
        of_denied
    };
    let names: BTreeSet<Arc<str>> = names.iter().cloned().collect();
    names.into_iter().collect()
}
