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

/// The 95 % interval of a mean whose standard error is `error`, by the normal distribution.
pub fn normal(mean: f64, error: f64) -> [f64; 2] {
    [mean - Z * error, mean + Z * error]
}

/// By how much one classifier's share of right answers lies above another's on the same `whole` images, and the 95 % interval of that, in percentage points:
/// `only_one` images only the one has right, `only_other` only the other. Of no images the interval is everything.
///
/// `d ± z sqrt((p + q - d²) / (n + 2))` with `p = (only_one + 1) / (n + 2)`, `q = (only_other + 1) / (n + 2)`, `d = p - q`. Source: Bonett and Price, Journal of
/// Educational and Behavioral Statistics 37 (2012), 479-488.
pub fn paired_points(only_one: usize, only_other: usize, whole: usize) -> (f64, [f64; 2]) {
    if whole == 0 {
        return (0.0, [-100.0, 100.0]);
    }
    let n = whole as f64 + 2.0;
    let (p, q) = ((only_one as f64 + 1.0) / n, (only_other as f64 + 1.0) / n);
    let half = Z * ((p + q - (p - q).powi(2)) / n).sqrt();
    let points = 100.0 * (only_one as f64 - only_other as f64) / whole as f64;
    (points, [p - q - half, p - q + half].map(|bound| (100.0 * bound).clamp(-100.0, 100.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

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
    #[test]
    fn paired_points_hold_their_95_percent() {
        // the interval of a difference that is drawn again and again holds it in about 95 of 100 cases
        let seed = 7;
        println!("seed {seed}");
        let mut rng = StdRng::seed_from_u64(seed);
        for (one, other, whole) in [(0.02, 0.01, 400), (0.1, 0.05, 80), (0.2, 0.2, 50)] {
            let trials = 2000;
            let holds = (0..trials).filter(|_| {
                let (mut only_one, mut only_other) = (0, 0);
                for _ in 0..whole {
                    let drawn: f64 = rng.random();
                    only_one += usize::from(drawn < one);
                    only_other += usize::from((one..one + other).contains(&drawn));
                }
                let (_, [low, high]) = paired_points(only_one, only_other, whole);
                (low..=high).contains(&(100.0 * (one - other)))
            });
            let share = holds.count() as f64 / f64::from(trials);
            assert!((0.93..0.99).contains(&share), "{one} {other} {whole}: {share}");
        }
        let ((points, [low, high]), (back, _)) = (paired_points(6, 2, 100), paired_points(2, 6, 100));
        assert!((points - 4.0).abs() < 1e-12 && (points + back).abs() < 1e-12 && low < points && points < high);
        assert_eq!(paired_points(0, 0, 0), (0.0, [-100.0, 100.0]));
    }
}
