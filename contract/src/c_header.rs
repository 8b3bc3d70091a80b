//! The contract as a C header.

use crate::descriptor::LayerKind;
use crate::field::Field;
use crate::kind::Named;
use crate::packet::{self, OutKind, StreamKind};
use crate::parameters::{Values, PARAMETERS};
use crate::record::{Record, RECORDS};
use crate::registers::{MAGIC, REGISTERS, VERSION};
use std::fmt::Write;

/// `ember.h`: offsets of registers (`EMBER_REG_*`), masks and shifts of their fields, what packets begin with, and of every
/// record its beats and of every field of it beat, mask and shift, and `_OFFSET` where a number is stored minus one. C99,
/// macros alone.
pub fn c_header() -> String {
    let mut text = String::from(
        "/* Ember engine: AXI4-Lite registers and stream packets (docs/interface.md). Generated; do not edit. */\n\
         #ifndef EMBER_H\n#define EMBER_H\n\n\
         /* Values of EMBER_REG_MAGIC and EMBER_REG_VERSION. */\n",
    );
    define(&mut text, "MAGIC", &hex(MAGIC), "");
    define(&mut text, "VERSION", &format!("{VERSION}u"), "");
    for register in REGISTERS {
        define(&mut text, &format!("REG_{}", register.name), &format!("0x{:03X}u", register.offset), register.description);
        if register.words > 1 {
            define(&mut text, &format!("REG_{}_WORDS", register.name), &format!("{}u", register.words), "words of 32 bits");
        }
        for field in register.fields {
            define(&mut text, &format!("{}_MASK", field.name), &hex(field.mask()), field.description);
            define(&mut text, &format!("{}_SHIFT", field.name), &format!("{}u", field.low), "");
        }
    }
    define(&mut text, "STREAM_IN_MAGIC", &hex(packet::STREAM_IN_MAGIC.into()), "first 16 bits of a packet to the engine");
    define(&mut text, "STREAM_OUT_MAGIC", &hex(packet::STREAM_OUT_MAGIC.into()), "first 16 bits of a packet from it");
    define(&mut text, "BEAT_BYTES", &format!("{}u", packet::BEAT_BYTES), "bytes of a beat");
    define(&mut text, "HEADER_IN_BEATS", &format!("{}u", packet::HEADER_IN_BEATS), "beats before the payload, to the engine");
    define(&mut text, "HEADER_OUT_BEATS", &format!("{}u", packet::HEADER_OUT_BEATS), "beats before the payload, from it");
    define(&mut text, "TRAILER_BEATS", &format!("{}u", packet::TRAILER_BEATS), "beats after the payload of a result");
    kinds(&mut text, "KIND", StreamKind::ALL);
    kinds(&mut text, "KIND", OutKind::ALL);
    text.push_str("\n/* Kinds of layers in a descriptor. */\n");
    kinds(&mut text, "LAYER", LayerKind::ALL);
    text.push_str("\n/* Least and greatest values of an engine's parameters. */\n");
    for parameter in PARAMETERS {
        let (least, most) = match parameter.values {
            Values::OneOf(values) => (values.iter().min().copied().unwrap_or(0), values.iter().max().copied().unwrap_or(0)),
            Values::Between(least, most) => (least, most),
        };
        define(&mut text, &format!("{}_LEAST", parameter.register), &format!("{least}u"), parameter.description);
        define(&mut text, &format!("{}_MOST", parameter.register), &format!("{most}u"), "");
    }
    text.push_str(
        "\n/* Records. A field is (beat[EMBER_x_BEAT] & EMBER_x_MASK) >> EMBER_x_SHIFT, plus EMBER_x_OFFSET where there is\n   \
         one: the number is stored minus it. */\n",
    );
    RECORDS.iter().for_each(|it| record(&mut text, it));
    text.push_str("\n#endif\n");
    text
}

fn define(text: &mut String, name: &str, value: &str, comment: &str) {
    let comment = if comment.is_empty() { String::new() } else { format!(" /* {comment} */") };
    // a String takes every write
    let _ = writeln!(text, "#define EMBER_{name} {value}{comment}");
}

fn hex(value: u32) -> String {
    format!("0x{value:X}u")
}

fn kinds(text: &mut String, prefix: &str, all: &[Named]) {
    all.iter().for_each(|kind| define(text, &format!("{prefix}_{}", kind.name.to_uppercase()), &format!("{}u", kind.value), ""));
}

fn record(text: &mut String, record: &Record) {
    let name = record.name.to_uppercase();
    let comment = format!("a {}: beats of {} bits", record.title, record.bits);
    // those of headers and trailers stand above
    if !text.contains(&format!("#define EMBER_{name}_BEATS ")) {
        define(text, &format!("{name}_BEATS"), &format!("{}u", record.beats), &comment);
    }
    for field in record.fields {
        let Field { name: of, beat, low, offset, meaning, .. } = field;
        let name = format!("{name}_{}", of.to_uppercase());
        define(text, &format!("{name}_BEAT"), &format!("{beat}u"), meaning);
        define(text, &format!("{name}_MASK"), &format!("0x{:X}ull", field.mask()), "");
        define(text, &format!("{name}_SHIFT"), &format!("{low}u"), "");
        if *offset > 0 {
            define(text, &format!("{name}_OFFSET"), &format!("{offset}u"), "");
        }
    }
}
