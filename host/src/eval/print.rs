//! The report for people, on standard output.

use ember::evaluate::{Changed, Confusion, Effect, Figures, First, Interval, Layers, Report};
use net::plural::count;
use net::text::shown;
use std::io::{self, Write};
use std::path::Path;

/// Layers in the table of the worst.
const WORST: usize = 5;
/// Letters of a class name and of a path in the table.
const NAME: usize = 22;
const PATH: usize = 28;

/// Writes `report`; of the changed photographs `most` at the most, their paths relative to `dir` where they lie in it.
///
/// # Errors
/// Whatever `out` says.
pub fn print(report: &Report, dir: &Path, most: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{:10} {:>8} {:>16} {:>9} {:>16}", "", "top-1", "95 % interval", "top-5", "95 % interval")?;
    for (name, figures) in [("float", report.float.as_ref()), ("int8", Some(&report.int8))] {
        if let Some(Figures { top1, top1_interval, top5, top5_interval }) = figures {
            let [first, five] = [top1_interval, top5_interval].map(|i| text(*i));
            writeln!(out, "{name:10} {top1:>6.2} % {first:>16} {top5:>7.2} % {five:>16}")?;
        }
    }
    if let (Some(agreement), Some(interval)) = (report.agreement, report.agreement_interval) {
        writeln!(out, "{:10} {agreement:>6.2} % {:>16}", "agreement", text(interval))?;
    }
    if let Some(divergence) = report.divergence {
        writeln!(out, "{:10} {divergence:>6.2} thousandths of a nat from float's answers", "divergence")?;
    }
    if let Some(changed) = &report.changed {
        writeln!(out)?;
        confusion(changed, dir, most, out)?;
    }
    if let Some(layers) = &report.sqnr {
        writeln!(out)?;
        worst(layers, out)?;
    }
    writeln!(out)?;
    let Report { images, listed, seconds, .. } = report;
    writeln!(out, "{} in {seconds:.1} s, {:.1} images/s", count(*images, "image"), *images as f64 / seconds.max(1e-9))?;
    if report.interrupted {
        writeln!(out, "stopped after {} of {listed}: the figures are those of a part", images + report.skipped.len())?;
    }
    if !report.skipped.is_empty() {
        writeln!(out, "{} of {} skipped: not readable (see standard error)", report.skipped.len(), count(*listed, "image"))?;
    }
    Ok(())
}

fn text([low, high]: Interval) -> String {
    format!("{low:.2} to {high:.2}")
}

fn confusion(changed: &Confusion, dir: &Path, most: usize, out: &mut dyn Write) -> io::Result<()> {
    let Confusion { right_to_wrong, wrong_to_right, wrong_to_wrong, mcnemar_p, images } = changed;
    writeln!(out, "{} whose first answer changed from float to int8:", count(images.len(), "image"))?;
    writeln!(out, "{right_to_wrong} right to wrong, {wrong_to_right} wrong to right (McNemar's exact test: p = {mcnemar_p:.2}), {wrong_to_wrong} wrong to another wrong")?;
    if images.is_empty() || most == 0 {
        return Ok(());
    }
    let (path, name) = (PATH, NAME);
    writeln!(out, "{:path$} {:name$} {:width$} {:width$} effect", "image", "label", "float", "int8", width = NAME + 6)?;
    for image in images.iter().take(most) {
        let Changed { path: file, label_name, float, int8, effect, .. } = image;
        let file = shown(file.strip_prefix(dir).unwrap_or(file));
        let (file, label, float, int8) = (end(&file, PATH), short(label_name), first(float), first(int8));
        writeln!(out, "{file:path$} {label:name$} {float} {int8} {}", words(*effect))?;
    }
    match images.len().saturating_sub(most) {
        0 => Ok(()),
        more => writeln!(out, "{more} more; --list {} shows them, --json has them all", images.len()),
    }
}

fn words(effect: Effect) -> &'static str {
    match effect {
        Effect::RightToWrong => "right to wrong",
        Effect::WrongToRight => "wrong to right",
        Effect::WrongToWrong => "wrong to wrong",
    }
}

fn first(answer: &First) -> String {
    let name = NAME;
    format!("{:name$} {:.3}", short(&answer.name), answer.probability)
}

fn worst(layers: &Layers, out: &mut dyn Write) -> io::Result<()> {
    let Layers { images, layers: all } = layers;
    writeln!(out, "worst of {}, int8 against float on {}{:>10}", count(all.len(), "layer"), count(*images, "image"), "SQNR")?;
    for layer in layers.worst(WORST) {
        writeln!(out, "{:14} {:>8.1} dB", layer.name, layer.activation_sqnr)?;
    }
    Ok(())
}

/// The first of a class's names (they are separated by commas), cut to its column.
fn short(name: &str) -> String {
    start(&shown(name.split(',').next().unwrap_or_default()), NAME)
}

/// The first `most` letters, the last of them an ellipsis when more would follow.
fn start(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        true => text.chars().take(most - 1).chain(['…']).collect(),
        false => text.into(),
    }
}

/// The last `most` letters, the first of them an ellipsis when more would precede.
fn end(text: &str, most: usize) -> String {
    match text.chars().count().checked_sub(most) {
        Some(extra) if extra > 0 => std::iter::once('…').chain(text.chars().skip(extra + 1)).collect(),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_to_their_column() {
        assert_eq!((start("abcdef", 6), start("abcdefg", 6)), ("abcdef".into(), "abcde…".into()));
        assert_eq!((end("abcdef", 6), end("abcdefg", 6)), ("abcdef".into(), "…cdefg".into()));
        assert_eq!(start("äöüäöüä", 6), "äöüäö…");
    }
}
