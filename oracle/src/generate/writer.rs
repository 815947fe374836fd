//! Expressions of a given type, out of what a policy's scope lets it read.

use std::collections::BTreeSet;

use fastrand::Rng;

use super::one_in;
use super::values::{self, one};
use crate::expr::{Expr, METHODS, Op, Piece};
use crate::model::{Environment, Field, Fields, Schema, Type, Uid};

/// How many attributes in a row are read.
const REACH: usize = 3;

/// Writes expressions that can be evaluated in all of some kinds of request.
pub struct Writer<'a> {
    pub rng: &'a mut Rng,
    pub schema: &'a Schema,
    /// The principal's type, where there is only one.
    pub principal: Option<String>,
    /// The resource's type, where there is only one.
    pub resource: Option<String>,
    /// The fields that the context has in all of them.
    context: Fields,
    /// All types that a principal or a resource can have.
    pub possible: [BTreeSet<String>; 2],
    /// Accesses that a condition before has made safe: to attributes that may be absent, and to tags.
    pub known: BTreeSet<Expr>,
}

impl<'a> Writer<'a> {
    pub fn new(rng: &'a mut Rng, schema: &'a Schema, environments: &[Environment]) -> Self {
        let principals: BTreeSet<String> =
            environments.iter().map(|e| e.principal.clone()).collect();
        let resources: BTreeSet<String> = environments.iter().map(|e| e.resource.clone()).collect();
        Self {
            rng,
            schema,
            principal: only(&principals),
            resource: only(&resources),
            context: shared_context(schema, environments),
            possible: [principals, resources],
            known: BTreeSet::new(),
        }
    }

    /// An expression of this type, if there is one, that nests about so deep.
    pub fn value(&mut self, ty: &Type, depth: usize) -> Option<Expr> {
        if *ty == Type::Bool && depth > 0 && one_in(self.rng, 2) {
            return self.condition(depth - 1);
        }
        let choice = self.rng.u32(0..if depth == 0 { 8 } else { 12 });
        match choice {
            0..=3 => self.literal(ty, depth).or_else(|| self.path_of(ty)),
            4..=7 => self.path_of(ty).or_else(|| self.literal(ty, depth)),
            8 => {
                let test = self.condition(depth - 1)?;
                Some(test.branch(self.value(ty, depth - 1)?, self.value(ty, depth - 1)?))
            }
            _ => match self.computed(ty, depth - 1) {
                Some(expr) => Some(expr),
                None => self.value(ty, depth - 1),
            },
        }
    }

    /// The result of an operator, for types that have one.
    pub fn computed(&mut self, ty: &Type, depth: usize) -> Option<Expr> {
        if *ty == Type::Long && self.rng.bool() {
            let a = self.value(ty, depth)?;
            if one_in(self.rng, 4) {
                return Some(Expr::new(Op::Negate, [a]));
            }
            let b = self.value(ty, depth)?;
            let op = one(self.rng, &["+", "-", "*"]);
            return Some(Expr::new(Op::Arithmetic(op), [a, b]));
        }
        let fitting: Vec<_> = METHODS.iter().filter(|m| m.result == *ty).collect();
        let method = *self.rng.choice(&fitting)?;
        let operands: Option<Vec<Expr>> = method
            .operands
            .iter()
            .map(|operand| self.value(operand, depth))
            .collect();
        Some(Expr::new(Op::Method(method.name), operands?))
    }

    /// A literal of this type.
    pub fn literal(&mut self, ty: &Type, depth: usize) -> Option<Expr> {
        let made = |constructor, text: &str| {
            let text = Expr::leaf(Op::Text(text.to_owned()));
            Expr::new(Op::Make(constructor), [text])
        };
        Some(match ty {
            Type::Bool => Expr::leaf(Op::Bool(self.rng.bool())),
            Type::Long => Expr::leaf(Op::Long(values::long(self.rng))),
            Type::String => Expr::leaf(Op::Text(one(self.rng, &values::TEXTS).to_owned())),
            Type::Decimal => made("decimal", one(self.rng, &values::DECIMALS)),
            Type::Ip => made("ip", one(self.rng, &values::IPS)),
            Type::Datetime => made("datetime", one(self.rng, &values::DATETIMES)),
            Type::Duration => made("duration", one(self.rng, &values::DURATIONS)),
            Type::Entity(name) => Expr::leaf(Op::Entity(self.uid(name)?)),
            Type::Set(element) => {
                let count = self.rng.usize(1..4);
                let depth = depth.saturating_sub(1);
                let elements: Option<Vec<Expr>> =
                    (0..count).map(|_| self.element(element, depth)).collect();
                Expr::new(Op::Set, elements?)
            }
            Type::Record(fields) => {
                // A literal's fields are all there, and strict validation tells the two types apart.
                if fields.values().any(|field| !field.required) {
                    return None;
                }
                let depth = depth.saturating_sub(1);
                let mut args = Vec::new();
                for field in fields.values() {
                    args.push(self.element(&field.ty, depth)?);
                }
                Expr::new(Op::Record(fields.keys().cloned().collect()), args)
            }
        })
    }

    /// What stands in a set or record: mostly a literal.
    fn element(&mut self, ty: &Type, depth: usize) -> Option<Expr> {
        if one_in(self.rng, 3) {
            self.value(ty, depth)
        } else {
            self.literal(ty, depth).or_else(|| self.path_of(ty))
        }
    }

    /// An entity of a type.
    pub fn uid(&mut self, name: &str) -> Option<Uid> {
        let id = if name == self.schema.action_type() {
            self.rng.choice(&self.schema.actions)?.id.clone()
        } else {
            let entity = self.schema.entity(name)?;
            if entity.ids.is_empty() {
                one(self.rng, &values::IDS).to_owned()
            } else {
                self.rng.choice(&entity.ids)?.clone()
            }
        };
        Some(Uid {
            ty: name.to_owned(),
            id,
        })
    }

    /// A pattern: pieces of text and wildcards, often several of them.
    pub fn pattern(&mut self) -> Vec<Piece> {
        let count = self.rng.usize(1..6);
        (0..count)
            .map(|_| {
                if self.rng.bool() {
                    Piece::Any
                } else {
                    Piece::Text(one(self.rng, &values::TEXTS).to_owned())
                }
            })
            .collect()
    }

    /// Something that is there and has this type.
    pub fn path_of(&mut self, ty: &Type) -> Option<Expr> {
        let mut all = self.paths();
        all.retain(|(_, found)| found == ty);
        self.rng.choice(all).map(|(expr, _)| expr)
    }

    /// Everything that can be read without fail, with its type: variables, an entity literal now and then, and the
    /// attributes and tags of these.
    pub fn paths(&mut self) -> Vec<(Expr, Type)> {
        let mut all = self.roots();
        let mut begin = 0;
        for _ in 0..REACH {
            let end = all.len();
            let mut found = Vec::new();
            for (expr, ty) in all.get(begin..end).unwrap_or_default() {
                for (name, field) in self.fields(ty) {
                    let access = expr.clone().get(name);
                    if field.required || self.known.contains(&access) {
                        found.push((access, field.ty.clone()));
                    }
                }
            }
            all.append(&mut found);
            begin = end;
        }
        all
    }

    /// Variables with their types, and sometimes a literal; and the tags that are known to be there.
    fn roots(&mut self) -> Vec<(Expr, Type)> {
        let mut roots = Vec::new();
        let variables = [
            ("principal", self.principal.clone()),
            ("resource", self.resource.clone()),
            ("action", Some(self.schema.action_type())),
        ];
        for (variable, ty) in variables {
            if let Some(ty) = ty {
                roots.push((Expr::leaf(Op::Var(variable)), Type::Entity(ty)));
            }
        }
        let context = Expr::leaf(Op::Var("context"));
        for (name, field) in &self.context {
            let access = context.clone().get(name);
            if field.required || self.known.contains(&access) {
                roots.push((access, field.ty.clone()));
            }
        }
        if one_in(self.rng, 4) {
            let names: Vec<String> = self
                .schema
                .entities
                .iter()
                .map(|e| e.name.clone())
                .collect();
            let uid = self.rng.choice(names).and_then(|name| self.uid(&name));
            roots.extend(uid.map(|uid| {
                let ty = Type::Entity(uid.ty.clone());
                (Expr::leaf(Op::Entity(uid)), ty)
            }));
        }
        let tags: Vec<Expr> = self.known.iter().cloned().collect();
        for access in tags {
            if access.op == Op::Builtin("getTag") {
                let owner = access.args.first().and_then(|owner| self.owner_type(owner));
                roots.extend(owner.and_then(|ty| self.tags(&ty)).map(|ty| (access, ty)));
            }
        }
        roots
    }

    /// The attributes that a value of this type can have.
    pub fn fields<'t>(&'t self, ty: &'t Type) -> impl Iterator<Item = (&'t String, &'t Field)> {
        match ty {
            Type::Record(fields) => Some(fields),
            Type::Entity(name) => self.schema.entity(name).map(|entity| &entity.attributes),
            _ => None,
        }
        .into_iter()
        .flatten()
    }

    /// The type of an entity's tags.
    pub fn tags(&self, ty: &Type) -> Option<Type> {
        match ty {
            Type::Entity(name) => self.schema.entity(name)?.tags.clone(),
            _ => None,
        }
    }

    /// The context with its fields, where the kinds of request have any in common.
    pub fn context(&self) -> Option<(Expr, Type)> {
        (!self.context.is_empty()).then(|| {
            let variable = Expr::leaf(Op::Var("context"));
            (variable, Type::Record(self.context.clone()))
        })
    }

    /// The type of an access, by following it.
    fn owner_type(&self, expr: &Expr) -> Option<Type> {
        match (&expr.op, expr.args.as_slice()) {
            (Op::Var("principal"), _) => self.principal.clone().map(Type::Entity),
            (Op::Var("resource"), _) => self.resource.clone().map(Type::Entity),
            (Op::Var("context"), _) => Some(Type::Record(self.context.clone())),
            (Op::Entity(uid), _) => Some(Type::Entity(uid.ty.clone())),
            (Op::Get(name), [owner]) => {
                let owner = self.owner_type(owner)?;
                let field = self.fields(&owner).find(|(found, _)| *found == name);
                field.map(|(_, field)| field.ty.clone())
            }
            (Op::Builtin("getTag"), [owner, _]) => self.tags(&self.owner_type(owner)?),
            _ => None,
        }
    }
}

fn only(names: &BTreeSet<String>) -> Option<String> {
    let mut names = names.iter();
    match (names.next(), names.next()) {
        (Some(name), None) => Some(name.clone()),
        _ => None,
    }
}

/// The fields that all contexts have with the same type; one that some requests may lack may be absent.
fn shared_context(schema: &Schema, environments: &[Environment]) -> Fields {
    let mut contexts = environments
        .iter()
        .filter_map(|environment| schema.action(&environment.action.id))
        .map(|action| action.context.clone());
    let mut shared = contexts.next().unwrap_or_default();
    for context in contexts {
        shared = shared
            .into_iter()
            .filter_map(|(name, mut field)| {
                let other = context.get(&name)?;
                field.required &= other.required;
                (other.ty == field.ty).then_some((name, field))
            })
            .collect();
    }
    shared
}
