#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

//! From a draft to the publication, as people type it.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::Signer;

use super::*;
use crate::cli::{Plan, Surroundings, plan};
use crate::govern::gate_tests::{Scenario, key, people, seed};
use crate::tier::Assessment;

const BASE: &str = "@id(\"a\")\nforbid (principal, action, resource);\n";
const HEAD: &str = "@id(\"a\")\nforbid (principal, action, resource);\n@id(\"b\")\npermit (principal == User::\"a\", action, resource);\n";
const SUITE: &str = "cases:\n  - { name: n, principal: 'User::\"a\"', action: 'Action::\"x\"', resource: 'User::\"a\"', expect: deny }\n";

/// Files by their paths, folders as the part before the slash.
struct Disk {
    files: BTreeMap<String, String>,
    verdict: tier::Verdict,
    now: &'static str,
}

impl Disk {
    fn new() -> Self {
        let files = [
            ("base/a.cedar", BASE.to_owned()),
            ("base/directory.yaml", people("")),
            ("head/a.cedar", HEAD.to_owned()),
            ("head/directory.yaml", people("")),
            ("head/a.test.yaml", SUITE.to_owned()),
        ];
        Self {
            files: files
                .into_iter()
                .map(|(path, text)| (path.to_owned(), text))
                .collect(),
            verdict: Scenario::new().verdict,
            now: "2026-11-21T12:00:00Z",
        }
    }

    fn bundle(&self, folder: &str) -> Workspace {
        let mut workspace = Workspace::new();
        for (path, text) in &self.files {
            if let Some(path) = path.strip_prefix(&format!("{folder}/")) {
                workspace.set_file(path, text.as_bytes()).unwrap();
            }
        }
        workspace
    }

    /// What a door does. The key file's name is whose key it is.
    fn run(&mut self, line: &str) -> Output {
        let arguments: Vec<String> = line.split(' ').map(|word| word.replace('_', " ")).collect();
        let surroundings = Surroundings {
            colors: false,
            columns: None,
            now: Instant::parse(self.now).unwrap(),
        };
        let govern = match plan(&arguments, surroundings) {
            Plan::Govern(govern) => govern,
            Plan::Done(output) => return output,
            other => panic!("{other:?}"),
        };
        let mut base = govern.base.as_ref().map(|folder| self.bundle(folder));
        let mut head = govern.head.as_ref().map(|folder| self.bundle(folder));
        let signing = govern.key.as_ref().map(|name| key(seed(name)));
        let verdict = self.verdict.clone();
        let assess = |_: tier::Input<'_>| Assessment {
            verdict: verdict.clone(),
            tests: BTreeSet::new(),
        };
        let mut signature = None;
        let output = loop {
            let files = govern.files.iter().filter_map(|need| {
                Some((
                    need.path.clone(),
                    self.files.get(&need.path)?.clone().into_bytes(),
                ))
            });
            let inputs = Inputs {
                base: base.as_mut(),
                head: head.as_mut(),
                baseline: None,
                files: files.collect(),
                key: signing
                    .as_ref()
                    .and_then(|key| PublicKey::from_bytes(key.verifying_key().to_bytes())),
                signature,
            };
            match govern.run_with(inputs, &assess) {
                Step::Done(output) => break output,
                Step::Sign(bytes) => {
                    signature = Some(signing.as_ref().unwrap().sign(&bytes).to_bytes())
                }
            }
        };
        for write in &output.writes {
            let old = self.files.get(&write.path);
            let holds = old.map(|text| crate::cli::held(text.as_bytes()));
            assert_eq!(write.replaces, holds);
            let text = self.files.entry(write.path.clone()).or_default();
            if !write.appends {
                text.clear();
            }
            text.push_str(&write.text);
        }
        output
    }

    #[track_caller]
    fn does(&mut self, line: &str) -> String {
        let output = self.run(line);
        assert_eq!(output.exit, 0, "{line}: {}{}", output.stdout, output.stderr);
        output.stdout + &output.stderr
    }

    #[track_caller]
    fn fails(&mut self, line: &str, exit: u8, because: &str) {
        let output = self.run(line);
        let said = output.stdout + &output.stderr;
        assert_eq!(
            (output.exit, output.writes.len()),
            (exit, 0),
            "{line}: {said}"
        );
        assert!(said.contains(because), "{line}: {said}");
    }

    fn drafted() -> Self {
        let mut disk = Self::new();
        disk.does("change new base head --change c.change.yaml --id c --author alice --model m --prompt sha256:cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd --owner alice --ticket T-1 --recertify-by 2027-02-01");
        disk.does("change submit base head --change c.change.yaml --key alice");
        disk
    }
}

const ON: &str = "base head --change c.change.yaml";

#[test]
fn from_the_draft_to_the_publication() {
    let mut disk = Disk::drafted();
    disk.fails(&format!("gate {ON}"), 1, "1 missing: could be carol, erin");
    disk.does(&format!("change verify {ON}"));
    disk.does(&format!(
        "change approve {ON} --key carol --slot application --acknowledge scope"
    ));
    disk.does(&format!(
        "change approve {ON} --key dave --slot security --acknowledge scope --reason it_is_fine"
    ));
    assert!(
        disk.does(&format!("gate {ON}"))
            .starts_with("publishable: tier human\n")
    );
    for format in ["json", "markdown", "sarif", "oscal"] {
        disk.does(&format!("gate {ON} --format {format}"));
    }
    let first = disk.does("log append log.jsonl --change c.change.yaml --event recorded");
    disk.now = "2026-11-22T12:00:00Z";
    let published = format!("log append log.jsonl {ON} --event published");
    let second = disk.does(&published);
    disk.fails(&published, 1, "published before");
    assert_eq!(
        disk.does("log verify log.jsonl"),
        format!("{} 2 entries\n", second.trim())
    );
    disk.does(&format!("log verify log.jsonl --head {}", second.trim()));
    disk.fails(
        &format!("log verify log.jsonl --head {}", first.trim()),
        1,
        "entries were taken out",
    );
    disk.does(&format!("gate {ON} --log log.jsonl"));

    disk.does(&format!("change reject {ON} --key frank --reason wait"));
    disk.fails(&format!("gate {ON}"), 1, "[gate.vetoed] c.change.yaml:");
    disk.fails(
        &format!("change dismiss {ON} --key frank --decision 2"),
        2,
        "needs `--reason`",
    );
    disk.fails(
        &format!("change dismiss {ON} --key frank --decision 3 --reason x"),
        2,
        "`--decision 3` is none of the record's 3 `approvals`",
    );
    // Neither the author nor somebody else without the role.
    for nobody in ["alice", "carol"] {
        disk.fails(
            &format!("change dismiss {ON} --key {nobody} --decision 2 --reason x"),
            1,
            "can dismiss approvals[2]",
        );
    }
    disk.does(&format!(
        "change dismiss {ON} --key frank --decision 2 --reason settled"
    ));
    disk.does(&format!("gate {ON} --log log.jsonl"));
    // Under another name it is another change, about which nobody has decided.
    disk.does(&format!("change new {ON} --replace --id c2 --author alice"));
    let record = &disk.files["c.change.yaml"];
    assert!(
        record.contains("id: c2\n") && !record.contains("carol"),
        "{record}"
    );
}

#[test]
fn what_the_gate_refuses_is_not_written_down_as_published() {
    let mut disk = Disk::drafted();
    let published = format!("log append log.jsonl {ON} --event published");
    disk.fails(&published, 1, "not written down as published");
    disk.fails(&published, 1, "1 missing: could be carol, erin");
    disk.fails(
        "log append log.jsonl --change c.change.yaml --event published",
        2,
        "takes a log, and then BASE and HEAD",
    );
    disk.fails(
        "log append log.jsonl --change c.change.yaml --event rolled-back",
        1,
        "not what was published last",
    );
    assert!(!disk.files.contains_key("log.jsonl"));
    disk.does(&format!(
        "change approve {ON} --key carol --slot application --acknowledge scope"
    ));
    disk.does(&format!(
        "change approve {ON} --key dave --slot security --acknowledge scope"
    ));
    disk.does(&published);
    // The next one follows it, and says so.
    let next = "base head --change d.change.yaml";
    disk.does(&format!(
        "change new {next} --id d --author alice --log log.jsonl"
    ));
    assert!(disk.files["d.change.yaml"].contains("previous: sha256:"));
    disk.fails(
        &format!("gate {next} --log log.jsonl"),
        1,
        "refused [gate.base-unpublished]",
    );
    disk.does("log append log.jsonl --change c.change.yaml --event rolled-back");
}

#[test]
fn nobody_signs_what_would_not_count() {
    let mut disk = Disk::drafted();
    disk.fails(
        &format!("change approve {ON} --key alice --slot application"),
        1,
        "`alice` is the author",
    );
    disk.fails(
        &format!("change approve {ON} --key draft-model --slot security"),
        1,
        "can draft and never approve",
    );
    disk.fails(
        &format!("change approve {ON} --key eve --slot security"),
        1,
        "has nobody with this key",
    );
    disk.fails(
        &format!("change approve {ON} --key bob --slot application"),
        1,
        "no role that can fill",
    );
    disk.fails(
        &format!("change approve {ON} --key carol --slot aplication"),
        1,
        "this change has no slot `aplication`: it has `application` or `security`",
    );
    disk.fails(
        &format!("change approve {ON} --key bob --slot security"),
        1,
        "does not acknowledge `scope`",
    );
    disk.fails(
        &format!("change approve {ON} --key bob"),
        2,
        "needs `--slot`: it has `application` or `security`",
    );
    disk.fails(
        &format!("change approve {ON} --slot security"),
        2,
        "needs `--key`",
    );
    disk.fails(
        &format!("change submit {ON} --key bob"),
        1,
        "`alice` is the author",
    );
    disk.files
        .insert("head/a.cedar".to_owned(), BASE.to_owned());
    disk.fails(
        &format!("change approve {ON} --key bob --slot security --acknowledge scope"),
        1,
        "about another head",
    );
}

/// What a draft says and the gate will never take is refused before anybody signs it; what is not said yet is listed.
#[test]
fn a_draft_is_held_against_the_gate() {
    let mut disk = Disk::new();
    let new = format!("change new {ON} --id c --author alice");
    for (options, because) in [
        ("--expires 2026-11-01", "the change expired on 2026-11-02"),
        (
            "--recertify-by 2026-11-20",
            "somebody had to look at the change again by",
        ),
        ("--recertify-by 2031-01-01", "more than 180 days from now"),
        ("--retain-until 2026-01-01", "is to be kept until"),
        (
            "--valid-from 2027-02-01 --expires 2027-01-01",
            "is valid from 2027-02-01",
        ),
        ("--owner ghost", "the owner `ghost` is no human"),
        ("--owner draft-model", "the owner `draft-model` is no human"),
        (
            "--last-editor ghost",
            "the last editor `ghost` is not in the directory",
        ),
        (
            "--drafter ghost",
            "the drafter `ghost` is not in the directory",
        ),
    ] {
        disk.fails(&format!("{new} {options}"), 2, because);
    }
    disk.fails(
        &format!("change new {ON} --id c --author ghost"),
        2,
        "the author `ghost`",
    );
    assert!(!disk.files.contains_key("c.change.yaml"));
    let said = disk.does(&new);
    for open in ["owner", "ticket", "recertify_by"] {
        assert!(
            said.contains(&format!("open: the record must say `{open}`")),
            "{said}"
        );
    }
    assert!(!said.contains("submit"), "{said}");
    let said = disk.does(&format!(
        "{new} --replace --owner alice --ticket T-1 --recertify-by 2027-02-01"
    ));
    assert!(!said.contains("open: the record must say"), "{said}");
    // What was said then may be over when it is drafted anew.
    disk.now = "2027-03-01T12:00:00Z";
    disk.fails(
        &format!("change new {ON} --replace"),
        2,
        "look at the change again by",
    );
    disk.does(&format!(
        "change new {ON} --replace --recertify-by 2027-04-01"
    ));
}

#[test]
fn what_is_signed_is_signed_now_and_about_this_change() {
    let mut disk = Disk::drafted();
    disk.fails(
        &format!(
            "change approve {ON} --key bob --slot security --acknowledge scope --as-of 2026-11-22"
        ),
        2,
        "is still to come",
    );
    disk.fails(
        &format!("change approve {ON} --key bob --slot security --acknowledge scop"),
        2,
        "`--acknowledge scop` is nothing of this change, did you mean `scope`?",
    );
    for line in ["", " --reason _"] {
        disk.fails(
            &format!("change reject {ON} --key frank{line}"),
            2,
            "needs `--reason`",
        );
    }
    disk.fails(
        &format!("change dismiss {ON} --key frank --decision 0 --reason x"),
        2,
        "no decision that could be dismissed",
    );
    disk.does(&format!("change reject {ON} --key frank --reason wait"));
    disk.fails(
        &format!("change reject {ON} --key frank --reason wait"),
        1,
        "`frank` has rejected this change already",
    );
    disk.does(&format!(
        "change dismiss {ON} --key frank --decision 0 --reason settled"
    ));
    disk.does(&format!("change reject {ON} --key frank --reason again"));
}

/// From a request that waits to its approval, as people type it.
#[test]
fn a_request_is_answered_and_approved() {
    let mut disk = Disk::new();
    let schema = "entity User; @access(\"destructive\") action x appliesTo { principal: User, resource: User };";
    let policies =
        "@id(\"p\") permit (principal, action, resource) unless { principal == User::\"eve\" };";
    let request = |who: &str| {
        format!(
            r#"{{"principal":"User::\"{who}\"","action":"Action::\"x\"","resource":"User::\"b\""}}"#
        )
    };
    for (path, text) in [
        ("app/s.cedarschema", schema.to_owned()),
        ("app/p.cedar", policies.to_owned()),
        ("app/directory.yaml", people("")),
        ("r.json", request("a")),
        ("eve.json", request("eve")),
        ("broken.json", "{".to_owned()),
        ("typo.json", "{\"principle\":1}".to_owned()),
    ] {
        disk.files.insert(path.to_owned(), text);
    }
    let ask = "authorize app --request r.json";
    disk.fails(ask, 1, "approval required: User::\"a\", Action::\"x\", User::\"b\"\n  User::\"a\": allowed by `p`\n  approval `human` for User::\"a\": missing: could be of application-owner, business-owner\n");
    disk.fails(
        &format!("{ask} --format json"),
        1,
        "\"decision\":\"approval_required\"",
    );
    let sign = format!("{ask} --approve human --key alice --write a.json");
    for (line, exit, because) in [
        (
            format!("{ask} --approve human --key bob --write a.json"),
            1,
            "this would not count: `bob` is not among those",
        ),
        (
            format!("{ask} --approve human --key nobody --write a.json"),
            1,
            "nobody with this key",
        ),
        (
            format!("{ask} --approve hmuan --key alice --write a.json"),
            1,
            "this would not count: the request needs no approval `hmuan`",
        ),
        (
            format!("{ask} --approve human --key alice --write r.json"),
            2,
            "`r.json` is there already",
        ),
        (
            format!("{ask} --approve human --key alice"),
            2,
            "needs `--write`",
        ),
        (
            format!("{ask} --approve human --write a.json"),
            2,
            "needs `--key`",
        ),
        (
            format!("{sign} --format json"),
            2,
            "`--format` is for answers",
        ),
        (
            format!("{ask} --write a.json"),
            2,
            "`--write` is for `--approve`",
        ),
        (
            format!("{sign} --minutes 1441"),
            2,
            "write a number from 1 to 1440",
        ),
        (
            format!("{sign} --as-of 2026-11-21T12:00:01Z"),
            2,
            "still to come",
        ),
        ("authorize app".to_owned(), 2, "needs `--request`"),
        (
            "authorize app --request none.json".to_owned(),
            2,
            "it does not exist",
        ),
        (
            "authorize app --request broken.json".to_owned(),
            2,
            "no JSON that is read",
        ),
        (
            "authorize app --request typo.json".to_owned(),
            2,
            "did you mean `principal`?",
        ),
        (
            format!("{ask} --approval broken.json"),
            2,
            "`broken.json` cannot be read",
        ),
        ("authorize none --request r.json".to_owned(), 2, "none"),
        (
            "authorize app --request eve.json".to_owned(),
            1,
            "denied: User::\"eve\"",
        ),
        (
            "authorize app --request eve.json --approve human --key alice --write a.json"
                .to_owned(),
            1,
            "deny this request",
        ),
    ] {
        disk.fails(&line, exit, because);
    }
    disk.does(&format!("{sign} --reason once"));
    assert!(disk.files["a.json"].contains("\"payloadType\""));
    let said = disk.does(&format!("{ask} --approval a.json"));
    assert!(
        said.starts_with("allowed: ") && said.contains("given by alice"),
        "{said}"
    );
    disk.fails(
        "authorize app --request eve.json --approval a.json",
        1,
        "approval 0 does not count",
    );
    disk.now = "2026-11-21T12:15:00Z";
    disk.fails(
        &format!("{ask} --approval a.json"),
        1,
        "approval 0 does not count: it ended at 2026-11-21T12:15:00Z",
    );
}

#[test]
fn a_change_that_was_amended_is_drafted_anew() {
    let mut disk = Disk::drafted();
    disk.does(&format!(
        "change approve {ON} --key bob --slot security --acknowledge scope"
    ));
    disk.fails(
        &format!("change new {ON} --id c --author alice"),
        2,
        "there already",
    );
    disk.files.insert(
        "head/a.cedar".to_owned(),
        HEAD.replace("User::\"a\"", "User::\"b\""),
    );
    disk.does(&format!("change new {ON} --replace"));
    disk.fails(&format!("gate {ON}"), 1, "[approval.void]");
    disk.fails(&format!("gate {ON}"), 1, "[gate.unsubmitted]");
    let record = &disk.files["c.change.yaml"];
    assert!(
        record.contains("ticket: T-1") && record.contains("kind: model"),
        "{record}"
    );
}

#[test]
fn json_records_stay_json() {
    let mut disk = Disk::new();
    disk.does("change new base head --change c.change.json --id c --author alice");
    disk.does("change submit base head --change c.change.json --key alice");
    assert!(disk.files["c.change.json"].starts_with("{\n  \"id\": \"c\""));
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    let mut disk = Disk::drafted();
    let broken = disk.files["c.change.yaml"].replace("tier: human", "tier: humn");
    disk.files.insert("c.change.yaml".to_owned(), broken);
    disk.fails(
        &format!("change approve {ON} --key bob --slot security"),
        1,
        "c.change.yaml:11:7: `humn` is no value of `tier`",
    );
    disk.fails(
        &format!("gate {ON}"),
        1,
        "refused [gate.record] c.change.yaml:11:7",
    );
    let circle = "delegations:\n  - { from: bob, to: dave, roles: [security], until: 2026-12-31 }\n  - { from: dave, to: bob, roles: [iam], until: 2026-12-31 }\n";
    disk.files.insert("circle.yaml".to_owned(), people(circle));
    disk.fails(
        &format!("gate {ON} --directory circle.yaml"),
        1,
        "refused [gate.directory] directory.yaml:1",
    );
    disk.files.remove("c.change.yaml");
    disk.fails(&format!("gate {ON}"), 2, "does not exist");
    disk.files.insert("log.jsonl".to_owned(), "{}\n".to_owned());
    disk.fails("log verify log.jsonl", 1, "log.jsonl:1: ");
    disk.fails(
        "change new base head --change x.change.yaml --id _ --author alice",
        1,
        "is no value of `id`",
    );
}

#[test]
fn a_review_says_what_is_due() {
    let mut disk = Disk::drafted();
    assert_eq!(disk.does("review head"), "nothing is due within 30 days\n");
    disk.files.insert(
        "head/x.cedar".to_owned(),
        "@id(\"x\") @expires(\"2026-11-01\") permit (principal, action, resource);".to_owned(),
    );
    disk.fails(
        "review head",
        1,
        "head/x.cedar:1 expired: the end of the policy `x` was 2026-11-02T00:00:00Z",
    );
    disk.fails("review head --format json", 1, "\"overdue\":true");
    disk.fails("review head --within soon", 2, "number of days");
}

#[test]
fn misuse_is_refused() {
    let mut disk = Disk::new();
    for (line, because) in [
        ("gate base", "takes two folders"),
        ("gate base head", "needs `--change`"),
        (
            "gate base head --change c --format xml",
            "the value is one of",
        ),
        ("gate base head --chnge c", "did you mean `--change`?"),
        (
            "gate base head --change c --change d",
            "`--change` is given twice",
        ),
        ("change aprove", "did you mean `approve`?"),
        (
            "change new base head --change c --model m --drafter d",
            "give one",
        ),
        (
            "change new base head --change c --id c --author alice --model m",
            "needs `--prompt`",
        ),
        (
            "change new base head --change c --expires soon",
            "no point in time",
        ),
        ("log apend", "did you mean `append`?"),
        (
            "log append l --change c --event done",
            "the value is one of",
        ),
        ("log verify", "takes the path of one log"),
        ("log verify l --head x", "is no digest"),
        ("review a b", "`b` is a second"),
        ("gaet", "did you mean `gate`?"),
        ("version now", "`now` is one argument too many"),
        ("--version now", "`now` is one argument too many"),
        ("help gate now", "`now` is one argument too many"),
        (
            "check a --as-of 2026-11-21 --as-of 2026-11-22",
            "`--as-of` is given twice",
        ),
        (
            "test a --format json --format text",
            "`--format` is given twice",
        ),
    ] {
        disk.fails(line, 2, because);
    }
    for page in ["gate", "change", "log", "review", "authorize"] {
        assert!(
            disk.does(&format!("{page} --help"))
                .contains(&format!("usage: portcullis {page}"))
        );
        assert!(disk.does(&format!("help {page}")).contains("usage"));
    }
}
