//! Tiers a change of one policy among 1,000, and asks the gate about a change with 20 approvals. One JSON object a
//! line: a figure and what it is held against.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Instant as Stopwatch;

use anyhow::{Context, Result, ensure};
use ed25519_dalek::{Signer, SigningKey};
use portcullis_bench::{POLICIES_PATH, SCHEMA, SCHEMA_PATH, Style, policies};
use portcullis_core::change;
use portcullis_core::govern::envelope::{Envelope, PAYLOAD_TYPE, Purpose, payload, to_sign};
use portcullis_core::govern::record::{Approval, Decision, Drafter, Record, State, yaml};
use portcullis_core::govern::{Digests, PublicKey, Request, decide, directory};
use portcullis_core::tier::{self, Assessment, Input};
use portcullis_core::{Edit, EditRange, Instant, Workspace};
use serde_json::{Value, json};

const POLICIES: usize = 1_000;
const APPROVALS: u8 = 20;
const RUNS: usize = 15;

fn main() -> Result<()> {
    let now = Instant::parse("2026-11-21T09:00:00Z").context("a date")?;
    tiers(now)?;
    gate(now)
}

/// One policy among many is another: the comparison, and the comparison with the tier.
fn tiers(now: Instant) -> Result<()> {
    let text = policies(POLICIES, Style::Clean);
    let open = || -> Result<Workspace> {
        let mut workspace = Workspace::new();
        workspace.set_file(SCHEMA_PATH, SCHEMA.as_bytes())?;
        workspace.set_file(POLICIES_PATH, text.as_bytes())?;
        Ok(workspace)
    };
    let (mut base, mut head) = (open()?, open()?);
    let places: Vec<u32> = text
        .match_indices("group-")
        .map(|(at, found)| (at + found.len()) as u32)
        .collect();
    let mut turn = 0_usize;
    // Another policy each time, and what was edited before as it was.
    let mut edit = |head: &mut Workspace| -> Result<()> {
        let at = |turn: usize| places.get(turn * 7919 % places.len()).copied();
        if let Some(before) = turn.checked_sub(1).and_then(at) {
            let undo = EditRange::Utf16(before, before + 1);
            head.edit_file(
                POLICIES_PATH,
                &Edit {
                    range: undo,
                    insert: String::new(),
                },
            )?;
        }
        let here = at(turn).context("a place")?;
        let range = EditRange::Utf16(here, here);
        head.edit_file(
            POLICIES_PATH,
            &Edit {
                range,
                insert: "x".to_owned(),
            },
        )?;
        turn += 1;
        Ok(())
    };
    let (mut compared, mut tiered) = (Vec::new(), Vec::new());
    for _ in 0..=RUNS {
        edit(&mut head)?;
        let begun = Stopwatch::now();
        let change = head.compare(&mut base, &change::Options::default());
        compared.push(begun.elapsed().as_secs_f64() * 1e3);
        ensure!(!change.environments.is_empty(), "nothing was compared");
        edit(&mut head)?;
        let begun = Stopwatch::now();
        let verdict = tier::tier(Input {
            base: Some(&mut base),
            head: &mut head,
            baseline: None,
            record: None,
            directory: None,
            as_of: now,
        });
        tiered.push(begun.elapsed().as_secs_f64() * 1e3);
        ensure!(!verdict.assessment.verdict.reasons.is_empty(), "no reasons");
    }
    let (diff, tier) = (median(&mut compared), median(&mut tiered));
    print(
        "native: diff of one policy edited among 1,000",
        diff,
        &Value::Null,
    );
    print(
        "native: its tier, beyond the diff",
        tier - diff,
        &json!({ "at_most": 20 }),
    );
    Ok(())
}

/// A small change that twenty people approved, its tier known.
fn gate(now: Instant) -> Result<()> {
    let key = |seed: u8| SigningKey::from_bytes(&[seed; 32]);
    let mut people = "people:\n  author: { issuer: idp, kind: human, keys: ['".to_owned();
    let public = |seed| -> Result<String> {
        let key = PublicKey::from_bytes(key(seed).verifying_key().to_bytes());
        Ok(key.context("a key")?.to_string())
    };
    writeln!(people, "{}'] }}", public(0)?)?;
    for n in 1..=APPROVALS {
        let key = public(n)?;
        people.push_str(&format!(
            "  person-{n}: {{ issuer: idp, kind: human, roles: [application-owner], keys: ['{key}'] }}\n"
        ));
    }
    let open = |count| -> Result<Workspace> {
        let mut workspace = Workspace::new();
        workspace.set_file(SCHEMA_PATH, SCHEMA.as_bytes())?;
        workspace.set_file(POLICIES_PATH, policies(count, Style::Clean).as_bytes())?;
        workspace.set_file(directory::FILE_NAME, people.as_bytes())?;
        Ok(workspace)
    };
    let (mut base, mut head) = (open(9)?, open(10)?);
    let assessed = tier::assess(Input {
        base: Some(&mut base),
        head: &mut head,
        baseline: None,
        record: None,
        directory: None,
        as_of: now,
    });
    let verdict = &assessed.verdict;
    let state = |digests: Digests| State {
        semantic: digests.semantic,
        source: digests.source,
    };
    let mut record = Record {
        id: "change".to_owned(),
        base: state(base.digests()),
        head: state(head.digests()),
        engine: "bench".to_owned(),
        report: None,
        tests: None,
        tier: verdict.tier,
        reasons: verdict.deciding().into_iter().map(str::to_owned).collect(),
        requirements: verdict.controls.describe(),
        author: "author".to_owned(),
        drafter: Drafter {
            kind: directory::Kind::Human,
            id: "author".to_owned(),
            prompt: None,
        },
        last_editor: "author".to_owned(),
        owner: Some("author".to_owned()),
        ticket: Some("T-1".to_owned()),
        justification: None,
        valid_from: None,
        expires: None,
        recertify_by: None,
        retain_until: None,
        rollback: None,
        previous: None,
        submission: None,
        approvals: Vec::new(),
        dismissals: Vec::new(),
        template: None,
    };
    let sign = |seed, payload: Vec<u8>| {
        let signature = key(seed).sign(&to_sign(PAYLOAD_TYPE, &payload)).to_bytes();
        Envelope::new(payload, "a key".to_owned(), &signature)
    };
    record.submission = Some(sign(0, payload(&record, Purpose::Submission, &Value::Null)));
    let requirement = verdict
        .controls
        .requirements
        .first()
        .context("a requirement")?;
    for n in 1..=APPROVALS {
        let mut approval = Approval {
            person: format!("person-{n}"),
            issuer: "idp".to_owned(),
            role: "application-owner".to_owned(),
            slot: requirement.slot.clone(),
            on_behalf_of: None,
            decision: Decision::Approve,
            reason: Some("seen".to_owned()),
            acknowledgements: verdict.controls.acknowledge.iter().cloned().collect(),
            time: now,
            step_up: false,
            envelope: sign(0, Vec::new()),
        };
        approval.envelope = sign(n, payload(&record, Purpose::Approval, &approval.terms()));
        record.approvals.push(approval);
    }
    let text = yaml(&record);
    let mut times = Vec::new();
    for _ in 0..=RUNS {
        let begun = Stopwatch::now();
        let answer = decide(
            &mut base,
            &mut head,
            Request {
                record: &text,
                directory: None,
                log: None,
                baseline: None,
                actors: None,
                assess: &|_| Assessment {
                    verdict: verdict.clone(),
                    tests: BTreeSet::new(),
                },
                as_of: now,
            },
        );
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        let verdict = answer.verdict;
        ensure!(verdict.discounted.is_empty(), "{:?}", verdict.discounted);
        let met = verdict.requirements.iter().any(|of| of.missing == 0);
        ensure!(met, "{:?}", verdict.requirements);
    }
    print(
        "native: gate of a small change with 20 approvals, its tier known",
        median(&mut times),
        &json!({ "at_most": 5 }),
    );
    Ok(())
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn print(what: &str, value: f64, against: &Value) {
    let line = json!({ "what": what, "value": value, "unit": "ms", "against": against });
    println!("{line}");
}
