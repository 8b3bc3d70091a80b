use super::*;
use crate::histogram::Histogram;
use crate::{quantiser, random_float};
use net::layout::Layout;
use net::reference;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// A float network with the spread of trained weights, and images for it.
struct Case {
    float: FloatNetwork,
    images: Vec<Array3<u8>>,
}

impl Case {
    fn new(seed: u64) -> Self {
        println!("seed {seed}");
        let (float, mut rng) = random_float::network(seed);
        let images = (0..5).map(|_| Array3::from_shape_fn((float.layout.height, float.layout.width, 3), |_| rng.random())).collect();
        Self { float, images }
    }

    fn engine(&self) -> FloatEngine {
        FloatEngine::new(&self.float).expect("the runtime takes it")
    }

    /// Coarse scales, so that the errors are large.
    fn quantised(&self, engine: &FloatEngine) -> Quantised {
        let mut histograms = vec![Histogram::default(); engine.layers().len()];
        for image in &self.images {
            let outputs = engine.run(image.view()).expect("it fits");
            histograms.iter_mut().zip(outputs).for_each(|(histogram, output)| histogram.add(output));
        }
        let scales: Vec<f32> = histograms.iter().map(|h| h.scale_of_largest().map_or(1.0, |c| 2.0 * c.scale)).collect();
        quantiser::quantise(&self.float, &scales).expect("ordinary numbers")
    }

    /// For every convolution and output channel, the mean before ReLU by plain loops: in the float network and in
    /// the integers, whose real step is the third number.
    fn means(&self, engine: &FloatEngine, quantised: &Quantised) -> Vec<Vec<[f64; 3]>> {
        let layout = &self.float.layout;
        let mut means: Vec<Vec<[f64; 3]>> = quantised.scales.weights.iter().map(|s| vec![[0.0; 3]; s.len()]).collect();
        for image in &self.images {
            let outputs = engine.run(image.view()).expect("it fits");
            let trace = reference::run(&quantised.network, image.view()).expect("it fits");
            let planes = image.view().permuted_axes([2, 0, 1]).to_owned();
            let mut conv = 0;
            for (i, layer) in engine.layers().iter().enumerate() {
                let (float_in, int_in) = match i {
                    0 => (planes.mapv(f64::from), planes.mapv(f64::from)),
                    _ => (outputs[i - 1].mapv(f64::from), trace.layers[i - 1].output().mapv(f64::from)),
                };
                let input = if i == 0 { 1.0 } else { f64::from(quantised.scales.activations[i - 1]) };
                let mut network = quantised.network.clone();
                for (float, ints) in convolutions(&self.float, &mut network, layer) {
                    let stride = if layer.kind == LayerKind::Stem { 2 } else { 1 };
                    let padding = match layer.kind {
                        LayerKind::Expand => ints.weights.dim().2 / 2,
                        LayerKind::Classifier => layout.classifier.padding,
                        _ => 0,
                    };
                    let float_mean = plain_means(&float.weights.mapv(f64::from), &float_in, stride, padding);
                    let int_mean = plain_means(&ints.weights.mapv(f64::from), &int_in, stride, padding);
                    for (o, mean) in means[conv].iter_mut().enumerate() {
                        let step = input * f64::from(quantised.scales.weights[conv][o]);
                        mean[0] += (float_mean[o] + f64::from(float.bias[o])) / self.images.len() as f64;
                        mean[1] += step * (int_mean[o] + f64::from(ints.bias[o])) / self.images.len() as f64;
                        mean[2] = step;
                    }
                    conv += 1;
                }
            }
        }
        means
    }
}

/// Mean of each output channel of a convolution without bias.
fn plain_means(weights: &ndarray::Array4<f64>, input: &Array3<f64>, stride: usize, padding: usize) -> Vec<f64> {
    let (outputs, channels, kernel, _) = weights.dim();
    let (_, height, width) = input.dim();
    let mut padded = Array3::<f64>::zeros((channels, height + 2 * padding, width + 2 * padding));
    padded.slice_mut(s![.., padding..padding + height, padding..padding + width]).assign(input);
    let sides = [height, width].map(|side| (side + 2 * padding - kernel) / stride + 1);
    let at = |o: usize, y: usize, x: usize| {
        let window = padded.slice(s![.., y * stride..y * stride + kernel, x * stride..x * stride + kernel]);
        (&window * &weights.index_axis(Axis(0), o)).sum()
    };
    let positions = || (0..sides[0]).flat_map(|y| (0..sides[1]).map(move |x| (y, x)));
    (0..outputs).map(|o| positions().map(|(y, x)| at(o, y, x)).sum::<f64>() / (sides[0] * sides[1]) as f64).collect()
}

fn mean_error(means: &[Vec<[f64; 3]>]) -> f64 {
    let all: Vec<f64> = means.iter().flatten().map(|m| (m[0] - m[1]).abs() / m[2]).collect();
    all.iter().sum::<f64>() / all.len() as f64
}

#[test]
fn every_mean_error_falls_to_half_a_bias_step() {
    for seed in 0..8 {
        let case = Case::new(seed);
        let engine = case.engine();
        let mut quantised = case.quantised(&engine);
        let before = mean_error(&case.means(&engine, &quantised));
        let corrections = correct(&case.float, &engine, &mut quantised, &case.images, &|| ()).expect("corrected");
        let means = case.means(&engine, &quantised);
        assert!(mean_error(&means) < 0.6 * before, "{} after, {before} before", mean_error(&means));
        for [float, ints, step] in means.iter().flatten() {
            assert!((float - ints).abs() <= 0.5 * step + 1e-5 * float.abs().max(1.0), "{float} {ints} in steps of {step}");
        }
        assert!(corrections.iter().all(|c| c.after <= c.before), "{corrections:?}");
    }
}

#[test]
fn threads_and_a_second_run_change_nothing() {
    let case = Case::new(77);
    let engine = case.engine();
    let start = case.quantised(&engine);
    // more images than one chunk holds
    let images: Vec<Array3<u8>> = (0..9).flat_map(|_| case.images.iter().cloned()).collect();
    let corrected = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let mut quantised = start.clone();
        let steps = pool.install(|| correct(&case.float, &engine, &mut quantised, &images, &|| ())).expect("corrected");
        (quantised.network, steps)
    };
    let one = corrected(1);
    assert!(one == corrected(3) && one == corrected(1));
    assert_ne!(one.0, start.network, "something was corrected");
    // what is right already stays as it is
    let mut again = Quantised { network: one.0.clone(), ..start.clone() };
    let steps = correct(&case.float, &engine, &mut again, &images, &|| ()).expect("corrected");
    assert_eq!(again.network, one.0);
    assert!(steps.iter().all(|c| c.before == c.after));
}

#[test]
fn without_images_nothing_changes() {
    let case = Case::new(5);
    let engine = case.engine();
    let start = case.quantised(&engine);
    let mut quantised = start.clone();
    let steps = correct(&case.float, &engine, &mut quantised, &[], &|| ()).expect("nothing to do");
    assert_eq!(quantised.network, start.network);
    assert_eq!(steps, vec![Correction::default(); engine.layers().len()]);
}

#[test]
fn tap_sums_equal_plain_loops() {
    let mut rng = StdRng::seed_from_u64(9);
    for (kernel, stride, padding) in [(1, 1, 0), (1, 1, 1), (3, 1, 1), (3, 2, 0), (7, 2, 0)] {
        for side in kernel..kernel + 6 {
            let map = Array3::from_shape_fn((2, side, side + 1), |_| rng.random::<u8>());
            let output = [side, side + 1].map(|s| (s + 2 * padding - kernel) / stride + 1);
            let sums = Window { kernel, stride, padding, output }.tap_sums(map.view());
            for ((c, ky, kx), &sum) in sums.indexed_iter() {
                let mut plain = 0;
                for (y, x) in (0..output[0]).flat_map(|y| (0..output[1]).map(move |x| (y, x))) {
                    let (y, x) = ((y * stride + ky).wrapping_sub(padding), (x * stride + kx).wrapping_sub(padding));
                    plain += map.get([c, y, x]).map_or(0, |&v| u64::from(v));
                }
                assert_eq!(sum, plain as f64, "kernel {kernel}, padding {padding}, side {side}, tap {c} {ky} {kx}");
            }
        }
    }
    assert_eq!(bytes_per_image(&Layout::v1_1(227, 1000).layers().expect("published")), 56 * 56 * 128);
}
