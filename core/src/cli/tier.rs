//! `portcullis tier`.

use std::collections::BTreeMap;

use super::govern::{FileNeed, text_of, unread};
use super::{Base, Output, left_out, prefix};
use crate::finding::Finding;
use crate::govern::{directory_of, record};
use crate::render::{self, TierFormat};
use crate::tier::{Input, Tier, tier};
use crate::time::Instant;
use crate::workspace::Workspace;

/// `portcullis tier`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiering {
    /// The bundle as it is to be.
    pub folder: String,
    /// The bundle as it was; without one the whole bundle is new.
    pub base: Option<Base>,
    /// The bundle as it was last approved.
    pub baseline: Option<String>,
    /// The path of the change record.
    pub change: Option<String>,
    /// The path of a directory that stands in for the base's.
    pub directory: Option<String>,
    /// What the tier is turned into.
    pub format: TierFormat,
    /// From which tier on the exit code is 1; `None` for never.
    pub fail_on: Option<Tier>,
    /// What counts as now.
    pub as_of: Instant,
    /// Whether to use colours.
    pub color: bool,
    /// Columns to write in.
    pub columns: usize,
}

impl Tiering {
    /// The files that the door is to read beside the bundles.
    pub fn files(&self) -> Vec<FileNeed> {
        let paths = self.change.iter().chain(&self.directory);
        paths
            .map(|path| FileNeed {
                path: path.clone(),
                required: true,
            })
            .collect()
    }

    /// Tiers the change from `base` to the bundle in `workspace`, and renders the verdict. `files` are what
    /// [`Self::files`] asks for.
    pub fn run(
        &self,
        workspace: &mut Workspace,
        base: Option<&mut Workspace>,
        baseline: Option<&mut Workspace>,
        files: &BTreeMap<String, Vec<u8>>,
    ) -> Output {
        self.tiered(workspace, base, baseline, files)
            .unwrap_or_else(|refused| refused)
    }

    fn tiered(
        &self,
        workspace: &mut Workspace,
        base: Option<&mut Workspace>,
        baseline: Option<&mut Workspace>,
        files: &BTreeMap<String, Vec<u8>>,
    ) -> Result<Output, Output> {
        if workspace.paths().next().is_none() && base.is_none() {
            return Ok(Output::empty(&self.folder));
        }
        let given = |path: &Option<String>| {
            let path = path.as_deref();
            path.map(|path| text_of(path, files)).transpose()
        };
        let (change, people) = (given(&self.change)?, given(&self.directory)?);
        let record = match (&self.change, change) {
            (Some(path), Some(text)) => {
                let (record, findings) = record::read(text);
                let (record, _) = record.ok_or_else(|| unusable(path, text, &findings))?;
                Some(record)
            }
            _ => None,
        };
        // Who can approve is said by what is approved already.
        let own = base.as_deref().unwrap_or(workspace);
        let is_known = people.is_some() || own.directory().is_some();
        let directory = is_known.then(|| directory_of(own, people));
        if let (Some(path), Some((_, findings))) = (&self.directory, &directory)
            && !findings.is_empty()
        {
            return Err(unusable(path, people.unwrap_or_default(), findings));
        }
        let directory = directory.map(|(directory, _)| directory);
        let stderr = left_out(workspace);
        let tiered = tier(Input {
            base,
            head: workspace,
            baseline,
            record: record.as_ref(),
            directory: directory.as_ref(),
            as_of: self.as_of,
        });
        let prefix = prefix(&self.folder, None);
        let options = render::Options {
            color: self.color,
            width: self.columns,
            prefix: &prefix,
            ..render::Options::default()
        };
        let mut stdout = render::tier(self.format, &tiered, &options);
        if !stdout.ends_with('\n') {
            stdout.push('\n');
        }
        let reached = tiered.assessment.verdict.tier;
        Ok(Output {
            stdout,
            stderr,
            exit: u8::from(self.fail_on.is_some_and(|least| reached >= least)),
            ..Output::default()
        })
    }
}

/// Nothing is refused by a tier: what cannot be relied on could not be read.
fn unusable(path: &str, text: &str, findings: &[Finding]) -> Output {
    Output {
        exit: 2,
        ..unread(path, text, findings)
    }
}
