//! Tools, model, and a frame on what needs no board.

use super::check::{Check, Status};
use ember::device::sim::Simulated;
use ember::device::{Device, DeviceError, Frame};
use ember::Options;
use net::assets::PHOTOGRAPHS;
use net::fast::{FastNetwork, Path};
use net::model_file::{hex, Model, ModelError};
use sim::verilator::Builder;

/// The default model's answer to the first shipped photograph: espresso.
const EXPECTED_CLASS: usize = 967;

/// What the simulation needs; `missing` is how bad it is without.
pub fn tools(missing: Status) -> Vec<Check> {
    const NAME: &str = "simulation tools";
    vec![match Builder::from_environment() {
        Ok(builder) => Check::ok(NAME, builder.toolchain().describe()),
        Err(error) => Check::bad(missing, NAME, error.to_string(), "apt-get install verilator g++ (only --device sim and tests need them)"),
    }]
}

/// The model file.
pub fn model(model: &Result<Model, ModelError>) -> Check {
    match model {
        Ok(model) => {
            let layout = model.layout();
            let size = format!("{}x{}, {} classes", layout.height, layout.width, layout.classifier.classes);
            let hash = hex(&model.hash());
            Check::ok("model", format!("SqueezeNet {} at {size}, SHA-256 {}...", layout.name, &hash[..16]))
        }
        Err(error) => Check::bad(Status::Red, "model", error.to_string(), "name another file with --model, or none for the embedded model"),
    }
}

/// One frame with every set of vector instructions of this CPU.
pub fn software(model: &Model) -> Check {
    const NAME: &str = "software path";
    let broken = |found: String| Check::bad(Status::Red, NAME, found, "do not use --device software here, and please report this");
    let image = model.input(&PHOTOGRAPHS[0]);
    let mut all = Vec::new();
    for path in Path::available() {
        match FastNetwork::with_path(&model.network, path).and_then(|engine| engine.run(image.view())) {
            Ok(sums) => all.push((path, sums)),
            Err(error) => return broken(error.to_string()),
        }
    }
    let names: Vec<String> = all.iter().map(|(path, _)| path.to_string()).collect();
    let Some(((_, first), others)) = all.split_first() else { return broken("there is no path for this CPU".into()) };
    if let Some((path, _)) = others.iter().find(|(_, sums)| sums != first) {
        return broken(format!("{path} and {} give different sums for one photograph", names[0]));
    }
    let default = model.hash() == Model::default_model().hash();
    let best = model.top(first, 1).first().map(|best| (best.class, best.name.clone()));
    match best {
        Some((class, name)) if default && class != EXPECTED_CLASS => broken(format!("{} is called {name}", PHOTOGRAPHS[0].name)),
        _ => Check::ok(NAME, format!("one frame, the same sums with {}", names.join(", "))),
    }
}

/// One frame on the simulated engine, against the software path.
pub fn simulation(model: &Model, options: &Options, progress: &mut dyn FnMut(String)) -> Check {
    let name = format!("simulated engine, {} columns", options.columns);
    match simulate(model, options, progress) {
        Ok(true) => Check::ok(name, "one frame, the sums of the software path"),
        Ok(false) => Check::bad(Status::Red, name, "other sums than the software path's", "ember trace-layers IMAGE names the layer"),
        Err(error) => Check::bad(Status::Red, name, error.to_string(), "see docs/simulation.md"),
    }
}

fn simulate(model: &Model, options: &Options, progress: &mut dyn FnMut(String)) -> Result<bool, DeviceError> {
    let image = model.input(&PHOTOGRAPHS[0]);
    let expected = FastNetwork::new(&model.network)?.run(image.view())?;
    let mut device = Simulated::open("sim".into(), model, options.columns, progress)?;
    progress("a frame on the simulated engine".into());

    let mut found = None;
    device.run(vec![Frame { sequence: 0, image: image.try_into()? }], &mut |answer| found = Some(answer.sums))?;
    Ok(matches!(found, Some(Ok(sums)) if sums == expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_model_passes_and_a_damaged_one_is_red() {
        let default = Ok(Model::default_model());
        assert_eq!(model(&default).status, Status::Ok);
        assert_eq!(software(&Model::default_model()).status, Status::Ok);
        let check = model(&Model::from_bytes("broken.ember", b"nothing"));
        assert!(check.status == Status::Red && check.found.contains("broken.ember") && check.remedy.is_some(), "{check:?}");
    }
}
