//! From what is known of each part to one report: positions, severities, order.

use std::sync::Arc;

use super::approved;
use super::file::{Contents, Kind, TextFile};
use super::near;
use super::proofs::{self, Tally};
use super::read::Excluded;
use super::statement::{Form, Statement};
use super::untested::Untested;
use super::{Found, Workspace};
use crate::checks::{self, Member, PolicyContext, Run, SchemaContext, SetContext};
use crate::codes::ours;
use crate::encode::{digest, digest_of_bytes};
use crate::finding::{Finding, Place, Severity};
use crate::govern::canonical::Digest;
use crate::report::{Range, Report, ReportedFinding, ReportedFix, ReportedLabel, Summary};
use crate::rules;
use crate::source::{LineIndex, Position, Span};
use crate::suppress::{Suppression, apply, of_yaml, parse_in_suite};
use crate::time::Instant;

impl Workspace {
    /// Puts the report together, where `only` names a file the one of that file. All statements have been
    /// analysed.
    pub(super) fn assemble(
        &mut self,
        as_of: Instant,
        excluded: &Excluded,
        found: &Found,
        only: Option<&str>,
    ) -> Report {
        let untested = &found.untested;
        let mut out = Assembly::new(self);
        let members = out.members(excluded);
        let mut of_set = out.check_set(&members);
        of_set.extend(untested.of_policies.iter().cloned());
        of_set.sort_by_key(|(member, _)| *member);
        let mut set_findings = of_set.drain(..).peekable();
        let mut next_member = 0;
        let mut of_only = None;
        let mut next_guardrail = 0;
        for (path, file) in &self.files {
            let is_only = only.is_some_and(|only| *only == **path);
            let before = is_only.then(|| out.summary.clone());
            out.summary.files += 1;
            if let Some(found) = file.not_utf8 {
                out.whole_file(path, not_utf8(found.at));
            }
            if let Some(finding) = excluded.get(path) {
                out.whole_file(path, finding.clone());
                of_only = of_only.or(before.map(|before| out.summary.since(&before)));
                continue;
            }
            match &file.contents {
                Contents::Unread(_) => {}
                Contents::Text(text) => {
                    out.text_file(path, file.kind, text, &members);
                    out.untested(path, text, untested, as_of);
                }
                Contents::Policies(policies) => {
                    for (_, base, statement) in policies.positioned(&self.store) {
                        let mut extra = Vec::new();
                        if file.kind == Kind::Policies && statement.parsed().is_some() {
                            while let Some((_, finding)) =
                                set_findings.next_if(|(member, _)| *member == next_member)
                            {
                                extra.push(finding);
                            }
                            next_member += 1;
                        }
                        if file.kind == Kind::Guardrails && statement.parsed().is_some() {
                            extra.extend(found.of_guardrail(next_guardrail));
                            next_guardrail += 1;
                        }
                        out.statement(path, base, statement, extra, as_of, &members);
                    }
                }
            }
            of_only = of_only.or(before.map(|before| out.summary.since(&before)));
        }
        let Assembly {
            mut findings,
            mut summary,
            ..
        } = out;
        super::redact::redact(&mut findings, &|path| self.text(path));
        // Within a file findings come statement by statement already, so this is nearly sorted.
        findings.sort_by(|a, b| a.order().cmp(&b.order()));
        // Equal findings stand at the same place; to compare all of their texts takes long.
        findings.dedup_by(|a, b| a.range == b.range && a == b);
        if let (Some(only), Some(of_only)) = (only, of_only) {
            summary = of_only;
            findings.retain(|finding| *finding.file == *only || self.rules_all(finding));
        }
        for finding in &findings {
            *summary.by_severity.entry(finding.severity).or_default() += 1;
        }
        Report {
            findings,
            summary,
            digest: self.digest(),
        }
    }

    /// Whether the finding says that what every file is checked against cannot be relied on.
    fn rules_all(&self, finding: &ReportedFinding) -> bool {
        let kind = self.files.get(&finding.file).map(|file| file.kind);
        finding.severity == Severity::Error
            && matches!(
                kind,
                Some(Kind::Config | Kind::CedarSchema | Kind::JsonSchema)
            )
    }

    /// A digest over the paths and the digests of the files, in the order of the paths: of a policy file those of its
    /// statements' texts, of any other file that of its bytes. Any change of any byte changes it.
    pub(super) fn digest(&self) -> String {
        let digest = digest("bundle", |nodes| {
            for (path, file) in &self.files {
                nodes.node("file", path, |nodes| {
                    match &file.contents {
                        Contents::Text(text) => nodes.bytes("text", &text.digest),
                        Contents::Unread(text) => {
                            nodes.bytes("unread", &digest_of_bytes(text.as_bytes()));
                        }
                        Contents::Policies(policies) => nodes.node("statements", "", |nodes| {
                            for piece in &policies.pieces {
                                nodes.bytes("statement", &piece.digest);
                            }
                        }),
                    }
                    if let Some(found) = file.not_utf8 {
                        nodes.bytes("not UTF-8", &found.digest);
                    }
                });
            }
        });
        Digest(digest).hex()
    }
}

impl Found {
    /// What was found of the guardrail with this number.
    pub(super) fn of_guardrail(&self, number: usize) -> impl Iterator<Item = Finding> {
        let of_it = self
            .of_guardrails
            .iter()
            .filter(move |(of, _)| *of == number);
        of_it.map(|(_, finding)| finding.clone())
    }
}

fn not_utf8(at: u32) -> Finding {
    Finding::new(
        &ours::FILE_NOT_UTF8,
        Span::new(at, at + 1),
        "the file has a byte that is not UTF-8",
        "save the file as UTF-8; until then every such byte is read as `?`",
    )
}

/// A report in the making.
pub(super) struct Assembly<'a> {
    workspace: &'a Workspace,
    nested: Vec<checks::InFile>,
    /// What the checks of the whole set find in links, by the path of their file.
    of_links: Vec<(Arc<str>, Finding)>,
    pub(super) findings: Vec<ReportedFinding>,
    pub(super) summary: Summary,
}

/// A policy of the set, and where it stands.
pub(super) struct Placed<'a> {
    path: &'a Arc<str>,
    base: Position,
    statement: &'a Statement,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(workspace: &'a Workspace) -> Self {
        let mut assembly = Self {
            workspace,
            nested: workspace.nested(),
            of_links: Vec::new(),
            findings: Vec::new(),
            summary: Summary {
                schema: workspace.schema_use(),
                ..Summary::default()
            },
        };
        assembly.count_proofs(workspace.relations.tally());
        assembly
    }

    /// Every policy that takes part in decisions, in the order of files and statements.
    pub(super) fn members(&self, excluded: &Excluded) -> Vec<Placed<'a>> {
        let mut members = Vec::new();
        for (path, file) in &self.workspace.files {
            if let Contents::Policies(policies) = &file.contents
                && file.kind == Kind::Policies
                && !excluded.contains_key(path)
            {
                members.extend(
                    policies
                        .positioned(&self.workspace.store)
                        .filter(|(_, _, statement)| statement.parsed().is_some())
                        .map(|(_, base, statement)| Placed {
                            path,
                            base,
                            statement,
                        }),
                );
            }
        }
        members
    }

    /// What the checks of the whole set find, by the number of the policy. What they find in links is kept for their
    /// files.
    pub(super) fn check_set(&mut self, members: &[Placed<'a>]) -> Vec<(usize, Finding)> {
        let policies: Vec<Member<'_>> = members
            .iter()
            .filter_map(|placed| {
                let analysis = placed.statement.analysis.as_ref()?;
                Some(Member {
                    policy: &placed.statement.parsed()?.policy,
                    scope: &analysis.scope,
                    alone: analysis.alone.as_ref(),
                })
            })
            .collect();
        let linked = &self.workspace.data.linked;
        let of_template = |at: usize| members.get(at)?.statement.parsed();
        let (links, _) = proofs::take_part(linked, of_template);
        let context = SetContext {
            policies: &policies,
            schema: self.workspace.schema.schema.as_deref(),
            links: &links,
            relations: &self.workspace.relations,
            ground: self.workspace.schema.ground.as_deref(),
            config: &self.workspace.config.config,
        };
        let mut found = Vec::new();
        for check in checks::ALL {
            if let Run::Set(run) | Run::PolicyOrSet { set: run, .. } = check.run
                && self.is_on(check.rule)
            {
                run(&context, &mut found);
            }
        }
        let of_links = found.extract_if(.., |(number, _)| *number >= members.len());
        self.of_links = of_links
            .filter_map(|(number, finding)| {
                let (path, _) = linked.get(number - members.len())?;
                Some((Arc::clone(path), finding))
            })
            .collect();
        found
    }

    fn is_on(&self, rule: &rules::Rule) -> bool {
        self.workspace
            .config
            .config
            .severity(rule, rule.severity)
            .is_some()
    }

    /// A finding about a file that is not read.
    fn whole_file(&mut self, path: &Arc<str>, finding: Finding) {
        let text = self.workspace.text(path).unwrap_or_default();
        let index = LineIndex::new(&text);
        self.push(path, None, &At::file(&text, &index), finding, &[]);
    }

    /// What the checks of policy tests say of a file that is read as a whole.
    pub(super) fn untested(
        &mut self,
        path: &Arc<str>,
        file: &TextFile,
        untested: &Untested,
        as_of: Instant,
    ) {
        let of_file = untested.of_files.iter().filter(|(of, _)| of == path);
        let mut findings: Vec<Finding> = of_file.map(|(_, finding)| finding.clone()).collect();
        if path.ends_with(".test.yaml") {
            findings = self.suppress_in_suite(&file.text, as_of, findings);
        }
        for finding in findings {
            let at = At::file(&file.text, &file.index);
            self.push(path, None, &at, finding, &[]);
        }
    }

    pub(super) fn text_file(
        &mut self,
        path: &Arc<str>,
        kind: Kind,
        file: &TextFile,
        members: &[Placed<'a>],
    ) {
        let findings = match kind {
            Kind::Config => self.workspace.config.findings.clone(),
            Kind::CedarSchema | Kind::JsonSchema => self.schema_file(path),
            Kind::Entities | Kind::Links => self.workspace.data.findings(path).cloned().collect(),
            // Said by what is nested.
            Kind::Unknown if path.ends_with(&format!("/{}", crate::config::FILE_NAME)) => {
                Vec::new()
            }
            Kind::Unknown => near::finding(path, &file.text).into_iter().collect(),
            _ => file.faults(path, kind).to_vec(),
        };
        let secrets = file.secrets(kind).iter().cloned();
        let nested = self.nested.iter().filter(|(of, _)| of == path);
        let nested: Vec<Finding> = nested.map(|(_, finding)| finding.clone()).collect();
        let named = self.workspace.named.findings.iter();
        let named = named
            .filter(|(of, _)| of == path)
            .map(|(_, finding)| finding.clone());
        let of_links = self.of_links.iter().filter(|(of, _)| of == path);
        let of_links: Vec<Finding> = of_links.map(|(_, finding)| finding.clone()).collect();
        for finding in findings
            .into_iter()
            .chain(nested)
            .chain(named)
            .chain(secrets)
            .chain(of_links)
            .chain(super::nul_byte(&file.text))
        {
            self.push(
                path,
                None,
                &At::file(&file.text, &file.index),
                finding,
                members,
            );
        }
    }

    fn schema_file(&self, path: &Arc<str>) -> Vec<Finding> {
        let state = &self.workspace.schema;
        let mut found = state.findings.clone();
        if let (Some(schema), Some(declared)) = (state.schema.as_deref(), state.declared.as_deref())
        {
            let context = SchemaContext {
                schema,
                declared,
                config: &self.workspace.config.config,
            };
            for check in checks::ALL {
                if let Run::Schema(run) = check.run
                    && self.is_on(check.rule)
                {
                    run(&context, &mut found);
                }
            }
        }
        found
            .into_iter()
            .filter(|(of, _)| of == path)
            .map(|(_, finding)| finding)
            .collect()
    }

    /// Counts a statement.
    pub(super) fn count(&mut self, statement: &Statement) {
        if let Some(alone) = statement.analysis.as_ref().and_then(|of| of.alone.as_ref()) {
            self.count_proofs(alone.tally);
        }
        match &statement.form {
            Form::Blank => {}
            Form::Broken(_) => self.summary.broken_statements += 1,
            Form::Parsed(_) => self.summary.policies += 1,
        }
    }

    const fn count_proofs(&mut self, tally: Tally) {
        self.summary.proofs.asked += tally.asked;
        self.summary.proofs.undecided += tally.undecided;
    }

    /// Counts a statement and adds what is found in it.
    pub(super) fn statement(
        &mut self,
        path: &Arc<str>,
        base: Position,
        statement: &'a Statement,
        of_set: Vec<Finding>,
        as_of: Instant,
        members: &[Placed<'a>],
    ) {
        self.count(statement);
        if of_set.is_empty() && statement.is_silent() {
            return;
        }
        let mut findings = statement
            .analysis
            .as_ref()
            .map(|analysis| analysis.findings.clone())
            .unwrap_or_default();
        findings.extend(of_set);
        let parsed = statement.parsed();
        if let (Some(parsed), Some(analysis)) = (parsed, &statement.analysis) {
            let schema = self.workspace.schema.schema.as_deref();
            let context = PolicyContext::new(
                &parsed.policy,
                schema.map(|schema| (schema, &analysis.scope)),
                &self.workspace.config.config,
            );
            for check in &analysis.clock {
                if let Run::Clock { run, .. } = check.run {
                    run(&context, as_of, &mut findings);
                }
            }
        }
        let findings = self.suppress(statement, as_of, findings);
        let policy: Option<Arc<str>> = parsed.and_then(|p| p.policy.id()).map(Into::into);
        let at = At {
            text: &statement.text,
            index: &statement.index,
            base,
        };
        for finding in findings {
            self.push(path, policy.clone(), &at, finding, members);
        }
    }

    /// Leaves out what the statement's suppressions cover, and adds what is wrong with them.
    fn suppress(
        &mut self,
        statement: &Statement,
        as_of: Instant,
        findings: Vec<Finding>,
    ) -> Vec<Finding> {
        if statement.suppressions.list.is_empty() {
            return findings;
        }
        let mut list = statement.suppressions.list.clone();
        if let Some(approved) = &self.workspace.approved {
            let name = approved::name(statement);
            for suppression in &mut list {
                let codes = &mut suppression.codes;
                codes.retain(|code| approved.contains(&(name.clone(), code.value)));
            }
            list.retain(|suppression| !suppression.codes.is_empty());
        }
        self.apply(list, as_of, findings)
    }

    /// The same for a suite, case by case.
    fn suppress_in_suite(
        &mut self,
        text: &str,
        as_of: Instant,
        findings: Vec<Finding>,
    ) -> Vec<Finding> {
        let read = parse_in_suite(text);
        let mut kept = read.findings;
        let mut rest = findings;
        let mut list = read.list.as_slice();
        while let Some((_, place)) = list.first() {
            let same = list.iter().take_while(|(_, other)| other == place).count();
            let (own, behind) = list.split_at_checked(same).unwrap_or((list, &[]));
            list = behind;
            let (inside, outside) = rest.into_iter().partition(|f| place.contains(f.span));
            rest = outside;
            let own = own
                .iter()
                .map(|(suppression, _)| suppression.clone())
                .collect();
            kept.extend(self.apply(own, as_of, inside).into_iter().map(of_yaml));
        }
        kept.append(&mut rest);
        kept
    }

    fn apply(
        &mut self,
        mut list: Vec<Suppression>,
        as_of: Instant,
        findings: Vec<Finding>,
    ) -> Vec<Finding> {
        // A check that is off was not run, so that it finds nothing says nothing of its suppression.
        for suppression in &mut list {
            suppression
                .codes
                .retain(|code| self.is_on(rules::named(code.value)));
        }
        list.retain(|suppression| !suppression.codes.is_empty());
        let (shown, hidden): (Vec<_>, Vec<_>) = findings.into_iter().partition(|finding| {
            let rule = rules::named(finding.code);
            let config = &self.workspace.config.config;
            config.severity(rule, finding.severity).is_some()
        });
        drop(hidden);
        let config = &self.workspace.config.config;
        let most_days = config.options.max_expiry_days;
        let mut applied = apply(&list, as_of, config.profile, most_days, shown);
        self.summary.suppressed += applied.suppressed.len();
        applied.kept.append(&mut applied.extra);
        applied.kept
    }

    fn push(
        &mut self,
        path: &Arc<str>,
        policy: Option<Arc<str>>,
        at: &At<'_>,
        finding: Finding,
        members: &[Placed<'a>],
    ) {
        let rule = rules::named(finding.code);
        let Some(severity) = self
            .workspace
            .config
            .config
            .severity(rule, finding.severity)
        else {
            return;
        };
        let labels = finding
            .labels
            .into_iter()
            .filter_map(|label| {
                let (file, range) = match label.at {
                    Place::Here(span) => (Arc::clone(path), at.range(span)),
                    Place::Statement(member, span) if member >= members.len() => {
                        let number = member - members.len();
                        let (path, _) = self.workspace.data.linked.get(number)?;
                        let Contents::Text(file) = &self.workspace.files.get(path)?.contents else {
                            return None;
                        };
                        let at = At::file(&file.text, &file.index);
                        (Arc::clone(path), at.range(span))
                    }
                    Place::Statement(member, span) => {
                        let placed = members.get(member)?;
                        let at = At {
                            text: &placed.statement.text,
                            index: &placed.statement.index,
                            base: placed.base,
                        };
                        (Arc::clone(placed.path), at.range(span))
                    }
                };
                Some(ReportedLabel {
                    file,
                    range,
                    message: label.message,
                })
            })
            .collect();
        let fixes = finding
            .fixes
            .into_iter()
            .map(|fix| ReportedFix {
                title: fix.title,
                safe: fix.safe,
                edits: fix
                    .edits
                    .into_iter()
                    .map(|edit| (at.range(edit.span), edit))
                    .collect(),
            })
            .collect();
        self.findings.push(ReportedFinding {
            rule,
            severity,
            message: finding.message,
            why: if finding.why.is_empty() {
                rule.why.to_owned()
            } else {
                finding.why
            },
            help: finding.help,
            file: Arc::clone(path),
            policy,
            range: at.range(finding.span),
            labels,
            environments: finding.environments,
            fixes,
        });
    }
}

/// A text and where it starts in its file.
struct At<'a> {
    text: &'a str,
    index: &'a LineIndex,
    base: Position,
}

impl<'a> At<'a> {
    const fn file(text: &'a str, index: &'a LineIndex) -> Self {
        Self {
            text,
            index,
            base: Position::START,
        }
    }

    fn range(&self, span: Span) -> Range {
        Range {
            start: self.index.position(self.text, span.start, self.base),
            end: self.index.position(self.text, span.end, self.base),
        }
    }
}

impl ReportedFinding {
    /// The total order of findings: by file, position, code and message.
    pub(super) fn order(&self) -> (&str, Range, &str, &str, &[Arc<str>]) {
        (
            &self.file,
            self.range,
            self.rule.code,
            &self.message,
            &self.environments,
        )
    }
}
