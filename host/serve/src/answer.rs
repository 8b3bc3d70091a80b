//! From classifications to the outputs that were asked for.

use crate::tensor::{Output, OutputKind, Values};
use ember::Classification;

/// The outputs `kinds` of `results`, a row an image; `class_ids` and `labels` have `top` values each.
pub fn outputs(results: &[Classification], kinds: &[OutputKind], top: usize) -> Vec<Output> {
    let kinds = if kinds.is_empty() { &OutputKind::ALL[..] } else { kinds };
    let wants = |kind| kinds.contains(&kind);
    // the softmax over all classes is most of the work, and both need it
    let ranked: Vec<_> = match wants(OutputKind::ClassIds) || wants(OutputKind::Labels) {
        true => results.iter().map(|result| result.top(top)).collect(),
        false => Vec::new(),
    };
    let of = |kind: OutputKind| {
        let values = match kind {
            OutputKind::Sums => Values::Unsigned(results.iter().flat_map(|result| result.sums().iter().copied()).collect()),
            OutputKind::Probabilities => {
                Values::Float(results.iter().flat_map(Classification::probabilities).map(|probability| probability as f32).collect())
            }
            OutputKind::ClassIds => Values::Unsigned(ranked.iter().flatten().map(|prediction| prediction.class as u32).collect()),
            OutputKind::Labels => Values::Text(ranked.iter().flatten().map(|prediction| prediction.name.clone()).collect()),
        };
        let width = match kind {
            OutputKind::Sums | OutputKind::Probabilities => results.first().map_or(0, |result| result.sums().len()),
            OutputKind::ClassIds | OutputKind::Labels => top,
        };
        Output { kind, shape: [results.len(), width], values }
    };
    kinds.iter().copied().map(of).collect()
}
