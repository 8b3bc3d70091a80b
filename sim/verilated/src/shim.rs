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

/// Where the design's port list is not the ports that Verilator found in its top (`Vshim.h`), one phrase a difference: a
/// port that a test forgets would be driven with 0, or compared with nothing.
pub(crate) fn port_differences(design: &Design, header: &str) -> Vec<String> {
    let found = declared(header);
    let name = |port: &Port| mangle(&port.name);
    let listed = |port: &&Declared| design.ports.iter().any(|p| name(p) == port.name);
    let mut differences: Vec<String> =
        found.iter().filter(|port| !listed(port)).map(|port| format!("its port {port} is not in the port list")).collect();
    for port in &design.ports {
        let Some(real) = found.iter().find(|f| f.name == name(port)) else {
            differences.push(format!("port {} of the port list does not exist", port.name));
            continue;
        };
        let output = port.direction == Direction::Output;
        if (real.width, real.output) != (i64::from(port.width), Some(output)) {
            let kind = if output { "output" } else { "input" };
            differences.push(format!("its port {real} is listed as an {kind} of {} bits", port.width));
        }
    }
    differences
}

/// A port in `Vshim.h`.
#[derive(Debug, PartialEq, Eq)]
struct Declared {
    /// As in C++.
    name: String,
    width: i64,
    /// `None` for an inout.
    output: Option<bool>,
}

impl std::fmt::Display for Declared {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let kind = match self.output {
            None => "inout",
            Some(true) => "output",
            Some(false) => "input",
        };
        write!(f, "{} ({kind}, {} bits)", self.name, self.width)
    }
}

/// Lines such as `VL_IN8(&name,7,0);` and `VL_OUTW(&name,127,0,4);`.
fn declared(header: &str) -> Vec<Declared> {
    let port = |line: &str| {
        let (macro_name, arguments) = line.trim().strip_prefix("VL_")?.strip_suffix(");")?.split_once('(')?;
        let output = match macro_name.trim_end_matches(|c: char| c.is_ascii_digit() || c == 'W') {
            "IN" => Some(false),
            "OUT" => Some(true),
            "INOUT" => None,
            _ => return None,
        };
        let mut arguments = arguments.split(',');
        let name = arguments.next()?.trim_start_matches('&').to_string();
        let mut bit = || arguments.next()?.trim().parse::<i64>().ok();
        let (high, low) = (bit()?, bit()?);
        Some(Declared { name, width: high - low + 1, output })
    };
    header.lines().filter_map(port).collect()
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
    fn ports_are_read_from_verilators_header() {
        let header = "class Vshim VL_NOT_FINAL : public VerilatedModel {\n    VL_IN8(&clock,0,0);\n    VL_OUT16(&b9,8,0);\n    \
                      VL_INW(&e___05Fx,99,0,4);\n    VL_OUT64(&p,40,0);\n    VL_INOUT8(&z,0,0);\n    VL_IN(&c,31,0);\n    VL_UNCOPYABLE(Vshim);\n";
        let port = |name: &str, width, output| Declared { name: name.into(), width, output };
        let input = Some(false);
        let expected = [
            port("clock", 1, input),
            port("b9", 9, Some(true)),
            port("e___05Fx", 100, input),
            port("p", 41, Some(true)),
            port("z", 1, None),
            port("c", 32, input),
        ];
        assert_eq!(declared(header), expected);
    }

    #[test]
    fn names_are_mangled_as_verilator_does() {
        assert_eq!(mangle("s_axis_tdata"), "s_axis_tdata");
        assert_eq!(mangle("a$b"), "a__024b");
        assert_eq!(mangle("c__d_e"), "c___05Fd_e");
    }
}
