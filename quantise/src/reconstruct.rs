//! Weights layer by layer: each convolution is fitted to the bytes that come out of the layers done before, so that it gives what the
//! float network gives.
//!
//! The problem of a convolution, and the way in which later weights make up for the rounding of earlier ones, are those of
//! [`crate::compress::factor`]; the inputs of the original network are float here. The bias makes up for all that is left of the means.

use crate::compress::factor::Factor;
use crate::compress::moments::{Moments, Window};
use crate::compress::pass::places;
use crate::equalise::{convolutions, Steps};
use crate::float::{FloatConv, FloatNetwork};
use crate::gradient::run_layer;
use crate::quantiser::{self, QuantiseError, Quantised, BIAS_STEPS};
use ndarray::{Array2, Array3};
use net::fast::FastNetwork;
use net::fixed_point::fixed_point;
use net::layout::Layer;
use net::model::QuantConv;
use rayon::prelude::*;

/// Inputs of a filter beyond which its weights are rounded one by one (the matrices would take gigabytes); SqueezeNet's have at most 576.
const MOST_INPUTS: usize = 4096;
/// Images whose moments are added in one go.
const BATCH: usize = 8;
/// Steps that are tried for a filter, as shares of the one at which nothing is clipped: so many, so far apart.
const SHARES: (usize, f64) = (4, 0.05);
/// The same for weights of fewer bits, which gain more from clipping.
const SHARES_OF_FEWER_BITS: (usize, f64) = (16, 0.04);

/// How weights are chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Bits of a weight, 2 to 8.
    pub bits: u32,
    /// Share of the inputs' mean variance that is added to every input's: how little the calibration inputs are trusted.
    pub damping: f64,
}

/// What was done to one layer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Done {
    /// Squared sums before ReLU that the layer aims at.
    pub signal: f64,
    /// Squared error of them if every weight were rounded to the nearest step.
    pub nearest: f64,
    /// Squared error as chosen.
    pub chosen: f64,
}

/// Chooses all integers, for channels in `steps`, on `inputs` (HWC bytes). `done` is called after every layer. The result does not depend on
/// the number of threads.
///
/// # Errors
/// Tensors that do not fit the layout, inputs of another size, or numbers for which no integers exist.
pub fn reconstruct(
    float: &FloatNetwork,
    layers: &[Layer],
    steps: &Steps,
    inputs: &[Array3<u8>],
    options: Options,
    done: &(dyn Fn() + Sync),
) -> Result<(Quantised, Vec<Done>), QuantiseError> {
    let equalised = steps.equalised(float, layers);
    let scales: Vec<f32> = (0..layers.len()).map(|i| steps.of_layer(i)).collect();
    // what is not reached below stays as it is here: every weight rounded to the nearest step
    let mut quantised = quantiser::quantise_to(&equalised, &scales, options.bits)?;
    drop(equalised);
    let windows = places(layers);
    let mut bytes: Vec<Array3<u8>> = inputs.iter().map(|input| input.view().permuted_axes([2, 0, 1]).to_owned()).collect();
    let mut floats: Vec<Array3<f32>> = bytes.iter().map(|map| map.mapv(f32::from)).collect();
    let ones = vec![1.0; net::layout::INPUT_CHANNELS];
    let mut all = Vec::with_capacity(layers.len());
    let mut at = 0;
    for (i, layer) in layers.iter().enumerate() {
        let input = if i == 0 { &ones } else { &steps.channels[i - 1] };
        let (mut report, mut first) = (Done::default(), 0);
        for conv in convolutions(float, layer) {
            let outputs = conv.bias.len();
            let kernel = conv.weights.len() / outputs / input.len();
            let weights = in_byte_steps(conv, input, kernel);
            if let Some(factor) = problem(&floats, &bytes, input, windows[at].1, &weights, options.damping) {
                let problem = Problem {
                    weights: &weights,
                    bias: &conv.bias,
                    factor: &factor,
                    output: &steps.channels[i][first..first + outputs],
                    scales: (if i == 0 { 1.0 } else { f64::from(scales[i - 1]) }, f64::from(scales[i])),
                    bits: options.bits,
                };
                let (made, weight_scales, part) = problem.solve(conv.weights.dim());
                *crate::compress::convolutions_mut(&mut quantised.network)[at] = made;
                quantised.scales.weights[at] = weight_scales;
                report = report.plus(part);
            }
            first += outputs;
            at += 1;
        }
        all.push(report);
        if i + 1 < layers.len() {
            let integers = FastNetwork::new(&quantised.network)?;
            bytes = bytes.par_iter().map(|map| integers.run_layer(i, map.view())).collect::<Result<_, _>>()?;
            floats.par_iter_mut().for_each(|map| {
                let next = run_layer(float, layer, map.view());
                *map = next.pooled.map_or(next.conv, |(pooled, _)| pooled);
            });
        }
        done();
    }
    quantised.network.check()?;
    Ok((quantised, all))
}

/// A classifier (1x1) alone, on integers that stay as they are: `maps` are what it reads (CHW bytes), whose step is `input`, and `output` is the step of what it
/// gives. Also the real value of a weight's step, one an output channel. `None` where nothing can be fitted: without maps, or with too many inputs.
pub fn classifier(
    conv: &FloatConv,
    maps: &[Array3<u8>],
    (input, output): (f32, f32),
    padding: usize,
    options: Options,
) -> Option<(QuantConv, Vec<f32>)> {
    let channels = conv.weights.dim().1;
    if maps.is_empty() || channels > MOST_INPUTS {
        return None;
    }
    let add = |(part, few): (usize, &[Array3<u8>])| {
        let mut moments = Moments::new(channels);
        let window = Window { kernel: 1, stride: 1, padding };
        few.iter().enumerate().for_each(|(i, map)| moments.add(map.view(), map.view(), window, part * BATCH + i));
        moments
    };
    // sums are exact, so their order does not matter
    let merge = |mut sum: Moments, other: Moments| {
        sum.merge(&other);
        sum
    };
    let moments = maps.par_chunks(BATCH).enumerate().map(add).reduce(|| Moments::new(channels), merge);
    let weights = in_byte_steps(conv, &vec![f64::from(input); channels], 1);
    let factor = Factor::new(&moments, &weights, options.damping)?;
    let (weights, factor) = (&weights, &factor);
    let (output, scales) = (vec![f64::from(output); conv.bias.len()], (f64::from(input), f64::from(output)));
    let problem = Problem { weights, bias: &conv.bias, factor, output: &output, scales, bits: options.bits };
    let (made, scales, _) = problem.solve(conv.weights.dim());
    Some((made, scales))
}

/// The weights as a matrix, filters x (input channel, tap), for inputs in byte steps.
fn in_byte_steps(conv: &FloatConv, input: &[f64], taps: usize) -> Array2<f64> {
    let n = input.len() * taps;
    let values: Vec<f32> = conv.weights.iter().copied().collect();
    Array2::from_shape_fn((conv.bias.len(), n), |(o, j)| f64::from(values[o * n + j]) * input[j / taps])
}

/// The least-squares problem of a convolution; `None` where its matrix would be too large or is degenerate.
fn problem(
    floats: &[Array3<f32>],
    bytes: &[Array3<u8>],
    input: &[f64],
    window: Window,
    weights: &Array2<f64>,
    damping: f64,
) -> Option<Factor> {
    let n = weights.ncols();
    if n > MOST_INPUTS {
        return None;
    }
    let inverse: Vec<f64> = input.iter().map(|d| 1.0 / d).collect();
    let images: Vec<usize> = (0..bytes.len()).collect();
    let mut total = Moments::new(n);
    for batch in images.chunks(BATCH * rayon::current_num_threads()) {
        let add = |few: &[usize]| {
            let mut moments = Moments::new(n);
            for &image in few {
                moments.add_float(floats[image].view(), &inverse, bytes[image].view(), window, image);
            }
            moments
        };
        let parts: Vec<Moments> = batch.par_chunks(BATCH).map(add).collect();
        parts.iter().for_each(|part| total.merge(part));
    }
    Factor::new(&total, weights, damping)
}

/// One convolution.
struct Problem<'a> {
    weights: &'a Array2<f64>,
    bias: &'a [f32],
    factor: &'a Factor,
    /// The real step of every output channel's byte.
    output: &'a [f64],
    /// The model file's scales of input and output.
    scales: (f64, f64),
    bits: u32,
}

impl Problem<'_> {
    fn solve(&self, shape: (usize, usize, usize, usize)) -> (QuantConv, Vec<f32>, Done) {
        let rows: Vec<Row> = (0..self.bias.len()).into_par_iter().map(|o| self.row(o)).collect();
        let mut report = Done::default();
        let mut scales = Vec::with_capacity(rows.len());
        let mut conv = QuantConv {
            weights: ndarray::Array4::zeros(shape),
            bias: Vec::with_capacity(rows.len()),
            multiplier: Vec::with_capacity(rows.len()),
            shift: Vec::with_capacity(rows.len()),
        };
        for (mut filter, row) in conv.weights.outer_iter_mut().zip(rows) {
            filter.iter_mut().zip(row.weights).for_each(|(q, w)| *q = w as i8);
            let (multiplier, shift) = fixed_point(self.scales.0 * f64::from(row.scale) / self.scales.1);
            conv.bias.push(row.bias);
            conv.multiplier.push(multiplier);
            conv.shift.push(shift);
            scales.push(row.scale);
            report = report.plus(row.done);
        }
        (conv, scales, report)
    }

    fn row(&self, o: usize) -> Row {
        let steps = quantiser::weight_steps(self.bits);
        let target = self.factor.target.row(o);
        let largest = |row: ndarray::ArrayView1<f64>| row.iter().fold(0.0f64, |most, w| most.max(w.abs()));
        let whole = largest(target) / steps;
        let mean: f64 = self.weights.row(o).iter().zip(&self.factor.mean_original).map(|(w, m)| w * m).sum();
        let wanted = f64::from(self.bias[o]) + mean;
        // the bias must fit its integer too; by the mean, it is at most this much
        let reach: f64 = target.iter().zip(&self.factor.mean_compressed).map(|(w, m)| (w * m).abs()).sum();
        let for_bias = (wanted.abs() + reach) / BIAS_STEPS;
        // from a step of the accumulator to the model file's scale of a weight, and back
        let (input, output) = self.scales;
        let scale = |unit: f64| (unit * output / (self.output[o] * input)) as f32;
        let unit = |scale: f32| f64::from(scale) * self.output[o] * input / output;
        let (count, apart) = if self.bits == quantiser::WEIGHT_BITS { SHARES } else { SHARES_OF_FEWER_BITS };
        let tried = (0..count).filter_map(|i| {
            let scale = scale((whole * (1.0 - apart * i as f64)).max(for_bias));
            scale.is_normal().then(|| (scale, self.factor.round(o, unit(scale), steps)))
        });
        let signal = self.factor.error(o, |j| 2.0 * target[j]);
        let Some((scale, (weights, chosen))) = tried.min_by(|a, b| a.1 .1.total_cmp(&b.1 .1)) else {
            // a filter of zeros: any scale serves
            let scale = (output / input) as f32;
            return Row { weights: vec![0; target.len()], scale, bias: self.bias(wanted, unit(scale)), done: Done::default() };
        };
        let step = largest(self.weights.row(o)) / steps;
        let nearest = self.factor.error(o, |j| (self.weights[[o, j]] / step).round() * step);
        let found: f64 = weights.iter().zip(&self.factor.mean_compressed).map(|(&w, m)| f64::from(w) * m).sum::<f64>() * unit(scale);
        let bias = self.bias(wanted - found, unit(scale));
        Row { weights, scale, bias, done: Done { signal, nearest, chosen } }
    }

    fn bias(&self, real: f64, unit: f64) -> i32 {
        (real / unit).round().clamp(-BIAS_STEPS, BIAS_STEPS) as i32
    }
}

struct Row {
    weights: Vec<i32>,
    scale: f32,
    bias: i32,
    done: Done,
}

impl Done {
    fn plus(self, other: Self) -> Self {
        Self { signal: self.signal + other.signal, nearest: self.nearest + other.nearest, chosen: self.chosen + other.chosen }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array4;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    /// Squared error of the sums of `conv`'s integers at every position of `maps`.
    fn error(float: &FloatConv, (conv, scales): &(QuantConv, Vec<f32>), maps: &[Array3<u8>], input: f32) -> f64 {
        let real = |map: &Array3<u8>, at: (usize, usize), weight: &dyn Fn(usize) -> f64| -> f64 {
            (0..map.dim().0).map(|c| weight(c) * f64::from(map[[c, at.0, at.1]]) * f64::from(input)).sum()
        };
        let mut sum = 0.0;
        for map in maps {
            for at in (0..map.dim().1).flat_map(|y| (0..map.dim().2).map(move |x| (y, x))) {
                for (o, &scale) in scales.iter().enumerate() {
                    let scale = f64::from(scale);
                    let wanted = real(map, at, &|c| f64::from(float.weights[[o, c, 0, 0]])) + f64::from(float.bias[o]);
                    let found = real(map, at, &|c| f64::from(conv.weights[[o, c, 0, 0]]) * scale);
                    sum += (found + f64::from(conv.bias[o]) * scale * f64::from(input) - wanted).powi(2);
                }
            }
        }
        sum
    }

    #[test]
    fn a_fitted_classifier_is_nearer_than_a_rounded_one() {
        let (seed, input, output) = (3, 0.02, 0.1);
        println!("seed {seed}");
        let mut rng = StdRng::seed_from_u64(seed);
        let float = FloatConv {
            weights: Array4::from_shape_fn((6, 24, 1, 1), |_| rng.random_range(-1.0..1.0f32)),
            bias: (0..6).map(|_| rng.random_range(0.0..3.0f32)).collect(),
        };
        // channels that go together, as those of a photograph do
        let maps: Vec<Array3<u8>> = (0..40)
            .map(|_| {
                let shared: f64 = rng.random();
                Array3::from_shape_fn((24, 5, 5), |_| (255.0 * shared * rng.random_range(0.6..1.0)) as u8)
            })
            .collect();
        let options = Options { bits: 4, damping: 0.02 };
        let fitted = classifier(&float, &maps, (input, output), 0, options).expect("there are maps");
        let rounded = quantiser::quantise_convolution(&float, input, output, 4);
        let [fitted, rounded] = [fitted, rounded].map(|made| error(&float, &made, &maps, input));
        assert!(fitted < 0.5 * rounded, "{fitted} fitted, {rounded} rounded");
        assert!(classifier(&float, &[], (input, output), 0, options).is_none());
    }
}
