//! Tiers for people and for other tools.

use super::Options;
use super::change::request as request_line;
use super::counted;
use super::escape::visible;
use super::markdown::{MAX_BYTES, NOTE_BYTES, code, sentence};
use super::paint::{Paint, Style};
use super::text::{counted_as, wrap};
use crate::tier::{Certainty, Controls, Reason, Tier, Tiered};

/// What a tier is turned into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum TierFormat {
    /// For a terminal.
    #[default]
    Text,
    /// Everything, in the shape of [`crate::wire::tier::Tiered`].
    Json,
    /// A comment in GitHub-flavoured Markdown.
    Markdown,
}

impl TierFormat {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Text, Self::Json, Self::Markdown];

    /// The name used on command lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Markdown => "markdown",
        }
    }

    /// The format with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }
}

/// A tier in one of the formats. JSON has no final line break.
pub fn tier(format: TierFormat, tiered: &Tiered, options: &Options<'_>) -> String {
    match format {
        TierFormat::Text => text(tiered, options),
        TierFormat::Json => tier_json(tiered),
        TierFormat::Markdown => markdown(tiered, options),
    }
}

/// A tier as JSON, without a final line break.
pub fn tier_json(tiered: &Tiered) -> String {
    serde_json::to_string(&crate::wire::tier::Tiered::from(tiered)).unwrap_or_default()
}

/// What a tier means, in a few words.
const fn meaning(tier: Tier) -> &'static str {
    match tier {
        Tier::Auto => "nobody has to approve, and a named owner is accountable",
        Tier::Constrained => "one person has to approve",
        Tier::Human => "people have to approve, one of them for security",
        Tier::Blocked => "cannot be approved as it is",
        Tier::Undetermined => "could not be told, so it counts as the strictest",
    }
}

const fn style(tier: Tier) -> Style {
    match tier {
        Tier::Auto => Style::Good,
        Tier::Constrained | Tier::Human => Style::Caution,
        Tier::Blocked | Tier::Undetermined => Style::Bad,
    }
}

fn text(tiered: &Tiered, options: &Options<'_>) -> String {
    let verdict = &tiered.assessment.verdict;
    let paint = Paint {
        color: options.color,
    };
    let mut out = String::new();
    let name = verdict.tier.as_str().to_uppercase();
    let spaced: Vec<String> = name.chars().map(String::from).collect();
    out.push_str("  ");
    paint.write(&mut out, style(verdict.tier), &spaced.join(" "));
    out.push_str(&format!("   {}\n", meaning(verdict.tier)));
    let (deciding, other): (Vec<&Reason>, Vec<&Reason>) =
        verdict.reasons.iter().partition(|reason| reason.deciding);
    let mut page = Page {
        out,
        options,
        paint,
    };
    page.section("because", &deciding);
    page.section("also", &other);
    page.controls(&verdict.controls);
    if !tiered.unsatisfiable.is_empty() {
        page.title("cannot be met");
        for line in &tiered.unsatisfiable {
            page.line(Style::Bad, "!", line);
        }
    }
    page.out
}

struct Page<'a> {
    out: String,
    options: &'a Options<'a>,
    paint: Paint,
}

impl Page<'_> {
    fn title(&mut self, title: &str) {
        self.out.push('\n');
        self.paint.write(&mut self.out, Style::Headline, title);
        self.out.push('\n');
    }

    fn line(&mut self, style: Style, mark: &str, sentence: &str) {
        self.out.push_str("  ");
        self.paint.write(&mut self.out, style, mark);
        self.out.push(' ');
        let indent = 3 + mark.chars().count();
        wrap(
            &mut self.out,
            &visible(sentence),
            indent,
            self.options.width,
        );
        self.out.push('\n');
    }

    fn section(&mut self, title: &str, reasons: &[&Reason]) {
        const MOST: usize = 40;
        if reasons.is_empty() {
            return;
        }
        self.title(title);
        for reason in reasons.iter().take(MOST) {
            let mark = match reason.deciding {
                true => reason.id.clone(),
                false => format!("{} ({})", reason.id, reason.floor.as_str()),
            };
            self.line(style(reason.floor), &mark, &reason.sentence);
            for detail in details(reason) {
                self.out.push_str("      ");
                wrap(&mut self.out, &visible(&detail), 6, self.options.width);
                self.out.push('\n');
            }
            for at in reason.spans.iter().take(3) {
                let place = format!(
                    "--> {}{}:{}:{}",
                    visible(self.options.prefix),
                    visible(&at.file),
                    at.range.start.line,
                    at.range.start.column
                );
                self.out.push_str("      ");
                self.paint.write(&mut self.out, Style::Frame, &place);
                self.out.push('\n');
            }
            if let Some(witness) = reason.witness.as_ref().filter(|_| reason.deciding) {
                self.out.push_str("      ");
                self.paint.write(&mut self.out, Style::Faint, "example: ");
                self.out
                    .push_str(&format!("{}\n", visible(&request_line(witness))));
            }
        }
        if reasons.len() > MOST {
            let left = counted(reasons.len() - MOST, "further reason");
            self.line(Style::Faint, "…", &left);
        }
    }

    fn controls(&mut self, controls: &Controls) {
        self.title("before it may be published");
        for (what, line) in control_lines(controls) {
            self.line(Style::Frame, what, &line);
        }
    }
}

/// The request that a reason is about, its facts, and how far to believe them.
fn details(reason: &Reason) -> Vec<String> {
    let mut out = Vec::new();
    let mut subject: Vec<String> = Vec::new();
    subject.extend(
        reason
            .subject
            .policy
            .as_ref()
            .map(|name| format!("policy `{name}`")),
    );
    subject.extend(
        reason
            .subject
            .request
            .as_ref()
            .map(|of| format!("requests `{of}`")),
    );
    if !subject.is_empty() {
        out.push(subject.join(", "));
    }
    let facts = reason.because.iter().take(4);
    out.extend(facts.map(|of| format!("{}, says {}", of.fact, of.source)));
    let certainty = match reason.certainty {
        Certainty::Exact | Certainty::Proved => None,
        other => Some(other.as_str()),
    };
    let from = format!("from {}", reason.section);
    out.push(certainty.map_or_else(|| from.clone(), |certainty| format!("{from}, {certainty}")));
    out
}

/// What must be done, a line each.
fn control_lines(controls: &Controls) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    for requirement in &controls.requirements {
        let eligible: Vec<String> = requirement.eligible.capacities().collect();
        let people = counted_as(requirement.count as usize, "person", "people");
        let step_up = match requirement.step_up {
            true => ", with step-up authentication",
            false => "",
        };
        out.push((
            "approve",
            format!(
                "{people} for `{}`: {}{step_up}",
                requirement.slot,
                eligible.join(" or ")
            ),
        ));
    }
    let list = |items: Vec<&str>| items.join(", ");
    let tests = list(controls.tests.iter().map(|of| of.as_str()).collect());
    let acknowledge = list(controls.acknowledge.iter().map(String::as_str).collect());
    let trace = list(controls.trace.iter().map(|of| of.as_str()).collect());
    for (what, line) in [
        ("test", tests),
        ("acknowledge", acknowledge),
        ("name", trace),
    ] {
        if !line.is_empty() {
            out.push((what, line));
        }
    }
    if let Some(days) = controls.expires_within_days {
        out.push(("expire", format!("within {days} days")));
    }
    if let Some(days) = controls.recertify_within_days {
        out.push(("review", format!("again within {days} days")));
    }
    out
}

fn markdown(tiered: &Tiered, options: &Options<'_>) -> String {
    let verdict = &tiered.assessment.verdict;
    let mut out = format!(
        "## Portcullis: {}\n\nThis change is **{}**: {}.\n",
        verdict.tier.as_str(),
        verdict.tier.as_str(),
        meaning(verdict.tier)
    );
    let mut tail = String::from("\n### Before it may be published\n\n");
    for (what, line) in control_lines(&verdict.controls) {
        tail.push_str(&format!("- [ ] {what}: {}\n", sentence(&line)));
    }
    for line in &tiered.unsatisfiable {
        tail.push_str(&format!("\n**Cannot be met:** {}.\n", sentence(line)));
    }
    out.push_str("\n### Because\n\n");
    let limit = MAX_BYTES
        .min(65_536)
        .saturating_sub(tail.len() + NOTE_BYTES);
    for (number, reason) in verdict.reasons.iter().enumerate() {
        let mut item = format!(
            "- {} {} {}",
            code(reason.floor.as_str()),
            code(&reason.id),
            sentence(&reason.sentence)
        );
        for at in reason.spans.iter().take(1) {
            let place = format!("{}{}:{}", options.prefix, at.file, at.range.start.line);
            item.push_str(&format!(" ({})", code(&place)));
        }
        if reason.deciding {
            for detail in details(reason) {
                item.push_str(&format!("<br>{}", sentence(&detail)));
            }
            if let Some(witness) = &reason.witness {
                let request = visible(&request_line(witness)).to_string();
                item.push_str(&format!("<br>example: {}", code(&request)));
            }
        }
        item.push('\n');
        if out.len() + item.len() > limit {
            let left = counted(verdict.reasons.len() - number, "further reason");
            out.push_str(&format!(
                "\n**{left} left out:** the comment would be too long.\n"
            ));
            break;
        }
        out.push_str(&item);
    }
    out + &tail
}
