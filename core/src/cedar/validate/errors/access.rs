//! Reads of attributes and tags that may not be there.

use cedar_policy_core::ast::{EntityType, Template, is_normalized_ident};
use cedar_policy_core::parser::Loc;
use cedar_policy_core::validator::validation_errors::{
    AttributeAccess, NoTagsAllowed, UnsafeAttributeAccess, UnsafeOptionalAttributeAccess,
    UnsafeTagAccess,
};
use smol_str::SmolStr;

use super::{replace, whole};
use crate::cedar::validate::Subject;
use crate::cedar::validate::names::is_close;
use crate::cedar::validate::place::{self, Access, Step};
use crate::codes::cedar_validate as codes;
use crate::finding::{Finding, Fix, TextEdit};
use crate::source::Span;

pub(super) fn attribute(template: &Template, error: &UnsafeAttributeAccess) -> Finding {
    let names = names(&error.attribute_access);
    let (span, step) = locate(
        template,
        error.source_loc.as_ref(),
        &Access::Attribute(names),
    );
    let name = names.first().map_or("", SmolStr::as_str);
    let close = error
        .suggestion
        .as_deref()
        .filter(|suggested| is_close(name, suggested));
    let finding = Finding::new(
        &codes::UNSAFE_ATTRIBUTE,
        span,
        format!("there is no attribute {}", shown(&error.attribute_access)),
        match close {
            Some(suggested) => format!("did you mean `{suggested}`?"),
            None => "read an attribute that the schema declares, or declare it".to_owned(),
        },
    );
    let text = error.source_loc.as_ref().map(|loc| &*loc.src);
    match (close, step, text) {
        (Some(suggested), Some(step), Some(text)) if is_normalized_ident(suggested) => {
            let end = Span::new(step.base.end, step.span.end);
            match last_name(end.text(text), name) {
                Some(offset) => {
                    let start = end.start.saturating_add(offset);
                    finding.fix(replace(Span::new(start, end.end), name, suggested))
                }
                None => finding,
            }
        }
        _ => finding,
    }
}

pub(super) fn optional_attribute(
    template: &Template,
    error: &UnsafeOptionalAttributeAccess,
) -> Finding {
    let names = names(&error.attribute_access);
    let (span, step) = locate(
        template,
        error.source_loc.as_ref(),
        &Access::Attribute(names),
    );
    let name = names.first().map_or("", SmolStr::as_str);
    let tested = if is_normalized_ident(name) {
        name.to_owned()
    } else {
        format!("\"{}\"", name.escape_debug())
    };
    let message = format!(
        "the optional attribute {} may be absent",
        shown(&error.attribute_access)
    );
    let guard = step.zip(error.source_loc.as_ref()).map(|(step, loc)| {
        let base = step.base.text(&loc.src).trim_end();
        format!("{base} has {tested}")
    });
    guarded(
        Finding::new(&codes::UNSAFE_OPTIONAL_ATTRIBUTE, span, message, ""),
        guard.unwrap_or_else(|| format!("… has {tested}")),
        step,
        error.source_loc.as_ref(),
    )
}

pub(super) fn tag(subject: Subject<'_>, error: &UnsafeTagAccess) -> Finding {
    let (span, step) = locate(subject.template, error.source_loc.as_ref(), &Access::Tag);
    let ty = error
        .entity_ty
        .as_ref()
        .and_then(|types| types.get_single_entity());
    // Cedar asks for a guard even where a guard would make the policy impossible.
    let tagless = ty
        .and_then(|ty| subject.schema.get_entity_type(ty))
        .is_some_and(|declared| declared.tag_type().is_none());
    if tagless {
        return without_tags(span, ty);
    }
    let on = ty.map_or_else(String::new, |ty| format!(" of `{ty}`"));
    let message = format!("the tag `{}`{on} may be absent", error.tag);
    let guard = step.zip(error.source_loc.as_ref()).map(|(step, loc)| {
        let base = step.base.text(&loc.src).trim_end();
        let call = Span::new(step.base.end, step.span.end).text(&loc.src);
        format!("{base}{}", call.replacen("getTag", "hasTag", 1))
    });
    guarded(
        Finding::new(&codes::UNSAFE_TAG_ACCESS, span, message, ""),
        guard.unwrap_or_else(|| format!("….hasTag({})", error.tag)),
        step,
        error.source_loc.as_ref(),
    )
}

pub(super) fn no_tags(template: &Template, error: &NoTagsAllowed) -> Finding {
    let (span, _) = locate(template, error.source_loc.as_ref(), &Access::Tag);
    without_tags(span, error.entity_ty.as_ref())
}

fn without_tags(span: Span, ty: Option<&EntityType>) -> Finding {
    let subject = ty.map_or_else(
        || "an entity of this type".to_owned(),
        |ty| format!("`{ty}`"),
    );
    Finding::new(
        &codes::NO_TAGS,
        span,
        format!("{subject} has no tags"),
        "declare `tags` for the type in the schema, or read an attribute",
    )
}

/// The attribute and what it is read of. For which action the context is, the finding says with its kinds of request,
/// so that it is one for all actions.
fn shown(access: &AttributeAccess) -> String {
    match access {
        AttributeAccess::Context(action, _) => {
            let whole = access.to_string();
            match whole.strip_suffix(&format!(" in context for {action}")) {
                Some(path) => format!("{path} in the context"),
                None => whole,
            }
        }
        _ => access.to_string(),
    }
}

/// The attribute, then those before it in the chain.
fn names(access: &AttributeAccess) -> &[SmolStr] {
    match access {
        AttributeAccess::EntityLUB(_, names)
        | AttributeAccess::Context(_, names)
        | AttributeAccess::Other(names) => names,
    }
}

fn locate(template: &Template, loc: Option<&Loc>, access: &Access<'_>) -> (Span, Option<Step>) {
    let step = loc.and_then(|loc| place::step(template, loc, access));
    let span = match (step, place::span(loc)) {
        (Some(step), _) => step.span,
        (None, Some(span)) => span,
        (None, None) => whole(template),
    };
    (span, step)
}

/// Says how to test first, and offers to write the test where it belongs.
fn guarded(finding: Finding, guard: String, step: Option<Step>, loc: Option<&Loc>) -> Finding {
    let finding = Finding {
        help: format!("test first: `{guard} && …`"),
        ..finding
    };
    let (Some(host), Some(loc)) = (step.and_then(|step| step.host), loc) else {
        return finding;
    };
    let before = loc.src.get(..host.start as usize).unwrap_or_default();
    let edits = if before.trim_end().ends_with('!') {
        vec![
            TextEdit::insert(host.start, format!("({guard} && ")),
            TextEdit::insert(host.end, ")"),
        ]
    } else {
        vec![TextEdit::insert(host.start, format!("{guard} && "))]
    };
    finding.fix(Fix::suggestion(format!("test with `{guard}` first"), edits))
}

/// Where `name` stands at the end of a step such as `.name`.
fn last_name(step: &str, name: &str) -> Option<u32> {
    let before = step.strip_suffix(name)?;
    let is_dot = before.trim_end().ends_with('.');
    if is_dot {
        u32::try_from(before.len()).ok()
    } else {
        None
    }
}
