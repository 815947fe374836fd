//! What proofs say of one policy, whatever stands beside it.

use std::sync::Arc;

use super::guarded::{self, Guarded};
use super::{Ground, Tally, bound, independent};
use crate::analysis::logic::is_connective;
use crate::cedar::parse::Parsed;
use crate::facts::{
    Clause, ClauseKind, Entity, EntityConstraint, Expr, ExprKind, Literal, Policy, UnaryOp,
    attribute_path, conjuncts, disjuncts,
};
use crate::prove::{Answer, Bound, Question, Witness};
use crate::schema::TypeScope;
use crate::source::Span;

/// In how many kinds of request it is looked whether a policy applies plainly: they seldom differ in it.
const MOST_LOOKED_AT: usize = 4;

/// What is proved of a policy that type-checks.
#[derive(Debug)]
pub(crate) struct Alone {
    /// The kinds of request in which it is not false already by its types: their numbers, sorted.
    pub(crate) environments: Vec<u32>,
    /// Whether it is a template.
    pub(crate) is_template: bool,
    /// Whether it is plain, without a proof, that some request satisfies it.
    pub(crate) plain: bool,
    /// That no request satisfies it, and what excludes each other.
    pub(crate) never: Option<Never>,
    /// The same where the types alone make it false in every kind of request that the scope admits.
    pub(crate) by_types: Option<Never>,
    /// Conditions that hold in every request that the scope admits, and never fail: operands of a `when`, or whole
    /// `unless` clauses that never hold. There is such a request.
    pub(crate) idle: Vec<Span>,
    /// Restrictions that do not hold where an optional attribute is missing, and would decide otherwise if they did.
    pub(crate) guarded: Vec<Guarded>,
    /// The tests of those that could not be written so that they are closed.
    pub(crate) unclosed: Vec<Span>,
    /// Whether its evaluation can fail although every entity is there.
    pub(crate) fails: Fails,
    /// What was asked.
    pub(crate) tally: Tally,
}

/// A smallest set of parts that no request satisfies together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Never {
    /// The constraints of the scope among them.
    pub(crate) scope: Vec<Span>,
    /// The conditions among them, in the order written.
    pub(crate) conditions: Vec<Span>,
}

/// Whether the evaluation of a policy can fail although every entity is there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fails {
    /// Never: proved.
    Never,
    /// For this request.
    For(Box<Witness>),
    /// Undecided.
    Unknown,
}

impl Alone {
    /// Whether it is proved that no request satisfies it.
    pub(crate) const fn never_applies(&self) -> bool {
        self.never.is_some() || self.by_types.is_some()
    }

    /// `valid` are the labels of the kinds of request in which it type-checks and is not false by its types.
    pub(crate) fn new(
        parsed: &Parsed,
        valid: &[Arc<str>],
        scope: &TypeScope,
        ground: &Ground,
    ) -> Self {
        let mut alone = Self {
            environments: ground.numbers(valid),
            is_template: parsed.policy.is_template(),
            plain: false,
            never: None,
            by_types: None,
            idle: Vec::new(),
            guarded: Vec::new(),
            unclosed: Vec::new(),
            fails: Fails::Never,
            tally: Tally::default(),
        };
        let policy = &parsed.policy;
        if policy.clauses.is_empty() || alone.is_template {
            return alone;
        }
        let is_false = alone.environments.is_empty();
        let about = match is_false {
            true => ground.admitted(policy, scope),
            false => alone.environments.clone(),
        };
        let mut asking = Asking {
            ground,
            parsed,
            kinds: ground.apart(&about, &[(policy, &about)]),
            tally: Tally::default(),
        };
        if is_false {
            // Of what applies to no kind of request nothing else is claimed.
            if asking.never(policy, Question::Applies) == Some(true) {
                alone.by_types = Some(asking.core());
            }
            alone.tally = asking.tally;
            return alone;
        }
        alone.plain = asking.applies_plainly(policy);
        if !alone.plain && asking.never(policy, Question::Applies) == Some(true) {
            alone.never = Some(asking.core());
        } else {
            alone.idle = asking.idle();
            alone.fails = asking.fails();
            (alone.guarded, alone.unclosed) = asking.guarded(scope);
        }
        alone.tally = asking.tally;
        alone
    }
}

struct Asking<'a> {
    ground: &'a Ground,
    parsed: &'a Parsed,
    /// Those kinds of request that differ in what the policy reads.
    kinds: Vec<u32>,
    tally: Tally,
}

impl Asking<'_> {
    /// A variant of the policy, for questions that need no example.
    fn variant(&self, policy: &Policy) -> Bound {
        Bound {
            parsed: Parsed {
                template: Arc::clone(&self.parsed.template),
                policy: Arc::new(policy.clone()),
            },
            link: None,
        }
    }

    fn applies_plainly(&self, policy: &Policy) -> bool {
        let ground = self.ground;
        self.kinds.iter().take(MOST_LOOKED_AT).any(|number| {
            let kind = ground.environment(*number);
            kind.is_some_and(|kind| independent::can_apply(policy, kind, &ground.schema))
        })
    }

    fn never_applies(&mut self, policy: &Policy) -> Option<bool> {
        if self.applies_plainly(policy) {
            return Some(false);
        }
        self.never(policy, Question::Applies)
    }

    /// Whether a question about one policy is ruled out in every kind of request.
    fn never(&mut self, policy: &Policy, question: fn(usize) -> Question<'static>) -> Option<bool> {
        let variant = self.variant(policy);
        self.never_in(&variant, question)
    }

    fn never_in(
        &mut self,
        variant: &Bound,
        question: fn(usize) -> Question<'static>,
    ) -> Option<bool> {
        let ground = self.ground;
        self.tally.everywhere(&self.kinds, |tally, number| {
            let mut prover = ground.prover(number)?;
            let policy = prover.add(variant, true);
            tally.rules_out(&mut prover, question(policy))
        })
    }

    /// The smallest set of parts that is found by leaving out one after the other, the last first. What a part keeps
    /// from failing, as `has` does, is not left out.
    fn core(&mut self) -> Never {
        let policy = Arc::clone(&self.parsed.policy);
        let mut parts = parts(&policy);
        let can_fail = self.never(&policy, Question::Fails) != Some(true);
        for number in (0..parts.len()).rev() {
            let mut fewer = parts.clone();
            fewer.remove(number);
            let variant = of_parts(&policy, &fewer);
            if self.never_applies(&variant) == Some(true)
                && (can_fail || self.never(&variant, Question::Fails) == Some(true))
            {
                parts = fewer;
            }
        }
        let mut never = Never {
            scope: Vec::new(),
            conditions: Vec::new(),
        };
        for part in parts {
            match part {
                Part::Principal => never.scope.push(policy.principal.span),
                Part::Resource => never.scope.push(policy.resource.span),
                Part::Condition(_, expr) => never.conditions.push(expr.span),
            }
        }
        never
    }

    fn idle(&mut self) -> Vec<Span> {
        let policy = Arc::clone(&self.parsed.policy);
        let mut guards = Vec::new();
        let mut idle = Vec::new();
        for clause in &policy.clauses {
            let parts = match clause.kind {
                ClauseKind::When => conjuncts(&clause.body),
                ClauseKind::Unless => vec![&clause.body],
            };
            for part in parts {
                let is_when = clause.kind == ClauseKind::When;
                if is_when && matches!(part.kind, ExprKind::Has(..)) {
                    guards.push(Part::Condition(ClauseKind::When, part));
                } else if is_worth_asking(part) && self.holds(&policy, &guards, clause.kind, part) {
                    idle.push(part.span);
                }
            }
        }
        idle
    }

    /// Whether a condition always lets pass what the scope and the guards before it admit.
    fn holds(&mut self, policy: &Policy, guards: &[Part<'_>], kind: ClauseKind, of: &Expr) -> bool {
        let mut parts = vec![Part::Principal, Part::Resource];
        parts.extend_from_slice(guards);
        // Mostly it is plain that some request does not meet it.
        let opposite = match kind {
            ClauseKind::When => ClauseKind::Unless,
            ClauseKind::Unless => ClauseKind::When,
        };
        parts.push(Part::Condition(opposite, of));
        if self.applies_plainly(&of_parts(policy, &parts)) {
            return false;
        }
        parts.pop();
        let without = self.variant(&of_parts(policy, &parts));
        parts.push(Part::Condition(kind, of));
        let with = self.variant(&of_parts(policy, &parts));
        let ground = self.ground;
        let holds = self.tally.everywhere(&self.kinds, |tally, number| {
            let mut prover = ground.prover(number)?;
            let without = prover.add(&without, true);
            let with = prover.add(&with, true);
            tally.rules_out(&mut prover, Question::AppliesBeyond(without, &[with]))
        });
        // Of no request at all everything holds.
        holds == Some(true) && self.never_in(&without, Question::Applies) == Some(false)
    }

    /// The restrictions that a missing attribute opens, but for those that another part of the policy closes again.
    fn guarded(&mut self, scope: &TypeScope) -> (Vec<Guarded>, Vec<Span>) {
        let ground = self.ground;
        let (mut found, unclosed) = guarded::all(self.parsed, scope, ground);
        let own = bound(self.parsed);
        found.retain(|guarded| {
            let closed = bound(&guarded.closed);
            let same = self.tally.everywhere(&self.kinds, |tally, number| {
                let mut prover = ground.prover(number)?;
                let (own, closed) = (prover.add(&own, true), prover.add(&closed, true));
                let (wider, narrower) = match guarded.closed.policy.is_permit() {
                    true => (own, closed),
                    false => (closed, own),
                };
                tally.rules_out(&mut prover, Question::AppliesBeyond(wider, &[narrower]))
            });
            same != Some(true)
        });
        (found, unclosed)
    }

    fn fails(&mut self) -> Fails {
        if !can_overflow(&self.parsed.policy) {
            return Fails::Never;
        }
        let (ground, bound) = (self.ground, bound(self.parsed));
        let mut witness = None;
        let never = self.tally.everywhere(&self.kinds, |tally, number| {
            let mut prover = ground.prover(number)?;
            let policy = prover.add(&bound, true);
            match tally.ask(&mut prover, Question::Fails(policy)) {
                Answer::No => Some(true),
                Answer::Yes(found) => {
                    witness = Some(found);
                    Some(false)
                }
                Answer::Unknown(_) => None,
            }
        });
        match (never, witness) {
            (Some(true), _) => Fails::Never,
            (_, Some(witness)) => Fails::For(witness),
            _ => Fails::Unknown,
        }
    }
}

/// Something that a policy asks for.
#[derive(Debug, Clone)]
enum Part<'a> {
    Principal,
    Resource,
    Condition(ClauseKind, &'a Expr),
}

/// Everything that a policy asks for but the action, in the order written.
fn parts(policy: &Policy) -> Vec<Part<'_>> {
    let mut parts = vec![Part::Principal, Part::Resource];
    for clause in &policy.clauses {
        let conditions = match clause.kind {
            ClauseKind::When => conjuncts(&clause.body),
            ClauseKind::Unless => disjuncts(&clause.body),
        };
        let kind = clause.kind;
        parts.extend(conditions.into_iter().map(|of| Part::Condition(kind, of)));
    }
    parts
}

/// The policy that asks for these parts alone, in the same kinds of request.
fn of_parts(policy: &Policy, parts: &[Part<'_>]) -> Policy {
    let mut of = Policy {
        clauses: Vec::new(),
        ..policy.clone()
    };
    if !parts.iter().any(|part| matches!(part, Part::Principal)) {
        of.principal.value = EntityConstraint::Any;
    }
    if !parts.iter().any(|part| matches!(part, Part::Resource)) {
        of.resource.value = EntityConstraint::Any;
    }
    for part in parts {
        if let Part::Condition(kind, expr) = part {
            of.clauses.push(Clause {
                kind: *kind,
                span: expr.span,
                keyword: expr.span,
                body: (*expr).clone(),
            });
        }
    }
    of
}

/// Whether a condition is not plainly one that some request satisfies and another does not. What tests types alone
/// is left out: it holds in this schema, and is there for the next.
fn is_worth_asking(expr: &Expr) -> bool {
    let mut atoms = 0_usize;
    let mut of_values = 0_usize;
    let mut arithmetic = false;
    count(expr, &mut atoms, &mut of_values);
    expr.walk(&mut |expr| {
        arithmetic |= matches!(&expr.kind, ExprKind::Binary(op, ..) if op.is_arithmetic());
    });
    of_values > 0 && (atoms > 1 || arithmetic || !is_plain(expr))
}

fn count(expr: &Expr, atoms: &mut usize, of_values: &mut usize) {
    if is_connective(expr) {
        for child in expr.children() {
            count(child, atoms, of_values);
        }
        return;
    }
    *atoms += 1;
    let of_types = match &expr.kind {
        ExprKind::Is(_, _, None) | ExprKind::Has(..) | ExprKind::Literal(_) => true,
        _ => !expr.any(&mut |e| matches!(e.kind, ExprKind::Attr(..))),
    };
    *of_values += usize::from(!of_types);
}

/// A truth value that is read, or a comparison of something that is read with a literal or with something else.
fn is_plain(expr: &Expr) -> bool {
    let is_path = |expr: &Expr| attribute_path(expr).is_some_and(|(_, path)| !path.is_empty());
    let is_simple = |expr: &Expr| match &expr.kind {
        ExprKind::Literal(Literal::Long(value)) => *value < 1 << 62,
        ExprKind::Literal(_) | ExprKind::Entity(Entity { .. }) | ExprKind::Var(_) => true,
        ExprKind::Unary(UnaryOp::Neg, inner) => matches!(inner.kind, ExprKind::Literal(_)),
        _ => false,
    };
    match &expr.kind {
        ExprKind::Unary(UnaryOp::Not, inner) => is_plain(inner),
        ExprKind::Binary(_, left, right) => {
            let both_paths = is_path(left) && is_path(right) && !left.same(right);
            both_paths || (is_path(left) && is_simple(right)) || (is_simple(left) && is_path(right))
        }
        ExprKind::Method(receiver, _, args) => {
            is_path(receiver) && args.iter().all(|arg| is_simple(arg) || is_path(arg))
        }
        _ => is_path(expr),
    }
}

/// Whether there is something in it that can leave the range of its type.
fn can_overflow(policy: &Policy) -> bool {
    let mut found = false;
    policy.walk(|_, expr| {
        found |= overflows(expr);
    });
    found
}

/// Whether the expression itself computes a number or a time.
pub(crate) fn overflows(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Binary(op, ..) => op.is_arithmetic(),
        ExprKind::Unary(UnaryOp::Neg, inner) => !matches!(inner.kind, ExprKind::Literal(_)),
        ExprKind::Method(_, name, _) => {
            matches!(name.value.as_str(), "offset" | "durationSince" | "toDate")
        }
        _ => false,
    }
}
