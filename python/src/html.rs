//! A result as a notebook shows it: self-contained, with whatever comes from outside escaped.

use crate::image::Given;
use ::ember::Prediction;
use image::codecs::jpeg::JpegEncoder;
use image::{imageops, RgbImage};
use pyo3::prelude::*;
use std::fmt::Write;

/// Largest side of a thumbnail, pixels.
const SIDE: u32 = 128;

/// The table, beside `thumbnail` (the address of an image) where there is one.
pub fn table(classes: &[Prediction], thumbnail: Option<&str>) -> String {
    let image = thumbnail.map(|address| format!("<img alt=\"\" src=\"{address}\">")).unwrap_or_default();
    let mut rows = String::new();
    for Prediction { class, name, probability } in classes {
        let (name, percent) = (escaped(name), 100.0 * probability);
        // the text is a String
        let _ = write!(
            rows,
            "<tr><td style=\"text-align:left\" title=\"class {class}\">{name}</td><td>{percent:.2} %</td>\
             <td style=\"text-align:left;width:10em\"><div style=\"background:#4a7ebb;height:0.8em;width:{percent:.1}%\"></div></td></tr>"
        );
    }
    format!("<div style=\"display:flex;gap:1em;align-items:flex-start\">{image}<table><tbody>{rows}</tbody></table></div>")
}

/// `text` with nothing in it that a browser would obey.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in net::text::shown(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A small JPEG of what was classified, as the address of an `img`; nothing where it is not there any more.
pub fn thumbnail(object: &Bound<'_, PyAny>) -> Option<String> {
    let Given { image, problem: None, .. } = Given::new(object) else { return None };
    object.py().detach(|| {
        let photograph = image.decoded().ok()?;
        let (width, height) = photograph.dimensions();
        let share = f64::from(SIDE) / f64::from(width.max(height)).max(f64::from(SIDE));
        let side = |pixels: u32| ((f64::from(pixels) * share) as u32).max(1);
        let small: RgbImage = imageops::thumbnail(&photograph, side(width), side(height));
        let mut bytes = vec![];
        small.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 85)).ok()?;
        Some(format!("data:image/jpeg;base64,{}", base64::encode(bytes)))
    })
}
