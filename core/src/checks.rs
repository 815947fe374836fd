//! The list of checks.
//!
//! A check is one line here, one file `checks/<id>.rs` with a `RULE` and a `CHECK`, and one page
//! `checks/<id>.md` whose examples are its tests.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::analysis::logic::{Clash, policy_clash};
use crate::config::Config;
use crate::facts::Policy;
use crate::finding::Finding;
use crate::rules::Rule;
use crate::schema::{Schema, TypeScope};
use crate::suite::evidence::{Observed, OfPolicy};
use crate::suite::{Evidence, Suite};
use crate::time::Instant;
use crate::workspace::proofs::{Alone, Ground, Linked, Relations};

pub use invariant_broken::GuardrailContext;
pub(crate) use limit_not_enforced::is_read as is_read_limit;
pub(crate) use secret_in_text::{Syntax, in_file, in_statement, marks_secrets, mask};
pub(crate) use unknown_annotation::OTHER_WORDS;
pub(crate) use untested_policy::nothing_is_tested;

/// A check: a rule and the function that finds what breaks it.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// What it finds.
    pub rule: &'static Rule,
    /// How it is run.
    pub run: Run,
}

/// What a check needs to see. The less it needs, the longer its findings stay valid while a bundle is
/// being edited.
#[derive(Debug, Clone, Copy)]
pub enum Run {
    /// One statement's raw text, also when Cedar does not accept it.
    Text(fn(&TextContext<'_>, &mut Vec<Finding>)),
    /// One policy that Cedar's parser accepts. There may be no schema.
    Policy(fn(&PolicyContext<'_>, &mut Vec<Finding>)),
    /// One policy and the clock. Runs in every report, but only for policies for which `relevant` holds.
    Clock {
        /// Whether the clock matters to this policy at all.
        relevant: fn(&Policy) -> bool,
        /// Finds what is wrong at a time.
        run: fn(&PolicyContext<'_>, Instant, &mut Vec<Finding>),
    },
    /// The schema alone. Spans count from the start of the schema file named in the finding.
    Schema(fn(&SchemaContext<'_>, &mut Vec<InFile>)),
    /// All policies of the bundle together. Each finding belongs to the policy at the index it comes with.
    Set(fn(&SetContext<'_>, &mut Vec<(usize, Finding)>)),
    /// One policy where nothing is proved of it, and all policies together where something is.
    PolicyOrSet {
        /// Finds what one policy shows.
        policy: fn(&PolicyContext<'_>, &mut Vec<Finding>),
        /// Finds what is proved, as [`Self::Set`] does.
        set: fn(&SetContext<'_>, &mut Vec<(usize, Finding)>),
    },
    /// One guardrail, and whether policies keep within it.
    Guardrail(fn(&GuardrailContext<'_>, &mut Vec<Finding>)),
    /// The policy tests as they are written. Spans count from the start of the suite named in the finding.
    Suites(fn(&[Arc<Suite>], &mut Vec<InFile>)),
    /// All policies, and what the policy tests show of them. Findings come as those of [`Self::Set`] do.
    Tests(fn(&TestsContext<'_>, &mut Vec<(usize, Finding)>)),
}

/// A finding and the path of the file that it is in.
pub type InFile = (Arc<str>, Finding);

/// What a check of raw text sees.
#[derive(Debug)]
pub struct TextContext<'a> {
    /// The statement with the comments and blanks before it; spans count from its start.
    pub text: &'a str,
    /// Comments with their slashes.
    pub comments: &'a [crate::source::Span],
    /// String literals with their quotes, as far as the text can be tokenised.
    pub strings: &'a [crate::source::Span],
    /// The bundle's configuration.
    pub config: &'a Config,
}

/// What a check of one policy sees.
#[derive(Debug)]
pub struct PolicyContext<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The schema, where the bundle has a valid one, and the requests that the policy's scope admits.
    pub schema: Option<(&'a Schema, &'a TypeScope)>,
    /// The bundle's configuration.
    pub config: &'a Config,
    /// What is proved of the policy: where it type-checks under a schema.
    pub(crate) alone: Option<&'a Alone>,
    clash: OnceCell<Option<Clash>>,
}

impl<'a> PolicyContext<'a> {
    /// A policy under a schema and a configuration.
    pub const fn new(
        policy: &'a Policy,
        schema: Option<(&'a Schema, &'a TypeScope)>,
        config: &'a Config,
    ) -> Self {
        Self {
            policy,
            schema,
            config,
            alone: None,
            clash: OnceCell::new(),
        }
    }

    /// The same, with what is proved of the policy.
    pub(crate) const fn proved(mut self, alone: Option<&'a Alone>) -> Self {
        self.alone = alone;
        self
    }

    /// The first two tests that keep the policy from ever applying.
    pub(crate) fn clash(&self) -> Option<Clash> {
        // Where some request satisfies it, nothing does.
        let is_plain = self.alone.is_some_and(|alone| alone.plain);
        *self.clash.get_or_init(|| match is_plain {
            true => None,
            false => policy_clash(self.policy),
        })
    }
}

/// What a check of the schema sees.
#[derive(Debug)]
pub struct SchemaContext<'a> {
    /// The merged schema, with the classes that portcullis.yaml gives.
    pub schema: &'a Schema,
    /// The merged schema as its files declare it.
    pub declared: &'a Schema,
    /// The bundle's configuration.
    pub config: &'a Config,
}

/// What a check of the whole set sees.
#[derive(Debug)]
pub struct SetContext<'a> {
    /// All policies that Cedar's parser accepts, in the order of files and statements.
    pub policies: &'a [Member<'a>],
    /// The schema, where the bundle has a valid one.
    pub schema: Option<&'a Schema>,
    /// The template links that take part, in the order of files. A finding names them by numbers that go on after those
    /// of the policies; see [`Self::number`].
    pub(crate) links: &'a [Linked<'a>],
    /// What is proved of the policies beside each other; empty without a schema.
    pub(crate) relations: &'a Relations,
    /// What proofs rest on.
    pub(crate) ground: Option<&'a Ground>,
    /// The bundle's configuration.
    pub config: &'a Config,
}

impl SetContext<'_> {
    /// By which number a finding names a link.
    pub(crate) const fn number(&self, link: &Linked<'_>) -> usize {
        self.policies.len() + link.number
    }
}

/// What a check of what is tested sees.
#[derive(Debug)]
pub struct TestsContext<'a> {
    /// All policies that Cedar's parser accepts, in the order of files and statements.
    pub policies: &'a [Member<'a>],
    /// What is known of each of them, and the cases that pass.
    pub evidence: &'a Evidence<'a>,
    /// The schema, where the bundle has a valid one.
    pub schema: Option<&'a Schema>,
}

impl TestsContext<'_> {
    /// The cases whose decision the policy determined. What else a policy lacks is not said before there is one.
    fn decided<'e>(&'e self, of_policy: &'e OfPolicy) -> impl Iterator<Item = &'e Observed<'e>> {
        let cases = &self.evidence.cases;
        of_policy.decided.iter().filter_map(|at| cases.get(*at))
    }

    /// The policies that take part in decisions.
    fn taking_part(&self) -> impl Iterator<Item = (u32, &Member<'_>, &OfPolicy)> {
        (0..)
            .zip(self.policies)
            .zip(&self.evidence.policies)
            .filter(|(_, of_policy)| of_policy.takes_part)
            .map(|((number, member), of_policy)| (number, member, of_policy))
    }
}

/// A policy as a member of the set.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The requests that its scope admits; empty without a schema.
    pub scope: &'a TypeScope,
    /// What is proved of it: where it type-checks under a schema.
    pub(crate) alone: Option<&'a Alone>,
}

impl Member<'_> {
    /// Whether it is known to apply to no request, which another finding says.
    fn never_applies(&self) -> bool {
        (self.alone).is_some_and(|of| of.never.is_some() || of.environments.is_empty())
    }
}

/// The registry: one line a check, sorted by id.
macro_rules! checks {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*
        /// Every check, sorted by code.
        pub static ALL: &[&Check] = &[$(&$module::CHECK),*];

        $(const _: () = assert!(
            crate::govern::standards::has_all($module::CHECK.rule.refs),
            concat!(stringify!($module), " cites what the catalogue of standards does not have")
        );)*
    };
}

checks![
    agent_without_on_behalf_of,
    allows_everything,
    always_true,
    bidi_or_confusable,
    breakglass_ungated,
    broad_ip_range,
    command_prefix,
    contradiction,
    cross_environment,
    deep_deref,
    delegation_unbounded,
    denies_everything,
    destructive_without_step_up,
    double_negation,
    duplicate_id,
    duplicate_policy,
    empty_action_list,
    entity_literal_deref,
    exception_without_expiry,
    expired,
    expiry_mismatch,
    expiry_not_enforced,
    expiry_too_long,
    forbid_guarded_by_has,
    forbid_may_error,
    forbid_shadowed,
    forbid_unguarded_attribute,
    group_plus_member_action,
    guard_missing,
    id_list_in_condition,
    identity_reuse,
    impossible_policy,
    in_leaf_entity,
    in_without_entities,
    inapplicable_action,
    invariant_broken,
    inverted_step_up,
    inverted_subset,
    ipv4_only,
    jit_incomplete,
    like_star,
    limit_not_enforced,
    loose_like,
    machine_in_human_group,
    missing_id,
    missing_owner,
    missing_ticket,
    mixed_principals,
    mutable_id,
    name_against_class,
    negative_amount,
    negative_grant,
    no_boundary_test,
    no_guardrail,
    no_negative_test,
    no_op_guard,
    open_action,
    open_resource,
    optional_security_label,
    optional_step_up,
    overflow_possible,
    past_date,
    path_traversal,
    permit_everything,
    permit_overridden,
    permit_shadowed,
    permit_unless_optional,
    pii_literal,
    precedence_mix,
    presence_not_value,
    privilege_management_grant,
    prompt_injection_text,
    recertification_overdue,
    redundant_conjunct,
    redundant_has,
    role_as_string,
    secret_in_text,
    self_comparison,
    self_escalation,
    sensitivity_exceeds_principal,
    skipped_test,
    sod_pair,
    standing_machine_access,
    third_party_unbounded,
    todo_comment,
    too_long,
    unbound_principal,
    unclassified_action,
    unformatted,
    unknown_annotation,
    unknown_schema_annotation,
    unnormalised_string,
    untested_policy,
    untrusted_context,
    weak_justification,
    workload_unattested,
];
