//! How a board is driven.

use std::time::Duration;
use xdma::Timeouts;

/// What the host waits beyond the driver's own timeouts.
const BEYOND: Duration = Duration::from_secs(5);

/// How a board is driven.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bytes of a write, about: as many whole frames as fit, at least one. 1 to 4 MiB serve best.
    pub batch_bytes: usize,
    /// A board on which no transfer ends for so long is given up, or for [`Options::timeouts`] and five seconds where
    /// those are longer: a transfer cannot be called off before.
    pub patience: Duration,
    /// When the kernel's driver gives a transfer up, where it is known: `xdma::Sysfs::driver` tells.
    pub timeouts: Option<Timeouts>,
    /// Time without the end of a transfer after which a warning says what is waited for.
    pub notice: Duration,
    /// A frame is given up when it was lost so often.
    pub losses: u32,
    /// The board is given up after so many resets without a result between them.
    pub resets: u32,
}

impl Default for Options {
    fn default() -> Self {
        let (patience, notice) = (Duration::from_secs(180), Duration::from_secs(3));
        Self { batch_bytes: 1 << 20, patience, timeouts: None, notice, losses: 6, resets: 5 }
    }
}

impl Options {
    /// After this time without the end of a transfer the board is given up.
    pub(crate) fn limit(&self) -> Duration {
        let longest = self.timeouts.and_then(|timeouts| timeouts.longest());
        longest.map_or(self.patience, |longest| self.patience.max(longest + BEYOND))
    }

    /// What a wait is bounded by, in words.
    pub(crate) fn bound(&self) -> String {
        match self.timeouts {
            None => "waiting for the driver's timeout (10 s unless its module parameters say otherwise)".into(),
            Some(timeouts) => match timeouts.longest() {
                Some(longest) => format!("waiting for the driver's timeout ({} s)", longest.as_secs()),
                None => format!("the driver's timeouts are switched off, waiting {} s", self.limit().as_secs()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_outlasts_the_drivers_timeouts() {
        let seconds = Duration::from_secs;
        let with = |timeouts| Options { patience: seconds(180), timeouts, ..Options::default() };
        assert_eq!(with(None).limit(), seconds(180));
        let short = with(Some(Timeouts { h2c: Some(seconds(10)), c2h: Some(seconds(10)) }));
        assert_eq!((short.limit(), short.bound().contains("(10 s)")), (seconds(180), true));
        let long = with(Some(Timeouts { h2c: Some(seconds(10)), c2h: Some(seconds(300)) }));
        assert_eq!((long.limit(), long.bound().contains("(300 s)")), (seconds(305), true));
        let unlimited = with(Some(Timeouts { h2c: None, c2h: Some(seconds(300)) }));
        assert_eq!((unlimited.limit(), unlimited.bound().contains("switched off")), (seconds(180), true));
    }
}
