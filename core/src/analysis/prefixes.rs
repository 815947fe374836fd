//! `like` patterns that begin with a fixed text, and what else they match: a text that goes on as an attacker likes.

use crate::analysis::beside::{is_within, may_meet, of_scope};
use crate::analysis::conditions::mentions;
use crate::analysis::logic::for_each_atom;
use crate::analysis::suppose::{Demanded, applies, is_presence_of};
use crate::checks::{Member, SetContext};
use crate::facts::{BinaryOp, Expr, ExprKind, Literal, PatternElement, Policy, Spanned, Var};

/// A test that a text begins with something, which lets requests through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prefix<'a> {
    /// The text that is tested.
    pub(crate) of: &'a Expr,
    /// The pattern: a fixed beginning, then a wildcard.
    pub(crate) pattern: &'a Spanned<Vec<PatternElement>>,
}

impl Prefix<'_> {
    /// What stands before the first wildcard.
    pub(crate) fn begin(&self) -> String {
        fixed(self.pattern.value.iter())
    }

    /// What stands behind the last wildcard.
    fn end(&self) -> String {
        let reversed = fixed(self.pattern.value.iter().rev());
        reversed.chars().rev().collect()
    }

    /// What the pattern matches when its first wildcard stands for `insert`, and the others for nothing.
    fn with(&self, insert: &str) -> String {
        let mut first = Some(insert);
        let mut text = String::new();
        for element in &self.pattern.value {
            match element {
                PatternElement::Char(c) => text.push(*c),
                PatternElement::Wildcard => text.push_str(first.take().unwrap_or_default()),
            }
        }
        text
    }
}

fn fixed<'a>(elements: impl Iterator<Item = &'a PatternElement>) -> String {
    elements
        .map_while(|element| match element {
            PatternElement::Char(c) => Some(*c),
            PatternElement::Wildcard => None,
        })
        .collect()
}

/// The prefixes that a policy tests, where passing the test lets a request through.
pub(crate) fn prefixes(policy: &Policy) -> Vec<Prefix<'_>> {
    let mut found = Vec::new();
    for_each_atom(policy, |atom, polarity| {
        if let ExprKind::Like(of, pattern) = &atom.kind
            && polarity.grants(policy.effect.value)
            && matches!(pattern.value.first(), Some(PatternElement::Char(_)))
            && pattern.value.contains(&PatternElement::Wildcard)
        {
            found.push(Prefix { of, pattern });
        }
    });
    found
}

/// The first of the texts that `prefix` matches with one of `inserts` in its wildcard, and that nothing else in the bundle
/// keeps out: not the rest of the policy, not a forbid, and of a forbid's prefix not all permits.
pub(crate) fn slips_through(
    cx: &SetContext<'_>,
    member: &Member<'_>,
    prefix: &Prefix<'_>,
    inserts: &[&str],
) -> Option<String> {
    let policy = member.policy;
    // Other patterns on the same text may ask for an ending, as `*.txt`.
    let mut ends = vec![String::new()];
    for other in prefixes_and_suffixes(policy, prefix.of) {
        let end = other.end();
        if !end.is_empty() && !ends.contains(&end) {
            ends.push(end);
        }
    }
    let demanded = Demanded::of(policy);
    inserts.iter().find_map(|insert| {
        ends.iter()
            .map(|end| prefix.with(&format!("{insert}{end}")))
            .find(|text| is_open(cx, member, prefix.of, text, &demanded))
    })
}

fn prefixes_and_suffixes<'a>(policy: &'a Policy, of: &Expr) -> Vec<Prefix<'a>> {
    let mut found = Vec::new();
    for_each_atom(policy, |atom, polarity| {
        if let ExprKind::Like(other, pattern) = &atom.kind
            && polarity.grants(policy.effect.value)
            && other.same(of)
        {
            found.push(Prefix { of: other, pattern });
        }
    });
    found
}

fn is_open(
    cx: &SetContext<'_>,
    member: &Member<'_>,
    of: &Expr,
    text: &str,
    demanded: &Demanded<'_>,
) -> bool {
    let policy = member.policy;
    let is_permit = policy.is_permit();
    let mut is = |test: &Expr| being(test, of, text);
    // A permit that does not allow the text, or a forbid that denies it.
    if applies(policy, &mut is) == Some(!is_permit) {
        return false;
    }
    let others = || {
        cx.policies
            .iter()
            .filter(|with| !std::ptr::eq(with.policy, policy))
    };
    let is_denied = others().any(|with| {
        !with.policy.is_permit()
            && is_within(member, with)
            && applies(with.policy, &mut |test| {
                being(test, of, text)
                    .or_else(|| of_scope(test, member))
                    .or_else(|| demanded.outcome(test).filter(|_| is_permit))
            }) == Some(true)
    });
    if is_denied {
        return false;
    }
    let mut permits = others()
        .filter(|with| !is_permit && with.policy.is_permit() && may_meet(with, member))
        .peekable();
    permits.peek().is_none()
        || permits
            .any(|permit| applies(permit.policy, &mut |test| being(test, of, text)) != Some(false))
}

/// What a test comes to where the text at `of` is `text`.
fn being(test: &Expr, of: &Expr, text: &str) -> Option<bool> {
    match &test.kind {
        ExprKind::Like(base, pattern) if base.same(of) => Some(matches(&pattern.value, text)),
        ExprKind::Binary(op @ (BinaryOp::Eq | BinaryOp::NotEq), left, right) => {
            let other = match (left.same(of), right.same(of)) {
                (true, false) => literal(right),
                (false, true) => literal(left),
                _ => None,
            }?;
            Some((other == text) == (*op == BinaryOp::Eq))
        }
        ExprKind::Method(base, name, args) if name.value == "contains" => {
            let (ExprKind::Set(items), [arg]) = (&base.kind, args.as_slice()) else {
                return None;
            };
            let items: Option<Vec<&str>> = items.iter().map(literal).collect();
            items
                .filter(|_| arg.same(of))
                .map(|items| items.contains(&text))
        }
        ExprKind::Has(..) => is_presence_of(test, of).then_some(true),
        _ => None,
    }
}

fn literal(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(text),
        _ => None,
    }
}

/// Whether it is part of the context that the caller sends.
pub(crate) fn is_of_request(of: &Expr) -> bool {
    mentions(of, Var::Context)
}

/// Whether a pattern matches a text.
fn matches(pattern: &[PatternElement], text: &str) -> bool {
    // Whether the pattern up to each of its elements matches the text so far.
    let mut reached = vec![false; pattern.len() + 1];
    let wild = |reached: &mut [bool]| {
        let mut before = false;
        for (at, element) in reached
            .iter_mut()
            .zip([None].into_iter().chain(pattern.iter().map(Some)))
        {
            *at |= before && element == Some(&PatternElement::Wildcard);
            before = *at;
        }
    };
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    wild(&mut reached);
    for c in text.chars() {
        let mut next = vec![false];
        for (element, (here, there)) in pattern
            .iter()
            .zip(reached.iter().zip(reached.iter().skip(1)))
        {
            next.push(match element {
                PatternElement::Char(of) => *here && *of == c,
                PatternElement::Wildcard => *here || *there,
            });
        }
        reached = next;
        wild(&mut reached);
    }
    reached.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Vec<PatternElement> {
        let element = |c| match c {
            '*' => PatternElement::Wildcard,
            c => PatternElement::Char(c),
        };
        text.chars().map(element).collect()
    }

    #[test]
    fn patterns_match_as_cedar_says() {
        for (of, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a*", "a", true),
            ("a*", "ba", false),
            ("*..*", "/srv/../x", true),
            ("*/../*", "/srv/../x", true),
            ("*/../*", "/srv/..x/y", false),
            ("/srv/*.txt", "/srv/../x.txt", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXcYb", false),
            ("**a", "bba", true),
        ] {
            assert_eq!(matches(&pattern(of), text), expected, "{of} {text}");
        }
    }
}
