//! Kinds of request that are one to a question, since they differ in nothing that its policies read.

use std::collections::{BTreeMap, BTreeSet};

use super::{Ground, MOST_KINDS};
use crate::facts::{Entity, EntityConstraint, Expr, ExprKind, Policy, Var};
use crate::schema::{Attribute, Type};

/// What policies read of a request.
#[derive(Default)]
struct Reads<'a> {
    principal: bool,
    action: bool,
    resource: bool,
    /// The context as a whole.
    context: bool,
    /// The fields of the context that are read by themselves.
    fields: BTreeSet<&'a str>,
}

/// What tells a kind of request from others, as far as it is read.
#[derive(PartialEq)]
struct Kind<'a> {
    principal: Option<&'a str>,
    action: Option<&'a Entity>,
    resource: Option<&'a str>,
    context: Vec<Field<'a>>,
    /// Which of the policies are about it.
    about: Vec<bool>,
}

/// The name of a field, its type and whether it is always there; `None` where there is no such field.
type Field<'a> = (&'a str, Option<(&'a Type, bool)>);

impl Ground {
    /// Of kinds of request that are one to questions about these policies, the first. Each policy comes with the kinds
    /// that it is about.
    ///
    /// What a policy that is about a kind of request says of the action holds there, so scopes tell no action from
    /// another.
    pub(super) fn apart(&self, kinds: &[u32], policies: &[(&Policy, &[u32])]) -> Vec<u32> {
        if kinds.len() < 2 {
            return kinds.to_vec();
        }
        let mut reads = Reads::default();
        for (policy, _) in policies {
            reads.policy(policy);
        }
        let mut known: Vec<Kind<'_>> = Vec::new();
        let mut apart = Vec::new();
        for number in kinds {
            let Some(environment) = self.environment(*number) else {
                continue;
            };
            let context = self.schema.actions.get(&environment.action);
            let kind = Kind {
                principal: reads.principal.then_some(&environment.principal),
                action: reads.action.then_some(&environment.action),
                resource: reads.resource.then_some(&environment.resource),
                context: context.map_or_else(Vec::new, |action| reads.fields(&action.context)),
                about: (policies.iter())
                    .map(|(_, kinds)| kinds.binary_search(number).is_ok())
                    .collect(),
            };
            if !known.contains(&kind) {
                known.push(kind);
                apart.push(*number);
            }
            // No question gets further.
            if apart.len() > MOST_KINDS {
                break;
            }
        }
        apart
    }
}

impl<'a> Reads<'a> {
    fn policy(&mut self, policy: &'a Policy) {
        self.principal |= !matches!(policy.principal.value, EntityConstraint::Any);
        self.resource |= !matches!(policy.resource.value, EntityConstraint::Any);
        for clause in &policy.clauses {
            self.expr(&clause.body);
        }
    }

    fn expr(&mut self, expr: &'a Expr) {
        let (of, field) = match &expr.kind {
            ExprKind::Attr(of, name) => (Some(&of.kind), Some(&name.value)),
            ExprKind::Has(of, path) => (Some(&of.kind), path.value.first()),
            _ => (None, None),
        };
        if let (Some(ExprKind::Var(Var::Context)), Some(field)) = (of, field) {
            self.fields.insert(field);
            return;
        }
        match expr.kind {
            ExprKind::Var(Var::Principal) => self.principal = true,
            ExprKind::Var(Var::Action) => self.action = true,
            ExprKind::Var(Var::Resource) => self.resource = true,
            ExprKind::Var(Var::Context) => self.context = true,
            _ => {}
        }
        for child in expr.children() {
            self.expr(child);
        }
    }

    fn fields<'s>(&self, context: &'s BTreeMap<String, Attribute>) -> Vec<Field<'s>>
    where
        'a: 's,
    {
        let shape = |attribute: &'s Attribute| (&attribute.ty, attribute.required);
        if self.context {
            let all = context.iter();
            return all
                .map(|(name, of)| (name.as_str(), Some(shape(of))))
                .collect();
        }
        let read = self.fields.iter();
        read.map(|name| (*name, context.get(*name).map(shape)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::Arc;

    use crate::cedar::parse::Parsed;
    use crate::workspace::proofs::tests::ground;

    const SCHEMA: &str = "entity Group; entity User in [Group] { level: Long }; entity Bot in [Group] { level: Long };
        entity Doc { state: String }; entity Box { state: String };
        action a, b appliesTo { principal: [User, Bot], resource: [Doc, Box], context: { n: Long, mfa: Bool } };
        action c appliesTo { principal: [User, Bot], resource: [Doc, Box], context: { n: Long } };";

    fn parse(text: &str) -> Parsed {
        crate::cedar::parse::parse(&Arc::from(text)).unwrap()
    }

    /// How many kinds of request are apart for a policy that is about all of them.
    fn apart(policy: &str) -> usize {
        let ground = ground(SCHEMA);
        let parsed = parse(policy);
        let all: Vec<u32> = (0..).take(ground.environments.len()).collect();
        assert_eq!(all.len(), 12);
        ground.apart(&all, &[(&parsed.policy, &all)]).len()
    }

    #[test]
    fn what_is_read_tells_kinds_apart_and_nothing_else_does() {
        for (policy, expected) in [
            ("permit (principal, action, resource);", 1),
            (
                "permit (principal, action, resource) when { context.n > 3 };",
                1,
            ),
            (
                "permit (principal, action, resource) when { context has mfa };",
                2,
            ),
            (
                "permit (principal, action, resource) when { context == context };",
                2,
            ),
            (
                "permit (principal, action, resource) when { principal.level > 3 };",
                2,
            ),
            (r#"permit (principal in Group::"g", action, resource);"#, 2),
            (
                r#"permit (principal, action, resource) when { resource.state == "new" };"#,
                2,
            ),
            (
                r#"permit (principal, action, resource) when { action == Action::"a" };"#,
                3,
            ),
            (
                "permit (principal, action, resource is Doc) when { principal.level > context.n };",
                4,
            ),
            (
                "permit (principal, action, resource) when { [principal, resource].isEmpty() && action in action && context has mfa };",
                12,
            ),
        ] {
            assert_eq!(apart(policy), expected, "{policy}");
        }
    }

    #[test]
    fn what_another_policy_is_about_tells_kinds_apart() {
        let ground = ground(SCHEMA);
        let one = parse("permit (principal, action, resource);");
        let other = parse(r#"permit (principal, action == Action::"a", resource);"#);
        let all: Vec<u32> = (0..12).collect();
        let some: Vec<u32> = (0..4).collect();
        let kinds = ground.apart(&all, &[(&one.policy, &all), (&other.policy, &some)]);
        assert_eq!(kinds, [0, 4]);
    }
}
