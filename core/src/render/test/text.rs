//! Runs of tests for terminals: what went wrong stands last, next to where the prompt will be.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::change::change;
use super::diff::{self, Side};
use super::table::Table;
use super::{Told, cases, headline, tally, thousandths};
use crate::render::escape::visible;
use crate::render::excerpt::{self, Mark, Room};
use crate::render::mask::masked_tests;
use crate::render::paint::{Paint, Style};
use crate::render::text::{counted_as, wrap, write_findings, write_place};
use crate::render::{Options, Sources, counted};
use crate::report::Range;
use crate::suite::coverage::{Coverage, PolicyCoverage, Ratio, Totals};
use crate::suite::mutation::{Mutation, MutationTotals, Survivor};
use crate::suite::outcome::{Outcome, Suggestion, TestReport, TestResult};

/// How many sentences on what is not covered are listed unless everything is.
const MISSING: usize = 20;

/// How many mutants that survived are listed unless everything is.
const SURVIVORS: usize = 10;

/// A run of tests for a terminal. Parts that have nothing to say are left out.
pub(super) fn text(report: &TestReport, sources: Sources<'_>, options: &Options<'_>) -> String {
    let paint = Paint {
        color: options.color,
    };
    let sources: Sources<'_> = &masked_tests(report, sources);
    let mut page = Page {
        out: String::new(),
        texts: BTreeMap::new(),
        sources,
        options,
        paint,
    };
    page.listed(&report.tests);
    page.shares(report);
    page.missing(report.coverage.as_ref());
    page.survivors(report.mutation.as_ref());
    page.suggestions(&report.suggestions);
    write_findings(&mut page.out, &report.findings, sources, options);
    let told = Told::by(report);
    page.told(report, &told);
    for test in &report.tests {
        if matches!(test.outcome, Outcome::Failed | Outcome::Error) && !told.tells(test) {
            page.broken(test);
        }
    }
    page.mutants(report.mutation.as_ref());
    page.summary(report);
    page.out
}

struct Page<'a> {
    out: String,
    /// The files that were asked for so far.
    texts: BTreeMap<String, Option<String>>,
    sources: Sources<'a>,
    options: &'a Options<'a>,
    paint: Paint,
}

impl Page<'_> {
    /// What passed, if everything is wanted, and what was skipped.
    fn listed(&mut self, tests: &[TestResult]) {
        let before = self.out.len();
        for test in tests {
            let shown = match test.outcome {
                Outcome::Passed => self.options.verbose,
                Outcome::Skipped => true,
                Outcome::Failed | Outcome::Error => false,
            };
            if shown {
                self.line(test);
            }
        }
        self.gap(before);
    }

    /// The cases that could not be run for what findings say.
    fn told(&mut self, report: &TestReport, told: &Told<'_>) {
        let before = self.out.len();
        for test in &report.tests {
            if told.tells(test) {
                self.line(test);
            }
        }
        self.gap(before);
    }

    /// An empty line, where anything was written.
    fn gap(&mut self, before: usize) {
        if self.out.len() > before {
            self.out.push('\n');
        }
    }

    /// A case in one line.
    fn line(&mut self, test: &TestResult) {
        self.title(test);
        let why = headline(test);
        if !why.is_empty() {
            let why = format!(": {}", visible(&why));
            self.paint.write(&mut self.out, Style::Faint, &why);
        }
        self.out.push('\n');
    }

    fn title(&mut self, test: &TestResult) {
        let (style, word) = match test.outcome {
            Outcome::Passed => (Style::Good, "PASS"),
            Outcome::Failed => (Style::Bad, "FAIL"),
            Outcome::Error => (Style::Bad, "ERROR"),
            Outcome::Skipped => (Style::Caution, "SKIP"),
        };
        self.paint.write(&mut self.out, style, word);
        let suite = format!(" {} > ", visible(&test.suite));
        self.paint.write(&mut self.out, Style::Faint, &suite);
        let style = match test.outcome {
            Outcome::Failed | Outcome::Error => Style::Headline,
            Outcome::Passed | Outcome::Skipped => Style::Plain,
        };
        self.paint.write(&mut self.out, style, &visible(&test.name));
    }

    /// A case that failed or could not be run.
    fn broken(&mut self, test: &TestResult) {
        self.title(test);
        self.out.push('\n');
        let room = self.excerpt(&test.file, test.range, Style::Bad);
        if let (Outcome::Failed, Some(expected), Some(got)) =
            (test.outcome, &test.expected, &test.got)
        {
            self.comparison(&diff::rows(expected, got), room);
        }
        for reason in &test.reasons {
            self.frame(room, " = ");
            self.paint.write(&mut self.out, Style::Headline, "why");
            self.out.push_str(": ");
            let indent = room.gutter + " = why: ".len();
            wrap(&mut self.out, &visible(reason), indent, room.width);
            self.out.push('\n');
        }
        self.out.push('\n');
    }

    fn comparison(&mut self, rows: &[diff::Row], room: Room) {
        const PART: usize = "obligations".len();
        self.frame(room, " | ");
        self.out.push_str(&" ".repeat(PART + 2));
        self.paint.write(&mut self.out, Style::Bad, "- expected");
        self.out.push_str("  ");
        self.paint.write(&mut self.out, Style::Good, "+ got");
        self.out.push('\n');
        let mut last = None;
        for row in rows {
            let part = if last == Some(row.part) {
                ""
            } else {
                row.part.as_str()
            };
            last = Some(row.part);
            self.frame(room, " | ");
            self.out.push_str(&format!("{part:PART$}  "));
            let line = format!("{} {}", row.side.sign(), visible(&row.text));
            let style = match row.side {
                Side::Expected => Style::Bad,
                Side::Got => Style::Good,
                Side::Both => Style::Plain,
            };
            self.paint.write(&mut self.out, style, &line);
            self.out.push('\n');
        }
        self.bar(room);
    }

    /// The place and the source, as far as it is at hand.
    fn excerpt(&mut self, file: &str, range: Range, style: Style) -> Room {
        let room = self.place(file, range);
        let text = self.text(file);
        if let Some(text) = text {
            self.bar(room);
            let mark = Mark {
                range,
                message: "",
                primary: Some(style),
            };
            excerpt::draw(&mut self.out, &text, &[mark], room, self.paint);
            self.bar(room);
        }
        room
    }

    fn place(&mut self, file: &str, range: Range) -> Room {
        let room = Room {
            gutter: range.end.line.to_string().len(),
            width: self.options.width,
        };
        let at = (range.start.line, range.start.column);
        write_place(&mut self.out, "-->", file, at, "", room, self.options);
        room
    }

    fn bar(&mut self, room: Room) {
        excerpt::bar(&mut self.out, room, self.paint);
        self.out.push('\n');
    }

    fn frame(&mut self, room: Room, sign: &str) {
        let gutter = room.gutter;
        let frame = format!("{:gutter$}{sign}", "");
        self.paint.write(&mut self.out, Style::Frame, &frame);
    }

    fn text(&mut self, file: &str) -> Option<String> {
        let sources = self.sources;
        self.texts
            .entry(file.to_owned())
            .or_insert_with(|| sources(file))
            .clone()
    }

    /// Coverage and mutants, policy by policy.
    fn shares(&mut self, report: &TestReport) {
        let Some(table) = shares(report) else {
            return;
        };
        if table.rows.is_empty() {
            let nothing = "no policy counts here, so there is nothing to cover";
            self.paint.write(&mut self.out, Style::Faint, nothing);
            self.out.push_str("\n\n");
            return;
        }
        let idle = |policy: &&PolicyCoverage| policy.determined == 0;
        let coverage = report.coverage.iter().flat_map(|all| &all.policies);
        let idle: BTreeSet<&str> = coverage.filter(idle).map(|p| &*p.policy).collect();
        let full = |name: &String, cells: &[Option<Ratio>]| {
            let mut cells = cells.iter().flatten();
            cells.all(|ratio| ratio.covered == ratio.total) && !idle.contains(name.as_str())
        };
        let mut shown = table.clone();
        if !self.options.verbose {
            shown.rows.retain(|(name, cells)| !full(name, cells));
        }
        let hidden = table.rows.len() - shown.rows.len();
        shown.write(&mut self.out, self.options.width, self.paint);
        let mut notes = Vec::new();
        if let Some(coverage) = &report.coverage {
            let Ratio { covered, total } = coverage.totals.policies;
            notes.push(format!(
                "{covered} of {} determined a decision",
                counted_as(total as usize, "policy", "policies")
            ));
        }
        if hidden > 0 {
            notes.push(format!("{hidden} covered in full and not listed"));
        }
        if !notes.is_empty() {
            self.paint
                .write(&mut self.out, Style::Faint, &notes.join("; "));
            self.out.push('\n');
        }
        self.out.push('\n');
    }

    fn missing(&mut self, coverage: Option<&Coverage>) {
        let Some(coverage) = coverage else {
            return;
        };
        let all: Vec<(String, &str)> = coverage
            .policies
            .iter()
            .flat_map(|policy| {
                policy.missing.iter().map(|missing| {
                    let at = missing.range.start;
                    let place = format!("{}:{}:{}", visible(&policy.file), at.line, at.column);
                    (place, missing.message.as_str())
                })
            })
            .collect();
        if all.is_empty() {
            return;
        }
        self.paint
            .write(&mut self.out, Style::Headline, "not covered");
        self.out.push('\n');
        let most = if self.options.verbose {
            all.len()
        } else {
            MISSING
        };
        for (place, message) in all.iter().take(most) {
            let place = format!("  {}{place}", visible(self.options.prefix));
            self.paint.write(&mut self.out, Style::Frame, &place);
            self.out.push_str(&format!(": {}\n", visible(message)));
        }
        self.more(all.len().saturating_sub(most));
        self.out.push('\n');
    }

    /// Says that something is left out.
    fn more(&mut self, count: usize) {
        if count > 0 {
            let note = format!(
                "  and {count} more: `--verbose` lists all, `--policy NAME` those of one policy"
            );
            self.paint.write(&mut self.out, Style::Faint, &note);
            self.out.push('\n');
        }
    }

    fn survivors(&mut self, mutation: Option<&Mutation>) {
        let Some(mutation) = mutation else {
            return;
        };
        let most = if self.options.verbose {
            mutation.survivors.len()
        } else {
            SURVIVORS
        };
        for survivor in foremost(&mutation.survivors, most) {
            self.survivor(survivor);
        }
        let left = mutation.survivors.len().saturating_sub(most);
        if left > 0 {
            self.more(left);
            self.out.push('\n');
        }
    }

    fn survivor(&mut self, survivor: &Survivor) {
        self.paint.write(&mut self.out, Style::Caution, "SURVIVED ");
        let message = visible(&survivor.message).into_owned();
        self.paint.write(&mut self.out, Style::Headline, &message);
        self.out.push('\n');
        let room = self.place(&survivor.file, survivor.range);
        if survivor.operator == "policy-removed" {
            // The sentence says it all.
            self.out.push('\n');
            return;
        }
        let columns = self.options.width.saturating_sub(room.gutter + 5).max(20);
        let text = self.text(&survivor.file);
        let change = text.and_then(|text| change(&text, &survivor.edits, columns));
        if let Some(change) = change {
            self.bar(room);
            for (lines, sign, style) in [
                (&change.before, '-', Style::Bad),
                (&change.after, '+', Style::Good),
            ] {
                for line in lines {
                    self.frame(room, " | ");
                    let line = format!("{sign} {line}");
                    self.paint.write(&mut self.out, style, &line);
                    self.out.push('\n');
                }
            }
        }
        self.out.push('\n');
    }

    fn suggestions(&mut self, suggestions: &[Suggestion]) {
        let mut of_file = suggestions.to_vec();
        of_file.sort_by(|a, b| a.file.cmp(&b.file));
        for group in of_file.chunk_by(|a, b| a.file == b.file) {
            let file = group.first().map_or("", |first| &first.file);
            let title = format!(
                "{} for {}{}, under `cases:`",
                counted(group.len(), "further case"),
                visible(self.options.prefix),
                visible(file)
            );
            self.paint.write(&mut self.out, Style::Headline, &title);
            self.out.push('\n');
            for suggestion in group {
                let closes = format!("  # {}", visible(&suggestion.closes));
                self.paint.write(&mut self.out, Style::Faint, &closes);
                self.out.push('\n');
                for line in suggestion.yaml.lines() {
                    self.out.push_str(&format!("  {}\n", visible(line)));
                }
            }
            self.out.push('\n');
        }
    }

    fn mutants(&mut self, mutation: Option<&Mutation>) {
        let Some(mutation) = mutation else {
            return;
        };
        self.out.push_str(&mutants(mutation.totals));
        self.out.push('\n');
    }

    fn summary(&mut self, report: &TestReport) {
        let summary = &report.summary;
        let line = super::summary(summary);
        let counts = tally(summary);
        let start = counted(cases(summary), "case");
        // The same words as without colours.
        let rest = counts
            .iter()
            .fold(line.get(start.len()..), |rest, (_, count)| {
                let (_, rest) = rest?.split_once(count.as_str())?;
                Some(rest)
            });
        let Some(rest) = rest.filter(|_| self.paint.color) else {
            self.out.push_str(&line);
            self.out.push('\n');
            return;
        };
        self.paint.write(&mut self.out, Style::Headline, &start);
        for (index, (outcome, count)) in counts.iter().enumerate() {
            self.out.push_str(if index == 0 { ": " } else { ", " });
            let style = match outcome {
                Outcome::Passed => Style::Good,
                Outcome::Failed | Outcome::Error => Style::Bad,
                Outcome::Skipped => Style::Caution,
            };
            self.paint.write(&mut self.out, style, count);
        }
        self.out.push_str(rest);
        self.out.push('\n');
    }
}

/// So many of the survivors, in the order given: of each policy the widest edit before any other, since
/// where nobody misses a whole clause, nobody misses a part of it.
fn foremost(survivors: &[Survivor], most: usize) -> Vec<&Survivor> {
    let width = |survivor: &Survivor| {
        let Range { start, end } = survivor.range;
        Reverse(end.byte.saturating_sub(start.byte))
    };
    let mut of_policy: BTreeMap<(&str, &str), Vec<(usize, &Survivor)>> = BTreeMap::new();
    for (index, survivor) in survivors.iter().enumerate() {
        let own = of_policy.entry((&survivor.file, &survivor.policy));
        own.or_default().push((index, survivor));
    }
    let mut ranked: Vec<_> = of_policy
        .into_values()
        .flat_map(|mut own| {
            own.sort_by_key(|(index, survivor)| (width(survivor), *index));
            own.into_iter().enumerate()
        })
        .collect();
    ranked.sort_by_key(|(rank, (index, survivor))| (*rank, width(survivor), *index));
    ranked.truncate(most);
    ranked.sort_by_key(|(_, (index, _))| *index);
    ranked
        .into_iter()
        .map(|(_, (_, survivor))| survivor)
        .collect()
}

/// What came of all mutants, in one line.
pub(super) fn mutants(totals: MutationTotals) -> String {
    let all = totals.killed + totals.survived;
    let mut line = match totals.score() {
        Some(score) => format!(
            "{}: {} killed ({}), {} survived",
            counted(all as usize, "mutant"),
            totals.killed,
            thousandths(score),
            totals.survived
        ),
        None => "no mutants".to_owned(),
    };
    let left_out: Vec<String> = [
        (totals.invalid, "invalid"),
        (totals.equivalent, "equivalent"),
        (totals.equivalent_by_proof, "equivalent by proof"),
        (totals.left_out, "beyond the bound"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    if !left_out.is_empty() {
        line.push_str(&format!("; {} left out", left_out.join(", ")));
    }
    line
}

/// The table of coverage and mutants, policy by policy; `None` where nobody asked for either.
pub(super) fn shares(report: &TestReport) -> Option<Table> {
    let killed = |totals: MutationTotals| Ratio {
        covered: totals.killed,
        total: totals.killed + totals.survived,
    };
    // Most policies have nothing that can fail.
    let can_fail = |coverage: &Coverage| coverage.totals.errors.total > 0;
    let errors = report.coverage.as_ref().is_some_and(can_fail);
    let of = |totals: &Totals| {
        let mut cells = [
            totals.clauses,
            totals.conditions,
            totals.decisive,
            totals.environments,
        ]
        .map(Some)
        .to_vec();
        cells.extend(errors.then_some(Some(totals.errors)));
        cells
    };
    let mut columns = Vec::new();
    let mut rows: Vec<(String, Vec<Option<Ratio>>)> = Vec::new();
    let mut total = Vec::new();
    let mutation = report.mutation.as_ref();
    if let Some(coverage) = &report.coverage {
        columns.extend(["clauses", "conditions", "decisive", "environments"]);
        columns.extend(errors.then_some("errors"));
        total = of(&coverage.totals);
        let mutants: BTreeMap<(&str, &str), Ratio> = mutation
            .iter()
            .flat_map(|all| &all.policies)
            .map(|of| ((&*of.file, &*of.policy), killed(of.totals)))
            .collect();
        rows.extend(coverage.policies.iter().map(|policy| {
            let mut cells = of(&policy.totals);
            if mutation.is_some() {
                cells.push(mutants.get(&(&*policy.file, &*policy.policy)).copied());
            }
            (policy.policy.to_string(), cells)
        }));
    } else if let Some(mutation) = mutation {
        rows.extend(
            mutation
                .policies
                .iter()
                .map(|policy| (policy.policy.to_string(), vec![Some(killed(policy.totals))])),
        );
    }
    if let Some(mutation) = mutation {
        columns.push("mutants");
        total.push(Some(killed(mutation.totals)));
    }
    (!columns.is_empty()).then_some(Table {
        title: "policy",
        columns,
        rows,
        total,
    })
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::render::Options;
    use crate::render::sample::test::{self, sources};
    use crate::suite::outcome::{Outcome, TestResult};

    #[test]
    fn conditions_that_can_fail_have_a_column_where_there_are_any() {
        let mut report = test::report();
        let shown = |report: &crate::suite::TestReport| {
            let out = text(report, &sources, &Options::default());
            let line = out.lines().find(|line| line.starts_with("policy "));
            line.unwrap_or_default()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        let columns = "policy clauses conditions decisive environments";
        assert_eq!(shown(&report), format!("{columns} mutants"));
        if let Some(coverage) = &mut report.coverage {
            coverage.totals.errors.total = 1;
        }
        assert_eq!(shown(&report), format!("{columns} errors mutants"));
    }

    #[test]
    fn everything_that_a_run_can_say() {
        insta::assert_snapshot!(text(&test::report(), &sources, &Options::default()));
    }

    #[test]
    fn everything_that_a_run_can_say_in_colour_and_narrow() {
        let options = Options {
            color: true,
            width: 60,
            verbose: true,
            prefix: "app/",
        };
        let coloured = text(&test::report(), &sources, &options);
        insta::assert_snapshot!(coloured.replace('\x1b', "␛"));
        let plain = Options {
            color: false,
            ..options
        };
        let mut stripped = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once('\x1b') {
            stripped.push_str(before);
            rest = after.split_once('m').map_or("", |(_, rest)| rest);
        }
        stripped.push_str(rest);
        assert_eq!(stripped, text(&test::report(), &sources, &plain));
    }

    #[test]
    fn of_many_survivors_each_policy_shows_its_widest() {
        let mut report = test::report();
        let mutation = report.mutation.get_or_insert_default();
        let one = mutation.survivors.remove(0);
        for policy in 0..12 {
            for width in 1..4 {
                let mut survivor = one.clone();
                survivor.policy = format!("p{policy}").into();
                survivor.message = format!("p{policy} w{width}");
                // The last two policies have nothing as wide.
                let width = if policy < 10 { width + 3 } else { width };
                survivor.range.end.byte = survivor.range.start.byte + width;
                mutation.survivors.push(survivor);
            }
        }
        let out = text(&report, &sources, &Options::default());
        let shown: Vec<&str> = out
            .lines()
            .filter_map(|line| line.strip_prefix("SURVIVED "))
            .collect();
        let expected: Vec<String> = (0..10).map(|policy| format!("p{policy} w3")).collect();
        assert_eq!(shown, expected);
        assert!(
            out.contains("\n  and 26 more: `--verbose` lists all, `--policy NAME`"),
            "{out}"
        );
        let all = Options {
            verbose: true,
            ..Options::default()
        };
        let out = text(&report, &sources, &all);
        assert_eq!(out.matches("SURVIVED ").count(), 36);
    }

    #[test]
    fn a_run_in_which_all_is_well_is_one_line() {
        let mut passed = test::failed();
        passed.outcome = Outcome::Passed;
        let out = text(&test::of(passed), &sources, &Options::default());
        assert_eq!(out, "1 case: 1 passed in 1 suite\n");
    }

    #[test]
    fn hostile_text_does_not_reach_the_terminal() {
        let evil = "\x1b[2J\u{202e}\r\n> x";
        let mut report = test::report();
        report.tests = vec![TestResult {
            suite: evil.into(),
            name: evil.into(),
            file: evil.into(),
            reasons: vec![evil.to_owned()],
            ..test::failed()
        }];
        let [suggestion] = report.suggestions.as_mut_slice() else {
            return;
        };
        suggestion.yaml = evil.to_owned();
        suggestion.closes = evil.to_owned();
        let coverage = report.coverage.get_or_insert_default();
        for policy in &mut coverage.policies {
            policy.policy = evil.into();
            policy.file = evil.into();
        }
        let out = text(&report, &sources, &Options::default());
        assert!(!out.contains(['\x1b', '\u{202e}', '\r']), "{out:?}");
        assert!(out.lines().all(|line| !line.starts_with("> x")), "{out}");
        assert!(out.contains(r"\u{1b}[2J\u{202e}"), "{out}");
    }
}
