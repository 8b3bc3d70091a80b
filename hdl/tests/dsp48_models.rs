//! The two texts of a packed cell's DSP48, the primitive for synthesis and the description for simulation, are the same:
//!
//! - DSP48E1: the primitive with Yosys's own model of it, in step with the description. Skipped, with a message, where there is
//!   no Yosys.
//! - DSP48E2: of it Yosys has an outline only. The primitive with a model of this repository's (`dsp48e2.v`, from UG579), in step.
//!
//! Both cell by cell, under weights and swaps at any spacing, and as a whole column, so the cascades' wires are in it. That Rust and
//! description agree is in `packing.rs`. Parameters and ports are all that the primitives have, and of legal values.

mod pair;

use hdl::lang::emit::{emit, Module};
use hdl::rtl::dsp48::{self, Row};
use hdl::rtl::dsp48e1::Dsp48e1;
use hdl::rtl::dsp48e2::Dsp48e2;
use hdl::rtl::dsp48e2_last::Dsp48e2Last;
use hdl::rtl::pair_column_e1::PairColumnE1;
use hdl::rtl::pair_column_e2::PairColumnE2;
use pair::stimuli::{number, random};
use pair::Dut;
use rand::Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;
use verilated_shim::cosim::Cosim;

dut!(Dsp48e1 { in: load, swap, operand, operand_in, pixel, total_in; out: operand_out, total_out, low, upper });
dut!(Dsp48e2 { in: load, swap, operand, operand_in, pixel, total_in; out: operand_out, total_out, low, upper });
dut!(Dsp48e2Last { in: load, swap, operand_in, pixel, complement, total_in; out: operand_out, total_out, low, upper });
dut!(PairColumnE1 {
    clock: ports.clock;
    in: ports.load, ports.load_late, ports.even_weight, ports.odd_weight, ports.swap_in, ports.pixel_in, ports.complement;
    out: ports.swap_out, ports.pixel_out, ports.complement_out, ports.even, ports.odd
});
dut!(PairColumnE2 {
    clock: ports.clock;
    in: ports.load, ports.load_late, ports.even_weight, ports.odd_weight, ports.swap_in, ports.pixel_in, ports.complement;
    out: ports.swap_out, ports.pixel_out, ports.complement_out, ports.even, ports.odd
});

/// Runs a script of Yosys in `dir`; false without one.
fn yosys(dir: &Path, script: &str) -> bool {
    let output = match Command::new("yosys").args(["-q", "-p", script]).current_dir(dir).output() {
        Err(e) if e.kind() == ErrorKind::NotFound => {
            eprintln!("SKIPPED: there is no yosys on the PATH (Debian: apt-get install yosys)");
            return false;
        }
        output => output.expect("yosys runs"),
    };
    assert!(output.status.success(), "{script}:\n{}", String::from_utf8_lossy(&output.stderr));
    true
}

/// `block` as synthesis sees it, with Yosys's models of the primitives in their places; `None` without Yosys.
fn with_yosys_models<B: Dut>(block: &B) -> Option<Cosim> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let modules = emit(block);
    let top = &modules.last().expect("a block gives a module").name;
    for Module { name, text } in &modules {
        std::fs::write(dir.path().join(format!("{name}.v")), text).expect("a temporary file");
    }
    let files: Vec<String> = modules.iter().map(|m| format!("{}.v", m.name)).collect();
    // Yosys defines SYNTHESIS. The count says that the primitives were there.
    let count = modules.iter().map(|m| m.text.matches("DSP48E1 #(").count()).sum::<usize>();
    assert!(count > 0, "{top} has a primitive");
    let script = format!(
        "read_verilog {}; read_verilog -lib +/xilinx/cells_sim.v; hierarchy -check -top {top}; select -assert-min 1 t:DSP48E1; \
         read_verilog -overwrite +/xilinx/cells_sim.v; hierarchy -check -top {top}; proc; flatten; opt; clean; \
         select -assert-none t:DSP48E1; write_verilog -noattr flat.v",
        files.join(" ")
    );
    if !yosys(dir.path(), &script) {
        return None;
    }
    let flat = std::fs::read_to_string(dir.path().join("flat.v")).expect("yosys writes it");
    // the library's adder has its carries in one vector, and Yosys writes operands as narrow as they are
    let flat = format!("/* verilator lint_off UNOPTFLAT */\n/* verilator lint_off WIDTH */\n{flat}");
    Some(cosim(block, top, vec![("flat.v".into(), flat)]))
}

/// `block` as synthesis sees it, with this repository's model of the primitive.
fn with_own_model<B: Dut>(block: &B) -> Cosim {
    let modules = emit(block);
    let top = modules.last().expect("a block gives a module").name.clone();
    assert!(modules.iter().any(|m| m.text.contains("`ifdef SYNTHESIS") && m.text.contains("DSP48E2 #(")), "{top} has a primitive");
    let mut files: Vec<_> =
        modules.into_iter().map(|m| (format!("{}.v", m.name), m.text.replace("`ifdef SYNTHESIS", "`ifndef SYNTHESIS"))).collect();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dsp48e2.v");
    files.push(("dsp48e2.v".into(), std::fs::read_to_string(model).expect("a file of this folder")));
    cosim(block, &top, files)
}

fn cosim<B: Dut>(block: &B, top: &str, files: Vec<(String, String)>) -> Cosim {
    let mut ports = block.ports();
    ports.push(("clock".into(), 1, false));
    Cosim::build(top, files, ports.iter().map(|p| (p.0.as_str(), p.1, p.2))).unwrap_or_else(|e| panic!("{top}: {e}"))
}

/// The description and `primitive` under the same random and extreme inputs, compared in every cycle. Weights are loaded and used
/// once in 1 to 40 cycles, another number every 300.
fn in_step<B: Dut>(block: &B, mut primitive: Cosim, cycles: usize, seed: u64) {
    let mut description = pair::verilog(block);
    let (inputs, outputs): (Vec<_>, Vec<_>) = block.ports().into_iter().partition(|p| !p.2);
    let mut rng = random(seed);
    let mut seen: BTreeMap<&str, BTreeSet<Vec<u32>>> = BTreeMap::new();
    for cycle in 0..cycles {
        let seldom = [2, 16, 1, 5, 40][cycle / 300 % 5];
        for (name, width, _) in &inputs {
            let value = match name.as_str() {
                "load" | "load_late" | "swap" | "swap_in" => rng.random_ratio(1, seldom).into(),
                _ => number(&mut rng, *width),
            };
            for model in [&mut description, &mut primitive] {
                model.poke_words(name, &[0, 32, 64, 96].map(|low| (value >> low) as u32));
            }
        }
        description.eval();
        primitive.eval();
        for (name, _, _) in &outputs {
            let (left, right) = (description.peek_words(name), primitive.peek_words(name));
            assert_eq!(left, right, "cycle {cycle}: {name} of the description (left) and of the primitive (right)");
            seen.entry(name).or_default().insert(left.to_vec());
        }
        description.clock(1);
        primitive.clock(1);
    }
    for (name, values) in seen {
        assert!(values.len() > 1, "{name} never changed");
    }
}

fn e1<B: Dut>(block: &B, cycles: usize, seed: u64) {
    if let Some(primitive) = with_yosys_models(block) {
        in_step(block, primitive, cycles, seed);
    }
}

#[test]
fn a_dsp48e1_is_what_yosys_says() {
    e1(&Dsp48e1::new(Row::First), 20_000, 1);
    e1(&Dsp48e1::new(Row::Next), 20_000, 2);
}

#[test]
fn a_column_of_dsp48e1_is_what_yosys_says() {
    e1(&PairColumnE1::default(), 10_000, 3);
}

#[test]
fn a_dsp48e2_is_what_the_guide_says() {
    let (first, next, last) = (Dsp48e2::new(Row::First), Dsp48e2::new(Row::Next), Dsp48e2Last::default());
    in_step(&first, with_own_model(&first), 20_000, 4);
    in_step(&next, with_own_model(&next), 20_000, 5);
    in_step(&last, with_own_model(&last), 20_000, 6);
}

#[test]
fn a_column_of_dsp48e2_is_what_the_guide_says() {
    let column = PairColumnE2::default();
    in_step(&column, with_own_model(&column), 10_000, 7);
}

/// Values that the guides allow (UG479 tables 2-3 and 5-1, UG579 tables 3-2 and 3-3), where they do not depend on other values; bit
/// patterns of the right width are legal in any case.
const LEGAL: [(&str, &[&str]); 31] = [
    ("ACASCREG", &["0", "1", "2"]),
    ("ADREG", &["0", "1"]),
    ("ALUMODEREG", &["0", "1"]),
    ("AMULTSEL", &["\"A\"", "\"AD\""]),
    ("AREG", &["0", "1", "2"]),
    ("AUTORESET_PATDET", &["\"NO_RESET\"", "\"RESET_MATCH\"", "\"RESET_NOT_MATCH\""]),
    ("AUTORESET_PRIORITY", &["\"RESET\"", "\"CEP\""]),
    ("A_INPUT", &["\"DIRECT\"", "\"CASCADE\""]),
    ("BCASCREG", &["0", "1", "2"]),
    ("BMULTSEL", &["\"B\"", "\"AD\""]),
    ("BREG", &["0", "1", "2"]),
    ("B_INPUT", &["\"DIRECT\"", "\"CASCADE\""]),
    ("CARRYINREG", &["0", "1"]),
    ("CARRYINSELREG", &["0", "1"]),
    ("CREG", &["0", "1"]),
    ("DREG", &["0", "1"]),
    ("INMODEREG", &["0", "1"]),
    ("MREG", &["0", "1"]),
    ("OPMODEREG", &["0", "1"]),
    ("PREADDINSEL", &["\"A\"", "\"B\""]),
    ("PREG", &["0", "1"]),
    ("SEL_MASK", &["\"MASK\"", "\"C\"", "\"ROUNDING_MODE1\"", "\"ROUNDING_MODE2\""]),
    ("SEL_PATTERN", &["\"PATTERN\"", "\"C\""]),
    ("USE_DPORT", &["\"TRUE\"", "\"FALSE\""]),
    ("USE_MULT", &["\"MULTIPLY\"", "\"DYNAMIC\"", "\"NONE\""]),
    ("USE_PATTERN_DETECT", &["\"PATDET\"", "\"NO_PATDET\""]),
    ("USE_SIMD", &["\"ONE48\"", "\"TWO24\"", "\"FOUR12\""]),
    ("USE_WIDEXOR", &["\"TRUE\"", "\"FALSE\""]),
    ("XORSIMD", &["\"XOR24_48_96\"", "\"XOR12\""]),
    ("IS_CARRYIN_INVERTED", &["1'b0", "1'b1"]),
    ("IS_CLK_INVERTED", &["1'b0", "1'b1"]),
];

#[test]
fn parameters_have_legal_values() {
    let rows = [Row::First, Row::Next];
    let instances = rows.map(dsp48::dsp48e1).into_iter().chain([Row::First, Row::Next, Row::Last].map(dsp48::dsp48e2));
    for instance in instances {
        let value = |name: &str| instance.parameters.iter().find(|p| p.0 == name).map(|p| p.1.as_str());
        for (name, value) in &instance.parameters {
            match LEGAL.iter().find(|l| l.0 == *name) {
                Some((_, legal)) => assert!(legal.contains(&value.as_str()), "{}: {name} is {value}", instance.cell),
                None => assert!(value.contains("'b") || value.contains("'h"), "{}: {name} is {value}", instance.cell),
            }
        }
        // as many registers on the cascade as on the way in, or of two one
        for port in ["A", "B"] {
            let (registers, cascade) = (value(&format!("{port}REG")), value(&format!("{port}CASCREG")));
            assert!(registers == cascade || (registers, cascade) == (Some("2"), Some("1")), "{}: {port}", instance.cell);
        }
        // a multiplier with its register, an adder with its own: what the guides' full speed needs
        assert_eq!((value("USE_MULT"), value("MREG"), value("PREG")), (Some("\"MULTIPLY\""), Some("1"), Some("1")));
        let opmode = &instance.ports.iter().find(|p| p.0 == "OPMODE").expect("it is given").1;
        assert!(opmode.ends_with("0101"), "X and Y are the product: {opmode}");
    }
}

/// Names of parameters and of ports that Yosys's library has of `cell`.
fn outline(library: &serde_json::Value, cell: &str) -> [BTreeSet<String>; 2] {
    let module = &library["modules"][cell];
    ["parameter_default_values", "ports"].map(|what| module[what].as_object().expect("an object").keys().cloned().collect())
}

#[test]
fn every_parameter_and_port_is_given() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let script = "read_verilog -lib +/xilinx/cells_sim.v +/xilinx/cells_xtra.v; delete =* =DSP48E1 %d =DSP48E2 %d; write_json lib.json";
    if !yosys(dir.path(), script) {
        return;
    }
    let text = std::fs::read_to_string(dir.path().join("lib.json")).expect("yosys writes it");
    let library = serde_json::from_str(&text).expect("JSON");
    for (instance, cell) in [(dsp48::dsp48e1(Row::Next), "DSP48E1"), (dsp48::dsp48e2(Row::Last), "DSP48E2")] {
        let names = |pairs: &[(&str, String)]| pairs.iter().map(|p| p.0.to_string()).collect::<BTreeSet<_>>();
        assert_eq!([names(&instance.parameters), names(&instance.ports)], outline(&library, cell), "{cell}");
        assert_eq!(names(&instance.parameters).len(), instance.parameters.len(), "{cell}: a parameter twice");
        assert_eq!(names(&instance.ports).len(), instance.ports.len(), "{cell}: a port twice");
    }
}
