//! From the engine's sums to named classes with probabilities.

use crate::model_file::Model;

/// One class of a result.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Prediction {
    /// Class number, from 0.
    pub class: usize,
    /// The class's name from the model file.
    pub name: String,
    /// Softmax probability, 0 to 1.
    pub probability: f64,
}

impl Model {
    /// Average logits from a frame's `sums` (one a class, see [`crate::reference::Trace::sums`]).
    pub fn logits(&self, sums: &[u32]) -> Vec<f64> {
        let step = f64::from(self.scales.output()) / self.classifier_positions() as f64;
        let shift = f64::from(self.preprocessing.logit_shift);
        sums.iter().map(|&sum| f64::from(sum) * step - shift).collect()
    }

    /// The `k` likeliest classes of a frame's `sums`, best first; equal ones in the order of their numbers.
    pub fn top(&self, sums: &[u32], k: usize) -> Vec<Prediction> {
        let logits = self.logits(sums);
        let probabilities = softmax(&logits);
        let prediction = |class: usize| Prediction {
            class,
            name: self.labels.get(class).cloned().unwrap_or_default(),
            probability: probabilities[class],
        };
        ranked(&logits, k).into_iter().map(prediction).collect()
    }
}

/// Numbers of the `k` largest values, best first; equal ones in the order of their numbers.
pub fn ranked(values: &[f64], k: usize) -> Vec<usize> {
    let best_first = |&a: &usize, &b: &usize| values[b].total_cmp(&values[a]).then(a.cmp(&b));
    let mut order: Vec<usize> = (0..values.len()).collect();
    if (1..order.len()).contains(&k) {
        order.select_nth_unstable_by(k - 1, best_first);
    }
    order.truncate(k);
    order.sort_unstable_by(best_first);
    order
}

/// Softmax of logits, safe against overflow.
pub fn softmax(logits: &[f64]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.iter().map(|l| (l - most).exp()).collect();
    let total: f64 = powers.iter().sum();
    powers.into_iter().map(|p| p / total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_keep_the_order_of_classes() {
        let values = [1.0, 3.0, 3.0, 2.0];
        for k in 0..6 {
            assert_eq!(ranked(&values, k), [1, 2, 3, 0][..k.min(4)], "{k}");
        }
    }

    #[test]
    fn softmax_of_huge_logits_is_finite() {
        let p = softmax(&[1e4, 1e4, 0.0]);
        assert_eq!(p[0], 0.5);
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
