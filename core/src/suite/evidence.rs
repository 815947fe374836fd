//! What the cases that pass show of each policy: which decided, which applied, which limits were tried.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use super::model::{Case, Fixture};
use crate::source::Span;

/// What the cases that pass show.
#[derive(Debug, Default)]
pub struct Evidence<'a> {
    /// The cases, in the order of suites and cases.
    pub cases: Vec<Observed<'a>>,
    /// What is known of each policy and template, in the order of the bundle.
    pub policies: Vec<OfPolicy>,
}

/// A case that passes, and what it came to. Policies are numbers among all policies and templates of the
/// bundle; what a link does its template does.
#[derive(Debug)]
pub struct Observed<'a> {
    /// The case.
    pub case: &'a Case,
    /// The entities that it is decided against.
    pub fixture: &'a Fixture,
    /// Whether the request is allowed.
    pub allowed: bool,
    /// Whether some permit applies.
    pub permitted: bool,
    /// The determining policies, sorted.
    pub determining: Vec<u32>,
    /// The policies that apply, sorted.
    pub applying: Vec<u32>,
    traits: Traits,
}

/// What is known of one policy.
#[derive(Debug, Clone, Default)]
pub struct OfPolicy {
    /// Whether it takes part in decisions: a template without links does not.
    pub takes_part: bool,
    /// Cases in which it applied or was asked whether it does: its scope admits the request.
    pub reached: u32,
    /// The cases whose decision it determined, by their places among those that pass.
    pub decided: Vec<usize>,
    /// Its comparisons with literal limits, in the order written.
    pub limits: Vec<LimitSeen>,
}

/// A comparison with a literal limit, and which values of it were tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitSeen {
    /// The comparison.
    pub span: Span,
    /// What is compared.
    pub operand: Span,
    /// The limit as it is written.
    pub limit: String,
    /// What lies directly beyond it, in words.
    pub beyond: String,
    /// Whether some case stood at the limit itself.
    pub at: bool,
    /// Whether some case stood directly beyond it.
    pub beside: bool,
}

/// A request in numbers, to find others that differ from it in one respect.
#[derive(Debug, Clone)]
pub(crate) struct Traits {
    principal: u64,
    action: u64,
    resource: u64,
    fixture: u64,
    /// The sum of the fields, so that one can be taken out.
    context: u64,
    fields: Box<[u64]>,
}

impl Traits {
    pub(crate) fn new(case: &Case, fixture: &[u8; 32]) -> Self {
        let fields: Box<[u64]> = case
            .context
            .as_object()
            .into_iter()
            .flatten()
            .map(|field| number(&(field.0, field.1.to_string())))
            .collect();
        Self {
            principal: number(&case.principal),
            action: number(&case.action),
            resource: number(&case.resource),
            fixture: number(fixture),
            context: fields.iter().fold(0, |sum, field| sum.wrapping_add(*field)),
            fields,
        }
    }

    /// A number for each respect in which another may differ: those that differ in nothing else have one of
    /// them in common. The last is for entities, where more than one thing can differ.
    fn but_one(&self) -> Vec<u64> {
        let Self {
            principal,
            action,
            resource,
            fixture,
            context,
            ..
        } = self;
        let mut all = vec![
            number(&(0, action, resource, fixture, context)),
            number(&(1, principal, resource, fixture, context)),
            number(&(2, principal, action, fixture, context)),
        ];
        // With none taken out it meets one that has a field more.
        let contexts = std::iter::once(*context)
            .chain(self.fields.iter().map(|field| context.wrapping_sub(*field)));
        all.extend(contexts.map(|rest| number(&(3, principal, action, resource, fixture, rest))));
        all.push(number(&(4, principal, action, resource, context)));
        all
    }
}

fn number(of: &impl Hash) -> u64 {
    // The keys are fixed, so that the same gives the same in every run.
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

impl<'a> Observed<'a> {
    pub(crate) fn new(case: &'a Case, fixture: &'a Fixture, traits: Traits) -> Self {
        Self {
            case,
            fixture,
            allowed: false,
            permitted: false,
            determining: Vec::new(),
            applying: Vec::new(),
            traits,
        }
    }

    /// Whether a policy applies.
    pub fn applies(&self, policy: u32) -> bool {
        self.applying.binary_search(&policy).is_ok()
    }
}

/// The cases that are denied, by what they are like.
#[derive(Debug)]
pub struct Denied<'e, 'a> {
    by_likeness: HashMap<u64, Vec<&'e Observed<'a>>>,
}

/// More pairs of sets of entities are not compared for one case.
const MOST_COMPARED: usize = 64;

impl<'e, 'a> Denied<'e, 'a> {
    /// Those among the cases.
    pub fn new(cases: &'e [Observed<'a>]) -> Self {
        let mut by_likeness: HashMap<u64, Vec<&'e Observed<'a>>> = HashMap::new();
        for case in cases.iter().filter(|case| !case.allowed) {
            for likeness in case.traits.but_one() {
                by_likeness.entry(likeness).or_default().push(case);
            }
        }
        Self { by_likeness }
    }

    /// Whether a denied case for which `test` holds differs from `allowed` in a single respect: the
    /// principal, the action, the resource, one field of the context, or one attribute, tag or the parents of
    /// one entity.
    pub fn any_like(&self, allowed: &Observed<'_>, test: impl Fn(&Observed<'a>) -> bool) -> bool {
        let likenesses = allowed.traits.but_one();
        let last = likenesses.len().saturating_sub(1);
        likenesses.iter().enumerate().any(|(at, likeness)| {
            let alike = self.by_likeness.get(likeness).into_iter().flatten();
            let mut alike = alike.filter(|case| test(case));
            if at < last {
                // Equal numbers alone show nothing.
                return alike.any(|case| {
                    differences(allowed, case) <= 1 && allowed.fixture.digest == case.fixture.digest
                });
            }
            alike.take(MOST_COMPARED).any(|case| {
                differences(allowed, case) == 0
                    && differ_in_one(&allowed.fixture.entities, &case.fixture.entities)
            })
        })
    }
}

/// In how many respects the requests of two cases differ. A field of the context in the place of another is one.
fn differences(a: &Observed<'_>, b: &Observed<'_>) -> usize {
    let empty = serde_json::Map::new();
    let [one, other] = [a, b].map(|of| of.case.context.as_object().unwrap_or(&empty));
    let unlike = |of: &serde_json::Map<String, Value>,
                  in_other: &serde_json::Map<String, Value>| {
        let same = |(key, value): &(&String, &Value)| in_other.get(*key) == Some(*value);
        of.iter().filter(|field| !same(field)).count()
    };
    usize::from(a.case.principal != b.case.principal)
        + usize::from(a.case.action != b.case.action)
        + usize::from(a.case.resource != b.case.resource)
        + unlike(one, other).max(unlike(other, one))
}

/// Whether two sets of entities differ in one attribute, tag, or the parents of one entity.
fn differ_in_one(a: &Value, b: &Value) -> bool {
    let (Some(a), Some(b)) = (a.as_array(), b.as_array()) else {
        return false;
    };
    let uid = |entity: &Value| entity.get("uid").map(Value::to_string);
    let mut others: std::collections::BTreeMap<_, &Value> =
        b.iter().map(|entity| (uid(entity), entity)).collect();
    let mut differences = 0_usize;
    for entity in a {
        let Some(other) = others.remove(&uid(entity)) else {
            return false;
        };
        if entity == other {
            continue;
        }
        differences += fields(entity, other, "attrs") + fields(entity, other, "tags");
        differences += usize::from(entity.get("parents") != other.get("parents"));
        if differences > 1 {
            return false;
        }
    }
    differences == 1 && others.is_empty()
}

/// In how many fields of a record two entities differ.
fn fields(a: &Value, b: &Value, of: &str) -> usize {
    let empty = serde_json::Map::new();
    let a = a.get(of).and_then(Value::as_object).unwrap_or(&empty);
    let b = b.get(of).and_then(Value::as_object).unwrap_or(&empty);
    let changed = a.iter().filter(|(key, value)| b.get(*key) != Some(value));
    changed.count() + b.keys().filter(|key| !a.contains_key(*key)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entity(id: &str, attrs: Value, parents: Value) -> Value {
        json!({"uid": {"type": "User", "id": id}, "attrs": attrs, "parents": parents})
    }

    #[test]
    fn entities_differ_in_one_respect_or_in_more() {
        let base = json!([entity("a", json!({"x": 1, "y": 2}), json!([]))]);
        let one = json!([entity("a", json!({"x": 1, "y": 3}), json!([]))]);
        let less = json!([entity("a", json!({"x": 1}), json!([]))]);
        let member = json!([entity("a", json!({"x": 1, "y": 2}), json!(["g"]))]);
        let two = json!([entity("a", json!({"x": 2, "y": 3}), json!([]))]);
        let both = json!([entity("a", json!({"x": 1, "y": 3}), json!(["g"]))]);
        let more = json!([
            entity("a", json!({"x": 1, "y": 2}), json!([])),
            entity("b", json!({}), json!([]))
        ]);
        for other in [&one, &less, &member] {
            assert!(differ_in_one(&base, other), "{other}");
            assert!(differ_in_one(other, &base), "{other}");
        }
        for other in [&base, &two, &both, &more] {
            assert!(!differ_in_one(&base, other), "{other}");
            assert!(!differ_in_one(other, &base), "{other}");
        }
    }
}
