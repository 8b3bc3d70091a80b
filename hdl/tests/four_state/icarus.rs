//! Compiles Verilog with Icarus and runs it.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A design in its bench, ready to be run.
pub struct Bench {
    dir: TempDir,
}

fn run(command: &mut Command) -> std::io::Result<String> {
    let Output { status, stdout, stderr } = command.output()?;
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?}: {said}");
    Ok(said)
}

impl Bench {
    /// `files` under the module `bench` of `bench`, a file name and its text. `None`, with a message, where there is no Icarus.
    pub fn build(files: &[(String, String)], bench: &[(&str, &str)]) -> Option<Self> {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let all = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).chain(bench.iter().copied());
        let mut names = vec![];
        for (name, text) in all {
            std::fs::write(dir.path().join(name), text).expect("a temporary file");
            names.push(name.to_string());
        }
        let arguments = ["-g2005", "-Wall", "-Wno-timescale", "-s", "bench", "-o", "bench.vvp"];
        match run(Command::new("iverilog").args(arguments).args(names).current_dir(dir.path())) {
            Err(e) if e.kind() == ErrorKind::NotFound => {
                eprintln!("SKIPPED: there is no iverilog on the PATH (Debian: apt-get install iverilog)");
                None
            }
            said => {
                let said = said.expect("iverilog runs");
                assert!(said.is_empty(), "iverilog has something to say:\n{said}");
                Some(Self { dir })
            }
        }
    }

    /// What the bench prints, given `operations` and `beats`.
    pub fn run(&self, operations: &[u64], beats: &[u64], seed: u64) -> String {
        let write = |name: &str, words: &[u64]| {
            let text: String = words.iter().map(|word| format!("{word:016x}\n")).collect();
            std::fs::write(self.dir.path().join(name), text).expect("a temporary file");
        };
        write("script.hex", operations);
        write("stream.hex", beats);
        let mut arguments = vec![format!("+operations={}", operations.len()), format!("+beats={}", beats.len()), format!("+seed={seed}")];
        arguments.extend(["+script=script.hex".into(), "+stream=stream.hex".into()]);
        run(Command::new("vvp").args(["-n", "bench.vvp"]).args(arguments).current_dir(self.path())).expect("vvp comes with iverilog")
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }
}
