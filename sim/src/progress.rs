//! Says on standard error what takes time: a spinner on a terminal, a line a step elsewhere.

use indicatif::{ProgressBar, ProgressStyle};
use sim::verilator::Stage;
use std::io::IsTerminal;
use std::time::Duration;

/// Progress of one run.
pub struct Progress {
    spinner: Option<ProgressBar>,
}

impl Progress {
    /// Starts with nothing to say.
    pub fn new() -> Self {
        let spinner = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Self { spinner }
    }

    /// A new step.
    pub fn step(&self, text: impl Into<String>) {
        match &self.spinner {
            Some(bar) => bar.set_message(text.into()),
            None => stdio::say(text.into()),
        }
    }

    /// A step of a Verilator build.
    pub fn stage(&self, stage: Stage) {
        match stage {
            Stage::Waiting => self.step("waiting for another process that builds the same engine"),
            Stage::Verilating => self.step("Verilator turns the engine into C++ (once for each engine)"),
            Stage::Compiling { done: 0, total } => self.step(format!("compiling {total} C++ files (once for each engine)")),
            // too many lines for a log
            Stage::Compiling { done, total } if self.spinner.is_some() => self.step(format!("compiling: {done} of {total} C++ files done")),
            Stage::Compiling { .. } => {}
            Stage::Linking => self.step("linking"),
        }
    }

    /// A line that stays.
    pub fn line(&self, text: impl AsRef<str>) {
        match &self.spinner {
            Some(bar) => bar.println(text),
            None => stdio::say(text.as_ref()),
        }
    }

    /// Clears the spinner, before results are printed.
    pub fn finish(&self) {
        if let Some(bar) = &self.spinner {
            bar.finish_and_clear();
        }
    }
}
