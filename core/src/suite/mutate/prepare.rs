//! The mutants of a policy that are worth running: those that Cedar accepts and that say something else.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::meaning::{NEVER, Requests, meaning_among};
use super::{Mutant, Parents, mutants_among};
use crate::cedar::Validator;
use crate::cedar::parse::{Parsed, parse_all};
use crate::cedar::validate::accepts;
use crate::facts::Policy;
use crate::schema::Schema;
use crate::source::{Limits, exceeded};

/// A mutant to run.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The edit.
    pub mutant: Mutant,
    /// The policy as it would be; `None` where it would be gone.
    pub parsed: Option<Parsed>,
}

/// What came of all mutants of a policy before any is run.
#[derive(Debug, Clone, Default)]
pub struct Prepared {
    /// Those to run, in the order of positions and operators.
    pub candidates: Vec<Candidate>,
    /// How many Cedar rejects.
    pub invalid: u32,
    /// How many say the same as the policy or as a candidate.
    pub equivalent: u32,
    /// How many were left out because there were too many.
    pub left_out: u32,
}

/// Prepares the mutants of a policy. With a schema they are type-checked, and requests are taken to conform
/// to it. Of more than `most` candidates some are left out, evenly over the policy.
pub fn prepare(
    policy: &Policy,
    schema: Option<(&Schema, &Validator)>,
    limits: &Limits,
    most: usize,
) -> Prepared {
    let requests = schema.map(|(schema, _)| Requests::new(schema));
    let schema = schema.zip(requests.as_ref());
    prepare_among(policy, schema, &Parents::new(), limits, most)
}

/// As [`prepare`], with the requests of the schema listed once for many policies, and what entities are in.
pub(super) fn prepare_among(
    policy: &Policy,
    schema: Option<((&Schema, &Validator), &Requests<'_>)>,
    parents: &Parents,
    limits: &Limits,
    most: usize,
) -> Prepared {
    let requests = schema.map(|(_, requests)| requests);
    let scope = schema.map(|((schema, _), _)| schema.type_scope(policy));
    let found = mutants_among(
        policy,
        schema.map(|((schema, _), _)| schema).zip(scope.as_ref()),
        parents,
    );
    let texts: Vec<Option<Arc<str>>> = found
        .iter()
        .map(|mutant| mutant.text(policy).map(Arc::from))
        .collect();
    let mut parsed = parsed_together(texts.iter().flatten(), limits).into_iter();

    let mut out = Prepared::default();
    let mut written = BTreeSet::from([policy.canonical]);
    let mut meanings = BTreeSet::from([meaning_among(policy, requests)]);
    for (mutant, text) in found.into_iter().zip(texts) {
        let parsed = match text {
            None => None,
            Some(_) => match parsed.next().flatten() {
                Some(parsed) => Some(parsed),
                None => {
                    out.invalid += 1;
                    continue;
                }
            },
        };
        // What is written the same needs no type-checker.
        if let Some(parsed) = &parsed
            && !written.insert(parsed.policy.canonical)
        {
            out.equivalent += 1;
            continue;
        }
        if let (Some(parsed), Some(((_, validator), _))) = (&parsed, schema)
            && !accepts(&parsed.template, validator)
        {
            out.invalid += 1;
            continue;
        }
        let meaning = parsed
            .as_ref()
            .map_or(NEVER, |parsed| meaning_among(&parsed.policy, requests));
        if meanings.insert(meaning) {
            out.candidates.push(Candidate { mutant, parsed });
        } else {
            out.equivalent += 1;
        }
    }
    spread(&mut out, most);
    out
}

/// Cedar's form of each text, `None` where it is rejected.
fn parsed_together<'a>(
    texts: impl Iterator<Item = &'a Arc<str>>,
    limits: &Limits,
) -> Vec<Option<Parsed>> {
    let within: Vec<Option<&Arc<str>>> = texts
        .map(|text| exceeded(text, limits).is_none().then_some(text))
        .collect();
    let to_parse: Vec<Arc<str>> = within.iter().flatten().map(|t| Arc::clone(t)).collect();
    let mut parsed = parse_all(&to_parse).into_iter();
    within
        .into_iter()
        .map(|text| text.and_then(|_| parsed.next()?.ok()))
        .collect()
}

/// Keeps `most` candidates, evenly spaced.
fn spread(prepared: &mut Prepared, most: usize) {
    let all = prepared.candidates.len();
    if all <= most {
        return;
    }
    let mut number = 0;
    prepared.candidates.retain(|_| {
        let keep = (number + 1) * most / all > number * most / all;
        number += 1;
        keep
    });
    prepared.left_out = (all - prepared.candidates.len()) as u32;
}
