//! What is said of computations that can leave the range of their type: what is seen in the text, and what a proof makes
//! of it.

use crate::checks::PolicyContext;
use crate::finding::Finding;
use crate::source::Span;
use crate::workspace::proofs::{Fails, example, overflows};

/// The findings of one policy.
#[derive(Debug)]
pub(crate) struct Overflows<'a> {
    cx: &'a PolicyContext<'a>,
    seen: Vec<Finding>,
}

impl<'a> Overflows<'a> {
    pub(crate) const fn of(cx: &'a PolicyContext<'a>) -> Self {
        Self {
            cx,
            seen: Vec::new(),
        }
    }

    fn fails(&self) -> Option<&'a Fails> {
        self.cx.alone.map(|alone| &alone.fails)
    }

    /// Whether a proof says that nothing overflows.
    pub(crate) fn are_excluded(&self) -> bool {
        self.fails() == Some(&Fails::Never)
    }

    /// Adds what is seen in the text.
    pub(crate) fn add(&mut self, finding: Finding) {
        self.seen.push(finding);
    }

    /// What is to be said: with an example where there is one, and it is plain which computation it is of. What only
    /// the proof found is said of the first computation.
    pub(crate) fn findings(mut self, otherwise: impl FnOnce(Span) -> Finding) -> Vec<Finding> {
        let policy = self.cx.policy;
        let Some(Fails::For(witness)) = self.fails() else {
            return self.seen;
        };
        let mut computations = Vec::new();
        policy.walk(|_, expr| {
            let within = |of: &Span| of.contains(expr.span);
            if overflows(expr) && !computations.iter().any(within) {
                computations.push(expr.span);
            }
        });
        if self.seen.is_empty() {
            self.seen
                .extend(computations.first().map(|first| otherwise(*first)));
        }
        if let ([finding], [_], Some(example)) = (
            self.seen.as_mut_slice(),
            computations.as_slice(),
            example(witness, policy),
        ) {
            finding
                .message
                .push_str(&format!("; for example where {example}"));
        }
        self.seen
    }
}
