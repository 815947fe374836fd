#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

use proptest::prelude::*;
use serde_json::json;

use super::decode::{Tree, decode};
use super::*;

const TAGS: [&str; 6] = ["", "a", "b", "record", "\u{1}", "\0"];

fn encode(tree: &Tree) -> Vec<u8> {
    fn write(tree: &Tree, nodes: &mut Nodes<'_>) {
        let tag = TAGS.into_iter().find(|tag| *tag == tree.tag).unwrap();
        nodes.put(tag, &tree.content, |nodes| {
            tree.children.iter().for_each(|child| write(child, nodes));
        });
    }
    let mut out = Vec::new();
    let mut nodes = Nodes {
        out: &mut out,
        count: 0,
    };
    write(tree, &mut nodes);
    out
}

/// Bytes that look like what is written around them.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        Just(vec![OPEN]),
        Just(vec![CLOSE]),
        Just(encode(&Tree {
            tag: "a".into(),
            content: Vec::new(),
            children: Vec::new(),
        })),
        Just(0_u64.to_le_bytes().to_vec()),
        Just(b"record".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..6),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = (0..TAGS.len(), hostile()).prop_map(|(tag, content)| Tree {
        tag: TAGS[tag].into(),
        content,
        children: Vec::new(),
    });
    leaf.prop_recursive(4, 24, 4, |inner| {
        let children = proptest::collection::vec(inner, 0..4);
        (0..TAGS.len(), hostile(), children).prop_map(|(tag, content, children)| Tree {
            tag: TAGS[tag].into(),
            content,
            children,
        })
    })
}

fn json_value() -> impl Strategy<Value = Value> {
    let text = || {
        prop_oneof![
            Just(""),
            Just("\0"),
            Just("1"),
            Just("null"),
            Just("a"),
            Just("string")
        ]
    };
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (0..3_i64).prop_map(Value::from),
        Just(json!(1.0)),
        Just(json!(1e300)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            proptest::collection::vec((text(), inner), 0..3).prop_map(|members| {
                Value::Object(
                    members
                        .into_iter()
                        .map(|(k, v)| (k.to_owned(), v))
                        .collect(),
                )
            }),
        ]
    })
}

fn of_json(value: &Value) -> Vec<u8> {
    bytes("test", |nodes| nodes.json(value))
}

proptest! {
    #[test]
    fn what_is_written_can_be_read_back(tree in tree()) {
        prop_assert_eq!(decode(&encode(&tree)), Some(tree));
    }

    #[test]
    fn json_values_have_the_same_bytes_only_where_they_are_equal(
        a in json_value(),
        b in json_value(),
    ) {
        // `1` and `1.0` are different numbers to serde_json as well.
        prop_assert_eq!(of_json(&a) == of_json(&b), a == b);
    }
}

#[test]
fn the_order_of_members_does_not_count_and_that_of_items_does() {
    let one: Value = serde_json::from_str(r#"{"a":1,"b":[1,2]}"#).unwrap();
    let two: Value = serde_json::from_str(r#"{"b":[1,2],"a":1}"#).unwrap();
    let other: Value = serde_json::from_str(r#"{"b":[2,1],"a":1}"#).unwrap();
    assert_eq!(of_json(&one), of_json(&two));
    assert_ne!(of_json(&one), of_json(&other));
    let unordered = |items: Vec<Hash>| digest("test", |nodes| nodes.unordered("set", items));
    assert_eq!(
        unordered(vec![[1; 32], [2; 32]]),
        unordered(vec![[2; 32], [1; 32]])
    );
    assert_ne!(unordered(vec![[1; 32]]), unordered(vec![[1; 32], [1; 32]]));
}

/// The only file that hashes parts that it puts together. Texts as they stand, and JSON that is signed, are hashed in one piece.
#[test]
fn nothing_else_puts_parts_together_to_hash_them() {
    fn files(folder: &std::path::Path, out: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(&path, out);
            } else if path.extension().is_some_and(|of| of == "rs") {
                out.push(path);
            }
        }
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&root, &mut all);
    assert!(all.len() > 100);
    for path in all {
        let text = std::fs::read_to_string(&path).unwrap();
        let at = path
            .strip_prefix(&root)
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/");
        let may = ["encode.rs", "govern/canonical.rs"];
        let hashes = text.contains(concat!("sha2", "::"));
        assert!(!hashes || may.contains(&&*at), "{at} hashes by itself");
    }
}
