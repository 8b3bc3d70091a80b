//! Boards as data: `constraints/NAME/board.toml`, its pins, and what is written for it.

mod check;
pub mod estimate;
pub mod file;
pub mod find;
pub mod list;
pub mod project;
