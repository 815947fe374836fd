#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::json;

use super::*;
use crate::govern::gate_tests::{people, public, seed, signed};
use crate::workspace::Workspace;

const SCHEMA: &str = r#"
@principal_kind("human") entity User;
@principal_kind("agent") entity Bot;
entity Thing;
@sensitivity("internal") entity Account;
@access("read") action view appliesTo { principal: [User, Bot, Thing], resource: Account };
@access("write") action rename appliesTo { principal: [User, Bot], resource: Account, context: { amount: Long } };
@access("destructive") @effect("transfer") action pay appliesTo { principal: [User, Bot, Thing], resource: Account, context: { amount: Long } };
@access("read") @approval("four_eyes") action audit appliesTo { principal: [User, Bot], resource: Account };
action shrug appliesTo { principal: [User, Bot], resource: Account };
"#;

const POLICIES: &str = r#"
@id("all") permit (principal, action, resource);
@id("small") forbid (principal, action == Action::"pay", resource) when { context.amount > 500 };
@id("no-eve") forbid (principal == User::"eve", action, resource);
"#;

const NOW: &str = "2026-11-21T12:00:00Z";

fn directory() -> String {
    format!(
        "roles: [step-up]\n{}  idp: {{ issuer: idp, kind: service, roles: [step-up], keys: ['{}'] }}\n",
        people(""),
        public(50)
    )
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn workspace(more: &[(&str, &str)]) -> Workspace {
    let mut workspace = Workspace::new();
    let directory = directory();
    let files = [
        ("s.cedarschema", SCHEMA),
        ("p.cedar", POLICIES),
        ("directory.yaml", directory.as_str()),
    ];
    for (path, text) in files.iter().chain(more) {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    workspace
}

fn request(principal: &str, action: &str, context: Value) -> Value {
    json!({
        "principal": principal,
        "action": format!("Action::\"{action}\""),
        "resource": "Account::\"1\"",
        "context": context,
    })
}

fn pay(principal: &str) -> Value {
    request(principal, "pay", json!({ "amount": 100 }))
}

const BOT: &str = "Bot::\"b\"";

struct Bench {
    workspace: Workspace,
    request: Value,
    approvals: Vec<Envelope>,
    now: &'static str,
}

impl Bench {
    fn new(request: Value) -> Self {
        Self {
            workspace: workspace(&[]),
            request,
            approvals: Vec::new(),
            now: NOW,
        }
    }

    fn with(request: Value, config: &str) -> Self {
        Self {
            workspace: workspace(&[("portcullis.yaml", config)]),
            ..Self::new(request)
        }
    }

    fn ask(&mut self) -> Authorization {
        let request = read::request(&self.request).unwrap();
        (self.workspace)
            .authorize(&request, &self.approvals, None, at(self.now))
            .unwrap()
    }

    /// The decision, the kinds that are missing, and why approvals do not count.
    fn says(&mut self) -> (&'static str, Vec<String>, Vec<String>) {
        let answer = self.ask();
        let missing = answer
            .requires
            .iter()
            .filter(|required| required.met_by.is_none());
        (
            answer.decision.as_str(),
            missing.map(|required| required.kind.clone()).collect(),
            answer.discounted.into_iter().map(|(_, why)| why).collect(),
        )
    }

    fn terms(&self, person: &str, kind: &str) -> Terms {
        Terms {
            person: person.to_owned(),
            issuer: "idp".to_owned(),
            kind: kind.to_owned(),
            time: at("2026-11-21T11:55:00Z"),
            expires: at("2026-11-21T12:10:00Z"),
            reason: None,
        }
    }

    fn sign(&mut self, terms: &Terms) {
        let answer = self.ask();
        let payload = terms.payload(&answer.label, &answer.request);
        let seed = if terms.person == "idp" {
            50
        } else {
            seed(&terms.person)
        };
        self.approvals.push(signed(seed, payload));
    }

    fn approve(&mut self, person: &str, kind: &str) {
        let terms = self.terms(person, kind);
        self.sign(&terms);
    }

    #[track_caller]
    fn allows(&mut self) {
        let (decision, missing, discounted) = self.says();
        assert_eq!(
            (decision, missing.len()),
            ("allow", 0),
            "{missing:?} {discounted:?}"
        );
    }

    #[track_caller]
    fn waits(&mut self, kinds: &[&str], because: &[&str]) {
        let (decision, missing, discounted) = self.says();
        assert_eq!(decision, "approval_required", "{discounted:?}");
        assert_eq!(missing, kinds);
        assert_eq!(discounted.len(), because.len(), "{discounted:?}");
        for (said, expected) in discounted.iter().zip(because) {
            assert!(said.contains(expected), "{said}");
        }
    }
}

#[test]
fn what_is_harmless_is_allowed_and_what_is_forbidden_denied() {
    for action in ["view", "rename"] {
        let context = if action == "view" {
            json!({})
        } else {
            json!({ "amount": 1 })
        };
        for principal in ["User::\"alice\"", BOT] {
            Bench::new(request(principal, action, context.clone())).allows();
        }
    }
    let mut bench = Bench::new(request(BOT, "pay", json!({ "amount": 501 })));
    bench.approve("alice", HUMAN);
    let answer = bench.ask();
    assert_eq!(answer.decision, Decision::Deny);
    assert_eq!(answer.hops[0].determining, ["small"]);
    assert_eq!(answer.requires, []);
}

#[test]
fn an_agent_waits_for_a_human_and_a_human_for_a_second_proof() {
    let mut agent = Bench::new(pay(BOT));
    agent.waits(&[HUMAN], &[]);
    agent.approve("alice", HUMAN);
    agent.allows();
    let answer = agent.ask();
    let (person, payload) = answer.requires[0].met_by.clone().unwrap();
    assert_eq!(
        (person.as_str(), payload),
        ("alice", agent.approvals[0].digest())
    );
    assert_eq!(
        answer.requires[0].eligible,
        ["application-owner", "business-owner"]
    );
    let facts: Vec<&str> = answer.requires[0]
        .because
        .iter()
        .map(|fact| fact.fact.as_str())
        .collect();
    assert!(facts.contains(&"its effect is transfer"), "{facts:?}");
    assert!(
        facts.contains(&"`action.irreversible` of `Action::\"pay\"` is for tier `human`"),
        "{facts:?}"
    );
    assert!(facts.contains(&"`Bot` stands for agent"), "{facts:?}");

    let mut human = Bench::new(pay("User::\"alice\""));
    human.waits(&[STEP_UP], &[]);
    human.approve("alice", STEP_UP);
    human.allows();
    // An identity provider says so of those whom the directory does not have.
    let mut customer = Bench::new(pay("User::\"customer-7\""));
    customer.approve("alice", STEP_UP);
    customer.waits(&[STEP_UP], &["is not among those who can give `step_up`"]);
    customer.approve("idp", STEP_UP);
    assert_eq!(customer.says().0, "allow");
    // Nobody knows whom a thing stands for.
    Bench::new(pay("Thing::\"t\"")).waits(&[HUMAN], &[]);
}

#[test]
fn what_nobody_classed_and_what_asks_by_name_waits_too() {
    Bench::new(request(BOT, "shrug", json!({}))).waits(&[HUMAN], &[]);
    let mut audit = Bench::new(request("User::\"bob\"", "audit", json!({})));
    audit.waits(&["four_eyes"], &[]);
    audit.approve("alice", "four_eyes");
    audit.allows();
    // A machine has no second proof.
    let config = "apps: { _: { actions: { 'Action::\"view\"': { approval: step_up } } } }";
    Bench::with(request(BOT, "view", json!({})), config).waits(&[HUMAN], &[]);
    Bench::with(request("User::\"bob\"", "view", json!({})), config).waits(&[STEP_UP], &[]);
    // The schema can say that none is needed, which does not count beside a section that asks for some.
    let waived = SCHEMA.replace("action shrug", "@approval(\"none\") action shrug");
    let shrug = request(BOT, "shrug", json!({}));
    let mut bench = Bench::new(shrug.clone());
    bench
        .workspace
        .set_file("s.cedarschema", waived.as_bytes())
        .unwrap();
    bench.allows();
    let config = "apps: { _: { actions: { 'Action::\"shrug\"': { approval: four_eyes } } } }";
    bench
        .workspace
        .set_file("portcullis.yaml", config.as_bytes())
        .unwrap();
    bench.waits(&["four_eyes", HUMAN], &[]);
    // Nor does it take back what a section raises.
    let write = SCHEMA.replace(
        "@access(\"write\")",
        "@access(\"write\") @approval(\"none\")",
    );
    let rename = request(BOT, "rename", json!({ "amount": 1 }));
    let mut bench = Bench::with(rename, "iam: { floors: { action.write: human } }");
    bench
        .workspace
        .set_file("s.cedarschema", write.as_bytes())
        .unwrap();
    bench.waits(&[HUMAN], &[]);
    let floors = "iam: { floors: { action.read: human } }";
    Bench::with(request(BOT, "view", json!({})), floors).waits(&[HUMAN], &[]);
}

/// Each of these is refused, and the request goes on waiting.
#[test]
fn what_does_not_prove_an_approval_of_this_request_now_does_not_count() {
    type Change = fn(&mut Terms);
    let changes: [(Change, &str); 9] = [
        (
            |terms| terms.person = "eve".to_owned(),
            "`eve` is not in the directory",
        ),
        (
            |terms| terms.issuer = "other".to_owned(),
            "`alice` is not in the directory",
        ),
        (
            |terms| terms.kind = STEP_UP.to_owned(),
            "needs no approval `step_up`",
        ),
        (
            |terms| terms.time = at("2026-11-21T12:00:01Z"),
            "still to come",
        ),
        (|terms| terms.expires = at(NOW), "it ended at"),
        (
            |terms| terms.expires = at("2026-11-22T11:55:01Z"),
            "for more than 24 hours",
        ),
        (
            |terms| terms.person = "bob".to_owned(),
            "`bob` is not among those who can give `human`",
        ),
        (
            |terms| terms.person = "robot".to_owned(),
            "`robot` never approves: it is a agent",
        ),
        (
            |terms| terms.person = "pipeline".to_owned(),
            "`pipeline` is not among those",
        ),
    ];
    for (change, because) in changes {
        let mut bench = Bench::new(pay(BOT));
        let mut terms = bench.terms("alice", HUMAN);
        change(&mut terms);
        bench.sign(&terms);
        bench.waits(&[HUMAN], &[because]);
    }
    // Another's key under alice's name, no signature, and two of them.
    let mut bench = Bench::new(pay(BOT));
    let answer = bench.ask();
    let payload = bench
        .terms("alice", HUMAN)
        .payload(&answer.label, &answer.request);
    bench.approvals.push(signed(seed("bob"), payload.clone()));
    let mut unsigned = signed(seed("alice"), payload);
    let twice = unsigned.signatures[0].clone();
    unsigned.signatures.clear();
    bench.approvals.push(unsigned.clone());
    unsigned.signatures = vec![twice.clone(), twice];
    bench.approvals.push(unsigned);
    bench.waits(
        &[HUMAN],
        &[
            "no key that the directory has",
            "it is not signed",
            "more than one signature",
        ],
    );
    // Another amount, another principal, another action, other policies.
    let mut bench = Bench::new(pay(BOT));
    bench.approve("alice", HUMAN);
    bench.allows();
    let other = "it is for another request, or for other policies";
    for changed in [
        request(BOT, "pay", json!({ "amount": 101 })),
        pay("Bot::\"c\""),
        request(BOT, "shrug", json!({})),
    ] {
        bench.request = changed;
        bench.waits(&[HUMAN], &[other]);
    }
    bench.request = pay(BOT);
    bench.allows();
    let more =
        format!("{POLICIES}\n@id(\"x\") forbid (principal == User::\"x\", action, resource);");
    bench
        .workspace
        .set_file("p.cedar", more.as_bytes())
        .unwrap();
    bench.waits(&[HUMAN], &[other]);
    // A comment changes nothing.
    let comment = format!("// why\n{POLICIES}");
    bench
        .workspace
        .set_file("p.cedar", comment.as_bytes())
        .unwrap();
    bench.allows();
    bench.now = "2026-11-21T12:10:00Z";
    bench.waits(&[HUMAN], &["it ended at"]);
}

#[test]
fn nobody_approves_their_own_request_and_one_person_is_not_two() {
    let mut bench = Bench::new(request("User::\"Alice\"", "audit", json!({})));
    bench.approve("alice", "four_eyes");
    bench.waits(&["four_eyes"], &["nobody approves their own"]);
    // Who is behind the agent approves for it as little.
    let mut chain = pay(BOT);
    chain["hops"] = json!([{ "principal": "User::\"alice\"" }]);
    let mut bench = Bench::new(chain);
    bench.waits(&[HUMAN, STEP_UP], &[]);
    bench.approve("alice", HUMAN);
    bench.approve("alice", STEP_UP);
    bench.waits(&[HUMAN], &["nobody approves their own"]);
    bench.approve("erin", HUMAN);
    assert_eq!(bench.says().0, "allow");

    // A human who approves does so for all the machines of the chain.
    let mut machines = pay(BOT);
    machines["hops"] = json!([{ "principal": "Bot::\"c\"" }, { "principal": "Thing::\"t\"" }]);
    let mut bench = Bench::new(machines);
    bench.waits(&[HUMAN], &[]);
    bench.approve("erin", HUMAN);
    bench.allows();

    let config = "apps: { _: { actions: { 'Action::\"pay\"': { approval: four_eyes } } } }";
    let mut bench = Bench::with(pay(BOT), config);
    bench.waits(&["four_eyes", HUMAN], &[]);
    bench.approve("alice", HUMAN);
    bench.approve("alice", "four_eyes");
    let (decision, missing, _) = bench.says();
    assert_eq!((decision, missing.len()), ("approval_required", 1));
    // Whoever can make room does.
    bench.approve("erin", "four_eyes");
    assert_eq!(bench.says().0, "allow");
}

/// Whom the directory has steps up in person, and an id that two people could have is nobody's.
#[test]
fn a_second_proof_is_the_principals_own() {
    let mut known = Bench::new(pay("User::\"alice\""));
    known.approve("idp", STEP_UP);
    known.waits(&[STEP_UP], &["not among those who can give `step_up`"]);
    let two = format!(
        "{}  mallory: {{ issuer: partner, subject: alice, kind: human, keys: ['{}'] }}\n",
        directory(),
        public(51)
    );
    let mut bench = Bench::new(pay("User::\"alice\""));
    bench
        .workspace
        .set_file("directory.yaml", two.as_bytes())
        .unwrap();
    bench.approve("alice", STEP_UP);
    bench.waits(&[STEP_UP], &["not among those"]);
    let answer = bench.ask();
    let mut terms = bench.terms("mallory", STEP_UP);
    terms.issuer = "partner".to_owned();
    bench.approvals = vec![signed(51, terms.payload(&answer.label, &answer.request))];
    bench.waits(&[STEP_UP], &["not among those"]);
}

#[test]
fn entities_and_the_audience_are_bound() {
    let mut bench = Bench::new(pay(BOT));
    let account =
        |id: &str| json!([{ "uid": { "type": "Account", "id": id }, "attrs": {}, "parents": [] }]);
    bench.request["entities"] = account("1");
    bench.request["audience"] = json!("prod");
    bench.approve("alice", HUMAN);
    bench.allows();
    for (key, value) in [("entities", account("2")), ("audience", json!("test"))] {
        let before = std::mem::replace(&mut bench.request[key], value);
        bench.waits(&[HUMAN], &["another request"]);
        bench.request[key] = before;
    }
    bench.allows();
}

#[test]
fn what_is_blocked_nobody_can_approve() {
    let config = "iam: { floors: { action.transfer: blocked } }";
    let waived = SCHEMA.replace(
        "@effect(\"transfer\")",
        "@effect(\"transfer\") @approval(\"none\")",
    );
    for schema in [SCHEMA, &waived] {
        let mut bench = Bench::with(pay(BOT), config);
        bench
            .workspace
            .set_file("s.cedarschema", schema.as_bytes())
            .unwrap();
        bench.approve("alice", HUMAN);
        bench.waits(&[HUMAN], &["not among those who can give `human`"]);
        assert_eq!(bench.ask().requires[0].eligible, [""; 0]);
    }
}

#[test]
fn a_group_waives_nothing_for_its_members() {
    let schema = SCHEMA.replace(
        "action shrug",
        "@access(\"read\") @approval(\"none\") action all;\naction shrug in [all]",
    );
    let schema = schema.replace("action pay appliesTo", "action pay in [all] appliesTo");
    let mut bench = Bench::new(pay(BOT));
    bench
        .workspace
        .set_file("s.cedarschema", schema.as_bytes())
        .unwrap();
    bench.waits(&[HUMAN], &[]);
}

/// What has no bearing on decisions keeps nobody from them; a class that is lost by a slip does.
#[test]
fn low_findings_decide_and_lost_classes_do_not() {
    let ask = |file: (&str, &str)| {
        let mut workspace = workspace(&[file]);
        let request = read::request(&request(BOT, "view", json!({}))).unwrap();
        workspace.authorize(&request, &[], None, at(NOW))
    };
    let stray = r#"[{"uid":{"type":"Account","id":"1"},"attrs":{},"parents":[]}]"#;
    for sound in [("portcullis.yaml", ""), ("x.entities.json", stray)] {
        assert!(ask(sound).is_ok(), "{:?}", ask(sound));
    }
    // What is not read in full decides nothing, unless the request brings its own.
    let twice = r#"[{"uid":{"type":"Account","id":"1"},"attrs":{},"attrs":{},"parents":[]}]"#;
    let mut broken = workspace(&[("x.entities.json", twice)]);
    let mut own = request(BOT, "view", json!({}));
    let mut answer = |request: &Value| {
        let request = read::request(request).unwrap();
        broken.authorize(&request, &[], None, at(NOW))
    };
    assert!(answer(&own).is_err());
    own["entities"] = json!([]);
    assert!(answer(&own).is_ok());
    let asked = read::request(&request(BOT, "view", json!({}))).unwrap();
    let mut cut = workspace(&[("portcullis.yaml", "limits: { file_bytes: 2000 }")]);
    for contents in [vec![b' '; 2100], b"[]\xff".to_vec()] {
        cut.set_file("x.entities.json", &contents).unwrap();
        assert!(cut.authorize(&asked, &[], None, at(NOW)).is_err());
    }
    let word = "apps: { _: { actions: { 'Action::\"view\"': { effect: tranfer } } } }";
    assert!(ask(("portcullis.yaml", word)).is_err());
    let mut bare = workspace(&[("portcullis.yaml", "iam: { principals: { Bot: agent } }")]);
    bare.remove_file("s.cedarschema").unwrap();
    let why = bare.authorize(&asked, &[], None, at(NOW)).unwrap_err();
    assert!(why.contains("no schema"), "{why}");
    let lost = "apps: { _: { actions: { 'Action::\"veiw\"': { approval: human } } } }";
    let why = ask(("portcullis.yaml", lost)).unwrap_err();
    assert!(
        why.contains("`Action::\"veiw\"` is no action of the schema"),
        "{why}"
    );
}

#[test]
fn every_hop_is_decided_by_itself() {
    let mut chain = request(BOT, "view", json!({}));
    chain["hops"] = json!([{ "principal": "User::\"eve\"" }]);
    let answer = Bench::new(chain).ask();
    assert_eq!(answer.decision, Decision::Deny);
    let allowed: Vec<bool> = answer.hops.iter().map(|hop| hop.allowed).collect();
    assert_eq!(allowed, [true, false]);
    let mut chain = pay(BOT);
    chain["hops"] = json!([{ "principal": "User::\"alice\"", "context": { "amount": 900 } }]);
    assert_eq!(Bench::new(chain).ask().decision, Decision::Deny);
}

#[test]
fn the_digest_tells_requests_apart_and_not_the_order_of_keys() {
    let mut bench = Bench::new(json!(null));
    let mut digest = |context: &str| {
        bench.request = request(BOT, "pay", serde_json::from_str(context).unwrap());
        let request = read::request(&bench.request).unwrap();
        request.digest(Digest::of(b"policies"))
    };
    assert_eq!(
        digest(r#"{"a":1,"b":{"c":1,"d":2}}"#),
        digest(r#"{"b":{"d":2,"c":1},"a":1}"#)
    );
    // Which RFC 8785 would round to the same number.
    assert_ne!(
        digest(r#"{"a":9007199254740993}"#),
        digest(r#"{"a":9007199254740992}"#)
    );
    assert_ne!(digest(r#"{"a":"1"}"#), digest(r#"{"a":1}"#));
}

#[test]
fn nothing_is_decided_by_a_part_of_the_policies() {
    let broken = [
        ("p.cedar", "permit (principal, action, resource); forbid ("),
        ("s.cedarschema", "entity"),
        ("more.cedr", ""),
        ("directory.yaml", "people: 1"),
        ("x.entities.json", "{"),
    ];
    for file in broken {
        let mut workspace = workspace(&[file]);
        let request = read::request(&request(BOT, "view", json!({}))).unwrap();
        let answer = workspace.authorize(&request, &[], None, at(NOW));
        assert!(answer.is_err(), "{file:?} {answer:?}");
    }
    let mut workspace = workspace(&[]);
    workspace.leave_out("link.cedar");
    let request = read::request(&request(BOT, "view", json!({}))).unwrap();
    assert!(workspace.authorize(&request, &[], None, at(NOW)).is_err());
}

#[test]
fn requests_that_cannot_be_used_say_what_is_wrong() {
    let good = pay(BOT);
    let changes: [(&str, Value, &str); 10] = [
        (
            "principal",
            json!("Bot"),
            "`principal` of the request must be an entity",
        ),
        ("principal", json!(1), "must be an entity"),
        (
            "action",
            json!(null),
            "`action` of the request must be an entity",
        ),
        (
            "context",
            json!([]),
            "`context` of the request must be an object",
        ),
        (
            "entities",
            json!({}),
            "`entities` of the request must be a list",
        ),
        ("hops", json!({}), "`hops` must be a list"),
        ("hops", json!([1]), "`hops[0]` must be an object"),
        (
            "hops",
            json!([{ "principle": 1 }]),
            "`hops[0]` has no key `principle`, did you mean `principal`?",
        ),
        (
            "hops",
            json!(vec![json!({ "principal": BOT }); 16]),
            "more than 15 items",
        ),
        (
            "resouce",
            json!("a"),
            "no key `resouce`, did you mean `resource`?",
        ),
    ];
    for (key, value, because) in changes {
        let mut request = good.clone();
        request[key] = value;
        let error = read::request(&request).unwrap_err();
        assert!(error.contains(because), "{error}");
    }
    assert!(read::request(&json!([])).is_err());
    let deep = format!("{}1{}", "[".repeat(70), "]".repeat(70));
    let mut nested = good.clone();
    nested["context"] = json!({ "a": serde_json::from_str::<Value>(&deep).unwrap() });
    assert!(
        read::request(&nested)
            .unwrap_err()
            .contains("nested too deep")
    );
    let text = nested.to_string();
    assert!(
        read::request_text(&text)
            .unwrap_err()
            .contains("nested too deep")
    );
    let twice = good
        .to_string()
        .replace("{\"amount\":100}", "{\"amount\":100,\"amount\":1}");
    assert!(
        read::request_text(&twice)
            .unwrap_err()
            .contains("key `amount` twice")
    );
    assert!(read::request_text("{").unwrap_err().contains("no JSON"));
    assert_eq!(read::request_text(&good.to_string()), read::request(&good));
    for envelope in [
        "",
        "{",
        "[]",
        "{\"payloadType\":\"x\"}",
        "{\"payloadType\":\"x\",\"payload\":\"!\",\"signatures\":[]}",
    ] {
        assert!(read::envelope(envelope).is_err(), "{envelope}");
    }
    // The schema has no such request.
    let mut workspace = workspace(&[]);
    for wrong in [
        request(BOT, "pay", json!({ "amount": "much" })),
        request(BOT, "nothing", json!({})),
        request("Account::\"1\"", "view", json!({})),
    ] {
        let request = read::request(&wrong).unwrap();
        assert!(
            workspace.authorize(&request, &[], None, at(NOW)).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn a_word_that_is_not_in_the_vocabulary_waits_for_a_human() {
    let plain = r#"@principal_kind("human") entity User;
@sensitivity("internal") entity Account { note: { owner: String } };
@access("write") action rename appliesTo { principal: User, resource: Account, context: { ok: Bool } };"#;
    let rename = || request("User::\"bob\"", "rename", json!({ "ok": true }));
    let with = |from: &str, to: &str| {
        let mut bench = Bench::new(rename());
        let schema = plain.replace(from, to);
        assert!(from == to || schema != plain, "{from}");
        bench
            .workspace
            .set_file("s.cedarschema", schema.as_bytes())
            .unwrap();
        let no_others = "@id(\"all\") permit (principal, action, resource);";
        bench
            .workspace
            .set_file("p.cedar", no_others.as_bytes())
            .unwrap();
        bench.ask()
    };
    let access = "@access(\"write\")";
    for known in ["@reversible(\"true\")", "@reversible", "@effect(\"none\")"] {
        let answer = with(access, &format!("{access} {known}"));
        assert_eq!(answer.decision, Decision::Allow, "{known}");
    }
    for (from, to) in [
        (access, "@access(\"writes\")"),
        (access, "@access(\"Write\")"),
        (access, "@access(\"write\") @reversible(\"False\")"),
        (access, "@access(\"write\") @reversible(\"never\")"),
        (access, "@access(\"write\") @reversible(\"maybe\")"),
        (access, "@access(\"write\") @effect(\"exports\")"),
        (access, "@access(\"write\") @effect(\"wipe\")"),
        (
            access,
            "@access(\"write\") @effect(\"wipe\") @approval(\"none\")",
        ),
        (access, "@access(\"write\") @approval(\"None\")"),
        ("\"human\"", "\"person\""),
        ("\"internal\"", "\"secret\""),
        ("note: {", "@pii(\"maybe\") note: {"),
        ("{ owner", "{ @sensitivity(\"very\") owner"),
        ("{ ok", "{ @trust(\"us\") ok"),
    ] {
        let answer = with(from, to);
        assert_eq!(answer.decision, Decision::ApprovalRequired, "{to}");
        assert!(
            answer.requires.iter().all(|of| !of.because.is_empty()),
            "{to}"
        );
    }
}

#[test]
fn where_nothing_is_classified_the_profile_decides() {
    let plain =
        "entity User, Account; action view appliesTo { principal: User, resource: Account };";
    let ask = |schema: &str, config: &str| {
        let mut bench = Bench::with(request("User::\"bob\"", "view", json!({})), config);
        bench
            .workspace
            .set_file("s.cedarschema", schema.as_bytes())
            .unwrap();
        let all = "@id(\"all\") permit (principal, action, resource);";
        bench.workspace.set_file("p.cedar", all.as_bytes()).unwrap();
        let answer = bench.ask();
        (answer.decision, answer.notes.len())
    };
    let waits = (Decision::ApprovalRequired, 0);
    assert_eq!(ask(plain, "profile: basic"), (Decision::Allow, 1));
    assert_eq!(ask(plain, "profile: governed"), waits);
    assert_eq!(ask(plain, "profile: regulated"), waits);
    let floors = "iam: { floors: { action.read: human } }";
    assert_eq!(ask(plain, floors), waits);
    for classed in [
        "@sensitivity(\"public\") entity User",
        "@sensitivty(\"public\") entity User",
        "@principal_knd(\"human\") entity User",
    ] {
        let schema = plain.replace("entity User", classed);
        assert_eq!(ask(&schema, "profile: basic"), waits, "{classed}");
    }
}
