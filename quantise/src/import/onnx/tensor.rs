//! A tensor of an ONNX file as numbers.

use super::external;
use half::{bf16, f16};
use ndarray::{ArrayD, IxDyn};
use std::fmt;
use std::path::Path;
use tract_onnx::pb::{tensor_proto::DataType, TensorProto};

/// Numbers of any ONNX type. A double holds every float32 and every integer below 2^53 exactly.
#[derive(Clone, Debug)]
pub struct Constant {
    pub values: ArrayD<f64>,
    /// The type, which decides how numbers round and divide.
    pub kind: Kind,
}

/// ONNX element types that weights, shapes and steps come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Float,
    Bool,
    /// Signed or unsigned, with its bits.
    Integer {
        signed: bool,
        bits: u32,
    },
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Float => f.write_str("float"),
            Self::Bool => f.write_str("bool"),
            Self::Integer { signed, bits } => write!(f, "{}int{bits}", if *signed { "" } else { "u" }),
        }
    }
}

impl Kind {
    /// The kind of an ONNX element type, by its number.
    pub fn of(data_type: i32) -> Result<Self, String> {
        let integer = |signed, bits| Ok(Self::Integer { signed, bits });
        match DataType::from_i32(data_type) {
            Some(DataType::Float | DataType::Double | DataType::Float16 | DataType::Bfloat16) => Ok(Self::Float),
            Some(DataType::Bool) => Ok(Self::Bool),
            Some(DataType::Int8) => integer(true, 8),
            Some(DataType::Uint8) => integer(false, 8),
            Some(DataType::Int16) => integer(true, 16),
            Some(DataType::Uint16) => integer(false, 16),
            Some(DataType::Int32) => integer(true, 32),
            Some(DataType::Uint32) => integer(false, 32),
            Some(DataType::Int64) => integer(true, 64),
            Some(DataType::Uint64) => integer(false, 64),
            _ => Err(format!("which has ONNX type {data_type}, expected a float or integer type; export the network in float32")),
        }
    }

    /// Smallest and largest value; floats give `None`.
    pub fn range(self) -> Option<(i64, i64)> {
        match self {
            Self::Integer { signed: true, bits } => Some((i64::MIN >> (64 - bits), i64::MAX >> (64 - bits))),
            Self::Integer { signed: false, bits } => Some((0, if bits >= 63 { i64::MAX } else { (1 << bits) - 1 })),
            _ => None,
        }
    }
}

/// The numbers of `tensor`; those kept outside the file are read from `folder`.
///
/// # Errors
/// A predicate on the tensor ("which ...").
pub fn read(tensor: &TensorProto, folder: &Path) -> Result<Constant, String> {
    let kind = Kind::of(tensor.data_type)?;
    let shape = tensor.dims.iter().map(|&d| usize::try_from(d)).collect::<Result<Vec<_>, _>>();
    let shape = shape.map_err(|_| format!("which has shape {:?}, expected no negative side; the file is damaged", tensor.dims))?;
    let elements = shape.iter().try_fold(1usize, |product, &side| product.checked_mul(side));
    let damaged = |found: usize| format!("which holds {found} numbers for shape {shape:?}; the file is damaged, export it again");
    let elements = elements.ok_or_else(|| damaged(0))?;
    let values = if !tensor.external_data.is_empty() || tensor.data_location == Some(1) {
        raw(tensor.data_type, &external::read(tensor, folder, elements)?)
    } else if !tensor.raw_data.is_empty() {
        raw(tensor.data_type, &tensor.raw_data)
    } else {
        listed(tensor)
    };
    let found = values.len();
    let values = ArrayD::from_shape_vec(IxDyn(&shape), values).map_err(|_| damaged(found))?;
    Ok(Constant { values, kind })
}

/// Bytes of one element of an ONNX type.
pub fn element_size(data_type: i32) -> usize {
    match DataType::from_i32(data_type) {
        Some(DataType::Double | DataType::Int64 | DataType::Uint64) => 8,
        Some(DataType::Float16 | DataType::Bfloat16 | DataType::Int16 | DataType::Uint16) => 2,
        Some(DataType::Int8 | DataType::Uint8 | DataType::Bool) => 1,
        _ => 4,
    }
}

fn raw(data_type: i32, bytes: &[u8]) -> Vec<f64> {
    fn all<const N: usize>(bytes: &[u8], convert: impl Fn([u8; N]) -> f64) -> Vec<f64> {
        bytes.chunks_exact(N).filter_map(|chunk| chunk.try_into().ok()).map(convert).collect()
    }
    match DataType::from_i32(data_type) {
        Some(DataType::Float) => all(bytes, |b| f64::from(f32::from_le_bytes(b))),
        Some(DataType::Double) => all(bytes, f64::from_le_bytes),
        Some(DataType::Float16) => all(bytes, |b| f16::from_le_bytes(b).to_f64()),
        Some(DataType::Bfloat16) => all(bytes, |b| bf16::from_le_bytes(b).to_f64()),
        Some(DataType::Int8) => all(bytes, |b| f64::from(i8::from_le_bytes(b))),
        Some(DataType::Uint8 | DataType::Bool) => all(bytes, |b| f64::from(u8::from_le_bytes(b))),
        Some(DataType::Int16) => all(bytes, |b| f64::from(i16::from_le_bytes(b))),
        Some(DataType::Uint16) => all(bytes, |b| f64::from(u16::from_le_bytes(b))),
        Some(DataType::Int32) => all(bytes, |b| f64::from(i32::from_le_bytes(b))),
        Some(DataType::Uint32) => all(bytes, |b| f64::from(u32::from_le_bytes(b))),
        Some(DataType::Int64) => all(bytes, |b| i64::from_le_bytes(b) as f64),
        Some(DataType::Uint64) => all(bytes, |b| u64::from_le_bytes(b) as f64),
        _ => Vec::new(),
    }
}

/// Numbers in protobuf's own lists, as the ONNX specification sorts the types into them.
fn listed(tensor: &TensorProto) -> Vec<f64> {
    let int32 = |convert: fn(i32) -> f64| tensor.int32_data.iter().map(|&v| convert(v)).collect();
    match DataType::from_i32(tensor.data_type) {
        Some(DataType::Float) => tensor.float_data.iter().map(|&v| f64::from(v)).collect(),
        Some(DataType::Double) => tensor.double_data.clone(),
        Some(DataType::Int64) => tensor.int64_data.iter().map(|&v| v as f64).collect(),
        Some(DataType::Uint32 | DataType::Uint64) => tensor.uint64_data.iter().map(|&v| v as f64).collect(),
        Some(DataType::Float16) => int32(|v| f16::from_bits(v as u16).to_f64()),
        Some(DataType::Bfloat16) => int32(|v| bf16::from_bits(v as u16).to_f64()),
        _ => int32(f64::from),
    }
}
