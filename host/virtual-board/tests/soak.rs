//! Many frames with random faults at 1 %, through the files where FUSE is there: every frame has exactly one right
//! answer or a named error, nothing hangs, and memory stays flat. 1,000 frames by default; the whole bar is
//! `EMBER_SOAK_FRAMES=10000 cargo test --release -p virtual-board --test soak -- --nocapture`, and `EMBER_SOAK_SEED`
//! chooses other faults.

mod common;

use common::{direct, frames, mounted, options, run_checked, stub};
use driver::EngineDriver;
use net::model_file::Model;
use std::time::Instant;
use virtual_board::Faults;

/// Frames a run: as a host that reads images hands them over.
const CHUNK: u32 = 50;
/// Memory that a process may gain: allocators keep what they got.
const SLACK_KIB: usize = 24 << 10;

fn from_environment(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is `{text}`, expected a number")))
}

/// Resident memory of this process, KiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("procfs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn frames_with_random_faults() {
    let (count, seed) = (from_environment("EMBER_SOAK_FRAMES", 1000), from_environment("EMBER_SOAK_SEED", 4));
    println!("seed {seed}, {count} frames");
    // the real model's frames: 207 kB each
    let network = Model::default_model().network;
    let rig = stub(Faults::random(0.01, seed.into()));
    let mount = mounted(&rig);
    let opened = match &mount {
        Some((folder, _)) => EngineDriver::open(
            xdma::Nodes::within(folder.path(), 0),
            &network,
            driver::Options { patience: options().patience, ..driver::Options::default() },
        ),
        None => direct(&rig, &network),
    };
    let mut board = opened.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    let (begun, mut right, mut lost, mut early) = (Instant::now(), 0, 0, 0);
    for first in (0..count).step_by(CHUNK as usize) {
        let tally = run_checked(&mut board, frames(&network, first, CHUNK.min(count - first), seed.into()))
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        (right, lost) = (right + tally.right, lost + tally.lost);
        // a tenth of the way everything that is kept has been allocated
        if early == 0 && first >= count / 10 {
            early = resident();
        }
    }
    let (end, figures) = (resident(), rig.figures());
    println!(
        "{right} right, {lost} lost by name, {} sent again, {} faults, {} resets, {:.1} s; resident {early} KiB early, {end} KiB at the end",
        board.resent(), figures.faults, figures.resets, begun.elapsed().as_secs_f64()
    );
    assert_eq!(right + lost, count as usize);
    assert!(figures.faults > 0, "faults struck");
    assert!(end <= early + SLACK_KIB, "memory grows: {early} KiB, then {end} KiB");
    drop(board);
}
