//! What there is to be told of a change, gravest first; the same for terminals and comments.

use std::sync::Arc;

use crate::change::compact;
use crate::change::{
    Allows, Applies, Change, Decided, EnvironmentChange, Example, Form, Group, Kind, Located, On,
    PolicyChange, Verdict,
};
use crate::facts::Effect;
use crate::render::paint::Style;

/// A part of the story.
pub(super) struct Section<'c> {
    pub(super) title: &'static str,
    pub(super) items: Vec<Item<'c>>,
}

/// One thing to be told.
pub(super) struct Item<'c> {
    /// A word before it.
    pub(super) mark: &'static str,
    pub(super) style: Style,
    /// A sentence, with the user's text in backticks.
    pub(super) headline: String,
    /// Further sentences.
    pub(super) details: Vec<String>,
    /// Where to look in head.
    pub(super) places: Vec<&'c Located>,
    pub(super) example: Option<&'c Example>,
}

impl Item<'_> {
    const fn new(mark: &'static str, style: Style, headline: String) -> Self {
        Self {
            mark,
            style,
            headline,
            details: Vec::new(),
            places: Vec::new(),
            example: None,
        }
    }
}

/// The sections that have something in them.
pub(super) fn story(change: &Change) -> Vec<Section<'_>> {
    let sections = [
        section("guardrails", guardrails(change)),
        section("newly allowed", groups(change, true)),
        section("newly denied", groups(change, false)),
        section("undecided", undecided(change)),
        section("policies", policies(change)),
        section("by the new schema alone", by_schema(change)),
        section("schema", schema(change)),
        section("entities", entities(change)),
        section("configuration", configuration(change)),
    ];
    let told = sections.into_iter();
    told.filter(|section| !section.items.is_empty()).collect()
}

const fn section<'c>(title: &'static str, items: Vec<Item<'c>>) -> Section<'c> {
    Section { title, items }
}

fn guardrails(change: &Change) -> Vec<Item<'_>> {
    let mut out = Vec::new();
    for rail in &change.guardrails {
        let places: Vec<&Located> = rail.head.iter().collect();
        let name = &rail.name;
        match &rail.verdict {
            Some(Verdict::Broken(all)) => {
                for (environment, example) in all {
                    let what = match rail.effect {
                        Effect::Forbid => "is allowed and must never be",
                        Effect::Permit => "is denied and must stay allowed",
                    };
                    out.push(Item {
                        places: places.clone(),
                        example: Some(example),
                        ..Item::new(
                            "broken",
                            Style::Bad,
                            format!("`{name}`: `{}` {what}", environment.label),
                        )
                    });
                }
            }
            Some(Verdict::Unknown(undecided)) => out.push(Item {
                places: places.clone(),
                details: vec![undecided.why.clone()],
                ..Item::new(
                    "unknown",
                    Style::Caution,
                    format!("whether policies keep within `{name}` is undecided"),
                )
            }),
            Some(Verdict::Idle(why)) => {
                let (what, style) = match rail.effect {
                    Effect::Forbid => ("guards nothing", Style::Caution),
                    Effect::Permit => ("is about nothing that could be allowed", Style::Bad),
                };
                out.push(Item {
                    places: places.clone(),
                    details: vec![why.clone()],
                    ..Item::new("idle", style, format!("`{name}` {what}"))
                });
            }
            Some(Verdict::Holds) | None => {}
        }
        if rail.weakened {
            let how = match rail.applies {
                None if rail.kind == Kind::Removed => "is gone",
                None => "guards less under the new schema, though it says the same",
                Some(Applies::Unknown) => "is another, and perhaps guards less",
                Some(_) => "no longer guards all that it did",
            };
            out.push(Item {
                places,
                example: rail.no_longer.as_ref(),
                ..Item::new("weakened", Style::Caution, format!("`{name}` {how}"))
            });
        }
    }
    out
}

fn groups(change: &Change, allowed: bool) -> Vec<Item<'_>> {
    let groups = change
        .groups
        .iter()
        .filter(|group| group.allowed == allowed);
    groups.map(|group| of_group(change, group)).collect()
}

fn of_group<'c>(change: &'c Change, group: &Group) -> Item<'c> {
    let first = group.environments.first();
    let first = first.and_then(|number| change.environments.get(*number));
    let (mark, style) = match group.allowed {
        true => ("+", Style::Caution),
        false => ("-", Style::Good),
    };
    let mut because = match group.because.as_slice() {
        [] => Vec::new(),
        names => vec![format!("because of {}", quoted(names))],
    };
    match first.map(|of| of.on) {
        Some(On::Base) => because.push("head's schema has no such request".to_owned()),
        Some(On::Head) => because.push("base's schema has no such request".to_owned()),
        Some(On::Both) if group.allowed && is_refused_by_base(first) => {
            because.push("base's schema refuses such a request".to_owned());
        }
        Some(On::Both) | None => {}
    }
    let mut of_group = (group.environments.iter()).filter_map(|at| change.environments.get(*at));
    let whole = match group.allowed {
        true => (Allows::Everything, "every such request is allowed now"),
        false => (Allows::Nothing, "no such request is allowed any more"),
    };
    if of_group.all(|of| of.head_allows == Some(whole.0)) {
        because.push(whole.1.to_owned());
    }
    Item {
        details: because,
        places: group
            .because
            .iter()
            .filter_map(|name| place(change, name))
            .collect(),
        example: first.and_then(|of| match group.allowed {
            true => of.newly_allowed.as_ref(),
            false => of.newly_denied.as_ref(),
        }),
        ..Item::new(mark, style, group.sentences().join("; "))
    }
}

/// Whether base's schema does not take the request that is newly allowed.
fn is_refused_by_base(of: Option<&EnvironmentChange>) -> bool {
    of.and_then(|of| of.newly_allowed.as_ref())
        .is_some_and(|example| example.base.is_none())
}

/// Where head has a policy of this name.
fn place<'c>(change: &'c Change, name: &Arc<str>) -> Option<&'c Located> {
    let policy = change.policies.iter().find(|policy| policy.name == *name);
    policy.and_then(|policy| policy.head.as_ref())
}

/// Kinds of request by why they are undecided.
fn undecided(change: &Change) -> Vec<Item<'_>> {
    const MOST: usize = 5;
    let mut out: Vec<Item<'_>> = Vec::new();
    for why in &change.why {
        let of_these: Vec<&str> = change
            .environments
            .iter()
            .filter(|of| of.why.as_ref() == Some(why))
            .map(|of| &*of.environment.label)
            .collect();
        let mut details: Vec<String> = of_these
            .iter()
            .take(MOST)
            .map(|label| format!("`{label}`"))
            .collect();
        if of_these.len() > MOST {
            details.push(format!("and {} more", of_these.len() - MOST));
        }
        out.push(Item {
            details,
            ..Item::new("?", Style::Caution, why.clone())
        });
    }
    out
}

fn policies(change: &Change) -> Vec<Item<'_>> {
    let changed = change
        .policies
        .iter()
        .filter(|of| of.kind != Kind::Unchanged);
    changed.map(policy).collect()
}

fn policy(of: &PolicyChange) -> Item<'_> {
    let name = &of.name;
    let what = match of.form {
        Form::Policy => of.effect.as_str().to_owned(),
        Form::Template => format!("{} template", of.effect.as_str()),
        Form::Link => format!("{} link", of.effect.as_str()),
    };
    let mut details: Vec<String> = of.why.iter().cloned().collect();
    if of.links > 0 {
        let links = crate::render::counted(of.links, "link");
        details.push(format!("{links} of it decide"));
    }
    if let Some(template) = &of.template {
        details.push(format!("of the template `{template}`"));
    }
    if of.weakened {
        details.push("less is forbidden than before".to_owned());
    }
    let (mark, style, headline) = match of.kind {
        Kind::Added => ("+", Style::Good, format!("{what} `{name}` is new")),
        Kind::Removed => ("-", Style::Bad, format!("{what} `{name}` is gone")),
        Kind::Renamed => {
            let from = of.renamed_from.as_deref().unwrap_or_default();
            let headline = format!("{what} `{name}` says what `{from}` said");
            ("=", Style::Faint, headline)
        }
        Kind::Text | Kind::Unchanged => {
            let headline = format!("{what} `{name}` says the same in other text");
            ("=", Style::Faint, headline)
        }
        Kind::Meaning => {
            let how = match of.applies {
                Some(Applies::Same) => "says the same in other words: proved",
                Some(Applies::More) => "applies to more",
                Some(Applies::Less) => "applies to less",
                Some(Applies::Both) => "applies to some more and some less",
                Some(Applies::Unknown) | None => "says something else, perhaps",
            };
            ("~", Style::Caution, format!("{what} `{name}` {how}"))
        }
    };
    Item {
        details,
        places: of.head.iter().collect(),
        ..Item::new(mark, style, headline)
    }
}

/// Policies that say what they said, and apply to other requests because the types changed.
fn by_schema(change: &Change) -> Vec<Item<'_>> {
    let policies = change.policies.iter();
    policies
        .filter_map(|of| {
            let applies = of.by_schema?;
            let gains = of.effect == Effect::Permit;
            let (mark, style, how) = match (applies, gains) {
                (Applies::Same, _) => return None,
                (Applies::More, true) => ("+", Style::Caution, "applies to more requests"),
                (Applies::More, false) => ("+", Style::Good, "applies to more requests"),
                (Applies::Less, true) => ("-", Style::Good, "applies to fewer requests"),
                (Applies::Less, false) => ("-", Style::Bad, "applies to fewer requests"),
                (Applies::Both, _) => (
                    "~",
                    Style::Caution,
                    "applies to some requests more and to others no longer",
                ),
                (Applies::Unknown, _) => ("?", Style::Caution, "may apply to other requests"),
            };
            let headline = format!("{} `{}` {how}", of.effect.as_str(), of.name);
            Some(Item {
                details: vec!["its text is the same; the types it reads changed".to_owned()],
                places: of.head.iter().collect(),
                ..Item::new(mark, style, headline)
            })
        })
        .collect()
}

fn schema(change: &Change) -> Vec<Item<'_>> {
    let edits = change.schema.iter();
    edits
        .map(|of| {
            let details = match (&of.before, &of.after) {
                (Some(before), Some(after)) => vec![format!("`{before}` is now `{after}`")],
                (None, Some(one)) | (Some(one), None) => vec![format!("`{one}`")],
                (None, None) => Vec::new(),
            };
            let what = of.edit.as_str().replace('_', " ");
            Item {
                details,
                ..Item::new("~", Style::Plain, format!("`{}`: {what}", of.subject))
            }
        })
        .collect()
}

fn entities(change: &Change) -> Vec<Item<'_>> {
    let edits = change.entities.iter();
    edits
        .map(|of| {
            let by = |what: &str, names: &[String]| {
                (!names.is_empty()).then(|| format!("{what} may be allowed by {}", some_of(names)))
            };
            let reach = &of.reach;
            let details = [by("more", &reach.wider), by("less", &reach.narrower)];
            Item {
                details: details.into_iter().flatten().collect(),
                ..Item::new("~", Style::Plain, format!("`{}`: {}", of.subject, of.edit))
            }
        })
        .collect()
}

fn configuration(change: &Change) -> Vec<Item<'_>> {
    let settings = change.settings.iter().map(|of| {
        let which = match of.looser {
            true => "not plainly stricter",
            false => "stricter",
        };
        format!("`{}`, {which}: {}", of.setting, of.what)
    });
    let said = "`portcullis.yaml` is another".to_owned();
    let item = || Item {
        details: settings.collect(),
        ..Item::new("~", Style::Plain, said)
    };
    change.config_changed.then(item).into_iter().collect()
}

/// The first few names in backticks.
fn some_of(names: &[String]) -> String {
    const MOST: usize = 4;
    let shown: Vec<String> = names
        .iter()
        .take(MOST)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What both sides decide of an example, a sentence each.
pub(super) fn decisions(example: &Example) -> Vec<String> {
    let sides = [("base", &example.base), ("head", &example.head)];
    let known = sides.into_iter().filter_map(|(side, decided)| {
        let decided = decided.as_ref()?;
        Some(format!("{side} {}", decision(decided)))
    });
    let mut out: Vec<String> = known.collect();
    if let Some(other) = &example.counterpart {
        let mut form = compact::request(other);
        let own = compact::entities(&example.witness);
        for entity in compact::entities(other) {
            if !own.contains(&entity) {
                form.push_str("  ");
                form.push_str(&entity);
            }
        }
        out.push(format!("for the other side's schema that is: {form}"));
    }
    out
}

fn decision(decided: &Decided) -> String {
    let mut out = match (decided.allowed, decided.determining.as_slice()) {
        (true, names) => format!("allows it by {}", quoted(names)),
        (false, []) => "denies it: nothing permits it".to_owned(),
        (false, names) => format!("denies it by {}", quoted(names)),
    };
    if !decided.errors.is_empty() {
        out.push_str(&format!(
            "; {} cannot be evaluated",
            quoted(&decided.errors)
        ));
    }
    out
}

pub(super) fn quoted(names: &[Arc<str>]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}
