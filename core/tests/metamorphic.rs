//! Laws of comparisons that need no other tool: what makes no difference to Cedar makes none to a proof, and more of one
//! effect never changes decisions the wrong way.

#![expect(clippy::unwrap_used, reason = "tests")]

use portcullis_core::Workspace;
use portcullis_core::change::{Options, Relation};
use proptest::prelude::*;

const SCHEMA: &str = r#"
entity Team;
entity User in [Team] { level: Long, nick?: String, boss?: User, tags: Set<String> } tags String;
entity Bot in [Team] { level: Long, nick?: String, boss?: User, tags: Set<String> } tags String;
entity Folder in [Folder] { size: Long, owner: User, state: String, readers: Set<User>, at: datetime };
entity Doc in [Folder] { size: Long, owner: User, state: String, readers: Set<User>, at: datetime };
entity Phase enum ["draft", "done"];
action reading;
action view in [reading] appliesTo {
    principal: [User, Bot], resource: [Doc, Folder],
    context: { n: Long, ip: ipaddr, rate: decimal, for?: duration, who?: { name: String, phase: Phase } }
};
action edit appliesTo {
    principal: User, resource: Doc,
    context: { n: Long, ip: ipaddr, rate: decimal, for?: duration, who?: { name: String, phase: Phase } }
};
"#;

/// Conditions that type-check in every kind of request; some can fail to evaluate.
const ATOMS: &[&str] = &[
    "context.n > 3",
    "context.n == resource.size",
    "principal.level + context.n > resource.size",
    "principal.level * 3 < 10",
    "-context.n < 5",
    "resource.owner == principal",
    "resource.owner in Team::\"staff\"",
    "principal in Team::\"staff\"",
    "principal in [Team::\"staff\", Team::\"guests\"]",
    "resource in Folder::\"root\"",
    "resource is Doc",
    "principal is User in Team::\"staff\"",
    "action in Action::\"reading\"",
    "resource.state == \"open\"",
    "resource.state like \"op*\"",
    "resource.state like \"*en\"",
    "principal has nick && principal.nick == \"a\"",
    "principal has boss && principal.boss == resource.owner",
    "principal has boss && principal.boss.level > 2",
    "principal.tags.contains(\"x\")",
    "principal.tags.containsAll([\"x\", \"y\"])",
    "principal.tags.containsAny([\"y\", \"z\"])",
    "principal.tags.isEmpty()",
    "principal.tags == [\"x\"]",
    "resource.readers.contains(resource.owner)",
    "principal.hasTag(\"team\") && principal.getTag(\"team\") == \"red\"",
    "context.ip.isInRange(ip(\"10.0.0.0/8\"))",
    "context.ip.isLoopback()",
    "context.rate.lessThan(decimal(\"1.5\"))",
    "resource.at < datetime(\"2026-01-01\")",
    "resource.at.offset(duration(\"1d\")) > datetime(\"2026-01-01\")",
    "context has for && context.for > duration(\"1h\")",
    "context has who && context.who.name like \"a*\"",
    "context has who && context.who.phase == Phase::\"draft\"",
    "(if context.n > 0 then resource.size else principal.level) > 7",
];
const WHO: &[&str] = &[
    "principal",
    "principal is User",
    "principal == User::\"ann\"",
    "principal in Team::\"staff\"",
];
const WHAT: &[&str] = &[
    "action",
    "action == Action::\"view\"",
    "action in Action::\"reading\"",
    "action in [Action::\"view\", Action::\"edit\"]",
];
const ON: &[&str] = &[
    "resource",
    "resource is Doc",
    "resource == Doc::\"plan\"",
    "resource in Folder::\"root\"",
];

#[derive(Debug, Clone)]
enum Condition {
    Atom(usize),
    Not(Box<Condition>),
    Both(Box<Condition>, Box<Condition>),
    Either(Box<Condition>, Box<Condition>),
    If(Box<Condition>, Box<Condition>, Box<Condition>),
}

#[derive(Debug, Clone)]
struct Policy {
    forbids: bool,
    scope: (usize, usize, usize),
    when: Vec<Condition>,
    unless: Vec<Condition>,
}

/// How policies are written. None of it makes a difference to Cedar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    /// Blanks, comments and parentheses.
    Layout,
    /// Other ids and annotations.
    Names,
    /// The last policy first.
    Order,
    /// `when { a } when { b }` for `when { a && b }`, and likewise for `unless`.
    Clauses,
    /// `!!a` for `a`.
    Negations,
    /// `!(!a || !b)` for `a && b`, and the other way round.
    Dual,
}

const STYLES: [Style; 6] = [
    Style::Layout,
    Style::Names,
    Style::Order,
    Style::Clauses,
    Style::Negations,
    Style::Dual,
];

impl Condition {
    fn text(&self, style: Style) -> String {
        let of = |of: &Self| of.text(style);
        let text = match self {
            Self::Atom(number) => (*ATOMS.get(number % ATOMS.len()).unwrap()).to_owned(),
            Self::Not(inner) => format!("!({})", of(inner)),
            Self::Both(a, b) if style == Style::Dual => {
                format!("!(!({}) || !({}))", of(a), of(b))
            }
            Self::Either(a, b) if style == Style::Dual => {
                format!("!(!({}) && !({}))", of(a), of(b))
            }
            Self::Both(a, b) => format!("({}) && ({})", of(a), of(b)),
            Self::Either(a, b) => format!("({}) || ({})", of(a), of(b)),
            Self::If(a, b, c) => format!("if {} then {} else ({})", of(a), of(b), of(c)),
        };
        match style {
            Style::Layout => format!("// said\n  (\t({text}\n) )"),
            Style::Negations => format!("!(!({text}))"),
            _ => text,
        }
    }
}

impl Policy {
    fn text(&self, number: usize, style: Style) -> String {
        let (who, what, on) = self.scope;
        let pick = |list: &[&str], at: usize| (*list.get(at % list.len()).unwrap()).to_owned();
        let effect = if self.forbids { "forbid" } else { "permit" };
        let name = match style {
            Style::Names => format!("@id(\"other-{number}\")\n@owner(\"docs\")"),
            _ => format!("@id(\"policy-{number}\")"),
        };
        let clauses = |word: &str, all: &[Condition], operator: &str| {
            let all: Vec<String> = all
                .iter()
                .map(|of| format!("({})", of.text(style)))
                .collect();
            match style {
                _ if all.is_empty() => String::new(),
                Style::Clauses => (all.iter())
                    .map(|of| format!("\n{word} {{ {of} }}"))
                    .collect(),
                _ => format!("\n{word} {{ {} }}", all.join(operator)),
            }
        };
        format!(
            "{name}\n{effect} ({}, {}, {}){}{};\n",
            pick(WHO, who),
            pick(WHAT, what),
            pick(ON, on),
            clauses("when", &self.when, " && "),
            clauses("unless", &self.unless, " || "),
        )
    }
}

fn bundle(policies: &[Policy], style: Style) -> Workspace {
    let mut texts: Vec<String> = (policies.iter().enumerate())
        .map(|(number, policy)| policy.text(number, style))
        .collect();
    if style == Style::Order {
        texts.reverse();
    }
    let mut workspace = Workspace::new();
    workspace
        .set_file("s.cedarschema", SCHEMA.as_bytes())
        .unwrap();
    workspace
        .set_file("p.cedar", texts.concat().as_bytes())
        .unwrap();
    workspace
}

/// The relation in each kind of request.
fn relations(base: &mut Workspace, head: &mut Workspace) -> Vec<Relation> {
    let change = head.compare(base, &Options::default());
    assert_eq!(change.summary.unconfirmed, 0);
    assert_eq!(change.environments.len(), 5);
    for of in &change.environments {
        assert_ne!(of.relation, Relation::Unknown, "{:?}", of.why);
    }
    change.environments.iter().map(|of| of.relation).collect()
}

fn condition() -> impl Strategy<Value = Condition> {
    let atom = (0..ATOMS.len()).prop_map(Condition::Atom);
    atom.prop_recursive(2, 6, 3, |inner| {
        let inner = inner.prop_map(Box::new);
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            inner.clone().prop_map(Condition::Not),
            two.clone().prop_map(|(a, b)| Condition::Both(a, b)),
            two.prop_map(|(a, b)| Condition::Either(a, b)),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| Condition::If(a, b, c)),
        ]
    })
}

fn policy() -> impl Strategy<Value = Policy> {
    let scope = (0..WHO.len(), 0..WHAT.len(), 0..ON.len());
    let clauses = || proptest::collection::vec(condition(), 0..3);
    // Mostly permits: what only forbids denies everything.
    (proptest::bool::weighted(0.3), scope, clauses(), clauses()).prop_map(
        |(forbids, scope, when, unless)| Policy {
            forbids,
            scope,
            when,
            unless,
        },
    )
}

fn policies() -> impl Strategy<Value = Vec<Policy>> {
    proptest::collection::vec(policy(), 1..4)
}

fn plain(policies: &[Policy]) -> Workspace {
    bundle(policies, Style::Plain)
}

#[test]
fn every_condition_type_checks_in_every_kind_of_request() {
    for number in 0..ATOMS.len() {
        let policy = Policy {
            forbids: false,
            scope: (0, 0, 0),
            when: vec![Condition::Atom(number)],
            unless: Vec::new(),
        };
        let change = plain(&[policy]).compare(&mut plain(&[]), &Options::default());
        let unknown = change.why;
        assert_eq!(unknown, Vec::<String>::new(), "{:?}", ATOMS.get(number));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_makes_no_difference_makes_none_to_a_proof(policies in policies()) {
        for style in STYLES {
            let found = relations(&mut plain(&policies), &mut bundle(&policies, style));
            prop_assert!(found.iter().all(|of| *of == Relation::Equivalent), "{:?}: {:?}", style, found);
        }
    }

    #[test]
    fn relations_do_not_depend_on_how_policies_are_written(
        base in policies(), head in policies(), one in 0..STYLES.len(), other in 0..STYLES.len(),
    ) {
        let expected = relations(&mut plain(&base), &mut plain(&head));
        let (one, other) = (*STYLES.get(one).unwrap(), *STYLES.get(other).unwrap());
        prop_assert_eq!(&relations(&mut bundle(&base, one), &mut bundle(&head, other)), &expected);
        // The other way round, wider is narrower.
        let mirrored: Vec<Relation> = (expected.into_iter())
            .map(|of| match of {
                Relation::Wider => Relation::Narrower,
                Relation::Narrower => Relation::Wider,
                same => same,
            })
            .collect();
        prop_assert_eq!(relations(&mut plain(&head), &mut plain(&base)), mirrored);
    }

    #[test]
    fn a_forbid_more_never_allows_more_and_a_permit_never_less(base in policies(), more in policy()) {
        for (forbids, other) in [(true, Relation::Narrower), (false, Relation::Wider)] {
            let mut head = base.clone();
            head.push(Policy { forbids, ..more.clone() });
            let found = relations(&mut plain(&base), &mut plain(&head));
            prop_assert!(
                found.iter().all(|of| *of == Relation::Equivalent || *of == other),
                "{:?}", found
            );
        }
    }
}
