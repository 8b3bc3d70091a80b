//! How times are spread.

use serde::Serialize;
use std::time::Duration;

/// Quantiles of a list of times, milliseconds; each is one of the times (nearest rank).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quantiles {
    /// Half of all times are at most this.
    pub p50: f64,
    /// Nine in ten.
    pub p90: f64,
    /// 99 in a hundred; of fewer times, the longest.
    pub p99: f64,
    /// The mean.
    pub mean: f64,
}

impl Quantiles {
    /// Of `times`; nothing of no times.
    pub fn of(times: &[Duration]) -> Option<Self> {
        let mut sorted: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1e3).collect();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        let rank = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100).saturating_sub(1).min(last)];
        Some(Self { p50: rank(50), p90: rank(90), p99: rank(99), mean: sorted.iter().sum::<f64>() / sorted.len() as f64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_the_nearest() {
        let times: Vec<Duration> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(Quantiles::of(&times), Some(Quantiles { p50: 50.0, p90: 90.0, p99: 99.0, mean: 50.5 }));
        let one = Quantiles::of(&[Duration::from_millis(3)]).expect("one time");
        assert_eq!((one.p50, one.p90, one.p99, one.mean), (3.0, 3.0, 3.0, 3.0));
        assert_eq!(Quantiles::of(&[]), None);
    }
}
