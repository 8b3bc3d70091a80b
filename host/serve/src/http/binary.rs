//! Triton's extension for binary tensors: JSON of the length that a header says, and the tensors' bytes behind it.

use crate::fault::Fault;
use axum::http::{HeaderMap, HeaderName};
use bytes::Bytes;

/// Says how long the JSON is.
pub const LENGTH: HeaderName = HeaderName::from_static("inference-header-content-length");

/// A body's JSON, and the bytes behind it.
///
/// # Errors
/// The header is no number, or longer than the body.
pub fn split(headers: &HeaderMap, body: Bytes) -> Result<(Bytes, Bytes), Fault> {
    let Some(header) = headers.get(LENGTH) else { return Ok((body, Bytes::new())) };
    let text = header.to_str().unwrap_or("not ASCII");
    // no sign, no spaces
    let length = text.bytes().all(|c| c.is_ascii_digit()).then(|| text.parse::<usize>().ok()).flatten();
    match length.filter(|length| *length <= body.len()) {
        Some(length) => Ok((body.slice(..length), body.slice(length..))),
        None => {
            let most = body.len();
            Err(Fault::malformed(format!(
                "Inference-Header-Content-Length is {text:?}; expected the JSON's bytes, 0 to {most} of this body"
            )))
        }
    }
}

/// Takes the next tensor's `size` bytes off `rest`.
///
/// # Errors
/// There are fewer.
pub fn take(name: &str, size: i64, rest: &mut Bytes) -> Result<Bytes, Fault> {
    let left = rest.len();
    let wrong = || Fault::malformed(format!("{name}: binary_data_size is {size}; expected 0 to {left}, the bytes left in the body"));
    let size = usize::try_from(size).ok().filter(|size| *size <= left).ok_or_else(wrong)?;
    Ok(rest.split_to(size))
}

/// Holds that every byte belongs to a tensor.
///
/// # Errors
/// Some are left.
pub fn end(rest: &Bytes) -> Result<(), Fault> {
    match rest.len() {
        0 => Ok(()),
        left => Err(Fault::malformed(format!("{left} bytes are left in the body behind the last tensor; expected none"))),
    }
}
