//! One layer alone, for what needs the network's inside step by step.

use super::convolve;
use super::map::{MapShape, SLACK};
use super::pool;
use super::FastNetwork;
use crate::model::NetworkError;
use ndarray::{Array3, ArrayView3};

impl FastNetwork {
    /// Runs layer `layer` (an index into [`crate::layout::Layout::layers`]) alone, from what it reads to what the
    /// next layer reads: CHW bytes in, CHW bytes out, after the pool where there is one. Layer 0 reads the image,
    /// red green blue, as CHW.
    ///
    /// # Errors
    /// An input of another shape than the layer's.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn run_layer(&self, layer: usize, input: ArrayView3<u8>) -> Result<Array3<u8>, NetworkError> {
        let step = &self.steps[layer];
        let from = if layer == 0 { self.image } else { self.steps[layer - 1].pooled.unwrap_or(self.steps[layer - 1].output) };
        let expected = vec![from.channels, from.height, from.width];
        if input.shape() != expected {
            let (layout, conv, found) = (self.layout.clone(), step.name.clone(), input.shape().to_vec());
            return Err(NetworkError::Shape { layout, conv, tensor: "the input", found, expected });
        }
        let mut map = from.buffer();
        for ((c, y, x), &value) in input.indexed_iter() {
            map[from.offset(y, x) + c] = value;
        }
        let mut output = step.output.buffer();
        for conv in &step.convs {
            convolve::convolve(self.path, conv, from, &map, step.output, &mut output);
        }
        Ok(match step.pooled {
            None => step.output.to_chw(&output),
            Some(pooled) => {
                let mut after = pooled.buffer();
                pool::max_pool(self.path, step.output, &output, pooled, &mut after);
                pooled.to_chw(&after)
            }
        })
    }
}

impl MapShape {
    /// Zeroed memory for one map.
    fn buffer(self) -> Vec<u8> {
        vec![0; self.len() + SLACK]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{self, Limits};

    #[test]
    fn layers_one_by_one_give_the_whole_runs_bytes() {
        for seed in 0..20 {
            println!("seed {seed}");
            let layout = random::layout(seed, Limits::default());
            let engine = FastNetwork::new(&random::network(&layout, seed)).expect("random networks are valid");
            let image = random::image(&layout, seed);
            let mut map = image.view().permuted_axes([2, 0, 1]).to_owned();
            for (i, expected) in engine.trace(image.view()).expect("it fits").layers.iter().enumerate() {
                map = engine.run_layer(i, map.view()).expect("it fits");
                assert_eq!(map, expected.output(), "{}", expected.name);
            }
            let error = engine.run_layer(0, Array3::zeros((3, 1, 1)).view()).expect_err("another size").to_string();
            assert!(error.contains("conv1"), "{error}");
        }
    }
}
