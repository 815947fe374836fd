//! What no case reaches, in sentences.

use super::is_scoped;
use crate::cedar::evaluate::Tree;
use crate::source::Span;
use crate::suite::coverage::{ConditionCoverage, Missing, PolicyCoverage};
use crate::suite::run::Statement;

/// The sentences, in the order of the policy's text. What follows from another sentence is not said.
pub(super) fn missing(
    covered: &PolicyCoverage,
    statement: &Statement<'_>,
    tree: &Tree,
) -> Vec<Missing> {
    let mut out = Out {
        statement,
        missing: Vec::new(),
    };
    let policy = &statement.parsed.policy;
    let name = &covered.policy;
    if covered.scope.as_true == 0 {
        out.say(
            policy.scope,
            format!("no case matches the scope of `{name}`"),
        );
        return out.missing;
    }
    if covered.determined == 0 {
        out.say(
            policy.effect.span,
            format!("no case has `{name}` determine its decision"),
        );
    }
    if is_scoped(policy) && covered.scope.as_false == 0 {
        out.say(
            policy.scope,
            format!("no case lies outside the scope of `{name}`"),
        );
    }
    for environment in &covered.environments {
        if environment.cases == 0 {
            out.say(
                policy.scope,
                format!("no case in `{}`", environment.environment),
            );
        }
    }
    for ((clause, of_tree), facts) in covered
        .clauses
        .iter()
        .zip(&tree.clauses)
        .zip(&policy.clauses)
    {
        let keyword = clause.keyword;
        let seen = clause.seen;
        if seen.as_true + seen.as_false + seen.as_error == 0 {
            // The clauses behind it are not reached either.
            out.say(
                facts.span,
                format!("no case reaches `{keyword}` of `{name}`: what stands before keeps it from applying"),
            );
            break;
        }
        let possible = of_tree.possible();
        for (n, (condition, atom)) in clause.conditions.iter().zip(&of_tree.atoms).enumerate() {
            let last = n > 0;
            out.condition(condition, atom.span, last);
        }
        // With a single condition its own sentences say it.
        if clause.conditions.len() != 1 {
            for (can, count, value) in [
                (possible.0, seen.as_true, "true"),
                (possible.1, seen.as_false, "false"),
            ] {
                if can && count == 0 {
                    out.say(
                        facts.span,
                        format!("no case makes `{keyword}` of `{name}` {value}"),
                    );
                }
            }
        }
    }
    out.missing
}

struct Out<'a> {
    statement: &'a Statement<'a>,
    missing: Vec<Missing>,
}

impl Out<'_> {
    fn say(&mut self, span: Span, message: String) {
        self.missing.push(Missing {
            range: self.statement.range(span),
            message,
        });
    }

    fn condition(&mut self, condition: &ConditionCoverage, span: Span, may_be_skipped: bool) {
        let text = condition
            .text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let seen = condition.seen;
        if may_be_skipped && seen.as_true + seen.as_false + seen.as_error == 0 {
            self.say(span, format!("no case evaluates `{text}`"));
            return;
        }
        for (seen, decisive, value) in [
            (seen.as_true, condition.decisive.as_true, "true"),
            (seen.as_false, condition.decisive.as_false, "false"),
        ] {
            if seen == 0 {
                self.say(span, format!("no case makes `{text}` {value}"));
            } else if decisive == 0 {
                self.say(
                    span,
                    format!("no case is decided by `{text}` alone being {value}"),
                );
            }
        }
        if let Some(how) = &condition.fails_where
            && seen.as_error == 0
        {
            self.say(
                span,
                format!("no case makes `{text}` fail, as it does where {how}"),
            );
        }
    }
}
