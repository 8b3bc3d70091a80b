//! What tests of several crates share: random networks, and where the test data lies. No program depends on it.

pub mod data;
pub mod plain;
pub mod random;
