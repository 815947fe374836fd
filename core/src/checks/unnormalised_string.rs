//! Comparisons that another spelling of the same host, mail address or scheme evades.

use super::{Check, PolicyContext, Run};
use crate::facts::{BinaryOp, Expr, ExprKind, Literal};
use crate::finding::{Finding, Severity};
use crate::analysis::logic::for_each_atom;
use crate::analysis::names::{has_word, last_name};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "unnormalised-string",
    severity: Severity::Medium,
    summary: "a host, mail address or scheme is compared letter by letter",
    why: "hosts, mail domains and schemes are the same in upper and lower case, but `==` and `like` are not",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3"],
    page: include_str!("unnormalised_string.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    for_each_atom(cx.policy, |atom, polarity| {
        let true_grants = polarity.grants(cx.policy.effect.value);
        // Where equality denies, another spelling of the same value is let in.
        let (of, literals, equality_grants) = match &atom.kind {
            ExprKind::Binary(op @ (BinaryOp::Eq | BinaryOp::NotEq), left, right) => {
                let grants = true_grants == (*op == BinaryOp::Eq);
                match (text(left), text(right)) {
                    (None, Some(literal)) => (left.as_ref(), vec![literal], grants),
                    (Some(literal), None) => (right.as_ref(), vec![literal], grants),
                    _ => return,
                }
            }
            ExprKind::Method(list, name, args) if name.value == "contains" => {
                match (&list.kind, args.as_slice()) {
                    (ExprKind::Set(items), [of]) => {
                        (of, items.iter().filter_map(text).collect(), true_grants)
                    }
                    _ => return,
                }
            }
            _ => return,
        };
        let Some(name) = last_name(of) else { return };
        let Some(literal) = literals.iter().find(|literal| is_caseless(name, literal)) else {
            return;
        };
        let upper = literals
            .iter()
            .find(|literal| literal.chars().any(char::is_uppercase));
        let message = match upper {
            Some(upper) if is_caseless(name, upper) => format!(
                "`{upper}` does not equal the same value in lower case, as `{}` may hold it",
                cx.policy.at(of.span)
            ),
            _ if !equality_grants => format!(
                "`{}` denies `{literal}` but not `{}`",
                cx.policy.at(atom.span),
                literal.to_uppercase()
            ),
            _ => return,
        };
        out.push(Finding::new(
            &RULE,
            atom.span,
            message,
            "let the caller put the value in lower case before it becomes part of the request, and write the literal in lower case; or permit the values that are good instead of denying the bad ones",
        ));
    });
}

fn text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(text),
        _ => None,
    }
}

/// Whether an attribute of this name with this value holds something whose case does not matter.
fn is_caseless(name: &str, value: &str) -> bool {
    let named = |list: &[&str]| has_word(name, list);
    if named(&["scheme", "protocol"]) {
        const SCHEMES: &[&str] = &["http", "https", "ftp", "ftps", "ws", "wss", "file", "ssh"];
        return SCHEMES.contains(&value.to_lowercase().as_str());
    }
    let dotted = value.split('.').count() > 1 && !value.contains(char::is_whitespace);
    (named(&["host", "hostname", "domain", "fqdn", "origin"]) && dotted)
        || (named(&["mail", "email", "upn"]) && dotted && value.contains('@'))
}
