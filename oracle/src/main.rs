//! Runs the comparison: `cargo xtask oracle`.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use portcullis_core::prove::World;
use portcullis_oracle::brute;
use portcullis_oracle::coverage;
use portcullis_oracle::judge::Judges;
use portcullis_oracle::run::{self, Options};
use portcullis_oracle::symcc::{self, Symcc};

#[derive(Parser)]
#[command(about = "Holds proofs against Cedar's symbolic compiler and Cedar's evaluator")]
struct Arguments {
    /// How many pairs of policy sets
    #[arg(long, default_value_t = 5_000)]
    pairs: u64,
    /// The number of the first pair
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// What the pairs and random requests are made from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Stop after so many seconds, whatever is left
    #[arg(long, default_value_t = 3_600)]
    seconds: u64,
    /// At most so many kinds of request of each pair
    #[arg(long, default_value_t = 3)]
    environments: usize,
    /// Decide so many random requests of each kind, with Cedar's evaluator
    #[arg(long, default_value_t = 24)]
    requests: usize,
    /// Ask Cedar's evaluator only, and no solver
    #[arg(long)]
    brute: bool,
    /// Ask the other questions too, about single policies and single sets
    #[arg(long)]
    questions: bool,
    /// Let entities be missing, with Cedar's evaluator as the only judge
    #[arg(long)]
    partial: bool,
    /// Make so many contradictions of each kind small and show them in full
    #[arg(long, default_value_t = 3)]
    show: usize,
    /// The same for unknowns, of each reason
    #[arg(long, default_value_t = 0)]
    show_unknown: usize,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let python = symcc::python();
    let symcc = if arguments.brute || arguments.partial {
        None
    } else if python.is_file() {
        Some(Symcc::start(&python)?)
    } else {
        say(
            "Cedar's symbolic compiler is skipped: there is no solver, which `cargo xtask oracle` installs",
        );
        None
    };
    let mut judges = Judges {
        symcc,
        requests: brute::Options {
            requests: arguments.requests,
            partial: arguments.partial,
        },
        world: if arguments.partial {
            World::Partial
        } else {
            World::Complete
        },
        questions: arguments.questions,
        seed: arguments.seed,
    };
    let options = Options {
        pairs: arguments.from..arguments.from.saturating_add(arguments.pairs),
        seed: arguments.seed,
        until: Instant::now().checked_add(Duration::from_secs(arguments.seconds)),
        environments: arguments.environments,
        shown: arguments.show,
        shown_unknowns: arguments.show_unknown,
    };
    let tally = run::run(
        &options,
        &mut judges,
        |text| say(&text),
        |text| {
            // On the standard error, so that what was found can be kept by itself.
            let _ = writeln!(std::io::stderr(), "{text}");
        },
    )?;
    say(&tally.to_string());
    // In so many pairs each operator had its turn.
    let enough = tally.pairs >= 2 * coverage::operators().len();
    let missing = enough && !tally.missing_operators().is_empty();
    Ok(
        if tally.failed() || missing || tally.leaves_too_much_open() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        },
    )
}

/// A closed pipe is no reason to panic.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
