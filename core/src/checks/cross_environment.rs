//! A principal of one environment reaches a more protected one.

use super::{Check, PolicyContext, Run};
use crate::facts::{BinaryOp, Clause, ClauseKind, EntityConstraint, Expr, ExprKind, Literal, Var, attribute_path, conjuncts};
use crate::finding::{Finding, Severity};
use crate::analysis::reach::Reach;
use crate::rules::{Profile, Rule};
use crate::schema::{PrincipalKind, Schema};
use crate::source::Span;
use crate::analysis::names::words;

static RULE: Rule = Rule {
    code: "cross-environment",
    severity: Severity::High,
    summary: "a principal of one environment reaches a more protected one",
    why: "what is easy to take over in development then opens production",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NHI8", "NHI6"],
    page: include_str!("cross_environment.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Policy(run),
};

fn run(cx: &PolicyContext<'_>, out: &mut Vec<Finding>) {
    let p = cx.policy;
    let Some(reach) = Reach::of_permit(cx) else {
        return;
    };
    let order = Order(&cx.config.options.environments);
    let machines = reach.only(PrincipalKind::is_machine);
    let from = order
        .of_condition(p.clauses.iter(), Var::Principal)
        .or_else(|| order.of_types(reach.schema, &reach.principals))
        .or_else(|| machines.then(|| order.of_id(&p.principal.value)).flatten());
    let to = order
        .of_condition(p.clauses.iter(), Var::Resource)
        .or_else(|| order.of_types(reach.schema, &reach.resources))
        .or_else(|| order.of_id(&p.resource.value));
    if let (Some((from, at)), Some((to, _))) = (from, to)
        && from < to
    {
        out.push(Finding::new(
            &RULE,
            at.unwrap_or(p.principal.span),
            format!("a principal of `{}` reaches resources of `{}`", order.name(from), order.name(to)),
            "grant it to an identity of the same environment, or compare the environments of both",
        ));
    }
}

/// Environments, from least to most protected.
struct Order<'a>(&'a [String]);

/// An environment by its place in the order, and where a condition names it.
type Place = (usize, Option<Span>);

impl Order<'_> {
    fn name(&self, place: usize) -> &str {
        self.0.get(place).map_or("", String::as_str)
    }

    fn place(&self, word: &str) -> Option<usize> {
        let word = match word.to_ascii_lowercase().as_str() {
            "production" => "prod".to_owned(),
            "development" => "dev".to_owned(),
            other => other.to_owned(),
        };
        self.0.iter().position(|name| name.eq_ignore_ascii_case(&word))
    }

    /// By `@environment` of the types. Of several the one that makes the reach widest cannot be told, so all
    /// must be of the same.
    fn of_types(&self, schema: &Schema, types: &std::collections::BTreeSet<&str>) -> Option<Place> {
        let mut places = types
            .iter()
            .map(|ty| self.place(schema.type_annotation(ty, "environment")?));
        let first = places.next()??;
        places.all(|place| place == Some(first)).then_some((first, None))
    }

    /// By the one environment among the words of an id: `billing-dev`.
    fn of_id(&self, constraint: &EntityConstraint) -> Option<Place> {
        let id = &constraint.entity()?.value.id;
        let mut places = words(id).into_iter().filter_map(|word| self.place(&word));
        let first = places.next()?;
        places.next().is_none().then_some((first, None))
    }

    /// By a comparison such as `principal.environment == "dev"` that must hold.
    fn of_condition<'c>(&self, clauses: impl Iterator<Item = &'c Clause>, var: Var) -> Option<Place> {
        clauses
            .filter(|clause| clause.kind == ClauseKind::When)
            .flat_map(|clause| conjuncts(&clause.body))
            .find_map(|part| {
                let ExprKind::Binary(BinaryOp::Eq, a, b) = &part.kind else {
                    return None;
                };
                let word = literal(a).or(literal(b))?;
                (is_environment(a, var) || is_environment(b, var))
                    .then(|| Some((self.place(word)?, Some(part.span))))?
            })
    }
}

fn literal(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(text),
        ExprKind::Entity(entity) => Some(&entity.id),
        _ => None,
    }
}

fn is_environment(expr: &Expr, var: Var) -> bool {
    attribute_path(expr).is_some_and(|(of, path)| {
        of == var && path.last().is_some_and(|name| ["environment", "env", "stage"].contains(name))
    })
}
