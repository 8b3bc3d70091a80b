//! Finds Yosys.

use super::Error;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest release that was tried: Debian 12's.
const OLDEST: (u32, u32) = (0, 23);

/// A Yosys that runs.
#[derive(Clone, Debug)]
pub struct Yosys {
    program: PathBuf,
    version: String,
}

impl Yosys {
    /// The one that `YOSYS` names, else `yosys` on the search path.
    ///
    /// # Errors
    /// None there, or one that is too old.
    pub fn find() -> Result<Self, Error> {
        Self::find_in(std::env::var_os("YOSYS").filter(|v| !v.is_empty()))
    }

    /// [`Yosys::find`] with the value of `YOSYS`.
    ///
    /// # Errors
    /// As [`Yosys::find`].
    pub fn find_in(named: Option<OsString>) -> Result<Self, Error> {
        let program = PathBuf::from(named.clone().unwrap_or_else(|| "yosys".into()));
        let output = Command::new(&program).arg("-V").output().map_err(|why| match (named, why.kind()) {
            (None, ErrorKind::NotFound) => Error::Missing,
            _ => Error::Named { program: program.clone(), why },
        })?;
        let printed = String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().trim().to_string();
        let Some((version, number)) = printed.strip_prefix("Yosys ").and_then(|rest| Some((rest, release(rest)?))) else {
            return Err(Error::Unknown { program, printed });
        };
        if number < OLDEST {
            return Err(Error::Old { program, found: version.into() });
        }
        Ok(Self { version: printed, program })
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
