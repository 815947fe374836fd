#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{Edit, EditRange};

fn digests(files: &[(&str, &str)]) -> Digests {
    let mut workspace = Workspace::new();
    for (path, text) in files {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    workspace.digests()
}

const SCHEMA: (&str, &str) = (
    "s.cedarschema",
    "entity User; entity Photo; action view appliesTo { principal: User, resource: Photo };",
);
const POLICY: &str = "@id(\"a\")\npermit (principal == User::\"alice\", action, resource);\n";

#[test]
fn layout_comments_order_and_files_do_not_change_what_a_bundle_says() {
    let one = digests(&[
        SCHEMA,
        (
            "a.cedar",
            "@id(\"a\") permit(principal,action,resource); forbid(principal,action,resource);",
        ),
    ]);
    let two = digests(&[
        (
            "t.cedarschema",
            "// types\nentity Photo;\nentity User;\naction view appliesTo { principal: User, resource: Photo };",
        ),
        (
            "b.cedar",
            "// nobody\nforbid (principal, action, resource);",
        ),
        (
            "c.cedar",
            "@id(\"a\")\npermit (principal, action, resource);",
        ),
    ]);
    assert_eq!(one.semantic, two.semantic);
    assert_ne!(one.source, two.source);
    assert_eq!((one.unread.len(), two.unread.len()), (0, 0));
}

#[test]
fn what_a_file_is_for_is_part_of_it() {
    let all: Vec<Digest> = [
        "a.cedar",
        "invariants/a.cedar",
        "templates/a.cedar",
        "governance/a.cedar",
        "a.CEDAR",
    ]
    .map(|path| digests(&[SCHEMA, (path, POLICY)]).semantic)
    .into();
    for (n, one) in all.iter().enumerate() {
        assert!(!all.iter().skip(n + 1).any(|other| other == one), "{n}");
    }
    // Below both folders it is a template, which nothing is held against, and no guardrail.
    for path in [
        "templates/invariants/a.cedar",
        "invariants/templates/a.cedar",
    ] {
        let nested = digests(&[SCHEMA, (path, POLICY)]).semantic;
        assert_eq!(Some(&nested), all.get(2), "{path}");
    }
}

#[test]
fn policies_with_records_that_differ_have_different_digests() {
    let of = |condition: &str| {
        let text = format!("permit (principal, action, resource) when {{ {condition} }};");
        digests(&[SCHEMA, ("a.cedar", &text)]).semantic
    };
    assert_ne!(
        of("{a: (true && false)}.a"),
        of(r#"{a: true, "\u{12}": false}.a"#)
    );
    assert_ne!(
        of(r#"{a: [1, 2]} has "\u{1d}""#),
        of(r#"{a: 1, "\u{1d}": 2} has "\u{1d}""#)
    );
}

#[test]
fn whatever_means_something_changes_it() {
    let bundle = |changed: Option<(&'static str, &'static str)>| {
        let mut files = BTreeMap::from([
            SCHEMA,
            ("a.cedar", POLICY),
            ("portcullis.yaml", "profile: basic"),
            ("directory.yaml", "people: {}"),
            (
                "templates/t.cedar",
                "@id(\"t\") permit(principal == ?principal, action, resource);",
            ),
            (
                "u.cedar",
                "@id(\"u\") permit(principal == ?principal, action, resource);",
            ),
            (
                "a.links.json",
                r#"[{"template_id":"u","link_id":"l","args":{"?principal":"User::\"alice\""}}]"#,
            ),
            (
                "e.entities.json",
                r#"[{"uid":{"type":"User","id":"alice"},"attrs":{},"parents":[]}]"#,
            ),
            ("governance/g.cedar", "forbid(principal, action, resource);"),
            ("broken.cedar", "permit(principal"),
        ]);
        files.extend(changed);
        digests(&files.into_iter().collect::<Vec<_>>())
    };
    let before = bundle(None);
    assert_eq!(before.unread, ["broken.cedar"]);
    let mut seen = BTreeSet::from([before.semantic]);
    for change in [
        (
            "a.cedar",
            "@id(\"b\")\npermit (principal == User::\"alice\", action, resource);\n",
        ),
        (
            "a.cedar",
            "@id(\"a\")\npermit (principal == User::\"bob\", action, resource);\n",
        ),
        (
            "a.cedar",
            "@id(\"a\") @owner(\"x\")\npermit (principal == User::\"alice\", action, resource);\n",
        ),
        (
            "a.cedar",
            "// portcullis: allow(missing-owner) because \"there is none\"\n@id(\"a\")\npermit (principal == User::\"alice\", action, resource);\n",
        ),
        (
            "a.cedar",
            "@id(\"a\")\npermit (principal == User::\"alice\", action, resource);\n@id(\"a\")\npermit (principal == User::\"alice\", action, resource);\n",
        ),
        ("portcullis.yaml", "profile: regulated"),
        ("directory.yaml", "people: {eve: {}}"),
        (
            "templates/t.cedar",
            "@id(\"t\") permit(principal in ?principal, action, resource);",
        ),
        (
            "invariants/t.cedar",
            "@id(\"t\") permit(principal == ?principal, action, resource);",
        ),
        (
            "a.links.json",
            r#"[{"template_id":"u","link_id":"l","args":{"?principal":"User::\"bob\""}}]"#,
        ),
        (
            "e.entities.json",
            r#"[{"uid":{"type":"User","id":"bob"},"attrs":{},"parents":[]}]"#,
        ),
        ("governance/g.cedar", "permit(principal, action, resource);"),
        ("broken.cedar", "permit(principal "),
        ("more.cedarschema", "entity Robot;"),
    ] {
        assert!(seen.insert(bundle(Some(change)).semantic), "{change:?}");
    }
}

#[test]
fn a_link_by_place_follows_the_template() {
    let link = (
        "a.links.json",
        r#"[{"template_id":"policy0","link_id":"l","args":{"?principal":"User::\"alice\""}}]"#,
    );
    let view = "permit(principal == ?principal, action == Action::\"view\", resource);";
    let any = "permit(principal == ?principal, action, resource);";
    let one = digests(&[SCHEMA, link, ("a.cedar", &format!("{view}\n{any}"))]);
    let two = digests(&[SCHEMA, link, ("a.cedar", &format!("{any}\n{view}"))]);
    assert_eq!(one.unread, Vec::<String>::new());
    assert_ne!(one.semantic, two.semantic);
}

#[test]
fn numbers_that_canonical_json_would_round_stay_apart() {
    let entity = |n: &str| {
        let text =
            format!(r#"[{{"uid":{{"type":"User","id":"a"}},"attrs":{{"n":{n}}},"parents":[]}}]"#);
        digests(&[("e.entities.json", &text)]).semantic
    };
    assert_ne!(entity("9007199254740993"), entity("9007199254740992"));
}

#[test]
fn records_and_tests_say_nothing() {
    let plain = digests(&[("a.cedar", POLICY)]);
    let more = digests(&[
        ("a.cedar", POLICY),
        ("x.change.yaml", "id: x"),
        ("a.test.yaml", "cases: []"),
    ]);
    assert_eq!(plain.semantic, more.semantic);
    assert_ne!(plain.tests, more.tests);
    let record = digests(&[("a.cedar", POLICY), ("x.change.json", "{}")]);
    assert_eq!(plain.source, record.source);
}

#[test]
fn they_are_those_of_what_is_there_after_every_change() {
    let mut files = BTreeMap::from([
        (SCHEMA.0, SCHEMA.1.to_owned()),
        ("a.cedar", POLICY.to_owned()),
        ("portcullis.yaml", "profile: basic".to_owned()),
        ("directory.yaml", "people: {}".to_owned()),
        ("a.test.yaml", "cases: []".to_owned()),
    ]);
    let mut left_out: Vec<&str> = Vec::new();
    let mut workspace = Workspace::new();
    for (path, text) in &files {
        workspace.set_file(path, text.as_bytes()).unwrap();
    }
    let mut seen = Vec::new();
    let mut hold = |workspace: &mut Workspace, files: &BTreeMap<&str, String>, left: &[&str]| {
        let mut fresh = Workspace::new();
        for (path, text) in files {
            fresh.set_file(path, text.as_bytes()).unwrap();
        }
        left.iter().for_each(|path| fresh.leave_out(path));
        let digests = workspace.digests();
        assert_eq!(digests, fresh.digests());
        assert_eq!(workspace.digests(), digests);
        assert!(!seen.contains(&digests), "each change changes something");
        seen.push(digests);
    };
    hold(&mut workspace, &files, &left_out);
    for (path, text) in [
        (
            "a.cedar",
            "@id(\"a\")\npermit (principal, action, resource);\n",
        ),
        ("b.cedar", POLICY),
        (
            "portcullis.yaml",
            "profile: basic\nlimits: { nesting_depth: 20 }",
        ),
        (
            "directory.yaml",
            "people: { a: { issuer: i, kind: human } }",
        ),
        ("a.test.yaml", "cases: []\n"),
        (SCHEMA.0, "entity User; entity Photo;"),
    ] {
        workspace.set_file(path, text.as_bytes()).unwrap();
        files.insert(path, text.to_owned());
        hold(&mut workspace, &files, &left_out);
    }
    for path in ["b.cedar", "directory.yaml"] {
        let edit = Edit {
            range: EditRange::Bytes(0, 0),
            insert: "// more\n".replace("//", if path == "b.cedar" { "//" } else { "#" }),
        };
        workspace.edit_file(path, &edit).unwrap();
        let text = files.get_mut(path).unwrap();
        text.insert_str(0, &edit.insert);
        hold(&mut workspace, &files, &left_out);
    }
    workspace.leave_out("link.cedar");
    left_out.push("link.cedar");
    hold(&mut workspace, &files, &left_out);
    for path in ["b.cedar", "portcullis.yaml"] {
        workspace.remove_file(path).unwrap();
        files.remove(path);
        hold(&mut workspace, &files, &left_out);
    }
}
