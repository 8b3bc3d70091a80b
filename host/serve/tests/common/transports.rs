//! One request in every form in which the protocol carries it.

use super::raw::{self, Reply};
use super::Running;
use base64::Engine;
use serde_json::{json, Map, Value};
use serve::grpc::proto::grpc_inference_service_client::GrpcInferenceServiceClient;
use serve::grpc::proto::infer_parameter::ParameterChoice;
use serve::grpc::proto::model_infer_request::{InferInputTensor, InferRequestedOutputTensor};
use serve::grpc::proto::{InferParameter, InferTensorContents, ModelInferRequest};
use std::collections::BTreeMap;
use tokio::runtime::Runtime;
use tonic::transport::Channel;

/// A tensor to be sent.
#[derive(Clone, Debug)]
pub struct Tensor {
    pub name: &'static str,
    pub datatype: &'static str,
    pub shape: Vec<i64>,
    pub content: Content,
}

/// What a tensor holds.
#[derive(Clone, Debug)]
pub enum Content {
    Pixels(Vec<u8>),
    Files(Vec<Vec<u8>>),
}

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    pub model: &'static str,
    pub version: &'static str,
    pub id: &'static str,
    pub inputs: Vec<Tensor>,
    pub outputs: Vec<&'static str>,
    pub parameters: Vec<(&'static str, Value)>,
}

/// An output, its values as the protocol's bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Got {
    pub datatype: String,
    pub shape: Vec<i64>,
    pub raw: Vec<u8>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub model: String,
    pub version: String,
    pub id: String,
    /// Names in their order.
    pub names: Vec<String>,
    pub outputs: BTreeMap<String, Got>,
}

/// A refusal in the words of both protocols: HTTP's status.
pub type Refusal = (u16, String);

/// The forms.
pub const ALL: [Form; 4] = [Form::HttpJson, Form::HttpBinary, Form::GrpcTyped, Form::GrpcRaw];

/// A form in which the protocol carries requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    HttpJson,
    HttpBinary,
    GrpcTyped,
    GrpcRaw,
}

/// Asks a server in every form.
pub struct Asker {
    http: std::net::SocketAddr,
    runtime: Runtime,
    grpc: GrpcInferenceServiceClient<Channel>,
}

impl Asker {
    pub fn new(running: &Running) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let endpoint = Channel::from_shared(format!("http://{}", running.grpc)).expect("an address");
        let grpc = GrpcInferenceServiceClient::new(runtime.block_on(endpoint.connect()).expect("the server listens"));
        Self { http: running.http, runtime, grpc }
    }

    /// The gRPC client, and what runs it.
    pub fn grpc(&mut self) -> (&Runtime, &mut GrpcInferenceServiceClient<Channel>) {
        (&self.runtime, &mut self.grpc)
    }

    pub fn ask(&mut self, form: Form, ask: &Ask) -> Result<Answer, Refusal> {
        match form {
            Form::HttpJson => of_http(&self.http_reply(ask, false)),
            Form::HttpBinary => of_http(&self.http_reply(ask, true)),
            Form::GrpcTyped => self.grpc_answer(ask, false),
            Form::GrpcRaw => self.grpc_answer(ask, true),
        }
    }

    fn http_reply(&self, ask: &Ask, is_binary: bool) -> Reply {
        let (json, rest) = http_body(ask, is_binary);
        let json = json.to_string();
        let length = json.len().to_string();
        let headers = if is_binary { vec![("inference-header-content-length", length.as_str())] } else { vec![] };
        raw::ask(self.http, "POST", &path(ask), &headers, &[json.into_bytes(), rest].concat())
    }

    fn grpc_answer(&mut self, ask: &Ask, is_raw: bool) -> Result<Answer, Refusal> {
        let call = self.grpc.model_infer(grpc_message(ask, is_raw));
        let answer = self.runtime.block_on(call).map_err(|status| (http_status(status.code()), status.message().to_string()))?.into_inner();
        let mut raws = answer.raw_output_contents.into_iter();
        let mut outputs = BTreeMap::new();
        let names = answer.outputs.iter().map(|output| output.name.clone()).collect();
        for output in answer.outputs {
            let raw = match output.contents {
                Some(contents) => typed_raw(&contents),
                None => raws.next().expect("bytes of each output").to_vec(),
            };
            outputs.insert(output.name, Got { datatype: output.datatype, shape: output.shape, raw });
        }
        Ok(Answer { model: answer.model_name, version: answer.model_version, id: answer.id, names, outputs })
    }
}

/// Where a request goes.
pub fn path(ask: &Ask) -> String {
    match ask.version {
        "" => format!("/v2/models/{}/infer", ask.model),
        version => format!("/v2/models/{}/versions/{version}/infer", ask.model),
    }
}

/// A request's JSON, and the bytes behind it.
pub fn http_body(ask: &Ask, is_binary: bool) -> (Value, Vec<u8>) {
    let mut rest = Vec::new();
    let mut input = |tensor: &Tensor| {
        let mut json = json!({"name": tensor.name, "datatype": tensor.datatype, "shape": tensor.shape});
        if is_binary {
            let bytes = raw_of(&tensor.content);
            json["parameters"] = json!({"binary_data_size": bytes.len()});
            rest.extend(bytes);
            return json;
        }
        match &tensor.content {
            Content::Pixels(bytes) => json["data"] = json!(bytes),
            Content::Files(files) => {
                json["parameters"] = json!({"content_type": "base64"});
                json["data"] = files.iter().map(|file| base64::engine::general_purpose::STANDARD.encode(file)).collect();
            }
        }
        json
    };
    let inputs: Vec<Value> = ask.inputs.iter().map(&mut input).collect();
    let mut parameters: Map<String, Value> = ask.parameters.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    if is_binary {
        parameters.insert("binary_data_output".into(), true.into());
    }
    let mut json = json!({"inputs": inputs, "parameters": parameters});
    if !ask.id.is_empty() {
        json["id"] = ask.id.into();
    }
    if !ask.outputs.is_empty() {
        json["outputs"] = ask.outputs.iter().map(|name| json!({"name": name})).collect();
    }
    (json, rest)
}

/// A request's message.
pub fn grpc_message(ask: &Ask, is_raw: bool) -> ModelInferRequest {
    let parameter = |value: &Value| match value {
        Value::Bool(is) => ParameterChoice::BoolParam(*is),
        Value::Number(number) => ParameterChoice::Int64Param(number.as_i64().expect("an integer")),
        Value::String(text) => ParameterChoice::StringParam(text.clone()),
        other => panic!("gRPC has no parameter {other}"),
    };
    let contents = |content: &Content| match content {
        Content::Pixels(bytes) => {
            InferTensorContents { uint_contents: bytes.iter().map(|byte| u32::from(*byte)).collect(), ..Default::default() }
        }
        Content::Files(files) => {
            InferTensorContents { bytes_contents: files.iter().map(|file| file.clone().into()).collect(), ..Default::default() }
        }
    };
    let input = |tensor: &Tensor| InferInputTensor {
        name: tensor.name.into(),
        datatype: tensor.datatype.into(),
        shape: tensor.shape.clone(),
        parameters: Default::default(),
        contents: (!is_raw).then(|| contents(&tensor.content)),
    };
    let output = |name: &&str| InferRequestedOutputTensor { name: name.to_string(), parameters: Default::default() };
    let of_request = |(name, value): &(&str, Value)| (name.to_string(), InferParameter { parameter_choice: Some(parameter(value)) });
    ModelInferRequest {
        model_name: ask.model.into(),
        model_version: ask.version.into(),
        id: ask.id.into(),
        parameters: ask.parameters.iter().map(of_request).collect(),
        inputs: ask.inputs.iter().map(input).collect(),
        outputs: ask.outputs.iter().map(output).collect(),
        raw_input_contents: if is_raw { ask.inputs.iter().map(|tensor| raw_of(&tensor.content).into()).collect() } else { vec![] },
    }
}

fn raw_of(content: &Content) -> Vec<u8> {
    match content {
        Content::Pixels(bytes) => bytes.clone(),
        Content::Files(files) => files.iter().flat_map(|file| [&(file.len() as u32).to_le_bytes()[..], file].concat()).collect(),
    }
}

fn typed_raw(contents: &InferTensorContents) -> Vec<u8> {
    let unsigned = contents.uint_contents.iter().flat_map(|value| value.to_le_bytes());
    let float = contents.fp32_contents.iter().flat_map(|value| value.to_le_bytes());
    let texts: Vec<Vec<u8>> = contents.bytes_contents.iter().map(|text| text.to_vec()).collect();
    unsigned.chain(float).chain(raw_of(&Content::Files(texts))).collect()
}

/// An answer of HTTP.
pub fn of_http(reply: &Reply) -> Result<Answer, Refusal> {
    if reply.status != 200 {
        return Err((reply.status, reply.error()));
    }
    let length = reply.header("inference-header-content-length").map_or(reply.body.len(), |length| length.parse().expect("a number"));
    let (json, mut rest) = reply.body.split_at(length);
    let json: Value = serde_json::from_slice(json).expect("JSON");
    let mut outputs = BTreeMap::new();
    let mut names = Vec::new();
    for output in json["outputs"].as_array().expect("outputs") {
        let text = |name: &str| output[name].as_str().expect("text").to_string();
        let raw = match output["parameters"]["binary_data_size"].as_u64() {
            Some(size) => {
                let (raw, behind) = rest.split_at(size as usize);
                rest = behind;
                raw.to_vec()
            }
            None => json_raw(&output["datatype"], output["data"].as_array().expect("data")),
        };
        let shape = output["shape"].as_array().expect("a shape").iter().map(|size| size.as_i64().expect("a size")).collect();
        names.push(text("name"));
        outputs.insert(text("name"), Got { datatype: text("datatype"), shape, raw });
    }
    assert!(rest.is_empty(), "{} bytes behind the last output", rest.len());
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_string();
    Ok(Answer { model: text("model_name"), version: text("model_version"), id: text("id"), names, outputs })
}

fn json_raw(datatype: &Value, data: &[Value]) -> Vec<u8> {
    let each = |value: &Value| match datatype.as_str().expect("text") {
        "UINT32" => (value.as_u64().expect("unsigned") as u32).to_le_bytes().to_vec(),
        "FP32" => (value.as_f64().expect("a number") as f32).to_le_bytes().to_vec(),
        _ => raw_of(&Content::Files(vec![value.as_str().expect("text").as_bytes().to_vec()])),
    };
    data.iter().flat_map(each).collect()
}

/// HTTP's status for a gRPC code, by the table of google.rpc.Code.
pub fn http_status(code: tonic::Code) -> u16 {
    match code {
        tonic::Code::Ok => 200,
        tonic::Code::InvalidArgument | tonic::Code::OutOfRange => 400,
        tonic::Code::Unauthenticated => 401,
        tonic::Code::NotFound => 404,
        tonic::Code::Unimplemented => 501,
        tonic::Code::Unavailable => 503,
        tonic::Code::DeadlineExceeded => 504,
        _ => 500,
    }
}
