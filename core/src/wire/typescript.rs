//! The declarations for TypeScript.

use ts_rs::{Config, TS};

use super::authorization::{
    AuthorizationHop, AuthorizationReport, AuthorizationRequirement, DiscountedApproval,
};
use super::change::{
    Allows, Applies, Change, ChangeGroup, ChangeKind, ChangeSummary, Counterpart, Decided, Effect,
    EntityChange, EntityEdit, EntityUid, EnvironmentChange, Example, GuardrailChange, Located, On,
    PolicyChange, PolicyForm, Relation, Request, SchemaChange, SchemaEdit, Verdict, Violation,
};
use super::gate::{GateFact, GateReason, GateRefusal, GateReport, GateRequirement};
use super::test::{
    Answer, ClauseCoverage, ConditionCoverage, Coverage, CoverageTotals, Decision,
    EnvironmentCoverage, Missing, Mutation, MutationTotals, Outcome, PolicyCoverage, PolicyError,
    PolicyMutation, Ratio, Seen, Suggestion, Survivor, TestReport, TestResult, TestSummary,
};
use super::tier::{
    ApprovalRequirement, Certainty, Controls, Tier, TierFact, TierReason, TierSubject, Tiered,
};
use super::{
    Edit, Finding, Fix, Label, Position, Profile, Proofs, Range, Report, Rule, Rules, SchemaUse,
    Severity, Summary,
};

/// The text of a `.d.ts` file that declares every type of the JSON.
pub fn typescript() -> String {
    let config = Config::new().with_large_int("number");
    let mut out = String::from(
        "// Generated from core/src/wire.rs and the files in core/src/wire; do not edit.\n",
    );
    declare::<Report<'static>>(&config, &mut out);
    declare::<Finding<'static>>(&config, &mut out);
    declare::<Severity>(&config, &mut out);
    declare::<Range>(&config, &mut out);
    declare::<Position>(&config, &mut out);
    declare::<Label<'static>>(&config, &mut out);
    declare::<Fix<'static>>(&config, &mut out);
    declare::<Edit<'static>>(&config, &mut out);
    declare::<SchemaUse>(&config, &mut out);
    declare::<Summary>(&config, &mut out);
    declare::<Proofs>(&config, &mut out);
    declare::<Rules<'static>>(&config, &mut out);
    declare::<Rule<'static>>(&config, &mut out);
    declare::<Profile>(&config, &mut out);
    declare::<TestReport<'static>>(&config, &mut out);
    declare::<TestResult<'static>>(&config, &mut out);
    declare::<Outcome>(&config, &mut out);
    declare::<Decision>(&config, &mut out);
    declare::<Answer<'static>>(&config, &mut out);
    declare::<PolicyError<'static>>(&config, &mut out);
    declare::<TestSummary>(&config, &mut out);
    declare::<Coverage<'static>>(&config, &mut out);
    declare::<CoverageTotals>(&config, &mut out);
    declare::<Ratio>(&config, &mut out);
    declare::<PolicyCoverage<'static>>(&config, &mut out);
    declare::<Seen>(&config, &mut out);
    declare::<ClauseCoverage<'static>>(&config, &mut out);
    declare::<ConditionCoverage<'static>>(&config, &mut out);
    declare::<EnvironmentCoverage<'static>>(&config, &mut out);
    declare::<Missing<'static>>(&config, &mut out);
    declare::<Mutation<'static>>(&config, &mut out);
    declare::<MutationTotals>(&config, &mut out);
    declare::<PolicyMutation<'static>>(&config, &mut out);
    declare::<Survivor<'static>>(&config, &mut out);
    declare::<Suggestion<'static>>(&config, &mut out);
    declare::<Change<'static>>(&config, &mut out);
    declare::<Relation>(&config, &mut out);
    declare::<ChangeGroup<'static>>(&config, &mut out);
    declare::<EnvironmentChange<'static>>(&config, &mut out);
    declare::<Allows>(&config, &mut out);
    declare::<On>(&config, &mut out);
    declare::<Counterpart<'static>>(&config, &mut out);
    declare::<Example<'static>>(&config, &mut out);
    declare::<Request<'static>>(&config, &mut out);
    declare::<EntityUid<'static>>(&config, &mut out);
    declare::<Decided<'static>>(&config, &mut out);
    declare::<PolicyChange<'static>>(&config, &mut out);
    declare::<PolicyForm>(&config, &mut out);
    declare::<Effect>(&config, &mut out);
    declare::<ChangeKind>(&config, &mut out);
    declare::<Applies>(&config, &mut out);
    declare::<Located<'static>>(&config, &mut out);
    declare::<SchemaChange<'static>>(&config, &mut out);
    declare::<SchemaEdit>(&config, &mut out);
    declare::<EntityChange<'static>>(&config, &mut out);
    declare::<EntityEdit>(&config, &mut out);
    declare::<GuardrailChange<'static>>(&config, &mut out);
    declare::<Verdict>(&config, &mut out);
    declare::<Violation<'static>>(&config, &mut out);
    declare::<ChangeSummary>(&config, &mut out);
    declare::<AuthorizationReport<'static>>(&config, &mut out);
    declare::<AuthorizationHop<'static>>(&config, &mut out);
    declare::<AuthorizationRequirement<'static>>(&config, &mut out);
    declare::<DiscountedApproval<'static>>(&config, &mut out);
    declare::<GateReport>(&config, &mut out);
    declare::<GateReason>(&config, &mut out);
    declare::<GateFact>(&config, &mut out);
    declare::<GateRequirement>(&config, &mut out);
    declare::<GateRefusal>(&config, &mut out);
    declare::<Tiered<'static>>(&config, &mut out);
    declare::<Tier>(&config, &mut out);
    declare::<Certainty>(&config, &mut out);
    declare::<TierReason<'static>>(&config, &mut out);
    declare::<TierSubject<'static>>(&config, &mut out);
    declare::<TierFact<'static>>(&config, &mut out);
    declare::<Controls<'static>>(&config, &mut out);
    declare::<ApprovalRequirement<'static>>(&config, &mut out);
    out
}

fn declare<T: TS>(config: &Config, out: &mut String) {
    let text = format!(
        "\n{}export {}",
        T::docs().unwrap_or_default(),
        T::decl(config)
    );
    // ts-rs leaves blanks at the ends of lines.
    for line in text.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::Value;

    use super::{TestReport, typescript};
    use crate::render::sample;

    /// A key of the JSON that no declaration names would be invisible to TypeScript.
    #[test]
    fn every_key_is_declared_under_its_own_name() {
        let text = typescript();
        let report = serde_json::to_value(super::Report::from(&sample::report())).unwrap();
        let rules = serde_json::to_value(super::Rules::all()).unwrap();
        let tests = serde_json::to_value(TestReport::from(&sample::test::report())).unwrap();
        let mut keys = Vec::new();
        collect_keys(&tests, &mut keys);
        collect_keys(&report, &mut keys);
        collect_keys(&rules, &mut keys);
        assert!(keys.len() > 100, "{keys:?}");
        for key in keys {
            assert!(text.contains(&format!("\n{key}: ")), "{key} in {text}");
        }
    }

    #[test]
    fn documentation_and_unions_come_along() {
        let text = typescript();
        assert!(
            text.contains("export type Severity = \"low\" | \"medium\" | \"high\" | \"error\";"),
            "{text}"
        );
        assert!(text.contains("policy: string | null,"), "{text}");
        assert!(text.contains(" * UTF-16 code units before it."), "{text}");
        assert!(text.lines().all(|line| line == line.trim_end()), "{text}");
    }

    fn collect_keys(value: &Value, keys: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    keys.push(key.clone());
                    collect_keys(value, keys);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect_keys(item, keys)),
            _ => {}
        }
    }
}
