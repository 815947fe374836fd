//! No secret is seen where there is none: every text of the public corpora passes.
//!
//! `PORTCULLIS_CORPUS` names a folder with policies, schemas and entities, also in `.tar.gz` archives.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;

use portcullis_core::{Instant, Workspace};

/// Checks that rest on words alone, so that schemas and entities can be read for them as well.
const CODES: &[&str] = &["secret-in-text", "prompt-injection-text"];

#[test]
fn nothing_in_the_corpora_is_taken_for_a_secret() {
    let Some(folder) = std::env::var_os("PORTCULLIS_CORPUS") else {
        println!("skipped: PORTCULLIS_CORPUS names no folder with corpora");
        return;
    };
    let mut texts = 0;
    let mut wrong = Vec::new();
    // The archives repeat most of their schemas and names.
    let mut seen = BTreeSet::new();
    let mut see = |path: &str, bytes: &[u8]| {
        for text in statements(path, bytes, &mut seen) {
            texts += 1;
            wrong.extend(findings(path, &text));
        }
    };
    for entry in walkdir::WalkDir::new(&folder).sort_by_file_name() {
        let entry = entry.unwrap();
        if !entry.file_type().is_file() {
            continue;
        }
        let bytes = fs::read(entry.path()).unwrap();
        let path = entry.path().to_string_lossy();
        if path.ends_with(".tar.gz") {
            archive(&bytes, &mut see);
        } else {
            see(&path, &bytes);
        }
    }
    println!("{texts} texts");
    assert!(
        texts > 0,
        "there is nothing in {}",
        Path::new(&folder).display()
    );
    assert_eq!(wrong, Vec::<String>::new());
}

fn archive(bytes: &[u8], see: &mut impl FnMut(&str, &[u8])) {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        see(&path, &content);
    }
}

/// The texts of a file as policies: those of a policy file as they are, comments and strings of others as
/// comments and annotations of a policy.
fn statements(path: &str, bytes: &[u8], seen: &mut BTreeSet<String>) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut strings = Vec::new();
    if path.ends_with(".cedar") {
        return if seen.insert(text.clone()) {
            vec![text]
        } else {
            Vec::new()
        };
    } else if path.ends_with(".json") {
        let Ok(json) = serde_json::from_str(&text) else {
            return Vec::new();
        };
        collect(&json, &mut strings);
    } else if path.ends_with(".cedarschema") {
        strings.extend(text.lines().map(str::to_owned));
    } else {
        return Vec::new();
    }
    let mut out = String::new();
    for string in strings {
        if !seen.insert(string.clone()) {
            continue;
        }
        let escaped = string.escape_debug().to_string().replace("\\'", "'");
        out.push_str(&format!(
            "@note(\"{escaped}\")\npermit (principal == Name::\"{escaped}\", action, resource);\n"
        ));
    }
    vec![out]
}

fn collect(json: &serde_json::Value, out: &mut Vec<String>) {
    match json {
        serde_json::Value::String(text) => out.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, out)),
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                out.push(name.clone());
                collect(value, out);
            }
        }
        _ => {}
    }
}

fn findings(path: &str, text: &str) -> Vec<String> {
    let mut workspace = Workspace::new();
    workspace
        .set_file("policies.cedar", text.as_bytes())
        .unwrap();
    let report = workspace.check(Instant::parse("2026-11-21").unwrap());
    report
        .findings
        .iter()
        .filter(|finding| CODES.contains(&finding.rule.code))
        .map(|finding| {
            format!(
                "{path}:{} {}: {:?}",
                finding.range.start.line,
                finding.message,
                text.get(finding.range.start.byte as usize..finding.range.end.byte as usize)
            )
        })
        .collect()
}
