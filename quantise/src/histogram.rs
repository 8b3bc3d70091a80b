//! Histograms of activations, and the scales to quantise them with.

/// Bits of a number's mantissa that choose its bin: a bin is 1/2048 of its value wide.
const MANTISSA_BITS: u32 = 11;
/// Binary exponents that have bins: 2^-24 to 2^24. Smaller numbers count as zero, larger ones as the largest.
const EXPONENTS: std::ops::Range<i32> = -24..24;
const BINS: usize = (EXPONENTS.end - EXPONENTS.start) as usize * (1 << MANTISSA_BITS);
/// Candidate scales to a factor of two.
const SCALES_PER_OCTAVE: i32 = 64;

/// How often each activation occurred, in bins of fixed bounds.
///
/// The bounds do not depend on the data and the counts are integers, so the order in which images
/// arrive, and on how many threads, changes nothing.
#[derive(Clone)]
pub struct Histogram {
    counts: Vec<u64>,
    zeros: u64,
}

/// What a scale does to the activations of a histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaleChoice {
    /// Real value of one step.
    pub scale: f32,
    /// Share of activations above 255 steps, 0 to 1.
    pub saturation: f64,
    /// Signal power over quantisation error power, decibel.
    pub sqnr: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BINS], zeros: 0 }
    }
}

impl Histogram {
    /// Counts activations after ReLU (none below zero).
    pub fn add(&mut self, values: impl IntoIterator<Item = f32>) {
        let first = bits_of(EXPONENTS.start);
        for value in values {
            let bits = value.to_bits() >> (23 - MANTISSA_BITS);
            if value <= 0.0 || bits < first {
                self.zeros += 1;
            } else {
                self.counts[((bits - first) as usize).min(BINS - 1)] += 1;
            }
        }
    }

    /// Adds another histogram's counts.
    pub fn merge(&mut self, other: &Self) {
        self.zeros += other.zeros;
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| *a += b);
    }

    /// The scale with the least squared error for unsigned bytes, among steps of 1/64 octave that do
    /// not depend on the data: a last-bit difference of a float sum hardly ever changes the choice.
    /// `None` when every activation is zero.
    pub fn best_scale(&self) -> Option<ScaleChoice> {
        let bins = self.occupied();
        let largest = bins.last()?.0;
        // the maximum down to a thirtieth of it: activations have long tails, and squared error clips them
        let top = ((largest / 255.0).log2() * f64::from(SCALES_PER_OCTAVE)).ceil() as i32;
        let candidates = (top - 5 * SCALES_PER_OCTAVE..=top).rev().map(|step| grid(step) as f32);
        let error = |scale: f32| bins.iter().map(|&(value, count)| squared_error(value, f64::from(scale)) * count).sum::<f64>();
        let (scale, _) = candidates.map(|s| (s, error(s))).min_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(self.assess(scale))
    }

    /// The scale that makes the largest activation 255 steps: nothing is clipped. `None` when every
    /// activation is zero. The largest is known to its bin; the bin's upper bound counts.
    pub fn scale_of_largest(&self) -> Option<ScaleChoice> {
        self.scale_of_rank(self.total())
    }

    /// The scale that makes 255 steps of the smallest activation that at least `percent` percent of all
    /// activations, zeros among them, do not exceed; known to its bin, whose upper bound counts. The
    /// smallest positive activation when that one is zero; `None` when every activation is zero.
    pub fn scale_of_percentile(&self, percent: f64) -> Option<ScaleChoice> {
        let rank = (self.total() as f64 * percent / 100.0).ceil() as u64;
        self.scale_of_rank(rank.clamp(1, self.total().max(1)))
    }

    /// 255 steps for the activation number `rank`, from 1, in ascending order.
    fn scale_of_rank(&self, rank: u64) -> Option<ScaleChoice> {
        let mut below = self.zeros;
        for (bin, &count) in self.counts.iter().enumerate() {
            below += count;
            if count > 0 && below >= rank {
                return Some(self.assess((upper_bound(bin) / 255.0) as f32));
            }
        }
        None
    }

    /// Activations counted, zeros among them.
    fn total(&self) -> u64 {
        self.zeros + self.counts.iter().sum::<u64>()
    }

    /// What `scale` does to these activations.
    pub fn assess(&self, scale: f32) -> ScaleChoice {
        let (mut signal, mut noise, mut above, mut total) = (0.0, 0.0, 0.0, self.zeros as f64);
        for (value, count) in self.occupied() {
            signal += value * value * count;
            noise += squared_error(value, f64::from(scale)) * count;
            above += if value > 255.5 * f64::from(scale) { count } else { 0.0 };
            total += count;
        }
        ScaleChoice { scale, saturation: above / total.max(1.0), sqnr: decibel(signal, noise) }
    }

    /// Middle and count of every bin that holds something, smallest first.
    fn occupied(&self) -> Vec<(f64, f64)> {
        let first = bits_of(EXPONENTS.start);
        let middle = |bin: usize| {
            let bits = ((first + bin as u32) << (23 - MANTISSA_BITS)) | 1 << (22 - MANTISSA_BITS);
            f64::from(f32::from_bits(bits))
        };
        self.counts.iter().enumerate().filter(|(_, &count)| count > 0).map(|(bin, &count)| (middle(bin), count as f64)).collect()
    }
}

/// Ratio of two powers in decibel; 99 when there is no noise worth the name.
pub fn decibel(signal: f64, noise: f64) -> f64 {
    if noise <= signal * 1e-9 {
        return 99.0;
    }
    10.0 * (signal / noise).log10()
}

/// `2^(step / 64)`.
fn grid(step: i32) -> f64 {
    (f64::from(step) / f64::from(SCALES_PER_OCTAVE)).exp2()
}

/// Where a bin ends and the next one begins.
fn upper_bound(bin: usize) -> f64 {
    f64::from(f32::from_bits((bits_of(EXPONENTS.start) + bin as u32 + 1) << (23 - MANTISSA_BITS)))
}

fn squared_error(value: f64, scale: f64) -> f64 {
    let step = (value / scale + 0.5).floor().min(255.0);
    (value - step * scale).powi(2)
}

/// The bin bits of `2^exponent`.
fn bits_of(exponent: i32) -> u32 {
    ((exponent + 127) as u32) << MANTISSA_BITS
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    #[test]
    fn uniform_values_use_the_whole_range() {
        let mut histogram = Histogram::default();
        histogram.add((0..=25500).map(|i| i as f32 / 100.0));
        let choice = histogram.best_scale().expect("not all zero");
        assert!((choice.scale - 1.0).abs() < 0.02, "{choice:?}");
        assert!(choice.saturation < 0.02 && choice.sqnr > 50.0, "{choice:?}");
    }

    #[test]
    fn a_rare_outlier_is_clipped() {
        let mut histogram = Histogram::default();
        histogram.add((0..1_000_000).map(|i| (i % 1000) as f32 / 1000.0));
        histogram.add([4.0]);
        let choice = histogram.best_scale().expect("not all zero");
        assert!(choice.scale < 2.0 / 255.0, "{choice:?}");
    }

    #[test]
    fn zeros_have_no_scale() {
        let mut histogram = Histogram::default();
        histogram.add([0.0, -0.0, 1e-30]);
        assert_eq!(histogram.best_scale(), None);
    }

    /// Activations of a layer as they come: many zeros, a bulk, a long tail.
    fn activations(seed: u64) -> Vec<f32> {
        println!("seed {seed}");
        let mut rng = StdRng::seed_from_u64(seed);
        let (size, tail) = (rng.random_range(1e-3..1e3f32), rng.random_range(0.5..4.0f32));
        (0..rng.random_range(2000..6000))
            .map(|_| if rng.random_bool(0.4) { 0.0 } else { size * rng.random_range(0.0f32..1.0).powf(tail) })
            .collect()
    }

    fn histogram_of(values: &[f32]) -> Histogram {
        let mut histogram = Histogram::default();
        histogram.add(values.iter().copied());
        histogram
    }

    #[test]
    fn least_squared_error_equals_brute_force() {
        for seed in 0..40 {
            let values = activations(seed);
            let error = |scale: f64| -> f64 {
                values.iter().map(|&v| f64::from(v)).map(|v| (v - (v / scale).round().min(255.0) * scale).powi(2)).sum()
            };
            let choice = histogram_of(&values).best_scale().expect("not all zero");
            // every scale from far too small to far too large, four times as fine as the grid
            let largest = f64::from(values.iter().copied().fold(0.0, f32::max));
            let least = (-5 * 256..=64).map(|k| error(largest / 255.0 * (f64::from(k) / 256.0).exp2())).fold(f64::INFINITY, f64::min);
            let found = error(f64::from(choice.scale));
            assert!(found <= 1.1 * least, "scale {}: {found} against {least}", choice.scale);
            let signal: f64 = values.iter().map(|&v| f64::from(v).powi(2)).sum();
            assert!((choice.sqnr - decibel(signal, found)).abs() < 0.5, "{choice:?}: {}", decibel(signal, found));
        }
    }

    #[test]
    fn percentiles_and_the_largest_equal_sorting() {
        for seed in 100..140 {
            let mut values = activations(seed);
            let histogram = histogram_of(&values);
            values.sort_by(f32::total_cmp);
            let largest = histogram.scale_of_largest().expect("not all zero");
            assert_eq!(largest.saturation, 0.0);
            assert_eq!(histogram.scale_of_percentile(100.0), Some(largest));
            for percent in [60.0, 75.0, 90.0, 99.0, 99.9, 99.99, 100.0] {
                let rank = (values.len() as f64 * percent / 100.0).ceil() as usize;
                let exact = values[rank - 1].max(values.iter().copied().find(|&v| v > 0.0).expect("not all zero"));
                let scale = histogram.scale_of_percentile(percent).expect("not all zero").scale;
                // the upper bound of a bin that is 1/2048 wide
                assert!((1.0..=1.0 + 1.0 / 1024.0).contains(&(scale * 255.0 / exact)), "{percent}: {} for {exact}", scale * 255.0);
            }
        }
    }

    #[test]
    fn low_percentiles_of_sparse_activations_take_the_smallest_positive() {
        let histogram = histogram_of(&[0.0, 0.0, 0.0, 2.0, 8.0]);
        let scale = histogram.scale_of_percentile(10.0).expect("not all zero").scale;
        assert!((scale * 255.0 - 2.0).abs() < 0.01, "{scale}");
        assert_eq!(histogram_of(&[0.0]).scale_of_largest(), None);
        assert_eq!(Histogram::default().scale_of_percentile(50.0), None);
    }

    #[test]
    fn order_does_not_matter() {
        let values: Vec<f32> = (1..5000).map(|i| (i as f32 * 0.37).sin().abs() * 9.0).collect();
        let (mut whole, mut left, mut right) = (Histogram::default(), Histogram::default(), Histogram::default());
        whole.add(values.iter().copied());
        left.add(values[2000..].iter().copied());
        right.add(values[..2000].iter().copied());
        left.merge(&right);
        assert_eq!(whole.best_scale(), left.best_scale());
    }
}
