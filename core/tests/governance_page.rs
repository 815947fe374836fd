//! The examples of docs/governance.md are read as the page says.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

use portcullis_core::govern::{Rules, directory};

fn page() -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/governance.md");
    std::fs::read_to_string(root).unwrap()
}

/// The first block of code in this language.
fn block(page: &str, language: &str) -> String {
    let after = page.split_once(&format!("```{language}\n")).unwrap().1;
    after.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_directory_can_be_read() {
    let (directory, findings) = directory::read(&block(&page(), "yaml"));
    assert_eq!(findings, []);
    assert_eq!(directory.people.len(), 2);
}

#[test]
fn the_rules_can_be_read() {
    let page = page();
    let (_, of_rules) = page.split_once("## Rules of the organisation").unwrap();
    let rules = block(of_rules, "cedar");
    let rules = Rules::read([("governance/rules.cedar", rules.as_str())]);
    assert_eq!(rules.findings, []);
    assert!(!rules.is_empty());
}

#[test]
fn every_key_of_a_record_is_on_the_page() {
    let page = page();
    for key in portcullis_core::govern::record::KEYS {
        assert!(page.contains(&format!("`{key}`")), "{key}");
    }
}
