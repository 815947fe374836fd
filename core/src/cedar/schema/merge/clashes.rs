//! Declarations that do not go together: the same one twice, one that hides another, and cycles.

use std::collections::{BTreeMap, BTreeSet};

use super::places::{At, advice};
use super::{Fragments, Report};
use crate::cedar::schema::outline::{Kind, RefKind};
use crate::cedar::schema::repair;
use crate::codes::cedar_schema as codes;
use crate::finding::{Finding, Place};
use crate::rules::Rule;

impl Report<'_, '_> {
    /// Reports every declaration that an earlier file has too.
    pub(super) fn duplicates(&mut self, kind: Kind, rule: &'static Rule, what: &str) {
        let mut first: BTreeMap<String, usize> = BTreeMap::new();
        let mut found = Vec::new();
        for (index, part) in self.parts.iter().enumerate() {
            for decl in part.outline.decls.iter().filter(|d| d.kind == kind) {
                let name = decl.full_name();
                let other = *first.entry(name.clone()).or_insert(index);
                if other != index {
                    found.push(((index, decl.span), name, other));
                }
            }
        }
        for (at, name, other) in found {
            let path = self
                .parts
                .get(other)
                .map_or("", |part| part.file.path.as_ref());
            self.add(
                rule,
                at,
                format!("the {what} `{name}` is also declared in `{path}`"),
            );
        }
    }

    pub(super) fn shadowing(&mut self) {
        let of = |kind: &Kind| if *kind == Kind::Action { 1 } else { 0 };
        let outer: BTreeSet<(u8, &str)> = self
            .all_decls()
            .filter(|(_, d)| d.namespace.is_empty() && d.kind != Kind::Namespace)
            .map(|(_, d)| (of(&d.kind), d.name.as_str()))
            .collect();
        let found: Vec<(At, u8, String, String)> = self
            .all_decls()
            .filter(|(_, d)| !d.namespace.is_empty())
            .filter(|(_, d)| outer.contains(&(of(&d.kind), d.name.as_str())))
            .map(|(at, d)| (at, of(&d.kind), d.full_name(), d.name.clone()))
            .collect();
        for (at, kind, full, name) in found {
            let rule: &'static Rule = if kind == 1 {
                &codes::ACTION_SHADOWING
            } else {
                &codes::TYPE_SHADOWING
            };
            self.add(
                rule,
                at,
                format!("`{full}` shadows `{name}`, which is declared outside of all namespaces"),
            );
        }
    }

    pub(super) fn action_cycles(&mut self, fragments: &mut Fragments) -> bool {
        let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (namespace, definition) in fragments.iter().flat_map(|f| &f.0) {
            for (id, action) in &definition.actions {
                let parents = graph
                    .entry(repair::action_uid(namespace.as_ref(), id))
                    .or_default();
                for parent in action.member_of.iter().flatten() {
                    let written = parent.to_string();
                    // A name without a namespace means this namespace's if there is one.
                    let inner = repair::qualified(namespace.as_ref(), &written);
                    parents.insert(if self.actions.contains(&inner) {
                        inner
                    } else {
                        written
                    });
                }
            }
        }
        let cycles = repair::cycles(&graph);
        self.cycles(&cycles, Kind::Action, &codes::ACTION_CYCLE, "in each other");
        let all: BTreeSet<String> = cycles.into_iter().flatten().collect();
        repair::actions(fragments, |uid| all.contains(uid), |a| a.member_of = None)
    }

    pub(super) fn common_type_cycles(&mut self, fragments: &mut Fragments) -> bool {
        let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for part in self.parts {
            for reference in part.outline.refs.iter().filter(|r| r.kind == RefKind::Type) {
                let Some(decl) = part.outline.decls.get(reference.decl) else {
                    continue;
                };
                if decl.kind != Kind::Common {
                    continue;
                }
                let inner = format!("{}::{}", decl.namespace, reference.text);
                graph
                    .entry(decl.full_name())
                    .or_default()
                    .insert(if self.types.contains(&inner) {
                        inner
                    } else {
                        reference.text.clone()
                    });
            }
        }
        let cycles = repair::cycles(&graph);
        self.cycles(
            &cycles,
            Kind::Common,
            &codes::COMMON_TYPE_CYCLE,
            "defined by each other",
        );
        let all: BTreeSet<String> = cycles.into_iter().flatten().collect();
        repair::empty_common_types(fragments, &all)
    }

    /// One finding a cycle, at the declaration that comes first.
    fn cycles(&mut self, cycles: &[BTreeSet<String>], kind: Kind, rule: &'static Rule, how: &str) {
        for cycle in cycles {
            let mut members = self.decls(kind, |d| cycle.contains(&d.full_name()));
            members.sort();
            let Some(first) = members.first().copied() else {
                continue;
            };
            let names: Vec<String> = cycle.iter().map(|name| format!("`{name}`")).collect();
            let message = match names.as_slice() {
                [one] => format!("{one} is {}", how.replace("each other", "itself")),
                _ => format!("{} are {how}", names.join(" and ")),
            };
            let mut finding = Finding::new(rule, first.1, message, advice(rule));
            for (_, span) in members.iter().skip(1).filter(|at| at.0 == first.0) {
                finding = finding.label(Place::Here(*span), "also in the cycle");
            }
            self.push(first.0, finding);
        }
    }
}
