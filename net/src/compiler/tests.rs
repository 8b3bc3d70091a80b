//! Refusals, the program file, and the standard engines.

use super::*;
use crate::layout::{Classifier, Fire, Layout, Stem};
use crate::random;
use contract::engine::COLUMNS;

fn small() -> (Network, EngineConfig) {
    let fire = Fire { squeeze: 5, expand: 9, pool: false };
    let layout = Layout {
        name: "small".into(),
        height: 19,
        width: 14,
        stem: Stem { kernel: 3, channels: 11, pool: true },
        fires: vec![fire],
        classifier: Classifier { classes: 7, padding: 1 },
        floor_pools: false,
    };
    let network = random::network(&layout, 3);
    let config = smallest_engine(&network, 4).unwrap();
    (network, config)
}

#[test]
fn every_standard_engine_holds_every_layout() {
    for classes in [2, 10, 1000, 1024] {
        let layouts = [Layout::v1_0(227, classes, 1), Layout::v1_0(224, classes, 0), Layout::v1_0(227, classes, 0)];
        let layouts = layouts.into_iter().chain([Layout::v1_1(227, classes), Layout::v1_1(224, classes), Layout::article(227, classes)]);
        for layout in layouts {
            let network = random::network(&layout, 1);
            for columns in COLUMNS {
                let program = compile(&network, &EngineConfig::standard(columns));
                let program = program.unwrap_or_else(|e| panic!("{columns} columns, {classes} classes, {}: {e}", layout.name));
                assert_eq!(program.stream().len() % BEAT_BYTES, 0);
            }
        }
    }
}

#[test]
fn cycles_of_the_published_layouts() {
    // the latter are what the engine in simulation takes: `all_layouts`
    for (layout, ideal, cycles) in [
        (Layout::v1_1(227, 1000), 162_317, 163_873),
        (Layout::v1_0(227, 1000, 1), 352_353, 355_911),
        (Layout::article(227, 1000), 208_097, 211_530),
    ] {
        let program = compile(&random::network(&layout, 1), &EngineConfig::standard(16)).unwrap();
        assert_eq!(program.layers.iter().map(LayerPlan::ideal_cycles).sum::<u64>(), ideal, "{}", layout.name);
        // no pass is so short that the way of the weights counts
        for weight_cycles in [4, 20] {
            assert_eq!(program.cycles(weight_cycles).period, cycles, "{}", layout.name);
        }
    }
}

#[test]
fn only_the_large_map_of_v1_0_runs_in_strips() {
    let program = compile(&random::network(&Layout::v1_0(227, 1000, 1), 1), &EngineConfig::standard(16)).unwrap();
    let strips: Vec<_> = program.layers.iter().filter(|l| l.strips() > 1).collect();
    let [fire4] = strips[..] else { panic!("{} layers run in strips", strips.len()) };
    assert_eq!((fire4.layer.name.as_str(), fire4.passes, fire4.strips(), fire4.strip_rows), ("fire4.expand", 2, 4, 14));
    assert_eq!((fire4.accumulators(), fire4.line_pixels()), (14 * 55, 2 * 55));
}

/// One row of accumulators is enough; less is refused by name.
#[test]
fn accumulators_are_too_small_only_for_a_row() {
    let network = random::network(&Layout::v1_0(227, 1000, 1), 1);
    let standard = EngineConfig::standard(16);
    let row = EngineConfig { accumulator_pixels: 55, ..standard };
    let program = compile(&network, &row).unwrap();
    assert_eq!(program.layers.iter().find(|l| l.layer.name == "fire4.expand").map(LayerPlan::strips), Some(55));
    assert_eq!(smallest_engine(&network, 16).unwrap().accumulator_pixels, 14 * 55);
    let error = compile(&network, &EngineConfig { accumulator_pixels: 54, ..standard }).unwrap_err().to_string();
    assert!(error.contains("accumulator memory has 54 pixels, the network needs 55 (1 more)"), "{error}");
    let error = compile(&network, &EngineConfig { line_pixels: 109, ..standard }).unwrap_err().to_string();
    assert!(error.contains("line buffer has 109 pixels, the network needs 110 (1 more)"), "{error}");
}

/// Where five segments would run in strips shorter than the loading of their weights, the whole array is faster.
#[test]
fn a_classifier_is_segmented_only_where_that_is_faster() {
    let network = random::network(&Layout::v1_0(227, 1000, 1), 1);
    // the whole array needs more tiles
    let standard = EngineConfig { weight_words: 1 << 16, ..EngineConfig::standard(16) };
    for (segment_accumulator_pixels, segmented) in [(225, true), (224, true), (120, true), (60, false), (15, false), (14, false)] {
        let program = compile(&network, &EngineConfig { segment_accumulator_pixels, ..standard }).unwrap();
        let classifier = program.layers.last().unwrap();
        assert_eq!(classifier.segmented, segmented, "{segment_accumulator_pixels}: {} strips", classifier.strips());
    }
}

#[test]
fn the_smallest_engine_takes_the_network_and_nothing_smaller_does() {
    let (network, config) = small();
    compile(&network, &config).unwrap();
    type Field = fn(&mut EngineConfig) -> &mut usize;
    let shrink: [(&str, Field); 5] = [
        ("activation memory", |c| &mut c.activation_rows),
        ("weight memory", |c| &mut c.weight_words),
        ("requantisation table", |c| &mut c.table_entries),
        ("descriptor memory", |c| &mut c.layers),
        ("frame memory", |c| &mut c.frame_words),
    ];
    for (memory, field) in shrink {
        let mut less = config;
        *field(&mut less) -= 1;
        let error = compile(&network, &less).unwrap_err().to_string();
        assert!(error.contains(memory) && error.contains("(1 more)") && error.contains("`hdl generate --columns 4`"), "{error}");
    }
}

#[test]
fn columns_without_an_engine_are_refused() {
    let (network, config) = small();
    for columns in [0, 1, 2, 3, 5, 64] {
        let error = compile(&network, &EngineConfig { columns, ..config }).unwrap_err().to_string();
        assert!(error.contains(&format!("{columns} columns cannot be generated; choose 4, 8, 16 or 32")), "{error}");
    }
}

#[test]
fn a_program_file_comes_back_and_a_damaged_one_does_not() {
    let (network, config) = small();
    let program = compile(&network, &config).unwrap();
    let bytes = program.to_bytes();
    let image = ProgramImage::from_bytes(&bytes).unwrap();
    assert_eq!((image.config, image.hash, image.stream), (config, program.hash, program.stream()));
    for length in [0, 7, 11, 15, 40, bytes.len() - 1] {
        let error = ProgramImage::from_bytes(&bytes[..length]).unwrap_err().to_string();
        assert!(error.contains("compile the model again"), "{length} bytes: {error}");
    }
    for at in (0..bytes.len()).step_by(97) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 4;
        assert!(ProgramImage::from_bytes(&flipped).is_err(), "byte {at}");
    }
}

#[test]
fn the_same_network_gives_the_same_program() {
    let (network, config) = small();
    assert_eq!(compile(&network, &config).unwrap().to_bytes(), compile(&network, &config).unwrap().to_bytes());
}

#[test]
fn a_signature_sees_every_byte() {
    let (network, config) = small();
    let program = compile(&network, &config).unwrap();
    let trace = crate::reference::run(&network, random::image(&network.layout, 5).view()).unwrap();
    for (i, layer) in trace.layers.iter().enumerate() {
        let right = program.signature(i, layer.output().view());
        for at in 0..layer.output().len() {
            let mut wrong = layer.output().clone();
            *wrong.iter_mut().nth(at).unwrap() ^= 0x10;
            assert_ne!(program.signature(i, wrong.view()), right, "{} byte {at}", layer.name);
        }
    }
}

#[test]
fn a_frame_packet_holds_two_pixels_a_beat() {
    let model = crate::model_file::Model::default_model();
    let mut program = compile(&model.network, &EngineConfig::standard(8)).expect("it compiles");
    for (height, width) in [(2, 3), (3, 4), (1, 1)] {
        (program.height, program.width) = (height, width);
        let image = Array3::from_shape_fn((height, width, 3), |(y, x, c)| (100 * y + 10 * x + c) as u8);
        let packet = program.frame(image.view(), 7);
        assert_eq!(packet.len(), program.frame_bytes());
        let beat = |n: usize| u64::from_le_bytes(packet[8 * n..8 * n + 8].try_into().expect("eight bytes"));
        assert_eq!((beat(0), beat(1)), (7 << 32 | 1 << 16 | 0xE3B5, (packet.len() - 16) as u64));
        for y in 0..height {
            for x in 0..width {
                let shifted = beat(2 + y * width.div_ceil(2) + x / 2) >> (24 * (x % 2));
                let expected = (0..3).fold(0, |pixel, c| pixel | u64::from(image[[y, x, c]]) << (8 * c));
                assert_eq!(shifted & 0xFF_FFFF, expected, "{height}x{width}: {y}, {x}");
            }
        }
        // an image in another memory order, and one that is too large, give the same packet
        let turned = image.view().permuted_axes([2, 0, 1]).as_standard_layout().into_owned().permuted_axes([1, 2, 0]);
        assert_eq!(program.frame(turned.view(), 7), packet);
        let larger =
            Array3::from_shape_fn((height + 1, width + 1, 3), |(y, x, c)| if y < height && x < width { image[[y, x, c]] } else { 9 });
        assert_eq!(program.frame(larger.view(), 7), packet);
    }
}

#[test]
fn a_weight_beyond_the_engines_bits_is_named() {
    let (mut network, config) = small();
    let keeping = |weight_bits| EngineConfig { weight_bits, ..config };
    for (value, bits) in [(-32, 6), (31, 6), (-2, 2), (1, 2), (-128, 8)] {
        let fires = network.fires.iter_mut().flat_map(|f| [&mut f.squeeze, &mut f.expand1, &mut f.expand3]);
        fires.chain([&mut network.stem]).for_each(|conv| conv.weights.fill(0));
        network.classifier.weights.fill(value);
        assert!(compile(&network, &keeping(bits)).is_ok(), "{value} in {bits} bits");
    }
    for (value, bits, range) in [(-33, 6, "-32 to 31"), (32, 6, "-32 to 31"), (2, 2, "-2 to 1"), (-128, 7, "-64 to 63")] {
        network.classifier.weights.fill(0);
        network.fires[0].expand3.weights[[0, 0, 1, 2]] = value;
        let error = compile(&network, &keeping(bits)).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("fire2/expand3x3 has a weight of {value}, and the engine keeps {bits} bits of each ({range}); ")),
            "{error}"
        );
        assert!(error.contains(&format!("`ember quantize --weight-bits {bits}`")), "{error}");
    }
    for bits in [1, 9] {
        let error = compile(&network, &keeping(bits)).unwrap_err().to_string();
        assert_eq!(error, format!("bits of a weight of {bits} cannot be generated; choose 2 to 8"));
    }
}
