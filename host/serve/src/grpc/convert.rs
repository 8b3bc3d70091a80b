//! Requests from gRPC's messages, and answers into them.

use super::proto::infer_parameter::ParameterChoice;
use super::proto::model_infer_request::InferInputTensor;
use super::proto::model_infer_response::InferOutputTensor;
use super::proto::{InferParameter, InferTensorContents, ModelInferRequest, ModelInferResponse};
use crate::fault::Fault;
use crate::models::Served;
use crate::parameters::{Parameters, Value};
use crate::request::{once, Request};
use crate::tensor::{Content, Input, InputKind, Output, OutputKind, Values};
use bytes::Bytes;
use std::collections::HashMap;

fn parameters(given: HashMap<String, InferParameter>) -> Parameters {
    let value = |parameter: InferParameter| match parameter.parameter_choice {
        Some(ParameterChoice::BoolParam(is)) => Value::Bool(is),
        Some(ParameterChoice::Int64Param(integer)) => Value::Integer(integer),
        Some(ParameterChoice::Uint64Param(integer)) => i64::try_from(integer).map_or(Value::Other, Value::Integer),
        Some(ParameterChoice::StringParam(text)) => Value::Text(text),
        Some(ParameterChoice::DoubleParam(_)) | None => Value::Other,
    };
    given.into_iter().map(|(name, parameter)| (name, value(parameter))).collect()
}

/// A request, and whether its tensors came as bytes, which the answer's then do too.
///
/// # Errors
/// Inputs or outputs that there are not, content that is missing, twice there or of another type.
pub fn request(message: ModelInferRequest) -> Result<(Request, bool), Fault> {
    let is_raw = !message.raw_input_contents.is_empty();
    let (found, expected) = (message.raw_input_contents.len(), message.inputs.len());
    if is_raw && found != expected {
        return Err(Fault::malformed(format!("raw_input_contents has {found} tensors; expected {expected}, one for each input, or none")));
    }
    let mut raw = message.raw_input_contents.into_iter();
    let inputs = message.inputs.into_iter().map(|tensor| input(tensor, raw.next())).collect::<Result<_, _>>()?;
    let output = |output: super::proto::model_infer_request::InferRequestedOutputTensor| {
        parameters(output.parameters).refuse_unsupported(&output.name)?;
        OutputKind::of(&output.name)
    };
    let outputs: Vec<_> = message.outputs.into_iter().map(output).collect::<Result<_, _>>()?;
    once(&outputs)?;
    Ok((Request { inputs, outputs, parameters: parameters(message.parameters) }, is_raw))
}

fn input(tensor: InferInputTensor, raw: Option<Bytes>) -> Result<Input, Fault> {
    let name = &tensor.name;
    parameters(tensor.parameters).refuse_unsupported(name)?;
    let kind = InputKind::of(name, &tensor.datatype)?;
    let content = match (raw, tensor.contents) {
        (Some(raw), None) => Content::from_raw(kind, raw)?,
        (None, Some(contents)) => typed(kind, contents)?,
        (Some(_), Some(_)) => {
            return Err(Fault::malformed(format!("{name}: there are both contents and raw_input_contents; send one of them")))
        }
        (None, None) => return Err(Fault::malformed(format!("{name}: there is no content; send contents or raw_input_contents"))),
    };
    Ok(Input { shape: tensor.shape, content })
}

fn typed(kind: InputKind, contents: InferTensorContents) -> Result<Content, Fault> {
    match kind {
        InputKind::Images => {
            let byte = |(i, value): (usize, u32)| {
                let wrong = || Fault::malformed(format!("images: value {i} is {value}; expected 0 to 255 in uint_contents"));
                u8::try_from(value).map_err(|_| wrong())
            };
            let bytes: Vec<u8> = contents.uint_contents.into_iter().enumerate().map(byte).collect::<Result<_, _>>()?;
            Ok(Content::Pixels(bytes.into()))
        }
        InputKind::Encoded => Ok(Content::Files(contents.bytes_contents)),
    }
}

/// An answer, in bytes or typed.
pub fn response(served: &Served, id: String, outputs: Vec<Output>, is_raw: bool) -> ModelInferResponse {
    let raw_output_contents = if is_raw { outputs.iter().map(|output| output.values.raw()).collect() } else { Vec::new() };
    let tensor = |output: Output| InferOutputTensor {
        name: output.kind.name().into(),
        datatype: output.kind.datatype().into(),
        shape: output.shape.iter().map(|size| *size as i64).collect(),
        parameters: HashMap::new(),
        contents: (!is_raw).then(|| contents(output.values)),
    };
    ModelInferResponse {
        model_name: served.name.clone(),
        model_version: served.version.to_string(),
        id,
        parameters: HashMap::new(),
        outputs: outputs.into_iter().map(tensor).collect(),
        raw_output_contents,
    }
}

fn contents(values: Values) -> InferTensorContents {
    let empty = InferTensorContents::default();
    match values {
        Values::Unsigned(uint_contents) => InferTensorContents { uint_contents, ..empty },
        Values::Float(fp32_contents) => InferTensorContents { fp32_contents, ..empty },
        Values::Text(texts) => InferTensorContents { bytes_contents: texts.into_iter().map(Bytes::from).collect(), ..empty },
    }
}
