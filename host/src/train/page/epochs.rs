//! The curves, and every epoch in figures.

use super::{bounds, escaped, figure, share};
use crate::train::figures::Figures;
use crate::train::measures::{EpochFigures, Loss};
use std::fmt::Write;

/// The section.
pub fn write(figures: &Figures, page: &mut String) -> std::fmt::Result {
    writeln!(page, "<h2>Training</h2>\n<div class=\"curves grid\">")?;
    match &figures.curves {
        Ok(pictures) => pictures.iter().try_for_each(|picture| writeln!(page, "<div>{picture}</div>"))?,
        Err(why) => writeln!(page, "<p>The curves could not be drawn ({}).</p>", escaped(why))?,
    }
    writeln!(page, "</div>\n<p class=\"note\">The band is the 95 % interval of the validation photographs.</p>")?;
    writeln!(
        page,
        "<details><summary>every epoch, with 95 % intervals</summary><div class=\"scroll\"><table>\
         <tr><th></th><th></th><th class=\"middle\" colspan=\"5\">learnt from</th><th class=\"middle\" colspan=\"5\">validation</th></tr>\
         <tr><th>epoch</th><th>rate</th>{0}{0}</tr>",
        "<th>loss</th><th></th><th>right</th><th></th><th></th>"
    )?;
    for (i, epoch) in figures.epochs.iter().enumerate() {
        row(i, epoch, page)?;
    }
    writeln!(page, "</table></div></details>")
}

fn row(i: usize, epoch: &EpochFigures, page: &mut String) -> std::fmt::Result {
    let EpochFigures { number, aware, rate, training_loss, training, validation_loss, validation } = epoch;
    let at = |name: &str| format!("epochs.{i}.{name}");
    let loss = |name: &str, loss: &Loss| {
        let mean = figure(at(name) + ".mean", format_args!("{:.4}", loss.mean));
        format!("<td>{mean}</td><td>{}</td>", bounds(&at(name), loss.interval, 4))
    };
    writeln!(
        page,
        "<tr><td>{}{}</td><td>{}</td>{}{}{}{}</tr>",
        figure(at("number"), number),
        if *aware { ", rounded" } else { "" },
        figure(at("rate"), format_args!("{rate:.6}")),
        loss("training_loss", training_loss),
        share(&at("training"), training, 2, ""),
        loss("validation_loss", validation_loss),
        share(&at("validation"), validation, 2, "")
    )
}
