//! What YAML or JSON itself gives no whole case of.

use super::wrong::{GOOD, HEAD};
use super::{names, reads};

#[test]
fn a_case_with_a_key_too_many_is_not_run() {
    let one = "name: a, principal: alice, action: ping, resource: doc, expect: deny";
    let text = format!("{HEAD}cases:\n  - {{ {one}, contxt: {{}} }}\n{GOOD}");
    let (suite, _) = reads("t.test.yaml", &text, true);
    let suite = suite.unwrap();
    assert_eq!(names(&suite.cases), ["good"]);
    assert_eq!(suite.broken[0].name.as_ref(), "a");
    assert!(suite.broken[0].reason.contains("`contxt` is no key"));
    for more in [
        "expect: allow",
        "context: { a: 1, a: 2 }",
        "skip: *x",
        "<<: {}",
    ] {
        let text = format!("{HEAD}cases:\n  - {{ {one}, {more} }}\n{GOOD}");
        let (suite, findings) = reads("t.test.yaml", &text, true);
        let suite = suite.unwrap();
        if more.contains('*') {
            // Nothing after an alias without an anchor is read.
            assert_eq!(names(&suite.cases), [""; 0], "{more}");
        } else {
            assert_eq!(names(&suite.cases), ["good"], "{more}");
        }
        let reason = &suite.broken[0].reason;
        assert!(findings.iter().any(|f| f.message == *reason), "{more}");
    }
    let table = "{ name: t, principals: [alice], actions: [ping], resources: [doc] }";
    let twice = table.replace("{ name", "{ name: t, name");
    let text = format!("{HEAD}tables:\n  - {twice}\n  - {table}\n");
    let (suite, findings) = reads("t.test.yaml", &text, true);
    let suite = suite.unwrap();
    assert_eq!((suite.cases.len(), suite.broken.len()), (1, 1));
    assert_eq!(findings.len(), 1);
}

#[test]
fn a_case_at_which_the_text_breaks_off_is_not_run() {
    let text = format!(
        "{HEAD}cases:\n{GOOD}  - name: last\n    principal: alice\n    action: ping\n    resource: doc\n    expect: deny\n    context: \"\n"
    );
    let (suite, findings) = reads("t.test.yaml", &text, true);
    let suite = suite.unwrap();
    assert_eq!(names(&suite.cases), ["good"]);
    assert_eq!(suite.broken[0].name.as_ref(), "last");
    assert_eq!(suite.broken[0].reason, findings[0].message);
    let text = format!("{HEAD}cases:\n{GOOD}tags: \"\n");
    let (suite, findings) = reads("t.test.yaml", &text, true);
    assert_eq!((suite.unwrap().cases.len(), findings.len()), (1, 1));
}

#[test]
fn nothing_where_a_case_or_table_belongs() {
    for nothing in ["", "~", "null"] {
        let text = format!("{HEAD}cases:\n  - {nothing}\n{GOOD}");
        let (suite, findings) = reads("t.test.yaml", &text, true);
        let found: Vec<_> = findings.iter().map(|f| f.message.as_str()).collect();
        assert_eq!(found, ["this is no case"]);
        let suite = suite.unwrap();
        assert_eq!((suite.cases.len(), suite.broken.len()), (1, 1));
        assert_eq!(suite.broken[0].reason, "this is no case");
    }
    let (_, findings) = reads("t.test.yaml", "tables: [null]", true);
    let found: Vec<_> = findings.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(found, ["this is no table"]);
}

#[test]
fn what_stands_behind_the_cases() {
    for (end, message, help) in [
        ("\0", "unprintable", "delete this character"),
        ("...\nx\n", "this stands after `...`", "delete `...`"),
        ("---\nx\n", "a second document starts here", "keep one"),
        ("\tx: y\n", "tab", "indent with spaces"),
    ] {
        let text = format!("{HEAD}cases:\n{GOOD}{end}");
        let (_, findings) = reads("t.test.yaml", &text, true);
        assert_eq!(findings.len(), 1, "{end:?} {findings:?}");
        let finding = &findings[0];
        assert!(finding.message.contains(message), "{end:?} {finding:?}");
        assert!(finding.help.contains(help), "{end:?} {finding:?}");
    }
}
