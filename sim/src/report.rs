//! What a run found, as text for people and as JSON for programs.

use crate::compare::{Mismatch, KEPT};
use net::classify::Prediction;
use serde::Serialize;
use std::fmt;

/// One layer's line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerReport {
    /// The layer.
    pub name: String,
    /// Cycles measured, from its start to the next layer's.
    pub cycles: u64,
    /// Cycles without any bubble.
    pub ideal_cycles: u64,
    /// Multiply-accumulates done, over those that the array could have done in `cycles`.
    pub utilisation: f64,
    /// Bytes of its output held against the reference.
    pub bytes_compared: u64,
    /// Bytes that differ.
    pub mismatches: u64,
}

/// Everything that the command prints.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Layout and input size.
    pub network: String,
    /// Array columns.
    pub columns: usize,
    /// Frames run back to back for the timing.
    pub frames: usize,
    /// Steady-state interval between results; of a single frame, from its first layer to its result.
    pub cycles_per_frame: f64,
    /// Sum of the layers' ideal cycles.
    pub ideal_cycles_per_frame: u64,
    /// What the compiler predicts of `cycles_per_frame` (`net::compiler::Program::cycles`).
    pub predicted_cycles_per_frame: u64,
    /// Of the whole array, over `cycles_per_frame`.
    pub utilisation: f64,
    /// Clock that `frames_per_second` is for.
    pub clock_mhz: f64,
    /// At that clock.
    pub frames_per_second: f64,
    /// Speed of the simulation over the timed frames.
    pub simulated_cycles_per_second: f64,
    /// The same in multiply-accumulates of the network.
    pub mac_per_second: f64,
    /// The likeliest classes.
    pub top5: Vec<Prediction>,
    /// In the order in which they run.
    pub layers: Vec<LayerReport>,
    /// Sums of all results held against the reference.
    pub sums_compared: u64,
    /// Sums that differ.
    pub sum_mismatches: u64,
    /// Layers whose signature register does not have the expected value after the timed frames.
    pub signature_mismatches: Vec<String>,
    /// Trace packets that are not where they should be.
    pub trace_problems: Vec<String>,
    /// The first bytes that differ.
    pub first_mismatches: Vec<Mismatch>,
}

impl Report {
    /// Whether the engine equals the reference everywhere.
    pub fn identical(&self) -> bool {
        let nothing_else = self.sum_mismatches == 0 && self.signature_mismatches.is_empty() && self.trace_problems.is_empty();
        nothing_else && self.layers.iter().all(|layer| layer.mismatches == 0)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (prediction, place) in self.top5.iter().zip(1..) {
            writeln!(f, "{place}. {:<40} {:6.2} %", prediction.name, 100.0 * prediction.probability)?;
        }
        writeln!(f)?;
        self.table(f)?;
        writeln!(f)?;
        self.totals(f)?;
        self.verdict(f)
    }
}

impl Report {
    fn table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<14} {:>9} {:>9} {:>11} {:>14} {:>10}", "layer", "cycles", "ideal", "utilisation", "bytes compared", "mismatches")?;
        for l in &self.layers {
            let (cycles, ideal, percent) = (l.cycles, l.ideal_cycles, 100.0 * l.utilisation);
            writeln!(f, "{:<14} {cycles:>9} {ideal:>9} {percent:>9.1} % {:>14} {:>10}", l.name, l.bytes_compared, l.mismatches)?;
        }
        let sum = |value: fn(&LayerReport) -> u64| self.layers.iter().map(value).sum::<u64>();
        let (cycles, ideal) = (sum(|l| l.cycles), self.ideal_cycles_per_frame);
        let (bytes, mismatches) = (sum(|l| l.bytes_compared), sum(|l| l.mismatches));
        let percent = if cycles == 0 { 0.0 } else { 100.0 * self.utilisation * self.cycles_per_frame / cycles as f64 };
        writeln!(f, "{:<14} {cycles:>9} {ideal:>9} {percent:>9.1} % {bytes:>14} {mismatches:>10}", "all layers")
    }

    fn totals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.frames {
            1 => "one frame alone".to_string(),
            n => format!("steady state over {n} frames back to back"),
        };
        let over = 100.0 * (self.cycles_per_frame / self.ideal_cycles_per_frame as f64 - 1.0);
        writeln!(
            f,
            "cycles a frame      {:.0} ({how}; predicted {}; {over:.1} % over the ideal {})",
            self.cycles_per_frame, self.predicted_cycles_per_frame, self.ideal_cycles_per_frame
        )?;
        writeln!(f, "array utilisation   {:.1} % of {} MAC a cycle", 100.0 * self.utilisation, 160 * self.columns)?;
        writeln!(f, "frames a second     {:.0} at {} MHz", self.frames_per_second, self.clock_mhz)?;
        writeln!(f, "simulation speed    {:.0} cycles/s, {:.2} GMAC/s", self.simulated_cycles_per_second, self.mac_per_second / 1e9)
    }

    fn verdict(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: u64 = self.layers.iter().map(|l| l.bytes_compared).sum();
        if self.identical() {
            return writeln!(
                f,
                "identical           every one of {bytes} bytes in {} layers, {} sums of results",
                self.layers.len(),
                self.sums_compared
            );
        }
        let mismatches: u64 = self.layers.iter().map(|l| l.mismatches).sum();
        writeln!(
            f,
            "NOT IDENTICAL       {mismatches} of {bytes} bytes and {} of {} sums of results differ",
            self.sum_mismatches, self.sums_compared
        )?;
        for mismatch in &self.first_mismatches {
            writeln!(f, "  {mismatch}")?;
        }
        let unlisted = mismatches.saturating_sub(self.first_mismatches.len() as u64);
        if unlisted > 0 {
            writeln!(f, "  and {unlisted} more")?;
        }
        for layer in &self.signature_mismatches {
            writeln!(f, "  {layer}: its signature after the timed frames is not that of the expected bytes")?;
        }
        for problem in self.trace_problems.iter().take(KEPT) {
            writeln!(f, "  {problem}")?;
        }
        let unlisted = self.trace_problems.len().saturating_sub(KEPT);
        if unlisted > 0 {
            writeln!(f, "  and {unlisted} more trace packets out of place")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let layer = |name: &str, mismatches| LayerReport {
            name: name.into(),
            cycles: 1100,
            ideal_cycles: 1000,
            utilisation: 0.5,
            bytes_compared: 64,
            mismatches,
        };
        Report {
            network: "v1.1".into(),
            columns: 16,
            frames: 2,
            cycles_per_frame: 2200.0,
            ideal_cycles_per_frame: 2000,
            predicted_cycles_per_frame: 2200,
            utilisation: 0.5,
            clock_mhz: 250.0,
            frames_per_second: 113_636.0,
            simulated_cycles_per_second: 1e5,
            mac_per_second: 1.28e8,
            top5: vec![Prediction { class: 967, name: "espresso".into(), probability: 0.75 }],
            layers: vec![layer("conv1", 0), layer("conv10", 0)],
            sums_compared: 30,
            sum_mismatches: 0,
            signature_mismatches: vec![],
            trace_problems: vec![],
            first_mismatches: vec![],
        }
    }

    #[test]
    fn an_identical_run_says_so() {
        let text = report().to_string();
        assert!(report().identical());
        for part in [
            "1. espresso",
            "75.00 %",
            "all layers          2200      2000      50.0 %",
            "predicted 2200; 10.0 % over the ideal 2000",
            "identical ",
        ] {
            assert!(text.contains(part), "{part:?} is missing in\n{text}");
        }
    }

    #[test]
    fn any_difference_is_told() {
        let mut wrong = report();
        wrong.layers[1].mismatches = 12;
        let (layer, expected, got) = ("conv10".into(), 7, 8);
        wrong.first_mismatches = vec![Mismatch { layer, channel: 1, row: 2, column: 3, expected, got }];
        let text = wrong.to_string();
        for part in ["12 of 128 bytes", "conv10: channel 1, row 2, column 3: expected 7, got 8", "and 11 more"] {
            assert!(text.contains(part), "{part:?} is missing in\n{text}");
        }
        let changes: [fn(&mut Report); 4] = [
            |r| r.layers[0].mismatches = 1,
            |r| r.sum_mismatches = 1,
            |r| r.signature_mismatches.push("conv1".into()),
            |r| r.trace_problems.push("a packet".into()),
        ];
        for change in changes {
            let mut wrong = report();
            change(&mut wrong);
            assert!(!wrong.identical() && wrong.to_string().contains("NOT IDENTICAL"));
        }
    }
}
