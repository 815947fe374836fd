//! One file of a bundle.

use std::sync::{Arc, OnceLock};

use super::policy_file::PolicyFile;
use crate::checks::{Syntax, in_file};
use crate::encode::digest_of_bytes;
use crate::finding::Finding;
use crate::govern::{Directory, Rules, directory, record};
use crate::source::LineIndex;

/// What a file is, by its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// `portcullis.yaml`
    Config,
    /// `*.cedar`: policies and templates that take part in decisions.
    Policies,
    /// `templates/*.cedar`: approved templates. Cedar reads them, but they decide no request.
    Library,
    /// `invariants/*.cedar`: what must never be allowed, and what must stay allowed. They decide no request
    /// either.
    Guardrails,
    /// `*.cedarschema`
    CedarSchema,
    /// `*.cedarschema.json`
    JsonSchema,
    /// `*.entities.json`
    Entities,
    /// `*.links.json`
    Links,
    /// `*.test.yaml`, `*.test.json`: policy tests.
    Suite,
    /// `*.context.json`: a context that policy tests name.
    Context,
    /// `directory.yaml`: people, roles and teams.
    Directory,
    /// `governance/*.cedar`: rules that changes must not break. They decide no request.
    Rules,
    /// `*.change.yaml`, `*.change.json`: who wants a change and who approved it.
    Change,
    /// `*.questions.yaml`: for other commands.
    Other,
    /// None of these.
    Unknown,
}

impl Kind {
    pub(crate) fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is = |suffix: &str| {
            name.strip_suffix(suffix).is_some_and(|stem| {
                stem.is_empty() || stem.ends_with('.') || suffix.starts_with('.')
            })
        };
        if path == crate::config::FILE_NAME {
            Self::Config
        } else if path == crate::govern::directory::FILE_NAME {
            Self::Directory
        } else if path.starts_with("governance/") && is(".cedar") {
            Self::Rules
        } else if is(".cedar") {
            let folder = |folder: &str| path.split('/').rev().skip(1).any(|part| part == folder);
            if folder("templates") {
                Self::Library
            } else if folder("invariants") {
                Self::Guardrails
            } else {
                Self::Policies
            }
        } else if is(".cedarschema") {
            Self::CedarSchema
        } else if is(".cedarschema.json") {
            Self::JsonSchema
        } else if is("entities.json") {
            Self::Entities
        } else if is("links.json") {
            Self::Links
        } else if is(".test.yaml") || is(".test.json") {
            Self::Suite
        } else if is(".context.json") {
            Self::Context
        } else if is(".change.yaml") || is(".change.json") {
            Self::Change
        } else if is(".questions.yaml") {
            Self::Other
        } else {
            Self::Unknown
        }
    }

    /// Whether it consists of policy statements.
    pub(crate) const fn is_policies(self) -> bool {
        matches!(self, Self::Policies | Self::Library | Self::Guardrails)
    }
}

/// A byte range of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offsets {
    pub(super) from: u32,
    pub(super) to: u32,
}

/// A file and what it is.
#[derive(Debug)]
pub(super) struct File {
    pub(super) kind: Kind,
    pub(super) bytes: u32,
    /// The first byte that is not UTF-8. Such bytes are read as `?`, so that positions stay right and the
    /// rest of the file is still looked at.
    pub(super) not_utf8: Option<NotUtf8>,
    pub(super) contents: Contents,
}

/// What is known of a file that is not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotUtf8 {
    /// The first byte that is not.
    pub(super) at: u32,
    /// SHA-256 of the bytes as they were: the text has `?` for some.
    pub(super) digest: [u8; 32],
}

#[derive(Debug)]
pub(super) enum Contents {
    /// A policy file that was set and not checked since. Limits are looked at first, and those on the
    /// whole bundle need all its files.
    Unread(String),
    Policies(PolicyFile),
    Text(Box<TextFile>),
}

impl Contents {
    pub(super) fn unread(kind: Kind, text: &str) -> Self {
        if kind.is_policies() {
            Self::Unread(text.to_owned())
        } else {
            Self::Text(Box::new(TextFile::new(text)))
        }
    }
}

/// A file that is read as a whole.
#[derive(Debug)]
pub(super) struct TextFile {
    pub(super) text: Arc<str>,
    pub(super) index: LineIndex,
    pub(super) digest: [u8; 32],
    /// Looked for when they are first asked for, which is after the limits.
    secrets: OnceLock<Vec<Finding>>,
    /// What is wrong with it by itself, of the kinds that are read for each report.
    faults: OnceLock<Vec<Finding>>,
    /// The people of a directory, read when they are first asked for.
    directory: OnceLock<(Directory, Vec<Finding>)>,
}

impl TextFile {
    /// The byte offsets of a range, or the file's length in the range's encoding where it does not fit.
    pub(super) fn offsets(&self, range: super::EditRange) -> Result<Offsets, u32> {
        use super::EditRange;
        let (from, to, length) = match range {
            EditRange::Bytes(from, to) => {
                let at = |n: u32| self.text.is_char_boundary(n as usize).then_some(n);
                (at(from), at(to), self.text.len() as u32)
            }
            EditRange::Utf16(from, to) => {
                let at = |n| self.index.byte_of_utf16(&self.text, n);
                (at(from), at(to), self.index.utf16_len())
            }
        };
        match (from, to) {
            (Some(from), Some(to)) if from <= to => Ok(Offsets { from, to }),
            _ => Err(length),
        }
    }

    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.into(),
            index: LineIndex::new(text),
            digest: digest_of_bytes(text.as_bytes()),
            secrets: OnceLock::new(),
            faults: OnceLock::new(),
            directory: OnceLock::new(),
        }
    }

    /// What is wrong with a directory, a change record or a file of rules by itself.
    pub(super) fn faults(&self, path: &str, kind: Kind) -> &[Finding] {
        match kind {
            Kind::Directory => &self.directory().1,
            Kind::Change => (self.faults).get_or_init(|| record::read(&self.text).1),
            Kind::Rules => self.faults.get_or_init(|| {
                let rules = Rules::read([(path, &*self.text)]);
                rules.findings.into_iter().map(|(_, of)| of).collect()
            }),
            _ => &[],
        }
    }

    /// The directory that it is, and what is wrong with it.
    pub(super) fn directory(&self) -> &(Directory, Vec<Finding>) {
        self.directory.get_or_init(|| directory::read(&self.text))
    }

    /// Whether a place of a change record is a payload or a signature in base64.
    fn is_encoded(&self, span: crate::source::Span) -> bool {
        let before = self.text.get(..span.start as usize).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        ["payload:", "sig:", "\"payload\":", "\"sig\":"]
            .iter()
            .any(|key| line.trim_start_matches([' ', '-']).starts_with(key))
    }

    /// The secrets in it, which do not depend on anything else.
    pub(super) fn secrets(&self, kind: Kind) -> &[Finding] {
        self.secrets.get_or_init(|| match kind {
            Kind::Config | Kind::Directory => in_file(&self.text, Syntax::Yaml),
            Kind::Rules => in_file(&self.text, Syntax::CedarOrJson),
            // What is signed stands beside its encoded form, and signatures look as random as keys.
            Kind::Change => in_file(&self.text, Syntax::Yaml)
                .into_iter()
                .filter(|finding| !self.is_encoded(finding.span))
                .collect(),
            Kind::CedarSchema | Kind::JsonSchema | Kind::Entities | Kind::Links | Kind::Context => {
                in_file(&self.text, Syntax::CedarOrJson)
            }
            // What begins like JSON is read as JSON; anything else is YAML.
            Kind::Suite if self.text.trim_start().starts_with(['[', '{']) => {
                in_file(&self.text, Syntax::CedarOrJson)
            }
            Kind::Suite => in_file(&self.text, Syntax::Yaml),
            Kind::Policies | Kind::Library | Kind::Guardrails | Kind::Other | Kind::Unknown => {
                Vec::new()
            }
        })
    }
}

/// The text of some bytes, and the first byte that is not UTF-8. Every such byte becomes `?`.
pub(super) fn decode(bytes: &[u8]) -> (String, Option<NotUtf8>) {
    let mut text = String::with_capacity(bytes.len());
    let mut first_invalid = None;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            first_invalid = first_invalid.or(u32::try_from(text.len()).ok());
            text.extend(chunk.invalid().iter().map(|_| '?'));
        }
    }
    let not_utf8 = first_invalid.map(|at| NotUtf8 {
        at,
        digest: digest_of_bytes(bytes),
    });
    (text, not_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_what_a_file_is() {
        for (path, kind) in [
            ("portcullis.yaml", Kind::Config),
            ("sub/portcullis.yaml", Kind::Unknown),
            ("a.cedar", Kind::Policies),
            ("x/y/a.cedar", Kind::Policies),
            ("templates/a.cedar", Kind::Library),
            ("invariants/a.cedar", Kind::Guardrails),
            ("s.cedarschema", Kind::CedarSchema),
            ("s.cedarschema.json", Kind::JsonSchema),
            ("entities.json", Kind::Entities),
            ("a.entities.json", Kind::Entities),
            ("myentities.json", Kind::Unknown),
            ("a.links.json", Kind::Links),
            ("a.test.yaml", Kind::Suite),
            ("x/a.test.json", Kind::Suite),
            ("x/a.context.json", Kind::Context),
            ("context.json", Kind::Unknown),
            ("a.change.yaml", Kind::Change),
            ("a.change.json", Kind::Change),
            ("a.questions.yaml", Kind::Other),
            ("directory.yaml", Kind::Directory),
            ("sub/directory.yaml", Kind::Unknown),
            ("governance/a.cedar", Kind::Rules),
            ("sub/governance/a.cedar", Kind::Policies),
            ("README.md", Kind::Unknown),
            ("portcullis.yml", Kind::Unknown),
        ] {
            assert_eq!(Kind::of(path), kind, "{path}");
        }
        // What looks like one of them is not left out without a word.
        for path in [
            "ENTITIES.json",
            "x.Links.json",
            "a.context.JSON",
            "Directory.yaml",
            "directory.yml",
        ] {
            assert_eq!(Kind::of(path), Kind::Unknown, "{path}");
            assert!(super::super::is_bundle_file(path), "{path}");
        }
        assert!(!super::super::is_bundle_file("a.cedar.lock"));
        assert!(!super::super::is_bundle_file("a.cedarschema.lock"));
    }

    #[test]
    fn bytes_that_are_no_text_keep_their_number() {
        let (text, not_utf8) = decode(b"a\xffb\xc3");
        assert_eq!((text.as_str(), not_utf8.map(|n| n.at)), ("a?b?", Some(1)));
        assert_ne!(not_utf8, decode(b"a\xfeb\xc3").1);
        assert_eq!(decode("é".as_bytes()), ("é".to_owned(), None));
    }
}
