//! What messages say to somebody who writes their first suite.
#![expect(clippy::panic, reason = "tests")]

use super::{reads, wrong::HEAD};

/// Messages and helps, in the order of the text.
fn said(text: &str) -> Vec<(String, String)> {
    let (_, findings) = reads("t.test.yaml", text, true);
    findings
        .into_iter()
        .map(|finding| (finding.message, finding.help))
        .collect()
}

#[track_caller]
fn says(text: &str, message: &str, help: &str) {
    let said = said(text);
    let [(got, got_help)] = said.as_slice() else {
        panic!("{said:#?}")
    };
    assert!(got.contains(message), "{got}");
    assert!(got_help.contains(help), "{got_help}");
}

#[test]
fn of_lines_that_stand_in_the_wrong_column_only_that_is_said() {
    for (text, message) in [
        (
            "cases:\n  - name: x\n    skip: y\n   action: z\n",
            "not indented like the list",
        ),
        (
            "cases:\n  - name: x\n    skip: y\n      action: z\n",
            "a second `:` in one value",
        ),
        (
            "cases:\n  - name: x\n  action: z\n",
            "not indented like the list",
        ),
        ("name: x\n tags: []\n", "a second `:` in one value"),
        ("cases:\n  - name: x\n\tskip: y\n", "tab"),
    ] {
        let said = said(text);
        let [(got, _)] = said.as_slice() else {
            panic!("{text}{said:#?}")
        };
        assert!(
            got.starts_with("this is not YAML: ") && got.contains(message),
            "{text}{got}"
        );
    }
}

#[test]
fn keys_uids_and_errors() {
    let case = "name: a, principal: alice, action: ping, resource: doc";
    says(
        &format!("{HEAD}cases:\n  - {{ {case}, expect: deny, becuase: x }}\n"),
        "`becuase` is no key of a case",
        "use `name`",
    );
    says(
        &format!("{HEAD}cases:\n  - {{ {case}, expect: {{ decision: deny, errors: none }} }}\n"),
        "`errors` must be a number or a list of policies",
        "`errors: 0`",
    );
    says(
        "fixtures: { f: { entities: { ann: { uid: ann } } } }\ncases: [{ name: a, skip: x, principal: 'Bank::User::\"a\"', action: ping, resource: 'Bank::Document::\"d\"', entities: {a: {uid: 'Bank::User::\"a\"', attrs: {clearance: 1}}, d: {uid: 'Bank::Document::\"d\"', attrs: {owner: a, public: true}}}, expect: deny }]\n",
        "the uid `ann` has no type",
        "write it as `Type::\"ann\"`",
    );
}

#[test]
fn a_file_of_the_bundle_that_has_the_entity_is_named() {
    let text = "cases: [{ name: a, principal: 'Bank::User::\"carol\"', action: ping, resource: 'Bank::Document::\"memo\"', expect: deny }]\n";
    let helps: Vec<String> = said(text).into_iter().map(|(_, help)| help).collect();
    assert!(
        helps.iter().any(|help| help
            .contains("`tests/bank.entities.json` has it: add `files: [bank.entities.json]`")),
        "{helps:#?}"
    );
    let text = text.replace("carol", "nobody").replace("memo", "none");
    let helps: Vec<String> = said(&text).into_iter().map(|(_, help)| help).collect();
    assert!(
        helps.iter().all(|help| !help.contains("has it")),
        "{helps:#?}"
    );
}

#[test]
fn a_table_whose_actions_have_other_contexts_is_to_be_divided() {
    let table = |actions: &str| {
        format!(
            "{HEAD}tables:\n  - {{ name: t, principals: [alice], resources: [doc], actions: [{actions}], context: {{ nothing: 1 }} }}\n"
        )
    };
    let helps = |text: String| {
        said(&text)
            .into_iter()
            .map(|(_, help)| help)
            .collect::<String>()
    };
    assert!(!helps(table("ping")).contains("write a table for each"));
    let both = helps(table("ping, view"));
    assert!(
        both.contains("a table has one context for all its actions"),
        "{both}"
    );
}
