//! A change made from a seed, what is said of it, and what is wrong with that.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fastrand::Rng;
use portcullis_core::cli::{self, Plan, Surroundings};
use portcullis_core::tier::{Input, Tier, Verdict, tier};
use portcullis_core::{Instant, Workspace};

use crate::edits::{Edit, Kind};
use crate::judge::{Seen, Side, Way, look};
use crate::model::Bundle;
use crate::starts::{STARTS, Start};

/// What is wrong with a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wrong {
    /// A request is newly allowed, and the tier is below what such a request asks for.
    TierTooLow(Way),
    /// A request is newly allowed, and `diff --fail-on wider` passes.
    DiffNotWider(Way),
    /// A request is newly denied, and `diff --fail-on any` passes.
    DiffEquivalent,
    /// A guardrail guards less, and the tier is below human.
    GuardLost(Way),
    /// A permit is new that only the types keep from applying, and the tier is auto.
    Dormant,
    /// Cedar refuses head, and the tier is one that can be approved.
    Broken,
    /// The generator made something that Cedar refuses.
    Generator,
}

/// A start, the edits that make base of it, and those that make head of base.
#[derive(Clone)]
pub struct Case {
    pub seed: u64,
    pub start: &'static Start,
    /// Policies of the start that are left out: smaller cases are easier to read.
    pub without: Vec<String>,
    pub before: Vec<Edit>,
    pub edits: Vec<Edit>,
}

/// What came of a case.
pub struct Outcome {
    pub tier: Tier,
    pub seen: Seen,
    pub wrong: Vec<Wrong>,
}

impl Case {
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let start = rng.choice(STARTS).unwrap();
        let mut case = Self {
            seed,
            start,
            without: Vec::new(),
            before: Vec::new(),
            edits: Vec::new(),
        };
        let before = rng.usize(0..3);
        let edits = rng.usize(1..4);
        let mut bundle = start.bundle();
        for number in 0..before + edits {
            // Some edits do nothing here, and most that Cedar refuses are of no interest.
            for _ in 0..8 {
                let edit = Edit::random(&mut rng);
                let mut next = bundle.clone();
                if edit.apply(&mut next, start).is_none()
                    || number < before && !edit.is_fine_before()
                {
                    continue;
                }
                let is_valid = Side::new(&next).is_some_and(|side| side.is_valid);
                if is_valid || number >= before && rng.u8(0..12) == 0 {
                    bundle = next;
                    let edits = if number < before {
                        &mut case.before
                    } else {
                        &mut case.edits
                    };
                    edits.push(edit);
                    break;
                }
            }
        }
        case
    }

    /// Base and head, and what was done.
    pub fn bundles(&self) -> (Bundle, Bundle, Vec<String>) {
        let mut said = Vec::new();
        let mut base = self.start.bundle();
        base.policies
            .retain(|policy| !self.without.contains(&policy.id));
        base.links
            .retain(|_, link| !self.without.contains(&link.template));
        for edit in &self.before {
            let text = edit.apply(&mut base, self.start);
            said.extend(text.map(|text| format!("before: {text}")));
        }
        let mut head = base.clone();
        for edit in &self.edits {
            said.extend(edit.apply(&mut head, self.start));
        }
        (base, head, said)
    }

    /// Judges it; `None` where Cedar does not accept base.
    pub fn judge(&self, requests: usize) -> Option<Outcome> {
        let (base, head, _) = self.bundles();
        let before = Side::new(&base).filter(|side| side.is_valid)?;
        let after = Side::new(&head);
        let files = (base.files(), head.files());
        let tier = tiered(&files.0, &files.1).tier;
        let Some(after) = after.filter(|side| side.is_valid) else {
            let wrong = if tier < Tier::Blocked {
                vec![Wrong::Broken]
            } else {
                Vec::new()
            };
            return Some(Outcome {
                tier,
                seen: Seen::default(),
                wrong,
            });
        };
        let mut rng = Rng::with_seed(self.seed ^ 0x5eed);
        let risks = &self.start.risks;
        let seen = look(
            &mut rng,
            &before,
            &after,
            requests,
            &|principal, action, resource| risks.asks(principal, action, resource),
        );
        let mut wrong = wrong(&files.0, &files.1, tier, &seen);
        let is_new = |body: &String| !before.bodies.contains(body);
        if after.impossible.iter().any(is_new)
            && after.impossible.len() > before.impossible.len()
            && tier == Tier::Auto
        {
            wrong.push(Wrong::Dormant);
        }
        Some(Outcome { tier, seen, wrong })
    }

    /// The smallest case in which the same is wrong.
    pub fn shrink(self, wrong: Wrong, requests: usize) -> Self {
        let still = |case: &Self| {
            let outcome = case.judge(requests);
            outcome.is_some_and(|outcome| outcome.wrong.contains(&wrong))
        };
        let mut smallest = self;
        loop {
            let mut candidates = Vec::new();
            for place in 0..smallest.before.len() {
                let mut smaller = smallest.clone();
                smaller.before.remove(place);
                candidates.push(smaller);
            }
            for place in 0..smallest.edits.len() {
                let mut smaller = smallest.clone();
                smaller.edits.remove(place);
                candidates.push(smaller);
            }
            for policy in smallest.start.bundle().policies {
                if !smallest.without.contains(&policy.id) {
                    let mut smaller = smallest.clone();
                    smaller.without.push(policy.id);
                    candidates.push(smaller);
                }
            }
            match candidates.into_iter().find(still) {
                Some(smaller) => smallest = smaller,
                None => return smallest,
            }
        }
    }

    /// The kinds of its edits, for counting.
    pub fn kinds(&self) -> String {
        let kinds: Vec<String> = self
            .edits
            .iter()
            .map(|edit| format!("{:?}", edit.kind))
            .collect();
        kinds.join("+")
    }

    /// All there is to see.
    pub fn shown(&self, outcome: &Outcome) -> String {
        let (base, head, said) = self.bundles();
        let (base, head) = (base.files(), head.files());
        let verdict = tiered(&base, &head);
        let mut text = format!(
            "seed {}: {:?}\n{}\n  {}\ntier {}: {}\n",
            self.seed,
            outcome.wrong,
            self.start.name,
            said.join("\n  "),
            verdict.tier.as_str(),
            verdict.deciding().join(", "),
        );
        for (what, all) in [
            ("allowed", &outcome.seen.allowed),
            ("unguarded", &outcome.seen.unguarded),
        ] {
            for (way, of) in all {
                let asks = of.asks.as_str();
                let _ = writeln!(
                    text,
                    "newly {what} ({way:?}, asks for {asks}): {}",
                    of.shown
                );
            }
        }
        if let Some(denied) = &outcome.seen.denied {
            let _ = writeln!(text, "newly denied: {}", denied.shown);
        }
        for name in base
            .keys()
            .chain(head.keys().filter(|name| !base.contains_key(*name)))
        {
            let of =
                |files: &BTreeMap<String, String>| files.get(name).cloned().unwrap_or_default();
            let _ = write!(text, "--- {name}\n{}", lines(&of(&base), &of(&head)));
        }
        text
    }
}

impl Edit {
    /// What makes a base may not take away what says how risky it is: that is a change by itself.
    const fn is_fine_before(self) -> bool {
        !matches!(self.kind, Kind::ClassChanged)
    }
}

/// Lines of both, each with a sign.
fn lines(base: &str, head: &str) -> String {
    let mut text = String::new();
    let mut after = head.lines().peekable();
    for line in base.lines() {
        if after.clone().any(|other| other == line) {
            while let Some(other) = after.next_if(|other| *other != line) {
                let _ = writeln!(text, "+ {other}");
            }
            after.next();
            let _ = writeln!(text, "  {line}");
        } else {
            let _ = writeln!(text, "- {line}");
        }
    }
    for line in after {
        let _ = writeln!(text, "+ {line}");
    }
    text
}

pub fn workspace(files: &BTreeMap<String, String>) -> Workspace {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    workspace
}

pub fn tiered(base: &BTreeMap<String, String>, head: &BTreeMap<String, String>) -> Verdict {
    let input = Input {
        base: Some(&mut workspace(base)),
        head: &mut workspace(head),
        baseline: None,
        record: None,
        directory: None,
        as_of: now(),
    };
    tier(input).assessment.verdict
}

fn now() -> Instant {
    Instant::parse("2026-11-21").unwrap()
}

/// Whether `portcullis diff --fail-on WHAT` passes.
fn passes(base: &BTreeMap<String, String>, head: &BTreeMap<String, String>, what: &str) -> bool {
    let arguments = ["diff", "base", "head", "--fail-on", what];
    let surroundings = Surroundings {
        colors: false,
        columns: None,
        now: now(),
    };
    let Plan::Diff(diff) = cli::plan(&arguments.map(str::to_owned), surroundings) else {
        panic!("no diff")
    };
    diff.run(&mut workspace(head), &mut workspace(base)).exit == 0
}

/// What is wrong with what is said of a change, given what it does to requests.
pub fn wrong(
    base: &BTreeMap<String, String>,
    head: &BTreeMap<String, String>,
    tier: Tier,
    seen: &Seen,
) -> Vec<Wrong> {
    let mut all = Vec::new();
    if !seen.refused.is_empty() {
        all.push(Wrong::Generator);
    }
    if !tier.is_approvable() {
        return all;
    }
    let low = seen.allowed.iter().filter(|(_, of)| tier < of.asks);
    all.extend(low.map(|(way, _)| Wrong::TierTooLow(*way)));
    if let Some(way) = seen.allowed.keys().next()
        && passes(base, head, "wider")
    {
        all.push(Wrong::DiffNotWider(*way));
    }
    if let Some(way) = seen.unguarded.keys().next()
        && tier < Tier::Human
    {
        all.push(Wrong::GuardLost(*way));
    }
    if seen.denied.is_some() && passes(base, head, "any") {
        all.push(Wrong::DiffEquivalent);
    }
    all
}
