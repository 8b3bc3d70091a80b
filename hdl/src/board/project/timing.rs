//! `constraints/timing.xdc`: the clock crossings of the shell.

/// The text; paths are below `ember_shell`.
pub fn text() -> String {
    crate::header::lines("#") + &crate::shell::constraints(&crate::shell::crossings())
}
