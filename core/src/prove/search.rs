//! The search: a formula to clauses, a model of the clauses, and lemmas until the model is one of Cedar.

use std::collections::BTreeSet;

use batsat::{Callbacks, Lit, Solver, SolverInterface, SolverOpts, lbool};

use super::gates::{Bit, Gate};
use super::model::Model;
use super::terms::{Input, Node, NodeData, Origin, Place, Terms};
use super::value::{RecordTerm, SetTerm, Value};
use super::{Why, plain};

/// What must hold beside the formula: if all of these hold, one of those does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lemma {
    /// What it rests on.
    pub premises: Vec<Bit>,
    /// One of which follows.
    pub conclusions: Vec<Bit>,
}

/// How a search ended.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing satisfies the formula.
    Unsatisfiable,
    /// This does.
    Satisfied(Box<Model>),
}

/// Looks for what satisfies `goal`, and for something plain where somebody is to read it; `steps` is what the search
/// may take, and is lowered by what it took.
///
/// # Errors
///
/// [`Why::Budget`], or where the proof does not cover a type.
pub fn search(
    terms: &mut Terms<'_>,
    goal: Bit,
    steps: &mut u64,
    is_read: bool,
) -> Result<Outcome, Why> {
    if goal == Bit::FALSE {
        return Ok(Outcome::Unsatisfiable);
    }
    let mut search = Search::new();
    search.limit(*steps);
    search.require(terms, goal)?;
    *steps = search.left();
    let Some(mut model) = search.solve(terms, &[], steps)? else {
        return Ok(Outcome::Unsatisfiable);
    };
    if is_read {
        let mut spare = (*steps).min(POLISH);
        model = search.plainer(terms, model, &mut spare);
    }
    Ok(Outcome::Satisfied(Box::new(model)))
}

/// Whether nothing satisfies `goal`.
///
/// # Errors
///
/// As those of [`search`].
pub fn is_unsatisfiable(terms: &mut Terms<'_>, goal: Bit, steps: &mut u64) -> Result<bool, Why> {
    if goal == Bit::FALSE {
        return Ok(true);
    }
    let mut search = Search::new();
    search.limit(*steps);
    search.require(terms, goal)?;
    *steps = search.left();
    Ok(search.solve(terms, &[], steps)?.is_none())
}

/// How much work on lemmas counts as a step: a clause of the solver takes longer than a gate.
const WORK: u64 = 64;

/// How much of the work may go into a plainer witness, and how often it is looked for.
const POLISH: u64 = 4_000;
const TRIES: usize = 64;

struct Search {
    solver: Solver<Counting>,
    /// The literal of each gate that was turned into clauses, by its number.
    literals: Vec<Option<Lit>>,
    /// The inputs that occur, in the order in which they came.
    inputs: Vec<u32>,
    places: BTreeSet<Place>,
    nodes: BTreeSet<Node>,
    /// What must hold because of what occurs.
    due: Vec<Bit>,
    /// What must have a literal because of what occurs.
    wanted: Vec<Bit>,
}

impl Search {
    /// A model of all that is required, under assumptions; `None` where there is none.
    fn solve(
        &mut self,
        terms: &mut Terms<'_>,
        assumptions: &[Lit],
        steps: &mut u64,
    ) -> Result<Option<Model>, Why> {
        loop {
            self.limit(*steps);
            let found = self.solver.solve_limited(assumptions);
            *steps = self.left();
            if found == lbool::FALSE {
                return Ok(None);
            }
            if found != lbool::TRUE || *steps == 0 {
                return Err(Why::Budget);
            }
            let mut model = self.model(terms);
            let before = terms.gates.work();
            terms.allow(steps.saturating_mul(WORK));
            let lemmas = super::theory::lemmas(terms, &mut model, steps)?;
            *steps = steps.saturating_sub((terms.gates.work() - before) / WORK);
            if lemmas.is_empty() {
                return Ok(Some(model));
            }
            self.limit(*steps);
            for lemma in lemmas {
                self.add(terms, &lemma)?;
            }
            *steps = self.left();
        }
    }

    /// A plainer model, where there is one: what each of these asks for holds if it can beside those before. What is
    /// settled becomes a clause, so that each search has less to decide; nothing else is searched for afterwards.
    fn plainer(&mut self, terms: &mut Terms<'_>, mut model: Model, steps: &mut u64) -> Model {
        let mut tries = TRIES;
        // What is plain of a number or an address depends on its sign or family.
        for wishes in [plain::first, plain::second] {
            let mut open: Vec<Vec<Bit>> = wishes(terms, &model);
            open.reverse();
            while let Some(mut part) = open.pop() {
                let wanted: Vec<Lit> = part.iter().filter_map(|bit| self.known(*bit)).collect();
                // What does not occur is plain already.
                let mut holds = part.iter().all(|bit| model.bit(*bit) != Some(false));
                let is_ruled_out = (wanted.iter())
                    .any(|literal| self.solver.value_lvl_0(*literal) == lbool::FALSE);
                if !holds && !is_ruled_out {
                    if tries == 0 {
                        return model;
                    }
                    tries -= 1;
                    match self.solve(terms, &wanted, steps) {
                        Ok(Some(plainer)) => {
                            model = plainer;
                            holds = true;
                        }
                        Ok(None) => {}
                        Err(_) => return model,
                    }
                }
                if holds {
                    for literal in wanted {
                        self.clause(&mut vec![literal]);
                    }
                } else if part.len() > 1 {
                    let rest = part.split_off(part.len() / 2);
                    open.extend([rest, part]);
                }
            }
        }
        model
    }

    fn new() -> Self {
        Self {
            solver: Solver::new(
                SolverOpts::default(),
                Counting {
                    used: 0,
                    limit: u64::MAX,
                },
            ),
            literals: Vec::new(),
            inputs: Vec::new(),
            places: BTreeSet::new(),
            nodes: BTreeSet::new(),
            due: Vec::new(),
            wanted: Vec::new(),
        }
    }

    fn left(&self) -> u64 {
        let counting = self.solver.cb();
        counting.limit.saturating_sub(counting.used)
    }

    fn limit(&mut self, steps: u64) {
        let counting = self.solver.cb_mut();
        counting.used = 0;
        counting.limit = steps;
    }

    /// Makes a bit hold, and whatever follows from what occurs in it.
    fn require(&mut self, terms: &Terms<'_>, bit: Bit) -> Result<(), Why> {
        self.due.push(bit);
        loop {
            if let Some(bit) = self.due.pop() {
                let literal = self.literal(terms, bit)?;
                self.clause(&mut vec![literal]);
            } else if let Some(bit) = self.wanted.pop() {
                self.literal(terms, bit)?;
            } else {
                return Ok(());
            }
        }
    }

    fn add(&mut self, terms: &Terms<'_>, lemma: &Lemma) -> Result<(), Why> {
        let mut clause = Vec::new();
        for premise in &lemma.premises {
            clause.push(self.literal(terms, !*premise)?);
        }
        for conclusion in &lemma.conclusions {
            clause.push(self.literal(terms, *conclusion)?);
        }
        self.clause(&mut clause);
        self.require(terms, Bit::TRUE)
    }

    fn clause(&mut self, clause: &mut Vec<Lit>) {
        self.solver.cb_mut().used += 1;
        self.solver.add_clause_reuse(clause);
    }

    /// The literal of a bit. Walks the gates without recursion: formulas are deep.
    fn literal(&mut self, terms: &Terms<'_>, bit: Bit) -> Result<Lit, Why> {
        if let Some(literal) = self.known(bit) {
            return Ok(literal);
        }
        let mut open = vec![bit.gate()];
        while let Some(number) = open.last().copied() {
            if self.known_gate(number).is_some() {
                open.pop();
                continue;
            }
            if self.left() == 0 {
                return Err(Why::Budget);
            }
            let gate = terms.gates.gate(number);
            let literal = match gate {
                Gate::False => {
                    let literal = self.variable();
                    self.clause(&mut vec![!literal]);
                    literal
                }
                Gate::Input(input) => {
                    self.inputs.push(input);
                    self.occurs(terms, input);
                    self.variable()
                }
                Gate::And(a, b) | Gate::Xor(a, b) => {
                    let (Some(x), Some(y)) = (self.known(a), self.known(b)) else {
                        open.extend(
                            [a, b]
                                .iter()
                                .filter(|bit| self.known(**bit).is_none())
                                .map(|bit| bit.gate()),
                        );
                        continue;
                    };
                    let out = self.variable();
                    let clauses: &mut [Vec<Lit>] = &mut if matches!(gate, Gate::And(..)) {
                        vec![vec![!out, x], vec![!out, y], vec![out, !x, !y]]
                    } else {
                        vec![
                            vec![!out, x, y],
                            vec![!out, !x, !y],
                            vec![out, !x, y],
                            vec![out, x, !y],
                        ]
                    };
                    for clause in clauses {
                        self.clause(clause);
                    }
                    out
                }
            };
            let number = number as usize;
            if self.literals.len() <= number {
                self.literals.resize(number + 1, None);
            }
            if let Some(slot) = self.literals.get_mut(number) {
                *slot = Some(literal);
            }
        }
        self.known(bit).ok_or(Why::Budget)
    }

    fn variable(&mut self) -> Lit {
        // What nothing decides is false: a witness then has no more in it than it must.
        Lit::new(self.solver.new_var(lbool::FALSE, true), true)
    }

    fn known_gate(&self, number: u32) -> Option<Lit> {
        self.literals.get(number as usize).copied().flatten()
    }

    fn known(&self, bit: Bit) -> Option<Lit> {
        let literal = self.known_gate(bit.gate())?;
        Some(if bit.is_negated() { !literal } else { literal })
    }

    /// Notes what an input brings with it.
    fn occurs(&mut self, terms: &Terms<'_>, input: u32) {
        self.due.extend(terms.definition(input));
        match terms.input(input) {
            None => {}
            Some(Input::Bit(place, _) | Input::Present(place)) => self.place(terms, *place),
            Some(Input::Exists(node) | Input::Like(node, _)) => self.node(terms, *node),
            Some(Input::Equal(a, b) | Input::Below(a, b, _)) => {
                self.node(terms, *a);
                self.node(terms, *b);
            }
            Some(Input::Member(place, element)) => {
                self.place(terms, *place);
                self.value(terms, element);
            }
            Some(Input::Subset(place, set)) => {
                self.place(terms, *place);
                self.set(terms, set);
            }
            Some(Input::Overlap(a, b)) => {
                self.place(terms, *a);
                self.place(terms, *b);
            }
            Some(Input::InAny(node, place)) => {
                self.node(terms, *node);
                self.place(terms, *place);
            }
        }
    }

    fn place(&mut self, terms: &Terms<'_>, place: Place) {
        let Some(data) = terms.place(place) else {
            return;
        };
        if !self.places.insert(place) {
            return;
        }
        if data.axiom != Bit::TRUE {
            self.due.push(data.axiom);
        }
        match &data.origin {
            Origin::Attr(node, _) => self.node(terms, *node),
            Origin::Tag(node, key) => {
                self.node(terms, *node);
                self.node(terms, *key);
            }
            Origin::Field(record, _) => self.place(terms, *record),
            _ => {}
        }
    }

    fn node(&mut self, terms: &Terms<'_>, node: Node) {
        if self.nodes.insert(node)
            && let Some(NodeData::Place(place)) = terms.node(node)
        {
            self.place(terms, *place);
        }
    }

    fn value(&mut self, terms: &Terms<'_>, value: &Value) {
        match value {
            Value::Bool(bit) => self.wanted.push(*bit),
            Value::Number(number) => self.wanted.extend(number.bits()),
            Value::Ip(ip) => self.wanted.extend(ip.bits()),
            Value::Node(choice) => {
                for (node, guard) in choice {
                    self.wanted.push(*guard);
                    self.node(terms, *node);
                }
            }
            Value::Set(choice) => {
                for (set, guard) in choice {
                    self.wanted.push(*guard);
                    self.set(terms, set);
                }
            }
            Value::Record(RecordTerm::Place(place)) => self.place(terms, *place),
            Value::Record(RecordTerm::Listed(fields)) => {
                for (there, value) in fields.values() {
                    self.wanted.push(*there);
                    self.value(terms, value);
                }
            }
        }
    }

    fn set(&mut self, terms: &Terms<'_>, set: &SetTerm) {
        match set {
            SetTerm::Place(place) => self.place(terms, *place),
            SetTerm::Listed(elements) => {
                for element in elements.iter() {
                    self.value(terms, element);
                }
            }
        }
    }

    fn model(&self, terms: &Terms<'_>) -> Model {
        let values = self
            .literals
            .iter()
            .map(|literal| literal.map(|literal| self.solver.value_lit(literal) == lbool::TRUE))
            .collect();
        let inputs = self
            .inputs
            .iter()
            .filter_map(|number| Some((terms.input(*number)?.clone(), *number)))
            .collect();
        Model::new(values, inputs, self.places.clone(), self.nodes.clone())
    }
}

/// Counts the work of the solver, and stops it.
struct Counting {
    used: u64,
    limit: u64,
}

impl Callbacks for Counting {
    fn on_new_clause(&mut self, clause: &[Lit], _: batsat::ClauseKind) {
        self.used += 4 + clause.len() as u64;
    }

    fn stop(&self) -> bool {
        self.used >= self.limit
    }
}
