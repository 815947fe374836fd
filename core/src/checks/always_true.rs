//! Conditions that hold for every request.

use super::{Check, PolicyContext, Run};
use crate::analysis::edit::{remove_clause, remove_operand};
use crate::analysis::logic::{clash, is_connective, truth};
use crate::facts::{ClauseKind, Expr, ExprKind, UnaryOp};
use crate::finding::{Finding, Fix, Severity};
use crate::rules::{Profile, Rule};
use crate::source::Span;
use crate::workspace::proofs::Alone;

static RULE: Rule = Rule {
    code: "always-true",
    severity: Severity::High,
    summary: "a condition is always true",
    why: "a condition that always holds looks like a restriction and is none",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3", "NIST SP 800-53r5 AC-6"],
    page: include_str!("always_true.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    // Of no request everything holds, and that it never applies is a finding of its own.
    let never = |alone: &Alone| alone.never_applies() || alone.environments.is_empty();
    if cx.alone.is_some_and(never) {
        return;
    }
    let before = out.len();
    seen(cx, out);
    let found: Vec<Span> = out.iter().skip(before).map(|finding| finding.span).collect();
    let idle = cx.alone.map_or(&[][..], |alone| &alone.idle);
    for at in idle {
        if !found.iter().any(|of| of.contains(*at) || at.contains(*of)) {
            out.extend(proved(cx, *at));
        }
    }
}

/// What a proof found: this holds in every request that the scope admits, or, in an `unless`, in none.
fn proved(cx: &PolicyContext<'_>, at: Span) -> Option<Finding> {
    let clause = cx.policy.clauses.iter().find(|clause| clause.span.contains(at))?;
    let is_whole = clause.body.span == at;
    let text = cx.policy.at(at);
    let message = match (is_whole, clause.kind) {
        (true, kind) => format!("`{} {{ {text} }}` restricts nothing", kind.as_str()),
        (false, _) => format!("`{text}` is always true"),
    };
    let finding = Finding::new(
        &RULE,
        at,
        message,
        "remove it, or write the restriction that was meant",
    );
    Some(match remove_clause(cx.policy, clause.span) {
        Some(edit) if is_whole => finding.fix(Fix::suggestion("remove the clause", vec![edit])),
        _ => finding,
    })
}

/// What is plain to see.
fn seen(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    for clause in &cx.policy.clauses {
        let vacuous = clause.kind == ClauseKind::When;
        if truth(&clause.body) == Some(vacuous) {
            let found = Finding::new(
                &RULE,
                clause.body.span,
                format!(
                    "`{} {{ {} }}` restricts nothing",
                    clause.kind.as_str(),
                    cx.policy.at(clause.body.outer)
                ),
                "remove the clause, or write the restriction that was meant",
            );
            // A forbid for everything that its scope names is what its author wrote.
            let found = match !cx.policy.is_permit() && is_plain(&clause.body) {
                true => found.severity(Severity::Low),
                false => found,
            };
            out.push(match remove_clause(cx.policy, clause.span) {
                Some(edit) if is_plain(&clause.body) => {
                    found.fix(Fix::safe("remove the clause", vec![edit]))
                }
                _ => found.fix_operand(cx, &clause.body),
            });
        } else {
            // An `unless` that always holds is left to `contradiction`: the policy never applies.
            visit(cx, &clause.body, clause.kind == ClauseKind::Unless, out);
        }
    }
}

/// Looks for the outermost conditions that are always true and no literal.
fn visit(cx: &PolicyContext<'_>, expr: &Expr, skip: bool, out: &mut Vec<Finding>) {
    let always = match &expr.kind {
        ExprKind::Or(_) => truth(expr) == Some(true) || clash(expr, false).is_some(),
        ExprKind::Binary(..) => truth(expr) == Some(true),
        ExprKind::Unary(UnaryOp::Not, inner) => {
            matches!(inner.kind, ExprKind::And(_)) && clash(inner, true).is_some()
        }
        _ => false,
    };
    if always && !skip {
        let found = Finding::new(
            &RULE,
            expr.span,
            format!("`{}` is always true", cx.policy.at(expr.span)),
            match expr.kind {
                ExprKind::Or(_) => {
                    "remove the operand that makes it so; `a != 1 || a != 2` was probably meant with `&&`"
                }
                ExprKind::Unary(..) => "correct one of the operands, which exclude each other",
                _ => "compare with something that the request decides, or remove the comparison",
            },
        );
        out.push(found.fix_operand(cx, expr));
        return;
    }
    if is_connective(expr) {
        for child in expr.children() {
            visit(cx, child, false, out);
        }
    }
}

/// Whether nothing but constants is lost with the condition.
fn is_plain(expr: &Expr) -> bool {
    !expr.any(&mut |e| matches!(e.kind, ExprKind::Var(_)))
}

trait FixOperand {
    fn fix_operand(self, cx: &PolicyContext<'_>, expr: &Expr) -> Self;
}

impl FixOperand for Finding {
    /// Takes the constant operand of `||` away, so that the others count again.
    fn fix_operand(self, cx: &PolicyContext<'_>, expr: &Expr) -> Self {
        let ExprKind::Or(items) = &expr.kind else {
            return self;
        };
        let mut constant = items.iter().filter(|item| truth(item) == Some(true));
        match (constant.next(), constant.next()) {
            (Some(item), None) => match remove_operand(cx.policy, item) {
                Some(edit) => self.fix(Fix::suggestion(
                    format!("remove `{}`", cx.policy.at(item.span)),
                    vec![edit],
                )),
                None => self,
            },
            _ => self,
        }
    }
}
