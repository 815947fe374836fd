//! A run's figures for a reader.

use std::fmt;
use std::time::Duration;

use crate::coverage::Counts;
use crate::questions::Questions;
use crate::run::Tally;

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let environments = self.environments;
        writeln!(f, "pairs                {:>8}", self.pairs)?;
        if self.left > 0 {
            writeln!(f, "  no time for        {:>8}", self.left)?;
        }
        writeln!(f, "kinds of request     {environments:>8}")?;
        if !self.theirs.is_empty() {
            writeln!(
                f,
                "agree                {}",
                share(self.agree, environments)
            )?;
        }
        let contradictions: usize = self.faults.values().sum();
        writeln!(f, "contradictions       {contradictions:>8}")?;
        for (kind, count) in &self.faults {
            writeln!(f, "  {count:>6}  {}", kind.as_str())?;
        }
        reasons(f, "unknown, ours", &self.unknown_ours, environments)?;
        reasons(f, "unknown, symcc", &self.unknown_theirs, environments)?;
        writeln!(f, "relations, ours      {}", listed(&self.ours))?;
        if !self.theirs.is_empty() {
            writeln!(f, "relations, symcc     {}", listed(&self.theirs))?;
        }
        if self.requests > 0 {
            writeln!(f, "random requests      {:>8}", self.requests)?;
            writeln!(
                f,
                "  which show all     {}",
                share(self.shown_by_requests, environments)
            )?;
        }
        let Questions {
            asked,
            agree,
            yes,
            no,
            unknown,
        } = self.questions;
        if asked > 0 {
            writeln!(f, "other questions      {asked:>8}")?;
            writeln!(f, "  yes {yes}, no {no}, unknown {unknown}")?;
            if !self.theirs.is_empty() {
                writeln!(f, "  agree              {}", share(agree, asked))?;
            }
        }
        let made = self.made;
        writeln!(f, "policies made        {:>8}", made.written)?;
        writeln!(
            f,
            "  strictly valid     {}",
            share(made.valid, made.written)
        )?;
        if self.missed > 0 {
            writeln!(f, "pairs not made       {:>8}", self.missed)?;
        }
        let (slowest, number) = self.slowest;
        writeln!(
            f,
            "slowest, ours        {:>8.1} ms  in pair {number}",
            slowest.as_secs_f64() * 1e3
        )?;
        if !self.times.is_empty() {
            times(f, "all", &self.times)?;
            let asked: Vec<_> = self.times.iter().copied().filter(|time| time.2).collect();
            times(f, "solver asked", &asked)?;
        }
        write!(f, "operators            {}", listed(&self.operators))?;
        let missing = self.missing_operators();
        if !missing.is_empty() {
            write!(f, "\nnever                {}", missing.join(", "))?;
        }
        Ok(())
    }
}

fn reasons(f: &mut fmt::Formatter<'_>, name: &str, reasons: &Counts, of: usize) -> fmt::Result {
    writeln!(f, "{name:<21}{}", share(reasons.values().sum(), of))?;
    for (why, count) in reasons {
        writeln!(f, "  {count:>6}  {why}")?;
    }
    Ok(())
}

/// Medians and slowest tenths of both, per kind of request.
fn times(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    times: &[(Duration, Duration, bool)],
) -> fmt::Result {
    let quantile = |of: &dyn Fn(&(Duration, Duration, bool)) -> Duration, tenths: usize| {
        let mut sorted: Vec<Duration> = times.iter().map(of).collect();
        sorted.sort_unstable();
        let position = (sorted.len() * tenths / 10).min(sorted.len().saturating_sub(1));
        sorted
            .get(position)
            .copied()
            .unwrap_or_default()
            .as_secs_f64()
            * 1e3
    };
    let (ours, theirs) = (quantile(&|time| time.0, 5), quantile(&|time| time.1, 5));
    writeln!(
        f,
        "time, {name:<15}{:>8} kinds of request; ours {ours:.3} ms median, {:.3} ms p90; symcc {theirs:.3} ms median, {:.3} ms p90; {:.1} times",
        times.len(),
        quantile(&|time| time.0, 9),
        quantile(&|time| time.1, 9),
        theirs / ours.max(f64::EPSILON)
    )
}

fn share(count: usize, of: usize) -> String {
    // Exact for any number of pairs that a run can have.
    let percent = 100.0 * count as f64 / of.max(1) as f64;
    format!("{count:>8}  {percent:.2} %")
}

fn listed(counts: &Counts) -> String {
    let all: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    all.join(", ")
}
