//! Bytes as a description, with the weights of `caffe_deploy` and of `deep_compression_small`: any answer will do, but no panic, no hang and no large allocation.
#![no_main]

use quantise::import::{from_bytes, Facts};
use std::path::Path;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let weights = include_bytes!("../../quantise/tests/data/caffe_deploy.caffemodel");
    let facts = Facts::default();
    let _ = from_bytes(Path::new("fuzzed.caffemodel"), weights, Some((Path::new("deploy.prototxt"), bytes)), &facts);
    let codes = include_bytes!("../../quantise/tests/data/deep_compression_small.net");
    let _ = from_bytes(Path::new("fuzzed.net"), codes, Some((Path::new("deploy.prototxt"), bytes)), &facts);
});
