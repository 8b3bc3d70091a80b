//! What a network's input is: what its graph does to it, what was asked for, and whether the two agree.
//!
//! A photograph's bytes reach the first convolution through two steps: the normalisation, which no graph holds, and what the
//! graph itself does (a mean that it subtracts, a Rescaling layer). The graph's part tells what it expects of the other one.

use super::Facts;
use crate::float::{ChannelOrder, Normalisation};
use net::photo::Normalised;

/// What a channel of the first convolution's input is made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tap {
    /// Channel of the graph's input.
    pub source: usize,
    /// Factor on it.
    pub scale: f64,
    /// What is added then.
    pub shift: f64,
}

/// What a graph does with its input before the first convolution.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prelude {
    /// One a channel of the first convolution's input.
    pub taps: Vec<Tap>,
    /// Smallest and largest value that a quantised graph's first rounding lets through.
    pub range: Option<[f64; 2]>,
    /// Border of the first convolution above, on the left, below, on the right; negative where the input is cut.
    pub border: [i32; 4],
    /// What a user must know of it.
    pub notes: Vec<String>,
}

impl Prelude {
    /// Of a graph that does nothing with its `channels`.
    pub fn none(channels: usize) -> Self {
        let taps = (0..channels).map(|source| Tap { source, scale: 1.0, shift: 0.0 }).collect();
        Self { taps, ..Self::default() }
    }

    /// Whether the graph scales or shifts its input.
    fn is_scaled(&self) -> bool {
        self.taps.iter().any(|tap| tap.scale != 1.0 || tap.shift != 0.0)
    }

    /// Mean and deviation that the graph takes from its input, by input channel; a single one stands for three.
    fn own(&self) -> [(f64, f64); 3] {
        std::array::from_fn(|channel| {
            let tap = self.taps.iter().find(|tap| tap.source == channel).or(self.taps.first());
            tap.map_or((0.0, 1.0), |tap| (-tap.shift / tap.scale, tap.scale.recip()))
        })
    }
}

/// How the normalisation was settled.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// What is folded into the first convolution, besides what the graph does itself.
    pub normalisation: Normalisation,
    /// Where it comes from, in words.
    pub because: String,
    /// Whether nothing said it.
    pub assumed: bool,
}

/// The input values that the graph was made for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Expects {
    /// 0 to 255, blue first or red first where the graph tells.
    Bytes(Option<ChannelOrder>),
    /// 0 to 1, red first.
    Unit,
    /// What a preset makes of a photograph, by its name.
    Preset(&'static str, Normalisation),
}

/// Presets by the names that options have.
pub const PRESETS: [(&str, Normalisation); 5] = [
    ("caffe", Normalisation::CAFFE),
    ("torchvision", Normalisation::TORCHVISION),
    ("bytes", Normalisation::BYTES),
    ("unit", Normalisation::UNIT),
    ("signed", Normalisation::SIGNED),
];

const OPTIONS: &str = "--normalisation, --mean, --deviation and --channel-order";

/// The normalisation of the network in a file: what was asked for, else what the graph says, else `usual`.
///
/// # Errors
/// A predicate on the network: what was asked for contradicts the graph.
pub fn settle(facts: &Facts, prelude: &Prelude, usual: Normalisation) -> Result<Settled, String> {
    let found = evidence(prelude);
    let given = facts.normalisation.map(|mut given| {
        if let Some(order) = facts.order {
            given.order = order;
        } else if let (Some((Expects::Bytes(Some(order)), _)), true) = (&found, given == Normalisation::BYTES) {
            // the preset says nothing of the order when the graph does
            given.order = *order;
        }
        given
    });
    match (given, found) {
        (Some(given), found) => {
            if let Some((expects, why)) = found {
                contradiction(&given, expects, prelude, facts.order).map_or(Ok(()), |what| Err(format!("{why}, but {what}")))?;
            }
            range_contradiction(&given, prelude).map_or(Ok(()), Err)?;
            Ok(Settled { normalisation: given, because: "as asked for".into(), assumed: false })
        }
        (None, Some((expects, why))) => {
            let mut normalisation = match expects {
                Expects::Bytes(order) => Normalisation { order: order.unwrap_or(ChannelOrder::Rgb), ..Normalisation::BYTES },
                Expects::Unit => Normalisation::UNIT,
                Expects::Preset(_, normalisation) => normalisation,
            };
            if let Some(order) = facts.order {
                if order != normalisation.order {
                    if let Expects::Bytes(Some(_)) = expects {
                        return Err(format!("{why}, but --channel-order says the other order; leave it out"));
                    }
                    normalisation = turned(normalisation, order);
                }
            }
            let name = match expects {
                Expects::Bytes(_) => "0 to 255",
                Expects::Unit => "0 to 1",
                Expects::Preset(name, _) => name,
            };
            Ok(Settled { normalisation, because: format!("{why}: its input is taken as {name}"), assumed: false })
        }
        (None, None) => {
            let normalisation = facts.order.map_or(usual, |order| turned(usual, order));
            let name = name_of(&usual);
            let because = format!("the file does not say what its input is; assumed {name}; choose with {OPTIONS}");
            Ok(Settled { normalisation, because, assumed: true })
        }
    }
}

/// The same numbers for the same colours in another order of the channels.
fn turned(mut normalisation: Normalisation, order: ChannelOrder) -> Normalisation {
    if normalisation.order != order {
        normalisation.order = order;
        normalisation.mean.reverse();
        normalisation.deviation.reverse();
    }
    normalisation
}

fn name_of(normalisation: &Normalisation) -> String {
    let preset = PRESETS.iter().find(|(_, preset)| preset == normalisation).map(|(name, _)| *name);
    let shown = shown(normalisation);
    preset.map_or_else(|| shown.to_string(), |name| format!("--normalisation {name} ({shown})"))
}

/// A normalisation for those who show it.
pub fn shown(normalisation: &Normalisation) -> Normalised {
    Normalised { blue_first: normalisation.order == ChannelOrder::Bgr, mean: normalisation.mean, deviation: normalisation.deviation }
}

/// What photographs go through in all, up to the first convolution.
pub fn whole(normalisation: &Normalisation, prelude: &Prelude) -> Normalised {
    let (mut mean, mut deviation) = (normalisation.mean, normalisation.deviation);
    for (channel, (own_mean, own_deviation)) in prelude.own().into_iter().enumerate() {
        // ((byte - mean) / deviation - own mean) / own deviation
        mean[channel] += normalisation.deviation[channel] * own_mean;
        deviation[channel] *= own_deviation;
    }
    let blue_first = normalisation.order == ChannelOrder::Bgr;
    // a graph that turns the channels round has them in the other order behind
    let sources: Vec<usize> = prelude.taps.iter().map(|tap| tap.source).collect();
    if sources == [2, 1, 0] {
        mean.reverse();
        deviation.reverse();
        return Normalised { blue_first: !blue_first, mean, deviation };
    }
    Normalised { blue_first, mean, deviation }
}

/// What the graph says of its input, with the reason in words.
fn evidence(prelude: &Prelude) -> Option<(Expects, String)> {
    if prelude.is_scaled() {
        let own = prelude.own();
        let (means, deviations) = (own.map(|(mean, _)| mean), own.map(|(_, deviation)| deviation));
        let expects = scaled(means, deviations)?;
        return Some((expects, format!("the graph itself {}", in_words(means, deviations))));
    }
    let [low, high] = prelude.range?;
    let near = |value: f64, wanted: f64| (value - wanted).abs() <= 0.1 * wanted.abs();
    let expects = match (low, high) {
        (low, high) if low.abs() < 0.02 * high && near(high, 255.0) => Expects::Bytes(None),
        (low, high) if low.abs() < 0.02 * high && near(high, 1.0) => Expects::Unit,
        (low, high) if near(low, -1.0) && near(high, 1.0) && low + high < -1e-3 => return None,
        (-3.0..=-1.5, 1.8..=3.2) if (low + high).abs() > 0.1 => Expects::Preset("torchvision", Normalisation::TORCHVISION),
        (-130.0..=-90.0, 120.0..=160.0) if (low + high).abs() > 10.0 => Expects::Preset("caffe", Normalisation::CAFFE),
        _ => return None,
    };
    Some((expects, format!("the graph rounds its input to values from {low:.4} to {high:.4}")))
}

/// What a graph expects that takes `means` from its input and divides by `deviations`.
fn scaled(means: [f64; 3], deviations: [f64; 3]) -> Option<Expects> {
    let all = |values: [f64; 3], range: std::ops::RangeInclusive<f64>| values.iter().all(|v| range.contains(v));
    if !deviations.iter().all(|&d| d > 0.0 && d.is_finite()) || !means.iter().all(|m| m.is_finite()) {
        return None;
    }
    if all(means, -0.001..=0.001) {
        // a scale alone: what is divided by 64 or more was bytes, what is multiplied so was a share of 1
        return match deviations {
            d if all(d, 32.0..=512.0) => Some(Expects::Bytes(None)),
            d if all(d, 1.0 / 512.0..=1.0 / 32.0) => Some(Expects::Unit),
            _ => None,
        };
    }
    if all(means, 2.0..=254.0) {
        let order = match means {
            // the means of photographs: red is the brightest, blue the darkest
            [first, _, last] if last - first > 8.0 => Some(ChannelOrder::Bgr),
            [first, _, last] if first - last > 8.0 => Some(ChannelOrder::Rgb),
            _ => None,
        };
        return Some(Expects::Bytes(order));
    }
    (all(means, 0.05..=1.0) && all(deviations, 1.0 / 512.0..=1.5)).then_some(Expects::Unit)
}

fn in_words(means: [f64; 3], deviations: [f64; 3]) -> String {
    let list = |values: [f64; 3]| {
        let [a, b, c] = values.map(|v| format!("{}", (v * 1e4).round() / 1e4));
        if a == b && b == c {
            a
        } else {
            format!("{a}, {b}, {c}")
        }
    };
    let one = |values: [f64; 3], neutral: f64| values.iter().all(|v| (v - neutral).abs() < 1e-6);
    match (one(means, 0.0), one(deviations, 1.0)) {
        (true, _) => format!("divides its input by {}", list(deviations)),
        (false, true) => format!("subtracts {} from its input", list(means)),
        (false, false) => format!("subtracts {} from its input and divides by {}", list(means), list(deviations)),
    }
}

/// What is wrong with `given` where the graph expects something else.
fn contradiction(given: &Normalisation, expects: Expects, prelude: &Prelude, order: Option<ChannelOrder>) -> Option<String> {
    let plain = |wanted: &Normalisation| given.mean == wanted.mean && given.deviation == wanted.deviation;
    let fix = |name: &str| format!("leave the option out, or give --normalisation {name}");
    match expects {
        Expects::Bytes(found) => {
            if !plain(&Normalisation::BYTES) {
                return Some(format!("{} would do that a second time; {}", name_of(given), fix("bytes")));
            }
            let (found, order) = (found?, order?);
            (found != order).then(|| "--channel-order says the other order, in which these are not the colours' means; leave it out".into())
        }
        Expects::Unit if prelude.is_scaled() && !plain(&Normalisation::UNIT) => {
            Some(format!("{} gives it something else than 0 to 1; {}", name_of(given), fix("unit")))
        }
        _ => None,
    }
}

/// What is wrong with `given` where the first rounding of a quantised graph has a quite different range.
fn range_contradiction(given: &Normalisation, prelude: &Prelude) -> Option<String> {
    let [low, high] = prelude.range?;
    let span = (0..3).map(|c| 255.0 / given.deviation[c]).fold(0.0f64, f64::max);
    let ratio = span / (high - low);
    (!(0.2..=5.0).contains(&ratio)).then(|| {
        let name = name_of(given);
        format!("rounds its input to values from {low:.4} to {high:.4}, but {name} gives values over a range of {span:.4}; choose with {OPTIONS}")
    })
}

/// Red, green, blue of the pixel that the first convolution sees as zeros, if there is one.
pub fn zero(normalisation: &Normalisation, prelude: &Prelude) -> Option<[u8; 3]> {
    let own = prelude.own();
    let mut colour = [0; 3];
    for (channel, own) in own.iter().enumerate() {
        let byte = normalisation.mean[channel] + normalisation.deviation[channel] * own.0;
        if !(-0.5..=255.5).contains(&byte) {
            return None;
        }
        let rgb = if normalisation.order == ChannelOrder::Bgr { 2 - channel } else { channel };
        colour[rgb] = byte.round() as u8;
    }
    Some(colour)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prelude(means: [f64; 3], deviations: [f64; 3]) -> Prelude {
        let taps = (0..3).map(|c| Tap { source: c, scale: 1.0 / deviations[c], shift: -means[c] / deviations[c] }).collect();
        Prelude { taps, ..Prelude::default() }
    }

    fn settled(facts: &Facts, prelude: &Prelude) -> Result<Settled, String> {
        settle(facts, prelude, Normalisation::CAFFE)
    }

    #[test]
    fn what_the_graph_says_is_the_default() {
        let rgb = Normalisation::BYTES;
        let bgr = Normalisation { order: ChannelOrder::Bgr, ..rgb };
        for (means, deviations, expected) in [
            ([123.7, 116.8, 103.9], [1.0; 3], Some(rgb)),
            ([104.0, 117.0, 123.0], [1.0; 3], Some(bgr)),
            ([127.5; 3], [127.5; 3], Some(rgb)),
            ([0.0; 3], [255.0; 3], Some(rgb)),
            ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225], Some(Normalisation::UNIT)),
            ([0.5; 3], [0.5; 3], Some(Normalisation::UNIT)),
            ([0.0; 3], [1.0 / 255.0; 3], Some(Normalisation::UNIT)),
            ([-0.3, 0.2, 1.0], [0.9; 3], None),
        ] {
            let found = settled(&Facts::default(), &prelude(means, deviations)).unwrap_or_else(|e| panic!("{means:?}: {e}"));
            assert_eq!((found.normalisation, found.assumed), (expected.unwrap_or(Normalisation::CAFFE), expected.is_none()), "{means:?}");
        }
    }

    #[test]
    fn an_option_that_contradicts_the_graph_is_refused() {
        let with = |normalisation| Facts { normalisation: Some(normalisation), ..Facts::default() };
        let own_mean = prelude([123.7, 116.8, 103.9], [1.0; 3]);
        let sentence = settled(&with(Normalisation::CAFFE), &own_mean).expect_err("twice");
        assert!(sentence.contains("subtracts 123.7, 116.8, 103.9") && sentence.contains("--normalisation bytes"), "{sentence}");
        assert!(settled(&with(Normalisation::BYTES), &own_mean).is_ok());
        let other_order = Facts { order: Some(ChannelOrder::Bgr), ..with(Normalisation::BYTES) };
        assert!(settled(&other_order, &own_mean).expect_err("colours").contains("--channel-order"));
        let unit = prelude([0.5; 3], [0.5; 3]);
        assert!(settled(&with(Normalisation::BYTES), &unit).expect_err("bytes").contains("--normalisation unit"));
        let rounded = Prelude { range: Some([-2.2, 2.7]), ..Prelude::none(3) };
        assert!(settled(&with(Normalisation::CAFFE), &rounded).expect_err("range").contains("-2.2"));
        assert_eq!(settled(&Facts::default(), &rounded).expect("torchvision").normalisation, Normalisation::TORCHVISION);
    }

    #[test]
    fn the_whole_way_and_its_zero() {
        let all = whole(&Normalisation::BYTES, &prelude([104.0, 117.0, 123.0], [2.0; 3]));
        assert_eq!((all.mean, all.deviation), ([104.0, 117.0, 123.0], [2.0; 3]));
        assert_eq!(zero(&Normalisation::TORCHVISION, &Prelude::none(3)), Some([124, 116, 104]));
        assert_eq!(zero(&Normalisation::CAFFE, &Prelude::none(3)), Some([123, 117, 104]));
        assert_eq!(zero(&Normalisation::BYTES, &prelude([-30.0; 3], [1.0; 3])), None);
    }
}
