//! What head says less of than base: classes that it lowers, takes away, or is the first to give.

use std::collections::BTreeSet;

use super::classify::{ActionClass, Classifier, ResourceClass, Words};
use super::view::Widened;
use crate::analysis::reads;
use crate::config::governance::namespace;
use crate::facts::Entity;
use crate::schema::{Access, PrincipalKind, Schema, Sensitivity, Trust};

/// That a class is lower in head, or rests on head's word alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lowered {
    /// One sentence.
    pub(crate) sentence: String,
    /// What base says.
    pub(crate) fact: String,
    /// Where it stands.
    pub(crate) source: String,
    /// The namespace of what is classed; `None` where it is the schema as a whole.
    pub(crate) namespace: Option<String>,
}

/// The name of something, and which of its classes is meant.
#[derive(Clone, Copy)]
struct Of<'a> {
    subject: &'a str,
    what: &'static str,
}

impl Classifier<'_> {
    /// Every lowering, sorted. What base does not have has nothing to be lowered from.
    pub(crate) fn lowered(&self) -> Vec<Lowered> {
        let mut out = Vec::new();
        match (self.base.schema, self.head.schema) {
            (None, None) => {}
            (None, Some(_)) => out.extend(self.first_schema()),
            (Some(_), None) => {
                if classed(&self.base).next().is_some() {
                    out.push(Lowered {
                        sentence: "head has no schema to read classes from, and those of base count until that is approved".to_owned(),
                        fact: "base has a schema with classes".to_owned(),
                        source: "the schema".to_owned(),
                        namespace: None,
                    });
                }
            }
            (Some(base), Some(_)) => {
                for entity in base.actions.keys() {
                    self.lowered_action(base, entity, &mut out);
                }
                for ty in base.entity_types.keys() {
                    self.lowered_type(ty, &mut out);
                }
            }
        }
        out.sort();
        out.dedup();
        out
    }

    /// Classes of what a widened class of requests consists of that base does not have: by head's word alone they
    /// would come out low. A sentence each.
    pub(crate) fn first_given(&self, widened: &Widened<'_>) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        // Without a schema of base all is given for the first time, which counts as a lowering.
        if self.base.schema.is_none() {
            return out;
        }
        let mut add = |name: &str, word: &str| {
            out.insert(format!("head is the first to say that `{name}` is {word}"));
        };
        let environment = &widened.of.environment;
        let action = &environment.action;
        if self.base.action(action).is_none()
            && let Some(access) = self.head.action(action).and_then(|class| class.access)
            && access < Access::Destructive
        {
            add(&action.to_string(), access.as_str());
        }
        let resource = &environment.resource;
        if self.base.resource(resource).is_none()
            && let Some(class) = self.head.resource(resource)
            && let Some(sensitivity) = class.sensitivity
            && sensitivity < Sensitivity::Restricted
        {
            add(resource, sensitivity.as_str());
        }
        let principal = &environment.principal;
        if self.base.principal(principal).is_none()
            && let Some(Some(kind)) = self.head.principal(principal)
            && kind < PrincipalKind::ThirdParty
        {
            add(principal, kind.as_str());
        }
        for (field, _) in &widened.class.rests_on {
            if self.base.trust(action, field).is_none()
                && let Some(Some(trust)) = self.head.trust(action, field)
                && trust > Trust::Caller
            {
                add(
                    &format!("{action} context.{}", field.join(".")),
                    trust.as_str(),
                );
            }
        }
        out
    }

    /// That base has no schema, where head classes anything.
    fn first_schema(&self) -> Option<Lowered> {
        let names: Vec<String> = classed(&self.head).take(5).collect();
        if names.is_empty() {
            return None;
        }
        Some(Lowered {
            sentence: format!(
                "base has no schema to read classes from, so head is the first to class {}",
                names.join(", ")
            ),
            fact: "base has no usable schema".to_owned(),
            source: "the schema".to_owned(),
            namespace: None,
        })
    }

    fn lowered_action(&self, base: &Schema, entity: &Entity, out: &mut Vec<Lowered>) {
        let name = entity.to_string();
        let Some(before) = self.base.action(entity) else {
            return;
        };
        let Some(after) = self.head.action(entity) else {
            gone_action(&name, &before, out);
            return;
        };
        let of = |what| Of {
            subject: &name,
            what,
        };
        if is_lower(before.access, after.access, Access::Destructive) {
            let word = |of: Option<Access>| of.map_or("no class", Access::as_str);
            let (before, after) = (word(before.access), word(after.access));
            out.push(lower(of("@access"), before, after));
        }
        if before.is_irreversible && !after.is_irreversible {
            out.push(lower(of("@reversible"), "false", "nothing"));
        }
        if after.is_waived && !before.is_waived {
            out.push(lower(of("@approval"), "not said", "none"));
        }
        let sets = [
            ("@effect", &before.effects, &after.effects),
            ("@approval", &before.approvals, &after.approvals),
            ("@limit", &before.limits, &after.limits),
        ];
        for (what, before, after) in sets {
            for gone in before.difference(after) {
                let tightened =
                    what == "@limit" && after.iter().any(|limit| is_tighter(limit, gone));
                if !tightened {
                    let rest: Vec<_> = after.iter().map(String::as_str).collect();
                    let now = match rest.is_empty() {
                        true => "nothing".to_owned(),
                        false => rest.join(", "),
                    };
                    out.push(lower(of(what), gone, &now));
                }
            }
        }
        let context = base.actions.get(entity).map(|of| &of.context);
        let fields = context.into_iter().flat_map(|of| reads::fields(of, &[]));
        for field in &fields.collect::<Vec<_>>() {
            let subject = format!("{name} context.{}", field.join("."));
            let of = Of {
                subject: &subject,
                what: "@trust",
            };
            let word = |of: Option<Trust>| of.map_or("no class", Trust::as_str);
            match (
                self.base.trust(entity, field),
                self.head.trust(entity, field),
            ) {
                (Some(before), Some(after)) if after > before && after > Some(Trust::Caller) => {
                    out.push(lower(of, word(before), word(after)));
                }
                (Some(Some(before)), None) => out.push(gone(of, before.as_str())),
                _ => {}
            }
        }
    }

    fn lowered_type(&self, ty: &str, out: &mut Vec<Lowered>) {
        let of = |what| Of { subject: ty, what };
        let word = |of: Option<Sensitivity>| of.map_or("no class", Sensitivity::as_str);
        match (self.base.resource(ty), self.head.resource(ty)) {
            (Some(before), Some(after)) => {
                let highest = Sensitivity::Restricted;
                if is_lower(before.sensitivity, after.sensitivity, highest) {
                    let (before, after) = (word(before.sensitivity), word(after.sensitivity));
                    out.push(lower(of("@sensitivity"), before, after));
                }
                for gone in before.regulated.difference(&after.regulated) {
                    out.push(lower(of("@regulated"), gone, "nothing"));
                }
                for gone in before.environments.difference(&after.environments) {
                    out.push(lower(of("@environment"), gone, "something else"));
                }
                if before.is_personal && !after.is_personal {
                    out.push(lower(of("@pii"), "true", "nothing"));
                }
            }
            (Some(before), None) if is_classed(&before) => {
                out.push(gone(of("@sensitivity"), word(before.sensitivity)));
            }
            _ => {}
        }
        let word = |of: Option<PrincipalKind>| of.map_or("no class", PrincipalKind::as_str);
        match (self.base.principal(ty), self.head.principal(ty)) {
            (Some(before), Some(after)) if is_lower(before, after, PrincipalKind::ThirdParty) => {
                out.push(lower(of("@principal_kind"), word(before), word(after)));
            }
            (Some(Some(before)), None) => {
                out.push(gone(of("@principal_kind"), before.as_str()));
            }
            _ => {}
        }
    }
}

/// The names of what a bundle classes.
fn classed<'w>(words: &'w Words<'_>) -> impl Iterator<Item = String> + 'w {
    let actions = words.schema.into_iter().flat_map(|schema| &schema.actions);
    let actions = actions.filter(|(entity, action)| {
        let is_said = words
            .action(entity)
            .is_some_and(|class| !class.facts.is_empty());
        let fields = reads::fields(&action.context, &[]);
        is_said
            || fields
                .iter()
                .any(|field| matches!(words.trust(entity, field), Some(Some(_))))
    });
    let types = words
        .schema
        .into_iter()
        .flat_map(|schema| schema.entity_types.keys());
    let types = types.filter(|ty| {
        words.resource(ty).is_some_and(|class| is_classed(&class))
            || matches!(words.principal(ty), Some(Some(_)))
    });
    actions
        .map(|(entity, _)| format!("`{entity}`"))
        .chain(types.map(|ty| format!("`{ty}`")))
}

fn is_classed(class: &ResourceClass) -> bool {
    class.sensitivity.is_some() || !class.regulated.is_empty() || class.is_personal
}

fn gone_action(name: &str, before: &ActionClass, out: &mut Vec<Lowered>) {
    let of = |what| Of {
        subject: name,
        what,
    };
    if let Some(access) = before.access {
        out.push(gone(of("@access"), access.as_str()));
    } else if let Some(said) = before.facts.first() {
        out.push(gone(of("the class"), &said.fact));
    }
}

fn lower(of: Of<'_>, before: &str, after: &str) -> Lowered {
    let Of { subject, what } = of;
    Lowered {
        sentence: format!(
            "`{what}` of `{subject}` goes from {before} to {after}, and counts as before until that is approved"
        ),
        fact: format!("base says {before}"),
        source: format!("`{what}` of `{subject}`"),
        namespace: Some(namespace(subject).to_owned()),
    }
}

/// Whoever takes away what is classed can bring it back with another class.
fn gone(of: Of<'_>, before: &str) -> Lowered {
    let Of { subject, what } = of;
    Lowered {
        sentence: format!("`{subject}` is gone, and its class `{before}` with it"),
        fact: format!("base says {before}"),
        source: format!("`{what}` of `{subject}`"),
        namespace: Some(namespace(subject).to_owned()),
    }
}

/// Whether a class went down. One that is given for the first time is a lowering too, unless it is so high that
/// people have to look all the same.
fn is_lower<T: Ord + Copy>(before: Option<T>, after: Option<T>, high: T) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => after < before,
        (None, Some(after)) => after < high,
        (_, None) => false,
    }
}

/// Whether a limit of the form `field <= number` keeps within another of the same field.
fn is_tighter(limit: &str, other: &str) -> bool {
    let parts = |text: &str| -> Option<(String, i64)> {
        let (field, number) = text.split_once("<=")?;
        Some((field.trim().to_owned(), number.trim().parse().ok()?))
    };
    match (parts(limit), parts(other)) {
        (Some((field, number)), Some((other, most))) => field == other && number <= most,
        _ => false,
    }
}
