//! Policy tests, as doors ask for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Workspace;
use crate::config::words::shown;
use crate::config::{Config, FILE_NAME};
use crate::suite::{Outcome, TestOptions, TestReport, read, thresholds};

impl Workspace {
    /// Runs the bundle's suites. Only what changed since the last run is read and evaluated again.
    ///
    /// Where every case is selected, the shares that `portcullis.yaml` asks for are measured and held
    /// against it, whatever the options say; the report has coverage and mutants only where they ask for it.
    pub fn test(&mut self, options: &TestOptions) -> TestReport {
        let asked = self.config.config.tests.clone();
        let whole = options.filter.is_none() && options.tags.is_empty();
        let measured = TestOptions {
            coverage: options.coverage || (whole && asked.need_coverage()),
            mutation: options.mutation || (whole && asked.need_mutation()),
            ..options.clone()
        };
        let mut report = self.test_with(read::read, &measured);
        if self.schema.validator.is_none() && !self.schema.built_from.is_empty() {
            prove_nothing(&mut report);
        }
        // Cases that cannot reach the policies asked about change no share of theirs.
        let summary = &report.summary;
        let stopped = options.fail_fast && summary.failed + summary.errors > 0;
        let measured = summary.left_out == 0 || (options.reaching.is_some() && !stopped);
        if whole && measured && summary.suites > 0 {
            let text = self.text(FILE_NAME).unwrap_or_default();
            let missed = thresholds::missed(&report, &asked, &text);
            report.findings.extend(missed);
            report.findings.sort_by(|a, b| a.order().cmp(&b.order()));
        }
        // What was measured for the shares alone nobody asked to see.
        report.coverage = report.coverage.filter(|_| options.coverage);
        report.mutation = report.mutation.filter(|_| options.mutation);
        report
    }

    /// The configuration in force.
    pub const fn config(&self) -> &Config {
        &self.config.config
    }

    /// The names of all policies and templates, as reports call them.
    pub fn policy_names(&mut self) -> BTreeSet<Arc<str>> {
        self.forms().into_keys().collect()
    }

    /// Policies and templates by the names that reports call them.
    ///
    /// # Errors
    ///
    /// The first name that none has, with the one that was probably meant.
    pub(crate) fn policies_named(&mut self, names: &[String]) -> Result<Names, String> {
        let known = self.policy_names();
        let find = |name: &String| {
            if let Some(name) = known.get(name.as_str()) {
                return Ok(Arc::clone(name));
            }
            let near = crate::suggest::nearest(name, known.iter().map(AsRef::as_ref));
            let near = near.map(|near| format!(", did you mean {}?", shown(near)));
            let near = near.unwrap_or_default();
            Err(format!("there is no policy {}{near}", shown(name)))
        };
        names.iter().map(find).collect()
    }

    /// The names of the policies and templates of one file.
    pub(crate) fn policy_names_in(&mut self, path: &str) -> BTreeSet<Arc<str>> {
        let excluded = self.read();
        let policies = self.test_policies(&excluded);
        let statements = policies.statements.iter();
        let own = statements.filter(|statement| *statement.file == *path);
        own.map(|statement| Arc::clone(&statement.name)).collect()
    }

    /// The names of the policies and templates that another bundle does not have in the same form, or with
    /// other links: first by `@id`, then by what they say, so that nothing hangs on where one without `@id` stands.
    /// Comments, layout and annotations make no difference.
    pub fn policies_not_in(&mut self, base: &mut Self) -> BTreeSet<Arc<str>> {
        let mut before = base.forms();
        let (mut changed, mut rest) = (BTreeSet::new(), Vec::new());
        for (name, form) in self.forms() {
            let same_id = form.has_id && before.get(&name).is_some_and(|old| old.has_id);
            match same_id.then(|| before.remove(&name)).flatten() {
                Some(old) if old.says == form.says => {}
                Some(_) => {
                    changed.insert(name);
                }
                None => rest.push((name, form.says)),
            }
        }
        let mut left: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        for old in before.into_values() {
            *left.entry(old.says).or_default() += 1;
        }
        for (name, says) in rest {
            match left.get_mut(&says) {
                Some(count) if *count > 0 => *count -= 1,
                _ => {
                    changed.insert(name);
                }
            }
        }
        changed
    }

    /// What each policy says, and the values of its links.
    fn forms(&mut self) -> BTreeMap<Arc<str>, Form> {
        let excluded = self.read();
        let policies = self.test_policies(&excluded);
        let mut forms: Vec<Vec<String>> = policies
            .statements
            .iter()
            .map(|statement| vec![hexadecimal(&statement.parsed.policy.canonical)])
            .collect();
        for member in &policies.members {
            if let (Some(link), Some(form)) = (member.link, forms.get_mut(member.statement)) {
                let value = |slot: &Option<(_, _)>| {
                    slot.as_ref()
                        .map(|(uid, _)| format!("{uid}"))
                        .unwrap_or_default()
                };
                let says = crate::encode::digest("link", |nodes| {
                    nodes.text("name", &member.name.short);
                    nodes.text("principal", &value(&link.principal));
                    nodes.text("resource", &value(&link.resource));
                });
                form.push(hexadecimal(&says));
            }
        }
        let names = policies.statements.iter().map(|of| Arc::clone(&of.name));
        let ids = policies.statements.iter();
        let ids = ids.map(|of| of.parsed.policy.id().is_some());
        let forms = ids.zip(forms).map(|(has_id, says)| Form { has_id, says });
        names.zip(forms).collect()
    }
}

/// Names of policies.
type Names = BTreeSet<Arc<str>>;

/// What a policy says.
struct Form {
    /// Whether its name is its own.
    has_id: bool,
    /// Its canonical form, and the values of its links.
    says: Vec<String>,
}

/// Without the schema that the bundle means to have, nothing says whether a request exists, and a case that
/// expects a denial would pass for any mistyped name.
fn prove_nothing(report: &mut TestReport) {
    for test in &mut report.tests {
        if matches!(test.outcome, Outcome::Passed | Outcome::Failed) {
            test.outcome = Outcome::Error;
            test.got = None;
            test.reasons = vec![
                "the schema cannot be read, so nothing says whether this request exists: mend the schema first".to_owned(),
            ];
        }
    }
    let summary = &mut report.summary;
    summary.errors += summary.passed + summary.failed;
    summary.passed = 0;
    summary.failed = 0;
    report.coverage = None;
    report.mutation = None;
    report.suggestions = Vec::new();
}

fn hexadecimal(digest: &[u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use crate::suite::{Outcome, TestOptions};
    use crate::{Instant, Workspace};

    #[test]
    fn a_policy_on_top_changes_no_other() {
        let bundle = |text: &str| {
            let mut workspace = Workspace::new();
            workspace.set_file("a.cedar", text.as_bytes()).unwrap();
            workspace
        };
        let [first, second, new] = ["a", "b", "c"]
            .map(|id| format!("permit(principal == User::\"{id}\", action, resource);\n"));
        let mut base = bundle(&format!("{first}{second}@id(\"own\") {first}"));
        for (text, changed) in [
            (
                format!("{new}{first}{second}@id(\"own\") {first}"),
                vec!["policy0"],
            ),
            (format!("{second}{first}@id(\"own\") {first}"), vec![]),
            (
                format!("{first}@id(\"now\") {second}@id(\"own\") {first}"),
                vec![],
            ),
            (format!("{first}{second}@id(\"own\") {new}"), vec!["own"]),
            (
                format!("{first}{second}{second}@id(\"own\") {first}"),
                vec!["policy2"],
            ),
        ] {
            let names = bundle(&text).policies_not_in(&mut base);
            let names: Vec<&str> = names.iter().map(|name| &**name).collect();
            assert_eq!(names, changed, "{text}");
        }
    }

    #[test]
    fn a_schema_that_cannot_be_read_lets_no_case_pass() {
        let mut workspace = Workspace::new();
        let suite = "use: none\nfixtures:\n  none: {entities: {a: {uid: U::\"a\"}, d: {uid: D::\"d\"}}}\ncases:\n  - {name: x, principal: a, action: 'Action::\"viwe\"', resource: d, expect: deny}\n";
        for (path, text) in [
            (
                "a.cedar",
                "permit(principal, action == Action::\"view\", resource);",
            ),
            (
                "a.cedarschema",
                "entity U, D action view appliesTo {principal: U, resource: D};",
            ),
            ("a.test.yaml", suite),
        ] {
            workspace.set_file(path, text.as_bytes()).unwrap();
        }
        let options = TestOptions::new(Instant::parse("2026-11-21").unwrap());
        let report = workspace.test(&options);
        let outcomes: Vec<_> = report.tests.iter().map(|test| test.outcome).collect();
        assert_eq!(outcomes, [Outcome::Error]);
        assert_eq!((report.summary.passed, report.summary.errors), (0, 1));

        // What is measured for a share alone is not shown.
        let asked = b"tests: { coverage: { clauses: 100 }, mutation: { score: 100 } }";
        workspace.set_file("portcullis.yaml", asked).unwrap();
        workspace.remove_file("a.cedarschema").unwrap();
        let report = workspace.test(&options);
        assert!(report.coverage.is_none() && report.mutation.is_none());
        let codes: Vec<_> = report.findings.iter().map(|f| f.rule.code).collect();
        assert_eq!(codes, ["tests/below-threshold"; 2]);
        let mut coverage = options.clone();
        coverage.coverage = true;
        let report = workspace.test(&coverage);
        assert!(report.coverage.is_some() && report.mutation.is_none());

        assert_eq!(
            workspace.test(&options).tests.first().unwrap().outcome,
            Outcome::Passed
        );
    }
}
