//! The declared name that was probably meant by one that the schema does not declare.

use std::cell::Cell;

use cedar_policy_core::ast::EntityUID;

/// The most names that those of one policy are compared with; far more than anybody mistypes at once.
pub(super) const MOST_GUESSES: usize = 20_000;

/// The longest name that is compared with others, in bytes.
const LONGEST: usize = 256;

/// What is left of [`MOST_GUESSES`].
pub(super) struct Guesses(Cell<usize>);

impl Guesses {
    pub(super) const fn new() -> Self {
        Self(Cell::new(MOST_GUESSES))
    }

    /// Whether one more name can be compared with so many.
    pub(super) fn allow(&self, known: usize) -> bool {
        let left = self.0.get().checked_sub(known);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// The name of a type or of an action, and where its part behind the namespace begins.
pub(super) struct Name {
    full: String,
    base: usize,
}

impl Name {
    /// `App::User`
    pub(super) fn of_type(full: String) -> Self {
        let base = full.rfind("::").map_or(0, |at| at + 2);
        Self { full, base }
    }

    /// `App::Action::"view"`
    pub(super) fn of_action(action: &EntityUID) -> Self {
        let namespace = Self::of_type(action.entity_type().to_string()).base;
        Self {
            full: action.to_string(),
            base: namespace,
        }
    }

    fn base(&self) -> &str {
        self.full.get(self.base..).unwrap_or(&self.full)
    }

    /// Whether it is `other` with a namespace before it.
    fn completes(&self, other: &Self) -> bool {
        self.full
            .strip_suffix(&other.full)
            .is_some_and(|namespace| namespace.ends_with("::"))
    }
}

/// What was meant: names that differ by a namespace that was left out, else the one that a slip of the fingers
/// turned into this one, else those of another namespace, else one that lacks both a letter and its namespace.
/// Sorted; more than one where nothing tells them apart.
///
/// Cedar's own suggestions are no help: however far they are it gives one, and of equally near ones that which
/// its maps happen to yield first.
pub(super) fn meant(written: &Name, known: impl Iterator<Item = Name>) -> Vec<String> {
    let known: Vec<Name> = known.collect();
    let all = |of: &dyn Fn(&Name) -> bool| -> Vec<String> {
        let mut all: Vec<String> = known
            .iter()
            .filter(|name| of(name))
            .map(|name| name.full.clone())
            .collect();
        all.sort();
        all
    };
    let completed = all(&|name| name.completes(written));
    if !completed.is_empty() {
        return completed;
    }
    let near = nearest(&written.full, known.iter().map(|name| name.full.clone()));
    if let Some(near) = near {
        return vec![near];
    }
    let elsewhere = all(&|name| name.base() == written.base());
    if !elsewhere.is_empty() || written.base > 0 {
        return elsewhere;
    }
    let base = nearest(
        &written.full,
        known.iter().map(|name| name.base().to_owned()),
    );
    base.map_or_else(Vec::new, |base| all(&|name| name.base() == base))
}

/// "Did you mean"; `None` where nothing was.
pub(super) fn did_you_mean(meant: &[String]) -> Option<String> {
    let names: Vec<String> = meant
        .iter()
        .take(3)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.as_slice() {
        [] => None,
        names => Some(format!("did you mean {}?", names.join(" or "))),
    }
}

/// The known name that `written` is most likely a slip of the fingers for; of equally near ones the first in
/// the alphabet.
pub(super) fn nearest(written: &str, known: impl Iterator<Item = String>) -> Option<String> {
    known
        .filter(|meant| is_close(written, meant))
        .map(|meant| (strsim::damerau_levenshtein(written, &meant), meant))
        .min()
        .map(|(_, meant)| meant)
}

/// Whether one is a slip of the fingers for the other.
pub(super) fn is_close(written: &str, meant: &str) -> bool {
    let too_long = written.len().max(meant.len()) > LONGEST;
    if too_long || written.chars().count().abs_diff(meant.chars().count()) > 2 {
        return false;
    }
    let distance = strsim::damerau_levenshtein(written, meant);
    let part = meant
        .rsplit("::")
        .next()
        .unwrap_or_default()
        .trim_matches('"');
    distance <= 2 && distance < part.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_left_out_comes_before_a_slip_of_the_fingers() {
        let found = |written: &str, known: &[&str]| {
            let known = known.iter().map(|name| Name::of_type((*name).to_owned()));
            did_you_mean(&meant(&Name::of_type(written.to_owned()), known)).unwrap_or_default()
        };
        let app = ["App::User", "Usr", "App::Photo"];
        assert_eq!(found("User", &app), "did you mean `App::User`?");
        assert_eq!(found("Uzr", &app), "did you mean `Usr`?");
        assert_eq!(found("Shop::Photo", &app), "did you mean `App::Photo`?");
        assert_eq!(found("Phoot", &app), "did you mean `App::Photo`?");
        assert_eq!(found("Album", &app), "");
        assert_eq!(found("Shop::Phoot", &app), "");
        assert_eq!(
            found("User", &["B::User", "A::User", "SuperUser"]),
            "did you mean `A::User` or `B::User`?"
        );
    }
}
