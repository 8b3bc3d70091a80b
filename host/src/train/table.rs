//! The table of epochs, a line each as it ends.

use crate::eval::statistics::wilson_percent;
use train::session::Epoch;

/// The first line.
pub fn head() {
    print(format!("{:>5}  {:>9}  {:>8}  {:>8}  {:>10}  {:>10}  95 % interval", "epoch", "rate", "loss", "right", "validation", "right"));
}

/// The line of an epoch.
pub fn row(epoch: &Epoch) {
    let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
    let Epoch { number, rate, training_loss, training_right, training_images, validation_loss, validation_right, validation_images, aware } =
        epoch;
    let [low, high] = wilson_percent(*validation_right, *validation_images);
    print(format!(
        "{number:>5}  {rate:>9.6}  {training_loss:>8.4}  {:>6.2} %  {validation_loss:>10.4}  {:>8.2} %  {low:.2} to {high:.2}{}",
        percent(*training_right, *training_images),
        percent(*validation_right, *validation_images),
        if *aware { "  (rounded weights)" } else { "" }
    ));
}

fn print(line: String) {
    // a full disk is said by what is printed last; training goes on
    if let Err(error) = stdio::line!("{line}") {
        tracing::warn!("{error}");
    }
}
