//! Puts a change together.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::across::Sides;
use super::environments::{environment, literal_types};
use super::ground::{Asking, Ground};
use super::groups::groups;
use super::guardrails::guardrails;
use super::memo::Memo;
use super::policies::policies;
use super::side::{Grammar, Side, Written};
use super::{Change, EnvironmentChange, Kind, On, Options, Relation, Summary, entities, schema};
use crate::config::direction;
use crate::schema::{Environment, Schema};

/// What head does to base.
pub(crate) fn compare(
    base: &Side<'_>,
    head: &Side<'_>,
    options: &Options,
    memo: &mut Memo,
) -> Change {
    compare_and(base, head, options, memo, |_, _| ()).0
}

/// What head does to base, and what further questions of the same comparison come to.
pub(super) fn compare_and<T>(
    base: &Side<'_>,
    head: &Side<'_>,
    options: &Options,
    memo: &mut Memo,
    further: impl FnOnce(&mut Work<'_>, &Change) -> T,
) -> (Change, T) {
    let of_both = all(base, head);
    let mut work = Work::new(base, head, &of_both, options, memo);
    let environments: Vec<EnvironmentChange> = (0..of_both.len())
        .filter_map(|number| environment(&mut work, number))
        .collect();
    let policies = policies(&mut work);
    let guardrails = guardrails(&mut work);
    let (relation, why) = overall(&work, &environments);
    let mut summary = Summary {
        questions: work.asking.questions,
        unconfirmed: work.asking.unconfirmed,
        settled: environments.iter().filter(|of| !of.asked).count(),
        unchanged: (policies.iter())
            .filter(|policy| policy.kind == Kind::Unchanged)
            .count(),
        ..Summary::default()
    };
    for of in &environments {
        *match of.relation {
            Relation::Equivalent => &mut summary.equivalent,
            Relation::Wider => &mut summary.wider,
            Relation::Narrower => &mut summary.narrower,
            Relation::Incomparable => &mut summary.incomparable,
            Relation::Unknown => &mut summary.unknown,
        } += 1;
        // What was not asked because nothing can be said is not settled.
        if !of.asked && of.relation == Relation::Unknown {
            summary.settled -= 1;
        }
    }
    let mut change = Change {
        relation,
        why,
        groups: groups(&environments),
        environments,
        policies,
        schema: match work.same_schema() {
            true => Vec::new(),
            false => schema::changes(base.schema.usable(), head.schema.usable()),
        },
        entities: entities::changes(base, head),
        guardrails,
        config_changed: base.config != head.config,
        settings: direction::changes((base.settings, base.config), (head.settings, head.config)),
        summary,
        base_digest: base.digest.clone(),
        head_digest: head.digest.clone(),
    };
    let found = further(&mut work, &change);
    change.summary.questions = work.asking.questions;
    change.summary.unconfirmed = work.asking.unconfirmed;
    (change, found)
}

/// A comparison under way.
pub(super) struct Work<'a> {
    pub(super) base: &'a Side<'a>,
    pub(super) head: &'a Side<'a>,
    /// Every kind of request of either side, sorted.
    pub(super) environments: &'a [(Environment, On)],
    pub(super) asking: Asking<'a>,
    options: &'a Options,
    /// Of the schemas of base and head.
    digests: ([u8; 32], [u8; 32]),
    /// Made when they are first needed.
    grounds: Vec<Option<Ground<'a>>>,
    /// Those of base's schema, of kinds of request that both have.
    base_grounds: Vec<Option<Ground<'a>>>,
    /// The kinds of request that are made of other types than they were, once somebody asked.
    retyped: Option<Arc<[usize]>>,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        base: &'a Side<'a>,
        head: &'a Side<'a>,
        environments: &'a [(Environment, On)],
        options: &'a Options,
        memo: &'a mut Memo,
    ) -> Self {
        Self {
            base,
            head,
            environments,
            asking: Asking::new(memo),
            options,
            digests: (base.schema_digest(), head.schema_digest()),
            grounds: environments.iter().map(|_| None).collect(),
            base_grounds: environments.iter().map(|_| None).collect(),
            retyped: None,
        }
    }

    /// A kind of request under the schema that has it: head's, if it does.
    pub(super) fn ground(&mut self, number: usize) -> Option<(&mut Ground<'a>, &mut Asking<'a>)> {
        let (environment, on) = self.environments.get(number)?;
        let side = match on {
            On::Both | On::Head => self.head,
            On::Base => self.base,
        };
        let schema = side.schema.usable()?;
        let options = self.options;
        let ground = self.grounds.get_mut(number)?;
        let digest = match on {
            On::Both | On::Head => self.digests.1,
            On::Base => self.digests.0,
        };
        let ground =
            ground.get_or_insert_with(|| Ground::new(schema, digest, environment, options));
        Some((ground, &mut self.asking))
    }

    /// A kind of request of head's schema, that schema, and the one by which base says which groups an action is in.
    pub(super) fn shared(
        &mut self,
        number: usize,
    ) -> Option<(&mut Ground<'a>, &'a Schema, &'a Schema, &mut Asking<'a>)> {
        let (_, on) = self.environments.get(number)?;
        let (head, _) = self.head.schema.usable()?;
        if *on == On::Base {
            return None;
        }
        let own = match self.base.schema.usable() {
            Some((base, _)) if *on == On::Both => base,
            _ => head,
        };
        let (ground, asking) = self.ground(number)?;
        Some((ground, head, own, asking))
    }

    /// A kind of request that both schemas have, under each of them.
    pub(super) fn sides(&mut self, number: usize) -> Option<(Sides<'_, 'a>, &mut Asking<'a>)> {
        let (environment, on) = self.environments.get(number)?;
        let schema = self.base.schema.usable()?;
        if *on != On::Both {
            return None;
        }
        self.ground(number)?;
        let options = self.options;
        let digest = self.digests.0;
        let base = (self.base_grounds.get_mut(number)?)
            .get_or_insert_with(|| Ground::new(schema, digest, environment, options));
        let head = self.grounds.get_mut(number)?.as_mut()?;
        Some((Sides { base, head }, &mut self.asking))
    }

    /// The kinds of request that are made of other types than they were, by number.
    pub(super) fn retyped(&mut self) -> Arc<[usize]> {
        if let Some(known) = &self.retyped {
            return Arc::clone(known);
        }
        let found: Arc<[usize]> = match self.same_schema() {
            true => [].into(),
            false => self.find_retyped().into(),
        };
        self.retyped = Some(Arc::clone(&found));
        found
    }

    fn find_retyped(&self) -> Vec<usize> {
        let written = [self.base, self.head].into_iter().flat_map(|side| {
            side.written
                .iter()
                .chain(&side.guardrails)
                .map(Written::policy)
        });
        let named = literal_types(written);
        (0..self.environments.len())
            .filter(|number| self.is_retyped(*number, &named))
            .collect()
    }

    /// Whether a kind of request is made of other types than it was, or policies name entities of a type that is another.
    pub(super) fn is_retyped(&self, number: usize, named: &BTreeSet<String>) -> bool {
        let Some((environment, On::Both)) = self.environments.get(number) else {
            return false;
        };
        let (before, after) = (self.base.schema.usable(), self.head.schema.usable());
        match before.zip(after) {
            Some(_) if self.same_schema() => false,
            Some(((before, _), (after, _))) => !schema::same_for(before, after, environment, named),
            None => false,
        }
    }

    /// Whether the schemas are of the same bytes.
    pub(super) fn same_schema(&self) -> bool {
        self.digests.0 == self.digests.1
    }

    /// Why nothing can be proved without head's schema.
    pub(super) fn no_schema(&self) -> String {
        no_schema(self.head.schema, "head").unwrap_or_default()
    }
}

/// Why nothing can be proved without a side's schema, where it has none that can be used.
pub(super) fn no_schema(schema: Grammar<'_>, side: &str) -> Option<String> {
    match schema {
        Grammar::Absent => Some(format!(
            "{side} has no schema, so nothing says which requests there are"
        )),
        Grammar::Broken => Some(format!("the schema of {side} cannot be read")),
        Grammar::Is(..) => None,
    }
}

/// The kinds of request of both sides, and which side has each.
pub(super) fn all(base: &Side<'_>, head: &Side<'_>) -> Vec<(Environment, On)> {
    let of = |side: &Side<'_>| -> BTreeSet<Environment> {
        let schema = side.schema.usable();
        schema.map_or_else(BTreeSet::new, |(schema, _)| {
            schema.environments().into_iter().collect()
        })
    };
    let (before, after) = (of(base), of(head));
    before
        .union(&after)
        .map(|environment| {
            let on = match (before.contains(environment), after.contains(environment)) {
                (true, false) => On::Base,
                // Without a schema every request was possible.
                (false, true) if base.schema.usable().is_some() => On::Head,
                _ => On::Both,
            };
            (environment.clone(), on)
        })
        .collect()
}

fn overall(work: &Work<'_>, environments: &[EnvironmentChange]) -> (Relation, Vec<String>) {
    let (base, head) = (work.base, work.head);
    let mut why: BTreeSet<String> = environments
        .iter()
        .filter_map(|of| of.why.clone())
        .collect();
    if base.schema.usable().is_none() || head.schema.usable().is_none() {
        if base.decides_as(head) && base.schema_files == head.schema_files {
            return (Relation::Equivalent, Vec::new());
        }
        let sides = [(head.schema, "head"), (base.schema, "base")];
        why.extend(
            sides
                .into_iter()
                .find_map(|(schema, side)| no_schema(schema, side)),
        );
        if environments.is_empty() {
            return (Relation::Unknown, why.into_iter().collect());
        }
    }
    let any = |relation| environments.iter().any(|of| of.relation == relation);
    let relation = if any(Relation::Unknown) {
        Relation::Unknown
    } else if any(Relation::Incomparable) || (any(Relation::Wider) && any(Relation::Narrower)) {
        Relation::Incomparable
    } else if any(Relation::Wider) {
        Relation::Wider
    } else if any(Relation::Narrower) {
        Relation::Narrower
    } else {
        Relation::Equivalent
    };
    if relation != Relation::Unknown {
        why.clear();
    }
    (relation, why.into_iter().collect())
}
