//! The pictures of a training.

pub mod curves;
