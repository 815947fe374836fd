//! The classes of actions, entity types and context fields: what the schema's annotations say, joined with what the
//! sections of `portcullis.yaml` say, of base and head together.
//!
//! Of two classes the higher counts, so that lowering one helps nobody before it is approved. What one side leaves
//! unclassified is unclassified. What head alone has is of the class that head gives it; see [`super::lowered`].

use std::collections::{BTreeMap, BTreeSet};

use super::Fact;
use crate::analysis::reads;
use crate::analysis::verbs::least_access;
use crate::config::Governance;
use crate::config::words::shown;
use crate::facts::Entity;
use crate::schema::classify::{
    EFFECTS, annotations_within, approvals, effects, is_reversible, is_yes, unknown_word,
};
use crate::schema::raise::is_plain;
use crate::schema::{Access, PrincipalKind, Schema, Sensitivity, Trust};

/// What one bundle says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words<'a> {
    pub(crate) schema: Option<&'a Schema>,
    pub(crate) governance: &'a Governance,
    /// `base` or `head`.
    pub(crate) side: &'static str,
}

/// The annotations that give a class.
const CLASSES: [&str; 11] = [
    "access",
    "approval",
    "effect",
    "environment",
    "limit",
    "pii",
    "principal_kind",
    "regulated",
    "reversible",
    "sensitivity",
    "trust",
];

/// What a class is, and who says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ActionClass {
    /// `None` where nobody says.
    pub(crate) access: Option<Access>,
    /// Whether it cannot be undone.
    pub(crate) is_irreversible: bool,
    /// Values of `@effect`.
    pub(crate) effects: BTreeSet<String>,
    /// Values of `@limit`.
    pub(crate) limits: BTreeSet<String>,
    /// Values of `@approval`.
    pub(crate) approvals: BTreeSet<String>,
    /// What is said of it in words that are not in the vocabulary.
    pub(crate) unknown: BTreeSet<Fact>,
    /// Whether `@approval` says that none is needed at run time; it does not count beside one that asks for some.
    pub(crate) is_waived: bool,
    pub(crate) facts: BTreeSet<Fact>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ResourceClass {
    pub(crate) sensitivity: Option<Sensitivity>,
    /// Values of `@regulated`.
    pub(crate) regulated: BTreeSet<String>,
    pub(crate) is_personal: bool,
    pub(crate) environments: BTreeSet<String>,
    pub(crate) facts: BTreeSet<Fact>,
}

impl Words<'_> {
    /// What the bundle says of an action; `None` where its schema does not have it.
    pub(crate) fn action(&self, action: &Entity) -> Option<ActionClass> {
        let schema = self.schema?;
        let declared = schema.actions.get(action)?;
        let mut class = ActionClass::default();
        let groups = declared.ancestors.iter();
        for entity in std::iter::once(action).chain(groups) {
            let name = entity.to_string();
            if let Some(of) = schema.actions.get(entity) {
                for (key, value) in &of.annotations {
                    let source = format!("`@{key}` of `{name}` in the schema of {}", self.side);
                    // Only of itself: a group says no less of its members than they do.
                    if entity != action && key == "approval" && !is_yes(value) {
                        continue;
                    }
                    class.say(key, value, source);
                }
            }
            let Some((app, section)) = self.governance.app_of(&name) else {
                continue;
            };
            let Some(words) = section.actions.get(&name) else {
                continue;
            };
            let source = format!("`apps.{app}` of {}", self.side);
            let reversible = words.reversible.map(|value| value.to_string());
            let said = [
                ("access", words.access.map(|of| of.as_str().to_owned())),
                ("effect", words.effect.clone()),
                ("reversible", reversible),
                ("limit", words.limit.clone()),
                ("approval", words.approval.clone()),
            ];
            for (key, value) in said {
                if let Some(value) = value {
                    class.say(key, &value, source.clone());
                }
            }
        }
        Some(class)
    }

    /// What the bundle says of an entity type as a resource; `None` where its schema does not have it.
    pub(crate) fn resource(&self, ty: &str) -> Option<ResourceClass> {
        let schema = self.schema?;
        let declared = schema.entity_types.get(ty)?;
        let mut class = ResourceClass {
            sensitivity: schema.sensitivity(ty),
            ..ResourceClass::default()
        };
        if let Some(sensitivity) = class.sensitivity {
            class.facts.insert(Fact {
                fact: format!("`{ty}` is {}", sensitivity.as_str()),
                source: format!("`@sensitivity` of `{ty}` in the schema of {}", self.side),
            });
        }
        class.facts.extend(self.unknown_of_type(ty));
        for annotations in annotations_within(declared) {
            if let Some(law) = annotations.get("regulated").filter(|law| is_yes(law)) {
                class.regulate(
                    ty,
                    law,
                    format!("`@regulated` in the schema of {}", self.side),
                );
            }
            if annotations.get("pii").is_some_and(|pii| is_yes(pii)) {
                class.personal(ty, format!("`@pii` in the schema of {}", self.side));
            }
            class
                .environments
                .extend(annotations.get("environment").cloned());
        }
        if let Some((app, section)) = self.governance.app_of(ty)
            && let Some(words) = section.resources.get(ty)
        {
            let source = format!("`apps.{app}` of {}", self.side);
            if let Some(sensitivity) = words.sensitivity {
                class.sensitivity = class.sensitivity.max(Some(sensitivity));
                class.facts.insert(Fact {
                    fact: format!("`{ty}` is {}", sensitivity.as_str()),
                    source: source.clone(),
                });
            }
            if let Some(law) = words.regulated.as_ref().filter(|law| is_yes(law)) {
                class.regulate(ty, law, source.clone());
            }
            if words.pii {
                class.personal(ty, source);
            }
        }
        Some(class)
    }

    /// Whom a type stands for; the outer `None` where the schema does not have it.
    pub(crate) fn principal(&self, ty: &str) -> Option<Option<PrincipalKind>> {
        let schema = self.schema?;
        schema.entity_types.get(ty)?;
        let own = schema.principal_kind(ty);
        Some(own.max(self.governance.iam.principals.get(ty).copied()))
    }

    /// Who vouches for a field of an action's context, by the names behind `context`: the least of those who are named
    /// for it. What is said of a record holds for its fields, unless one of them says so itself.
    pub(crate) fn trust(&self, action: &Entity, field: &[String]) -> Option<Option<Trust>> {
        let schema = self.schema?;
        let context = &schema.actions.get(action)?.context;
        let on_the_way = reads::on_the_way(context, field);
        if on_the_way.is_empty() {
            return None;
        }
        let annotated = (on_the_way.iter().rev())
            .find_map(|field| field.annotations.get("trust"))
            .map(|word| Trust::read(word));
        let first = field.first();
        let said = [
            annotated,
            first.and_then(|name| self.governance.iam.context.get(name).copied()),
        ];
        Some(said.into_iter().flatten().min())
    }

    /// The words that are not in the vocabulary of the schema by which a request is classed, so that its class is not
    /// known.
    pub(crate) fn unknown(
        &self,
        principal: &str,
        action: &Entity,
        resource: &str,
    ) -> BTreeSet<Fact> {
        let mut all = self.action(action).unwrap_or_default().unknown;
        all.extend(self.unknown_of_type(principal));
        all.extend(self.unknown_of_type(resource));
        let context = self.schema.and_then(|schema| schema.actions.get(action));
        for context in context.into_iter().map(|of| &of.context) {
            for path in reads::fields(context, &[]) {
                for field in reads::on_the_way(context, &path) {
                    let name = format!("context.{}", path.join("."));
                    all.extend(self.unknown_in(&field.annotations, &name));
                }
            }
        }
        all
    }

    /// Whether the bundle gives no class to anything, not even a misspelled one, and raises no floor.
    pub(crate) fn classify_nothing(&self) -> bool {
        let gives_class = |annotations: &BTreeMap<String, String>| {
            annotations.keys().any(|key| {
                let is_meant = |class: &str| {
                    class == key || key.len() > 3 && strsim::damerau_levenshtein(class, key) == 1
                };
                CLASSES.into_iter().any(is_meant)
            })
        };
        let sections = self.governance.apps.values();
        let mut sections = std::iter::once(&self.governance.iam).chain(sections);
        let by_section =
            self.governance.has_classes() || sections.any(|section| !section.floors.is_empty());
        let by_schema = self.schema.is_some_and(|schema| {
            let mut types = schema.entity_types.values().flat_map(annotations_within);
            let mut actions = schema.actions.values();
            types.any(gives_class)
                || actions.any(|action| {
                    gives_class(&action.annotations)
                        || (reads::fields(&action.context, &[]).iter())
                            .flat_map(|field| reads::on_the_way(&action.context, field))
                            .any(|field| gives_class(&field.annotations))
                })
        });
        !by_section && !by_schema
    }

    fn unknown_of_type(&self, ty: &str) -> BTreeSet<Fact> {
        let declared = self.schema.and_then(|schema| schema.entity_types.get(ty));
        (declared.into_iter())
            .flat_map(annotations_within)
            .flat_map(|annotations| self.unknown_in(annotations, ty))
            .collect()
    }

    fn unknown_in(&self, annotations: &BTreeMap<String, String>, of: &str) -> Vec<Fact> {
        (annotations.iter())
            .filter_map(|(key, value)| {
                let (word, _) = unknown_word(key, value)?;
                Some(not_known(
                    key,
                    word,
                    format!("`@{key}` of `{of}` in the schema of {}", self.side),
                ))
            })
            .collect()
    }
}

fn not_known(key: &str, word: &str, source: String) -> Fact {
    Fact {
        fact: format!(
            "{} is not in the vocabulary of `@{key}`, so it counts as the highest class",
            shown(word)
        ),
        source,
    }
}

impl ActionClass {
    fn say(&mut self, key: &str, value: &str, source: String) {
        if let Some((word, _)) = unknown_word(key, value) {
            let fact = not_known(key, word, source.clone());
            self.unknown.insert(fact.clone());
            self.facts.insert(fact);
            if key == "effect" {
                self.effects.extend(EFFECTS.map(str::to_owned));
            }
        }
        let what = match key {
            "access" => {
                let access = Access::read(value);
                self.access = self.access.max(Some(access));
                let is_known = Access::parse(value).is_some();
                self.is_irreversible |= access == Access::Destructive || !is_known;
                format!("its access is {}", access.as_str())
            }
            "reversible" => {
                let cannot = !is_reversible(value);
                self.is_irreversible |= cannot;
                match cannot {
                    true => "it cannot be undone".to_owned(),
                    false => return,
                }
            }
            "effect" => {
                self.effects.extend(effects(value).map(str::to_lowercase));
                self.effects.remove("none");
                self.is_irreversible |= self.has_effect("delete");
                format!("its effect is {value}")
            }
            "limit" => {
                // Other text is one condition: a part of it says nothing by itself.
                let parts: Vec<&str> = match is_plain(value) {
                    true => value.split("&&").map(str::trim).collect(),
                    false => vec![value.trim()],
                };
                let parts = parts.into_iter().filter(|limit| !limit.is_empty());
                self.limits.extend(parts.map(str::to_owned));
                format!("its limit is `{value}`")
            }
            "approval" if !is_yes(value) => {
                self.is_waived = true;
                "it needs no approval at run time".to_owned()
            }
            "approval" => {
                self.approvals.extend(approvals(value).map(str::to_owned));
                format!("it asks for approval: {value}")
            }
            _ => return,
        };
        self.facts.insert(Fact { fact: what, source });
    }

    /// The factors that fire by the class alone, wherever the action is allowed.
    pub(crate) fn factors(&self) -> impl Iterator<Item = &'static str> {
        let fires = [
            ("action.export", self.takes_out()),
            ("action.irreversible", self.is_irreversible),
            ("action.list", self.access == Some(Access::List)),
            (
                "action.privilege",
                self.access == Some(Access::PrivilegeManagement),
            ),
            ("action.read", self.access == Some(Access::Read)),
            ("action.transfer", self.transfers()),
            ("action.unclassified", self.access.is_none()),
            ("action.write", self.access == Some(Access::Write)),
        ];
        fires
            .into_iter()
            .filter(|(_, fires)| *fires)
            .map(|(id, _)| id)
    }

    /// Whether it takes data out.
    pub(crate) fn takes_out(&self) -> bool {
        self.has_effect("export") || self.has_effect("share")
    }

    /// Whether it transfers what it is about.
    pub(crate) fn transfers(&self) -> bool {
        self.has_effect("transfer")
    }

    fn has_effect(&self, effect: &str) -> bool {
        (self.effects.iter()).any(|word| word.eq_ignore_ascii_case(effect))
    }
}

impl ResourceClass {
    fn regulate(&mut self, ty: &str, law: &str, source: String) {
        self.regulated.insert(law.to_owned());
        self.facts.insert(Fact {
            fact: format!("`{ty}` is regulated: {law}"),
            source,
        });
    }

    fn personal(&mut self, ty: &str, source: String) {
        self.is_personal = true;
        self.facts.insert(Fact {
            fact: format!("`{ty}` has personal data"),
            source,
        });
    }
}

/// Of base and head together. A side that does not have the thing has no say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Classifier<'a> {
    pub(crate) base: Words<'a>,
    pub(crate) head: Words<'a>,
}

/// The higher of two classes, where no class at all is the highest.
fn higher<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        _ => None,
    }
}

impl Classifier<'_> {
    pub(crate) fn action(&self, action: &Entity) -> ActionClass {
        match (self.base.action(action), self.head.action(action)) {
            (Some(mut base), Some(head)) => {
                base.access = higher(base.access, head.access);
                base.is_irreversible |= head.is_irreversible;
                base.effects.extend(head.effects);
                base.limits.extend(head.limits);
                base.approvals.extend(head.approvals);
                base.unknown.extend(head.unknown);
                base.facts.extend(head.facts);
                base
            }
            (base, head) => base.or(head).unwrap_or_default(),
        }
    }

    pub(crate) fn resource(&self, ty: &str) -> ResourceClass {
        match (self.base.resource(ty), self.head.resource(ty)) {
            (Some(mut base), Some(head)) => {
                base.sensitivity = higher(base.sensitivity, head.sensitivity);
                base.regulated.extend(head.regulated);
                base.is_personal |= head.is_personal;
                base.environments.extend(head.environments);
                base.facts.extend(head.facts);
                base
            }
            (base, head) => base.or(head).unwrap_or_default(),
        }
    }

    /// The class of a resource type as the resource of an action. Where head puts a type that base does not have, or to
    /// which base did not apply the action, in the place of types to which the action no longer applies, it is classed no
    /// lower than these: what they held may be in it.
    pub(crate) fn resource_of(&self, action: &Entity, ty: &str) -> ResourceClass {
        let mut class = self.resource(ty);
        let types = |words: &Words<'_>| {
            let declared = words.schema.and_then(|schema| schema.actions.get(action));
            declared.map(|of| of.resources.clone()).unwrap_or_default()
        };
        let (before, after) = (types(&self.base), types(&self.head));
        if before.contains(ty) {
            return class;
        }
        for gone in before.difference(&after) {
            let of = self.resource(gone);
            if of.sensitivity <= class.sensitivity
                && of.regulated.is_subset(&class.regulated)
                && (class.is_personal || !of.is_personal)
            {
                continue;
            }
            class.facts.insert(Fact {
                fact: format!("`{action}` applied to `{gone}`, which `{ty}` replaces"),
                source: "the schema of base".to_owned(),
            });
            class.sensitivity = higher(class.sensitivity, of.sensitivity);
            class.regulated.extend(of.regulated);
            class.is_personal |= of.is_personal;
            class.environments.extend(of.environments);
            class.facts.extend(of.facts);
        }
        class
    }

    pub(crate) fn principal(&self, ty: &str) -> Option<PrincipalKind> {
        match (self.base.principal(ty), self.head.principal(ty)) {
            (Some(base), Some(head)) => higher(base, head),
            (base, head) => base.or(head).flatten(),
        }
    }

    /// `None` where nobody vouches for it.
    pub(crate) fn trust(&self, action: &Entity, field: &[String]) -> Option<Trust> {
        match (
            self.base.trust(action, field),
            self.head.trust(action, field),
        ) {
            (Some(base), Some(head)) => base.zip(head).map(|(base, head)| base.min(head)),
            (base, head) => base.or(head).flatten(),
        }
    }
}

/// What an unclassified action's name says that it does, as a suggestion.
pub(crate) fn suggestion(action: &Entity) -> Option<Access> {
    least_access(&action.id)
}
