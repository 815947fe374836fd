//! The clock that deadlines are measured by: a thread that raises the engine's epoch.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::Engine;

use super::PluginError;

/// How exactly a deadline is kept.
const TICK: Duration = Duration::from_millis(2);

/// Raises the engine's epoch every [`TICK`] until it is dropped.
pub(super) struct Clock {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Clock {
    pub(super) fn start(engine: &Engine) -> Result<Self, PluginError> {
        let engine = engine.clone();
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("portcullis-clock".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    engine.increment_epoch();
                }
            })
            .map_err(|e| PluginError::Host(e.to_string()))?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Ticks that cover `deadline` whole, whenever in the current tick the call begins.
    pub(super) fn ticks(deadline: Duration) -> u64 {
        let ticks = deadline.as_millis().div_ceil(TICK.as_millis()) + 1;
        u64::try_from(ticks).unwrap_or(u64::MAX / 2)
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread cannot panic, and there is nobody to tell if it did.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_never_cut_short() {
        assert_eq!(Clock::ticks(Duration::ZERO), 1);
        assert_eq!(Clock::ticks(TICK), 2);
        assert_eq!(Clock::ticks(TICK + Duration::from_millis(1)), 3);
        assert_eq!(Clock::ticks(Duration::MAX), u64::MAX / 2);
    }
}
