//! A request to classify, whichever protocol brought it.

use crate::fault::Fault;
use crate::parameters::Parameters;
use crate::tensor::{Content, Input, InputKind, OutputKind};
use bytes::Bytes;
use ember::{Image, Model, Pixels};
use std::time::Duration;

/// Classes in `class_ids` and `labels` when the request does not say how many.
const TOP: usize = 5;

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// The tensors.
    pub inputs: Vec<Input>,
    /// The outputs, in the order of the answer; without any, all of them.
    pub outputs: Vec<OutputKind>,
    /// Of the request as a whole.
    pub parameters: Parameters,
}

impl Request {
    /// The images, in their order, called `images[0]` and so on in errors.
    ///
    /// # Errors
    /// Not exactly one input, no image or more than `most`, a shape that the model has not, or content that does not fill it.
    pub fn images(&self, model: &Model, most: usize) -> Result<Vec<Image>, Fault> {
        let [input] = self.inputs.as_slice() else {
            let found = self.inputs.len();
            return Err(Fault::malformed(format!("the request has {found} inputs; expected one, images or encoded")));
        };
        let name = input.content.kind().name();
        let expected = shape(input.content.kind(), model);
        let fits = input.shape.len() == expected.len() && input.shape[1..] == expected[1..] && input.shape[0] > 0;
        if !fits {
            return Err(Fault::malformed(format!("{name}: the shape is {:?}; expected {expected:?}, at least one image", input.shape)));
        }
        let count = usize::try_from(input.shape[0]).unwrap_or(usize::MAX);
        if count > most {
            return Err(Fault::malformed(format!("{name}: the batch has {count} images; expected at most {most}, send several requests")));
        }
        match &input.content {
            Content::Pixels(bytes) => pixels(bytes, count, model),
            Content::Files(files) => encoded(files, count),
        }
    }

    /// Classes asked for in `class_ids` and `labels`, of `classes`.
    ///
    /// # Errors
    /// None, or more than there are.
    pub fn top(&self, classes: usize) -> Result<usize, Fault> {
        let Some(top) = self.parameters.integer("top")? else { return Ok(TOP.min(classes)) };
        let wrong = || Fault::malformed(format!("the parameter top is {top}; expected 1 to {classes}, the model's classes"));
        usize::try_from(top).ok().filter(|top| (1..=classes).contains(top)).ok_or_else(wrong)
    }

    /// How long the caller waits, from Triton's parameter `timeout` in microseconds.
    ///
    /// # Errors
    /// No time.
    pub fn timeout(&self) -> Result<Option<Duration>, Fault> {
        // as in Triton, 0 is no limit
        let Some(micros) = self.parameters.integer("timeout")?.filter(|micros| *micros != 0) else { return Ok(None) };
        let wrong = || Fault::malformed(format!("the parameter timeout is {micros}; expected microseconds, 0 for no limit"));
        Ok(Some(Duration::from_micros(u64::try_from(micros).map_err(|_| wrong())?)))
    }
}

/// The shape of an input of `model`; -1 is the batch.
pub fn shape(kind: InputKind, model: &Model) -> Vec<i64> {
    let [height, width, colours] = model.input_shape().map(|size| size as i64);
    match kind {
        InputKind::Images => vec![-1, height, width, colours],
        InputKind::Encoded => vec![-1],
    }
}

/// Views of `bytes`, an image each.
fn pixels(bytes: &Bytes, count: usize, model: &Model) -> Result<Vec<Image>, Fault> {
    let [height, width, colours] = model.input_shape();
    let size = height * width * colours;
    let expected = count.saturating_mul(size);
    if bytes.len() != expected {
        let found = bytes.len();
        return Err(Fault::malformed(format!("images: the tensor has {found} bytes; expected {expected}, which its shape asks for")));
    }
    (0..count)
        .map(|i| {
            let pixels = Pixels::new(bytes.slice(i * size..(i + 1) * size), height, width);
            Ok(Image::pixels(pixels.map_err(|cause| Fault::malformed(format!("images[{i}]: {cause}")))?).named(format!("images[{i}]")))
        })
        .collect()
}

fn encoded(files: &[Bytes], count: usize) -> Result<Vec<Image>, Fault> {
    if files.len() != count {
        let found = files.len();
        return Err(Fault::malformed(format!("encoded: the tensor has {found} elements; expected {count}, which its shape asks for")));
    }
    Ok(files.iter().enumerate().map(|(i, file)| Image::encoded(file.clone()).named(format!("encoded[{i}]"))).collect())
}

/// Refuses an output that is asked for twice.
///
/// # Errors
/// The first one.
pub fn once(outputs: &[OutputKind]) -> Result<(), Fault> {
    match outputs.iter().enumerate().find(|(i, kind)| outputs[..*i].contains(kind)) {
        Some((_, kind)) => Err(Fault::malformed(format!("the output {} is asked for twice; ask once", kind.name()))),
        None => Ok(()),
    }
}
