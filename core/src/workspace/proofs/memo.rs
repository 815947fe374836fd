//! Answers by what the policies concerned say. They are the same whenever they are asked, so it makes no difference
//! which of them are still known.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Budget, Ground, Tally};
use crate::cedar::evaluate::{
    Compiled, Entities, Evaluation, Naming, Prepared, RequestText, Symbols, Verdict, entities,
};
use crate::encode::digest;
use crate::facts::Policy;
use crate::prove::{Answer, Bound, Prover, Question, Witness};

/// What a policy says: the digest of its canonical form, and of the values of a link.
pub(super) type Form = [u8; 32];

/// An answer, and what it took.
#[derive(Debug, Clone, Default)]
pub(super) struct Answered {
    /// Whether what was asked about holds; `None` where that is not decided.
    pub(super) holds: Option<bool>,
    /// A request that shows the opposite, in a few words.
    pub(super) example: Option<String>,
    pub(super) tally: Tally,
}

/// Whether there is a request that one policy applies to and others do not.
#[derive(Clone)]
pub(super) enum Beyond {
    /// There is none.
    Nothing,
    /// This one.
    This(Arc<Sample>),
    /// Undecided.
    Unknown,
}

/// Answers under one schema.
#[derive(Default)]
pub(super) struct Memo {
    symbols: Symbols,
    compiled: HashMap<Form, Option<Arc<Compiled>>>,
    samples: HashMap<Form, (Option<Arc<Sample>>, Tally)>,
    any: HashMap<u32, (Option<Arc<Sample>>, Tally)>,
    answers: HashMap<Form, Answered>,
    beyond: HashMap<Form, (Beyond, Tally)>,
    parted: HashMap<Form, (Parted, Tally)>,
    /// Whether a policy applies to the request by which two sets of policies are told apart.
    at: HashMap<(Form, Form), bool>,
    /// What was asked anew.
    pub(super) fresh: Tally,
}

impl std::fmt::Debug for Memo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memo")
            .field("answers", &self.answers.len())
            .finish_non_exhaustive()
    }
}

/// The key of an answer.
fn key(kind: (u8, u32), policies: &[Form]) -> Form {
    digest("question", |nodes| {
        nodes.number("kind", kind.0.into());
        nodes.number("of", kind.1.into());
        for policy in policies {
            nodes.bytes("policy", policy);
        }
    })
}

/// What tells two sets of policies apart.
#[derive(Clone)]
pub(super) enum Parted {
    /// No request: proved.
    Nowhere,
    /// This one.
    At(Arc<Sample>),
    /// Undecided.
    Unknown,
}

/// A request that a policy applies to, ready for other policies to be evaluated.
pub(super) struct Sample {
    /// By which it is kept, where it tells two sets apart.
    key: Form,
    prepared: Prepared,
    entities: Entities,
}

impl Sample {
    fn new(witness: &Witness, ground: &Ground, symbols: &mut Symbols) -> Option<Self> {
        let schema = Some(ground.validator.schema());
        let entities = entities(&witness.entities.to_string(), schema).ok()?;
        let text = RequestText {
            principal: &witness.principal,
            action: &witness.action,
            resource: &witness.resource,
            context: &witness.context,
        };
        let prepared = Prepared::new(&text, &entities, schema, Naming::Add(symbols)).ok()?;
        Some(Self {
            key: Form::default(),
            prepared,
            entities,
        })
    }
}

impl Memo {
    /// Forgets everything where much more is known than `policies` need.
    pub(super) fn shrink(&mut self, policies: usize) {
        let room = 4096 + 64 * policies;
        let kept = [
            self.answers.len(),
            self.beyond.len(),
            self.compiled.len(),
            self.samples.len(),
            self.parted.len(),
            self.at.len() / 16,
        ];
        if kept.into_iter().any(|kept| kept > room) {
            *self = Self {
                fresh: self.fresh,
                ..Self::default()
            };
        }
    }

    /// Whether a policy applies to a sample.
    ///
    /// One that is too deep for that counts as not applying: nothing is proved of it then.
    pub(super) fn applies(&mut self, form: &Form, of: &Bound, sample: &Sample) -> bool {
        if !crate::prove::is_shallow(&of.parsed.policy) {
            return false;
        }
        let symbols = &mut self.symbols;
        let compiled = self
            .compiled
            .entry(*form)
            .or_insert_with(|| Compiled::new(&of.parsed, of.link.as_ref(), symbols).map(Arc::new));
        compiled.as_ref().is_some_and(|compiled| {
            let evaluation = Evaluation::new(&sample.prepared, &sample.entities);
            evaluation.verdict(compiled) == Verdict::Applies
        })
    }

    /// A request that a policy applies to, in the first of these kinds in which there is one.
    pub(super) fn sample(
        &mut self,
        form: &Form,
        of: &Bound,
        kinds: &[u32],
        ground: &Ground,
    ) -> (Option<Arc<Sample>>, Tally) {
        if let Some(known) = self.samples.get(form) {
            return known.clone();
        }
        let mut tally = Tally::default();
        let mut found = None;
        let mut budget = Budget::new();
        for number in ground.apart(kinds, &[(&of.parsed.policy, kinds)]) {
            let Some(mut prover) = ground.prover(number) else {
                continue;
            };
            if budget.is_spent() {
                break;
            }
            let before = tally.steps;
            let policy = prover.add(of, true);
            if let Answer::Yes(witness) = tally.sample(&mut prover, Question::Applies(policy)) {
                found = Sample::new(&witness, ground, &mut self.symbols).map(Arc::new);
                break;
            }
            budget.spend(tally.steps - before);
        }
        self.fresh.add(tally);
        self.samples.insert(*form, (found.clone(), tally));
        (found, tally)
    }

    /// Any request of a kind.
    pub(super) fn any(&mut self, number: u32, ground: &Ground) -> (Option<Arc<Sample>>, Tally) {
        if let Some(known) = self.any.get(&number) {
            return known.clone();
        }
        let mut tally = Tally::default();
        let mut found = None;
        if let Some(mut prover) = ground.prover(number)
            && let Answer::Yes(witness) = tally.sample(&mut prover, Question::Denied(&[]))
        {
            found = Sample::new(&witness, ground, &mut self.symbols).map(Arc::new);
        }
        self.fresh.add(tally);
        self.any.insert(number, (found.clone(), tally));
        (found, tally)
    }

    /// A request that the first of these policies applies to and the others do not, in one of these kinds. `add` adds
    /// all of them.
    pub(super) fn beyond(
        &mut self,
        forms: &[Form],
        kinds: &[u32],
        policies: &[(&Policy, &[u32])],
        ground: &Ground,
        add: impl Fn(&mut Prover<'_>, u32) -> (usize, Vec<usize>),
    ) -> (Beyond, Tally) {
        let key = key((1, 0), forms);
        if let Some(known) = self.beyond.get(&key) {
            return known.clone();
        }
        let mut tally = Tally::default();
        let mut found = None;
        let holds = tally.everywhere(&ground.apart(kinds, policies), |tally, number| {
            let mut prover = ground.prover(number)?;
            let (policy, others) = add(&mut prover, number);
            match tally.sample(&mut prover, Question::AppliesBeyond(policy, &others)) {
                Answer::No => Some(true),
                Answer::Yes(witness) => {
                    found = Sample::new(&witness, ground, &mut self.symbols);
                    Some(false)
                }
                Answer::Unknown(_) => None,
            }
        });
        let beyond = match (holds, found) {
            (Some(true), _) => Beyond::Nothing,
            (_, Some(sample)) => Beyond::This(Arc::new(sample)),
            _ => Beyond::Unknown,
        };
        self.fresh.add(tally);
        self.beyond.insert(key, (beyond.clone(), tally));
        (beyond, tally)
    }

    /// The answer to a question that depends on nothing but its kind and these policies.
    pub(super) fn answer(
        &mut self,
        kind: (u8, u32),
        policies: &[Form],
        ask: impl FnOnce(&mut Answered) -> Option<bool>,
    ) -> Answered {
        let key = key(kind, policies);
        if let Some(known) = self.answers.get(&key) {
            return known.clone();
        }
        let mut answered = Answered::default();
        answered.holds = ask(&mut answered);
        self.fresh.add(answered.tally);
        self.answers.insert(key, answered.clone());
        answered
    }
    /// A request of a kind that the first set of policies allows and the second denies. The sets depend on nothing but
    /// these policies.
    pub(super) fn part(
        &mut self,
        number: u32,
        policies: &[Form],
        ground: &Ground,
        sets: impl FnOnce(&mut Prover<'_>) -> (Vec<usize>, Vec<usize>),
    ) -> (Parted, Tally) {
        let key = key((4, number), policies);
        if let Some(known) = self.parted.get(&key) {
            return known.clone();
        }
        let mut tally = Tally::default();
        let mut parted = Parted::Unknown;
        if let Some(mut prover) = ground.prover(number) {
            let (one, other) = sets(&mut prover);
            let question = Question::AllowedOnlyBy(&one, &other);
            parted = match tally.sample(&mut prover, question) {
                Answer::No => Parted::Nowhere,
                Answer::Yes(witness) => Sample::new(&witness, ground, &mut self.symbols)
                    .map_or(Parted::Unknown, |sample| {
                        Parted::At(Arc::new(Sample { key, ..sample }))
                    }),
                Answer::Unknown(_) => Parted::Unknown,
            };
        }
        self.fresh.add(tally);
        self.parted.insert(key, (parted.clone(), tally));
        (parted, tally)
    }

    /// The same as [`Self::applies`], of a request that tells two sets apart.
    pub(super) fn applies_at(&mut self, form: &Form, of: &Bound, sample: &Sample) -> bool {
        let key = (sample.key, *form);
        if let Some(known) = self.at.get(&key) {
            return *known;
        }
        let applies = self.applies(form, of, sample);
        self.at.insert(key, applies);
        applies
    }
}
