//! Template links in the Cedar CLI's format: a JSON array of `template_id`, `link_id` and `args`.

mod types;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use cedar_policy_core::ast::{AnyId, EntityUID, SlotId, Template};
use cedar_policy_core::validator::ValidatorSchema;

use crate::cedar::schema::json::well_formed;
use crate::cedar::schema::merge::nearest;
use crate::codes::cedar_schema::links as codes;
use crate::facts::Entity;
use crate::finding::{Finding, Place};
use crate::source::Span;
use crate::source::json::{Member, Node, Value};

const KEYS: [&str; 3] = ["template_id", "link_id", "args"];
const SLOTS: [&str; 2] = ["?principal", "?resource"];

/// A policy or template of the bundle, as links can name it.
#[derive(Debug, Clone)]
pub struct Linkable {
    /// Its `@id`, if it has one that is not empty.
    pub id: Option<String>,
    /// The id that the Cedar CLI gives it for its place in its file: `policy0`.
    pub positional: String,
    /// What it says.
    pub template: Arc<Template>,
}

impl Linkable {
    /// The policy at `position` of its file, counted from 0.
    pub fn new(template: Arc<Template>, position: usize) -> Self {
        let key: Result<AnyId, _> = "id".parse();
        let id = key
            .ok()
            .and_then(|key| template.annotation(&key))
            .map(|annotation| annotation.val.to_string())
            .filter(|id| !id.is_empty());
        Self {
            id,
            positional: format!("policy{position}"),
            template,
        }
    }

    fn has_slot(&self, slot: &str) -> bool {
        self.template.slots().any(|s| {
            if s.id.is_principal() {
                slot == SLOTS[0]
            } else {
                slot == SLOTS[1]
            }
        })
    }

    fn is_template(&self) -> bool {
        self.template.slots().next().is_some()
    }

    fn name(&self) -> &str {
        self.id.as_deref().unwrap_or(&self.positional)
    }
}

/// A link without errors of its own.
#[derive(Debug, Clone)]
pub struct Link {
    /// The template, by its index in the list that was given.
    pub template: usize,
    /// The template's id as it was written.
    pub template_id: String,
    /// The id of the linked policy.
    pub link_id: String,
    /// The value of `?principal` and where it stands.
    pub principal: Option<(EntityUID, Span)>,
    /// The value of `?resource` and where it stands.
    pub resource: Option<(EntityUID, Span)>,
    /// The whole link.
    pub span: Span,
}

impl Link {
    /// The value of `?principal`.
    pub fn principal(&self) -> Option<Entity> {
        self.principal.as_ref().map(|(uid, _)| entity(uid))
    }

    /// The value of `?resource`.
    pub fn resource(&self) -> Option<Entity> {
        self.resource.as_ref().map(|(uid, _)| entity(uid))
    }

    /// The slots' values as Cedar takes them.
    pub fn values(&self) -> HashMap<SlotId, EntityUID> {
        let principal = self
            .principal
            .iter()
            .map(|(uid, _)| (SlotId::principal(), uid.clone()));
        let resource = self
            .resource
            .iter()
            .map(|(uid, _)| (SlotId::resource(), uid.clone()));
        principal.chain(resource).collect()
    }

    /// The slots' values in our form: `?principal`, `?resource`.
    pub fn entities(&self) -> (Option<crate::facts::Entity>, Option<crate::facts::Entity>) {
        let entity = |value: &Option<(EntityUID, Span)>| {
            value.as_ref().map(|(uid, _)| {
                let (ty, id) = uid.clone().components();
                crate::facts::Entity {
                    ty: ty.to_string(),
                    id: id.into_smolstr().to_string(),
                }
            })
        };
        (entity(&self.principal), entity(&self.resource))
    }
}

fn entity(uid: &EntityUID) -> Entity {
    Entity {
        ty: uid.entity_type().to_string(),
        id: AsRef::<str>::as_ref(uid.eid()).to_owned(),
    }
}

/// Checks one file of links against the bundle's policies and, where there is one, the schema.
pub fn check(
    text: &str,
    policies: &[Linkable],
    schema: Option<&ValidatorSchema>,
) -> (Vec<Link>, Vec<Finding>) {
    let (links, findings) = check_files(&[(Arc::from(""), text)], policies, schema);
    (
        links.into_iter().map(|(_, link)| link).collect(),
        findings.into_iter().map(|(_, finding)| finding).collect(),
    )
}

/// Links with the path of their file.
pub type Links = Vec<(Arc<str>, Link)>;

/// Checks the links files of a bundle, given as path and text.
pub fn check_files(
    files: &[(Arc<str>, &str)],
    policies: &[Linkable],
    schema: Option<&ValidatorSchema>,
) -> (Links, Vec<(Arc<str>, Finding)>) {
    let mut links = Vec::new();
    let mut findings = Vec::new();
    let mut ids: BTreeMap<String, Option<(usize, Span)>> = policies
        .iter()
        .filter_map(|p| Some((p.id.clone()?, None)))
        .collect();
    for (index, (path, text)) in files.iter().enumerate() {
        let mut reader = Reader {
            text,
            policies,
            out: Vec::new(),
        };
        for (link, id_span) in reader.file() {
            let other = ids.get(&link.link_id).copied();
            match other {
                None => {
                    ids.insert(link.link_id.clone(), Some((index, id_span)));
                }
                Some(other) => reader
                    .out
                    .push(duplicate(files, &link, id_span, index, other)),
            }
            if let Some(link) = link.link {
                links.push((Arc::clone(path), link));
            }
        }
        findings.extend(reader.out.into_iter().map(|f| (index, f)));
    }
    if let Some(schema) = schema {
        for (link, finding) in types::check(&links, policies, schema) {
            let path = links.get(link).map(|(path, _)| Arc::clone(path));
            if let Some(index) = files.iter().position(|(p, _)| Some(p) == path.as_ref()) {
                findings.push((index, finding));
            }
        }
    }
    findings.sort_by(|a, b| {
        let key = |(index, f): &(usize, Finding)| (*index, f.span, f.code, f.message.clone());
        key(a).cmp(&key(b))
    });
    let findings = findings
        .into_iter()
        .filter_map(|(index, f)| Some((Arc::clone(&files.get(index)?.0), f)))
        .collect();
    (links, findings)
}

fn duplicate(
    files: &[(Arc<str>, &str)],
    link: &Named,
    span: Span,
    file: usize,
    other: Option<(usize, Span)>,
) -> Finding {
    let id = &link.link_id;
    let finding =
        |message: String| Finding::new(&codes::DUPLICATE_ID, span, message, "rename one of them");
    match other {
        None => finding(format!("a policy has the id `{id}` too")),
        Some((index, place)) if index == file => finding(format!("two links have the id `{id}`"))
            .label(Place::Here(place), "the other link"),
        Some((index, _)) => {
            let path = files.get(index).map_or("", |(path, _)| path.as_ref());
            finding(format!("a link in `{path}` has the id `{id}` too"))
        }
    }
}

/// A link that has an id, whatever else is wrong with it.
struct Named {
    link_id: String,
    link: Option<Link>,
}

struct Reader<'a> {
    text: &'a str,
    policies: &'a [Linkable],
    out: Vec<Finding>,
}

impl Reader<'_> {
    fn file(&mut self) -> Vec<(Named, Span)> {
        let root = match well_formed(self.text, &codes::JSON_SYNTAX, &codes::JSON_TOO_DEEP) {
            Ok(root) => root,
            Err(finding) => {
                self.out.push(*finding);
                return Vec::new();
            }
        };
        if !matches!(root.value, Value::Array(_)) {
            self.wrong_kind(root.span, "links", "an array");
        }
        root.elements()
            .iter()
            .filter_map(|node| self.link(node))
            .collect()
    }

    fn link(&mut self, node: &Node) -> Option<(Named, Span)> {
        if !matches!(node.value, Value::Object(_)) {
            self.wrong_kind(node.span, "a link", "an object");
            return None;
        }
        self.keys(node);
        let template = self
            .string(node, "template_id")
            .and_then(|(id, span)| Some((self.template(&id, span)?, id)));
        let link_id = self.string(node, "link_id");
        let args = self.required(node, "args");
        let arguments = args.map(|args| self.arguments(args, template.as_ref().map(|(t, _)| *t)));
        let (link_id, id_span) = link_id?;
        let link = template.zip(arguments.flatten()).map(
            |((template, template_id), [principal, resource])| Link {
                template,
                template_id,
                link_id: link_id.clone(),
                principal,
                resource,
                span: node.span,
            },
        );
        Some((Named { link_id, link }, id_span))
    }

    fn keys(&mut self, node: &Node) {
        let mut seen = BTreeSet::new();
        for Member { key, key_span, .. } in node.members() {
            if !KEYS.contains(&key.as_str()) {
                let help = nearest(key, KEYS).map_or_else(
                    || "use `template_id`, `link_id` or `args`".to_owned(),
                    |near| format!("did you mean `{near}`"),
                );
                self.out.push(Finding::new(
                    &codes::UNKNOWN_KEY,
                    *key_span,
                    format!("links have no key `{key}`"),
                    help,
                ));
            }
            self.repeated(&mut seen, key, *key_span);
        }
    }

    fn repeated<'k>(&mut self, seen: &mut BTreeSet<&'k str>, key: &'k str, span: Span) {
        if !seen.insert(key) {
            self.out.push(Finding::new(
                &codes::DUPLICATE_KEY,
                span,
                format!("the key `{key}` stands twice in one object"),
                "remove one of the two",
            ));
        }
    }

    fn required<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n Node> {
        let found = node.get(key);
        if found.is_none() {
            self.out.push(Finding::new(
                &codes::MISSING_KEY,
                node.span,
                format!("this link has no `{key}`"),
                format!("add `{key}`"),
            ));
        }
        found
    }

    fn string(&mut self, node: &Node, key: &str) -> Option<(String, Span)> {
        let value = self.required(node, key)?;
        match value.as_str() {
            Some(text) => Some((text.to_owned(), value.span)),
            None => {
                self.wrong_kind(value.span, &format!("`{key}`"), "a string");
                None
            }
        }
    }

    /// The template with this `@id` or, if only one policy has it, positional id.
    fn template(&mut self, id: &str, span: Span) -> Option<usize> {
        let by_id = self
            .policies
            .iter()
            .position(|p| p.id.as_deref() == Some(id));
        let mut by_position = (0..self.policies.len())
            .filter(|i| self.policies.get(*i).is_some_and(|p| p.positional == id));
        let index = by_id.or_else(|| by_position.next());
        if by_id.is_none() && by_position.next().is_some() {
            self.out.push(Finding::new(
                &codes::UNKNOWN_TEMPLATE,
                span,
                format!("several files have a policy at the place `{id}`"),
                "give the template an `@id` and use that",
            ));
            return None;
        }
        let Some((index, policy)) = index.and_then(|i| Some((i, self.policies.get(i)?))) else {
            let known = self
                .policies
                .iter()
                .filter(|p| p.is_template())
                .map(Linkable::name);
            let help = nearest(id, known).map_or_else(
                || "use a template's `@id`, or its position as `policy0`".to_owned(),
                |near| format!("did you mean `{near}`"),
            );
            self.out.push(Finding::new(
                &codes::UNKNOWN_TEMPLATE,
                span,
                format!("the bundle has no template `{id}`"),
                help,
            ));
            return None;
        };
        if !policy.is_template() {
            self.out.push(Finding::new(
                &codes::NOT_A_TEMPLATE,
                span,
                format!("the policy `{id}` has no slots and cannot be linked"),
                "link a template, or put a slot into the policy",
            ));
            return None;
        }
        Some(index)
    }

    /// The values of both slots; `None` where one of them is wrong.
    fn arguments(
        &mut self,
        args: &Node,
        template: Option<usize>,
    ) -> Option<[Option<(EntityUID, Span)>; 2]> {
        if !matches!(args.value, Value::Object(_)) {
            self.wrong_kind(args.span, "`args`", "an object");
            return None;
        }
        let before = self.out.len();
        let template = template.and_then(|i| self.policies.get(i));
        let mut values = [None, None];
        let mut seen = BTreeSet::new();
        for Member {
            key,
            key_span,
            value,
        } in args.members()
        {
            self.repeated(&mut seen, key, *key_span);
            let Some(slot) = SLOTS.iter().position(|s| s == key) else {
                let help = nearest(key, SLOTS).map_or_else(
                    || "the slots are `?principal` and `?resource`".to_owned(),
                    |near| format!("did you mean `{near}`"),
                );
                self.out.push(Finding::new(
                    &codes::UNKNOWN_SLOT,
                    *key_span,
                    format!("Cedar has no slot `{key}`"),
                    help,
                ));
                continue;
            };
            if template.is_some_and(|t| !t.has_slot(key)) {
                self.out.push(Finding::new(
                    &codes::EXTRA_SLOT,
                    *key_span,
                    format!("the template has no slot `{key}`"),
                    "remove it, or add the slot to the template",
                ));
            }
            let uid = self.entity(key, value);
            if let (Some(uid), Some(place)) = (uid, values.get_mut(slot)) {
                *place = Some((uid, value.span));
            }
        }
        for slot in SLOTS {
            if template.is_some_and(|t| t.has_slot(slot)) && args.get(slot).is_none() {
                self.out.push(Finding::new(
                    &codes::MISSING_SLOT,
                    args.span,
                    format!("the template's slot `{slot}` has no value"),
                    format!("add `{slot}` to `args`"),
                ));
            }
        }
        (self.out.len() == before).then_some(values)
    }

    fn entity(&mut self, slot: &str, value: &Node) -> Option<EntityUID> {
        let Some(text) = value.as_str() else {
            self.wrong_kind(value.span, &format!("`{slot}`"), "a string");
            return None;
        };
        let uid = super::entity_uid(text);
        if uid.is_none() {
            self.out.push(Finding::new(
                &codes::INVALID_ENTITY,
                value.span,
                format!("`{text}` is no entity"),
                "write it as in a policy: `User::\"alice\"`",
            ));
        }
        uid
    }

    fn wrong_kind(&mut self, span: Span, what: &str, kind: &str) {
        let verb = if what == "links" { "are" } else { "is" };
        self.out.push(Finding::new(
            &codes::VALUE,
            span,
            format!("{what} {verb} written as {kind}"),
            format!("write {kind}"),
        ));
    }
}

#[cfg(test)]
mod tests;
