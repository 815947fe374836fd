//! One kind of request of one pair before all judges: what each says, and where they contradict each other.

use std::fmt;
use std::time::Duration;

use anyhow::Result;
use portcullis_core::prove::{Relation as Proved, Why, Witness, World};
use serde_json::Value;

use crate::brute::{self, Sample, Seen};
use crate::generate;
use crate::model::{Environment, Uid};
use crate::ours::Ours;
use crate::pair::{Cedar, Pair, Relation};
use crate::questions::{self, Questions};
use crate::symcc::{Symcc, Verdict};

/// Who judges.
pub struct Judges {
    /// Cedar's symbolic compiler, where there is a solver.
    pub symcc: Option<Symcc>,
    /// How random requests are made.
    pub requests: brute::Options,
    /// Which entities a request comes with; the symbolic compiler knows complete worlds alone.
    pub world: World,
    /// Whether the other questions are asked too.
    pub questions: bool,
    /// The seed of these.
    pub seed: u64,
}

/// What was said of one kind of request.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub ours: Verdict,
    /// How long ours took.
    pub ours_took: Duration,
    pub theirs: Option<Theirs>,
    pub seen: Option<Seen>,
    pub questions: Questions,
    pub faults: Vec<Fault>,
}

/// What Cedar's symbolic compiler said.
#[derive(Debug, Clone)]
pub struct Theirs {
    pub verdict: Verdict,
    pub took: Duration,
    /// Whether the solver was asked: some questions are settled without it.
    pub asked: bool,
}

/// A contradiction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    /// What exactly, for a reader.
    pub detail: String,
}

/// What contradicts what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The core refuses what Cedar accepts.
    Refused,
    /// Our relation against that of Cedar's symbolic compiler.
    Symcc,
    /// Our relation against a decision of Cedar's evaluator.
    Evaluator,
    /// Our witness, which Cedar's public API refuses or decides otherwise.
    Witness,
    /// Our witness names an entity that is not there.
    Incomplete,
    /// Our relation against our own witnesses.
    Inconsistent,
    /// We found a witness that Cedar's evaluator did not confirm.
    Unconfirmed,
    /// Cedar's symbolic compiler against Cedar's evaluator: a fault of the generator or of theirs.
    Theirs,
}

impl Judges {
    /// Lets everyone judge.
    ///
    /// # Errors
    ///
    /// Where the solver has died and does not start again.
    pub fn judge(
        &mut self,
        pair: &Pair,
        cedar: &Cedar,
        environment: &Environment,
    ) -> Result<Outcome> {
        let mut outcome = Outcome {
            ours: Verdict::Unknown(String::new()),
            ours_took: Duration::ZERO,
            theirs: None,
            seen: None,
            questions: Questions::default(),
            faults: Vec::new(),
        };
        let mut witnesses = [None, None];
        match Ours::new(pair).map(|ours| ours.compare(environment, self.world)) {
            Err(why) => outcome.fault(Kind::Refused, why),
            Ok(None) => outcome.fault(Kind::Refused, "the kind of request".to_owned()),
            Ok(Some((comparison, took))) => {
                outcome.ours_took = took;
                outcome.ours = match comparison.relation {
                    Proved::Equivalent => Verdict::Known(Relation::Equivalent),
                    Proved::Wider => Verdict::Known(Relation::Wider),
                    Proved::Narrower => Verdict::Known(Relation::Narrower),
                    Proved::Incomparable => Verdict::Known(Relation::Incomparable),
                    Proved::Unknown => Verdict::Unknown(match &comparison.why {
                        Some(why) => why.to_string(),
                        None => "no reason is given".to_owned(),
                    }),
                };
                if let Some(Why::Unconfirmed(what)) = comparison.why {
                    outcome.fault(Kind::Unconfirmed, what);
                }
                witnesses = [comparison.newly_allowed, comparison.newly_denied];
            }
        }
        let [allowed, denied] = &witnesses;
        outcome.hold_witnesses(cedar, allowed.as_ref(), denied.as_ref(), self.world);
        if let Some(symcc) = &mut self.symcc {
            let (verdict, took, asked) = symcc.compare(cedar, environment)?;
            outcome.theirs = Some(Theirs {
                verdict,
                took,
                asked,
            });
        }
        let mut drawn = Vec::new();
        if self.requests.requests > 0 {
            let mut rng = generate::rng(self.seed, pair.number, 2);
            let (requests, refused) =
                brute::draw(&mut rng, pair, cedar, environment, self.requests);
            outcome.seen = Some(brute::look(&requests, refused, cedar));
            drawn = requests;
        }
        outcome.hold_relations(witnesses.map(|witness| witness.is_some()));
        if self.questions {
            questions::judge(self, pair, cedar, environment, &drawn, &mut outcome)?;
        }
        Ok(outcome)
    }
}

impl Outcome {
    pub fn fault(&mut self, kind: Kind, detail: String) {
        self.faults.push(Fault { kind, detail });
    }

    /// Holds our witnesses against Cedar's public API, and against what we conclude from them.
    fn hold_witnesses(
        &mut self,
        cedar: &Cedar,
        allowed: Option<&Witness>,
        denied: Option<&Witness>,
        world: World,
    ) {
        if let Verdict::Known(relation) = self.ours {
            let shown = Relation::from_witnesses(allowed.is_some(), denied.is_some());
            if shown != relation {
                let detail = format!(
                    "{} is claimed, and the witnesses show {}",
                    relation.as_str(),
                    shown.as_str()
                );
                self.fault(Kind::Inconsistent, detail);
            }
        }
        for (witness, expected) in [(allowed, (false, true)), (denied, (true, false))] {
            let Some(witness) = witness else { continue };
            let sample = sample(witness);
            match brute::decide(&sample, cedar) {
                Ok(decided) if decided == expected => {}
                Ok((base, head)) => self.fault(
                    Kind::Witness,
                    format!(
                        "base allows: {base}, head allows: {head}\n{}",
                        Shown(&sample)
                    ),
                ),
                Err(error) => self.fault(Kind::Witness, format!("{error}\n{}", Shown(&sample))),
            }
            if world == World::Complete
                && let Some(missing) = missing(&sample)
            {
                let detail = format!("{missing} is missing\n{}", Shown(&sample));
                self.fault(Kind::Incomplete, detail);
            }
        }
    }

    /// Holds relations against each other and against decisions; `witnessed` says whether we have a request that only
    /// head allows, and one that only base allows.
    fn hold_relations(&mut self, witnessed: [bool; 2]) {
        let theirs = match self.theirs.as_ref().map(|theirs| &theirs.verdict) {
            Some(Verdict::Known(theirs)) => Some(*theirs),
            _ => None,
        };
        if let Some(theirs) = theirs {
            let [allowed, denied] = witnessed;
            let (fault, said) = match self.ours {
                Verdict::Known(ours) => (ours != theirs, ours.as_str()),
                Verdict::Unknown(_) => {
                    let refuted = (allowed && !theirs.admits(false, true))
                        || (denied && !theirs.admits(true, false));
                    (refuted, "unknown, with a witness")
                }
            };
            if fault {
                let detail = format!("ours: {said}, theirs: {}", theirs.as_str());
                self.fault(Kind::Symcc, detail);
            }
        }
        let seen = self.seen.clone().unwrap_or_default();
        if let Some(error) = seen.refused {
            self.fault(Kind::Theirs, format!("the generator's request: {error}"));
        }
        for sample in [seen.newly_allowed, seen.newly_denied]
            .into_iter()
            .flatten()
        {
            let ours = match self.ours {
                Verdict::Known(ours) => Some(ours),
                Verdict::Unknown(_) => None,
            };
            for (kind, relation) in [(Kind::Evaluator, ours), (Kind::Theirs, theirs)] {
                let Some(relation) = relation else { continue };
                if !relation.admits(sample.base, sample.head) {
                    let detail = format!(
                        "{} is claimed; base allows: {}, head allows: {}\n{}",
                        relation.as_str(),
                        sample.base,
                        sample.head,
                        Shown(&sample)
                    );
                    self.fault(kind, detail);
                }
            }
        }
    }
}

impl Fault {
    /// What two faults share that have the same cause, as far as one can tell.
    pub fn cause(&self) -> String {
        let reason = match self.kind {
            Kind::Unconfirmed | Kind::Refused => {
                let line = self.detail.lines().next().unwrap_or_default();
                let plain = line.split(['`', '"']).next().unwrap_or_default();
                plain.to_owned()
            }
            _ => String::new(),
        };
        format!("{}: {reason}", self.kind.as_str())
    }
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "the core refuses what Cedar accepts",
            Self::Symcc => "ours against symcc",
            Self::Evaluator => "ours against Cedar's evaluator",
            Self::Witness => "our witness against Cedar's evaluator",
            Self::Incomplete => "our witness lacks an entity",
            Self::Inconsistent => "our relation against our witnesses",
            Self::Unconfirmed => "our witness was not confirmed",
            Self::Theirs => "symcc or generator against Cedar's evaluator",
        }
    }
}

/// A witness as a request to decide.
pub fn sample(witness: &Witness) -> Sample {
    let uid = |entity: &portcullis_core::facts::Entity| Uid {
        ty: entity.ty.clone(),
        id: entity.id.clone(),
    };
    Sample {
        principal: uid(&witness.principal),
        action: uid(&witness.action),
        resource: uid(&witness.resource),
        context: witness.context.clone(),
        entities: witness.entities.clone(),
        base: false,
        head: false,
    }
}

/// An entity that a request or an attribute names and that is not there.
fn missing(sample: &Sample) -> Option<String> {
    let key = |value: &Value| -> Option<String> {
        let object = value.as_object()?;
        let (ty, id) = (object.get("type")?.as_str()?, object.get("id")?.as_str()?);
        (object.len() == 2).then(|| format!("{ty}::{id:?}"))
    };
    let entities = sample.entities.as_array()?;
    let there: Vec<String> = entities
        .iter()
        .filter_map(|entity| key(entity.get("uid")?))
        .collect();
    let mut named = vec![
        format!("{}::{:?}", sample.principal.ty, sample.principal.id),
        format!("{}::{:?}", sample.resource.ty, sample.resource.id),
    ];
    let mut open = vec![&sample.context];
    for entity in entities {
        open.extend(entity.get("attrs"));
        open.extend(entity.get("tags"));
    }
    while let Some(value) = open.pop() {
        match value {
            Value::Array(values) => open.extend(values),
            Value::Object(fields) => {
                named.extend(fields.get("__entity").and_then(key));
                open.extend(fields.values());
            }
            _ => {}
        }
    }
    let action = format!("{}::", sample.action.ty);
    named
        .into_iter()
        .find(|name| !there.contains(name) && !name.starts_with(&action))
}

/// A sample for a reader.
pub struct Shown<'a>(pub &'a Sample);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sample {
            principal,
            action,
            resource,
            context,
            entities,
            ..
        } = self.0;
        writeln!(f, "  request: {principal}, {action}, {resource}")?;
        writeln!(f, "  context: {context}")?;
        write!(f, "  entities:")?;
        for entity in entities.as_array().into_iter().flatten() {
            write!(f, "\n    {entity}")?;
        }
        Ok(())
    }
}
