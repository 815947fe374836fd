//! Whether policies keep within the bundle's guardrails, for a check.

use super::Workspace;
use super::read::Excluded;
use crate::change;
use crate::checks::{self, GuardrailContext, Run};
use crate::finding::Finding;

impl Workspace {
    /// What the checks of guardrails find, by the number of the guardrail in the order of files and statements. What
    /// was proved before is not asked again.
    pub(super) fn check_guardrails(&mut self, excluded: &Excluded) -> Vec<(usize, Finding)> {
        let mut found = Vec::new();
        let config = &self.config.config;
        let on: Vec<_> = checks::ALL
            .iter()
            .filter(|check| config.severity(check.rule, check.rule.severity).is_some())
            .filter_map(|check| match check.run {
                Run::Guardrail(run) => Some(run),
                _ => None,
            })
            .collect();
        if on.is_empty() || self.guardrails(excluded).is_empty() {
            return found;
        }
        let mut memo = std::mem::take(&mut self.proofs);
        let side = self.side(excluded);
        for kept in change::kept(&side, &change::Options::default(), &mut memo) {
            let Some(guardrail) = side.guardrails.get(kept.number) else {
                continue;
            };
            let context = GuardrailContext {
                policy: guardrail.policy(),
                verdict: &kept.verdict,
            };
            let mut findings = Vec::new();
            for run in &on {
                run(&context, &mut findings);
            }
            found.extend(findings.into_iter().map(|finding| (kept.number, finding)));
        }
        drop(side);
        self.proofs = memo;
        self.counters.questions = self.proofs.asked;
        self.counters.unconfirmed = self.proofs.unconfirmed;
        found
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use crate::finding::Severity;
    use crate::report::ReportedFinding;
    use crate::{Edit, EditRange, Instant, Workspace};

    const SCHEMA: &str = "entity U { level: Long }; entity D { owner: U }; action view, edit appliesTo { principal: U, resource: D };";
    const POLICIES: &str = "@id(\"view\") permit (principal, action == Action::\"view\", resource);\n@id(\"edit\") permit (principal, action == Action::\"edit\", resource) when { principal.level > 3 };\n";
    const RAILS: &str = "// portcullis: allow(invariant-broken) until 2027-01-31 because \"it is meant\"\nforbid (principal, action == Action::\"edit\", resource) when { principal.level < 3 };\n\nforbid (principal, action == Action::\"view\", resource) when { principal.level < -5 };\n";

    fn workspace(files: &[(&str, &str)]) -> Workspace {
        let mut workspace = Workspace::new();
        for (path, text) in files {
            workspace.set_file(path, text.as_bytes()).unwrap();
        }
        workspace
    }

    fn bundle(policies: &str) -> Workspace {
        workspace(&[
            ("s.cedarschema", SCHEMA),
            ("p.cedar", policies),
            ("sub/invariants/r.cedar", RAILS),
        ])
    }

    fn broken(workspace: &mut Workspace) -> Vec<ReportedFinding> {
        let report = workspace.check(Instant::parse("2026-11-21").unwrap());
        assert_eq!(workspace.counters().unconfirmed, 0);
        let all = report.findings.into_iter();
        all.filter(|finding| finding.rule.code == "invariant-broken")
            .collect()
    }

    #[test]
    fn a_broken_guardrail_is_an_error_with_a_request() {
        let mut workspace = bundle(POLICIES);
        let found = broken(&mut workspace);
        let [finding] = found.as_slice() else {
            unreachable_found(&found)
        };
        assert_eq!(finding.severity, Severity::Error);
        assert_eq!(
            finding.message,
            "what this guardrail forbids is allowed by `view`"
        );
        assert_eq!(finding.range.start.line, 4);
        assert_eq!(finding.environments, ["U, Action::\"view\", D".into()]);
        assert!(
            finding.help.contains("  Action::\"view\"  D::\""),
            "{}",
            finding.help
        );
        assert!(finding.help.contains("{level: -"), "{}", finding.help);
    }

    #[expect(clippy::panic, reason = "tests")]
    fn unreachable_found(found: &[ReportedFinding]) -> ! {
        panic!("{found:#?}")
    }

    #[test]
    fn no_comment_suppresses_it() {
        let mut workspace = bundle(&POLICIES.replace("level > 3", "level > 1"));
        assert_eq!(broken(&mut workspace).len(), 2);
    }

    #[test]
    fn an_edit_asks_again_only_where_it_matters() {
        let mut workspace = bundle(POLICIES);
        broken(&mut workspace);
        let asked = workspace.counters().questions;
        assert_eq!(asked, 2);
        // Text that says nothing else, and then what the second guardrail alone is about.
        for (from, to, more) in [("@id(\"edit\")", "@id(\"edit\") /", 0), ("> 3", "> 4", 1)] {
            let text = workspace.text("p.cedar").unwrap();
            let at = text.find(from).unwrap() as u32;
            let edit = Edit {
                range: EditRange::Bytes(at, at + from.len() as u32),
                insert: to.replace(" /", " // said\n"),
            };
            workspace.edit_file("p.cedar", &edit).unwrap();
            assert_eq!(broken(&mut workspace).len(), 1);
            assert_eq!(workspace.counters().questions, asked + more);
        }
        let mut fresh = bundle(&workspace.text("p.cedar").unwrap());
        assert_eq!(broken(&mut fresh), broken(&mut workspace));
    }

    #[test]
    fn what_cannot_be_proved_is_said_unless_it_is_said_elsewhere() {
        let mut bare = workspace(&[("p.cedar", POLICIES), ("invariants/r.cedar", RAILS)]);
        let found = broken(&mut bare);
        assert_eq!(found.len(), 2);
        assert!(
            found
                .iter()
                .all(|finding| finding.severity == Severity::High)
        );
        assert!(
            found.iter().all(|of| of.message.contains("has no schema")),
            "{found:?}"
        );
        let mut mistaken = bundle("permit (principal, action, resource) when { principal.nope };");
        assert_eq!(broken(&mut mistaken), []);
        let mut mistaken = bundle("permit (principal");
        assert_eq!(broken(&mut mistaken), []);
        let mut off = bundle(POLICIES);
        off.set_file("portcullis.yaml", b"profile: basic\n")
            .unwrap();
        assert_eq!(broken(&mut off).len(), 1);
    }

    #[test]
    fn a_guardrail_about_no_request_does_not_hold() {
        for (rail, severity, why) in [
            (
                "permit (principal is U, action == Action::\"view\", resource is U);",
                Severity::Error,
                "takes `U` as its resource",
            ),
            (
                "forbid (principal is D, action, resource);",
                Severity::High,
                "takes `D` as its principal",
            ),
            (
                "permit (principal, action, resource) when { principal has gone && principal.level > 3 };",
                Severity::Error,
                "no request that the schema admits meets its conditions",
            ),
            (
                "forbid (principal, action, resource) when { principal.level > 3 && principal.level < 2 };",
                Severity::High,
                "no request that the schema admits meets its conditions",
            ),
        ] {
            let mut bundle = workspace(&[
                ("s.cedarschema", SCHEMA),
                ("p.cedar", POLICIES),
                ("invariants/r.cedar", rail),
            ]);
            let found = broken(&mut bundle);
            let [finding] = found.as_slice() else {
                unreachable_found(&found)
            };
            assert_eq!(finding.severity, severity, "{rail}");
            assert!(finding.message.ends_with(why), "{}", finding.message);
        }
    }
}
