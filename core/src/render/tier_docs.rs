//! docs/tiers.md.

use crate::tier::factors::{ALL, Owner};

const INTRODUCTION: &str = r#"# Risk tiers

`portcullis tier BASE HEAD` says how risky it is to replace one bundle by another, why, and what must be done first.

    portcullis tier base/ head/                     a change of folders
    portcullis tier policies/ --base-rev main       the working tree against a revision of git
    portcullis tier policies/                       the whole bundle, as if all of it were new
    portcullis tier base/ head/ --baseline approved/   and all steps since the last approved state together
    portcullis tier base/ head/ --format markdown   a comment for a pull request
    portcullis tier base/ head/ --fail-on human     exit with 1 where people have to approve

| tier | means |
|---|---|
| auto | nobody has to approve; a named owner is accountable |
| constrained | one person approves: an owner of the application or of the business |
| human | two people approve: one for security or IAM, and an owner of the application |
| blocked | cannot be approved as it is |
| undetermined | could not be told; it counts as the strictest |

There are no scores. A *factor* maps facts to a least tier, its floor, and to controls. The tier is the maximum of the
floors, and the controls of all reasons are joined. Nothing is ever subtracted: what mitigates only keeps a factor that
asks for it from firing.

What a change does comes from proof, as `portcullis diff` has it, and never from how a policy looks. A *class* of newly
allowed requests is a kind of request (principal type, action, resource type) and a permit of head through which some
request of that kind is allowed that was not. Whether a condition binds the principal is proved too: without it the
permit must apply to more. What is undecided is for people.

## Classes

Annotations of the schema and two sections of `portcullis.yaml` say how risky things are.

| of | says | owner |
|---|---|---|
| an action | `@access` (list, read, write, destructive, privilege_management), `@effect` (transfer, export, …), `@reversible`, `@limit`, `@approval` | the application |
| a resource type | `@sensitivity` (public, internal, confidential, restricted), `@regulated`, `@pii`, `@environment` | the application |
| a principal type | `@principal_kind` (human, service, agent, third_party) | IAM |
| a context field | `@trust` (attested, derived, caller) | IAM |

```yaml
iam:
  owners: [iam]
  principals: { App::Bot: agent }
  context: { mfa: attested }
  floors: { action.write: human }
  max_template_links: 5
  max_creep: 5
  production: [prod, live]
apps:
  App:
    owners: [team:app]
    actions: { 'Action::"pay"': { access: write, limit: context.amount <= 500 } }
    resources: { Invoice: { sensitivity: confidential, pii: true } }
    floors: { action.read: constrained }
```

`apps` has a key for each namespace, and `_` for what is in none. `builtin` is locked. A name that exists nowhere in the
schema or the directory is found (`config/unknown-name`), and so is a limit that is no condition of its action's requests.
Checks, proofs and policy tests go by these classes as by annotations of the schema; where the higher class would hide what the
schema's own shows, as that an agent is one, they go by the schema's. Whatever stands in a section is
joined with what the schema says and what other sections say: the higher class counts. Floors can be raised and not
lowered. Members of action groups take the highest class of their groups. Of base and head the higher class counts, so
that lowering one helps nobody before that is approved itself (`governance.downgrade`); to take away what is classed is
to lower it. What base does not have is of the class that head gives it, and where it is allowed at once an owner looks
at it (`governance.new-class`); where base has no schema, all classes are given for the first time. What nobody classed
is for people, with a suggestion from its name. Levels and options of checks, the level of validation, the
vocabulary and suppressions that head brings along hide no error.

## What is asked for

| | auto | constrained | human |
|---|---|---|---|
| approvals | none | 1: `application-owner` or `business-owner` | 2: `application-owner`, and `security` or `iam` |
| not counted | | author, drafter, last editor | the same |
| tests | all pass | and each widened kind of request has a case that is allowed and one that is denied; what `test.missing` names is tested | and bounds are tested, and no edit that denies less goes unnoticed |
| acknowledged | | scope | scope, rollback, each forbid that was weakened, exceptions |
| named | owner | owner, ticket | owner, ticket, justification, rollback; for regulated data `retain_until` |
| ends | | within 30 days for just-in-time | and for exceptions within 90, for emergencies within 30 |
| looked at again | | | within 180 days |
| approvals count | | for 30 days | for 30 days |

Each namespace that a reason is about, be it of the action or of the resource, is a slot of its own: `application:App`.
Who may fill it is said by base: `owners` of its section, or else who owns the namespace in `directory.yaml`, or else
whoever has the role. Where such a slot is there, nobody is asked for `application` beside. `iam.owners` of base stand in
for `iam`. Where base has a `directory.yaml`, requirements that nobody in it could meet are said at once.

Floors of an application count for what is about its namespace, and for what is about the change as a whole.

## Factors

Each has a page in core/src/tier/factors, whose examples are its tests.

| id | fires when | floor | owner | standards |
|---|---|---|---|---|
"#;

/// The page of tiers and factors, in Markdown.
pub fn docs_tiers() -> String {
    let mut out = INTRODUCTION.to_owned();
    for factor in ALL {
        let owner = match factor.section {
            Owner::Builtin => "builtin",
            Owner::Iam => "iam",
            Owner::ActionsApp | Owner::ResourcesApp => "apps",
        };
        out.push_str(&format!(
            "| [{id}](../core/src/tier/factors/{file}.md) | {fires} | {floor} | {owner} | {refs} |\n",
            id = factor.id,
            file = factor.id.replace(['.', '-'], "_"),
            fires = factor.fires,
            floor = factor.floor_words,
            refs = factor.refs.join(", ")
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_factor_has_a_row() {
        let text = docs_tiers();
        for factor in ALL {
            assert_eq!(text.matches(&format!("| [{}]", factor.id)).count(), 1);
        }
    }
}
