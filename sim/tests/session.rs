//! Loading, tracing and running frames, against the stand-in for the engine.

mod common;

use common::engine;
use contract::interface::{register, MAGIC, STREAM_IN_MAGIC, VERSION};
use ndarray::{Array3, ArrayView3};
use sim::program::{Program, ProgramLayer};
use sim::session::{Error, Session};

/// What the stand-in computes: one layer, whose output is the sum of the frame's beats in eight bytes.
struct Sums {
    layers: Vec<ProgramLayer>,
    hash: u64,
    version: u32,
}

impl Default for Sums {
    fn default() -> Self {
        let layer = ProgramLayer { name: "sum".into(), macs: 1, ideal_cycles: 1, traced: true, trace_row_bytes: 8 };
        Self { layers: vec![layer], hash: 0x0123_4567_89AB_CDEF, version: VERSION }
    }
}

fn packet(kind: u64, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let header = u64::from(sequence) << 32 | kind << 16 | u64::from(STREAM_IN_MAGIC);
    [&header.to_le_bytes()[..], &(payload.len() as u64).to_le_bytes(), payload].concat()
}

impl Program for Sums {
    fn identity(&self) -> Vec<(String, u32, u32)> {
        vec![("magic".into(), register::MAGIC, MAGIC), ("version".into(), register::VERSION, self.version)]
    }

    fn hash(&self) -> u64 {
        self.hash
    }

    fn stream(&self) -> Vec<u8> {
        packet(5, 0, &[0; 24])
    }

    fn frame(&self, image: ArrayView3<u8>, sequence: u32) -> Vec<u8> {
        let bytes: Vec<u8> = image.iter().copied().collect();
        packet(1, sequence, &bytes)
    }

    fn layers(&self) -> Vec<ProgramLayer> {
        self.layers.clone()
    }

    fn classes(&self) -> usize {
        2
    }

    fn macs_per_cycle(&self) -> u64 {
        1
    }

    fn tensor(&self, _: usize, rows: &[u8]) -> Option<Array3<u8>> {
        Array3::from_shape_vec((8, 1, 1), rows.to_vec()).ok()
    }
}

fn image(seed: u8) -> Array3<u8> {
    Array3::from_shape_fn((2, 4, 3), |(y, x, c)| seed.wrapping_mul(31).wrapping_add((y * 12 + x * 3 + c) as u8))
}

fn sums(image: &Array3<u8>) -> Vec<u32> {
    let bytes: Vec<u8> = image.iter().copied().collect();
    let sum: u32 = bytes.chunks(8).map(|b| u32::from_le_bytes([b[0], b[1], b[2], 0])).sum();
    vec![sum & 0xFF_FFFF, 3]
}

#[test]
fn traced_and_timed_frames_come_back_in_order() {
    let program = Sums::default();
    for seed in [None, Some(11)] {
        let mut engine = engine(0);
        engine.set_stalls(seed);
        let mut session = Session::load(engine, &program).unwrap();
        let traced = session.run_traced(image(9).view()).unwrap();
        assert_eq!(traced.result.sums, sums(&image(9)));
        let tensor = program.tensor(0, &traced.rows[&0]).unwrap();
        assert_eq!(tensor.iter().take(3).copied().collect::<Vec<_>>(), sums(&image(9))[0].to_le_bytes()[..3]);

        let images: Vec<Array3<u8>> = (0..5).map(image).collect();
        let views: Vec<ArrayView3<u8>> = images.iter().map(Array3::view).collect();
        let results = session.run(&views).unwrap();
        let expected: Vec<Vec<u32>> = images.iter().map(sums).collect();
        assert_eq!(results.iter().map(|r| r.sums.clone()).collect::<Vec<_>>(), expected);
        assert!(results.windows(2).all(|pair| pair[0].received_in < pair[1].received_in));
        assert_eq!(session.statistics().unwrap()[0].busy, 0x404);
    }
}

#[test]
fn another_engine_or_a_refused_program_is_named() {
    let error = Session::load(engine(0), &Sums { version: VERSION + 1, ..Sums::default() }).err().unwrap();
    let expected = format!("the engine's version is {VERSION:#x}, but the program was compiled for {:#x}", VERSION + 1);
    assert!(error.to_string().starts_with(&expected), "{error}");
    let error = Session::load(engine(0), &Sums { hash: 5, ..Sums::default() }).err().unwrap();
    assert!(matches!(error, Error::NotLoaded { expected: 5, .. }), "{error}");
}
