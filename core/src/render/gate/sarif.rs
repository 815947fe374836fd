//! SARIF 2.1.0: each refusal is a result, each standard a taxonomy.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::GateSource;
use super::text::some;
use crate::govern::standards;
use crate::render::sarif::uri;
use crate::wire::gate::{GateRefusal, GateReport};

pub(super) fn sarif(report: &GateReport, source: GateSource<'_>) -> String {
    let refusals: Vec<GateRefusal> = open(report)
        .chain(report.refusals.iter().cloned())
        .collect();
    let ids: BTreeSet<&str> = refusals.iter().map(|refusal| refusal.id.as_str()).collect();
    let rules: Vec<Value> = ids
        .iter()
        .map(|id| {
            json!({
                "id": id,
                "relationships": standards::of_refusal(id).iter().filter_map(|r| reference(r)).map(|target| {
                    json!({ "target": target, "kinds": ["relevant"] })
                }).collect::<Vec<_>>(),
            })
        })
        .collect();
    let results: Vec<Value> = refusals
        .iter()
        .map(|refusal| result(refusal, source.path))
        .collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Portcullis",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
                "supportedTaxonomies": taxonomies(&refusals).iter().map(|t| json!({ "name": t.0 })).collect::<Vec<_>>(),
            } },
            "columnKind": "utf16CodeUnits",
            "taxonomies": taxonomies(&refusals).into_iter().map(|(name, ids)| json!({
                "name": name,
                "version": report.standards,
                "taxa": ids.into_iter().map(|(id, title)| json!({
                    "id": id, "shortDescription": { "text": title },
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "results": results,
            "properties": {
                "publishable": report.publishable,
                "tier": report.tier,
                "base": report.base,
                "head": report.head,
                "report": report.report,
                "record": report.record,
            },
        }],
    });
    serde_json::to_string(&log).unwrap_or_default()
}

/// What nobody has met yet, as what it is to whoever reads results: a reason why the change is not published.
fn open(report: &GateReport) -> impl Iterator<Item = GateRefusal> {
    let open = report.requirements.iter().filter(|of| of.missing > 0);
    open.map(|requirement| GateRefusal {
        id: "gate.open".to_owned(),
        at: requirement.slot.clone(),
        range: None,
        message: format!(
            "{} missing of {}",
            requirement.missing, requirement.required
        ),
        help: format!("could be {}", some(&requirement.candidates)),
        refs: standards::of_refusal("gate.open")
            .iter()
            .map(ToString::to_string)
            .collect(),
    })
}

fn result(refusal: &GateRefusal, path: &str) -> Value {
    let mut location = json!({ "physicalLocation": { "artifactLocation": { "uri": uri(path) } } });
    if let (Some(range), Some(place)) = (&refusal.range, location.pointer_mut("/physicalLocation"))
        && let Some(place) = place.as_object_mut()
    {
        place.insert(
            "region".to_owned(),
            json!({ "startLine": range.start.line, "startColumn": range.start.column }),
        );
    }
    json!({
        "ruleId": refusal.id,
        "level": "error",
        "message": { "text": format!("{}: {}; {}", at(refusal), refusal.message, refusal.help) },
        "locations": [location],
        "taxa": refusal.refs.iter().filter_map(|r| reference(r)).collect::<Vec<_>>(),
    })
}

fn at(refusal: &GateRefusal) -> &str {
    match refusal.at.as_str() {
        "" => "change",
        at => at,
    }
}

/// An entry of the catalogue, by its taxonomy.
fn reference(name: &str) -> Option<Value> {
    let standard = standards::find(name)?;
    Some(json!({ "id": standard.id, "toolComponent": { "name": standard.standard } }))
}

/// The standards that are cited, and what of them.
fn taxonomies(
    refusals: &[GateRefusal],
) -> BTreeMap<&'static str, BTreeMap<&'static str, &'static str>> {
    let refs = refusals.iter().flat_map(|refusal| &refusal.refs);
    let mut out: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for standard in refs.filter_map(|name| standards::find(name)) {
        out.entry(standard.standard.as_str())
            .or_default()
            .insert(standard.id.as_str(), standard.title.as_str());
    }
    out
}
