//! `portcullis diff`.

use super::test::passes;
use super::{Output, Write, prefix};
use crate::change::{self, Change, EntityChange, EnvironmentChange, Example, Relation, Verdict};
use crate::facts::Effect;
use crate::render::{self, ChangeFormat};
use crate::suite::insert::insert;
use crate::suite::model::Decision;
use crate::suite::{TestOptions, witness};
use crate::time::Instant;
use crate::workspace::Workspace;

/// `portcullis diff`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The bundle as it is to be.
    pub folder: String,
    /// Of a file, its path in the bundle that was read: all of that bundle is compared.
    pub only: Option<String>,
    /// The bundle as it was.
    pub base: Base,
    /// What the comparison is turned into.
    pub format: ChangeFormat,
    /// When the exit code is 1.
    pub fail_on: FailOn,
    /// Path in [`Self::folder`] of a suite to which the examples are added as cases.
    pub write_tests: Option<String>,
    /// Whether entities that a request names may be missing.
    pub partial_entities: bool,
    /// What counts as now when these cases are tried.
    pub as_of: Instant,
    /// Whether to use colours.
    pub color: bool,
    /// Columns to write in.
    pub columns: usize,
}

/// Where the bundle as it was is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// Another folder.
    Folder(String),
    /// The same folder at a revision that git knows.
    Revision(String),
}

/// What makes a comparison fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// Nothing.
    Never,
    /// What could not be decided.
    Unknown,
    /// That more is allowed, or could be, by policies, entities or settings; and a guardrail that is broken, weakened
    /// or undecided.
    Wider,
    /// Anything but that the same is allowed.
    Any,
}

impl FailOn {
    /// All values, least strict first.
    pub const ALL: [Self; 4] = [Self::Never, Self::Unknown, Self::Wider, Self::Any];

    /// The name used on command lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Unknown => "unknown",
            Self::Wider => "wider",
            Self::Any => "any",
        }
    }

    /// The value with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|of| of.as_str() == name)
    }

    fn fails(self, change: &Change) -> bool {
        let unknown = change.relation == Relation::Unknown;
        let guarded = change.guardrails.iter().all(|rail| {
            let idle = matches!(rail.verdict, Some(Verdict::Idle(_)));
            let kept = matches!(rail.verdict, None | Some(Verdict::Holds));
            // What forbids nothing is broken by nothing.
            !rail.weakened && (kept || (idle && rail.effect == Effect::Forbid))
        });
        match self {
            Self::Never => false,
            Self::Unknown => unknown,
            Self::Wider => {
                let wider = matches!(change.relation, Relation::Wider | Relation::Incomparable);
                let entities = change.entities.iter().any(EntityChange::may_widen);
                let settings = change.settings.iter().any(|of| of.looser);
                unknown || wider || !guarded || entities || settings
            }
            Self::Any => {
                let entities = change.entities.iter().any(EntityChange::may_decide);
                change.relation != Relation::Equivalent
                    || !guarded
                    || entities
                    || !change.settings.is_empty()
            }
        }
    }
}

impl Diff {
    /// Compares the bundle in `workspace` with that in `base` and renders what it comes to.
    pub fn run(&self, workspace: &mut Workspace, base: &mut Workspace) -> Output {
        if workspace.paths().next().is_none() && base.paths().next().is_none() {
            return Output::empty(&self.folder);
        }
        let change = workspace.compare(base, &change::Options::of(self.partial_entities));
        let prefix = prefix(&self.folder, self.only.as_deref());
        let options = render::Options {
            color: self.color,
            width: self.columns,
            prefix: &prefix,
            ..render::Options::default()
        };
        let mut stdout = render::change(self.format, &change, &options);
        if !stdout.ends_with('\n') {
            stdout.push('\n');
        }
        let mut output = Output {
            stdout,
            exit: u8::from(self.fail_on.fails(&change)),
            ..Output::default()
        };
        if let Some(path) = &self.write_tests {
            self.write(path, &change, workspace, &mut output);
        }
        output
    }

    /// Adds the examples to a suite as cases that expect what head decides, if all of what comes of it passes.
    fn write(&self, path: &str, change: &Change, workspace: &mut Workspace, output: &mut Output) {
        let old = workspace.text(path);
        let text = old.clone().unwrap_or_default();
        let mut names = Vec::new();
        let cases: Vec<String> = change
            .environments
            .iter()
            .flat_map(|of| {
                let allowed = of.newly_allowed.as_ref().map(|example| (of, example, true));
                let denied = of.newly_denied.as_ref().map(|example| (of, example, false));
                allowed.into_iter().chain(denied)
            })
            // What head's schema has no request for cannot be tested there.
            .filter(|(_, example, _)| example.head.is_some())
            .filter_map(|(of, example, allowed)| case(of, example, allowed, &text, &mut names))
            .collect();
        let shown = format!("{}{path}", prefix(&self.folder, self.only.as_deref()));
        let counted = render::counted(cases.len(), "case");
        if cases.is_empty() {
            output.stderr.push_str("there is no case to add\n");
            return;
        }
        if !workspace.is_utf8(path) {
            output.stderr.push_str(&format!(
                "error: {counted} could not be added to `{shown}`: it is not UTF-8 throughout; repair that first\n"
            ));
            output.exit = 2;
            return;
        }
        let borrowed: Vec<&str> = cases.iter().map(String::as_str).collect();
        let options = TestOptions::new(self.as_of);
        let new = insert(&text, &borrowed)
            .filter(|new| passes(new, path, old.as_deref(), cases.len(), workspace, &options));
        match new {
            Some(text) => {
                output
                    .stderr
                    .push_str(&format!("added {counted} to `{shown}`\n"));
                output.writes.push(Write::whole(path, text, old.as_deref()));
            }
            None => {
                let help = match self.partial_entities {
                    true => {
                        "leave out `--partial-entities`: a suite cannot say that entities are missing"
                    }
                    false => "name a suite that does not exist yet",
                };
                output.stderr.push_str(&format!(
                    "error: {counted} could not be added to `{shown}` without rewriting it, or would not pass there: {help}\n"
                ));
                output.exit = 2;
            }
        }
    }
}

fn case(
    of: &EnvironmentChange,
    example: &Example,
    allowed: bool,
    text: &str,
    names: &mut Vec<String>,
) -> Option<String> {
    let verb = match allowed {
        true => "may",
        false => "may not",
    };
    let environment = &of.environment;
    let name = format!(
        "{} {verb} {} on {}",
        environment.principal, environment.action.id, environment.resource
    );
    let mut unique = name.clone();
    let mut count = 1;
    while names.contains(&unique) || text.contains(&unique) {
        count += 1;
        unique = format!("{name}, {count}");
    }
    let (decision, before) = match allowed {
        true => (Decision::Allow, Decision::Deny),
        false => (Decision::Deny, Decision::Allow),
    };
    let comment = match &example.base {
        Some(_) => format!("it was {}", before.as_str()),
        None => "there was no such request".to_owned(),
    };
    let yaml = witness::yaml(&unique, &comment, example.for_head(allowed), decision)?;
    names.push(unique);
    Some(yaml)
}

#[cfg(test)]
mod tests;
