//! Histograms of activations, and the scale that quantises them with the least squared error.

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
