//! Address ranges so wide that being in them proves little.

use super::{Check, PolicyContext, Run};
use std::net::IpAddr;

use crate::facts::{Expr, ExprKind, Literal};
use crate::finding::{Finding, Severity};
use crate::analysis::logic::for_each_atom;
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "broad-ip-range",
    severity: Severity::Medium,
    summary: "an address range is so wide that it restricts nothing",
    why: "an address in such a range says little or nothing about where a request comes from",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NIST SP 800-53r5 AC-3", "NIST SP 800-53r5 AC-6"],
    page: include_str!("broad_ip_range.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let options = &cx.config.options;
    for_each_atom(cx.policy, |atom, polarity| {
        let ExprKind::Method(_, name, args) = &atom.kind else {
            return;
        };
        if name.value != "isInRange" || !polarity.grants(cx.policy.effect.value) {
            return;
        }
        let Some((arg, text)) = args.first().and_then(|arg| Some((arg, ip_text(arg)?))) else {
            return;
        };
        let Some((address, prefix)) = range(text) else {
            return;
        };
        let least = match address {
            IpAddr::V4(_) => options.min_ipv4_prefix,
            IpAddr::V6(_) => options.min_ipv6_prefix,
        };
        if prefix < least && (prefix == 0 || !is_set_aside(address)) {
            out.push(Finding::new(
                &RULE,
                arg.span,
                if prefix == 0 {
                    format!("`{text}` is every address")
                } else {
                    format!("`{text}` is wider than /{least}")
                },
                "name the networks that are meant, each with its own prefix",
            ));
        }
    });
}

fn ip_text(expr: &Expr) -> Option<&str> {
    let ExprKind::Call(name, args) = &expr.kind else {
        return None;
    };
    match (name.value.as_str(), args.as_slice()) {
        ("ip", [arg]) => match &arg.kind {
            ExprKind::Literal(Literal::String(text)) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn range(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = text.split_once('/')?;
    Some((address.parse().ok()?, prefix.parse().ok()?))
}

/// Ranges that registries set aside as a whole: link-local, unique local and multicast addresses.
fn is_set_aside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_multicast() || v4.is_loopback(),
        IpAddr::V6(v6) => {
            v6.is_multicast() || v6.is_unique_local() || v6.is_unicast_link_local()
        }
    }
}
