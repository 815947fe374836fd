//! The clauses of a policy down to their atomic conditions, each with Cedar's form of it.
//!
//! Our facts say what the author wrote, Cedar's tree what is evaluated: `a >= b` is one atomic condition,
//! and `!(a < b)` is asked of Cedar. Both trees are walked side by side.

use std::sync::Arc;

use cedar_policy_core::ast::{Expr as CedarExpr, ExprKind as CedarKind, UnaryOp as CedarUnary};

use crate::cedar::parse::Parsed;
use crate::facts::{ClauseKind, Expr, ExprKind, Literal, Policy, UnaryOp};
use crate::source::Span;

/// The clauses of a policy. What was seen of it is a list of [`Mark`]s: one for the scope, then for each
/// clause one for its condition and one for each atomic condition in it, in the order written.
#[derive(Debug)]
pub struct Tree {
    /// The clauses, in the order written.
    pub clauses: Vec<TreeClause>,
    marks: usize,
}

/// A clause.
#[derive(Debug)]
pub struct TreeClause {
    /// Under `unless`, true keeps the policy from applying.
    pub kind: ClauseKind,
    /// Where in the list of marks its condition is; its atomic conditions follow.
    pub mark: usize,
    /// Its atomic conditions, in the order written.
    pub atoms: Vec<Atom>,
    pub(super) root: Node,
}

/// An expression that `&&`, `||`, `!` and `if` join. The literals `true` and `false` are none: no request
/// changes them.
#[derive(Debug)]
pub struct Atom {
    /// Where it stands in the statement, without parentheses around it.
    pub span: Span,
    pub(super) expr: CedarExpr,
}

/// The shape of a condition.
#[derive(Debug)]
pub(super) enum Node {
    /// The number of an atomic condition of the clause.
    Atom(usize),
    Constant(bool),
    Not(Box<Self>),
    And(Vec<Self>),
    Or(Vec<Self>),
    If(Box<[Self; 3]>),
}

/// What was seen of a scope, a clause or an atomic condition in one evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// What it was; `None` where Cedar did not evaluate it.
    pub truth: Option<Truth>,
    /// Of an atomic condition: whether its clause would have come out differently had it alone been the
    /// opposite. What Cedar did not evaluate is taken to let it through, unless it is a literal; this is
    /// masking MC/DC for operators that stop early (Chilenski, An Investigation of Three Forms of the
    /// Modified Condition Decision Coverage Criterion, DOT/FAA/AR-01/18, 2001; Chilenski and Miller,
    /// Applicability of modified condition/decision coverage to software testing, 1994).
    pub decisive: bool,
}

/// What an expression came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// `true`
    True,
    /// `false`
    False,
    /// It failed to evaluate.
    Error,
}

impl Truth {
    /// The truth of a value.
    pub const fn of(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl Tree {
    pub(super) fn new(policy: &Policy, clauses: Option<&CedarExpr>) -> Self {
        let mut tree = Self {
            clauses: Vec::with_capacity(policy.clauses.len()),
            marks: 1,
        };
        let mut rest = clauses;
        for (index, clause) in policy.clauses.iter().enumerate() {
            // Cedar joins the clauses as `a && (b && c)`.
            let last = index + 1 == policy.clauses.len();
            let (this, next) = match rest {
                Some(expr) if last => (Some(expr), None),
                Some(expr) => match and(expr) {
                    Some((left, right)) => (Some(left), Some(right)),
                    None => (None, None),
                },
                None => (None, None),
            };
            rest = next;
            let body = match clause.kind {
                ClauseKind::When => this,
                ClauseKind::Unless => this.and_then(not),
            };
            let mut walk = Walk {
                policy,
                atoms: Vec::new(),
            };
            let root = walk.node(&clause.body, body);
            let mark = tree.marks;
            tree.marks += 1 + walk.atoms.len();
            tree.clauses.push(TreeClause {
                kind: clause.kind,
                mark,
                atoms: walk.atoms,
                root,
            });
        }
        tree
    }

    /// The clauses of a policy or template.
    pub fn of(parsed: &Parsed) -> Self {
        Self::new(&parsed.policy, parsed.template.non_scope_constraints())
    }

    /// How many marks an evaluation makes.
    pub const fn marks(&self) -> usize {
        self.marks
    }
}

impl TreeClause {
    /// Whether some values of its atomic conditions make it true, and false. Each is taken to be free of
    /// the others.
    pub fn possible(&self) -> (bool, bool) {
        self.root.possible()
    }
}

impl Node {
    /// Whether it can be true, and false.
    pub(super) fn possible(&self) -> (bool, bool) {
        match self {
            Self::Atom(_) => (true, true),
            Self::Constant(value) => (*value, !*value),
            Self::Not(operand) => {
                let (can, cannot) = operand.possible();
                (cannot, can)
            }
            Self::And(operands) => all(operands),
            Self::Or(operands) => {
                let mut can = (false, true);
                for operand in operands {
                    let (truth, falsity) = operand.possible();
                    can = (can.0 || truth, can.1 && falsity);
                }
                can
            }
            Self::If(parts) => {
                let [condition, then, otherwise] = parts.as_ref();
                let (yes, no) = condition.possible();
                let (a, b) = (then.possible(), otherwise.possible());
                ((yes && a.0) || (no && b.0), (yes && a.1) || (no && b.1))
            }
        }
    }
}

/// Whether a conjunction can be true, and false.
pub(super) fn all(operands: &[Node]) -> (bool, bool) {
    let mut can = (true, false);
    for operand in operands {
        let (truth, falsity) = operand.possible();
        can = (can.0 && truth, can.1 || falsity);
    }
    can
}

struct Walk<'a> {
    policy: &'a Policy,
    atoms: Vec<Atom>,
}

impl Walk<'_> {
    /// The shape of `expr`, whose form in Cedar is `cedar`; where that is not known or has another shape,
    /// atomic conditions are parsed from their text.
    fn node(&mut self, expr: &Expr, cedar: Option<&CedarExpr>) -> Node {
        match &expr.kind {
            ExprKind::Literal(Literal::Bool(value)) => Node::Constant(*value),
            ExprKind::Unary(UnaryOp::Not, operand) => {
                Node::Not(Box::new(self.node(operand, cedar.and_then(not))))
            }
            ExprKind::And(operands) => Node::And(self.chain(operands, cedar, and)),
            ExprKind::Or(operands) => Node::Or(self.chain(operands, cedar, or)),
            ExprKind::If(condition, then, otherwise) => {
                let (a, b, c) = match cedar.map(CedarExpr::expr_kind) {
                    Some(CedarKind::If {
                        test_expr,
                        then_expr,
                        else_expr,
                    }) => (
                        Some(test_expr.as_ref()),
                        Some(then_expr.as_ref()),
                        Some(else_expr.as_ref()),
                    ),
                    _ => (None, None, None),
                };
                Node::If(Box::new([
                    self.node(condition, a),
                    self.node(then, b),
                    self.node(otherwise, c),
                ]))
            }
            _ => {
                let form = match cedar {
                    Some(cedar) => Some(cedar.clone()),
                    None => parsed(std::iter::once(self.policy.at(expr.span)))
                        .pop()
                        .flatten(),
                };
                // Not reached: an expression of an accepted policy parses. Evaluating to false would say
                // something that Cedar does not; a set is no condition, so evaluating this fails.
                let form = form.unwrap_or_else(|| CedarExpr::set([]));
                self.atoms.push(Atom {
                    span: expr.span,
                    expr: form,
                });
                Node::Atom(self.atoms.len() - 1)
            }
        }
    }

    /// The operands of a chain, which Cedar nests to the left: `(a && b) && c`.
    fn chain(
        &mut self,
        operands: &[Expr],
        cedar: Option<&CedarExpr>,
        split: fn(&CedarExpr) -> Option<(&CedarExpr, &CedarExpr)>,
    ) -> Vec<Node> {
        let mut forms = Vec::with_capacity(operands.len());
        let mut rest = cedar;
        for _ in 1..operands.len() {
            let (left, right) = rest.and_then(split).unzip();
            forms.push(right);
            rest = left;
        }
        forms.push(rest);
        operands
            .iter()
            .zip(forms.into_iter().rev())
            .map(|(operand, form)| self.node(operand, form))
            .collect()
    }
}

fn not(expr: &CedarExpr) -> Option<&CedarExpr> {
    match expr.expr_kind() {
        CedarKind::UnaryApp {
            op: CedarUnary::Not,
            arg,
        } => Some(arg),
        _ => None,
    }
}

fn and(expr: &CedarExpr) -> Option<(&CedarExpr, &CedarExpr)> {
    match expr.expr_kind() {
        CedarKind::And { left, right } => Some((left, right)),
        _ => None,
    }
}

fn or(expr: &CedarExpr) -> Option<(&CedarExpr, &CedarExpr)> {
    match expr.expr_kind() {
        CedarKind::Or { left, right } => Some((left, right)),
        _ => None,
    }
}

/// Expressions by their texts; `None` for what Cedar does not accept.
pub(super) fn parsed<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> Vec<Option<CedarExpr>> {
    if let Some(all) = together(texts.clone()) {
        return all.into_iter().map(Some).collect();
    }
    let alone = |text| together(std::iter::once(text)).and_then(|mut one| one.pop());
    texts.map(alone).collect()
}

/// The same as the elements of one set, where all are accepted.
fn together<'t>(texts: impl Iterator<Item = &'t str>) -> Option<Vec<CedarExpr>> {
    let mut set = String::new();
    let mut count = 0;
    for text in texts {
        set.push_str(&format!("({text}),"));
        count += 1;
    }
    if count == 0 {
        return Some(Vec::new());
    }
    set.pop();
    let policy: Arc<str> =
        format!("permit(principal, action, resource) when {{ [{set}] }};").into();
    let parsed = crate::cedar::parse::parse(&policy).ok()?;
    let elements = match parsed.template.non_scope_constraints()?.expr_kind() {
        CedarKind::Set(elements) => elements.as_ref().clone(),
        _ => return None,
    };
    (elements.len() == count).then_some(elements)
}
