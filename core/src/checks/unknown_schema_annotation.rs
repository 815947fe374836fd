//! An annotation of the schema that is not in the vocabulary.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Check, Run, SchemaContext};
use crate::config::Vocabulary;
use crate::config::words::{any_of, nearest, shown};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::schema::classify::misspelt;
use crate::schema::{Access, Attribute, Declared, PrincipalKind, Sensitivity, Trust, Type};

static RULE: Rule = Rule {
    code: "unknown-schema-annotation",
    severity: Severity::Medium,
    summary: "an annotation of the schema, or its value, is not in the vocabulary",
    why: "Cedar accepts every annotation, so a misspelled class counts as none and what it should guard stays unguarded",
    profile: Profile::Basic,
    suppressible: Some(Profile::Regulated),
    refs: &["ISO 27001:2022 A.5.12"],
    page: include_str!("unknown_schema_annotation.md"),
};

pub(super) static CHECK: Check = Check {
    rule: &RULE,
    run: Run::Schema(run),
};

fn run(cx: &SchemaContext<'_>, out: &mut Vec<(Arc<str>, Finding)>) {
    for (name, ty) in &cx.declared.entity_types {
        look(cx, &ty.annotations, ty.declared.as_ref(), name, out);
        attributes(cx, &ty.attributes, out);
    }
    for (entity, action) in &cx.declared.actions {
        look(cx, &action.annotations, action.declared.as_ref(), &entity.id, out);
        attributes(cx, &action.context, out);
    }
    // Common types are resolved wherever they are used.
    out.sort_by(|a, b| (&a.0, a.1.span, &a.1.message).cmp(&(&b.0, b.1.span, &b.1.message)));
    out.dedup();
}

fn attributes(
    cx: &SchemaContext<'_>,
    attributes: &BTreeMap<String, Attribute>,
    out: &mut Vec<(Arc<str>, Finding)>,
) {
    for (name, attribute) in attributes {
        look(cx, &attribute.annotations, attribute.declared.as_ref(), name, out);
        if let Type::Record(fields) = &attribute.ty {
            self::attributes(cx, fields, out);
        }
    }
}

fn look(
    cx: &SchemaContext<'_>,
    annotations: &BTreeMap<String, String>,
    declared: Option<&Declared>,
    name: &str,
    out: &mut Vec<(Arc<str>, Finding)>,
) {
    let Some(at) = declared else {
        return;
    };
    for (key, value) in annotations {
        let own = &cx.config.vocabulary.schema;
        let finding = if !Vocabulary::SCHEMA.contains(&key.as_str()) && !own.contains(key) {
            let known = Vocabulary::SCHEMA
                .iter()
                .copied()
                .chain(own.iter().map(String::as_str));
            let meant = nearest(key, known);
            // Whoever keeps to no vocabulary is told of what is misspelt alone.
            let is_slip = meant.is_some_and(|meant| key.len() > 3 && strsim::damerau_levenshtein(key, meant) == 1);
            if !is_slip && cx.config.profile < Profile::Governed {
                continue;
            }
            Finding::new(
                &RULE,
                at.span,
                format!(
                    "{} on {} is no annotation that is used here",
                    shown(&format!("@{key}")),
                    shown(name)
                ),
                match meant {
                    Some(meant) => format!("did you mean `@{meant}`?"),
                    None => "remove it, or add it to `vocabulary.schema` in portcullis.yaml".to_owned(),
                },
            )
        } else if let Some(classes) = classes(key).filter(|c| !c.contains(&value.as_str())) {
            Finding::new(
                &RULE,
                at.span,
                format!("{} on {} is no class of `@{key}`", shown(value), shown(name)),
                match nearest(value, classes.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("write {}", any_of(classes.iter().copied())),
                },
            )
        } else if let Some((word, meant)) = misspelt(key, value) {
            Finding::new(
                &RULE,
                at.span,
                format!("{} on {} is no word of `@{key}` that is known", shown(word), shown(name)),
                format!("did you mean `{meant}`?"),
            )
        } else {
            continue;
        };
        out.push((Arc::clone(&at.file), finding));
    }
}

/// The values that an annotation may have, where they are a closed list.
fn classes(key: &str) -> Option<&'static [&'static str]> {
    match key {
        "access" => Some(Access::NAMES),
        "sensitivity" => Some(Sensitivity::NAMES),
        "principal_kind" => Some(PrincipalKind::NAMES),
        "trust" => Some(Trust::NAMES),
        _ => None,
    }
}
