//! Milliseconds of one image on one thread with the fast path, as JSON on standard output.
//!
//! `fast_path_latency [REPETITIONS]`, default 50. `net/benches/onnxruntime_int8.py` runs it in
//! turn with ONNX Runtime. The network is random, with requantisation constants of ordinary size:
//! other values do not change the time.

use net::fast::{Engine, Path};
use net::layout::Layout;
use net::model::Network;
use net::random;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let repetitions: usize = std::env::args().nth(1).map_or(Ok(50), |a| a.parse())?;
    let layout = Layout::v1_1(227, 1000);
    let (network, image) = (ordinary_network(&layout), random::image(&layout, 4));
    let mut all = Vec::new();
    for path in Path::available() {
        let engine = Engine::with_path(&network, path)?;
        let mut workspace = engine.workspace();
        engine.run_with(&mut workspace, image.view())?;
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

/// A random network whose shifts are those of a quantised one: not a few that no quantisation gives.
fn ordinary_network(layout: &Layout) -> Network {
    let mut network = random::network(layout, 1);
    let fires = network.fires.iter_mut().flat_map(|f| [&mut f.squeeze, &mut f.expand1, &mut f.expand3]);
    for conv in [&mut network.stem, &mut network.classifier].into_iter().chain(fires) {
        conv.shift.fill(26);
    }
    network
}
