//! The map as the tables of docs/interface.md.

use super::{Access, Register, Reset, REGISTERS};
use std::fmt::Write;

/// One table of registers, and one for each register with fields. Ends with a line end.
pub fn markdown() -> String {
    let mut text = String::from("| address | name | access | after a reset | content |\n|---|---|---|---|---|\n");
    for register in REGISTERS {
        let Register { name, description, .. } = register;
        let reset = match register.reset {
            Reset::Fixed(value) | Reset::Value(value) if value < 10 => value.to_string(),
            Reset::Fixed(value) | Reset::Value(value) => format!("{value:#010X}").replace("0X", "0x"),
            Reset::Size(_) => "the engine's size".into(),
            Reset::Kept => "as before".into(),
        };
        // a String takes every write
        let _ = writeln!(text, "| {} | `{name}` | {} | {reset} | {description} |", addresses(register), access(register.access));
    }
    for register in REGISTERS.iter().filter(|register| !register.fields.is_empty()) {
        let _ = write!(text, "\n`{}`; all other bits read 0:\n\n| bit | name | access | content |\n|---|---|---|---|\n", register.name);
        for field in register.fields {
            let bits = if field.width == 1 { field.low.to_string() } else { format!("{}:{}", field.low + field.width - 1, field.low) };
            let _ = writeln!(text, "| {bits} | `{}` | {} | {} |", field.name, access(field.access), field.description);
        }
    }
    text
}

fn addresses(register: &Register) -> String {
    let first = register.offset;
    match register.words {
        1 => format!("0x{first:03X}"),
        words => format!("0x{first:03X} to 0x{:03X}", first + 4 * (words - 1)),
    }
}

fn access(access: Access) -> &'static str {
    match access {
        Access::Read => "R",
        Access::ReadWrite => "RW",
        Access::ClearByOne => "R, W1C",
        Access::Trigger => "W1, reads 0",
    }
}
