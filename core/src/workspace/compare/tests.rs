#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use crate::Workspace;
use crate::change::{Allows, Applies, Change, Kind, On, Options, Relation, SchemaEdit, Verdict};

const SCHEMA: &str = r#"
    entity Group;
    entity User in [Group] { level: Long };
    entity Bot { owner?: User };
    entity Doc { owner: User, secret: Bool };
    action reading, writing;
    action view in [reading] appliesTo { principal: [User, Bot], resource: Doc, context: { mfa: Bool } };
    action edit in [writing] appliesTo { principal: [User, Bot], resource: Doc, context: { mfa: Bool } };
    action export in [writing] appliesTo { principal: User, resource: Doc, context: { mfa: Bool } };
"#;

const POLICIES: &str = r#"
@id("owners")
permit (principal is User, action in [Action::"view", Action::"edit"], resource)
when { resource.owner == principal };

@id("group")
permit (principal in Group::"staff", action == Action::"view", resource);

@id("mfa")
forbid (principal, action in Action::"writing", resource) unless { context.mfa };
"#;

fn workspace(files: &[(&str, &str)]) -> Workspace {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    workspace
}

fn bundle(policies: &str) -> Workspace {
    workspace(&[("s.cedarschema", SCHEMA), ("p.cedar", policies)])
}

fn compare(base: &mut Workspace, head: &mut Workspace) -> Change {
    let change = head.compare(base, &Options::default());
    assert_eq!(change.summary.unconfirmed, 0, "{change:#?}");
    change
}

/// What `edit` of the policies comes to.
fn edited(from: &str, to: &str) -> Change {
    assert!(POLICIES.contains(from), "{from}");
    compare(
        &mut bundle(POLICIES),
        &mut bundle(&POLICIES.replace(from, to)),
    )
}

/// `User, Action::"view", Doc wider`, but for those that are equivalent.
fn relations(change: &Change) -> Vec<String> {
    let changed = change.environments.iter();
    changed
        .filter(|of| of.relation != Relation::Equivalent)
        .map(|of| format!("{} {}", of.environment.label, of.relation.as_str()))
        .collect()
}

/// `owners meaning more`, but for those that are unchanged.
fn policies(change: &Change) -> Vec<String> {
    let changed = change
        .policies
        .iter()
        .filter(|of| of.kind != Kind::Unchanged);
    changed
        .map(|of| {
            let applies = of.applies.map_or("", Applies::as_str);
            let line = format!(
                "{} {} {} {applies}",
                of.form.as_str(),
                of.name,
                of.kind.as_str()
            );
            line.trim_end().to_owned()
        })
        .collect()
}

fn sentences(change: &Change) -> Vec<String> {
    let of = |group: &crate::change::Group| {
        format!(
            "{} ({})",
            group.sentences().join("; "),
            group.because.join(", ")
        )
    };
    change.groups.iter().map(of).collect()
}

#[test]
fn the_same_takes_no_question() {
    let change = compare(&mut bundle(POLICIES), &mut bundle(POLICIES));
    assert_eq!(change.relation, Relation::Equivalent);
    assert!(change.is_equivalent());
    assert_eq!((change.summary.questions, change.summary.settled), (0, 5));
    assert_eq!(policies(&change), [""; 0]);
    assert_eq!(change.groups, []);
    assert_eq!(change.base_digest, change.head_digest);
}

#[test]
fn layout_comments_annotations_order_and_names_take_no_question() {
    let mut parts: Vec<&str> = POLICIES.split_inclusive(';').collect();
    parts.reverse();
    let reordered = parts
        .concat()
        .replace("@id(\"owners\")", "@id(\"owners\") @owner(\"a\")")
        .replace("@id(\"group\")", "@id(\"staff\")")
        .replace("forbid (principal,", "// a\nforbid (principal ,");
    let change = compare(&mut bundle(POLICIES), &mut bundle(&reordered));
    assert_eq!(change.relation, Relation::Equivalent);
    assert_eq!(change.summary.questions, 0);
    assert_eq!(
        policies(&change),
        [
            "policy mfa text",
            "policy staff renamed",
            "policy owners text"
        ]
    );
    assert_eq!(change.policies[1].renamed_from.as_deref(), Some("group"));
}

#[test]
fn a_permit_without_its_condition_is_wider_where_it_applies() {
    let change = edited("when { resource.owner == principal }", "");
    assert_eq!(
        relations(&change),
        [
            "User, Action::\"edit\", Doc wider",
            "User, Action::\"view\", Doc wider",
        ]
    );
    assert_eq!(change.relation, Relation::Wider);
    assert_eq!(policies(&change), ["policy owners meaning more"]);
    assert_eq!(
        sentences(&change),
        ["`User` may now `Action::\"edit\"` and `Action::\"view\"` on `Doc` (owners)"]
    );
    let example = change
        .environments
        .iter()
        .find_map(|of| of.newly_allowed.as_ref());
    let example = example.unwrap();
    assert_eq!(
        example.head.as_ref().unwrap().determining,
        ["owners".into()]
    );
    assert!(!example.base.as_ref().unwrap().allowed);
    assert_eq!(change.summary.settled, 3);
}

#[test]
fn a_forbid_that_is_gone_is_what_newly_allows() {
    let (forbid, _) = POLICIES.split_at(POLICIES.find("@id(\"mfa\")").unwrap());
    let change = compare(&mut bundle(POLICIES), &mut bundle(forbid));
    assert_eq!(relations(&change), ["User, Action::\"edit\", Doc wider"]);
    assert_eq!(policies(&change), ["policy mfa removed"]);
    assert!(
        change
            .policies
            .iter()
            .all(|of| of.weakened == (&*of.name == "mfa"))
    );
    assert_eq!(
        sentences(&change),
        ["`User` may now `Action::\"edit\"` on `Doc` (mfa)"]
    );
    let back = compare(&mut bundle(forbid), &mut bundle(POLICIES));
    assert_eq!(relations(&back), ["User, Action::\"edit\", Doc narrower"]);
    assert_eq!(
        sentences(&back),
        ["`User` may no longer `Action::\"edit\"` on `Doc` (mfa)"]
    );
}

#[test]
fn changed_text_of_the_same_meaning_is_proved_the_same() {
    let change = edited(
        "when { resource.owner == principal }",
        "when { !(principal != resource.owner) }",
    );
    assert_eq!(change.relation, Relation::Equivalent);
    assert_eq!(policies(&change), ["policy owners meaning same"]);
    assert!(change.summary.questions > 0);
}

#[test]
fn both_ways_is_incomparable() {
    let change = edited(
        "when { resource.owner == principal }",
        "when { principal.level > 3 }",
    );
    assert_eq!(
        relations(&change),
        [
            "User, Action::\"edit\", Doc incomparable",
            "User, Action::\"view\", Doc incomparable",
        ]
    );
    assert_eq!(policies(&change), ["policy owners meaning both"]);
    assert_eq!(change.groups.len(), 2);
    assert!(change.groups[0].allowed && !change.groups[1].allowed);
}

#[test]
fn an_id_that_is_used_for_something_else_is_another_policy() {
    let change = edited("permit (principal in Group", "forbid (principal in Group");
    assert_eq!(
        policies(&change),
        ["policy group added", "policy group removed"]
    );
    assert_eq!(change.relation, Relation::Narrower);
}

#[test]
fn what_cannot_be_read_or_does_not_type_check_is_unknown() {
    let change = edited("resource.owner == principal", "resource.owner ==");
    assert_eq!(change.relation, Relation::Unknown);
    assert_eq!(
        change.why,
        ["`p.cedar` in head has a statement that does not parse"]
    );
    assert_eq!(change.summary.unknown, 5);

    let change = edited("resource.owner == principal", "resource.owner < 1");
    assert_eq!(
        relations(&change),
        [
            "User, Action::\"edit\", Doc unknown",
            "User, Action::\"view\", Doc unknown",
        ]
    );
    assert!(
        change.why[0].contains("`owners` does not type-check for"),
        "{:?}",
        change.why
    );
    // What reads something that no type has fails, and so applies to nothing.
    let change = edited("resource.owner == principal", "resource.owner.x == 1");
    assert_eq!(change.relation, Relation::Narrower);
    // The same mistake on both sides decides alike.
    let broken = POLICIES.replace("resource.owner == principal", "resource.owner ==");
    let change = compare(&mut bundle(&broken), &mut bundle(&broken));
    assert_eq!(change.relation, Relation::Equivalent);
}

#[test]
fn without_a_schema_only_the_same_is_known() {
    let bare = |text: &str| workspace(&[("p.cedar", text)]);
    let change = compare(
        &mut bare(POLICIES),
        &mut bare(&POLICIES.replace("mfa", "x")),
    );
    assert_eq!(change.relation, Relation::Unknown);
    assert_eq!(
        change.why,
        ["head has no schema, so nothing says which requests there are"]
    );
    let laid_out = POLICIES.replace('\n', "\n\n");
    let change = compare(&mut bare(POLICIES), &mut bare(&laid_out));
    assert_eq!(change.relation, Relation::Equivalent);
    let mut broken = workspace(&[("s.cedarschema", "entity"), ("p.cedar", POLICIES)]);
    let change = compare(&mut bundle(POLICIES), &mut broken);
    assert_eq!(change.relation, Relation::Unknown);
    assert_eq!(change.why, ["the schema of head cannot be read"]);
    assert!(change.environments.iter().all(|of| of.on == On::Base));
}

#[test]
fn links_are_policies_and_their_template_counts_them() {
    let template = |extra: &str| {
        format!(
            "@id(\"t\") permit (principal == ?principal, action == Action::\"view\", resource){extra};"
        )
    };
    let links = |list: &[(&str, &str)]| {
        let items: Vec<String> = list
            .iter()
            .map(|(id, user)| {
                format!(r#"{{"template_id": "t", "link_id": "{id}", "args": {{"?principal": "User::\"{user}\""}}}}"#)
            })
            .collect();
        format!("[{}]", items.join(","))
    };
    let side = |template: &str, links: &str| {
        workspace(&[
            ("s.cedarschema", SCHEMA),
            ("p.cedar", template),
            ("l.links.json", links),
        ])
    };
    let before = links(&[("a", "alice"), ("b", "bob")]);
    let change = compare(
        &mut side(&template(""), &before),
        &mut side(&template(" when { context.mfa }"), &before),
    );
    assert_eq!(relations(&change), ["User, Action::\"view\", Doc narrower"]);
    assert_eq!(
        policies(&change),
        [
            "template t meaning less",
            "link a meaning less",
            "link b meaning less"
        ]
    );
    assert_eq!(change.policies[0].links, 2);

    let after = links(&[("a", "carol"), ("c", "bob")]);
    let change = compare(
        &mut side(&template(""), &before),
        &mut side(&template(""), &after),
    );
    assert_eq!(
        relations(&change),
        ["User, Action::\"view\", Doc incomparable"]
    );
    assert_eq!(
        policies(&change),
        ["link a meaning both", "link c added", "link b removed"]
    );
    assert_eq!(
        &*change.policies[1].head.as_ref().unwrap().file,
        "l.links.json"
    );
    assert_eq!(change.policies[1].template.as_deref(), Some("t"));
}

fn with_schema(from: &str, to: &str) -> Change {
    assert!(SCHEMA.contains(from), "{from}");
    let schema = SCHEMA.replace(from, to);
    let mut head = workspace(&[("s.cedarschema", &schema), ("p.cedar", POLICIES)]);
    compare(&mut bundle(POLICIES), &mut head)
}

#[test]
fn kinds_of_request_on_one_side_alone() {
    let change = with_schema(
        "action export in [writing] appliesTo { principal: User, resource: Doc, context: { mfa: Bool } };",
        "action look in [reading] appliesTo { principal: User, resource: Doc, context: { mfa: Bool } };
         action share appliesTo { principal: User, resource: Doc };",
    );
    let one_sided: Vec<String> = change
        .environments
        .iter()
        .filter(|of| of.on != On::Both)
        .map(|of| {
            format!(
                "{} {} {}",
                of.environment.action,
                of.on.as_str(),
                of.relation.as_str()
            )
        })
        .collect();
    // No permit is about any of them.
    assert_eq!(
        one_sided,
        [
            "Action::\"export\" base equivalent",
            "Action::\"look\" head equivalent",
            "Action::\"share\" head equivalent",
        ]
    );
    let permit = "permit (principal is User, action, resource);";
    let schema = SCHEMA.replace("action export", "action send");
    let mut head = workspace(&[("s.cedarschema", &schema), ("p.cedar", permit)]);
    let change = compare(&mut bundle(permit), &mut head);
    assert_eq!(
        relations(&change),
        [
            "User, Action::\"export\", Doc narrower",
            "User, Action::\"send\", Doc wider",
        ]
    );
    let gone = change
        .environments
        .iter()
        .find(|of| of.on == On::Base)
        .unwrap();
    let example = gone.newly_denied.as_ref().unwrap();
    assert!(example.head.is_none() && example.base.as_ref().unwrap().allowed);
    let edits: Vec<_> = change
        .schema
        .iter()
        .map(|of| (&*of.subject, of.edit))
        .collect();
    assert_eq!(
        edits,
        [
            ("Action::\"export\"", SchemaEdit::Removed),
            ("Action::\"send\"", SchemaEdit::Added),
        ]
    );
}

#[test]
fn a_schema_that_changes_how_policies_read_is_compared_under_both() {
    let change = with_schema(
        "entity Bot { owner?: User };",
        "entity Bot { owner: User };",
    );
    assert_eq!(change.relation, Relation::Equivalent);
    let edits: Vec<_> = change
        .schema
        .iter()
        .map(|of| (&*of.subject, of.edit))
        .collect();
    assert_eq!(edits, [("Bot.owner", SchemaEdit::Required)]);
    let changed = change.environments.iter().filter(|of| of.schema_changed);
    assert!(changed.clone().count() > 0);
    assert!(
        changed
            .into_iter()
            .all(|of| of.environment.principal == "Bot")
    );

    let bots = "permit (principal is Bot, action, resource) when { principal has owner && principal.owner == resource.owner };";
    let plain =
        "permit (principal is Bot, action, resource) when { principal.owner == resource.owner };";
    let schema = SCHEMA.replace("owner?: User", "owner: User");
    let mut head = workspace(&[("s.cedarschema", &schema), ("p.cedar", plain)]);
    let change = compare(&mut bundle(bots), &mut head);
    assert_eq!(change.relation, Relation::Equivalent);
    // Base's policy fails where the attribute is missing, and head's asks for it.
    let mut base = workspace(&[("s.cedarschema", &schema), ("p.cedar", plain)]);
    let change = compare(&mut base, &mut bundle(bots));
    assert_eq!(change.relation, Relation::Equivalent);
}

#[test]
fn an_action_that_moves_into_a_group_is_newly_allowed() {
    let policies = "permit (principal, action in Action::\"reading\", resource);";
    let schema = SCHEMA.replace(
        "action export in [writing]",
        "action export in [writing, reading]",
    );
    let side = |schema: &str| workspace(&[("s.cedarschema", schema), ("p.cedar", policies)]);
    let change = compare(&mut side(SCHEMA), &mut side(&schema));
    assert_eq!(relations(&change), ["User, Action::\"export\", Doc wider"]);
    let change = compare(&mut side(&schema), &mut side(SCHEMA));
    assert_eq!(
        relations(&change),
        ["User, Action::\"export\", Doc narrower"]
    );
    let asked = "permit (principal, action, resource) when { action in Action::\"reading\" };";
    let side = |schema: &str| workspace(&[("s.cedarschema", schema), ("p.cedar", asked)]);
    let change = compare(&mut side(SCHEMA), &mut side(&schema));
    assert_eq!(
        relations(&change),
        ["User, Action::\"export\", Doc unknown"]
    );
}

#[test]
fn guardrails_decide_nothing_and_are_proved() {
    let rails = r#"
        @id("no-bots-edit") forbid (principal is Bot, action == Action::"edit", resource);
        @id("owners-view") permit (principal is User, action == Action::"view", resource)
            when { resource.owner == principal };
    "#;
    let side = |policies: &str, rails: &str| {
        workspace(&[
            ("s.cedarschema", SCHEMA),
            ("p.cedar", policies),
            ("invariants/rails.cedar", rails),
        ])
    };
    let change = compare(&mut side(POLICIES, rails), &mut side(POLICIES, rails));
    assert_eq!(change.relation, Relation::Equivalent);
    let verdicts: Vec<_> = change
        .guardrails
        .iter()
        .map(|of| of.verdict.clone())
        .collect();
    assert_eq!(verdicts, [Some(Verdict::Holds), Some(Verdict::Holds)]);

    let bots = format!(
        "{} permit (principal is Bot, action, resource);",
        POLICIES.replace(
            "action in [Action::\"view\", Action::\"edit\"]",
            "action == Action::\"edit\""
        )
    );
    let narrower = rails.replace("resource);", "resource) when { resource.secret };");
    let change = compare(&mut side(POLICIES, rails), &mut side(&bots, &narrower));
    let [bots, owners] = change.guardrails.as_slice() else {
        panic!("{:?}", change.guardrails)
    };
    assert!(bots.weakened && bots.applies == Some(Applies::Less));
    // A request that the guardrail forbade and does not forbid any more.
    let example = bots.no_longer.as_ref().unwrap();
    assert_eq!(example.witness.principal.ty, "Bot");
    assert!(
        example
            .witness
            .entities
            .to_string()
            .contains(r#""secret":false"#)
    );
    assert!(!example.base.as_ref().unwrap().allowed);
    assert_eq!(owners.no_longer, None);
    assert!(!owners.weakened && owners.kind == Kind::Unchanged);
    for (rail, allowed) in [(bots, true), (owners, false)] {
        let Some(Verdict::Broken(all)) = &rail.verdict else {
            panic!("{rail:?}")
        };
        let (_, example) = &all[0];
        assert_eq!(example.head.as_ref().unwrap().allowed, allowed);
    }
    let change = compare(&mut side(POLICIES, rails), &mut side(POLICIES, ""));
    assert!(
        change
            .guardrails
            .iter()
            .all(|of| of.weakened && of.verdict.is_none() && of.no_longer.is_some())
    );
}

#[test]
fn what_head_allows_of_a_kind_is_told() {
    let allows = |base: &str, head: &str| {
        let change = compare(&mut bundle(base), &mut bundle(head));
        let view = change
            .environments
            .iter()
            .find(|of| of.environment.principal == "User" && of.environment.action.id == "view");
        view.unwrap().head_allows
    };
    let all = "permit (principal, action, resource);";
    let some = "permit (principal, action, resource) when { context.mfa };";
    let other = "permit (principal, action, resource) when { resource.secret };";
    assert_eq!(allows(some, all), Some(Allows::Everything));
    assert_eq!(allows(all, some), Some(Allows::Partly));
    assert_eq!(allows(some, other), Some(Allows::Partly));
    assert_eq!(allows("", some), Some(Allows::Partly));
    assert_eq!(allows(some, ""), Some(Allows::Nothing));
    let none = format!("{some} forbid (principal, action, resource) when {{ context.mfa }};");
    assert_eq!(allows(some, &none), Some(Allows::Nothing));
    assert_eq!(allows(some, some), None);
}

#[test]
fn entities_may_be_missing_where_that_is_asked() {
    let base = "permit (principal, action, resource) when { context.mfa };";
    let head = "permit (principal, action, resource) when { context.mfa }; forbid (principal, action, resource) when { context.mfa && resource.secret };
        forbid (principal, action, resource) when { context.mfa && !resource.secret };";
    let relation = |partial_entities: bool| {
        let options = Options::of(partial_entities);
        let change = bundle(head).compare(&mut bundle(base), &options);
        assert_eq!(change.summary.unconfirmed, 0);
        let of = change.environments.into_iter().next().unwrap();
        (of.relation, of.head_allows)
    };
    assert_eq!(relation(false), (Relation::Narrower, Some(Allows::Nothing)));
    // Neither forbid decides where the resource is missing.
    assert_eq!(relation(true), (Relation::Narrower, Some(Allows::Partly)));
}

#[test]
fn what_else_is_in_a_bundle_is_compared_too() {
    let entities =
        r#"[{"uid": {"type": "User", "id": "a"}, "attrs": {"level": 1}, "parents": []}]"#;
    let mut base = workspace(&[("s.cedarschema", SCHEMA), ("entities.json", entities)]);
    let mut head = workspace(&[
        ("s.cedarschema", SCHEMA),
        ("entities.json", &entities.replace("1}", "2}")),
        ("portcullis.yaml", "profile: basic\n"),
    ]);
    let change = compare(&mut base, &mut head);
    assert!(change.config_changed);
    assert_eq!(change.entities.len(), 1);
}

#[test]
fn secrets_stay_out_of_what_is_said() {
    let secret = format!("{}{}", "ghp_", "Zk3fQ9vT1mXr7LwB2nYd5HsJ8cPg4KuEaR6o");
    let policy = format!(
        "permit (principal is User, action, resource) when {{ principal == User::\"{secret}\" }};"
    );
    let mut base = bundle("");
    let mut head = bundle(&policy);
    let change = head.compare(&mut base, &Options::default());
    assert_eq!(change.relation, Relation::Wider);
    let json = serde_json::to_string(&crate::wire::change::Change::from(&change)).unwrap();
    assert!(!json.contains(&secret), "{json}");
}

#[test]
fn the_json_says_it_in_the_words_of_the_issue() {
    let change = edited("when { resource.owner == principal }", "");
    let json = serde_json::to_value(crate::wire::change::Change::from(&change)).unwrap();
    let all = json["environments"].as_array().unwrap();
    let of = all.iter().find(|of| of["relation"] == "wider").unwrap();
    assert_eq!(of["principal"], "User");
    assert_eq!(of["action"], "Action::\"edit\"");
    assert_eq!(of["relation"], "wider");
    assert!(of["newly_allowed"]["request"]["principal"]["id"].is_string());
    assert!(of["newly_allowed"]["entities"].is_array());
    assert_eq!(of["newly_denied"], serde_json::Value::Null);
    assert_eq!(json["policies"][0]["change"], "meaning");
    assert_eq!(json["policies"][0]["applies"], "more");
}
