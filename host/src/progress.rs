//! A word for people who wait.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// Says on standard error what is going on when it takes more than a second and somebody is looking;
/// wipes it away when dropped.
pub(crate) fn after_a_second(doing: &'static str, files: usize) -> Progress {
    if !io::stderr().is_terminal() {
        return Progress(None);
    }
    let (done, wait) = mpsc::channel::<()>();
    let thread = std::thread::spawn(move || {
        let mut seconds = 0_u32;
        while wait.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
            seconds += 1;
            let s = if files == 1 { "" } else { "s" };
            let _ = write!(io::stderr(), "\r{doing} {files} file{s} … {seconds} s");
            let _ = io::stderr().flush();
        }
        if seconds > 0 {
            let _ = write!(io::stderr(), "\r\x1b[2K");
        }
    });
    Progress(Some((done, thread)))
}

/// Progress that is being shown.
pub(crate) struct Progress(Option<(Sender<()>, JoinHandle<()>)>);

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.0.take() {
            drop(done);
            let _ = thread.join();
        }
    }
}
