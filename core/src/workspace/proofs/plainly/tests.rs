#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::Plainly;
use crate::cedar::parse::{Parsed, parse};
use crate::prove::Question;
use crate::workspace::proofs::bound;
use crate::workspace::proofs::form::Shape;
use crate::workspace::proofs::independent::tests::{CONDITIONS, SCHEMA};
use crate::workspace::proofs::tests::ground;

/// Conditions of which several ask about one value.
const OF_VALUES: &[&str] = &[
    "context.hour > 3",
    "context.hour > 5",
    "5 <= context.hour",
    "context.hour < 9",
    "context.hour <= 5",
    "context.hour != 4",
    "context.hour == 4",
    "context.hour > -7",
    "!(context.hour > 5)",
    "principal.name like \"a*\"",
    "principal.name like \"a*b\"",
    "principal.name like \"*b*\"",
    "!(principal.name like \"*b\")",
    "!(principal.name like \"*x*\" || principal.name like \"*ab*\")",
    "principal.name == \"ab\"",
    "principal.name != \"a\"",
    "resource.labels.contains(\"x\")",
    "!resource.labels.contains(\"y\")",
    "resource.labels.containsAny([\"x\", \"y\"])",
    "resource.labels.containsAll([\"x\", \"y\"])",
    "!resource.labels.containsAll([\"x\", \"y\"])",
    "!resource.labels.isEmpty()",
    "resource.labels.isEmpty()",
    "!resource.colors.isEmpty()",
    "!resource.colors.contains(Color::\"red\")",
    "context.ip.isInRange(ip(\"10.0.0.0/8\"))",
    "context.ip.isInRange(ip(\"10.1.0.0/16\"))",
    "!context.ip.isInRange(ip(\"10.0.0.0/8\"))",
    "!context.ip.isInRange(ip(\"10.0.0.0/9\"))",
    "!context.ip.isInRange(ip(\"::/0\"))",
    "context.ip.isIpv6()",
    "!context.ip.isIpv6()",
    "context.ip.isLoopback()",
    "!context.ip.isMulticast()",
    "context.now < datetime(\"2026-01-01\")",
    "context.now < datetime(\"2026-06-01\")",
    "context.now >= datetime(\"2026-01-01T00:00:00.001Z\")",
    "resource.rate.lessThan(decimal(\"0.5\"))",
    "resource.rate.greaterThanOrEqual(decimal(\"0.4999\"))",
    "resource.rate.greaterThan(decimal(\"0.5\"))",
    "context.mfa",
    "!context.mfa",
    "context.mfa != false",
    "resource.open || context.hour > 5",
    "resource.labels.contains(\"x\") || principal.name like \"a*\"",
    "principal in Group::\"g\"",
    "resource.owner == principal",
];

/// The same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % count
    }

    fn pick<'p>(&mut self, of: &[&'p str]) -> &'p str {
        of.get(self.below(of.len())).unwrap()
    }
}

fn policy(random: &mut Random, conditions: &[&str]) -> Parsed {
    let principal = random.pick(&[
        "",
        "",
        "",
        " == User::\"a\"",
        " in Group::\"g\"",
        " is User in Org::\"o\"",
    ]);
    let resource = random.pick(&["", "", "", " == Doc::\"a\"", " in Group::\"g\""]);
    let mut text =
        format!("permit (principal{principal}, action == Action::\"view\", resource{resource})");
    for _ in 0..=random.below(3) {
        let kind = random.pick(&["when", "when", "unless"]);
        text.push_str(&format!(" {kind} {{ {} }}", random.pick(conditions)));
    }
    parse(&format!("{text};").into()).unwrap()
}

#[test]
fn what_is_plain_of_pairs_is_proved_of_them() {
    let ground = ground(SCHEMA);
    let number = (0..)
        .zip(&ground.environments)
        .find_map(|(number, of)| (of.action.id == "view").then_some(number))
        .unwrap();
    let kinds = [number];
    let of = |parsed: &Parsed| Plainly::new(&parsed.policy, &kinds, &ground);
    let mut random = Random(11);
    let (mut escaped, mut within, mut together) = (0, 0, 0);
    for round in 0..1_800 {
        let conditions = if round % 5 == 0 {
            CONDITIONS
        } else {
            OF_VALUES
        };
        let some: Vec<Parsed> = (0..3).map(|_| policy(&mut random, conditions)).collect();
        let is_valid =
            |of: &Parsed| crate::cedar::validate::accepts(&of.template, &ground.validator);
        let [one, other, third] = some.as_slice() else {
            continue;
        };
        if !some.iter().all(is_valid) {
            continue;
        }
        let plain = of(one);
        let escapes = |other: &Parsed| plain.escapes(&of(other), &other.policy, None, &kinds);
        let shape = |of: &Parsed| Shape::of(&of.policy, None, &kinds);
        let is_within = shape(other).may_imply(&shape(one)) && plain.is_within(&of(other));
        let both = escapes(other) && escapes(third);
        let text = format!(
            "{}\n{}\n{}",
            one.policy.text, other.policy.text, third.policy.text
        );
        let mut prover = ground.prover(number).unwrap();
        let numbers: Vec<usize> = some.iter().map(|of| prover.add(&bound(of), true)).collect();
        let [first, others @ ..] = numbers.as_slice() else {
            continue;
        };
        let mut ruled_out =
            |others: &[usize]| prover.rules_out(Question::AppliesBeyond(*first, others));
        if both {
            assert_eq!(ruled_out(others), Ok(false), "{text}");
            together += 1;
        } else if escapes(other) {
            assert_eq!(ruled_out(&others[..1]), Ok(false), "{text}");
            escaped += 1;
        }
        if is_within {
            assert_eq!(ruled_out(&others[..1]), Ok(true), "{text}");
            within += 1;
        }
    }
    assert!(
        escaped > 100 && within > 9 && together > 300,
        "{escaped} {within} {together}"
    );
}
