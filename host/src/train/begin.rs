//! The network that a training begins with.

use crate::cli::train::{LayoutArg, Part, TrainArgs};
use anyhow::{bail, ensure, Context, Result};
use net::layout::Layout;
use net::model_file::{self, hex, Model};
use net::photo::Preprocessing;
use net::text::shown;
use quantise::float::{FloatNetwork, Normalisation};
use quantise::import::{self, input};
use quantise::quantiser::WEIGHT_BITS;
use sha2::{Digest, Sha256};
use std::path::Path;
use train::options::Options;
use train::start;

/// What is begun with.
pub struct Begin {
    /// The network; its first convolution is for `normalisation`, not folded.
    pub network: FloatNetwork,
    /// What it expects of its pixels.
    pub normalisation: Normalisation,
    /// From a photograph to its input.
    pub preprocessing: Preprocessing,
    /// The network with the classes that it had, in words of bytes; nothing where its classifier is kept, or says nothing.
    pub before: Option<FloatNetwork>,
    /// Its integers, where it has some.
    pub model: Option<Model>,
    /// Whether its weights mean anything.
    pub trained: bool,
    /// In words, for the model file: name and hash.
    pub origin: String,
    /// Which layers learn.
    pub part: Part,
    /// The first of them.
    pub first: usize,
    /// Bits of a weight that are asked for.
    pub weight_bits: u32,
    /// MiB that features may take.
    pub memory: usize,
}

/// Reads what `args` name, with a classifier for `names`.
///
/// # Errors
/// No network that can be trained.
pub fn begin(args: &TrainArgs, names: &[String]) -> Result<Begin> {
    let from = args.from.as_deref();
    let mut begin = match from {
        Some(nothing) if nothing.as_os_str() == "nothing" && !nothing.exists() => from_nothing(args, names.len())?,
        Some(path)
            if path
                .extension()
                .is_some_and(|e| ["onnx", "safetensors", "caffemodel", "net"].iter().any(|known| e.eq_ignore_ascii_case(known))) =>
        {
            imported(args, path)?
        }
        Some(path) => of_model(args, model_file::load(path)?, &path.file_name().unwrap_or_default().to_string_lossy())?,
        None => of_model(args, Model::default_model(), "the shipped SqueezeNet v1.1")?,
    };
    // its classifier is worth keeping only if it says the same
    let same = begin.model.as_ref().is_some_and(|model| model.labels == names);
    if begin.trained && !same {
        let mut before = begin.network.clone();
        before.stem = begin.normalisation.fold(&before.stem);
        begin.before = Some(before);
        start::with_classes(&mut begin.network, names.len());
    }
    let layers = begin.network.check()?;
    begin.part = args.train.unwrap_or(if begin.trained { Part::Classifier } else { Part::All });
    begin.first = match begin.part {
        Part::Classifier => layers.len() - 1,
        Part::All => 0,
        Part::Last(count) => {
            let fires = begin.network.layout.fires.len();
            ensure!(count <= fires, "--train last:{count} asks for more Fire modules than the network has ({fires}); give fewer, or all");
            1 + 2 * (fires - count)
        }
    };
    ensure!(
        begin.trained || begin.first == 0,
        "--train {} needs a network to begin with; with --from nothing all of it learns",
        begin.part
    );
    Ok(begin)
}

fn of_model(args: &TrainArgs, model: Model, name: &str) -> Result<Begin> {
    let normalisation = model.preprocessing.normalisation.map_or(Normalisation::CAFFE, Normalisation::from);
    if args.facts.facts() != import::Facts::default() {
        bail!("the model file says itself what its input is; --size, --normalisation and the like belong to networks of other files and to --from nothing");
    }
    let mut network = start::from_model(&model);
    network.stem = start::unfolded(&network.stem, &normalisation);
    let Layout { height, width, .. } = network.layout;
    let mut preprocessing = Preprocessing { logit_shift: 0.0, ..model.preprocessing };
    if let Some(resize) = args.resize {
        let inside = preprocessing.inside(height, width).unwrap_or([height, width]);
        let made = resize.preprocessing(inside[0], inside[1]).map_err(anyhow::Error::msg)?;
        preprocessing = Preprocessing { resize: made.resize, mode: made.mode, filter: made.filter, ..preprocessing };
    }
    preprocessing.normalisation = Some(input::shown(&normalisation));
    let origin = format!("{name} (SHA-256 {})", hex(&model.hash()));
    Ok(Begin { model: Some(model), trained: true, ..Begin::new(args, network, normalisation, preprocessing, origin) })
}

fn imported(args: &TrainArgs, path: &Path) -> Result<Begin> {
    let import::Imported { mut network, input: facts, .. } = import::read(path, &args.facts.facts())?;
    for warning in facts.warnings().into_iter().chain(args.facts.warning()) {
        tracing::warn!("{}: {}", shown(path), shown(&warning));
    }
    ensure!(
        network.activations.ceilings.iter().all(Option::is_none),
        "{}: its activations have a ceiling (ReLU6), which training does not know; begin with a network of plain ReLUs",
        shown(path)
    );
    let mut preprocessing = facts.preprocessing(&network.layout, args.resize.unwrap_or_default()).map_err(anyhow::Error::msg)?;
    preprocessing.logit_shift = 0.0;
    let normalisation = Normalisation::from(facts.normalised);
    network.stem = start::unfolded(&network.stem, &normalisation);
    let bytes = std::fs::read(path).with_context(|| format!("{}: the file cannot be read again", shown(path)))?;
    let origin = format!("{} (SHA-256 {})", path.file_name().unwrap_or_default().to_string_lossy(), hex(&Sha256::digest(bytes)));
    Ok(Begin { trained: true, ..Begin::new(args, network, normalisation, preprocessing, origin) })
}

fn from_nothing(args: &TrainArgs, classes: usize) -> Result<Begin> {
    let facts = args.facts.facts();
    let side = facts.side.unwrap_or(227);
    let mut layout = match args.layout {
        LayoutArg::V1_1 => Layout::v1_1(side, classes),
        LayoutArg::V1_0 => Layout::v1_0(side, classes, 0),
        LayoutArg::Article => Layout::article(side, classes),
    };
    layout.classifier.padding = facts.classifier_padding.unwrap_or(0);
    let mut normalisation = facts.normalisation.unwrap_or(Normalisation::TORCHVISION);
    normalisation.order = facts.order.unwrap_or(normalisation.order);
    let network = start::from_nothing(&layout, args.seed)?;
    let mut preprocessing = args.resize.unwrap_or_default().preprocessing(side, side).map_err(anyhow::Error::msg)?;
    preprocessing.normalisation = Some(input::shown(&normalisation));
    let origin = format!("nothing, layout {}", layout.name);
    Ok(Begin::new(args, network, normalisation, preprocessing, origin))
}

impl Begin {
    /// A network from nothing, of which [`begin`] has not decided yet what learns.
    fn new(args: &TrainArgs, network: FloatNetwork, normalisation: Normalisation, preprocessing: Preprocessing, origin: String) -> Self {
        let (weight_bits, memory) = (args.weight_bits, args.memory);
        let (before, model, trained, part, first) = (None, None, false, Part::All, 0);
        Self { network, normalisation, preprocessing, before, model, trained, origin, part, first, weight_bits, memory }
    }

    /// Whether the integers of a model file stay as they are under a new classifier.
    pub fn keeps_integers(&self, options: &Options) -> bool {
        self.model.is_some() && self.part == Part::Classifier && options.aware.is_none() && self.weight_bits == WEIGHT_BITS
    }
}
