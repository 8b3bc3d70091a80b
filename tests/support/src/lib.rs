//! What tests of several crates share: random networks, where the test data lies, what
//! becomes of output that goes nowhere, and reports in a browser. No program depends on it.

pub mod browser;
pub mod data;
pub mod outputs;
pub mod plain;
pub mod random;
