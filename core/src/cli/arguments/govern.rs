//! The arguments of `portcullis gate`, `change`, `log`, `review` and `authorize`.

use lexopt::Arg;

use super::{Parser, did_you_mean, help, one_of, text, unknown_option, value};
use crate::cli::govern::{
    Approve, Authorize, Deed, FileNeed, Govern, MINUTES, MOST, New, Sign, Task,
};
use crate::cli::{Output, Plan, Surroundings};
use crate::govern::canonical::Digest;
use crate::govern::directory::Kind;
use crate::govern::log::Event;
use crate::govern::record::Drafter;
use crate::render::GateFormat;
use crate::time::Instant;

/// What was given, whichever command it is for.
struct Given {
    folders: Vec<String>,
    options: Vec<(&'static str, String)>,
}

const FLAGS: [&str; 2] = ["replace", "step-up"];

pub(super) fn gate(parser: Parser, surroundings: Surroundings) -> Result<Plan, String> {
    let known = ["change", "directory", "log", "baseline", "format", "as-of"];
    let Some(given) = Given::read(parser, &known)? else {
        return Ok(page(help::GATE));
    };
    let format = given.format()?;
    given.plan("gate", Task::Gate(format), surroundings)
}

pub(super) fn change(mut parser: Parser, surroundings: Surroundings) -> Result<Plan, String> {
    const VERBS: [&str; 6] = ["new", "submit", "approve", "reject", "dismiss", "verify"];
    let verb = match parser.next()? {
        None | Some(Arg::Long("help") | Arg::Short('h')) => return Ok(page(help::CHANGE)),
        Some(Arg::Value(verb)) => text(verb)?,
        Some(option) => return Err(unknown_option(&option, &["help"])),
    };
    let known: &[&str] = match verb.as_str() {
        "new" => &[
            "change",
            "directory",
            "baseline",
            "as-of",
            "replace",
            "id",
            "author",
            "drafter",
            "model",
            "prompt",
            "last-editor",
            "owner",
            "ticket",
            "justification",
            "valid-from",
            "expires",
            "recertify-by",
            "retain-until",
            "rollback",
            "previous",
            "log",
        ],
        "submit" => &["change", "directory", "baseline", "as-of", "key"],
        "approve" | "reject" => &[
            "change",
            "directory",
            "baseline",
            "as-of",
            "key",
            "slot",
            "role",
            "on-behalf-of",
            "reason",
            "acknowledge",
            "step-up",
        ],
        "dismiss" => &[
            "change",
            "directory",
            "baseline",
            "as-of",
            "key",
            "decision",
            "reason",
        ],
        "verify" => &["change", "directory", "log", "baseline", "format", "as-of"],
        other => {
            return Err(format!(
                "there is no command `change {other}`{}",
                did_you_mean(other, &VERBS)
            ));
        }
    };
    let command = format!("change {verb}");
    let Some(given) = Given::read(parser, known)? else {
        return Ok(page(help::CHANGE));
    };
    let task = match verb.as_str() {
        "new" => Task::New(Box::new(given.new_record()?)),
        "verify" => Task::Verify(given.format()?),
        "submit" => Task::Sign(given.sign(Deed::Submit)?),
        "approve" => Task::Sign(given.sign(Deed::Approve)?),
        "reject" => Task::Sign(given.sign(Deed::Reject)?),
        _ => Task::Sign(given.sign(Deed::Dismiss)?),
    };
    given.plan(&command, task, surroundings)
}

pub(super) fn log(mut parser: Parser, surroundings: Surroundings) -> Result<Plan, String> {
    let verb = match parser.next()? {
        None | Some(Arg::Long("help") | Arg::Short('h')) => return Ok(page(help::LOG)),
        Some(Arg::Value(verb)) => text(verb)?,
        Some(option) => return Err(unknown_option(&option, &["help"])),
    };
    let known: &[&str] = match verb.as_str() {
        "append" => &["change", "event", "directory", "baseline", "as-of"],
        "verify" => &["head"],
        other => {
            return Err(format!(
                "there is no command `log {other}`{}",
                did_you_mean(other, &["append", "verify"])
            ));
        }
    };
    let command = format!("log {verb}");
    let Some(mut given) = Given::read(parser, known)? else {
        return Ok(page(help::LOG));
    };
    let need = |path: &str, required| FileNeed {
        path: path.to_owned(),
        required,
    };
    let as_of = given.as_of(surroundings)?;
    let alone = |path: &String, change: String, files, task| {
        Ok(Plan::Govern(Govern {
            base: None,
            head: None,
            files,
            key: None,
            change,
            directory: None,
            log: Some(path.clone()),
            baseline: None,
            as_of,
            task,
        }))
    };
    let one = || format!("`{command}` takes the path of one log");
    if verb == "verify" {
        let [path] = given.folders.as_slice() else {
            return Err(one());
        };
        let task = Task::VerifyLog(given.digest("head")?);
        return alone(path, String::new(), vec![need(path, true)], task);
    }
    let event = given.needed(&command, "event")?;
    let events = Event::ALL.map(Event::as_str);
    let event = Event::parse(event).ok_or_else(|| one_of("--event", event, &events))?;
    let task = Task::Append(event);
    match (given.folders.as_slice(), event) {
        ([path, _, _], Event::Published) => {
            let path = path.clone();
            given.folders.remove(0);
            let Plan::Govern(mut plan) = given.plan(&command, task, surroundings)? else {
                return Err(one());
            };
            plan.files.push(need(&path, false));
            plan.log = Some(path);
            Ok(Plan::Govern(plan))
        }
        (_, Event::Published) => Err(format!(
            "`{command} --event published` takes a log, and then BASE and HEAD: what the gate refuses is not published"
        )),
        ([path], _) => {
            let change = given.needed(&command, "change")?.to_owned();
            let files = vec![need(path, false), need(&change, true)];
            alone(path, change, files, task)
        }
        _ => Err(one()),
    }
}

pub(super) fn authorize(parser: Parser, surroundings: Surroundings) -> Result<Plan, String> {
    let known = [
        "request",
        "approval",
        "directory",
        "format",
        "as-of",
        "approve",
        "key",
        "minutes",
        "reason",
        "write",
    ];
    let Some(given) = Given::read(parser, &known)? else {
        return Ok(page(help::AUTHORIZE));
    };
    let folder = match given.folders.as_slice() {
        [] => ".".to_owned(),
        [folder] => folder.clone(),
        [_, second, ..] => {
            return Err(format!(
                "`authorize` takes one folder, and `{second}` is a second"
            ));
        }
    };
    let json = given.is_json()?;
    let as_of = given.as_of(surroundings)?;
    let approve = match given.get("approve") {
        None => {
            let only = ["key", "minutes", "reason", "write"];
            if let Some(option) = only.into_iter().find(|option| given.get(option).is_some()) {
                return Err(format!("`--{option}` is for `--approve`"));
            }
            None
        }
        Some(kind) => {
            if given.get("format").is_some() {
                return Err(
                    "`--format` is for answers, and `--approve` writes what is signed to a file"
                        .to_owned(),
                );
            }
            given.must_be_now(as_of, surroundings)?;
            let minutes = match given.get("minutes") {
                None => MINUTES,
                Some(minutes) => (minutes.parse().ok())
                    .filter(|minutes| (1..=MOST).contains(minutes))
                    .ok_or_else(|| {
                        format!("`--minutes {minutes}`: write a number from 1 to {MOST}")
                    })?,
            };
            let ends = as_of.plus_minutes(i64::from(minutes));
            if ends.is_none_or(|ends| ends <= surroundings.now) {
                return Err(format!(
                    "given at {as_of} for {minutes} minutes, the approval would be over: leave out `--as-of`"
                ));
            }
            Some(Approve {
                kind: kind.to_owned(),
                minutes,
                reason: given.owned("reason"),
                write: given.needed("authorize --approve", "write")?.to_owned(),
            })
        }
    };
    let key = match &approve {
        None => None,
        Some(_) => Some(given.needed("authorize --approve", "key")?.to_owned()),
    };
    let request = given.needed("authorize", "request")?.to_owned();
    let approvals: Vec<String> = given.all("approval").map(str::to_owned).collect();
    let directory = given.owned("directory");
    let read = approvals.iter().chain([&request]).chain(&directory);
    let mut files: Vec<FileNeed> = read
        .map(|path| FileNeed {
            path: path.clone(),
            required: true,
        })
        .collect();
    files.extend(approve.iter().map(|approve| FileNeed {
        path: approve.write.clone(),
        required: false,
    }));
    Ok(Plan::Govern(Govern {
        base: None,
        head: Some(folder),
        files,
        key,
        change: String::new(),
        directory,
        log: None,
        baseline: None,
        as_of,
        task: Task::Authorize(Authorize {
            request,
            approvals,
            json,
            approve,
        }),
    }))
}

pub(super) fn review(parser: Parser, surroundings: Surroundings) -> Result<Plan, String> {
    let known = ["directory", "within", "format", "as-of"];
    let Some(given) = Given::read(parser, &known)? else {
        return Ok(page(help::REVIEW));
    };
    let folder = match given.folders.as_slice() {
        [] => ".".to_owned(),
        [folder] => folder.clone(),
        [_, second, ..] => {
            return Err(format!(
                "`review` takes one folder, and `{second}` is a second"
            ));
        }
    };
    let within_days = match given.get("within") {
        None => 30,
        Some(days) => days
            .parse()
            .ok()
            .filter(|days| *days <= 36_500)
            .ok_or_else(|| format!("`--within {days}`: write a number of days up to 36500"))?,
    };
    let json = given.is_json()?;
    let directory = given.get("directory").map(ToOwned::to_owned);
    Ok(Plan::Govern(Govern {
        base: None,
        head: Some(folder),
        files: directory
            .iter()
            .map(|path| FileNeed {
                path: path.clone(),
                required: true,
            })
            .collect(),
        key: None,
        change: String::new(),
        directory,
        log: None,
        baseline: None,
        as_of: given.as_of(surroundings)?,
        task: Task::Review { within_days, json },
    }))
}

fn page(text: &str) -> Plan {
    Plan::Done(Output::text(text.to_owned()))
}

impl Given {
    /// The folders and options; `None` where help is asked for.
    fn read(mut parser: Parser, known: &[&'static str]) -> Result<Option<Self>, String> {
        let mut given = Self {
            folders: Vec::new(),
            options: Vec::new(),
        };
        while let Some(argument) = parser.next()? {
            let option = match argument {
                Arg::Long("help") | Arg::Short('h') => return Ok(None),
                Arg::Value(path) => {
                    given.folders.push(text(path)?);
                    continue;
                }
                Arg::Long(name) => known.iter().copied().find(|known| *known == name),
                Arg::Short(_) => None,
            };
            let Some(option) = option else {
                let all: Vec<&str> = known.iter().copied().chain(["help"]).collect();
                return Err(unknown_option(&argument, &all));
            };
            let given_value = match FLAGS.contains(&option) {
                true => String::new(),
                false => value(&mut parser, &format!("--{option}"))?,
            };
            given.options.push((option, given_value));
        }
        Ok(Some(given))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.options
            .iter()
            .find(|(option, _)| *option == name)
            .map(|(_, value)| value.as_str())
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        let given = self
            .options
            .iter()
            .filter(move |(option, _)| *option == name);
        given.map(|(_, value)| value.as_str())
    }

    fn is_json(&self) -> Result<bool, String> {
        match self.get("format") {
            None | Some("text") => Ok(false),
            Some("json") => Ok(true),
            Some(other) => Err(one_of("--format", other, &["text", "json"])),
        }
    }

    fn must_be_now(&self, as_of: Instant, surroundings: Surroundings) -> Result<(), String> {
        match as_of > surroundings.now {
            true => Err(format!(
                "`--as-of {as_of}` is still to come, and what is signed for it does not count before: sign it then"
            )),
            false => Ok(()),
        }
    }

    fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(ToOwned::to_owned)
    }

    fn needed(&self, command: &str, name: &str) -> Result<&str, String> {
        self.get(name)
            .ok_or_else(|| format!("`{command}` needs `--{name}`"))
    }

    fn as_of(&self, surroundings: Surroundings) -> Result<Instant, String> {
        Ok(self
            .time("as-of", Instant::parse)?
            .unwrap_or(surroundings.now))
    }

    fn time(
        &self,
        name: &str,
        parse: fn(&str) -> Option<Instant>,
    ) -> Result<Option<Instant>, String> {
        let Some(time) = self.get(name) else {
            return Ok(None);
        };
        parse(time).map(Some).ok_or_else(|| {
            format!("`--{name} {time}` is no point in time: write it as in RFC 3339, like 2026-11-21T09:00:00Z, or as a date, like 2026-11-21")
        })
    }

    fn digest(&self, name: &str) -> Result<Option<Digest>, String> {
        let Some(digest) = self.get(name) else {
            return Ok(None);
        };
        Digest::parse(digest).map(Some).ok_or_else(|| {
            format!("`--{name} {digest}` is no digest: write `sha256:` and 64 hexadecimal digits")
        })
    }

    fn format(&self) -> Result<GateFormat, String> {
        let Some(name) = self.get("format") else {
            return Ok(GateFormat::Text);
        };
        GateFormat::parse(name)
            .ok_or_else(|| one_of("--format", name, &GateFormat::ALL.map(GateFormat::as_str)))
    }

    fn new_record(&self) -> Result<New, String> {
        let prompt = self.digest("prompt")?;
        let drafter = match (self.get("model"), self.get("drafter")) {
            (Some(_), Some(_)) => {
                return Err("`--model` and `--drafter` say both who wrote it: give one".to_owned());
            }
            (Some(id), None) => Some((Kind::Model, id)),
            (None, Some(id)) => Some((Kind::Human, id)),
            (None, None) if prompt.is_some() => {
                return Err("`--prompt` is for `--model` and `--drafter`".to_owned());
            }
            (None, None) => None,
        };
        Ok(New {
            replace: self.get("replace").is_some(),
            id: self.owned("id"),
            author: self.owned("author"),
            drafter: drafter.map(|(kind, id)| Drafter {
                kind,
                id: id.to_owned(),
                prompt,
            }),
            last_editor: self.owned("last-editor"),
            owner: self.owned("owner"),
            ticket: self.owned("ticket"),
            justification: self.owned("justification"),
            valid_from: self.time("valid-from", Instant::parse)?,
            expires: self.time("expires", Instant::parse_end)?,
            recertify_by: self.time("recertify-by", Instant::parse_end)?,
            retain_until: self.time("retain-until", Instant::parse_end)?,
            rollback: self.digest("rollback")?,
            previous: self.digest("previous")?,
        })
    }

    fn sign(&self, deed: Deed) -> Result<Sign, String> {
        let dismissed = match self.get("decision") {
            None => None,
            Some(number) => Some(
                number
                    .parse()
                    .map_err(|_| format!("`--decision {number}` is no number"))?,
            ),
        };
        Ok(Sign {
            deed,
            slot: self.owned("slot"),
            role: self.owned("role"),
            on_behalf_of: self.owned("on-behalf-of"),
            reason: self.owned("reason"),
            acknowledgements: self.all("acknowledge").map(str::to_owned).collect(),
            step_up: self.get("step-up").is_some(),
            dismissed,
        })
    }

    /// The plan of a command over a base and a head.
    fn plan(&self, command: &str, task: Task, surroundings: Surroundings) -> Result<Plan, String> {
        let [base, head] = self.folders.as_slice() else {
            return Err(format!(
                "`{command}` takes two folders: what is published now, and what is to be published"
            ));
        };
        let change = self.needed(command, "change")?.to_owned();
        let key = match &task {
            Task::Sign(_) => Some(self.needed(command, "key")?.to_owned()),
            _ => None,
        };
        let as_of = self.as_of(surroundings)?;
        if matches!(task, Task::Sign(_)) {
            self.must_be_now(as_of, surroundings)?;
        }
        let is_new = matches!(task, Task::New(_));
        let mut files = vec![FileNeed {
            path: change.clone(),
            required: !is_new,
        }];
        for name in ["directory", "log"] {
            files.extend(self.get(name).map(|path| FileNeed {
                path: path.to_owned(),
                required: true,
            }));
        }
        Ok(Plan::Govern(Govern {
            base: Some(base.clone()),
            head: Some(head.clone()),
            files,
            key,
            change,
            directory: self.owned("directory"),
            log: self.owned("log"),
            baseline: self.owned("baseline"),
            as_of,
            task,
        }))
    }
}
