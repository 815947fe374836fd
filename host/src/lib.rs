//! Runs Portcullis inside a host.
//!
//! With the feature `plugin` it embeds the WebAssembly plugin through wasmtime: see [`plugin`]. Without
//! it the crate holds what the command-line tool needs.

#![deny(missing_docs)]

#[cfg(feature = "plugin")]
pub mod plugin;
mod workers;

pub use workers::{STACK, Threads};
