//! The table of epochs, a line each as it ends.

use super::measures::{EpochFigures, Loss, Share};

/// The first lines.
pub fn head() {
    print(format!("{:>5}  {:>9}  {:^39}  {:^39}", "", "", "learnt from", "validation"));
    let half = format!("{:>7} {:8} {:>8} {:14}", "loss", "", "right", "");
    print(format!("{:>5}  {:>9}  {half}  {half}  (95 % intervals)", "epoch", "rate"));
}

/// The line of an epoch.
pub fn row(epoch: &EpochFigures) {
    let half = |loss: &Loss, share: &Share| {
        let ([low, high], margin) = (share.interval, loss.interval[1] - loss.mean);
        format!("{:>7.4} ±{margin:<7.4} {:>6.2} % {:14}", loss.mean, share.percent, format!("({low:.1} to {high:.1})"))
    };
    let EpochFigures { number, aware, rate, training_loss, training, validation_loss, validation } = epoch;
    let (training, validation) = (half(training_loss, training), half(validation_loss, validation));
    let line = format!("{number:>5}  {rate:>9.6}  {training}  {validation}{}", if *aware { "  (rounded weights)" } else { "" });
    print(line.trim_end().into());
}

fn print(line: String) {
    // a full disk is said by what is printed last; training goes on
    if let Err(error) = stdio::line!("{line}") {
        tracing::warn!("{error}");
    }
}
