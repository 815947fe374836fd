//! Whether forbids deny every request of a kind.

use std::collections::BTreeMap;

use crate::analysis::conditions::demands;
use crate::analysis::logic::key;
use crate::facts::{BinaryOp, Expr, ExprKind, Policy, UnaryOp, attribute_path};
use crate::prove::Question;

use super::super::memo::Form;
use super::super::{Ground, Tally, bound};
use super::{Everything, MOST_TOGETHER, Member, Relations, add};

impl Relations {
    /// Finds anew whether forbids deny every request of a kind.
    pub(super) fn all_denied(&mut self, number: u32, ground: &Ground) {
        let found = self.denying_all(number, ground).unwrap_or_default();
        if found.by.is_empty() && found.tally == Tally::default() {
            self.denied.remove(&number);
        } else {
            self.denied.insert(number, found);
        }
    }

    fn denying_all(&mut self, number: u32, ground: &Ground) -> Option<Everything> {
        let of = self.environments.get(&number)?;
        if of.forbidding.is_empty() {
            return None;
        }
        // Of a kind without any request, nothing is said.
        self.memo.any(number, ground).0?;
        let members = &self.members;
        let mut forbids: Vec<(Form, &Member)> = (of.forbids.iter())
            .filter_map(|form| Some((*form, members.get(form)?)))
            .filter(|(_, member)| !member.never && !member.is_template())
            .collect();
        // Where one asks for nothing, the others need not be looked at.
        if let Some(one) = forbids
            .iter()
            .position(|(_, member)| member.policy().clauses.is_empty())
        {
            forbids = vec![forbids.swap_remove(one)];
        } else if Demands::leave_something(forbids.iter().map(|(_, member)| &member.demands)) {
            return None;
        }
        let mut found = Everything::default();
        if forbids.len() > 2 * MOST_TOGETHER {
            found.tally.undecided += 1;
            return Some(found);
        }
        let (memo, tally) = (&mut self.memo, &mut found.tally);
        let mut is_all = |forbids: &[(Form, &Member)]| {
            let forms: Vec<Form> = forbids.iter().map(|(form, _)| *form).collect();
            let answered = memo.answer((4, number), &forms, |answered| {
                let mut prover = ground.prover(number)?;
                let anything = prover.add(&bound(ground.anything.as_ref()?), true);
                let forbids: Vec<&Member> = forbids.iter().map(|(_, member)| *member).collect();
                let forbids = add(&mut prover, &forbids, number);
                let question = Question::AppliesBeyond(anything, &forbids);
                answered.tally.rules_out(&mut prover, question)
            });
            tally.add(answered.tally);
            answered.holds == Some(true)
        };
        if is_all(&forbids) {
            let all = forbids.len();
            for at in (0..all).rev().filter(|_| all > 1) {
                let mut fewer = forbids.clone();
                fewer.remove(at);
                if is_all(&fewer) {
                    forbids = fewer;
                }
            }
            found.by = forbids.into_iter().map(|(form, _)| form).collect();
        }
        Some(found)
    }
}

/// The tests of single attributes without which a forbid does not apply: what is read, and what it must be.
#[derive(Debug, Default)]
pub(super) struct Demands(Vec<(String, String)>);

impl Demands {
    pub(super) fn of(policy: &Policy) -> Self {
        let of = |(test, outcome): (&Expr, bool)| {
            let read = attribute(test)?;
            let not = if outcome { "" } else { "!" };
            Some((key(read), format!("{not}{}", key(test))))
        };
        Self(demands(policy).into_iter().filter_map(of).collect())
    }

    /// Whether each of these forbids demands something of an attribute of which the others demand nothing else. A request
    /// that has something else there is denied by none of them. That is so for most attributes and not for all, so it only
    /// says where it is not worth asking.
    pub(super) fn leave_something<'d>(forbids: impl Iterator<Item = &'d Self> + Clone) -> bool {
        let mut demanded: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for (read, test) in forbids.clone().flat_map(|of| &of.0) {
            demanded
                .entry(read)
                .and_modify(|known| *known = known.filter(|known| known == test))
                .or_insert(Some(test));
        }
        let is_alone =
            |(read, _): &(String, String)| demanded.get(read.as_str()).is_some_and(Option::is_some);
        let mut forbids = forbids;
        forbids.all(|of| of.0.iter().any(is_alone))
    }
}

/// The attribute that a test reads, where it is a truth value or is compared with a literal.
fn attribute(test: &Expr) -> Option<&Expr> {
    let path = |expr: &Expr| attribute_path(expr).is_some_and(|(_, path)| !path.is_empty());
    match &test.kind {
        ExprKind::Unary(UnaryOp::Not, inner) => attribute(inner),
        ExprKind::Attr(..) => path(test).then_some(test),
        ExprKind::Binary(BinaryOp::Eq | BinaryOp::NotEq, left, right) => {
            // Of entities there may be no other, so those are asked about.
            let is_literal = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(_));
            match (path(left), path(right)) {
                (true, false) => is_literal(right).then_some(left),
                (false, true) => is_literal(left).then_some(right),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::cedar::parse::parse;

    fn leave_something(conditions: &[&str]) -> bool {
        let demands: Vec<Demands> = (conditions.iter())
            .map(|of| {
                let text = format!("forbid (principal, action, resource) {of};");
                Demands::of(&parse(&text.into()).unwrap().policy)
            })
            .collect();
        Demands::leave_something(demands.iter())
    }

    #[test]
    fn forbids_on_different_attributes_leave_something() {
        for (conditions, expected) in [
            (&["unless { context.mfa }"][..], true),
            (
                &[
                    "unless { context.mfa }",
                    "when { resource.locked && context.risk > 3 }",
                ],
                true,
            ),
            (&["unless { context.mfa }", "unless { context.mfa }"], true),
            (&["unless { context.mfa }", "when { context.mfa }"], false),
            (
                &[
                    "when { resource.a == \"x\" }",
                    "when { resource.a != \"x\" }",
                ],
                false,
            ),
            (&["when { context.risk > 3 }"], false),
            (&["unless { context.mfa }", ""], false),
        ] {
            assert_eq!(leave_something(conditions), expected, "{conditions:?}");
        }
    }
}
