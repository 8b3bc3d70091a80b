//! The fast software path: the integers of [`crate::reference`], with vector instructions.
//!
//! [`FastNetwork::new`] checks a network and packs its weights once; [`FastNetwork::run`] then classifies
//! images, one image on one thread. An engine is `Send + Sync`: for many images share one engine
//! between threads and give each thread a [`Workspace`].
//!
//! How it works, one idea a module:
//! - `map`: activations lie in memory as HWC bytes without gaps, with a border of zeros where the
//!   next convolution has padding;
//! - `pack`: so every convolution (1x1, 3x3, strided stem) is, for one output pixel, a few runs of
//!   consecutive bytes times a matrix of weights, which is packed in the order in which the
//!   kernels read it, with the requantisation constants beside it;
//! - `convolve`: a register tile of pixels by blocks of 16 output channels, written once over the
//!   trait `Kernel`;
//! - `kernel`: the instructions behind that trait, one file an instruction set;
//! - `path`: which of them this CPU has;
//! - `pool`: what is left, on bytes;
//! - `layer`: one layer alone.

mod convolve;
mod kernel;
mod layer;
mod map;
mod pack;
mod path;
mod plan;
mod pool;

pub use path::Path;

use crate::model::{Network, NetworkError};
use crate::reference::{LayerTrace, Trace};
use map::{MapShape, SLACK};
use ndarray::{Array3, ArrayView3};
use plan::Step;

/// A network packed for the vector instructions of this CPU.
#[derive(Clone, Debug)]
pub struct FastNetwork {
    /// The layout's name, for messages.
    layout: String,
    /// The image that the first step reads.
    image: MapShape,
    /// The layers in the order in which they run.
    steps: Vec<Step>,
    path: Path,
}

/// The memory that one run needs; reuse it from image to image (see [`FastNetwork::run_with`]).
#[derive(Clone, Debug)]
pub struct Workspace {
    /// What the next operation reads.
    current: Vec<u8>,
    /// What it writes; the two then change places.
    next: Vec<u8>,
}

impl FastNetwork {
    /// Checks and packs `network` for the fastest path of this CPU.
    ///
    /// # Errors
    /// A network that does not pass [`Network::check`].
    pub fn new(network: &Network) -> Result<Self, NetworkError> {
        Self::with_path(network, Path::best())
    }

    /// Like [`FastNetwork::new`] with a chosen path; all paths give the same integers.
    ///
    /// # Errors
    /// A network that does not pass [`Network::check`].
    pub fn with_path(network: &Network, path: Path) -> Result<Self, NetworkError> {
        let (image, steps) = plan::plan(network, path)?;
        Ok(Self { layout: network.layout.name.clone(), image, steps, path })
    }

    /// The vector instructions in use.
    pub fn path(&self) -> Path {
        self.path
    }

    /// Fresh memory for [`FastNetwork::run_with`]: one for each thread.
    pub fn workspace(&self) -> Workspace {
        let maps = self.steps.iter().flat_map(|s| [Some(s.output), s.pooled]).flatten();
        let bytes = maps.map(|m| m.len()).fold(self.image.len(), usize::max) + SLACK;
        Workspace { current: vec![0; bytes], next: vec![0; bytes] }
    }

    /// Classifies one image: HWC, red green blue bytes, of the layout's height and width.
    ///
    /// Returns the sum of the classifier's bytes over all positions, one a class, as
    /// [`Trace::sums`]. Allocates its memory anew; in a loop call [`FastNetwork::run_with`].
    ///
    /// # Errors
    /// An image of another size.
    pub fn run(&self, image: ArrayView3<u8>) -> Result<Vec<u32>, NetworkError> {
        self.run_with(&mut self.workspace(), image)
    }

    /// [`FastNetwork::run`] in memory that the caller keeps.
    ///
    /// # Errors
    /// An image of another size.
    ///
    /// # Panics
    /// If `workspace` comes from the engine of a smaller layout.
    pub fn run_with(&self, workspace: &mut Workspace, image: ArrayView3<u8>) -> Result<Vec<u32>, NetworkError> {
        self.run_observed(workspace, image, |_, _, _, _| ())
    }

    /// Runs one image and keeps every tensor, as [`crate::reference::run`] does.
    ///
    /// # Errors
    /// An image of another size.
    pub fn trace(&self, image: ArrayView3<u8>) -> Result<Trace, NetworkError> {
        let mut layers: Vec<LayerTrace> = Vec::with_capacity(self.steps.len());
        let sums = self.run_observed(&mut self.workspace(), image, |step, stage, shape, bytes| {
            let tensor = shape.to_chw(bytes);
            match stage {
                Stage::Conv => layers.push(LayerTrace { name: step.name.clone(), conv: tensor, pooled: None }),
                Stage::Pool => layers.last_mut().expect("a pool follows its convolution").pooled = Some(tensor),
            }
        })?;
        Ok(Trace { layers, sums })
    }

    /// The output of layer `layer` (in the order of [`crate::layout::Layout::layers`], after the pool where there is one) as
    /// CHW bytes; later layers are not computed.
    ///
    /// # Errors
    /// An image of another size.
    ///
    /// # Panics
    /// If there is no such layer, or as [`FastNetwork::run_with`].
    pub fn layer_output(&self, workspace: &mut Workspace, image: ArrayView3<u8>, layer: usize) -> Result<Array3<u8>, NetworkError> {
        let shape = self.run_steps(workspace, image, &self.steps[..=layer], |_, _, _, _| ())?;
        Ok(shape.to_chw(&workspace.current))
    }

    /// Runs one image and shows every map to `observe` as soon as it is complete.
    fn run_observed(
        &self,
        workspace: &mut Workspace,
        image: ArrayView3<u8>,
        observe: impl FnMut(&Step, Stage, MapShape, &[u8]),
    ) -> Result<Vec<u32>, NetworkError> {
        let shape = self.run_steps(workspace, image, &self.steps, observe)?;
        Ok(pool::channel_sums(self.path, shape, &workspace.current))
    }

    /// Runs the first `steps`; their result is then `workspace.current`, of the shape returned.
    fn run_steps(
        &self,
        workspace: &mut Workspace,
        image: ArrayView3<u8>,
        steps: &[Step],
        mut observe: impl FnMut(&Step, Stage, MapShape, &[u8]),
    ) -> Result<MapShape, NetworkError> {
        self.load_image(&mut workspace.current, image)?;
        let mut shape = self.image;
        for step in steps {
            let Workspace { current, next } = workspace;
            step.output.clear_border(next);
            for conv in &step.convs {
                convolve::convolve(self.path, conv, shape, current, step.output, next);
            }
            std::mem::swap(current, next);
            shape = step.output;
            observe(step, Stage::Conv, shape, current);
            if let Some(pooled) = step.pooled {
                pooled.clear_border(next);
                pool::max_pool(self.path, shape, current, pooled, next);
                std::mem::swap(current, next);
                shape = pooled;
                observe(step, Stage::Pool, shape, current);
            }
        }
        Ok(shape)
    }

    fn load_image(&self, bytes: &mut [u8], image: ArrayView3<u8>) -> Result<(), NetworkError> {
        let expected = vec![self.image.height, self.image.width, self.image.channels];
        if image.shape() != expected {
            let found = image.shape().to_vec();
            return Err(NetworkError::Shape { layout: self.layout.clone(), conv: "conv1".into(), tensor: "the image", found, expected });
        }
        let bytes = &mut bytes[..image.len()];
        match image.as_slice() {
            Some(pixels) => bytes.copy_from_slice(pixels),
            None => bytes.iter_mut().zip(&image).for_each(|(to, &from)| *to = from),
        }
        Ok(())
    }
}

/// Which of a layer's two maps is shown to an observer.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Conv,
    Pool,
}

impl MapShape {
    /// The map in `bytes` as a CHW tensor without the border.
    fn to_chw(self, bytes: &[u8]) -> Array3<u8> {
        Array3::from_shape_fn((self.channels, self.height, self.width), |(c, y, x)| bytes[self.offset(y, x) + c])
    }
}
