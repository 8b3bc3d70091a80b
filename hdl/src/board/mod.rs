//! Boards as data: `constraints/NAME/board.toml`, its pins, and what is written for it.

mod check;
pub mod file;
pub mod find;
