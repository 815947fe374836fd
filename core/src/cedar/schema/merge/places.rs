//! Where declarations and names stand in the files, and findings at those places.

use std::sync::Arc;

use miette::Diagnostic;

use super::Report;
use crate::cedar::schema::outline::{Decl, Kind, Ref, RefKind};
use crate::cedar::schema::syntax::first_token;
use crate::finding::Finding;
use crate::rules::Rule;
use crate::source::Span;

/// A place in a file.
pub(super) type At = (usize, Span);

impl<'p> Report<'p, '_> {
    pub(super) fn all_decls(&self) -> impl Iterator<Item = (At, &'p Decl)> {
        self.parts.iter().enumerate().flat_map(|(index, part)| {
            part.outline
                .decls
                .iter()
                .map(move |decl| ((index, decl.span), decl))
        })
    }

    pub(super) fn decls(&self, kind: Kind, matches: impl Fn(&Decl) -> bool) -> Vec<At> {
        self.all_decls()
            .filter(|(_, d)| d.kind == kind && matches(d))
            .map(|(at, _)| at)
            .collect()
    }

    pub(super) fn refs(&self, kind: RefKind, matches: impl Fn(&Decl, &Ref) -> bool) -> Vec<At> {
        let mut found = Vec::new();
        for (index, part) in self.parts.iter().enumerate() {
            for reference in part.outline.refs.iter().filter(|r| r.kind == kind) {
                if let Some(decl) = part.outline.decls.get(reference.decl)
                    && matches(decl, reference)
                {
                    found.push((index, reference.span));
                }
            }
        }
        found
    }

    pub(super) fn namespace_at(&self, at: At) -> String {
        self.parts
            .get(at.0)
            .and_then(|part| {
                let reference = part.outline.refs.iter().find(|r| r.span == at.1)?;
                Some(part.outline.decls.get(reference.decl)?.namespace.clone())
            })
            .unwrap_or_default()
    }

    pub(super) fn text(&self, at: At) -> String {
        self.parts
            .get(at.0)
            .map_or("", |part| at.1.text(part.file.text))
            .to_owned()
    }

    pub(super) fn add(&mut self, rule: &'static Rule, at: At, message: String) {
        self.add_with(rule, at, message, advice(rule).to_owned());
    }

    pub(super) fn add_with(&mut self, rule: &'static Rule, at: At, message: String, help: String) {
        self.push(at.0, Finding::new(rule, at.1, message, help));
    }

    /// Reports at each place, or where none was found at Cedar's own label, or at the start of the first file.
    pub(super) fn add_all(
        &mut self,
        rule: &'static Rule,
        found: &[At],
        error: &dyn Diagnostic,
        message: &str,
    ) {
        let labelled = || {
            let label = error.labels()?.next()?;
            let span = Span::from_usize(label.offset(), label.offset() + label.len());
            let source = error.source_code()?;
            let text = source.read_span(label.inner(), 0, 0).ok()?;
            let index = self.parts.iter().position(|part| {
                part.file.text.as_bytes().get(span.range()) == Some(text.data())
            })?;
            Some((index, span))
        };
        let fallback = || {
            let text = self.parts.first().map_or("", |part| part.file.text);
            (0, first_token(text))
        };
        let places = if found.is_empty() {
            vec![labelled().unwrap_or_else(fallback)]
        } else {
            found.to_vec()
        };
        for at in places {
            self.add(rule, at, message.to_owned());
        }
    }

    pub(super) fn push(&mut self, part: usize, finding: Finding) {
        if let Some(part) = self.parts.get(part) {
            let item = (Arc::clone(&part.file.path), finding);
            if !self.findings.contains(&item) {
                self.findings.push(item);
            }
        }
    }
}

/// What to do, as the rule's page says it.
pub(super) fn advice(rule: &Rule) -> &'static str {
    rule.page
        .split_once("What to do: ")
        .map_or("", |(_, advice)| advice.trim_end_matches(['.', '\n']))
}
