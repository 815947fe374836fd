//! The only place that names Cedar's crates: parse, type-check, evaluate, spans.
//!
//! `cedar-policy-core` makes no promise of compatibility, so its version is pinned exactly and nothing
//! outside this folder may use it.

pub mod entities;
pub mod evaluate;
pub mod format;
pub mod links;
mod lower;
pub mod parse;
pub mod parse_errors;
pub mod schema;
pub mod validate;

pub use cedar_policy_core::validator::{Validator, ValidatorSchema};

/// The version of Cedar that decides; Cargo.toml pins it.
pub const VERSION: &str = "4.14.1";

/// An entity as it is written in a policy, in our form.
pub(crate) fn entity(text: &str) -> Option<crate::facts::Entity> {
    entity_uid(text).map(|uid| {
        let (ty, id) = uid.components();
        crate::facts::Entity {
            ty: ty.to_string(),
            id: id.into_smolstr().to_string(),
        }
    })
}

/// An entity as it is written in a policy: `App::User::"alice"`, blanks at the ends allowed. Not through
/// Cedar's own parser of references, which is 60 KB of module for these few lines.
fn entity_uid(text: &str) -> Option<cedar_policy_core::ast::EntityUID> {
    use cedar_policy_core::FromNormalizedStr;
    use cedar_policy_core::ast::{Eid, EntityUID, Name};
    use cedar_policy_core::parser::unescape::to_unescaped_string;
    let (ty, id) = text.trim().split_once("::\"")?;
    let id = id.strip_suffix('"')?;
    let quoted = format!("\"{id}\"");
    let whole = crate::source::token_at(&quoted, 0)?;
    if whole.kind != crate::source::TokenKind::String || whole.span.end as usize != quoted.len() {
        return None;
    }
    // The parser sets itself up anew in every call; most names need none.
    let ty = match Name::from_normalized_str(ty) {
        Ok(ty) => ty,
        Err(_) => ty.parse().ok()?,
    };
    let id = to_unescaped_string(id).ok()?;
    Some(EntityUID::from_components(ty.into(), Eid::new(id), None))
}
