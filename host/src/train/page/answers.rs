//! Which answers the quantised model gives: class by class, which it confuses, and the worst.

use super::{escaped, figure, share};
use crate::train::figures::{Class, Figures};
use image::imageops::{self, FilterType};
use image::RgbImage;
use std::fmt::Write;
use std::io::Cursor;

/// Longest side of a thumbnail, pixels.
const THUMBNAIL: u32 = 128;
/// Classes of a confusion matrix that is shown whole; of more, only the pairs that are confused.
const MATRIX: usize = 40;
/// Most of those pairs.
const PAIRS: usize = 100;

/// Every class with its share.
pub fn classes(figures: &Figures, page: &mut String) -> std::fmt::Result {
    writeln!(
        page,
        "<h2>Classes</h2>\n<div class=\"scroll\"><table><tr><th>class</th><th>learnt from</th><th>right</th><th>95 % interval</th><th></th><th></th></tr>"
    )?;
    for (i, Class { name, training, int8, few }) in figures.classes.iter().enumerate() {
        let training = figure(format_args!("classes.{i}.training"), training);
        let right = share(&format!("classes.{i}.int8"), int8, 1, "");
        let few = if *few { "few photographs" } else { "" };
        writeln!(page, "<tr><td>{}</td><td>{training}</td>{right}<td>{few}</td></tr>", escaped(name))?;
    }
    writeln!(page, "</table></div>")
}

/// The matrix, or the pairs that are confused most often.
pub fn confusion(figures: &Figures, page: &mut String) -> std::fmt::Result {
    let names: Vec<String> = figures.classes.iter().map(|c| escaped(&c.name)).collect();
    writeln!(page, "<h2>Confusion</h2>")?;
    if names.len() > MATRIX {
        return pairs(figures, &names, page);
    }
    writeln!(page, "<p class=\"note\">Rows: what a photograph shows. Columns: what the quantised model says.</p>")?;
    writeln!(page, "<div class=\"scroll\"><table class=\"matrix\"><thead><tr><th></th>")?;
    names.iter().try_for_each(|name| writeln!(page, "<th>{name}</th>"))?;
    writeln!(page, "</tr></thead><tbody>")?;
    for (i, (row, name)) in figures.confusion.iter().zip(&names).enumerate() {
        let total = row.iter().sum::<usize>().max(1);
        write!(page, "<tr><th>{name}</th>")?;
        for (j, &count) in row.iter().enumerate() {
            let shade = count as f64 / total as f64;
            let colour = if i == j { "60 160 90" } else { "210 70 50" };
            // a 0 is left out, and read as one
            let text = figure(format_args!("confusion.{i}.{j}"), if count == 0 { String::new() } else { count.to_string() });
            write!(page, "<td style=\"background: rgb({colour} / {:.2})\">{text}</td>", 0.75 * shade)?;
        }
        writeln!(page, "</tr>")?;
    }
    writeln!(page, "</tbody></table></div>")
}

fn pairs(figures: &Figures, names: &[String], page: &mut String) -> std::fmt::Result {
    let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
    for (i, row) in figures.confusion.iter().enumerate() {
        pairs.extend(row.iter().enumerate().filter(|&(j, &count)| i != j && count > 0).map(|(j, &count)| (count, i, j)));
    }
    pairs.sort_by_key(|&(count, i, j)| (std::cmp::Reverse(count), i, j));
    writeln!(page, "<div class=\"scroll\"><table><tr><th>shows</th><th class=\"text\">the model says</th><th>photographs</th></tr>")?;
    for &(count, i, j) in pairs.iter().take(PAIRS) {
        let count = figure(format_args!("confusion.{i}.{j}"), count);
        writeln!(page, "<tr><td>{}</td><td class=\"text\">{}</td><td>{count}</td></tr>", names[i], names[j])?;
    }
    writeln!(page, "</table></div>")?;
    if pairs.len() > PAIRS {
        writeln!(page, "<p class=\"note\">The first {PAIRS} of {} pairs of classes; --json has all.</p>", pairs.len())?;
    }
    Ok(())
}

/// Photographs with wrong answers.
pub fn worst(figures: &Figures, page: &mut String) -> std::fmt::Result {
    writeln!(page, "<h2>Wrong answers, the surest first</h2>")?;
    if figures.wrong.is_empty() {
        return writeln!(page, "<p>None.</p>");
    }
    writeln!(page, "<div class=\"grid\">")?;
    for (i, wrong) in figures.wrong.iter().enumerate() {
        let picture = net::photo::load(&wrong.file).ok().and_then(|image| thumbnail(&image));
        let picture = picture.map_or(String::new(), |data| format!("<img alt=\"\" src=\"data:image/jpeg;base64,{data}\"><br>"));
        let (class, said, path) = (escaped(&wrong.class), escaped(&wrong.said), escaped(&wrong.path.to_string_lossy()));
        let sure = 100.0 * wrong.probability;
        writeln!(
            page,
            "<figure>{picture}{class}: <b>{said}</b>, <span data-figure=\"wrong.{i}.probability\" data-times=\"100\">{sure:.0}</span>&nbsp;%<br><span class=\"note\">{path}</span></figure>",
        )?;
    }
    writeln!(page, "</div>")
}

/// A small JPEG in base64.
fn thumbnail(image: &RgbImage) -> Option<String> {
    let longest = image.width().max(image.height()).max(1);
    let side = |length: u32| (length * THUMBNAIL / longest.max(THUMBNAIL)).max(1);
    let small = imageops::resize(image, side(image.width()), side(image.height()), FilterType::Triangle);
    let mut bytes = Cursor::new(Vec::new());
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 75).encode_image(&small).ok()?;
    Some(base64::encode(bytes.into_inner()))
}
