//! What `timing.xdc` gives two cycles: the fields of a layer's descriptor, spoilt in the first cycle after they change, change no
//! sum; spoilt for longer they do.

use contract::engine::EngineConfig;
use contract::interface::DESCRIPTOR_BEATS;
use ember_tests::small_engine;
use net::{compiler, reference};
use sim::engine::{Options, SimulatedEngine};
use sim::session::Session;
use test_support::random::{self, Limits};

/// The engine, with all that reads a descriptor's register seeing its complement for `cycles` cycles after a change.
fn spoilt(config: &EngineConfig, cycles: usize) -> Vec<(String, String)> {
    let mut files = hdl::generate(config);
    let (_, text) = files.iter_mut().find(|(name, _)| name == "ember_sequencer.v").expect("a sequencer");
    let (mut declarations, mut clocked) = (String::new(), String::new());
    for beat in 0..DESCRIPTOR_BEATS {
        // the registers are written whole and read by bits
        let read = format!("descriptor_{beat}[");
        assert!(text.contains(&read), "nothing reads descriptor_{beat}");
        *text = text.replace(&read, &format!("seen_{beat}["));
        let mut same = vec![];
        for age in 1..=cycles {
            let before = if age == 1 { format!("descriptor_{beat}") } else { format!("old_{beat}_{}", age - 1) };
            declarations += &format!("  reg [63:0] old_{beat}_{age} = 64'd0;\n");
            clocked += &format!("    old_{beat}_{age} <= {before};\n");
            same.push(format!("old_{beat}_{age} == descriptor_{beat}"));
        }
        declarations += &format!("  wire [63:0] seen_{beat} = ({}) ? descriptor_{beat} : ~descriptor_{beat};\n", same.join(" && "));
    }
    let first = text.find("\n  assign ").expect("an assignment");
    text.insert_str(first, &format!("\n{declarations}  always @(posedge clock) begin\n{clocked}  end\n"));
    for constraint in hdl::board::project::STATIC_REGISTERS {
        let register = constraint.strip_prefix("u_engine/u_sequencer/").expect("a register of the sequencer");
        assert!(
            (0..DESCRIPTOR_BEATS).any(|beat| register == format!("descriptor_{beat}")),
            "{register} is constrained and not spoilt here"
        );
    }
    files
}

/// Runs of random networks that gave other sums than the reference, or none.
fn wrong(cycles: usize) -> usize {
    let config = small_engine(4);
    let verilog = spoilt(&config, cycles);
    let mut engine = SimulatedEngine::build(&verilog, Options::default(), &mut |_| {}).unwrap_or_else(|e| panic!("{e}"));
    let mut wrong = 0;
    for seed in 700..712 {
        let layout = random::layout(seed, Limits::default());
        println!("spoilt for {cycles}, seed {seed}: {layout:?}");
        let network = random::ordinary_network(&layout, seed);
        let program = compiler::compile(&network, &config).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        let mut session = match Session::load(engine, &program) {
            Ok(session) => session,
            Err(_) => return wrong + 1,
        };
        let images: Vec<_> = (0..3).map(|i| random::image(&layout, seed + i)).collect();
        let views: Vec<_> = images.iter().map(|image| image.view()).collect();
        // an engine that hangs is no better than one that errs, and is not used again
        let Ok(results) = session.run(&views) else { return wrong + 1 };
        let right = images.iter().zip(&results).all(|(image, result)| {
            let expected = reference::run(&network, image.view()).expect("a random network is sound");
            result.sums == expected.sums
        });
        wrong += usize::from(!right);
        engine = session.into_engine();
    }
    wrong
}

#[test]
fn nothing_looks_at_a_field_in_the_cycle_after_its_change() {
    assert_eq!(wrong(1), 0);
}

#[test]
fn and_it_would_be_seen() {
    assert!(wrong(8) > 0);
}
