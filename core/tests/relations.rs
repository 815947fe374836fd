//! What proofs say of policies beside each other: against what was recorded of another tool, and only as far as an edit
//! reaches.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::BTreeSet;
use std::path::Path;

use portcullis_core::{Edit, EditRange, Instant, Workspace};

fn as_of() -> Instant {
    Instant::parse("2026-11-21").unwrap()
}

/// What is recorded of one set: `User view Box: policy1 shadowed by policy0`, sorted.
fn recorded(section: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut kind = String::new();
    for line in section.lines() {
        if let Some(rest) = line.strip_prefix("Policy `") {
            let (policy, rest) = rest.split_once('`').unwrap();
            let what = if rest.contains("applies to all") {
                "always"
            } else {
                "never"
            };
            found.insert(format!("{policy} {what}"));
            continue;
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, principal, action, resource, finding, _] = cells.as_slice() else {
            continue;
        };
        if *principal == "PrincipalType" {
            continue;
        }
        if !principal.is_empty() {
            kind = format!("{principal} {action} {resource}");
        }
        let finding = finding.replace('`', "");
        if let Some(both) = finding.strip_prefix("Redundant Policies: ") {
            let (one, other) = both.split_once(" and ").unwrap();
            found.insert(format!("{kind}: {one} redundant with {other}"));
        } else {
            found.insert(format!(
                "{kind}: {}",
                finding.strip_prefix("Policy ").unwrap()
            ));
        }
    }
    found
}

/// What is proved, in the same words.
fn proved(schema: &str, policies: &str) -> (BTreeSet<String>, u32, u64) {
    let mut workspace = Workspace::new();
    workspace
        .set_file("s.cedarschema", schema.as_bytes())
        .unwrap();
    workspace.set_file("p.cedar", policies.as_bytes()).unwrap();
    let relations = workspace.relations();
    let mut found = BTreeSet::new();
    let mut undecided = 0;
    let count = workspace.policy_names().len();
    let kinds = relations.len();
    for (number, what) in (0..count).flat_map(|number| [(number, "always"), (number, "never")]) {
        let is = relations.iter().filter(|of| {
            let own = of.policies.iter().find(|policy| policy.number == number);
            match own {
                // False already by its types.
                None => what == "never",
                Some(own) if what == "always" => own.always,
                Some(own) => own.never,
            }
        });
        if is.count() == kinds {
            found.insert(format!("policy{number} {what}"));
        }
    }
    for of in &relations {
        undecided += of.undecided;
        let environment = &of.environment;
        let kind = format!(
            "{} {} {}",
            environment.principal, environment.action.id, environment.resource
        );
        for policy in &of.policies {
            let own = policy.number;
            for other in &policy.shadowed_by {
                found.insert(format!("{kind}: policy{own} shadowed by policy{other}"));
            }
            for other in policy.redundant_with.iter().filter(|other| **other > own) {
                found.insert(format!("{kind}: policy{own} redundant with policy{other}"));
            }
            // Where a forbid denies every request of a kind, the other tool says nothing of the permits.
            let all = |number: &&usize| {
                let forbid = of.policies.iter().find(|policy| policy.number == **number);
                forbid.is_some_and(|forbid| forbid.always)
            };
            for other in policy.overridden_by.iter().filter(|other| !all(other)) {
                found.insert(format!("{kind}: policy{own} overridden by policy{other}"));
            }
        }
    }
    (found, undecided, workspace.counters().unconfirmed)
}

#[test]
fn recorded_findings_come_out_of_the_same_questions() {
    let Some(corpus) = std::env::var_os("PORTCULLIS_CORPUS") else {
        eprintln!("skipped: PORTCULLIS_CORPUS does not name the folder of corpora");
        return;
    };
    let folder = Path::new(&corpus).join("cedar-compare");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let text = read(&folder.join("policy-findings.txt"));
    let mut sets = 0;
    for section in text.split("== ").skip(1) {
        let mut words = section.lines().next().unwrap().split_whitespace();
        let dir = folder.join(words.next().unwrap());
        let policies = read(&dir.join(words.next().unwrap()));
        let schema = read(&dir.join(words.next().unwrap()));
        let (found, undecided, unconfirmed) = proved(&schema, &policies);
        assert_eq!(found, recorded(section), "{section}");
        assert_eq!((undecided, unconfirmed), (0, 0), "{section}");
        sets += 1;
    }
    assert!(sets >= 5, "{sets} sets of policies");
}

const SCHEMA: &str = "entity Group; entity User in [Group];\nentity Photo { owner: User, name: String };\naction view, edit appliesTo { principal: User, resource: Photo, context: { mfa: Bool, level: Long } };\n";

fn policy(n: usize) -> String {
    match n % 4 {
        // Each fourth stands by itself.
        0 => format!(
            "permit (principal == User::\"u{n}\", action == Action::\"view\", resource is Photo)\nwhen {{ resource.owner == principal && context.level > {} }};\n",
            100 + n
        ),
        // These could be related to all of their kind.
        1 => format!(
            "permit (principal in Group::\"all\", action == Action::\"view\", resource is Photo)\nwhen {{ context.mfa && context.level == {} }};\n",
            100 + n
        ),
        2 => format!(
            "forbid (principal, action == Action::\"edit\", resource is Photo)\nwhen {{ context.level > {} && resource.name like \"a{n}*\" }};\n",
            100 + n
        ),
        _ => format!(
            "permit (principal in Group::\"g{}\", action, resource is Photo)\nwhen {{ context.level >= {} && context.level <= {} }};\n",
            n % 5,
            100 + n,
            200 + n
        ),
    }
}

fn bundle(policies: usize) -> Workspace {
    let mut workspace = Workspace::new();
    let text: String = (0..policies).map(policy).collect();
    workspace
        .set_file("schema.cedarschema", SCHEMA.as_bytes())
        .unwrap();
    workspace
        .set_file("policies.cedar", text.as_bytes())
        .unwrap();
    workspace
}

fn edit(workspace: &mut Workspace, find: &str, insert: &str) {
    let text = workspace.text("policies.cedar").unwrap();
    let at = u32::try_from(text.find(find).unwrap()).unwrap();
    let end = at + u32::try_from(find.len()).unwrap();
    let edit = Edit {
        range: EditRange::Bytes(at, end),
        insert: insert.to_owned(),
    };
    workspace.edit_file("policies.cedar", &edit).unwrap();
}

#[test]
fn an_edit_asks_only_about_what_it_touches() {
    let mut workspace = bundle(1000);
    let first = workspace.check(as_of());
    let before = workspace.counters();
    assert_eq!(before.unconfirmed, 0);
    // By itself: whether it applies.
    edit(&mut workspace, "level > 600 ", "level > 601 ");
    let changed = workspace.check(as_of());
    let after = workspace.counters();
    assert!(
        after.questions - before.questions <= 8,
        "{}",
        after.questions - before.questions
    );
    // What it says where it stands is another matter.
    edit(&mut workspace, "level > 601 ", "level > 600 ");
    assert_eq!(workspace.check(as_of()).findings, first.findings);
    assert_ne!(changed.digest, first.digest);
    // One that may be related to many is compared with so many and no more.
    for (find, insert) in [
        ("level == 601 ", "level == 602 "),
        ("level >= 603 ", "level >= 604 "),
    ] {
        let before = workspace.counters().questions;
        edit(&mut workspace, find, insert);
        workspace.check(as_of());
        let asked = workspace.counters().questions - before;
        assert!(asked <= 120, "{find}: {asked}");
    }
    assert_eq!(workspace.counters().unconfirmed, 0);
}

/// Policies of few actions, each of which could be related to very many.
fn sharing(n: usize) -> String {
    let action = ["view", "edit", "share"][n % 3];
    let scope = if n.is_multiple_of(2) {
        String::new()
    } else {
        format!(" in Team::\"t{n}\"")
    };
    let effect = if n.is_multiple_of(7) {
        "forbid"
    } else {
        "permit"
    };
    let condition = match n * n / 3 % 6 {
        0 => format!("resource.path like \"/team{n}/*\" && !(resource.path like \"*..*\")"),
        1 => format!(
            "context.now < datetime(\"2027-01-{:02}\") && context.ip.isInRange(ip(\"10.{}.0.0/16\"))",
            1 + n % 28,
            n % 250
        ),
        2 => format!("principal.dept == resource.dept && principal.lvl > {n}"),
        3 => format!(
            "resource.tags.contains(\"t{n}\") || principal.skills.containsAny([\"a\", \"b{n}\"])"
        ),
        4 => format!("context.cmd like \"*x{n}*\" && context.cmd like \"*y*\""),
        // Nothing of it is plain.
        _ => format!("principal.lvl + {n} < context.cost * 3"),
    };
    format!(
        "{effect} (principal{scope}, action == Action::\"{action}\", resource) when {{ {condition} }};\n"
    )
}

#[test]
fn policies_that_share_their_requests_are_compared() {
    let mut workspace = Workspace::new();
    let schema =
        "entity Team; entity User in [Team] { dept: String, lvl: Long, skills: Set<String> };
        entity Doc { dept: String, path: String, tags: Set<String> };
        action view, edit, share appliesTo { principal: User, resource: Doc,
            context: { ip: ipaddr, now: datetime, cmd: String, cost: Long } };";
    let text: String = (0..360).map(sharing).collect();
    workspace
        .set_file("s.cedarschema", schema.as_bytes())
        .unwrap();
    workspace
        .set_file("policies.cedar", text.as_bytes())
        .unwrap();
    let proofs = workspace.check(as_of()).summary.proofs;
    eprintln!("{proofs:?}");
    // Of the products of numbers, which the prover is asked about, a few take too many steps.
    assert!(
        proofs.undecided * 200 <= proofs.asked,
        "{}",
        proofs.undecided
    );
    assert!(proofs.asked <= 1_500, "{}", proofs.asked);
    for (find, insert) in [
        ("lvl > 50 ", "lvl > 51 "),
        ("*x4*", "*xx*"),
        ("lvl + 5 <", "lvl + 6 <"),
    ] {
        if !workspace.text("policies.cedar").unwrap().contains(find) {
            continue;
        }
        let before = workspace.counters().questions;
        edit(&mut workspace, find, insert);
        workspace.check(as_of());
        let asked = workspace.counters().questions - before;
        assert!(asked <= 120, "{find}: {asked}");
    }
}

#[test]
fn where_no_policy_changes_nothing_is_asked() {
    let mut workspace = bundle(100);
    let report = workspace.check(as_of());
    let before = workspace.counters().questions;
    let text = workspace.text("policies.cedar").unwrap();
    // Layout, comments and places are not what a policy says.
    let moved = format!("// all of them\n\n{text}");
    workspace
        .set_file("policies.cedar", moved.as_bytes())
        .unwrap();
    workspace.check(as_of());
    let own = workspace.counters().questions - before;
    workspace
        .set_file("policies.cedar", text.as_bytes())
        .unwrap();
    assert_eq!(workspace.check(as_of()), report);
    // The statement that the comment now belongs to, and no more.
    assert!(own <= 4, "{own}");
    assert_eq!(workspace.counters().questions - before, own);
}

#[test]
fn the_order_of_policies_and_edits_changes_no_relation() {
    let policies: Vec<String> = (0..40).map(policy).collect();
    let codes = |workspace: &mut Workspace| -> BTreeSet<(String, String)> {
        let report = workspace.check(as_of());
        let text = workspace.text("policies.cedar").unwrap();
        report
            .findings
            .iter()
            .filter(|finding| {
                finding.rule.code.ends_with("-overridden")
                    || finding.rule.code.ends_with("-shadowed")
            })
            .map(|finding| {
                (
                    finding.rule.code.to_owned(),
                    text.lines()
                        .nth(finding.range.start.line as usize)
                        .unwrap()
                        .to_owned(),
                )
            })
            .collect()
    };
    let mut fresh = bundle(40);
    let expected = codes(&mut fresh);
    let asked = fresh.check(as_of()).summary.proofs;
    let mut workspace = Workspace::new();
    workspace
        .set_file("schema.cedarschema", SCHEMA.as_bytes())
        .unwrap();
    for count in 1..=40 {
        let text: String = policies
            .iter()
            .rev()
            .take(count)
            .map(String::as_str)
            .collect();
        workspace
            .set_file("policies.cedar", text.as_bytes())
            .unwrap();
        workspace.check(as_of());
    }
    assert_eq!(codes(&mut workspace), expected);
    assert_eq!(workspace.check(as_of()).summary.proofs, asked);
}
