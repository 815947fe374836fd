//! From a request to the policies that can apply to it: by action, then by whichever of principal and
//! resource a policy asks more of.

use std::sync::Arc;

use crate::cedar::evaluate::{ActionSymbols, Compiled, Constraint, Place, Prepared, SymbolMap};

/// Policies by action.
#[derive(Debug, Default)]
pub(super) struct Index {
    any: Bucket,
    equal: SymbolMap<Bucket>,
    within: SymbolMap<Bucket>,
}

/// The policies of an action. Each stands in one of the two tables.
#[derive(Debug, Default)]
struct Bucket {
    principals: Table,
    resources: Table,
}

/// Policies by what they ask of an entity.
#[derive(Debug, Default)]
struct Table {
    any: Vec<u32>,
    equal: SymbolMap<Vec<u32>>,
    within: SymbolMap<Vec<u32>>,
    of_type: SymbolMap<Vec<u32>>,
}

impl Index {
    pub(super) fn new(policies: &[Arc<Compiled>]) -> Self {
        let mut index = Self::default();
        for (number, policy) in policies.iter().enumerate() {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            let scope = policy.scope();
            let add = |bucket: &mut Bucket| bucket.add(scope.principal, scope.resource, number);
            match &scope.action {
                ActionSymbols::Any => add(&mut index.any),
                ActionSymbols::Eq(action) => add(index.equal.entry(*action).or_default()),
                ActionSymbols::In(actions) => {
                    for action in actions {
                        add(index.within.entry(*action).or_default());
                    }
                }
            }
        }
        index
    }

    /// Appends the policies that can apply, some perhaps twice, and some that cannot.
    pub(super) fn look_up(&self, request: &Prepared, found: &mut Vec<u32>) {
        let mut take = |bucket: &Bucket| {
            bucket.principals.look_up(&request.principal, found);
            bucket.resources.look_up(&request.resource, found);
        };
        take(&self.any);
        if let Some(bucket) = self.equal.get(&request.action.entity) {
            take(bucket);
        }
        if self.within.is_empty() {
            return;
        }
        let action = &request.action;
        for of in std::iter::once(&action.entity).chain(&action.ancestors) {
            if let Some(bucket) = self.within.get(of) {
                take(bucket);
            }
        }
    }
}

impl Bucket {
    fn add(&mut self, principal: Constraint, resource: Constraint, number: u32) {
        if rank(principal) >= rank(resource) {
            self.principals.add(principal, number);
        } else {
            self.resources.add(resource, number);
        }
    }
}

impl Table {
    fn add(&mut self, constraint: Constraint, number: u32) {
        match constraint {
            Constraint::Any => &mut self.any,
            Constraint::Is(ty) => self.of_type.entry(ty).or_default(),
            Constraint::In(entity) | Constraint::IsIn(_, entity) => {
                self.within.entry(entity).or_default()
            }
            Constraint::Eq(entity) => self.equal.entry(entity).or_default(),
        }
        .push(number);
    }

    fn look_up(&self, place: &Place, found: &mut Vec<u32>) {
        found.extend(&self.any);
        if let Some(policies) = self.equal.get(&place.entity) {
            found.extend(policies);
        }
        if let Some(policies) = self.of_type.get(&place.ty) {
            found.extend(policies);
        }
        if self.within.is_empty() {
            return;
        }
        for of in std::iter::once(&place.entity).chain(&place.ancestors) {
            if let Some(policies) = self.within.get(of) {
                found.extend(policies);
            }
        }
    }
}

/// How few entities a constraint is likely to leave.
const fn rank(constraint: Constraint) -> u8 {
    match constraint {
        Constraint::Any => 0,
        Constraint::Is(_) => 1,
        Constraint::In(_) | Constraint::IsIn(..) => 2,
        Constraint::Eq(_) => 3,
    }
}
