//! Progress bars over images.

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use std::io::IsTerminal;

/// A bar over `count` images on standard error: share, images a second, time left. Hidden when
/// standard error is no terminal.
pub fn bar(what: &'static str, count: usize) -> ProgressBar {
    with_template("{msg:10} {wide_bar} {pos}/{len} images  {rate:>12}  {eta} left", what, count)
}

/// A bar over `count` steps of unequal length, otherwise as [`bar`].
pub fn steps(what: &'static str, count: usize) -> ProgressBar {
    with_template("{msg:10} {wide_bar} {pos}/{len} steps  {eta} left", what, count)
}

fn with_template(template: &str, what: &'static str, count: usize) -> ProgressBar {
    ProgressBar::new(count as u64).with_style(style(template)).with_message(what)
}

/// `template` with the additional key `rate`: images a second, with one digit after the point.
fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("rate", |state: &ProgressState, to: &mut dyn std::fmt::Write| {
        let _ = write!(to, "{:.1}/s", state.per_sec()); // the text is a String
    })
}

/// As [`bar`] over `count` images, or without an end when their number is not known.
pub fn counting(what: &'static str, count: Option<u64>) -> ProgressBar {
    if let Some(count) = count {
        return bar(what, count as usize);
    }
    let style = style("{msg:10} {spinner} {pos} images  {rate:>12}  {elapsed}");
    ProgressBar::no_length().with_style(style).with_message(what)
}

/// Says on standard error what takes long: on a terminal a line that changes, elsewhere a line a step.
pub struct Spinner {
    bar: Option<ProgressBar>,
}

impl Spinner {
    /// With nothing to say yet.
    pub fn new() -> Self {
        let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})").unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new_spinner().with_style(style));
        Self { bar }
    }

    /// The step that begins.
    pub fn say(&self, what: String) {
        match &self.bar {
            Some(bar) => {
                bar.set_message(what);
                bar.enable_steady_tick(std::time::Duration::from_millis(100));
            }
            None => tracing::info!("{what}"),
        }
    }
}

impl Spinner {
    /// Lets `say` write to standard error, past the line.
    pub fn suspend(&self, say: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
