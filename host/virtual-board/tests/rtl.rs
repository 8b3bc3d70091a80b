//! The unchanged driver on the generated Verilog: images through the files of a virtual board with 8 columns give the
//! sums of the software path, bit for bit. 25 images of the shipped photographs, and of the test data where it is;
//! `EMBER_BOARD_IMAGES=1150` takes that many of the test data (the whole set: about a second each).
//! Without FUSE the same goes through the ports in one process.

mod common;

use common::mounted;
use contract::engine::EngineConfig;
use driver::{BoardError, EngineDriver, Frame, Options};
use ndarray::{s, Array3};
use net::assets::PHOTOGRAPHS;
use net::model_file::Model;
use net::{fast, photo};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::time::Duration;
use virtual_board::engine::Rtl;
use virtual_board::{Fault, Faults, Rig, Timeouts};

const SEED: u64 = 11;

fn rig(faults: Faults, timeout: Duration) -> Rig {
    let build = || {
        let verilog = hdl::generate(&EngineConfig::standard(8));
        sim::engine::SimulatedEngine::build(&verilog, sim::engine::Options::default(), &mut |_| {}).map_err(|error| error.to_string())
    };
    Rig::new(Box::new(Rtl::start(build).unwrap_or_else(|error| panic!("{error}"))), Timeouts::both(timeout), faults)
}

/// `count` images of the shipped photographs: whole, cropped at random, and with noise.
fn shipped(model: &Model, count: usize) -> Vec<Array3<u8>> {
    let mut rng = StdRng::seed_from_u64(SEED);
    let (height, width) = (model.layout().height, model.layout().width);
    let whole: Vec<_> = PHOTOGRAPHS.iter().map(|photograph| model.input(photograph)).collect();
    let decoded: Vec<_> = PHOTOGRAPHS.iter().map(|p| photo::decode(p.name, p.bytes).expect("shipped photographs are whole")).collect();
    let derived = |n: usize| {
        let photograph = &decoded[n % decoded.len()];
        let (columns, rows) = (photograph.width() as usize - width, photograph.height() as usize - height);
        let (left, top) = (rng.random_range(0..=columns), rng.random_range(0..=rows));
        let noise = if n.is_multiple_of(2) { 0 } else { rng.random_range(1..60) };
        Array3::from_shape_fn((height, width, 3), |(y, x, c)| {
            let byte = photograph.get_pixel((left + x) as u32, (top + y) as u32)[c];
            byte.saturating_add_signed(if noise == 0 { 0 } else { rng.random_range(-noise..=noise) as i8 })
        })
    };
    let derived: Vec<_> = (whole.len()..count).map(derived).collect();
    whole.into_iter().chain(derived).collect()
}

/// Images of the test data, spread over it; `None` where it is not.
fn of_the_test_data(model: &Model, count: usize) -> Option<Vec<Array3<u8>>> {
    let folder = test_support::data::data("images")?;
    let labels = std::fs::read_to_string(folder.join("labels.csv")).expect("the images have labels");
    let files: Vec<&str> = labels.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    let count = count.min(files.len());
    let chosen = (0..count).map(|i| folder.join(files[i * files.len() / count]));
    Some(chosen.map(|path| model.load_image(&path).unwrap_or_else(|error| panic!("{error}"))).collect())
}

/// Runs `images` on `rig` and compares every sum with the software path's.
fn compare(model: &Model, rig: &Rig, images: &[Array3<u8>]) -> EngineDriver {
    let software = fast::FastNetwork::new(&model.network).expect("a sound network");
    let mount = mounted(rig);
    let opened = match &mount {
        Some((folder, _)) => EngineDriver::open(xdma::Nodes::within(folder.path(), 0), &model.network, Options::default()),
        None => EngineDriver::with_ports("test".into(), rig.ports(), &model.network, Options::default()),
    };
    let mut board = opened.unwrap_or_else(|error| panic!("{error}"));
    let frames = (0..).zip(images).map(|(sequence, image)| Frame { sequence, image: image.clone().try_into().expect("pixels") }).collect();
    let mut answered = vec![false; images.len()];
    let outcome = board.run(frames, &mut |sequence, sums: Result<Vec<u32>, BoardError>| {
        let n = sequence as usize;
        let expected = software.run(images[n].slice(s![.., .., ..])).expect("it runs");
        let sums = sums.unwrap_or_else(|error| panic!("image {n}: {error}"));
        assert!(
            sums == expected,
            "image {n}: {} of {} sums differ",
            sums.iter().zip(&expected).filter(|(a, b)| a != b).count(),
            expected.len()
        );
        assert!(!std::mem::replace(&mut answered[n], true), "image {n} is answered twice");
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(answered.iter().all(|&answered| answered), "every image has an answer");
    board
}

#[test]
fn the_virtual_board_gives_the_sums_of_the_software_path() {
    println!("seed {SEED}");
    let model = Model::default_model();
    let rig = rig(Faults::none(), Duration::from_secs(120));
    let count = std::env::var("EMBER_BOARD_IMAGES").map_or(25, |text| text.parse().expect("EMBER_BOARD_IMAGES is a number"));
    let data = of_the_test_data(&model, if count == 25 { 12 } else { count });
    let mut images = shipped(&model, 25 - if count == 25 { data.as_ref().map_or(0, Vec::len) } else { 0 });
    images.extend(data.unwrap_or_default());
    let board = compare(&model, &rig, &images);
    let counters = board.counters().expect("readable");
    assert_eq!((counters.frames as usize, counters.errors, counters.dropped), (images.len(), 0, 0));
    assert_eq!(board.resent(), 0);
    // the last image's layers, by the signatures in the registers
    let trace = fast::FastNetwork::new(&model.network).expect("sound").trace(images[images.len() - 1].view()).expect("it runs");
    for (n, layer) in board.layers().expect("readable").iter().enumerate() {
        assert_eq!(layer.signature, board.program().signature(n, trace.layers[n].output().view()), "{}", layer.name);
        assert!(layer.cycles >= layer.busy && layer.busy > 0, "{}", layer.name);
    }
    println!("{} images identical, {} cycles", images.len(), counters.cycles);
}

#[test]
fn the_rtl_comes_back_from_faults_in_the_middle_of_frames() {
    let model = Model::default_model();
    // two writes of frames
    let images = shipped(&model, 6);
    for fault in [Fault::Reset, Fault::StuckWrite, Fault::Corrupt, Fault::Swap] {
        println!("{fault:?}");
        let at = if fault == Fault::Corrupt { 2 } else { 3 };
        // writes 1 and 2 are the program, 3 the first frames
        let rig = rig(Faults::at(fault, at), Duration::from_secs(10));
        let board = compare(&model, &rig, &images);
        assert_eq!(rig.figures().faults, 1, "{fault:?} struck");
        assert!(board.resent() > 0, "{fault:?} cost something");
    }
}
