//! What can be wrong with a cache, each in one sentence with its remedy.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A cache that cannot be used.
#[derive(Debug, Error)]
pub enum Error {
    /// No folder is known.
    #[error("there is no folder for the cache of built results: neither EMBER_CACHE, XDG_CACHE_HOME nor HOME is set; set EMBER_CACHE")]
    NoPlace,
    /// A folder that cannot be read or written.
    #[error("the cache of built results cannot be used: {action} {} failed: {why}; set EMBER_CACHE to a folder that can be written", path.display())]
    File {
        /// What was done.
        action: &'static str,
        /// To which file or folder.
        path: PathBuf,
        /// What the system said.
        why: io::Error,
    },
    /// No space.
    #[error("{} cannot be written: the file system of the cache of built results is full; free some space there, or set EMBER_CACHE to a folder on another", path.display())]
    Full {
        /// The file or folder that was being written.
        path: PathBuf,
    },
    /// Code that lies there cannot be loaded.
    #[error("the cache of built results, {}, lies on a file system that is mounted noexec, so nothing that is built there can be run; set EMBER_CACHE to a folder on another", folder.display())]
    NoExec {
        /// The folder of the cache.
        folder: PathBuf,
    },
}

/// For `map_err`: what was done to which file.
pub(crate) fn failed<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Error + 'a {
    move |why| match why.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::Full { path: path.into() },
        _ => Error::File { action, path: path.into(), why },
    }
}
