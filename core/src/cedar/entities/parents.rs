//! Parents that no file of the bundle defines.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy_core::ast::EntityUID;
use cedar_policy_core::validator::ValidatorEntityTypeKind;
use cedar_policy_core::validator::ValidatorSchema;

use super::read::Read;
use crate::codes::ours::ENTITIES_UNKNOWN_PARENT as RULE;
use crate::finding::{Finding, Severity};
use crate::suggest::nearest;

/// The most ids that are compared with unknown ones, for all files together.
const MOST_GUESSES: usize = 50_000;

/// Every parent that is defined nowhere although others of its type are. Where none is, they come from somewhere
/// else; those of an enumerated type are all defined by the schema.
pub(super) fn unknown(
    entities: &[(usize, Read)],
    schema: Option<&ValidatorSchema>,
) -> Vec<(usize, Finding)> {
    let mut defined: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (_, entity) in entities {
        let (ty, id) = parts(&entity.uid);
        defined.entry(ty).or_default().insert(id);
    }
    let mut guesses = MOST_GUESSES;
    let mut found = Vec::new();
    for (file, entity) in entities {
        for (parent, span) in &entity.parents {
            let (ty, id) = parts(parent);
            let is_enumerated = || {
                let declared =
                    schema.and_then(|schema| schema.get_entity_type(parent.entity_type()));
                declared.is_some_and(|declared| {
                    matches!(declared.kind, ValidatorEntityTypeKind::Enum(_))
                })
            };
            let Some(ids) = defined.get(&ty) else {
                continue;
            };
            if ids.contains(id) || parent.is_action() || is_enumerated() {
                continue;
            }
            // Of ids that differ in digits alone none is a mistyped other.
            let word = |id: &str| id.replace(|c: char| c.is_ascii_digit(), "");
            let own = word(id);
            let others = ids.iter().copied().take(guesses);
            let near = nearest(id, others.filter(|other| word(other) != own));
            guesses = guesses.saturating_sub(ids.len());
            let finding = Finding::new(
                &RULE,
                *span,
                format!("no file defines `{parent}`, though others of type `{ty}`"),
                match near {
                    Some(near) => format!("did you mean `{ty}::\"{}\"`?", near.escape_debug()),
                    None => "correct the id, or define the entity".to_owned(),
                },
            );
            let severity = if near.is_some() {
                Severity::Medium
            } else {
                Severity::Low
            };
            found.push((*file, finding.severity(severity)));
        }
    }
    found
}

fn parts(uid: &EntityUID) -> (String, &str) {
    (uid.entity_type().to_string(), uid.eid().as_ref())
}
