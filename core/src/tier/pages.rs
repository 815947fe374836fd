//! Every factor's page is its test.
//!
//! Under `## Fires` and `## Does not fire` a page has examples. Each is a row of fenced blocks that ends with one
//! named `reasons`: the tier, and every reason with its floor, sorted.
//!
//! - `cedar base`, `cedar head`: policies; `cedar` alone stands in both.
//! - `cedarschema base`, `cedarschema head`: another schema than `pages/schema.cedarschema`.
//! - `cedar baseline`: the policies as they were last approved.
//! - `cedar invariant`: guardrails of both.
//! - `yaml base`, `yaml head`, `yaml`: portcullis.yaml.
//! - `yaml test`: policy tests of head; `yaml test base` those of base.
//! - `yaml directory`: directory.yaml of both.
//! - `yaml record`: the change record.
//! - `json links base`, `json links head`, `json entities base`, `json entities head`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::{Input, Tiered, factors, tier};
use crate::Workspace;
use crate::govern::record;
use crate::time::Instant;

pub(crate) const SCHEMA: &str = include_str!("pages/schema.cedarschema");

#[derive(Debug, Clone, Default)]
struct Example {
    line: usize,
    fires: bool,
    base: Vec<(String, String)>,
    head: Vec<(String, String)>,
    baseline: Option<String>,
    record: Option<String>,
    expected: String,
}

fn parse(page: &str) -> Vec<Example> {
    let mut out = Vec::new();
    let mut example = Example::default();
    let mut fires = None;
    let mut block: Option<(usize, String, String)> = None;
    for (number, line) in page.lines().enumerate() {
        if let Some((start, info, text)) = &mut block {
            if line != "```" {
                text.push_str(line);
                text.push('\n');
                continue;
            }
            let words: Vec<&str> = info.split_whitespace().collect();
            let (path, words) = match words.as_slice() {
                ["cedar", "invariant"] => ("invariants/i.cedar", &[][..]),
                ["cedar", words @ ..] => ("p.cedar", words),
                ["cedarschema", words @ ..] => ("s.cedarschema", words),
                ["yaml", "test"] => ("t.test.yaml", &["head"][..]),
                ["yaml", "test", words @ ..] => ("t.test.yaml", words),
                ["yaml", "directory"] => ("directory.yaml", &[][..]),
                ["yaml", words @ ..] => ("portcullis.yaml", words),
                ["json", "links", words @ ..] => ("l.links.json", words),
                ["json", "entities", words @ ..] => ("e.entities.json", words),
                ["reasons"] => {
                    example.line = *start;
                    example.fires = fires.unwrap();
                    example.expected.clone_from(text);
                    out.push(std::mem::take(&mut example));
                    block = None;
                    continue;
                }
                other => panic!("what is a block {other:?}?"),
            };
            match words {
                ["baseline"] => example.baseline = Some(text.clone()),
                ["record"] => example.record = Some(text.clone()),
                ["base"] => example.base.push((path.to_owned(), text.clone())),
                ["head"] => example.head.push((path.to_owned(), text.clone())),
                [] => {
                    example.base.push((path.to_owned(), text.clone()));
                    example.head.push((path.to_owned(), text.clone()));
                }
                other => panic!("whose is a block {other:?}?"),
            }
            block = None;
        } else if let Some(info) = line.strip_prefix("```") {
            block = Some((number + 1, info.to_owned(), String::new()));
        } else if let Some(title) = line.strip_prefix("## ") {
            fires = Some(title == "Fires");
        }
    }
    out
}

fn workspace(files: &[(String, String)]) -> Workspace {
    let mut workspace = Workspace::new();
    workspace
        .set_file("s.cedarschema", SCHEMA.as_bytes())
        .unwrap();
    for (path, text) in files {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    workspace
}

fn run(example: &Example) -> Tiered {
    let record = example.record.as_ref().map(|text| {
        let (record, findings) = record::read(text);
        record.unwrap_or_else(|| panic!("{findings:#?}")).0
    });
    let mut baseline = example
        .baseline
        .as_ref()
        .map(|text| workspace(&[("p.cedar".to_owned(), text.clone())]));
    tier(Input {
        base: Some(&mut workspace(&example.base)),
        head: &mut workspace(&example.head),
        baseline: baseline.as_mut(),
        record: record.as_ref(),
        directory: None,
        as_of: Instant::parse("2026-11-21").unwrap(),
    })
}

fn said(tiered: &Tiered) -> String {
    let verdict = &tiered.assessment.verdict;
    let mut lines: Vec<String> = verdict
        .reasons
        .iter()
        .map(|reason| format!("{} {}\n", reason.id, reason.floor.as_str()))
        .collect();
    lines.sort();
    lines.dedup();
    format!("tier: {}\n{}", verdict.tier.as_str(), lines.concat())
}

#[test]
fn every_page_holds() {
    let mut wrong = Vec::new();
    for factor in factors::ALL {
        let examples = parse(factor.page);
        let count = |fires| examples.iter().filter(|of| of.fires == fires).count();
        if count(true) == 0 || count(false) == 0 {
            wrong.push(format!(
                "{}: needs an example that fires and one that does not",
                factor.id
            ));
        }
        for example in examples {
            let tiered = run(&example);
            let said = said(&tiered);
            let at = format!("{}.md:{}", factor.id.replace(['.', '-'], "_"), example.line);
            let verdict = &tiered.assessment.verdict;
            let fires = verdict.reasons.iter().any(|reason| reason.id == factor.id);
            if said != example.expected || fires != example.fires {
                wrong.push(format!("{at}\n<<<{said}>>>"));
            }
            for reason in &verdict.reasons {
                if reason.because.is_empty() || reason.sentence.ends_with('.') {
                    wrong.push(format!(
                        "{at}: {} names no fact, or ends with a period",
                        reason.id
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
