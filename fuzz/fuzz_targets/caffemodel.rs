//! Bytes as a caffemodel file, with the description of `caffe_deploy`: any answer will do, but no panic, no hang and no large allocation.
#![no_main]

use quantise::import::{from_bytes, Facts};
use std::path::Path;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let facts = Facts { side: Some(40), ..Facts::default() };
    let _ = from_bytes(
        Path::new("fuzzed/fuzzed.caffemodel"),
        bytes,
        Some((Path::new("deploy.prototxt"), include_bytes!("../../quantise/tests/data/caffe_deploy.prototxt"))),
        &facts,
    );
});
