//! The requantisation constants of a ratio, one rule for quantiser, importer and compressed model file.

use crate::model::MAX_SHIFT;

/// `ratio` (of an accumulator step to an output step) as `multiplier / 2^shift`: 16 significant bits wherever a shift of 1
/// to [`MAX_SHIFT`] allows it, halves rounded up. `(0, MAX_SHIFT)` for what is no positive number. In whole numbers
/// only, so that every machine finds the same.
pub fn fixed_point(ratio: f64) -> (u16, u8) {
    if !(ratio.is_normal() && ratio > 0.0) {
        return (0, MAX_SHIFT);
    }
    let exponent = (ratio.to_bits() >> 52 & 0x7ff) as i32 - 1023;
    let mantissa = ratio.to_bits() & ((1 << 52) - 1) | 1 << 52;
    let shift = (15 - exponent).clamp(1, i32::from(MAX_SHIFT));
    // ratio * 2^shift = mantissa * 2^(exponent - 52 + shift)
    let right = 52 - exponent - shift;
    let multiplier = match right {
        ..=0 => u64::MAX,
        1..=63 => (mantissa + (1 << (right - 1))) >> right,
        _ => 0,
    };
    if multiplier > 65535 && shift > 1 {
        // the mantissa rounded up to the next power of two
        return (multiplier.div_ceil(2).min(65535) as u16, shift as u8 - 1);
    }
    (multiplier.min(65535) as u16, shift as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rule in floats, rounding the exact product.
    fn in_floats(ratio: f64) -> (u16, u8) {
        let shift = (15.0 - ratio.log2().floor()).clamp(1.0, f64::from(MAX_SHIFT)) as u8;
        let multiplier = (ratio * f64::from(shift).exp2()).round();
        if multiplier > 65535.0 && shift > 1 {
            return ((multiplier / 2.0).round().min(65535.0) as u16, shift - 1);
        }
        (multiplier.min(65535.0) as u16, shift)
    }

    #[test]
    fn multipliers_use_all_sixteen_bits() {
        for ratio in [1e-9, 1e-4, 0.0123, 0.5, 0.999_999_9, 1.0, 3.7, 1000.0] {
            let (multiplier, shift) = fixed_point(ratio);
            assert!(multiplier >= 1 << 15 && (1..=MAX_SHIFT).contains(&shift), "{ratio}: {multiplier} >> {shift}");
            let real = f64::from(multiplier) / f64::from(shift).exp2();
            assert!((real / ratio - 1.0).abs() < 1.0 / 65535.0, "{ratio}: {real}");
        }
    }

    #[test]
    fn ratios_out_of_range_become_the_nearest() {
        assert_eq!(fixed_point(1e-30), (0, MAX_SHIFT));
        assert_eq!(fixed_point(1e9), (65535, 1));
        for none in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(fixed_point(none), (0, MAX_SHIFT), "{none}");
        }
    }

    #[test]
    fn whole_numbers_and_floats_round_alike() {
        for step in -3600..800 {
            let ratio = f64::exp2(f64::from(step) / 64.0) * 1.01;
            assert_eq!(fixed_point(ratio), in_floats(ratio), "{ratio}");
        }
    }
}
