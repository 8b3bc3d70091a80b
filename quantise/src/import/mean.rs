//! Caffe's mean files (`mean.binaryproto`): an image that was subtracted from every photograph.

use net::text::shown;
use prost::Message;
use std::path::Path;

/// Caffe's BlobProto, as far as it holds an image.
#[derive(Clone, PartialEq, Message)]
struct Blob {
    #[prost(int32, optional, tag = "2")]
    channels: Option<i32>,
    #[prost(float, repeated, tag = "5")]
    data: Vec<f32>,
    #[prost(message, optional, tag = "7")]
    shape: Option<Shape>,
    #[prost(double, repeated, tag = "8")]
    double_data: Vec<f64>,
}

#[derive(Clone, PartialEq, Message)]
struct Shape {
    #[prost(int64, repeated, tag = "1")]
    dim: Vec<i64>,
}

/// The means of a mean image's channels, blue first as Caffe has them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanImage {
    /// Steps of a byte.
    pub means: [f64; 3],
    /// How far its pixels are from them: root of the mean square.
    pub spread: f64,
}

/// Reads the mean file at `path`.
///
/// # Errors
/// In one sentence, why it cannot be read.
pub fn read(path: &Path) -> Result<MeanImage, String> {
    let bytes = std::fs::read(path).map_err(|cause| format!("{}: the mean file cannot be read ({cause})", shown(path)))?;
    parse(&bytes).ok_or_else(|| {
        format!("{}: this is not a Caffe mean file of 3 channels (or 1); give the means as numbers, --mean B,G,R", shown(path))
    })
}

fn parse(bytes: &[u8]) -> Option<MeanImage> {
    let blob = Blob::decode(bytes).ok()?;
    let sides = blob.shape.map(|shape| shape.dim).unwrap_or_default();
    // one image: channels, rows, columns, perhaps behind a 1
    let channels = match sides[..] {
        [c, _, _] | [1, c, _, _] => c,
        _ => i64::from(blob.channels?),
    };
    let values: Vec<f64> = if blob.data.is_empty() { blob.double_data } else { blob.data.iter().map(|&v| f64::from(v)).collect() };
    let channels = usize::try_from(channels).ok().filter(|c| matches!(c, 1 | 3))?;
    let pixels = values.len() / channels;
    if pixels == 0 || !values.len().is_multiple_of(channels) || !values.iter().all(|v| v.is_finite()) {
        return None;
    }
    let mean = |plane: &[f64]| plane.iter().sum::<f64>() / pixels as f64;
    let planes: Vec<f64> = values.chunks_exact(pixels).map(mean).collect();
    let spread = values.iter().enumerate().map(|(i, v)| (v - planes[i / pixels]).powi(2)).sum::<f64>() / values.len() as f64;
    Some(MeanImage { means: std::array::from_fn(|c| planes[c.min(channels - 1)]), spread: spread.sqrt() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_file_gives_its_channels_means() {
        let data: Vec<f32> = [100.0, 110.0, 120.0].iter().flat_map(|m| [m - 2.0, m + 2.0]).collect();
        let shape = Some(Shape { dim: vec![1, 3, 1, 2] });
        let new = Blob { shape, data: data.clone(), ..Blob::default() };
        let old = Blob { channels: Some(3), data, ..Blob::default() };
        for blob in [new, old] {
            assert_eq!(parse(&blob.encode_to_vec()), Some(MeanImage { means: [100.0, 110.0, 120.0], spread: 2.0 }));
        }
        assert_eq!(parse(b"no blob"), None);
        assert_eq!(parse(b""), None);
        let odd = Blob { channels: Some(2), data: vec![1.0; 4], ..Blob::default() };
        assert_eq!(parse(&odd.encode_to_vec()), None);
    }
}
