//! The compressed model file: any bytes are refused or give a valid model that packs and loads to the same one.
//!
//! Random bytes never have the right SHA-256, so the parser behind it is reached by sealing the bytes first.
#![no_main]

use libfuzzer_sys::fuzz_target;
use net::compressed::{self, MAGIC};
use net::model_file::{Model, EXTENDED_VERSION, FORMAT_VERSION};
use sha2::{Digest, Sha256};

fuzz_target!(|bytes: &[u8]| {
    let _ = Model::from_bytes("fuzzed", bytes);
    for version in [FORMAT_VERSION, EXTENDED_VERSION] {
        let mut sealed = MAGIC.to_vec();
        sealed.extend(version.to_le_bytes());
        sealed.extend(bytes);
        let hash = Sha256::digest(&sealed);
        sealed.extend(hash);
        if let Ok(model) = Model::from_bytes("fuzzed", &sealed) {
            let again = compressed::pack(&model).expect("what was read can be written");
            // by the hash, because a scale may be no number, which equals nothing
            assert_eq!(Model::from_bytes("again", &again.bytes).expect("and read").hash(), model.hash());
        }
    }
});
