//! The governance of changes: what a change is, who approved it, and whether it may be published.
//!
//! A [`Digests`] names what a bundle says and how it is written. A change [`Record`] says who wants to
//! replace which base by which head, and holds the signed decisions of people. [`gate`] puts these together
//! with the verdict on the change's risk and the [`Directory`] of the base, and answers whether the change
//! may be published, and if not, what is missing. It never answers yes on an error.
//!
//! The core makes the bytes to be signed and verifies signatures; it never sees a private key.

pub mod authorization;
mod bundle;
pub mod canonical;
mod digests;
pub mod directory;
pub mod envelope;
pub(crate) mod gate;
pub mod key;
pub mod log;
pub(crate) mod meaning;
mod reading;
pub mod record;
pub mod review;
pub mod standards;

pub use authorization::{Authorization, AuthorizationRequest};
pub use bundle::{About, Answer, Request, decide, directory_of};
pub use digests::Digests;
pub use directory::Directory;
pub use gate::{Actors, Evidence, Input, Outcome, Refusal, Rules, Verdict, gate};
pub use key::PublicKey;
pub use log::Log;
pub use record::Record;

#[cfg(test)]
pub(crate) use gate::tests as gate_tests;
