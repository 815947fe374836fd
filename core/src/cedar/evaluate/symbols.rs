//! Small numbers for the entities and types that policies and requests name, so that an index compares
//! numbers and not strings.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use cedar_policy_core::ast::{Eid, EntityType, EntityUID};

use crate::facts::Entity;
use crate::schema::Environment;

/// The number of an entity or of an entity type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(u32);

impl Symbol {
    /// What no policy names: equal to no number that is given out.
    pub(super) const UNKNOWN: Self = Self(u32::MAX);
}

/// A map by symbol.
pub type SymbolMap<V> = HashMap<Symbol, V, BuildHasherDefault<SymbolHasher>>;

/// Symbols are consecutive numbers of our own, which no input can make collide.
#[derive(Debug, Clone, Copy, Default)]
pub struct SymbolHasher(u64);

impl Hasher for SymbolHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        // Fibonacci hashing: the golden ratio spreads consecutive numbers over all bits.
        self.0 = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// All numbers given out so far.
#[derive(Debug, Clone, Default)]
pub struct Symbols {
    entities: HashMap<EntityUID, Symbol>,
    types: HashMap<EntityType, Symbol>,
    /// Types by how they are written, so that each is parsed once.
    written: HashMap<String, EntityType>,
}

impl Symbols {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.entities.len() + self.types.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The types of principal and resource around the action of a kind of request, in the order principal,
    /// action, resource; `None` where Cedar does not accept the names.
    pub fn environment(&mut self, environment: &Environment) -> Option<[Symbol; 3]> {
        let action = self.uid(&environment.action).ok()?;
        let mut ty = |name: &str| parse(name).ok().map(|ty| self.ty(&ty));
        let (principal, resource) = (ty(&environment.principal)?, ty(&environment.resource)?);
        Some([principal, self.entity(&action), resource])
    }

    pub(super) fn entity(&mut self, uid: &EntityUID) -> Symbol {
        if let Some(symbol) = self.entities.get(uid) {
            return *symbol;
        }
        let symbol = self.next();
        self.entities.insert(uid.clone(), symbol);
        symbol
    }

    pub(super) fn ty(&mut self, ty: &EntityType) -> Symbol {
        if let Some(symbol) = self.types.get(ty) {
            return *symbol;
        }
        let symbol = self.next();
        self.types.insert(ty.clone(), symbol);
        symbol
    }

    /// The number of an entity that some policy names.
    pub(super) fn find_entity(&self, uid: &EntityUID) -> Symbol {
        self.entities.get(uid).copied().unwrap_or(Symbol::UNKNOWN)
    }

    /// The number of a type that some policy names.
    pub(super) fn find_type(&self, ty: &EntityType) -> Symbol {
        self.types.get(ty).copied().unwrap_or(Symbol::UNKNOWN)
    }

    /// Cedar's form of an entity; every type is parsed once.
    pub(super) fn uid(&mut self, entity: &Entity) -> Result<EntityUID, String> {
        let ty = match self.written.get(&entity.ty) {
            Some(ty) => ty.clone(),
            None => {
                let ty = parse(&entity.ty)?;
                self.written.insert(entity.ty.clone(), ty.clone());
                ty
            }
        };
        Ok(with_id(ty, entity))
    }

    fn next(&self) -> Symbol {
        Symbol(u32::try_from(self.len()).unwrap_or(u32::MAX - 1))
    }
}

/// Cedar's form of an entity.
pub(super) fn uid(entity: &Entity) -> Result<EntityUID, String> {
    Ok(with_id(parse(&entity.ty)?, entity))
}

fn parse(ty: &str) -> Result<EntityType, String> {
    EntityType::from_normalized_str(ty).map_err(|error| error.to_string())
}

fn with_id(ty: EntityType, entity: &Entity) -> EntityUID {
    EntityUID::from_components(ty, Eid::new(entity.id.as_str()), None)
}
