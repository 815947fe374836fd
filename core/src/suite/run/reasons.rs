//! Why a case did not come out as expected, in a few sentences.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Policies;
use super::answer::{Decided, Naming};
use crate::authorize::Authorizer;
use crate::cedar::evaluate::{
    Atom, Compiled, Entities, Evaluation, Mark, Prepared, TreeClause, Truth, Verdict,
};
use crate::facts::{
    ActionConstraint, ClauseKind, Effect, EntityConstraint, EntityOrSlot, Expr, Policy, Spanned,
    Var, attribute_path,
};
use crate::suite::model::{Decision, ExpectedErrors};
use crate::suite::outcome::Answer;

/// More sentences than this are not read.
const MOST: usize = 6;
/// Longer texts and values are cut.
const LONGEST: usize = 72;

/// A case that did not come out as expected.
pub(super) struct Failure<'a> {
    pub(super) decided: &'a Decided<'a>,
    pub(super) got: &'a Answer,
    pub(super) policies: &'a Policies<'a>,
    pub(super) authorizer: &'a Authorizer,
    pub(super) request: &'a Prepared,
    pub(super) entities: &'a Entities,
    pub(super) naming: &'a Naming<'a>,
}

impl Failure<'_> {
    /// The sentences, the most telling first.
    pub(super) fn reasons(&self) -> Vec<String> {
        let mut out = Vec::new();
        let expected = self.decided.case.expected.decision.value;
        match (expected, self.got.decision) {
            (Decision::Allow, Decision::Deny) => self.denied(&mut out),
            (Decision::Deny, Decision::Allow) => self.allowed(&mut out),
            _ => {}
        }
        if expected == self.got.decision && !self.decided.determining_as_expected(self.naming) {
            self.determining(&mut out);
        }
        if !self.decided.errors_as_expected(self.naming) {
            out.push(self.errors_expected());
            self.failed(&mut out);
        }
        if !self.decided.obligations_as_expected(self.got)
            && let Some(expected) = &self.decided.case.expected.obligations
        {
            let got = self.got.obligations.as_deref().unwrap_or_default();
            out.push(format!(
                "the obligations are {}, expected {}",
                list(got.iter().map(AsRef::as_ref)),
                list(expected.value.iter().map(|o| o.value.as_ref()))
            ));
        }
        out.truncate(MOST);
        out
    }

    /// Allow was expected.
    fn denied(&self, out: &mut Vec<String>) {
        let evaluation = Evaluation::new(self.request, self.entities);
        let forbids = &self.decided.outcome.determining;
        for number in forbids.iter().take(2) {
            out.push(self.applies(*number, &evaluation));
        }
        if forbids.len() > 2 {
            out.push(format!("{} more forbid it", forbids.len() - 2));
        }
        let permitted = self.verdicts().any(|(number, verdict)| {
            *verdict == Verdict::Applies && self.effect(number) == Some(Effect::Permit)
        });
        if !permitted {
            let nearest = self.nearest(Effect::Permit, &evaluation);
            let permits = |policy: &Arc<Compiled>| policy.policy().is_permit();
            if !self.authorizer.policies().iter().any(permits) {
                out.push("the bundle has no permit".to_owned());
            }
            out.extend(nearest);
        }
        self.failed(out);
    }

    /// Deny was expected.
    fn allowed(&self, out: &mut Vec<String>) {
        let evaluation = Evaluation::new(self.request, self.entities);
        let permits = &self.decided.outcome.determining;
        for number in permits.iter().take(3) {
            out.push(self.applies(*number, &evaluation));
        }
        if permits.len() > 3 {
            out.push(format!("{} more permit it", permits.len() - 3));
        }
        out.extend(
            self.nearest(Effect::Forbid, &evaluation)
                .into_iter()
                .take(1),
        );
        self.failed(out);
    }

    fn determining(&self, out: &mut Vec<String>) {
        let Some(expected) = &self.decided.case.expected.determining else {
            return;
        };
        let unknown = expected
            .value
            .iter()
            .filter(|name| self.naming.number(&name.value).is_none());
        out.extend(unknown.map(|name| format!("the bundle has no policy `{}`", name.value)));
        let got = self.got.determining.as_deref().unwrap_or_default();
        out.push(format!(
            "determined by {}, expected {}",
            list(got.iter().map(AsRef::as_ref)),
            list(expected.value.iter().map(|name| name.value.as_ref()))
        ));
        let evaluation = Evaluation::new(self.request, self.entities);
        for name in &expected.value {
            if let Some(number) = self.naming.number(&name.value)
                && !self.decided.outcome.determining.contains(&number)
                && let Some(policy) = self.authorizer.policy(number)
                && evaluation.verdict(policy) == Verdict::DoesNot
            {
                out.push(self.does_not(number, policy, &evaluation));
            }
        }
    }

    fn errors_expected(&self) -> String {
        let expected = self.decided.case.expected.errors.as_ref();
        let expected = match expected.map(|errors| &errors.value) {
            None => String::new(),
            Some(ExpectedErrors::Count(count)) => count.to_string(),
            Some(ExpectedErrors::Policies(names)) => {
                list(names.iter().map(|name| name.value.as_ref()))
            }
        };
        let got = self.got.errors.as_deref().unwrap_or_default();
        format!(
            "{} failed to evaluate, expected {expected}",
            list(got.iter().map(|(name, _)| name.as_ref()))
        )
    }

    fn failed(&self, out: &mut Vec<String>) {
        for (number, why) in self.decided.failed().take(2) {
            let sentence = format!(
                "`{}` fails to evaluate: {}",
                self.name(number),
                why.trim_end_matches('.')
            );
            if !out.contains(&sentence) {
                out.push(sentence);
            }
        }
    }

    /// That a policy applies, and why.
    fn applies(&self, number: u32, evaluation: &Evaluation<'_>) -> String {
        let Some(policy) = self.authorizer.policy(number) else {
            return String::new();
        };
        let verb = match policy.policy().effect.value {
            Effect::Permit => "permits",
            Effect::Forbid => "forbids",
        };
        let name = self.name(number);
        let mut marks = Vec::new();
        evaluation.trace(policy, &mut marks);
        let mut holds = Vec::new();
        for clause in &policy.tree().clauses {
            for (atom, mark) in atoms(clause, &marks) {
                if mark.decisive && mark.truth.is_some() {
                    holds.push(state(policy, atom, mark, evaluation));
                }
            }
        }
        if holds.is_empty() {
            return format!(
                "`{name}` {verb} it: its scope admits the request and nothing else is asked"
            );
        }
        let more = holds.len().saturating_sub(3);
        holds.truncate(3);
        let mut text = format!("`{name}` {verb} it: {}", holds.join(", "));
        if more > 0 {
            text.push_str(&format!(", and {more} more"));
        }
        text
    }

    /// The policies of an effect that are nearest to applying, and what keeps them from it: at most two
    /// that are equally near.
    fn nearest(&self, effect: Effect, evaluation: &Evaluation<'_>) -> Vec<String> {
        let mut best: Vec<(usize, u32)> = Vec::new();
        let mut consider = |score: usize, number: u32| match best.first().map(|(best, _)| *best) {
            Some(other) if other > score => {}
            Some(other) if other == score => best.push((score, number)),
            _ => best = vec![(score, number)],
        };
        let in_scope = self
            .verdicts()
            .filter(|(number, verdict)| {
                **verdict == Verdict::DoesNot && self.effect(*number) == Some(effect)
            })
            .map(|(number, _)| number);
        let mut any = false;
        for number in in_scope {
            if let Some(policy) = self.authorizer.policy(number) {
                let mut marks = Vec::new();
                evaluation.trace(policy, &mut marks);
                consider(
                    marks.iter().filter(|mark| mark.truth.is_some()).count(),
                    number,
                );
                any = true;
            }
        }
        // A policy that failed is named as such; one out of scope would lead away from it.
        if !any
            && !self
                .verdicts()
                .any(|(number, _)| self.effect(number) == Some(effect))
        {
            for (number, policy) in (0_u32..).zip(self.authorizer.policies()) {
                if policy.policy().effect.value == effect {
                    let scope = policy.scope();
                    // What an author most likely had in mind is the action.
                    let score = 2 * usize::from(self.request.action.admitted(&scope.action))
                        + usize::from(self.request.principal.satisfies(scope.principal))
                        + usize::from(self.request.resource.satisfies(scope.resource));
                    consider(score, number);
                }
            }
        }
        let most = if any { 2 } else { 1 };
        best.into_iter()
            .take(most)
            .filter_map(|(_, number)| {
                let policy = self.authorizer.policy(number)?;
                Some(self.does_not(number, policy, evaluation))
            })
            .collect()
    }

    /// That a policy does not apply, and the first thing that keeps it from it.
    fn does_not(&self, number: u32, policy: &Compiled, evaluation: &Evaluation<'_>) -> String {
        let name = self.name(number);
        let verb = match policy.policy().effect.value {
            Effect::Permit => "permit",
            Effect::Forbid => "forbid",
        };
        let needs = self
            .scope_needs(number, policy)
            .or_else(|| clause_needs(policy, evaluation))
            .unwrap_or_else(|| "its condition is false".to_owned());
        format!("`{name}` does not {verb} it: {needs}")
    }

    /// The first part of the scope that is not met.
    fn scope_needs(&self, number: u32, policy: &Compiled) -> Option<String> {
        let case = self.decided.case;
        let (scope, facts) = (policy.scope(), policy.policy());
        let (var, wanted, entity) = if !self.request.action.admitted(&scope.action) {
            ("action", action_text(facts), &case.action)
        } else if !self.request.principal.satisfies(scope.principal) {
            let link = self.slot(number, Var::Principal);
            (
                "principal",
                scope_text(facts, &facts.principal, link),
                &case.principal,
            )
        } else if !self.request.resource.satisfies(scope.resource) {
            let link = self.slot(number, Var::Resource);
            (
                "resource",
                scope_text(facts, &facts.resource, link),
                &case.resource,
            )
        } else {
            return None;
        };
        Some(format!(
            "it needs `{}`, the {var} is `{entity}`",
            cut(&wanted)
        ))
    }

    fn slot(&self, number: u32, var: Var) -> Option<String> {
        let link = self.policies.members.get(number as usize)?.link?;
        let value = match var {
            Var::Principal => &link.principal,
            _ => &link.resource,
        };
        value.as_ref().map(|(uid, _)| uid.to_string())
    }

    fn verdicts(&self) -> impl Iterator<Item = (u32, &Verdict)> {
        let verdicts = &self.decided.evaluated.verdicts;
        self.decided.candidates.iter().copied().zip(verdicts)
    }

    fn effect(&self, number: u32) -> Option<Effect> {
        Some(self.authorizer.policy(number)?.policy().effect.value)
    }

    fn name(&self, number: u32) -> Arc<str> {
        self.policies
            .members
            .get(number as usize)
            .map_or_else(|| "".into(), |member| Arc::clone(&member.name.short))
    }
}

/// The first clause that keeps a policy from applying: the condition in it that decides, and its values.
fn clause_needs(policy: &Compiled, evaluation: &Evaluation<'_>) -> Option<String> {
    let mut marks = Vec::new();
    evaluation.trace(policy, &mut marks);
    let clause = policy.tree().clauses.iter().find(|clause| {
        let keeps = match clause.kind {
            ClauseKind::When => Truth::False,
            ClauseKind::Unless => Truth::True,
        };
        marks.get(clause.mark).and_then(|mark| mark.truth) == Some(keeps)
    })?;
    let seen = || atoms(clause, &marks).filter(|(_, mark)| mark.truth.is_some());
    let (atom, mark) = seen()
        .find(|(_, mark)| mark.decisive)
        .or_else(|| seen().last())?;
    let text = cut(policy.policy().at(atom.span));
    let values = values(policy, atom, evaluation);
    let is_false = mark.truth == Some(Truth::False);
    let values = if values.is_empty() {
        format!("it is {}", if is_false { "false" } else { "true" })
    } else {
        values
    };
    Some(if is_false {
        format!("`{}` needs `{text}`, {values}", clause.kind.as_str())
    } else {
        format!(
            "`{}` needs `{text}` to be false, {values}",
            clause.kind.as_str()
        )
    })
}

fn atoms<'a>(clause: &'a TreeClause, marks: &'a [Mark]) -> impl Iterator<Item = (&'a Atom, Mark)> {
    let marks = marks.get(clause.mark + 1..).unwrap_or_default();
    clause.atoms.iter().zip(marks.iter().copied())
}

/// An atomic condition with what it came to.
fn state(policy: &Compiled, atom: &Atom, mark: Mark, evaluation: &Evaluation<'_>) -> String {
    let text = cut(policy.policy().at(atom.span));
    let is = if mark.truth == Some(Truth::False) {
        "is false"
    } else {
        "is true"
    };
    let values = values(policy, atom, evaluation);
    if values.is_empty() {
        format!("`{text}` {is}")
    } else {
        format!("`{text}` {is} ({values})")
    }
}

/// The values of the paths in an atomic condition: `context.amount` is `700`. Empty where the condition
/// is a path itself: then its truth says it all.
fn values(policy: &Compiled, atom: &Atom, evaluation: &Evaluation<'_>) -> String {
    let Some(expr) = find(policy.policy(), atom) else {
        return String::new();
    };
    if attribute_path(expr).is_some() {
        return String::new();
    }
    let mut paths = Vec::new();
    collect(expr, &mut paths);
    let mut said = BTreeSet::new();
    let mut out = Vec::new();
    for (var, path) in paths {
        let written = std::iter::once(var.as_str())
            .chain(path.iter().copied())
            .collect::<Vec<_>>()
            .join(".");
        // The context as a whole is long, and the case shows it.
        if !said.insert(written.clone()) || (var == Var::Context && path.is_empty()) {
            continue;
        }
        if let Ok(value) = evaluation.path(var, &path) {
            out.push(format!("`{written}` is `{}`", cut(&value)));
        }
        if out.len() == 2 {
            break;
        }
    }
    out.join(", ")
}

/// The longest paths below an expression, in the order written.
fn collect<'e>(expr: &'e Expr, paths: &mut Vec<(Var, Vec<&'e str>)>) {
    match attribute_path(expr) {
        Some(path) => paths.push(path),
        None => {
            for child in expr.children() {
                collect(child, paths);
            }
        }
    }
}

fn find<'p>(policy: &'p Policy, atom: &Atom) -> Option<&'p Expr> {
    let mut found = None;
    policy.walk(|_, expr| {
        if found.is_none() && expr.span == atom.span {
            found = Some(expr);
        }
    });
    found
}

fn scope_text(
    policy: &Policy,
    constraint: &Spanned<EntityConstraint>,
    slot: Option<String>,
) -> String {
    let text = policy.at(constraint.span);
    match (constraint.value.entity_or_slot(), slot) {
        (Some(EntityOrSlot::Slot(span)), Some(value)) => text.replace(policy.at(*span), &value),
        _ => text.to_owned(),
    }
}

fn action_text(policy: &Policy) -> String {
    match &policy.action.value {
        ActionConstraint::Any => "action".to_owned(),
        _ => policy.at(policy.action.span).to_owned(),
    }
}

/// A text on one line and not too long.
fn cut(text: &str) -> String {
    let line = if text.contains(['\n', '\r']) {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        text.to_owned()
    };
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// Names between backticks, or `nothing`.
fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    if names.is_empty() {
        return "nothing".to_owned();
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
