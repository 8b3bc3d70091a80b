//! `ember export`: a model's integers as an ONNX file.

use crate::cli::export::ExportArgs;
use anyhow::{ensure, Result};
use net::files;
use net::model_file::{self, Model};
use net::text::shown;

/// Runs the command.
///
/// # Errors
/// In one sentence, whatever stands in the way.
pub fn run(args: &ExportArgs) -> Result<()> {
    let is_onnx = args.output.extension().is_some_and(|e| e.eq_ignore_ascii_case("onnx"));
    ensure!(is_onnx, "{}: expected a file name that ends in .onnx", shown(&args.output));
    files::check_writable(&args.output)?;
    let model = args.model.as_deref().map_or_else(|| Ok(Model::default_model()), model_file::load)?;
    files::write(&args.output, &quantise::export::onnx(&model)?)?;
    let layout = model.layout();
    let photographs = model.preprocessing.describe(layout.height, layout.width);
    Ok(stdio::line!(
        "{}: QDQ ONNX, input `image` 1x3x{}x{} of red, green, blue from 0 to 255 ({photographs}), output `logits`",
        shown(&args.output),
        layout.height,
        layout.width
    )?)
}
