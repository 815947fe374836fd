//! What must be done before a change may be published. Controls of several reasons are joined.

use std::collections::BTreeSet;

use super::Tier;
use crate::config::Governance;
use crate::config::governance::NO_NAMESPACE;
use crate::govern::Directory;

/// The slot of an owner of any application; that of a certain one has its namespace behind a colon.
const APPLICATION: &str = "application";

/// For how many days an approval counts. What somebody saw longer ago they no longer know.
const APPROVAL_DAYS: u32 = 30;

/// The slot of security and IAM.
const SECURITY: &str = "security";

/// Everything that a verdict asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Controls {
    /// Who must approve. None of them is implied by another; see [`Requirement::implies`].
    pub requirements: BTreeSet<Requirement>,
    /// What the policy tests must show.
    pub tests: BTreeSet<TestControl>,
    /// What approvers must say that they have seen, as `scope` or `deny-path:no-export`.
    pub acknowledge: BTreeSet<String>,
    /// The most days until the change expires; `None` where it need not.
    pub expires_within_days: Option<u32>,
    /// The most days until somebody must look at the change again; `None` where nobody must.
    pub recertify_within_days: Option<u32>,
    /// What the change record must name.
    pub trace: BTreeSet<Trace>,
}

/// People who must approve: one slot of the gate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// The slot's name. An approval is for one slot, and a person fills one slot.
    pub slot: String,
    /// Who may fill it.
    pub eligible: Eligible,
    /// How many people it takes, at least one.
    pub count: u32,
    /// Who is not counted. Whatever stands here, nobody approves a change of their own.
    pub distinct_from: BTreeSet<Party>,
    /// Whether only humans are counted.
    pub human_only: bool,
    /// Whether an approval needs a reason.
    pub reason: bool,
    /// Whether an approval must acknowledge everything in [`Controls::acknowledge`].
    pub acknowledge: bool,
    /// Whether an approval needs a step-up authentication.
    pub step_up: bool,
    /// After how many days an approval no longer counts.
    pub expires_after_days: Option<u32>,
}

/// Who may fill a slot: whoever has one of the roles, is in one of the teams, or owns one of the namespaces.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Eligible {
    /// Roles.
    pub roles: BTreeSet<String>,
    /// Teams.
    pub teams: BTreeSet<String>,
    /// Namespaces of the schema.
    pub owners_of: BTreeSet<String>,
}

/// Somebody who had a part in a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// Who wanted it.
    Author,
    /// Who wrote it.
    Drafter,
    /// Who touched it last.
    LastEditor,
}

impl Party {
    /// The words for messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Drafter => "drafter",
            Self::LastEditor => "last editor",
        }
    }
}

/// What the policy tests must show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TestControl {
    /// Every case passes.
    SuiteGreen,
    /// Each widened class of requests has a case that is allowed and one that is denied.
    PositiveAndNegative,
    /// Bounds are tested on both sides.
    Boundary,
    /// No mutant of what denies survives.
    DenyMutantsKilled,
}

impl TestControl {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::SuiteGreen,
        Self::PositiveAndNegative,
        Self::Boundary,
        Self::DenyMutantsKilled,
    ];

    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SuiteGreen => "suite-green",
            Self::PositiveAndNegative => "positive-and-negative",
            Self::Boundary => "boundary",
            Self::DenyMutantsKilled => "deny-mutants-killed",
        }
    }
}

/// What a change record must name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trace {
    /// Who is accountable.
    Owner,
    /// The ticket.
    Ticket,
    /// Why.
    Justification,
    /// What to go back to.
    Rollback,
    /// Until when the record is kept.
    RetainUntil,
}

impl Trace {
    /// The key in the change record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Ticket => "ticket",
            Self::Justification => "justification",
            Self::Rollback => "rollback",
            Self::RetainUntil => "retain_until",
        }
    }
}

impl Controls {
    /// The requirements in words, sorted.
    pub fn describe(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .requirements
            .iter()
            .map(Requirement::describe)
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// The same controls with one person where several reasons ask for one in differing ways: who is asked for by the
    /// narrower of two requirements meets both, and the owner of a certain application is one of any.
    #[must_use]
    pub(crate) fn settled(mut self) -> Self {
        loop {
            let all = self.requirements.clone();
            let raised = all.iter().map(|of| {
                let others = all.iter().filter(|other| of.can_stand_in_for(other));
                others.fold(of.clone(), Requirement::raised)
            });
            let before = self.requirements.clone();
            self.requirements = raised.collect();
            self = self.join(&Self::default());
            if self.requirements == before {
                return self;
            }
        }
    }

    /// What both ask for. Whoever meets the join meets each of the two.
    #[must_use]
    pub fn join(mut self, other: &Self) -> Self {
        self.requirements.extend(other.requirements.iter().cloned());
        let all = self.requirements.clone();
        self.requirements
            .retain(|r| !all.iter().any(|o| o != r && o.implies(r)));
        self.tests.extend(other.tests.iter().copied());
        self.acknowledge.extend(other.acknowledge.iter().cloned());
        self.trace.extend(other.trace.iter().copied());
        self.expires_within_days = sooner(self.expires_within_days, other.expires_within_days);
        self.recertify_within_days =
            sooner(self.recertify_within_days, other.recertify_within_days);
        self
    }
}

impl Requirement {
    /// It in words, as change records have it.
    pub fn describe(&self) -> String {
        let eligible: Vec<String> = self.eligible.capacities().collect();
        let mut words = format!("{}: {} of {}", self.slot, self.count, eligible.join(", "));
        let flags = [
            (self.human_only, "human"),
            (self.reason, "with a reason"),
            (self.acknowledge, "acknowledging"),
            (self.step_up, "with step-up"),
        ];
        for (_, flag) in flags.iter().filter(|(is_set, _)| *is_set) {
            words.push_str("; ");
            words.push_str(flag);
        }
        if let Some(days) = self.expires_after_days {
            words.push_str(&format!("; for {days} days"));
        }
        words
    }

    /// Whether everybody who meets this requirement thereby meets the other one, of the same slot or of an owner of
    /// any application.
    pub fn implies(&self, other: &Self) -> bool {
        let is_same = self.slot == other.slot && self.eligible.is_within(&other.eligible);
        (is_same || self.is_owner_for(other)) && self.is_as_strict_as(other)
    }

    /// Whether one person can do what both ask for.
    fn can_stand_in_for(&self, other: &Self) -> bool {
        let nests =
            self.eligible.is_within(&other.eligible) || other.eligible.is_within(&self.eligible);
        self.slot == other.slot && nests || self.is_of_namespace() && other.slot == APPLICATION
    }

    /// Whether the owner of a certain application approves, where that of any would do.
    fn is_owner_for(&self, other: &Self) -> bool {
        let is_wider = other.eligible != self.eligible && other.eligible.is_within(&self.eligible);
        self.is_of_namespace() && other.slot == APPLICATION && !is_wider
    }

    fn is_of_namespace(&self) -> bool {
        self.slot
            .strip_prefix(APPLICATION)
            .is_some_and(|rest| rest.starts_with(':'))
    }

    fn is_as_strict_as(&self, other: &Self) -> bool {
        self.count >= other.count
            && self.distinct_from.is_superset(&other.distinct_from)
            && self.human_only >= other.human_only
            && self.reason >= other.reason
            && self.acknowledge >= other.acknowledge
            && self.step_up >= other.step_up
            && sooner(self.expires_after_days, other.expires_after_days) == self.expires_after_days
    }
}

impl Requirement {
    /// It, as strict as another one.
    fn raised(mut self, other: &Self) -> Self {
        if other.eligible.is_within(&self.eligible) {
            self.eligible.clone_from(&other.eligible);
        }
        self.count = self.count.max(other.count);
        self.distinct_from.extend(&other.distinct_from);
        self.human_only |= other.human_only;
        self.reason |= other.reason;
        self.acknowledge |= other.acknowledge;
        self.step_up |= other.step_up;
        self.expires_after_days = sooner(self.expires_after_days, other.expires_after_days);
        self
    }
}

impl Eligible {
    /// Whoever has one of these roles.
    pub fn roles<'a>(roles: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            roles: roles.into_iter().map(ToOwned::to_owned).collect(),
            ..Self::default()
        }
    }

    /// What somebody can fill the slot as: a role, `team:` and a team, or `owner-of:` and a namespace; sorted.
    pub fn capacities(&self) -> impl Iterator<Item = String> {
        let owners = self.owners_of.iter().map(|name| format!("owner-of:{name}"));
        let teams = self.teams.iter().map(|name| format!("team:{name}"));
        let roles = self
            .roles
            .iter()
            .filter(|role| !role.contains(':'))
            .cloned();
        let mut all: Vec<String> = roles.chain(owners).chain(teams).collect();
        all.sort();
        all.into_iter()
    }

    /// Whether the slot can be filled as this.
    pub fn admits(&self, capacity: &str) -> bool {
        self.capacities().any(|one| one == capacity)
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.roles.extend(other.roles);
        self.teams.extend(other.teams);
        self.owners_of.extend(other.owners_of);
    }

    fn is_within(&self, other: &Self) -> bool {
        self.roles.is_subset(&other.roles)
            && self.teams.is_subset(&other.teams)
            && self.owners_of.is_subset(&other.owners_of)
    }
}

fn sooner(a: Option<u32>, b: Option<u32>) -> Option<u32> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

/// Whom a reason asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The configuration of base, which says who owns what.
    pub(crate) governance: &'a Governance,
    /// The directory of base, which says so where the configuration does not.
    pub(crate) directory: Option<&'a Directory>,
    /// The namespaces that it is about.
    pub(crate) namespaces: &'a BTreeSet<String>,
    /// Whether approvals need a step-up.
    pub(crate) step_up: bool,
}

impl Asked<'_> {
    /// What a tier asks for by itself.
    pub(crate) fn of(&self, tier: Tier) -> Controls {
        let mut controls = Controls {
            tests: [TestControl::SuiteGreen].into(),
            trace: [Trace::Owner].into(),
            ..Controls::default()
        };
        if tier == Tier::Auto {
            return controls;
        }
        let approvals = |(slot, eligible): (String, Eligible)| Requirement {
            step_up: self.step_up,
            reason: tier > Tier::Constrained,
            ..one(slot, eligible)
        };
        controls.tests.insert(TestControl::PositiveAndNegative);
        controls.acknowledge.insert("scope".to_owned());
        controls.trace.insert(Trace::Ticket);
        let roles: &[&str] = match tier {
            Tier::Constrained => &["application-owner", "business-owner"],
            _ => &["application-owner"],
        };
        controls
            .requirements
            .extend(self.owners(roles).into_iter().map(approvals));
        if tier == Tier::Constrained {
            return controls;
        }
        // Whoever IAM names for itself is among those who can speak for security.
        let mut security = Eligible::roles(["security"]);
        security.extend(self.iam());
        controls
            .requirements
            .insert(approvals((SECURITY.to_owned(), security)));
        controls.tests.extend(TestControl::ALL);
        controls.acknowledge.insert("rollback".to_owned());
        controls
            .trace
            .extend([Trace::Justification, Trace::Rollback]);
        controls.recertify_within_days = Some(180);
        controls
    }

    /// That the one who approves for security is of IAM.
    pub(crate) fn of_iam(&self) -> Controls {
        Controls {
            requirements: [one(SECURITY.to_owned(), self.iam())].into(),
            ..Controls::default()
        }
    }

    /// That of an application its owner approves, and nobody in their stead.
    pub(crate) fn of_owner(&self) -> Controls {
        let owners = self.owners(&["application-owner"]);
        let requirements = owners.into_iter().map(|(slot, eligible)| Requirement {
            reason: false,
            ..one(slot, eligible)
        });
        Controls {
            requirements: requirements.collect(),
            ..Controls::default()
        }
    }

    fn iam(&self) -> Eligible {
        match &self.governance.iam.owners {
            owners if owners.is_empty() => Eligible::roles(["iam"]),
            owners => named(owners),
        }
    }

    /// A slot for each namespace; where it is about none, one for anybody with these roles.
    fn owners(&self, roles: &[&str]) -> BTreeSet<(String, Eligible)> {
        let roles = || Eligible::roles(roles.iter().copied());
        let of = |namespace: &String| {
            let section = self.governance.apps.get(namespace);
            let owners = section.map(|section| &section.owners);
            let eligible = match owners.filter(|owners| !owners.is_empty()) {
                Some(owners) => named(owners),
                None if self.is_owned(namespace) => Eligible {
                    owners_of: [namespace.clone()].into(),
                    ..Eligible::default()
                },
                None if namespace == NO_NAMESPACE => return (APPLICATION.to_owned(), roles()),
                None => roles(),
            };
            (format!("{APPLICATION}:{namespace}"), eligible)
        };
        if self.namespaces.is_empty() {
            return [(APPLICATION.to_owned(), roles())].into();
        }
        self.namespaces.iter().map(of).collect()
    }

    fn is_owned(&self, namespace: &str) -> bool {
        self.directory
            .is_some_and(|of| of.is_capacity(&format!("owner-of:{namespace}")))
    }
}

/// One human who is no party to the change.
fn one(slot: String, eligible: Eligible) -> Requirement {
    Requirement {
        slot,
        eligible,
        count: 1,
        distinct_from: [Party::Author, Party::Drafter, Party::LastEditor].into(),
        human_only: true,
        reason: true,
        acknowledge: true,
        step_up: false,
        expires_after_days: Some(APPROVAL_DAYS),
    }
}

/// Owners as the configuration names them.
fn named(owners: &BTreeSet<String>) -> Eligible {
    let mut eligible = Eligible::default();
    for owner in owners {
        match owner.strip_prefix("team:") {
            Some(team) => eligible.teams.insert(team.to_owned()),
            None => eligible.roles.insert(owner.clone()),
        };
    }
    eligible
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn requirement() -> impl Strategy<Value = Requirement> {
        let roles = prop::collection::btree_set(prop::sample::select(vec!["a", "b", "c"]), 1..3);
        let days = prop::option::of(prop::sample::select(vec![1_u32, 30]));
        (
            prop::sample::select(vec!["s", "application", "application:A"]),
            roles,
            1_u32..3,
            any::<[bool; 4]>(),
            days,
        )
            .prop_map(
                |(slot, roles, count, [human_only, reason, acknowledge, step_up], days)| {
                    Requirement {
                        slot: slot.to_owned(),
                        eligible: Eligible::roles(roles),
                        count,
                        distinct_from: BTreeSet::new(),
                        human_only,
                        reason,
                        acknowledge,
                        step_up,
                        expires_after_days: days,
                    }
                },
            )
    }

    fn controls() -> impl Strategy<Value = Controls> {
        let days = || prop::option::of(1_u32..4);
        (
            prop::collection::btree_set(requirement(), 0..4),
            days(),
            days(),
        )
            .prop_map(
                |(requirements, expires_within_days, recertify_within_days)| {
                    Controls::default().join(&Controls {
                        requirements,
                        expires_within_days,
                        recertify_within_days,
                        ..Controls::default()
                    })
                },
            )
    }

    proptest! {
        #[test]
        fn the_order_of_joining_does_not_matter(a in controls(), b in controls(), c in controls()) {
            prop_assert_eq!(a.clone().join(&b), b.clone().join(&a));
            prop_assert_eq!(a.clone().join(&b).join(&c), a.clone().join(&b.clone().join(&c)));
            prop_assert_eq!(a.clone().join(&a), a.clone());
            let settled = a.clone().settled();
            prop_assert_eq!(settled.clone().settled(), settled.clone());
            for asked in &a.requirements {
                prop_assert!(settled.requirements.iter().any(|r| r.implies(asked)));
            }
        }

        #[test]
        fn a_join_asks_for_all_that_either_asks_for(a in controls(), b in controls()) {
            let joined = a.clone().join(&b);
            for asked in a.requirements.iter().chain(&b.requirements) {
                prop_assert!(joined.requirements.iter().any(|r| r.implies(asked)));
            }
        }
    }

    #[test]
    fn the_owner_of_an_application_stands_in_for_that_of_any() {
        let apps = "apps: { A: { owners: [team:a] } }";
        let governance = crate::config::parse(apps).0.governance;
        let namespaces: BTreeSet<String> = ["A".to_owned()].into();
        let nothing = BTreeSet::new();
        let asked = |namespaces| Asked {
            governance: &governance,
            directory: None,
            namespaces,
            step_up: false,
        };
        let low = asked(&namespaces).of(Tier::Constrained);
        let high = asked(&nothing).of(Tier::Human);
        let both = low.join(&high).settled().describe();
        assert_eq!(
            both,
            [
                "application:A: 1 of team:a; human; with a reason; acknowledging; for 30 days",
                "security: 1 of iam, security; human; with a reason; acknowledging; for 30 days",
            ]
        );
    }

    #[test]
    fn owners_are_those_whom_base_names() {
        let text = "iam: { owners: [team:ciso] }\napps: { A: { owners: [team:a] } }";
        let governance = crate::config::parse(text).0.governance;
        let people =
            "teams: { b: { owns: [B] } }\npeople: { bea: { issuer: i, kind: human, teams: [b] } }";
        let (directory, findings) = crate::govern::directory::read(people);
        assert_eq!(findings, []);
        let namespaces = ["A", "B", "C", "_"].map(ToOwned::to_owned).into();
        let asked = Asked {
            governance: &governance,
            directory: Some(&directory),
            namespaces: &namespaces,
            step_up: false,
        };
        let all = asked.of(Tier::Constrained).join(&asked.of_owner());
        assert_eq!(
            all.describe(),
            [
                "application:A: 1 of team:a; human; acknowledging; for 30 days",
                "application:B: 1 of owner-of:B; human; acknowledging; for 30 days",
                "application:C: 1 of application-owner; human; acknowledging; for 30 days",
            ]
        );
        let iam = asked.of(Tier::Human).join(&asked.of_iam()).settled();
        let iam = iam.describe();
        assert_eq!(
            iam.last().map(String::as_str),
            Some("security: 1 of team:ciso; human; with a reason; acknowledging; for 30 days")
        );
    }

    #[test]
    fn one_owner_who_must_be_of_the_application_is_also_an_owner() {
        let slot = |roles: &[&'static str]| Controls {
            requirements: [Requirement {
                slot: "owner".to_owned(),
                eligible: Eligible::roles(roles.iter().copied()),
                count: 1,
                distinct_from: BTreeSet::new(),
                human_only: true,
                reason: false,
                acknowledge: false,
                step_up: false,
                expires_after_days: None,
            }]
            .into(),
            ..Controls::default()
        };
        let narrow = slot(&["application-owner"]);
        let joined = slot(&["application-owner", "business-owner"]).join(&narrow);
        assert_eq!(joined, narrow);
    }
}
