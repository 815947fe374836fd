//! `cargo xtask`: everything that is done to the repository as a whole.

mod bench;
mod build;
mod component;
mod fuzz;
mod generate;
mod glue;
mod oracle;
mod order;
mod red_team;
mod sections;
mod sizes;
mod steps;
mod test;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Builds and checks every artefact of the repository"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the npm package's module and the plugin
    Build {
        /// Leave out wasm-opt, which takes minutes
        #[arg(long)]
        fast: bool,
    },
    /// Print every figure beside its peer's
    Bench {
        /// Take the artefacts that are there
        #[arg(long)]
        no_build: bool,
        /// Run the benchmarks of the engine too
        #[arg(long)]
        engine: bool,
    },
    /// Look for input that breaks the engine
    Fuzz {
        /// How long
        #[arg(long, default_value_t = 60)]
        seconds: u32,
        /// Run one file that a run has found, and nothing else
        #[arg(long, conflicts_with = "seconds")]
        replay: Option<PathBuf>,
    },
    /// Hold what is proved against Cedar's symbolic compiler and Cedar's evaluator
    Oracle {
        /// The profile to build with; figures of speed are worth something in the default alone
        #[arg(long, default_value = "release")]
        profile: String,
        /// What follows goes to the comparison: `-- --help` lists it
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Attack tiers with edits at random, and Cedar's word on what they open
    RedTeam {
        /// How many edits
        #[arg(long, default_value_t = 20_000)]
        edits: u64,
        /// The first seed
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Decide so many requests for each change
        #[arg(long, default_value_t = 2_000)]
        requests: u64,
        /// Show so many faults of each kind in full
        #[arg(long, default_value_t = 1)]
        show: u64,
    },
    /// Run what CI runs
    Test,
    /// Write the files that are made from the Rust definitions
    Generate {
        /// Write nothing and fail where a file is out of date
        #[arg(long)]
        check: bool,
    },
}

fn main() -> anyhow::Result<()> {
    let root = repository();
    match Arguments::parse().command {
        Command::Build { fast } => build::run(&root, build::Options { fast }),
        Command::Bench { no_build, engine } => {
            bench::run(&root, &bench::Options { no_build, engine })
        }
        Command::Fuzz {
            replay: Some(file), ..
        } => fuzz::replay(&root, &file),
        Command::Fuzz { seconds, .. } => fuzz::run(&root, seconds),
        Command::Oracle { profile, arguments } => oracle::compare(&root, &profile, &arguments),
        Command::RedTeam {
            edits,
            from,
            requests,
            show,
        } => red_team::run(
            &root,
            &[
                ("RED_TEAM_EDITS", edits),
                ("RED_TEAM_FROM", from),
                ("RED_TEAM_REQUESTS", requests),
                ("RED_TEAM_SHOW", show),
            ],
        ),
        Command::Test => test::run(&root),
        Command::Generate { check: false } => generate::write(&root),
        Command::Generate { check: true } => generate::check(&root),
    }
}

/// The folder with the workspace's manifest.
fn repository() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path
}
