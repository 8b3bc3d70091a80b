//! Finding Verilator and a C++ compiler, and telling them apart for the cache.

use crate::error::Error;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest Verilator whose output this crate compiles (Debian 12).
pub const OLDEST: Version = Version { major: 5, minor: 6 };

/// A Verilator release; `5.006` is major 5, minor 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Before the point.
    pub major: u32,
    /// The three digits after the point.
    pub minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.major, self.minor)
    }
}

impl Version {
    /// Reads `Verilator 5.006 2023-01-22 rev (Debian 5.006-3)`.
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        if words.next() != Some("Verilator") {
            return None;
        }
        let (major, minor) = words.next()?.split_once('.')?;
        Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }
}

/// The programs that build a model, and where Verilator's runtime sources are.
#[derive(Clone, Debug)]
pub struct Toolchain {
    pub(crate) verilator: PathBuf,
    pub(crate) include: PathBuf,
    pub(crate) compiler: PathBuf,
    pub(crate) compiler_arguments: Vec<String>,
    version: Version,
    /// Everything that, when it changes, makes native code of another toolchain or machine.
    identity: Vec<String>,
}

impl Toolchain {
    /// Verilator and a compiler from `PATH` and `CXX`.
    ///
    /// # Errors
    /// One of them is missing, or Verilator is older than [`OLDEST`].
    pub fn from_environment() -> Result<Self, Error> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        Self::find(&path, std::env::var("CXX").ok().as_deref())
    }

    /// Verilator and a compiler from the folders of `path`; `compiler` is what `CXX` would hold (a
    /// program and perhaps arguments), otherwise the first of `g++`, `clang++` and `c++`.
    ///
    /// # Errors
    /// One of them is missing, or Verilator is older than [`OLDEST`].
    pub fn find(path: &OsStr, compiler: Option<&str>) -> Result<Self, Error> {
        let verilator = which(path, "verilator").ok_or(Error::VerilatorMissing)?;
        let banner = first_line(&verilator, &["--version"])?;
        let version =
            Version::parse(&banner).ok_or_else(|| Error::VerilatorUnknown { path: verilator.clone(), printed: banner.clone() })?;
        if version < OLDEST {
            return Err(Error::VerilatorTooOld { path: verilator, found: version });
        }
        let include = PathBuf::from(first_line(&verilator, &["--getenv", "VERILATOR_ROOT"])?).join("include");
        if !include.join("verilated.h").is_file() {
            let printed = format!("{banner}, without {}", include.join("verilated.h").display());
            return Err(Error::VerilatorUnknown { path: verilator, printed });
        }

        let mut words = compiler.unwrap_or_default().split_whitespace().map(str::to_string);
        let (compiler, compiler_arguments) = match words.next() {
            Some(named) => {
                let found = which(path, &named).ok_or(Error::CompilerMissing { tried: named })?;
                (found, words.collect())
            }
            None => {
                let usual = ["g++", "clang++", "c++"];
                let found = usual.iter().find_map(|name| which(path, name));
                (found.ok_or_else(|| Error::CompilerMissing { tried: usual.join(", ") })?, Vec::new())
            }
        };
        let compiler_banner = first_line(&compiler, &["--version"])?;
        let identity = vec![banner, compiler_banner, compiler_arguments.join(" "), processor()];
        Ok(Self { verilator, include, compiler, compiler_arguments, version, identity })
    }

    /// The release of the Verilator found.
    pub fn version(&self) -> Version {
        self.version
    }

    /// What it says of itself and its compiler, for reports.
    pub fn describe(&self) -> String {
        format!("{}, {}", self.identity[0], self.identity[1])
    }

    pub(crate) fn identity(&self) -> &[String] {
        &self.identity
    }
}

/// A command by name in the folders of `path`, or as it is when the name holds a separator.
fn which(path: &OsStr, name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return is_executable(Path::new(name)).then(|| name.into());
    }
    std::env::split_paths(path).filter(|folder| !folder.as_os_str().is_empty()).map(|f| f.join(name)).find(|p| is_executable(p))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

fn first_line(program: &Path, arguments: &[&str]) -> Result<String, Error> {
    let start = |why| Error::Start { tool: program.display().to_string(), why };
    let output = Command::new(program).args(arguments.iter().map(OsString::from)).output().map_err(start)?;
    let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    Ok(String::from_utf8_lossy(&text).lines().next().unwrap_or_default().trim().to_string())
}

/// The processor's model and feature flags: code for `-march=native` runs only where these agree.
fn processor() -> String {
    const KEYS: [&str; 9] =
        ["vendor_id", "cpu family", "model", "model name", "stepping", "flags", "CPU implementer", "CPU part", "Features"];
    let Ok(text) = std::fs::read_to_string("/proc/cpuinfo") else {
        return std::env::consts::ARCH.to_string();
    };
    let first = text.split("\n\n").next().unwrap_or_default();
    let lines = first.lines().filter(|line| line.split(':').next().is_some_and(|key| KEYS.contains(&key.trim())));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_ordered() {
        let parse = |s| Version::parse(s).map(|v| v.to_string());
        assert_eq!(parse("Verilator 5.006 2023-01-22 rev (Debian 5.006-3)").as_deref(), Some("5.006"));
        assert_eq!(parse("Verilator 5.052 2026-09-05 rev v5.052").as_deref(), Some("5.052"));
        assert_eq!(parse("%Error: no"), None);
        assert!(Version { major: 4, minor: 228 } < OLDEST);
        assert!(Version { major: 5, minor: 20 } > OLDEST);
    }
}
