#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::encode::bytes;
use crate::encode::decode::{Tree, decode};
use crate::facts::{BinaryOp, Spanned, Var};
use crate::source::Span;

fn spanned<T>(value: T) -> Spanned<T> {
    Spanned {
        value,
        span: Span::default(),
    }
}

fn made(kind: ExprKind) -> Expr {
    Expr {
        kind,
        span: Span::default(),
        outer: Span::default(),
    }
}

const BINARY: [BinaryOp; 10] = [
    BinaryOp::Eq,
    BinaryOp::NotEq,
    BinaryOp::Less,
    BinaryOp::LessEq,
    BinaryOp::Greater,
    BinaryOp::GreaterEq,
    BinaryOp::In,
    BinaryOp::Add,
    BinaryOp::Sub,
    BinaryOp::Mul,
];

const VARS: [Var; 4] = [Var::Principal, Var::Action, Var::Resource, Var::Context];

/// Tags as strings, control characters, numbers as text, nothing at all.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(""),
        Just("\0"),
        Just("\u{1}"),
        Just("\u{12}"),
        Just("\u{13}"),
        Just("\u{1d}"),
        Just("1"),
        Just("true"),
        Just("field"),
        Just("record"),
        Just("&&"),
        Just("a"),
        Just("*"),
    ]
    .prop_map(str::to_owned)
}

fn expression() -> impl Strategy<Value = Expr> {
    let entity = || (text(), text()).prop_map(|(ty, id)| Entity { ty, id });
    let leaf = prop_oneof![
        any::<bool>().prop_map(|of| ExprKind::Literal(Literal::Bool(of))),
        (0..3_u64).prop_map(|of| ExprKind::Literal(Literal::Long(of))),
        text().prop_map(|of| ExprKind::Literal(Literal::String(of))),
        entity().prop_map(ExprKind::Entity),
        (0..VARS.len()).prop_map(|of| ExprKind::Var(VARS[of])),
        text().prop_map(ExprKind::Slot),
    ]
    .prop_map(made);
    leaf.prop_recursive(4, 20, 3, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let many = || proptest::collection::vec(inner.clone(), 0..3);
        let element = prop_oneof![
            Just(PatternElement::Wildcard),
            Just(PatternElement::Char('*')),
            Just(PatternElement::Char('\0')),
            Just(PatternElement::Char('a')),
        ];
        prop_oneof![
            (boxed(), boxed(), boxed()).prop_map(|(a, b, c)| ExprKind::If(a, b, c)),
            many().prop_map(ExprKind::And),
            many().prop_map(ExprKind::Or),
            boxed().prop_map(|of| ExprKind::Unary(UnaryOp::Not, of)),
            boxed().prop_map(|of| ExprKind::Unary(UnaryOp::Neg, of)),
            ((0..BINARY.len()), boxed(), boxed())
                .prop_map(|(op, a, b)| ExprKind::Binary(BINARY[op], a, b)),
            (boxed(), proptest::collection::vec(text(), 0..3))
                .prop_map(|(of, path)| ExprKind::Has(of, spanned(path))),
            (boxed(), proptest::collection::vec(element, 0..4))
                .prop_map(|(of, pattern)| ExprKind::Like(of, spanned(pattern))),
            (boxed(), text(), proptest::option::of(boxed()))
                .prop_map(|(of, ty, within)| ExprKind::Is(of, spanned(ty), within)),
            (boxed(), text()).prop_map(|(of, name)| ExprKind::Attr(of, spanned(name))),
            (text(), many()).prop_map(|(name, args)| ExprKind::Call(spanned(name), args)),
            (boxed(), text(), many()).prop_map(|(of, name, args)| ExprKind::Method(
                of,
                spanned(name),
                args
            )),
            many().prop_map(ExprKind::Set),
            proptest::collection::vec((text().prop_map(spanned), inner.clone()), 0..3)
                .prop_map(ExprKind::Record),
        ]
        .prop_map(made)
    })
}

/// The expression that a node stands for.
fn read(tree: &Tree) -> Expr {
    let content = String::from_utf8_lossy(&tree.content).into_owned();
    let all = || tree.children.iter().map(read).collect::<Vec<_>>();
    let at = |n: usize| Box::new(read(&tree.children[n]));
    made(match tree.tag.as_str() {
        "true" => ExprKind::Literal(Literal::Bool(true)),
        "false" => ExprKind::Literal(Literal::Bool(false)),
        "long" => ExprKind::Literal(Literal::Long(u64::from_le_bytes(
            tree.content.as_slice().try_into().unwrap(),
        ))),
        "string" => ExprKind::Literal(Literal::String(content)),
        "entity" => ExprKind::Entity(Entity {
            ty: String::from_utf8(tree.children[0].content.clone()).unwrap(),
            id: content,
        }),
        "variable" => ExprKind::Var(VARS.into_iter().find(|of| of.as_str() == content).unwrap()),
        "slot" => ExprKind::Slot(content),
        "if" => ExprKind::If(at(0), at(1), at(2)),
        "&&" => ExprKind::And(all()),
        "||" => ExprKind::Or(all()),
        "not" => ExprKind::Unary(UnaryOp::Not, at(0)),
        "negative" => ExprKind::Unary(UnaryOp::Neg, at(0)),
        "binary" => {
            let op = BINARY.into_iter().find(|of| of.as_str() == content);
            ExprKind::Binary(op.unwrap(), at(0), at(1))
        }
        "is" => {
            let within = (tree.children.len() > 1).then(|| at(1));
            ExprKind::Is(at(0), spanned(content), within)
        }
        "attribute" => ExprKind::Attr(at(0), spanned(content)),
        "call" => ExprKind::Call(spanned(content), all()),
        "method" => {
            let args = tree.children.iter().skip(1).map(read).collect();
            ExprKind::Method(at(0), spanned(content), args)
        }
        "set" => ExprKind::Set(all()),
        "record" => ExprKind::Record(
            (tree.children.iter())
                .map(|field| {
                    let name = String::from_utf8(field.content.clone()).unwrap();
                    (spanned(name), read(&field.children[0]))
                })
                .collect(),
        ),
        "has" => ExprKind::Has(
            at(0),
            spanned(
                (tree.children.iter().skip(1))
                    .map(|name| String::from_utf8(name.content.clone()).unwrap())
                    .collect(),
            ),
        ),
        "like" => {
            let mut pattern = Vec::new();
            for (n, part) in tree.children.iter().skip(1).enumerate() {
                if n > 0 {
                    pattern.push(PatternElement::Wildcard);
                }
                let text = String::from_utf8(part.content.clone()).unwrap();
                pattern.extend(text.chars().map(PatternElement::Char));
            }
            ExprKind::Like(at(0), spanned(pattern))
        }
        other => panic!("{other}"),
    })
}

proptest! {
    #[test]
    fn an_expression_can_be_read_back_from_what_is_hashed(of in expression()) {
        let tree = decode(&bytes("expression", |nodes| expr(nodes, &of))).unwrap();
        prop_assert_eq!(tree.children.len(), 1);
        prop_assert!(read(&tree.children[0]).same(&of));
    }

    #[test]
    fn expressions_have_one_digest_only_where_they_are_the_same(a in expression(), b in expression()) {
        prop_assert_eq!(canonical_expr(&a) == canonical_expr(&b), a.same(&b));
        // So does the text by which checks compare expressions.
        let key = crate::analysis::logic::key;
        prop_assert_eq!(key(&a) == key(&b), a.same(&b));
    }
}

fn form(text: &str) -> [u8; 32] {
    let parsed = crate::cedar::parse::parse(&Arc::from(text));
    parsed.unwrap().policy.canonical
}

#[test]
fn policies_that_differ_have_different_digests() {
    let all = [
        r#"permit(principal, action, resource) when { {a: (true && false)}.a };"#,
        r#"permit(principal, action, resource) when { {a: true, "\u{12}": false}.a };"#,
        r#"permit(principal, action, resource) when { {a: (true || false)}.a };"#,
        r#"permit(principal, action, resource) when { {a: true, "\u{13}": false}.a };"#,
        r#"permit(principal, action, resource) when { {a: [1, 2]} has "\u{1d}" };"#,
        r#"permit(principal, action, resource) when { {a: 1, "\u{1d}": 2} has "\u{1d}" };"#,
        r#"permit(principal, action, resource) when { {"": 1} has "" };"#,
        r#"permit(principal, action, resource) when { {} has "" };"#,
        r#"permit(principal, action, resource) when { {a: {b: 1}} has a };"#,
        r#"permit(principal, action, resource) when { {a: {}, b: 1} has a };"#,
        r#"permit(principal, action, resource) when { {b: 1, a: {}} has a };"#,
        r#"permit(principal, action, resource) when { context has a.b };"#,
        r#"permit(principal, action, resource) when { context has "a.b" };"#,
        r#"permit(principal, action, resource) when { context.a == 1 };"#,
        r#"permit(principal, action, resource) when { context.a == "1" };"#,
        r#"permit(principal, action, resource) when { context.a like "*" };"#,
        r#"permit(principal, action, resource) when { context.a like "\*" };"#,
        r#"permit(principal, action, resource) when { context.a like "" };"#,
        r#"permit(principal, action, resource) when { [] == [[]] };"#,
        r#"permit(principal, action, resource) when { [[], []] == [] };"#,
        r#"permit(principal, action, resource) when { true } when { false };"#,
        r#"permit(principal, action, resource) when { true && false };"#,
        r#"permit(principal, action, resource) when { true } unless { false };"#,
        r#"permit(principal, action, resource);"#,
        r#"forbid(principal, action, resource);"#,
        r#"permit(principal is A, action, resource);"#,
        r#"permit(principal, action, resource is A);"#,
        r#"permit(principal == A::"a", action, resource);"#,
        r#"permit(principal in A::"a", action, resource);"#,
        r#"permit(principal is A in A::"a", action, resource);"#,
        r#"permit(principal == ?principal, action, resource);"#,
        r#"permit(principal in ?principal, action, resource);"#,
        r#"permit(principal, action in [], resource);"#,
        r#"permit(principal, action == Action::"a", resource);"#,
        r#"permit(principal, action in Action::"a", resource);"#,
        r#"permit(principal, action in [Action::"a"], resource);"#,
    ];
    for (n, one) in all.iter().enumerate() {
        for other in all.iter().skip(n + 1) {
            assert_ne!(form(one), form(other), "{one}\n{other}");
        }
    }
    assert_eq!(
        form("permit(principal,action,resource)when{{a:((true))}.a};"),
        form(
            "@x(\"y\") permit (principal, action, resource) // z\nwhen { {\"a\": true}[\"\\u{61}\"] };"
        )
    );
}
