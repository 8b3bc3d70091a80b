//! The DevTools protocol over the browser's file descriptors 3 and 4: JSON with a 0 behind each message.

use serde_json::{json, Value};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{channel, Receiver};
use std::time::{Duration, Instant};

/// How long an answer may take on a busy computer.
const PATIENCE: Duration = Duration::from_secs(120);

/// A browser and the pipes to it.
pub struct Connection {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    last: u64,
    /// What it told without being asked.
    pub events: Vec<Value>,
    /// Its profile, which goes with it.
    folder: tempfile::TempDir,
}

impl Connection {
    /// Starts `program`.
    pub fn start(program: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = std::fs::File::create(folder.path().join("log")).expect("a file");
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null", "sh", program, "--headless", "--remote-debugging-pipe"])
            // the pages are our own; as root, and in containers, there is no sandbox
            .args(["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"])
            .args([
                "--no-first-run",
                "--disable-extensions",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ])
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("sh starts");
        let to = child.stdin.take().expect("a pipe");
        let mut pipe = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, from) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while pipe.read_until(0, &mut message).is_ok_and(|count| count > 0) {
                message.pop();
                let Ok(value) = serde_json::from_slice(&message) else { return };
                if sender.send(value).is_err() {
                    return;
                }
                message.clear();
            }
        });
        Self { child, to, from, last: 0, events: Vec::new(), folder }
    }

    /// Calls a method and waits for its result.
    ///
    /// # Panics
    /// It fails, or the browser is gone.
    pub fn call(&mut self, session: Option<&str>, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let sent = self.to.write_all(format!("{message}\0").as_bytes()).and_then(|()| self.to.flush());
        assert!(sent.is_ok(), "{method}: {sent:?}: {}", self.log());
        let until = Instant::now() + PATIENCE;
        loop {
            let mut answer = self.next(method, until);
            if answer["id"] == self.last {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].take();
            }
            self.events.push(answer);
        }
    }

    /// Waits for an event.
    ///
    /// # Panics
    /// It does not come.
    pub fn wait_for(&mut self, session: Option<&str>, method: &str) {
        let is_it = |event: &Value| event["method"] == method && event["sessionId"].as_str() == session;
        let until = Instant::now() + PATIENCE;
        while !self.events.iter().any(is_it) {
            let event = self.next(method, until);
            self.events.push(event);
        }
    }

    fn next(&self, what: &str, until: Instant) -> Value {
        let left = until.saturating_duration_since(Instant::now());
        self.from.recv_timeout(left).unwrap_or_else(|error| panic!("{what}: the browser says nothing ({error}): {}", self.log()))
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // the main process takes its own with it
        let _ = self.to.write_all(b"{\"id\":0,\"method\":\"Browser.close\"}\0").and_then(|()| self.to.flush());
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until {
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill().and_then(|()| self.child.wait().map(drop));
    }
}
