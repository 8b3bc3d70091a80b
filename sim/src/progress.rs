//! Says on standard error what takes time: a spinner on a terminal; elsewhere a line a step, and one every ten seconds.

use indicatif::{ProgressBar, ProgressStyle};
use sim::heartbeat::{Heartbeat, EVERY};
use sim::verilator::Stage;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Progress of one run.
pub struct Progress {
    shown: Shown,
}

enum Shown {
    /// On a terminal.
    Spinner(ProgressBar),
    /// In a log: the step that is under way, and what repeats it.
    Lines(Arc<Mutex<String>>, Mutex<Option<Heartbeat>>),
    /// Not at all.
    Quiet,
}

impl Progress {
    /// Starts with nothing to say; `quiet` never says anything.
    pub fn new(quiet: bool) -> Self {
        let shown = match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Shown::Quiet,
            (false, true) => Shown::Spinner(spinner()),
            (false, false) => {
                let (step, start) = (Arc::new(Mutex::new(String::new())), Instant::now());
                let repeated = step.clone();
                let text = move || {
                    let step = lock(&repeated).clone();
                    (!step.is_empty()).then(|| format!("{step} ({} s)", start.elapsed().as_secs()))
                };
                Shown::Lines(step, Mutex::new(Some(Heartbeat::start([EVERY; 2], text))))
            }
        };
        Self { shown }
    }

    /// A new step.
    pub fn step(&self, text: impl Into<String>) {
        let text = text.into();
        if let Shown::Lines(..) = &self.shown {
            stdio::say(&text);
        }
        self.change(text);
    }

    /// The step goes on, too often for a line each time.
    fn change(&self, text: String) {
        match &self.shown {
            Shown::Spinner(bar) => bar.set_message(text),
            Shown::Lines(step, _) => *lock(step) = text,
            Shown::Quiet => {}
        }
    }

    /// A step of a Verilator build.
    pub fn stage(&self, stage: Stage) {
        match stage {
            Stage::Waiting => self.step("waiting for another process that builds the same engine"),
            Stage::Verilating => self.step("Verilator turns the engine into C++ (once for each engine)"),
            Stage::Compiling { done: 0, total } => self.step(format!("compiling {total} C++ files (once for each engine)")),
            Stage::Compiling { done, total } => self.change(format!("compiling: {done} of {total} C++ files done")),
            Stage::Linking => self.step("linking"),
        }
    }

    /// A line that stays.
    pub fn line(&self, text: impl AsRef<str>) {
        match &self.shown {
            Shown::Spinner(bar) => bar.println(text),
            Shown::Lines(..) => stdio::say(text.as_ref()),
            Shown::Quiet => {}
        }
    }

    /// Clears the spinner, before results are printed.
    pub fn finish(&self) {
        match &self.shown {
            Shown::Spinner(bar) => bar.finish_and_clear(),
            Shown::Lines(_, lines) => drop(lines.lock().unwrap_or_else(PoisonError::into_inner).take()),
            Shown::Quiet => {}
        }
    }
}

fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn lock(step: &Mutex<String>) -> std::sync::MutexGuard<'_, String> {
    step.lock().unwrap_or_else(PoisonError::into_inner)
}
