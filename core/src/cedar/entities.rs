//! Entities in Cedar's JSON format: every error of every entity of every file.

mod classify;
pub(in crate::cedar) mod hierarchy;
mod parents;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cedar_policy_core::entities::{Entities, TCComputation};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::{CoreSchema, ValidatorSchema};

use crate::cedar::schema::json::well_formed;
use crate::cedar::schema::repair::cycles;
use crate::cedar::schema::syntax::lower_first;
use crate::codes::cedar_schema::entities as codes;
use crate::finding::Finding;
use crate::rules::Rule;
use crate::source::Span;
use read::{Budget, Read};

/// What entity files amount to.
#[derive(Debug, Clone, Default)]
pub struct EntitiesOutcome<F> {
    /// All entities with all their ancestors, and the schema's actions; `None` where there is an error.
    pub entities: Option<Entities>,
    /// What is wrong, sorted by file and position.
    pub findings: Vec<F>,
}

/// Checks one file of entities.
pub fn check(text: &str, schema: Option<&ValidatorSchema>) -> EntitiesOutcome<Finding> {
    let all = check_files(&[(Arc::from(""), text)], schema);
    EntitiesOutcome {
        entities: all.entities,
        findings: all.findings.into_iter().map(|(_, f)| f).collect(),
    }
}

/// Checks and merges the entity files of a bundle, given as path and text.
pub fn check_files(
    files: &[(Arc<str>, &str)],
    schema: Option<&ValidatorSchema>,
) -> EntitiesOutcome<(Arc<str>, Finding)> {
    let core = schema.map(CoreSchema::new);
    let mut findings: Vec<(usize, Finding)> = Vec::new();
    let mut entities: Vec<(usize, Read)> = Vec::new();
    let mut budget = Budget::default();
    for (index, (_, text)) in files.iter().enumerate() {
        let mut found = Vec::new();
        let read = read_file(text, core.as_ref(), &mut budget, &mut found);
        entities.extend(read.into_iter().map(|entity| (index, entity)));
        findings.extend(found.into_iter().map(|f| (index, f)));
    }
    duplicates(files, &entities, &mut findings);
    in_each_other(&entities, &mut findings);
    if findings.is_empty() {
        findings.extend(too_large(&entities));
    }
    // They keep nothing from being put together.
    let unknown = parents::unknown(&entities, schema);
    let merged = if findings.is_empty() {
        merge(entities, core.as_ref(), &mut findings)
    } else {
        None
    };
    findings.extend(unknown);
    findings.sort_by(|a, b| {
        let key = |(index, f): &(usize, Finding)| (*index, f.span, f.code, f.message.clone());
        key(a).cmp(&key(b))
    });
    EntitiesOutcome {
        entities: merged,
        findings: findings
            .into_iter()
            .filter_map(|(index, f)| Some((Arc::clone(&files.get(index)?.0), f)))
            .collect(),
    }
}

fn read_file(
    text: &str,
    schema: Option<&CoreSchema<'_>>,
    budget: &mut Budget,
    out: &mut Vec<Finding>,
) -> Vec<Read> {
    let root = match well_formed(text, &codes::JSON_SYNTAX, &codes::JSON_TOO_DEEP) {
        Ok(root) => root,
        Err(finding) => {
            out.push(*finding);
            return Vec::new();
        }
    };
    if !matches!(root.value, crate::source::json::Value::Array(_)) {
        out.push(Finding::new(
            &codes::NOT_A_LIST,
            root.span,
            "entities are written as an array",
            "put the entities between `[` and `]`",
        ));
    }
    root.elements()
        .iter()
        .filter_map(|node| read::read(text, node, schema, budget, out))
        .collect()
}

fn duplicates(
    files: &[(Arc<str>, &str)],
    entities: &[(usize, Read)],
    out: &mut Vec<(usize, Finding)>,
) {
    let mut first: BTreeMap<String, (usize, Span)> = BTreeMap::new();
    for (file, entity) in entities {
        let uid = entity.uid.to_string();
        let Some((other, span)) = first.get(&uid).copied() else {
            first.insert(uid, (*file, entity.uid_span));
            continue;
        };
        let finding = if other == *file {
            Finding::new(
                &codes::DUPLICATE,
                entity.uid_span,
                format!("the entity `{uid}` is given twice"),
                "remove or merge one of them",
            )
            .label(crate::finding::Place::Here(span), "also given here")
        } else {
            let path = files.get(other).map_or("", |(path, _)| path.as_ref());
            Finding::new(
                &codes::DUPLICATE,
                entity.uid_span,
                format!("the entity `{uid}` is also given in `{path}`"),
                "remove or merge one of them",
            )
        };
        out.push((*file, finding));
    }
}

fn in_each_other(entities: &[(usize, Read)], out: &mut Vec<(usize, Finding)>) {
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, entity) in entities {
        let parents = graph.entry(entity.uid.to_string()).or_default();
        parents.extend(entity.parents.iter().map(|(uid, _)| uid.to_string()));
    }
    let cycles = cycles(&graph);
    let cycle_of: BTreeMap<&str, usize> = cycles
        .iter()
        .enumerate()
        .flat_map(|(at, cycle)| cycle.iter().map(move |name| (name.as_str(), at)))
        .collect();
    // The first membership that closes each cycle.
    let mut places: BTreeMap<usize, (usize, Span)> = BTreeMap::new();
    for (file, entity) in entities {
        let Some(cycle) = cycle_of.get(entity.uid.to_string().as_str()) else {
            continue;
        };
        let closing = entity
            .parents
            .iter()
            .find(|(uid, _)| cycle_of.get(uid.to_string().as_str()) == Some(cycle));
        if let Some((_, span)) = closing {
            places.entry(*cycle).or_insert((*file, *span));
        }
    }
    for (at, (file, span)) in places {
        let names = cycles.get(at).into_iter().flatten();
        let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        let message = match names.as_slice() {
            [one] => format!("{one} is in itself"),
            _ => format!("{} are in each other", names.join(" and ")),
        };
        out.push((
            file,
            Finding::new(&codes::CYCLE, span, message, "remove one of the parents"),
        ));
    }
}

/// A hierarchy that would keep Cedar busy for minutes, or exhaust its stack.
fn too_large(entities: &[(usize, Read)]) -> Option<(usize, Finding)> {
    let parents = entities
        .iter()
        .map(|(_, e)| (&e.uid, e.parents.iter().map(|(uid, _)| uid).collect()));
    let excess = hierarchy::excess(parents)?;
    let (file, entity) = entities.get(excess.position())?;
    let rule = &codes::HIERARCHY_TOO_LARGE;
    let finding = Finding::new(
        rule,
        entity.uid_span,
        excess.message(&entity.uid),
        advice(rule),
    );
    Some((*file, finding))
}

/// Lets Cedar put everything together. What it still refuses, an action that differs from the schema's,
/// is taken out so that the next one is found.
fn merge(
    mut entities: Vec<(usize, Read)>,
    schema: Option<&CoreSchema<'_>>,
    out: &mut Vec<(usize, Finding)>,
) -> Option<Entities> {
    loop {
        let all: Vec<_> = entities
            .iter()
            .filter_map(|(_, e)| e.entity.clone())
            .collect();
        let error = match Entities::from_entities(
            all,
            schema,
            TCComputation::ComputeNow,
            Extensions::all_available(),
        ) {
            Ok(merged) => return Some(merged).filter(|_| out.is_empty()),
            Err(error) => error,
        };
        let message = miette::Diagnostic::diagnostic_source(&error)
            .map_or_else(|| error.to_string(), ToString::to_string);
        let message = std::error::Error::source(&error).map_or(message, ToString::to_string);
        let rule = classify::set(&error);
        let position = entities
            .iter()
            .position(|(_, e)| message.contains(&format!("`{}`", e.uid)));
        let (file, span) = position
            .and_then(|at| entities.get(at))
            .or_else(|| entities.first())
            .map_or((0, Span::default()), |(file, e)| (*file, e.uid_span));
        out.push((
            file,
            Finding::new(rule, span, lower_first(&message), advice(rule)),
        ));
        entities.remove(position?);
    }
}

/// What the rule's page says to do.
fn advice(rule: &Rule) -> &'static str {
    rule.page
        .split_once("What to do: ")
        .map_or("", |(_, advice)| advice.trim_end_matches(['.', '\n']))
}

#[cfg(test)]
mod tests;
