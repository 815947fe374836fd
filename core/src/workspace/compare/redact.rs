//! Keeps secrets out of what is said of a change: a witness can be made of the literals of policies.

use serde_json::Value;

use crate::change::{Change, Decided, EntityEdit, Example, Verdict};
use crate::facts::Entity;
use crate::prove::Witness;
use crate::schema::Environment;
use crate::tier::Reason;
use crate::workspace::Workspace;
use crate::workspace::file::Contents;
use crate::workspace::redact::Secrets;

impl Workspace {
    /// Takes every secret of either bundle out of a change.
    pub(super) fn hide_secrets(&self, base: &Self, change: &mut Change) {
        let mut secrets = Secrets::default();
        self.secrets(&mut secrets);
        base.secrets(&mut secrets);
        if !secrets.is_empty() {
            Hiding(&secrets).change(change);
        }
    }

    /// Takes every secret of either bundle out of reasons for a tier.
    pub(in crate::workspace) fn hide_secrets_in_reasons(
        &self,
        base: &Self,
        reasons: &mut [Reason],
    ) {
        let mut secrets = Secrets::default();
        self.secrets(&mut secrets);
        base.secrets(&mut secrets);
        if secrets.is_empty() {
            return;
        }
        let hiding = Hiding(&secrets);
        for reason in reasons {
            secrets.hide(&mut reason.sentence);
            hiding.texts(reason.subject.policy.as_mut_slice());
            hiding.texts(reason.subject.request.as_mut_slice());
            for fact in &mut reason.because {
                secrets.hide(&mut fact.fact);
                secrets.hide(&mut fact.source);
            }
            if let Some(witness) = &mut reason.witness {
                hiding.witness(witness);
            }
            let acknowledge = std::mem::take(&mut reason.requires.acknowledge);
            reason.requires.acknowledge = acknowledge
                .into_iter()
                .map(|mut text| {
                    secrets.hide(&mut text);
                    text
                })
                .collect();
        }
    }

    fn secrets(&self, secrets: &mut Secrets) {
        for file in self.files.values() {
            match &file.contents {
                Contents::Unread(_) => {}
                Contents::Text(text) => secrets.add(text.secrets(file.kind), &text.text),
                Contents::Policies(policies) => {
                    for (_, _, statement) in policies.positioned(&self.store) {
                        match &statement.analysis {
                            Some(analysis) => secrets.add(&analysis.findings, &statement.text),
                            None => {
                                let text = &statement.text;
                                let found = crate::checks::in_statement(
                                    text,
                                    &statement.comments,
                                    &statement.strings,
                                );
                                secrets.add(&found, text);
                            }
                        }
                    }
                }
            }
        }
    }
}

struct Hiding<'s>(&'s Secrets);

impl Hiding<'_> {
    fn change(&self, change: &mut Change) {
        let Self(secrets) = self;
        self.texts(&mut change.why);
        for group in &mut change.groups {
            group
                .because
                .iter_mut()
                .for_each(|name| secrets.hide_in(name));
            for part in &mut group.parts {
                self.texts(&mut part.actions);
            }
        }
        for of in &mut change.environments {
            self.environment(&mut of.environment);
            self.texts(of.why.as_mut_slice());
            for example in [&mut of.newly_allowed, &mut of.newly_denied]
                .into_iter()
                .flatten()
            {
                self.example(example);
            }
        }
        for policy in &mut change.policies {
            secrets.hide_in(&mut policy.name);
            policy
                .renamed_from
                .iter_mut()
                .for_each(|name| secrets.hide_in(name));
            policy
                .template
                .iter_mut()
                .for_each(|name| secrets.hide_in(name));
            self.texts(policy.why.as_mut_slice());
        }
        for edit in &mut change.schema {
            secrets.hide(&mut edit.subject);
            self.texts(edit.before.as_mut_slice());
            self.texts(edit.after.as_mut_slice());
        }
        for of in &mut change.settings {
            secrets.hide(&mut of.setting);
            secrets.hide(&mut of.what);
            self.texts(of.app.as_mut_slice());
        }
        for entity in &mut change.entities {
            secrets.hide(&mut entity.subject);
            let reach = &mut entity.reach;
            for names in [&mut reach.wider, &mut reach.narrower, &mut reach.classed] {
                self.texts(names);
            }
            if let EntityEdit::Changed {
                parents_added,
                parents_removed,
                attributes,
                tags,
            } = &mut entity.edit
            {
                for names in [parents_added, parents_removed, attributes, tags] {
                    self.texts(names);
                }
            }
        }
        for guardrail in &mut change.guardrails {
            secrets.hide_in(&mut guardrail.name);
            if let Some(example) = &mut guardrail.no_longer {
                self.example(example);
            }
            match &mut guardrail.verdict {
                Some(Verdict::Broken(all)) => {
                    for (environment, example) in all {
                        self.environment(environment);
                        self.example(example);
                    }
                }
                Some(Verdict::Unknown(undecided)) => secrets.hide(&mut undecided.why),
                Some(Verdict::Idle(why)) => secrets.hide(why),
                Some(Verdict::Holds) | None => {}
            }
        }
    }

    fn environment(&self, environment: &mut Environment) {
        self.0.hide_in(&mut environment.label);
        self.entity(&mut environment.action);
    }

    fn example(&self, example: &mut Example) {
        let Example {
            witness,
            counterpart,
            base,
            head,
            because,
        } = example;
        self.witness(witness);
        counterpart.iter_mut().for_each(|of| self.witness(of));
        for decided in [base, head].into_iter().flatten() {
            let Decided {
                determining,
                errors,
                ..
            } = decided;
            let names = determining.iter_mut().chain(errors);
            names.for_each(|name| self.0.hide_in(name));
        }
        because.iter_mut().for_each(|name| self.0.hide_in(name));
    }

    pub(in crate::workspace) fn witness(&self, witness: &mut Witness) {
        let Witness {
            principal,
            action,
            resource,
            context,
            entities,
        } = witness;
        for entity in [principal, action, resource] {
            self.entity(entity);
        }
        self.value(context);
        self.value(entities);
    }

    fn entity(&self, entity: &mut Entity) {
        self.0.hide(&mut entity.id);
    }

    fn texts(&self, texts: &mut [String]) {
        texts.iter_mut().for_each(|text| self.0.hide(text));
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.0.hide(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.value(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}
