//! `directory.yaml`: the people, roles and teams that approvals are counted by. The core looks nobody up.
//!
//! ```yaml
//! roles: [release-manager]
//! teams:
//!   payments: { owns: [Payments], roles: [application-owner] }
//! people:
//!   alice:
//!     issuer: https://idp.example.com
//!     kind: human
//!     teams: [payments]
//!     keys: [ssh-ed25519 AAAA…]
//! delegations:
//!   - { from: alice, to: bob, roles: [application-owner], until: 2026-12-31 }
//! ```

mod read;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::key::PublicKey;
use crate::tier::Eligible;
use crate::time::Instant;

pub(crate) use read::places_of_owned;
pub use read::read;

/// The file's name, at the root of a bundle.
pub const FILE_NAME: &str = "directory.yaml";

/// The roles that need not be declared.
pub const ROLES: [&str; 4] = ["application-owner", "business-owner", "iam", "security"];

/// People, roles and teams.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    /// Everybody, by the name that change records use.
    pub people: BTreeMap<String, Person>,
    /// Teams by name.
    pub teams: BTreeMap<String, Team>,
    /// All roles that exist.
    pub roles: BTreeSet<String>,
    /// Who may decide for whom.
    pub delegations: Vec<Delegation>,
}

/// Somebody who can have a part in a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who vouches for the identity.
    pub issuer: String,
    /// The account there.
    pub subject: String,
    /// What it is.
    pub kind: Kind,
    /// Roles of its own.
    pub roles: BTreeSet<String>,
    /// Teams.
    pub teams: BTreeSet<String>,
    /// Namespaces of the schema that it owns.
    pub owns: BTreeSet<String>,
    /// Its keys, whichever of which it signs with.
    pub keys: BTreeSet<PublicKey>,
    /// When it leaves.
    pub until: Option<Instant>,
}

/// What somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A human.
    Human,
    /// A service.
    Service,
    /// An agent that acts by itself.
    Agent,
    /// A model.
    Model,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Human, Self::Service, Self::Agent, Self::Model];

    /// The name in the directory.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Service => "service",
            Self::Agent => "agent",
            Self::Model => "model",
        }
    }

    /// Whether it can ever approve.
    pub const fn can_approve(self) -> bool {
        matches!(self, Self::Human | Self::Service)
    }
}

/// People who belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Team {
    /// Roles that every member has.
    pub roles: BTreeSet<String>,
    /// Namespaces that it owns.
    pub owns: BTreeSet<String>,
}

/// One person's roles in another's hands. It is not handed on: whoever decides for somebody does so at one
/// remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// Whose roles.
    pub from: String,
    /// Who decides.
    pub to: String,
    /// Which roles.
    pub roles: BTreeSet<String>,
    /// When it ends.
    pub until: Instant,
}

impl Directory {
    /// The roles of somebody, those of their teams included.
    pub fn roles_of<'a>(&'a self, person: &'a Person) -> impl Iterator<Item = &'a str> {
        let of_teams = self.teams_of(person).flat_map(|team| &team.roles);
        person.roles.iter().chain(of_teams).map(String::as_str)
    }

    /// Whether somebody has a role.
    pub fn has_role(&self, person: &Person, role: &str) -> bool {
        self.roles_of(person).any(|has| has == role)
    }

    /// Whether somebody may fill a slot without anybody's delegation.
    pub fn is_eligible(&self, person: &Person, eligible: &Eligible) -> bool {
        eligible
            .capacities()
            .any(|capacity| self.holds(person, &capacity))
    }

    /// What somebody can fill a slot as, sorted.
    pub fn capacities(&self, person: &Person, eligible: &Eligible) -> Vec<String> {
        eligible
            .capacities()
            .filter(|capacity| self.holds(person, capacity))
            .collect()
    }

    /// Whether somebody can have it: a role, `team:` and a team, or `owner-of:` and a namespace.
    pub fn is_capacity(&self, capacity: &str) -> bool {
        match capacity.split_once(':') {
            Some(("team", team)) => self.teams.contains_key(team),
            Some(("owner-of", namespace)) => self
                .people
                .values()
                .any(|person| self.owns(person, namespace)),
            _ => self.roles.contains(capacity),
        }
    }

    /// Whether somebody has a role, is in the team of `team:` or owns the namespace of `owner-of:`.
    pub fn holds(&self, person: &Person, capacity: &str) -> bool {
        match capacity.split_once(':') {
            Some(("team", team)) => person.teams.contains(team),
            Some(("owner-of", namespace)) => self.owns(person, namespace),
            _ => self.has_role(person, capacity),
        }
    }

    fn owns(&self, person: &Person, namespace: &str) -> bool {
        person.owns.contains(namespace)
            || self
                .teams_of(person)
                .any(|team| team.owns.contains(namespace))
    }

    /// Whether one person's role is in another's hands at this time.
    pub fn is_delegated(&self, from: &str, to: &str, role: &str, as_of: Instant) -> bool {
        self.delegations.iter().any(|delegation| {
            delegation.from == from
                && delegation.to == to
                && delegation.roles.contains(role)
                && as_of < delegation.until
        })
    }

    /// Those whose roles `name` may use for a slot at this time.
    pub fn delegators<'a>(
        &'a self,
        name: &'a str,
        eligible: &'a Eligible,
        as_of: Instant,
    ) -> impl Iterator<Item = &'a str> {
        self.delegations.iter().filter_map(move |delegation| {
            let from = self.people.get(&delegation.from)?;
            let applies = delegation.to == name
                && as_of < delegation.until
                && from.is_active(as_of)
                && delegation
                    .roles
                    .iter()
                    .any(|role| eligible.roles.contains(role) && self.has_role(from, role));
            applies.then_some(delegation.from.as_str())
        })
    }

    /// Whose key this is.
    pub fn owner_of(&self, key: &PublicKey) -> Option<(&str, &Person)> {
        self.people
            .iter()
            .find(|(_, person)| person.keys.contains(key))
            .map(|(name, person)| (name.as_str(), person))
    }

    fn teams_of<'a>(&'a self, person: &'a Person) -> impl Iterator<Item = &'a Team> {
        person.teams.iter().filter_map(|team| self.teams.get(team))
    }
}

impl Person {
    /// Whether it has not left yet.
    pub fn is_active(&self, as_of: Instant) -> bool {
        self.until.is_none_or(|until| as_of < until)
    }
}
