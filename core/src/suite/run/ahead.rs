//! Cases that are evaluated beside each other before they are looked at one by one.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::cases::{self, Ready};
use super::{Inputs, RunCounters, Runner, SuiteFile, Wanted, evaluate};
use crate::suite::model::Case;

/// How many cases are worth a worker: fewer are evaluated before it has begun.
const FEWEST: usize = 256;

impl Runner {
    /// Evaluates the selected cases that can be, where there are workers and enough for them to do. What the policies
    /// came to before is kept, so that each case is evaluated once, with workers or without.
    pub(super) fn evaluate_ahead(
        &mut self,
        suites: &[SuiteFile<'_>],
        wanted: Wanted,
        selects: impl Fn(&SuiteFile<'_>, &Case) -> bool,
    ) {
        let Some(workers) = self.workers.clone() else {
            return;
        };
        let files: BTreeMap<&str, &SuiteFile<'_>> = (suites.iter())
            .map(|file| (file.suite.path.as_ref(), file))
            .collect();
        let mut ready: Vec<&mut Ready> = Vec::new();
        for (path, of_suite) in &mut self.suites {
            let Some(file) = files.get(path.as_ref()) else {
                continue;
            };
            let cases = file.suite.cases.iter().zip(&mut of_suite.ready);
            let taken = cases.filter(|(case, ready)| {
                // Where the policies have changed since, it is found out again when the case's turn comes.
                let is_known = ready.evaluated.as_ref().is_some_and(|of| of.has(wanted));
                case.skip.is_none() && !is_known && selects(file, case)
            });
            ready.extend(taken.map(|(_, ready)| ready));
        }
        let pieces = (ready.len() / FEWEST).min(4 * workers.count());
        if pieces < 2 || workers.count() < 2 {
            return;
        }
        let size = ready.len().div_ceil(pieces);
        let pieces: Vec<Mutex<(&mut [&mut Ready], RunCounters)>> = ready
            .chunks_mut(size)
            .map(|piece| Mutex::new((piece, RunCounters::default())))
            .collect();
        let (authorizer, numbers) = (&self.authorizer, self.numbers.as_slice());
        workers.each(pieces.len(), &|number| {
            let Some(piece) = pieces.get(number) else {
                return;
            };
            let mut piece = piece.lock().unwrap_or_else(PoisonError::into_inner);
            let (cases, counters) = &mut *piece;
            let mut candidates = Vec::new();
            for ready in cases.iter_mut() {
                let Ok((request, entities)) = cases::requested(&ready.request, &ready.entities)
                else {
                    continue;
                };
                authorizer.candidates(request, &mut candidates);
                let with = Inputs {
                    authorizer,
                    numbers,
                    candidates: &candidates,
                    request,
                    entities,
                    wanted,
                };
                evaluate(&mut ready.evaluated, with, counters);
            }
        });
        for piece in pieces {
            let (_, counters) = piece.into_inner().unwrap_or_else(PoisonError::into_inner);
            self.counters.cases_evaluated += counters.cases_evaluated;
            self.counters.coverage_faults += counters.coverage_faults;
        }
    }
}
