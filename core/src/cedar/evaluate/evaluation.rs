//! One request against entities: what policies, and parts of policies, come to.

use cedar_policy_core::ast::{Expr, Literal, SlotEnv, ValueKind, Var as CedarVar};
use cedar_policy_core::entities::Entities;
use cedar_policy_core::evaluator::{EvaluationError, Evaluator};
use cedar_policy_core::extensions::Extensions;

use super::boundary::Boundary;
use super::compiled::Compiled;
use super::request::Prepared;
use super::tree::{Mark, Node, TreeClause, Truth, all};
use crate::facts::Var;

/// A request against entities, ready for any number of policies.
pub struct Evaluation<'e> {
    evaluator: Evaluator<'e>,
}

impl std::fmt::Debug for Evaluation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Evaluation")
    }
}

/// What a policy comes to for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It applies: a permit permits, a forbid forbids.
    Applies,
    /// It does not.
    DoesNot,
    /// It fails to evaluate, and why, in Cedar's words. It is left out of the decision.
    Fails(Box<str>),
}

impl Verdict {
    fn of(result: Result<bool, EvaluationError>) -> Self {
        match result {
            Ok(true) => Self::Applies,
            Ok(false) => Self::DoesNot,
            Err(error) => Self::Fails(error.to_string().into()),
        }
    }
}

impl<'e> Evaluation<'e> {
    /// The request must have been made ready with these entities.
    pub fn new(request: &Prepared, entities: &'e Entities) -> Self {
        Self {
            evaluator: Evaluator::new(
                request.request.clone(),
                entities,
                Extensions::all_available(),
            ),
        }
    }

    /// What Cedar's evaluator says of the whole policy.
    pub fn verdict(&self, policy: &Compiled) -> Verdict {
        Verdict::of(self.truth(&policy.condition, &policy.slots))
    }

    /// Evaluates the policy part by part, appends what was seen to `marks`, and says what follows for the
    /// policy: always the same as [`Self::verdict`]. Only what Cedar would evaluate is evaluated.
    pub fn trace(&self, policy: &Compiled, marks: &mut Vec<Mark>) -> Verdict {
        let tree = policy.tree();
        let start = marks.len();
        marks.resize(start + tree.marks(), Mark::default());
        let Some(marks) = marks.get_mut(start..) else {
            return Verdict::DoesNot;
        };
        let scope = self.truth(&policy.scope_condition, &policy.slots);
        put(marks, 0, truth(&scope));
        if !matches!(scope, Ok(true)) {
            return Verdict::of(scope);
        }
        for clause in &tree.clauses {
            let mut run = Run {
                evaluation: self,
                clause,
                slots: &policy.slots,
                marks,
                error: None,
            };
            let came_to = run.node(&clause.root);
            run.decisive(&clause.root, came_to, true);
            let error = run.error.take();
            put(marks, clause.mark, came_to);
            match came_to {
                Truth::Error => {
                    return Verdict::Fails(
                        error.map_or_else(Box::default, |e| e.to_string().into()),
                    );
                }
                came_to => {
                    let keeps = match clause.kind {
                        crate::facts::ClauseKind::When => came_to == Truth::True,
                        crate::facts::ClauseKind::Unless => came_to == Truth::False,
                    };
                    if !keeps {
                        return Verdict::DoesNot;
                    }
                }
            }
        }
        Verdict::Applies
    }

    /// Whether the request stands at a limit of the policy, and whether directly beyond it; `marks` are those
    /// that [`Self::trace`] gave. A comparison that is not evaluated is at no limit.
    pub fn at_limit(&self, policy: &Compiled, boundary: &Boundary, marks: &[Mark]) -> (bool, bool) {
        let seen = marks.get(boundary.mark).and_then(|mark| mark.truth);
        if !matches!(seen, Some(Truth::True | Truth::False)) {
            return (false, false);
        }
        let holds = |expr| matches!(self.truth(expr, &policy.slots), Ok(true));
        (holds(&boundary.at), holds(&boundary.beside))
    }

    /// The value of a path such as `resource.owner`, as Cedar writes it.
    ///
    /// # Errors
    ///
    /// Cedar's message.
    pub fn path(&self, var: Var, attributes: &[&str]) -> Result<String, String> {
        let var = match var {
            Var::Principal => CedarVar::Principal,
            Var::Action => CedarVar::Action,
            Var::Resource => CedarVar::Resource,
            Var::Context => CedarVar::Context,
        };
        let expr = attributes.iter().fold(Expr::var(var), |base, attribute| {
            Expr::get_attr(base, (*attribute).into())
        });
        self.evaluator
            .interpret(&expr, &SlotEnv::new())
            .map(|value| value.to_string())
            .map_err(|error| error.to_string())
    }

    #[expect(
        clippy::result_large_err,
        reason = "Cedar's type, which is handed on as it is"
    )]
    fn truth(&self, expr: &Expr, slots: &SlotEnv) -> Result<bool, EvaluationError> {
        if let ValueKind::Lit(Literal::Bool(value)) =
            self.evaluator.interpret(expr, slots)?.value_kind()
        {
            return Ok(*value);
        }
        // No boolean. Cedar says so where it needs one, as `&&` does of its operands.
        let checked = Expr::and(expr.clone(), Expr::val(true));
        self.evaluator.interpret(&checked, slots).map(|_| false)
    }
}

fn truth(result: &Result<bool, EvaluationError>) -> Truth {
    result
        .as_ref()
        .map_or(Truth::Error, |value| Truth::of(*value))
}

fn put(marks: &mut [Mark], at: usize, truth: Truth) {
    if let Some(mark) = marks.get_mut(at) {
        mark.truth = Some(truth);
    }
}

struct Run<'a, 'e> {
    evaluation: &'a Evaluation<'e>,
    clause: &'a TreeClause,
    slots: &'a SlotEnv,
    marks: &'a mut [Mark],
    error: Option<EvaluationError>,
}

impl Run<'_, '_> {
    fn node(&mut self, node: &Node) -> Truth {
        match node {
            Node::Constant(value) => Truth::of(*value),
            Node::Not(operand) => match self.node(operand) {
                Truth::True => Truth::False,
                Truth::False => Truth::True,
                Truth::Error => Truth::Error,
            },
            Node::And(operands) => operands
                .iter()
                .map(|operand| self.node(operand))
                .find(|truth| *truth != Truth::True)
                .unwrap_or(Truth::True),
            Node::Or(operands) => operands
                .iter()
                .map(|operand| self.node(operand))
                .find(|truth| *truth != Truth::False)
                .unwrap_or(Truth::False),
            Node::If(parts) => {
                let [condition, then, otherwise] = parts.as_ref();
                match self.node(condition) {
                    Truth::True => self.node(then),
                    Truth::False => self.node(otherwise),
                    Truth::Error => Truth::Error,
                }
            }
            Node::Atom(number) => {
                let Some(atom) = self.clause.atoms.get(*number) else {
                    return Truth::Error;
                };
                let result = self.evaluation.truth(&atom.expr, self.slots);
                let came_to = truth(&result);
                put(self.marks, self.clause.mark + 1 + number, came_to);
                if let Err(error) = result {
                    self.error = Some(error);
                }
                came_to
            }
        }
    }

    /// Marks the atomic conditions below `node` that decide. `counts` says whether the clause would have
    /// come out differently had `node`, which came to `came_to`, been the opposite.
    fn decisive(&mut self, node: &Node, came_to: Truth, counts: bool) {
        match node {
            Node::Constant(_) => {}
            Node::Atom(number) => {
                if let Some(mark) = self.marks.get_mut(self.clause.mark + 1 + number) {
                    mark.decisive = counts;
                }
            }
            Node::Not(operand) => {
                let of_operand = match came_to {
                    Truth::True => Truth::False,
                    Truth::False => Truth::True,
                    Truth::Error => Truth::Error,
                };
                self.decisive(operand, of_operand, counts);
            }
            Node::And(operands) => self.chain(operands, came_to, Truth::True, counts),
            Node::Or(operands) => self.chain(operands, came_to, Truth::False, counts),
            Node::If(parts) => {
                let [condition, then, otherwise] = parts.as_ref();
                match self.seen(condition) {
                    None | Some(Truth::Error) => self.decisive(condition, Truth::Error, counts),
                    Some(of_condition) => {
                        let (taken, other) = if of_condition == Truth::True {
                            (then, otherwise)
                        } else {
                            (otherwise, then)
                        };
                        let (can_be_true, can_be_false) = other.possible();
                        let flips = match came_to {
                            Truth::True => can_be_false,
                            Truth::False => can_be_true,
                            Truth::Error => false,
                        };
                        self.decisive(condition, of_condition, counts && flips);
                        self.decisive(taken, came_to, counts);
                    }
                }
            }
        }
    }

    /// `passes` is the value of an operand that lets Cedar go on to the next one.
    fn chain(&mut self, operands: &[Node], came_to: Truth, passes: Truth, counts: bool) {
        if came_to == passes {
            for operand in operands {
                self.decisive(operand, passes, counts);
            }
            return;
        }
        // One operand stopped the evaluation. With the opposite value it would have let the rest decide,
        // while those before it could only have stopped it sooner with the same result.
        let Some(stop) = operands
            .iter()
            .position(|operand| self.seen(operand) != Some(passes))
        else {
            return;
        };
        let rest = operands.get(stop + 1..).unwrap_or_default();
        let opposite_possible = if passes == Truth::True {
            all(rest).0
        } else {
            rest.iter().all(|operand| operand.possible().1)
        };
        for operand in operands.iter().take(stop) {
            self.decisive(operand, passes, false);
        }
        if let Some(operand) = operands.get(stop) {
            let counts = counts && (opposite_possible || came_to == Truth::Error);
            self.decisive(operand, came_to, counts);
        }
    }

    /// What a node came to, from the marks of its atomic conditions; `None` where it was not evaluated.
    fn seen(&self, node: &Node) -> Option<Truth> {
        match node {
            Node::Constant(value) => Some(Truth::of(*value)),
            Node::Atom(number) => self.marks.get(self.clause.mark + 1 + number)?.truth,
            Node::Not(operand) => Some(match self.seen(operand)? {
                Truth::True => Truth::False,
                Truth::False => Truth::True,
                Truth::Error => Truth::Error,
            }),
            Node::And(operands) => self.first(operands, Truth::True),
            Node::Or(operands) => self.first(operands, Truth::False),
            Node::If(parts) => {
                let [condition, then, otherwise] = parts.as_ref();
                match self.seen(condition)? {
                    Truth::True => self.seen(then),
                    Truth::False => self.seen(otherwise),
                    Truth::Error => Some(Truth::Error),
                }
            }
        }
    }

    fn first(&self, operands: &[Node], passes: Truth) -> Option<Truth> {
        for operand in operands {
            let truth = self.seen(operand)?;
            if truth != passes {
                return Some(truth);
            }
        }
        Some(passes)
    }
}
