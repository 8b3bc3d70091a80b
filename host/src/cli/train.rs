//! Options of `ember train`.

use super::facts::FactArgs;
use clap::{Args, ValueEnum};
use net::photo::Resize;
use std::path::PathBuf;
use std::str::FromStr;
use train::sgd::Schedule;

pub const HELP: &str = "\
Examples:
  # photos/cat/*.jpg, photos/dog/*.jpg, ...: a network for these classes in a minute
  ember train photos/ -o own.ember

  # more photographs, more time: the last two Fire modules too, then all of it from nothing
  ember train photos/ --train last:2 -o own.ember
  ember train photos/ --from nothing --epochs 60 -o own.ember

  # labels in a file, its 1000 classes put together in groups, a fifth of each for validation
  ember train images/ --labels labels.csv --groups groups.csv --validation 0.2 -o own.ember

  # validation photographs of your own; go on after an interruption
  ember train photos/ --validation more/ -o own.ember
  ember train photos/ --validation more/ -o own.ember --resume

  # weights of six bits, trained with them
  ember train photos/ --train last --weight-bits 6 --quantization-aware -o own.ember

Beside own.ember it writes own.safetensors (the float network), own.html (curves, confusion matrix, worst photographs)
and, while it trains, own.checkpoint after every epoch. Then: `ember classify photos/ --model own.ember`.
The same photographs, options and seed give the same own.ember, byte for byte, whatever interrupted it in between.
docs/training.md has the method, and what it reaches.";

/// What to train, and how.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Folder of photographs: a folder in it is a class, or --labels says which class each has
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Model file to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Label file, as `ember eval` takes it: CSV with the columns `file` and `class`, or a list of `FILE CLASS`; looked for here, then in DIR
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// Names of the classes whose numbers the label file has, one a line [default: with --groups ImageNet's]
    #[arg(long, value_name = "FILE")]
    pub class_names: Option<PathBuf>,
    /// Classes put together: CSV with the columns `class` (of the label file, number or name) and `group`; what has no group is left out
    #[arg(long, value_name = "FILE")]
    pub groups: Option<PathBuf>,
    /// Share of every class's photographs that is kept for validation, or a folder of other photographs (a folder a class)
    #[arg(long, value_name = "SHARE|DIR", default_value = "0.2")]
    pub validation: Validation,
    /// What to begin with: a model file, any network that `ember check` takes, or `nothing` [default: the shipped SqueezeNet v1.1]
    #[arg(long, value_name = "MODEL|NETWORK|nothing")]
    pub from: Option<PathBuf>,
    /// Sizes of the layers with --from nothing
    #[arg(long, value_enum, value_name = "LAYOUT", default_value_t = LayoutArg::V1_1)]
    pub layout: LayoutArg,
    #[command(flatten)]
    pub facts: FactArgs,
    /// How photographs become the network's size, as in `ember quantize` [default: that of the network begun with, else squash:256]
    #[arg(long, value_name = "RESIZE")]
    pub resize: Option<Resize>,
    /// What learns: `classifier` (conv10 alone), `last:N` (the last N Fire modules too), `all` [default: classifier; with --from nothing all]
    #[arg(long, value_name = "PART")]
    pub train: Option<Part>,
    /// Times that every photograph is seen, at most [default: classifier 60, last 30, all 60]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub epochs: Option<u32>,
    /// Photographs a step
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub batch: u32,
    /// First learning rate [default: classifier 0.01, last 0.005, all 0.01]
    #[arg(long, value_name = "RATE", value_parser = positive)]
    pub learning_rate: Option<f64>,
    /// Epochs in which the rate rises to that [default: 3 with --from nothing, else 0]
    #[arg(long, value_name = "EPOCHS")]
    pub warm_up: Option<u32>,
    /// How the rate falls: `linear` (the article's), `cosine`, `step:EPOCHS:FACTOR` or `constant`
    #[arg(long, value_name = "SCHEDULE", default_value_t = Schedule::Linear)]
    pub schedule: Schedule,
    /// Share of the last step that the next one keeps
    #[arg(long, value_name = "SHARE", default_value_t = 0.9, value_parser = share)]
    pub momentum: f64,
    /// Weight decay: to 0 with --from nothing, else to the weights begun with [default: classifier 0.05, else 0.0002]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub weight_decay: Option<f64>,
    /// Longest that a step's gradient may be, beyond which it is shortened; 0: any
    #[arg(long, value_name = "LENGTH", default_value_t = 1.0, value_parser = length)]
    pub clip: f64,
    /// Share of the activations before conv10 that are dropped [default: 0.5; classifier 0]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub dropout: Option<f64>,
    /// Least part of a photograph's sides that a random piece shows; 1: no pieces. Layers whose input is computed once see mirror images
    /// only
    #[arg(long, value_name = "SHARE", default_value_t = 0.7, value_parser = piece)]
    pub crop: f64,
    /// How far brightness and contrast change, percent
    #[arg(long, value_name = "PERCENT", default_value_t = 20.0, value_parser = percent)]
    pub colour: f64,
    /// Leave photographs as they are: no pieces, no mirror images, no colours
    #[arg(long)]
    pub no_augmentation: bool,
    /// Whether photographs of rare classes count more: `auto` does so when a class has more than three times as many as another
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ClassWeights::Auto)]
    pub class_weights: ClassWeights,
    /// End after so many epochs without a better result; 0: never
    #[arg(long, value_name = "EPOCHS", default_value_t = 15)]
    pub patience: u32,
    /// Of everything that is drawn: the split, first weights, the order, changes of photographs, dropout
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Bits of a weight, for an engine that keeps fewer than eight
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..=8))]
    pub weight_bits: u32,
    /// After training, train on with weights rounded to --weight-bits, and keep that where it measures better in integers
    #[arg(long)]
    pub quantization_aware: bool,
    /// Go on where an interrupted training was, with the same photographs and options
    #[arg(long, conflicts_with = "restart")]
    pub resume: bool,
    /// Begin again though there is a checkpoint
    #[arg(long)]
    pub restart: bool,
    /// Checkpoint [default: FILE.checkpoint beside the model file]
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Float network to write [default: the model file's name with .safetensors]
    #[arg(long, value_name = "FILE")]
    pub float: Option<PathBuf>,
    /// Report to write, an HTML file that needs no other [default: the model file's name with .html]
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Write the figures as JSON too
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Memory that computed features may take, MiB; more are computed anew in every epoch
    #[arg(long, value_name = "MIB", default_value_t = 2048)]
    pub memory: usize,
}

/// Sizes of the layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LayoutArg {
    /// 3x3 stem, pools early
    #[value(name = "v1.1")]
    V1_1,
    /// 7x7 stem, pools late
    #[value(name = "v1.0")]
    V1_0,
    /// 7x7 stem, pools early: arXiv 1602.07360
    #[value(name = "article")]
    Article,
}

/// When photographs of rare classes count more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ClassWeights {
    /// When a class has more than three times as many photographs as another
    Auto,
    /// Always
    Balanced,
    /// Never
    None,
}

/// Where validation photographs come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Validation {
    /// A share of those for training.
    Share(f64),
    /// A folder.
    Folder(PathBuf),
}

/// Which layers learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// conv10.
    Classifier,
    /// The last Fire modules, so many, and conv10.
    Last(usize),
    /// All.
    All,
}

impl FromStr for Validation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix('%').map_or(text.parse::<f64>(), |percent| percent.parse::<f64>().map(|p| p / 100.0));
        match number {
            Ok(share) if share > 0.0 && share < 1.0 => Ok(Self::Share(share)),
            Ok(_) => Err("expected a share between 0 and 1, for example 0.2, or a folder".into()),
            Err(_) => Ok(Self::Folder(text.into())),
        }
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "classifier" => Ok(Self::Classifier),
            None if text == "last" => Ok(Self::Last(2)),
            None if text == "all" => Ok(Self::All),
            Some(("last", number)) => number
                .parse()
                .ok()
                .filter(|n| (1..=30).contains(n))
                .map(Self::Last)
                .ok_or_else(|| "expected last:N with N from 1 to 30, for example last:2".into()),
            _ => Err("expected classifier, last, last:N or all".into()),
        }
    }
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Classifier => f.write_str("classifier"),
            Self::Last(n) => write!(f, "last:{n}"),
            Self::All => f.write_str("all"),
        }
    }
}

fn within(text: &str, range: std::ops::RangeInclusive<f64>) -> Result<f64, String> {
    text.parse().ok().filter(|f| range.contains(f)).ok_or_else(|| format!("expected a number from {} to {}", range.start(), range.end()))
}

fn positive(text: &str) -> Result<f64, String> {
    within(text, 1e-9..=1e3)
}

fn share(text: &str) -> Result<f64, String> {
    within(text, 0.0..=0.999)
}

fn length(text: &str) -> Result<f64, String> {
    within(text, 0.0..=1e6)
}

fn piece(text: &str) -> Result<f64, String> {
    within(text, 0.05..=1.0)
}

fn percent(text: &str) -> Result<f64, String> {
    within(text, 0.0..=90.0)
}
