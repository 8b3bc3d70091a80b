//! The engine's modules, one a file.

pub mod column;
