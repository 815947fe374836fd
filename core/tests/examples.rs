//! The examples keep their word: the good bundles have nothing to complain of, and in their flawed twins
//! every mistake that `FLAWS.md` lists is found where it says, and every weakness of their tests too.

#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use portcullis_core::report::{Report, ReportedFinding};
use portcullis_core::suite::TestOptions;
use portcullis_core::{Instant, Workspace, rules};

const BUNDLES: [&str; 3] = ["documents", "payments", "hospital"];

fn text(bundle: &str, file: &str) -> String {
    fs::read_to_string(folder(bundle).join(file)).unwrap()
}

fn folder(bundle: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples")
        .join(bundle)
}

fn now() -> Instant {
    Instant::parse("2026-11-21").unwrap()
}

fn report(bundle: &str) -> Report {
    workspace(bundle).check(now())
}

fn workspace(bundle: &str) -> Workspace {
    let mut workspace = Workspace::new();
    let mut names: Vec<String> = fs::read_dir(folder(bundle))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| portcullis_core::is_bundle_file(name))
        .collect();
    names.sort();
    for name in names {
        workspace
            .set_file(&name, text(bundle, &name).as_bytes())
            .unwrap();
    }
    workspace
}

fn described(finding: &ReportedFinding) -> String {
    format!(
        "{}:{} {} {}: {}",
        finding.file,
        finding.range.start.line,
        finding.policy.as_deref().unwrap_or("(no id)"),
        finding.rule.code,
        finding.message
    )
}

/// The rows of the table in `FLAWS.md`: where a mistake is, and the check that finds it.
fn flaws(bundle: &str) -> Vec<(String, String)> {
    text(bundle, "FLAWS.md")
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            match cells.as_slice() {
                ["", place, code, _, ""] if !matches!(*place, "policy" | "---") => {
                    Some(((*place).to_owned(), (*code).to_owned()))
                }
                _ => None,
            }
        })
        .collect()
}

/// The rows on weak tests in `FLAWS.md`: the policy, `file:line`, the operator and the sentence.
fn weak_tests(bundle: &str) -> Vec<[String; 4]> {
    text(bundle, "FLAWS.md")
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            match cells.as_slice() {
                ["", policy, place, operator, sentence, _, ""]
                    if !matches!(*policy, "policy" | "---") =>
                {
                    Some([*policy, *place, *operator, *sentence].map(str::to_owned))
                }
                _ => None,
            }
        })
        .collect()
}

/// Whether a finding is where a row says. A row for portcullis.yaml has what is written there, one for the schema names
/// what is declared there; the finding then stands on that name in a schema file, or at a policy with the name in its message.
fn is_at(bundle: &str, finding: &ReportedFinding, place: &str) -> bool {
    if let Some(policy) = &finding.policy {
        return **policy == *place || finding.message.contains(&format!("`{place}`"));
    }
    let file = text(bundle, &finding.file);
    let (start, end) = (finding.range.start.byte, finding.range.end.byte);
    let marked = file.get(start as usize..end as usize).unwrap();
    if *finding.file == *"portcullis.yaml" {
        return marked.trim_matches('\'') == place;
    }
    if finding.file.ends_with(".cedarschema") {
        let name = marked.trim_matches('"');
        let last = place.trim_end_matches('"').rsplit(['"', '.', ':']).next();
        return last == Some(name);
    }
    // A statement without an id, or that Cedar could not read, or a comment before one.
    let lines: Vec<&str> = file.lines().collect();
    let (before, behind) = lines.split_at(finding.range.start.line as usize);
    let statement = before
        .iter()
        .rev()
        .take_while(|line| !line.is_empty())
        .chain(behind.iter().take_while(|line| !line.is_empty()))
        .find_map(|line| line.strip_prefix("@id(\"")?.strip_suffix("\")"));
    statement.unwrap_or("(no id)") == place
}

#[test]
fn good_bundles_have_no_findings() {
    let mut found = Vec::new();
    for bundle in BUNDLES {
        for finding in report(bundle).findings {
            found.push(format!("{bundle}/{}", described(&finding)));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_listed_flaw_is_found() {
    let mut missed = Vec::new();
    let mut compared = 0;
    for bundle in BUNDLES.map(|bundle| format!("{bundle}-flawed")) {
        let report = report(&bundle);
        for (place, code) in flaws(&bundle) {
            // To silence a check that does not exist is another mistake than to give no reason for it.
            let needed = match code.as_str() {
                "bare-suppression" => "missing-ticket",
                code => code,
            };
            assert!(
                rules::find(needed).is_some(),
                "{bundle}: no code `{needed}`"
            );
            compared += 1;
            let found = report
                .findings
                .iter()
                .any(|finding| finding.rule.code == code && is_at(&bundle, finding, &place));
            if !found {
                missed.push(format!("{bundle}: {place}: {code}"));
            }
        }
    }
    assert!(missed.is_empty(), "not found:\n{}", missed.join("\n"));
    assert!(compared > 0, "no row was compared");
}

/// The flawed bundles have tests that pass and reach nearly everything. What they do not notice all the
/// same is listed, and mutation finds every bit of it.
#[test]
fn every_planted_weak_test_is_found() {
    let mut missed = Vec::new();
    for bundle in BUNDLES.map(|bundle| format!("{bundle}-flawed")) {
        let options = TestOptions {
            coverage: true,
            mutation: true,
            ..TestOptions::new(now())
        };
        let report = workspace(&bundle).test(&options);
        let summary = &report.summary;
        assert!(summary.passed > 20, "{bundle}: {summary:?}");
        let others = (summary.failed, summary.errors, summary.skipped);
        assert_eq!(others, (0, 0, 0), "{bundle}");
        let clauses = report.coverage.unwrap().totals.clauses;
        assert!(clauses.covered * 10 >= clauses.total * 9, "{bundle}");

        let survivors: BTreeSet<[String; 4]> = report
            .mutation
            .unwrap()
            .survivors
            .into_iter()
            .map(|survivor| {
                let place = format!("{}:{}", survivor.file, survivor.range.start.line);
                let sentence = survivor.message.replace("no test would notice if ", "");
                [
                    survivor.policy.to_string(),
                    place,
                    survivor.operator.to_owned(),
                    sentence,
                ]
            })
            .collect();
        let planted = weak_tests(&bundle);
        let kinds: BTreeSet<&String> = planted.iter().map(|[_, _, operator, _]| operator).collect();
        assert!(kinds.len() >= 5, "{bundle}: {kinds:?}");
        missed.extend(
            planted
                .into_iter()
                .filter(|row| !survivors.contains(row))
                .map(|row| format!("{bundle}: {}", row.join(" | "))),
        );
    }
    assert!(missed.is_empty(), "not found:\n{}", missed.join("\n"));
}
