//! Everything that a training is at the end of an epoch, in one file that is there as a whole or not at all.

use crate::session::{State, Tensors};
use crate::TrainError;
use candle_core::{Device, Tensor};
use net::files;
use net::model_file::hex;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

const KEY: &str = "ember.checkpoint";
const VERSION: u32 = 2;

/// What must be the same for a training to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Options by their names on the command line.
    pub options: BTreeMap<String, String>,
    /// Of every photograph: its name, `training` or `validation`, its class's name and its SHA-256.
    pub photographs: Vec<[String; 4]>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    terms: Terms,
    state: State,
    /// SHA-256 of the tensors.
    sha256: String,
}

impl Terms {
    /// What is different in `other`, in words.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let names = self.options.keys().chain(other.options.keys());
        let value = |terms: &Self, name: &str| terms.options.get(name).cloned().unwrap_or_else(|| "nothing".into());
        for name in names {
            let (before, now) = (value(self, name), value(other, name));
            if before != now {
                return Some(format!("{name} was {before}, but is {now} now"));
            }
        }
        let by_name = |terms: &'_ Self| terms.photographs.iter().map(|p| (p[0].clone(), p.clone())).collect::<HashMap<_, _>>();
        let (before, now) = (by_name(self), by_name(other));
        let find = |what: &dyn Fn(&[String; 4]) -> Option<String>, of: &Self| of.photographs.iter().find_map(what);
        // what is there at all comes first: it changes which are for validation
        let named = |p: &[String; 4]| format!("the photograph {}", net::text::shown(&p[0]));
        find(&|p| (!before.contains_key(&p[0])).then(|| format!("{} is new", named(p))), other)
            .or_else(|| find(&|p| (!now.contains_key(&p[0])).then(|| format!("{} is gone or cannot be read", named(p))), self))
            .or_else(|| find(&|p| (before[&p[0]][3] != p[3]).then(|| format!("{} has another content", named(p))), other))
            .or_else(|| {
                find(
                    &|p| {
                        (before[&p[0]][2] != p[2])
                            .then(|| format!("{} was of the class {}, but is of {} now", named(p), before[&p[0]][2], p[2]))
                    },
                    other,
                )
            })
            .or_else(|| {
                find(
                    &|p| (before[&p[0]][1] != p[1]).then(|| format!("{} was for {}, but is for {} now", named(p), before[&p[0]][1], p[1])),
                    other,
                )
            })
            .or_else(|| (self.photographs != other.photographs).then(|| "the order of the photographs is another".into()))
    }
}

/// Writes a checkpoint.
///
/// # Errors
/// A folder that cannot be written, a disk that is full: the file that was there before is then still there, whole.
pub fn save(path: &Path, terms: &Terms, state: &State, tensors: &Tensors) -> Result<(), TrainError> {
    let mut parts: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    let mut hash = Sha256::new();
    for (name, tensor) in tensors {
        let values = tensor.flatten_all()?.to_vec1::<f32>()?;
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        hash.update(name);
        hash.update(&bytes);
        parts.push((name.clone(), tensor.dims().to_vec(), bytes));
    }
    let header = Header { version: VERSION, terms: terms.clone(), state: state.clone(), sha256: hex(&hash.finalize()) };
    let text = serde_json::to_string(&header).expect("the header has only strings, numbers and lists");
    let views = parts.iter().map(|(name, shape, bytes)| {
        (name, TensorView::new(Dtype::F32, shape.clone(), bytes).expect("bytes were made from the shape's elements"))
    });
    let bytes = safetensors::serialize(views, Some(HashMap::from([(KEY.to_string(), text)]))).expect("names are distinct and shapes valid");
    Ok(files::write(path, &bytes)?)
}

/// Reads a checkpoint, which must be of a training on the same `terms`.
///
/// # Errors
/// A file that cannot be read, is damaged, or is of another training; the sentence names what is different.
pub fn load(path: &Path, terms: &Terms, device: &Device) -> Result<(State, Tensors), TrainError> {
    let refuse = |reason: String| TrainError::Checkpoint { path: path.into(), reason };
    let bytes = std::fs::read(path).map_err(|cause| refuse(format!("the checkpoint cannot be read ({cause}); check its permissions")))?;
    let damaged = || refuse("the checkpoint is damaged; begin again with --restart, which replaces it".into());
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|_| damaged())?;
    let text = metadata.metadata().as_ref().and_then(|m| m.get(KEY)).ok_or_else(damaged)?;
    let header: Header = serde_json::from_str(text).map_err(|_| damaged())?;
    if header.version != VERSION {
        return Err(refuse(format!("the checkpoint has version {}, expected {VERSION}; begin again with --restart", header.version)));
    }
    if let Some(difference) = header.terms.difference(terms) {
        return Err(refuse(format!(
            "the checkpoint is of another training: {difference}; give --resume with what it was begun with, or begin again with --restart"
        )));
    }
    let file = SafeTensors::deserialize(&bytes).map_err(|_| damaged())?;
    let mut tensors = Tensors::new();
    for (name, view) in file.tensors() {
        let values: Vec<f32> = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        tensors.insert(name, Tensor::from_vec(values, view.shape(), device)?);
    }
    let mut hash = Sha256::new();
    for (name, tensor) in &tensors {
        hash.update(name);
        tensor.flatten_all()?.to_vec1::<f32>()?.iter().for_each(|v| hash.update(v.to_le_bytes()));
    }
    if hex(&hash.finalize()) != header.sha256 {
        return Err(damaged());
    }
    Ok((header.state, tensors))
}
