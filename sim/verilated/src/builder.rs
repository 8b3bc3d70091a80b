//! From Verilog to a shared object: Verilator, then the C++ compiler over all files at once.

use crate::design::Design;
use crate::error::Error;
use crate::shim;
use crate::toolchain::Toolchain;
use cache::{error as failed, Cache, Key, Slot};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// The shared object inside a cache entry.
pub(crate) const LIBRARY: &str = "model.so";

/// Verilator's own `-Os` makes models 2.3 times slower.
const FAST: [&str; 2] = ["-O3", "-march=native"];
/// For tests of small blocks: compiled sooner, clocked slower.
const QUICK: [&str; 2] = ["-O1", "-march=native"];
/// Constructors and initial blocks run once: compiling them well is time lost.
const SLOW: [&str; 2] = ["-O0", "-march=native"];

const VERILATOR_FLAGS: [&str; 11] = [
    "--cc",
    "--prefix",
    "Vshim",
    "-O3",
    "--x-assign",
    "fast",
    "--x-initial",
    "fast",
    "--noassert",
    // Files of this many operations at most, so that every core has one to compile.
    "--output-split",
    "20000",
];

const COMPILER_FLAGS: [&str; 15] = [
    "-std=gnu++17",
    "-fPIC",
    // Calls within the object must not go through its export table; nothing is to be shared with
    // another model's object in the same process.
    "-fvisibility=hidden",
    "-faligned-new",
    "-w",
    "-DVERILATOR=1",
    "-DVM_COVERAGE=0",
    "-DVM_SC=0",
    "-DVM_TIMING=0",
    "-DVM_TRACE_SAIF=0",
    "-DVM_TRACE_VCD=0",
    "-DVL_USER_FATAL",
    "-DVL_USER_FINISH",
    "-DVL_USER_STOP",
    "-pthread",
];

/// What a build is doing, for whoever shows progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Another process builds the same model.
    Waiting,
    /// Verilator turns Verilog into C++.
    Verilating,
    /// The compiler has done `done` of `total` files.
    Compiling {
        /// Files done.
        done: usize,
        /// Files in all.
        total: usize,
    },
    /// The objects become one shared object.
    Linking,
}

/// A built model.
#[derive(Clone, Debug)]
pub struct Build {
    /// The shared object.
    pub library: PathBuf,
    /// Whether it was there already.
    pub cached: bool,
    /// How long it took to build, or to find.
    pub elapsed: Duration,
}

/// Builds designs with one toolchain into one cache.
#[derive(Clone, Debug)]
pub struct Builder {
    toolchain: Toolchain,
    cache: Cache,
}

impl Builder {
    /// The toolchain and the cache that the environment names.
    ///
    /// # Errors
    /// [`Toolchain::from_environment`] and [`Cache::from_environment`].
    pub fn from_environment() -> Result<Self, Error> {
        Ok(Self::new(Toolchain::from_environment()?, Cache::from_environment("verilated")?))
    }

    /// A given toolchain and cache.
    pub fn new(toolchain: Toolchain, cache: Cache) -> Self {
        Self { toolchain, cache }
    }

    /// The toolchain in use.
    pub fn toolchain(&self) -> &Toolchain {
        &self.toolchain
    }

    /// Whether `design` needs no building.
    pub fn is_cached(&self, design: &Design) -> bool {
        self.cache.get(&self.key(design), LIBRARY).is_some()
    }

    /// The shared object of `design`, from the cache if it is there. Safe to call from several
    /// processes at once: one builds, the others wait for it.
    ///
    /// # Errors
    /// Verilator or the compiler refuses the design, its port list is not all that its top has, or the cache cannot be
    /// written or lies where no code can be loaded.
    pub fn build(&self, design: &Design, progress: &mut dyn FnMut(Stage)) -> Result<Build, Error> {
        let start = Instant::now();
        design.check()?;
        let key = self.key(design);
        let done = |entry: PathBuf, cached| Build { library: entry.join(LIBRARY), cached, elapsed: start.elapsed() };
        self.cache.check_loadable()?;
        let vacancy = match self.cache.slot(&key, LIBRARY, || progress(Stage::Waiting))? {
            Slot::Ready(entry) => return Ok(done(entry, true)),
            Slot::Vacant(vacancy) => vacancy,
        };
        let folder = vacancy.folder();
        self.verilate(design, folder, progress)?;
        let objects = self.compile(design, folder, progress)?;
        progress(Stage::Linking);
        let finished = folder.join("finished");
        fs::create_dir(&finished).map_err(failed("creating", &finished))?;
        self.link(design, folder, &objects, &finished.join(LIBRARY))?;
        Ok(done(vacancy.publish(&finished)?, false))
    }

    /// Hash of everything that decides about the machine code.
    fn key(&self, design: &Design) -> String {
        let mut hash = Key::new();
        hash.all([env!("CARGO_PKG_NAME"), "model"]).all(self.toolchain.identity());
        hash.all(VERILATOR_FLAGS).all(COMPILER_FLAGS).all(FAST).all(SLOW).all(QUICK);
        hash.all([shim::CORE, shim::API, &shim::source(design)]);
        hash.all([&design.top, &format!("{} {}", design.trace, design.quick)]).all(design.configuration());
        for (name, text) in &design.files {
            hash.all([name, text]);
        }
        hash.finish()
    }

    fn verilate(&self, design: &Design, folder: &Path, progress: &mut dyn FnMut(Stage)) -> Result<(), Error> {
        progress(Stage::Verilating);
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).map_err(failed("writing", &path))
        };
        let source = folder.join("verilog");
        fs::create_dir(&source).map_err(failed("creating", &source))?;
        for (name, text) in &design.files {
            write(&format!("verilog/{name}"), text)?;
        }
        write("shim_core.h", shim::CORE)?;
        write("shim_api.h", shim::API)?;
        write("shim.cpp", &shim::source(design))?;

        let mut command = Command::new(&self.toolchain.verilator);
        command.current_dir(folder).args(VERILATOR_FLAGS).args(["--Mdir", "cpp", "--top-module", &design.top]);
        if design.trace {
            command.arg("--trace-fst");
        }
        if let Some(configuration) = design.configuration() {
            write("shared.vlt", &configuration)?;
            command.arg("shared.vlt");
        }
        command.args(design.files.iter().map(|(name, _)| format!("verilog/{name}")));
        run(&mut command, folder, "Verilator", &design.top)?;
        let header = folder.join("cpp/Vshim.h");
        let text = fs::read_to_string(&header).map_err(failed("reading", &header))?;
        match shim::port_differences(design, &text) {
            none if none.is_empty() => Ok(()),
            some => Err(Error::Design { top: design.top.clone(), problem: some.join("; ") }),
        }
    }

    /// Compiles everything, as many files at once as there are cores, the largest first; the objects.
    fn compile(&self, design: &Design, folder: &Path, progress: &mut dyn FnMut(Stage)) -> Result<Vec<PathBuf>, Error> {
        let cpp = folder.join("cpp");
        let list = cpp.join("Vshim_classes.mk");
        let classes = Classes::parse(&fs::read_to_string(&list).map_err(failed("reading", &list))?);
        let mut jobs = vec![Job { source: folder.join("shim.cpp"), object: folder.join("shim.o"), fast: true, kept: None }];
        for (names, fast) in [(&classes.fast, true), (&classes.slow, false)] {
            for name in names {
                let (source, object) = (cpp.join(format!("{name}.cpp")), cpp.join(format!("{name}.o")));
                jobs.push(Job { source, object, fast, kept: None });
            }
        }
        let runtime = self.runtime(design)?;
        for name in &classes.runtime {
            let source = self.toolchain.include.join(format!("{name}.cpp"));
            let kept = runtime.join(format!("{name}.o"));
            jobs.push(Job { source, object: cpp.join(format!("{name}.o")), fast: true, kept: Some(kept) });
        }
        let objects = jobs.iter().map(|job| job.kept.as_ref().unwrap_or(&job.object).clone()).collect();
        jobs.retain(|job| !job.kept.as_ref().is_some_and(|kept| kept.is_file()));
        jobs.sort_by_key(|job| std::cmp::Reverse(job.source.metadata().map_or(0, |m| m.len())));

        let total = jobs.len();
        progress(Stage::Compiling { done: 0, total });
        let next = AtomicUsize::new(0);
        let workers = thread::available_parallelism().map_or(1, usize::from).min(total);
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for _ in 0..workers {
                let (sender, jobs, next) = (sender.clone(), &jobs, &next);
                scope.spawn(move || {
                    while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if sender.send(self.compile_one(design, folder, job)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            for (done, result) in receiver.iter().enumerate() {
                if let Err(error) = result {
                    next.store(total, Ordering::Relaxed);
                    return Err(error);
                }
                progress(Stage::Compiling { done: done + 1, total });
            }
            Ok(())
        })?;
        Ok(objects)
    }

    fn compile_one(&self, design: &Design, folder: &Path, job: &Job) -> Result<(), Error> {
        let _lock = match &job.kept {
            Some(kept) => Some(cache::lock(&kept.with_extension("lock"), || ())?),
            None => None,
        };
        if job.kept.as_ref().is_some_and(|kept| kept.is_file()) {
            return Ok(()); // another build has just made it
        }
        let mut command = self.compiler(design, folder);
        command.args(match (job.fast, design.quick) {
            // Verilator's runtime is shared between designs, so it does not follow their choice.
            _ if job.kept.is_some() => FAST,
            (true, false) => FAST,
            (true, true) => QUICK,
            (false, _) => SLOW,
        });
        command.arg("-c").arg(&job.source).arg("-o").arg(&job.object);
        let what = job.source.file_name().unwrap_or_default().to_string_lossy().into_owned();
        run(&mut command, folder, "the C++ compiler", &what)?;
        match &job.kept {
            // The build's folder lies in the same file system as the cache: it is inside.
            Some(kept) => Ok(fs::rename(&job.object, kept).map_err(failed("creating", kept))?),
            None => Ok(()),
        }
    }

    /// Where the objects of Verilator's runtime are kept: compiling them takes longer than a small model.
    fn runtime(&self, design: &Design) -> Result<PathBuf, Error> {
        let mut hash = Key::new();
        hash.all([env!("CARGO_PKG_NAME"), "runtime"])
            .all(self.toolchain.identity())
            .all(COMPILER_FLAGS)
            .all(FAST)
            .all([design.trace.to_string()]);
        Ok(self.cache.shared(&format!("runtime-{}", hash.finish()))?)
    }

    fn link(&self, design: &Design, folder: &Path, objects: &[PathBuf], library: &Path) -> Result<(), Error> {
        let mut command = self.compiler(design, folder);
        command.arg("-shared").args(objects).arg("-o").arg(library);
        if design.trace {
            command.arg("-lz");
            // Verilator's own FST writer came with lz4 outside; the one before had it inside.
            if self.toolchain.include.join("fstcpp").is_dir() {
                command.arg("-llz4");
            }
        }
        run(&mut command, folder, "the C++ compiler", "the shared object")
    }

    fn compiler(&self, design: &Design, folder: &Path) -> Command {
        let mut command = Command::new(&self.toolchain.compiler);
        let trace = u8::from(design.trace);
        command.args(&self.toolchain.compiler_arguments).args(COMPILER_FLAGS);
        command.args([format!("-DVM_TRACE={trace}"), format!("-DVM_TRACE_FST={trace}")]);
        for include in [folder.to_path_buf(), folder.join("cpp"), self.toolchain.include.clone(), self.toolchain.include.join("vltstd")] {
            command.arg("-I").arg(include);
        }
        command
    }
}

/// One C++ file to compile.
struct Job {
    source: PathBuf,
    object: PathBuf,
    /// Whether it runs every cycle.
    fast: bool,
    /// Where the object stays for other models.
    kept: Option<PathBuf>,
}

/// The files that Verilator wrote and those of its runtime that they need.
#[derive(Debug, Default, PartialEq, Eq)]
struct Classes {
    fast: Vec<String>,
    slow: Vec<String>,
    runtime: Vec<String>,
}

impl Classes {
    /// Reads the lists in `V*_classes.mk`: `VM_..._FAST += \`, then a name a line.
    fn parse(text: &str) -> Self {
        let mut classes = Self::default();
        let mut list: Option<&mut Vec<String>> = None;
        for line in text.lines() {
            if let Some((variable, _)) = line.split_once("+=") {
                list = match variable.trim() {
                    "VM_CLASSES_FAST" | "VM_SUPPORT_FAST" => Some(&mut classes.fast),
                    "VM_CLASSES_SLOW" | "VM_SUPPORT_SLOW" => Some(&mut classes.slow),
                    "VM_GLOBAL_FAST" | "VM_GLOBAL_SLOW" => Some(&mut classes.runtime),
                    _ => None,
                };
                continue;
            }
            let name = line.trim().trim_end_matches('\\').trim();
            match &mut list {
                Some(names) if !name.is_empty() && !name.starts_with('#') => names.push(name.to_string()),
                _ => list = None,
            }
        }
        classes
    }
}

/// Runs a tool; its first lines of complaint become the error. Its own temporary files lie in the build's `folder` too,
/// so that one file system alone can be full.
fn run(command: &mut Command, folder: &Path, tool: &'static str, what: &str) -> Result<(), Error> {
    const SHOWN: usize = 40;
    command.env("TMPDIR", folder).env("LC_ALL", "C");
    let output = command.output().map_err(|why| Error::Start { tool: tool.into(), why })?;
    if output.status.success() {
        return Ok(());
    }
    let text = format!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    if text.contains("No space left on device") || cache::is_full(folder) {
        return Err(cache::Error::Full { path: folder.into() }.into());
    }
    let wants = |names: &[&str]| names.iter().any(|name| text.contains(name));
    let remedy = if wants(&["zlib.h", "-lz:", "lz4.h", "-llz4"]) {
        " (waveforms need two libraries: `apt-get install zlib1g-dev liblz4-dev`)"
    } else {
        ""
    };
    let mut shown: Vec<&str> = text.lines().take(SHOWN).collect();
    if text.lines().count() > SHOWN {
        shown.push("...");
    }
    Err(Error::Tool { tool: tool.into(), what: what.into(), remedy, output: shown.join("\n") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_lists_are_read() {
        let text = "VM_TRACE = 0\nVM_CLASSES_FAST += \\\n\tVshim \\\n\tVshim___024root__0 \\\n\n# Generated\n\
                    VM_SUPPORT_SLOW += \\\n  Vshim__Syms__Slow \\\n\nVM_GLOBAL_FAST += \\\n  verilated \\\n\n# end\n";
        let classes = Classes::parse(text);
        assert_eq!(classes.fast, ["Vshim", "Vshim___024root__0"]);
        assert_eq!(classes.slow, ["Vshim__Syms__Slow"]);
        assert_eq!(classes.runtime, ["verilated"]);
    }
}
