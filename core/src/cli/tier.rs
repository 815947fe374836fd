//! `portcullis tier`.

use super::{Base, Output, prefix};
use crate::govern::{directory, directory_of};
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
    /// Tiers the change from `base` to the bundle in `workspace`, and renders the verdict.
    pub fn run(
        &self,
        workspace: &mut Workspace,
        base: Option<&mut Workspace>,
        baseline: Option<&mut Workspace>,
    ) -> Output {
        if workspace.paths().next().is_none() && base.is_none() {
            return Output::empty(&self.folder);
        }
        // Who can approve is said by what is approved already.
        let own = base.as_deref().unwrap_or(workspace);
        let directory = own
            .text(directory::FILE_NAME)
            .map(|_| directory_of(own, None).0);
        let tiered = tier(Input {
            base,
            head: workspace,
            baseline,
            record: None,
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
        Output {
            stdout,
            exit: u8::from(self.fail_on.is_some_and(|least| reached >= least)),
            ..Output::default()
        }
    }
}
