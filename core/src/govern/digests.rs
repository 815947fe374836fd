//! What names a state of a bundle.

use super::canonical::Digest;

/// The digests of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// Of what the bundle says: SHA-256 over the encoding of the policies by their `@id`, the templates,
    /// links, invariants, schema, entities, configuration, directory and rules of governance. Layout,
    /// comments and the order of policies do not change it, everything else does.
    pub semantic: Digest,
    /// Of the bytes of all files but change records, which approvals are added to.
    pub source: Digest,
    /// Of the bytes of the policy tests, which are evidence and decide nothing.
    pub tests: Digest,
    /// The files of which something could not be read and so counts by its bytes, sorted.
    pub unread: Vec<String>,
    /// What lies in the folder and was not read at all, sorted; see [`crate::Workspace::leave_out`].
    pub left_out: Vec<String>,
}
