//! Runs the suites of a bundle.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Workspace;
use super::file::{Contents, Kind, TextFile};
use super::read::Excluded;
use super::redact::{places, redact_tests};
use super::untested::is_of_tests;
use crate::authorize::{Named, names};
use crate::cedar::links::Link;
use crate::checks::InFile;
use crate::encode::digest;
use crate::finding::Finding;
use crate::report::{Report, ReportedFinding};
use crate::suite::insert::insert;
use crate::suite::model::Case;
use crate::suite::outcome::Suggestion;
use crate::suite::read::Within;
use crate::suite::run::{Member, MutateWith, Policies, Ran, Statement, SuiteFile};
use crate::suite::suggest::Proposed;
use crate::suite::{Mutation, Runner, Suite, TestOptions, TestReport};

/// What is kept of the suites from run to run.
#[derive(Debug, Default)]
pub(super) struct SuiteState {
    pub(super) runner: Runner,
    /// By path.
    read: BTreeMap<Arc<str>, ReadSuite>,
}

/// A suite that was read.
#[derive(Debug)]
struct ReadSuite {
    /// Digest of its text and of what every suite is read against.
    key: [u8; 32],
    /// The other files that it asked for, and the digests that they had.
    others: Vec<(String, Option<[u8; 32]>)>,
    suite: Option<Arc<Suite>>,
    /// Spans count from the file's start.
    findings: Vec<Finding>,
}

/// Reads a suite at a path; `None` where nothing of it could be read.
pub(super) type ReadFn = fn(&Arc<str>, &str, &Within<'_>) -> (Option<Suite>, Vec<Finding>);

impl Workspace {
    /// Runs the suites of the bundle as `read` reads them. Only what changed since the last run, or what a
    /// change can reach, is read and evaluated again.
    pub(super) fn test_with(&mut self, read: ReadFn, options: &TestOptions) -> TestReport {
        let mut checked = self.check_with(options.as_of, read, options.coverage);
        // Everything is up to date, so that this finds out again what is left out, and nothing else.
        let excluded = self.read();
        let mut state = std::mem::take(&mut self.suites);
        let policies = self.test_policies(&excluded);
        let read_now = state.read(self, &policies, &excluded, read);
        let suites = self.suites_of(&state, &excluded);
        let secrets = places(&checked.findings);
        checked.findings.retain(|finding| {
            is_left_out(finding)
                || finding.rule.code.starts_with("suite/")
                || (is_of_tests(finding.rule) && is_asked(finding, &policies, options))
        });
        let ran = state.runner.run(&policies, &suites, options);
        let mutation = options.mutation.then(|| {
            let with = MutateWith {
                validator: self.schema.validator.as_deref(),
                limits: &self.config.config.limits,
            };
            state.runner.mutate(&policies, &suites, options, with)
        });
        let suggestions = if options.suggest {
            self.suggestions(
                &mut state.runner,
                (&policies, &suites),
                options,
                mutation.as_ref(),
                (&excluded, read),
            )
        } else {
            Vec::new()
        };
        let counters = state.runner.counters();
        let mut report = self.test_report(&state, checked, ran, &excluded);
        report.mutation = mutation;
        report.suggestions = suggestions;
        report.secrets = secrets;
        redact_tests(&mut report, &|path| self.text(path));
        self.counters.suites_read += read_now;
        self.counters.cases_evaluated = counters.cases_evaluated;
        self.counters.coverage_faults = counters.coverage_faults;
        self.counters.mutated = state.runner.mutated();
        self.suites = state;
        report
    }

    /// Cases that, added to their suites, are read back as the requests that were evaluated.
    fn suggestions(
        &self,
        runner: &mut Runner,
        (policies, suites): (&Policies<'_>, &[SuiteFile<'_>]),
        options: &TestOptions,
        mutation: Option<&Mutation>,
        (excluded, read): (&Excluded, ReadFn),
    ) -> Vec<Suggestion> {
        let names = policies
            .members
            .iter()
            .flat_map(|member| [&member.name.short, &member.name.full])
            .cloned()
            .collect();
        let other = |path: &str| {
            let file = self.other(path, excluded);
            file.map(|file| Arc::clone(&file.text))
        };
        let entity_files = self.entity_files();
        let within = Within {
            entity_files: &entity_files,
            file: &other,
            schema: self.schema.schema.as_deref(),
            validator: self.schema.validator.as_deref().map(|v| v.schema()),
            policies: &names,
            limits: &self.config.config.limits,
        };
        let confirm = |proposed: &Proposed<'_>| {
            let new = self
                .other(proposed.file, excluded)
                .and_then(|file| insert(&file.text, &[proposed.yaml]));
            let read = new.and_then(|new| read(&proposed.file.into(), &new, &within).0);
            let Some(suite) = read else {
                return false;
            };
            let case = proposed.case;
            let determining = |case: &Case| {
                let names = case.expected.determining.as_ref()?.value.iter();
                Some(names.map(|name| name.value.clone()).collect::<Vec<_>>())
            };
            // The list of cases can stand before or behind tables.
            suite.cases.iter().any(|of| {
                let fixture = suite.fixtures.get(of.fixture);
                (&of.principal, &of.action, &of.resource, &of.context)
                    == (&case.principal, &case.action, &case.resource, &case.context)
                    && of.expected.decision.value == case.expected.decision.value
                    && determining(of) == determining(case)
                    && fixture.is_some_and(|fixture| *fixture.entities == *proposed.entities)
            })
        };
        runner.suggest(policies, suites, options, mutation, &confirm)
    }

    /// The suites that could be read.
    pub(super) fn suites_of(&self, state: &SuiteState, excluded: &Excluded) -> Vec<SuiteFile<'_>> {
        self.suite_files(excluded)
            .into_iter()
            .filter_map(|(path, file)| {
                Some(SuiteFile {
                    suite: Arc::clone(state.read.get(path)?.suite.as_ref()?),
                    text: &file.text,
                    index: &file.index,
                })
            })
            .collect()
    }

    /// A file that a suite can ask for.
    fn other(&self, path: &str, excluded: &Excluded) -> Option<&TextFile> {
        if excluded.contains_key(path) {
            return None;
        }
        match &self.files.get(path)?.contents {
            Contents::Text(text) => Some(text),
            _ => None,
        }
    }

    fn entity_files(&self) -> Vec<Arc<str>> {
        let entities = self
            .files
            .iter()
            .filter(|(_, file)| file.kind == Kind::Entities);
        entities.map(|(path, _)| Arc::clone(path)).collect()
    }

    pub(super) fn suite_files(&self, excluded: &Excluded) -> Vec<(&Arc<str>, &TextFile)> {
        self.files
            .iter()
            .filter(|(path, file)| file.kind == Kind::Suite && !excluded.contains_key(*path))
            .filter_map(|(path, file)| match &file.contents {
                Contents::Text(text) => Some((path, &**text)),
                _ => None,
            })
            .collect()
    }

    /// The policies, templates and links that take part in decisions.
    pub(super) fn test_policies(&self, excluded: &Excluded) -> Policies<'_> {
        static NO_SCOPE: crate::schema::TypeScope = crate::schema::TypeScope {
            actions: BTreeSet::new(),
            principals: BTreeSet::new(),
            resources: BTreeSet::new(),
        };
        let mut statements = Vec::new();
        let mut digests = Vec::new();
        let mut own = Vec::new();
        for (path, file) in &self.files {
            let Contents::Policies(policies) = &file.contents else {
                continue;
            };
            if file.kind != Kind::Policies || excluded.contains_key(path) {
                continue;
            }
            let mut position = 0;
            for (_, base, statement) in policies.positioned(&self.store) {
                let Some(parsed) = statement.parsed() else {
                    continue;
                };
                own.push((
                    path,
                    parsed
                        .policy
                        .id()
                        .map_or_else(|| format!("policy{position}"), str::to_owned),
                ));
                position += 1;
                digests.push(statement.digest);
                statements.push(Statement {
                    name: Arc::clone(path),
                    file: Arc::clone(path),
                    parsed,
                    scope: statement
                        .analysis
                        .as_ref()
                        .map_or(&NO_SCOPE, |analysis| &analysis.scope),
                    index: &statement.index,
                    base,
                });
            }
        }
        // Policies, templates and links share one space of names, as in a set of Cedar's.
        let links = &self.data.linked;
        let named: Vec<Named<'_>> = own
            .iter()
            .map(|(file, own)| Named { file, own })
            .chain(links.iter().map(|(file, link)| Named {
                file,
                own: &link.link_id,
            }))
            .collect();
        let mut of_statements = names(&named);
        let of_links = of_statements.split_off(statements.len());
        for (statement, name) in statements.iter_mut().zip(&of_statements) {
            statement.name = Arc::clone(&name.short);
        }
        let policies = (0..).zip(of_statements).filter(|(at, _)| {
            let statement = statements.get(*at);
            statement.is_some_and(|statement| !statement.parsed.policy.is_template())
        });
        let mut members: Vec<Member<'_>> = policies
            .map(|(at, name)| (at, None, name))
            .chain(
                links
                    .iter()
                    .zip(of_links)
                    .map(|((_, link), name)| (link.template, Some(link), name)),
            )
            .map(|(statement, link, name)| Member {
                key: key(digests.get(statement), link),
                statement,
                link,
                name,
            })
            .collect();
        members.sort_by_key(|member| member.statement);
        let schema = self.schema.schema.as_deref();
        let validator = self.schema.validator.as_deref().map(|v| v.schema());
        Policies {
            statements,
            members,
            schema: schema.zip(validator),
            epoch: self.schema.epoch,
        }
    }

    fn test_report(
        &self,
        state: &SuiteState,
        checked: Report,
        ran: Ran,
        excluded: &Excluded,
    ) -> TestReport {
        let mut summary = ran.summary;
        let is_suite = |path| (self.files.get(path)).is_some_and(|file| file.kind == Kind::Suite);
        summary.broken_suites = state.read.values().filter(|r| r.suite.is_none()).count()
            + excluded.keys().filter(|path| is_suite(*path)).count();
        TestReport {
            findings: checked.findings,
            tests: ran.tests,
            summary,
            coverage: ran.coverage,
            mutation: None,
            suggestions: Vec::new(),
            secrets: Vec::new(),
            digest: checked.digest,
        }
    }
}

impl SuiteState {
    /// What is wrong with the suites, by path.
    pub(super) fn findings(&self) -> impl Iterator<Item = InFile> {
        self.read.iter().flat_map(|(path, read)| {
            let findings = read.findings.iter();
            findings.map(|finding| (Arc::clone(path), finding.clone()))
        })
    }

    /// Brings what was read of the suites up to date; returns how many were read.
    pub(super) fn read(
        &mut self,
        workspace: &Workspace,
        policies: &Policies<'_>,
        excluded: &Excluded,
        read: ReadFn,
    ) -> u64 {
        let names = policies
            .members
            .iter()
            .flat_map(|member| [&member.name.short, &member.name.full])
            .cloned()
            .collect();
        let files = workspace.suite_files(excluded);
        self.read_suites(workspace, &files, &names, excluded, read)
    }

    /// Reads the suites that changed, or that something changed for; returns how many.
    fn read_suites(
        &mut self,
        workspace: &Workspace,
        files: &[(&Arc<str>, &TextFile)],
        policies: &BTreeSet<Arc<str>>,
        excluded: &Excluded,
        read: ReadFn,
    ) -> u64 {
        // What every suite is read against: the schema, the limits, policies by name, and which files have entities.
        let entity_files = workspace.entity_files();
        let common = digest("what suites are read against", |nodes| {
            nodes.number("schema", workspace.schema.epoch);
            nodes.number("configuration", workspace.config.epoch);
            policies.iter().for_each(|name| nodes.text("policy", name));
            entity_files
                .iter()
                .for_each(|path| nodes.text("entities", path));
        });
        self.read.retain(|path, _| {
            files
                .binary_search_by(|(other, _)| (*other).cmp(path))
                .is_ok()
        });
        let mut count = 0;
        for (path, file) in files {
            let key = digest("suite", |nodes| {
                nodes.bytes("read against", &common);
                nodes.bytes("file", &file.digest);
            });
            let still = |(path, digest): &(String, Option<[u8; 32]>)| {
                workspace.other(path, excluded).map(|file| file.digest) == *digest
            };
            if self
                .read
                .get(*path)
                .is_some_and(|known| known.key == key && known.others.iter().all(still))
            {
                continue;
            }
            count += 1;
            let others = RefCell::new(Vec::new());
            let other = |path: &str| {
                let file = workspace.other(path, excluded);
                let digest = file.map(|file| file.digest);
                others.borrow_mut().push((path.to_owned(), digest));
                file.map(|file| Arc::clone(&file.text))
            };
            let within = Within {
                entity_files: &entity_files,
                file: &other,
                schema: workspace.schema.schema.as_deref(),
                validator: workspace.schema.validator.as_deref().map(|v| v.schema()),
                policies,
                limits: &workspace.config.config.limits,
            };
            let (suite, findings) = read(path, &file.text, &within);
            let known = ReadSuite {
                key,
                others: others.into_inner(),
                suite: suite.map(Arc::new),
                findings,
            };
            self.read.insert(Arc::clone(path), known);
        }
        count
    }
}

/// Whether the finding says that something of the bundle takes no part in the run: a policy that Cedar
/// does not accept, a file that is not read. A policy that does not type-check takes part all the same.
fn is_left_out(finding: &ReportedFinding) -> bool {
    let code = finding.rule.code;
    let of_types = crate::codes::cedar_validate::RULES;
    finding.severity == crate::finding::Severity::Error
        && code.contains('/')
        && !code.starts_with("config/")
        && !of_types.iter().any(|rule| rule.code == code)
}

/// Whether a run is one that says what is not tested: of all cases, and of policies that count.
fn is_asked(finding: &ReportedFinding, policies: &Policies<'_>, options: &TestOptions) -> bool {
    if options.filter.is_some() || !options.tags.is_empty() {
        return false;
    }
    options.policies.is_none()
        || policies.statements.iter().any(|statement| {
            statement.file == finding.file
                && options.counts(&statement.name)
                && statement
                    .range(statement.parsed.policy.span)
                    .span()
                    .contains(finding.range.span())
        })
}

/// A digest of a policy's text and the values of its slots.
fn key(digest: Option<&[u8; 32]>, link: Option<&Link>) -> [u8; 32] {
    let digest = digest.copied().unwrap_or_default();
    let Some(link) = link else {
        return digest;
    };
    crate::change::Member::key(digest, Some(link))
}

#[cfg(test)]
mod tests;
