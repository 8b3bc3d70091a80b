//! Results that take long to make (simulators, netlists), kept by the hash of all that went into them.
//!
//! An entry is a folder named by its [`Key`]. It is made in a folder beside the entries, under a lock that other
//! processes wait for, and appears by a rename: one that exists is whole. [`Cache::from_environment`] says where.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod error;
mod key;
mod mount;

pub use error::Error;
pub use key::Key;
pub use mount::is_full;

use error::failed;
use etcetera::BaseStrategy;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// A folder of entries of one kind.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

/// What [`Cache::slot`] found.
#[derive(Debug)]
pub enum Slot {
    /// The entry's folder, finished.
    Ready(PathBuf),
    /// Nothing yet: the caller makes it, others wait.
    Vacant(Vacancy),
}

/// An entry in the making. Dropped before [`Vacancy::publish`], it leaves nothing.
#[derive(Debug)]
pub struct Vacancy {
    entry: PathBuf,
    folder: PathBuf,
    // Last, so that nobody else begins before the folder is gone.
    _lock: File,
}

impl Cache {
    /// `$EMBER_CACHE/kind`, or `ember/kind` under the user's cache folder (XDG). Nothing is made or looked at.
    ///
    /// # Errors
    /// Neither is known.
    pub fn from_environment(kind: &str) -> Result<Self, Error> {
        let base = match std::env::var_os("EMBER_CACHE").filter(|v| !v.is_empty()) {
            Some(named) => PathBuf::from(named),
            None => etcetera::choose_base_strategy().map_err(|_| Error::NoPlace)?.cache_dir().join("ember"),
        };
        Ok(Self::at(base.join(kind)))
    }

    /// A cache in the folder `root`, which need not exist.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder of all entries.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Entry `key`, if it is there and holds `file`, without which it is no entry.
    pub fn get(&self, key: &str, file: &str) -> Option<PathBuf> {
        let entry = self.root.join(key);
        entry.join(file).is_file().then_some(entry)
    }

    /// Entry `key`, or the right to make it. `waiting` is called once if another process or thread is making it.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn slot(&self, key: &str, file: &str, waiting: impl FnOnce()) -> Result<Slot, Error> {
        if let Some(entry) = self.get(key, file) {
            return Ok(Slot::Ready(entry));
        }
        fs::create_dir_all(&self.root).map_err(failed("creating", &self.root))?;
        let lock = lock(&self.root.join(format!("{key}.lock")), waiting)?;
        if let Some(entry) = self.get(key, file) {
            return Ok(Slot::Ready(entry));
        }
        let folder = self.root.join(format!(".build-{key}"));
        if folder.exists() {
            // of one that was killed: the lock is ours now
            fs::remove_dir_all(&folder).map_err(failed("removing", &folder))?;
        }
        fs::create_dir(&folder).map_err(failed("creating", &folder))?;
        Ok(Slot::Vacant(Vacancy { entry: self.root.join(key), folder, _lock: lock }))
    }

    /// A folder `name` beside the entries, for files that many of them share; it is made if it is not there.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn shared(&self, name: &str) -> Result<PathBuf, Error> {
        let folder = self.root.join(name);
        fs::create_dir_all(&folder).map_err(failed("creating", &folder))?;
        Ok(folder)
    }

    /// Whether what is built here can be loaded as code; to be asked before building, which may take a minute.
    ///
    /// # Errors
    /// [`Error::NoExec`]: the folder's file system is mounted `noexec`.
    pub fn check_loadable(&self) -> Result<(), Error> {
        match mount::is_noexec(&self.root) {
            true => Err(Error::NoExec { folder: self.root.clone() }),
            false => Ok(()),
        }
    }
}

impl Vacancy {
    /// The empty folder to work in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes `finished`, a folder inside [`Vacancy::folder`], the entry; the rest of the folder goes.
    ///
    /// # Errors
    /// It cannot be moved.
    pub fn publish(self, finished: &Path) -> Result<PathBuf, Error> {
        if self.entry.exists() {
            // Somebody deleted half of it.
            fs::remove_dir_all(&self.entry).map_err(failed("removing", &self.entry))?;
        }
        fs::rename(finished, &self.entry).map_err(failed("creating", &self.entry))?;
        Ok(self.entry.clone())
    }
}

impl Drop for Vacancy {
    fn drop(&mut self) {
        // What cannot be removed now, the next one that makes this entry removes.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Locks the file `path` against other processes and threads until the result is dropped; `waiting` is called once if
/// another has it.
///
/// # Errors
/// The file cannot be made or locked.
pub fn lock(path: &Path, waiting: impl FnOnce()) -> Result<File, Error> {
    let file = File::create(path).map_err(failed("creating", path))?;
    if file.try_lock().is_err() {
        waiting();
        file.lock().map_err(failed("locking", path))?;
    }
    Ok(file)
}

/// For `map_err` of what is done with a file of the cache.
pub fn error<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> Error + 'a {
    failed(action, path)
}
