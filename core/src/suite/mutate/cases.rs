//! Cases that pass, ready to be decided with a mutant in the place of its policy.
//!
//! What a case comes to depends on which permits and forbids apply and which policies fail. That is kept for
//! every case, so that a mutant costs one evaluation of one policy in each case that it or its policy can
//! reach, and nothing in any other.

use super::Oracle;
use crate::authorize::Authorizer;
use crate::cedar::evaluate::{Compiled, Entities, Evaluation, Prepared, Symbols, Verdict};
use crate::cedar::links::Link;
use crate::cedar::parse::Parsed;
use crate::facts::Effect;
use crate::report::Range;
use crate::source::Span;

/// A case that can be run.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The request; its entities were given numbers by the symbols that mutants are compiled with.
    pub request: &'a Prepared,
    /// The entities that it is decided against.
    pub entities: &'a Entities,
}

/// A policy that takes part in decisions.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// The policy or template, by its number among the subjects of the mutation.
    pub subject: usize,
    /// The values of a template's slots.
    pub link: Option<&'a Link>,
}

/// What a case comes to, by the numbers of members in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Came {
    /// Whether the request is allowed.
    pub allowed: bool,
    /// The determining policies.
    pub determining: Vec<u32>,
    /// The policies that fail to evaluate.
    pub failing: Vec<u32>,
}

/// Cases that pass, with what they rest on.
pub struct Cases<'a, P, R> {
    members: &'a [Member<'a>],
    cases: Vec<Case<'a>>,
    /// By subject, the cases in which it applies or fails.
    reached: Vec<Vec<usize>>,
    /// What is known of the policy that was asked for last.
    matters: Matters,
    symbols: &'a mut Symbols,
    passes: P,
    range: R,
}

/// Whether it matters to a case what one policy comes to, as a permit and as a forbid; by the case's index.
#[derive(Default)]
struct Matters {
    policy: Option<u32>,
    known: Vec<[Option<bool>; 2]>,
}

impl<P, R> std::fmt::Debug for Cases<'_, P, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cases({})", self.cases.len())
    }
}

struct Case<'a> {
    /// Its number in the list that was given.
    number: usize,
    request: &'a Prepared,
    evaluation: Evaluation<'a>,
    /// The members that apply or fail, in order.
    part: Vec<(u32, Part)>,
}

/// The part that a policy has in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Permits,
    Forbids,
    Fails,
}

impl Part {
    fn of(policy: &Compiled, verdict: &Verdict) -> Option<Self> {
        match (verdict, policy.policy().effect.value) {
            (Verdict::Applies, Effect::Permit) => Some(Self::Permits),
            (Verdict::Applies, Effect::Forbid) => Some(Self::Forbids),
            (Verdict::Fails(_), _) => Some(Self::Fails),
            (Verdict::DoesNot, _) => None,
        }
    }
}

impl<'a, P, R> Cases<'a, P, R>
where
    P: Fn(usize, &Came) -> bool,
    R: Fn(usize, Span) -> Range,
{
    /// Evaluates every policy that can apply to a case once; cases that do not pass take no part. `members` are
    /// those of `authorizer`, in its order. `passes` says whether a case, by its number in `requests`, passes
    /// with what it comes to; `range` where a span of a subject's statement stands in its file.
    pub fn new(
        authorizer: &Authorizer,
        members: &'a [Member<'a>],
        requests: &[Request<'a>],
        symbols: &'a mut Symbols,
        passes: P,
        range: R,
    ) -> Self {
        let mut reached: Vec<Vec<usize>> = Vec::new();
        let mut candidates = Vec::new();
        let mut cases: Vec<Case<'a>> = Vec::with_capacity(requests.len());
        for (number, Request { request, entities }) in requests.iter().enumerate() {
            authorizer.candidates(request, &mut candidates);
            let evaluation = Evaluation::new(request, entities);
            let part: Vec<(u32, Part)> = candidates
                .iter()
                .filter_map(|number| {
                    let policy = authorizer.policy(*number)?;
                    Some((*number, Part::of(policy, &evaluation.verdict(policy))?))
                })
                .collect();
            if !passes(number, &came(&part)) {
                continue;
            }
            for subject in part
                .iter()
                .filter_map(|(number, _)| Some(members.get(*number as usize)?.subject))
            {
                if reached.len() <= subject {
                    reached.resize_with(subject + 1, Vec::new);
                }
                if let Some(of_subject) = reached.get_mut(subject)
                    && of_subject.last() != Some(&cases.len())
                {
                    of_subject.push(cases.len());
                }
            }
            cases.push(Case {
                number,
                request,
                evaluation,
                part,
            });
        }
        Self {
            members,
            cases,
            reached,
            matters: Matters::default(),
            symbols,
            passes,
            range,
        }
    }

    /// Whether the case would fail with the mutant's members in the place of their own.
    fn notices(&mut self, index: usize, own: &[u32], mutant: &[(u32, Compiled)]) -> bool {
        let Some(case) = self.cases.get(index) else {
            return false;
        };
        let request = case.request;
        if let [(number, policy)] = mutant
            && request.within(policy.scope())
            && !self.matters(index, *number, policy.policy().effect.value)
        {
            return false;
        }
        let Some(case) = self.cases.get(index) else {
            return false;
        };
        let mut part = case.part.clone();
        part.retain(|(number, _)| !own.contains(number));
        for (number, policy) in mutant {
            if request.within(policy.scope())
                && let Some(new) = Part::of(policy, &case.evaluation.verdict(policy))
            {
                part.push((*number, new));
            }
        }
        part.sort_unstable_by_key(|(number, _)| *number);
        part != case.part && !(self.passes)(case.number, &came(&part))
    }

    /// Whether the case could fail, whatever a policy with this number and effect came to. It spares the
    /// evaluation of every mutant of a permit where another permit applies or a forbid does.
    fn matters(&mut self, index: usize, number: u32, effect: Effect) -> bool {
        if self.matters.policy != Some(number) {
            self.matters.policy = Some(number);
            self.matters.known.clear();
            self.matters.known.resize(self.cases.len(), [None; 2]);
        }
        let Self {
            matters,
            cases,
            passes,
            ..
        } = self;
        let (Some(known), Some(case)) = (matters.known.get_mut(index), cases.get(index)) else {
            return true;
        };
        let [as_permit, as_forbid] = known;
        let (known, applies) = match effect {
            Effect::Permit => (as_permit, Part::Permits),
            Effect::Forbid => (as_forbid, Part::Forbids),
        };
        *known.get_or_insert_with(|| {
            [None, Some(applies), Some(Part::Fails)]
                .into_iter()
                .any(|new| {
                    let mut part = case.part.clone();
                    part.retain(|(other, _)| *other != number);
                    part.extend(new.map(|new| (number, new)));
                    part.sort_unstable_by_key(|(number, _)| *number);
                    part != case.part && !passes(case.number, &came(&part))
                })
        })
    }
}

impl<P, R> Oracle for Cases<'_, P, R>
where
    P: Fn(usize, &Came) -> bool,
    R: Fn(usize, Span) -> Range,
{
    fn range(&self, policy: usize, span: Span) -> Range {
        (self.range)(policy, span)
    }

    fn kills(&mut self, policy: usize, mutant: Option<&Parsed>) -> bool {
        let own: Vec<u32> = (0..)
            .zip(self.members)
            .filter(|(_, member)| member.subject == policy)
            .map(|(number, _)| number)
            .collect();
        let mut compiled = Vec::new();
        for number in &own {
            let member = self.members.get(*number as usize);
            if let (Some(parsed), Some(member)) = (mutant, member)
                && let Some(policy) = Compiled::new(parsed, member.link, self.symbols)
            {
                compiled.push((*number, policy));
            }
        }
        // First the cases that the policy has a part in: most mutants change one of them.
        let reached = self.reached.get(policy).cloned().unwrap_or_default();
        if reached
            .iter()
            .any(|index| self.notices(*index, &own, &compiled))
        {
            return true;
        }
        // In the others the mutant must come to have a part.
        !compiled.is_empty()
            && (0..self.cases.len())
                .filter(|index| reached.binary_search(index).is_err())
                .any(|index| self.notices(index, &own, &compiled))
    }
}

fn came(part: &[(u32, Part)]) -> Came {
    let all = |wanted: Part| -> Vec<u32> {
        part.iter()
            .filter(|(_, part)| *part == wanted)
            .map(|(number, _)| *number)
            .collect()
    };
    let forbids = all(Part::Forbids);
    let permits = all(Part::Permits);
    Came {
        allowed: forbids.is_empty() && !permits.is_empty(),
        determining: if forbids.is_empty() { permits } else { forbids },
        failing: all(Part::Fails),
    }
}
