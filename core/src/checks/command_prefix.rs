//! Prefixes of a command line, behind which a shell takes a second command.

use super::{Check, Run, SetContext};
use crate::analysis::names::{has_word, last_name, words};
use crate::analysis::prefixes::{Prefix, prefixes, slips_through};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};

static RULE: Rule = Rule {
    code: "command-prefix",
    severity: Severity::Medium,
    summary: "a pattern for the beginning of a command line also matches lines with a second command",
    why: "where a shell runs the line, whoever chooses it can run any command at all",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &[
        "ASI02",
        "ASI05",
        "NIST SP 800-53r5 AC-3",
        "NIST SP 800-53r5 AC-6",
    ],
    page: include_str!("command_prefix.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Set(run),
};

/// What starts a second command in every shell.
const SEPARATORS: &[&str] = &["; rm -rf /", "&& rm -rf /", "| sh"];

/// What puts the output of one in a line, or begins a new line.
const SUBSTITUTIONS: &[&str] = &["$(rm -rf /)", "`rm -rf /`", "\nrm -rf /"];

fn run(cx: &SetContext<'_>, out: &mut Vec<(usize, Finding)>) {
    for (index, member) in cx.policies.iter().enumerate() {
        for prefix in prefixes(member.policy) {
            if !is_of_command_line(&prefix) {
                continue;
            }
            let separated = slips_through(cx, member, &prefix, SEPARATORS);
            let severity = match separated {
                Some(_) => RULE.severity,
                // Whoever excludes the separators has thought of it.
                None => Severity::Low,
            };
            let example = separated.or_else(|| slips_through(cx, member, &prefix, SUBSTITUTIONS));
            let Some(example) = example else {
                continue;
            };
            let text = member.policy.at(prefix.pattern.span);
            let finding = Finding::new(
                &RULE,
                prefix.pattern.span,
                format!(
                    "`{text}` also matches `{}`, which runs a second command",
                    example.escape_debug()
                ),
                "compare the program and each argument on its own, or list the whole command lines with `==`",
            );
            out.push((index, finding.severity(severity)));
        }
    }
}

/// Whether the text is a line for a shell. A command by itself, as `restart*`, is a name.
fn is_of_command_line(prefix: &Prefix<'_>) -> bool {
    let name = last_name(prefix.of).unwrap_or_default();
    let words = words(name);
    let has = |word: &str| words.iter().any(|of| of == word);
    let is_line = has_word(name, &["shell", "bash", "commandline", "cmdline"])
        || (has_word(name, COMMANDS) && has("line"));
    is_line || (has_word(name, COMMANDS) && prefix.begin().trim_start().contains(' '))
}

const COMMANDS: &[&str] = &["command", "cmd", "exec", "script"];
