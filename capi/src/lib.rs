//! The C library `libember`: the crate `ember` behind a header, `include/ember.h`, which is made of the comments and types here.
//!
//! No panic crosses the border, and nothing that one side allocated is freed by the other.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod cancel;
mod classify;
mod device;
mod guard;
mod image;
mod lend;
mod model;
mod result;
mod status;
mod text;
