//! What a record says of its change, held against what is so.

use super::{Input, Refusal};
use crate::govern::directory::Kind;
use crate::govern::envelope::Purpose;
use crate::govern::log::Log;
use crate::tier::{TestControl, Tier, Trace};
use crate::time::Instant;

/// Adds whatever refuses the change whoever approves it, and what a reader should know.
pub(super) fn check(input: &Input<'_>, refusals: &mut Vec<Refusal>, notes: &mut Vec<String>) {
    let mut refuse = |id, message: String, help: &str| {
        refusals.push(Refusal {
            id,
            at: String::new(),
            span: input.places.record,
            message,
            help: help.to_owned(),
        });
    };
    bundles(input, &mut refuse, notes);
    tier(input, &mut refuse);
    times(input, &mut refuse);
    trace(input, &mut refuse);
    actors(input, &mut refuse);
    evidence(input, &mut refuse);
    if let Some(log) = input.evidence.log {
        log.missing_from(input.record, |message| {
            refuse(
                "gate.log",
                message,
                "put back what was taken out of the record",
            );
        });
        if let Some(entry) = log.followed(input.record) {
            refuse(
                "gate.replayed",
                format!(
                    "the change was published before, and `{}` was {} on {}: an approval is for one publication",
                    entry.change,
                    entry.event.as_str(),
                    entry.time
                ),
                "draft a change with another `id`, and let people approve it",
            );
        }
        follows(input, log, &mut refuse);
    }
}

/// The change replaces what the log has as published, and its record names that one's.
fn follows(input: &Input<'_>, log: &Log, refuse: &mut Refuse<'_>) {
    let Some(entry) = log.published(&input.record.id) else {
        // Where all was rolled back, the base of the first publication stands again.
        if let Some(first) = log.first_published(&input.record.id)
            && first.base != Some(input.base.semantic)
        {
            refuse(
                "gate.base-unpublished",
                format!(
                    "all that the log has as published was rolled back, and the base is not what `{}` replaced",
                    first.change
                ),
                "give as base what is in force now: the base of the first publication",
            );
        }
        return;
    };
    if entry.head != input.base.semantic {
        refuse(
            "gate.base-unpublished",
            format!(
                "the base is not what is published: the log has `{}` with the digest `{}`",
                entry.change, entry.head
            ),
            "give as base what is published, or write down in the log what was published since",
        );
    }
    if input.record.previous != Some(entry.record) {
        refuse(
            "gate.previous",
            format!(
                "`previous` is not the digest of the record of `{}`, which was published last: `{}`",
                entry.change, entry.record
            ),
            "draft the record anew with `portcullis change new --replace --log`, and let people approve what it says now",
        );
    }
}

type Refuse<'r> = dyn FnMut(&'static str, String, &str) + 'r;

/// The record is about these two bundles, and both could be read.
fn bundles(input: &Input<'_>, refuse: &mut Refuse<'_>, notes: &mut Vec<String>) {
    let record = input.record;
    for (id, name, recorded, now) in [
        ("gate.base-differs", "base", record.base, input.base),
        ("gate.head-differs", "head", record.head, input.head),
    ] {
        if recorded.semantic != now.semantic {
            refuse(
                id,
                format!(
                    "the record is about another {name}: it says `{}`, and the bundle is `{}`",
                    recorded.semantic, now.semantic
                ),
                "draft the record anew with `portcullis change new --replace`, and let people approve what it says now",
            );
        } else if recorded.source != now.source {
            notes.push(format!(
                "the {name} was formatted or commented otherwise since the record was drafted: read its comments again"
            ));
        }
    }
    if !input.head.unread.is_empty() {
        let some: Vec<&str> = input
            .head
            .unread
            .iter()
            .take(5)
            .map(String::as_str)
            .collect();
        refuse(
            "gate.unread",
            format!(
                "{} of the head cannot be read in full",
                crate::config::words::any_of(some)
            ),
            "repair what `portcullis check` reports",
        );
    }
    if record.report != Some(input.evidence.report) {
        let what = match record.report {
            None => "the record does not say what a check of the head finds",
            Some(_) => "a check of the head finds something else than when the record was drafted",
        };
        refuse(
            "gate.report-differs",
            format!("{what}: its digest is `{}` now", input.evidence.report),
            "read what `portcullis check` finds, and draft the record anew with `portcullis change new --replace`; approvals stay",
        );
    }
    if record.tests.is_some_and(|tests| tests != input.head.tests) {
        notes.push("the policy tests were changed since the record was drafted".to_owned());
    }
    if record.engine != env!("CARGO_PKG_VERSION") {
        notes.push(format!(
            "the record was drafted by version {}, and this is version {}",
            record.engine,
            env!("CARGO_PKG_VERSION")
        ));
    }
}

/// The record says the tier, the reasons and the requirements that hold.
fn tier(input: &Input<'_>, refuse: &mut Refuse<'_>) {
    let (record, verdict) = (input.record, input.verdict);
    match verdict.tier {
        Tier::Blocked => refuse(
            "gate.blocked",
            format!("the change is blocked by {}", list(&verdict.deciding())),
            "change what these reasons name; no approval can make up for it",
        ),
        Tier::Undetermined => refuse(
            "gate.undetermined",
            "how risky the change is could not be told".to_owned(),
            "repair what is wrong with the bundles, so that it can be told",
        ),
        Tier::Auto | Tier::Constrained | Tier::Human => {}
    }
    // Whatever is to be approved needs somebody to do it, whoever forgot to say so.
    if matches!(verdict.tier, Tier::Constrained | Tier::Human)
        && verdict.controls.requirements.is_empty()
    {
        refuse(
            "gate.uncontrolled",
            format!(
                "nobody has to approve a change of tier `{}`",
                verdict.tier.as_str()
            ),
            "let the configuration of the base say who approves such changes",
        );
    }
    let requirements = verdict.controls.describe();
    let says = |what: &str, recorded: &str, now: &str| {
        format!("the record says {what} {recorded}, but it is {now}")
    };
    let draft_anew = "draft the record anew with `portcullis change new --replace`, and let people approve what it says now";
    if record.tier != verdict.tier {
        let (recorded, now) = (record.tier.as_str(), verdict.tier.as_str());
        refuse(
            "gate.tier-differs",
            says("tier", &format!("`{recorded}`"), &format!("`{now}`")),
            draft_anew,
        );
    }
    if record.reasons != verdict.deciding() {
        let recorded: Vec<&str> = record.reasons.iter().map(String::as_str).collect();
        refuse(
            "gate.reasons-differ",
            says(
                "that the reasons are",
                &list(&recorded),
                &list(&verdict.deciding()),
            ),
            draft_anew,
        );
    }
    if record.requirements != requirements {
        let shown = |all: &[String]| list(&all.iter().map(String::as_str).collect::<Vec<_>>());
        refuse(
            "gate.requirements-differ",
            says(
                "that what is required is",
                &shown(&record.requirements),
                &shown(&requirements),
            ),
            draft_anew,
        );
    }
}

/// Words in a row, or that there are none.
fn list(words: &[&str]) -> String {
    if words.is_empty() {
        return "none".to_owned();
    }
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

/// The change is valid now, and ends and is looked at again when it must be.
fn times(input: &Input<'_>, refuse: &mut Refuse<'_>) {
    let (record, controls, now) = (input.record, &input.verdict.controls, input.as_of);
    if let Some(from) = record.valid_from.filter(|from| now < *from) {
        refuse(
            "gate.not-yet-valid",
            format!("the change is not valid before {from}"),
            "wait until then",
        );
    }
    if let Some(expired) = record.expires.filter(|expires| *expires <= now) {
        refuse(
            "gate.expired",
            format!("the change expired on {expired}"),
            "ask for it anew",
        );
    }
    let ends = [
        ("expires", record.expires),
        ("recertify_by", record.recertify_by),
    ];
    for (key, end) in ends {
        if let (Some(from), Some(end)) = (record.valid_from, end)
            && end <= from
        {
            refuse(
                "gate.never-valid",
                format!("the change is valid from {from} on, and `{key}` is {end}"),
                "let it end after it begins",
            );
        }
    }
    if let Some(until) = record.retain_until.filter(|until| *until <= now) {
        refuse(
            "gate.retention",
            format!("the record is to be kept until {until}, which is over"),
            "choose a later time, and let people approve it",
        );
    }
    if let Some(by) = record.recertify_by.filter(|by| *by <= now) {
        refuse(
            "gate.recertification-overdue",
            format!("somebody had to look at the change again by {by}"),
            "ask for it anew",
        );
    }
    let bounds = [
        (
            "gate.expiry",
            "expires",
            record.expires,
            controls.expires_within_days,
        ),
        (
            "gate.recertification",
            "recertify_by",
            record.recertify_by,
            controls.recertify_within_days,
        ),
    ];
    for (id, key, date, most) in bounds {
        let Some(days) = most else { continue };
        let latest = record
            .valid_from
            .unwrap_or(now)
            .max(now)
            .plus_days(i64::from(days));
        let in_time = |date: Instant| latest.is_none_or(|latest| date <= latest);
        match date {
            None => refuse(
                id,
                format!("the record must say `{key}`, at most {days} days from now"),
                "add it, and let people approve it",
            ),
            Some(date) if !in_time(date) => refuse(
                id,
                format!("`{key}` is {date}, more than {days} days from now"),
                "choose an earlier time, and let people approve it",
            ),
            Some(_) => {}
        }
    }
}

/// What the controls want to be named is named, and exists.
fn trace(input: &Input<'_>, refuse: &mut Refuse<'_>) {
    let record = input.record;
    for trace in &input.verdict.controls.trace {
        let named = match trace {
            Trace::Owner => record.owner.is_some(),
            Trace::Ticket => record.ticket.is_some(),
            Trace::Justification => record.justification.is_some(),
            Trace::Rollback => record.rollback.is_some(),
            Trace::RetainUntil => record.retain_until.is_some(),
        };
        if !named {
            refuse(
                "gate.trace",
                format!("the record must say `{}`", trace.as_str()),
                "add it, and let people approve it",
            );
        }
    }
    if let Some(owner) = &record.owner {
        let is_accountable = input
            .directory
            .people
            .get(owner)
            .is_some_and(|person| person.kind == Kind::Human && person.is_active(input.as_of));
        if !is_accountable {
            refuse(
                "gate.owner",
                format!("the owner `{owner}` is no human of the directory who is still there"),
                "name somebody who can be held to account",
            );
        }
    }
    if let Some(rollback) = record.rollback {
        let is_known = rollback == input.base.semantic
            || input
                .evidence
                .log
                .is_some_and(|log| log.has_published(rollback));
        if !is_known {
            refuse(
                "gate.rollback",
                format!("nothing that was published has the digest `{rollback}` to go back to"),
                "name the digest of the base",
            );
        } else if !input.evidence.passing.contains(&rollback) {
            let (message, help) = if rollback == input.base.semantic {
                (
                    "the base does not pass today's checks, so there is nothing to go back to",
                    "name an earlier set that the log has, or repair the base first",
                )
            } else {
                (
                    "the set to go back to was not given, or does not pass today's checks",
                    "give it with `--baseline`, or name the digest of the base",
                )
            };
            refuse("gate.rollback", message.to_owned(), help);
        }
    }
}

/// Who had a part in the change is known, and not by the record's word alone.
fn actors(input: &Input<'_>, refuse: &mut Refuse<'_>) {
    let (record, directory) = (input.record, input.directory);
    if let Some(actors) = input.evidence.actors {
        let same = actors.author == record.author
            && actors.drafter == record.drafter
            && actors.last_editor == record.last_editor;
        if !same {
            refuse(
                "gate.actors",
                "the record names another author, drafter or last editor than the host does"
                    .to_owned(),
                "correct the record, and let people approve it",
            );
        }
    }
    let mut people = vec![
        ("author", &record.author),
        ("last editor", &record.last_editor),
    ];
    if record.drafter.kind != Kind::Model {
        people.push(("drafter", &record.drafter.id));
    }
    for (what, name) in people {
        if !directory.people.contains_key(name) {
            refuse(
                "gate.unknown-actor",
                format!("the {what} `{name}` is not in the directory"),
                "name somebody whom the directory of the base has",
            );
        }
    }
    if !record.drafter.kind.can_approve() && record.drafter.prompt.is_none() {
        refuse(
            "gate.prompt",
            format!(
                "the {} `{}` drafted the change, and the record does not say what it was asked",
                record.drafter.kind.as_str(),
                record.drafter.id
            ),
            "draft the record anew with `portcullis change new --replace --prompt`, and let people approve what it says now",
        );
    }
    if let Some(person) = directory.people.get(&record.drafter.id)
        && person.kind != record.drafter.kind
    {
        refuse(
            "gate.unknown-actor",
            format!(
                "the drafter `{}` is a {} in the directory, and not a {}",
                record.drafter.id,
                person.kind.as_str(),
                record.drafter.kind.as_str()
            ),
            "correct the record, and let people approve it",
        );
    }
    // Even what nobody has to approve has an author, and that is not for anybody to say.
    let needed = input.evidence.actors.is_none();
    match (&record.submission, directory.people.get(&record.author)) {
        (None, _) if needed => refuse(
            "gate.unsubmitted",
            "the author has not signed the record, so anybody could have written that name"
                .to_owned(),
            "sign it with `portcullis change submit`",
        ),
        (Some(envelope), Some(author)) => match envelope.verify(author, Purpose::Submission) {
            Err(flaw) => refuse(
                "gate.submission",
                format!("the author's signature proves nothing: {}", flaw.message()),
                "sign it with `portcullis change submit`",
            ),
            Ok(statement) if statement.change != record.terms() => refuse(
                "gate.submission",
                "the record is not what the author signed".to_owned(),
                "sign it again with `portcullis change submit`",
            ),
            Ok(_) => {}
        },
        _ => {}
    }
}

/// The tests show what they must.
fn evidence(input: &Input<'_>, refuse: &mut Refuse<'_>) {
    for control in &input.verdict.controls.tests {
        if !input.evidence.tests.contains(control) {
            refuse(
                "gate.tests",
                format!("the policy tests do not show `{}`", control.as_str()),
                match control {
                    TestControl::SuiteGreen => {
                        "repair what `portcullis test` reports of the head; a bundle without tests needs some"
                    }
                    _ => "add the cases that `portcullis test --suggest` shows",
                },
            );
        }
    }
}
