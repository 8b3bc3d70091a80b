//! How sure a measured share is, and whether two classifiers differ by more than chance.

/// Standard normal quantile of 0.975: two-sided 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % Wilson score interval of a share: `part` of `whole` trials succeeded. Both bounds are shares,
/// 0 to 1; of no trials the interval is everything.
///
/// `(p + z²/2n ± z sqrt(p (1 - p) / n + z²/4n²)) / (1 + z²/n)` with `p = part / whole`, `n = whole`.
/// Unlike `p ± z sqrt(p (1 - p) / n)` it stays within 0 to 1 and holds its 95 % near both ends.
/// Source: Wilson, Journal of the American Statistical Association 22 (1927), 209-212; compared with others
/// by Newcombe, Statistics in Medicine 17 (1998), 857-872, method 3.
pub fn wilson(part: usize, whole: usize) -> [f64; 2] {
    if whole == 0 {
        return [0.0, 1.0];
    }
    let n = whole as f64;
    let p = part.min(whole) as f64 / n;
    let z2 = Z * Z / n;
    let centre = p + z2 / 2.0;
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n)).sqrt();
    // the exact bounds of "none" and "all"; rounding would miss them by a last bit
    let low = if part == 0 { 0.0 } else { (centre - half) / (1.0 + z2) };
    let high = if part >= whole { 1.0 } else { (centre + half) / (1.0 + z2) };
    [low, high]
}

/// [`wilson`] in percent.
pub fn wilson_percent(part: usize, whole: usize) -> [f64; 2] {
    wilson(part, whole).map(|share| 100.0 * share)
}

/// Two-sided p-value of McNemar's exact test: of the images that exactly one of two classifiers got right,
/// `first` were the one's and `second` the other's. It is the probability of a split at least so uneven when
/// both are equally good: `min(1, 2 P(X <= min(first, second)))` with X binomial of `first + second` and 1/2.
///
/// Source: McNemar, Psychometrika 12 (1947), 153-157, in its exact form (Agresti, Categorical Data Analysis,
/// section 10.1).
pub fn mcnemar(first: usize, second: usize) -> f64 {
    let trials = first + second;
    // logarithms: 2^-trials is no number beyond a thousand trials
    let mut term = -(trials as f64) * std::f64::consts::LN_2;
    let mut tail = 0.0;
    for k in 0..=first.min(second) {
        tail += term.exp();
        term += ((trials - k) as f64 / (k + 1) as f64).ln();
    }
    (2.0 * tail).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_equals_the_published_intervals() {
        // Newcombe 1998, table I, method 3
        for (part, whole, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let found = wilson(part, whole);
            assert!((found[0] - low).abs() < 5e-5 && (found[1] - high).abs() < 5e-5, "{part} of {whole}: {found:?}");
        }
    }

    #[test]
    fn wilson_solves_its_defining_equation() {
        // the bounds are the shares p0 for which (p - p0)^2 = z^2 p0 (1 - p0) / n
        for (part, whole) in [(1, 2), (3, 7), (790, 1150), (1149, 1150), (123_456, 1_000_000)] {
            let (p, n) = (part as f64 / whole as f64, whole as f64);
            for bound in wilson(part, whole) {
                let (left, right) = ((p - bound).powi(2), Z * Z * bound * (1.0 - bound) / n);
                assert!((left - right).abs() <= 1e-9 * right, "{part} of {whole}: {bound}");
            }
        }
    }

    #[test]
    fn wilson_has_exact_ends_and_mirrors() {
        assert_eq!(wilson(0, 0), [0.0, 1.0]);
        assert_eq!((wilson(0, 9)[0], wilson(9, 9)[1]), (0.0, 1.0));
        for (part, whole) in [(0, 9), (2, 9), (500, 1150)] {
            let ([low, high], [other_low, other_high]) = (wilson(part, whole), wilson(whole - part, whole));
            assert!((low + other_high - 1.0).abs() < 1e-12 && (high + other_low - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn mcnemar_equals_binomial_sums() {
        assert_eq!(mcnemar(0, 0), 1.0);
        assert_eq!(mcnemar(4, 4), 1.0);
        // 2 (1 + 10 + 45 + 120) / 1024, and 2 / 32
        assert!((mcnemar(3, 7) - 0.343_75).abs() < 1e-12 && (mcnemar(5, 0) - 0.0625).abs() < 1e-12);
        assert_eq!(mcnemar(3, 7), mcnemar(7, 3));
        // beyond the range of 2^-n as a plain number, near the normal approximation: z = 100 / sqrt(5000), p = 0.157
        assert!((mcnemar(2450, 2550) - 0.161).abs() < 0.002, "{}", mcnemar(2450, 2550));
    }
}
