//! How large common types are when every name in them is replaced by what it stands for.

use std::collections::BTreeMap;

use super::Part;
use super::outline::{Decl, Kind, Ref, RefKind};
use crate::source::{TokenKind, tokens};

/// Names in one type, all common types written out.
const MAX_SIZE: u64 = 50_000;
/// Brackets inside one another, all common types written out; a type that is only another name counts as
/// one. As many as one type may have by the limit on nesting, since all that walks types recurses.
const MAX_LEVELS: u64 = 64;

/// Names in the common types that all entity types and actions name, written out at each place.
const MAX_TOTAL: u64 = 100_000;

/// The common types past the bounds whose own parts are within them, sorted. Types in a cycle have no
/// size and are left to Cedar.
pub(super) fn too_large(parts: &[Part<'_>]) -> Vec<String> {
    sized(&uses(parts)).1
}

/// The entity type or action with which the schema as a whole is past its bound, by full name; of those in the
/// order of files and positions the first. All common types are within theirs.
pub(super) fn too_much(parts: &[Part<'_>]) -> Option<String> {
    let uses = uses(parts);
    let sizes = sized(&uses).0;
    let mut total = 0_u64;
    for part in parts {
        for reference in &part.outline.refs {
            let Some(decl) = part.outline.decls.get(reference.decl) else {
                continue;
            };
            if reference.kind != RefKind::Type || !matches!(decl.kind, Kind::Entity | Kind::Action)
            {
                continue;
            }
            let name = resolved(&uses, decl, reference);
            let size = sizes.get(name.as_str()).map_or(0, |(size, _)| *size);
            total = total.saturating_add(size);
            if total > MAX_TOTAL {
                return Some(decl.full_name());
            }
        }
    }
    None
}

/// How large each common type is and how many levels it has, and which are past the bounds.
fn sized(uses: &BTreeMap<String, Vec<Use>>) -> (BTreeMap<&str, (u64, u64)>, Vec<String>) {
    let mut waiting: BTreeMap<&str, usize> = BTreeMap::new();
    let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut ready = Vec::new();
    for (name, used) in uses {
        let common: Vec<&str> = used
            .iter()
            .map(|u| u.name.as_str())
            .filter(|name| uses.contains_key(*name))
            .collect();
        if common.is_empty() {
            ready.push(name.as_str());
        }
        waiting.insert(name, common.len());
        for other in common {
            users.entry(other).or_default().push(name);
        }
    }
    let mut sizes: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let mut found = Vec::new();
    while let Some(name) = ready.pop() {
        let (mut size, mut levels) = (1_u64, 1_u64);
        for other in uses.get(name).into_iter().flatten() {
            let (s, l) = sizes.get(other.name.as_str()).copied().unwrap_or((1, 0));
            size = size.saturating_add(s);
            levels = levels.max(l.saturating_add(other.depth.max(1)));
        }
        if size > MAX_SIZE || levels > MAX_LEVELS {
            found.push(name.to_owned());
            // What uses it is not to blame.
            (size, levels) = (1, 1);
        }
        sizes.insert(name, (size, levels));
        for user in users.get(name).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(user) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    ready.push(user);
                }
            }
        }
    }
    found.sort();
    (sizes, found)
}

/// The full name of what a declaration refers to: in its own namespace where that has it.
fn resolved(uses: &BTreeMap<String, Vec<Use>>, decl: &Decl, reference: &Ref) -> String {
    let inner = format!("{}::{}", decl.namespace, reference.text);
    if uses.contains_key(&inner) {
        inner
    } else {
        reference.text.clone()
    }
}

/// A type that a common type names.
struct Use {
    name: String,
    /// The brackets around it in the type that names it.
    depth: u64,
}

/// The types that each common type names, once for each time.
fn uses(parts: &[Part<'_>]) -> BTreeMap<String, Vec<Use>> {
    let mut uses: BTreeMap<String, Vec<Use>> = BTreeMap::new();
    let common = |part: &Part<'_>| -> Vec<String> {
        let decls = part.outline.decls.iter();
        decls
            .filter(|d| d.kind == Kind::Common)
            .map(super::outline::Decl::full_name)
            .collect()
    };
    for name in parts.iter().flat_map(common) {
        uses.insert(name, Vec::new());
    }
    for part in parts {
        let brackets = Brackets::of(part.file.text);
        for reference in &part.outline.refs {
            let Some(decl) = part.outline.decls.get(reference.decl) else {
                continue;
            };
            if decl.kind != Kind::Common || reference.kind != RefKind::Type {
                continue;
            }
            let name = resolved(&uses, decl, reference);
            let depth = brackets
                .open_at(reference.span.start)
                .saturating_sub(brackets.open_at(decl.span.end));
            let used = Use { name, depth };
            uses.entry(decl.full_name()).or_default().push(used);
        }
    }
    uses
}

/// Every bracket of a text, and how many are open behind it.
struct Brackets(Vec<(u32, u64)>);

impl Brackets {
    fn of(text: &str) -> Self {
        let mut open = 0_u64;
        let brackets = tokens(text).filter_map(|token| {
            match token.kind {
                TokenKind::Punct(b'(' | b'[' | b'{' | b'<') => open += 1,
                TokenKind::Punct(b')' | b']' | b'}' | b'>') => open = open.saturating_sub(1),
                _ => return None,
            }
            Some((token.span.start, open))
        });
        Self(brackets.collect())
    }

    fn open_at(&self, position: u32) -> u64 {
        let before = self.0.partition_point(|(at, _)| *at < position);
        before
            .checked_sub(1)
            .and_then(|last| self.0.get(last))
            .map_or(0, |(_, open)| *open)
    }
}
