//! The laws of tiers, over generated changes of small bundles.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use portcullis_core::tier::{Input, Tier, Tiered, tier};
use portcullis_core::{Instant, Workspace, render};
use proptest::prelude::*;

const SCHEMA: &str = r#"type Ctx = { @trust("attested") mfa: Bool, @trust("caller") reason: String };
@principal_kind("human") entity Team;
@principal_kind("human") entity User in [Team];
@principal_kind("agent") entity Agent;
@sensitivity("internal") entity Doc { owner: User, level: Long };
@sensitivity("confidential") entity Ledger { owner: User, level: Long };
@access("read") action view appliesTo { principal: [User, Agent], resource: [Doc, Ledger], context: Ctx };
@access("write") action edit appliesTo { principal: [User], resource: [Doc], context: Ctx };
"#;

/// What can be taken out of the schema so that less is known.
const CLASSES: &[&str] = &[
    "@principal_kind(\"agent\") ",
    "@sensitivity(\"internal\") ",
    "@sensitivity(\"confidential\") ",
    "@access(\"read\") ",
    "@access(\"write\") ",
    "@trust(\"attested\") ",
];

/// Parts of policies.
const WHO: &[&str] = &[
    "principal == User::\"alice\"",
    "principal in Team::\"dev\"",
    "principal is User",
    "principal == Agent::\"bot\"",
];
const WHAT: &[&str] = &[
    "action == Action::\"view\"",
    "action == Action::\"edit\"",
    "action in [Action::\"view\", Action::\"edit\"]",
];
const ON: &[&str] = &[
    "resource == Doc::\"d\"",
    "resource is Doc",
    "resource is Ledger",
];
const WHEN: &[&str] = &[
    "",
    " when { resource.owner == principal }",
    " when { context.mfa }",
    " when { context.reason == \"x\" }",
    " when { resource.level > 3 }",
];

#[derive(Debug, Clone, PartialEq, Eq)]
struct Policy {
    forbids: bool,
    parts: (usize, usize, usize, usize),
    annotation: &'static str,
}

impl Policy {
    fn text(&self, id: &str) -> String {
        let (who, what, on, when) = self.parts;
        let pick = |list: &[&str], at: usize| (*list.get(at).unwrap()).to_owned();
        let effect = if self.forbids { "forbid" } else { "permit" };
        format!(
            "@id(\"{id}\") @owner(\"docs\"){}\n{effect} ({}, {}, {}){};\n",
            self.annotation,
            pick(WHO, who),
            pick(WHAT, what),
            pick(ON, on),
            pick(WHEN, when)
        )
    }

    /// Agents cannot own, edit, or be in teams, so some parts do not go together.
    fn fits(&self) -> bool {
        let (who, what, on, when) = self.parts;
        let is_agent = who == 3;
        !(is_agent && (what == 1 || when == 1)) && !(on == 2 && what == 1)
    }
}

type Bundle = Vec<(String, Policy)>;

fn policy() -> impl Strategy<Value = Policy> {
    let parts = (0..WHO.len(), 0..WHAT.len(), 0..ON.len(), 0..WHEN.len());
    (prop::bool::weighted(0.2), parts)
        .prop_map(|(forbids, parts)| Policy {
            forbids,
            parts,
            annotation: "",
        })
        .prop_filter("parts must go together", Policy::fits)
}

fn bundle(most: usize) -> impl Strategy<Value = Bundle> {
    prop::collection::vec(policy(), 0..=most).prop_map(|policies| {
        let named = policies.into_iter().enumerate();
        named.map(|(n, policy)| (format!("p{n}"), policy)).collect()
    })
}

fn text(bundle: &Bundle) -> String {
    bundle.iter().map(|(id, policy)| policy.text(id)).collect()
}

fn workspace(schema: &str, policies: &str) -> Workspace {
    let mut workspace = Workspace::new();
    workspace
        .set_file("a.cedarschema", schema.as_bytes())
        .unwrap();
    workspace.set_file("p.cedar", policies.as_bytes()).unwrap();
    workspace
}

fn tiered(schema: &str, base: &str, head: &str, baseline: Option<&str>) -> Tiered {
    let mut baseline = baseline.map(|text| workspace(schema, text));
    tier(Input {
        base: Some(&mut workspace(schema, base)),
        head: &mut workspace(schema, head),
        baseline: baseline.as_mut(),
        record: None,
        directory: None,
        as_of: Instant::parse("2026-11-21").unwrap(),
    })
}

fn of(base: &Bundle, head: &Bundle) -> Tier {
    let tiered = tiered(SCHEMA, &text(base), &text(head), None);
    tiered.assessment.verdict.tier
}

/// Reasons without places, which depend on layout.
fn said(tiered: &Tiered) -> BTreeSet<String> {
    let reasons = &tiered.assessment.verdict.reasons;
    reasons
        .iter()
        .map(|of| {
            format!(
                "{} {} {:?} {}",
                of.id,
                of.floor.as_str(),
                of.subject,
                of.sentence
            )
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, ..ProptestConfig::default() })]

    /// L1: a further fact never lowers the tier.
    #[test]
    fn a_further_fact_never_lowers(base in bundle(2), head in bundle(2), fact in 0..4_usize) {
        let before = of(&base, &head);
        let facts = [
            " @breakglass",
            " @exception(\"x\")",
            " @drafted_by(\"model: m\")",
            " @jit",
        ];
        let mut more = head.clone();
        for (_, policy) in &mut more {
            policy.annotation = facts.get(fact).unwrap();
        }
        prop_assert!(of(&base, &more) >= before);
    }

    /// L2: a wider effect has at least the tier.
    #[test]
    fn a_wider_effect_has_at_least_the_tier(base in bundle(2), head in bundle(2), mut more in policy()) {
        more.forbids = false;
        let before = of(&base, &head);
        let mut wider = head.clone();
        wider.push(("more".to_owned(), more));
        prop_assert!(of(&base, &wider) >= before);
    }

    /// L3: from known to unknown never lowers.
    #[test]
    fn what_is_no_longer_known_never_lowers(base in bundle(2), head in bundle(2), class in 0..CLASSES.len()) {
        let less = SCHEMA.replace(CLASSES.get(class).unwrap(), "");
        let known = tiered(SCHEMA, &text(&base), &text(&head), None);
        let unknown = tiered(&less, &text(&base), &text(&head), None);
        prop_assert!(unknown.assessment.verdict.tier >= known.assessment.verdict.tier);
    }

    /// L4: proved equivalent with unchanged metadata is Auto. Layout, order, names and a permit that another one
    /// implies change nothing.
    #[test]
    fn what_is_proved_equivalent_is_auto(base in bundle(3), turn in 0..3_usize) {
        let mut head = base.clone();
        let at = turn.min(head.len());
        head.rotate_left(at);
        for (id, _) in &mut head {
            *id = format!("{id}-renamed");
        }
        if let Some((_, mut policy)) = base.iter().find(|(_, policy)| !policy.forbids).cloned() {
            if policy.parts.3 == 0 {
                policy.parts.3 = 2;
            }
            head.push(("implied".to_owned(), policy));
        }
        let head = text(&head).replace(", ", ",\n    ").replace("permit", "// a comment\npermit");
        let tiered = tiered(SCHEMA, &text(&base), &head, None);
        prop_assert_eq!(tiered.assessment.verdict.tier, Tier::Auto);
    }

    /// L5: no salami slicing. The last of small steps has at least the tier of their sum.
    #[test]
    fn small_steps_add_up(steps in prop::collection::vec(policy(), 2..4)) {
        let all: Bundle = steps.into_iter().enumerate().map(|(n, policy)| (format!("s{n}"), policy)).collect();
        let before: Bundle = all.iter().take(all.len() - 1).cloned().collect();
        let sum = of(&Vec::new(), &all);
        let last = tiered(SCHEMA, &text(&before), &text(&all), Some(""));
        prop_assert!(last.assessment.verdict.tier >= sum);
    }

    /// L6: order and formatting do not matter.
    #[test]
    fn order_and_formatting_do_not_matter(base in bundle(2), head in bundle(3)) {
        let mut other = head.clone();
        other.reverse();
        let other = text(&other).replace(", ", " ,\n\t");
        let one = tiered(SCHEMA, &text(&base), &text(&head), None);
        let two = tiered(SCHEMA, &text(&base), &other, None);
        prop_assert_eq!(said(&one), said(&two));
        prop_assert_eq!(&one.assessment.verdict.controls, &two.assessment.verdict.controls);
    }

    /// L7: the same bytes and the same time give the same bytes.
    #[test]
    fn the_same_bytes_give_the_same_bytes(base in bundle(2), head in bundle(3)) {
        let json = || render::tier_json(&tiered(SCHEMA, &text(&base), &text(&head), None));
        prop_assert_eq!(json(), json());
    }

    /// With the policies that the deciding reasons name as base has them, the verdict is another.
    #[test]
    fn without_its_facts_the_verdict_is_another(base in bundle(1), head in bundle(3)) {
        let before = tiered(SCHEMA, &text(&base), &text(&head), None);
        let verdict = &before.assessment.verdict;
        prop_assert!(verdict.reasons.iter().all(|reason| !reason.because.is_empty()));
        let named: BTreeSet<&str> = verdict
            .reasons
            .iter()
            .filter(|reason| reason.deciding)
            .filter_map(|reason| reason.subject.policy.as_deref())
            .collect();
        let is_named = |(id, _): &&(String, Policy)| named.contains(id.as_str());
        let rest: Bundle = head
            .iter()
            .filter(|policy| !is_named(policy))
            .chain(base.iter().filter(is_named))
            .cloned()
            .collect();
        prop_assume!(text(&rest) != text(&head) && !named.is_empty());
        let after = tiered(SCHEMA, &text(&base), &text(&rest), None);
        let deciding = |tiered: &Tiered| -> BTreeSet<String> {
            let reasons = tiered.assessment.verdict.reasons.iter();
            reasons.filter(|of| of.deciding).map(|of| format!("{} {:?}", of.id, of.subject)).collect()
        };
        prop_assert_ne!(deciding(&before), deciding(&after));
    }
}

#[test]
fn one_big_grant_in_small_steps_is_seen() {
    let step = |n: usize| -> String {
        (0..n)
            .map(|n| format!("@id(\"s{n}\") @owner(\"docs\")\npermit (principal == User::\"u{n}\", action == Action::\"view\", resource == Doc::\"d\");\n"))
            .collect()
    };
    let alone = tiered(SCHEMA, &step(5), &step(6), None);
    let wide = format!(
        "{}@id(\"w\") @owner(\"docs\")\npermit (principal is User, action, resource is Doc);\n",
        step(5)
    );
    let narrow_last = format!(
        "{wide}{}",
        "@id(\"l\") @owner(\"docs\")\npermit (principal == Agent::\"bot\", action == Action::\"view\", resource == Doc::\"d\") when { context.mfa };\n"
    );
    assert_eq!(alone.assessment.verdict.tier, Tier::Constrained);
    // The last step is small, and what came before it was never approved.
    let hidden = tiered(SCHEMA, &wide, &wide, None);
    assert_eq!(hidden.assessment.verdict.tier, Tier::Auto);
    let seen = tiered(SCHEMA, &wide, &narrow_last, Some(""));
    assert_eq!(seen.assessment.verdict.tier, Tier::Human);
    let ids = seen.assessment.verdict.deciding().join(" ");
    assert!(ids.contains("principal.any"), "{ids}");
}
