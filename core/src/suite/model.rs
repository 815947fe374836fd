//! What a suite says, whichever of the formats it was written in.

use std::sync::Arc;

use serde_json::Value;

use crate::facts::{Entity, Spanned};
use crate::source::Span;
use crate::time::Instant;

/// The tests of one file. All spans count from the file's start.
#[derive(Debug, Clone, PartialEq)]
pub struct Suite {
    /// Path of the file.
    pub path: Arc<str>,
    /// Its name; the file's name without `.test.yaml` or `.test.json` where it gives none.
    pub name: Arc<str>,
    /// What counts as now. The values of contexts and entities can refer to it.
    pub as_of: Option<Instant>,
    /// The sets of entities that its cases use.
    pub fixtures: Vec<Fixture>,
    /// The one of them that a case has without saying so; `None` where that has no entities.
    pub usual: Option<usize>,
    /// The cases, in the order written; each cell of a table is one.
    pub cases: Vec<Case>,
    /// The cases and tables that cannot be run, in the order written. Why is reported as findings, too.
    pub broken: Vec<Broken>,
}

/// A case or a table with something wrong in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its name, or which one it is where it has none.
    pub name: Arc<str>,
    /// The case.
    pub span: Span,
    /// Words to select it by.
    pub tags: Vec<Arc<str>>,
    /// Why it cannot be run: the message of the first finding.
    pub reason: String,
}

/// Entities against which cases are decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Fixture {
    /// Every entity, with everything that it inherits, in Cedar's JSON form: an array.
    pub entities: Arc<Value>,
    /// A digest of the entities: cases with the same digest are decided against the same entities.
    pub digest: [u8; 32],
}

impl Fixture {
    /// A fixture of these entities, an array in Cedar's JSON form.
    pub fn new(entities: Value) -> Self {
        Self {
            digest: crate::encode::digest("entities", |nodes| nodes.json(&entities)),
            entities: Arc::new(entities),
        }
    }

    /// The entities as JSON text, as Cedar reads it.
    pub fn entities_json(&self) -> String {
        self.entities.to_string()
    }
}

/// One request and what is to come of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Unique in its suite. A cell of a table is named after the table, its row and its column.
    pub name: Arc<str>,
    /// What is underlined when it fails.
    pub span: Span,
    /// Words to select it by.
    pub tags: Vec<Arc<str>>,
    /// Why it is not run.
    pub skip: Option<Arc<str>>,
    /// Who.
    pub principal: Entity,
    /// What.
    pub action: Entity,
    /// On what.
    pub resource: Entity,
    /// The context in Cedar's JSON form: an object.
    pub context: Arc<Value>,
    /// Index into the suite's fixtures.
    pub fixture: usize,
    /// What is to come of it.
    pub expected: Expected,
    /// Where each part of the request was written, for messages; [`Self::span`] where it was not.
    pub places: Places,
}

/// Where the parts of a request were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Places {
    /// The principal.
    pub principal: Span,
    /// The action.
    pub action: Span,
    /// The resource.
    pub resource: Span,
    /// The context.
    pub context: Span,
}

/// What a case expects. What it leaves out may be anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Whether the request is allowed.
    pub decision: Spanned<Decision>,
    /// The names of exactly the determining policies, or of some with [`Self::others_may_determine`].
    pub determining: Option<Spanned<Vec<Spanned<Arc<str>>>>>,
    /// Whether policies that are not in [`Self::determining`] may determine the decision as well: so it is
    /// with the Cedar CLI's `reason`.
    pub others_may_determine: bool,
    /// The policies that fail to evaluate.
    pub errors: Option<Spanned<ExpectedErrors>>,
    /// What must be done before the action runs, as `approval: step_up`.
    pub obligations: Option<Spanned<Vec<Spanned<Arc<str>>>>>,
}

/// The policies that a case expects to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedErrors {
    /// This many.
    Count(u32),
    /// Exactly these.
    Policies(Vec<Spanned<Arc<str>>>),
}

/// What Cedar answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// Some permit applies and no forbid.
    Allow,
    /// Anything else.
    Deny,
}

impl Decision {
    /// The word used in suites and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}
