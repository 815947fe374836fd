//! What the suites of this folder share.

#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot read its data has failed"
)]

pub mod component;
pub mod corpus;
pub mod depth;
