//! What is due: access that has ended or soon will, what somebody must look at again, owners who are gone, and
//! exceptions that still stand.

use super::directory::{Directory, FILE_NAME, Kind};
use super::record;
use crate::source::{LineIndex, Position};
use crate::time::Instant;
use crate::workspace::{Annotated, Workspace};

/// Something that is due.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// Why.
    pub kind: DueKind,
    /// When it became or becomes due; `None` where no date says so.
    pub when: Option<Instant>,
    /// The file.
    pub file: String,
    /// The line.
    pub line: u32,
    /// One sentence.
    pub message: String,
}

/// Why something is due, the most pressing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DueKind {
    /// It cannot be read, so nobody knows what is due in it.
    Unreadable,
    /// It has ended and is still there.
    Expired,
    /// Somebody had to look at it again by now.
    RecertificationOverdue,
    /// Who is accountable for it is gone.
    OwnerGone,
    /// It is an exception or a break-glass policy.
    Standing,
    /// It ends soon.
    ExpiringSoon,
    /// Somebody must look at it again soon.
    RecertificationSoon,
}

impl DueKind {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Expired => "expired",
            Self::RecertificationOverdue => "recertification-overdue",
            Self::OwnerGone => "owner-gone",
            Self::Standing => "standing-exception",
            Self::ExpiringSoon => "expiring-soon",
            Self::RecertificationSoon => "recertification-soon",
        }
    }

    /// Whether something is wrong already, and not only soon.
    pub const fn is_overdue(self) -> bool {
        matches!(
            self,
            Self::Unreadable | Self::Expired | Self::RecertificationOverdue | Self::OwnerGone
        )
    }
}

/// Everything that is due in a bundle, or will be within so many days, the most pressing first.
pub fn review(
    workspace: &mut Workspace,
    directory: Option<&Directory>,
    within_days: u32,
    as_of: Instant,
) -> Vec<Due> {
    let soon = as_of.plus_days(i64::from(within_days)).unwrap_or(as_of);
    let mut review = Review {
        directory,
        as_of,
        soon,
        due: Vec::new(),
    };
    for policy in workspace.annotated() {
        review.policy(&policy);
    }
    for (path, text) in workspace.change_records() {
        review.record(path, text);
    }
    review.people();
    review.due.sort();
    review.due.dedup();
    review.due
}

struct Review<'a> {
    directory: Option<&'a Directory>,
    as_of: Instant,
    soon: Instant,
    due: Vec<Due>,
}

impl Review<'_> {
    fn add(
        &mut self,
        kind: DueKind,
        when: Option<Instant>,
        file: &str,
        line: u32,
        message: String,
    ) {
        self.due.push(Due {
            kind,
            when,
            file: file.to_owned(),
            line,
            message,
        });
    }

    /// Adds what a date makes due: `past` where it has come, `ahead` where it will soon.
    fn date(
        &mut self,
        (past, ahead): (DueKind, DueKind),
        when: Instant,
        file: &str,
        line: u32,
        what: &str,
    ) {
        let (kind, verb) = match when {
            when if when <= self.as_of => (past, "was"),
            when if when <= self.soon => (ahead, "is"),
            _ => return,
        };
        self.add(
            kind,
            Some(when),
            file,
            line,
            format!("{what} {verb} {when}"),
        );
    }

    fn policy(&mut self, policy: &Annotated) {
        let (file, line) = (policy.file.as_str(), policy.line);
        let name = match &policy.id {
            Some(id) => format!("the policy {}", crate::config::words::shown(id)),
            None => "a policy without `@id`".to_owned(),
        };
        let dates = [
            ("expires", "end", ENDS),
            ("recertify_by", "recertification", RECERTIFIES),
        ];
        for (key, what, kinds) in dates {
            let Some(text) = policy.annotations.get(key) else {
                continue;
            };
            match Instant::parse_end(text) {
                Some(when) => self.date(kinds, when, file, line, &format!("the {what} of {name}")),
                None => self.add(
                    DueKind::Unreadable,
                    None,
                    file,
                    line,
                    format!("`@{key}` of {name} is no date"),
                ),
            }
        }
        for key in ["exception", "breakglass"] {
            if policy.annotations.contains_key(key) {
                let message = format!("{name} is marked `@{key}` and still stands");
                self.add(DueKind::Standing, None, file, line, message);
            }
        }
        if let Some(owner) = policy.annotations.get("owner") {
            self.owner(owner, file, line, &name);
        }
    }

    fn record(&mut self, path: &str, text: &str) {
        let (read, findings) = record::read(text);
        let index = LineIndex::new(text);
        let Some((record, places)) = read else {
            let at = findings.first().map_or(0, |finding| finding.span.start);
            let line = index.position(text, at, Position::START).line;
            let message = findings
                .first()
                .map_or_else(String::new, |finding| finding.message.clone());
            self.add(DueKind::Unreadable, None, path, line, message);
            return;
        };
        let line = index
            .position(text, places.record.start, Position::START)
            .line;
        let name = format!("the change {}", crate::config::words::shown(&record.id));
        if let Some(when) = record.expires {
            self.date(ENDS, when, path, line, &format!("the end of {name}"));
        }
        if let Some(when) = record.recertify_by {
            self.date(
                RECERTIFIES,
                when,
                path,
                line,
                &format!("the recertification of {name}"),
            );
        }
        if let Some(owner) = &record.owner {
            self.owner(owner, path, line, &name);
        }
    }

    /// An owner who is a team or a human who is still there is fine.
    fn owner(&mut self, owner: &str, file: &str, line: u32, of: &str) {
        let Some(directory) = self.directory else {
            return;
        };
        let is_there = directory.teams.contains_key(owner)
            || directory
                .people
                .get(owner)
                .is_some_and(|person| person.kind == Kind::Human && person.is_active(self.as_of));
        if !is_there {
            let owner = crate::config::words::shown(owner);
            let message = format!(
                "the owner {owner} of {of} is no team or human of the directory who is still there"
            );
            self.add(DueKind::OwnerGone, None, file, line, message);
        }
    }

    /// People who leave, and delegations that end.
    fn people(&mut self) {
        let Some(directory) = self.directory else {
            return;
        };
        for (name, person) in &directory.people {
            if let Some(when) = person.until {
                self.date(
                    ENDS,
                    when,
                    FILE_NAME,
                    1,
                    &format!("the last day of `{name}`"),
                );
            }
        }
        for delegation in &directory.delegations {
            let what = format!(
                "the end of the delegation from `{}` to `{}`",
                delegation.from, delegation.to
            );
            self.date(ENDS, delegation.until, FILE_NAME, 1, &what);
        }
    }
}

const ENDS: (DueKind, DueKind) = (DueKind::Expired, DueKind::ExpiringSoon);
const RECERTIFIES: (DueKind, DueKind) = (
    DueKind::RecertificationOverdue,
    DueKind::RecertificationSoon,
);

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::govern::gate_tests::{Scenario, at, people};
    use crate::govern::record::yaml;

    fn found(files: &[(&str, &str)]) -> Vec<(&'static str, String, u32)> {
        let mut workspace = Workspace::new();
        for (path, text) in files {
            workspace.set_file(path, text.as_bytes()).unwrap();
        }
        let directory = crate::govern::directory::read(&people("")).0;
        review(&mut workspace, Some(&directory), 30, at("2026-11-21"))
            .into_iter()
            .map(|due| (due.kind.as_str(), due.file, due.line))
            .collect()
    }

    #[test]
    fn what_is_due_is_found_the_most_pressing_first() {
        let policy =
            |annotations: &str| format!("{annotations}\npermit (principal, action, resource);\n");
        let text = [
            policy("@id(\"a\") @expires(\"2026-12-01\") @owner(\"alice\")"),
            policy("@id(\"b\") @expires(\"2026-11-01\") @owner(\"zoe\")"),
            policy("@id(\"c\") @recertify_by(\"2026-11-20\") @exception"),
            policy("@id(\"d\") @recertify_by(\"soon\") @expires(\"2028-01-01\")"),
            policy("@owner(\"robot\")"),
        ]
        .concat();
        let mut record = Scenario::new().record;
        record.recertify_by = Some(at("2026-11-30"));
        assert_eq!(
            found(&[
                ("a.cedar", &text),
                ("a.change.yaml", &yaml(&record)),
                ("b.change.yaml", "id: x")
            ]),
            [
                ("unreadable", "a.cedar".to_owned(), 7),
                ("unreadable", "b.change.yaml".to_owned(), 1),
                ("expired", "a.cedar".to_owned(), 3),
                ("recertification-overdue", "a.cedar".to_owned(), 5),
                ("owner-gone", "a.cedar".to_owned(), 3),
                ("owner-gone", "a.cedar".to_owned(), 9),
                ("standing-exception", "a.cedar".to_owned(), 5),
                ("expiring-soon", "a.cedar".to_owned(), 1),
                ("recertification-soon", "a.change.yaml".to_owned(), 1),
            ]
        );
    }

    #[test]
    fn a_day_that_has_not_ended_is_not_over() {
        let text = "@id(\"a\") @expires(\"2026-11-21\")\npermit (principal, action, resource);";
        assert_eq!(
            found(&[("a.cedar", text)]),
            [("expiring-soon", "a.cedar".to_owned(), 1)]
        );
    }
}
