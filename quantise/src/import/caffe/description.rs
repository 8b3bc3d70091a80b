//! A `.prototxt` as the list of layers that run when a network is used.

use super::super::ImportError;
use super::text::{self, Message};
use std::path::{Path, PathBuf};

/// A network's description.
#[derive(Debug)]
pub struct Net {
    /// The file.
    pub path: PathBuf,
    /// The layers of the test phase, in the order of the file.
    pub layers: Vec<Layer>,
    /// Inputs that stand outside the layers, with their shapes (empty when not given).
    pub inputs: Vec<(String, Vec<usize>)>,
}

/// One layer.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its name, by which weights are found.
    pub name: String,
    /// Its type as today's Caffe writes it, for example `Convolution`.
    pub kind: String,
    /// Blobs that it reads.
    pub bottoms: Vec<String>,
    /// Blobs that it gives; one may be a bottom too (computed in place).
    pub tops: Vec<String>,
    message: Message,
}

impl Net {
    /// Parses a file's bytes; `path` is what errors call it.
    ///
    /// # Errors
    /// Bytes that are no text format, or a number that is none.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, ImportError> {
        let format = |reason: String| ImportError::Format { path: path.into(), format: "prototxt", reason };
        let text = std::str::from_utf8(bytes).map_err(|e| format(net::text::cause(&e)))?;
        let message = text::parse(text).map_err(format)?;
        // `layers` with types in capitals is the form of 2013; the forms do not mix
        let layers: Vec<Layer> = message.messages("layer").chain(message.messages("layers")).filter(|m| runs(m)).map(Layer::new).collect();
        if layers.is_empty() {
            return Err(format("it describes no layers".into()));
        }
        let names: Vec<&str> = message.scalars("input").collect();
        let dims = sides(&message, "input_dim").map_err(format)?;
        let shapes = message.messages("input_shape").map(|m| sides(m, "dim")).collect::<Result<Vec<_>, _>>().map_err(format)?;
        let shape = |i: usize| shapes.get(i).cloned().or_else(|| dims.get(4 * i..4 * i + 4).map(<[usize]>::to_vec)).unwrap_or_default();
        let inputs = names.iter().enumerate().map(|(i, name)| (name.to_string(), shape(i))).collect();
        Ok(Self { path: path.into(), layers, inputs })
    }
}

impl Layer {
    fn new(message: &Message) -> Self {
        let list = |name| message.scalars(name).map(String::from).collect();
        let name = message.scalar("name").unwrap_or_default().to_string();
        let kind = modern_kind(message.scalar("type").unwrap_or_default());
        Self { name, kind, bottoms: list("bottom"), tops: list("top"), message: message.clone() }
    }

    /// Parameters of the layer's own type, for example `convolution_param`.
    pub fn parameters<'a>(&'a self, name: &'a str) -> Parameters<'a> {
        Parameters { messages: self.message.messages(name).collect() }
    }
}

/// The fields of a parameter message; repeated messages count as one, as in protobuf.
pub struct Parameters<'a> {
    messages: Vec<&'a Message>,
}

impl Parameters<'_> {
    /// The last value of `name` as text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.messages.iter().rev().find_map(|m| m.scalar(name))
    }

    /// The last value of `name` as a whole number.
    ///
    /// # Errors
    /// Text that is no number.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, String> {
        let parse = |text: &str| text.parse().map_err(|_| format!("has {name} `{text}`, expected a whole number"));
        self.text(name).map(parse).transpose()
    }

    /// The last value of `name` as a number.
    ///
    /// # Errors
    /// Text that is no number.
    pub fn number(&self, name: &str) -> Result<Option<f64>, String> {
        let parse = |text: &str| text.trim_end_matches('f').parse().map_err(|_| format!("has {name} `{text}`, expected a number"));
        self.text(name).map(parse).transpose()
    }

    /// The last value of `name` as a truth value, `default` when it is not there.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.text(name).map_or(default, |t| matches!(t, "true" | "1" | "t" | "True"))
    }

    /// Rows and columns of a kernel, stride or pad: `name_h` and `name_w`, or `base` once or twice.
    ///
    /// # Errors
    /// Text that is no number.
    pub fn pair(&self, base: &str, prefix: &str, default: i64) -> Result<[i64; 2], String> {
        let parse = |text: &str| text.parse::<i64>().map_err(|_| format!("has {base} `{text}`, expected a whole number"));
        let all = self.messages.iter().flat_map(|m| m.scalars(base)).map(parse).collect::<Result<Vec<_>, _>>()?;
        let both = match all[..] {
            [] => [default; 2],
            [one] => [one; 2],
            [rows, columns, ..] => [rows, columns],
        };
        let own = |side: &str, value| Ok::<_, String>(self.integer(&format!("{prefix}_{side}"))?.unwrap_or(value));
        Ok([own("h", both[0])?, own("w", both[1])?])
    }

    /// The shape that an input layer gives.
    ///
    /// # Errors
    /// A side that is no size.
    pub fn shape(&self) -> Result<Vec<usize>, String> {
        self.messages.iter().flat_map(|m| m.messages("shape")).next().map_or(Ok(Vec::new()), |m| sides(m, "dim"))
    }
}

fn sides(message: &Message, name: &str) -> Result<Vec<usize>, String> {
    let parse = |text: &str| text.parse::<usize>().map_err(|_| format!("{name} is `{text}`, expected a size"));
    message.scalars(name).map(parse).collect()
}

/// Whether a layer belongs to the test phase.
fn runs(layer: &Message) -> bool {
    let trains = |rule: &Message| rule.scalar("phase") == Some("TRAIN");
    let tests = |rule: &Message| rule.scalar("phase").is_none_or(|p| p == "TEST");
    let included = layer.messages("include").count() == 0 || layer.messages("include").any(tests);
    included && !layer.messages("exclude").any(|rule| !trains(rule))
}

/// The type's name in the old form (an enum) as the new form has it (a string).
fn modern_kind(kind: &str) -> String {
    match kind {
        "CONVOLUTION" => "Convolution",
        "RELU" => "ReLU",
        "POOLING" => "Pooling",
        "CONCAT" => "Concat",
        "DROPOUT" => "Dropout",
        "SOFTMAX" => "Softmax",
        "SOFTMAX_LOSS" => "SoftmaxWithLoss",
        "DATA" => "Data",
        "IMAGE_DATA" => "ImageData",
        "ACCURACY" => "Accuracy",
        "FLATTEN" => "Flatten",
        "SPLIT" => "Split",
        other => other,
    }
    .into()
}
