//! The annotations that bound a permit, and whether one permit is bound less than another.
//!
//! Cedar does not read annotations, so a permit that loses one allows the same. But people approved it as it was:
//! for a time, for an incident, until somebody looks again.

use super::expiry;
use crate::facts::Policy;
use crate::schema::classify::is_yes;

/// Annotations that set a permit apart from standing access.
const MARKS: [&str; 3] = ["jit", "exception", "breakglass"];

/// Whether a permit has an annotation, other than as `false`, `no` or `none`.
pub(crate) fn is_set(policy: &Policy, key: &str) -> bool {
    policy.is_permit() && policy.annotation_value(key).is_some_and(is_yes)
}

/// Whether it is a permit that is meant to end.
pub(crate) fn is_temporary(policy: &Policy) -> bool {
    MARKS.iter().any(|key| is_set(policy, key)) || is_set(policy, "expires")
}

/// What bounds the first permit and does not bound the second, or bounds it less: a part of a sentence each.
pub(crate) fn loosened(before: &Policy, after: &Policy) -> Vec<String> {
    let mut out = Vec::new();
    if !before.is_permit() || !after.is_permit() {
        return out;
    }
    for key in MARKS {
        if is_set(before, key) && !is_set(after, key) {
            out.push(format!("no longer has `@{key}`"));
        }
    }
    let said = |policy: &Policy, key: &str| -> Option<String> {
        let value = policy.annotation_value(key)?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    };
    // Exceptions and break-glass permits have factors of their own.
    if is_set(before, "jit") && is_set(after, "jit") {
        let before = said(before, "jit");
        if before.is_some() && before != said(after, "jit") {
            out.push("says something else by `@jit`".to_owned());
        }
    }
    out.extend(expires(before, after));
    if is_temporary(before) {
        out.extend(ends_later(before, after));
    }
    match (said(before, "revoke_on"), said(after, "revoke_on")) {
        (Some(_), None) => out.push("no longer has `@revoke_on`".to_owned()),
        (Some(before), Some(after)) if before != after => out.push(format!(
            "is no longer revoked on `{before}` but on `{after}`"
        )),
        _ => {}
    }
    if is_set(before, "recertify_by") && !is_set(after, "recertify_by") {
        out.push("no longer has `@recertify_by`".to_owned());
    }
    for key in asking(before).chain(asking(after)) {
        let (was, is) = (before.annotation_value(key), after.annotation_value(key));
        let loosens = match (was, is) {
            (Some(was), Some(is)) => was.trim() != is.trim() && is_yes(was),
            (Some(was), None) => is_yes(was),
            (None, Some(is)) => !is_yes(is),
            (None, None) => false,
        };
        let what = format!("asks for something else, or for nothing, by `@{key}`");
        if loosens && !out.contains(&what) {
            out.push(what);
        }
    }
    out
}

fn expires(before: &Policy, after: &Policy) -> Option<String> {
    before.annotation("expires")?;
    if after.annotation("expires").is_none() {
        return Some("no longer has `@expires`".to_owned());
    }
    // What was no date bounded nothing.
    let was = expiry::annotated(before)?;
    match expiry::annotated(after) {
        None => Some("has an `@expires` that is not a date".to_owned()),
        Some(is) if is.end > was.end => Some(format!(
            "expires on `{}` and no longer on `{}`",
            is.text, was.text
        )),
        Some(_) => None,
    }
}

/// That the conditions end it later, or not at all.
fn ends_later(before: &Policy, after: &Policy) -> Option<String> {
    let is_later = match (expiry::enforced(before), expiry::enforced(after)) {
        (Some(was), Some(is)) => is.millis > was.millis,
        (Some(_), None) => true,
        (None, _) => expiry::is_time_bound(before) && !expiry::is_time_bound(after),
    };
    is_later.then(|| "ends later by its conditions, or never".to_owned())
}

/// The annotations by which a host may ask somebody before it lets a request through.
fn asking(policy: &Policy) -> impl Iterator<Item = &str> {
    const PARTS: [&str; 8] = [
        "approv",
        "stepup",
        "mfa",
        "twoperson",
        "foureyes",
        "consent",
        "confirm",
        "review",
    ];
    let keys = policy.annotations.iter().map(|of| of.key.value.as_str());
    keys.filter(|key| {
        let plain: String = key
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        PARTS.iter().any(|part| plain.contains(part))
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::Arc;

    use super::*;

    fn count(before: &str, after: &str) -> usize {
        let policy = |annotations: &str| {
            let (annotations, condition) = annotations.split_once('|').unwrap_or((annotations, ""));
            let text = format!("{annotations} permit (principal, action, resource) {condition};");
            crate::cedar::parse::parse(&Arc::from(text)).unwrap().policy
        };
        let (before, after) = (policy(before), policy(after));
        assert!(loosened(&before, &before).is_empty());
        loosened(&before, &after).len()
    }

    #[test]
    fn what_is_dropped_or_later_is_looser_and_what_is_added_or_sooner_is_not() {
        let january = r#"@expires("2027-01-31")"#;
        let march = r#"@expires("2027-03-31")"#;
        for (before, after, looser) in [
            ("@jit", "", 1),
            ("@jit", r#"@jit("false")"#, 1),
            ("", "@jit", 0),
            ("@jit", r#"@jit("no")"#, 1),
            (r#"@jit("4h")"#, r#"@jit("4000h")"#, 1),
            ("@jit", r#"@jit("4h")"#, 0),
            (r#"@jit("false")"#, "", 0),
            ("@exception(\"e\") @breakglass", "", 2),
            (january, march, 1),
            (march, january, 0),
            (january, "", 1),
            (january, r#"@expires("soon")"#, 1),
            (r#"@expires("soon")"#, january, 0),
            ("", january, 0),
            (r#"@revoke_on("closed")"#, "", 1),
            (r#"@revoke_on("closed")"#, r#"@revoke_on("never")"#, 1),
            ("", r#"@revoke_on("closed")"#, 0),
            (r#"@recertify_by("2027-01-31")"#, "", 1),
            (
                r#"@recertify_by("2027-01-31")"#,
                r#"@recertify_by("2027-07-31")"#,
                0,
            ),
            (r#"@approval("step_up")"#, "", 1),
            (r#"@requires_approval"#, "", 1),
            ("", r#"@approval("none")"#, 1),
            ("", r#"@approval("step_up")"#, 0),
            (r#"@approval("none")"#, r#"@approval("step_up")"#, 0),
            (r#"@owner("docs")"#, "", 0),
        ] {
            assert_eq!(count(before, after), looser, "{before} → {after}");
        }
    }

    #[test]
    fn the_conditions_of_what_is_temporary_count_too() {
        let early = r#"when { context.now < datetime("2027-01-31") }"#;
        let late = r#"when { context.now < datetime("2028-01-31") }"#;
        assert_eq!(count(&format!("@jit|{early}"), &format!("@jit|{late}")), 1);
        assert_eq!(count(&format!("@jit|{early}"), "@jit|"), 1);
        assert_eq!(count(&format!("@jit|{late}"), &format!("@jit|{early}")), 0);
        assert_eq!(count(&format!("|{early}"), "|"), 0);
    }
}
