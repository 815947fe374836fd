//! An annotation of the schema that is not in the vocabulary.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Check, Run, SchemaContext};
use crate::config::Vocabulary;
use crate::config::words::{any_of, nearest, shown};
use crate::finding::{Finding, Severity};
use crate::rules::{Profile, Rule};
use crate::schema::classify::{misspelt, unknown_word};
use crate::schema::{Attribute, Declared, Type};

static RULE: Rule = Rule {
    code: "unknown-schema-annotation",
    severity: Severity::Medium,
    summary: "an annotation of the schema, or its value, is not in the vocabulary",
    why: "Cedar accepts every annotation, and a word that is not known counts as the highest class, so that people must look at every use",
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
        let mut ty = &attribute.ty;
        while let Type::Set(of) = ty {
            ty = of;
        }
        if let Type::Record(fields) = ty {
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
        } else if let Some((word, known)) = unknown_word(key, value) {
            let meant = nearest(word, known.iter().copied());
            Finding::new(
                &RULE,
                at.span,
                format!("{} on {} is not in the vocabulary of `@{key}`", shown(word), shown(name)),
                match meant {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("write {}", any_of(known.iter().copied())),
                },
            )
        } else if let Some((word, meant)) = misspelt(key, value) {
            Finding::new(
                &RULE,
                at.span,
                format!("{} on {} is not in the vocabulary of `@{key}`", shown(word), shown(name)),
                format!("did you mean `{meant}`?"),
            )
        } else {
            continue;
        };
        out.push((Arc::clone(&at.file), finding));
    }
}
