//! What people decided: which approvals count, which do not and why, and what was tampered with.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::{AGAIN, Flaw, good_for, judge, judge_dismissal, judge_template, may_dismiss};
use super::{Input, Refusal};
use crate::govern::canonical::Digest;
use crate::govern::directory::Person;
use crate::govern::envelope::Statement;
use crate::govern::record::{Approval, Decision, Dismissal};
use crate::source::Span;
use crate::tier::Requirement;

/// All decisions of a record.
pub(super) struct Decisions<'a> {
    /// Those that count, in the order of the record.
    pub counted: Vec<Counted<'a>>,
    /// What was tampered with, and vetoes.
    pub refusals: Vec<Refusal>,
    /// Those that do not count.
    pub discounted: Vec<Refusal>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// An approval that counts.
pub(super) struct Counted<'a> {
    number: usize,
    pub span: Span,
    pub approval: &'a Approval,
    person: &'a Person,
    /// For which requirements.
    fills: BTreeSet<&'a Requirement>,
}

impl Counted<'_> {
    /// Where it is in the record.
    pub(super) fn at(&self) -> String {
        place(self.number)
    }
}

fn place(number: usize) -> String {
    format!("approvals[{number}]")
}

/// People who count as one: whoever decides on behalf of another is not a second person beside them.
pub(super) struct Groups<'a> {
    /// The group of each person.
    of: BTreeMap<&'a str, usize>,
    /// Who is in each.
    pub names: Vec<String>,
}

impl<'a> Decisions<'a> {
    pub(super) fn of(input: &Input<'a>) -> Self {
        let mut out = Self {
            counted: Vec::new(),
            refusals: Vec::new(),
            discounted: Vec::new(),
            notes: Vec::new(),
        };
        let record = input.record;
        let dismissals = out.dismissals(input);
        if let Some(template) = &record.template {
            match judge_template(input, template) {
                Ok(()) => out.notes.push(format!(
                    "`{}` approved the template `{}`, which fills no slot",
                    template.person, template.name
                )),
                Err(flaw) => {
                    let span = input.places.record;
                    out.refusals.push(flaw.at("template".to_owned(), span));
                }
            }
        }
        let now = so(input);
        let mut seen: BTreeMap<Digest, usize> = BTreeMap::new();
        let mut vetoes: Vec<(usize, Span, &Approval)> = Vec::new();
        for (number, approval) in record.approvals.iter().enumerate() {
            let span = span(&input.places.approvals, number, input.places.record);
            let digest = approval.envelope.digest();
            let judged = match seen.insert(digest, number) {
                Some(first) => Err(Flaw::tampered(
                    "approval.duplicate",
                    format!("it is the same as {}", place(first)),
                    "delete one of the two",
                )),
                None => judge(input, approval, &now),
            };
            let dismissed = || {
                dismissals
                    .get(&digest)
                    .is_some_and(|all| all.iter().any(|d| may_dismiss(input, d, approval)))
            };
            match judged {
                Err(flaw) if flaw.refuses => out.refusals.push(flaw.at(place(number), span)),
                _ if dismissed() => out.discounted.push(
                    Flaw::void(
                        "approval.dismissed",
                        "it was dismissed",
                        match approval.decision {
                            Decision::Approve => AGAIN,
                            Decision::Reject => "nothing more is to be done about it",
                        },
                    )
                    .at(place(number), span),
                ),
                _ if approval.decision == Decision::Reject => vetoes.push((number, span, approval)),
                Err(flaw) => out.discounted.push(flaw.at(place(number), span)),
                Ok((person, statement)) => {
                    out.count(input, (number, span, approval), person, &statement);
                }
            }
        }
        for (number, span, veto) in vetoes {
            let overruled = out.counted.iter().any(|counted| {
                counted.approval.person == veto.person && counted.approval.time > veto.time
            });
            if !overruled {
                out.refusals.push(Refusal {
                    id: "gate.vetoed",
                    at: place(number),
                    span,
                    message: format!("`{}` rejected the change", veto.person),
                    help: "settle it with them: they, or somebody of the role `iam`, can dismiss the decision, and who has not approved yet can approve later".to_owned(),
                });
            }
        }
        out
    }

    /// Adds an approval that was verified, for the requirements that it is good for.
    fn count(
        &mut self,
        input: &Input<'a>,
        (number, span, approval): (usize, Span, &'a Approval),
        person: &'a Person,
        statement: &Statement,
    ) {
        let twice = self.counted.iter().find(|other| {
            other.approval.person == approval.person && other.approval.slot == approval.slot
        });
        if let Some(first) = twice {
            let message = format!(
                "`{}` fills this slot already with {}",
                approval.person,
                first.at()
            );
            let flaw = Flaw::tampered(
                "approval.duplicate",
                message,
                "delete one of the two; one person counts once, whatever key they sign with",
            );
            self.refusals.push(flaw.at(place(number), span));
            return;
        }
        let mut fills = BTreeSet::new();
        let mut why = None;
        for requirement in &input.verdict.controls.requirements {
            if requirement.slot != approval.slot {
                continue;
            }
            match good_for(input, approval, person, requirement) {
                Ok(()) => {
                    fills.insert(requirement);
                }
                Err(flaw) => why = why.or(Some(flaw)),
            }
        }
        if fills.is_empty() {
            let flaw = why.unwrap_or_else(|| {
                Flaw::void(
                    "approval.slot",
                    format!("nothing is required for the slot `{}`", approval.slot),
                    "approve for a slot that the record's requirements name",
                )
            });
            let list = match flaw.refuses {
                true => &mut self.refusals,
                false => &mut self.discounted,
            };
            list.push(flaw.at(place(number), span));
            return;
        }
        self.tell(input, number, approval, statement);
        self.counted.push(Counted {
            number,
            span,
            approval,
            person,
            fills,
        });
    }

    /// What has changed since the approval without changing what the policies say.
    fn tell(
        &mut self,
        input: &Input<'_>,
        number: usize,
        approval: &Approval,
        statement: &Statement,
    ) {
        let at = |key: &str| {
            statement
                .circumstances
                .get(key)
                .and_then(|value| value.as_str())
        };
        let now = [
            (
                "headSource",
                input.head.source,
                "comments or layout of the head",
            ),
            ("tests", input.head.tests, "the policy tests"),
        ];
        // Where the policies themselves are others, that is said, and not that their comments are.
        let same = input.record.head.semantic == input.head.semantic;
        for (key, digest, what) in now {
            if (same || key != "headSource")
                && at(key).is_some_and(|then| then != digest.to_string())
            {
                self.notes.push(format!(
                    "{what} changed since `{}` decided in {}",
                    approval.person,
                    place(number)
                ));
            }
        }
    }

    /// Dismissals that were verified, by the decision that they are of.
    fn dismissals(&mut self, input: &Input<'a>) -> BTreeMap<Digest, Vec<&'a Dismissal>> {
        let mut out: BTreeMap<Digest, Vec<&Dismissal>> = BTreeMap::new();
        for (number, dismissal) in input.record.dismissals.iter().enumerate() {
            let known = input
                .record
                .approvals
                .iter()
                .any(|approval| approval.envelope.digest() == dismissal.dismisses);
            let judged = match known {
                true => judge_dismissal(input, dismissal),
                false => Err(Flaw::tampered(
                    "dismissal.unknown",
                    "it dismisses a decision that the record does not have",
                    "put the decision back, or delete the dismissal",
                )),
            };
            match judged {
                Ok(()) => out.entry(dismissal.dismisses).or_default().push(dismissal),
                Err(flaw) => {
                    let span = span(&input.places.dismissals, number, input.places.record);
                    self.refusals
                        .push(flaw.at(format!("dismissals[{number}]"), span));
                }
            }
        }
        out
    }

    /// Who counts as one.
    pub(super) fn groups(&self) -> Groups<'a> {
        let mut groups: Vec<BTreeSet<&str>> = Vec::new();
        for counted in &self.counted {
            let mut group = BTreeSet::from([counted.approval.person.as_str()]);
            group.extend(counted.approval.on_behalf_of.as_deref());
            groups.retain(|other| {
                let joined = !other.is_disjoint(&group);
                if joined {
                    group.extend(other);
                }
                !joined
            });
            groups.push(group);
        }
        groups.sort();
        let of = groups
            .iter()
            .enumerate()
            .flat_map(|(number, group)| group.iter().map(move |name| (*name, number)))
            .collect();
        let names = groups
            .iter()
            .map(|group| {
                let decided: Vec<&str> = group
                    .iter()
                    .filter(|name| self.counted.iter().any(|c| c.approval.person == **name))
                    .copied()
                    .collect();
                decided.join(", ")
            })
            .collect();
        Groups { of, names }
    }

    /// The groups that can fill a requirement.
    pub(super) fn filling(&self, requirement: &Requirement, groups: &Groups<'_>) -> Vec<usize> {
        let numbers: BTreeSet<usize> = self
            .counted
            .iter()
            .filter(|counted| counted.fills.contains(requirement))
            .filter_map(|counted| groups.of.get(counted.approval.person.as_str()).copied())
            .collect();
        numbers.into_iter().collect()
    }
}

impl std::fmt::Debug for Counted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Counted")
            .field("at", &self.at())
            .field("kind", &self.person.kind)
            .finish_non_exhaustive()
    }
}

/// The terms of the change as it is, whatever its record says of it: an approval of anything else is void.
fn so(input: &Input<'_>) -> serde_json::Value {
    let verdict = input.verdict;
    let mut terms = input.record.terms();
    if let Some(terms) = terms.as_object_mut() {
        let is = [
            ("base", input.base.semantic.to_string().into()),
            ("head", input.head.semantic.to_string().into()),
            ("tier", verdict.tier.as_str().into()),
            ("reasons", verdict.deciding().into()),
            ("requirements", verdict.controls.describe().into()),
        ];
        terms.extend(is.map(|(key, value)| (key.to_owned(), value)));
    }
    terms
}

fn span(spans: &[Span], number: usize, whole: Span) -> Span {
    spans.get(number).copied().unwrap_or(whole)
}
