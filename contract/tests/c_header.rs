//! The C header: it compiles, and its macros have the values of the tables and take packets apart as Rust does.

use contract::descriptor::{Descriptor, LayerKind};
use contract::interface::{self, StreamKind};
use contract::packet::{HeaderOut, OutKind};
use contract::parameters::{Values, PARAMETERS};
use contract::registers::REGISTERS;
use contract::RECORDS;
use std::process::Command;

/// Every macro that the header must have, and its value.
fn values() -> Vec<(String, u64)> {
    let mut all: Vec<(String, u64)> = vec![("MAGIC".into(), interface::MAGIC.into()), ("VERSION".into(), interface::VERSION.into())];
    for register in REGISTERS {
        all.push((format!("REG_{}", register.name), register.offset.into()));
        for field in register.fields {
            all.push((format!("{}_MASK", field.name), field.mask().into()));
            all.push((format!("{}_SHIFT", field.name), field.low.into()));
        }
    }
    all.extend([
        ("REG_LAYER_STATISTICS_WORDS".into(), 256),
        ("STREAM_IN_MAGIC".into(), interface::STREAM_IN_MAGIC.into()),
        ("STREAM_OUT_MAGIC".into(), interface::STREAM_OUT_MAGIC.into()),
        ("BEAT_BYTES".into(), interface::BEAT_BYTES as u64),
    ]);
    let kinds = [("KIND", StreamKind::ALL), ("KIND", OutKind::ALL), ("LAYER", LayerKind::ALL)];
    for (prefix, kind) in kinds.into_iter().flat_map(|(prefix, all)| all.iter().map(move |kind| (prefix, kind))) {
        all.push((format!("{prefix}_{}", kind.name.to_uppercase()), kind.value.into()));
    }
    for parameter in PARAMETERS {
        let (least, most) = match parameter.values {
            Values::OneOf(values) => (values[0], values[values.len() - 1]),
            Values::Between(least, most) => (least, most),
        };
        all.push((format!("{}_LEAST", parameter.register), least as u64));
        all.push((format!("{}_MOST", parameter.register), most as u64));
    }
    for record in RECORDS {
        let name = record.name.to_uppercase();
        all.push((format!("{name}_BEATS"), record.beats as u64));
        for field in record.fields {
            let name = format!("{name}_{}", field.name.to_uppercase());
            let values = [("BEAT", field.beat as u64), ("MASK", field.mask()), ("SHIFT", field.low.into())];
            all.extend(values.map(|(what, value)| (format!("{name}_{what}"), value)));
            all.extend((field.offset > 0).then(|| (format!("{name}_OFFSET"), field.offset)));
        }
    }
    all
}

/// What a C program that includes the header prints; nothing without a compiler.
fn run(body: &str) -> Option<String> {
    if Command::new("cc").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no C compiler; apt-get install gcc");
        return None;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("ember.h"), contract::c_header()).expect("written");
    // twice, for the guard
    let program = format!("#include <stdio.h>\n#include \"ember.h\"\n#include \"ember.h\"\nint main(void) {{\n{body}    return 0;\n}}\n");
    std::fs::write(path("main.c"), program).expect("written");
    let options = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o"];
    let compiled = Command::new("cc").args(options).arg(path("main")).arg(path("main.c")).output().expect("cc starts");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let output = Command::new(path("main")).output().expect("it runs");
    Some(String::from_utf8(output.stdout).expect("ASCII"))
}

#[test]
fn it_has_the_values_of_the_tables_and_no_others() {
    let values = values();
    let prints: String =
        values.iter().map(|(name, _)| format!("    printf(\"{name} %llu\\n\", (unsigned long long)EMBER_{name});\n")).collect();
    let expected: String = values.iter().map(|(name, value)| format!("{name} {value}\n")).collect();
    if let Some(printed) = run(&prints) {
        assert_eq!(printed, expected);
    }
    let header = contract::c_header();
    let mut defined: Vec<&str> = header.lines().filter_map(|line| line.strip_prefix("#define EMBER_")?.split(' ').next()).collect();
    let mut listed: Vec<&str> = values.iter().map(|(name, _)| name.as_str()).chain(["H"]).collect();
    defined.sort_unstable();
    listed.sort_unstable();
    assert_eq!(defined, listed, "each once");
}

#[test]
fn c_takes_a_header_and_a_descriptor_apart() {
    let header = HeaderOut { kind: 2, layer: 9, sequence: 0xFEDC_BA98, payload_bytes: 2048, detail: 16, cycles: 77, program_hash: 1 };
    let [first, second, ..] = header.encode();
    let layer = Descriptor { passes: 65_536, slots: 5, ..Descriptor::decode(&[0; 4]) };
    let body = format!(
        "    unsigned long long out[EMBER_HEADER_OUT_BEATS] = {{{first}ull, {second}ull}}, layer[EMBER_DESCRIPTOR_BEATS] = {{{}ull}};\n\
         #define GET(beats, field) (((beats)[EMBER_##field##_BEAT] & EMBER_##field##_MASK) >> EMBER_##field##_SHIFT)\n    \
         printf(\"%llx %llu %llu\\n\", GET(out, HEADER_OUT_SEQUENCE), GET(out, HEADER_OUT_LAYER), GET(out, HEADER_OUT_DETAIL));\n    \
         printf(\"%llu %llu\\n\", GET(layer, DESCRIPTOR_PASSES) + EMBER_DESCRIPTOR_PASSES_OFFSET, GET(layer, DESCRIPTOR_SLOTS));\n",
        layer.encode()[0]
    );
    if let Some(printed) = run(&body) {
        assert_eq!(printed, "fedcba98 9 16\n65536 5\n");
    }
}
