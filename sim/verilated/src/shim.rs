//! Writes the C++ that stands between a Verilated model and Rust.
//!
//! All ports cross in one block of 32-bit words, in the order of the design's port list: one call a
//! batch of cycles, no call a port.

use crate::design::{Design, Direction, Port};
use std::fmt::Write;

pub(crate) const CORE: &str = include_str!("../cpp/shim_core.h");
pub(crate) const API: &str = include_str!("../cpp/shim_api.h");

/// `shim.cpp` for `design`.
pub(crate) fn source(design: &Design) -> String {
    let mut inputs = String::new();
    let mut outputs = String::new();
    let mut at = 0;
    for port in &design.ports {
        match port.direction {
            Direction::Input => copy_in(&mut inputs, port, at),
            Direction::Output => copy_out(&mut outputs, port, at),
        }
        at += port.words();
    }
    let clock = match &design.clock {
        Some(name) => format!("top.{} = level;", mangle(name)),
        None => "(void)top, (void)level;".into(),
    };
    format!(
        "#include \"shim_core.h\"\n\
         static inline void shim_set_clock(Vshim& top, int level) {{ {clock} }}\n\
         static inline void shim_write(Vshim& top, const uint32_t* block) {{\n    (void)top, (void)block;\n{inputs}}}\n\
         static inline void shim_read(const Vshim& top, uint32_t* block) {{\n    (void)top, (void)block;\n{outputs}}}\n\
         #include \"shim_api.h\"\n{}",
        design.extension
    )
}

// Writing to a String cannot fail, so the results of `writeln!` below carry nothing.
fn copy_in(text: &mut String, port: &Port, at: usize) {
    let name = mangle(&port.name);
    let _ = match port.width {
        0..=32 => writeln!(text, "    top.{name} = block[{at}];"),
        33..=64 => writeln!(text, "    top.{name} = block[{at}] | static_cast<uint64_t>(block[{}]) << 32;", at + 1),
        _ => writeln!(text, "    for (int i = 0; i < {}; ++i) top.{name}[i] = block[{at} + i];", port.words()),
    };
}

fn copy_out(text: &mut String, port: &Port, at: usize) {
    let name = mangle(&port.name);
    let _ = match port.width {
        0..=32 => writeln!(text, "    block[{at}] = top.{name};"),
        33..=64 => writeln!(
            text,
            "    block[{at}] = static_cast<uint32_t>(top.{name});\n    block[{}] = static_cast<uint32_t>(top.{name} >> 32);",
            at + 1
        ),
        _ => writeln!(text, "    for (int i = 0; i < {}; ++i) block[{at} + i] = top.{name}[i];", port.words()),
    };
}

/// A Verilog name as Verilator writes it in C++: `a$b` becomes `a__024b`, `a__b` becomes `a___05Fb`.
fn mangle(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut bytes = name.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'_' if bytes.next_if_eq(&b'_').is_some() => out.push_str("___05F"),
            b'_' => out.push('_'),
            b'0'..=b'9' if !out.is_empty() => out.push(byte.into()),
            _ if byte.is_ascii_alphabetic() => out.push(byte.into()),
            _ => out.push_str(&format!("__0{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_mangled_as_verilator_does() {
        assert_eq!(mangle("s_axis_tdata"), "s_axis_tdata");
        assert_eq!(mangle("a$b"), "a__024b");
        assert_eq!(mangle("c__d_e"), "c___05Fd_e");
    }
}
