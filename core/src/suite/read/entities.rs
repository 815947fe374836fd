//! Sets of entities: what is inherited, what overrides what, and the set in Cedar's JSON form.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::{Map, Value as Json, json};

use super::value::{Members, Of, members, uid};
use super::{Failed, MAX_ENTITIES, MAX_EXTENDS, Maker, all};
use crate::codes::suite as codes;
use crate::config::reader::is_null;
use crate::config::words::shown;
use crate::config::yaml::Node;
use crate::facts::Entity;
use crate::finding::Finding;
use crate::source::{Span, json as positions};

/// An entity with what it inherits.
#[derive(Debug, Clone)]
pub(super) struct Draft<'n> {
    pub uid: Entity,
    /// Where it was written.
    pub at: Span,
    pub attrs: Members<'n>,
    pub tags: Members<'n>,
    pub parents: &'n [Node],
    /// What it became in the set with this number.
    pub converted: RefCell<Option<(usize, Json)>>,
}

/// Entities and the names by which the suite calls them.
#[derive(Debug, Clone, Default)]
pub(super) struct Set<'n> {
    entities: BTreeMap<Entity, Rc<Draft<'n>>>,
    names: BTreeMap<&'n str, Entity>,
    /// Entities from files, by id: they have no name of their own.
    ids: BTreeMap<String, BTreeSet<Entity>>,
    /// A finished set in which every name means the same, so that what its entities became can be used
    /// again: cases that override one entity of many are common.
    like: Option<usize>,
    /// Whether some entity has other parents than in that set.
    moved: bool,
    /// Its own number, once finished.
    number: Cell<Option<usize>>,
}

impl<'n> Set<'n> {
    /// The same entities, to be changed.
    pub(super) fn heir(&self) -> Self {
        let mut set = self.clone();
        set.like = self.number.get();
        set.moved = false;
        set.number = Cell::new(None);
        set
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    pub(super) fn has(&self, entity: &Entity) -> bool {
        self.entities.contains_key(entity)
    }

    /// What a name stands for: a given name, or else an id from a file; `None` for neither.
    pub(super) fn named(&self, name: &str) -> Option<Vec<Entity>> {
        if let Some(entity) = self.names.get(name) {
            return Some(vec![entity.clone()]);
        }
        self.ids.get(name).map(|all| all.iter().cloned().collect())
    }

    pub(super) fn all_names(&self) -> impl Iterator<Item = &str> {
        let names = self.names.keys().copied();
        names.chain(self.ids.keys().map(String::as_str))
    }

    pub(super) fn draft_of(&self, entity: &Entity) -> Option<Rc<Draft<'n>>> {
        self.entities.get(entity).map(Rc::clone)
    }

    fn draft(&self, name: &str) -> Option<&Rc<Draft<'n>>> {
        match self.named(name)?.as_slice() {
            [one] => self.entities.get(one),
            _ => None,
        }
    }

    /// Adds an entity; one with the same name or uid gives way.
    fn put(&mut self, name: &'n str, draft: Rc<Draft<'n>>) {
        if let Some(before) = self.names.get(name)
            && *before != draft.uid
        {
            let before = before.clone();
            self.entities.remove(&before);
        }
        self.names.insert(name, draft.uid.clone());
        self.entities.insert(draft.uid.clone(), draft);
    }

    /// Adds an entity of a file.
    pub(super) fn put_unnamed(&mut self, draft: Rc<Draft<'n>>) {
        let same_id = self.ids.entry(draft.uid.id.clone()).or_default();
        if same_id.insert(draft.uid.clone()) {
            self.like = None;
        }
        self.entities.insert(draft.uid.clone(), draft);
    }

    /// Adds all of another set, which wins.
    pub(super) fn extend(&mut self, other: &Self) {
        for (name, uid) in &other.names {
            if let Some(draft) = other.entities.get(uid) {
                self.put(name, Rc::clone(draft));
            }
        }
        for (uid, draft) in &other.entities {
            self.entities.insert(uid.clone(), Rc::clone(draft));
        }
        for (id, all) in &other.ids {
            self.ids
                .entry(id.clone())
                .or_default()
                .extend(all.iter().cloned());
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entities.len()
    }
}

impl Maker<'_> {
    pub(super) fn part<'n>(&mut self, node: Option<&'n Node>, name: &str) -> Members<'n> {
        node.map(|node| members(self.reader.mapping(node, name)))
            .unwrap_or_default()
    }

    /// Adds what stands under `entities:` to what is inherited.
    pub(super) fn layer<'n>(
        &mut self,
        inherited: &Set<'n>,
        node: &'n Node,
    ) -> Result<Set<'n>, Failed> {
        self.has_space(inherited.len(), node.span)?;
        let before = self.reader.count();
        let mut layer = Layer {
            own: BTreeMap::new(),
            inherited,
            done: BTreeMap::new(),
        };
        let entries = self.reader.mapping(node, "entities");
        for entry in entries {
            layer.own.insert(&entry.key, (entry.key_span, &entry.value));
        }
        let mut set = inherited.heir();
        let mut own: BTreeMap<Entity, &str> = BTreeMap::new();
        let mut results = Vec::new();
        for entry in entries {
            let draft = match self.own(&mut layer, &entry.key, &mut Vec::new()) {
                Ok(draft) => draft,
                Err(failed) => {
                    results.push(Err(failed));
                    continue;
                }
            };
            if let Some(other) = own.insert(draft.uid.clone(), &entry.key) {
                let failed = self.fail(
                    &codes::INVALID_VALUE,
                    entry.key_span,
                    format!(
                        "{} and {} are both `{}`",
                        shown(other),
                        shown(&entry.key),
                        draft.uid
                    ),
                    "give one of them another `uid`, or remove it",
                );
                results.push(Err(failed));
            }
            let same = inherited.named(&entry.key);
            if entry.key.contains("::") || same.is_some_and(|same| same != [draft.uid.clone()]) {
                set.like = None;
            }
            let parents = inherited.entities.get(&draft.uid).map(|d| d.parents);
            set.moved |= !draft.parents.is_empty()
                && parents.is_none_or(|parents| !std::ptr::eq(parents, draft.parents));
            set.put(&entry.key, draft);
            results.push(Ok(()));
        }
        all(results)?;
        self.failed_since(before).map_or(Ok(set), Err)
    }

    /// An entity that is written in the layer, with what it inherits.
    fn own<'n>(
        &mut self,
        layer: &mut Layer<'n, '_>,
        name: &'n str,
        open: &mut Vec<&'n str>,
    ) -> Result<Rc<Draft<'n>>, Failed> {
        if let Some(done) = layer.done.get(name) {
            return done.clone();
        }
        let Some((at, node)) = layer.own.get(name).copied() else {
            return Err(Failed(String::new()));
        };
        if open.contains(&name) || open.len() >= MAX_EXTENDS {
            return Err(self.circle(open, name, at, "entities"));
        }
        open.push(name);
        let draft = self.written(layer, name, (at, node), open).map(Rc::new);
        open.pop();
        layer.done.insert(name, draft.clone());
        draft
    }

    fn written<'n>(
        &mut self,
        layer: &mut Layer<'n, '_>,
        name: &'n str,
        (at, node): (Span, &'n Node),
        open: &mut Vec<&'n str>,
    ) -> Result<Draft<'n>, Failed> {
        let before = self.reader.count();
        let keys = ["extends", "uid", "attrs", "parents", "tags"];
        let fields = self.reader.fields(node, name, &keys);
        let extends = fields
            .get("extends")
            .and_then(|node| self.reader.text(node, "extends"));
        let base = match extends {
            None => None,
            Some(word) if word.value != name && layer.own.contains_key(word.value) => {
                Some(self.own(layer, word.value, open)?)
            }
            Some(word) => match layer.inherited.draft(word.value) {
                Some(draft) => Some(Rc::clone(draft)),
                None => {
                    let finding = Finding::new(
                        &codes::UNKNOWN_NAME,
                        word.span,
                        format!("there is no entity {} to extend", shown(word.value)),
                        "name an entity of the fixture that is extended or used here",
                    );
                    let own = layer.own.keys().copied().filter(|own| *own != name);
                    let known = layer.inherited.all_names().chain(own);
                    return Err(self.unknown(finding, word.value, known));
                }
            },
        };
        let uid = match (fields.get("uid"), &base) {
            (Some(node), _) => self.uid(node)?,
            (None, Some(base)) => base.uid.clone(),
            (None, None) => {
                return Err(self.failed_since(before).unwrap_or_else(|| {
                    self.fail(
                        &codes::MISSING_KEY,
                        at,
                        format!("the entity {} has no `uid`", shown(name)),
                        "add `uid: Type::\"id\"`, or `extends` with the name of another entity",
                    )
                }));
            }
        };
        let own_attrs = self.part(fields.get("attrs"), "attrs");
        let own_tags = self.part(fields.get("tags"), "tags");
        let parents = fields
            .get("parents")
            .map(|node| self.reader.list(node, "parents"));
        if let Some(failed) = self.failed_since(before) {
            return Err(failed);
        }
        let (attrs, tags, inherited) = match &base {
            Some(base) => (base.attrs.clone(), base.tags.clone(), base.parents),
            None => (Members::new(), Members::new(), &[][..]),
        };
        let is_heir = base.is_some();
        Ok(Draft {
            uid,
            at,
            attrs: self.merged(attrs, own_attrs, is_heir, at)?,
            tags: self.merged(tags, own_tags, is_heir, at)?,
            parents: parents.unwrap_or(inherited),
            converted: RefCell::default(),
        })
    }

    /// Own members over inherited ones; `~` takes an inherited one away.
    pub(super) fn merged<'n>(
        &mut self,
        mut inherited: Members<'n>,
        own: Members<'n>,
        is_heir: bool,
        at: Span,
    ) -> Result<Members<'n>, Failed> {
        self.spend(inherited.len() + own.len(), at)?;
        for (key, entry) in own {
            let is_gone = is_heir && is_null(&entry.value) && inherited.remove(key).is_some();
            if !is_gone {
                inherited.insert(key, entry);
            }
        }
        Ok(inherited)
    }

    /// Reports a chain of `extends` that has no beginning, or a long way to it.
    pub(super) fn circle(&mut self, open: &[&str], name: &str, at: Span, what: &str) -> Failed {
        let Some(start) = open.iter().position(|other| *other == name) else {
            return self.fail(
                &codes::TOO_MUCH,
                at,
                format!("this is the end of a chain of more than {MAX_EXTENDS} `extends`"),
                "extend something nearer to the beginning",
            );
        };
        let mut names: Vec<String> = open.iter().skip(start).map(|name| shown(name)).collect();
        names.sort();
        let message = match names.as_slice() {
            [one] => format!("{one} extends itself"),
            names => format!("the {what} {} extend each other", names.join(" and ")),
        };
        self.fail(&codes::CYCLE, at, message, "remove one of the `extends`")
    }

    /// Whether so many more entities fit.
    fn has_space(&mut self, more: usize, at: Span) -> Result<(), Failed> {
        if self.entities + more <= MAX_ENTITIES {
            return Ok(());
        }
        Err(self.fail(
            &codes::TOO_MUCH,
            at,
            format!("with this the suite's fixtures have more than {MAX_ENTITIES} entities"),
            "split the suite, or let cases share fixtures",
        ))
    }

    /// The set as a fixture: its number.
    pub(super) fn finished(&mut self, set: &Set<'_>, at: Span) -> Result<usize, Failed> {
        self.has_space(set.len(), at)?;
        self.entities += set.len();
        let mut results = Vec::new();
        self.sets += 1;
        set.number.set(Some(self.sets));
        let mut fresh = Vec::new();
        for draft in set.entities.values() {
            let known = draft.converted.borrow().clone();
            if let Some((_, entity)) = known.filter(|(number, _)| Some(*number) == set.like) {
                results.push(Ok(entity));
                continue;
            }
            let entity = self.converted(draft, set);
            if let Ok(entity) = &entity {
                if set.like.is_none() {
                    *draft.converted.borrow_mut() = Some((self.sets, entity.clone()));
                } else {
                    fresh.push(entity.clone());
                }
            }
            results.push(entity);
        }
        let entities = Json::Array(all(results)?);
        // Of a set that was accepted before, only what is new in it can be wrong, unless it makes a circle.
        let is_checked_whole = set.like.is_none() || set.moved;
        let text = if is_checked_whole {
            entities.to_string()
        } else {
            Json::Array(fresh).to_string()
        };
        let known = self.fixtures.len();
        let number = self.fixture(entities);
        if number < known {
            return Ok(number);
        }
        match crate::cedar::evaluate::entities(&text, self.within.validator) {
            Ok(_) => Ok(number),
            Err(error) => Err(self.refused(set, &error, at)),
        }
    }

    fn converted(&mut self, draft: &Draft<'_>, set: &Set<'_>) -> Result<Json, Failed> {
        let schema = self.within.schema;
        let ty = schema.and_then(|schema| schema.entity_types.get(&draft.uid.ty));
        let whole = format!("`{}`", draft.uid);
        let of = |part| Of {
            whole: &whole,
            part,
            at: draft.at,
        };
        let attrs = self.record(
            &draft.attrs,
            ty.map(|ty| &ty.attributes),
            of("attribute"),
            set,
        );
        let tags = self.tags(draft, ty.map(|ty| ty.tags.as_ref()), of("tag"), set);
        self.spend(draft.parents.len(), draft.at)?;
        let parents: Vec<_> = draft
            .parents
            .iter()
            .map(|node| self.parent(node, draft, set))
            .collect();
        let parents = all(parents);
        let (attrs, tags, parents) = (attrs?, tags?, parents?);
        let mut entity = json!({ "uid": uid(&draft.uid), "attrs": attrs, "parents": parents });
        if let Json::Object(entity) = &mut entity
            && !tags.is_empty()
        {
            entity.insert("tags".to_owned(), Json::Object(tags));
        }
        Ok(entity)
    }

    fn tags(
        &mut self,
        draft: &Draft<'_>,
        ty: Option<Option<&crate::schema::Type>>,
        of: Of<'_>,
        set: &Set<'_>,
    ) -> Result<Map<String, Json>, Failed> {
        let ty = match ty {
            None => return self.record(&draft.tags, None, of, set),
            Some(Some(ty)) => ty,
            Some(None) => {
                return match draft.tags.values().next() {
                    None => Ok(Map::new()),
                    Some(entry) => Err(self.fail(
                        &codes::UNDECLARED,
                        entry.key_span,
                        format!("the schema gives `{}` no tags", draft.uid.ty),
                        "remove `tags`, or declare them for the type",
                    )),
                };
            }
        };
        self.spend(draft.tags.len(), draft.at)?;
        let mut results = Vec::new();
        for (key, entry) in &draft.tags {
            let name = format!("the tag `{key}` of {}", of.whole);
            let value = self.value(&entry.value, Some(ty), &name, set);
            results.push(value.map(|value| ((*key).to_owned(), value)));
        }
        Ok(all(results)?.into_iter().collect())
    }

    fn parent(&mut self, node: &Node, draft: &Draft<'_>, set: &Set<'_>) -> Result<Json, Failed> {
        let parent = self.entity(node, "a parent", set)?;
        let ty = self
            .within
            .schema
            .and_then(|schema| schema.entity_types.get(&draft.uid.ty));
        if let Some(ty) = ty
            && !ty.ancestors.contains(&parent.ty)
        {
            let help = if ty.member_of.is_empty() {
                format!(
                    "remove it: the schema lets no entity contain a `{}`",
                    draft.uid.ty
                )
            } else {
                let types = ty.member_of.iter().map(String::as_str);
                format!(
                    "name an entity of type {}",
                    crate::config::words::any_of(types)
                )
            };
            return Err(self.fail(
                &codes::WRONG_TYPE,
                node.span,
                format!("`{}` cannot be in `{parent}`", draft.uid),
                help,
            ));
        }
        Ok(uid(&parent))
    }

    /// Reports what Cedar still refuses, each at the entity, or the part of it, that it is about.
    fn refused(&mut self, set: &Set<'_>, error: &str, at: Span) -> Failed {
        let text = self.fixtures.pop().map_or_else(String::new, |fixture| {
            self.numbers.remove(&fixture.digest);
            fixture.entities_json()
        });
        let before = self.reader.count();
        let outcome = crate::cedar::entities::check(&text, self.within.validator);
        let root = positions::parse(&text);
        let elements = root.as_ref().map_or(&[][..], positions::Node::elements);
        for mut finding in outcome.findings {
            let element = elements
                .iter()
                .zip(set.entities.values())
                .find(|(node, _)| {
                    node.span.start <= finding.span.start && finding.span.end <= node.span.end
                });
            finding.span = element.map_or(at, |(node, draft)| place(node, draft, finding.span));
            finding.labels.clear();
            finding.fixes.clear();
            self.reader.report(finding);
        }
        let error = error.to_owned();
        self.failed_since(before)
            .unwrap_or_else(|| self.fail(&codes::FIXTURE_FILE, at, error, "correct the entities"))
    }
}

/// Where the part of an entity that stands at `span` of the generated text was written.
fn place(node: &positions::Node, draft: &Draft<'_>, span: Span) -> Span {
    let holds = |node: &positions::Node| node.span.start <= span.start && span.end <= node.span.end;
    for (part, written) in [("attrs", &draft.attrs), ("tags", &draft.tags)] {
        let members = node.get(part).map_or(&[][..], positions::Node::members);
        for member in members.iter().filter(|member| holds(&member.value)) {
            if let Some(entry) = written.get(member.key.as_str()) {
                return entry.value.span;
            }
        }
    }
    let parents = node
        .get("parents")
        .map_or(&[][..], positions::Node::elements);
    parents
        .iter()
        .zip(draft.parents)
        .find(|(parent, _)| holds(parent))
        .map_or(draft.at, |(_, written)| written.span)
}

/// The entities of one `entities:` and what they can extend.
struct Layer<'n, 's> {
    own: BTreeMap<&'n str, (Span, &'n Node)>,
    inherited: &'s Set<'n>,
    done: BTreeMap<&'n str, Result<Rc<Draft<'n>>, Failed>>,
}
