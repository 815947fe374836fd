//! The outline of a JSON schema.

use super::{Decl, Field, Kind, Outline, Ref, RefKind};
use crate::source::Span;
use crate::source::json::{Member, Node};

pub(super) fn outline(root: &Node) -> Outline {
    let mut out = Outline::default();
    for namespace in root.members() {
        declare(&mut out, Kind::Namespace, "", namespace, Vec::new());
        for section in namespace.value.members() {
            for member in section.value.members() {
                match section.key.as_str() {
                    "entityTypes" => entity(&mut out, &namespace.key, member),
                    "commonTypes" => common(&mut out, &namespace.key, member),
                    "actions" => action(&mut out, &namespace.key, member),
                    _ => {}
                }
            }
        }
    }
    out
}

fn declare(out: &mut Outline, kind: Kind, namespace: &str, member: &Member, fields: Vec<Field>) {
    out.decls.push(Decl {
        kind,
        namespace: namespace.to_owned(),
        name: member.key.clone(),
        span: inside_quotes(member.key_span),
        fields,
    });
}

fn entity(out: &mut Outline, namespace: &str, member: &Member) {
    let fields = member.value.get("shape").map(fields).unwrap_or_default();
    declare(out, Kind::Entity, namespace, member, fields);
    names(out, member.value.get("memberOfTypes"));
    for key in ["shape", "tags"] {
        types(out, member.value.get(key));
    }
}

fn common(out: &mut Outline, namespace: &str, member: &Member) {
    declare(out, Kind::Common, namespace, member, fields(&member.value));
    types(out, Some(&member.value));
}

fn action(out: &mut Outline, namespace: &str, member: &Member) {
    let applies_to = member.value.get("appliesTo");
    let context = applies_to.and_then(|a| a.get("context"));
    let context_fields = context.map(fields).unwrap_or_default();
    declare(out, Kind::Action, namespace, member, context_fields);
    for parent in member.value.get("memberOf").map_or(&[][..], Node::elements) {
        if let Some(id) = parent.get("id") {
            refer(out, RefKind::Action, id);
        }
        if let Some(ty) = parent.get("type") {
            refer(out, RefKind::Type, ty);
        }
    }
    for key in ["principalTypes", "resourceTypes"] {
        names(out, applies_to.and_then(|a| a.get(key)));
    }
    types(out, context);
    feature(out, &member.value, "attributes");
}

fn names(out: &mut Outline, list: Option<&Node>) {
    for name in list.map_or(&[][..], Node::elements) {
        refer(out, RefKind::Type, name);
    }
}

/// Every type that is named in a type.
fn types(out: &mut Outline, ty: Option<&Node>) {
    let Some(ty) = ty else { return };
    ty.walk(&mut |node| {
        let (kind, name) = (node.get("type"), node.get("name"));
        match (kind.and_then(Node::as_str), name) {
            (Some("Extension"), Some(name)) => refer(out, RefKind::Extension, name),
            (Some("Entity" | "EntityOrCommon"), Some(name)) => refer(out, RefKind::Type, name),
            (Some("Record" | "Set" | "String" | "Long" | "Boolean" | "Bool"), _) => {}
            (Some(_), _) => {
                if let Some(name) = kind {
                    refer(out, RefKind::Type, name);
                }
            }
            (None, _) => {}
        }
        feature(out, node, "additionalAttributes");
    });
}

fn feature(out: &mut Outline, node: &Node, key: &str) {
    if let Some(member) = node.member(key) {
        let decl = out.decls.len().saturating_sub(1);
        out.refs.push(Ref {
            kind: RefKind::Feature,
            text: key.to_owned(),
            span: inside_quotes(member.key_span),
            decl,
        });
    }
}

fn refer(out: &mut Outline, kind: RefKind, name: &Node) {
    if let Some(text) = name.as_str() {
        out.refs.push(Ref {
            kind,
            text: text.to_owned(),
            span: inside_quotes(name.span),
            decl: out.decls.len().saturating_sub(1),
        });
    }
}

/// The fields of a record type, or of the records in a set.
fn fields(ty: &Node) -> Vec<Field> {
    if let Some(element) = ty.get("element") {
        return fields(element);
    }
    ty.get("attributes")
        .map_or(&[][..], Node::members)
        .iter()
        .map(|member| Field {
            name: member.key.clone(),
            span: inside_quotes(member.key_span),
            fields: fields(&member.value),
        })
        .collect()
}

const fn inside_quotes(span: Span) -> Span {
    Span::new(span.start.saturating_add(1), span.end.saturating_sub(1))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_declaration_and_name_is_found() {
        let text = r#"{"N": {
            "commonTypes": {"T": {"type": "Set", "element": {"type": "Record", "attributes": {"x": {"type": "Extension", "name": "ipaddr"}}}}},
            "entityTypes": {"U": {"memberOfTypes": ["G"], "shape": {"type": "Record", "attributes": {"t": {"type": "T"}}}}},
            "actions": {"go": {"memberOf": [{"id": "all"}], "appliesTo": {"principalTypes": ["U"], "resourceTypes": ["U"]}}}}}"#;
        let out = outline(&crate::source::json::parse(text).unwrap());
        let names: Vec<_> = out.decls.iter().map(Decl::full_name).collect();
        assert_eq!(names, ["N", "N::T", "N::U", "N::Action::\"go\""]);
        let refs: Vec<_> = out.refs.iter().map(|r| r.span.text(text)).collect();
        assert_eq!(refs, ["ipaddr", "G", "T", "all", "U", "U"]);
        assert_eq!(out.decls.get(1).unwrap().fields.first().unwrap().name, "x");
    }
}
