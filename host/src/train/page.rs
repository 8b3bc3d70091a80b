//! The report of a training as one HTML file that needs no other.

use super::figures::{Class, Figures, Share};
use image::imageops::{self, FilterType};
use image::RgbImage;
use std::fmt::Write;
use std::io::Cursor;
use std::path::Path;
use train::report::curves;

/// Longest side of a thumbnail, pixels.
const THUMBNAIL: u32 = 128;
/// Classes of a confusion matrix that is shown whole; of more, only the pairs that are confused.
const MATRIX: usize = 40;

const STYLE: &str = "\
:root { color-scheme: light dark; --line: #8886; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .6rem; border-bottom: 1px solid var(--line); text-align: right; }
td:first-child, th:first-child, td.text, th.text { text-align: left; } th { font-weight: 600; }
.matrix td, .matrix th { padding: .15rem .35rem; border: 1px solid var(--soft); min-width: 1.4rem; }
.matrix thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; }
.curves svg { max-width: 100%; height: auto; } .scroll { overflow-x: auto; }
.grid { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; width: 9rem; font-size: .8rem; overflow-wrap: anywhere; }
figure img { max-width: 100%; border-radius: .3rem; } pre { background: var(--soft); padding: .8rem; overflow-x: auto; }
.big { font-size: 1.3rem; } .note { opacity: .8; }";

/// The page.
pub fn html(figures: &Figures, dir: &Path) -> String {
    let mut page = String::new();
    let _ = write(figures, dir, &mut page); // the page is a String
    page
}

fn write(figures: &Figures, dir: &Path, page: &mut String) -> std::fmt::Result {
    let title = format!("{}: {}", figures.files[0].file_name().unwrap_or_default().to_string_lossy(), figures.layout);
    writeln!(page, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>", escaped(&title))?;
    writeln!(page, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style></head><body>")?;
    writeln!(page, "<h1>{}</h1>", escaped(&title))?;
    summary(figures, page)?;
    writeln!(page, "<h2>Training</h2>\n<div class=\"curves grid\">")?;
    match curves::pictures(&figures.epochs) {
        Ok(pictures) => pictures.iter().try_for_each(|picture| writeln!(page, "{picture}"))?,
        Err(why) => writeln!(page, "<p>The curves could not be drawn ({}).</p>", escaped(&why))?,
    }
    writeln!(page, "</div>")?;
    epochs(figures, page)?;
    classes(figures, page)?;
    worst(figures, page)?;
    data(figures, page)?;
    boards(figures, page)?;
    commands(figures, dir, page)?;
    writeln!(page, "</body></html>")
}

fn summary(figures: &Figures, page: &mut String) -> std::fmt::Result {
    let Figures { int8, float, agreement, weight_bits, .. } = figures;
    let row = |page: &mut String, name: &str, share: &Share| {
        let [low, high] = share.interval;
        writeln!(
            page,
            "<tr><td>{name}</td><td class=\"big\">{:.2} %</td><td>{low:.2} to {high:.2}</td><td>{} of {}</td></tr>",
            share.percent, share.right, share.of
        )
    };
    writeln!(page, "<table><tr><th>on the validation photographs</th><th>right</th><th>95 % interval</th><th></th></tr>")?;
    row(page, &format!("quantised model, weights of {weight_bits} bits"), int8)?;
    row(page, "float network", float)?;
    row(page, "same answer of both", agreement)?;
    let [worse, better] = figures.changed;
    writeln!(
        page,
        "</table>\n<p>Quantisation made {worse} right answers wrong and {better} wrong ones right (McNemar's exact test: p = {:.2}).</p>",
        figures.mcnemar_p
    )?;
    writeln!(page, "<p class=\"note\">{} Intervals are Wilson's.</p>", escaped(&figures.caveat()))?;
    if let Some(rounded) = figures.quantization_aware {
        let word = if rounded.taken { "was taken" } else { "was not taken" };
        writeln!(
            page,
            "<p>Trained with rounded weights, {} photographs are right instead of {}: it {word}.</p>",
            rounded.aware_right, rounded.plain_right
        )?;
    }
    let best = figures.best.map_or(String::new(), |best| format!(", epoch {} of {}", best.epoch, figures.epochs.len()));
    writeln!(page, "<table><tr><td>begun with</td><td class=\"text\">{}</td></tr>", escaped(&figures.begun_with))?;
    writeln!(page, "<tr><td>learnt</td><td class=\"text\">{}{best}</td></tr>", escaped(&figures.part))?;
    writeln!(
        page,
        "<tr><td>photographs</td><td class=\"text\">{} to learn from, {} to measure on</td></tr>",
        figures.training_images, int8.of
    )?;
    writeln!(page, "<tr><td>model file</td><td class=\"text\">{} bytes, SHA-256 {}</td></tr>", figures.model_bytes, figures.sha256)?;
    writeln!(
        page,
        "<tr><td>time</td><td class=\"text\">{:.0} s, of them {:.0} s until the last epoch</td></tr></table>",
        figures.seconds[1], figures.seconds[0]
    )
}

fn epochs(figures: &Figures, page: &mut String) -> std::fmt::Result {
    writeln!(page, "<details><summary>every epoch</summary><table><tr><th>epoch</th><th>rate</th><th>loss</th><th>right</th><th>validation loss</th><th>right</th></tr>")?;
    for e in &figures.epochs {
        let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        let (training, validation) = (percent(e.training_right, e.training_images), percent(e.validation_right, e.validation_images));
        writeln!(
            page,
            "<tr><td>{}{}</td><td>{:.6}</td><td>{:.4}</td><td>{training:.2} %</td><td>{:.4}</td><td>{validation:.2} %</td></tr>",
            e.number,
            if e.aware { ", rounded" } else { "" },
            e.rate,
            e.training_loss,
            e.validation_loss
        )?;
    }
    writeln!(page, "</table></details>")
}

fn classes(figures: &Figures, page: &mut String) -> std::fmt::Result {
    let names: Vec<String> = figures.classes.iter().map(|c| escaped(&c.name)).collect();
    writeln!(
        page,
        "<h2>Classes</h2>\n<table><tr><th>class</th><th>learnt from</th><th>right</th><th>95 % interval</th><th></th><th></th></tr>"
    )?;
    for (Class { training, int8, few, .. }, name) in figures.classes.iter().zip(&names) {
        let [low, high] = int8.interval;
        let few = if *few { "few photographs" } else { "" };
        writeln!(
            page,
            "<tr><td>{name}</td><td>{training}</td><td>{:.1} %</td><td>{low:.1} to {high:.1}</td><td>{} of {}</td><td>{few}</td></tr>",
            int8.percent, int8.right, int8.of
        )?;
    }
    writeln!(
        page,
        "</table>\n<h2>Confusion</h2>\n<p class=\"note\">Rows: what a photograph shows. Columns: what the quantised model says.</p>"
    )?;
    if names.len() > MATRIX {
        return confused(figures, &names, page);
    }
    writeln!(page, "<div class=\"scroll\"><table class=\"matrix\"><thead><tr><th></th>")?;
    names.iter().try_for_each(|name| writeln!(page, "<th>{name}</th>"))?;
    writeln!(page, "</tr></thead><tbody>")?;
    for (i, (row, name)) in figures.confusion.iter().zip(&names).enumerate() {
        let total = row.iter().sum::<usize>().max(1);
        write!(page, "<tr><th>{name}</th>")?;
        for (j, &count) in row.iter().enumerate() {
            let shade = count as f64 / total as f64;
            let colour = if i == j { "60 160 90" } else { "210 70 50" };
            let text = if count == 0 { String::new() } else { count.to_string() };
            write!(page, "<td style=\"background: rgb({colour} / {:.2})\">{text}</td>", 0.75 * shade)?;
        }
        writeln!(page, "</tr>")?;
    }
    writeln!(page, "</tbody></table></div>")
}

/// The pairs of classes that are confused, the commonest first.
fn confused(figures: &Figures, names: &[String], page: &mut String) -> std::fmt::Result {
    let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
    for (i, row) in figures.confusion.iter().enumerate() {
        pairs.extend(row.iter().enumerate().filter(|&(j, &count)| i != j && count > 0).map(|(j, &count)| (count, i, j)));
    }
    pairs.sort_by_key(|&(count, i, j)| (std::cmp::Reverse(count), i, j));
    writeln!(page, "<table><tr><th>shows</th><th class=\"text\">the model says</th><th>photographs</th></tr>")?;
    for (count, i, j) in pairs.into_iter().take(100) {
        writeln!(page, "<tr><td>{}</td><td class=\"text\">{}</td><td>{count}</td></tr>", names[i], names[j])?;
    }
    writeln!(page, "</table>")
}

fn worst(figures: &Figures, page: &mut String) -> std::fmt::Result {
    writeln!(page, "<h2>Wrong answers, the surest first</h2>\n<div class=\"grid\">")?;
    for wrong in &figures.wrong {
        let picture = net::photo::load(&wrong.file).ok().and_then(|image| thumbnail(&image));
        let picture = picture.map_or(String::new(), |data| format!("<img alt=\"\" src=\"data:image/jpeg;base64,{data}\"><br>"));
        let (class, said, path) = (escaped(&wrong.class), escaped(&wrong.said), escaped(&wrong.path.to_string_lossy()));
        writeln!(
            page,
            "<figure>{picture}{class}: <b>{said}</b>, {:.0} %<br><span class=\"note\">{path}</span></figure>",
            100.0 * wrong.probability
        )?;
    }
    writeln!(page, "</div>")?;
    if figures.wrong.is_empty() {
        writeln!(page, "<p>None.</p>")?;
    }
    Ok(())
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

fn data(figures: &Figures, page: &mut String) -> std::fmt::Result {
    writeln!(page, "<h2>Photographs</h2>")?;
    if figures.alike.is_empty() {
        writeln!(page, "<p>No photograph to measure on was found among those learnt from, nor one like it.</p>")?;
    } else {
        writeln!(page, "<p>To measure on, but learnt from too, or nearly so; the figures are too good by them:</p><table>")?;
        for pair in &figures.alike {
            let how = if pair.same_file {
                "the same file".into()
            } else {
                format!("{} of 64 bits differ{}", pair.bits, if pair.mirrored { ", mirrored" } else { "" })
            };
            writeln!(
                page,
                "<tr><td>{}</td><td class=\"text\">{}</td><td class=\"text\">{how}</td></tr>",
                escaped(&pair.validation.to_string_lossy()),
                escaped(&pair.training.to_string_lossy())
            )?;
        }
        writeln!(page, "</table>")?;
    }
    if !figures.skipped.is_empty() {
        writeln!(page, "<p>Could not be read, and left out:</p><ul>")?;
        figures.skipped.iter().try_for_each(|skipped| writeln!(page, "<li>{}</li>", escaped(&skipped.reason)))?;
        writeln!(page, "</ul>")?;
    }
    Ok(())
}

fn boards(figures: &Figures, page: &mut String) -> std::fmt::Result {
    writeln!(
        page,
        "<h2>Boards</h2>\n<table><tr><th>board</th><th>columns</th><th>MHz</th><th>frames a second</th><th class=\"text\">clock</th></tr>"
    )?;
    for board in &figures.boards {
        let speed = match (board.frames_per_second, &board.reason) {
            (Some(speed), _) => format!("{speed:.0}"),
            (None, reason) => escaped(reason.as_deref().unwrap_or("does not fit")),
        };
        let fewer = match board.weight_bits < figures.weight_bits as usize {
            true => format!(", for weights of {0} bits: train with --weight-bits {0}", board.weight_bits),
            false => String::new(),
        };
        writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{speed}</td><td class=\"text\">{}{fewer}</td></tr>",
            escaped(&board.board),
            board.columns,
            board.engine_mhz,
            board.basis
        )?;
    }
    writeln!(page, "</table>\n<p class=\"note\">The board's clock over the compiler's ideal cycles; in simulation the engine takes 1 % more. An estimate is a clock that nobody has built yet.</p>")
}

fn commands(figures: &Figures, dir: &Path, page: &mut String) -> std::fmt::Result {
    let model = escaped(&word(&figures.files[0]));
    let photographs = escaped(&word(dir));
    writeln!(page, "<h2>Commands</h2>\n<pre>")?;
    writeln!(page, "ember classify {photographs} --model {model}                   # on this computer")?;
    writeln!(page, "ember classify {photographs} --model {model} --device xdma     # on a board")?;
    writeln!(page, "ember classify {photographs} --model {model} --device sim:4    # on the simulated engine")?;
    writeln!(page, "ember trace-layers PHOTOGRAPH --model {model} --device sim:4   # every layer against the reference")?;
    writeln!(page, "ember eval PHOTOGRAPHS --model {model} --float {}", escaped(&word(&figures.files[1])))?;
    writeln!(page, "</pre>")
}

/// A path as a shell takes it.
fn word(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// Text in HTML; what a terminal would obey is spelled out too.
fn escaped(text: &str) -> String {
    net::text::shown(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
