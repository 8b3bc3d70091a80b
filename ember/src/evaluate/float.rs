//! The float network that a model is compared with.

use super::EvaluateError;
use net::model_file::Model;
use net::text::shown;
use quantise::float::{FloatNetwork, Normalisation};
use quantise::import;
use std::path::{Path, PathBuf};

/// A float network to be compared with a model.
pub struct Compared {
    /// With the constant of the model's classifier, where that has one.
    pub network: FloatNetwork,
    /// SHA-256 of the network as it was imported.
    pub fingerprint: String,
}

/// The float network at `path`, to be compared with `model`: with `facts`, or where they do not say what its input is, with what
/// the model was made for.
///
/// # Errors
/// No network that can be read, or one of other classes.
pub fn float_network(path: &Path, facts: &import::Facts, model: &Model) -> Result<Compared, EvaluateError> {
    let mut compared = compared(path, facts, model)?;
    if let (Some(recorded), None, None) = (&model.preprocessing.normalisation, facts.normalisation, facts.order) {
        if compared.fingerprint != model.float_sha256 {
            // a graph that does nothing with its input gets what the model's got
            let normalisation = Some(Normalisation::from(*recorded));
            let other = self::compared(path, &import::Facts { normalisation, ..facts.clone() }, model);
            compared = other.ok().filter(|other| other.fingerprint == model.float_sha256).unwrap_or(compared);
        }
    }
    let network = &compared.network;
    let (classes, expected) = (network.layout.classifier.classes, model.labels.len());
    if classes != expected {
        return Err(EvaluateError::Classes { path: path.into(), classes, expected });
    }
    Ok(compared)
}

fn compared(path: &Path, facts: &import::Facts, model: &Model) -> Result<Compared, EvaluateError> {
    let import::Imported { mut network, input, .. } = import::read(path, facts)?;
    let fingerprint = network.fingerprint();
    if network.activations.linear_classifier {
        network.shift_classifier(model.preprocessing.logit_shift - input.logit_shift);
    }
    Ok(Compared { network, fingerprint })
}

/// The float network that was `asked` for, or the one among the files in `dir`, beside it and in `models` beside it that the model was made from.
///
/// # Errors
/// As [`float_network`], of the one that was asked for.
pub fn find_float(
    asked: Option<&Path>,
    facts: &import::Facts,
    dir: &Path,
    model: &Model,
) -> Result<Option<(PathBuf, FloatNetwork)>, EvaluateError> {
    if let Some(path) = asked {
        let Compared { network, fingerprint } = float_network(path, facts, model)?;
        if fingerprint != model.float_sha256 {
            tracing::warn!("{}: the model was made from another float network (or with another normalisation)", shown(path));
        }
        return Ok(Some((path.into(), network)));
    }
    let beside = dir.canonicalize().ok().and_then(|d| d.parent().map(Path::to_path_buf)).unwrap_or_default();
    for folder in [dir.to_path_buf(), beside.clone(), beside.join("models")] {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let mut candidates: Vec<PathBuf> = entries.map(|e| e.path()).filter(|p| is_network_name(p)).collect();
        candidates.sort();
        for path in candidates {
            match float_network(&path, facts, model) {
                Ok(Compared { network, fingerprint }) if fingerprint == model.float_sha256 => {
                    tracing::info!("{}: this is the float network that the model was made from", shown(&path));
                    return Ok(Some((path, network)));
                }
                Ok(_) => tracing::debug!("{}: another float network", shown(&path)),
                Err(error) => tracing::debug!("{error}"),
            }
        }
    }
    tracing::warn!("the float network that the model was made from is not near {}; name it with --float to compare", shown(dir));
    Ok(None)
}

fn is_network_name(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "onnx" || e == "safetensors")
}
