//! Progress on standard error: a live line on a terminal, elsewhere a line every ten seconds of work that takes long.

use ember::labels::{Labelled, Labels};
use ember::progress::{Progress, Stage};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use net::photo::folder::LeftOut;
use sim::heartbeat::{Heartbeat, EVERY, FIRST};
use std::io::IsTerminal;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Whether nobody wants to see progress: the option --quiet, which holds for the whole program.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Takes over the option --quiet; call once, before any work.
pub fn set_quiet(quiet: bool) {
    QUIET.store(quiet, Ordering::Relaxed);
}

/// Whether --quiet was given.
pub fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// A progress bar; where no terminal shows it, it writes lines.
pub struct Bar {
    bar: ProgressBar,
    lines: Option<Heartbeat>,
}

impl Bar {
    /// Clears the bar and ends the lines; dropping it does the same.
    pub fn end(&mut self) {
        drop(self.lines.take());
        self.bar.finish_and_clear();
    }
}

impl Deref for Bar {
    type Target = ProgressBar;

    fn deref(&self) -> &ProgressBar {
        &self.bar
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.end();
    }
}

/// A bar over `count` images: share, images a second, time left.
pub fn bar(what: &'static str, count: usize) -> Bar {
    with_template("{msg:10} {wide_bar} {pos}/{len} images  {rate:>12}  {eta} left", what, "images", Some(count as u64))
}

/// A bar over `count` steps of unequal length, otherwise as [`bar`].
pub fn steps(what: &'static str, count: usize) -> Bar {
    with_template("{msg:10} {wide_bar} {pos}/{len} steps  {eta} left", what, "steps", Some(count as u64))
}

/// As [`bar`] over `count` images, or without an end when their number is not known.
pub fn counting(what: &'static str, count: Option<u64>) -> Bar {
    match count {
        Some(count) => bar(what, count as usize),
        None => with_template("{msg:10} {spinner} {pos} images  {rate:>12}  {elapsed}", what, "images", None),
    }
}

fn with_template(template: &str, what: &'static str, of: &'static str, count: Option<u64>) -> Bar {
    if is_quiet() {
        return Bar { bar: ProgressBar::hidden(), lines: None };
    }
    let bar = count.map_or_else(ProgressBar::no_length, ProgressBar::new).with_style(style(template)).with_message(what);
    let lines = (!std::io::stderr().is_terminal()).then(|| {
        let (bar, start) = (bar.clone(), Instant::now());
        Heartbeat::start([FIRST, EVERY], move || Some(line(what, of, bar.position(), count, start.elapsed().as_secs())))
    });
    Bar { bar, lines }
}

/// `ember: calibrate: 12 of 300 images, 11 s`.
fn line(what: &str, of: &str, done: u64, count: Option<u64>, seconds: u64) -> String {
    let all = count.map(|count| format!(" of {count}")).unwrap_or_default();
    format!("ember: {what}: {done}{all} {of}, {seconds} s")
}

/// `template` with the additional key `rate`: images a second, with one digit after the point.
fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("rate", |state: &ProgressState, to: &mut dyn std::fmt::Write| {
        let _ = write!(to, "{:.1}/s", state.per_sec()); // the text is a String
    })
}

/// A bar a stage, for the library.
#[derive(Default)]
pub struct Bars(Mutex<Option<Bar>>);

impl Bars {
    fn put(&self, bar: Option<Bar>) {
        *lock(&self.0) = bar;
    }
}

impl Progress for Bars {
    fn begin(&self, stage: Stage, count: usize) {
        let name = stage.name();
        self.put(Some(if stage.counts_images() { bar(name, count) } else { steps(name, count) }));
    }

    fn advance(&self) {
        if let Some(bar) = lock(&self.0).as_ref() {
            bar.inc(1);
        }
    }

    fn end(&self) {
        self.put(None);
    }

    /// A signal ends the program.
    fn is_stopped(&self) -> bool {
        false
    }
}

/// Says what is done at the moment, for steps whose length nobody knows.
pub struct Spinner {
    bar: Option<ProgressBar>,
    /// Whether the bar ends with this.
    owned: bool,
    step: Arc<Mutex<String>>,
    _lines: Option<Heartbeat>,
}

impl Spinner {
    /// With nothing to say yet.
    pub fn new() -> Self {
        let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})").unwrap_or_else(|_| ProgressStyle::default_spinner());
        let mut spinner = Self::on(ProgressBar::new_spinner().with_style(style));
        spinner.owned = true;
        spinner
    }

    /// On the live line `bar`, which goes on behind it.
    pub fn on(bar: ProgressBar) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let step: Arc<Mutex<String>> = Arc::default();
        let lines = (!terminal && !is_quiet()).then(|| {
            let (step, mut steps) = (step.clone(), Steps::default());
            let start = Instant::now();
            Heartbeat::start([FIRST; 2], move || {
                let (step, elapsed) = (lock(&step).clone(), start.elapsed());
                steps.is_due(&step, elapsed).then(|| format!("ember: {step} ({} s)", elapsed.as_secs()))
            })
        });
        Self { bar: (terminal && !is_quiet()).then_some(bar), owned: false, step, _lines: lines }
    }

    /// The step that begins.
    pub fn say(&self, what: String) {
        match &self.bar {
            Some(bar) => {
                bar.set_message(what);
                bar.enable_steady_tick(Duration::from_millis(100));
            }
            None => {
                tracing::info!("{what}");
                *lock(&self.step) = what;
            }
        }
    }

    /// Lets `say` write to standard error, past the line.
    pub fn suspend(&self, say: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }
}

/// Which steps are worth a line: each that lasts, once, and then every [`EVERY`].
#[derive(Default)]
struct Steps {
    /// The last one that had a line, without its numbers.
    said: String,
    at: Duration,
}

impl Steps {
    fn is_due(&mut self, step: &str, now: Duration) -> bool {
        let kind: String = step.chars().filter(|c| !c.is_ascii_digit()).collect();
        let due = !kind.is_empty() && (kind != self.said || now >= self.at + EVERY);
        if due {
            (self.said, self.at) = (kind, now);
        }
        due
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.as_ref().filter(|_| self.owned) {
            bar.finish_and_clear();
        }
    }
}

/// A line on what folders hold besides images, when they do.
pub fn say_left_out(left_out: &LeftOut) {
    if !is_quiet() && !left_out.is_empty() {
        stdio::say!("ember: {left_out}");
    }
}

/// The photographs of `labels`, after a line on how they were understood.
pub fn say_labels(labels: Labels) -> Vec<Labelled> {
    if !is_quiet() {
        stdio::say!("ember: labels: {}", labels.understood);
    }
    labels.images
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_what_is_done_of_what() {
        assert_eq!(line("calibrate", "images", 12, Some(300), 11), "ember: calibrate: 12 of 300 images, 11 s");
        assert_eq!(line("classify", "images", 7, None, 1), "ember: classify: 7 images, 1 s");
    }

    #[test]
    fn a_step_has_a_line_at_its_start_and_then_now_and_then() {
        let mut steps = Steps::default();
        let due: Vec<u64> = (0..40)
            .filter(|&second| {
                let step = match second {
                    0..2 => String::new(),
                    2..5 => "describing".into(),
                    _ => format!("compiling: {second} of 40 done"),
                };
                steps.is_due(&step, Duration::from_secs(second))
            })
            .collect();
        assert_eq!(due, [2, 5, 15, 25, 35]);
    }
}
