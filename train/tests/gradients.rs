//! Gradients: of a Fire module with its pools against finite differences, and of the operations against the framework's own.

use candle_core::{DType, Device, Tensor, Var};
use quantise::float::FloatNetwork;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use train::network::{cross_entropy, Trainable};
use train::ops::conv::Conv;
use train::ops::generic;
use train::ops::pool::MaxPool;

use net::layout::{Classifier, Fire, Layout, Stem};

fn layout(rng: &mut StdRng) -> Layout {
    Layout {
        name: "small".into(),
        height: rng.random_range(19..30),
        width: rng.random_range(19..30),
        stem: Stem { kernel: if rng.random_bool(0.5) { 3 } else { 7 }, channels: rng.random_range(1..6), pool: rng.random_bool(0.5) },
        fires: vec![Fire { squeeze: rng.random_range(1..5), expand: rng.random_range(1..6), pool: rng.random_bool(0.5) }],
        classifier: Classifier { classes: 3, padding: rng.random_range(0..2) },
        floor_pools: rng.random_bool(0.5),
    }
}

fn random(rng: &mut StdRng, shape: &[usize]) -> Tensor {
    let values: Vec<f64> = (0..shape.iter().product()).map(|_| rng.random_range(-1.0..1.0)).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).expect("as many as the shape has")
}

fn network(layout: &Layout, seed: u64) -> FloatNetwork {
    let mut network = train::start::from_nothing(layout, seed).expect("possible");
    // with biases of 0 a sum of zeros lies exactly on the corner of a ReLU
    let mut rng = StdRng::seed_from_u64(seed);
    for conv in train::network::convolutions_mut(&mut network) {
        conv.bias.iter_mut().for_each(|b| *b = rng.random_range(0.01..0.3));
    }
    network
}

#[test]
fn every_gradient_is_the_slope() {
    for seed in 0..6 {
        println!("seed {seed}");
        let mut rng = StdRng::seed_from_u64(seed);
        let layout = layout(&mut rng);
        // in 64 bits, so that a small difference is more than rounding
        let trainable = Trainable::new(&network(&layout, seed), 0, DType::F64, &Device::Cpu).expect("it fits");
        let x = random(&mut rng, &[2, layout.height, layout.width, 3]);
        let loss = || cross_entropy(&trainable.forward(&x, None).expect("it fits"), &[0, 2], &[1.0, 1.0, 0.5]).expect("two labels");
        let value = || loss().to_scalar::<f64>().expect("one number");
        let gradients = loss().backward().expect("every operation has a gradient");
        let mut compared = 0;
        for (name, var) in trainable.variables() {
            let gradient = gradients.get(var.as_tensor()).unwrap_or_else(|| panic!("{name} has none"));
            let gradient: Vec<f64> = gradient.flatten_all().and_then(|g| g.to_vec1()).expect("numbers");
            let (before, shape) = (var.as_tensor().copy().expect("a copy"), var.shape().clone());
            let values: Vec<f64> = before.flatten_all().and_then(|v| v.to_vec1()).expect("numbers");
            for _ in 0..8 {
                let at = rng.random_range(0..values.len());
                let slope = |step: f64| {
                    let of = |by: f64| {
                        let mut moved = values.clone();
                        moved[at] += by;
                        var.set(&Tensor::from_vec(moved, &shape, &Device::Cpu).expect("the same shape")).expect("set");
                        value()
                    };
                    (of(step) - of(-step)) / (2.0 * step)
                };
                let (slope, narrower) = (slope(1e-5), slope(1e-6));
                // a corner of a ReLU or of a maximum lies between: there is no slope
                if (slope - narrower).abs() < 1e-5 {
                    assert!((slope - gradient[at]).abs() < 1e-5, "{name}[{at}]: {slope}, gradient {}", gradient[at]);
                    compared += 1;
                }
            }
            var.set(&before).expect("set");
        }
        assert!(compared > 60, "{compared}");
    }
}

/// `f` of variables, and its gradients for a loss that weighs every output in its own way.
fn run(inputs: &[Tensor], f: &dyn Fn(&[Var]) -> Tensor) -> Vec<Vec<f64>> {
    let vars: Vec<Var> = inputs.iter().map(|t| Var::from_tensor(t).expect("a variable")).collect();
    let output = f(&vars);
    let weights: Vec<f64> = (0..output.elem_count()).map(|i| (i as f64 * 0.7).sin()).collect();
    let weights = Tensor::from_vec(weights, output.shape(), &Device::Cpu).expect("the same shape");
    let gradients = (&output * weights).and_then(|t| t.sum_all()).and_then(|t| t.backward()).expect("gradients");
    let flat = |t: &Tensor| t.flatten_all().and_then(|t| t.to_vec1::<f64>()).expect("numbers");
    std::iter::once(flat(&output)).chain(vars.iter().map(|v| flat(gradients.get(v.as_tensor()).expect("a gradient")))).collect()
}

fn assert_near(found: &[Vec<f64>], wanted: &[Vec<f64>]) {
    for (i, (found, wanted)) in found.iter().zip(wanted).enumerate() {
        assert_eq!(found.len(), wanted.len());
        for (f, w) in found.iter().zip(wanted) {
            assert!((f - w).abs() < 1e-9, "part {i}: {f}, expected {w}");
        }
    }
}

#[test]
fn operations_are_the_framework_s() {
    for seed in 0..40 {
        println!("seed {seed}");
        let mut rng = StdRng::seed_from_u64(seed);
        let kernel = [1, 3, 7][rng.random_range(0..3)];
        let (stride, padding) = (rng.random_range(1..3), rng.random_range(0..kernel.min(3)));
        // five images are more than a group
        let (images, channels, outputs) = (rng.random_range(1..6), rng.random_range(1..5), rng.random_range(1..6));
        // the framework's own gradient wants rows and columns that leave the same rest
        let height = rng.random_range(kernel..kernel + 5);
        let shape = [images, height, height + stride * rng.random_range(0..3), channels];
        let inputs = [random(&mut rng, &shape), random(&mut rng, &[outputs, kernel * kernel * channels]), random(&mut rng, &[outputs])];
        let conv = Conv { kernel, stride, padding, input_gradient: true };
        let ours = run(&inputs, &|v| conv.apply(v[0].as_tensor(), v[1].as_tensor(), v[2].as_tensor()).expect("it fits"));
        let theirs = run(&inputs, &|v| generic::conv(conv, v[0].as_tensor(), v[1].as_tensor(), v[2].as_tensor()).expect("it fits"));
        assert_near(&ours, &theirs);
        let pool = MaxPool { floor: rng.random_bool(0.5) };
        let shape = [images, rng.random_range(3..12), rng.random_range(3..12), channels];
        let input = [random(&mut rng, &shape)];
        let ours = run(&input, &|v| pool.apply(v[0].as_tensor()).expect("it fits"));
        let theirs = run(&input, &|v| generic::pool(pool, v[0].as_tensor()).expect("it fits"));
        assert_near(&ours, &theirs);
    }
}

#[test]
fn the_same_bits_on_any_number_of_threads() {
    let layout = Layout::v1_1(67, 7);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| {
            let trainable = Trainable::new(&network(&layout, 3), 0, DType::F32, &Device::Cpu).expect("it fits");
            let x = random(&mut StdRng::seed_from_u64(4), &[9, 67, 67, 3]).to_dtype(DType::F32).expect("numbers");
            let labels = [0, 1, 2, 3, 4, 5, 6, 0, 1];
            let loss = cross_entropy(&trainable.forward(&x, None).expect("it fits"), &labels, &[]).expect("labels");
            let gradients = loss.backward().expect("gradients");
            let bits = |t: &Tensor| {
                t.flatten_all().and_then(|t| t.to_vec1::<f32>()).expect("numbers").into_iter().map(f32::to_bits).collect::<Vec<_>>()
            };
            trainable.variables().iter().map(|(_, v)| bits(gradients.get(v.as_tensor()).expect("one"))).collect::<Vec<_>>()
        })
    };
    let one = on(1);
    assert!(one.iter().flatten().any(|&bits| bits != 0));
    assert!(on(2) == one && on(3) == one);
}
