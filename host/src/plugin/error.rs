//! Why a call gave no answer.

use std::fmt;
use std::time::Duration;

use wasmtime::Trap;

/// Why the plugin could not be loaded or a call gave no answer.
///
/// What a user wrote wrongly is no error: it is in the report. What the caller asked for wrongly is in
/// the response, as `{"error": …}`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PluginError {
    /// The bytes are not the plugin, or not for this version or machine.
    InvalidModule(String),
    /// The call ran longer than its deadline. Its instance was dropped.
    Deadline(Duration),
    /// The call asked for more memory than an instance may have, in bytes. Its instance was dropped.
    Memory(usize),
    /// The plugin trapped, which is a defect of Portcullis. Its instance was dropped.
    Trap(String),
    /// The plugin refused a request that the host made from its own state, such as a file's path.
    Refused(String),
    /// This machine cannot run the plugin: no memory to reserve, no thread to start.
    Host(String),
}

impl PluginError {
    /// Whether the same call may succeed later or with higher limits.
    pub const fn is_limit(&self) -> bool {
        matches!(self, Self::Deadline(_) | Self::Memory(_))
    }

    pub(super) fn invalid_module(error: &wasmtime::Error) -> Self {
        Self::InvalidModule(format!("{error:#}"))
    }

    /// What ended a call, where no limit of ours explains it.
    pub(super) fn from_call(error: &wasmtime::Error, deadline: Duration) -> Self {
        match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => Self::Deadline(deadline),
            Some(trap) => Self::Trap(trap.to_string()),
            None => Self::Host(format!("{error:#}")),
        }
    }
}

impl fmt::Display for PluginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidModule(why) => write!(f, "this is not the plugin: {why}"),
            Self::Deadline(after) => write!(f, "the call took longer than {after:?}"),
            Self::Memory(bytes) => write!(f, "the call needed more than {bytes} bytes of memory"),
            Self::Trap(why) => write!(f, "the plugin stopped: {why}"),
            Self::Refused(why) => write!(f, "the plugin refused the bundle: {why}"),
            Self::Host(why) => write!(f, "this machine cannot run the plugin: {why}"),
        }
    }
}

impl std::error::Error for PluginError {}
