//! The model that classifies.

use crate::error::Error;
use net::model_file;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

/// A network in integers, with what turns photographs into its input and its sums into named classes. A clone is the same model.
///
/// ```
/// let model = ember::Model::embedded();
/// assert_eq!((model.layout().height, model.labels.len()), (227, 1000));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Model(Arc<model_file::Model>);

impl Model {
    /// SqueezeNet v1.1 with the authors' weights, 227x227 pixels, 1000 ImageNet classes.
    pub fn embedded() -> Self {
        model_file::Model::default_model().into()
    }

    /// Reads and verifies the model file at `path`, as `ember quantize`, `train` and `compress` write it. `v1.1-6bit` is the embedded
    /// network in weights of six bits, where no file has this name.
    ///
    /// # Errors
    /// A file that cannot be read, is no model file, is damaged or of another version; the error names it.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(model_file::load(path.as_ref())?.into())
    }

    /// Verifies the model file that `bytes` are; errors call it `name`.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn from_bytes(name: impl AsRef<Path>, bytes: &[u8]) -> Result<Self, Error> {
        Ok(model_file::Model::from_bytes(name, bytes)?.into())
    }

    /// Height, width and 3: the shape of the network's input in bytes. Pixels of this shape are taken as they are.
    pub fn input_shape(&self) -> [usize; 3] {
        [self.layout().height, self.layout().width, 3]
    }
}

impl From<model_file::Model> for Model {
    fn from(model: model_file::Model) -> Self {
        Self(Arc::new(model))
    }
}

impl Deref for Model {
    type Target = model_file::Model;

    fn deref(&self) -> &model_file::Model {
        &self.0
    }
}
