//! Assessment results of OSCAL 1.1.3 (NIST): each requirement and each refusal is an observation, each control
//! that they are about a finding.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::GateSource;
use crate::govern::canonical::Digest;
use crate::govern::standards;
use crate::wire::gate::GateReport;

/// What the gate shows where nothing refuses: changes are controlled, tested, approved by others, and logged.
const SHOWN: [&str; 4] = [
    "NIST SP 800-53r5 AC-5",
    "NIST SP 800-53r5 CM-3",
    "NIST SP 800-53r5 CM-3(1)",
    "NIST SP 800-53r5 CM-5",
];

const FAMILY: &str = "NIST SP 800-53r5";

pub(super) fn oscal(report: &GateReport, source: GateSource<'_>) -> String {
    let now = source.as_of.to_string();
    // Names are made from what is named, so that the same answer has the same names.
    let seed = Digest::of(source.text.as_bytes());
    let uuid = |what: &str| uuid(&format!("{seed} {now} {what}"));
    let observation = |name: &str, text: &str| {
        json!({
            "uuid": uuid(&format!("observation {name}")),
            "description": text,
            "methods": ["TEST"],
            "collected": now,
        })
    };
    let mut observations: Vec<Value> = Vec::new();
    // Of each control, whether anything speaks against it, and by which observations.
    let mut controls: BTreeMap<&str, (bool, Vec<Value>)> = SHOWN
        .iter()
        .map(|name| (*name, (true, Vec::new())))
        .collect();
    for requirement in &report.requirements {
        let met = requirement.missing == 0;
        let text = format!(
            "{}: {}",
            requirement.required,
            if met {
                format!("met by {}", requirement.met_by.join(", "))
            } else {
                format!("{} missing", requirement.missing)
            }
        );
        let observed = observation(&requirement.required, &text);
        let related = json!({ "observation-uuid": observed.get("uuid") });
        for name in SHOWN {
            if let Some((satisfied, all)) = controls.get_mut(name) {
                *satisfied &= met;
                all.push(related.clone());
            }
        }
        observations.push(observed);
    }
    for (number, refusal) in report.refusals.iter().enumerate() {
        let observed = observation(
            &format!("refusal {number}"),
            &format!("{} {}: {}", refusal.id, refusal.at, refusal.message),
        );
        let related = json!({ "observation-uuid": observed.get("uuid") });
        for name in standards::of_refusal(refusal.id.as_str()) {
            if standards::find(name).is_some_and(|standard| standard.standard == FAMILY) {
                let (satisfied, all) = controls.entry(name).or_default();
                *satisfied = false;
                all.push(related.clone());
            }
        }
        observations.push(observed);
    }
    let control = |name: &str| standards::find(name).map(|standard| control_id(&standard.id));
    let findings: Vec<Value> = controls
        .iter()
        .filter_map(|(name, (satisfied, related))| {
            let standard = standards::find(name)?;
            Some(json!({
                "uuid": uuid(&format!("finding {name}")),
                "title": standard.title,
                "description": format!("{} for this change", standard.title),
                "target": {
                    "type": "objective-id",
                    "target-id": control_id(&standard.id),
                    "status": { "state": if *satisfied { "satisfied" } else { "not-satisfied" } },
                },
                "related-observations": related,
            }))
        })
        .collect();
    let selected: Vec<Value> = controls
        .keys()
        .filter_map(|name| Some(json!({ "control-id": control(name)? })))
        .collect();
    let title = format!(
        "Gate of change {}",
        report
            .change
            .as_deref()
            .unwrap_or("without a readable record")
    );
    let mut result = json!({
        "uuid": uuid("result"),
        "title": title,
        "description": format!("{}, tier {}", if report.publishable { "publishable" } else { "not publishable" }, report.tier),
        "start": now,
        "reviewed-controls": { "control-selections": [{ "include-controls": selected }] },
        "findings": findings,
    });
    if let (Some(result), false) = (result.as_object_mut(), observations.is_empty()) {
        result.insert("observations".to_owned(), Value::Array(observations));
    }
    if let Some(result) = result.as_object_mut() {
        let prop = |name: &str, value: &str| json!({ "name": name, "ns": "urn:portcullis", "value": value });
        let mut props = vec![
            prop("base", &report.base),
            prop("head", &report.head),
            prop("report", &report.report),
        ];
        props.extend(report.record.as_ref().map(|record| prop("record", record)));
        result.insert("props".to_owned(), Value::Array(props));
    }
    let log = json!({
        "assessment-results": {
            "uuid": uuid("document"),
            "metadata": {
                "title": title,
                "last-modified": now,
                "version": env!("CARGO_PKG_VERSION"),
                "oscal-version": "1.1.3",
            },
            "import-ap": { "href": source.path },
            "results": [result],
        },
    });
    serde_json::to_string(&log).unwrap_or_default()
}

/// `CM-3(2)` as OSCAL's catalogue has it: `cm-3.2`.
fn control_id(id: &str) -> String {
    id.to_lowercase().replace('(', ".").replace(')', "")
}

/// A name in the form of a UUID, made from what it names. OSCAL allows versions 4 and 5, so it is marked as
/// one made from a name.
fn uuid(of: &str) -> String {
    let Digest(digest) = Digest::of(of.as_bytes());
    let hex: String = Digest(digest).hex().chars().take(32).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
    format!(
        "{}-{}-5{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}
