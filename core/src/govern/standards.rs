//! The catalogue of standards: every `ref` of a check, a factor or a control is one of its entries. The titles
//! are ours and short; the standards themselves say more.

use std::sync::LazyLock;

use serde::Deserialize;

/// One control, risk or outcome of a standard.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    /// How it is cited.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The standard and its edition.
    pub standard: String,
    /// The id in the standard.
    pub id: String,
    /// What it is about.
    pub title: String,
}

/// The entries and when they were last held against the standards.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// A date.
    pub version: String,
    /// In the order of the file.
    pub standards: Vec<Standard>,
}

const TEXT: &str = include_str!("standards.json");

/// What stands before the reference of every entry.
const MARK: &[u8] = b"{\"ref\": \"";

/// Where the references of the entries begin in the text; zeros behind the last.
const ENTRIES: [usize; 256] = entries();

#[expect(
    clippy::indexing_slicing,
    reason = "in a constant, which does not compile out of bounds"
)]
const fn entries() -> [usize; 256] {
    let mut starts = [0; 256];
    let (mut at, mut count) = (0, 0);
    while at < TEXT.len() {
        if is_at(at, MARK) {
            starts[count] = at + MARK.len();
            count += 1;
        }
        at += 1;
    }
    starts
}

#[expect(
    clippy::indexing_slicing,
    reason = "in a constant, which does not compile out of bounds"
)]
const fn is_at(at: usize, word: &[u8]) -> bool {
    let text = TEXT.as_bytes();
    let mut n = 0;
    while n < word.len() {
        if at + n >= text.len() || text[at + n] != word[n] {
            return false;
        }
        n += 1;
    }
    true
}

/// Whether every one of these is cited like an entry of the catalogue. The lists of checks and of factors ask while
/// they are compiled.
#[expect(
    clippy::indexing_slicing,
    reason = "in a constant, which does not compile out of bounds"
)]
pub(crate) const fn has_all(references: &[&str]) -> bool {
    let mut n = 0;
    while n < references.len() {
        let word = references[n].as_bytes();
        let mut entry = 0;
        while !(is_at(ENTRIES[entry], word) && is_at(ENTRIES[entry] + word.len(), b"\"")) {
            entry += 1;
            if entry == ENTRIES.len() || ENTRIES[entry] == 0 {
                return false;
            }
        }
        n += 1;
    }
    true
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    // A test reads it, so it is never empty.
    serde_json::from_str(TEXT).unwrap_or(Catalogue {
        version: String::new(),
        standards: Vec::new(),
    })
});

/// The catalogue.
pub fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}

/// The entry that is cited like this.
pub fn find(reference: &str) -> Option<&'static Standard> {
    CATALOGUE
        .standards
        .iter()
        .find(|standard| standard.reference == reference)
}

/// What asks for a refusal of the gate, by its id.
pub fn of_refusal(id: &str) -> &'static [&'static str] {
    match id {
        "gate.left-out" | "gate.rollback" | "gate.report-differs" => {
            &["NIST SP 800-53r5 CM-3", "NIST SP 800-53r5 CM-4"]
        }
        "approval.self" | "approval.duplicate" | "gate.actors" | "gate.open"
        | "gate.unsubmitted" | "gate.submission" | "gate.unknown-actor" | "template.person" => &[
            "NIST SP 800-53r5 AC-5",
            "NIST SP 800-53r5 CM-5",
            "ISO 27001:2022 A.5.3",
        ],
        "approval.kind" | "gate.prompt" => {
            &["NIST AI RMF GOVERN 3.2", "NIST AI RMF MAP 3.5", "ASI09"]
        }
        "gate.expiry" | "gate.expired" => &["NIST CSF 2.0 ID.RA-07", "NIST SP 800-53r5 AC-2(2)"],
        "gate.recertification" | "gate.recertification-overdue" | "gate.retention" => {
            &["ISO 27001:2022 A.5.18", "PCI DSS 4.0.1 7.2.4"]
        }
        "gate.tests" => &[
            "NIST SP 800-53r5 CM-3(2)",
            "NIST SP 800-53r5 SA-11",
            "SOC 2 CC8.1",
        ],
        "gate.log" | "gate.replayed" | "gate.previous" | "gate.base-unpublished" => {
            &["NIST SP 800-53r5 AU-9", "NIST SP 800-53r5 AU-10"]
        }
        "gate.owner" | "gate.trace" => &["NIST CSF 2.0 GV.RR-02", "NIST SP 800-53r5 CM-3"],
        id if ["approval.", "dismissal.", "template."]
            .iter()
            .any(|of| id.starts_with(of)) =>
        {
            &[
                "NIST SP 800-53r5 CM-3(1)",
                "NIST SP 800-53r5 AU-10",
                "PCI DSS 4.0.1 6.5.1",
            ]
        }
        _ => &[
            "NIST SP 800-53r5 CM-3",
            "NIST SP 800-53r5 CM-3(1)",
            "SOC 2 CC8.1",
        ],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_entry_is_there_once() {
        let all = &catalogue().standards;
        let names: BTreeSet<&str> = all.iter().map(|s| s.reference.as_str()).collect();
        assert_eq!((names.len(), all.len() > 80), (all.len(), true));
        for standard in all {
            assert!(standard.reference.ends_with(&standard.id), "{standard:?}");
            assert!(!standard.title.is_empty());
        }
    }

    #[test]
    fn whatever_a_rule_cites_is_in_the_catalogue() {
        for rule in crate::rules::all() {
            for reference in rule.refs {
                assert!(
                    find(reference).is_some(),
                    "{} cites `{reference}`",
                    rule.code
                );
            }
        }
    }

    #[test]
    fn whatever_a_refusal_cites_is_in_the_catalogue() {
        let ids = [
            "template.envelope",
            "gate.left-out",
            "gate.open",
            "gate.previous",
            "gate.prompt",
            "approval.self",
            "approval.kind",
            "gate.expiry",
            "gate.recertification",
            "gate.tests",
            "gate.log",
            "gate.owner",
            "approval.envelope",
            "gate.head-differs",
        ];
        for id in ids {
            assert!(!of_refusal(id).is_empty());
            assert!(
                of_refusal(id)
                    .iter()
                    .all(|reference| find(reference).is_some()),
                "{id}"
            );
        }
    }
}
