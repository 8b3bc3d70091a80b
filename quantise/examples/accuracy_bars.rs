//! The bars of accuracy: steps a channel and fitted weights, against the float network.
//!
//!     cargo run --release -p quantise --example accuracy_bars -- ../shared/data/models/squeezenet1_1.onnx \\
//!         ../shared/data/images 8,6 held-out=3.2,97.5,9,95.3 public=target/default-model/images=5.5,96.5,13,95.0
//!
//! The arguments are a float network, a folder of labelled photographs with its `labels.csv`, the bits of a weight, and sets to
//! calibrate on: `held-out`, every tenth labelled photograph, or `NAME=FOLDER`. All figures are measured on the other nine tenths. Behind a set may stand
//! its bars, the most divergence and the least agreement for each number of bits; the program fails when one is missed, or when
//! top-1 is more than half a point below float.
//!
//! `--try headroom=1.2,floor=0.05,noise=2,damping=0.5,variants=5` measures another choice instead of the default; any number of them.
//!
//! Divergence: mean Kullback-Leibler divergence of the integers' softmax from the float network's, thousandths of a nat.

mod labelled;

use labelled::{float_accuracy, labelled_photographs, measure, AnyError, Figures};
use net::photo::Preprocessing;
use quantise::fit::{self, Options};
use quantise::{augment, calibrate, import};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

/// Most points of top-1 that may be lost.
const MOST_LOST: f64 = 0.5;

fn main() -> Result<ExitCode, AnyError> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut tries = Vec::new();
    while let Some(at) = arguments.iter().position(|a| a == "--try") {
        tries.extend(arguments.drain(at..(at + 2).min(arguments.len())).nth(1));
    }
    if tries.is_empty() {
        tries.push(String::new());
    }
    let [network, labelled, bits, sets @ ..] = &arguments[..] else {
        return Err("usage: accuracy_bars NETWORK LABELLED BITS SET...".into());
    };
    let bits: Vec<u32> = bits.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let float = import::load(Path::new(network), &import::Facts::default())?;
    let preprocessing = Preprocessing::standard(float.layout.height, float.layout.width);
    let (held_out, measured) = labelled_photographs(Path::new(labelled), &float, &preprocessing)?;
    let accuracy = float_accuracy(&measured);
    println!("{network}: float top-1 {:.2}, top-5 {:.2} on {} photographs\n", accuracy.top1(), accuracy.top5(), measured.len());
    println!("| calibrated on | bits | top-1 | top-5 | agreement | divergence | seconds | |");
    println!("|---|---|---|---|---|---|---|---|");
    let mut missed = 0;
    for set in sets {
        let parts: Vec<&str> = set.split('=').collect();
        let (name, files, bars) = match parts[..] {
            ["held-out"] => ("held-out", held_out.clone(), ""),
            ["held-out", bars] => ("held-out", held_out.clone(), bars),
            [name, folder] => (name, calibrate::image_files(Path::new(folder))?.images, ""),
            [name, folder, bars] => (name, calibrate::image_files(Path::new(folder))?.images, bars),
            _ => return Err(format!("{set}: expected held-out or NAME=FOLDER, and bars").into()),
        };
        let bars: Vec<f64> = bars.split(',').filter(|b| !b.is_empty()).map(str::parse).collect::<Result<_, _>>()?;
        for text in &tries {
            let start = Instant::now();
            let variants = option(text, "variants")?.map_or(augment::variants(files.len()), |v| v as usize);
            let inputs = augment::inputs(&files, &preprocessing, [float.layout.height, float.layout.width], variants, &|| ())?;
            let observed = fit::observe(&float, &inputs, &|_| ())?;
            let observing = start.elapsed();
            for (i, &bits) in bits.iter().enumerate() {
                let start = Instant::now();
                let options = changed(Options::for_images(files.len(), bits), text)?;
                let fitted = fit::fit_observed(&float, &observed, &inputs, options, &|_| ())?;
                let seconds = (observing + start.elapsed()).as_secs_f64();
                let found = measure(fitted.quantised, &preprocessing, &measured)?;
                let mut ok = found.top1 >= accuracy.top1() - MOST_LOST;
                if let Some([divergence, agreement]) = bars.get(2 * i..2 * i + 2) {
                    ok &= found.divergence <= *divergence && found.agreement >= *agreement;
                }
                missed += usize::from(!ok);
                let Figures { top1, top5, agreement, divergence } = found;
                let verdict = if ok { "" } else { "missed" };
                println!(
                    "| {name} ({}) {text} | {bits} | {top1:.2} | {top5:.2} | {agreement:.2} | {divergence:.2} | {seconds:.0} | {verdict} |",
                    files.len()
                );
            }
        }
    }
    Ok(if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The number behind `name=` in `text`.
fn option(text: &str, name: &str) -> Result<Option<f64>, AnyError> {
    let found = text.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    Ok(found.map(str::parse).transpose()?)
}

fn changed(mut options: Options, text: &str) -> Result<Options, AnyError> {
    let fields = [
        ("headroom", &mut options.headroom),
        ("floor", &mut options.floor),
        ("noise", &mut options.weight_noise),
        ("damping", &mut options.damping),
    ];
    for (name, field) in fields {
        *field = option(text, name)?.unwrap_or(*field);
    }
    Ok(options)
}
