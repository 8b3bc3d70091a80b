//! From a device's name to the device: the one place that knows all kinds.

use super::board::{BoardDevice, Place};
use super::sim::Simulated;
use super::software::{Software, SoftwareLayers};
use super::spec::{BoardName, DeviceSpec};
use super::{Device, DeviceError, LayerDevice};
use crate::options::Options;
use contract::engine::EngineConfig;
use net::compiler::compile;
use net::model_file::Model;

/// Opens the device `spec` with `model` in it. `progress` hears what takes long.
///
/// # Errors
/// In one sentence, why the device cannot be used.
pub fn open(spec: &DeviceSpec, model: &Model, options: &Options, progress: &mut dyn FnMut(String)) -> Result<Box<dyn Device>, DeviceError> {
    match spec {
        DeviceSpec::Software => Ok(Box::new(Software::open(model, options.threads)?)),
        DeviceSpec::Sim { columns } => {
            let columns = columns.unwrap_or(options.columns);
            Ok(Box::new(Simulated::open(spec.to_string(), model, columns, progress)?))
        }
        DeviceSpec::Xdma(which) => Ok(Box::new(board(spec, which, model, options, progress)?)),
    }
}

/// As [`open`], for a look into the layers. Signatures depend on the engine's columns.
///
/// # Errors
/// In one sentence, why the device cannot be used.
pub fn open_layers(
    spec: &DeviceSpec,
    model: &Model,
    options: &Options,
    progress: &mut dyn FnMut(String),
) -> Result<Box<dyn LayerDevice>, DeviceError> {
    let columns = columns(spec, options);
    match spec {
        DeviceSpec::Software => {
            let program = compile(&model.network, &EngineConfig::standard(columns))?;
            Ok(Box::new(SoftwareLayers::open(model, program)?))
        }
        DeviceSpec::Sim { .. } => Ok(Box::new(Simulated::open(spec.to_string(), model, columns, progress)?)),
        DeviceSpec::Xdma(which) => Ok(Box::new(board(spec, which, model, options, progress)?)),
    }
}

fn board(
    spec: &DeviceSpec,
    which: &BoardName,
    model: &Model,
    options: &Options,
    progress: &mut dyn FnMut(String),
) -> Result<BoardDevice, DeviceError> {
    progress(format!("{spec} is reset and gets its program"));
    let place = Place { folder: &options.device_dir, sysfs: &options.sysfs };
    BoardDevice::open(spec.to_string(), which, place, model, driver::Options::default())
}

/// Columns of the array that `spec` has, or stands for.
fn columns(spec: &DeviceSpec, options: &Options) -> usize {
    match spec {
        DeviceSpec::Sim { columns: Some(columns) } => *columns,
        _ => options.columns,
    }
}
