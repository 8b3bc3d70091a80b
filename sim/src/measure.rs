//! One measurement: a traced frame held against the reference, then frames back to back for the timing.

use crate::compare::{compare, Comparison, KEPT};
use crate::program::{Program, ProgramLayer};
use crate::report::{LayerReport, Report};
use crate::session::{self, FrameResult, LayerStatistics, Session, TracedFrame};
use ndarray::ArrayView3;
use net::reference::Trace;
use std::time::{Duration, Instant};

/// Mismatches that a report lists one by one.
const LISTED: usize = 3 * KEPT;

/// What to measure.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// The image, HWC, red green blue; every frame has it.
    pub image: ArrayView3<'a, u8>,
    /// What the network makes of it.
    pub expected: &'a Trace,
    /// Frames to run back to back.
    pub frames: usize,
}

/// What is going on, for whoever shows progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A frame whose layers are all sent out and compared.
    Traced,
    /// This many frames back to back.
    Timed(usize),
}

/// Everything observed in one measurement.
#[derive(Clone, Debug)]
pub struct Measurement {
    layers: Vec<ProgramLayer>,
    macs_per_cycle: u64,
    comparisons: Vec<Comparison>,
    statistics: Vec<LayerStatistics>,
    signature_mismatches: Vec<String>,
    trace_problems: Vec<String>,
    results: Vec<FrameResult>,
    sums_compared: u64,
    sum_mismatches: u64,
    simulated: u64,
    elapsed: Duration,
}

impl Measurement {
    /// Runs the traced frame and the timed ones.
    ///
    /// # Errors
    /// The simulation fails; wrong bytes are no error but a finding.
    pub fn take<P: Program>(
        session: &mut Session<P>,
        program: &P,
        plan: Plan,
        progress: &mut dyn FnMut(Step),
    ) -> Result<Self, session::Error> {
        let layers = program.layers();
        progress(Step::Traced);
        let traced = session.run_traced(plan.image)?;
        let traced_statistics = session.statistics()?;
        let comparisons = compare_layers(program, &layers, &traced, plan.expected);

        progress(Step::Timed(plan.frames));
        let (start, first_cycle) = (Instant::now(), session.engine().cycle());
        let results = session.run(&vec![plan.image; plan.frames])?;
        let (elapsed, simulated) = (start.elapsed(), session.engine().cycle() - first_cycle);
        let statistics = session.statistics()?;

        let differs = |i: &usize| {
            let right = program.signature(*i, plan.expected.layers[*i].output().view());
            let found = statistics[*i].signature;
            found != traced_statistics[*i].signature || right.is_some_and(|right| found != right)
        };
        let signature_mismatches = (0..layers.len()).filter(differs).map(|i| layers[i].name.clone()).collect();
        let all_sums = || results.iter().chain([&traced.result]).flat_map(|result| result.sums.iter().zip(&plan.expected.sums));
        let sums_compared = all_sums().count() as u64;
        let sum_mismatches = all_sums().filter(|(got, expected)| got != expected).count() as u64;
        let macs_per_cycle = program.macs_per_cycle();
        Ok(Self {
            layers,
            macs_per_cycle,
            comparisons,
            statistics,
            signature_mismatches,
            trace_problems: traced.problems,
            results,
            sums_compared,
            sum_mismatches,
            simulated,
            elapsed,
        })
    }

    /// Cycles between results in steady state; of a single frame, from its first layer to its result.
    pub fn cycles_per_frame(&self) -> f64 {
        match self.results.as_slice() {
            [] => 0.0,
            [only] => f64::from(only.cycles),
            [first, .., last] => (last.received_in - first.received_in) as f64 / (self.results.len() - 1) as f64,
        }
    }

    /// The sums of the latest frame.
    pub fn sums(&self) -> &[u32] {
        self.results.last().map_or(&[], |result| &result.sums)
    }

    /// The figures that people and programs read. `predicted` are the compiler's cycles of a frame: of one alone, else of one among many.
    pub fn report(&self, network: String, columns: usize, clock_mhz: f64, top5: Vec<net::classify::Prediction>, predicted: u64) -> Report {
        let utilisation = |macs: u64, cycles: f64| if cycles > 0.0 { macs as f64 / (cycles * self.macs_per_cycle as f64) } else { 0.0 };
        let macs: u64 = self.layers.iter().map(|layer| layer.macs).sum();
        let cycles_per_frame = self.cycles_per_frame();
        let seconds = self.elapsed.as_secs_f64();
        let layers = self.layers.iter().zip(&self.comparisons).zip(&self.statistics);
        Report {
            network,
            columns,
            frames: self.results.len(),
            cycles_per_frame,
            ideal_cycles_per_frame: self.layers.iter().map(|layer| layer.ideal_cycles).sum(),
            predicted_cycles_per_frame: predicted,
            utilisation: utilisation(macs, cycles_per_frame),
            clock_mhz,
            frames_per_second: if cycles_per_frame > 0.0 { clock_mhz * 1e6 / cycles_per_frame } else { 0.0 },
            simulated_cycles_per_second: self.simulated as f64 / seconds,
            mac_per_second: macs as f64 * self.results.len() as f64 / seconds,
            top5,
            layers: layers
                .map(|((layer, comparison), statistics)| LayerReport {
                    name: layer.name.clone(),
                    cycles: statistics.cycles.into(),
                    ideal_cycles: layer.ideal_cycles,
                    utilisation: utilisation(layer.macs, statistics.cycles.into()),
                    bytes_compared: comparison.bytes,
                    mismatches: comparison.mismatches,
                })
                .collect(),
            sums_compared: self.sums_compared,
            sum_mismatches: self.sum_mismatches,
            signature_mismatches: self.signature_mismatches.clone(),
            trace_problems: self.trace_problems.clone(),
            first_mismatches: self.comparisons.iter().flat_map(|c| c.first.iter().cloned()).take(LISTED).collect(),
        }
    }
}

/// Every traced layer against the reference; a layer that cannot be traced compares nothing here, its
/// sums stand for it.
fn compare_layers<P: Program>(program: &P, layers: &[ProgramLayer], traced: &TracedFrame, expected: &Trace) -> Vec<Comparison> {
    let layer = |(i, layer): (usize, &ProgramLayer)| {
        if !layer.traced {
            return Comparison::default();
        }
        let got = traced.rows.get(&i).and_then(|rows| program.tensor(i, rows));
        compare(&layer.name, expected.layers[i].output().view(), got.as_ref().map(|tensor| tensor.view()))
    };
    layers.iter().enumerate().map(layer).collect()
}
