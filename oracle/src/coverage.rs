//! Which operators occur: so that a run can say what it has tried, and fail where it has missed one.

use std::collections::BTreeMap;

use crate::expr::{BUILTINS, Container, Expr, KINDS, METHODS, Op, Piece};
use crate::policy::{ActionScope, Policy, Scope};

/// How often each operator occurs.
pub type Counts = BTreeMap<String, usize>;

/// The names of all operators that a policy can have.
pub fn operators() -> Vec<String> {
    let fixed = [
        "permit",
        "forbid",
        "when",
        "unless",
        "principal ==",
        "principal is",
        "principal in",
        "principal is in",
        "action ==",
        "action in",
        "action in []",
        "resource ==",
        "resource is",
        "resource in",
        "resource is in",
        "literal Bool",
        "literal Long",
        "literal Long at an end",
        "literal String",
        "literal entity",
        "attribute of a literal entity",
        "attribute of an attribute",
        "principal",
        "action",
        "resource",
        "context",
        "!",
        "unary -",
        "&&",
        "||",
        "if",
        "+",
        "-",
        "*",
        "in entity",
        "in []",
        "in set",
        "is",
        "is in entity",
        "is in []",
        "is in set",
        "has",
        "has a.b",
        "like",
        "like with several wildcards",
        "like without wildcard",
        "set literal",
        "record literal",
        "ip()",
        "decimal()",
        "datetime()",
        "duration()",
    ];
    let mut all: Vec<String> = fixed.iter().map(|name| (*name).to_owned()).collect();
    for kind in KINDS {
        all.push(format!("== {kind}"));
        all.push(format!("!= {kind}"));
    }
    for op in ["<", "<=", ">", ">="] {
        for kind in ["Long", "datetime", "duration"] {
            all.push(format!("{op} {kind}"));
        }
    }
    all.extend(BUILTINS.iter().map(|name| (*name).to_owned()));
    all.extend(METHODS.iter().map(|method| method.name.to_owned()));
    all
}

/// The operators of one policy.
pub fn of(policy: &Policy) -> Counts {
    let mut counts = Counts::new();
    let mut count = |name: &str| *counts.entry(name.to_owned()).or_default() += 1;
    count(if policy.permits { "permit" } else { "forbid" });
    for (variable, scope) in [
        ("principal", &policy.principal),
        ("resource", &policy.resource),
    ] {
        match scope {
            Scope::Any => {}
            Scope::Is(_) => count(&format!("{variable} is")),
            Scope::Equal(_) => count(&format!("{variable} ==")),
            Scope::In(_) => count(&format!("{variable} in")),
            Scope::IsIn(..) => count(&format!("{variable} is in")),
        }
    }
    match &policy.action {
        ActionScope::Any => {}
        ActionScope::Equal(_) => count("action =="),
        ActionScope::In(_) => count("action in"),
        ActionScope::InSet(_) => count("action in []"),
    }
    for clause in &policy.clauses {
        count(if clause.when { "when" } else { "unless" });
        for node in clause.condition.nodes() {
            for name in names(node) {
                count(&name);
            }
        }
    }
    counts
}

fn names(node: &Expr) -> Vec<String> {
    let within = |container: &Container| match container {
        Container::Entity => "in entity",
        Container::Literal => "in []",
        Container::Attribute => "in set",
    };
    let one = |name: &str| vec![name.to_owned()];
    match &node.op {
        Op::Bool(_) => one("literal Bool"),
        Op::Long(i64::MAX | i64::MIN) => {
            vec![
                "literal Long".to_owned(),
                "literal Long at an end".to_owned(),
            ]
        }
        Op::Long(_) => one("literal Long"),
        Op::Text(_) => one("literal String"),
        Op::Entity(_) => one("literal entity"),
        Op::Var(name) => one(name),
        Op::Not => one("!"),
        Op::Negate => one("unary -"),
        Op::And => one("&&"),
        Op::Or => one("||"),
        Op::If => one("if"),
        Op::Equality(op, kind) | Op::Order(op, kind) => vec![format!("{op} {kind}")],
        Op::Arithmetic(op) => one(op),
        Op::In(container) => one(within(container)),
        Op::Is(_) => one("is"),
        Op::IsIn(_, container) => vec![format!("is {}", within(container))],
        Op::Has(path) => one(if path.len() > 1 { "has a.b" } else { "has" }),
        Op::Get(_) => match node.args.first().map(|owner| &owner.op) {
            Some(Op::Entity(_)) => one("attribute of a literal entity"),
            Some(Op::Get(_)) => one("attribute of an attribute"),
            _ => Vec::new(),
        },
        Op::Like(pattern) => {
            let wildcards = pattern.iter().filter(|piece| **piece == Piece::Any).count();
            one(match wildcards {
                0 => "like without wildcard",
                1 => "like",
                _ => "like with several wildcards",
            })
        }
        Op::Builtin(name) | Op::Method(name) => one(name),
        Op::Set => one("set literal"),
        Op::Record(_) => one("record literal"),
        Op::Make(name) => vec![format!("{name}()")],
    }
}
