//! The list of rules and their pages.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::rules::{self, Profile, Rule};

/// Every code, one a line, with severity and summary in columns.
pub fn rules_list() -> String {
    let rules: Vec<&Rule> = rules::all().collect();
    list(&rules)
}

/// Every code as JSON, without a final line break.
pub fn rules_json() -> String {
    serde_json::to_string(&crate::wire::Rules::all()).unwrap_or_default()
}

/// The page of the rule with this code, in Markdown, or `None` where there is no such code.
pub fn rule_page(code: &str) -> Option<String> {
    rules::find(code).map(|rule| page(rule).into_owned())
}

/// Rules without a page of their own get one from what is known of them.
pub(super) fn page(rule: &Rule) -> Cow<'static, str> {
    if !rule.page.trim().is_empty() {
        return Cow::Borrowed(rule.page);
    }
    Cow::Owned(format!(
        "# {}\n\n{}.\n\n{}.\n",
        rule.code,
        capitalised(rule.summary),
        capitalised(rule.why)
    ))
}

/// docs/checks.md: a table of the rules of each kind, and the page of each.
pub fn docs_checks() -> String {
    let rules: Vec<&Rule> = rules::all().collect();
    document(&rules)
}

/// The fragment by which GitHub's Markdown links to the heading `code`.
pub fn anchor(code: &str) -> String {
    code.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

fn list(rules: &[&Rule]) -> String {
    let width = rules.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
    let mut out = String::new();
    for rule in rules {
        out.push_str(&format!(
            "{:width$}  {:6}  {}\n",
            rule.code,
            rule.severity.as_str(),
            rule.summary
        ));
    }
    out
}

fn document(rules: &[&Rule]) -> String {
    let mut groups: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        let group = rule.code.split_once('/').map_or("", |(group, _)| group);
        groups.entry(group).or_default().push(rule);
    }
    let mut out = String::from(
        "<!-- Generated from the rules and their pages; do not edit. -->\n\n\
         # Checks\n\n\
         Every code that a finding can have. `portcullis.yaml` sets the profile and the level of each; a\n\
         profile includes the ones before it: basic, governed, regulated.\n",
    );
    for (group, rules) in &groups {
        out.push_str(&format!("\n## {}\n\n", title(group)));
        out.push_str(
            "| code | severity | profile | what it finds | suppressible | asked for by |\n",
        );
        out.push_str("| --- | --- | --- | --- | --- | --- |\n");
        for rule in rules {
            out.push_str(&format!(
                "| [{}](#{}) | {} | {} | {} | {} | {} |\n",
                rule.code,
                anchor(rule.code),
                rule.severity.as_str(),
                rule.profile.as_str(),
                rule.summary.replace('|', "\\|"),
                suppressible(rule),
                rule.refs.join(", ")
            ));
        }
    }
    out.push_str("\n## Pages\n");
    for rule in groups.values().flatten() {
        out.push('\n');
        write_demoted(&mut out, &page(rule));
    }
    out
}

fn suppressible(rule: &Rule) -> &'static str {
    match rule.suppressible {
        None => "no",
        Some(Profile::Regulated) => "yes",
        Some(Profile::Governed) => "not in `regulated`",
        Some(Profile::Basic) => "in `basic`",
    }
}

/// What the codes with a prefix are about.
fn title(group: &str) -> String {
    match group {
        "" => "Checks of policies and schemas".to_owned(),
        "cedar" => "What Cedar reports".to_owned(),
        "config" => "Configuration".to_owned(),
        "limit" => "Limits".to_owned(),
        "suite" => "Policy tests".to_owned(),
        "governance" => "Directory, change records and rules of governance".to_owned(),
        other => capitalised(other),
    }
}

/// Headings two levels down, outside code; the page's title is its rule's code.
fn write_demoted(out: &mut String, page: &str) {
    let mut in_code = false;
    for line in page.trim().lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if !in_code && line.starts_with('#') {
            out.push_str("##");
        }
        out.push_str(line);
        out.push('\n');
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(characters)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{anchor, docs_checks, document, list, page, rule_page, rules_json, rules_list};
    use crate::render::sample::{CEDAR, SECURITY};
    use crate::rules;

    #[test]
    fn codes_are_listed_in_columns() {
        assert_eq!(
            list(&[&CEDAR, &SECURITY]),
            "cedar/unexpected-type  error   an expression has the wrong type
open-action            high    a permit names no action
"
        );
        assert_eq!(rules_list().lines().count(), rules::all().count());
    }

    #[test]
    fn a_rule_without_a_page_gets_one() {
        assert_eq!(
            page(&CEDAR),
            "# cedar/unexpected-type\n\nAn expression has the wrong type.\n\nThe policy would always err.\n"
        );
        assert_eq!(page(&SECURITY), SECURITY.page);
    }

    #[test]
    fn pages_are_found_by_code() {
        for rule in rules::all() {
            assert_eq!(rule_page(rule.code), Some(page(rule).into_owned()));
        }
        assert_eq!(rule_page("no-such-code"), None);
    }

    #[test]
    fn the_document_has_a_table_a_kind_and_the_pages() {
        assert_eq!(
            document(&[&CEDAR, &SECURITY]),
            "<!-- Generated from the rules and their pages; do not edit. -->

# Checks

Every code that a finding can have. `portcullis.yaml` sets the profile and the level of each; a
profile includes the ones before it: basic, governed, regulated.

## Checks of policies and schemas

| code | severity | profile | what it finds | suppressible | asked for by |
| --- | --- | --- | --- | --- | --- |
| [open-action](#open-action) | high | basic | a permit names no action | yes | NHI5, NIST SP 800-53r5 AC-6 |

## What Cedar reports

| code | severity | profile | what it finds | suppressible | asked for by |
| --- | --- | --- | --- | --- | --- |
| [cedar/unexpected-type](#cedarunexpected-type) | error | basic | an expression has the wrong type | no |  |

## Pages

### open-action

The scope of a permit names no action.

### cedar/unexpected-type

An expression has the wrong type.

The policy would always err.
"
        );
    }

    /// Every link of the table leads to the heading of a page, and to one only.
    #[test]
    fn every_page_begins_with_its_code() {
        let text = docs_checks();
        let mut anchors = BTreeSet::new();
        for rule in rules::all() {
            assert!(
                text.contains(&format!("\n### {}\n", rule.code)),
                "{}",
                rule.code
            );
            assert!(anchors.insert(anchor(rule.code)), "{}", rule.code);
        }
    }

    #[test]
    fn headings_in_code_stay() {
        let mut out = String::new();
        super::write_demoted(&mut out, "# a\n```sh\n# b\n```\n## c\n");
        assert_eq!(out, "### a\n```sh\n# b\n```\n#### c\n");
    }

    #[test]
    fn the_json_has_every_rule() {
        let json = rules_json();
        assert!(
            json.starts_with(r#"{"schema_version":1,"rules":[{"code":""#),
            "{json}"
        );
        assert_eq!(
            json.matches(r#""suppressible":"#).count(),
            rules::all().count()
        );
    }
}
