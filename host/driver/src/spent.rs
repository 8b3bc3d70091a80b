//! Where a board's time goes: times of both transfer threads, and the engine's own count of cycles.

use crate::statistics::Counters;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What was spent since the board was opened. Differences of two ([`Spent::since`]) are what a piece of work took.
///
/// Writing, reading and the engine's work overlap while several frames are under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Results that came.
    pub results: u64,
    /// Time in which the caller's thread turned frames into packets.
    pub packing: Duration,
    /// Time inside writes, programs among them. A write waits while the engine takes nothing.
    pub writing: Duration,
    /// Time inside reads. A read is asked for before its frame is written, so it waits for both the write and the engine.
    pub reading: Duration,
    /// The part of `reading` in which no write was under way. For a frame alone this is the engine's time and then that
    /// of the way back.
    pub reading_after_write: Duration,
    /// Cycles that the engine says each of `results` took, together.
    pub result_cycles: u64,
    /// Frames that were sent again after faults.
    pub resent: u64,
    /// Resets after faults.
    pub resets: u64,
    /// The engine's counters.
    pub engine: EngineCycles,
}

/// The engine's counters, summed beyond their 32 bits. All 0 of an engine that has no clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineCycles {
    /// Time over which the cycles were counted.
    pub elapsed: Duration,
    /// Clock cycles.
    pub cycles: u64,
    /// Cycles in which a pixel entered the array.
    pub busy: u64,
    /// Cycles spent waiting for a frame.
    pub stalled_on_input: u64,
    /// Cycles spent waiting for a result to be taken.
    pub stalled_on_output: u64,
    /// Cycles spent waiting for weights or table entries.
    pub stalled_on_weights: u64,
}

impl Spent {
    /// What was spent after `earlier`.
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            results: self.results - earlier.results,
            packing: self.packing - earlier.packing,
            writing: self.writing - earlier.writing,
            reading: self.reading - earlier.reading,
            reading_after_write: self.reading_after_write - earlier.reading_after_write,
            result_cycles: self.result_cycles - earlier.result_cycles,
            resent: self.resent - earlier.resent,
            resets: self.resets - earlier.resets,
            engine: self.engine.since(&earlier.engine),
        }
    }
}

impl std::ops::AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        self.results += other.results;
        self.packing += other.packing;
        self.writing += other.writing;
        self.reading += other.reading;
        self.reading_after_write += other.reading_after_write;
        self.result_cycles += other.result_cycles;
        self.resent += other.resent;
        self.resets += other.resets;
        self.engine += other.engine;
    }
}

impl EngineCycles {
    /// The engine's clock in hertz; nothing of an engine that counted nothing.
    pub fn clock(&self) -> Option<f64> {
        (self.cycles > 0 && !self.elapsed.is_zero()).then(|| self.cycles as f64 / self.elapsed.as_secs_f64())
    }

    fn since(&self, earlier: &Self) -> Self {
        Self {
            elapsed: self.elapsed - earlier.elapsed,
            cycles: self.cycles - earlier.cycles,
            busy: self.busy - earlier.busy,
            stalled_on_input: self.stalled_on_input - earlier.stalled_on_input,
            stalled_on_output: self.stalled_on_output - earlier.stalled_on_output,
            stalled_on_weights: self.stalled_on_weights - earlier.stalled_on_weights,
        }
    }
}

impl std::ops::AddAssign for EngineCycles {
    fn add_assign(&mut self, other: Self) {
        self.elapsed += other.elapsed;
        self.cycles += other.cycles;
        self.busy += other.busy;
        self.stalled_on_input += other.stalled_on_input;
        self.stalled_on_output += other.stalled_on_output;
        self.stalled_on_weights += other.stalled_on_weights;
    }
}

/// Sums the engine's 32-bit counters from look to look. Two looks must be less than 2^32 cycles apart (17 s at 250 MHz).
#[derive(Debug)]
pub(crate) struct EngineClock {
    last: Counters,
    at: Instant,
    total: EngineCycles,
}

impl EngineClock {
    /// Counts from `now`, as the counters stood at `at`.
    pub fn new(now: Counters, at: Instant) -> Self {
        Self { last: now, at, total: EngineCycles::default() }
    }

    /// A reset has cleared the counters at `at`: what they held since the last look is not known.
    pub fn cleared(&mut self, at: Instant) {
        (self.last, self.at) = (Counters::default(), at);
    }

    /// Takes the counters as they stand at `at`; the sums so far.
    pub fn look(&mut self, now: Counters, at: Instant) -> EngineCycles {
        if now.frames < self.last.frames {
            // somebody else has reset the engine
            self.last = Counters::default();
        }
        let gain = |now: u32, last: u32| u64::from(now.wrapping_sub(last));
        self.total += EngineCycles {
            elapsed: at.saturating_duration_since(self.at),
            cycles: gain(now.cycles, self.last.cycles),
            busy: gain(now.busy, self.last.busy),
            stalled_on_input: gain(now.stalled_on_input, self.last.stalled_on_input),
            stalled_on_output: gain(now.stalled_on_output, self.last.stalled_on_output),
            stalled_on_weights: gain(now.stalled_on_weights, self.last.stalled_on_weights),
        };
        (self.last, self.at) = (now, at);
        self.total
    }
}

/// What both transfer threads add up, in nanoseconds.
#[derive(Debug)]
pub(crate) struct TransferClock {
    epoch: Instant,
    writing: AtomicU64,
    reading: AtomicU64,
    reading_after_write: AtomicU64,
    /// When the latest write ended; [`UNDER_WAY`] while one is going on.
    written: AtomicU64,
}

/// A time that no read ends after.
const UNDER_WAY: u64 = u64::MAX;

impl Default for TransferClock {
    fn default() -> Self {
        let zero = || AtomicU64::new(0);
        Self { epoch: Instant::now(), writing: zero(), reading: zero(), reading_after_write: zero(), written: zero() }
    }
}

impl TransferClock {
    fn now(&self) -> u64 {
        // 584 years of nanoseconds
        self.epoch.elapsed().as_nanos() as u64
    }

    /// Runs `write`, in the writing thread.
    pub fn time_write<T>(&self, write: impl FnOnce() -> T) -> T {
        let begun = self.now();
        self.written.store(UNDER_WAY, Ordering::Release);
        let outcome = write();
        let ended = self.now();
        self.written.store(ended, Ordering::Release);
        self.writing.fetch_add(ended - begun, Ordering::Relaxed);
        outcome
    }

    /// Runs `read`, in the reading thread.
    pub fn time_read<T>(&self, read: impl FnOnce() -> T) -> T {
        let begun = self.now();
        let outcome = read();
        let ended = self.now();
        let alone_since = begun.max(self.written.load(Ordering::Acquire));
        self.reading.fetch_add(ended - begun, Ordering::Relaxed);
        self.reading_after_write.fetch_add(ended.saturating_sub(alone_since), Ordering::Relaxed);
        outcome
    }

    /// Adds the times so far to `spent`.
    pub fn add_to(&self, spent: &mut Spent) {
        let time = |clock: &AtomicU64| Duration::from_nanos(clock.load(Ordering::Relaxed));
        spent.writing += time(&self.writing);
        spent.reading += time(&self.reading);
        spent.reading_after_write += time(&self.reading_after_write);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(frames: u32, cycles: u32, stalled_on_input: u32) -> Counters {
        Counters { frames, cycles, stalled_on_input, ..Counters::default() }
    }

    #[test]
    fn counters_are_summed_past_their_ends_and_through_resets() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut clock = EngineClock::new(counters(7, u32::MAX - 9, u32::MAX), start);
        let total = clock.look(counters(8, 90, 4), after(1));
        assert_eq!((total.cycles, total.stalled_on_input, total.elapsed), (100, 5, Duration::from_secs(1)));
        assert_eq!(total.clock(), Some(100.0));
        // our own reset: the counters begin at 0, though they are ahead of the last look
        clock.cleared(after(1));
        assert_eq!(clock.look(counters(9, 1000, 4), after(2)).cycles, 1100);
        // somebody else's shows in the number of frames
        let total = clock.look(counters(1, 50, 1), after(4));
        assert_eq!((total.cycles, total.stalled_on_input, total.elapsed), (1150, 10, Duration::from_secs(4)));
        assert_eq!(EngineClock::new(counters(0, 0, 0), start).look(counters(3, 0, 0), after(1)).clock(), None, "an engine without a clock");
    }

    #[test]
    fn a_read_counts_apart_what_comes_after_the_write() {
        let clock = TransferClock::default();
        let nap = Duration::from_millis(20);
        std::thread::scope(|scope| {
            let (begin, begun) = std::sync::mpsc::channel();
            let (end, ended) = std::sync::mpsc::channel::<()>();
            let clock = &clock;
            scope.spawn(move || {
                clock.time_read(|| {
                    begin.send(()).expect("the writer waits");
                    ended.recv().expect("the write ends");
                    std::thread::sleep(nap);
                })
            });
            begun.recv().expect("the reader begins");
            clock.time_write(|| std::thread::sleep(nap));
            end.send(()).expect("the reader waits");
        });
        let mut spent = Spent::default();
        clock.add_to(&mut spent);
        assert!(spent.writing >= nap && spent.reading_after_write >= nap);
        assert!(spent.reading >= spent.reading_after_write + nap, "{spent:?}");
        // a read that ends while a write is going on saw none of its own time
        clock.time_write(|| clock.time_read(|| std::thread::sleep(nap)));
        let mut later = Spent::default();
        clock.add_to(&mut later);
        let gain = later.since(&spent);
        assert!(gain.reading >= nap && gain.reading_after_write.is_zero(), "{gain:?}");
    }
}
