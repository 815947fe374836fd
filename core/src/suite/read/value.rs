//! Values of attributes, tags and contexts to Cedar's JSON form, as the schema says what they are.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::entities::Set;
use super::{Failed, Maker, all, as_of};
use crate::codes::suite as codes;
use crate::config::reader::{Scalar, is_null, scalar};
use crate::config::words::shown;
use crate::config::yaml::{Entry, Node, Value};
use crate::facts::Entity;
use crate::finding::Finding;
use crate::schema::{Attribute, Type};
use crate::source::Span;

/// The members of a mapping, each from wherever it was inherited.
pub(super) type Members<'n> = BTreeMap<&'n str, &'n Entry>;

/// A mapping's members.
pub(super) fn members(entries: &[Entry]) -> Members<'_> {
    entries.iter().map(|e| (e.key.as_str(), e)).collect()
}

/// What a record is called in messages.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    /// As `` `User::"alice"` ``, or "the context of `view`".
    pub whole: &'a str,
    /// As "attribute".
    pub part: &'a str,
    /// Where it stands, for what is missing from it.
    pub at: Span,
}

impl Maker<'_> {
    /// A record. With `attributes` it has no other and all that are required.
    pub(super) fn record(
        &mut self,
        members: &Members<'_>,
        attributes: Option<&BTreeMap<String, Attribute>>,
        of: Of<'_>,
        set: &Set<'_>,
    ) -> Result<Map<String, Json>, Failed> {
        self.spend(members.len(), of.at)?;
        let mut results = Vec::new();
        for (key, entry) in members {
            let ty = match attributes {
                None => None,
                Some(attributes) => match attributes.get(*key) {
                    Some(attribute) => Some(&attribute.ty),
                    None => {
                        results.push(Err(self.undeclared_member(entry, attributes, of)));
                        continue;
                    }
                },
            };
            let name = format!("`{key}` of {}", of.whole);
            let value = self.value(&entry.value, ty, &name, set);
            results.push(value.map(|value| ((*key).to_owned(), value)));
        }
        for (key, attribute) in attributes.into_iter().flatten() {
            if attribute.required && !members.contains_key(key.as_str()) {
                let finding = self.fail(
                    &codes::MISSING_VALUE,
                    of.at,
                    format!("{} lacks the required {} `{key}`", of.whole, of.part),
                    format!(
                        "add `{key}`, which is {}, or make it optional in the schema",
                        describe(&attribute.ty)
                    ),
                );
                results.push(Err(finding));
            }
        }
        Ok(all(results)?.into_iter().collect())
    }

    fn undeclared_member(
        &mut self,
        entry: &Entry,
        attributes: &BTreeMap<String, Attribute>,
        of: Of<'_>,
    ) -> Failed {
        let finding = Finding::new(
            &codes::UNDECLARED,
            entry.key_span,
            format!(
                "the schema gives {} no {} {}",
                of.whole,
                of.part,
                shown(&entry.key)
            ),
            "remove it, or declare it in the schema",
        );
        self.unknown(finding, &entry.key, attributes.keys().map(String::as_str))
    }

    /// A value; without `ty` it says itself what it is.
    pub(super) fn value(
        &mut self,
        node: &Node,
        ty: Option<&Type>,
        name: &str,
        set: &Set<'_>,
    ) -> Result<Json, Failed> {
        if matches!(node.value, Value::Refused) {
            return Err(self.last());
        }
        if is_null(node) {
            return Err(self.fail(
                &codes::WRONG_TYPE,
                node.span,
                format!("{name} has no value, and Cedar has no null"),
                match ty {
                    Some(ty) => format!("write {}, or leave the key out", describe(ty)),
                    None => "write a value, or leave the key out".to_owned(),
                },
            ));
        }
        match ty {
            None => self.untyped(node, name, set),
            Some(Type::Bool) => match scalar(node) {
                Some(Scalar::Boolean(value)) => Ok(Json::Bool(value)),
                _ => Err(self.wrong(
                    node,
                    name,
                    "a Bool",
                    "write `true` or `false`, without quotes",
                )),
            },
            Some(Type::Long) => self.long(node, name),
            Some(Type::String) => self.string(node, name),
            Some(Type::Set(of)) => match &node.value {
                Value::Sequence(items) => self.list(items, Some(of), name, node.span, set),
                _ => Err(self.wrong(node, name, "a set", "write it as a list: `[a, b]`")),
            },
            Some(Type::Record(attributes)) => match &node.value {
                Value::Mapping(entries) => {
                    let of = Of {
                        whole: name,
                        part: "field",
                        at: node.span,
                    };
                    self.record(&members(entries), Some(attributes), of, set)
                        .map(Json::Object)
                }
                _ => Err(self.wrong(node, name, "a record", "write it as `{ key: value }`")),
            },
            Some(Type::Entity(wanted)) => self.entity_of(node, wanted, name, set),
            Some(Type::Extension(extension)) => self.extension(node, extension, name, set),
        }
    }

    fn long(&mut self, node: &Node, name: &str) -> Result<Json, Failed> {
        match scalar(node) {
            Some(Scalar::Integer(number)) => match i64::try_from(number) {
                Ok(number) => Ok(Json::from(number)),
                Err(_) => Err(self.fail(
                    &codes::WRONG_TYPE,
                    node.span,
                    format!("{name} does not fit into a Long"),
                    format!("write a number from {} to {}", i64::MIN, i64::MAX),
                )),
            },
            Some(Scalar::Text(text)) if as_of::is_meant(text) => Err(self.fail(
                &codes::WRONG_TYPE,
                node.span,
                format!("{name} is a Long, and `$as_of` is a datetime"),
                "write the number itself: whether it counts seconds, milliseconds or days is nowhere said",
            )),
            _ => Err(self.wrong(node, name, "a Long", "write a whole number, without quotes")),
        }
    }

    fn string(&mut self, node: &Node, name: &str) -> Result<Json, Failed> {
        match scalar(node) {
            Some(Scalar::Text(text)) => {
                let is_plain = matches!(&node.value, Value::Scalar { plain: true, .. });
                if is_plain && as_of::is_meant(text) {
                    return Err(self.fail(
                        &codes::WRONG_TYPE,
                        node.span,
                        format!("{name} is a String, and `$as_of` is a datetime"),
                        "write the text itself, or put it into quotes if it is meant literally",
                    ));
                }
                Ok(Json::from(text))
            }
            _ => Err(self.wrong(node, name, "a String", "put the text into quotes")),
        }
    }

    fn list(
        &mut self,
        items: &[Node],
        ty: Option<&Type>,
        name: &str,
        at: Span,
        set: &Set<'_>,
    ) -> Result<Json, Failed> {
        self.spend(items.len(), at)?;
        let name = if name.starts_with("an element of") {
            name.to_owned()
        } else {
            format!("an element of {name}")
        };
        let values = items
            .iter()
            .map(|item| self.value(item, ty, &name, set))
            .collect::<Vec<_>>();
        Ok(Json::Array(all(values)?))
    }

    fn entity_of(
        &mut self,
        node: &Node,
        wanted: &str,
        name: &str,
        set: &Set<'_>,
    ) -> Result<Json, Failed> {
        let entity = self.entity(node, name, set)?;
        if entity.ty != wanted {
            return Err(self.fail(
                &codes::WRONG_TYPE,
                node.span,
                format!("{name} must be an entity of type `{wanted}`, but `{entity}` is none"),
                format!("name an entity of type `{wanted}`"),
            ));
        }
        Ok(escaped(&entity))
    }

    /// The value of an extension type, from the text that its constructor takes.
    fn extension(
        &mut self,
        node: &Node,
        ty: &str,
        name: &str,
        set: &Set<'_>,
    ) -> Result<Json, Failed> {
        let function = if ty == "ipaddr" { "ip" } else { ty };
        let wanted = format!("of type {ty}");
        let help = example(ty);
        let text = match (&node.value, scalar(node)) {
            (_, Some(Scalar::Text(text))) => text,
            // `1.50` is a decimal as it stands.
            (Value::Scalar { text, .. }, Some(Scalar::Float)) if ty == "decimal" => text,
            (Value::Mapping(entries), _) => {
                let inner = match entries.as_slice() {
                    [only] if only.key == "__extn" => &only.value,
                    _ => node,
                };
                return self.call(inner, Some(function), name, set);
            }
            _ => return Err(self.wrong(node, name, &wanted, help)),
        };
        self.constructed(function, text, node.span, name)
    }

    /// `{ fn, arg }`, or `{ fn, args }` with any number of values, each of which may be a call itself.
    fn call(
        &mut self,
        node: &Node,
        function: Option<&str>,
        name: &str,
        set: &Set<'_>,
    ) -> Result<Json, Failed> {
        let before = self.reader.count();
        let fields = self.reader.fields(node, name, &["fn", "arg", "args"]);
        let called = fields.get("fn").and_then(|n| self.reader.text(n, "fn"));
        let arg = match (fields.get("arg"), fields.get("args")) {
            (Some(_), Some(args)) => {
                return Err(self.fail(
                    &codes::INVALID_VALUE,
                    args.span,
                    format!("{name} has both `arg` and `args`"),
                    "keep the one that the function takes",
                ));
            }
            (arg, args) => arg.map(Given::One).or(args.map(Given::Many)),
        };
        let (Some(called), Some(arg)) = (called, arg) else {
            return Err(self.failed_since(before).unwrap_or_else(|| {
                self.fail(
                    &codes::MISSING_KEY,
                    node.span,
                    format!("{name} lacks `fn` or `arg`"),
                    "write `{ fn: ip, arg: \"10.0.0.1\" }`",
                )
            }));
        };
        if let Some(function) = function
            && made_by(called.value) != function
        {
            return Err(self.fail(
                &codes::WRONG_TYPE,
                called.span,
                format!(
                    "{name} is made with `{function}`, not with {}",
                    shown(called.value)
                ),
                format!("write `fn: {function}`"),
            ));
        }
        let value = match arg {
            Given::One(arg) => match &arg.value {
                Value::Scalar { text, .. } => {
                    return self.constructed(called.value, text, arg.span, name);
                }
                Value::Mapping(_) => {
                    let arg = self.untyped(arg, name, set)?;
                    json!({ "__extn": { "fn": called.value, "arg": arg } })
                }
                _ => {
                    return Err(self.wrong(
                        arg,
                        "arg",
                        "a text",
                        "write the text that the function takes",
                    ));
                }
            },
            Given::Many(args) => {
                let Value::Sequence(items) = &args.value else {
                    return Err(self.wrong(args, "args", "a list", "write `args: [a, b]`"));
                };
                let args = self.list(items, None, name, args.span, set)?;
                json!({ "__extn": { "fn": called.value, "args": args } })
            }
        };
        self.accepted(value, called.value, node.span, name)
    }

    fn constructed(
        &mut self,
        function: &str,
        text: &str,
        span: Span,
        name: &str,
    ) -> Result<Json, Failed> {
        let arg = if function == "datetime" && as_of::is_meant(text) {
            self.moment(text, span)?
        } else {
            text.to_owned()
        };
        let value = json!({ "__extn": { "fn": function, "arg": arg } });
        self.accepted(value, function, span, name)
    }

    /// A call that Cedar accepts.
    fn accepted(
        &mut self,
        value: Json,
        function: &str,
        span: Span,
        name: &str,
    ) -> Result<Json, Failed> {
        match crate::cedar::evaluate::value(&value) {
            Ok(()) => Ok(value),
            Err(error) => {
                let ty = match made_by(function) {
                    "ip" => "ipaddr",
                    other => other,
                };
                // That it was an extension function that found out need not be said.
                let error = error
                    .rsplit("extension function: ")
                    .next()
                    .unwrap_or(&error);
                let message = format!("{name} is no {ty}: {}", lower_first(error));
                Err(self.fail(&codes::WRONG_TYPE, span, message, example(ty)))
            }
        }
    }

    fn moment(&mut self, text: &str, span: Span) -> Result<String, Failed> {
        let Some(now) = self.as_of else {
            return Err(self.fail(
                &codes::INVALID_VALUE,
                span,
                "`$as_of` has no value: the suite does not say what counts as now",
                "add `as_of: 2026-11-21T09:00:00Z` at the top of the suite",
            ));
        };
        match as_of::evaluate(text, now) {
            Some(moment) => Ok(moment.to_string()),
            None => Err(self.fail(
                &codes::INVALID_VALUE,
                span,
                format!("{} is no point in time", shown(text)),
                "write `$as_of`, `$as_of + 3d` or `$as_of - 2h30m`, in d, h, m, s and ms",
            )),
        }
    }

    fn untyped(&mut self, node: &Node, name: &str, set: &Set<'_>) -> Result<Json, Failed> {
        match (&node.value, scalar(node)) {
            (_, Some(Scalar::Boolean(value))) => Ok(Json::Bool(value)),
            (_, Some(Scalar::Integer(_))) => self.long(node, name),
            (_, Some(Scalar::Float)) => Err(self.fail(
                &codes::WRONG_TYPE,
                node.span,
                format!("{name} is a number with a fraction, which Cedar does not have"),
                "write a whole number, or `{ __extn: { fn: decimal, arg: \"1.5\" } }`",
            )),
            (Value::Scalar { plain: true, .. }, Some(Scalar::Text(text)))
                if as_of::is_meant(text) =>
            {
                Err(self.fail(
                    &codes::WRONG_TYPE,
                    node.span,
                    format!("without a schema nothing says that {name} is a datetime"),
                    "write `{ __extn: { fn: datetime, arg: $as_of } }`, or add a schema",
                ))
            }
            (_, Some(Scalar::Text(text))) => Ok(Json::from(text)),
            (Value::Sequence(items), _) => self.list(items, None, name, node.span, set),
            (Value::Mapping(entries), _) => match entries.as_slice() {
                [only] if only.key == "__entity" => {
                    let entity = self.entity(&only.value, name, set)?;
                    Ok(escaped(&entity))
                }
                [only] if only.key == "__extn" => self.call(&only.value, None, name, set),
                entries => {
                    let of = Of {
                        whole: name,
                        part: "field",
                        at: node.span,
                    };
                    self.record(&members(entries), None, of, set)
                        .map(Json::Object)
                }
            },
            _ => Err(self.last()),
        }
    }

    fn wrong(&mut self, node: &Node, name: &str, wanted: &str, help: &str) -> Failed {
        self.reader.wrong_type(node, name, wanted, help);
        self.last()
    }
}

/// What an extension function is given.
#[derive(Clone, Copy)]
enum Given<'n> {
    One(&'n Node),
    Many(&'n Node),
}

/// The constructor of the values that an extension function gives.
fn made_by(function: &str) -> &str {
    match function {
        "offset" | "toDate" => "datetime",
        "durationSince" | "toTime" => "duration",
        other => other,
    }
}

/// An entity as a value in Cedar's JSON form.
pub(super) fn escaped(entity: &Entity) -> Json {
    json!({ "__entity": uid(entity) })
}

/// An entity as a uid in Cedar's JSON form.
pub(super) fn uid(entity: &Entity) -> Json {
    json!({ "type": entity.ty, "id": entity.id })
}

fn describe(ty: &Type) -> String {
    match ty {
        Type::Bool => "a Bool".to_owned(),
        Type::Long => "a Long".to_owned(),
        Type::String => "a String".to_owned(),
        Type::Set(_) => "a set".to_owned(),
        Type::Record(_) => "a record".to_owned(),
        Type::Entity(ty) => format!("an entity of type `{ty}`"),
        Type::Extension(name) if name == "ipaddr" => "an ipaddr".to_owned(),
        Type::Extension(name) => format!("a {name}"),
    }
}

fn example(ty: &str) -> &'static str {
    match ty {
        "ipaddr" => "write an address or a range in quotes: `\"10.0.0.1\"`, `\"10.0.0.0/8\"`",
        "decimal" => "write one to four digits behind a point: `\"1.50\"`",
        "datetime" => {
            "write a date or a time: `\"2026-11-21\"`, `\"2026-11-21T09:00:00Z\"`, `$as_of + 1h`"
        }
        "duration" => "write days, hours, minutes, seconds and milliseconds: `\"1d2h30m\"`",
        _ => "use `ip`, `decimal`, `datetime` or `duration`",
    }
}

/// Cedar's messages begin with a capital and end with a full stop at times.
fn lower_first(message: &str) -> String {
    let message = message.trim_end_matches('.');
    let mut chars = message.chars();
    chars
        .next()
        .map(|first| first.to_lowercase().chain(chars).collect())
        .unwrap_or_default()
}
