//! The engine and the shell in four-state simulation (Icarus): memories begin as X, and so does every register once its initial
//! value is taken out of the Verilog; random values in its place find what an X hides in a condition. A reset of one cycle has to be
//! enough, whatever was under way: results, traces and statistics are the reference's, and no X leaves on a ready, valid, response,
//! level or on what a valid covers, though every input is X while its valid is low. Defects, planted one at a time, are found.
//! Skipped, with a message, where there is no Icarus.

mod case;
mod icarus;
mod initials;
mod script;

use case::Case;
use contract::engine::EngineConfig;
use hdl::target::{DspForm, Target};
use icarus::Bench;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use script::{Pin, Report, Script};

type Files = Vec<(String, String)>;

const HOST: (&str, &str) = ("host.v", include_str!("host.v"));
const ENGINE: (&str, &str) = ("bench.v", include_str!("engine.v"));
const SHELL: (&str, &str) = ("bench.v", include_str!("shell.v"));
/// Edges that the shell takes to let its engine go.
const SHELL_IDLE: u32 = 100;

fn config() -> EngineConfig {
    EngineConfig {
        columns: 4,
        activation_rows: 256,
        squeeze_rows: 512,
        weight_words: 16384,
        table_entries: 512,
        layers: 16,
        frame_words: 64,
        accumulator_pixels: 64,
        segment_accumulator_pixels: 40,
        line_pixels: 64,
        pool_pixels: 16,
        ..EngineConfig::standard(4)
    }
}

/// Fills the memories of activations with random bytes. Channels that a layer does not have are never written, and count
/// because their weights are 0; in four states 0 times X is X, in hardware it is 0. No other memory needs it.
fn with_activations(mut files: Files) -> Files {
    let mut filled = 0;
    for (_, text) in files.iter_mut().filter(|(name, _)| name.starts_with("ember_sliced_ram_")) {
        let memories: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_suffix(" [0:DEPTH-1];")).collect();
        let names = memories.iter().map(|declared| declared.rsplit(' ').next().unwrap_or_default());
        let body: String = names.map(|name| format!("    {name}[filled] = $random;\n")).collect();
        assert!(memories.iter().all(|declared| declared.contains("reg [31:0] ")), "slices of four bytes");
        filled += memories.len();
        let loops = format!("  integer filled;\n  initial for (filled = 0; filled < DEPTH; filled = filled + 1) begin\n{body}  end\n");
        *text = text.replace("endmodule", &(loops + "endmodule"));
    }
    assert!(filled > 32, "{filled} slices");
    files
}

/// Without initial values; see [`with_activations`].
fn bare(files: &[(String, String)]) -> Files {
    let (files, count) = initials::replaced(files, String::new);
    assert!(count > 1000, "only {count} registers had an initial value");
    assert_eq!(initials::replaced(&files, String::new).1, 0);
    with_activations(files)
}

/// With random initial values: a condition that is X takes one branch, and a number finds the other.
fn scrambled(files: &[(String, String)], seed: u64) -> Files {
    let mut rng = StdRng::seed_from_u64(seed);
    let (files, count) = initials::replaced(files, || format!(" = {{8{{32'h{:08x}}}}}", rng.random::<u32>()));
    assert!(count > 1000, "only {count} registers had an initial value");
    with_activations(files)
}

fn engine(dsp: DspForm) -> Files {
    hdl::generate_for(&config(), &Target { dsp, ..Target::default() })
}

fn shell() -> Files {
    hdl::generate_shell(&config(), &Target::default(), 128).expect("a width of the XDMA")
}

/// Power-up, a reset of `pin` for one edge, frames until a reset in their midst, and again frames, with random pauses.
fn lives(bench: &Bench, idle: u32, pin: Pin, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let case = Case::new(&config(), seed);
    let mut script = Script::default();
    script.idle(rng.random_range(1..9)).reset(pin, 1).idle(idle);
    case.load(&mut script);
    case.send(&mut script, 2);
    script.idle(rng.random_range(100..1500)).reset(Pin::Reset, rng.random_range(1..3)).pauses(rng.random_range(0..5)).idle(idle);
    case.whole(&mut script, 2);
    let report = Report::parse(&bench.run(&script.operations, &script.beats, seed));
    assert!(report.findings.is_empty(), "seed {seed}: {:#?}", report.findings);
    assert_eq!(report.lives.len(), 3, "seed {seed}");
    case.check(&report.lives[2], 2);
}

fn engines(files: &[(String, String)], seeds: &[u64]) {
    let Some(bench) = Bench::build(files, &[HOST, ENGINE]) else { return };
    seeds.iter().for_each(|&seed| lives(&bench, 0, Pin::Reset, seed));
}

#[test]
fn an_engine_as_it_is_generated() {
    engines(&with_activations(engine(DspForm::Single)), &[0]);
}

#[test]
fn an_engine_without_initial_values() {
    engines(&bare(&engine(DspForm::Single)), &[0, 1, 2, 3, 5]);
}

#[test]
fn an_engine_with_random_initial_values() {
    engines(&scrambled(&engine(DspForm::Single), 4), &[4]);
    engines(&scrambled(&engine(DspForm::Single), 6), &[6]);
}

#[test]
fn packed_engines_without_initial_values() {
    engines(&bare(&engine(DspForm::Dsp48e1)), &[5]);
    engines(&bare(&engine(DspForm::Dsp48e2)), &[0]);
}

#[test]
fn a_shell_without_initial_values() {
    let Some(bench) = Bench::build(&bare(&shell()), &[HOST, SHELL]) else { return };
    lives(&bench, SHELL_IDLE, Pin::Reset, 7);
    lives(&bench, SHELL_IDLE, Pin::Both, 8);
}

/// In a file, the last place of a line, and what is put there instead.
struct Defect(&'static str, &'static str, &'static str);

/// A state register, a pointer, a flag without their reset; what only a valid may show, shown without it.
const DEFECTS: [Defect; 6] = [
    Defect("ember_stream_in.v", "state <= State_Header;", ""),
    Defect("ember_sender.v", "state <= State_Idle;", ""),
    Defect("ember_packet_fifo.v", "read <= 5'd0;", ""),
    Defect("ember_packet_fifo.v", "valid <= 1'b0;", ""),
    Defect("ember_registers.v", "address_held <= 1'b0;", ""),
    Defect("ember_stream_in.v", "assign s_axis_tready = ready;", "assign s_axis_tready = ready & ~(&s_axis_tdata);"),
];

#[test]
fn planted_defects_are_found() {
    let files = engine(DspForm::Single);
    let case = Case::new(&config(), 0);
    let mut script = Script::default();
    script.idle(3).reset(Pin::Reset, 1);
    case.load(&mut script);
    case.send(&mut script, 1);
    script.until_packets(1);
    for Defect(file, line, instead) in DEFECTS {
        let mut files = files.clone();
        let (_, text) = files.iter_mut().find(|(name, _)| name == file).expect("a file of the engine");
        let at = text.rfind(line).unwrap_or_else(|| panic!("{file} has no `{line}`"));
        text.replace_range(at..at + line.len(), instead);
        let mut found = vec![];
        for form in [bare(&files), scrambled(&files, 1), scrambled(&files, 2)] {
            let Some(bench) = Bench::build(&form, &[HOST, ENGINE]) else { return };
            found = Report::parse(&bench.run(&script.operations, &script.beats, 1)).findings;
            if !found.is_empty() {
                break;
            }
        }
        println!("{file} without `{line}`: {:?}", found.first());
        assert!(!found.is_empty(), "{file} without `{line}` is not found");
    }
}
