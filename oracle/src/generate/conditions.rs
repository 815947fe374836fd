//! Conditions: about something that can be read, joined, and behind the guards that make reading safe.

use super::one_in;
use super::values::one;
use super::writer::Writer;
use crate::expr::{Container, Expr, METHODS, Op, kind};
use crate::model::Type;

impl Writer<'_> {
    /// A condition that nests about so deep.
    pub fn condition(&mut self, depth: usize) -> Option<Expr> {
        if depth == 0 {
            return self.atom(0);
        }
        let depth = depth - 1;
        match self.rng.u32(0..20) {
            0..=6 => self.atom(depth + 1),
            7 | 8 => Some(self.condition(depth)?.and(self.condition(depth)?)),
            9 | 10 => Some(self.condition(depth)?.or(self.condition(depth)?)),
            11 => Some(self.condition(depth)?.negated()),
            12 => {
                let test = self.condition(depth)?;
                Some(test.branch(self.condition(depth)?, self.condition(depth)?))
            }
            13..=16 => self.guarded(depth).or_else(|| self.atom(depth)),
            17 => self.narrowed(depth).or_else(|| self.atom(depth)),
            18 => self.action(),
            _ => self.equality(depth),
        }
    }

    /// A guard that a policy can open with: what it makes safe stays so.
    pub fn opening(&mut self) -> Option<Expr> {
        let (guard, access, _) = self.guard()?;
        self.known.extend(access);
        Some(guard)
    }

    /// A condition about one thing that can be read.
    fn atom(&mut self, depth: usize) -> Option<Expr> {
        if one_in(self.rng, 40) {
            return self.literal(&Type::Bool, 0);
        }
        // By kind first: most of what can be read is of few types.
        let mut all = self.paths();
        all.extend(self.context());
        let mut kinds: Vec<&str> = all.iter().map(|(_, ty)| kind(ty)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let wanted = one(self.rng, &kinds);
        all.retain(|(_, ty)| kind(ty) == wanted);
        let (subject, ty) = self.rng.choice(all)?;
        let subject = match &ty {
            // What is computed of it, now and then.
            Type::Long | Type::Datetime | Type::Duration if depth > 0 && one_in(self.rng, 2) => {
                self.computed(&ty, depth - 1).unwrap_or(subject)
            }
            _ => subject,
        };
        self.about(subject, &ty, depth)
    }

    /// `==` or `!=` between values of any type that can be read.
    fn equality(&mut self, depth: usize) -> Option<Expr> {
        let paths = self.paths();
        let (_, ty) = self.rng.choice(paths)?;
        let subject = self.value(&ty, depth)?;
        self.equal(subject, &ty, depth)
    }

    fn equal(&mut self, subject: Expr, ty: &Type, depth: usize) -> Option<Expr> {
        let other = self.value(ty, depth)?;
        let op = one(self.rng, &["==", "==", "!="]);
        let operands = if one_in(self.rng, 4) {
            [other, subject]
        } else {
            [subject, other]
        };
        Some(Expr::new(Op::Equality(op, kind(ty)), operands))
    }

    /// A condition about this.
    fn about(&mut self, subject: Expr, ty: &Type, depth: usize) -> Option<Expr> {
        let depth = depth.saturating_sub(1);
        if one_in(self.rng, 5) {
            return self.equal(subject, ty, depth);
        }
        if one_in(self.rng, 9) {
            let set = Type::Set(Box::new(ty.clone()));
            let set = self.value(&set, depth)?;
            return Some(Expr::new(Op::Builtin("contains"), [set, subject]));
        }
        match ty {
            Type::Bool => Some(if one_in(self.rng, 3) {
                subject.negated()
            } else {
                subject
            }),
            Type::Long => self.order(subject, ty, depth),
            Type::String => {
                let pattern = self.pattern();
                Some(Expr::new(Op::Like(pattern), [subject]))
            }
            Type::Decimal | Type::Ip => self.method(subject, ty, depth),
            Type::Datetime | Type::Duration => self.order(subject, ty, depth),
            Type::Set(element) => self.about_set(subject, element, ty, depth),
            Type::Entity(name) => self.about_entity(subject, name, ty, depth),
            Type::Record(_) => self.about_attribute(subject, ty, depth),
        }
    }

    fn order(&mut self, subject: Expr, ty: &Type, depth: usize) -> Option<Expr> {
        let other = self.value(ty, depth)?;
        let op = one(self.rng, &["<", "<=", ">", ">="]);
        Some(Expr::new(Op::Order(op, kind(ty)), [subject, other]))
    }

    fn method(&mut self, subject: Expr, ty: &Type, depth: usize) -> Option<Expr> {
        let fitting: Vec<_> = METHODS
            .iter()
            .filter(|m| m.result == Type::Bool && m.operands.first() == Some(ty))
            .collect();
        let method = *self.rng.choice(&fitting)?;
        let mut operands = vec![subject];
        for operand in method.operands.iter().skip(1) {
            operands.push(self.value(operand, depth)?);
        }
        Some(Expr::new(Op::Method(method.name), operands))
    }

    fn about_set(
        &mut self,
        subject: Expr,
        element: &Type,
        ty: &Type,
        depth: usize,
    ) -> Option<Expr> {
        Some(match self.rng.u32(0..8) {
            0 => Expr::new(Op::Builtin("isEmpty"), [subject]),
            1..=3 => {
                let element = self.value(element, depth)?;
                Expr::new(Op::Builtin("contains"), [subject, element])
            }
            other => {
                let name = if other < 6 {
                    "containsAll"
                } else {
                    "containsAny"
                };
                let set = self.value(ty, depth)?;
                let operands = if one_in(self.rng, 4) {
                    [set, subject]
                } else {
                    [subject, set]
                };
                Expr::new(Op::Builtin(name), operands)
            }
        })
    }

    fn about_entity(&mut self, subject: Expr, name: &str, ty: &Type, depth: usize) -> Option<Expr> {
        match self.rng.u32(0..10) {
            0..=3 => {
                let (container, within) = self.container(name, depth)?;
                Some(Expr::new(Op::In(container), [subject, within]))
            }
            4 => Some(Expr::new(Op::Is(self.some_type(name)), [subject])),
            5 => {
                let (container, within) = self.container(name, depth)?;
                let is = self.some_type(name);
                Some(Expr::new(Op::IsIn(is, container), [subject, within]))
            }
            6 => {
                let key = self.key(depth)?;
                self.tags(ty)?;
                Some(Expr::new(Op::Builtin("hasTag"), [subject, key]))
            }
            _ => self.about_attribute(subject, ty, depth),
        }
    }

    /// What an entity of this type can be in: an entity, a literal set of them, or an attribute that is a set.
    fn container(&mut self, name: &str, depth: usize) -> Option<(Container, Expr)> {
        let mut types: Vec<String> = self.schema.ancestors(name).into_iter().collect();
        if types.is_empty() || one_in(self.rng, 5) {
            types.push(name.to_owned());
        }
        let ty = Type::Entity(self.rng.choice(types)?);
        let set = Type::Set(Box::new(ty.clone()));
        Some(match self.rng.u32(0..5) {
            0 | 1 => (Container::Entity, self.value(&ty, depth)?),
            2 => (Container::Literal, self.literal(&set, depth)?),
            _ => match self.path_of(&set) {
                Some(path) => (Container::Attribute, path),
                None => (Container::Entity, self.value(&ty, depth)?),
            },
        })
    }

    /// The type itself more often than another.
    fn some_type(&mut self, name: &str) -> String {
        let others = &self.schema.entities;
        match one_in(self.rng, 3).then(|| self.rng.choice(others)) {
            Some(Some(other)) => other.name.clone(),
            _ => name.to_owned(),
        }
    }

    /// Whether an attribute is there, or something about one that is.
    fn about_attribute(&mut self, subject: Expr, ty: &Type, depth: usize) -> Option<Expr> {
        let fields: Vec<(String, crate::model::Field)> = self
            .fields(ty)
            .map(|(name, field)| (name.clone(), field.clone()))
            .collect();
        let Some((name, field)) = self.rng.choice(fields) else {
            return self.equal(subject, ty, depth);
        };
        let access = subject.clone().get(&name);
        let safe = field.required || self.known.contains(&access);
        if safe && !one_in(self.rng, 6) {
            return self.about(access, &field.ty, depth);
        }
        let has = subject.has(std::slice::from_ref(&name));
        if one_in(self.rng, 3) {
            return Some(has);
        }
        let added = self.known.insert(access.clone());
        let body = self.about(access.clone(), &field.ty, depth);
        if added {
            self.known.remove(&access);
        }
        Some(has.and(body?))
    }

    /// A guard and something behind it that needs it.
    fn guarded(&mut self, depth: usize) -> Option<Expr> {
        let (guard, accesses, ty) = self.guard()?;
        let subject = accesses.last()?.clone();
        let before = self.known.clone();
        self.known.extend(accesses);
        let mut body = self.about(subject, &ty, depth);
        if one_in(self.rng, 3) {
            let more = self.condition(depth);
            body = body.and_then(|body| Some(body.and(more?)));
        }
        self.known = before;
        let body = body?;
        Some(if one_in(self.rng, 4) {
            let otherwise = self.condition(depth)?;
            guard.branch(body, otherwise)
        } else {
            guard.and(body)
        })
    }

    /// A guard, the accesses that it makes safe, and the type of the last of them.
    fn guard(&mut self) -> Option<(Expr, Vec<Expr>, Type)> {
        let mut bases = self.paths();
        bases.extend(self.context());
        if one_in(self.rng, 3) {
            bases.retain(|(_, ty)| self.tags(ty).is_some());
            let (owner, ty) = self.rng.choice(bases)?;
            let key = self.key(1)?;
            let guard = Expr::new(Op::Builtin("hasTag"), [owner.clone(), key.clone()]);
            let access = Expr::new(Op::Builtin("getTag"), [owner, key]);
            return Some((guard, vec![access], self.tags(&ty)?));
        }
        let mut choices = Vec::new();
        for (base, ty) in &bases {
            for (name, field) in self.fields(ty) {
                let access = base.clone().get(name);
                if !field.required && !self.known.contains(&access) {
                    let accesses = vec![access.clone()];
                    choices.push((base.clone(), vec![name.clone()], accesses, field.ty.clone()));
                }
                for (inner, field) in self.fields(&field.ty) {
                    let identifiers =
                        crate::expr::is_identifier(name) && crate::expr::is_identifier(inner);
                    if identifiers && !field.required {
                        let path = vec![name.clone(), inner.clone()];
                        let accesses = vec![access.clone(), access.clone().get(inner)];
                        choices.push((base.clone(), path, accesses, field.ty.clone()));
                    }
                }
            }
        }
        let (base, path, accesses, ty) = self.rng.choice(choices)?;
        Some((base.has(&path), accesses, ty))
    }

    /// A tag's key: mostly a literal.
    fn key(&mut self, depth: usize) -> Option<Expr> {
        if one_in(self.rng, 3) {
            self.value(&Type::String, depth)
        } else {
            self.literal(&Type::String, 0)
        }
    }

    /// A test of the type of a variable that may have several, and something about it behind the test.
    fn narrowed(&mut self, depth: usize) -> Option<Expr> {
        let is_principal = self.rng.bool();
        let name = if is_principal {
            "principal"
        } else {
            "resource"
        };
        let [principals, resources] = &self.possible;
        let possible = if is_principal { principals } else { resources };
        let possible: Vec<String> = possible.iter().cloned().collect();
        let ty = self.rng.choice(possible)?;
        let variable = Expr::leaf(Op::Var(name));
        let test = Expr::new(Op::Is(ty.clone()), [variable.clone()]);
        if one_in(self.rng, 3) {
            return Some(test);
        }
        let slot = |writer: &mut Self, ty| {
            let slot = if is_principal {
                &mut writer.principal
            } else {
                &mut writer.resource
            };
            std::mem::replace(slot, ty)
        };
        let before = slot(self, Some(ty.clone()));
        let body = self.about(variable, &Type::Entity(ty), depth);
        slot(self, before);
        Some(test.and(body?))
    }

    /// A condition about the action.
    fn action(&mut self) -> Option<Expr> {
        let action = Expr::leaf(Op::Var("action"));
        let ty = Type::Entity(self.schema.action_type());
        let other = self.literal(&ty, 0)?;
        Some(match self.rng.u32(0..3) {
            0 => Expr::new(Op::Equality("==", "entity"), [action, other]),
            1 => Expr::new(Op::In(Container::Entity), [action, other]),
            _ => {
                let set = self.literal(&Type::Set(Box::new(ty)), 0)?;
                Expr::new(Op::In(Container::Literal), [action, set])
            }
        })
    }
}
