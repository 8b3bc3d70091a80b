//! Boards, frames and their right answers.
#![allow(dead_code)] // every suite uses its own part

use contract::engine::EngineConfig;
use driver::{BoardError, EngineDriver, Frame, Options};
use ndarray::Array3;
use net::layout::{Classifier, Fire, Layout, Stem};
use net::model::Network;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use test_support::random;
use virtual_board::engine::{stub_sums, Stub};
use virtual_board::{Faults, Mount, Rig, Timeouts};
use xdma::Nodes;

/// Transfers are given up after this time, so that faults cost little.
pub const TIMEOUT: Duration = Duration::from_millis(60);

/// A small network: frames of 19x15 pixels.
pub fn network() -> Network {
    let layout = Layout {
        name: "small".into(),
        height: 19,
        width: 15,
        stem: Stem { kernel: 3, channels: 11, pool: true },
        fires: vec![Fire { squeeze: 5, expand: 9, pool: false }],
        classifier: Classifier { classes: 13, padding: 1 },
        floor_pools: false,
    };
    random::network(&layout, 3)
}

/// Options that give up soon.
pub fn options() -> Options {
    Options { batch_bytes: 12_000, patience: Duration::from_secs(20), ..Options::default() }
}

/// A board that at its end must not have seen a transfer that may not be issued.
pub struct TestRig(pub Rig);

impl std::ops::Deref for TestRig {
    type Target = Rig;

    fn deref(&self) -> &Rig {
        &self.0
    }
}

impl Drop for TestRig {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.0.figures().trespasses, 0, "a transfer was issued after one that failed, before anybody looked at the card");
        }
    }
}

/// A board with the stub engine.
pub fn stub(faults: Faults) -> TestRig {
    TestRig(Rig::new(Box::new(Stub::new(EngineConfig::standard(8))), Timeouts::both(TIMEOUT), faults))
}

/// The driver on `rig` without files.
pub fn direct(rig: &Rig, network: &Network) -> Result<EngineDriver, BoardError> {
    EngineDriver::with_ports("test".into(), rig.ports(), network, options())
}

/// The driver on the files of a mounted board.
pub fn on_files(folder: &Path, network: &Network) -> Result<EngineDriver, BoardError> {
    EngineDriver::open(Nodes::within(folder, 0), network, options())
}

/// `rig` in a temporary folder; `None`, with a message, where FUSE is missing.
pub fn mounted(rig: &Rig) -> Option<(tempfile::TempDir, Mount)> {
    if let Some(error) = virtual_board::missing() {
        eprintln!("SKIPPED: {error}");
        return None;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    match Mount::new(rig.clone(), folder.path()) {
        Ok(mount) => Some((folder, mount)),
        Err(error) => {
            eprintln!("SKIPPED: {error}");
            None
        }
    }
}

/// `count` random frames for `network`, numbered from `first`.
pub fn frames(network: &Network, first: u32, count: u32, seed: u64) -> Vec<Frame> {
    let mut rng = StdRng::seed_from_u64(seed ^ u64::from(first) << 20);
    let shape = (network.layout.height, network.layout.width, 3);
    (first..first + count)
        .map(|sequence| Frame { sequence, image: Array3::from_shape_simple_fn(shape, || rng.random()).try_into().expect("pixels") })
        .collect()
}

/// Counts of what a run gave.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub right: usize,
    pub lost: usize,
}

/// Runs `frames` on the stub engine and checks that every one has exactly one answer: its own sums, or an error that
/// names a lost frame.
pub fn run_checked(board: &mut EngineDriver, frames: Vec<Frame>) -> Result<Tally, BoardError> {
    let program = board.program().clone();
    let mut owed: BTreeMap<u32, Vec<u32>> = frames.iter().map(|f| (f.sequence, stub_sums(&program, f.image.view()))).collect();
    let mut tally = Tally::default();
    let outcome = board.run(frames, &mut |sequence, sums| {
        let expected = owed.remove(&sequence).unwrap_or_else(|| panic!("frame {sequence} is answered twice, or was never sent"));
        match sums {
            Ok(sums) => {
                assert!(sums == expected, "frame {sequence} has the sums of something else");
                tally.right += 1;
            }
            Err(BoardError::FrameLost { .. }) => tally.lost += 1,
            Err(error) => panic!("frame {sequence}: {error}"),
        }
    });
    outcome?;
    assert!(owed.is_empty(), "{} frames have no answer", owed.len());
    Ok(tally)
}
