//! The parameters of an engine: at its registers, and in its Verilog. Its ports.

use crate::block::Module;
use crate::module;
use contract::engine::{EngineConfig, SEGMENTS};
use contract::parameters::{Parameter, PARAMETERS};
use contract::ports::PORTS;
use hdl::rtl::engine::EngineRtl;
use hdl::rtl::registers::Registers;
use hdl::target::Target;

/// A size in which no two numbers are equal.
fn config() -> EngineConfig {
    let config = EngineConfig {
        columns: 8,
        activation_rows: 301,
        squeeze_rows: 303,
        weight_words: 7003,
        weight_bits: 7,
        table_entries: 467,
        layers: 61,
        accumulator_pixels: 103,
        segment_accumulator_pixels: 57,
        line_pixels: 67,
        pool_pixels: 65,
        ..EngineConfig::standard(8)
    };
    let values: Vec<usize> = PARAMETERS.iter().map(|parameter| (parameter.get)(&config)).collect();
    assert!((1..values.len()).all(|i| !values[..i].contains(&values[i])), "no two are equal");
    config
}

#[test]
fn every_parameter_is_read_at_its_register() {
    let config = config();
    let mut registers = Module::new(&Registers::new(&config));
    let mut read = |offset: u32| {
        registers.set("s_axil_araddr", offset.into());
        registers.set("s_axil_arvalid", 1);
        registers.set("s_axil_rready", 1);
        for _ in 0..20 {
            registers.settle();
            if registers.high("s_axil_arready") {
                break;
            }
            registers.clock();
        }
        registers.clock();
        registers.set("s_axil_arvalid", 0);
        for _ in 0..20 {
            registers.settle();
            if registers.high("s_axil_rvalid") {
                let data = registers.get("s_axil_rdata") as u32;
                registers.clock();
                return Ok(data);
            }
            registers.clock();
        }
        Err(offset)
    };
    for parameter in PARAMETERS {
        assert_eq!(read(parameter.offset), Ok((parameter.get)(&config) as u32), "{}", parameter.name);
    }
    assert_eq!(EngineConfig::read(read), Ok(config));
}

/// Bits and words of the memories that a parameter makes, and how many there are at least; of `columns` nothing.
fn memories(parameter: &Parameter, config: &EngineConfig) -> Vec<(usize, usize)> {
    let c = config;
    let value = (parameter.get)(c);
    match parameter.name {
        // every memory that is as wide as columns are many is below
        "columns" => vec![],
        "activation_rows" => vec![(8 * c.columns, value)],
        "squeeze_rows" => vec![(8 * c.columns, value)],
        "weight_words" => vec![(2 * c.columns * c.weight_bits, value)],
        "weight_bits" => vec![(2 * c.columns * value, c.weight_words)],
        "table_entries" => vec![(58, value)],
        "layers" => vec![(64, 4 * value)],
        "frame_words" => vec![(48, value)],
        "accumulator_pixels" | "segment_accumulator_pixels" | "pool_pixels" => vec![(32, value)],
        "line_pixels" => vec![(128, value)],
        other => panic!("say here which memory of the engine the parameter `{other}` makes"),
    }
}

/// Whether a module has an array of so many words of so many bits, or one whose depth is a parameter that is given so many.
fn has_memory(verilog: &[(String, String)], bits: usize, words: usize) -> bool {
    let given = verilog.iter().any(|(_, text)| text.contains(&format!("({words})")));
    let deep = |text: &str| text.contains(&format!("[0:{}];", words - 1)) || (given && text.contains("[0:DEPTH"));
    verilog.iter().any(|(_, text)| text.contains(&format!("reg [{}:0] ", bits - 1)) && deep(text))
}

#[test]
fn every_parameter_is_in_the_verilog() {
    let standard = config();
    let before = hdl::generate(&standard);
    for parameter in PARAMETERS {
        for (bits, words) in memories(parameter, &standard) {
            assert!(has_memory(&before, bits, words), "{}: no memory of {words} words of {bits} bits", parameter.name);
        }
        // another value: other memories, and the one of before is gone
        let mut config = standard;
        *(parameter.place)(&mut config) = match parameter.name {
            "columns" => 4,
            "weight_bits" => 5,
            _ => (parameter.get)(&standard) + 1,
        };
        let after = hdl::generate(&config);
        assert!(after != before, "{} changes nothing", parameter.name);
        for (bits, words) in memories(parameter, &config) {
            assert!(has_memory(&after, bits, words), "{}: no memory of {words} words of {bits} bits", parameter.name);
        }
        for (bits, words) in memories(parameter, &standard) {
            assert!(!has_memory(&after, bits, words), "{}: still a memory of {words} words of {bits} bits", parameter.name);
        }
        // the list of memories is that of the engine
        let listed = hdl::memories(&config, &Target::default());
        for (bits, words) in memories(parameter, &config) {
            assert!(listed.iter().any(|memory| (memory.width, memory.depth) == (bits, words)), "{}: {bits} x {words}", parameter.name);
        }
    }
    // a tail for each column, with a lane for each segment
    let array = &before.iter().find(|(name, _)| name == "ember_array.v").expect("the array").1;
    assert!(array.contains(&format!("tail_{} (", standard.columns - 1)) && !array.contains(&format!("tail_{} (", standard.columns)));
    let tail = &before.iter().find(|(name, _)| name == "ember_tail.v").expect("the tail").1;
    assert!(tail.contains(&format!("lane_{} (", SEGMENTS - 1)) && !tail.contains(&format!("lane_{SEGMENTS} (")));
}

#[test]
fn every_port_of_the_engine_is_declared() {
    let found = module::ports(&EngineRtl::new(&config(), &Target::default()));
    let expected: Vec<(String, u32, bool)> = PORTS.iter().map(|port| (port.name.into(), port.width, port.output)).collect();
    assert_eq!(found, expected);
}
