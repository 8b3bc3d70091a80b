//! The fast path gives the reference's bytes on every layer, with every instruction set of this CPU.

use ndarray::{Array3, Array4};
use net::fast::{FastNetwork, Path};
use net::layout::{Classifier, Fire, Layout, Stem};
use net::model::{conv_shapes, Network, QuantConv, QuantFire, MAX_SHIFT};
use net::reference::{self, Trace};
use test_support::random::{self, Limits};

/// Runs `network` on every path and compares every tensor; `what` names the case in a failure.
fn compare(network: &Network, image: &Array3<u8>, what: &str) {
    let expected = reference::run(network, image.view()).unwrap_or_else(|e| panic!("{what}: {e}"));
    for path in Path::available() {
        let engine = FastNetwork::with_path(network, path).unwrap_or_else(|e| panic!("{what}, {path}: {e}"));
        let found = engine.trace(image.view()).unwrap_or_else(|e| panic!("{what}, {path}: {e}"));
        assert_same(&found, &expected, &format!("{what}, {path}"));
        assert_eq!(engine.run(image.view()).expect("it runs"), expected.sums, "{what}, {path}: run and trace differ");
    }
}

fn assert_same(found: &Trace, expected: &Trace, what: &str) {
    assert_eq!(found.layers.len(), expected.layers.len(), "{what}: number of layers");
    for (found, expected) in found.layers.iter().zip(&expected.layers) {
        assert_eq!(found.name, expected.name, "{what}");
        let conv = (&found.conv, &expected.conv);
        let pooled = found.pooled.as_ref().zip(expected.pooled.as_ref());
        assert_eq!(found.pooled.is_some(), expected.pooled.is_some(), "{what}: pool after {}", expected.name);
        for (found, reference) in std::iter::once(conv).chain(pooled) {
            assert_eq!(found.dim(), reference.dim(), "{what}: shape of {}", expected.name);
            if let Some(((at, e), f)) = reference.indexed_iter().zip(found).find(|((_, e), f)| e != f) {
                panic!("{what}: {} channel {} row {} column {}: expected {e}, got {f}", expected.name, at.0, at.1, at.2);
            }
        }
    }
    assert_eq!(found.sums, expected.sums, "{what}: sums");
}

#[test]
fn random_networks() {
    let names: Vec<String> = Path::available().iter().map(Path::to_string).collect();
    println!("paths: {}", names.join(", "));
    let limits = Limits { side: 24, ..Limits::default() };
    for seed in 0..240 {
        println!("seed {seed}");
        let layout = random::layout(seed, limits);
        compare(&random::network(&layout, seed), &random::image(&layout, seed), &format!("seed {seed}"));
    }
}

/// `random::network` draws a few odd shifts in most layers; here all constants are those of an
/// ordinary quantisation, so that the short form of requantisation is taken everywhere.
#[test]
fn ordinary_requantisation() {
    for seed in 1000..1060 {
        println!("seed {seed}");
        let layout = random::layout(seed, Limits { side: 20, ..Limits::default() });
        let network = random::ordinary_network(&layout, seed);
        compare(&network, &random::image(&layout, seed), &format!("seed {seed}, ordinary shifts"));
    }
}

/// Products that saturate 16 bits when two are added, accumulators near both ends of 32 bits,
/// every shift, and the largest and smallest multipliers.
#[test]
fn extremes() {
    let layout = Layout {
        name: "extremes".into(),
        height: 11,
        width: 9,
        stem: Stem { kernel: 7, channels: 33, pool: false },
        fires: vec![Fire { squeeze: 65, expand: 17, pool: false }, Fire { squeeze: 1, expand: 48, pool: true }],
        classifier: Classifier { classes: 79, padding: 1 },
        floor_pools: false,
    };
    let layers = layout.layers().unwrap();
    for (case, (weights, bias)) in
        [(127, 0), (-128, 0), (127, i32::MAX - 60_000_000), (-128, i32::MIN + 60_000_000)].into_iter().enumerate()
    {
        for multiplier in [1, 255, 32768, 65535] {
            let mut convs = conv_shapes(&layers).into_iter().map(|shape| QuantConv {
                weights: Array4::from_shape_fn(shape, |(o, i, y, x)| if (o + i + y + x) % 3 == 0 { -1 - weights } else { weights } as i8),
                bias: vec![bias; shape[0]],
                multiplier: vec![multiplier; shape[0]],
                shift: (0..shape[0]).map(|o| 1 + (o % usize::from(MAX_SHIFT)) as u8).collect(),
            });
            let mut next = || convs.next().unwrap();
            let stem = next();
            let fires = layout.fires.iter().map(|_| QuantFire { squeeze: next(), expand1: next(), expand3: next() }).collect();
            let network = Network { layout: layout.clone(), stem, fires, classifier: next() };
            for pixel in [255, 1] {
                let image = Array3::from_elem((layout.height, layout.width, 3), pixel);
                compare(&network, &image, &format!("case {case}, multiplier {multiplier}, pixel {pixel}"));
            }
        }
    }
}

/// Accumulators on both sides of every rounding boundary, for every shift: the weights of the
/// classifier are zero, so that its biases are its accumulators.
#[test]
fn rounding_boundaries() {
    for shift in 1..=MAX_SHIFT {
        for multiplier in [1, 3, 0x5555, 0x8000, 0x8001, 0xffff] {
            let boundary = |k: i64| ((2 * k + 1) << (shift - 1)) / i64::from(multiplier);
            let near = (-2..=257).map(boundary).flat_map(|b| [b - 1, b, b + 1]);
            let ends = [i32::MIN, -1, 0, 1, i32::MAX].map(i64::from);
            let mut bias: Vec<i32> = near.chain(ends).filter_map(|b| i32::try_from(b).ok()).collect();
            bias.dedup();
            let layout = Layout {
                name: "boundaries".into(),
                height: 3,
                width: 3,
                stem: Stem { kernel: 3, channels: 1, pool: false },
                fires: vec![],
                classifier: Classifier { classes: bias.len(), padding: 0 },
                floor_pools: false,
            };
            let mut network = random::network(&layout, 1);
            network.classifier = QuantConv {
                weights: Array4::zeros((bias.len(), 1, 1, 1)),
                multiplier: vec![multiplier; bias.len()],
                shift: vec![shift; bias.len()],
                bias,
            };
            compare(&network, &random::image(&layout, 1), &format!("shift {shift}, multiplier {multiplier}"));
        }
    }
}

#[test]
fn maps_of_one_pixel() {
    for kernel in [3, 7] {
        for channels in [1, 2, 3, 15, 16, 17, 63, 64, 65] {
            let layout = Layout {
                name: "one pixel".into(),
                height: kernel,
                width: kernel,
                stem: Stem { kernel, channels, pool: false },
                fires: vec![Fire { squeeze: channels, expand: channels + 1, pool: false }],
                classifier: Classifier { classes: channels.max(2), padding: channels % 2 },
                floor_pools: false,
            };
            let seed = (100 * kernel + channels) as u64;
            compare(&random::network(&layout, seed), &random::image(&layout, seed), &format!("kernel {kernel}, {channels} channels"));
        }
    }
}

#[test]
fn default_layout_in_a_used_workspace() {
    let layout = Layout::v1_1(67, 1000);
    let network = random::network(&layout, 5);
    let images = [random::image(&layout, 1), random::image(&layout, 2), random::image(&layout, 3)];
    for path in Path::available() {
        let engine = FastNetwork::with_path(&network, path).unwrap();
        let mut workspace = engine.workspace();
        for image in &images {
            let fresh = engine.run(image.view()).unwrap();
            assert_eq!(engine.run_with(&mut workspace, image.view()).unwrap(), fresh, "{path}");
        }
    }
    compare(&network, &images[0], "v1.1 at 67 pixels");
}

#[test]
fn an_image_in_any_memory_order() {
    let layout = random::layout(7, Limits::default());
    let network = random::network(&layout, 7);
    let planes = random::image(&layout, 7).permuted_axes([2, 0, 1]).as_standard_layout().to_owned();
    let image = planes.view().permuted_axes([1, 2, 0]);
    let engine = FastNetwork::new(&network).unwrap();
    assert_eq!(engine.run(image).unwrap(), reference::run(&network, image).unwrap().sums);
}

#[test]
fn an_image_of_another_size_is_refused() {
    let layout = Layout::v1_1(67, 10);
    let engine = FastNetwork::new(&random::network(&layout, 1)).unwrap();
    let message = engine.run(Array3::zeros((67, 66, 3)).view()).unwrap_err().to_string();
    assert!(message.contains("the image has shape [67, 66, 3], expected [67, 67, 3]"), "{message}");
}

#[test]
fn an_engine_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<FastNetwork>();
}
