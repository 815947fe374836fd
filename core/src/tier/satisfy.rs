//! Which requirements nobody could meet, found before anybody waits for them.

use super::controls::{Controls, Party, Requirement};
use crate::govern::Record;
use crate::govern::directory::{Directory, Kind, Person};
use crate::govern::gate::matching::{Slot, matching};
use crate::time::Instant;

/// A sentence for each requirement that cannot be met, sorted.
pub(crate) fn unsatisfiable(
    controls: &Controls,
    directory: &Directory,
    record: Option<&Record>,
    as_of: Instant,
) -> Vec<String> {
    let people: Vec<(&String, &Person)> = directory.people.iter().collect();
    let can = |requirement: &Requirement, name: &str, person: &Person| {
        let parts = record.map(|record| {
            [
                (Party::Author, record.author.as_str()),
                (Party::Drafter, record.drafter.id.as_str()),
                (Party::LastEditor, record.last_editor.as_str()),
            ]
        });
        let own = parts.is_some_and(|parts| parts.iter().any(|(_, who)| *who == name));
        let kind = match requirement.human_only {
            true => person.kind == Kind::Human,
            false => person.kind.can_approve(),
        };
        kind && !own
            && person.is_active(as_of)
            && directory.is_eligible(person, &requirement.eligible)
    };
    let requirements: Vec<&Requirement> = controls.requirements.iter().collect();
    let slots: Vec<Slot> = requirements
        .iter()
        .map(|requirement| Slot {
            count: requirement.count as usize,
            eligible: people
                .iter()
                .enumerate()
                .filter(|(_, (name, person))| can(requirement, name, person))
                .map(|(number, _)| number)
                .collect(),
        })
        .collect();
    let filled = matching(&slots, people.len());
    let mut out: Vec<String> = requirements
        .iter()
        .zip(&slots)
        .zip(&filled)
        .filter(|((_, slot), filled)| filled.len() < slot.count)
        .map(|((requirement, slot), _)| {
            let words = requirement.describe();
            match slot.eligible.len() {
                0 => format!("nobody in the directory can meet `{words}`"),
                _ => format!("too few people in the directory can meet `{words}` beside the other requirements"),
            }
        })
        .collect();
    out.sort();
    out
}
