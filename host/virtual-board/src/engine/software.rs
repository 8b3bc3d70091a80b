//! An engine that computes with the fast software path: real results without a simulation.

use super::stub::{Compute, Shell};
use contract::engine::EngineConfig;
use ndarray::ArrayView3;
use net::fast;
use net::model::{Network, NetworkError};

/// The software engine, for one network: whatever program is loaded, it computes that network.
pub type Software = Shell<Path>;

impl Shell<Path> {
    /// An engine that calls itself one of size `config` and computes `network`.
    ///
    /// # Errors
    /// An unsound network.
    pub fn new(config: EngineConfig, network: &Network) -> Result<Self, NetworkError> {
        let engine = fast::FastNetwork::new(network)?;
        let (workspace, layout) = (engine.workspace(), &network.layout);
        let path = Path { workspace, engine, height: layout.height, width: layout.width, payload: vec![] };
        Ok(Self::around(config, path))
    }
}

/// The fast path, and the frame under way.
pub struct Path {
    engine: fast::FastNetwork,
    workspace: fast::Workspace,
    height: usize,
    width: usize,
    payload: Vec<u8>,
}

impl Compute for Path {
    fn begin(&mut self) {
        self.payload.clear();
    }

    fn payload(&mut self, part: &[u8]) {
        self.payload.extend(part);
    }

    fn sums(&mut self, classes: usize) -> Vec<u32> {
        // two pixels a beat of eight bytes, rows of whole beats
        let row = self.width.div_ceil(2) * 8;
        let mut pixels = Vec::with_capacity(3 * self.height * self.width);
        for row in self.payload.chunks_exact(row.max(1)) {
            let end = pixels.len() + 3 * self.width;
            row.chunks_exact(8).for_each(|beat| pixels.extend(&beat[..6]));
            pixels.truncate(end);
        }
        let Ok(image) = ArrayView3::from_shape((self.height, self.width, 3), &pixels) else { return vec![0; classes] };
        let mut sums = self.engine.run_with(&mut self.workspace, image).unwrap_or_default();
        sums.resize(classes, 0);
        sums
    }
}
