//! Where netlists are kept: a folder each, named by the hash of all that went into it, so that boards with equal
//! engines share one.

use super::error::{file, Error};
use etcetera::BaseStrategy;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// A folder of results. Entries appear by a rename, so one that exists is whole.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// `$EMBER_CACHE/synth`, or `ember/synth` under the user's cache folder, beside the simulation's models.
    ///
    /// # Errors
    /// Neither is known.
    pub fn from_environment() -> Result<Self, Error> {
        let base = match std::env::var_os("EMBER_CACHE").filter(|v| !v.is_empty()) {
            Some(named) => PathBuf::from(named),
            None => etcetera::choose_base_strategy().map_err(|_| Error::NoCache)?.cache_dir().join("ember"),
        };
        Ok(Self { root: base.join("synth") })
    }

    /// Entry `key`, if it is there.
    pub fn get(&self, key: &str) -> Option<PathBuf> {
        let entry = self.root.join(key);
        entry.is_dir().then_some(entry)
    }

    /// Locks `key` against other processes until the result is dropped; `waiting` is called if another has it.
    pub fn lock(&self, key: &str, waiting: impl FnOnce()) -> Result<File, Error> {
        fs::create_dir_all(&self.root).map_err(file("creating", &self.root))?;
        let path = self.root.join(format!("{key}.lock"));
        let lock = File::create(&path).map_err(file("creating", &path))?;
        if lock.try_lock().is_err() {
            waiting();
            lock.lock().map_err(file("locking", &path))?;
        }
        Ok(lock)
    }

    /// A folder beside the entries, removed when it is dropped.
    pub fn workshop(&self) -> Result<tempfile::TempDir, Error> {
        tempfile::Builder::new().prefix(".run-").tempdir_in(&self.root).map_err(file("creating a folder in", &self.root))
    }

    /// Makes `finished` (inside a workshop) the entry `key`; call with the lock held.
    pub fn publish(&self, finished: &Path, key: &str) -> Result<PathBuf, Error> {
        let entry = self.root.join(key);
        fs::rename(finished, &entry).map_err(file("creating", &entry))?;
        Ok(entry)
    }
}

/// Hash over texts, each with its length so that no two lists run together; 32 hexadecimal digits.
pub fn key<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_do_not_run_together() {
        assert_ne!(key(["ab", "c"]), key(["a", "bc"]));
        assert_eq!(key(["ab", "c"]).len(), 32);
    }
}
