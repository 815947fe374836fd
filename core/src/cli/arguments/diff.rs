//! The arguments of `portcullis diff`.

use lexopt::Arg;

use super::{Parser, color, help, instant, one_of, text, unknown_option, value};
use crate::cli::{Base, Diff, FailOn, Output, Plan, Surroundings};
use crate::render::ChangeFormat;
use crate::workspace::is_suite;

const OPTIONS: &[&str] = &[
    "as-of",
    "base-rev",
    "color",
    "fail-on",
    "format",
    "help",
    "partial-entities",
    "write-tests",
];

pub(super) fn read(mut parser: Parser, surroundings: Surroundings) -> Result<Plan, String> {
    let mut folders: Vec<String> = Vec::new();
    let mut revision: Option<String> = None;
    let mut diff = Diff {
        folder: String::new(),
        only: None,
        base: Base::Folder(String::new()),
        format: ChangeFormat::Text,
        fail_on: FailOn::Never,
        write_tests: None,
        partial_entities: false,
        as_of: surroundings.now,
        color: surroundings.colors,
        columns: surroundings.width(),
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("format") => {
                let name = value(&mut parser, "--format")?;
                let names = ChangeFormat::ALL.map(ChangeFormat::as_str);
                diff.format =
                    ChangeFormat::parse(&name).ok_or_else(|| one_of("--format", &name, &names))?;
            }
            Arg::Long("fail-on") => {
                let name = value(&mut parser, "--fail-on")?;
                let names = FailOn::ALL.map(FailOn::as_str);
                diff.fail_on =
                    FailOn::parse(&name).ok_or_else(|| one_of("--fail-on", &name, &names))?;
            }
            Arg::Long("partial-entities") => diff.partial_entities = true,
            Arg::Long("base-rev") => revision = Some(super::revision(&mut parser)?),
            Arg::Long("write-tests") => {
                let path = value(&mut parser, "--write-tests")?;
                if !is_suite(&path) {
                    return Err(format!(
                        "`--write-tests {path}`: name a suite in the folder, a path that ends in .test.yaml"
                    ));
                }
                diff.write_tests = Some(path);
            }
            Arg::Long("as-of") => diff.as_of = instant(&mut parser)?,
            Arg::Long("color") => diff.color = color(&mut parser, surroundings)?,
            Arg::Long("help") | Arg::Short('h') => {
                return Ok(Plan::Done(Output::text(help::DIFF.to_owned())));
            }
            Arg::Value(path) if folders.len() < 2 => folders.push(text(path)?),
            Arg::Value(path) => {
                return Err(format!(
                    "`diff` takes two folders, and `{}` is a third",
                    path.to_string_lossy()
                ));
            }
            option => return Err(unknown_option(&option, OPTIONS)),
        }
    }
    (diff.base, diff.folder) = match (folders.as_slice(), revision) {
        ([base, folder], None) => (Base::Folder(base.clone()), folder.clone()),
        ([], Some(revision)) => (Base::Revision(revision), ".".to_owned()),
        ([folder], Some(revision)) => (Base::Revision(revision), folder.clone()),
        (_, Some(_)) => {
            return Err(
                "`--base-rev` says what the one folder is compared with, so `diff` takes no second"
                    .to_owned(),
            );
        }
        (_, None) => {
            return Err(
                "`diff` needs two folders, BASE and HEAD, or one and `--base-rev REV`".to_owned(),
            );
        }
    };
    Ok(Plan::Diff(diff))
}
