//! Cedar's validation of one policy or template: its errors and warnings as findings, each with the
//! request environments in which it holds.
//!
//! The typechecker is asked about every request environment once; Cedar's own validator, which would
//! ask again, runs only for a policy that can apply in none.

mod errors;
mod literals;
mod names;
mod place;
#[cfg(test)]
mod tests;
mod warnings;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use cedar_policy_core::ast::{PolicySet, Template};
use cedar_policy_core::validator::typecheck::{PolicyCheck, Typechecker};
use cedar_policy_core::validator::types::RequestEnv;
use cedar_policy_core::validator::{
    ValidationError, ValidationMode, ValidationResult, ValidationWarning, Validator,
    ValidatorSchema, confusable_string_checks,
};

use crate::finding::Finding;
use crate::source::{Span, TokenKind, tokens};
use literals::is_unrecognized;

/// What validation says of one policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validated {
    /// Cedar's errors and warnings, sorted; spans count from the start of the text that was parsed.
    pub findings: Vec<Finding>,
    /// The request environments in which the policy typechecks and is not false already by its types,
    /// as `User, Action::"view", Photo`, sorted. What a template's slots are linked to makes no difference.
    pub environments: Vec<Arc<str>>,
}

/// Validates a policy or template in strict mode.
///
/// `validator` is made from a schema once and used for all policies: it owns the schema, which is
/// expensive to copy.
pub fn validate(template: &Template, validator: &Validator) -> Validated {
    let schema = validator.schema();
    let subject = Subject { template, schema };
    if schema.check_complete().is_err() {
        let literals = literals::errors(schema, template);
        let findings = if literals.iter().any(is_unrecognized) {
            errors::findings(subject, &literals)
        } else {
            let result = run(validator, template, None);
            errors::findings(subject, result.validation_errors())
        };
        return Validated {
            findings: sorted(findings),
            environments: Vec::new(),
        };
    }

    let typechecker = Typechecker::new(schema, ValidationMode::Strict);
    let mut environments = BTreeSet::new();
    let mut seen = ByEnvironment::default();
    for (environment, check) in typechecker.typecheck_by_request_env(template) {
        match check {
            PolicyCheck::Success(_) => {
                environments.insert(label(&environment));
            }
            PolicyCheck::Irrelevant(errors, _) | PolicyCheck::Fail(errors) => {
                seen.add(errors, &environment);
            }
        }
    }

    let literals = literals::errors(schema, template);
    let wrong_name = literals.iter().any(is_unrecognized);
    let mut findings = errors::findings(subject, &literals);
    for (error, environments) in seen.errors {
        for finding in errors::findings(subject, [&error]) {
            one_of(
                &mut findings,
                finding.in_environments(environments.iter().cloned()),
            );
        }
    }
    if environments.is_empty() && !wrong_name {
        let result = run(validator, template, None);
        let warnings = causes(result.validation_warnings());
        findings.extend(warnings::findings(template, warnings));
    } else if !has_plain_strings(template) {
        // Also where a name is wrong: that nothing applies is then a consequence.
        let strings: Vec<_> = confusable_string_checks(std::iter::once(template)).collect();
        findings.extend(warnings::findings(template, &strings));
    }
    Validated {
        findings: sorted(findings),
        environments: environments.into_iter().collect(),
    }
}

/// Adds a finding, or its kinds of request to one that says the same of the same place.
fn one_of(findings: &mut Vec<Finding>, finding: Finding) {
    let says_the_same = |known: &&mut Finding| {
        let environments = !known.environments.is_empty() && !finding.environments.is_empty();
        environments
            && (known.code, known.span) == (finding.code, finding.span)
            && (&known.message, &known.help) == (&finding.message, &finding.help)
            && (&known.labels, &known.fixes) == (&finding.labels, &finding.fixes)
    };
    match findings.iter_mut().find(says_the_same) {
        Some(known) => {
            known.environments.extend(finding.environments);
            known.environments.sort();
            known.environments.dedup();
        }
        None => findings.push(finding),
    }
}

/// The warnings that do not merely follow from another: a policy whose actions take no such principal is false
/// for every request.
fn causes<'a>(
    warnings: impl Iterator<Item = &'a ValidationWarning>,
) -> impl Iterator<Item = &'a ValidationWarning> {
    use ValidationWarning::{ImpossiblePolicy, InvalidActionApplication};
    let warnings: Vec<_> = warnings.collect();
    let inapplicable = warnings
        .iter()
        .any(|warning| matches!(warning, InvalidActionApplication(_)));
    warnings
        .into_iter()
        .filter(move |warning| !(inapplicable && matches!(warning, ImpossiblePolicy(_))))
}

/// Whether the policy type-checks in strict mode: [`validate`] would find no error. One that can never
/// apply type-checks. Stops at the first error, and makes no finding of it.
pub fn accepts(template: &Template, validator: &Validator) -> bool {
    let schema = validator.schema();
    if schema.check_complete().is_err() {
        return run(validator, template, None).validation_passed();
    }
    literals::errors(schema, template).is_empty()
        && Typechecker::new(schema, ValidationMode::Strict)
            .typecheck_by_request_env(template)
            .all(|(_, check)| match check {
                PolicyCheck::Success(_) => true,
                PolicyCheck::Irrelevant(errors, _) => errors.is_empty(),
                PolicyCheck::Fail(_) => false,
            })
}

/// Whether the policy type-checks in strict mode in one kind of request, named as findings name it. Its literals
/// count everywhere.
pub fn accepts_in(template: &Template, validator: &Validator, environment: &str) -> bool {
    checks_in(template, validator, environment, |_| false)
}

/// As [`accepts_in`], but a policy may also read attributes and tags that may be missing: it then fails where they are,
/// and has the types that it should have everywhere else.
pub fn evaluates_in(template: &Template, validator: &Validator, environment: &str) -> bool {
    checks_in(template, validator, environment, |error| {
        matches!(
            error,
            ValidationError::UnsafeAttributeAccess(_)
                | ValidationError::UnsafeOptionalAttributeAccess(_)
                | ValidationError::UnsafeTagAccess(_)
                | ValidationError::NoTagsAllowed(_)
        )
    })
}

fn checks_in(
    template: &Template,
    validator: &Validator,
    environment: &str,
    is_fine: impl Fn(&ValidationError) -> bool,
) -> bool {
    let schema = validator.schema();
    if schema.check_complete().is_err()
        || Validator::validate_entity_types_and_literals(schema, template)
            .next()
            .is_some()
    {
        return false;
    }
    let typechecker = Typechecker::new(schema, ValidationMode::Strict);
    let accepted = |check: PolicyCheck| match check {
        PolicyCheck::Success(_) => true,
        PolicyCheck::Irrelevant(errors, _) | PolicyCheck::Fail(errors) => {
            errors.iter().all(&is_fine)
        }
    };
    if template.slots().next().is_some() {
        // Once for each type that a slot can have.
        return typechecker
            .typecheck_by_request_env(template)
            .filter(|(of, _)| is_labelled(of, environment))
            .all(|(_, check)| accepted(check));
    }
    schema
        .unlinked_request_envs(ValidationMode::Strict)
        .filter(|of| is_labelled(of, environment))
        .all(|of| accepted(typechecker.typecheck_by_single_request_env(template, &of)))
}

/// Where the policy follows references between entities further than `max_level` allows (Cedar's RFC
/// 76). Says nothing of environments in which the policy does not typecheck. Where the level cannot be
/// told, that is a finding too.
pub fn deref_level(template: &Template, validator: &Validator, max_level: u32) -> Vec<Finding> {
    let schema = validator.schema();
    // First the name must be right; Cedar would look for suggestions, see `literals`.
    if literals::errors(schema, template)
        .iter()
        .any(is_unrecognized)
    {
        return Vec::new();
    }
    let result = run(validator, template, Some(max_level));
    let errors: Vec<&ValidationError> = result
        .validation_errors()
        .filter(|error| {
            matches!(
                error,
                ValidationError::EntityDerefLevelViolation(_)
                    | ValidationError::InternalInvariantViolation(_)
            )
        })
        .collect();
    sorted(errors::findings(Subject { template, schema }, errors))
}

/// Whether every string in the policy's text is of printable ASCII without escapes. Names always are; so there is
/// no character of another script, none that turns the direction of writing and none that is no part of names:
/// nothing for Cedar's check of strings, which looks every character up in Unicode's tables.
fn has_plain_strings(template: &Template) -> bool {
    let Some(loc) = template.loc() else {
        return false;
    };
    tokens(&loc.src)
        .filter(|token| token.kind == TokenKind::String)
        .all(|token| {
            let mut bytes = token.span.text(&loc.src).bytes();
            bytes.all(|byte| matches!(byte, b' '..=b'~') && byte != b'\\')
        })
}

/// What a validation is about.
#[derive(Clone, Copy)]
struct Subject<'a> {
    template: &'a Template,
    schema: &'a ValidatorSchema,
}

/// Cedar's own validator on this policy alone.
fn run(validator: &Validator, template: &Template, level: Option<u32>) -> ValidationResult {
    let mut alone = PolicySet::new();
    if alone.add_template(template.clone()).is_err() {
        // Only an id that is taken already is refused, and none is.
        return ValidationResult::new([], []);
    }
    match level {
        None => validator.validate(&alone, ValidationMode::Strict),
        Some(level) => validator.validate_with_level(&alone, ValidationMode::Strict, level),
    }
}

/// Errors in the order in which they were first seen. The map only answers where an error is.
#[derive(Default)]
struct ByEnvironment {
    errors: Vec<(ValidationError, Vec<Arc<str>>)>,
    index: HashMap<ValidationError, usize>,
}

impl ByEnvironment {
    fn add(&mut self, errors: Vec<ValidationError>, environment: &RequestEnv<'_>) {
        if errors.is_empty() {
            return;
        }
        let label = label(environment);
        for error in errors {
            let known = self.index.get(&error).copied();
            match known.and_then(|at| self.errors.get_mut(at)) {
                Some((_, environments)) => environments.push(Arc::clone(&label)),
                None => {
                    self.index.insert(error.clone(), self.errors.len());
                    self.errors.push((error, vec![Arc::clone(&label)]));
                }
            }
        }
    }
}

fn label(environment: &RequestEnv<'_>) -> Arc<str> {
    let mut label = String::new();
    // A string takes whatever is written.
    let _ = write_label(environment, &mut label);
    label.into()
}

fn write_label(environment: &RequestEnv<'_>, out: &mut impl std::fmt::Write) -> std::fmt::Result {
    match environment {
        RequestEnv::DeclaredAction {
            principal,
            action,
            resource,
            ..
        } => write!(out, "{principal}, {action}, {resource}"),
        RequestEnv::UndeclaredAction => out.write_str("any request"),
    }
}

/// Whether this is its label. Most are others, and that shows before all of the label is written.
fn is_labelled(environment: &RequestEnv<'_>, label: &str) -> bool {
    /// What is still to be written.
    struct Rest<'l>(&'l str);
    impl std::fmt::Write for Rest<'_> {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0 = self.0.strip_prefix(text).ok_or(std::fmt::Error)?;
            Ok(())
        }
    }
    let mut rest = Rest(label);
    write_label(environment, &mut rest).is_ok() && rest.0.is_empty()
}

/// In the total order of position, code and text; what is the same but for its environments is one.
fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    fn key(finding: &Finding) -> (Span, &'static str, &str, &str) {
        (finding.span, finding.code, &finding.message, &finding.help)
    }
    findings.sort_by(|a, b| key(a).cmp(&key(b)));
    findings.dedup_by(|later, kept| {
        let same = key(later) == key(kept);
        if same {
            kept.environments.append(&mut later.environments);
            kept.environments.sort();
            kept.environments.dedup();
        }
        same
    });
    findings
}
