//! At run time: what a request that is allowed must wait for, and who has approved it.
//!
//! The classes that tiers go by give a third answer beside allow and deny. An action that people must look at before it
//! is granted to anybody needs somebody at each request too: of a human principal a second proof, of any other a human's
//! approval. `@approval` asks for more by name, and `@approval("none")` for none, which to add is to lower a class.
//!
//! An approval is a DSSE envelope over an in-toto statement that binds one request, by its digest, to one person, one
//! kind and an end. The digest covers who, what, on what, the context and what the policies say; the time is none of it.

pub mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::canonical::Digest;
use super::directory::{Directory, Kind, Person};
use super::envelope::{Envelope, Purpose, statement_of};
use super::gate::matching::{Slot, matching};
use crate::config::Governance;
use crate::config::governance::namespace;
use crate::config::words::shown;
use crate::facts::Entity;
use crate::schema::PrincipalKind;
use crate::tier::controls::Asked;
use crate::tier::{Eligible, Fact, Tier, Words, factors};
use crate::time::Instant;

/// The kind of approval that is a second proof by the principal itself.
pub const STEP_UP: &str = "step_up";

/// The kind of approval that a human other than the principal gives.
pub const HUMAN: &str = "human";

/// The role of what vouches for second proofs of those whom the directory does not have, as an identity provider.
pub const STEP_UP_ROLE: &str = "step-up";

/// An approval is for a request that is made now, and not for a standing right.
pub const MOST_MINUTES: i64 = 24 * 60;

/// A request, and on whose behalf it is made.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthorizationRequest {
    /// Whoever makes it and then those on whose behalf, each of whom needs the permission.
    pub hops: Vec<Hop>,
    /// What is to be done.
    pub action: Entity,
    /// On what.
    pub resource: Entity,
    /// Entities in Cedar's JSON form, in the place of the bundle's.
    pub entities: Option<Value>,
    /// Which gateway or deployment asks, where approvals are for one alone.
    pub audience: Option<String>,
}

/// One who needs the permission.
#[derive(Debug, Clone, PartialEq)]
pub struct Hop {
    /// Who.
    pub principal: Entity,
    /// The context, in Cedar's JSON form.
    pub context: Value,
}

/// The answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// It may be done.
    Allow,
    /// It may be done once what is required is there.
    ApprovalRequired,
    /// It must not be done.
    Deny,
}

impl Decision {
    /// The name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::ApprovalRequired => "approval_required",
            Self::Deny => "deny",
        }
    }
}

/// The answer with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Authorization {
    /// The answer.
    pub decision: Decision,
    /// What approvals bind.
    pub request: Digest,
    /// The request in words: principal, action and resource.
    pub label: String,
    /// What each hop came to, in their order.
    pub hops: Vec<OfHop>,
    /// What an allowed request must wait for, sorted by kind and hop.
    pub requires: Vec<Required>,
    /// Approvals that do not count, by their number, and why.
    pub discounted: Vec<(usize, String)>,
    /// What whoever reads the answer should know beside it, a sentence each.
    pub notes: Vec<String>,
}

/// What one hop came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfHop {
    /// Who.
    pub principal: Entity,
    /// Whether policies allow it.
    pub allowed: bool,
    /// The determining policies, sorted.
    pub determining: Vec<String>,
    /// Policies that failed to evaluate, and why, sorted.
    pub errors: Vec<(String, String)>,
}

/// An approval that a request needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Required {
    /// Its kind: `step_up`, `human`, or what `@approval` names.
    pub kind: String,
    /// Whose permission needs it; the first where that of several does.
    pub principal: Entity,
    /// Why, and where that comes from.
    pub because: Vec<Fact>,
    /// Who could give it, as roles, `team:` and `owner-of:`; `principal` for the principal itself. Nobody can where the
    /// floor of the action is `blocked`, or where it is in doubt who the principal is.
    pub eligible: Vec<String>,
    /// Who gave it, and the digest of the signed payload.
    pub met_by: Option<(String, Digest)>,
}

/// What an approver signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Who, by the name in the directory.
    pub person: String,
    /// Who vouches for the identity.
    pub issuer: String,
    /// Which kind of approval.
    pub kind: String,
    /// When.
    pub time: Instant,
    /// Until when it counts.
    pub expires: Instant,
    /// Why.
    pub reason: Option<String>,
}

impl AuthorizationRequest {
    /// The digest that approvals bind, under policies with this semantic digest.
    pub fn digest(&self, policies: Digest) -> Digest {
        let hops: Vec<Value> = (self.hops.iter())
            .map(|hop| json!({ "principal": hop.principal.to_string(), "context": exact(&hop.context) }))
            .collect();
        Digest::of_json(&json!({
            "hops": hops,
            "action": self.action.to_string(),
            "resource": self.resource.to_string(),
            "entities": self.entities.as_ref().map(exact),
            "audience": self.audience,
            "policies": policies.to_string(),
        }))
    }

    /// Who does what on what.
    pub fn label(&self) -> String {
        let who: Vec<String> = self
            .hops
            .iter()
            .map(|hop| hop.principal.to_string())
            .collect();
        format!("{}, {}, {}", who.join(" for "), self.action, self.resource)
    }
}

/// A value as a text that differs where the value does: RFC 8785 would round large numbers.
fn exact(value: &Value) -> String {
    let mut value = value.clone();
    value.sort_all_objects();
    value.to_string()
}

impl Terms {
    /// The payload of the statement by which this is said of a request.
    pub fn payload(&self, label: &str, request: &Digest) -> Vec<u8> {
        let predicate = json!({
            "request": { "id": label, "digest": request.to_string() },
            "circumstances": null,
            "decision": {
                "person": self.person,
                "issuer": self.issuer,
                "kind": self.kind,
                "time": self.time.to_string(),
                "expires": self.expires.to_string(),
                "reason": self.reason,
            },
        });
        statement_of(Purpose::Request, (label, request), &predicate)
    }

    fn read(decision: &Value) -> Option<Self> {
        let text = |key: &str| decision.get(key)?.as_str().map(str::to_owned);
        let time = |key: &str| Instant::parse(&text(key)?);
        Some(Self {
            person: text("person")?,
            issuer: text("issuer")?,
            kind: text("kind")?,
            time: time("time")?,
            expires: time("expires")?,
            reason: text("reason"),
        })
    }
}

/// How the classes of a bundle are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Classes<'a> {
    pub(crate) words: Words<'a>,
    /// Whether an action without a class needs nothing: the bundle classifies nothing at all, and need not.
    pub(crate) unclassified_passes: bool,
}

/// What one hop of an allowed request needs, by the classes of the bundle.
pub(crate) fn needs(
    classes: Classes<'_>,
    directory: Option<&Directory>,
    principal: &Entity,
    (action, resource): (&Entity, &Entity),
) -> Vec<Required> {
    let words = classes.words;
    let unknown = words.unknown(&principal.ty, action, &resource.ty);
    let class = words.action(action).unwrap_or_default();
    let who = words.principal(&principal.ty).flatten();
    let is_human = who == Some(PrincipalKind::Human);
    let mut needed: Vec<(String, Vec<Fact>)> = Vec::new();
    // A machine has no second proof: a human answers for it.
    let kinds: BTreeSet<&str> = (class.approvals.iter())
        .map(String::as_str)
        .map(|kind| {
            if kind == STEP_UP && !is_human {
                HUMAN
            } else {
                kind
            }
        })
        .collect();
    for kind in kinds {
        needed.push((kind.to_owned(), class.facts.iter().cloned().collect()));
    }
    let for_people: Vec<(&str, Tier, Option<String>)> = (class.factors())
        .filter(|id| !(classes.unclassified_passes && *id == "action.unclassified"))
        .map(|id| {
            let (floor, section) = floor(words.governance, action, id);
            (id, floor, section)
        })
        .filter(|(_, floor, _)| *floor >= Tier::Human)
        .collect();
    // What is blocked nobody can approve, and nothing waives that.
    let is_blocked = for_people
        .iter()
        .any(|(_, floor, _)| *floor >= Tier::Blocked);
    // Nor does it waive what a section raised.
    let is_raised = for_people.iter().any(|(_, _, section)| section.is_some());
    let is_waived = class.is_waived
        && class.approvals.is_empty()
        && unknown.is_empty()
        && !is_raised
        && !is_blocked;
    if !for_people.is_empty() && !is_waived {
        let kind = if is_human { STEP_UP } else { HUMAN };
        let mut because: Vec<Fact> = class.facts.iter().cloned().collect();
        because.extend(for_people.into_iter().map(|(id, tier, section)| Fact {
            fact: format!("`{id}` of `{action}` is for tier `{}`", tier.as_str()),
            source: section.unwrap_or_else(|| "`builtin`".to_owned()),
        }));
        because.push(Fact {
            fact: match who {
                Some(kind) => format!("`{}` stands for {}", principal.ty, kind.as_str()),
                None => format!("nobody says whom `{}` stands for", principal.ty),
            },
            source: "`@principal_kind` or `iam.principals` of the bundle".to_owned(),
        });
        match needed.iter_mut().find(|(known, _)| known == kind) {
            Some((_, facts)) => facts.extend(because),
            None => needed.push((kind.to_owned(), because)),
        }
    }
    // Where a class is not known, nobody knows what a second proof is enough for.
    if !unknown.is_empty() {
        match needed.iter_mut().find(|(known, _)| known == HUMAN) {
            Some((_, facts)) => facts.extend(unknown),
            None => needed.push((HUMAN.to_owned(), unknown.into_iter().collect())),
        }
    }
    for (_, because) in &mut needed {
        because.sort();
        because.dedup();
    }
    needed.sort();
    let eligible = approvers(words.governance, directory, action);
    needed
        .into_iter()
        .map(|(kind, because)| Required {
            eligible: match kind == STEP_UP {
                _ if is_blocked => Vec::new(),
                true => who_steps_up(directory, principal),
                false => eligible.capacities().collect(),
            },
            kind,
            principal: principal.clone(),
            because,
            met_by: None,
        })
        .collect()
}

/// Whoever could approve that somebody may do this for good can approve that it is done once.
pub(crate) fn approvers(
    governance: &Governance,
    directory: Option<&Directory>,
    action: &Entity,
) -> Eligible {
    let namespaces: BTreeSet<String> = [namespace(&action.to_string()).to_owned()].into();
    let asked = Asked {
        governance,
        directory,
        namespaces: &namespaces,
        step_up: false,
    };
    let mut eligible = Eligible::default();
    for requirement in asked.of(Tier::Constrained).requirements {
        eligible.extend(requirement.eligible);
    }
    eligible
}

/// The least tier of a factor about an action, and the section that raises it.
fn floor(governance: &Governance, action: &Entity, id: &'static str) -> (Tier, Option<String>) {
    let own = factors::find(id).map_or(Tier::Human, |factor| factor.floor);
    let app = governance.app_of(&action.to_string());
    let sections = std::iter::once(("iam", &governance.iam)).chain(app);
    let mut best = (own, None);
    for (name, section) in sections {
        if let Some(floor) = section.floors.get(id).filter(|floor| **floor > best.0) {
            let name = if name == "iam" {
                name.to_owned()
            } else {
                format!("apps.{name}")
            };
            best = (*floor, Some(format!("`{name}` of the bundle")));
        }
    }
    best
}

/// Puts approvals to what is required: each person gives one.
pub(crate) fn judge(
    authorization: &mut Authorization,
    approvals: &[Envelope],
    directory: &Directory,
    eligible: &Eligible,
    as_of: Instant,
) {
    let mut good: Vec<(usize, Terms, &Person)> = Vec::new();
    for (number, envelope) in approvals.iter().enumerate() {
        match verified(authorization, envelope, directory, as_of) {
            Ok((terms, person)) => good.push((number, terms, person)),
            Err(why) => authorization.discounted.push((number, why)),
        }
    }
    let mut people: Vec<&str> = good
        .iter()
        .map(|(_, terms, _)| terms.person.as_str())
        .collect();
    people.sort_unstable();
    people.dedup();
    let principals: Vec<&Entity> = authorization
        .hops
        .iter()
        .map(|hop| &hop.principal)
        .collect();
    let may = |required: &Required, terms: &Terms, person: &Person| {
        terms.kind == required.kind
            && !required.eligible.is_empty()
            && match terms.kind == STEP_UP {
                true => steps_up(directory, required, terms, person),
                false => {
                    person.kind == Kind::Human
                        && !principals
                            .iter()
                            .any(|of| is_like(person, &terms.person, of))
                        && directory.is_eligible(person, eligible)
                }
            }
    };
    // A second proof is no second person: whoever vouches for several principals does so for each.
    let takes_a_person = |required: &Required| required.kind != STEP_UP;
    let mut used = BTreeSet::new();
    let slots: Vec<Slot> = (authorization.requires.iter())
        .map(|required| Slot {
            count: usize::from(takes_a_person(required)),
            eligible: (good.iter())
                .filter(|(_, terms, person)| may(required, terms, person))
                .filter_map(|(_, terms, _)| people.binary_search(&terms.person.as_str()).ok())
                .collect::<BTreeSet<usize>>()
                .into_iter()
                .collect(),
        })
        .collect();
    let filled = matching(&slots, people.len());
    let mut met: Vec<Option<(String, Digest)>> = Vec::new();
    for (required, filled) in authorization.requires.iter().zip(&filled) {
        let by = filled.first().and_then(|person| people.get(*person));
        let given = good.iter().find(|(_, terms, person)| {
            may(required, terms, person)
                && (!takes_a_person(required) || by == Some(&terms.person.as_str()))
        });
        met.push(given.and_then(|(number, terms, _)| {
            used.insert(*number);
            Some((terms.person.clone(), approvals.get(*number)?.digest()))
        }));
    }
    for (number, terms, person) in &good {
        if !used.contains(number) {
            let why = unused(authorization, terms, person, &may);
            authorization.discounted.push((*number, why));
        }
    }
    authorization.discounted.sort();
    for (required, by) in authorization.requires.iter_mut().zip(met) {
        required.met_by = by;
    }
    let is_open = authorization
        .requires
        .iter()
        .any(|required| required.met_by.is_none());
    if authorization.decision != Decision::Deny && is_open {
        authorization.decision = Decision::ApprovalRequired;
    }
}

/// What an envelope proves about this request now.
fn verified<'d>(
    authorization: &Authorization,
    envelope: &Envelope,
    directory: &'d Directory,
    as_of: Instant,
) -> Result<(Terms, &'d Person), String> {
    let claimed = serde_json::from_slice::<Value>(&envelope.payload).ok();
    let claimed = (claimed.as_ref())
        .and_then(|value| Terms::read(value.pointer("/predicate/decision")?))
        .ok_or("what was signed is no approval of a request")?;
    let person = (directory.people.get(&claimed.person))
        .filter(|person| person.issuer == claimed.issuer)
        .ok_or_else(|| format!("{} is not in the directory", shown(&claimed.person)))?;
    let statement =
        (envelope.verify(person, Purpose::Request)).map_err(|flaw| flaw.message().to_owned())?;
    let request = authorization.request.to_string();
    if statement.change.get("digest").and_then(Value::as_str) != Some(&request) {
        return Err("it is for another request, or for other policies".to_owned());
    }
    if !person.is_active(as_of) {
        return Err(format!("`{}` is not there any more", claimed.person));
    }
    if !person.kind.can_approve() {
        return Err(format!(
            "`{}` never approves: it is a {}",
            claimed.person,
            person.kind.as_str()
        ));
    }
    if claimed.time > as_of {
        return Err(format!(
            "it was given at {}, which is still to come",
            claimed.time
        ));
    }
    if claimed.expires <= as_of {
        return Err(format!("it ended at {}", claimed.expires));
    }
    let latest = claimed.time.plus_minutes(MOST_MINUTES);
    if latest.is_none_or(|latest| claimed.expires > latest) {
        return Err(format!("it is for more than {} hours", MOST_MINUTES / 60));
    }
    Ok((claimed, person))
}

/// Why an approval that proves what it says fills nothing.
fn unused(
    authorization: &Authorization,
    terms: &Terms,
    person: &Person,
    may: &dyn Fn(&Required, &Terms, &Person) -> bool,
) -> String {
    let mut of_kind =
        (authorization.requires.iter()).filter(|required| required.kind == terms.kind);
    let is_hop =
        (authorization.hops.iter()).any(|hop| is_like(person, &terms.person, &hop.principal));
    if of_kind.clone().next().is_none() {
        format!("the request needs no approval {}", shown(&terms.kind))
    } else if of_kind.any(|required| may(required, terms, person)) {
        format!("`{}` or somebody else has given this already", terms.person)
    } else if is_hop && terms.kind != STEP_UP {
        format!(
            "`{}` makes the request, and nobody approves their own",
            terms.person
        )
    } else {
        format!(
            "`{}` is not among those who can give `{}`",
            terms.person, terms.kind
        )
    }
}

/// Whose a principal is in the directory.
enum Identity<'d> {
    /// Nobody's: a second proof is for a service that vouches for such.
    Unknown,
    /// This person's, by name.
    One(&'d str),
    /// It could be somebody's and is not written as their name or subject, or it could be that of several.
    InDoubt,
}

fn identity<'d>(directory: &'d Directory, principal: &Entity) -> Identity<'d> {
    let mut like = (directory.people.iter()).filter(|(name, of)| is_like(of, name, principal));
    match (like.next(), like.next()) {
        (None, _) => Identity::Unknown,
        (Some((name, person)), None) if principal.id == *name || principal.id == person.subject => {
            Identity::One(name)
        }
        _ => Identity::InDoubt,
    }
}

fn who_steps_up(directory: Option<&Directory>, principal: &Entity) -> Vec<String> {
    match directory.map(|directory| identity(directory, principal)) {
        None | Some(Identity::Unknown) => vec![STEP_UP_ROLE.to_owned()],
        Some(Identity::One(_)) => vec!["principal".to_owned()],
        Some(Identity::InDoubt) => Vec::new(),
    }
}

/// Whether somebody can give a principal's second proof.
fn steps_up(directory: &Directory, required: &Required, terms: &Terms, person: &Person) -> bool {
    match identity(directory, &required.principal) {
        Identity::Unknown => {
            person.kind == Kind::Service && directory.has_role(person, STEP_UP_ROLE)
        }
        Identity::One(name) => person.kind == Kind::Human && name == terms.person,
        Identity::InDoubt => false,
    }
}

/// Whether an entity could be this person.
fn is_like(person: &Person, name: &str, entity: &Entity) -> bool {
    let id = entity.id.to_lowercase();
    id == name.to_lowercase() || id == person.subject.to_lowercase()
}
