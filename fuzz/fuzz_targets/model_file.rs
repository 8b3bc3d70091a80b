//! Bytes as a model file; the hash would stop nearly every mutation, so they are also read with their true hash.
#![no_main]

use net::model_file::{hex, Model};
use sha2::{Digest, Sha256};

/// As the format has it: SHA-256 of the file with 64 zeros in the hash's place.
fn with_true_hash(bytes: &[u8]) -> Option<Vec<u8>> {
    let key = b"\\\"sha256\\\":\\\"";
    let at = bytes.windows(key.len()).position(|w| w == key)? + key.len();
    let mut bytes = bytes.to_vec();
    bytes.get_mut(at..at + 64)?.fill(b'0');
    let hash = hex(&Sha256::digest(&bytes));
    bytes[at..at + 64].copy_from_slice(hash.as_bytes());
    Some(bytes)
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = Model::from_bytes("fuzzed.ember", bytes);
    if let Some(bytes) = with_true_hash(bytes) {
        let _ = Model::from_bytes("fuzzed.ember", &bytes);
    }
});
