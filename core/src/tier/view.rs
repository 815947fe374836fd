//! What factors look at.

use std::collections::{BTreeMap, BTreeSet};

use super::classify::{ActionClass, Classifier, ResourceClass};
use crate::change::probe::{Class, Known, Probed};
use crate::change::{Change, EnvironmentChange, Kind, PolicyChange, Side, Written};
use crate::checks::{self, Member, PolicyContext, Run, SetContext};
use crate::config::governance::namespace;
use crate::config::{Config, Governance};
use crate::facts::Policy;
use crate::govern::{Directory, Record, directory};
use crate::report::ReportedFinding;
use crate::schema::{PrincipalKind, Schema, TypeScope};
use crate::tier::Certainty;

/// A change, and what is known of it.
pub struct View<'a> {
    pub(crate) base: &'a Side<'a>,
    pub(crate) head: &'a Side<'a>,
    pub(crate) change: &'a Change,
    pub(crate) probed: &'a Probed,
    pub(crate) words: Classifier<'a>,
    /// The newly allowed classes of request.
    pub(crate) classes: Vec<Widened<'a>>,
    pub(crate) beside: &'a Beside<'a>,
}

/// What is known beside the comparison.
#[derive(Default)]
pub(crate) struct Beside<'a> {
    /// Whether there is a base: else the whole bundle is new.
    pub(crate) has_base: bool,
    /// What a check of head finds.
    pub(crate) findings: Vec<ReportedFinding>,
    /// By kind of request: whether a case of the policy tests that passes is allowed, and whether one is denied.
    pub(crate) tested: BTreeMap<String, Tested>,
    /// Edits of changed policies that no case would notice; `None` where it was not looked.
    pub(crate) surviving: Option<Vec<Survivor>>,
    /// Files of governance that say something else, sorted.
    pub(crate) governed: Vec<String>,
    /// Whether the policy tests are others.
    pub(crate) tests_changed: bool,
    /// The people whom base knows.
    pub(crate) directory: Option<Directory>,
    /// What became of the cases of base that head does not have as they were: a sentence for each file.
    pub(crate) cases_gone: Vec<String>,
    /// Who had a part in the change, where a record says so.
    pub(crate) record: Option<&'a Record>,
    /// What lies in the folder of head and was not read.
    pub(crate) left_out: Vec<String>,
    /// Of the change since the last approved baseline: the kinds of request that are widened.
    pub(crate) since: Option<Vec<String>>,
}

/// An edit that no case would notice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Survivor {
    /// The policy.
    pub(crate) policy: String,
    /// Whether it only moves a bound.
    pub(crate) is_boundary: bool,
    /// In words.
    pub(crate) message: String,
}

/// Which decisions the cases of one kind of request come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tested {
    pub(crate) allowed: bool,
    pub(crate) denied: bool,
}

/// A newly allowed class with its classes of risk.
pub(crate) struct Widened<'a> {
    pub(crate) class: &'a Class,
    pub(crate) of: &'a EnvironmentChange,
    /// The permit, where there is one.
    pub(crate) policy: Option<&'a Written<'a>>,
    pub(crate) action: ActionClass,
    pub(crate) resource: ResourceClass,
    pub(crate) principal: Option<PrincipalKind>,
}

impl<'a> View<'a> {
    pub(crate) fn new(
        base: &'a Side<'a>,
        head: &'a Side<'a>,
        (change, probed): (&'a Change, &'a Probed),
        beside: &'a Beside<'a>,
    ) -> Self {
        let words = Classifier {
            base: base.words("base"),
            head: head.words("head"),
        };
        let classes = probed.classes.iter().filter_map(|class| {
            let of = change.environments.get(class.environment)?;
            Some(Widened {
                class,
                of,
                policy: class
                    .policy
                    .as_ref()
                    .and_then(|through| head.written.get(through.written)),
                action: words.action(&of.environment.action),
                resource: words.resource_of(&of.environment.action, &of.environment.resource),
                principal: words.principal(&of.environment.principal),
            })
        });
        Self {
            classes: classes.collect(),
            base,
            head,
            change,
            probed,
            words,
            beside,
        }
    }

    /// The configurations by which floors are raised: head's too, since it may be stricter.
    pub(crate) fn governances(&self) -> [&Governance; 2] {
        [
            &self.base.settings.governance,
            &self.head.settings.governance,
        ]
    }

    pub(crate) fn config(&self) -> &'a Config {
        self.head.settings
    }

    pub(crate) fn schema(&self) -> Option<&'a Schema> {
        self.head.schema.usable().map(|(schema, _)| schema)
    }

    /// The policies whose text is another, as base and as head have them.
    pub(crate) fn touched(&self) -> impl Iterator<Item = Touched<'_>> {
        let find = |side: &'a Side<'a>, name: &str| {
            side.written
                .iter()
                .find(|written| *written.name == *name)
                .map(|written| written.policy())
        };
        self.change
            .policies
            .iter()
            .filter(|of| !matches!(of.kind, Kind::Unchanged | Kind::Renamed))
            .map(move |of| Touched {
                of,
                base: find(self.base, of.renamed_from.as_deref().unwrap_or(&of.name)),
                head: find(self.head, of.template.as_deref().unwrap_or(&of.name)),
            })
    }

    /// The namespaces of the actions and resources that a policy's scope is about, on either side.
    pub(crate) fn namespaces_of(&self, policy: &str) -> BTreeSet<String> {
        let of = self.change.policies.iter().find(|of| *of.name == *policy);
        let also = of.map(|of| [of.template.as_deref(), of.renamed_from.as_deref()]);
        let names: Vec<&str> = std::iter::once(policy)
            .chain(also.into_iter().flatten().flatten())
            .collect();
        let mut out = BTreeSet::new();
        for side in [self.base, self.head] {
            let Some((schema, _)) = side.schema.usable() else {
                continue;
            };
            let named = side.written.iter().filter(|of| names.contains(&&*of.name));
            for written in named {
                let scope = schema.type_scope(written.policy());
                let actions = scope.actions.iter().map(ToString::to_string);
                let all = actions.chain(scope.resources);
                out.extend(all.map(|name| namespace(&name).to_owned()));
            }
        }
        out
    }

    /// A bound: the smaller of what the two sides say.
    pub(crate) fn bound(&self, of: impl Fn(&Governance) -> Option<u32>, default: u32) -> usize {
        let said = self.governances().map(|side| of(side).unwrap_or(default));
        said.into_iter().min().unwrap_or(default) as usize
    }

    /// Whether a policy was written by a model, and who says so.
    pub(crate) fn model(&self, policy: Option<&Policy>) -> Option<String> {
        if self.model_of_record().is_some() {
            return Some("the change record".to_owned());
        }
        let by = policy?.annotation_value("drafted_by")?.trim();
        let says_human = by.split_once(':').is_some_and(|(kind, who)| {
            kind.eq_ignore_ascii_case("human") && !who.trim().is_empty()
        });
        (!says_human && !self.is_human(by)).then(|| "`@drafted_by` of the policy".to_owned())
    }

    /// What drafted the change, where the record says that no human nor a service did.
    pub(crate) fn model_of_record(&self) -> Option<&str> {
        let drafter = &self.beside.record?.drafter;
        (!drafter.kind.can_approve()).then_some(drafter.id.as_str())
    }

    /// Whether base knows somebody of this name as a human.
    fn is_human(&self, name: &str) -> bool {
        let directory = self.beside.directory.as_ref();
        let person = directory.and_then(|of| of.people.get(name));
        person.is_some_and(|person| person.kind == directory::Kind::Human)
    }

    /// Whether base has a template that says the same.
    pub(crate) fn is_template_of_base(&self, written: &Written<'_>) -> bool {
        let mut before = self.base.written.iter();
        before.any(|of| of.policy().is_template() && of.form() == written.form())
    }
}

/// A policy whose text is another.
pub(crate) struct Touched<'a> {
    pub(crate) of: &'a PolicyChange,
    pub(crate) base: Option<&'a Policy>,
    pub(crate) head: Option<&'a Policy>,
}

impl Touched<'_> {
    /// Whether either side has the annotation, other than as `false`.
    pub(crate) fn has(&self, key: &str) -> bool {
        [self.base, self.head]
            .into_iter()
            .flatten()
            .filter(|policy| policy.is_permit())
            .any(|policy| {
                policy
                    .annotation_value(key)
                    .is_some_and(|value| value.trim() != "false")
            })
    }
}

impl Widened<'_> {
    /// The namespaces of its action and its resource.
    pub(crate) fn namespaces(&self) -> BTreeSet<String> {
        let environment = &self.of.environment;
        let action = environment.action.to_string();
        let names = [action.as_str(), environment.resource.as_str()];
        names.map(|name| namespace(name).to_owned()).into()
    }

    /// As `User, Action::"view", Photo`.
    pub(crate) fn label(&self) -> &str {
        &self.of.environment.label
    }

    pub(crate) fn certainty(&self) -> Certainty {
        certainty(self.class.known)
    }
}

pub(crate) const fn certainty(known: Known) -> Certainty {
    match known {
        Known::Proved => Certainty::Proved,
        Known::Over => Certainty::OverApproximated,
        Known::Unknown => Certainty::Unknown,
    }
}

/// What a check finds in a policy of head, whatever the configuration says of that check.
pub(crate) fn look(view: &View<'_>, policy: &Policy, code: &str) -> Option<String> {
    let check = checks::ALL.iter().find(|check| check.rule.code == code)?;
    let scope = view
        .schema()
        .map(|schema| (schema, schema.type_scope(policy)));
    let schema = scope.as_ref().map(|(schema, scope)| (*schema, scope));
    let mut found = Vec::new();
    match check.run {
        Run::Policy(run) => run(
            &PolicyContext::new(policy, schema, view.config()),
            &mut found,
        ),
        Run::Set(run) => {
            let scopes: Vec<TypeScope> = (view.head.written.iter())
                .map(|written| {
                    let schema = view.schema();
                    schema.map_or_else(TypeScope::default, |of| of.type_scope(written.policy()))
                })
                .collect();
            let members: Vec<Member<'_>> = (view.head.written.iter())
                .zip(&scopes)
                .map(|(written, scope)| Member {
                    policy: written.policy(),
                    scope,
                    alone: None,
                })
                .collect();
            let mut all = Vec::new();
            // Without proofs of the set: what they would refute counts here, so that a tier is never too low.
            let relations = crate::workspace::proofs::Relations::default();
            let context = SetContext {
                policies: &members,
                schema: view.schema(),
                links: &[],
                relations: &relations,
                ground: None,
                config: view.config(),
            };
            run(&context, &mut all);
            let is_own = |index: usize| {
                let member = members.get(index);
                member.is_some_and(|member| std::ptr::eq(member.policy, policy))
            };
            found.extend(
                all.into_iter()
                    .filter(|(index, _)| is_own(*index))
                    .map(|(_, of)| of),
            );
        }
        _ => {}
    }
    found.into_iter().next().map(|finding| finding.message)
}
