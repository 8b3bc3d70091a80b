//! Training curves as SVG pictures, in the colours of the page round them.

use crate::session::Epoch;
use plotters::prelude::*;
use std::fmt::Display;

/// Width and height, pixels.
const SIZE: (u32, u32) = (600, 300);
/// What is drawn in the page's own colour: a colour that nothing else has.
const OF_PAGE: RGBColor = RGBColor(1, 2, 3);
const TRAINING: RGBColor = RGBColor(37, 122, 204);
const VALIDATION: RGBColor = RGBColor(222, 110, 20);

/// A line's name, colour and points, and the bounds of its points.
type Line = (&'static str, RGBColor, Vec<(f64, f64)>, Vec<(f64, [f64; 2])>);

/// The picture of the loss, and that of the right answers in percent, with bands; `bands` has the bounds of every epoch's loss and right answers
/// (percent) on the validation photographs.
///
/// # Errors
/// In words, what the drawing crate says.
pub fn pictures(epochs: &[Epoch], bands: &[[[f64; 2]; 2]]) -> Result<[String; 2], String> {
    let line = |value: &dyn Fn(&Epoch) -> f64| epochs.iter().map(|e| (e.number as f64, value(e))).collect::<Vec<_>>();
    // neither is below 0
    let band = |of: usize| epochs.iter().zip(bands).map(|(e, b)| (e.number as f64, b[of].map(|v| v.max(0.0)))).collect::<Vec<_>>();
    let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
    let loss = [
        ("training", TRAINING, line(&|e| e.training_loss.mean), Vec::new()),
        ("validation", VALIDATION, line(&|e| e.validation_loss.mean), band(0)),
    ];
    let right = [
        ("training", TRAINING, line(&|e| percent(e.training_right, e.training_images)), Vec::new()),
        ("validation", VALIDATION, line(&|e| percent(e.validation_right, e.validation_images)), band(1)),
    ];
    let values = |lines: &[Line]| {
        let of = |(_, _, points, band): &Line| points.iter().map(|p| p.1).chain(band.iter().flat_map(|b| b.1)).collect::<Vec<_>>();
        lines.iter().flat_map(of).collect::<Vec<f64>>()
    };
    let most = values(&loss).into_iter().fold(1e-9, f64::max);
    let least = values(&right).into_iter().fold(100.0, f64::min);
    Ok([
        picture("loss", &loss, (0.0, most * 1.05), SeriesLabelPosition::UpperRight)?,
        picture("right, %", &right, ((least - 2.0).max(0.0), 100.0), SeriesLabelPosition::LowerRight)?,
    ])
}

fn picture(name: &str, lines: &[Line], (low, high): (f64, f64), legend: SeriesLabelPosition) -> Result<String, String> {
    fn words(error: impl Display) -> String {
        error.to_string()
    }
    let last = lines.iter().flat_map(|line| line.2.last()).fold(2.0f64, |last, &(x, _)| last.max(x));
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let text = ("sans-serif", 13).into_font().color(&OF_PAGE);
        let mut chart = ChartBuilder::on(&root)
            .margin(8)
            .x_label_area_size(34)
            .y_label_area_size(52)
            .build_cartesian_2d(1.0..last, low..high)
            .map_err(words)?;
        chart
            .configure_mesh()
            .x_desc("epoch")
            .y_desc(name)
            .label_style(text.clone())
            .axis_desc_style(text.clone())
            .axis_style(OF_PAGE)
            .bold_line_style(OF_PAGE.mix(0.2))
            .light_line_style(TRANSPARENT)
            .x_labels((last as usize).min(10))
            .x_label_formatter(&|x| format!("{x:.0}"))
            .draw()
            .map_err(words)?;
        for (label, colour, points, band) in lines {
            let colour = *colour;
            let edge = band.iter().map(|&(x, [low, _])| (x, low)).chain(band.iter().rev().map(|&(x, [_, high])| (x, high)));
            chart.draw_series([Polygon::new(edge.collect::<Vec<_>>(), colour.mix(0.15))]).map_err(words)?;
            chart
                .draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))
                .map_err(words)?
                .label(*label)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
        }
        chart.configure_series_labels().position(legend).label_font(text).border_style(OF_PAGE.mix(0.2)).draw().map_err(words)?;
        root.present().map_err(words)?;
    }
    Ok(svg.replace("#010203", "currentColor"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::Mean;

    fn epoch(number: usize) -> Epoch {
        Epoch {
            number,
            aware: false,
            rate: 0.1,
            training_loss: Mean { mean: 2.0 / number as f64, error: 0.1 },
            training_right: 10 * number,
            training_images: 100,
            validation_loss: Mean { mean: 2.5 / number as f64, error: 0.2 },
            validation_right: number,
            validation_images: 10,
        }
    }

    #[test]
    fn curves_have_every_epoch_and_the_page_s_colours() {
        for count in [0, 1, 2, 9] {
            let epochs: Vec<Epoch> = (1..=count).map(epoch).collect();
            for picture in pictures(&epochs, &vec![[[0.5, 1.5], [20.0, 90.0]]; count]).expect("drawn") {
                assert!(picture.starts_with("<svg") && picture.trim_end().ends_with("</svg>"));
                assert!(picture.contains("currentColor") && !picture.contains("#010203") && !picture.contains("#000000"), "{picture}");
                let points = |line: &str| {
                    line.split("points=\"").nth(1).map_or(0, |p| p.split('"').next().unwrap_or_default().split_whitespace().count())
                };
                let most = picture.lines().filter(|line| line.contains("#257ACC")).map(points).max().unwrap_or(0);
                assert!(count < 3 || most == count, "{count} epochs, {most} points");
                assert!(count == 0 || picture.contains("<polygon"), "the band of the intervals");
            }
        }
    }
}
