//! `iam` and `apps`: who says what of classes and floors.
//!
//! ```yaml
//! iam:
//!   owners: [iam]
//!   principals: { App::Bot: agent }
//!   context: { mfa: attested }
//!   floors: { action.write: human }
//!   max_template_links: 5
//! apps:
//!   App:
//!     owners: [team:app]
//!     actions: { 'Action::"pay"': { access: write, limit: context.amount <= 500 } }
//!     resources: { Invoice: { sensitivity: confidential } }
//! ```
//!
//! Whatever stands here is joined with what the schema says, so it can raise and never lower. What holds without
//! any section is `builtin`, and nothing here changes it.

use std::collections::{BTreeMap, BTreeSet};

use super::mentions::{Mention, Named};
use super::reader::{Reader, did_you_mean};
use super::words::{any_of, shown};
use super::yaml::{Entry, Node};
use crate::codes::ours;
use crate::facts::Spanned;
use crate::finding::Finding;
use crate::govern::canonical::Digest;
use crate::govern::meaning;
use crate::schema::{Access, PrincipalKind, Sensitivity, Trust, classify};
use crate::source::Span;
use crate::tier::{Tier, factors};

/// The sections.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Governance {
    /// `iam`: principals, context, floors of every application, bounds.
    pub iam: Section,
    /// `apps`, by namespace; [`NO_NAMESPACE`] for what is in none.
    pub apps: BTreeMap<String, Section>,
}

/// The key under `apps` for what is in no namespace.
pub const NO_NAMESPACE: &str = "_";

/// One section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Section {
    /// Whom a change of it needs: roles, and teams as `team:name`.
    pub owners: BTreeSet<String>,
    /// SHA-256 of what it says, in hexadecimal; empty where it is not there.
    pub digest: String,
    /// Of an application: what actions do, by name with namespace.
    pub actions: BTreeMap<String, ActionWords>,
    /// Of an application: what disclosure does, by entity type with namespace.
    pub resources: BTreeMap<String, ResourceWords>,
    /// Of `iam`: whom an entity type stands for.
    pub principals: BTreeMap<String, PrincipalKind>,
    /// Of `iam`: who vouches for a field of the context, by its name.
    pub context: BTreeMap<String, Trust>,
    /// The least tier of a factor.
    pub floors: BTreeMap<&'static str, Tier>,
    /// Of `iam`: the most links of a template that may change with it before people must look.
    pub max_template_links: Option<u32>,
    /// Of `iam`: the most kinds of request that may be widened since the baseline before people must look.
    pub max_creep: Option<u32>,
    /// Of `iam`: environments whose resources count as production.
    pub production: BTreeSet<String>,
}

/// What an application says of an action.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActionWords {
    /// `@access`
    pub access: Option<Access>,
    /// `@effect`
    pub effect: Option<String>,
    /// `@reversible`
    pub reversible: Option<bool>,
    /// `@limit`
    pub limit: Option<String>,
    /// `@approval`
    pub approval: Option<String>,
}

/// What an application says of a resource type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceWords {
    /// `@sensitivity`
    pub sensitivity: Option<Sensitivity>,
    /// `@regulated`
    pub regulated: Option<String>,
    /// `@pii`
    pub pii: bool,
}

impl Governance {
    /// The sections that say something, with their names.
    pub fn sections(&self) -> impl Iterator<Item = (String, &Section)> {
        let apps = self.apps.iter();
        std::iter::once(("iam".to_owned(), &self.iam))
            .chain(apps.map(|(name, section)| (format!("apps.{name}"), section)))
            .filter(|(_, section)| !section.digest.is_empty())
    }

    /// Whether the sections class any action, type or field.
    pub fn has_classes(&self) -> bool {
        let of_app = |app: &Section| !app.actions.is_empty() || !app.resources.is_empty();
        self.apps.values().any(of_app)
            || !self.iam.principals.is_empty()
            || !self.iam.context.is_empty()
    }

    /// The section of the application that a name with its namespace belongs to.
    pub fn app_of(&self, name: &str) -> Option<(&str, &Section)> {
        let namespace = namespace(name);
        let (name, section) = self.apps.get_key_value(namespace)?;
        Some((name, section))
    }
}

/// The namespace of an entity type or an action, as `apps` has it.
pub fn namespace(name: &str) -> &str {
    let ty = name.split('"').next().unwrap_or(name);
    let ty = ty.strip_suffix("::").unwrap_or(ty);
    ty.rsplit_once("::")
        .map_or(NO_NAMESPACE, |(namespace, _)| namespace)
}

/// Reads `iam` and `apps`, and adds what they name to `mentions`.
pub(super) fn read(
    reader: &mut Reader<'_>,
    iam: Option<&Node>,
    apps: Option<&Node>,
    governance: &mut Governance,
    mentions: &mut Vec<Mention>,
) {
    if let Some(node) = iam {
        governance.iam = of_iam(reader, node, mentions);
    }
    let Some(node) = apps else { return };
    for entry in reader.mapping(node, "apps") {
        let valid = entry.key == NO_NAMESPACE || is_type(&entry.key);
        if !valid {
            reader.invalid(
                entry.key_span,
                format!("{} is no namespace", shown(&entry.key)),
                "write a namespace of the schema, or `_` for what is in none",
            );
            continue;
        }
        mention(mentions, Named::Namespace, &entry.key, entry.key_span);
        let section = of_app(reader, entry, mentions);
        governance.apps.insert(entry.key.clone(), section);
    }
}

fn of_iam(reader: &mut Reader<'_>, node: &Node, mentions: &mut Vec<Mention>) -> Section {
    let keys = [
        "owners",
        "principals",
        "context",
        "floors",
        "max_template_links",
        "max_creep",
        "production",
    ];
    let fields = reader.fields(node, "iam", &keys);
    let mut section = Section {
        digest: digest(node),
        ..Section::default()
    };
    if let Some(node) = fields.get("owners") {
        section.owners = words(reader, node, "iam.owners", &Named::Owner, mentions);
    }
    if let Some(node) = fields.get("production") {
        let of = Named::Environment;
        section.production = words(reader, node, "iam.production", &of, mentions);
    }
    if let Some(node) = fields.get("principals") {
        for entry in reader.mapping(node, "iam.principals") {
            let name = format!("iam.principals.{}", entry.key);
            let choices: Vec<_> = PrincipalKind::NAMES
                .iter()
                .filter_map(|name| Some((*name, PrincipalKind::parse(name)?)))
                .collect();
            if let Some(kind) = reader.choice(&entry.value, &name, &choices)
                && check_type(reader, &entry.key, entry.key_span)
            {
                let of = Named::EntityType(entry.key.clone(), None);
                mention(mentions, of, &entry.key, entry.key_span);
                section.principals.insert(entry.key.clone(), kind);
            }
        }
    }
    if let Some(node) = fields.get("context") {
        for entry in reader.mapping(node, "iam.context") {
            let name = format!("iam.context.{}", entry.key);
            let choices: Vec<_> = Trust::NAMES
                .iter()
                .filter_map(|name| Some((*name, Trust::parse(name)?)))
                .collect();
            if let Some(trust) = reader.choice(&entry.value, &name, &choices) {
                mention(mentions, Named::ContextField, &entry.key, entry.key_span);
                section.context.insert(entry.key.clone(), trust);
            }
        }
    }
    if let Some(node) = fields.get("floors") {
        section.floors = floors(reader, node, "iam.floors");
    }
    let bounds = [
        ("max_template_links", &mut section.max_template_links),
        ("max_creep", &mut section.max_creep),
    ];
    for (key, slot) in bounds {
        if let Some(node) = fields.get(key) {
            *slot = reader.integer_in(node, &format!("iam.{key}"), 0..=10_000);
        }
    }
    section
}

fn of_app(reader: &mut Reader<'_>, entry: &Entry, mentions: &mut Vec<Mention>) -> Section {
    let app = entry.key.as_str();
    let name = format!("apps.{app}");
    let keys = ["owners", "actions", "resources", "floors"];
    let fields = reader.fields(&entry.value, &name, &keys);
    let mut section = Section {
        digest: digest(&entry.value),
        ..Section::default()
    };
    if let Some(node) = fields.get("owners") {
        let called = format!("{name}.owners");
        section.owners = words(reader, node, &called, &Named::Owner, mentions);
    }
    if let Some(node) = fields.get("floors") {
        section.floors = floors(reader, node, &format!("{name}.floors"));
    }
    if let Some(node) = fields.get("actions") {
        for entry in reader.mapping(node, &format!("{name}.actions")) {
            let Some(action) = crate::cedar::entity(&entry.key) else {
                reader.invalid(
                    entry.key_span,
                    format!("{} is not an action", shown(&entry.key)),
                    r#"write it as in Cedar, like 'Action::"pay"'"#,
                );
                continue;
            };
            let called = format!("{name}.actions");
            let action = qualified(app, &action.to_string());
            if !is_of(
                reader,
                app,
                &action,
                entry,
                section.actions.contains_key(&action),
            ) {
                continue;
            }
            let of = Named::Action(action.clone(), Some(app.to_owned()));
            mention(mentions, of, &entry.key, entry.key_span);
            let words = action_words(reader, &entry.value, &called, &action, mentions);
            section.actions.insert(action, words);
        }
    }
    if let Some(node) = fields.get("resources") {
        for entry in reader.mapping(node, &format!("{name}.resources")) {
            let words = resource_words(reader, &entry.value, &format!("{name}.resources"));
            if check_type(reader, &entry.key, entry.key_span) {
                let ty = qualified(app, &entry.key);
                if !is_of(reader, app, &ty, entry, section.resources.contains_key(&ty)) {
                    continue;
                }
                let of = Named::EntityType(ty.clone(), Some(app.to_owned()));
                mention(mentions, of, &entry.key, entry.key_span);
                section.resources.insert(ty, words);
            }
        }
    }
    section
}

fn action_words(
    reader: &mut Reader<'_>,
    node: &Node,
    name: &str,
    action: &str,
    mentions: &mut Vec<Mention>,
) -> ActionWords {
    let keys = ["access", "effect", "reversible", "limit", "approval"];
    let fields = reader.fields(node, name, &keys);
    let choices: Vec<_> = Access::NAMES
        .iter()
        .filter_map(|name| Some((*name, Access::parse(name)?)))
        .collect();
    let access = fields
        .get("access")
        .and_then(|node| reader.choice(node, "access", &choices));
    let reversible = fields
        .get("reversible")
        .and_then(|node| reader.boolean(node, "reversible"));
    let mut text = |key: &str| fields.get(key).and_then(|node| reader.text(node, key));
    let (effect, limit, approval) = (text("effect"), text("limit"), text("approval"));
    if let Some(limit) = &limit {
        mention(
            mentions,
            Named::Limit(action.to_owned()),
            limit.value,
            limit.span,
        );
    }
    let approval = approval.filter(|said| {
        let asks = classify::is_yes(said.value);
        if !asks {
            reader.invalid(
                said.span,
                format!(
                    "{} asks for no approval, and sections can only raise",
                    shown(said.value)
                ),
                "delete this line, or write `@approval(\"none\")` in the schema",
            );
        }
        asks
    });
    for (key, said) in [("effect", &effect), ("approval", &approval)] {
        let Some(said) = said else { continue };
        let misspelt = classify::misspelt(key, said.value)
            .map(|(word, meant)| (word, format!("did you mean `{meant}`?")));
        let unknown = || {
            let (word, known) = classify::unknown_word(key, said.value)?;
            Some((word, format!("write {}", any_of(known.iter().copied()))))
        };
        if let Some((word, help)) = misspelt.or_else(unknown) {
            reader.report(Finding::new(
                &ours::CONFIG_UNKNOWN_NAME,
                said.span,
                format!("{} is not in the vocabulary of `{key}`", shown(word)),
                help,
            ));
        }
    }
    let owned = |text: Option<Spanned<&str>>| text.map(|text| text.value.to_owned());
    ActionWords {
        access,
        effect: owned(effect),
        reversible,
        limit: owned(limit),
        approval: owned(approval),
    }
}

fn resource_words(reader: &mut Reader<'_>, node: &Node, name: &str) -> ResourceWords {
    let fields = reader.fields(node, name, &["sensitivity", "regulated", "pii"]);
    let choices: Vec<_> = Sensitivity::NAMES
        .iter()
        .filter_map(|name| Some((*name, Sensitivity::parse(name)?)))
        .collect();
    let sensitivity = fields
        .get("sensitivity")
        .and_then(|node| reader.choice(node, "sensitivity", &choices));
    let pii = fields
        .get("pii")
        .and_then(|node| reader.boolean(node, "pii"));
    let regulated = fields
        .get("regulated")
        .and_then(|node| reader.text(node, "regulated"));
    ResourceWords {
        sensitivity,
        regulated: regulated.map(|text| text.value.to_owned()),
        pii: pii.unwrap_or_default(),
    }
}

/// Floors by factor. One below the built-in floor is refused.
fn floors(reader: &mut Reader<'_>, node: &Node, name: &str) -> BTreeMap<&'static str, Tier> {
    let tiers = [Tier::Auto, Tier::Constrained, Tier::Human, Tier::Blocked];
    let choices = tiers.map(|tier| (tier.as_str(), tier));
    let mut out = BTreeMap::new();
    for entry in reader.mapping(node, name) {
        let Some(factor) = factors::find(&entry.key) else {
            let finding = Finding::new(
                &ours::CONFIG_UNKNOWN_KEY,
                entry.key_span,
                format!("{} is no factor", shown(&entry.key)),
                "use an id of docs/tiers.md",
            );
            let known = factors::ALL.iter().map(|factor| factor.id);
            reader.report(did_you_mean(finding, &entry.key, known));
            continue;
        };
        let key = format!("{name}.{}", entry.key);
        let Some(tier) = reader.choice(&entry.value, &key, &choices) else {
            continue;
        };
        if tier < factor.floor {
            reader.invalid(
                entry.value.span,
                format!(
                    "`{key}` is below the built-in floor `{}`",
                    factor.floor.as_str()
                ),
                "delete this line: floors can be raised and not lowered",
            );
            continue;
        }
        out.insert(factor.id, tier);
    }
    out
}

fn words(
    reader: &mut Reader<'_>,
    node: &Node,
    name: &str,
    of: &Named,
    mentions: &mut Vec<Mention>,
) -> BTreeSet<String> {
    let texts = reader.texts(node, name);
    for word in &texts {
        mention(mentions, of.clone(), word.value, word.span);
    }
    texts
        .into_iter()
        .map(|word| word.value.to_owned())
        .collect()
}

fn mention(mentions: &mut Vec<Mention>, of: Named, written: &str, span: Span) {
    let written = written.to_owned();
    mentions.push(Mention { of, written, span });
}

fn check_type(reader: &mut Reader<'_>, name: &str, span: Span) -> bool {
    let valid = is_type(name);
    if !valid {
        reader.invalid(
            span,
            format!("{} is no entity type", shown(name)),
            "write it as in the schema, like `App::User`",
        );
    }
    valid
}

fn is_type(name: &str) -> bool {
    name.split("::").all(super::parse::is_identifier)
}

/// Whether a name belongs to the section that it stands in, which has it for the first time.
fn is_of(reader: &mut Reader<'_>, app: &str, name: &str, entry: &Entry, is_there: bool) -> bool {
    let (message, help) = if namespace(name) != app {
        (
            format!("{} is not of `apps.{app}`", shown(&entry.key)),
            "move it to the section of its own namespace: here it says nothing".to_owned(),
        )
    } else if is_there {
        (
            format!("{} is in this section twice", shown(&entry.key)),
            "say all of it in one place, with or without the namespace".to_owned(),
        )
    } else {
        return true;
    };
    reader.invalid(entry.key_span, message, help);
    false
}

/// A name as the schema has it.
fn qualified(app: &str, name: &str) -> String {
    if app == NO_NAMESPACE || namespace(name) == app {
        return name.to_owned();
    }
    format!("{app}::{name}")
}

fn digest(node: &Node) -> String {
    Digest::of_json(&meaning::node(node)).hex()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::config::parse;

    #[test]
    fn sections_are_read_with_names_of_the_schema() {
        let text = "iam:\n  owners: [iam]\n  principals: { App::Bot: agent }\n  context: { mfa: attested }\n  floors: { action.write: human }\n  max_creep: 2\napps:\n  App:\n    actions: { 'Action::\"pay\"': { access: write, reversible: false } }\n    resources: { Invoice: { sensitivity: confidential, pii: true } }\n  _:\n    resources: { Doc: { sensitivity: public } }\n";
        let (config, findings) = parse(text);
        assert_eq!(findings, []);
        let governance = config.governance;
        assert_eq!(
            governance.iam.principals.get("App::Bot"),
            Some(&PrincipalKind::Agent)
        );
        assert_eq!(
            governance.iam.floors.get("action.write"),
            Some(&Tier::Human)
        );
        let (name, app) = governance.app_of("App::Action::\"pay\"").unwrap();
        assert_eq!(name, "App");
        assert!(app.actions.contains_key("App::Action::\"pay\""));
        assert!(app.resources.contains_key("App::Invoice"));
        let (_, none) = governance.app_of("Doc").unwrap();
        assert!(none.resources.contains_key("Doc"));
        let names: Vec<String> = governance.sections().map(|(name, _)| name).collect();
        assert_eq!(names, ["iam", "apps.App", "apps._"]);
    }

    #[test]
    fn a_digest_is_of_what_a_section_says() {
        let of = |text: &str| parse(text).0.governance.iam.digest;
        assert_eq!(
            of("iam: { max_creep: 2, owners: [a] }"),
            of("iam:\n  # why\n  owners: [a]\n  max_creep: 2\n")
        );
        assert_ne!(of("iam: { max_creep: 2 }"), of("iam: { max_creep: 3 }"));
    }

    #[test]
    fn mistakes_are_named_where_they_stand() {
        for (text, at, message) in [
            ("iam: { ownrs: [a] }", "ownrs", "`ownrs` is no key of `iam`"),
            (
                "iam: { floors: { action.wrte: human } }",
                "action.wrte",
                "`action.wrte` is no factor",
            ),
            (
                "iam: { floors: { diff.unknown: auto } }",
                "auto",
                "`iam.floors.diff.unknown` is below the built-in floor `human`",
            ),
            ("apps: { 'a b': {} }", "'a b'", "`a b` is no namespace"),
            (
                "apps: { A: { actions: { pay: {} } } }",
                "pay",
                "`pay` is not an action",
            ),
            (
                "builtin: {}",
                "builtin",
                "`builtin` is locked, so nothing can be written there",
            ),
        ] {
            let (_, findings) = parse(text);
            let said: Vec<_> = findings
                .iter()
                .map(|f| (f.span.text(text), f.message.as_str()))
                .collect();
            assert_eq!(said, [(at, message)]);
        }
    }
}
