//! Progress bars over images.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over `count` images on standard error: share, images a second, time left. Hidden when
/// standard error is no terminal.
pub fn bar(what: &'static str, count: usize) -> ProgressBar {
    with_template("{msg:10} {wide_bar} {pos}/{len} images  {per_sec:>9}  {eta} left", what, count)
}

/// A bar over `count` steps of unequal length, otherwise as [`bar`].
pub fn steps(what: &'static str, count: usize) -> ProgressBar {
    with_template("{msg:10} {wide_bar} {pos}/{len} steps  {eta} left", what, count)
}

fn with_template(template: &str, what: &'static str, count: usize) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(count as u64).with_style(style).with_message(what)
}

/// A bar over `count` steps of other work.
pub fn steps(what: &'static str, count: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:10} {wide_bar} {pos}/{len}  {elapsed}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(count as u64).with_style(style).with_message(what)
}
