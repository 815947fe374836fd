//! Names that nothing declares, and the declared one that was probably meant.

use std::collections::BTreeSet;

use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::RawName;
use cedar_policy_core::validator::json_schema::{ActionType, Type, TypeVariant};

use super::places::advice;
use super::{Fragments, Report};
use crate::cedar::schema::outline::{Decl, Kind, Ref, RefKind};
use crate::cedar::schema::repair;
use crate::codes::cedar_schema as codes;

impl<'p> Report<'p, '_> {
    pub(super) fn undefined_types(&mut self, message: &str, fragments: &mut Fragments) -> bool {
        let names: BTreeSet<&str> = message
            .split_once(": ")
            .map_or("", |(_, names)| names)
            .split(", ")
            .collect();
        let mut progress = false;
        for name in names {
            let of_name = |_: &Decl, r: &Ref| r.text == name;
            let undeclared = |d: &Decl, r: &Ref| r.text == name && !self.is_type(d, name);
            let mut found = self.refs(RefKind::Type, undeclared);
            // A file whose errors are reported may well declare it.
            let mut known = self.opaque;
            if found.is_empty() {
                // Declared, but as the other kind: a common type where an entity type is needed, say.
                found = self.refs(RefKind::Type, of_name);
                known |= self.parts.iter().any(|p| p.broken);
            }
            for at in &found {
                let namespace = self.namespace_at(*at);
                if !known {
                    let help = self.did_you_mean(name, &namespace);
                    self.add_with(
                        &codes::TYPE_NOT_DEFINED,
                        *at,
                        format!("the type `{name}` is not defined"),
                        help,
                    );
                }
                let (space, base) = match name.rsplit_once("::") {
                    Some((space, base)) => (space, base),
                    None => (namespace.as_str(), name),
                };
                progress |= repair::declare(fragments, space, base);
            }
        }
        progress
    }

    /// Whether a declaration's namespace, or none, declares the type.
    fn is_type(&self, user: &Decl, name: &str) -> bool {
        self.types.contains(name) || self.types.contains(&format!("{}::{name}", user.namespace))
    }

    pub(super) fn undefined_actions(&mut self, message: &str, fragments: &mut Fragments) -> bool {
        let names = |r: &Ref| message.contains(&format!("::\"{}\"", r.text.escape_debug()));
        let declared = |d: &Decl, r: &Ref| {
            let uid = format!("Action::\"{}\"", r.text.escape_debug());
            self.actions.contains(&uid) || self.actions.contains(&format!("{}::{uid}", d.namespace))
        };
        let mut found = self.refs(RefKind::Action, |d, r| names(r) && !declared(d, r));
        let mut known = self.opaque;
        if found.is_empty() {
            found = self.refs(RefKind::Action, |_, r| names(r));
            known |= self.parts.iter().any(|p| p.broken);
        }
        for at in found {
            if known {
                break;
            }
            let id = self.text(at);
            let namespace = self.namespace_at(at);
            let known: Vec<String> = self
                .parts
                .iter()
                .flat_map(|p| &p.outline.decls)
                .filter(|d| d.kind == Kind::Action && d.namespace == namespace)
                .map(|d| d.name.clone())
                .collect();
            let help = nearest(id.trim_matches('"'), known.iter().map(String::as_str)).map_or_else(
                || "declare the group as an action, or correct the name".to_owned(),
                |near| format!("did you mean `{near}`"),
            );
            self.add_with(
                &codes::ACTION_NOT_DEFINED,
                at,
                format!(
                    "the action group `{}` is not declared",
                    id.trim_matches('"')
                ),
                help,
            );
        }
        let gone = |action: &mut ActionType<RawName>| {
            if let Some(parents) = &mut action.member_of {
                parents.retain(|p| !message.contains(&p.to_string()));
            }
        };
        repair::actions(fragments, |_| true, gone)
    }

    pub(super) fn unknown_extension(&mut self, fragments: &mut Fragments) -> bool {
        let known: BTreeSet<String> = Extensions::all_available()
            .ext_types()
            .map(ToString::to_string)
            .collect();
        let mut found = self.refs(RefKind::Extension, |_, r| !known.contains(&r.text));
        found.sort();
        for at in found {
            let name = self.text(at);
            let help = nearest(&name, known.iter().map(String::as_str)).map_or_else(
                || advice(&codes::UNKNOWN_EXTENSION_TYPE).to_owned(),
                |near| format!("did you mean `{near}`"),
            );
            self.add_with(
                &codes::UNKNOWN_EXTENSION_TYPE,
                at,
                format!("Cedar has no extension type `{name}`"),
                help,
            );
        }
        repair::types(fragments, &mut |ty| {
            if let Type::Type {
                ty: TypeVariant::Extension { .. },
                ..
            } = ty
            {
                *ty = repair::empty_record();
            }
        });
        true
    }

    fn did_you_mean(&self, name: &str, namespace: &str) -> String {
        let visible = |full: &'p str| {
            full.strip_prefix(namespace)
                .and_then(|rest| rest.strip_prefix("::"))
                .unwrap_or(full)
        };
        let declared: Vec<&str> = self
            .parts
            .iter()
            .flat_map(|p| &p.outline.decls)
            .filter(|d| matches!(d.kind, Kind::Entity | Kind::Common))
            .map(|d| d.name.as_str())
            .filter(|d| *d != name)
            .collect();
        let base = name.rsplit("::").next().unwrap_or(name);
        // The same name in another namespace is the likelier mistake than a slip of the pen.
        if let Some(elsewhere) = self
            .types
            .iter()
            .find(|t| t.rsplit("::").next() == Some(base) && t.as_str() != name)
            && !elsewhere.starts_with(&format!("{namespace}::"))
        {
            return format!("did you mean `{elsewhere}`");
        }
        const BUILTIN: [&str; 8] = [
            "Bool", "Long", "String", "Set", "ipaddr", "decimal", "datetime", "duration",
        ];
        nearest(base, declared.into_iter().chain(BUILTIN)).map_or_else(
            || advice(&codes::TYPE_NOT_DEFINED).to_owned(),
            |near| format!("did you mean `{}`", visible(near)),
        )
    }
}

/// The name most like this one, if it is alike at all.
pub(in crate::cedar) fn nearest<'n>(
    name: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    known
        .into_iter()
        .map(|other| (strsim::damerau_levenshtein(name, other), other))
        .filter(|(distance, other)| *distance <= 2 && *distance < other.len())
        .min()
        .map(|(_, other)| other)
}
