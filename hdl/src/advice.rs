//! What helps when an engine does not fit its board: options that were tried and fit, so that no advice is in vain.

use crate::depths::Depths;
use crate::options::{Chosen, EngineOptions};
use contract::engine::{EngineConfig, COLUMNS};
use contract::parameters::Parameter;
use hdl::board::estimate::{resources, smallest_for_v1_1, v1_1_cycles};
use hdl::target::{DspForm, MemoryStyle};

/// Forms of two products a multiplier; a part has one of them.
const PACKED: [(DspForm, &str); 2] = [(DspForm::Dsp48e1, "dsp48e1"), (DspForm::Dsp48e2, "dsp48e2")];

/// The memory that may lie in look-up tables instead: it is small, and no other's words are read beside it.
const FRAME: &str = "frame";

/// The end of a refusal: the options with which the engine fits, or that none do.
pub(crate) fn advice(refused: &EngineOptions) -> String {
    const NONE: &str = "no number of columns and no depths that hold SqueezeNet v1.1 fit this board; `hdl boards` lists larger ones";
    let Ok(chosen) = refused.engine() else { return NONE.into() };
    let now = chosen.config;
    // who asks for an engine that runs another model is not told to build one for SqueezeNet
    let must_run = runs(&chosen);
    for bits in (2..=now.weight_bits).rev() {
        let (mut base, mut words) = (refused.clone(), vec![]);
        if bits < now.weight_bits {
            let weight_bits = Depths::parameters().find(|parameter| parameter.name == "weight_bits");
            weight_bits.into_iter().for_each(|parameter| base.depths.set(parameter, bits));
            words.push(format!("--weight-bits {bits}"));
        }
        let others = COLUMNS.iter().rev().filter(|columns| **columns != now.columns).find_map(|columns| {
            let base = EngineOptions { columns: Some(*columns), ..base.clone() };
            with_forms(base, &[&words[..], &[format!("--columns {columns}")]].concat(), must_run)
        });
        let ways: Vec<String> = with_forms(base, &words, must_run).into_iter().chain(others).collect();
        if !ways.is_empty() {
            let model =
                if words.is_empty() { String::new() } else { format!("; make the model with `ember quantize --weight-bits {bits}`") };
            return format!("it fits with {}{model}", ways.join(", or with "));
        }
    }
    NONE.into()
}

/// Whether SqueezeNet v1.1 runs on the engine.
fn runs(chosen: &Chosen) -> bool {
    v1_1_cycles(&chosen.config, &chosen.target).is_ok()
}

/// The options that make `base` fit, after `words`: smaller depths, the frame memory out of block RAM, or a packed form too.
fn with_forms(base: EngineOptions, words: &[String], must_run: bool) -> Option<String> {
    let fits = |base: EngineOptions, more: &[String]| Some([words, more, &smaller(base, must_run)?].concat().join(" "));
    let in_luts = || {
        let given = base.memory.iter().any(|(memory, _)| memory == FRAME);
        let memory = [&base.memory[..], &[(FRAME.into(), MemoryStyle::Distributed)]].concat();
        let option = format!("--memory {FRAME}=distributed");
        (!given).then(|| fits(EngineOptions { memory, ..base.clone() }, &[option])).flatten()
    };
    let packed =
        || PACKED.iter().find_map(|(form, word)| fits(EngineOptions { dsp: Some(*form), ..base.clone() }, &[format!("--dsp {word}")]));
    fits(base.clone(), &[]).or_else(in_luts).or_else(packed)
}

/// Depths that still hold SqueezeNet v1.1, one at a time and the one that brings most first, until the engine fits.
fn smaller(mut options: EngineOptions, must_run: bool) -> Option<Vec<String>> {
    let mut words = vec![];
    loop {
        let now = options.engine().ok()?;
        let before = excess(&now)?;
        if before == 0.0 {
            return (!must_run || runs(&now)).then_some(words);
        }
        let least = smallest_for_v1_1(now.config.columns)?;
        let deeper = Depths::parameters().filter(|parameter| value(parameter, &now.config) > value(parameter, &least));
        let tried = deeper.filter_map(|parameter| {
            let mut options = options.clone();
            options.depths.set(parameter, value(parameter, &least));
            let excess = excess(&options.engine().ok()?)?;
            Some((excess, format!("--{} {}", parameter.option(), value(parameter, &least)), options))
        });
        let (_, word, better) = tried.min_by(|a, b| a.0.total_cmp(&b.0)).filter(|best| best.0 < before)?;
        words.push(word);
        options = better;
    }
}

fn value(parameter: &Parameter, config: &EngineConfig) -> usize {
    *(parameter.place)(&mut { *config })
}

/// How much too large an engine is: what is missing of each resource, as a share of what there is.
fn excess(chosen: &Chosen) -> Option<f64> {
    let resources = resources(&chosen.board.as_ref()?.file, &chosen.config, &chosen.target);
    Some(resources.iter().map(|r| r.missing() as f64 / r.capacity.max(1) as f64).sum())
}
