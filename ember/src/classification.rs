//! What a device computed of an image.

use crate::model::Model;
use net::classify::Prediction;

/// The result of one image: one exact sum a class, and what they mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Classification {
    model: Model,
    sums: Vec<u32>,
}

impl Classification {
    pub(crate) fn new(model: Model, sums: Vec<u32>) -> Self {
        Self { model, sums }
    }

    /// One sum a class: the engine's integers, the same on every device, bit for bit.
    pub fn sums(&self) -> &[u32] {
        &self.sums
    }

    /// The sums, without more.
    pub fn into_sums(self) -> Vec<u32> {
        self.sums
    }

    /// The `k` likeliest classes, best first; equal ones in the order of their numbers.
    pub fn top(&self, k: usize) -> Vec<Prediction> {
        self.model.top(&self.sums, k)
    }

    /// The likeliest class.
    pub fn best(&self) -> Prediction {
        // a network without classes is no model
        self.top(1).swap_remove(0)
    }

    /// One logit a class.
    pub fn logits(&self) -> Vec<f64> {
        self.model.logits(&self.sums)
    }

    /// One softmax probability a class, 0 to 1.
    pub fn probabilities(&self) -> Vec<f64> {
        net::classify::softmax(&self.logits())
    }

    /// The model whose classes these are.
    pub fn model(&self) -> &Model {
        &self.model
    }
}
