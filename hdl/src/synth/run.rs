//! Runs Yosys.

use super::design::{Design, Form};
use super::error::{file, Error};
use super::netlist::{written_name, Netlist};
use super::short_ports;
use super::Yosys;
use cache::{Cache, Key, Slot, Vacancy};
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{channel, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long a synthesis may take unless [`Synthesiser::limit`] says otherwise.
pub const LIMIT: Duration = Duration::from_secs(4 * 3600);

/// What Yosys writes last; without it an entry of the cache is none.
const NETLIST: &str = "netlist.json";

/// How often Ctrl-C and the limit are looked at.
const TICK: Duration = Duration::from_millis(200);

/// What a synthesis is doing, for whoever shows progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Another process synthesises the same design.
    Waiting,
    /// Yosys has begun a pass, on a module if it says which.
    Pass {
        /// Its name.
        pass: String,
        /// The module that it works on.
        module: Option<String>,
    },
    /// The netlist is read.
    Reading,
    /// Paths are looked for.
    Measuring,
}

/// What came of a design.
#[derive(Debug)]
pub struct Synthesis {
    /// The mapped design.
    pub netlist: Netlist,
    /// `check` on the design as it was written.
    pub elaborated: String,
    /// `check` on the mapped design.
    pub mapped: String,
    /// The netlist's file in the cache.
    pub file: PathBuf,
    /// Whether it had been done before.
    pub cached: bool,
    /// The Yosys that did it.
    pub version: String,
    /// How long this took.
    pub elapsed: Duration,
}

/// Yosys, its cache and its limits.
#[derive(Clone, Debug)]
pub struct Synthesiser<'a> {
    yosys: Yosys,
    cache: Cache,
    limit: Duration,
    stop: Option<&'a AtomicBool>,
}

impl<'a> Synthesiser<'a> {
    /// The Yosys and the cache that the environment names.
    ///
    /// # Errors
    /// No Yosys, or no place for the cache.
    pub fn from_environment() -> Result<Self, Error> {
        Self::with(Yosys::find()?)
    }

    /// A Yosys that was found, and the cache that the environment names.
    ///
    /// # Errors
    /// No place for the cache.
    pub fn with(yosys: Yosys) -> Result<Self, Error> {
        Ok(Self { yosys, cache: Cache::from_environment("synth")?, limit: LIMIT, stop: None })
    }

    /// Gives a synthesis up after `limit`.
    #[must_use]
    pub fn limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Gives it up as soon as `stop` is set.
    #[must_use]
    pub fn stop(self, stop: &'a AtomicBool) -> Self {
        Self { stop: Some(stop), ..self }
    }

    /// The Yosys in use.
    pub fn yosys(&self) -> &Yosys {
        &self.yosys
    }

    /// Synthesises `design` in the form `form`, or finds that it has been done with this Yosys.
    ///
    /// # Errors
    /// Yosys refuses the design or takes too long, Ctrl-C, or a cache that cannot be written.
    pub fn run(&self, design: &Design, form: Form, progress: &mut dyn FnMut(Stage)) -> Result<Synthesis, Error> {
        let start = Instant::now();
        let script = design.script(form, &self.yosys);
        let texts = design.files.iter().flat_map(|(name, text)| [name.as_str(), text.as_str()]);
        let mut key = Key::new();
        key.all([self.yosys.version(), script.as_str(), short_ports::map().as_str()]).all(texts);
        let (folder, cached) = match self.cache.slot(&key.finish(), NETLIST, || progress(Stage::Waiting))? {
            Slot::Ready(folder) => (folder, true),
            Slot::Vacant(vacancy) => (self.make(design, &script, vacancy, progress)?, false),
        };
        progress(Stage::Reading);
        let read = |name: &str| fs::read_to_string(folder.join(name)).map_err(file("reading", folder.join(name)));
        let (elaborated, mapped) = (read("elaborated.txt")?, read("mapped.txt")?);
        let netlist = Netlist::parse(&read(NETLIST)?, &design.top).map_err(|message| Error::Netlist {
            top: design.top.clone(),
            version: self.yosys.version().into(),
            message,
        })?;
        Ok(Synthesis {
            netlist,
            elaborated,
            mapped,
            file: folder.join(NETLIST),
            cached,
            version: self.yosys.version().into(),
            elapsed: start.elapsed(),
        })
    }

    fn make(&self, design: &Design, script: &str, vacancy: Vacancy, progress: &mut dyn FnMut(Stage)) -> Result<PathBuf, Error> {
        let folder = vacancy.folder().join("finished");
        fs::create_dir(&folder).map_err(cache::error("creating", &folder))?;
        let made = self.script(&folder, design, script, progress);
        if made.as_ref().map_or_else(no_space, |()| is_cut_short(&folder.join(NETLIST))) {
            return Err(cache::Error::Full { path: folder }.into());
        }
        made?;
        for (name, _) in &design.files {
            let path = folder.join(name);
            fs::remove_file(&path).map_err(cache::error("removing", &path))?;
        }
        Ok(vacancy.publish(&folder)?)
    }

    /// Runs `script` on the files of `design` in `folder`.
    ///
    /// # Errors
    /// As [`Synthesiser::run`].
    pub(super) fn script(&self, folder: &Path, design: &Design, script: &str, progress: &mut dyn FnMut(Stage)) -> Result<(), Error> {
        for (name, text) in &design.files {
            fs::write(folder.join(name), text).map_err(file("writing", folder.join(name)))?;
        }
        if script.contains(short_ports::FILE) {
            fs::write(folder.join(short_ports::FILE), short_ports::map()).map_err(file("writing", folder.join(short_ports::FILE)))?;
        }
        fs::write(folder.join("script.ys"), script).map_err(file("writing", folder.join("script.ys")))?;
        let mut command = Command::new(self.yosys.program());
        command.args(self.yosys.script()).arg("script.ys").current_dir(folder);
        let (status, said) = self.watched(command, self.yosys.program(), &design.top, progress)?;
        if status.success() {
            return Ok(());
        }
        let top = design.top.clone();
        Err(match said.error {
            Some(message) => Error::Refused { top, message },
            None => Error::Died { top, status: status.to_string(), last: said.last },
        })
    }

    /// Runs `command` until it ends, Ctrl-C or the limit.
    ///
    /// # Errors
    /// It cannot be run, or did not end by itself.
    pub(super) fn watched(
        &self,
        mut command: Command,
        program: &Path,
        top: &str,
        progress: &mut dyn FnMut(Stage),
    ) -> Result<(ExitStatus, Said), Error> {
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.map_err(|why| Error::Named { program: program.into(), why })?;
        let lines = lines_of(&mut child);
        let watched = self.watch(&lines, top, progress);
        if watched.is_err() {
            // gone already, if Ctrl-C reached it too
            let _ = child.kill();
        }
        let status = child.wait().map_err(file("waiting for", program))?;
        let said = watched?;
        // Ctrl-C reaches the program too, and may end it before the flag was looked at
        if !status.success() && self.stopped() {
            return Err(Error::Interrupted);
        }
        Ok((status, said))
    }

    fn stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }

    /// Reads until Yosys has said everything.
    fn watch(&self, lines: &Receiver<String>, top: &str, progress: &mut dyn FnMut(Stage)) -> Result<Said, Error> {
        let start = Instant::now();
        let mut said = Said::default();
        loop {
            if self.stopped() {
                return Err(Error::Interrupted);
            }
            if start.elapsed() > self.limit {
                return Err(Error::TooLong { top: top.into(), minutes: self.limit.as_secs() / 60 });
            }
            match lines.recv_timeout(TICK) {
                Ok(line) => {
                    if let Some(stage) = pass(&line) {
                        progress(stage);
                    }
                    if let Some((_, message)) = line.split_once("ERROR: ") {
                        said.error.get_or_insert_with(|| message.trim().replace('\\', ""));
                    }
                    if !line.trim().is_empty() {
                        said.last = line.trim().into();
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(said),
            }
        }
    }
}

/// Whether `error` came of a full file system.
fn no_space(error: &Error) -> bool {
    match error {
        Error::File { why, .. } => matches!(why.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded),
        Error::Refused { message: said, .. } | Error::Died { last: said, .. } => said.contains("No space left on device"),
        _ => false,
    }
}

/// Yosys does not look whether what it writes arrives: on a full file system it ends well with half a netlist.
fn is_cut_short(netlist: &Path) -> bool {
    let mut end = [0; 8];
    let read = fs::File::open(netlist).and_then(|mut file| {
        file.seek(SeekFrom::End(-(end.len() as i64)))?;
        file.read_exact(&mut end)
    });
    read.is_err() || !end.trim_ascii_end().ends_with(b"}")
}

/// What a program said.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Its first error.
    pub error: Option<String>,
    /// Its last line.
    pub last: String,
}

/// All lines of both outputs, as they come.
fn lines_of(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    let outputs: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|o| Box::new(o) as Box<dyn Read + Send>),
        child.stderr.take().map(|o| Box::new(o) as Box<dyn Read + Send>),
    ];
    for output in outputs.into_iter().flatten() {
        let sender = sender.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    return;
                }
            }
        });
    }
    receiver
}

/// `3.14. Executing OPT_DFF pass (...)`, or `Extracting gate netlist of module `\x'`.
fn pass(line: &str) -> Option<Stage> {
    if let Some((_, rest)) = line.split_once(". Executing ") {
        let pass = rest.split_whitespace().next()?.to_lowercase();
        return Some(Stage::Pass { pass, module: None });
    }
    let rest = line.strip_prefix("Extracting gate netlist of module `")?;
    let name = rest.split('\'').next()?;
    let name = if name.starts_with('$') { written_name(name) } else { name.trim_start_matches('\\') };
    Some(Stage::Pass { pass: "abc".into(), module: Some(name.into()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_are_read() {
        let stage = |pass: &str, module: Option<&str>| Some(Stage::Pass { pass: pass.into(), module: module.map(Into::into) });
        assert_eq!(pass("2.15.3. Executing OPT_DFF pass (perform DFF optimizations)."), stage("opt_dff", None));
        assert_eq!(
            pass("Extracting gate netlist of module `\\ember_lane' to `<abc-temp-dir>/input.blif'.."),
            stage("abc", Some("ember_lane"))
        );
        assert_eq!(
            pass("Extracting gate netlist of module `$paramod\\ember_lane\\MEMORY_DEPTH=s32'00000000000000000000000001000000' to `x'.."),
            stage("abc", Some("ember_lane"))
        );
        assert_eq!(pass("Removed a total of 0 cells."), None);
    }
}
