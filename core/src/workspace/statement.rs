//! One statement and all that was computed from its text.

use std::sync::Arc;

use super::Counters;
use super::proofs::{Alone, Ground, explain};
use crate::cedar::Validator;
use crate::cedar::parse::{Parsed, parse, parse_all};
use crate::checks::{Check, PolicyContext, Run, TextContext};
use crate::config::Config;
use crate::encode::digest_of_bytes;
use crate::finding::{Finding, Severity};
use crate::schema::{Schema, TypeScope};
use crate::source::{Limits, LineIndex, Span, TokenKind, exceeded, tokens};
use crate::suppress::{Suppressions, parse_suppressions};

/// A statement. Everything in it depends on its text and the limits alone, but for `analysis`.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) text: Arc<str>,
    pub(super) index: LineIndex,
    pub(super) digest: [u8; 32],
    pub(super) comments: Vec<Span>,
    pub(super) strings: Vec<Span>,
    pub(super) suppressions: Suppressions,
    pub(super) form: Form,
    pub(super) analysis: Option<Analysis>,
}

/// What Cedar's parser made of a statement.
#[derive(Debug)]
pub(super) enum Form {
    /// Comments and blanks alone.
    Blank,
    /// Over a limit, or not accepted: the findings say why.
    Broken(Vec<Finding>),
    /// A policy or template.
    Parsed(Box<Parsed>),
}

/// What was found in a statement under a schema and a configuration.
#[derive(Debug)]
pub(super) struct Analysis {
    /// The numbers of the schema and the configuration that it was computed under.
    pub(super) epochs: Epochs,
    /// The requests that the policy's scope admits.
    pub(super) scope: TypeScope,
    /// What is proved of the policy by itself, where it type-checks.
    pub(super) alone: Option<Alone>,
    /// What was found, ordered by position.
    pub(super) findings: Vec<Finding>,
    /// The checks to which the time matters, for this policy.
    pub(super) clock: Vec<&'static Check>,
}

/// The numbers of the schema and the configuration in force; a change of either raises its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Epochs {
    pub(super) schema: u64,
    pub(super) config: u64,
}

/// What a statement is analysed under.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) epochs: Epochs,
    pub(super) schema: Option<(&'a Schema, &'a Validator)>,
    /// What proofs rest on, where there is a schema.
    pub(super) ground: Option<&'a Ground>,
    pub(super) config: &'a Config,
    /// The checks that the configuration does not turn off.
    pub(super) checks: &'a [&'static Check],
}

impl Statement {
    /// Reads statements, one for each text; `parsed` counts those that Cedar's parser is asked about.
    pub(super) fn read(texts: &[Arc<str>], limits: &Limits, parsed: &mut u64) -> Vec<Self> {
        let scans: Vec<Scan> = texts.iter().map(|text| Scan::new(text, limits)).collect();
        let to_parse: Vec<Arc<str>> = texts
            .iter()
            .zip(&scans)
            .filter(|(_, scan)| scan.unparsed.is_none())
            .map(|(text, _)| Arc::clone(text))
            .collect();
        *parsed += to_parse.len() as u64;
        let mut results = parse_all(&to_parse).into_iter();
        texts
            .iter()
            .zip(scans)
            .map(|(text, scan)| Self {
                suppressions: parse_suppressions(text, &scan.comments),
                index: LineIndex::new(text),
                digest: digest_of_bytes(text.as_bytes()),
                comments: scan.comments,
                strings: scan.strings,
                form: scan.unparsed.unwrap_or_else(|| {
                    match results.next().unwrap_or_else(|| parse(text)) {
                        Ok(parsed) => Form::Parsed(Box::new(parsed)),
                        Err(errors) => {
                            Form::Broken(crate::cedar::parse_errors::findings(&errors, text))
                        }
                    }
                }),
                analysis: None,
                text: Arc::clone(text),
            })
            .collect()
    }

    pub(super) const fn parsed(&self) -> Option<&Parsed> {
        match &self.form {
            Form::Parsed(parsed) => Some(parsed),
            _ => None,
        }
    }

    /// Whether nothing is to be said of it by itself, whatever the time.
    pub(super) fn is_silent(&self) -> bool {
        self.suppressions.list.is_empty()
            && self
                .analysis
                .as_ref()
                .is_none_or(|analysis| analysis.findings.is_empty() && analysis.clock.is_empty())
    }

    /// Brings the analysis up to date, and counts how often Cedar's type-checker and the prover are asked.
    pub(super) fn analyse(&mut self, within: Surroundings<'_>, counters: &mut Counters) {
        if self
            .analysis
            .as_ref()
            .is_some_and(|analysis| analysis.epochs == within.epochs)
        {
            return;
        }
        let mut findings = self.suppressions.findings.clone();
        let mut clock = Vec::new();
        let mut scope = TypeScope::default();
        let mut alone = None;
        let text_context = TextContext {
            text: &self.text,
            comments: &self.comments,
            strings: &self.strings,
            config: within.config,
        };
        for check in within.checks {
            if let Run::Text(run) = check.run {
                run(&text_context, &mut findings);
            }
        }
        match &self.form {
            Form::Blank => {}
            Form::Broken(errors) => findings.extend(errors.iter().cloned()),
            Form::Parsed(parsed) => {
                if let Some((schema, validator)) = within.schema {
                    counters.type_checked += 1;
                    scope = schema.type_scope(&parsed.policy);
                    let validated = crate::cedar::validate::validate(&parsed.template, validator);
                    let is_valid = validated
                        .findings
                        .iter()
                        .all(|finding| finding.severity != Severity::Error);
                    if let (true, Some(ground)) = (is_valid, within.ground) {
                        let proved = Alone::new(parsed, &validated.environments, &scope, ground);
                        counters.questions += u64::from(proved.tally.asked);
                        counters.unconfirmed += u64::from(proved.tally.unconfirmed);
                        alone = Some(proved);
                    }
                    let mut of_cedar = validated.findings;
                    explain(&parsed.policy, alone.as_ref(), &mut of_cedar);
                    findings.extend(of_cedar);
                    if let Some(level) = within.config.validation.level {
                        findings.extend(crate::cedar::validate::deref_level(
                            &parsed.template,
                            validator,
                            level,
                        ));
                    }
                }
                let schema = within.schema.map(|(schema, _)| (schema, &scope));
                let context = PolicyContext::new(&parsed.policy, schema, within.config)
                    .proved(alone.as_ref());
                for check in within.checks {
                    match check.run {
                        Run::Policy(run) | Run::PolicyOrSet { policy: run, .. } => {
                            run(&context, &mut findings);
                        }
                        Run::Clock { relevant, .. } if relevant(&parsed.policy) => {
                            clock.push(*check);
                        }
                        _ => {}
                    }
                }
            }
        }
        findings.extend(super::nul_byte(&self.text));
        self.analysis = Some(Analysis {
            epochs: within.epochs,
            scope,
            alone,
            findings,
            clock,
        });
    }
}

/// What is known of a statement before Cedar's parser is asked.
struct Scan {
    comments: Vec<Span>,
    strings: Vec<Span>,
    /// The form of a statement that is not for Cedar's parser.
    unparsed: Option<Form>,
}

impl Scan {
    fn new(text: &str, limits: &Limits) -> Self {
        let mut comments = Vec::new();
        let mut strings = Vec::new();
        let mut blank = true;
        for token in tokens(text) {
            match token.kind {
                TokenKind::Blank => continue,
                TokenKind::Comment => {
                    comments.push(token.span);
                    continue;
                }
                TokenKind::String | TokenKind::UnterminatedString => strings.push(token.span),
                _ => {}
            }
            blank = false;
        }
        let unparsed = if text.starts_with('\u{feff}') {
            Some(Form::Broken(vec![crate::codes::byte_order_mark()]))
        } else if blank {
            Some(Form::Blank)
        } else {
            exceeded(text, limits)
                .map(|(limit, at)| Form::Broken(vec![super::limits::statement(limit, limits, at)]))
        };
        Self {
            comments,
            strings,
            unparsed,
        }
    }
}
