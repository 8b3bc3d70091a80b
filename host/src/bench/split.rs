//! Where a frame's time goes on a board: packing, writing, the engine, reading back.

use ember::device::Spent;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// Mean times of frames that were alone on the board, milliseconds. They follow each other, so they add up to the latency.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OneFrame {
    /// From HWC bytes to the engine's packet, on this computer.
    pub pack: f64,
    /// Inside `pwrite`.
    pub write: f64,
    /// The cycles of its result at the engine's clock. Nothing of an engine without a clock; `read` then includes it.
    pub engine: Option<f64>,
    /// From the end of the write to the end of the read, without the engine's time: the way back and waking up.
    pub read: f64,
    /// The rest: from thread to thread.
    pub hand_over: f64,
    /// Of the engine's clock, megahertz: its cycles over the time in which it counted them.
    pub clock_mhz: Option<f64>,
    /// A frame's, as its result says.
    pub cycles: Option<f64>,
}

/// With several frames under way: shares of the time, percent. They overlap, so they do not add up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct InBatches {
    /// A frame was being packed on this computer.
    pub pack: f64,
    /// A write was under way; it waits while the engine takes nothing.
    pub write: f64,
    /// The engine had a frame: it waited neither for one nor for its result to be taken.
    pub engine: Option<f64>,
    /// A read was under way; it waits for the engine.
    pub read: f64,
    /// A pixel entered the array, percent of the cycles; so are the rows below.
    pub array_busy: Option<f64>,
    /// The engine waited for a frame.
    pub stalled_on_input: Option<f64>,
    /// The engine waited for a result to be taken.
    pub stalled_on_output: Option<f64>,
    /// The engine waited for weights or table entries.
    pub stalled_on_weights: Option<f64>,
}

/// Both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Split {
    pub one_frame: OneFrame,
    pub in_batches: InBatches,
}

impl OneFrame {
    /// Of `spent` on frames one at a time, which took `latency` each (mean). Nothing without a result.
    pub fn of(spent: &Spent, latency: Duration) -> Option<Self> {
        let results = spent.results as f64;
        if spent.results == 0 {
            return None;
        }
        let each = |time: Duration| time.as_secs_f64() * 1e3 / results;
        let clock = spent.engine.clock();
        let cycles = clock.map(|_| spent.result_cycles as f64 / results);
        let engine = clock.zip(cycles).map(|(clock, cycles)| cycles / clock * 1e3);
        let (pack, write) = (each(spent.packing), each(spent.writing));
        // the engine begins when it has the frame, which may be a little before the write returns
        let read = (each(spent.reading_after_write) - engine.unwrap_or(0.0)).max(0.0);
        let hand_over = (latency.as_secs_f64() * 1e3 - pack - write - engine.unwrap_or(0.0) - read).max(0.0);
        Some(Self { pack, write, engine, read, hand_over, clock_mhz: clock.map(|hertz| hertz / 1e6), cycles })
    }
}

impl InBatches {
    /// Of `spent` in `elapsed`.
    pub fn of(spent: &Spent, elapsed: Duration) -> Self {
        let share = |time: Duration| 100.0 * time.as_secs_f64() / elapsed.as_secs_f64().max(1e-9);
        let engine = spent.engine;
        let cycles = |count: u64| (engine.cycles > 0).then(|| 100.0 * count as f64 / engine.cycles as f64);
        Self {
            pack: share(spent.packing),
            write: share(spent.writing),
            engine: cycles(engine.cycles.saturating_sub(engine.stalled_on_input + engine.stalled_on_output)),
            read: share(spent.reading),
            array_busy: cycles(engine.busy),
            stalled_on_input: cycles(engine.stalled_on_input),
            stalled_on_output: cycles(engine.stalled_on_output),
            stalled_on_weights: cycles(engine.stalled_on_weights),
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { one_frame: one, in_batches: all } = self;
        writeln!(f, "{:22} {:>9} {:>20}", "where the time goes", "alone, ms", "in batches, % of time")?;
        let engine = one.engine.map_or("no clock".into(), |engine| format!("{engine:.3}"));
        let rows = [
            ("  pack", format!("{:.3}", one.pack), Some(all.pack)),
            ("  write", format!("{:.3}", one.write), Some(all.write)),
            ("  engine", engine, all.engine),
            ("  read", format!("{:.3}", one.read), Some(all.read)),
            ("  from thread to thread", format!("{:.3}", one.hand_over), None),
        ];
        for (what, alone, share) in rows {
            let share = share.map_or(String::new(), |share| format!("{share:20.1}"));
            writeln!(f, "{}", format!("{what:23} {alone:>8} {share}").trim_end())?;
        }
        if let (Some(cycles), Some(clock)) = (one.cycles, one.clock_mhz) {
            writeln!(f, "{:22} {cycles:>9.0} cycles a frame at {clock:.3} MHz", "  engine's clock")?;
        }
        if let (Some(busy), Some(input), Some(output), Some(weights)) =
            (all.array_busy, all.stalled_on_input, all.stalled_on_output, all.stalled_on_weights)
        {
            writeln!(
                f,
                "{:22} {busy:>9.1} % of the cycles; stalled on input {input:.1}, output {output:.1}, weights {weights:.1} %",
                "  array busy"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use driver::EngineCycles;

    fn spent() -> Spent {
        let ms = Duration::from_millis;
        let engine = EngineCycles {
            elapsed: ms(100),
            cycles: 25_000_000,
            busy: 20_000_000,
            stalled_on_input: 5_000_000,
            stalled_on_output: 2_500_000,
            stalled_on_weights: 250_000,
        };
        let (packing, writing, reading, reading_after_write) = (ms(10), ms(20), ms(90), ms(60));
        Spent { results: 10, packing, writing, reading, reading_after_write, result_cycles: 12_500_000, engine, ..Spent::default() }
    }

    #[test]
    fn steps_of_a_frame_alone_add_up_to_its_latency() {
        let one = OneFrame::of(&spent(), Duration::from_millis(10)).expect("results");
        // 1,250,000 cycles at 250 MHz are 5 ms of the 6 ms after the write
        let expected =
            OneFrame { pack: 1.0, write: 2.0, engine: Some(5.0), read: 1.0, hand_over: 1.0, clock_mhz: Some(250.0), cycles: Some(1.25e6) };
        assert_eq!(one, expected);
        let still = Spent { engine: EngineCycles::default(), ..spent() };
        let one = OneFrame::of(&still, Duration::from_millis(10)).expect("results");
        assert_eq!((one.engine, one.read, one.hand_over), (None, 6.0, 1.0));
        assert_eq!(OneFrame::of(&Spent::default(), Duration::ZERO), None);
    }

    #[test]
    fn shares_in_batches_are_of_time_and_of_cycles() {
        let all = InBatches::of(&spent(), Duration::from_millis(100));
        assert_eq!((all.pack, all.write, all.read), (10.0, 20.0, 90.0));
        assert_eq!((all.engine, all.array_busy, all.stalled_on_weights), (Some(70.0), Some(80.0), Some(1.0)));
        let still = InBatches::of(&Spent { engine: EngineCycles::default(), ..spent() }, Duration::from_millis(100));
        assert_eq!((still.engine, still.array_busy), (None, None));
    }
}
