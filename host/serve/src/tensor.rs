//! The tensors of a classifier: what goes in, what comes out, and their bytes.

use crate::fault::Fault;
use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Inputs; a request has one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// `images`, UINT8 [-1,H,W,3]: pixels of the network's size, rows first, red green blue.
    Images,
    /// `encoded`, BYTES [-1]: image files.
    Encoded,
}

impl InputKind {
    /// All of them, in the order in which metadata lists them.
    pub const ALL: [Self; 2] = [Self::Images, Self::Encoded];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Images => "images",
            Self::Encoded => "encoded",
        }
    }

    /// The protocol's name of its type.
    pub fn datatype(self) -> &'static str {
        match self {
            Self::Images => "UINT8",
            Self::Encoded => "BYTES",
        }
    }

    /// Of a tensor in a request.
    ///
    /// # Errors
    /// No input has this name, or it has another type.
    pub fn of(name: &str, datatype: &str) -> Result<Self, Fault> {
        let unknown = || Fault::malformed(format!("there is no input {name:?}; expected images or encoded"));
        let kind = Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(unknown)?;
        if datatype != kind.datatype() {
            return Err(Fault::malformed(format!("{name}: the datatype is {datatype:?}; expected {}", kind.datatype())));
        }
        Ok(kind)
    }
}

/// An input as a request brings it.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its sizes, as they were said.
    pub shape: Vec<i64>,
    /// Its content.
    pub content: Content,
}

/// What an input holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Of `images`: the pixels.
    Pixels(Bytes),
    /// Of `encoded`: the files.
    Files(Vec<Bytes>),
}

impl Content {
    /// From the protocol's bytes of a tensor: pixels as they are, files each behind its length in four bytes, little endian. Nothing is copied.
    ///
    /// # Errors
    /// A length that leads beyond the end.
    pub fn from_raw(kind: InputKind, raw: Bytes) -> Result<Self, Fault> {
        match kind {
            InputKind::Images => Ok(Self::Pixels(raw)),
            InputKind::Encoded => Ok(Self::Files(elements(raw)?)),
        }
    }

    /// Which input it is.
    pub fn kind(&self) -> InputKind {
        match self {
            Self::Pixels(_) => InputKind::Images,
            Self::Files(_) => InputKind::Encoded,
        }
    }
}

/// The elements of a BYTES tensor.
fn elements(mut raw: Bytes) -> Result<Vec<Bytes>, Fault> {
    let mut elements = Vec::new();
    while raw.has_remaining() {
        let cut = |expected: usize, found: usize| {
            let at = elements.len();
            Fault::malformed(format!(
                "encoded[{at}]: {found} bytes are left; expected {expected}, an element's length in four bytes and then its bytes"
            ))
        };
        let length = raw.try_get_u32_le().map_err(|_| cut(4, raw.len()))? as usize;
        if length > raw.len() {
            return Err(cut(length, raw.len()));
        }
        elements.push(raw.split_to(length));
    }
    Ok(elements)
}

/// Outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// `sums`, UINT32 [-1, classes]: the engine's integers, exact.
    Sums,
    /// `probabilities`, FP32 [-1, classes]: softmax.
    Probabilities,
    /// `class_ids`, UINT32 [-1, top]: the likeliest classes' numbers, best first.
    ClassIds,
    /// `labels`, BYTES [-1, top]: their names.
    Labels,
}

impl OutputKind {
    /// All of them, in the order in which metadata lists them.
    pub const ALL: [Self; 4] = [Self::Sums, Self::Probabilities, Self::ClassIds, Self::Labels];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sums => "sums",
            Self::Probabilities => "probabilities",
            Self::ClassIds => "class_ids",
            Self::Labels => "labels",
        }
    }

    /// The protocol's name of its type.
    pub fn datatype(self) -> &'static str {
        match self {
            Self::Sums | Self::ClassIds => "UINT32",
            Self::Probabilities => "FP32",
            Self::Labels => "BYTES",
        }
    }

    /// Of a name in a request.
    ///
    /// # Errors
    /// No output has it.
    pub fn of(name: &str) -> Result<Self, Fault> {
        let unknown = || Fault::malformed(format!("there is no output {name:?}; expected sums, probabilities, class_ids or labels"));
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(unknown)
    }
}

/// An output of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Which one.
    pub kind: OutputKind,
    /// Images, and values of each.
    pub shape: [usize; 2],
    /// Row behind row.
    pub values: Values,
}

/// An output's values.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Of UINT32.
    Unsigned(Vec<u32>),
    /// Of FP32.
    Float(Vec<f32>),
    /// Of BYTES, which are UTF-8.
    Text(Vec<String>),
}

impl Values {
    /// The protocol's bytes: little endian, text behind its length in four bytes.
    pub fn raw(&self) -> Bytes {
        let mut raw = BytesMut::with_capacity(self.raw_len());
        match self {
            Self::Unsigned(values) => values.iter().for_each(|value| raw.put_u32_le(*value)),
            Self::Float(values) => values.iter().for_each(|value| raw.put_f32_le(*value)),
            Self::Text(values) => {
                for value in values {
                    raw.put_u32_le(value.len() as u32);
                    raw.put_slice(value.as_bytes());
                }
            }
        }
        raw.freeze()
    }

    fn raw_len(&self) -> usize {
        match self {
            Self::Unsigned(values) => 4 * values.len(),
            Self::Float(values) => 4 * values.len(),
            Self::Text(values) => values.iter().map(|value| 4 + value.len()).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_behind_their_lengths() {
        let raw = Bytes::from_static(&[2, 0, 0, 0, 7, 8, 0, 0, 0, 0, 1, 0, 0, 0, 9]);
        assert_eq!(elements(raw).expect("whole"), [Bytes::from_static(&[7, 8]), Bytes::new(), Bytes::from_static(&[9])]);
        for (raw, says) in [
            (&[2, 0, 0][..], "encoded[0]: 3 bytes are left; expected 4"),
            (&[1, 0, 0, 0, 5, 9, 0, 0, 0, 1], "encoded[1]: 1 bytes are left; expected 9"),
            (&[255, 255, 255, 255], "encoded[0]: 0 bytes are left; expected 4294967295"),
        ] {
            let fault = elements(Bytes::from_static(raw)).expect_err(says);
            assert!(fault.sentence.starts_with(says), "{fault}");
        }
    }

    #[test]
    fn values_are_little_endian() {
        assert_eq!(Values::Unsigned(vec![1, 0x0102_0304]).raw()[..], [1, 0, 0, 0, 4, 3, 2, 1]);
        assert_eq!(Values::Float(vec![1.0]).raw()[..], [0, 0, 0x80, 0x3f]);
        assert_eq!(Values::Text(vec!["ab".into(), String::new()]).raw()[..], [2, 0, 0, 0, b'a', b'b', 0, 0, 0, 0]);
    }
}
