//! The second judge: Cedar's symbolic compiler with cvc5.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use cedar_policy::{Authorizer, EntityTypeName, RequestEnv};
use cedar_policy_symcc::err::{Error, SolverError};
use cedar_policy_symcc::solver::{Decision, DecisionWithModel, LocalSolver, Solver};
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicy, CompiledPolicySet};
use tokio::io::AsyncWrite;
use tokio::process::Command;
use tokio::runtime::Runtime;

use crate::brute;
use crate::model::Environment;
use crate::pair::{Cedar, Relation};
use crate::questions::Asked;

/// How long the solver may take over one question, in milliseconds.
const LIMIT: u32 = 20_000;

/// The symbolic compiler with a solver that runs.
pub struct Symcc {
    python: PathBuf,
    runtime: Runtime,
    compiler: CedarSymCompiler<Counted>,
}

/// What is said of a pair in one kind of request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Known(Relation),
    /// And why.
    Unknown(String),
}

impl Verdict {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(relation) => relation.as_str(),
            Self::Unknown(_) => "unknown",
        }
    }
}

/// The Python in which `cargo xtask oracle` installs the solver.
pub fn python() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/oracle/bin/python")
}

impl Symcc {
    /// Starts a solver: `python` must find the module `cvc5`.
    ///
    /// # Errors
    ///
    /// Where it does not start.
    pub fn start(python: &Path) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mut symcc = Self {
            python: python.to_owned(),
            compiler: start(python, &runtime)?,
            runtime,
        };
        // The process takes its time to start, which is nobody's time to prove.
        let solver = symcc.compiler.solver_mut();
        symcc.runtime.block_on(solver.check_sat())?;
        Ok(symcc)
    }

    /// How head relates to base in one kind of request, how long it took to say so, and whether the solver was asked.
    ///
    /// # Errors
    ///
    /// Where the solver has to be started anew and does not.
    pub fn compare(
        &mut self,
        cedar: &Cedar,
        environment: &Environment,
    ) -> Result<(Verdict, Duration, bool)> {
        let environment = request_environment(environment)?;
        let compiler = &mut self.compiler;
        let before = compiler.solver().asked;
        let begun = Instant::now();
        let compared: Result<Relation, Error> = self.runtime.block_on(async {
            let base = CompiledPolicySet::compile(&cedar.base, &environment, &cedar.schema)?;
            let head = CompiledPolicySet::compile(&cedar.head, &environment, &cedar.schema)?;
            let allows_more = !compiler.check_implies_opt(&head, &base).await?;
            let denies_more = !compiler.check_implies_opt(&base, &head).await?;
            Ok(Relation::from_witnesses(allows_more, denies_more))
        });
        let took = begun.elapsed();
        let asked = compiler.solver().asked > before;
        let verdict = match compared {
            Ok(relation) => Verdict::Known(relation),
            Err(error) => {
                if matches!(error, Error::SolverError(_)) {
                    self.compiler = start(&self.python, &self.runtime)?;
                }
                Verdict::Unknown(error.to_string())
            }
        };
        Ok((verdict, took, asked))
    }

    /// Whether there is such a request; `None` where it does not know.
    ///
    /// # Errors
    ///
    /// Where the solver has to be started anew and does not.
    pub fn ask(
        &mut self,
        cedar: &Cedar,
        environment: &Environment,
        asked: Asked,
    ) -> Result<Option<bool>> {
        let environment = request_environment(environment)?;
        let compiler = &mut self.compiler;
        let policies = match asked {
            Asked::Applies(policy) | Asked::DoesNotApply(policy) | Asked::Fails(policy) => {
                vec![policy]
            }
            Asked::Beyond(policy, other) => vec![policy, other],
            Asked::Allowed | Asked::Denied => Vec::new(),
        };
        let answer: Result<bool, Error> = self.runtime.block_on(async {
            let mut compiled = Vec::new();
            for policy in policies
                .iter()
                .filter_map(|number| cedar.policies.get(*number))
            {
                compiled.push(CompiledPolicy::compile(
                    policy,
                    &environment,
                    &cedar.schema,
                )?);
            }
            let none = match (asked, compiled.as_slice()) {
                (Asked::Applies(_), [policy]) => compiler.check_never_matches_opt(policy).await,
                (Asked::DoesNotApply(_), [policy]) => {
                    compiler.check_always_matches_opt(policy).await
                }
                (Asked::Fails(_), [policy]) => compiler.check_never_errors_opt(policy).await,
                (Asked::Beyond(..), [policy, other]) => {
                    compiler.check_matches_implies_opt(policy, other).await
                }
                _ => {
                    let head =
                        CompiledPolicySet::compile(&cedar.head, &environment, &cedar.schema)?;
                    if asked == Asked::Allowed {
                        compiler.check_always_denies_opt(&head).await
                    } else {
                        compiler.check_always_allows_opt(&head).await
                    }
                }
            };
            none.map(|none| !none)
        });
        if matches!(answer, Err(Error::SolverError(_))) {
            self.compiler = start(&self.python, &self.runtime)?;
        }
        Ok(answer.ok())
    }

    /// Its counterexamples, with what Cedar's evaluator decides of them, for a reader.
    pub fn explain(&mut self, cedar: &Cedar, environment: &Environment) -> String {
        let Ok(environment) = request_environment(environment) else {
            return String::new();
        };
        let compiler = &mut self.compiler;
        let found: Result<_, Error> = self.runtime.block_on(async {
            let base = CompiledPolicySet::compile(&cedar.base, &environment, &cedar.schema)?;
            let head = CompiledPolicySet::compile(&cedar.head, &environment, &cedar.schema)?;
            Ok([
                compiler
                    .check_implies_with_counterexample_opt(&head, &base)
                    .await?,
                compiler
                    .check_implies_with_counterexample_opt(&base, &head)
                    .await?,
            ])
        });
        let found = match found {
            Ok(found) => found,
            Err(error) => return format!("no counterexample: {error}"),
        };
        let shown = found.into_iter().flatten().map(|example| {
            let decide = |policies| {
                Authorizer::new()
                    .is_authorized(&example.request, policies, &example.entities)
                    .decision()
            };
            format!(
                "base {:?}, head {:?}:\n{example}\n",
                decide(&cedar.base),
                decide(&cedar.head)
            )
        });
        shown.collect()
    }
}

/// A solver that counts what it is asked.
struct Counted {
    solver: LocalSolver,
    asked: usize,
}

impl Solver for Counted {
    fn smtlib_input(&mut self) -> &mut (dyn AsyncWrite + Unpin + Send) {
        self.solver.smtlib_input()
    }

    async fn enable_models(&mut self) -> Result<(), SolverError> {
        self.solver.enable_models().await
    }

    async fn check_sat(&mut self) -> Result<Decision, SolverError> {
        self.asked += 1;
        self.solver.check_sat().await
    }

    async fn check_sat_with_model(&mut self) -> Result<DecisionWithModel, SolverError> {
        self.asked += 1;
        self.solver.check_sat_with_model().await
    }
}

fn start(python: &Path, runtime: &Runtime) -> Result<CedarSymCompiler<Counted>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("smtlib.py");
    let _guard = runtime.enter();
    let mut command = Command::new(python);
    command
        .arg(script)
        .arg(format!("--tlimit={LIMIT}"))
        .kill_on_drop(true);
    let solver = LocalSolver::from_command(&mut command)
        .with_context(|| format!("cannot start {}", python.display()))?;
    Ok(CedarSymCompiler::new(Counted { solver, asked: 0 })?)
}

fn request_environment(environment: &Environment) -> Result<RequestEnv> {
    let action = brute::uid(&environment.action).map_err(anyhow::Error::msg)?;
    Ok(RequestEnv::new(
        EntityTypeName::from_str(&environment.principal)?,
        action,
        EntityTypeName::from_str(&environment.resource)?,
    ))
}
