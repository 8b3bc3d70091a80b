//! What is made of the register map: the page, the C header, the JSON.

use contract::engine::EngineConfig;
use contract::interface::{self, StreamKind};
use contract::registers::{self, Access, BEGIN, END, REGISTERS};
use std::path::Path;
use std::process::Command;

#[test]
fn the_page_has_the_map() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/interface.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let (before, rest) = page.split_once(BEGIN).expect("the marker before the tables");
    let (found, after) = rest.split_once(END).expect("the marker behind them");
    let expected = format!("\n{}", registers::markdown());
    if found == expected {
        return;
    }
    if std::env::var_os("EMBER_UPDATE").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{expected}{END}{after}")).expect("written");
        return;
    }
    panic!("docs/interface.md is not of this register map; run: EMBER_UPDATE=1 cargo test -p net --test registers");
}

/// Every macro that the header must have, and its value.
fn values() -> Vec<(String, u32)> {
    let mut all = vec![("MAGIC".to_string(), interface::MAGIC), ("VERSION".into(), interface::VERSION)];
    for register in REGISTERS {
        all.push((format!("REG_{}", register.name), register.offset));
        for field in register.fields {
            all.push((format!("{}_MASK", field.name), field.mask()));
            all.push((format!("{}_SHIFT", field.name), field.low));
        }
    }
    all.extend([
        ("REG_LAYER_STATISTICS_WORDS".into(), 256),
        ("STREAM_IN_MAGIC".into(), interface::STREAM_IN_MAGIC.into()),
        ("STREAM_OUT_MAGIC".into(), interface::STREAM_OUT_MAGIC.into()),
        ("BEAT_BYTES".into(), interface::BEAT_BYTES as u32),
        ("HEADER_IN_BEATS".into(), interface::HEADER_IN_BEATS as u32),
        ("HEADER_OUT_BEATS".into(), interface::HEADER_OUT_BEATS as u32),
        ("TRAILER_BEATS".into(), interface::TRAILER_BEATS as u32),
        ("KIND_FRAME".into(), StreamKind::Frame as u32),
        ("KIND_COMMIT".into(), StreamKind::Commit as u32),
        ("KIND_RESULT".into(), interface::OUT_RESULT.into()),
        ("KIND_TRACE".into(), interface::OUT_TRACE.into()),
    ]);
    all
}

#[test]
fn the_c_header_compiles_and_has_the_values_of_the_table() {
    if Command::new("cc").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no C compiler; apt-get install gcc");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("ember.h"), registers::c_header()).expect("written");
    let prints: String =
        values().iter().map(|(name, _)| format!("    printf(\"{name} %lu\\n\", (unsigned long)EMBER_{name});\n")).collect();
    // twice, for the guard
    let program = format!("#include <stdio.h>\n#include \"ember.h\"\n#include \"ember.h\"\nint main(void) {{\n{prints}    return 0;\n}}\n");
    std::fs::write(path("main.c"), program).expect("written");
    let options = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o"];
    let compiled = Command::new("cc").args(options).arg(path("main")).arg(path("main.c")).output().expect("cc starts");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let output = Command::new(path("main")).output().expect("it runs");
    let expected: String = values().iter().map(|(name, value)| format!("{name} {value}\n")).collect();
    assert_eq!(String::from_utf8(output.stdout).expect("ASCII"), expected);
}

#[test]
fn the_json_has_every_register_with_its_bits() {
    let json = registers::json(&EngineConfig::standard(8));
    let all = json.as_array().expect("an array");
    assert_eq!(all.len(), REGISTERS.len());
    for (json, register) in all.iter().zip(REGISTERS) {
        assert_eq!((json["name"].as_str(), json["offset"].as_u64()), (Some(register.name), Some(register.offset.into())));
        assert_eq!(json["fields"].as_array().map(Vec::len), Some(register.fields.len()));
        assert_eq!(json["constant"].as_bool(), Some(register.is_constant()));
    }
    let named = |name: &str| all.iter().find(|register| register["name"] == name).expect("in the map");
    assert_eq!((&named("COLUMNS")["reset"], &named("ERRORS")["access"]), (&8.into(), &"W1C".into()));
    assert_eq!((&named("CONTROL")["fields"][0]["access"], &named("LAYER_STATISTICS")["reset"]), (&"W1".into(), &serde_json::Value::Null));
    assert_eq!(registers::at(0x48).map(|register| register.access), Some(Access::ClearByOne));
}
