//! What helps when an engine does not fit its board: options that were tried and fit, so that no advice is in vain.

use crate::options::{Chosen, Depth, Depths, EngineOptions};
use contract::engine::COLUMNS;
use hdl::board::estimate::{estimate, smallest_for_v1_1, Estimate};
use hdl::target::DspForm;

/// The end of a refusal: the options with which the engine fits, or that none do.
pub(crate) fn advice(refused: &EngineOptions) -> String {
    let runs = refused.engine().is_ok_and(|chosen| estimated(&chosen).is_some_and(|estimate| estimate.model.is_none()));
    let helps = |options: &EngineOptions| {
        let tried = options.engine().ok().and_then(|chosen| estimated(&chosen));
        // who asks for an engine that runs another model is not told to build one for SqueezeNet
        tried.is_some_and(|estimate| estimate.short().is_none() && (!runs || estimate.model.is_none()))
    };
    let mut found: Vec<String> = vec![];
    found.extend(packed(refused, &helps));
    found.extend(depths(refused));
    found.extend(columns(refused, &helps));
    if found.is_empty() {
        found.extend(fewer_bits(refused, &helps));
    }
    match found.as_slice() {
        [] => "no number of columns and no depths that hold SqueezeNet v1.1 fit this board; `hdl boards` lists larger ones".into(),
        [one] => format!("it fits with {one}"),
        [first @ .., last] => format!("it fits with {}, or with {last}", first.join(", or with ")),
    }
}

fn estimated(chosen: &Chosen) -> Option<Estimate> {
    chosen.board.as_ref().map(|board| estimate(&board.file, &chosen.config, &chosen.target))
}

/// Two products a multiplier.
fn packed(refused: &EngineOptions, helps: &dyn Fn(&EngineOptions) -> bool) -> Option<String> {
    let forms = [(DspForm::Dsp48e1, "dsp48e1"), (DspForm::Dsp48e2, "dsp48e2")];
    let (_, word) = forms.iter().find(|(form, _)| helps(&EngineOptions { dsp: Some(*form), ..refused.clone() }))?;
    Some(format!("--dsp {word}"))
}

/// Another number of columns, the largest that fits.
fn columns(refused: &EngineOptions, helps: &dyn Fn(&EngineOptions) -> bool) -> Option<String> {
    let now = refused.engine().ok()?.config.columns;
    let fits = |columns: &&usize| **columns != now && helps(&EngineOptions { columns: Some(**columns), ..refused.clone() });
    Some(format!("--columns {}", COLUMNS.iter().rev().find(fits)?))
}

/// Fewer bits a weight, the most that fit; the model has to be made for them.
fn fewer_bits(refused: &EngineOptions, helps: &dyn Fn(&EngineOptions) -> bool) -> Option<String> {
    let now = refused.engine().ok()?.config.weight_bits;
    let with = |bits| EngineOptions { depths: Depths { weight_bits: Some(bits), ..refused.depths.clone() }, ..refused.clone() };
    let bits = (2..now).rev().find(|bits| helps(&with(*bits)))?;
    Some(format!("--weight-bits {bits} (and a model of `ember quantize --weight-bits {bits}`)"))
}

/// Depths that still hold SqueezeNet v1.1: one at a time, the one that brings most first, until the engine fits.
fn depths(refused: &EngineOptions) -> Option<String> {
    let chosen = refused.engine().ok()?;
    let least = smallest_for_v1_1(chosen.config.columns)?;
    let mut options = refused.clone();
    let mut said = vec![];
    loop {
        let now = options.engine().ok()?;
        let before = estimated(&now)?;
        if before.short().is_none() {
            return (before.model.is_none() && !said.is_empty()).then(|| said.join(" "));
        }
        let smaller = |(i, (_, read, _)): (usize, &Depth)| (read(&now.config) > read(&least)).then_some(i);
        let tried = Depths::ALL.iter().enumerate().filter_map(smaller).filter_map(|i| {
            let (_, read, choose) = Depths::ALL[i];
            let mut options = options.clone();
            *choose(&mut options.depths) = Some(read(&least));
            let excess = excess(&estimated(&options.engine().ok()?)?);
            Some((excess, i, options))
        });
        let (_, i, better) = tried.min_by(|a, b| a.0.total_cmp(&b.0)).filter(|best| best.0 < excess(&before))?;
        said.push(format!("--{} {}", Depths::ALL[i].0.replace('_', "-"), Depths::ALL[i].1(&least)));
        options = better;
    }
}

/// How much too large an engine is: what is missing of each resource, as a share of what there is.
fn excess(estimate: &Estimate) -> f64 {
    estimate.resources.iter().map(|r| r.missing() as f64 / r.capacity.max(1) as f64).sum()
}
