#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use super::*;
use crate::govern::gate_tests::{Scenario, at};

/// A log of three entries.
fn log() -> String {
    let mut scenario = Scenario::new();
    let mut text = String::new();
    for (number, event) in [Event::Recorded, Event::Recorded, Event::Published]
        .into_iter()
        .enumerate()
    {
        let log = Log::read(&text).unwrap();
        let time = at(&format!("2026-11-2{number}"));
        text.push_str(&log.append(event, &scenario.record, time).unwrap());
        scenario.approve("bob", "security", "security");
    }
    text
}

#[track_caller]
fn broken(text: &str, line: usize, because: &str) {
    let broken = Log::read(text).unwrap_err();
    assert_eq!(broken.line, line, "{}", broken.message);
    assert!(broken.message.contains(because), "{}", broken.message);
}

#[test]
fn a_log_is_read_as_it_is_appended_to() {
    let text = log();
    let log = Log::read(&text).unwrap();
    assert_eq!(log.entries.len(), 3);
    assert!(log.has_published(Scenario::new().head.semantic));
    assert!(!log.has_published(Scenario::new().base.semantic));
    assert_eq!(log.head(), log.entries[2].hash);
    assert_eq!(Log::read("").unwrap().head(), FIRST);
    let older = log.append(Event::Published, &Scenario::new().record, at("2026-11-01"));
    assert!(older.unwrap_err().contains("nothing older can follow"));
}

#[test]
fn a_change_is_published_once_and_only_the_last_is_rolled_back() {
    let record = Scenario::new().record;
    let mut other = record.clone();
    other.id = "change-2".to_owned();
    let mut log = Log::default();
    let mut text = String::new();
    for (event, record, because) in [
        (Event::RolledBack, &record, "not what was published last"),
        (Event::Published, &record, ""),
        (Event::Published, &record, "published before"),
        (Event::Published, &other, ""),
        (Event::RolledBack, &record, "not what was published last"),
        (Event::RolledBack, &other, ""),
        (Event::RolledBack, &other, "not what was published last"),
        (Event::Published, &other, "published before"),
        (Event::RolledBack, &record, ""),
    ] {
        match log.append(event, record, at("2026-11-21")) {
            Ok(line) => {
                assert_eq!(because, "");
                text.push_str(&line);
                log = Log::read(&text).unwrap();
            }
            Err(said) => assert!(!because.is_empty() && said.contains(because), "{said}"),
        }
        let standing = log.published("").map(|entry| entry.change.as_str());
        let beside = log.published("change-2").map(|entry| entry.change.as_str());
        match log.entries.len() {
            1 | 3 => assert_eq!((standing, beside), (Some("change-1"), Some("change-1"))),
            2 => assert_eq!((standing, beside), (Some("change-2"), Some("change-1"))),
            _ => assert_eq!((standing, beside), (None, None)),
        }
    }
    assert_eq!(log.entries.len(), 4);
}

#[test]
fn an_edited_log_is_found_at_its_line() {
    let text = log();
    let lines: Vec<&str> = text.lines().collect();
    let joined = |lines: &[&str]| {
        lines
            .iter()
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    let edited = lines[1].replace("2026-11-21", "2026-11-22");
    broken(
        &joined(&[lines[0], &edited, lines[2]]),
        2,
        "the entry was changed",
    );
    broken(&joined(&[lines[0], lines[2]]), 2, "taken out");
    broken(&joined(&[lines[1], lines[2]]), 1, "taken out");
    broken(&joined(&[lines[0], lines[0]]), 2, "taken out");
    broken(&joined(&[lines[1], lines[0], lines[2]]), 1, "taken out");
    broken(&format!("{}\n\n", lines[0]), 2, "not JSON");
    broken(&format!(" {}\n", lines[0]), 1, "canonical");
    broken(lines[0], 1, "does not end");
    broken(&text[..text.len() - 20], 3, "not JSON");
    let more = lines[0].replace(r#""event""#, r#""envelope":1,"event""#);
    broken(&joined(&[&more]), 1, "`envelope` is no key");
    broken(&format!("{}\n", "[".repeat(100_000)), 1, "not JSON");
    broken(&format!("\"{}\"\n", "x".repeat(MOST_BYTES)), 1, "at most");
    // Rewritten from the middle on with right hashes, a log is right in itself; the last hash tells.
    let first = Log::read(&joined(&lines[..1])).unwrap();
    let other = first
        .append(Event::Published, &Scenario::new().record, at("2026-11-23"))
        .unwrap();
    let rewritten = Log::read(&format!("{}\n{other}", lines[0])).unwrap();
    assert_ne!(rewritten.head(), Log::read(&text).unwrap().head());
}

#[test]
fn the_hash_is_that_of_the_entry_and_the_hash_before() {
    let log = Log::read(&log()).unwrap();
    let [first, second, _] = log.entries.as_slice() else {
        unreachable_log()
    };
    let mut bytes = canonical(&second.members());
    bytes.extend(first.hash.0);
    assert_eq!(second.hash, Digest::of(&bytes));
}

#[expect(clippy::panic, reason = "tests")]
fn unreachable_log() -> ! {
    panic!("a log of three entries")
}
