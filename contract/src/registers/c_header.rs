//! The map and the packets' numbers as a C header.

use super::{MAGIC, REGISTERS, VERSION};
use crate::interface::{self, StreamKind};
use std::fmt::Write;

/// `ember.h`: offsets (`EMBER_REG_*`), masks and shifts of fields, and what packets begin with. C99, macros alone.
pub fn c_header() -> String {
    let mut text = String::from(
        "/* Ember engine: AXI4-Lite registers and stream packets (docs/interface.md). Generated; do not edit. */\n\
         #ifndef EMBER_H\n#define EMBER_H\n\n\
         /* Values of EMBER_REG_MAGIC and EMBER_REG_VERSION. */\n",
    );
    let mut define = |name: &str, value: String, comment: &str| {
        let comment = if comment.is_empty() { String::new() } else { format!(" /* {comment} */") };
        // a String takes every write
        let _ = writeln!(text, "#define EMBER_{name} {value}{comment}");
    };
    let hex = |value: u32| format!("0x{value:X}u");
    define("MAGIC", hex(MAGIC), "");
    define("VERSION", format!("{VERSION}u"), "");
    for register in REGISTERS {
        define(&format!("REG_{}", register.name), format!("0x{:03X}u", register.offset), register.description);
        if register.words > 1 {
            define(&format!("REG_{}_WORDS", register.name), format!("{}u", register.words), "words of 32 bits");
        }
        for field in register.fields {
            define(&format!("{}_MASK", field.name), hex(field.mask()), field.description);
            define(&format!("{}_SHIFT", field.name), format!("{}u", field.low), "");
        }
    }
    define("STREAM_IN_MAGIC", hex(interface::STREAM_IN_MAGIC.into()), "first 16 bits of a packet to the engine");
    define("STREAM_OUT_MAGIC", hex(interface::STREAM_OUT_MAGIC.into()), "first 16 bits of a packet from it");
    define("BEAT_BYTES", format!("{}u", interface::BEAT_BYTES), "bytes of a beat");
    define("HEADER_IN_BEATS", format!("{}u", interface::HEADER_IN_BEATS), "beats before the payload, to the engine");
    define("HEADER_OUT_BEATS", format!("{}u", interface::HEADER_OUT_BEATS), "beats before the payload, from it");
    define("TRAILER_BEATS", format!("{}u", interface::TRAILER_BEATS), "beats after the payload of a result");
    for (name, kind) in [
        ("FRAME", StreamKind::Frame),
        ("DESCRIPTORS", StreamKind::Descriptors),
        ("WEIGHTS", StreamKind::Weights),
        ("TABLE", StreamKind::Table),
        ("COMMIT", StreamKind::Commit),
    ] {
        define(&format!("KIND_{name}"), format!("{}u", kind as u8), "");
    }
    define("KIND_RESULT", format!("{}u", interface::OUT_RESULT), "");
    define("KIND_TRACE", format!("{}u", interface::OUT_TRACE), "");
    text.push_str("\n#endif\n");
    text
}
