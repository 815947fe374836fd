//! The list of factors.
//!
//! A factor is one line here, one file `factors/<id>.rs` with a `FACTOR`, and one page `factors/<id>.md` whose
//! examples are its tests: a base, a head and the reasons that are expected.

use std::collections::BTreeSet;

use super::controls::Controls;
use super::view::{View, Widened};
use super::{Certainty, Fact, Subject, Tier};
use crate::change::Located;
use crate::config::governance::namespace;
use crate::prove::Witness;

/// What maps facts of a change to a floor.
#[derive(Debug, Clone, Copy)]
pub struct Factor {
    /// Its id, as `diff.widened`.
    pub id: &'static str,
    /// When it fires, in a few words.
    pub fires: &'static str,
    /// The least floor. Configuration can raise it.
    pub floor: Tier,
    /// What docs say of the floor, where it is not simply that.
    pub floor_words: &'static str,
    /// Who owns what it rests on.
    pub section: Owner,
    /// Standards.
    pub refs: &'static [&'static str],
    /// Its page.
    pub page: &'static str,
    /// Finds what makes it fire.
    pub(crate) run: fn(&View<'_>, &mut Out<'_>),
}

/// Who owns the facts that a factor rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Nobody can change it.
    Builtin,
    /// `iam`
    Iam,
    /// The application that the action is of.
    ActionsApp,
    /// The application that the resource is of.
    ResourcesApp,
}

/// What a factor asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Floor {
    /// The factor's own floor.
    Own,
    /// This tier, or the factor's own floor if that is higher.
    At(Tier),
    /// One tier above what else the class of requests has, at most [`Tier::Human`].
    OneUp,
}

/// That a factor fires.
pub(crate) struct Found {
    pub(crate) floor: Floor,
    pub(crate) certainty: Certainty,
    pub(crate) subject: Subject,
    /// The class of requests, by its place in [`View::classes`].
    pub(crate) class: Option<usize>,
    pub(crate) because: Vec<Fact>,
    pub(crate) spans: Vec<Located>,
    /// A request that shows it, where its class has none.
    pub(crate) witness: Option<Witness>,
    /// The namespaces of applications that it is about, where neither its class nor its policy says so.
    pub(crate) namespaces: BTreeSet<String>,
    /// Whose approval it needs whatever the tier.
    pub(crate) approver: Option<Approver>,
    pub(crate) requires: Controls,
    pub(crate) sentence: String,
}

/// Whose approval a finding needs whatever the tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Approver {
    /// An owner of IAM.
    Iam,
    /// An owner of the application, and nobody of the business.
    ApplicationOwner,
}

/// Where factors put what they find.
pub(crate) struct Out<'o> {
    pub(crate) factor: &'static Factor,
    pub(crate) found: &'o mut Vec<(&'static Factor, Found)>,
}

impl Out<'_> {
    /// Fires about the change as a whole.
    pub(crate) fn change(
        &mut self,
        certainty: Certainty,
        sentence: impl Into<String>,
    ) -> &mut Found {
        self.push(Found {
            floor: Floor::Own,
            certainty,
            subject: Subject::default(),
            class: None,
            because: Vec::new(),
            spans: Vec::new(),
            witness: None,
            namespaces: BTreeSet::new(),
            approver: None,
            requires: Controls::default(),
            sentence: sentence.into(),
        })
    }

    /// Fires about a policy.
    pub(crate) fn policy(
        &mut self,
        name: &str,
        certainty: Certainty,
        sentence: impl Into<String>,
    ) -> &mut Found {
        let found = self.change(certainty, sentence);
        found.subject.policy = Some(name.to_owned());
        found
    }

    /// Fires about a class of requests.
    pub(crate) fn class(
        &mut self,
        number: usize,
        widened: &Widened<'_>,
        sentence: impl Into<String>,
    ) -> &mut Found {
        let found = self.change(widened.certainty(), sentence);
        found.class = Some(number);
        found.subject.request = Some(widened.label().to_owned());
        if let Some(through) = &widened.class.policy {
            found.subject.policy = Some(through.name.to_string());
            found.spans.push(through.at.clone());
        }
        found
    }

    fn push(&mut self, found: Found) -> &mut Found {
        self.found.push((self.factor, found));
        #[expect(clippy::expect_used, reason = "it was pushed in the line above")]
        let (_, last) = self.found.last_mut().expect("it was just pushed");
        last
    }
}

impl Found {
    pub(crate) fn fact(&mut self, fact: impl Into<String>, source: impl Into<String>) -> &mut Self {
        self.because.push(Fact {
            fact: fact.into(),
            source: source.into(),
        });
        self
    }

    pub(crate) fn facts<'f>(&mut self, facts: impl IntoIterator<Item = &'f Fact>) -> &mut Self {
        self.because.extend(facts.into_iter().cloned());
        self
    }

    /// It is about what has this name, with its namespace.
    pub(crate) fn about(&mut self, name: &str) -> &mut Self {
        self.namespaces.insert(namespace(name).to_owned());
        self
    }

    pub(crate) const fn floor(&mut self, floor: Floor) -> &mut Self {
        self.floor = floor;
        self
    }
}

/// The factor with this id.
pub fn find(id: &str) -> Option<&'static Factor> {
    ALL.iter().copied().find(|factor| factor.id == id)
}

/// Declares the modules and the list from the same line, so that neither can be forgotten.
macro_rules! factors {
    ($($module:ident),+ $(,)?) => {
        $(mod $module;)+

        /// Every factor, sorted by id.
        pub static ALL: &[&Factor] = &[$(&$module::FACTOR),+];

        $(const _: () = assert!(
            crate::govern::standards::has_all($module::FACTOR.refs),
            concat!(stringify!($module), " cites what the catalogue of standards does not have")
        );)+
    };
}

factors! {
    action_export,
    action_irreversible,
    action_list,
    action_privilege,
    action_read,
    action_transfer,
    action_unclassified,
    action_write,
    agent_hop,
    annotation_loosened,
    breadth_action_open,
    breadth_resource_all,
    breakglass,
    bundle_broken,
    combination_toxic,
    condition_limit_missing,
    condition_untrusted,
    diff_creep,
    diff_dormant,
    diff_entities,
    diff_entities_narrowed,
    diff_equivalent,
    diff_forbid_folded,
    diff_forbid_weakened,
    diff_narrowed,
    diff_schema_widened,
    diff_taken_away,
    diff_template_fanout,
    diff_unknown,
    diff_widened,
    environment_production,
    exception,
    governance_config,
    governance_downgrade,
    governance_new_class,
    governance_retired,
    governance_stricter,
    guardrail_broken,
    jit_granted,
    jit_incomplete,
    principal_agent,
    principal_agent_write,
    principal_any,
    principal_service,
    principal_third_party,
    principal_unowned,
    provenance_model,
    provenance_model_freeform,
    provenance_self,
    resource_confidential,
    resource_regulated,
    resource_restricted,
    resource_unclassified,
    test_missing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_sorted_and_unique() {
        let ids: Vec<&str> = ALL.iter().map(|factor| factor.id).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    }
}
