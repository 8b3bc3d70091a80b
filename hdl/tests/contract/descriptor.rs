//! Descriptors at the ports of the sequencer.

use crate::block::Module;
use crate::numbers;
use contract::descriptor::Descriptor;
use contract::field::Field;
use hdl::rtl::sequencer::Sequencer;
use hdl::target::MemoryStyle;

/// Where a field shows.
#[derive(Debug)]
enum Shown {
    /// The number at a port of the field's width.
    At(&'static str),
    /// A number for each port: the one that is high.
    OneOf(&'static [&'static str]),
    /// A result is sent after the layer.
    Result,
}

fn shown(field: &Field) -> Shown {
    Shown::At(match field.name {
        "kind" => return Shown::OneOf(&["is_stem", "to_squeeze", "is_expand", "is_classifier"]),
        "last" => return Shown::Result,
        "pool" => "pool",
        "floor" => "floor",
        "written" => "write_output",
        "kernel_7" => "kernel_7",
        "segmented" => "segmented",
        "padded" => "padded",
        "slots" => "slots",
        "parts" => "last_part",
        "passes" => "last_pass",
        "blocks" => "last_block",
        "prefill" => "prefill",
        "tokens" => "last_column",
        "rows" => "last_row",
        "columns" => "map_last_column",
        "strip_rows" => "last_strip_row",
        "source_step" => "source_step",
        "destination_step" => "destination_step",
        "slices" => "slices",
        "strips" => "last_strip",
        "destination" => "destination",
        "destination_rows" => "trace_rows",
        "row_beats" => "trace_beats",
        other => panic!("say here at which port of `Sequencer` the descriptor's `{other}` shows"),
    })
}

/// Runs the layer of these beats and says what each field shows, in the order of the table.
fn run(sequencer: &mut Module, beats: &[u64]) -> Vec<u64> {
    sequencer.reset();
    for input in ["program_valid", "trace", "result_busy", "trace_busy", "sums_busy"] {
        sequencer.set(input, 0);
    }
    for input in ["write", "frame_valid", "scan_idle", "layer_done"] {
        sequencer.set(input, 1);
    }
    for (address, beat) in beats.iter().enumerate() {
        sequencer.set("write_address", address as u64);
        sequencer.set("write_data", *beat);
        sequencer.clock();
    }
    sequencer.set("write", 0);
    sequencer.set("program_valid", 1);
    let (mut numbers, mut starts, mut results) = (vec![], 0, 0);
    for _ in 0..40 {
        sequencer.settle();
        if sequencer.high("start") {
            starts += 1;
            if starts > 1 {
                break;
            }
            numbers = Descriptor::FIELDS.iter().map(|field| at_start(sequencer, field)).collect();
        }
        results += u64::from(sequencer.high("result_start"));
        sequencer.clock();
    }
    assert!(starts > 0, "the layer does not start");
    for (number, field) in numbers.iter_mut().zip(Descriptor::FIELDS) {
        if matches!(shown(field), Shown::Result) {
            *number = results;
        }
    }
    numbers
}

fn at_start(sequencer: &mut Module, field: &Field) -> u64 {
    match shown(field) {
        Shown::At(port) => sequencer.get(port),
        Shown::OneOf(ports) => {
            let high: Vec<u64> = (0..).zip(ports).filter(|(_, port)| sequencer.high(port)).map(|(number, _)| number).collect();
            assert_eq!(high.len(), 1, "{high:?} of {ports:?} are high");
            high[0]
        }
        Shown::Result => 0,
    }
}

#[test]
fn every_field_shows_alone_at_its_port() {
    // the second layer is that of the memory's other half: all zeros
    let mut sequencer = Module::new(&Sequencer::new(2, MemoryStyle::Auto));
    for field in Descriptor::FIELDS {
        match shown(field) {
            Shown::At(port) => assert_eq!(sequencer.width(port), field.width, "bits of {port}, where `{}` shows", field.name),
            Shown::OneOf(ports) => assert_eq!(ports.len(), 1 << field.width, "values of `{}`", field.name),
            Shown::Result => assert_eq!(field.width, 1),
        }
        for number in numbers(field) {
            let mut beats = [0; Descriptor::RECORD.beats];
            field.put(number, &mut beats);
            let found = run(&mut sequencer, &beats);
            for (found, other) in found.into_iter().zip(Descriptor::FIELDS) {
                let expected = if other.name == field.name { number } else { 0 };
                assert_eq!(found, expected, "`{}` of a descriptor that has {number:#x} in `{}` alone", other.name, field.name);
            }
        }
    }
}

#[test]
fn bits_without_a_field_change_nothing() {
    let mut sequencer = Module::new(&Sequencer::new(2, MemoryStyle::Auto));
    let mut beats = [u64::MAX; Descriptor::RECORD.beats];
    Descriptor::FIELDS.iter().for_each(|field| field.put(0, &mut beats));
    assert!(beats.iter().any(|beat| *beat != 0), "there are such bits");
    assert!(run(&mut sequencer, &beats).iter().all(|number| *number == 0));
}
