//! What a change newly allows, class by class: through which policy, and what binds it.
//!
//! A class is a kind of request and a permit of head through which some request of that kind is allowed that was
//! not. Whether conditions bind the principal or the resource is read from them and then proved: without the
//! conditions that bind, the permit must apply to more. What cannot be shown counts as unbound.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::across::Cross;
use super::compare::{Work, compare_and};
use super::dormant::{Dormant, dormant};
use super::ground::{About, Ask, Asking, Ground};
use super::memo::Memo;
use super::production::Production;
use super::relied::{Relied, relied};
use super::side::{Located, Side};
use super::{Change, Effect, Kind, On, Options, Relation};
use crate::analysis::reads;
use crate::analysis::stranger::{self, Subject};
use crate::facts::{
    BinaryOp, ClauseKind, Expr, ExprKind, Literal, PatternElement, Policy, UnaryOp, Var, conjuncts,
};
use crate::prove::{Answer, Bound, Witness};
use crate::schema::{Environment, Schema};

/// How something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// Proved, with an example that Cedar's evaluator confirmed.
    Proved,
    /// True of more than may be concerned.
    Over,
    /// Undecided.
    Unknown,
}

/// A newly allowed class of requests.
#[derive(Debug, Clone)]
pub(crate) struct Class {
    /// Its kind of request, by its place in [`Change::environments`].
    pub(crate) environment: usize,
    /// The permit; `None` where what makes the difference is no permit.
    pub(crate) policy: Option<Through>,
    /// Whether it comes of the schema alone: the policy says what it said.
    pub(crate) by_schema: bool,
    /// How it is known that anything is newly allowed.
    pub(crate) known: Known,
    /// How far conditions bind the principal.
    pub(crate) principal: Reach,
    /// How far they bind the resource.
    pub(crate) resource: Reach,
    /// Whether neither the scope nor a condition names actions.
    pub(crate) is_action_open: bool,
    /// The fields of the context that the permit rests on, by their names behind `context`, sorted.
    pub(crate) rests_on: Vec<(Vec<String>, Known)>,
    /// What of it is of production: in words.
    pub(crate) production: Vec<(String, Known)>,
    /// Limits of the action that were not proved to hold, as the classification has them.
    pub(crate) unlimited: Vec<(String, Known)>,
}

/// The permit of a class.
#[derive(Debug, Clone)]
pub(crate) struct Through {
    /// What it is called.
    pub(crate) name: Arc<str>,
    /// Its place in the policies of head.
    pub(crate) written: usize,
    /// Where it stands.
    pub(crate) at: Located,
}

/// How far a permit binds a principal or a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// To some: the scope names an entity, or a condition was proved to leave some out.
    Bound,
    /// Not at all.
    All(Known),
}

/// A forbid of base that head does not keep in full.
#[derive(Debug, Clone)]
pub(crate) struct Weakened {
    /// What it is called.
    pub(crate) name: Arc<str>,
    /// Where base has it.
    pub(crate) at: Option<Located>,
    /// The first kind of request in which it no longer applies to all.
    pub(crate) environment: Option<Arc<str>>,
    /// How that is known.
    pub(crate) known: Known,
    /// Such a request.
    pub(crate) witness: Option<Witness>,
}

/// What was found beside the change.
#[derive(Debug, Default)]
pub(crate) struct Probed {
    pub(crate) classes: Vec<Class>,
    pub(crate) weakened: Vec<Weakened>,
    pub(crate) dormant: Vec<Dormant>,
    /// What people rely on.
    pub(crate) relied: Relied,
}

/// The limits of an action, by its name.
pub(crate) type Limits<'l> = &'l dyn Fn(&str) -> Vec<String>;

/// Compares, and finds out of what is newly allowed what it is bound by.
pub(crate) fn probe(
    base: &Side<'_>,
    head: &Side<'_>,
    options: &Options,
    limits: Limits<'_>,
    memo: &mut Memo,
) -> (Change, Probed) {
    compare_and(base, head, options, memo, |work, change| {
        let mut probed = Probed::default();
        for number in 0..change.environments.len() {
            classes(work, change, number, limits, &mut probed.classes);
        }
        weakened(work, change, &mut probed.weakened);
        probed.dormant = dormant(work, change);
        probed.relied = relied(work, change, &probed.weakened);
        probed
    })
}

fn classes(
    work: &mut Work<'_>,
    change: &Change,
    number: usize,
    limits: Limits<'_>,
    out: &mut Vec<Class>,
) {
    let Some(of) = change.environments.get(number) else {
        return;
    };
    let widened = matches!(
        of.relation,
        Relation::Wider | Relation::Incomparable | Relation::Unknown
    );
    if !widened {
        return;
    }
    let (base, head) = (work.base, work.head);
    let environment = &of.environment;
    if of.on == On::Base {
        if of.relation == Relation::Unknown {
            out.push(nothing_known(number));
        }
        return;
    }
    let Some((ground, schema, own, _)) = work.shared(number) else {
        out.push(nothing_known(number));
        return;
    };
    let before = match of.on {
        On::Head => Ok(Vec::new()),
        _ => ground.about(base, own),
    };
    let (Ok(before), Ok(after)) = (before, ground.about(head, schema)) else {
        out.push(nothing_known(number));
        return;
    };
    let forbids: Vec<About> = of_effect(&after, Effect::Forbid);
    let asked = Asked {
        number,
        environment,
        schema,
        head,
        limits,
        production: Production::new([base.settings, head.settings]),
        forbids: &forbids,
        before: &before,
    };
    let first = out.len();
    let old: BTreeSet<_> = before.iter().map(|policy| &policy.key).collect();
    let permits = (after.iter()).filter(|policy| policy.bound.parsed.policy.is_permit());
    {
        for policy in permits {
            let is_new = !old.contains(&policy.key);
            if !is_new && !of.schema_changed {
                continue;
            }
            let known = match shows(of, &policy.name) {
                true => Some(Known::Proved),
                false => {
                    let Some((ground, asking)) = work.ground(number) else {
                        continue;
                    };
                    let known = is_new
                        .then(|| contributes(ground, policy, &forbids, &before, asking))
                        .flatten();
                    match known {
                        Some(Known::Proved) => known,
                        _ => by_the_types(work, number, policy, &forbids).or(known),
                    }
                }
            };
            let Some(known) = known else { continue };
            let was = base.members.iter().any(|member| member.key == policy.key);
            let Some((ground, asking)) = work.ground(number) else {
                continue;
            };
            out.push(asked.class(ground, policy, known, was, asking));
        }
    }
    if out.len() == first {
        let known = match of.relation {
            Relation::Unknown => Known::Unknown,
            _ => Known::Proved,
        };
        out.push(Class {
            known,
            ..nothing_known(number)
        });
    }
}

const fn nothing_known(environment: usize) -> Class {
    Class {
        environment,
        policy: None,
        by_schema: false,
        known: Known::Unknown,
        principal: Reach::All(Known::Unknown),
        resource: Reach::All(Known::Unknown),
        is_action_open: false,
        rests_on: Vec::new(),
        production: Vec::new(),
        unlimited: Vec::new(),
    }
}

/// Whether the request that base denied and head allows is allowed through this permit.
fn shows(of: &super::EnvironmentChange, permit: &Arc<str>) -> bool {
    let head = (of.newly_allowed.as_ref()).and_then(|example| example.head.as_ref());
    head.is_some_and(|head| head.determining.contains(permit))
}

/// Whether some request that base denied is allowed through this permit.
fn contributes(
    ground: &mut Ground<'_>,
    policy: &About,
    forbids: &[About],
    before: &[About],
    asking: &mut Asking<'_>,
) -> Option<Known> {
    let with_forbids: Vec<About> = std::iter::once(policy)
        .chain(forbids)
        .map(About::copy)
        .collect();
    match ask(ground, Ask::AllowedOnlyBy(&with_forbids, before), asking) {
        Some(Answer::No) => None,
        Some(Answer::Yes(_)) => Some(Known::Proved),
        Some(Answer::Unknown(_)) | None => Some(Known::Unknown),
    }
}

/// The answer to one question; `None` where nothing can be proved of a policy.
fn ask(ground: &mut Ground<'_>, question: Ask<'_>, asking: &mut Asking<'_>) -> Option<Answer> {
    let [answer] = ground.ask([question], asking).ok()?;
    Some(answer)
}

fn of_effect(policies: &[About], effect: Effect) -> Vec<About> {
    let of = |policy: &&About| policy.bound.parsed.policy.effect.value == effect;
    policies.iter().filter(of).map(About::copy).collect()
}

/// Whether some request that base denied or refused, by its own types, is allowed through this permit.
fn by_the_types(
    work: &mut Work<'_>,
    number: usize,
    policy: &About,
    forbids: &[About],
) -> Option<Known> {
    let base = work.base;
    let (mut sides, asking) = work.sides(number)?;
    let with_forbids: Vec<About> = std::iter::once(policy)
        .chain(forbids)
        .map(About::copy)
        .collect();
    let Ok(before) = sides.base.about(base, sides.base.schemas().0) else {
        return Some(Known::Unknown);
    };
    match sides.ask(Cross::NewlyAllowed(&with_forbids, &before), asking) {
        Ok(None) => None,
        Ok(Some(_)) => Some(Known::Proved),
        Err(_) => Some(Known::Unknown),
    }
}

/// One kind of request of one comparison.
struct Asked<'a> {
    number: usize,
    environment: &'a Environment,
    schema: &'a Schema,
    head: &'a Side<'a>,
    limits: Limits<'a>,
    production: Production,
    /// The forbids of head in this kind of request.
    forbids: &'a [About],
    /// The policies of base in this kind of request.
    before: &'a [About],
}

impl Asked<'_> {
    fn class(
        &self,
        ground: &mut Ground<'_>,
        policy: &About,
        known: Known,
        by_schema: bool,
        asking: &mut Asking<'_>,
    ) -> Class {
        let says = &policy.bound.parsed.policy;
        let through = self
            .head
            .members
            .iter()
            .find(|member| member.name == policy.name)
            .map(|member| Through {
                name: Arc::clone(&policy.name),
                written: member.written,
                at: member.at.clone(),
            });
        let context = (self.schema.actions.get(&self.environment.action)).map(|of| &of.context);
        let mut fields: BTreeSet<Vec<String>> = BTreeSet::new();
        for clause in &says.clauses {
            for read in reads::of_context(&clause.body) {
                fields.extend(context.map_or_else(Vec::new, |of| reads::fields(of, &read.path)));
            }
        }
        let rests_on = fields
            .into_iter()
            .filter_map(|field| {
                let mentions = |expr: &Expr| {
                    (reads::of_context(expr).iter())
                        .any(|read| read.path.iter().zip(&field).all(|(a, b)| a == b))
                };
                match self.without(ground, policy, None, &mentions, asking) {
                    Answer::No => None,
                    Answer::Yes(_) => Some((field, Known::Proved)),
                    Answer::Unknown(_) => Some((field, Known::Unknown)),
                }
            })
            .collect();
        let limits = (self.limits)(&self.environment.action.to_string());
        let unlimited = limits
            .into_iter()
            .filter_map(|limit| {
                let known = self.exceeds(ground, policy, &limit, asking)?;
                Some((limit, known))
            })
            .collect();
        Class {
            environment: self.number,
            policy: through,
            by_schema,
            known,
            principal: self.reach(ground, policy, Var::Principal, asking),
            resource: self.reach(ground, policy, Var::Resource, asking),
            is_action_open: says.action.value == crate::facts::ActionConstraint::Any
                && !binds(says, Var::Action),
            rests_on,
            production: self.of_production(ground, policy, by_schema, asking),
            unlimited,
        }
    }

    /// How far the policy binds a variable.
    fn reach(
        &self,
        ground: &mut Ground<'_>,
        policy: &About,
        var: Var,
        asking: &mut Asking<'_>,
    ) -> Reach {
        let says = &policy.bound.parsed.policy;
        let constraint = match var {
            Var::Resource => &says.resource.value,
            _ => &says.principal.value,
        };
        if constraint.entity_or_slot().is_some() {
            return Reach::Bound;
        }
        let subject = Subject::of(var, self.environment);
        if !binds(says, var) || !stranger::leaves_out(says, self.schema, &subject) {
            return Reach::All(Known::Over);
        }
        let mentions = |expr: &Expr| expr.any(&mut |part| is_var(part, var));
        match self.without(ground, policy, Some(var), &mentions, asking) {
            Answer::Yes(_) => Reach::Bound,
            Answer::No => Reach::All(Known::Proved),
            Answer::Unknown(_) => Reach::All(Known::Unknown),
        }
    }

    /// What of production is newly allowed through the policy.
    fn of_production(
        &self,
        ground: &mut Ground<'_>,
        policy: &About,
        by_schema: bool,
        asking: &mut Asking<'_>,
    ) -> Vec<(String, Known)> {
        let says = &policy.bound.parsed.policy;
        let conditions = (self.production).conditions(says, self.schema, self.environment);
        let Some(own) = self.relaxed(policy, None, &|_| false) else {
            return Vec::new();
        };
        let own = own.trim_end_matches(';');
        let mut found = Vec::new();
        for condition in conditions {
            let text = format!("{own} when {{ {} }};", condition.text);
            let known = match self.policy(&text) {
                None => Some(Known::Unknown),
                Some(narrowed) if by_schema => {
                    match ask(ground, Ask::AppliesBeyond(&narrowed, &[]), asking) {
                        Some(Answer::No) => None,
                        Some(Answer::Yes(_)) => Some(Known::Over),
                        Some(Answer::Unknown(_)) | None => Some(Known::Unknown),
                    }
                }
                Some(narrowed) => contributes(ground, &narrowed, self.forbids, self.before, asking),
            };
            found.extend(known.map(|known| (condition.what, known)));
        }
        found
    }

    /// Whether the policy applies to more without the conditions that mention something.
    fn without(
        &self,
        ground: &mut Ground<'_>,
        policy: &About,
        open: Option<Var>,
        mentions: &dyn Fn(&Expr) -> bool,
        asking: &mut Asking<'_>,
    ) -> Answer {
        let undecided = || Answer::Unknown(crate::prove::Why::NotValid);
        let Some(text) = self.relaxed(policy, open, mentions) else {
            return undecided();
        };
        let Some(relaxed) = self.policy(&text) else {
            return undecided();
        };
        let own = std::slice::from_ref(policy);
        ask(ground, Ask::AppliesBeyond(&relaxed, own), asking).unwrap_or_else(undecided)
    }

    /// How it is known that the policy may apply beyond a limit; `None` where it was proved not to.
    fn exceeds(
        &self,
        ground: &mut Ground<'_>,
        policy: &About,
        limit: &str,
        asking: &mut Asking<'_>,
    ) -> Option<Known> {
        let field: String = limit
            .trim()
            .strip_prefix("context.")
            .unwrap_or_default()
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
            .collect();
        let scope = self.scope();
        let texts = [
            format!("permit({scope}) when {{ {limit} }};"),
            format!("permit({scope}) when {{ context has {field} && ({limit}) }};"),
        ];
        for text in texts {
            let Some(within) = self.policy(&text) else {
                continue;
            };
            let question = Ask::AppliesBeyond(policy, std::slice::from_ref(&within));
            let Some(answer) = ask(ground, question, asking) else {
                continue;
            };
            return match answer {
                Answer::No => None,
                Answer::Yes(_) => Some(Known::Proved),
                Answer::Unknown(_) => Some(Known::Unknown),
            };
        }
        Some(Known::Unknown)
    }

    fn scope(&self) -> String {
        let Environment {
            principal,
            action,
            resource,
            ..
        } = self.environment;
        format!("principal is {principal}, action == {action}, resource is {resource}")
    }

    /// The text of the policy without the conditions that mention something, and with an open scope there.
    fn relaxed(
        &self,
        policy: &About,
        open: Option<Var>,
        mentions: &dyn Fn(&Expr) -> bool,
    ) -> Option<String> {
        let says: &Policy = &policy.bound.parsed.policy;
        let (principal, resource) = policy
            .bound
            .link
            .as_ref()
            .map_or((None, None), crate::cedar::links::Link::entities);
        let part = |var: Var, span, ty: &str, value: Option<crate::facts::Entity>| {
            if open == Some(var) {
                return Some(format!("{} is {ty}", var.as_str()));
            }
            let text = says.at(span);
            let slot = format!("?{}", var.as_str());
            if !text.contains(&slot) {
                return Some(text.to_owned());
            }
            Some(text.replace(&slot, &value?.to_string()))
        };
        let of = self.environment;
        let mut out = format!(
            "permit({}, action == {}, {})",
            part(
                Var::Principal,
                says.principal.span,
                &of.principal,
                principal
            )?,
            of.action,
            part(Var::Resource, says.resource.span, &of.resource, resource)?
        );
        for clause in &says.clauses {
            match clause.kind {
                ClauseKind::When => {
                    for conjunct in conjuncts(&clause.body) {
                        if !mentions(conjunct) {
                            out.push_str(&format!(" when {{ {} }}", says.at(conjunct.outer)));
                        }
                    }
                }
                ClauseKind::Unless if !mentions(&clause.body) => {
                    out.push_str(&format!(" unless {{ {} }}", says.at(clause.body.outer)));
                }
                ClauseKind::Unless => {}
            }
        }
        out.push(';');
        Some(out)
    }

    fn policy(&self, text: &str) -> Option<About> {
        let parsed = crate::cedar::parse::parse(&Arc::from(text)).ok()?;
        let key = crate::encode::digest("asked for", |nodes| {
            nodes.bytes("policy", &parsed.policy.canonical);
        });
        Some(About {
            name: "asked for".into(),
            bound: Bound { parsed, link: None },
            key,
        })
    }
}

const fn is_var(expr: &Expr, var: Var) -> bool {
    matches!(&expr.kind, ExprKind::Var(of) if *of as u8 == var as u8)
}

/// Whether the conditions leave some values of a variable out, as far as their form tells.
pub(crate) fn binds(policy: &Policy, var: Var) -> bool {
    policy.clauses.iter().any(|clause| {
        let outcome = clause.kind == ClauseKind::When;
        binding(&clause.body, outcome, var)
    })
}

/// Whether an expression can have an outcome for some values of a variable only. What merely leaves single values
/// out does not bind.
fn binding(expr: &Expr, outcome: bool, var: Var) -> bool {
    let mentions = |expr: &Expr| expr.any(&mut |part| is_var(part, var));
    match &expr.kind {
        ExprKind::And(items) | ExprKind::Or(items) => {
            let mut each = items.iter().map(|item| binding(item, outcome, var));
            match matches!(expr.kind, ExprKind::And(_)) == outcome {
                true => each.any(|binds| binds),
                false => each.all(|binds| binds),
            }
        }
        ExprKind::Unary(UnaryOp::Not, of) => binding(of, !outcome, var),
        ExprKind::If(test, yes, no) => {
            (binding(test, true, var) || binding(yes, outcome, var))
                && (binding(test, false, var) || binding(no, outcome, var))
        }
        ExprKind::Literal(Literal::Bool(value)) => *value != outcome,
        ExprKind::Binary(op, left, right) => {
            let (left_does, right_does) = (mentions(left), mentions(right));
            if !left_does && !right_does || left.same(right) {
                return false;
            }
            match op {
                BinaryOp::Eq => outcome,
                BinaryOp::NotEq => !outcome,
                BinaryOp::In => outcome,
                op => op.is_order(),
            }
        }
        ExprKind::Is(of, _, Some(_)) => outcome && mentions(of),
        ExprKind::Like(of, pattern) => {
            let is_open = pattern
                .value
                .iter()
                .all(|part| matches!(part, PatternElement::Wildcard));
            outcome && mentions(of) && !is_open
        }
        ExprKind::Method(_, name, _) => outcome && mentions(expr) && name.value != "hasTag",
        ExprKind::Attr(..) => outcome && mentions(expr),
        _ => false,
    }
}

/// The forbids that no longer keep out all that they kept out.
fn weakened(work: &mut Work<'_>, change: &Change, out: &mut Vec<Weakened>) {
    let suspects: Vec<_> = change
        .policies
        .iter()
        .filter(|policy| {
            policy.effect == Effect::Forbid && matches!(policy.kind, Kind::Removed | Kind::Meaning)
        })
        .collect();
    // A schema may take requests out of what a forbid is about though it says the same.
    let retyped = work.retyped();
    if suspects.is_empty() && retyped.is_empty() {
        return;
    }
    let (base, head) = (work.base, work.head);
    let mut found: Vec<Weakened> = Vec::new();
    for (number, of) in change.environments.iter().enumerate() {
        if of.on != On::Both {
            continue;
        }
        let Some((ground, schema, own, _)) = work.shared(number) else {
            continue;
        };
        let (Ok(before), Ok(after)) = (ground.about(base, own), ground.about(head, schema)) else {
            continue;
        };
        let kept = of_effect(&after, Effect::Forbid);
        let is_retyped = retyped.contains(&number);
        let mut forbids = of_effect(&before, Effect::Forbid);
        if is_retyped && let Some((sides, _)) = work.sides(number) {
            // Those that head's schema takes out of this kind of request are about it by base's.
            let own = sides.base.about(base, sides.base.schemas().0);
            let own = of_effect(&own.unwrap_or_default(), Effect::Forbid);
            let known: BTreeSet<_> = forbids.iter().map(|forbid| forbid.key).collect();
            forbids.extend(
                own.into_iter()
                    .filter(|forbid| !known.contains(&forbid.key)),
            );
        }
        for forbid in forbids {
            let is_kept = kept.iter().any(|other| other.key == forbid.key);
            let known_already = found
                .iter()
                .any(|other| other.name == forbid.name && other.known == Known::Proved);
            if (is_kept && !is_retyped) || known_already {
                continue;
            }
            let mut lost = match is_kept {
                true => None,
                false => no_longer(work, number, &forbid, &kept),
            };
            if is_retyped && !matches!(lost, Some((Known::Proved, _))) {
                lost = no_longer_by_the_types(work, number, &forbid, &kept).or(lost);
            }
            let Some((known, witness)) = lost else {
                continue;
            };
            found.retain(|other| other.name != forbid.name);
            let at = base
                .members
                .iter()
                .find(|member| member.name == forbid.name);
            found.push(Weakened {
                at: at.map(|member| member.at.clone()),
                name: forbid.name,
                environment: Some(Arc::clone(&of.environment.label)),
                known,
                witness,
            });
        }
    }
    if change.environments.is_empty() {
        // Without a schema nothing says what they kept out.
        out.extend(suspects.into_iter().map(|policy| Weakened {
            name: Arc::clone(&policy.name),
            at: policy.base.clone(),
            environment: None,
            known: Known::Unknown,
            witness: None,
        }));
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    out.extend(found);
}

/// Whether some request that a forbid of base is about, under head's schema, is about none of head's.
fn no_longer(
    work: &mut Work<'_>,
    number: usize,
    forbid: &About,
    kept: &[About],
) -> Option<(Known, Option<Witness>)> {
    let (ground, asking) = work.ground(number)?;
    match ask(ground, Ask::AppliesBeyond(forbid, kept), asking) {
        Some(Answer::No) => None,
        Some(Answer::Yes(witness)) => Some((Known::Proved, Some(*witness))),
        Some(Answer::Unknown(_)) | None => Some((Known::Unknown, None)),
    }
}

/// The same by base's own types.
fn no_longer_by_the_types(
    work: &mut Work<'_>,
    number: usize,
    forbid: &About,
    kept: &[About],
) -> Option<(Known, Option<Witness>)> {
    let (mut sides, asking) = work.sides(number)?;
    match sides.ask(Cross::NoLonger(forbid, kept), asking) {
        Ok(None) => None,
        Ok(Some(shown)) => Some((Known::Proved, shown.base.map(|witness| *witness))),
        Err(_) => Some((Known::Unknown, None)),
    }
}
