//! Milliseconds of one image on one thread with the fast path, as JSON on standard output.
//!
//! `fast_path_latency [REPETITIONS] [all]`, default 50; with `all` for every set of vector
//! instructions of this CPU, otherwise for the fastest. `net/benches/onnxruntime_int8.py` runs it in
//! turn with ONNX Runtime. The network is random, with requantisation constants of ordinary size:
//! other values do not change the time.

use net::fast::{FastNetwork, Path};
use net::layout::Layout;
use std::time::Instant;
use test_support::random;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let repetitions: usize = std::env::args().nth(1).map_or(Ok(50), |a| a.parse())?;
    let layout = Layout::v1_1(227, 1000);
    let (network, image) = (random::ordinary_network(&layout, 1), random::image(&layout, 4));
    let mut all = Vec::new();
    let paths = if std::env::args().nth(2).as_deref() == Some("all") { Path::available() } else { vec![Path::best()] };
    for path in paths {
        let engine = FastNetwork::with_path(&network, path)?;
        let mut workspace = engine.workspace();
        for _ in 0..5 {
            engine.run_with(&mut workspace, image.view())?; // warm up
        }
        let mut times = Vec::with_capacity(repetitions);
        for _ in 0..repetitions {
            let start = Instant::now();
            engine.run_with(&mut workspace, image.view())?;
            times.push(format!("{:.4}", start.elapsed().as_secs_f64() * 1e3));
        }
        all.push(format!("{{\"path\": \"{path}\", \"milliseconds\": [{}]}}", times.join(", ")));
    }
    println!("[{}]", all.join(",\n "));
    Ok(())
}
