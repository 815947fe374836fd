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
            .roles
            .iter()
            .any(|role| self.has_role(person, role))
            || !person.teams.is_disjoint(&eligible.teams)
            || !person.owns.is_disjoint(&eligible.owners_of)
            || self
                .teams_of(person)
                .any(|team| !team.owns.is_disjoint(&eligible.owners_of))
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
