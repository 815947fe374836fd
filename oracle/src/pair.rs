//! Two sets of policies over a schema, and what Cedar's public API makes of their texts.

use std::fmt;
use std::str::FromStr as _;

use cedar_policy::{PolicyId, PolicySet, ValidationMode, Validator};

use crate::model::{Environment, Schema};
use crate::policy::{self, Policy};

/// Two sets of policies over one schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Which of the run's pairs it is.
    pub number: u64,
    pub schema: Schema,
    pub base: Vec<Policy>,
    pub head: Vec<Policy>,
}

impl Pair {
    /// The kinds of request that a policy may apply to; those where the two sets differ come first.
    pub fn environments(&self) -> Vec<Environment> {
        let concerns = |policies: &[&Policy], environment: &Environment| {
            policies
                .iter()
                .any(|policy| policy.environments(&self.schema).contains(environment))
        };
        let all: Vec<&Policy> = self.base.iter().chain(&self.head).collect();
        let changed: Vec<&Policy> = all
            .iter()
            .copied()
            .filter(|policy| !self.base.contains(policy) || !self.head.contains(policy))
            .collect();
        let mut environments = self.schema.environments();
        environments.retain(|environment| concerns(&all, environment));
        environments.sort_by_key(|environment| !concerns(&changed, environment));
        environments
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "schema:\n{}\nbase:\n{}\nhead:\n{}",
            self.schema,
            policy::text(&self.base),
            policy::text(&self.head)
        )
    }
}

/// How the second set of a pair relates to the first in one kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    Equivalent,
    Wider,
    Narrower,
    Incomparable,
}

impl Relation {
    /// By whether there are requests that only head allows, and only base.
    pub fn from_witnesses(newly_allowed: bool, newly_denied: bool) -> Self {
        match (newly_allowed, newly_denied) {
            (false, false) => Self::Equivalent,
            (true, false) => Self::Wider,
            (false, true) => Self::Narrower,
            (true, true) => Self::Incomparable,
        }
    }

    /// Whether a request can be decided so, base first.
    pub fn admits(self, base: bool, head: bool) -> bool {
        match (base, head) {
            (false, true) => matches!(self, Self::Wider | Self::Incomparable),
            (true, false) => matches!(self, Self::Narrower | Self::Incomparable),
            _ => true,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equivalent => "equivalent",
            Self::Wider => "wider",
            Self::Narrower => "narrower",
            Self::Incomparable => "incomparable",
        }
    }
}

/// Cedar's validation in strict mode.
pub struct Checker(Validator);

impl Checker {
    /// `None` where Cedar refuses the schema.
    pub fn new(schema: &Schema) -> Option<Self> {
        let schema = cedar_policy::Schema::from_str(&schema.to_string()).ok()?;
        Some(Self(Validator::new(schema)))
    }

    /// Whether the policy is strictly valid.
    pub fn accepts(&self, policy: &Policy) -> bool {
        set(std::slice::from_ref(policy)).is_some_and(|set| {
            self.0
                .validate(&set, ValidationMode::Strict)
                .validation_passed()
        })
    }
}

/// A pair as Cedar's public API holds it.
pub struct Cedar {
    pub schema: cedar_policy::Schema,
    pub base: PolicySet,
    pub head: PolicySet,
    /// All policies, those of base and then those of head, each with an id of its own.
    pub policies: Vec<cedar_policy::Policy>,
}

impl Cedar {
    /// `None` where Cedar refuses the schema, or a policy does not parse or is not valid.
    pub fn new(pair: &Pair) -> Option<Self> {
        let checker = Checker::new(&pair.schema)?;
        let valid = |policy| checker.accepts(policy);
        if !pair.base.iter().chain(&pair.head).all(valid) {
            return None;
        }
        let all = pair.base.iter().chain(&pair.head).enumerate();
        Some(Self {
            policies: all.map(parsed).collect::<Option<_>>()?,
            base: set(&pair.base)?,
            head: set(&pair.head)?,
            schema: checker.0.schema().clone(),
        })
    }
}

/// Policies with their positions for ids.
fn set(policies: &[Policy]) -> Option<PolicySet> {
    let policies: Option<Vec<_>> = policies.iter().enumerate().map(parsed).collect();
    PolicySet::from_policies(policies?).ok()
}

fn parsed((position, policy): (usize, &Policy)) -> Option<cedar_policy::Policy> {
    let id = PolicyId::new(format!("policy{position}"));
    cedar_policy::Policy::parse(Some(id), policy.to_string()).ok()
}
