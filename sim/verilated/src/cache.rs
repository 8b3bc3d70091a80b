//! Where built models are kept: one folder a model, named by the hash of everything that went into it.

use crate::error::Error;
use etcetera::BaseStrategy;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// A folder of built models. Entries appear by a rename, so an entry that exists is whole.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// `$EMBER_CACHE/verilated`, or `ember/verilated` under the user's cache folder (XDG).
    ///
    /// # Errors
    /// Neither is known.
    pub fn from_environment() -> Result<Self, Error> {
        let base = match std::env::var_os("EMBER_CACHE").filter(|v| !v.is_empty()) {
            Some(named) => PathBuf::from(named),
            None => etcetera::choose_base_strategy().map_err(|_| Error::NoCache)?.cache_dir().join("ember"),
        };
        Ok(Self::at(base.join("verilated")))
    }

    /// A cache in `root`, which need not exist.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder of entry `key`.
    pub(crate) fn entry(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    /// Whether entry `key` has been built.
    pub(crate) fn contains(&self, key: &str) -> bool {
        self.entry(key).join(crate::builder::LIBRARY).is_file()
    }

    /// Locks `key` against other processes and threads until the result is dropped; `waiting` is
    /// called once if another holds it.
    pub(crate) fn lock(&self, key: &str, waiting: impl FnOnce()) -> Result<File, Error> {
        fs::create_dir_all(&self.root).map_err(failed("creating", &self.root))?;
        lock(&self.root.join(format!("{key}.lock")), waiting)
    }

    /// An empty folder beside the entries in which `key` is built; gone when dropped. Call with the
    /// lock held: what an interrupted build left there is removed.
    pub(crate) fn workshop(&self, key: &str) -> Result<Workshop, Error> {
        let path = self.root.join(format!(".build-{key}"));
        if path.exists() {
            fs::remove_dir_all(&path).map_err(failed("removing", &path))?;
        }
        fs::create_dir(&path).map_err(failed("creating", &path))?;
        Ok(Workshop { path })
    }

    /// Makes `finished` (inside the cache) the entry `key`. Call with the lock held.
    pub(crate) fn publish(&self, finished: &Path, key: &str) -> Result<PathBuf, Error> {
        let entry = self.entry(key);
        if entry.exists() {
            // Only a folder without its library: somebody deleted half of it.
            fs::remove_dir_all(&entry).map_err(failed("removing", &entry))?;
        }
        fs::rename(finished, &entry).map_err(failed("creating", &entry))?;
        Ok(entry)
    }
}

pub(crate) fn failed<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> Error + 'a {
    move |source| Error::Cache { action, path: path.to_path_buf(), source }
}

/// A folder that goes with this value.
pub(crate) struct Workshop {
    path: PathBuf,
}

impl Workshop {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // The next build of the same model removes what cannot be removed now.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Locks the file `path` until the result is dropped; `waiting` is called once if another holds it.
pub(crate) fn lock(path: &Path, waiting: impl FnOnce()) -> Result<File, Error> {
    let file = File::create(path).map_err(failed("creating", path))?;
    if file.try_lock().is_err() {
        waiting();
        file.lock().map_err(failed("locking", path))?;
    }
    Ok(file)
}
