//! From arguments to what they ask for.

mod diff;
mod govern;
mod test;
mod tier;

use std::collections::BTreeSet;
use std::ffi::OsString;

use lexopt::{Arg, ValueExt};

use super::{Check, Output, Plan, Surroundings, help};
use crate::finding::Severity;
use crate::render::{self, Format};
use crate::rules;
use crate::time::Instant;

/// Reads a command line, the program's name left out.
pub fn plan(arguments: &[String], surroundings: Surroundings) -> Plan {
    match read(arguments, surroundings) {
        Ok(plan) => plan,
        Err(message) => Plan::Done(Output::usage(message)),
    }
}

const COMMANDS: &[&str] = &[
    "check",
    "test",
    "diff",
    "tier",
    "gate",
    "change",
    "log",
    "review",
    "authorize",
    "rules",
    "help",
    "version",
];

/// Options that can be given more than once; each counts.
const REPEATABLE: [&str; 4] = ["acknowledge", "approval", "policy", "tag"];

/// The arguments, one after another. An option for the second time is refused: of two values one would be ignored.
struct Parser {
    inner: lexopt::Parser,
    seen: BTreeSet<String>,
}

impl Parser {
    fn new(arguments: &[String]) -> Self {
        Self {
            inner: lexopt::Parser::from_args(arguments.iter().map(OsString::from)),
            seen: BTreeSet::new(),
        }
    }

    fn next(&mut self) -> Result<Option<Arg<'_>>, String> {
        let argument = self.inner.next().map_err(|e| e.to_string())?;
        if let Some(Arg::Long(name)) = &argument
            && !REPEATABLE.contains(name)
            && !self.seen.insert((*name).to_owned())
        {
            return Err(format!("`--{name}` is given twice"));
        }
        Ok(argument)
    }

    fn value(&mut self) -> Result<OsString, lexopt::Error> {
        self.inner.value()
    }

    /// Refuses whatever is left.
    fn end(&mut self) -> Result<(), String> {
        match self.next()? {
            None => Ok(()),
            Some(more) => Err(unknown_option(&more, &[])),
        }
    }
}

fn read(arguments: &[String], surroundings: Surroundings) -> Result<Plan, String> {
    let mut parser = Parser::new(arguments);
    let command = match parser.next()? {
        None | Some(Arg::Long("help") | Arg::Short('h')) => {
            return Ok(Plan::Done(Output::text(help::MAIN.to_owned())));
        }
        Some(Arg::Long("version") | Arg::Short('V')) => return version(parser),
        Some(Arg::Value(command)) => text(command)?,
        Some(option) => return Err(unknown_option(&option, &["help", "version"])),
    };
    match command.as_str() {
        "check" => check(parser, surroundings),
        "test" => test::read(parser, surroundings),
        "diff" => diff::read(parser, surroundings),
        "gate" => govern::gate(parser, surroundings),
        "change" => govern::change(parser, surroundings),
        "log" => govern::log(parser, surroundings),
        "review" => govern::review(parser, surroundings),
        "authorize" => govern::authorize(parser, surroundings),
        "tier" => tier::read(parser, surroundings),
        "rules" => rules_of(parser),
        "help" => help_of(parser),
        "version" => version(parser),
        other => Err(format!(
            "there is no command `{other}`{}",
            did_you_mean(other, COMMANDS)
        )),
    }
}

fn version(mut parser: Parser) -> Result<Plan, String> {
    parser.end()?;
    Ok(Plan::Done(Output::text(format!(
        "portcullis {} (cedar-policy {})\n",
        env!("CARGO_PKG_VERSION"),
        crate::cedar::VERSION
    ))))
}

fn check(mut parser: Parser, surroundings: Surroundings) -> Result<Plan, String> {
    let mut folder: Option<String> = None;
    let mut check = Check {
        folder: String::new(),
        only: None,
        format: Format::Text,
        fail_on: Some(Severity::High),
        as_of: surroundings.now,
        color: surroundings.colors,
        columns: surroundings.width(),
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("format") => {
                let name = value(&mut parser, "--format")?;
                check.format = Format::parse(&name)
                    .ok_or_else(|| one_of("--format", &name, &Format::ALL.map(Format::as_str)))?;
            }
            Arg::Long("fail-on") => {
                let name = value(&mut parser, "--fail-on")?;
                check.fail_on = match name.as_str() {
                    "never" => None,
                    name => Some(Severity::parse(name).ok_or_else(|| {
                        one_of(
                            "--fail-on",
                            name,
                            &["low", "medium", "high", "error", "never"],
                        )
                    })?),
                };
            }
            Arg::Long("as-of") => check.as_of = instant(&mut parser)?,
            Arg::Long("color") => check.color = color(&mut parser, surroundings)?,
            Arg::Long("help") | Arg::Short('h') => {
                return Ok(Plan::Done(Output::text(help::CHECK.to_owned())));
            }
            Arg::Value(path) if folder.is_none() => folder = Some(text(path)?),
            Arg::Value(path) => {
                return Err(format!(
                    "`check` takes one folder, and `{}` is a second",
                    path.to_string_lossy()
                ));
            }
            option => {
                return Err(unknown_option(
                    &option,
                    &["format", "fail-on", "as-of", "color", "help"],
                ));
            }
        }
    }
    check.folder = folder.unwrap_or_else(|| ".".to_owned());
    Ok(Plan::Check(check))
}

fn rules_of(mut parser: Parser) -> Result<Plan, String> {
    let mut code: Option<String> = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => {
                return Ok(Plan::Done(Output::text(help::RULES.to_owned())));
            }
            Arg::Value(value) if code.is_none() => code = Some(text(value)?),
            Arg::Value(value) => {
                return Err(format!(
                    "`rules` takes one code, and `{}` is a second",
                    value.to_string_lossy()
                ));
            }
            option => return Err(unknown_option(&option, &["help"])),
        }
    }
    let Some(code) = code else {
        return Ok(Plan::Done(Output::text(render::rules_list())));
    };
    match render::rule_page(&code) {
        Some(page) => Ok(Plan::Done(Output::text(page))),
        None => {
            let codes: Vec<&str> = rules::all().map(|rule| rule.code).collect();
            Err(format!(
                "there is no code `{code}`{}",
                did_you_mean(&code, &codes)
            ))
        }
    }
}

fn help_of(mut parser: Parser) -> Result<Plan, String> {
    let page = match parser.next()? {
        None => help::MAIN,
        Some(Arg::Value(command)) => match text(command)?.as_str() {
            "check" => help::CHECK,
            "test" => help::TEST,
            "diff" => help::DIFF,
            "gate" => help::GATE,
            "change" => help::CHANGE,
            "log" => help::LOG,
            "review" => help::REVIEW,
            "authorize" => help::AUTHORIZE,
            "tier" => help::TIER,
            "rules" => help::RULES,
            other => {
                return Err(format!(
                    "there is no command `{other}`{}",
                    did_you_mean(other, COMMANDS)
                ));
            }
        },
        Some(option) => return Err(unknown_option(&option, &[])),
    };
    parser.end()?;
    Ok(Plan::Done(Output::text(page.to_owned())))
}

fn instant(parser: &mut Parser) -> Result<Instant, String> {
    let time = value(parser, "--as-of")?;
    Instant::parse(&time).ok_or_else(|| {
        format!("`--as-of {time}` is no point in time: write it as in RFC 3339, like 2026-11-21T09:00:00Z, or as a date, like 2026-11-21")
    })
}

/// A revision of git's. One that begins as an option does would be taken for one.
fn revision(parser: &mut Parser) -> Result<String, String> {
    let revision = value(parser, "--base-rev")?;
    match revision.is_empty() || revision.starts_with('-') || revision.contains(['\0', '\n']) {
        true => Err(format!(
            "`--base-rev {}` is no revision: name a commit, a branch or a tag",
            revision.escape_debug()
        )),
        false => Ok(revision),
    }
}

fn color(parser: &mut Parser, surroundings: Surroundings) -> Result<bool, String> {
    match value(parser, "--color")?.as_str() {
        "auto" => Ok(surroundings.colors),
        "always" => Ok(true),
        "never" => Ok(false),
        name => Err(one_of("--color", name, &["auto", "always", "never"])),
    }
}

fn value(parser: &mut Parser, option: &str) -> Result<String, String> {
    let value = parser
        .value()
        .map_err(|_| format!("`{option}` needs a value"))?;
    text(value)
}

fn text(value: OsString) -> Result<String, String> {
    value
        .string()
        .map_err(|_| "an argument is not valid Unicode".to_owned())
}

fn one_of(option: &str, got: &str, values: &[&str]) -> String {
    format!(
        "`{option} {got}`: the value is one of {}{}",
        values.join(", "),
        did_you_mean(got, values)
    )
}

fn unknown_option(argument: &Arg<'_>, known: &[&str]) -> String {
    match argument {
        Arg::Short(c) => format!("there is no option `-{c}` here"),
        Arg::Long(name) => format!(
            "there is no option `--{name}` here{}",
            crate::suggest::nearest(name, known.iter().copied())
                .map(|near| format!(", did you mean `--{near}`?"))
                .unwrap_or_default()
        ),
        Arg::Value(value) => format!("`{}` is one argument too many", value.to_string_lossy()),
    }
}

fn did_you_mean(got: &str, known: &[&str]) -> String {
    crate::suggest::nearest(got, known.iter().copied())
        .map(|near| format!(", did you mean `{near}`?"))
        .unwrap_or_default()
}
