//! Reports built by hand, for the tests of renderers.

pub(crate) mod test;

use crate::finding::{Severity, TextEdit};
use crate::report::{
    Range, Report, ReportedFinding, ReportedFix, ReportedLabel, SchemaUse, Summary,
};
use crate::rules::{Profile, Rule};
use crate::source::{LineIndex, Position, Span};

pub(crate) static SECURITY: Rule = Rule {
    code: "open-action",
    severity: Severity::High,
    summary: "a permit names no action",
    why: "actions that are added later are granted too",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["NHI5", "NIST SP 800-53r5 AC-6"],
    page: "# open-action\n\nThe scope of a permit names no action.\n",
};

pub(crate) static CEDAR: Rule = Rule {
    code: "cedar/unexpected-type",
    severity: Severity::Error,
    summary: "an expression has the wrong type",
    why: "the policy would always err",
    profile: Profile::Basic,
    suppressible: None,
    refs: &[],
    page: "",
};

/// The file that [`report`] is about.
pub(crate) const FILE: &str = "policies/naïve file.cedar";
pub(crate) const TEXT: &str = "permit (principal, action, resource);\nforbid (principal, action, resource)\nwhen { \"日本\" == 1 };\n";

/// Two findings in one file: one with everything that a finding can have, one with as little as possible.
pub(crate) fn report() -> Report {
    let first = Builder::new(&SECURITY, FILE, TEXT, "action")
        .message("`action` is not constrained")
        .policy("open")
        .label(FILE, TEXT, "resource", "nor is `resource`")
        .environments(&[
            "Agent, Action::\"edit\", Photo",
            "User, Action::\"view\", Photo",
        ])
        .fix(
            "name the action",
            true,
            "action",
            "action == Action::\"view\"",
        )
        .build();
    let second = Builder::new(&CEDAR, FILE, TEXT, "\"日本\"")
        .message("expected a long, found a string")
        .build();
    of(vec![first, second])
}

/// A report of these findings.
pub(crate) fn of(findings: Vec<ReportedFinding>) -> Report {
    let mut summary = Summary {
        files: 2,
        policies: 2,
        schema: SchemaUse::Used,
        ..Summary::default()
    };
    for finding in &findings {
        *summary.by_severity.entry(finding.severity).or_default() += 1;
    }
    Report {
        findings,
        summary,
        digest: "00ff".to_owned(),
    }
}

/// A finding at the first place where some text occurs.
pub(crate) struct Builder {
    finding: ReportedFinding,
    text: String,
}

impl Builder {
    pub(crate) fn new(rule: &'static Rule, file: &str, text: &str, at: &str) -> Self {
        Self::at(rule, file, text, place(text, at))
    }

    pub(crate) fn at(rule: &'static Rule, file: &str, text: &str, span: Span) -> Self {
        Self {
            finding: ReportedFinding {
                rule,
                severity: rule.severity,
                message: "this is wrong".to_owned(),
                why: rule.why.to_owned(),
                help: "do it right".to_owned(),
                file: file.into(),
                policy: None,
                range: range(text, span),
                labels: Vec::new(),
                environments: Vec::new(),
                fixes: Vec::new(),
            },
            text: text.to_owned(),
        }
    }

    pub(crate) fn message(mut self, message: &str) -> Self {
        self.finding.message = message.to_owned();
        self
    }

    pub(crate) fn policy(mut self, id: &str) -> Self {
        self.finding.policy = Some(id.into());
        self
    }

    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }

    /// Leaves out the sentences beside the message, where a test is about the excerpt.
    pub(crate) fn terse(mut self) -> Self {
        self.finding.why.clear();
        self.finding.help.clear();
        self
    }

    pub(crate) fn label(mut self, file: &str, text: &str, at: &str, message: &str) -> Self {
        self.finding.labels.push(ReportedLabel {
            file: file.into(),
            range: range(text, place(text, at)),
            message: message.to_owned(),
        });
        self
    }

    pub(crate) fn environments(mut self, environments: &[&str]) -> Self {
        self.finding.environments = environments.iter().map(|e| (*e).into()).collect();
        self
    }

    pub(crate) fn fix(mut self, title: &str, safe: bool, at: &str, insert: &str) -> Self {
        let span = place(&self.text, at);
        self.finding.fixes.push(ReportedFix {
            title: title.to_owned(),
            safe,
            edits: vec![(range(&self.text, span), TextEdit::replace(span, insert))],
        });
        self
    }

    pub(crate) fn build(self) -> ReportedFinding {
        self.finding
    }
}

/// The first occurrence of `part`; empty text stands for the text's start.
pub(crate) fn place(text: &str, part: &str) -> Span {
    let start = text.find(part).unwrap_or_default();
    Span::from_usize(start, start + part.len())
}

pub(crate) fn range(text: &str, span: Span) -> Range {
    let index = LineIndex::new(text);
    Range {
        start: index.position(text, span.start, Position::START),
        end: index.position(text, span.end, Position::START),
    }
}
