//! `tests`: how much the policy tests must reach.

use super::reader::Reader;
use super::yaml::Node;
use crate::source::Span;

/// What the tests must reach. What is `None` is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thresholds {
    /// Share of the policies that must determine a decision.
    pub policies: Option<Threshold>,
    /// Share of the scopes and clauses that must have been true and false.
    pub clauses: Option<Threshold>,
    /// Share of the conditions that must have been true and false.
    pub conditions: Option<Threshold>,
    /// Share of the conditions that must have decided the outcome by themselves.
    pub decisive: Option<Threshold>,
    /// Share of the request environments that must have been tried.
    pub environments: Option<Threshold>,
    /// Share of the mutants that must be killed.
    pub score: Option<Threshold>,
    /// What each policy must reach by itself.
    pub each: Each,
    /// Whether only policies that the base does not have count.
    pub changed_only: bool,
}

/// What each policy must reach by itself. What is `None` is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Each {
    /// Share of its scope and clauses that must have been true and false.
    pub clauses: Option<Threshold>,
    /// Share of its conditions that must have been true and false.
    pub conditions: Option<Threshold>,
    /// Share of its mutants that must be killed.
    pub score: Option<Threshold>,
}

/// A share that must be reached. Two are equal wherever they stand.
#[derive(Debug, Clone, Copy)]
pub struct Threshold {
    /// In percent.
    pub percent: u32,
    /// Where it stands in the file.
    pub span: Span,
}

impl PartialEq for Threshold {
    fn eq(&self, other: &Self) -> bool {
        // A comment above it must not count as another configuration.
        self.percent == other.percent
    }
}

impl Eq for Threshold {}

impl Thresholds {
    /// Whether anything is asked of coverage.
    pub const fn need_coverage(&self) -> bool {
        self.policies.is_some()
            || self.clauses.is_some()
            || self.conditions.is_some()
            || self.decisive.is_some()
            || self.environments.is_some()
            || self.each.clauses.is_some()
            || self.each.conditions.is_some()
    }

    /// Whether anything is asked of mutants.
    pub const fn need_mutation(&self) -> bool {
        self.score.is_some() || self.each.score.is_some()
    }
}

/// Reads the value of `tests`.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node, thresholds: &mut Thresholds) {
    // Taken apart so that a new threshold cannot be forgotten here.
    let Thresholds {
        policies,
        clauses,
        conditions,
        decisive,
        environments,
        score,
        each,
        changed_only,
    } = thresholds;
    let keys = ["coverage", "mutation", "each", "changed_only"];
    let fields = reader.fields(node, "tests", &keys);
    if let Some(node) = fields.get("coverage") {
        let slots = [
            ("policies", policies),
            ("clauses", clauses),
            ("conditions", conditions),
            ("decisive", decisive),
            ("environments", environments),
        ];
        shares(reader, node, "tests.coverage", slots);
    }
    if let Some(node) = fields.get("mutation") {
        shares(reader, node, "tests.mutation", [("score", score)]);
    }
    if let Some(node) = fields.get("each") {
        let Each {
            clauses,
            conditions,
            score,
        } = each;
        let slots = [
            ("clauses", clauses),
            ("conditions", conditions),
            ("score", score),
        ];
        shares(reader, node, "tests.each", slots);
    }
    if let Some(node) = fields.get("changed_only") {
        let value = reader.boolean(node, "tests.changed_only");
        *changed_only = value.unwrap_or(*changed_only);
    }
}

fn shares<const N: usize>(
    reader: &mut Reader<'_>,
    node: &Node,
    name: &str,
    slots: [(&str, &mut Option<Threshold>); N],
) {
    let keys: Vec<&str> = slots.iter().map(|(key, _)| *key).collect();
    let fields = reader.fields(node, name, &keys);
    for (key, slot) in slots {
        *slot = fields.get(key).and_then(|node| {
            let percent = reader.integer_in(node, &format!("{name}.{key}"), 0..=100)?;
            Some(Threshold {
                percent,
                span: node.span,
            })
        });
    }
}
