//! Files that are not read although somebody plainly meant them to be: names that are near to those of a bundle.
//!
//! A name decides alone where only letters in the wrong case or an ending such as `.yml` keep it from being read. Any
//! other name has a say only where the content is what it promises, so that `compose.test.yml` of a container tool, a report
//! or a page of documentation decides nothing.

use super::file::Kind;
use crate::codes::ours::{FILE_NOT_READ, FILE_UNKNOWN_KIND};
use crate::config::yaml;
use crate::finding::Finding;
use crate::source::{Span, TokenKind, tokens};

/// What a file that is not read was meant as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Meant {
    /// What it would be.
    pub(super) kind: Kind,
    /// The path under which it would be read.
    path: String,
}

impl Meant {
    /// Whether policies, a schema or links are missing without it, so that nothing can be said of what is allowed.
    pub(super) const fn decides(&self) -> bool {
        matches!(
            self.kind,
            Kind::Policies | Kind::Links | Kind::CedarSchema | Kind::JsonSchema
        )
    }

    /// Whether the bundle says less without it. Policy tests are evidence and say nothing.
    pub(super) const fn says(&self) -> bool {
        !matches!(self.kind, Kind::Suite | Kind::Context)
    }

    const fn called(&self) -> &'static str {
        match self.kind {
            Kind::Config => "a configuration",
            Kind::Directory => "a directory",
            Kind::Policies => "a policy file",
            Kind::Library => "a file of templates",
            Kind::Guardrails => "a file of guardrails",
            Kind::Rules => "a file of governance rules",
            Kind::CedarSchema | Kind::JsonSchema => "a schema",
            Kind::Entities => "a file of entities",
            Kind::Links => "a file of template links",
            Kind::Suite => "a file of policy tests",
            Kind::Context => "a context for policy tests",
            Kind::Change | Kind::Other | Kind::Unknown => "a file of the bundle",
        }
    }

    const fn consequence(&self) -> &'static str {
        match self.kind {
            Kind::Suite | Kind::Context => "its cases never run",
            Kind::Config => "none of its settings takes effect",
            _ => "nothing in it takes effect",
        }
    }
}

/// What a file was meant as that no name of a bundle fits; `None` where it is no part of the bundle.
pub(super) fn meant(path: &str, text: &str) -> Option<Meant> {
    if Kind::of(path) != Kind::Unknown {
        return None;
    }
    let (folder, name) = match path.rsplit_once('/') {
        Some((folder, name)) => (Some(folder), name),
        None => (None, path),
    };
    let lower = name.to_ascii_lowercase();
    if is_set_aside(&lower) {
        return None;
    }
    let beside = |name: &str| match folder {
        Some(folder) => format!("{folder}/{name}"),
        None => name.to_owned(),
    };
    let found = |path: String| {
        let kind = Kind::of(&path);
        let is_one = !matches!(kind, Kind::Unknown | Kind::Change | Kind::Other);
        is_one.then_some(Meant { kind, path })
    };
    if is_like_config(&lower) {
        let is_certain = lower.ends_with(".yaml") || lower.ends_with(".yml");
        let is_one = is_certain || has_key(text, CONFIG_KEYS);
        return is_one.then(|| Meant {
            kind: Kind::Config,
            path: crate::config::FILE_NAME.to_owned(),
        });
    }
    if folder.is_none() && is_like_directory(&lower) {
        return found(crate::govern::directory::FILE_NAME.to_owned())
            .filter(|_| lower == crate::govern::directory::FILE_NAME || has_key(text, PEOPLE));
    }
    if Kind::of(&beside(&lower)) != Kind::Unknown {
        return found(beside(&lower));
    }
    for end in [
        ".test.yml",
        ".tests.yaml",
        ".tests.yml",
        ".tests.json",
        ".test.jsonc",
    ] {
        if let Some(stem) = lower.strip_suffix(end) {
            let stem = name.get(..stem.len()).unwrap_or(name);
            let end = if end.contains("json") { "json" } else { "yaml" };
            return found(beside(&format!("{stem}.test.{end}"))).filter(|_| is_suite(text));
        }
    }
    let at = lower
        .find("cedarschema")
        .or_else(|| lower.find("cedar-schema"));
    if let Some(at) = at {
        let stem = stem(name, at);
        let end = match is_json(text) {
            true => "cedarschema.json",
            false => "cedarschema",
        };
        return found(beside(&format!("{stem}.{end}"))).filter(|_| is_schema(text));
    }
    let endings = [".cedar", ".ceder", ".cedr", ".ceda", ".cear"];
    let at = endings.iter().find_map(|end| lower.rfind(end));
    let stem = stem(name, at?);
    found(beside(&format!("{stem}.cedar"))).filter(|_| has_policies(text))
}

/// What is said of a file that is not read; nothing where it is no part of the bundle.
pub(super) fn finding(path: &str, text: &str) -> Option<Finding> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if let Some(meant) = meant(path, text) {
        let help = match is_json(text) && meant.path.ends_with(".cedar") {
            true => format!("write it in Cedar's syntax, to `{}`", meant.path),
            false => format!(
                "rename it to `{}`, or move it out of the bundle",
                meant.path
            ),
        };
        return Some(Finding::new(
            &FILE_NOT_READ,
            Span::at(0),
            format!(
                "`{name}` looks like {}, but no file of this name is read, so {}",
                meant.called(),
                meant.consequence()
            ),
            help,
        ));
    }
    let lower = name.to_ascii_lowercase();
    let is_of_others = is_like_config(&lower)
        || is_like_directory(&lower)
        || [".test.yml", ".tests.yaml", ".tests.yml", ".tests.json"]
            .iter()
            .any(|end| lower.ends_with(end));
    (!is_of_others).then(|| {
        Finding::new(
            &FILE_UNKNOWN_KIND,
            Span::at(0),
            format!("`{name}` is no kind of file that a bundle has, so it is not read"),
            "end its name in .cedar, .cedarschema, .cedarschema.json, .entities.json, .links.json, .test.yaml, .test.json, .change.yaml or .change.json, or leave it out of the bundle",
        )
    })
}

/// Whether a name, in lower case, is so near to those of a bundle that its content has to be looked at.
pub(super) fn is_near(lower: &str) -> bool {
    let endings = [
        ".cedr",
        ".ceder",
        ".ceda",
        ".cear",
        ".test.yml",
        ".tests.yaml",
        ".tests.yml",
        ".tests.json",
        ".change.yml",
    ];
    // What keeps two commands from writing one file.
    let is_lock = lower.ends_with(".lock");
    let has = |part: &str| !is_lock && lower.contains(part);
    has(".cedar")
        || has("cedarschema")
        || has("cedar-schema")
        || is_like_config(lower)
        || endings.iter().any(|end| lower.ends_with(end))
}

/// Whether a name, in lower case, is one that somebody could give to the configuration.
pub(super) fn is_like_config(lower: &str) -> bool {
    let name = lower.strip_suffix(".txt").unwrap_or(lower);
    let name = name.trim_start_matches('.');
    let rest = name.strip_prefix("portcullis");
    let rest = rest.map(|rest| {
        rest.strip_prefix(".config")
            .or_else(|| rest.strip_prefix("-config"))
            .or_else(|| rest.strip_prefix("rc"))
            .unwrap_or(rest)
    });
    let is_marked = name != "portcullis";
    rest.is_some_and(|rest| {
        matches!(rest, ".yaml" | ".yml" | ".json" | ".toml") || rest.is_empty() && is_marked
    })
}

/// Whether the name, in lower case, is one that somebody could give to the directory of people.
pub(super) fn is_like_directory(lower: &str) -> bool {
    matches!(
        lower.trim_start_matches('.'),
        "directory.yaml" | "directory.yml" | "directory.json" | "directory.yaml.txt"
    )
}

/// Whether a name, in lower case, says that the file is switched off, or that it is about policies. A mere copy, such as
/// `a.cedar.bak`, is none of these: whoever reads every file in the folder reads it too.
fn is_set_aside(lower: &str) -> bool {
    const ENDINGS: [&str; 16] = [
        ".disabled",
        ".off",
        ".inactive",
        ".example",
        ".sample",
        ".dist",
        ".tmp",
        ".swp",
        ".swo",
        ".lock",
        ".rej",
        ".md",
        ".rst",
        ".html",
        ".diff",
        ".patch",
    ];
    ENDINGS.iter().any(|end| lower.ends_with(end))
}

/// The name before `at`, without the dots at its end.
fn stem(name: &str, at: usize) -> &str {
    match name.get(..at).unwrap_or(name).trim_end_matches('.') {
        "" => "policies",
        stem => stem,
    }
}

const CONFIG_KEYS: &[&str] = &[
    "profile",
    "checks",
    "limits",
    "validation",
    "vocabulary",
    "options",
    "iam",
    "apps",
];

const PEOPLE: &[&str] = &["people", "teams"];

fn is_json(text: &str) -> bool {
    text.trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with(['{', '['])
}

/// Whether the outermost mapping, of YAML, JSON or TOML, has one of these keys.
fn has_key(text: &str, keys: &[&str]) -> bool {
    let has = |key: &str| keys.contains(&key);
    if let (Some(root), _) = yaml::read(text)
        && let yaml::Value::Mapping(entries) = &root.value
        && entries.iter().any(|entry| has(&entry.key))
    {
        return true;
    }
    text.lines().any(|line| {
        let line = line.trim_end_matches(']').trim_start_matches('[');
        let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (word, rest) = line.split_at(end.unwrap_or(line.len()));
        let rest = rest.trim_start();
        has(word) && (rest.is_empty() || rest.starts_with([':', '=', '.']))
    })
}

/// Whether it has cases of policies: ours, or those of the Cedar CLI or AuthZEN.
fn is_suite(text: &str) -> bool {
    if is_json(text) {
        let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else {
            return false;
        };
        let is_case = |of: &serde_json::Value| of.get("request").is_some();
        return ["evaluation", "evaluations"]
            .iter()
            .any(|key| value.get(key).is_some())
            || value
                .as_array()
                .is_some_and(|cases| cases.iter().any(is_case));
    }
    has_key(text, &["cases", "tables", "fixtures"])
}

/// Whether it has a policy, in Cedar's syntax or in its JSON form.
fn has_policies(text: &str) -> bool {
    if is_json(text) {
        return has_key(text, &["effect", "staticPolicies", "templates"]);
    }
    let mut words = words(text).peekable();
    while let Some((kind, word)) = words.next() {
        let is_effect = kind == TokenKind::Ident && matches!(word, "permit" | "forbid");
        if is_effect && words.peek().is_some_and(|(_, next)| *next == "(") {
            return true;
        }
    }
    false
}

/// Whether it declares something, in Cedar's syntax or in its JSON form.
fn is_schema(text: &str) -> bool {
    if is_json(text) {
        return text.contains("entityTypes") || text.contains("actions");
    }
    words(text).any(|(kind, word)| {
        kind == TokenKind::Ident && matches!(word, "entity" | "action" | "namespace" | "type")
    })
}

fn words(text: &str) -> impl Iterator<Item = (TokenKind, &str)> {
    tokens(text)
        .filter(|token| !matches!(token.kind, TokenKind::Blank | TokenKind::Comment))
        .map(|token| (token.kind, token.span.text(text)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::{Instant, Workspace};

    const POLICY: &str = "@id(\"a\") permit (principal, action, resource);";
    const SCHEMA: &str = "entity User;";

    #[test]
    fn what_is_plainly_meant_is_named() {
        for (path, text, renamed) in [
            ("a.CEDAR", "", "a.cedar"),
            ("x/A.Cedar", "", "x/a.cedar"),
            ("invariants/a.CEDAR", "", "invariants/a.cedar"),
            ("governance/a.Cedar", "", "governance/a.cedar"),
            ("a.cedar.txt", POLICY, "a.cedar"),
            ("a.cedar ", POLICY, "a.cedar"),
            ("a.cedars", POLICY, "a.cedar"),
            ("a.cedar.bak", POLICY, "a.cedar"),
            ("a.cedar~", POLICY, "a.cedar"),
            ("a.ceder", POLICY, "a.cedar"),
            ("a.cedar.json", r#"{"effect": "permit"}"#, "a.cedar"),
            ("s.CedarSchema", "", "s.cedarschema"),
            ("s.cedarschema.txt", SCHEMA, "s.cedarschema"),
            ("cedarschema", SCHEMA, "policies.cedarschema"),
            (
                "cedarschema.json",
                r#"{"": {"entityTypes": {}}}"#,
                "policies.cedarschema.json",
            ),
            ("Entities.json", "", "entities.json"),
            ("a.LINKS.json", "", "a.links.json"),
            ("portcullis.yml", "", "portcullis.yaml"),
            (".portcullis.yaml", "", "portcullis.yaml"),
            ("Portcullis.yaml", "", "portcullis.yaml"),
            ("PORTCULLIS.YML", "", "portcullis.yaml"),
            ("sub/portcullis.yml", "", "portcullis.yaml"),
            ("portcullis.yaml.txt", "profile: basic", "portcullis.yaml"),
            ("portcullis.toml", "profile = \"basic\"", "portcullis.yaml"),
            (
                "portcullis.json",
                r#"{"profile": "basic"}"#,
                "portcullis.yaml",
            ),
            (".portcullisrc", "profile: basic", "portcullis.yaml"),
            ("directory.yml", "people: {}", "directory.yaml"),
            ("Directory.yaml", "people: {}", "directory.yaml"),
            ("a.test.yml", "cases: []", "a.test.yaml"),
            ("A.tests.json", r#"[{"request": {}}]"#, "A.test.json"),
            ("a.Test.yaml", "", "a.test.yaml"),
        ] {
            let found = meant(path, text).map(|of| of.path);
            assert_eq!(found.as_deref(), Some(renamed), "{path}");
            assert!(super::super::is_bundle_file(path), "{path}");
        }
    }

    #[test]
    fn what_is_no_part_of_a_bundle_is_left_alone() {
        for (path, text) in [
            ("compose.test.yml", "services: {}"),
            ("docker-compose.tests.yaml", "services:\n  cases: {}"),
            ("README.md", "permit (principal, action, resource);"),
            ("a.cedar.md", POLICY),
            ("a.cedar.bak", "the cedar tree"),
            ("a.cedar.disabled", POLICY),
            ("a.cedar.lock", ""),
            ("a.cedar.ts", "import { x } from 'y';"),
            ("notes.cedar.txt", "the cedar tree"),
            ("cedarschema.ts", "export const x = 1;"),
            ("portcullis.json", r#"{"findings": []}"#),
            ("portcullis.sarif", "{}"),
            ("portcullis", ""),
            ("directory.yml", "- name: a"),
            ("sub/directory.yml", "people: {}"),
            ("a.change.yml", ""),
            ("portcullis.yaml", ""),
            ("a.cedar", POLICY),
        ] {
            assert_eq!(meant(path, text), None, "{path}");
        }
    }

    fn codes(files: &[(&str, &str)]) -> Vec<String> {
        let mut workspace = Workspace::new();
        for (path, text) in files {
            workspace.set_file(path, text.as_bytes()).unwrap();
        }
        let report = workspace.check(Instant::parse("2026-11-21").unwrap());
        let of_file = (report.findings.iter()).filter(|of| of.rule.code.starts_with("file/"));
        of_file
            .map(|of| format!("{} {} {}", of.file, of.rule.code, of.severity.as_str()))
            .collect()
    }

    #[test]
    fn check_reports_what_is_meant_and_nothing_of_other_tools() {
        assert_eq!(
            codes(&[
                ("a.CEDAR", POLICY),
                ("a.test.yml", "cases: []"),
                ("b.cedar.bak", POLICY),
                ("b.cedar.disabled", POLICY),
                ("bom.cedar", "\u{feff}permit (principal, action, resource);"),
                ("bom.cedarschema", "\u{feff}entity User;"),
                ("compose.test.yml", "services: {}"),
                ("portcullis.json", "{\"findings\": []}"),
                ("portcullis.yml", "checks: { file/not-read: off }"),
            ]),
            [
                "a.CEDAR file/not-read error",
                "a.test.yml file/not-read error",
                "b.cedar.bak file/not-read error",
                "b.cedar.disabled file/unknown-kind low",
                "bom.cedar file/byte-order-mark error",
                "bom.cedarschema file/byte-order-mark error",
                "portcullis.yml file/not-read error",
            ]
        );
    }

    #[test]
    fn without_the_mark_cedar_reads_the_file() {
        let text = "\u{feff}permit (principal, action, resource);";
        assert!(crate::cedar::parse::parse(&text.into()).is_err());
        let finding = crate::codes::byte_order_mark();
        let fixed = finding.fixes.first().unwrap().applied(text);
        assert!(crate::cedar::parse::parse(&fixed.as_str().into()).is_ok());
    }
}
