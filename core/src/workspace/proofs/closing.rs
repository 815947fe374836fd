//! Whether a restriction that a missing attribute opens would change what the bundle decides, were it in force.
//!
//! ```text
//! a forbid and a permit ──> a request that only the forbid in force denies ──> does another forbid deny it?
//!                                                                      └─yes─> the same question with all of them
//! ```
//!
//! A request that shows it is looked for beside one permit at a time, and the other policies are evaluated on it, so
//! that an edit of these asks nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::memo::{Form, Memo, Parted};
use super::relations::{Given, MOST_TOGETHER, Member, add};
use super::{Budget, Closes, Ground, Tally, bound};
use crate::cedar::parse::Parsed;
use crate::prove::Question;

/// Of how many policies with such restrictions it is asked: the first in the order of their digests.
const MOST_GUARDED: usize = 64;

/// How many permits are each taken by themselves.
const MOST_PARTNERS: usize = 4;

/// What is known of the restrictions of a bundle's policies.
#[derive(Debug, Default)]
pub(super) struct Guards {
    /// By the policy: the policy with one restriction in force, by its digest.
    guarded: BTreeMap<Form, BTreeMap<Form, Parsed>>,
    found: BTreeMap<(Form, Form), Closing>,
    /// The kinds of request in which policies came or went.
    touched: BTreeSet<u32>,
    /// Policies with restrictions that are asked about now and were not before, or no longer.
    all: bool,
}

/// What closing a restriction changes, and what it took to see that.
#[derive(Debug)]
struct Closing {
    closes: Closes,
    tally: Tally,
}

/// The policies of a kind of request.
#[derive(Default)]
struct Beside {
    permits: Vec<Form>,
    forbids: Vec<Form>,
}

impl Guards {
    /// Whether the restriction in force would change a decision.
    pub(super) fn closes(&self, policy: &Form, closed: &Form) -> Closes {
        let found = self.found.get(&(*policy, *closed));
        found.map_or(Closes::Unknown, |found| found.closes)
    }

    /// What was asked for what is known now.
    pub(super) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.found.values().for_each(|of| tally.add(of.tally));
        tally
    }

    /// A policy that is not yet a member.
    pub(super) fn come(&mut self, given: &Given<'_>, environments: &[u32]) {
        self.touched.extend(environments);
        if given.link.is_some() || given.alone.guarded.is_empty() {
            return;
        }
        let guarded = given.alone.guarded.iter();
        let closed = guarded.map(|of| (of.form(), of.closed.clone())).collect();
        self.guarded.insert(given.form, closed);
        self.all |= self.guarded.len() > MOST_GUARDED;
    }

    /// A policy that is no longer a member.
    pub(super) fn gone(&mut self, form: &Form, environments: &[u32]) {
        self.touched.extend(environments);
        if self.guarded.remove(form).is_some() {
            self.all |= self.guarded.len() >= MOST_GUARDED;
        }
    }

    /// Finds anew what may be another now.
    pub(super) fn update(
        &mut self,
        members: &BTreeMap<Form, Member>,
        memo: &mut Memo,
        ground: &Ground,
    ) {
        let touched = std::mem::take(&mut self.touched);
        let all = std::mem::take(&mut self.all);
        let guarded = &self.guarded;
        self.found.retain(|(policy, closed), _| {
            guarded
                .get(policy)
                .is_some_and(|of| of.contains_key(closed))
        });
        let mut beside: BTreeMap<u32, Beside> = BTreeMap::new();
        for (number, (form, closed)) in guarded.iter().enumerate() {
            let Some(member) = members.get(form) else {
                continue;
            };
            if !all && !member.environments.iter().any(|of| touched.contains(of)) {
                continue;
            }
            for (closed_form, closed) in closed {
                let closing = if number < MOST_GUARDED {
                    let mut asking = Asking {
                        members,
                        memo,
                        ground,
                        own: (form, member),
                        closed: (closed_form, closed),
                        tally: Tally::default(),
                    };
                    let closes = asking.closes(&mut beside);
                    Closing {
                        closes,
                        tally: asking.tally,
                    }
                } else {
                    let undecided = Tally {
                        undecided: 1,
                        ..Tally::default()
                    };
                    Closing {
                        closes: Closes::Unknown,
                        tally: undecided,
                    }
                };
                self.found.insert((*form, *closed_form), closing);
            }
        }
    }
}

impl Beside {
    fn of(number: u32, members: &BTreeMap<Form, Member>) -> Self {
        let mut beside = Self::default();
        for (form, member) in members {
            if member.environments.binary_search(&number).is_ok() {
                match member.policy().is_permit() {
                    true => beside.permits.push(*form),
                    false => beside.forbids.push(*form),
                }
            }
        }
        beside
    }
}

struct Asking<'a> {
    members: &'a BTreeMap<Form, Member>,
    memo: &'a mut Memo,
    ground: &'a Ground,
    own: (&'a Form, &'a Member),
    closed: (&'a Form, &'a Parsed),
    tally: Tally,
}

impl<'a> Asking<'a> {
    fn closes(&mut self, beside: &mut BTreeMap<u32, Beside>) -> Closes {
        let (_, member) = self.own;
        let mut decided = !member.environments.is_empty();
        let mut budget = Budget::new();
        for number in &member.environments {
            if budget.is_spent() {
                self.tally.undecided += 1;
                return Closes::Unknown;
            }
            let members = self.members;
            let beside = beside
                .entry(*number)
                .or_insert_with(|| Beside::of(*number, members));
            let before = self.tally.steps;
            match self.changes(*number, beside) {
                Some(true) => return Closes::Something,
                Some(false) => {}
                None => decided = false,
            }
            budget.spend(self.tally.steps - before);
        }
        match decided {
            true => Closes::Nothing,
            false => Closes::Unknown,
        }
    }

    /// Whether it changes a decision of one kind of request.
    fn changes(&mut self, number: u32, beside: &Beside) -> Option<bool> {
        let (own, member) = self.own;
        let is_other = |of: &&Form| *of != own;
        if member.policy().is_permit() {
            // Other permits may allow what this one no longer does.
            let others: Vec<Form> = (beside.permits.iter().chain(&beside.forbids))
                .filter(is_other)
                .copied()
                .collect();
            return self.changes_beside(number, &[], &others);
        }
        let forbids: Vec<Form> = beside.forbids.iter().filter(is_other).copied().collect();
        // Each policy has an order of its own, so that the edit of a permit reaches few.
        let distance = |of: &Form| -> (u64, Form) {
            let both = of.iter().zip(own).take(8);
            (
                both.fold(0, |bits, (one, other)| (bits << 8) | u64::from(one ^ other)),
                *of,
            )
        };
        let mut permits = beside.permits.clone();
        let few = permits.len().min(MOST_PARTNERS);
        if few < permits.len() {
            permits.select_nth_unstable_by_key(few, distance);
        }
        let (some, rest) = permits.split_at_mut(few);
        some.sort_by_key(distance);
        let (some, rest) = (&*some, &*rest);
        let mut decided = true;
        for permit in some {
            match self.changes_beside(number, &[*permit], &forbids) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => decided = false,
            }
        }
        if !rest.is_empty() {
            match self.changes_with(number, rest, &forbids) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => decided = false,
            }
        }
        decided.then_some(false)
    }

    /// Whether it changes a decision among these policies: `with` are permits, and `others` deny or allow what closing
    /// it would take.
    fn changes_beside(&mut self, number: u32, with: &[Form], others: &[Form]) -> Option<bool> {
        let (own, member) = self.own;
        let (closed, parsed) = self.closed;
        let mut key = vec![*own, *closed];
        key.extend(with);
        let with_members = self.members_of(with)?;
        let (parted, tally) = self.memo.part(number, &key, self.ground, |prover| {
            let mut base = add(prover, &with_members, number);
            let mut head = base.clone();
            base.push(prover.add(&member.bound, true));
            head.push(prover.add(&bound(parsed), true));
            (base, head)
        });
        self.tally.add(tally);
        let sample = match parted {
            Parted::Nowhere => return Some(false),
            Parted::Unknown => return None,
            Parted::At(sample) => sample,
        };
        let is_covered = others.iter().any(|other| {
            let of = self.members.get(other);
            of.is_some_and(|of| {
                !of.is_template() && self.memo.applies_at(other, &of.bound, &sample)
            })
        });
        if !is_covered {
            return Some(true);
        }
        self.changes_with(number, with, others)
    }

    /// The same, of all requests that these policies decide.
    fn changes_with(&mut self, number: u32, with: &[Form], others: &[Form]) -> Option<bool> {
        let (own, member) = self.own;
        let (closed, parsed) = self.closed;
        let mut key = vec![*own, *closed];
        key.extend(with.iter().chain(others));
        let all: Vec<Form> = with.iter().chain(others).copied().collect();
        if key.len() > 2 * MOST_TOGETHER {
            self.tally.undecided += 1;
            return None;
        }
        let beside = self.members_of(&all)?;
        let ground = self.ground;
        let answered = self.memo.answer((5, number), &key, |answered| {
            let mut prover = ground.prover(number)?;
            let mut base = add(&mut prover, &beside, number);
            let mut head = base.clone();
            base.push(prover.add(&member.bound, true));
            head.push(prover.add(&bound(parsed), true));
            let question = Question::AllowedOnlyBy(&base, &head);
            let nothing = answered.tally.rules_out(&mut prover, question)?;
            Some(!nothing)
        });
        self.tally.add(answered.tally);
        answered.holds
    }

    /// `None` where one of them stands for links that are not here.
    fn members_of(&self, forms: &[Form]) -> Option<Vec<&'a Member>> {
        let members = self.members;
        let of = forms.iter().filter_map(|of| members.get(of));
        of.map(|of| (!of.is_template()).then_some(of)).collect()
    }
}
