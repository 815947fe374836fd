//! Findings about limits.

use crate::codes::ours;
use crate::finding::Finding;
use crate::source::{Limit, Limits, Span};

/// A statement that is too deep, too long or too large.
pub(super) fn statement(limit: Limit, limits: &Limits, at: Span) -> Finding {
    let most = limits.get(limit);
    let (what, help) = match limit {
        Limit::NestingDepth => (
            format!("brackets and `if`s are nested more than {most} deep"),
            "name the parts by splitting the policy into several, or flatten the condition",
        ),
        Limit::ChainLength => (
            format!("more than {most} operators are chained in one condition"),
            "compare with a set, use a group, or split the policy into several",
        ),
        _ => (
            format!("the statement has more than {most} tokens"),
            "move lists of entities into groups, or split the policy into several",
        ),
    };
    finding(limit, at, what, help)
}

/// A file that is too large, or one too many.
pub(super) fn file(limit: Limit, limits: &Limits, at: Span) -> Finding {
    let most = limits.get(limit);
    let (what, help) = match limit {
        Limit::FileBytes => (
            format!("the file is larger than {most} bytes, so it is not read"),
            "split the file, or raise `limits.file_bytes` in portcullis.yaml",
        ),
        Limit::BundleBytes => (
            format!("with this file the bundle is larger than {most} bytes, so it is not read"),
            "split the bundle, or raise `limits.bundle_bytes` in portcullis.yaml",
        ),
        Limit::Files => (
            format!("the bundle has more than {most} files, so this one is not read"),
            "split the bundle, or raise `limits.files` in portcullis.yaml",
        ),
        _ => (
            format!(
                "the bundle has more than {most} statements, so those from here on are not checked"
            ),
            "split the bundle, or raise `limits.statements` in portcullis.yaml",
        ),
    };
    finding(limit, at, what, help)
}

fn finding(limit: Limit, at: Span, what: String, help: &str) -> Finding {
    Finding::new(ours::limit(limit), at, what, help)
}
