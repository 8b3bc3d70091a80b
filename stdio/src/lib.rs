//! Standard output and standard error of the programs.
//!
//! A reader that closes standard output (`| head`) has seen enough: what is left is not printed, and that is no failure,
//! so the exit code is that of the work. Everything else that keeps text from arriving there, such as a full disk, is an
//! [`struct@Error`]. Standard error is for people: a message that cannot be written is lost, and ends nothing.
//!
//! `println!` and its kin panic in both cases; clippy refuses them in the programs (`print_stdout`, `print_stderr`).

#![deny(clippy::print_stdout, clippy::print_stderr)]

use clap::Parser;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use thiserror::Error;

/// Standard output that takes no text.
#[derive(Debug, Error)]
#[error("standard output cannot be written: {0}; free some space, or send it elsewhere")]
pub struct Error(io::Error);

/// Writes `text` to standard output.
///
/// # Errors
/// It does not arrive, and not because the reader went.
pub fn print(text: impl AsRef<[u8]>) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    arrived(out.write_all(text.as_ref()).and_then(|()| out.flush()))
}

/// What became of text for standard output, written otherwise than by [`print()`].
///
/// # Errors
/// It did not arrive, and not because the reader went.
pub fn arrived(written: io::Result<()>) -> Result<(), Error> {
    match written {
        Err(error) if !is_closed(&error) => Err(Error(error)),
        _ => Ok(()),
    }
}

/// Whether a failure to write is that of a reader who has seen enough.
pub fn is_closed(error: &io::Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe
}

/// A line on standard error.
pub fn say(line: impl Display) {
    // nobody is left to be told
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// `println!` that returns a [`Result`], by [`print()`].
#[macro_export]
macro_rules! line {
    ($($words:tt)*) => { $crate::print(format!($($words)*) + "\n") };
}

/// `eprintln!` that never panics, by [`say()`].
#[macro_export]
macro_rules! say {
    ($($words:tt)*) => { $crate::say(format_args!($($words)*)) };
}

/// The command line; or, when it is wrong or asks for the help or the version, the exit code after that was printed.
/// `shown` spells out what a terminal would obey in the words that were typed.
pub fn parse<Line: Parser>(shown: fn(&str) -> String) -> Result<Line, ExitCode> {
    Line::try_parse().map_err(|text| {
        let code = u8::try_from(text.exit_code()).unwrap_or(1);
        let words = text.render().to_string();
        if shown(&words) != words {
            say(shown(words.trim_end()));
            return ExitCode::from(code);
        }
        let printed = text.print().and_then(|()| io::stdout().flush());
        match arrived(printed) {
            // what is wrong is for standard error
            Err(error) if !text.use_stderr() => {
                say!("error: {error}");
                ExitCode::FAILURE
            }
            _ => ExitCode::from(code),
        }
    })
}
