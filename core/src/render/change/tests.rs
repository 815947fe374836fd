#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::Workspace;

const SCHEMA: &str = r#"
    entity Group;
    entity User in [Group] { level: Long };
    entity Doc { owner: User };
    action view, edit appliesTo { principal: User, resource: Doc, context: { mfa: Bool } };
"#;

const BASE: &str = r#"@id("owners")
permit (principal, action, resource) when { resource.owner == principal };
@id("mfa")
forbid (principal, action == Action::"edit", resource) unless { context.mfa };
"#;

const HEAD: &str = r#"@id("owners")
permit (principal, action == Action::"edit", resource) when { resource.owner == principal };
@id("staff")
permit (principal in Group::"staff", action, resource);
"#;

/// A change with something of everything in it.
pub(crate) fn sample() -> Change {
    let rails =
        r#"@id("no-level-0") forbid (principal, action, resource) when { principal.level == 0 };"#;
    let side = |policies: &str, others: &[(&str, &str)]| {
        let mut workspace = Workspace::new();
        let files = [
            ("s.cedarschema", SCHEMA),
            ("p.cedar", policies),
            ("invariants/levels.cedar", rails),
        ];
        for (path, text) in files.iter().chain(others) {
            workspace.set_file(path, text.as_bytes()).unwrap();
        }
        workspace
    };
    let mut base = side(BASE, &[]);
    let wider = SCHEMA.replace("level: Long", "level: Long, team?: String");
    let entities =
        r#"[{"uid": {"type": "User", "id": "a"}, "attrs": {"level": 1}, "parents": []}]"#;
    let others = [
        ("s.cedarschema", &*wider),
        ("portcullis.yaml", "profile: basic\n"),
        ("entities.json", entities),
    ];
    side(HEAD, &others).compare(&mut base, &crate::change::Options::default())
}

#[test]
fn every_format_has_a_name_and_its_own_output() {
    let change = sample();
    let mut outputs: Vec<String> = ChangeFormat::ALL
        .into_iter()
        .map(|format| {
            assert_eq!(ChangeFormat::parse(format.as_str()), Some(format));
            super::change(format, &change, &Options::default())
        })
        .collect();
    outputs.sort();
    outputs.dedup();
    assert_eq!(outputs.len(), ChangeFormat::ALL.len());
    assert_eq!(ChangeFormat::parse("lcov"), None);
}

#[test]
fn a_story_for_a_terminal() {
    insta::assert_snapshot!(text(&sample(), &Options::default()));
}

#[test]
fn a_comment() {
    insta::assert_snapshot!(markdown(&sample(), &Options::default()));
}

#[test]
fn annotations_stand_at_policies() {
    let options = Options {
        prefix: "app/",
        ..Options::default()
    };
    insta::assert_snapshot!(github(&sample(), &options));
}

#[test]
fn nothing_to_tell() {
    let mut one = Workspace::new();
    let mut other = Workspace::new();
    for workspace in [&mut one, &mut other] {
        workspace
            .set_file("s.cedarschema", SCHEMA.as_bytes())
            .unwrap();
    }
    let same = one.compare(&mut other, &crate::change::Options::default());
    assert_eq!(
        text(&same, &Options::default()),
        "equivalent: allows the same\n2 kinds of request: 2 equivalent\n"
    );
}
