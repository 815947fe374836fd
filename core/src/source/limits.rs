//! Bounds on what is read, checked before Cedar sees a text.
//!
//! Cedar's parser and type-checker recurse, and on wasm32 Cedar's own guard sees no stack to measure.
//! The same bounds hold in every door, so that every door gives the same verdict; the ceilings are what
//! the smallest stack among the doors was measured to bear.
//!
//! That is V8's, of 984 KB unless Node is told otherwise. Type-checked against a schema, chains of these
//! lengths were the last of their kind to pass there, in steps of 16: 208 of `&&`, `||`, comparisons, `like`,
//! `is in`, attributes and tags, 192 clauses, 176 methods; with 650 KB of stack 128, 112 and 112. A product
//! takes no more than a conjunction. Brackets around a chain add to it, up to 64 of them, so 128 operators
//! stay below the first that fails even there, and leave a caller a third of the stack.

/// A bound on one quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// Bytes of one file.
    FileBytes,
    /// Bytes of all files together.
    BundleBytes,
    /// Number of files.
    Files,
    /// Number of policy statements in all files together.
    Statements,
    /// Brackets, braces and parentheses that are open at the same time; an `if` counts as four.
    NestingDepth,
    /// Operators between the root of a condition and its deepest operand: `a && b && c` has two.
    ChainLength,
    /// Tokens of one statement.
    ExpressionSize,
}

impl Limit {
    /// All limits, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::FileBytes,
        Self::BundleBytes,
        Self::Files,
        Self::Statements,
        Self::NestingDepth,
        Self::ChainLength,
        Self::ExpressionSize,
    ];

    /// The key under `limits:` in `portcullis.yaml`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::FileBytes => "file_bytes",
            Self::BundleBytes => "bundle_bytes",
            Self::Files => "files",
            Self::Statements => "statements",
            Self::NestingDepth => "nesting_depth",
            Self::ChainLength => "chain_length",
            Self::ExpressionSize => "expression_size",
        }
    }

    /// The value unless configured.
    pub const fn default_value(self) -> u32 {
        match self {
            Self::FileBytes => 8 << 20,
            Self::BundleBytes => 64 << 20,
            Self::Files => 5_000,
            Self::Statements => 50_000,
            Self::NestingDepth => 64,
            Self::ChainLength => 128,
            Self::ExpressionSize => 50_000,
        }
    }

    /// The largest value that may be configured.
    pub const fn ceiling(self) -> u32 {
        match self {
            Self::FileBytes => 64 << 20,
            Self::BundleBytes => 256 << 20,
            Self::Files => 50_000,
            Self::Statements => 500_000,
            Self::NestingDepth => 64,
            Self::ChainLength => 128,
            Self::ExpressionSize => 500_000,
        }
    }
}

/// The value of every limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits([u32; Limit::ALL.len()]);

impl Default for Limits {
    fn default() -> Self {
        Self(Limit::ALL.map(Limit::default_value))
    }
}

impl Limits {
    /// The value of one limit.
    pub fn get(&self, limit: Limit) -> u32 {
        self.0
            .get(limit as usize)
            .copied()
            .unwrap_or_else(|| limit.default_value())
    }

    /// Sets one limit. A value above the ceiling is refused and the ceiling returned as the error.
    pub fn set(&mut self, limit: Limit, value: u32) -> Result<(), u32> {
        if value > limit.ceiling() {
            return Err(limit.ceiling());
        }
        if let Some(slot) = self.0.get_mut(limit as usize) {
            *slot = value;
        }
        Ok(())
    }
}
