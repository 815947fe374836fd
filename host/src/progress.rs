//! A word for people who wait.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// Says on standard error what is going on when it takes more than a second and somebody is looking;
/// wipes it away when dropped.
pub(crate) fn after_a_second(doing: &'static str, files: usize) -> Progress {
    if !io::stderr().is_terminal() {
        return Progress(None);
    }
    let (done, wait) = mpsc::channel::<()>();
    let second = Duration::from_secs(1);
    let thread = std::thread::spawn(move || show(&mut io::stderr(), doing, files, second, &wait));
    Progress(Some((done, thread)))
}

/// Says each `second` what is going on, until the other end of the channel is gone.
fn show(out: &mut dyn Write, doing: &str, files: usize, second: Duration, wait: &Receiver<()>) {
    let mut seconds = 0_u32;
    while wait.recv_timeout(second) == Err(RecvTimeoutError::Timeout) {
        seconds += 1;
        let s = if files == 1 { "" } else { "s" };
        let _ = write!(out, "\r{doing} {files} file{s} … {seconds} s");
        let _ = out.flush();
    }
    if seconds > 0 {
        let _ = write!(out, "\r\x1b[2K");
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(files: usize, seconds: u32) -> String {
        let (done, wait) = mpsc::channel();
        let second = Duration::from_millis(100);
        let waiter = std::thread::spawn(move || {
            std::thread::sleep(second * seconds + second / 2);
            drop(done);
        });
        let mut out = Vec::new();
        show(&mut out, "testing", files, second, &wait);
        let _ = waiter.join();
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn what_takes_long_is_said_and_wiped_away() {
        let out = shown(1, 2);
        assert!(out.starts_with("\rtesting 1 file … 1 s\r"), "{out:?}");
        assert!(out.ends_with("\r\x1b[2K"), "{out:?}");
    }

    #[test]
    fn what_is_quick_says_nothing() {
        let (done, wait) = mpsc::channel();
        drop(done);
        let mut out = Vec::new();
        show(&mut out, "testing", 2, Duration::from_secs(60), &wait);
        assert_eq!(out, Vec::<u8>::new());
    }
}
