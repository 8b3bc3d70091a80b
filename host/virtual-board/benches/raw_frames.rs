//! How many raw 227x227 frames a second the host sustains: `cargo bench -p virtual-board --bench raw_frames`.
//!
//! The driver, unchanged, on the files of a virtual board with the stub engine, which sums up its input and computes
//! no network. Frames lie decoded in memory; measured are packing, writing, reading, checking and handing out, and on
//! the same processor the kernel, FUSE and the stub. Every answer is compared. `FRAMES` sets how many. The result is one
//! line of JSON; the bar is 3,000 frames a second on two cores.

use contract::engine::EngineConfig;
use driver::{EngineDriver, Frame, Options};
use net::model_file::Model;
use net::photo::Pixels;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::time::{Duration, Instant};
use virtual_board::engine::{stub_sums, Stub};
use virtual_board::{Faults, Mount, Rig, Timeouts};

/// Different images, used over and over: more than the caches hold.
const IMAGES: usize = 64;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let frames: usize = std::env::var("FRAMES").ok().map_or(Ok(12_000), |text| text.parse())?;
    let network = Model::default_model().network;
    let rig = Rig::new(Box::new(Stub::new(EngineConfig::standard(8))), Timeouts::DRIVER, Faults::none());
    let folder = tempfile::tempdir()?;
    let mount = Mount::new(rig.clone(), folder.path())?;
    let mut board = EngineDriver::open(xdma::Nodes::within(folder.path(), 0), &network, Options::default())?;

    let mut rng = StdRng::seed_from_u64(1);
    let shape = (network.layout.height, network.layout.width, 3);
    let noise = (0..IMAGES).map(|_| ndarray::Array3::from_shape_simple_fn(shape, || rng.random::<u8>()).try_into());
    let images: Vec<Pixels> = noise.collect::<Result<_, _>>()?;
    let expected: Vec<Vec<u32>> = images.iter().map(|image| stub_sums(board.program(), image.view())).collect();

    let chunk = 2 * board.depth();
    let (mut right, mut wrong, mut spent) = (0, 0, Duration::ZERO);
    let mut first = 0;
    while first < frames {
        let numbers = first..frames.min(first + chunk);
        let batch = numbers.clone().map(|n| Frame { sequence: n as u32, image: images[n % IMAGES].clone() }).collect();
        let begun = Instant::now();
        board.run(batch, &mut |sequence, sums| match sums {
            Ok(sums) if sums == expected[sequence as usize % IMAGES] => right += 1,
            _ => wrong += 1,
        })?;
        spent += begun.elapsed();
        first = numbers.end;
    }
    let (seconds, bytes) = (spent.as_secs_f64(), board.program().frame_bytes() * frames);
    println!(
        "{{\"frames\": {right}, \"wrong\": {wrong}, \"seconds\": {seconds:.3}, \"frames_per_second\": {:.0}, \"megabytes_per_second\": {:.0}}}",
        right as f64 / seconds,
        bytes as f64 / 1e6 / seconds
    );
    drop(board);
    mount.unmount()?;
    if wrong > 0 {
        return Err(format!("{wrong} answers are wrong").into());
    }
    Ok(())
}
