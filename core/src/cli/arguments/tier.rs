//! The arguments of `portcullis tier`.

use lexopt::Arg;

use super::{Parser, color, help, instant, one_of, text, unknown_option, value};
use crate::cli::{Base, Output, Plan, Surroundings, Tiering};
use crate::render::TierFormat;
use crate::tier::Tier;

const OPTIONS: &[&str] = &[
    "as-of",
    "base-rev",
    "baseline",
    "change",
    "color",
    "directory",
    "fail-on",
    "format",
    "help",
];

pub(super) fn read(mut parser: Parser, surroundings: Surroundings) -> Result<Plan, String> {
    let mut folders: Vec<String> = Vec::new();
    let mut revision: Option<String> = None;
    let mut tiering = Tiering {
        folder: String::new(),
        base: None,
        baseline: None,
        change: None,
        directory: None,
        format: TierFormat::Text,
        fail_on: None,
        as_of: surroundings.now,
        color: surroundings.colors,
        columns: surroundings.width(),
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("format") => {
                let name = value(&mut parser, "--format")?;
                let names = TierFormat::ALL.map(TierFormat::as_str);
                tiering.format =
                    TierFormat::parse(&name).ok_or_else(|| one_of("--format", &name, &names))?;
            }
            Arg::Long("fail-on") => {
                let name = value(&mut parser, "--fail-on")?;
                let names = ["never", "constrained", "human", "blocked", "undetermined"];
                tiering.fail_on = match name.as_str() {
                    "never" => None,
                    // Every change reaches it.
                    "auto" => return Err(one_of("--fail-on", &name, &names)),
                    name => {
                        Some(Tier::parse(name).ok_or_else(|| one_of("--fail-on", name, &names))?)
                    }
                };
            }
            Arg::Long("base-rev") => revision = Some(super::revision(&mut parser)?),
            Arg::Long("baseline") => {
                tiering.baseline = Some(value(&mut parser, "--baseline")?);
            }
            Arg::Long("change") => tiering.change = Some(value(&mut parser, "--change")?),
            Arg::Long("directory") => {
                tiering.directory = Some(value(&mut parser, "--directory")?);
            }
            Arg::Long("as-of") => tiering.as_of = instant(&mut parser)?,
            Arg::Long("color") => tiering.color = color(&mut parser, surroundings)?,
            Arg::Long("help") | Arg::Short('h') => {
                return Ok(Plan::Done(Output::text(help::TIER.to_owned())));
            }
            Arg::Value(path) if folders.len() < 2 => folders.push(text(path)?),
            Arg::Value(path) => {
                return Err(format!(
                    "`tier` takes two folders, and `{}` is a third",
                    path.to_string_lossy()
                ));
            }
            option => return Err(unknown_option(&option, OPTIONS)),
        }
    }
    (tiering.base, tiering.folder) = match (folders.as_slice(), revision) {
        ([], None) => (None, ".".to_owned()),
        ([folder], None) => (None, folder.clone()),
        ([base, folder], None) => (Some(Base::Folder(base.clone())), folder.clone()),
        ([], Some(revision)) => (Some(Base::Revision(revision)), ".".to_owned()),
        ([folder], Some(revision)) => (Some(Base::Revision(revision)), folder.clone()),
        (_, Some(_)) => {
            return Err(
                "`--base-rev` says what the one folder is compared with, so `tier` takes no second"
                    .to_owned(),
            );
        }
        (_, None) => return Err("`tier` takes at most two folders, BASE and HEAD".to_owned()),
    };
    Ok(Plan::Tier(tiering))
}
