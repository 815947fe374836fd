//! What checks share: readings of a policy that more than one of them needs.

pub(crate) mod conditions;
pub(crate) mod edit;
pub(crate) mod expiry;
pub(crate) mod firsts;
pub(crate) mod grants;
pub(crate) mod logic;
pub(crate) mod metadata;
pub(crate) mod names;
pub(crate) mod optional_guard;
pub(crate) mod overflow;
pub(crate) mod reach;
pub(crate) mod reads;
pub(crate) mod related;
pub(crate) mod stranger;
pub(crate) mod verbs;
pub(crate) mod wording;
