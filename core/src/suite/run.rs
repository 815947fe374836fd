//! Runs suites: every case is decided as Cedar decides it, and only what a change can reach is decided
//! again.
//!
//! What a case came to is kept together with the policies that could apply to it. As long as those are
//! the same, so is what it comes to: no other policy's scope admits the request.

mod ahead;
mod answer;
mod cases;
mod evidence;
mod mutants;
mod reasons;
mod suggest;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::cover::Cover;
use super::model::{Broken, Suite};
use super::outcome::{Outcome, TestResult, TestSummary};
use super::{Coverage, TestOptions};
use crate::authorize::{Authorizer, Name};
use crate::cedar::ValidatorSchema;
use crate::cedar::evaluate::{Compiled, Entities, Evaluation, Mark, Prepared, Symbols, Verdict};
use crate::cedar::links::Link;
use crate::cedar::parse::Parsed;
use crate::report::Range;
use crate::schema::{Schema, TypeScope};
use crate::source::{LineIndex, Position, Span};
use crate::workers::Workers;
use answer::{Decided, Naming};
use cases::{Fixtures, SuiteCases};
pub use mutants::MutateWith;
use reasons::Failure;

/// The policies that cases are run against.
#[derive(Debug)]
pub struct Policies<'a> {
    /// Every policy and template, in the order of files and statements.
    pub statements: Vec<Statement<'a>>,
    /// Every policy and link, which take part in decisions.
    pub members: Vec<Member<'a>>,
    /// The schema that requests and entities are checked against.
    pub schema: Option<(&'a Schema, &'a ValidatorSchema)>,
    /// A number that is another for another schema.
    pub epoch: u64,
}

/// A policy or template and where it stands.
#[derive(Debug)]
pub struct Statement<'a> {
    /// What it is called.
    pub name: Arc<str>,
    /// Path of its file.
    pub file: Arc<str>,
    /// What it says.
    pub parsed: &'a Parsed,
    /// The requests that its scope admits under the schema.
    pub scope: &'a TypeScope,
    /// The positions of its text.
    pub index: &'a LineIndex,
    /// Where its text starts in its file.
    pub base: Position,
}

impl Statement<'_> {
    /// A span of its text in its file.
    pub fn range(&self, span: Span) -> Range {
        let text = &self.parsed.policy.text;
        Range {
            start: self.index.position(text, span.start, self.base),
            end: self.index.position(text, span.end, self.base),
        }
    }
}

/// A policy, or a link of a template.
#[derive(Debug)]
pub struct Member<'a> {
    /// Another for another text or other values of the slots.
    pub key: [u8; 32],
    /// Its place in [`Policies::statements`].
    pub statement: usize,
    /// The values of the slots.
    pub link: Option<&'a Link>,
    /// What it is called.
    pub name: Name,
}

/// A suite and the positions of its file.
#[derive(Debug, Clone)]
pub struct SuiteFile<'a> {
    /// The suite.
    pub suite: Arc<Suite>,
    /// The file's text.
    pub text: &'a str,
    /// The positions of the text.
    pub index: &'a LineIndex,
}

/// What running suites gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// The cases that were run or skipped, in the order of suites and cases.
    pub tests: Vec<TestResult>,
    /// Counts; [`TestSummary::broken_suites`] is for the caller to fill in.
    pub summary: TestSummary,
    /// What the cases covered, where it was asked for.
    pub coverage: Option<Coverage>,
}

impl Ran {
    fn add(&mut self, result: TestResult, options: &TestOptions, stopped: &mut bool) {
        let summary = &mut self.summary;
        let count = match result.outcome {
            Outcome::Passed => &mut summary.passed,
            Outcome::Failed => &mut summary.failed,
            Outcome::Error => &mut summary.errors,
            Outcome::Skipped => &mut summary.skipped,
        };
        *count += 1;
        *stopped = options.fail_fast && matches!(result.outcome, Outcome::Failed | Outcome::Error);
        self.tests.push(result);
    }

    /// A case that something is wrong with is not run, and is not taken for one that passed.
    fn broken(
        &mut self,
        file: &SuiteFile<'_>,
        broken: &Broken,
        options: &TestOptions,
        stopped: &mut bool,
    ) {
        if *stopped || !options.selects(&file.suite.name, &broken.name, &broken.tags) {
            self.summary.left_out += 1;
            return;
        }
        let result = TestResult {
            suite: Arc::clone(&file.suite.name),
            name: Arc::clone(&broken.name),
            file: Arc::clone(&file.suite.path),
            range: cases::range(file, broken.span),
            outcome: Outcome::Error,
            expected: None,
            got: None,
            reasons: vec![broken.reason.clone()],
        };
        self.add(result, options, stopped);
    }
}

/// How much work runs did so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunCounters {
    /// Cases whose policies were evaluated.
    pub cases_evaluated: u64,
    /// Policies that came to something else part by part than in one piece: a fault of ours.
    pub coverage_faults: u64,
}

/// Runs suites again and again.
#[derive(Debug, Default)]
pub struct Runner {
    symbols: Symbols,
    /// Compiled policies by [`Member::key`], with a number that is never used again.
    compiled: HashMap<[u8; 32], (u64, Arc<Compiled>)>,
    last_number: u64,
    authorizer: Authorizer,
    /// The numbers of the authorizer's policies.
    numbers: Vec<u64>,
    entities: Fixtures,
    suites: BTreeMap<Arc<str>, SuiteCases>,
    epoch: Option<u64>,
    mutants: super::mutate::Memo,
    counters: RunCounters,
    workers: Option<Arc<dyn Workers>>,
}

/// What the policies that can apply to a case came to.
#[derive(Debug, Clone)]
struct Evaluated {
    /// The numbers of these policies, in the order of the bundle.
    policies: Box<[u64]>,
    /// One for each.
    verdicts: Box<[Verdict]>,
    /// What was seen of them, one after the other, where it was asked for.
    marks: Option<Box<[Mark]>>,
    /// Of each comparison with a limit, one after the other, whether the request stands at it and whether
    /// directly beyond it, where it was asked for.
    limits: Option<Box<[(bool, bool)]>>,
    /// The first that came to something else part by part.
    fault: Option<usize>,
}

impl Runner {
    /// How much work was done so far.
    pub const fn counters(&self) -> RunCounters {
        self.counters
    }

    /// Evaluates cases beside each other from now on.
    pub fn set_workers(&mut self, workers: Arc<dyn Workers>) {
        self.workers = Some(workers);
    }

    /// Runs the cases of the suites, which are in the order of their paths.
    pub fn run(
        &mut self,
        policies: &Policies<'_>,
        suites: &[SuiteFile<'_>],
        options: &TestOptions,
    ) -> Ran {
        self.prepare(policies, suites);
        // Of those that only some are wanted of, or up to the first that fails, it is not known yet which are evaluated.
        let asked = Wanted {
            coverage: options.coverage,
            limits: false,
        };
        if options.reaching.is_none() && !options.fail_fast {
            self.evaluate_ahead(suites, asked, |file, case| {
                options.selects(&file.suite.name, &case.name, &case.tags)
            });
        }
        let naming = Naming::new(policies);
        let mut cover = options
            .coverage
            .then(|| Cover::new(policies, &mut self.symbols));
        let mut ran = Ran {
            tests: Vec::with_capacity(suites.iter().map(|file| file.suite.cases.len()).sum()),
            summary: TestSummary {
                suites: suites.len(),
                ..TestSummary::default()
            },
            coverage: None,
        };
        // By number, whether cases are to be run that can reach the policy.
        let wanted: Option<Vec<bool>> = options.reaching.is_some().then(|| {
            let statement = |member: &Member<'_>| policies.statements.get(member.statement);
            let wants = |member| statement(member).is_some_and(|of| options.wants(&of.name));
            policies.members.iter().map(wants).collect()
        });
        let mut candidates = Vec::new();
        let mut stopped = false;
        for file in suites {
            let Some(cases) = self.suites.get_mut(&file.suite.path) else {
                continue;
            };
            let mut broken = file.suite.broken.iter().peekable();
            for (case, ready) in file.suite.cases.iter().zip(&mut cases.ready) {
                while let Some(broken) = broken.next_if(|broken| broken.span < case.span) {
                    ran.broken(file, broken, options, &mut stopped);
                }
                if stopped || !options.selects(&file.suite.name, &case.name, &case.tags) {
                    ran.summary.left_out += 1;
                    continue;
                }
                let requested = cases::requested(&ready.request, &ready.entities);
                // What cannot be read may be about these policies, and is not left out.
                if let (Some(wanted), Ok((request, _))) = (&wanted, requested) {
                    self.authorizer.candidates(request, &mut candidates);
                    let is_wanted = |number: &u32| wanted.get(*number as usize) == Some(&true);
                    if !candidates.iter().any(is_wanted) {
                        ran.summary.left_out += 1;
                        if case.skip.is_none()
                            && let Some(cover) = &mut cover
                        {
                            cover.outside();
                        }
                        continue;
                    }
                }
                let mut result = TestResult {
                    suite: Arc::clone(&file.suite.name),
                    name: Arc::clone(&case.name),
                    file: Arc::clone(&file.suite.path),
                    range: ready.range,
                    outcome: Outcome::Passed,
                    expected: Some(ready.expected.clone()),
                    got: None,
                    reasons: Vec::new(),
                };
                match (&case.skip, requested) {
                    (Some(why), _) => {
                        result.outcome = Outcome::Skipped;
                        result.reasons.push(why.to_string());
                    }
                    (None, Err(why)) => {
                        result.outcome = Outcome::Error;
                        result.reasons.push(why.to_owned());
                    }
                    (None, Ok((request, entities))) => {
                        self.authorizer.candidates(request, &mut candidates);
                        let evaluated = evaluate(
                            &mut ready.evaluated,
                            Inputs {
                                authorizer: &self.authorizer,
                                numbers: &self.numbers,
                                candidates: &candidates,
                                request,
                                entities,
                                wanted: asked,
                            },
                            &mut self.counters,
                        );
                        let decided = Decided {
                            case,
                            candidates: &candidates,
                            evaluated,
                            outcome: self.authorizer.outcome(&candidates, &evaluated.verdicts),
                        };
                        let got = decided.answer(policies, &self.authorizer);
                        if let Some(at) = evaluated.fault {
                            result.outcome = Outcome::Error;
                            result.reasons.push(fault(policies, &candidates, at));
                        } else if !decided.as_expected(&got, &naming) {
                            result.outcome = Outcome::Failed;
                            result.reasons = Failure {
                                decided: &decided,
                                got: &got,
                                policies,
                                authorizer: &self.authorizer,
                                request,
                                entities,
                                naming: &naming,
                            }
                            .reasons();
                        }
                        result.got = Some(got);
                        if let Some(cover) = &mut cover {
                            let marks = evaluated.marks.as_deref().unwrap_or_default();
                            cover.add(
                                policies,
                                &self.authorizer,
                                request,
                                (&candidates, marks),
                                &decided.outcome.determining,
                            );
                        }
                    }
                }
                ran.add(result, options, &mut stopped);
            }
            for broken in broken {
                ran.broken(file, broken, options, &mut stopped);
            }
        }
        ran.coverage = cover.map(|cover| cover.finish(policies, &self.authorizer, options));
        ran
    }

    /// Brings what is kept up to date with the policies and the suites.
    fn prepare(&mut self, policies: &Policies<'_>, suites: &[SuiteFile<'_>]) {
        if self.epoch.replace(policies.epoch) != Some(policies.epoch) {
            self.entities.clear();
            self.suites.clear();
        }
        self.compile(policies);
        let mut before = std::mem::take(&mut self.suites);
        for file in suites {
            let old = before.remove(&file.suite.path);
            let cases = match old {
                Some(old) if Arc::ptr_eq(&old.suite, &file.suite) => old,
                old => SuiteCases::new(
                    file,
                    old,
                    policies.schema.map(|(_, validator)| validator),
                    &mut self.entities,
                    &mut self.symbols,
                ),
            };
            self.suites.insert(Arc::clone(&file.suite.path), cases);
        }
        self.entities
            .retain(|_, entities| Arc::strong_count(entities) > 1);
    }

    /// The authorizer over the policies that were compiled last, and the numbers of what they name.
    pub(crate) const fn authorizer(&self) -> (&Authorizer, &Symbols) {
        (&self.authorizer, &self.symbols)
    }

    /// Brings the authorizer up to date with the policies. What is compiled already is kept.
    pub(crate) fn compile(&mut self, policies: &Policies<'_>) {
        let mut numbers = Vec::with_capacity(policies.members.len());
        let mut compiled = Vec::with_capacity(policies.members.len());
        for member in &policies.members {
            let known = self.compiled.get(&member.key).cloned();
            let made = known.or_else(|| {
                let parsed = policies.statements.get(member.statement)?.parsed;
                let policy = Arc::new(Compiled::new(parsed, member.link, &mut self.symbols)?);
                self.last_number += 1;
                let made = (self.last_number, policy);
                self.compiled.insert(member.key, made.clone());
                Some(made)
            });
            if let Some((number, policy)) = made {
                numbers.push(number);
                compiled.push(policy);
            }
        }
        if numbers != self.numbers {
            self.authorizer = Authorizer::new(compiled);
            self.numbers = numbers;
        }
        // Undoing an edit costs nothing, as long as what was is not most of what is kept.
        if self.compiled.len() > 2 * self.numbers.len() + 1024 {
            let used: std::collections::HashSet<u64> = self.numbers.iter().copied().collect();
            self.compiled.retain(|_, (number, _)| used.contains(number));
        }
    }
}

/// What a case is evaluated with.
struct Inputs<'a> {
    authorizer: &'a Authorizer,
    numbers: &'a [u64],
    candidates: &'a [u32],
    request: &'a Prepared,
    entities: &'a Entities,
    wanted: Wanted,
}

/// What is found out of each case beside what its policies come to.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    /// What it covers.
    coverage: bool,
    /// Whether it stands at a limit.
    limits: bool,
}

impl Evaluated {
    /// Whether all of this was found out.
    const fn has(&self, wanted: Wanted) -> bool {
        (self.marks.is_some() || !wanted.coverage) && (self.limits.is_some() || !wanted.limits)
    }
}

/// What the candidates come to: what is known if they are the same as before.
fn evaluate<'k>(
    known: &'k mut Option<Evaluated>,
    with: Inputs<'_>,
    counters: &mut RunCounters,
) -> &'k Evaluated {
    let numbers = with
        .candidates
        .iter()
        .filter_map(|candidate| with.numbers.get(*candidate as usize).copied());
    let current = known.take().filter(|known| {
        known.has(with.wanted)
            && known.policies.len() == with.candidates.len()
            && numbers.clone().eq(known.policies.iter().copied())
    });
    known.insert(current.unwrap_or_else(|| {
        counters.cases_evaluated += 1;
        let evaluation = Evaluation::new(with.request, with.entities);
        let mut marks = Vec::new();
        let mut fault = None;
        let mut limits = Vec::new();
        let policies = with
            .candidates
            .iter()
            .filter_map(|candidate| with.authorizer.policy(*candidate));
        let verdicts = policies
            .enumerate()
            .map(|(at, policy)| {
                let verdict = evaluation.verdict(policy);
                if with.wanted.coverage && evaluation.trace(policy, &mut marks) != verdict {
                    counters.coverage_faults += 1;
                    fault = fault.or(Some(at));
                }
                if with.wanted.limits && !policy.boundaries().is_empty() {
                    let mut marks = Vec::new();
                    evaluation.trace(policy, &mut marks);
                    let boundaries = policy.boundaries().iter();
                    limits.extend(boundaries.map(|b| evaluation.at_limit(policy, b, &marks)));
                }
                verdict
            })
            .collect();
        Evaluated {
            policies: numbers.collect(),
            verdicts,
            marks: with.wanted.coverage.then(|| marks.into()),
            limits: with.wanted.limits.then(|| limits.into()),
            fault,
        }
    }))
}

fn fault(policies: &Policies<'_>, candidates: &[u32], at: usize) -> String {
    let name = candidates
        .get(at)
        .and_then(|number| policies.members.get(*number as usize))
        .map_or("?", |member| &member.name.short);
    format!(
        "evaluated part by part `{name}` comes to something else than in one piece: this is a fault of Portcullis, please report it"
    )
}
