//! Reports as SARIF 2.1.0 (OASIS standard, errata 01), as GitHub's code scanning reads it.

mod fingerprint;
mod model;

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Artifact, ArtifactChange, ArtifactLocation, Driver, Invocation, Location, Log, Message,
    MultiformatMessage, Notification, PhysicalLocation, Properties, Region, Replacement,
    ReportingConfiguration, ReportingDescriptor, ResultProperties, RuleProperties, Run, SarifFix,
    SarifResult, Tool,
};

use super::mask::masked;
use super::rules::page;
use super::text::unchecked;
use super::{Options, Sources};
use crate::finding::Severity;
use crate::report::{Range, Report, ReportedFinding, ReportedFix};
use crate::rules::Rule;

/// GitHub refuses a run with more results than this.
const MAX_RESULTS: usize = 25_000;

/// GitHub refuses a rule with more tags than this.
const MAX_TAGS: usize = 20;

/// A report as a SARIF log, without a final line break.
///
/// The rules are those that occur. Of more findings than GitHub takes the worst are kept, and a
/// notification says how many were left out. Fingerprints do not depend on line numbers.
pub fn sarif(report: &Report, sources: Sources<'_>, options: &Options<'_>) -> String {
    let findings = kept(&report.findings, MAX_RESULTS);
    let left_out = report.findings.len() - findings.len();
    let rules: BTreeMap<&str, &Rule> = findings
        .iter()
        .map(|finding| (finding.rule.code, finding.rule))
        .collect();
    let rule_index: BTreeMap<&str, usize> = rules.keys().copied().zip(0..).collect();
    let files: BTreeSet<&str> = findings
        .iter()
        .flat_map(|finding| {
            let labels = finding.labels.iter().map(|label| &*label.file);
            std::iter::once(&*finding.file).chain(labels)
        })
        .collect();
    let files: Files = files
        .into_iter()
        .enumerate()
        .map(|(index, file)| (file, location(index, file, options)))
        .collect();
    // A digest of a short secret would give it away to whoever tries all.
    let fingerprints = fingerprint::all(&findings, &masked(report, sources));
    let results = findings
        .iter()
        .zip(fingerprints)
        .map(|(finding, fingerprint)| result(finding, fingerprint, &rule_index, &files))
        .collect();
    let log = Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "Portcullis",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: rules.values().map(|rule| descriptor(rule)).collect(),
                },
            },
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: (left_out > 0)
                    .then(|| {
                        format!(
                            "{left_out} of {} findings are left out: the {MAX_RESULTS} of highest severity are kept",
                            report.findings.len()
                        )
                    })
                    .into_iter()
                    .chain(unchecked(&report.summary).map(str::to_owned))
                    .map(|text| Notification {
                        level: "warning",
                        message: Message::text(&text),
                    })
                    .collect(),
            }],
            original_uri_base_ids: BTreeMap::from([(
                ROOT,
                model::UriBase {
                    description: Message::text("the root of the repository"),
                },
            )]),
            artifacts: files
                .values()
                .map(|location| Artifact {
                    location: location.clone(),
                })
                .collect(),
            results,
            column_kind: "utf16CodeUnits",
            properties: Properties {
                digest: &report.digest,
            },
        }],
    };
    serde_json::to_string(&log).unwrap_or_default()
}

/// What paths are relative to, by the name that consumers agree on.
const ROOT: &str = "%SRCROOT%";

type Files<'a> = BTreeMap<&'a str, ArtifactLocation>;

/// The `limit` worst findings, in their order in the report.
fn kept(findings: &[ReportedFinding], limit: usize) -> Vec<&ReportedFinding> {
    let mut kept: Vec<(usize, &ReportedFinding)> = findings.iter().enumerate().collect();
    if kept.len() > limit {
        kept.sort_by_key(|(index, finding)| (std::cmp::Reverse(finding.severity), *index));
        kept.truncate(limit);
        kept.sort_by_key(|(index, _)| *index);
    }
    kept.into_iter().map(|(_, finding)| finding).collect()
}

fn descriptor(rule: &'static Rule) -> ReportingDescriptor {
    let page = page(rule);
    // Standards speak of security; rules that none of them asks for are about correctness.
    let security = !rule.refs.is_empty();
    let kind = if security { "security" } else { "correctness" };
    ReportingDescriptor {
        id: rule.code,
        short_description: Message::text(rule.summary),
        full_description: Message::text(&format!("{}: {}", rule.summary, rule.why)),
        // Shown as it is: a page has no placeholders, and its examples are full of braces.
        help: MultiformatMessage {
            text: page.to_string(),
            markdown: page.into_owned(),
        },
        default_configuration: ReportingConfiguration {
            level: level(rule.severity),
        },
        properties: RuleProperties {
            tags: std::iter::once(kind)
                .chain(rule.refs.iter().copied())
                .take(MAX_TAGS)
                .collect(),
            security_severity: security.then(|| security_severity(rule.severity)),
            problem_severity: match rule.severity {
                Severity::Error | Severity::High => "error",
                Severity::Medium => "warning",
                Severity::Low => "recommendation",
            },
            precision: "high",
        },
    }
}

fn result<'a>(
    finding: &'a ReportedFinding,
    fingerprint: String,
    rules: &BTreeMap<&str, usize>,
    files: &Files<'_>,
) -> SarifResult<'a> {
    let mut text = finding.message.clone();
    for (name, sentence) in [("why", &finding.why), ("help", &finding.help)] {
        if !sentence.is_empty() {
            text.push_str(&format!("\n{name}: {sentence}"));
        }
    }
    SarifResult {
        rule_id: finding.rule.code,
        rule_index: rules.get(finding.rule.code).copied().unwrap_or(0),
        level: level(finding.severity),
        message: Message::text(&text),
        locations: [Location {
            id: None,
            physical_location: place(&finding.file, finding.range, files),
            message: None,
        }],
        related_locations: finding
            .labels
            .iter()
            .zip(1..)
            .map(|(label, id)| Location {
                id: Some(id),
                physical_location: place(&label.file, label.range, files),
                message: Some(Message::text(&label.message)),
            })
            .collect(),
        partial_fingerprints: BTreeMap::from([(fingerprint::KEY, fingerprint)]),
        fixes: finding
            .fixes
            .iter()
            .map(|fix| self::fix(&finding.file, fix, files))
            .collect(),
        properties: ResultProperties {
            severity: finding.severity.as_str(),
            policy: finding.policy.as_deref(),
            environments: &finding.environments,
        },
    }
}

fn fix<'a>(file: &str, fix: &'a ReportedFix, files: &Files<'_>) -> SarifFix<'a> {
    SarifFix {
        description: Message::text(&fix.title),
        artifact_changes: [ArtifactChange {
            artifact_location: files.get(file).cloned().unwrap_or_default(),
            replacements: fix
                .edits
                .iter()
                .map(|(range, edit)| Replacement {
                    deleted_region: region(*range),
                    inserted_content: (!edit.insert.is_empty())
                        .then_some(model::Content { text: &edit.insert }),
                })
                .collect(),
        }],
    }
}

fn place(file: &str, range: Range, files: &Files<'_>) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: files.get(file).cloned().unwrap_or_default(),
        region: region(range),
    }
}

const fn region(Range { start, end }: Range) -> Region {
    Region {
        start_line: start.line,
        start_column: start.column,
        end_line: end.line,
        end_column: end.column,
        char_offset: start.utf16,
        char_length: end.utf16.saturating_sub(start.utf16),
        byte_offset: start.byte,
        byte_length: end.byte.saturating_sub(start.byte),
    }
}

/// A file outside the current folder is named by an absolute URI, which may have no base.
fn location(index: usize, file: &str, options: &Options<'_>) -> ArtifactLocation {
    let absolute = options.prefix.starts_with('/');
    let scheme = if absolute { "file://" } else { "" };
    ArtifactLocation {
        uri: format!("{scheme}{}{}", uri(options.prefix), uri(file)),
        uri_base_id: (!absolute).then_some(ROOT),
        index,
    }
}

/// A path as a relative reference (RFC 3986): everything but unreserved characters and slashes encoded.
pub(super) fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

impl Message {
    /// A plain text: braces are doubled, as SARIF wants them where they are no placeholder (section
    /// 3.11.5), and what would be read as a link is escaped (section 3.11.6).
    fn text(text: &str) -> Self {
        let text = braces(text);
        Self {
            text: if text.contains("](") {
                text.replace('\\', "\\\\")
                    .replace('[', "\\[")
                    .replace(']', "\\]")
            } else {
                text
            },
        }
    }
}

fn braces(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// The middle of the CVSS range that GitHub shows as critical, high, medium or low.
const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use serde_json::Value;

    use super::{kept, sarif, uri};
    use crate::Report;
    use crate::finding::Severity;
    use crate::render::Options;
    use crate::render::sample::{self, Builder, CEDAR, FILE, SECURITY, TEXT};

    fn rendered(report: &Report, options: &Options<'_>) -> Value {
        let text = sarif(
            report,
            &|path| (path == FILE).then(|| TEXT.to_owned()),
            options,
        );
        serde_json::from_str(&text).unwrap()
    }

    /// Errors of the published schema, one a line.
    fn errors(log: &Value) -> String {
        let schema = include_str!("../../../tests/data/sarif-2.1.0.json");
        let schema = serde_json::from_str(schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        validator
            .iter_errors(log)
            .map(|error| format!("{}: {error}\n", error.instance_path()))
            .collect()
    }

    #[test]
    fn the_published_schema_accepts_it() {
        let options = Options {
            prefix: "my policies/",
            ..Options::default()
        };
        assert_eq!(errors(&rendered(&sample::report(), &options)), "");
        assert_eq!(
            errors(&rendered(&sample::report(), &Options::default())),
            ""
        );
        assert_eq!(errors(&rendered(&sample::of(Vec::new()), &options)), "");
    }

    #[test]
    fn the_schema_would_notice() {
        let mut log = rendered(&sample::report(), &Options::default());
        log["runs"][0]["results"][0]["level"] = "high".into();
        log["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["region"]["startLine"] =
            0.into();
        assert_eq!(errors(&log).lines().count(), 2, "{}", errors(&log));
    }

    #[test]
    fn a_result_refers_to_its_rule_file_and_place() {
        let log = rendered(&sample::report(), &Options::default());
        let run = &log["runs"][0];
        let result = &run["results"][0];
        assert_eq!(run["columnKind"], "utf16CodeUnits");
        assert_eq!(result["ruleId"], "open-action");
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "open-action");
        assert_eq!(
            result["message"]["text"],
            "`action` is not constrained\nwhy: actions that are added later are granted too\nhelp: do it right"
        );
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(
            place["artifactLocation"]["uri"],
            "policies/na%C3%AFve%20file.cedar"
        );
        assert_eq!(run["artifacts"][0]["location"], place["artifactLocation"]);
        // Bytes and UTF-16 units differ behind the Japanese word.
        assert_eq!(
            run["results"][1]["locations"][0]["physicalLocation"]["region"].to_string(),
            r#"{"startLine":3,"startColumn":8,"endLine":3,"endColumn":12,"charOffset":82,"charLength":4,"byteOffset":82,"byteLength":8}"#
        );
        assert_eq!(
            result["relatedLocations"][0]["message"]["text"],
            "nor is `resource`"
        );
        assert_eq!(result["fixes"][0]["description"]["text"], "name the action");
        assert_eq!(
            result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"],
            "action == Action::\"view\""
        );
        assert_eq!(result["properties"]["policy"], "open");
        assert!(run["results"][1].get("relatedLocations").is_none());
    }

    #[test]
    fn rules_say_what_github_sorts_by() {
        let log = rendered(&sample::report(), &Options::default());
        let rules = &log["runs"][0]["tool"]["driver"]["rules"];
        assert_eq!(rules.as_array().unwrap().len(), 2);
        assert_eq!(rules[0]["id"], "cedar/unexpected-type");
        assert_eq!(
            rules[0]["properties"]["tags"].to_string(),
            r#"["correctness"]"#
        );
        assert!(rules[0]["properties"].get("security-severity").is_none());
        assert_eq!(rules[1]["defaultConfiguration"]["level"], "error");
        assert_eq!(rules[1]["properties"]["security-severity"], "8.0");
        assert_eq!(
            rules[1]["properties"]["tags"].to_string(),
            r#"["security","NHI5","NIST SP 800-53r5 AC-6"]"#
        );
        assert_eq!(rules[1]["help"]["markdown"], SECURITY.page);
        assert!(rules[1].get("helpUri").is_none());
    }

    #[test]
    fn the_level_is_that_of_the_finding() {
        let finding = |severity| {
            Builder::new(&SECURITY, FILE, TEXT, "action")
                .severity(severity)
                .build()
        };
        let report = sample::of(Severity::ALL.map(finding).into());
        let log = rendered(&report, &Options::default());
        let levels: Vec<&str> = log["runs"][0]["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|result| result["level"].as_str().unwrap())
            .collect();
        assert_eq!(levels, ["note", "warning", "error", "error"]);
    }

    #[test]
    fn user_text_is_neither_placeholder_nor_link() {
        let message = |text: &str| {
            let finding = Builder::new(&CEDAR, FILE, TEXT, "action")
                .message(text)
                .terse();
            let log = rendered(&sample::of(vec![finding.build()]), &Options::default());
            log["runs"][0]["results"][0]["message"]["text"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(message("`when { {0} }`"), "`when {{ {{0}} }}`");
        assert_eq!(message("[x](https://a)"), "\\[x\\](https://a)");
        assert_eq!(message("`[a] \\ [b]`"), "`[a] \\ [b]`");
    }

    #[test]
    fn paths_are_relative_references() {
        assert_eq!(uri("a/b.cedar"), "a/b.cedar");
        assert_eq!(uri("c:x?y#z%20 é"), "c%3Ax%3Fy%23z%2520%20%C3%A9");
    }

    #[test]
    fn absolute_paths_have_no_base() {
        let options = Options {
            prefix: "/srv/my app/",
            ..Options::default()
        };
        let log = rendered(&sample::report(), &options);
        assert_eq!(errors(&log), "");
        assert_eq!(
            log["runs"][0]["artifacts"][0]["location"].to_string(),
            r#"{"uri":"file:///srv/my%20app/policies/na%C3%AFve%20file.cedar","index":0}"#
        );
    }

    #[test]
    fn of_too_many_findings_the_worst_are_kept_in_order() {
        use Severity::{Error, High, Low};
        let findings: Vec<_> = [Low, Error, Low, High, Error]
            .into_iter()
            .enumerate()
            .map(|(n, severity)| {
                let builder = Builder::new(&SECURITY, FILE, TEXT, "action").severity(severity);
                builder.message(&n.to_string()).build()
            })
            .collect();
        let messages = |limit| {
            let kept = kept(&findings, limit);
            kept.iter().map(|f| f.message.as_str()).collect::<String>()
        };
        assert_eq!(messages(5), "01234");
        assert_eq!(messages(4), "0134");
        assert_eq!(messages(3), "134");
        assert_eq!(messages(1), "1");
    }

    #[test]
    fn what_was_not_type_checked_is_said() {
        let mut report = sample::report();
        let notes = |report: &Report| {
            let log = rendered(report, &Options::default());
            let notes = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
            notes.as_array().map_or(0, Vec::len)
        };
        assert_eq!(notes(&report), 0);
        use crate::report::SchemaUse;
        for schema in [SchemaUse::Missing, SchemaUse::Invalid] {
            report.summary.schema = schema;
            assert_eq!(notes(&report), 1);
        }
    }

    #[test]
    fn what_is_left_out_is_said() {
        let finding = Builder::new(&SECURITY, FILE, TEXT, "action")
            .terse()
            .build();
        let report = sample::of(vec![finding; 25_001]);
        let log = rendered(&report, &Options::default());
        let run = &log["runs"][0];
        assert_eq!(run["results"].as_array().unwrap().len(), 25_000);
        assert_eq!(
            run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"],
            "1 of 25001 findings are left out: the 25000 of highest severity are kept"
        );
    }
}
