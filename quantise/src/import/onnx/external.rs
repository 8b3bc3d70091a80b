//! Weights that an ONNX file keeps in another file beside it.

use super::tensor::element_size;
use net::text::shown;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};
use tract_onnx::pb::TensorProto;

/// The bytes of a tensor of `elements` numbers. Only files inside `folder` are opened, and never more is
/// read than the tensor's shape asks for and the file holds.
///
/// # Errors
/// A predicate on the tensor ("which ...").
pub fn read(tensor: &TensorProto, folder: &Path, elements: usize) -> Result<Vec<u8>, String> {
    let entry = |key: &str| tensor.external_data.iter().find(|e| e.key == key).map(|e| e.value.as_str());
    let number = |key: &str| match entry(key) {
        Some(text) => text.parse::<u64>().map(Some).map_err(|_| format!("whose {key} outside the file is `{text}`, expected a number")),
        None => Ok(None),
    };
    let location = entry("location").ok_or("which is kept outside the file, but no file is named; export the network again")?;
    let path = inside(folder, location)?;
    let unreadable = |e: std::io::Error| format!("which is kept in {} ({e}); put that file beside the network", shown(&path));
    let mut file = File::open(&path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let wanted = (elements as u64).checked_mul(element_size(tensor.data_type) as u64);
    let offset = number("offset")?.unwrap_or(0);
    let fits = wanted.filter(|&w| offset.checked_add(w).is_some_and(|end| end <= size));
    let Some(wanted) = fits.filter(|&w| number("length").ok().flatten().is_none_or(|l| l == w)) else {
        let shape = &tensor.dims;
        return Err(format!("which has shape {shape:?}, more or less than {} holds for it; export the network again", shown(&path)));
    };
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(offset)).map_err(unreadable)?;
    file.take(wanted).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// `location` inside `folder`, links followed.
fn inside(folder: &Path, location: &str) -> Result<PathBuf, String> {
    let outside = || format!("which is kept in `{location}`, expected a file inside the network's own folder");
    if Path::new(location).components().any(|c| !matches!(c, Component::Normal(_) | Component::CurDir)) {
        return Err(outside());
    }
    let path = folder.join(location);
    let missing = |e: std::io::Error| format!("which is kept in {} ({e}); put that file beside the network", shown(&path));
    let real = path.canonicalize().map_err(missing)?;
    let folder = folder.canonicalize().map_err(missing)?;
    if !real.starts_with(folder) || !real.is_file() {
        return Err(outside());
    }
    Ok(real)
}
