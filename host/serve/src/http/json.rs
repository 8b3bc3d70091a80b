//! The protocol's JSON of requests and answers.

use super::binary;
use crate::fault::Fault;
use crate::models::Served;
use crate::parameters::{Parameters, Value};
use crate::request::{once, Request};
use crate::tensor::{Content, Input, InputKind, Output, OutputKind, Values};
use base64::Engine;
use bytes::{Bytes, BytesMut};
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fmt;

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(default)]
    id: String,
    #[serde(default)]
    parameters: HashMap<String, serde_json::Value>,
    #[serde(borrow)]
    inputs: Vec<HeadInput<'a>>,
    #[serde(default)]
    outputs: Vec<HeadOutput>,
}

#[derive(Deserialize)]
struct HeadInput<'a> {
    name: String,
    datatype: String,
    shape: Vec<i64>,
    #[serde(default)]
    parameters: HashMap<String, serde_json::Value>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct HeadOutput {
    name: String,
    #[serde(default)]
    parameters: HashMap<String, serde_json::Value>,
}

/// A request, and the form in which its answer is wanted.
#[derive(Debug)]
pub struct Asked {
    /// The request.
    pub request: Request,
    /// The caller's name of it.
    pub id: String,
    /// Of each of [`Request::outputs`], whether it is wanted in bytes; of no outputs, of all.
    binary: Vec<bool>,
    binary_by_default: bool,
}

impl Asked {
    fn is_binary(&self, output: usize) -> bool {
        self.binary.get(output).copied().unwrap_or(self.binary_by_default)
    }
}

/// Triton's raw request: the body is one image file, and the answer JSON.
pub fn file(file: Bytes) -> Asked {
    let inputs = vec![Input { shape: vec![1], content: Content::Files(vec![file]) }];
    Asked { request: Request { inputs, ..Request::default() }, id: String::new(), binary: Vec::new(), binary_by_default: false }
}

fn parameters(json: HashMap<String, serde_json::Value>) -> Parameters {
    let value = |value| match value {
        serde_json::Value::Bool(is) => Value::Bool(is),
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Number(number) => number.as_i64().map_or(Value::Other, Value::Integer),
        _ => Value::Other,
    };
    json.into_iter().map(|(name, json)| (name, value(json))).collect()
}

/// Reads a request: its JSON, and the tensors' bytes behind it.
///
/// # Errors
/// JSON of another form, inputs or outputs that there are not, content that is missing, of another type or too much.
pub fn read(json: &[u8], mut rest: Bytes) -> Result<Asked, Fault> {
    let wrong =
        |cause| Fault::malformed(format!("the request's JSON cannot be read: {cause}; expected an inference request of the protocol v2"));
    let head: Head = serde_json::from_slice(json).map_err(wrong)?;
    let mut inputs = Vec::with_capacity(head.inputs.len());
    for input in head.inputs {
        inputs.push(read_input(input, &mut rest)?);
    }
    binary::end(&rest)?;
    let of_request = parameters(head.parameters);
    let binary_by_default = of_request.boolean("binary_data_output")?.unwrap_or(false);
    let (mut outputs, mut binary) = (Vec::new(), Vec::new());
    for output in head.outputs {
        let of_output = parameters(output.parameters);
        of_output.refuse_unsupported(&output.name)?;
        outputs.push(OutputKind::of(&output.name)?);
        binary.push(of_output.boolean("binary_data")?.unwrap_or(binary_by_default));
    }
    once(&outputs)?;
    Ok(Asked { request: Request { inputs, outputs, parameters: of_request }, id: head.id, binary, binary_by_default })
}

fn read_input(input: HeadInput, rest: &mut Bytes) -> Result<Input, Fault> {
    let (name, of_input) = (&input.name, parameters(input.parameters));
    of_input.refuse_unsupported(name)?;
    let kind = InputKind::of(name, &input.datatype)?;
    let content = match (of_input.integer("binary_data_size")?, input.data) {
        (Some(size), None) => Content::from_raw(kind, binary::take(name, size, rest)?)?,
        (None, Some(data)) => read_data(kind, data, &of_input)?,
        (Some(_), Some(_)) => return Err(Fault::malformed(format!("{name}: there are both data and binary_data_size; send one of them"))),
        (None, None) => return Err(Fault::malformed(format!("{name}: there is no content; send data or binary_data_size"))),
    };
    Ok(Input { shape: input.shape, content })
}

/// Content in JSON: numbers, or text, which base64 is with the parameter `content_type`.
fn read_data(kind: InputKind, data: &RawValue, of_input: &Parameters) -> Result<Content, Fault> {
    let wrong = |cause: serde_json::Error| Fault::malformed(format!("{}: the data cannot be read: {cause}", kind.name()));
    let mut json = serde_json::Deserializer::from_str(data.get());
    match kind {
        InputKind::Images => {
            let mut bytes = Vec::new();
            Flat { to: &mut bytes, of: "integers 0 to 255" }.deserialize(&mut json).map_err(wrong)?;
            Ok(Content::Pixels(bytes.into()))
        }
        InputKind::Encoded => {
            let mut texts: Vec<String> = Vec::new();
            Flat { to: &mut texts, of: "strings" }.deserialize(&mut json).map_err(wrong)?;
            let is_base64 = of_input.text("content_type")? == Some("base64");
            let file = |(i, text): (usize, String)| match is_base64 {
                false => Ok(text.into()),
                true => base64::engine::general_purpose::STANDARD
                    .decode(text)
                    .map(Bytes::from)
                    .map_err(|cause| Fault::malformed(format!("encoded[{i}]: this is not base64: {cause}"))),
            };
            Ok(Content::Files(texts.into_iter().enumerate().map(file).collect::<Result<_, _>>()?))
        }
    }
}

/// Elements of a tensor in lists of any depth, rows first, as the protocol allows them; serde_json bounds the depth.
struct Flat<'a, T> {
    to: &'a mut Vec<T>,
    of: &'static str,
}

/// What an element may be in JSON.
trait Element: Sized {
    fn from_unsigned(_: u64) -> Option<Self> {
        None
    }
    fn from_text(_: &str) -> Option<Self> {
        None
    }
}

impl Element for u8 {
    fn from_unsigned(value: u64) -> Option<Self> {
        value.try_into().ok()
    }
}

impl Element for String {
    fn from_text(value: &str) -> Option<Self> {
        Some(value.into())
    }
}

impl<'de, T: Element> DeserializeSeed<'de> for Flat<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de, T: Element> Visitor<'de> for Flat<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}, or lists of them", self.of)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        let element = T::from_unsigned(value).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Unsigned(value), &self))?;
        self.to.push(element);
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        let element = T::from_text(value).ok_or_else(|| E::invalid_type(serde::de::Unexpected::Str(value), &self))?;
        self.to.push(element);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Flat { to: &mut *self.to, of: self.of })?.is_some() {}
        Ok(())
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    model_name: &'a str,
    model_version: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    id: &'a str,
    outputs: Vec<AnswerOutput<'a>>,
}

#[derive(Serialize)]
struct AnswerOutput<'a> {
    name: &'static str,
    datatype: &'static str,
    shape: [usize; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<AnswerParameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data<'a>>,
}

impl<'a> AnswerOutput<'a> {
    /// Of `output`, whose bytes stand behind the JSON if they are `raw`.
    fn new(output: &'a Output, raw: Option<&Bytes>) -> Self {
        Self {
            name: output.kind.name(),
            datatype: output.kind.datatype(),
            shape: output.shape,
            parameters: raw.map(|raw| AnswerParameters { binary_data_size: raw.len() }),
            data: raw.is_none().then(|| Data::from(&output.values)),
        }
    }
}

#[derive(Serialize)]
struct AnswerParameters {
    binary_data_size: usize,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Unsigned(&'a [u32]),
    Float(&'a [f32]),
    Text(&'a [String]),
}

impl<'a> From<&'a Values> for Data<'a> {
    fn from(values: &'a Values) -> Self {
        match values {
            Values::Unsigned(values) => Self::Unsigned(values),
            Values::Float(values) => Self::Float(values),
            Values::Text(values) => Self::Text(values),
        }
    }
}

/// A written answer.
pub struct Written {
    /// JSON, and the tensors' bytes behind it.
    pub body: Bytes,
    /// The JSON's length, where there is something behind it.
    pub json: Option<usize>,
}

/// Writes `outputs` in the form that was asked for.
///
/// # Errors
/// None that is known.
pub fn write(asked: &Asked, served: &Served, outputs: &[Output]) -> Result<Written, Fault> {
    let raw: Vec<Option<Bytes>> = outputs.iter().enumerate().map(|(i, output)| asked.is_binary(i).then(|| output.values.raw())).collect();
    let answers = outputs.iter().zip(&raw).map(|(output, raw)| AnswerOutput::new(output, raw.as_ref())).collect();
    let answer = Answer { model_name: &served.name, model_version: served.version.to_string(), id: &asked.id, outputs: answers };
    let json = serde_json::to_vec(&answer).map_err(|cause| Fault::new(crate::fault::Kind::Failed, cause.to_string()))?;
    if raw.iter().all(Option::is_none) {
        return Ok(Written { body: json.into(), json: None });
    }
    let length = json.len();
    let mut body = BytesMut::with_capacity(length + raw.iter().flatten().map(Bytes::len).sum::<usize>());
    body.extend_from_slice(&json);
    raw.iter().flatten().for_each(|raw| body.extend_from_slice(raw));
    Ok(Written { body: body.freeze(), json: Some(length) })
}
