//! The arguments of `portcullis test`.

use lexopt::Arg;

use super::{Parser, color, help, instant, one_of, text, unknown_option, value};
use crate::cli::{Base, Output, Plan, Surroundings, Test};
use crate::render::TestFormat;
use crate::suite::TestOptions;

const OPTIONS: &[&str] = &[
    "as-of",
    "base",
    "base-rev",
    "changed-only",
    "color",
    "coverage",
    "fail-fast",
    "filter",
    "format",
    "help",
    "mutation",
    "policy",
    "suggest",
    "tag",
    "verbose",
    "write",
];

pub(super) fn read(mut parser: Parser, surroundings: Surroundings) -> Result<Plan, String> {
    let mut folder: Option<String> = None;
    let mut test = Test {
        folder: String::new(),
        only: None,
        base: None,
        changed_only: false,
        options: TestOptions::new(surroundings.now),
        policies: Vec::new(),
        write: false,
        format: TestFormat::Text,
        verbose: false,
        color: surroundings.colors,
        columns: surroundings.width(),
    };
    while let Some(argument) = parser.next()? {
        let options = &mut test.options;
        match argument {
            Arg::Long("format") => {
                let name = value(&mut parser, "--format")?;
                let names = TestFormat::ALL.map(TestFormat::as_str);
                test.format =
                    TestFormat::parse(&name).ok_or_else(|| one_of("--format", &name, &names))?;
            }
            Arg::Long("coverage") => options.coverage = true,
            Arg::Long("mutation") => options.mutation = true,
            Arg::Long("suggest") => options.suggest = true,
            Arg::Long("write") => {
                options.suggest = true;
                test.write = true;
            }
            Arg::Long("filter") => options.filter = Some(value(&mut parser, "--filter")?),
            Arg::Long("tag") => options.tags.push(value(&mut parser, "--tag")?),
            Arg::Long("policy") => test.policies.push(value(&mut parser, "--policy")?),
            Arg::Long("fail-fast") => options.fail_fast = true,
            Arg::Long("changed-only") => test.changed_only = true,
            Arg::Long("base") => {
                test.base = Some(Base::Folder(value(&mut parser, "--base")?));
            }
            Arg::Long("base-rev") => {
                test.base = Some(Base::Revision(super::revision(&mut parser)?));
            }
            Arg::Long("as-of") => options.as_of = instant(&mut parser)?,
            Arg::Long("verbose") => test.verbose = true,
            Arg::Long("color") => test.color = color(&mut parser, surroundings)?,
            Arg::Long("help") | Arg::Short('h') => {
                return Ok(Plan::Done(Output::text(help::TEST.to_owned())));
            }
            Arg::Value(path) if folder.is_none() => folder = Some(text(path)?),
            Arg::Value(path) => {
                return Err(format!(
                    "`test` takes one folder, and `{}` is a second",
                    path.to_string_lossy()
                ));
            }
            option => return Err(unknown_option(&option, OPTIONS)),
        }
    }
    test.folder = folder.unwrap_or_else(|| ".".to_owned());
    let options = &mut test.options;
    options.coverage |= test.format == TestFormat::Lcov;
    if test.changed_only && test.base.is_none() {
        return Err(
            "`--changed-only` needs `--base DIR` or `--base-rev REV`, what to compare the policies with"
                .to_owned(),
        );
    }
    Ok(Plan::Test(test))
}
