//! The cases of a suite, ready to be decided.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Evaluated, SuiteFile};
use crate::cedar::ValidatorSchema;
use crate::cedar::evaluate::{Entities, Naming, Prepared, RequestText, Symbols, entities};
use crate::facts::Spanned;
use crate::report::Range;
use crate::source::Span;
use crate::suite::evidence::Traits;
use crate::suite::model::{Case, Expected, ExpectedErrors, Suite};
use crate::suite::outcome::Answer;

/// The cases of a suite.
#[derive(Debug)]
pub(super) struct SuiteCases {
    pub(super) suite: Arc<Suite>,
    /// One for each case of the suite.
    pub(super) ready: Vec<Ready>,
}

/// A case ready to be decided.
#[derive(Debug)]
pub(super) struct Ready {
    /// SHA-256 of the request and the entities.
    key: [u8; 32],
    pub(super) request: Result<Prepared, String>,
    pub(super) entities: ReadEntities,
    pub(super) range: Range,
    pub(super) expected: Answer,
    pub(super) evaluated: Option<Evaluated>,
    pub(super) traits: Option<Traits>,
}

/// Entities by the digest of what they were read from.
pub(super) type Fixtures = HashMap<[u8; 32], ReadEntities>;

/// Entities, or why they cannot be used.
type ReadEntities = Arc<Result<Entities, String>>;

/// The request and the entities of a case, or why it cannot be run.
pub(super) fn requested<'r>(
    request: &'r Result<Prepared, String>,
    entities: &'r Result<Entities, String>,
) -> Result<(&'r Prepared, &'r Entities), &'r str> {
    Ok((
        request.as_ref().map_err(String::as_str)?,
        entities.as_ref().map_err(String::as_str)?,
    ))
}

impl SuiteCases {
    /// Makes the cases of a suite ready. What the suite's former text had is kept where a request and its
    /// entities are the same.
    pub(super) fn new(
        file: &SuiteFile<'_>,
        before: Option<Self>,
        schema: Option<&ValidatorSchema>,
        fixtures: &mut Fixtures,
        symbols: &mut Symbols,
    ) -> Self {
        let mut known: HashMap<[u8; 32], Ready> = before
            .into_iter()
            .flat_map(|before| before.ready)
            .map(|ready| (ready.key, ready))
            .collect();
        let all: Vec<([u8; 32], ReadEntities)> = file
            .suite
            .fixtures
            .iter()
            .map(|fixture| {
                let read = fixtures.entry(fixture.digest).or_insert_with(|| {
                    let read = entities(&fixture.entities.to_string(), schema);
                    Arc::new(read.map_err(|why| sentence("the entities cannot be used", &why)))
                });
                (fixture.digest, Arc::clone(read))
            })
            .collect();
        let none = (
            [0; 32],
            Arc::new(Err("the case names no entities".to_owned())),
        );
        let ready = file
            .suite
            .cases
            .iter()
            .map(|case| {
                let (digest, entities) = all.get(case.fixture).unwrap_or(&none);
                let key = key(case, digest);
                let (request, evaluated, traits) = match known.remove(&key) {
                    Some(ready) => (ready.request, ready.evaluated, ready.traits),
                    None => (prepare(case, entities, schema, symbols), None, None),
                };
                Ready {
                    key,
                    request,
                    entities: Arc::clone(entities),
                    range: range(file, case.span),
                    expected: expected(&case.expected),
                    evaluated,
                    traits,
                }
            })
            .collect();
        Self {
            suite: Arc::clone(&file.suite),
            ready,
        }
    }
}

fn prepare(
    case: &Case,
    entities: &Result<Entities, String>,
    schema: Option<&ValidatorSchema>,
    symbols: &mut Symbols,
) -> Result<Prepared, String> {
    let text = RequestText {
        principal: &case.principal,
        action: &case.action,
        resource: &case.resource,
        context: &case.context,
    };
    let entities = entities.as_ref().map_err(Clone::clone)?;
    Prepared::new(&text, entities, schema, Naming::Add(symbols))
        .map_err(|why| sentence("the request cannot be used", &why))
}

/// Our words and Cedar's in one sentence.
fn sentence(ours: &str, cedars: &str) -> String {
    format!("{ours}: {}", cedars.trim_end_matches('.'))
}

/// A digest of the request and the entities.
fn key(case: &Case, entities: &[u8; 32]) -> [u8; 32] {
    crate::encode::digest("case", |nodes| {
        nodes.bytes("entities", entities);
        for of in [&case.principal, &case.action, &case.resource] {
            nodes.node("entity", &of.id, |nodes| nodes.text("type", &of.ty));
        }
        nodes.json(&case.context);
    })
}

/// A span of a suite in its file.
pub(super) fn range(file: &SuiteFile<'_>, span: Span) -> Range {
    use crate::source::Position;
    Range {
        start: file.index.position(file.text, span.start, Position::START),
        end: file.index.position(file.text, span.end, Position::START),
    }
}

/// What is expected, in the form of an answer.
fn expected(expected: &Expected) -> Answer {
    let sorted = |names: &[Spanned<Arc<str>>]| {
        let mut names: Vec<Arc<str>> = names.iter().map(|name| Arc::clone(&name.value)).collect();
        names.sort();
        names
    };
    let (errors, error_count) = match expected.errors.as_ref().map(|errors| &errors.value) {
        None => (None, None),
        Some(ExpectedErrors::Count(count)) => (None, Some(*count)),
        Some(ExpectedErrors::Policies(names)) => (
            Some(
                sorted(names)
                    .into_iter()
                    .map(|name| (name, String::new()))
                    .collect(),
            ),
            Some(u32::try_from(names.len()).unwrap_or(u32::MAX)),
        ),
    };
    Answer {
        decision: expected.decision.value,
        determining: expected
            .determining
            .as_ref()
            .map(|names| sorted(&names.value)),
        errors,
        error_count,
        obligations: expected
            .obligations
            .as_ref()
            .map(|names| sorted(&names.value)),
    }
}
