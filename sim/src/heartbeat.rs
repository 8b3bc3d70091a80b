//! A sign of life on standard error for work that takes long where no terminal shows a live line.

use std::io::Write;
use std::sync::mpsc::{channel, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// From the start to the first line: what is done sooner needs none.
pub const FIRST: Duration = Duration::from_secs(1);
/// From line to line.
pub const EVERY: Duration = Duration::from_secs(10);

/// Writes a line now and then, until it is dropped.
pub struct Heartbeat {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Heartbeat {
    /// Writes what `text` says to standard error: after the first time, then after the second one again and again. `None` writes
    /// nothing.
    pub fn start(times: [Duration; 2], text: impl FnMut() -> Option<String> + Send + 'static) -> Self {
        Self::start_to(std::io::stderr(), times, text)
    }

    fn start_to(
        mut to: impl Write + Send + 'static,
        [first, every]: [Duration; 2],
        mut text: impl FnMut() -> Option<String> + Send + 'static,
    ) -> Self {
        let (stop, stopped) = channel();
        let body = move || {
            let mut wait = first;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                if let Some(text) = text() {
                    // nobody reads it: the work goes on
                    let _ = writeln!(to, "{text}");
                }
                wait = every;
            }
        };
        // without the thread there are no lines, and the work goes on as well
        let thread = std::thread::Builder::new().name("heartbeat".into()).spawn(body).ok();
        Self { stop: Some(stop), thread }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // no line comes after the work
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("not poisoned").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_come_until_the_work_ends() {
        let (page, (beat, beats)) = (Page::default(), channel());
        let mut count = 0;
        let heartbeat = Heartbeat::start_to(page.clone(), [Duration::ZERO, Duration::from_millis(1)], move || {
            count += 1;
            let _ = beat.send(());
            (count != 2).then(|| format!("{count} done"))
        });
        (0..4).for_each(|_| beats.recv().expect("it beats"));
        drop(heartbeat);
        let text = String::from_utf8(page.0.lock().expect("not poisoned").clone()).expect("text");
        assert!(text.starts_with("1 done\n3 done\n4 done\n"), "{text}");
    }

    #[test]
    fn short_work_gives_no_line() {
        let page = Page::default();
        drop(Heartbeat::start_to(page.clone(), [Duration::from_secs(3600); 2], || Some("late".into())));
        assert!(page.0.lock().expect("not poisoned").is_empty());
    }
}
