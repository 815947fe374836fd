//! Policy tests: what a suite says, what running it gives, what it covers, and which edits of the
//! policies it would not notice.
//!
//! ```text
//! *.test.yaml, *.test.json ──read──> Suite ──run──> Outcome of each case
//!                                             └──> Coverage ──> what no case reaches
//! policies ──operators──> mutants ──run again──> survivors ──> suggested cases
//! ```

mod cover;
pub mod coverage;
pub mod evidence;
pub mod insert;
pub mod model;
pub mod mutate;
pub mod mutation;
pub mod options;
pub mod outcome;
pub(crate) mod read;
pub mod run;
pub mod suggest;
#[cfg(test)]
pub(crate) mod testing;
pub mod thresholds;
pub mod witness;

pub use coverage::Coverage;
pub use evidence::Evidence;
pub use model::{Broken, Case, Expected, Fixture, Suite};
pub use mutation::Mutation;
pub use options::TestOptions;
pub use outcome::{Outcome, TestReport, TestResult};
pub use run::Runner;
