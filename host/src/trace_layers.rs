//! `ember trace-layers`: every layer of one frame on a device, held against the reference by its signature.

use crate::cli::devices::all_threads;
use crate::cli::trace_layers::TraceLayersArgs;
use crate::progress::Spinner;
use anyhow::Result;
use ember::device::{open, Layers};
use net::compiler::Program;
use net::model_file::{self, Model};
use net::photo::Pixels;
use net::plural::count;
use net::reference::{self, Trace};
use serde::Serialize;
use std::fmt;
use std::process::ExitCode;

/// One layer's signatures.
#[derive(Debug, Serialize)]
struct LayerLine {
    layer: String,
    expected: u32,
    /// Nothing when the device knows fewer layers.
    found: Option<u32>,
    identical: bool,
}

#[derive(Debug, Serialize)]
struct Comparison {
    device: String,
    layers: Vec<LayerLine>,
    /// The layer to look at.
    first_difference: Option<String>,
    /// Classes whose sum differs.
    wrong_sums: usize,
}

/// Runs the command.
///
/// # Errors
/// In one sentence, whatever stands in the way.
pub fn run(args: &TraceLayersArgs) -> Result<ExitCode> {
    args.json.as_deref().map_or(Ok(()), net::files::check_writable)?;
    let model = args.devices.model.as_deref().map_or_else(|| Ok(Model::default_model()), model_file::load)?;
    let image = Pixels::try_from(model.load_image(&args.image)?)?;
    let options = args.devices.options(all_threads());
    let spinner = Spinner::new();
    let mut device = open::open_layers(&args.spec(), &model, &options, &mut |what| spinner.say(what))?;
    spinner.say("the reference computes every layer".into());
    let expected = reference::run(&model.network, image.view())?;
    spinner.say(format!("{} computes every layer", device.name()));
    let found = device.layers(&image)?;
    drop(spinner);
    let comparison = compare(device.name(), device.program(), &expected, &found);
    if let Some(path) = &args.json {
        net::files::write(path, serde_json::to_string_pretty(&comparison)?.as_bytes())?;
    }
    stdio::print(comparison.to_string())?;
    Ok(if comparison.identical() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn compare(device: String, program: &Program, expected: &Trace, found: &Layers) -> Comparison {
    let line = |(i, layer): (usize, &reference::LayerTrace)| {
        let (expected, found) = (program.signature(i, layer.output().view()), found.signatures.get(i).copied());
        LayerLine { layer: layer.name.clone(), expected, found, identical: found == Some(expected) }
    };
    let layers: Vec<LayerLine> = expected.layers.iter().enumerate().map(line).collect();
    let first_difference = layers.iter().find(|layer| !layer.identical).map(|layer| layer.layer.clone());
    let differ = |(i, sum): (usize, &u32)| found.sums.get(i) != Some(sum);
    let wrong_sums = expected.sums.iter().enumerate().filter(|&pair| differ(pair)).count();
    Comparison { device, layers, first_difference, wrong_sums }
}

impl Comparison {
    fn identical(&self) -> bool {
        self.first_difference.is_none() && self.wrong_sums == 0
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:14} {:>10} {:>10}", "layer", "reference", self.device)?;
        for LayerLine { layer, expected, found, identical } in &self.layers {
            let found = found.map_or("none".into(), |found| format!("{found:08x}"));
            writeln!(f, "{layer:14} {:>10} {found:>10}{}", format!("{expected:08x}"), if *identical { "" } else { "  differs" })?;
        }
        match &self.first_difference {
            Some(layer) => {
                writeln!(
                    f,
                    "{layer} is the first layer that differs; {} of the result {}",
                    count(self.wrong_sums, "sum"),
                    differ(self.wrong_sums)
                )
            }
            None if self.wrong_sums > 0 => {
                writeln!(f, "every layer is identical, but {} of the result {}", count(self.wrong_sums, "sum"), differ(self.wrong_sums))
            }
            None => writeln!(f, "all {} layers and all sums are identical", self.layers.len()),
        }
    }
}

fn differ(count: usize) -> &'static str {
    if count == 1 {
        "differs"
    } else {
        "differ"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::engine::EngineConfig;
    use net::compiler::compile;
    use net::layout::Layout;
    use test_support::random;

    /// A small network's program, what the reference makes of an image, and what a right device says.
    fn case() -> (Program, Trace, Layers) {
        let layout = Layout::v1_1(35, 5);
        let network = random::ordinary_network(&layout, 1);
        let program = compile(&network, &EngineConfig::standard(4)).expect("it fits");
        let trace = reference::run(&network, random::image(&layout, 2).view()).expect("it runs");
        let signatures = trace.layers.iter().enumerate().map(|(i, l)| program.signature(i, l.output().view())).collect();
        let layers = Layers { signatures, sums: trace.sums.clone() };
        (program, trace, layers)
    }

    #[test]
    fn the_first_layer_that_differs_is_named() {
        let (program, trace, mut layers) = case();
        assert!(compare("d".into(), &program, &trace, &layers).identical());
        layers.signatures[3] ^= 1;
        layers.signatures[7] ^= 1 << 31;
        layers.sums[4] += 1;
        let found = compare("d".into(), &program, &trace, &layers);
        assert_eq!((found.first_difference.as_deref(), found.wrong_sums), (Some(trace.layers[3].name.as_str()), 1));
        let printed = found.to_string();
        assert!(!found.identical() && printed.matches("differs").count() == 4, "{found}");
        assert!(printed.contains("1 sum of the result differs"), "{found}");
    }

    #[test]
    fn missing_layers_and_sums_differ() {
        let (program, trace, mut layers) = case();
        layers.signatures.pop();
        let found = compare("d".into(), &program, &trace, &layers);
        assert_eq!(found.first_difference.as_ref(), trace.layers.last().map(|layer| &layer.name));
        let (program, trace, mut layers) = case();
        layers.sums.pop();
        assert!(!compare("d".into(), &program, &trace, &layers).identical());
    }
}
