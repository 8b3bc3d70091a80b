//! The report of a training as one HTML file that needs no other.
//!
//! Every figure says where it stands in the JSON: `data-figure="int8.percent"`, and `data-times` where it is shown times something. The tests read the page
//! in a browser and hold the two together.

mod answers;
mod epochs;

use super::figures::Figures;
use super::measures::{Difference, Share};
use serde_json::Value;
use std::fmt::{Display, Write};
use std::path::Path;

const STYLE: &str = "\
:root { color-scheme: light dark; --line: #8886; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 84rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .6rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: baseline; }
td:first-child, th:first-child, td.text, th.text { text-align: left; } th { font-weight: 600; }
.scroll { overflow-x: auto; max-width: 100%; } .scroll td, .scroll th { white-space: nowrap; }
.scroll td:first-child, .scroll th:first-child { white-space: normal; overflow-wrap: break-word; min-width: 6rem; max-width: 18rem; } th.middle { text-align: center; } .facts { width: 100%; max-width: 60rem; }
.facts td:first-child { white-space: nowrap; }
.matrix td, .matrix th { padding: .15rem .35rem; border: 1px solid var(--soft); min-width: 1.4rem; }
.matrix thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; white-space: normal; max-height: 14rem; } .matrix thead th:first-child { border: 0; }
.curves > * { max-width: 100%; overflow-x: auto; } .curves svg { display: block; } details { margin-top: 1rem; } summary { cursor: pointer; }
.grid { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; width: 9rem; font-size: .8rem; }
figure img { max-width: 100%; border-radius: .3rem; } pre { background: var(--soft); padding: .8rem; overflow-x: auto; }
.big { font-size: 1.3rem; } .note { opacity: .8; }
@media (max-width: 40rem) { body { margin: 1rem auto; } td, th { padding: .2rem .35rem; } .big { font-size: 1.1rem; } }";

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
    facts(figures, page)?;
    epochs::write(figures, page)?;
    answers::classes(figures, page)?;
    answers::confusion(figures, page)?;
    answers::worst(figures, page)?;
    data(figures, page)?;
    boards(figures, page)?;
    commands(figures, dir, page)?;
    writeln!(page, "</body></html>")
}

/// A figure as it is shown, and where it is in the JSON.
fn figure(path: impl Display, shown: impl Display) -> String {
    format!("<span data-figure=\"{path}\">{shown}</span>")
}

/// Two of them.
fn bounds(path: &str, [low, high]: [f64; 2], decimals: usize) -> String {
    let bound = |i: usize, value: f64| figure(format_args!("{path}.interval.{i}"), format_args!("{value:.decimals$}"));
    format!("{} to {}", bound(0, low), bound(1, high))
}

/// The cells of a share: percent, interval, counts.
fn share(path: &str, share: &Share, decimals: usize, class: &str) -> String {
    let percent = figure(format_args!("{path}.percent"), format_args!("{:.decimals$}", share.percent));
    let (right, of) = (figure(format_args!("{path}.right"), share.right), figure(format_args!("{path}.of"), share.of));
    let bounds = bounds(path, share.interval, decimals);
    format!("<td{class}>{percent}&nbsp;%</td><td>{bounds}</td><td>{right} of {of}</td>")
}

fn summary(figures: &Figures, page: &mut String) -> std::fmt::Result {
    writeln!(
        page,
        "<div class=\"scroll\"><table><tr><th>on the validation photographs</th><th>right</th><th>95 % interval</th><th></th></tr>"
    )?;
    let row = |page: &mut String, name: &str, path: &str, of: &Share| {
        writeln!(page, "<tr><td>{name}</td>{}</tr>", share(path, of, 2, " class=\"big\""))
    };
    let bits = figure("weight_bits", figures.weight_bits);
    row(page, &format!("quantised model, weights of {bits} bits"), "int8", &figures.int8)?;
    row(page, "float network", "float", &figures.float)?;
    row(page, "same answer of both", "agreement", &figures.agreement)?;
    if let Some(rounded) = &figures.quantization_aware {
        row(page, "trained with rounded weights", "quantization_aware.aware", &rounded.aware)?;
        row(page, "trained without", "quantization_aware.plain", &rounded.plain)?;
    }
    writeln!(page, "</table></div>")?;
    let made = paired("", figures.changed, ("int8_over_float", &figures.int8_over_float), ("McNemar's exact test: ", figures.mcnemar_p));
    writeln!(page, "<p>Quantisation made {made}.</p>")?;
    if let Some(rounded) = &figures.quantization_aware {
        let made = paired("quantization_aware.", rounded.changed, ("gain", &rounded.gain), ("", rounded.mcnemar_p));
        let word = if rounded.taken { "was taken" } else { "was not taken" };
        writeln!(page, "<p>Training with rounded weights made {made}. It {word}.</p>")?;
    }
    writeln!(page, "<p class=\"note\">{} Intervals of shares are Wilson's, of differences Bonett and Price's, of losses the normal distribution's.</p>", escaped(&figures.caveat()))
}

/// What something did to the answers: which it changed, what that is worth, and how easily chance does as much. They are under `path` in the JSON.
fn paired(path: &str, changed: [usize; 2], (name, of): (&str, &Difference), (test, p): (&str, f64)) -> String {
    let [wrong, right] = [0, 1].map(|i| figure(format_args!("{path}changed.{i}"), changed[i]));
    let points = figure(format_args!("{path}{name}.points"), format_args!("{:.2}", of.points));
    let bounds = bounds(&format!("{path}{name}"), of.interval, 2);
    let p = figure(format_args!("{path}mcnemar_p"), format_args!("{p:.4}"));
    format!("{wrong} right answers wrong and {right} wrong ones right: {points} percentage points, 95 % interval {bounds} ({test}p = {p})")
}

fn facts(figures: &Figures, page: &mut String) -> std::fmt::Result {
    writeln!(page, "<table class=\"facts\">")?;
    let mut row = |name: &str, text: String| writeln!(page, "<tr><td>{name}</td><td class=\"text\">{text}</td></tr>");
    let best = figures.best.map(|best| format!(", epoch {} of {}", figure("best", best), figures.epochs.len()));
    row("begun with", escaped(&figures.begun_with))?;
    row("learnt", format!("{}{}", escaped(&figures.part), best.unwrap_or_default()))?;
    let (training, validation) = (figure("training_images", figures.training_images), figure("int8.of", figures.int8.of));
    row("photographs", format!("{training} to learn from, {validation} to measure on"))?;
    row("model file", format!("{} bytes, SHA-256 {}", figure("model_bytes", figures.model_bytes), figure("sha256", &figures.sha256)))?;
    let recipe = serde_json::to_value(&figures.options).unwrap_or_default();
    row("recipe", leaves("options", &recipe).join(", "))?;
    let seconds = |i: usize| figure(format_args!("seconds.{i}"), format_args!("{:.0}", figures.seconds[i]));
    row("time", format!("{} s, of them {} s until the last epoch", seconds(1), seconds(0)))?;
    writeln!(page, "</table>")
}

/// Names and values of whatever is under `path` in the JSON.
fn leaves(path: &str, value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => map.iter().flat_map(|(key, value)| leaves(&format!("{path}.{key}"), value)).collect(),
        Value::Null => Vec::new(),
        other => {
            let name = path.split_once('.').map_or(path, |(_, name)| name).replace(['_', '.'], " ").to_lowercase();
            let shown = match other {
                Value::String(text) => escaped(&text.to_lowercase()),
                Value::Number(number) => figure(path, number),
                _ => other.to_string(),
            };
            vec![format!("{name} {shown}")]
        }
    }
}

fn data(figures: &Figures, page: &mut String) -> std::fmt::Result {
    writeln!(page, "<h2>Photographs</h2>")?;
    if figures.alike.is_empty() {
        writeln!(page, "<p>No photograph to measure on was found among those learnt from, nor one like it.</p>")?;
    } else {
        writeln!(page, "<p>To measure on, but learnt from too, or nearly so; the figures are too good by them:</p><table>")?;
        for (i, pair) in figures.alike.iter().enumerate() {
            let how = if pair.same_file {
                "the same file".into()
            } else {
                let bits = figure(format_args!("alike.{i}.bits"), pair.bits);
                format!("{bits} of 64 bits differ{}", if pair.mirrored { ", mirrored" } else { "" })
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
        "<h2>Boards</h2>\n<div class=\"scroll\"><table><tr><th>board</th><th>columns</th><th>MHz</th><th>bits a weight</th><th>frames a second</th><th class=\"text\">clock</th></tr>"
    )?;
    for (i, board) in figures.boards.iter().enumerate() {
        let of = |name: &str, shown: String| figure(format_args!("boards.{i}.{name}"), shown);
        let speed = match board.frames_per_second {
            Some(speed) => of("frames_per_second", format!("{speed:.0}")),
            None => escaped(board.reason.as_deref().unwrap_or("does not fit")),
        };
        let fewer = match board.weight_bits < figures.weight_bits as usize {
            true => format!(", after training with --weight-bits {}", board.weight_bits),
            false => String::new(),
        };
        writeln!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{speed}</td><td class=\"text\">{}{fewer}</td></tr>",
            escaped(&board.board),
            of("columns", board.columns.to_string()),
            of("engine_mhz", board.engine_mhz.to_string()),
            of("weight_bits", board.weight_bits.to_string()),
            board.basis
        )?;
    }
    writeln!(page, "</table></div>\n<p class=\"note\">The board's clock over the engine's cycles of a frame. An estimate is a clock that nobody has built yet.</p>")
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
