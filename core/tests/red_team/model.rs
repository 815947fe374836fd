//! A bundle as edits change it: every part by itself, and written out as files when it is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use cedar_policy::SchemaFragment;
use serde_json::{Map, Value, json};

/// Annotations, by their keys.
pub type Notes = BTreeMap<String, String>;
/// The fields of a record.
pub type Fields = BTreeMap<String, Field>;

#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub notes: Notes,
    pub ty: Type,
    pub required: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    Bool,
    Long,
    String,
    /// `ipaddr`, `decimal` and the like.
    Extension(String),
    /// By its full name.
    Entity(String),
    Set(Box<Type>),
    Record(Fields),
    /// A common type, by its full name.
    Common(String),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct EntityType {
    pub notes: Notes,
    /// The ids of an enumerated type.
    pub ids: Option<Vec<String>>,
    pub parents: BTreeSet<String>,
    pub fields: Fields,
    pub tags: Option<Type>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    pub notes: Notes,
    /// Ids of groups, of the same namespace.
    pub groups: BTreeSet<String>,
    pub principals: BTreeSet<String>,
    pub resources: BTreeSet<String>,
    pub context: Type,
}

/// A schema, everything by its full name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Schema {
    pub types: BTreeMap<String, EntityType>,
    /// By namespace and id.
    pub actions: BTreeMap<(String, String), Action>,
    pub commons: BTreeMap<String, Type>,
}

/// Where a policy stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Policy,
    /// It has slots, and decides through links.
    Template,
    /// A guardrail.
    Guard,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    pub id: String,
    pub place: Place,
    /// Annotations beside `@id`, as they are written.
    pub notes: String,
    pub permits: bool,
    pub principal: String,
    pub action: String,
    pub resource: String,
    /// Whether it is a `when`, and what is joined in it by `&&`.
    pub clauses: Vec<(bool, Vec<String>)>,
    /// How it is laid out.
    pub layout: u8,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    pub template: String,
    pub principal: Option<String>,
    pub resource: Option<String>,
}

/// An entity of the entity file, in Cedar's JSON form.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    pub ty: String,
    pub id: String,
    pub attributes: Map<String, Value>,
    pub parents: BTreeSet<(String, String)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    pub schema: Schema,
    pub policies: Vec<Policy>,
    pub links: BTreeMap<String, Link>,
    pub entities: Vec<Entity>,
    /// Lines of `portcullis.yaml`.
    pub config: BTreeSet<&'static str>,
}

impl Bundle {
    /// Its files, by path.
    pub fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        files.insert("app.cedarschema".to_owned(), self.schema.text());
        for (path, is_guard) in [("policies.cedar", false), ("invariants/g.cedar", true)] {
            let of = self.policies.iter();
            let text: String = of
                .filter(|policy| (policy.place == Place::Guard) == is_guard)
                .map(Policy::text)
                .collect();
            if !text.is_empty() {
                files.insert(path.to_owned(), text);
            }
        }
        if !self.links.is_empty() {
            let links: Vec<Value> = self.links.iter().map(|(id, link)| link.json(id)).collect();
            let text = format!("{:#}\n", Value::Array(links));
            files.insert("l.links.json".to_owned(), text);
        }
        if !self.entities.is_empty() {
            let all: Vec<Value> = self.entities.iter().map(Entity::json).collect();
            let text = format!("{:#}\n", Value::Array(all));
            files.insert("e.entities.json".to_owned(), text);
        }
        if !self.config.is_empty() {
            let text = self.config.iter().fold(String::new(), |mut text, line| {
                let _ = writeln!(text, "{line}");
                text
            });
            files.insert("portcullis.yaml".to_owned(), text);
        }
        files
    }

    /// What decides: policies, and links as policies.
    pub fn deciding(&self) -> String {
        let mut text: String = self.of(Place::Policy).map(Policy::text).collect();
        for link in self.links.values() {
            for template in self
                .of(Place::Template)
                .filter(|policy| policy.id == link.template)
            {
                let mut policy = template.clone();
                for (scope, value) in [
                    (&mut policy.principal, &link.principal),
                    (&mut policy.resource, &link.resource),
                ] {
                    if let Some(value) = value {
                        *scope = scope
                            .replace("?principal", value)
                            .replace("?resource", value);
                    }
                }
                text.push_str(&policy.text());
            }
        }
        text
    }

    /// What the guardrails forbid, over a permit of everything.
    pub fn guarding(&self) -> String {
        let guards = self.of(Place::Guard).filter(|policy| !policy.permits);
        let text: String = guards.map(Policy::text).collect();
        format!("permit (principal, action, resource);\n{text}")
    }

    pub fn of(&self, place: Place) -> impl Iterator<Item = &Policy> {
        self.policies
            .iter()
            .filter(move |policy| policy.place == place)
    }
}

impl Policy {
    /// From `id = permit | principal … | action … | resource … | when … | unless …`, where `id` may begin with
    /// `guard ` or `template `.
    pub fn read(line: &str) -> Self {
        let (head, rest) = line.split_once(" = ").unwrap();
        let (place, id) = match head.trim().split_once(' ') {
            Some(("guard", id)) => (Place::Guard, id),
            Some(("template", id)) => (Place::Template, id),
            _ => (Place::Policy, head.trim()),
        };
        let mut parts = rest.split(" | ").map(str::trim);
        let permits = parts.next() == Some("permit");
        let mut next = || parts.next().unwrap().to_owned();
        let (principal, action, resource) = (next(), next(), next());
        let clauses = parts.map(|clause| {
            let (kind, condition) = clause.split_once(' ').unwrap();
            (kind == "when", vec![condition.to_owned()])
        });
        Self {
            id: id.to_owned(),
            place,
            notes: "@owner(\"docs\")".to_owned(),
            permits,
            clauses: clauses.collect(),
            principal,
            action,
            resource,
            layout: 0,
        }
    }

    pub fn text(&self) -> String {
        let effect = if self.permits { "permit" } else { "forbid" };
        let gap = if self.layout & 1 == 0 { "\n" } else { "\n\n  " };
        let comment = if self.layout & 2 == 0 {
            ""
        } else {
            "// see above\n"
        };
        let mut text = format!(
            "{comment}@id(\"{}\") {}{gap}{effect} ({}, {},{gap}{})",
            self.id, self.notes, self.principal, self.action, self.resource
        );
        for (when, conditions) in &self.clauses {
            let kind = if *when { "when" } else { "unless" };
            let joined = match conditions.as_slice() {
                [one] => one.clone(),
                all => all
                    .iter()
                    .map(|one| format!("({one})"))
                    .collect::<Vec<_>>()
                    .join(" && "),
            };
            let _ = write!(text, "{gap}{kind} {{ {joined} }}");
        }
        text.push_str(";\n");
        text
    }
}

impl Link {
    fn json(&self, id: &str) -> Value {
        let mut slots = Map::new();
        for (slot, value) in [
            ("?principal", &self.principal),
            ("?resource", &self.resource),
        ] {
            if let Some(value) = value {
                slots.insert(slot.to_owned(), json!(value));
            }
        }
        json!({ "template_id": self.template, "link_id": id, "args": slots })
    }
}

impl Entity {
    pub fn json(&self) -> Value {
        let parents = self
            .parents
            .iter()
            .map(|(ty, id)| json!({ "type": ty, "id": id }));
        json!({
            "uid": { "type": self.ty, "id": self.id },
            "attrs": self.attributes,
            "parents": parents.collect::<Vec<_>>(),
        })
    }
}

/// The namespace of a full name, and the rest.
pub fn split(name: &str) -> (&str, &str) {
    name.rsplit_once("::").unwrap_or(("", name))
}

fn full(namespace: &str, name: &str) -> String {
    if namespace.is_empty() {
        name.to_owned()
    } else {
        format!("{namespace}::{name}")
    }
}

impl Schema {
    /// From Cedar's text.
    pub fn read(text: &str) -> Self {
        let (fragment, _) = SchemaFragment::from_cedarschema_str(text).unwrap();
        let json = fragment.to_json_value().unwrap();
        let mut schema = Self::default();
        let names = Names::new(&json);
        for (namespace, of) in object(&json) {
            let in_namespace = |name: &str| full(namespace, name);
            for (name, of) in members(of, "commonTypes") {
                let ty = names.ty(namespace, of);
                schema.commons.insert(in_namespace(name), ty);
            }
            for (name, of) in members(of, "entityTypes") {
                let ids = of.get("enum").and_then(Value::as_array);
                let entity = EntityType {
                    notes: notes(of),
                    ids: ids.map(|ids| ids.iter().map(text_of).collect()),
                    parents: names.all(namespace, of.get("memberOfTypes")),
                    fields: match of.get("shape").map(|shape| names.ty(namespace, shape)) {
                        Some(Type::Record(fields)) => fields,
                        _ => Fields::new(),
                    },
                    tags: of.get("tags").map(|ty| names.ty(namespace, ty)),
                };
                schema.types.insert(in_namespace(name), entity);
            }
            for (id, of) in members(of, "actions") {
                let applies = of.get("appliesTo");
                let within = |key| applies.and_then(|applies| applies.get(key));
                let groups = of.get("memberOf").and_then(Value::as_array);
                let groups = groups.into_iter().flatten();
                let action = Action {
                    notes: notes(of),
                    groups: groups.filter_map(|of| of.get("id")).map(text_of).collect(),
                    principals: names.all(namespace, within("principalTypes")),
                    resources: names.all(namespace, within("resourceTypes")),
                    context: within("context")
                        .map_or(Type::Record(Fields::new()), |ty| names.ty(namespace, ty)),
                };
                schema
                    .actions
                    .insert((namespace.clone(), id.clone()), action);
            }
        }
        schema
    }

    pub fn text(&self) -> String {
        let mut namespaces: BTreeMap<&str, String> = BTreeMap::new();
        for (name, ty) in &self.commons {
            let (namespace, name) = split(name);
            let text = namespaces.entry(namespace).or_default();
            let _ = writeln!(text, "  type {name} = {};", ty.text());
        }
        for (name, of) in &self.types {
            let (namespace, name) = split(name);
            let text = namespaces.entry(namespace).or_default();
            let _ = write!(text, "  {}entity {name}", notes_text(&of.notes));
            if let Some(ids) = &of.ids {
                let ids: Vec<String> = ids.iter().map(|id| format!("{id:?}")).collect();
                let _ = writeln!(text, " enum [{}];", ids.join(", "));
                continue;
            }
            if !of.parents.is_empty() {
                let _ = write!(text, " in [{}]", joined(&of.parents));
            }
            if !of.fields.is_empty() {
                let _ = write!(text, " {}", fields_text(&of.fields));
            }
            if let Some(ty) = &of.tags {
                let _ = write!(text, " tags {}", ty.text());
            }
            text.push_str(";\n");
        }
        for ((namespace, id), of) in &self.actions {
            let text = namespaces.entry(namespace).or_default();
            let _ = write!(text, "  {}action {id:?}", notes_text(&of.notes));
            if !of.groups.is_empty() {
                let groups: Vec<String> = of.groups.iter().map(|id| format!("{id:?}")).collect();
                let _ = write!(text, " in [{}]", groups.join(", "));
            }
            if !of.principals.is_empty() && !of.resources.is_empty() {
                let _ = write!(
                    text,
                    " appliesTo {{ principal: [{}], resource: [{}], context: {} }}",
                    joined(&of.principals),
                    joined(&of.resources),
                    of.context.text()
                );
            }
            text.push_str(";\n");
        }
        namespaces
            .into_iter()
            .map(|(namespace, text)| match namespace {
                "" => text,
                _ => format!("namespace {namespace} {{\n{text}}}\n"),
            })
            .collect()
    }

    /// A type without common types at its root.
    pub fn resolve<'t>(&'t self, ty: &'t Type) -> &'t Type {
        let mut ty = ty;
        while let Type::Common(name) = ty {
            let Some(of) = self.commons.get(name) else {
                break;
            };
            ty = of;
        }
        ty
    }

    /// The fields of a type that is a record.
    pub fn fields<'t>(&'t self, ty: &'t Type) -> Option<&'t Fields> {
        match self.resolve(ty) {
            Type::Record(fields) => Some(fields),
            _ => None,
        }
    }

    /// Kinds of request: principal type, action with its namespace, resource type.
    pub fn kinds(&self) -> Vec<(&str, &(String, String), &str)> {
        let mut all = Vec::new();
        for (name, action) in &self.actions {
            for principal in &action.principals {
                for resource in &action.resources {
                    all.push((principal.as_str(), name, resource.as_str()));
                }
            }
        }
        all
    }
}

impl Type {
    pub fn text(&self) -> String {
        match self {
            Self::Bool => "Bool".to_owned(),
            Self::Long => "Long".to_owned(),
            Self::String => "String".to_owned(),
            Self::Extension(name) | Self::Entity(name) | Self::Common(name) => name.clone(),
            Self::Set(element) => format!("Set<{}>", element.text()),
            Self::Record(fields) => fields_text(fields),
        }
    }
}

fn fields_text(fields: &Fields) -> String {
    let fields = fields.iter().map(|(name, field)| {
        let mark = if field.required { "" } else { "?" };
        format!(
            "{}{name:?}{mark}: {}",
            notes_text(&field.notes),
            field.ty.text()
        )
    });
    format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
}

fn notes_text(notes: &Notes) -> String {
    notes.iter().fold(String::new(), |mut text, (key, value)| {
        let _ = write!(text, "@{key}({value:?}) ");
        text
    })
}

fn joined(names: &BTreeSet<String>) -> String {
    names
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn members<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    value.get(key).into_iter().flat_map(object)
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn notes(value: &Value) -> Notes {
    members(value, "annotations")
        .map(|(key, value)| (key.clone(), text_of(value)))
        .collect()
}

/// What names stand for.
struct Names {
    commons: BTreeSet<String>,
    entities: BTreeSet<String>,
}

impl Names {
    fn new(json: &Value) -> Self {
        let all = |key: &str| {
            object(json)
                .flat_map(|(namespace, of)| {
                    members(of, key).map(move |(name, _)| full(namespace, name))
                })
                .collect()
        };
        Self {
            commons: all("commonTypes"),
            entities: all("entityTypes"),
        }
    }

    fn all(&self, namespace: &str, of: Option<&Value>) -> BTreeSet<String> {
        let all = of.and_then(Value::as_array).into_iter().flatten();
        all.map(|name| self.entity(namespace, &text_of(name)))
            .collect()
    }

    fn entity(&self, namespace: &str, name: &str) -> String {
        let here = full(namespace, name);
        if self.entities.contains(&here) {
            here
        } else {
            name.to_owned()
        }
    }

    fn ty(&self, namespace: &str, of: &Value) -> Type {
        let name = of.get("name").map(text_of).unwrap_or_default();
        match of.get("type").map(text_of).unwrap_or_default().as_str() {
            "Record" => Type::Record(
                members(of, "attributes")
                    .map(|(name, of)| {
                        let required = of.get("required").and_then(Value::as_bool);
                        let field = Field {
                            notes: notes(of),
                            ty: self.ty(namespace, of),
                            required: required.unwrap_or(true),
                        };
                        (name.clone(), field)
                    })
                    .collect(),
            ),
            "Set" => Type::Set(Box::new(
                self.ty(namespace, of.get("element").unwrap_or(&Value::Null)),
            )),
            "EntityOrCommon" => self.named(namespace, &name),
            "Entity" => Type::Entity(self.entity(namespace, &name)),
            "Extension" => Type::Extension(name),
            // `{"type": "Long"}`, or the name of a common type.
            other => self.named(namespace, other),
        }
    }

    fn named(&self, namespace: &str, name: &str) -> Type {
        let name = name.trim_start_matches("__cedar::");
        for of in [full(namespace, name), name.to_owned()] {
            if self.commons.contains(&of) {
                return Type::Common(of);
            }
            if self.entities.contains(&of) {
                return Type::Entity(of);
            }
        }
        match name {
            "Bool" | "Boolean" => Type::Bool,
            "Long" => Type::Long,
            "String" => Type::String,
            other => Type::Extension(other.to_owned()),
        }
    }
}
