//! One v1.1 image at 227 pixels on one thread, with every set of vector instructions of this CPU.

use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use net::fast::{FastNetwork, Path};
use net::layout::{Layer, Layout};
use test_support::random;

fn one_image(criterion: &mut Criterion) {
    let layout = Layout::v1_1(227, 1000);
    let macs = layout.layers().expect("the default layout is valid").iter().map(Layer::macs).sum();
    let network = random::ordinary_network(&layout, 1);
    let image = random::image(&layout, 4);
    let mut group = criterion.benchmark_group("v1.1@227, one thread");
    group.throughput(Throughput::Elements(macs)); // an element is a multiply-accumulate
    for path in Path::available() {
        let engine = FastNetwork::with_path(&network, path).expect("the random network is valid");
        let mut workspace = engine.workspace();
        group.bench_function(path.to_string(), |b| b.iter(|| engine.run_with(&mut workspace, image.view())));
    }
    group.finish();
}

criterion_group!(benches, one_image);
criterion_main!(benches);
