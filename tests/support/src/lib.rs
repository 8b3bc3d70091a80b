//! What tests of several crates share: random networks, where the test data lies, and what
//! becomes of output that goes nowhere. No program depends on it.

pub mod data;
pub mod outputs;
pub mod plain;
pub mod random;
