//! What `hdl::synth` finds: every defect that it looks for is planted and seen, and a small engine has none.
//! Skipped, with a message, where there is no Yosys.
//!
//! Latch, loops and second drivers within a module and across two, black box, counts of DSPs and RAMs, distributed
//! RAM, a part too small; an engine of 4 columns in the packed forms of 7 series and UltraScale+.

use contract::engine::EngineConfig;
use hdl::board::file::Family;
use hdl::synth::budget::Budget;
use hdl::synth::check;
use hdl::synth::design::{Design, Form};
use hdl::synth::expect::Expectation;
use hdl::synth::report::{findings, report, Job, Subject};
use hdl::synth::run::{Synthesis, Synthesiser};
use hdl::synth::usage::{Tree, Usage};
use hdl::synth::Error;
use hdl::target::{DspForm, Target};

fn synthesiser() -> Option<Synthesiser<'static>> {
    Synthesiser::from_environment().map_err(|e| eprintln!("SKIPPED: {e}")).ok()
}

/// What comes of `text` on a 7 series part; `None` without Yosys.
fn synthesise(top: &str, text: &str) -> Option<Result<Synthesis, Error>> {
    let files = vec![("planted.v".to_string(), text.to_string())];
    let design = Design { files, top: top.into(), family: Family::Series7, ultra_ram: false };
    Some(synthesiser()?.run(&design, Form::Modules, &mut |_| {}))
}

/// A finding on `text` holds all of `parts`.
#[track_caller]
fn found(text: &str, parts: &[&str]) {
    let Some(synthesis) = synthesise("top", text) else { return };
    let found = findings(&synthesis.expect("it is Verilog"));
    assert!(found.iter().any(|f| parts.iter().all(|part| f.contains(part))), "{found:#?} does not say {parts:?}");
}

#[test]
fn a_sound_design_has_no_finding() {
    let text = "module top(input clock, input [7:0] a, output reg [7:0] y); always @(posedge clock) y <= y + a; endmodule";
    let Some(synthesis) = synthesise("top", text) else { return };
    assert_eq!(findings(&synthesis.expect("it is Verilog")), Vec::<String>::new());
}

#[test]
fn a_latch() {
    found("module top(input e, input d, output reg q); always @* if (e) q = d; endmodule", &["top", "q is held by a latch"]);
}

#[test]
fn a_loop_within_a_module() {
    found("module top(input a, input b, output x, y); assign x = a ^ y; assign y = b & x; endmodule", &["loop", "top"]);
}

#[test]
fn a_loop_across_modules() {
    let text = "module half(input a, input b, output y); assign y = ~(a & b); endmodule\n\
                module top(input s, input r, output q, p); half one(.a(s), .b(p), .y(q)); half two(.a(r), .b(q), .y(p)); endmodule";
    found(text, &["a combinational loop of 2 cells", "one.", "two."]);
}

#[test]
fn two_drivers_within_a_module() {
    let text = "module top(input clock, input a, input b, output y); reg p, q; always @(posedge clock) begin p <= a; q <= b; end\n\
                assign y = p; assign y = q; endmodule";
    found(text, &["multiple conflicting drivers", "top."]);
}

#[test]
fn two_drivers_across_modules() {
    let text = "module half(input clock, input a, output reg y); always @(posedge clock) y <= a; endmodule\n\
                module top(input clock, input a, input b, output y); half one(clock, a, y); half two(clock, b, y); endmodule";
    found(text, &["a net is driven twice", "one", "two"]);
}

#[test]
fn an_unknown_module_is_refused_by_name() {
    let Some(result) = synthesise("top", "module top(input a, output y); secret core(.a(a), .y(y)); endmodule") else { return };
    let said = result.expect_err("nobody knows it").to_string();
    assert!(said.contains("Yosys refuses top") && said.contains("secret"), "{said}");
}

#[test]
fn a_black_box() {
    let text = "(* blackbox *) module core(input a, output y); endmodule\nmodule top(input a, output y); core c(a, y); endmodule";
    found(text, &["top", "1 cells of type core", "neither a module nor a primitive"]);
}

/// Two multipliers and a memory of 1024 words, under the names that an engine has.
const COUNTED: &str = "\
module ember_array(input clock, input signed [7:0] a, b, c, output reg signed [15:0] y, z);
  always @(posedge clock) begin y <= a * b; z <= b * c; end
endmodule
module top(input clock, input signed [7:0] a, b, c, output [15:0] y, z, input w, input [9:0] at, output reg [17:0] q);
  reg [17:0] m [0:1023];
  always @(posedge clock) begin if (w) m[at] <= {y, a[1:0]}; q <= m[at]; end
  ember_array array(clock, a, b, c, y, z);
endmodule";

#[test]
fn counts_that_are_not_as_expected() {
    let Some(synthesis) = synthesise("top", COUNTED) else { return };
    let netlist = synthesis.expect("it is Verilog").netlist;
    let tree = Tree::new(&netlist);
    let right = Expectation { array_dsps: 2, lane_dsps: 0, other_dsps: 0, ram18: 1..=1, urams: 0..=0, lutram_luts: 0 };
    assert_eq!(check::counts(&tree, &netlist, &right), Vec::<String>::new());
    let cases = [
        (Expectation { array_dsps: 1, ..right.clone() }, "DSPs of the array: 2, expected 1"),
        (Expectation { lane_dsps: 5, ..right.clone() }, "DSPs of the requantising lanes: 0, expected 5"),
        (Expectation { ram18: 2..=3, ..right.clone() }, "block RAMs of 18 Kibit: 1, expected 2 to 3"),
        (Expectation { urams: 1..=1, ..right }, "UltraRAMs: 0, expected 1"),
    ];
    for (wrong, said) in cases {
        let found = check::counts(&tree, &netlist, &wrong);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(said), "{found:?}");
    }
}

#[test]
fn distributed_ram_above_its_limit() {
    let text = "module top(input clock, input w, input [5:0] a, input [15:0] d, output [15:0] q);\n\
                (* ram_style = \"distributed\" *) reg [15:0] m [0:63]; assign q = m[a]; always @(posedge clock) if (w) m[a] <= d; endmodule";
    let Some(synthesis) = synthesise("top", text) else { return };
    let netlist = synthesis.expect("it is Verilog").netlist;
    let limit = Expectation { array_dsps: 0, lane_dsps: 0, other_dsps: 0, ram18: 0..=0, urams: 0..=0, lutram_luts: 15 };
    let found = check::counts(&Tree::new(&netlist), &netlist, &limit);
    assert!(found.len() == 1 && found[0].contains("look-up tables of distributed RAM"), "{found:?}");
}

#[test]
fn a_part_that_is_too_small() {
    let Some(synthesis) = synthesise("top", COUNTED) else { return };
    let used = Tree::new(&synthesis.expect("it is Verilog").netlist).usage;
    let part = Usage { dsps: 1, luts: 1000, lutram_luts: 1000, ffs: 1000, ram18: 2, urams: 0 };
    let xdma = Usage { ram18: 2, ..Usage::default() };
    let found = check::capacity(used, xdma, part, "xc7z-tiny");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("xc7z-tiny has 1 DSP, 1 too few: the design takes 2"), "{found:?}");
    assert!(found[1].contains("2 BRAM18, 1 too few: the design takes 1 beside 2 for XDMA"), "{found:?}");
}

/// The smallest engine, in the packed form of `family`, through every check.
fn engine(family: Family, dsp: DspForm) {
    let Some(synthesiser) = synthesiser() else { return };
    let small = EngineConfig {
        activation_rows: 1024,
        squeeze_rows: 2048,
        weight_words: 8192,
        table_entries: 512,
        layers: 16,
        frame_words: 512,
        accumulator_pixels: 64,
        segment_accumulator_pixels: 64,
        pool_pixels: 16,
        ..EngineConfig::standard(4)
    };
    let subject = Subject::engine(&small, &Target { dsp, ..Target::default() }, family);
    let budget = Budget::own();
    let job = Job { modules: Some(&synthesiser), flat: None, budget: &budget, net: 0, router: None };
    let report = report(&subject, &job, &mut |_| {}).expect("Yosys takes it");
    assert_eq!(report.findings, Vec::<String>::new());
    assert!(report.tree.is_some_and(|tree| tree.usage.dsps > 300) && report.flat.is_none());
}

#[test]
fn an_engine_for_7_series() {
    engine(Family::Series7, DspForm::Dsp48e1);
}

/// The command on the same engine: a reader that is gone ends nothing, a full disk is said in one sentence.
#[test]
fn a_report_that_goes_nowhere() {
    if synthesiser().is_none() {
        return;
    }
    const ENGINE: &str = "--columns 4 --activation-rows 1024 --squeeze-rows 2048 --weight-words 8192 --table-entries 512 --layers 16 \
        --frame-words 512 --accumulator-pixels 64 --segment-accumulator-pixels 64 --pool-pixels 16 --dsp dsp48e1";
    for format in ["table", "json"] {
        test_support::outputs::check(0, || {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hdl"));
            command.args(["report", "--hierarchical", "--format", format]).args(ENGINE.split_whitespace());
            command
        });
    }
}

#[test]
fn an_engine_for_ultrascale_plus() {
    engine(Family::UltraScalePlus, DspForm::Dsp48e2);
}
