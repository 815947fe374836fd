//! Errors of structure: the tokens fit Cedar's grammar, what they say does not.

mod expression;
mod scope;

use cedar_policy_core::ast::ExpressionConstructionError;
use cedar_policy_core::parser::err::{ToASTError, ToASTErrorKind as Kind};
use miette::Diagnostic;

use super::cedar_label;
use super::excerpt::Excerpt;
use crate::codes::cedar_parse as codes;
use crate::finding::{Finding, Fix, TextEdit};
use crate::rules::Rule;
use crate::source::Span;

pub(super) fn finding(error: &ToASTError, excerpt: &Excerpt<'_>) -> Finding {
    let span = match cedar_label(error) {
        Some((start, end, _)) => excerpt.span(start, end),
        None => excerpt.whole(),
    };
    let at = At { span, excerpt };
    scope::finding(error.kind(), &at)
        .or_else(|| expression::finding(error.kind(), &at))
        .or_else(|| statement(error.kind(), &at))
        .unwrap_or_else(|| other(error, &at))
}

/// The place of an error, as Cedar gives it.
struct At<'a> {
    span: Span,
    excerpt: &'a Excerpt<'a>,
}

impl At<'_> {
    fn text(&self) -> &str {
        self.excerpt.at(self.span)
    }

    fn say(&self, rule: &'static Rule, message: impl Into<String>, help: &str) -> Finding {
        Finding::new(rule, self.span, message, help)
    }

    /// The same error at a narrower place, where there is one.
    fn narrow(&self, to: Option<Span>) -> Self {
        At {
            span: to.unwrap_or(self.span),
            excerpt: self.excerpt,
        }
    }

    /// Replaces what is underlined.
    fn instead(&self, with: &str) -> Fix {
        Fix::safe(
            format!("replace `{}` with `{with}`", self.text()),
            vec![TextEdit::replace(self.span, with)],
        )
    }
}

/// What concerns the statement as a whole, its annotations and its clauses.
fn statement(kind: &Kind, at: &At<'_>) -> Option<Finding> {
    Some(match kind {
        Kind::DuplicateTemplateId(id) => at.say(
            &codes::DUPLICATE_TEMPLATE_ID,
            format!("a template with the id `{id}` exists already"),
            "give one of the two another id",
        ),
        Kind::DuplicatePolicyId(id) => at.say(
            &codes::DUPLICATE_POLICY_ID,
            format!("a policy with the id `{id}` exists already"),
            "give one of the two another id",
        ),
        Kind::ExpectedStaticPolicy(_) => at.say(
            &codes::EXPECTED_STATIC_POLICY,
            "a template stands where only a policy without slots can",
            "replace the slot with an entity",
        ),
        Kind::ExpectedTemplate(_) => at.say(
            &codes::EXPECTED_TEMPLATE,
            "a policy without slots stands where only a template can",
            "put `?principal` or `?resource` into the scope",
        ),
        Kind::DuplicateAnnotation(key) => at
            .say(
                &codes::DUPLICATE_ANNOTATION,
                format!("the annotation `@{key}` stands here a second time"),
                "keep one of the two",
            )
            .fix(Fix::suggestion(
                "remove this annotation",
                vec![TextEdit::delete(at.span)],
            )),
        Kind::InvalidEffect(word) => one_of(
            at,
            &codes::INVALID_EFFECT,
            format!("a statement cannot begin with `{word}`"),
            &["permit", "forbid"],
            match word.to_string().as_str() {
                "allow" | "grant" => Some("permit"),
                "deny" | "block" => Some("forbid"),
                _ => None,
            },
        ),
        Kind::InvalidCondition(word) => {
            let at = at.narrow(at.excerpt.first(at.span));
            one_of(
                &at,
                &codes::INVALID_CONDITION,
                format!("a clause cannot begin with `{word}`"),
                &["when", "unless"],
                match word.to_string().as_str() {
                    "where" | "if" => Some("when"),
                    _ => None,
                },
            )
        }
        Kind::EmptyClause(word) => at.say(
            &codes::EMPTY_CONDITION,
            match word {
                Some(word) => format!("the `{word}` clause has no condition"),
                None => "the clause has no condition".to_owned(),
            },
            "write the condition, or remove the clause",
        ),
        Kind::SlotsInConditionClause(_) => at.say(
            &codes::SLOT_IN_CONDITION,
            if at.text().starts_with('?') {
                format!("the slot `{}` stands in a condition", at.text())
            } else {
                "a template slot stands in a condition".to_owned()
            },
            "use slots in the scope alone, and `principal` or `resource` here",
        ),
        Kind::NonNormalizedString {
            kind,
            src,
            normalized_src,
        } => at.say(
            &codes::NOT_NORMALIZED,
            format!("the {kind} `{src}` is not in its normal form"),
            &format!("write `{normalized_src}`"),
        ),
        Kind::MembershipInvariantViolation => at.say(
            &codes::MEMBERSHIP_INVARIANT,
            "Cedar's parser contradicts itself on this chain of accesses",
            "write it in another way, and report the text to the Cedar project",
        ),
        Kind::EmptyNodeInvariantViolation => at.say(
            &codes::EMPTY_NODE_INVARIANT,
            "Cedar's parser lost a part of this text",
            "write it in another way, and report the text to the Cedar project",
        ),
        Kind::ExpressionConstructionError(ExpressionConstructionError::DuplicateKey(error)) => {
            let key = error.key();
            let places = at.excerpt.keys(at.span, key);
            let finding = at.narrow(places.get(1).copied()).say(
                &codes::DUPLICATE_RECORD_KEY,
                format!("the key `{key}` stands in the record a second time"),
                "keep one of the two",
            );
            match places.first() {
                Some(first) if places.len() > 1 => {
                    finding.label(crate::finding::Place::Here(*first), "it stands here first")
                }
                _ => finding,
            }
        }
        _ => return None,
    })
}

/// Kinds that a later version of Cedar may add (the enum is open).
fn other(error: &ToASTError, at: &At<'_>) -> Finding {
    let help = error.help().map(|help| help.to_string());
    at.say(
        &codes::SYNTAX,
        error.to_string(),
        help.as_deref()
            .unwrap_or("write the statement as Cedar's grammar asks"),
    )
}

/// A word that must be one of a few: the one that was mistyped, or the one that other languages call so.
fn one_of(
    at: &At<'_>,
    rule: &'static Rule,
    message: String,
    words: &[&str],
    synonym: Option<&str>,
) -> Finding {
    let choices: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    let finding = at.say(rule, message, &format!("write {}", choices.join(" or ")));
    if let Some(word) = mistyped(at.text(), words) {
        finding.fix(at.instead(word))
    } else if let Some(word) = synonym {
        let fix = at.instead(word);
        finding.fix(Fix { safe: false, ..fix })
    } else {
        finding
    }
}

/// The one of `words` that differs from `written` in a slip of the fingers: at most two letters, and
/// less than half of them.
fn mistyped<'w>(written: &str, words: &[&'w str]) -> Option<&'w str> {
    words
        .iter()
        .map(|word| (strsim::damerau_levenshtein(written, word), *word))
        .filter(|(distance, word)| *distance <= 2 && distance * 2 < word.chars().count())
        .min()
        .map(|(_, word)| word)
}
