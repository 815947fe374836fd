//! What policies read of entities, and so which way a change of the entity files goes.
//!
//! A policy decides by an entity through its attributes and tags, which it names, and through the groups that it is
//! in. Where being in a group can only make a policy apply, leaving the group can only make it apply to less. That
//! is plain for the scope and for what stands alone in a condition; of everything else both is assumed.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::side::{Member, Side};
use crate::facts::{
    Clause, ClauseKind, EntityConstraint, EntityOrSlot, Expr, ExprKind, Policy, UnaryOp, Var,
    conjuncts, disjuncts,
};

/// Whether a policy applies to more or to less.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) more: bool,
    pub(super) less: bool,
}

impl Way {
    const MORE: Self = Self {
        more: true,
        less: false,
    };
    const LESS: Self = Self {
        more: false,
        less: true,
    };
    const BOTH: Self = Self {
        more: true,
        less: true,
    };

    fn and(&mut self, other: Self) {
        self.more |= other.more;
        self.less |= other.less;
    }

    const fn turned(self) -> Self {
        Self {
            more: self.less,
            less: self.more,
        }
    }
}

/// A test of whether something is in a group.
#[derive(Debug)]
struct Membership {
    /// The groups, as Cedar writes them; `None` where any entity may be meant.
    groups: Option<BTreeSet<String>>,
    /// What being in one of them does.
    way: Way,
}

/// What one policy reads of entities.
#[derive(Debug)]
pub(super) struct Reads {
    /// What the policy is called.
    pub(super) name: Arc<str>,
    /// The policy.
    pub(super) policy: Arc<Policy>,
    /// Whether it permits.
    pub(super) permits: bool,
    attributes: BTreeSet<String>,
    /// The attributes of which it asks whether they are there.
    asked: BTreeSet<String>,
    /// Whether it reads tags, and whether it asks for them.
    tags: bool,
    asks_tags: bool,
    memberships: Vec<Membership>,
}

/// How an entity is different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// Head alone has it.
    Added,
    /// Base alone has it.
    Removed,
    /// Both have it.
    Changed,
}

/// What every policy of a bundle reads, templates included: they may be linked later.
pub(super) fn of_side(side: &Side<'_>) -> Vec<Reads> {
    let templates = side
        .written
        .iter()
        .filter(|written| written.policy().is_template())
        .map(|written| Reads::of(&written.name, &written.parsed.policy, None));
    let members = side.members.iter().filter_map(|member| {
        let policy = &side.policy(member)?.policy;
        Some(Reads::of(&member.name, policy, Some(member)))
    });
    templates.chain(members).collect()
}

impl Reads {
    fn of(name: &Arc<str>, policy: &Arc<Policy>, member: Option<&Member<'_>>) -> Self {
        let mut reads = Self {
            name: Arc::clone(name),
            policy: Arc::clone(policy),
            permits: policy.is_permit(),
            attributes: BTreeSet::new(),
            asked: BTreeSet::new(),
            tags: false,
            asks_tags: false,
            memberships: Vec::new(),
        };
        let link = member.and_then(|member| member.link);
        let (principal, resource) = link.map_or((None, None), |link| link.entities());
        for (constraint, value) in [
            (&policy.principal.value, principal),
            (&policy.resource.value, resource),
        ] {
            if let EntityConstraint::In(of) | EntityConstraint::IsIn(_, of) = constraint {
                let group = match of {
                    EntityOrSlot::Entity(entity) => Some(entity.value.to_string()),
                    EntityOrSlot::Slot(_) => value.map(|entity| entity.to_string()),
                };
                reads.memberships.push(Membership {
                    groups: group.map(|group| [group].into()),
                    way: Way::MORE,
                });
            }
        }
        // Without a schema the files say which groups an action is in.
        let actions = policy.action.value.entities().iter();
        let actions: BTreeSet<String> = actions.map(|of| of.value.to_string()).collect();
        if !actions.is_empty() {
            reads.memberships.push(Membership {
                groups: Some(actions),
                way: Way::MORE,
            });
        }
        for clause in &policy.clauses {
            reads.clause(clause);
        }
        policy.walk(|_, expr| reads.expression(expr));
        reads
    }

    fn clause(&mut self, clause: &Clause) {
        let (parts, holds) = match clause.kind {
            ClauseKind::When => (conjuncts(&clause.body), Way::MORE),
            ClauseKind::Unless => (disjuncts(&clause.body), Way::LESS),
        };
        for part in parts {
            let (test, way) = match &part.kind {
                ExprKind::Unary(UnaryOp::Not, inner) => (&**inner, holds.turned()),
                _ => (part, holds),
            };
            match membership(test) {
                // What is tested may itself have a test in it.
                Some((of, group)) => {
                    self.membership(group, way);
                    for side in [of, group] {
                        side.walk(&mut |expr| self.nested(expr));
                    }
                }
                None => part.walk(&mut |expr| self.nested(expr)),
            }
        }
    }

    fn nested(&mut self, expr: &Expr) {
        if let Some((_, group)) = membership(expr) {
            self.membership(group, Way::BOTH);
        }
    }

    fn membership(&mut self, group: &Expr, way: Way) {
        self.memberships.push(Membership {
            groups: literals(group),
            way,
        });
    }

    fn expression(&mut self, expr: &Expr) {
        let of_context = |base: &Expr| matches!(base.kind, ExprKind::Var(Var::Context));
        match &expr.kind {
            ExprKind::Attr(base, name) if !of_context(base) => {
                self.attributes.insert(name.value.clone());
            }
            ExprKind::Has(base, path) => {
                let own = usize::from(of_context(base));
                let names = path.value.iter().skip(own);
                self.asked.extend(names.cloned());
                self.attributes.extend(path.value.iter().skip(own).cloned());
            }
            ExprKind::Method(_, name, _) if matches!(&*name.value, "getTag" | "hasTag") => {
                self.tags = true;
                self.asks_tags |= name.value == "hasTag";
            }
            _ => {}
        }
    }

    /// What it does to the policy that an entity has other attributes or tags.
    pub(super) fn data(&self, presence: Presence, attributes: &[String], has_tags: bool) -> Way {
        let mut way = Way::default();
        // What is not there fails when it is read, and a policy that fails does not apply.
        let read = |is_asked: bool| match presence {
            Presence::Added if !is_asked => Way::MORE,
            Presence::Removed if !is_asked => Way::LESS,
            _ => Way::BOTH,
        };
        for name in attributes {
            if self.attributes.contains(name) {
                way.and(read(self.asked.contains(name)));
            }
        }
        if self.tags && has_tags {
            way.and(read(self.asks_tags));
        }
        way
    }

    /// What it does to the policy that something is in more groups and in fewer.
    pub(super) fn groups(&self, gained: &BTreeSet<String>, lost: &BTreeSet<String>) -> Way {
        let mut way = Way::default();
        for membership in &self.memberships {
            let is_of = |groups: &BTreeSet<String>| match &membership.groups {
                Some(named) => !named.is_disjoint(groups),
                None => !groups.is_empty(),
            };
            if is_of(gained) {
                way.and(membership.way);
            }
            if is_of(lost) {
                way.and(membership.way.turned());
            }
        }
        way
    }
}

/// What is tested, and what it may be in.
fn membership(expr: &Expr) -> Option<(&Expr, &Expr)> {
    use crate::facts::BinaryOp;
    match &expr.kind {
        ExprKind::Binary(BinaryOp::In, of, group) => Some((of, group)),
        ExprKind::Is(of, _, Some(group)) => Some((of, group)),
        _ => None,
    }
}

/// The entities that an expression names, where it is nothing else.
fn literals(expr: &Expr) -> Option<BTreeSet<String>> {
    match &expr.kind {
        ExprKind::Entity(entity) => Some([entity.to_string()].into()),
        ExprKind::Set(items) => {
            let all: Option<Vec<_>> = items.iter().map(literals).collect();
            Some(all?.into_iter().flatten().collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
