//! Ends that are neither success nor plain failure.

use std::fmt;

/// Exit code when the work was done but some images were left out.
pub const SKIPPED: u8 = 3;

/// An error with an exit code of its own: `main` prints the sentence and ends with the code.
#[derive(Debug)]
pub struct Exit {
    /// The process's exit code.
    pub code: u8,
    /// What standard error says.
    pub sentence: String,
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Exit {}
