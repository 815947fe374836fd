//! Work that can be done piece by piece, beside each other where a door has threads.

use std::fmt::Debug;

/// Threads that a door lends to the core, which starts none itself. What they do is the same in whatever order, so a
/// report does not depend on them.
pub trait Workers: Debug + Send + Sync {
    /// How many pieces are done beside each other.
    fn count(&self) -> usize;

    /// Carries out `work` once for each number below `pieces`, and comes back when all is done.
    fn each(&self, pieces: usize, work: &(dyn Fn(usize) + Sync));
}
