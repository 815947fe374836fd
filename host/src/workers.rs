//! Threads for the core, which starts none itself.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use portcullis_core::Workers;

/// How much stack a thread has that calls the core, in bytes: far more than the limits of the core let Cedar use.
pub const STACK: usize = 64 << 20;

/// As many threads as this process may use at once.
#[derive(Debug)]
pub struct Threads(usize);

impl Threads {
    /// As many as the system says; one where it does not say.
    pub fn new() -> Self {
        Self(thread::available_parallelism().map_or(1, NonZeroUsize::get))
    }
}

impl Default for Threads {
    fn default() -> Self {
        Self::new()
    }
}

impl Workers for Threads {
    fn count(&self) -> usize {
        self.0
    }

    fn each(&self, pieces: usize, work: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        let take = || {
            loop {
                let piece = next.fetch_add(1, Ordering::Relaxed);
                if piece >= pieces {
                    return;
                }
                work(piece);
            }
        };
        thread::scope(|scope| {
            for _ in 1..self.0.min(pieces) {
                let thread = thread::Builder::new().stack_size(STACK);
                // What no thread can be had for, this one does.
                if thread.spawn_scoped(scope, take).is_err() {
                    break;
                }
            }
            take();
        });
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::collections::BTreeSet;
    use std::fmt::Write as _;
    use std::sync::{Arc, Mutex};

    use portcullis_core::suite::TestOptions;
    use portcullis_core::{Instant, Workspace};

    use super::*;

    #[test]
    fn every_piece_is_done_once() {
        for threads in [1, 2, 7] {
            let done = Mutex::new(Vec::new());
            Threads(threads).each(100, &|piece| done.lock().unwrap().push(piece));
            let done = done.into_inner().unwrap();
            assert_eq!(done.len(), 100);
            assert_eq!(done.into_iter().collect::<BTreeSet<_>>().len(), 100);
        }
    }

    /// Threads, and how many pieces they were given.
    #[derive(Debug)]
    struct Counted(Threads, AtomicUsize);

    impl Workers for Counted {
        fn count(&self) -> usize {
            self.0.count()
        }

        fn each(&self, pieces: usize, work: &(dyn Fn(usize) + Sync)) {
            self.1.fetch_add(pieces, Ordering::Relaxed);
            self.0.each(pieces, work);
        }
    }

    /// 1,200 cases on 40 policies in two suites. Some fail, some are skipped, some cannot be run, and in some a policy
    /// fails to evaluate.
    fn workspace() -> Workspace {
        let schema = "entity User { level: Long }; entity Doc { level: Long };
            action view appliesTo { principal: User, resource: Doc, context: { n: Long } };";
        let (mut policies, mut workspace) = (String::new(), Workspace::new());
        for n in 0..40 {
            writeln!(
                policies,
                "@id(\"p{n}\") permit (principal == User::\"u{n}\", action, resource) when {{ context.n > {n} && context.n + principal.level < 9223372036854775807 }};"
            )
            .unwrap();
        }
        workspace
            .set_file("s.cedarschema", schema.as_bytes())
            .unwrap();
        workspace.set_file("p.cedar", policies.as_bytes()).unwrap();
        for suite in ["a", "b"] {
            let mut text = "use: all\nfixtures:\n  all:\n    entities:\n".to_owned();
            for n in 0..40 {
                writeln!(
                    text,
                    "      u{n}: {{ uid: 'User::\"u{n}\"', attrs: {{ level: {n} }} }}"
                )
                .unwrap();
            }
            text.push_str("      d: { uid: 'Doc::\"d\"', attrs: { level: 1 } }\ncases:\n");
            for n in 0..600 {
                let (user, value) = (
                    n % 40,
                    if n % 50 == 0 {
                        "9223372036854775807".to_owned()
                    } else {
                        (n % 43).to_string()
                    },
                );
                // The time is no field of the context.
                let strange = if n % 97 == 5 { ", time: 1" } else { "" };
                let skip = if n % 89 == 3 { ", skip: later" } else { "" };
                let expect = if n % 7 == 0 { "allow" } else { "deny" };
                writeln!(
                    text,
                    "  - {{ name: 'case {n}', principal: u{user}, action: view, resource: d, context: {{ n: {value}{strange} }}, expect: {expect}{skip} }}"
                )
                .unwrap();
            }
            workspace
                .set_file(&format!("{suite}.test.yaml"), text.as_bytes())
                .unwrap();
        }
        workspace
    }

    #[test]
    fn with_threads_and_without_the_same_comes_out_of_the_same_work() {
        let options = TestOptions {
            coverage: true,
            ..TestOptions::new(Instant::parse("2026-11-21").unwrap())
        };
        let mut alone = workspace();
        let mut together = workspace();
        let threads = Arc::new(Counted(Threads(3), AtomicUsize::new(0)));
        together.set_workers(threads.clone());
        let expected = alone.test(&options);
        let summary = &expected.summary;
        assert!(summary.passed > 100 && summary.failed > 100, "{summary:?}");
        assert!(summary.skipped > 5 && summary.errors > 5, "{summary:?}");
        assert_eq!(together.test(&options), expected);
        assert!(threads.1.load(Ordering::Relaxed) >= 4);
        assert_eq!(together.counters(), alone.counters());
        let evaluated = alone.counters().cases_evaluated;
        assert!(evaluated > 1_100);
        for workspace in [&mut alone, &mut together] {
            let text = workspace
                .text("p.cedar")
                .unwrap()
                .replacen("> 7 ", "> 8 ", 1);
            workspace.set_file("p.cedar", text.as_bytes()).unwrap();
        }
        assert_eq!(together.test(&options), alone.test(&options));
        assert_eq!(together.counters(), alone.counters());
        let again = alone.counters().cases_evaluated - evaluated;
        assert!((20..=30).contains(&again), "{again}");
    }
}
