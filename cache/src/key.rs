//! Names of entries.

use sha2::{Digest, Sha256};

/// A hash over texts, each with its length so that no two lists run together.
#[derive(Debug, Default)]
pub struct Key(Sha256);

impl Key {
    /// Of no texts yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds texts.
    pub fn all(&mut self, texts: impl IntoIterator<Item = impl AsRef<str>>) -> &mut Self {
        for text in texts {
            let text = text.as_ref();
            self.0.update((text.len() as u64).to_le_bytes());
            self.0.update(text);
        }
        self
    }

    /// 32 hexadecimal digits.
    pub fn finish(self) -> String {
        self.0.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_do_not_run_together() {
        let key = |texts: &[&str]| {
            let mut key = Key::new();
            key.all(texts);
            key.finish()
        };
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_eq!(key(&["ab", "c"]).len(), 32);
    }
}
