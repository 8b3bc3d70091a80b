//! Messages for people hold no data structures of the program.

/// Asserts that `message` is free of what Rust prints for programmers.
///
/// # Panics
/// When it is not.
pub fn assert_plain(message: &str) {
    for mark in ["Some(", "None", "Ok(", "Err(", "Error(", "Error {", " { ", "::", "CSV deserialize", "Integer", "PathBuf", "\u{1b}"] {
        assert!(!message.contains(mark), "`{mark}` is in a message: {message}");
    }
}
