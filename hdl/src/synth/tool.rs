//! Finds Yosys.

use super::Error;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest release that was tried: Debian 12's.
const OLDEST: (u32, u32) = (0, 23);
/// From which on we have seen it map block RAMs by delay as they come, or a little earlier.
const FULL_PORTS: (u32, u32) = (0, 40);

/// What a Python runs that has the package `pyosys`: it says its version, or runs the script that it is given.
const PYTHON_VERSION: &str =
    "import pyosys.libyosys as y; print(y.yosys_maybe_version() if hasattr(y, 'yosys_maybe_version') else y.yosys_version_str)";
const PYTHON_SCRIPT: &str = "import sys, pyosys.libyosys as y; y.run_pass('script ' + sys.argv[1], y.Design())";

/// A Yosys that runs: the program, or the Python package.
#[derive(Clone, Debug)]
pub struct Yosys {
    program: PathBuf,
    version: String,
    number: (u32, u32),
    python: bool,
}

impl Yosys {
    /// The one that `YOSYS` names, else `yosys` on the search path.
    ///
    /// # Errors
    /// None there, or one that is too old.
    pub fn find() -> Result<Self, Error> {
        Self::find_in(std::env::var_os("YOSYS").filter(|v| !v.is_empty()))
    }

    /// The best there is for mapping by delay: the one named (`--yosys`, else `YOSYS`), else the package `pyosys` of the
    /// Python that `PYOSYS_PYTHON` names or of `python3`, else `yosys` on the search path. A name that begins with `python`
    /// means that Python's `pyosys`.
    ///
    /// # Errors
    /// As [`Yosys::find`].
    pub fn find_by_delay(named: Option<&Path>) -> Result<Self, Error> {
        let variable = |name| std::env::var_os(name).filter(|v| !v.is_empty());
        if let Some(named) = named.map(|path| path.as_os_str().to_owned()).or_else(|| variable("YOSYS")) {
            return Self::find_in(Some(named));
        }
        match variable("PYOSYS_PYTHON") {
            Some(python) => Self::ask(python.into(), true, true),
            None => Self::ask("python3".into(), true, false).or_else(|_| Self::find()),
        }
    }

    /// [`Yosys::find`] with the value of `YOSYS`.
    ///
    /// # Errors
    /// As [`Yosys::find`].
    pub fn find_in(named: Option<OsString>) -> Result<Self, Error> {
        let (program, is_named) = (PathBuf::from(named.clone().unwrap_or_else(|| "yosys".into())), named.is_some());
        let python = program.file_name().is_some_and(|name| name.to_string_lossy().starts_with("python"));
        Self::ask(program, python, is_named)
    }

    fn ask(program: PathBuf, python: bool, is_named: bool) -> Result<Self, Error> {
        let words: &[&str] = if python { &["-c", PYTHON_VERSION] } else { &["-V"] };
        let output = Command::new(&program).args(words).output().map_err(|why| match (is_named, why.kind()) {
            (false, ErrorKind::NotFound) => Error::Missing,
            _ => Error::Named { program: program.clone(), why },
        })?;
        let printed = String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().trim().to_string();
        if python && printed.is_empty() {
            return Err(Error::NoPackage { program });
        }
        let Some((version, number)) = printed.strip_prefix("Yosys ").and_then(|rest| Some((rest, release(rest)?))) else {
            return Err(Error::Unknown { program, printed });
        };
        if number < OLDEST {
            return Err(Error::Old { program, found: version.into() });
        }
        Ok(Self { version: printed, number, program, python })
    }

    /// The words before the name of a script that it is to run.
    pub(super) fn script(&self) -> &'static [&'static str] {
        match self.python {
            true => &["-c", PYTHON_SCRIPT],
            false => &["-s"],
        }
    }

    /// Whether it is older than 0.40: it leaves ports of block RAMs short, which its mapping by delay falls over, and that mapping makes
    /// more levels.
    pub fn has_short_ports(&self) -> bool {
        self.number < FULL_PORTS
    }

    /// What it says of itself, `Yosys 0.23 (git sha1 ...)`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }
}

/// Major and minor number at the start of `0.23 (git ...)` or `0.70+12`.
fn release(text: &str) -> Option<(u32, u32)> {
    let (major, rest) = text.split_once('.')?;
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read() {
        assert_eq!(release("0.23 (git sha1 7ce5011c24b)"), Some((0, 23)));
        assert_eq!(release("0.70+12 (git sha1 0)"), Some((0, 70)));
        assert_eq!(release("unknown"), None);
    }

    #[test]
    fn a_yosys_that_is_none_is_refused_by_name() {
        let said = |name: &str| Yosys::find_in(Some(name.into())).expect_err("refused").to_string();
        assert!(said("/nowhere/yosys").contains("/nowhere/yosys (named in YOSYS) cannot be run"));
        assert!(said("true").contains("does not say its version"));
    }
}
