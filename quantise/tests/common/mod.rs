//! Shared by the integration tests.

#[allow(dead_code)] // not every test file reads exported networks
pub mod exported;

#[allow(dead_code)] // not every test file uses all of it
pub mod onnx_writer;
