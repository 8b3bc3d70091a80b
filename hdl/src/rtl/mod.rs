//! The engine's modules, one a file.

pub mod column;
pub mod registers;
pub mod sender;
pub mod short_fifo;
pub mod stream_in;
