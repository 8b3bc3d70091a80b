//! The shell's port table against its Verilog: names, order, directions, widths, and the attributes of buses.

use contract::engine::EngineConfig;
use hdl::shell::{ports, Port, STREAM_BITS, TOP};

/// Ports as the Verilog declares them, each with the attribute before it.
fn declared(text: &str) -> Vec<Port> {
    let (_, list) = text.split_once(" (\n").expect("a port list");
    let (list, _) = list.split_once("\n);").expect("its end");
    let mut attribute = None;
    let mut found = vec![];
    for line in list.lines().map(|line| line.trim().trim_end_matches(',')).filter(|line| !line.starts_with("//")) {
        if let Some(text) = line.strip_prefix("(* ").and_then(|l| l.strip_suffix(" *)")) {
            attribute = Some(text.to_string());
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let width = match words.len() {
            3 => 1,
            _ => 1 + words[2].trim_start_matches('[').split(':').next().expect("a top bit").parse::<u32>().expect("a number"),
        };
        let name = words.last().expect("a name").to_string();
        found.push(Port { name, width, output: words[0] == "output", attribute: attribute.take() });
    }
    found
}

#[test]
fn the_table_is_what_the_verilog_has() {
    for stream_bits in STREAM_BITS {
        let files = hdl::generate_shell(&EngineConfig::standard(4), &Default::default(), stream_bits).expect("a width of the XDMA");
        let (name, text) = files.last().expect("a top");
        assert_eq!(*name, format!("{TOP}.v"));
        assert_eq!(declared(text), ports(stream_bits), "{stream_bits} bits");
        // Vivado takes a module by reference only as plain Verilog
        assert!(!text.contains("'("), "{stream_bits} bits: a size cast");
    }
}

#[test]
fn every_port_of_a_bus_says_so() {
    for port in ports(64) {
        let bus = ["s_axis_h2c_", "m_axis_c2h_", "s_axil_"].iter().find(|bus| port.name.starts_with(**bus));
        let said = port.attribute.as_deref().is_some_and(|a| a.contains("xilinx.com:interface"));
        assert_eq!(bus.is_some(), said, "{port:?}");
        if let Some(bus) = bus {
            let signal = port.name.trim_start_matches(bus).to_uppercase();
            assert!(
                port.attribute.as_deref().is_some_and(|a| a.ends_with(&format!(" {} {signal}\"", bus.trim_end_matches('_')))),
                "{port:?}"
            );
        }
    }
}

#[test]
fn a_width_that_the_xdma_does_not_have_is_refused() {
    for stream_bits in [0, 32, 96, 1024] {
        let refused = hdl::generate_shell(&EngineConfig::standard(4), &Default::default(), stream_bits).expect_err("no such width");
        let sentence = format!(
            "streams of {stream_bits} bits do not exist; the XDMA's have 64, 128, 256 or 512, as the board's lanes and generation say"
        );
        assert_eq!(refused.to_string(), sentence);
    }
}
