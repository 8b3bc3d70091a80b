//! Random networks and images for tests: every size that the engine accepts, extreme values included.

use ndarray::{Array3, Array4};
use net::layout::{Classifier, Fire, Layout, Stem};
use net::model::{conv_shapes, Network, QuantConv, QuantFire};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// How large a random layout may become.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest input side, pixels.
    pub side: usize,
    /// Most Fire modules.
    pub fires: usize,
    /// Most channels of any convolution.
    pub channels: usize,
    /// Most classes.
    pub classes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { side: 40, fires: 3, channels: 70, classes: 90 }
    }
}

/// A layout drawn from `seed`; always valid. About one in five has a 1x1 map somewhere.
pub fn layout(seed: u64, limits: Limits) -> Layout {
    let mut rng = StdRng::seed_from_u64(seed);
    loop {
        let kernel = if rng.random_bool(0.5) { 3 } else { 7 };
        let most = if rng.random_bool(0.3) { (kernel + 4).min(limits.side) } else { limits.side };
        let channels = |rng: &mut StdRng| match rng.random_range(0..4) {
            0 => rng.random_range(1..=4),
            1 => 16.min(limits.channels),
            _ => rng.random_range(1..=limits.channels),
        };
        let fires = (0..rng.random_range(0..=limits.fires))
            .map(|_| Fire { squeeze: channels(&mut rng), expand: channels(&mut rng), pool: rng.random_bool(0.4) })
            .collect();
        let layout = Layout {
            name: format!("random-{seed}"),
            height: rng.random_range(kernel..=most.max(kernel)),
            width: rng.random_range(kernel..=most.max(kernel)),
            stem: Stem { kernel, channels: channels(&mut rng), pool: rng.random_bool(0.5) },
            fires,
            classifier: Classifier { classes: rng.random_range(2..=limits.classes), padding: rng.random_range(0..=1) },
            floor_pools: rng.random_bool(0.3),
        };
        if layout.layers().is_ok() {
            return layout;
        }
    }
}

/// A network for `layout` drawn from `seed`: ordinary weights, or extreme ones (all -128, all 127,
/// both, sparse), with requantisation constants that use the whole byte range, saturate, or are odd.
///
/// # Panics
/// If the layout is impossible.
pub fn network(layout: &Layout, seed: u64) -> Network {
    build(layout, seed, conv)
}

/// A network for `layout` drawn from `seed` that behaves as a trained one: weights around zero, and
/// every layer's bytes spread over their range, so that a difference anywhere shows in what follows.
///
/// # Panics
/// If the layout is impossible.
pub fn typical_network(layout: &Layout, seed: u64) -> Network {
    build(layout, seed, |rng, shape| {
        let taps = (shape[1] * shape[2] * shape[3]) as f64;
        // inputs and weights of about 74 (root mean square): most sums end within 255 steps
        let (multiplier, shift) = fixed_point(100.0 / (74.0 * 74.0 * taps.sqrt()));
        let weights = Array4::from_shape_fn(shape, |_| rng.random_range(-127..=127i32) as i8);
        let bias = (0..shape[0]).map(|_| rng.random_range(-20_000..20_000)).collect();
        QuantConv { weights, bias, multiplier: vec![multiplier; shape[0]], shift: vec![shift; shape[0]] }
    })
}

fn build(layout: &Layout, seed: u64, conv: impl Fn(&mut StdRng, [usize; 4]) -> QuantConv) -> Network {
    let mut rng = StdRng::seed_from_u64(seed ^ 0x6e65_7477_6f72_6b00);
    let layers = layout.layers().expect("a random network needs a possible layout");
    let mut convs = conv_shapes(&layers).into_iter().map(|shape| conv(&mut rng, shape)).collect::<Vec<_>>().into_iter();
    let mut next = || convs.next().expect("one convolution a shape");
    let stem = next();
    let fires = layout.fires.iter().map(|_| QuantFire { squeeze: next(), expand1: next(), expand3: next() }).collect();
    Network { layout: layout.clone(), stem, fires, classifier: next() }
}

/// Like [`network`], with the shifts that quantisation gives to trained weights in place of the odd
/// ones: 18 to 33. The fast path has a shorter form of requantisation for these.
///
/// # Panics
/// If the layout is impossible.
pub fn ordinary_network(layout: &Layout, seed: u64) -> Network {
    let mut network = network(layout, seed);
    let fires = network.fires.iter_mut().flat_map(|f| [&mut f.squeeze, &mut f.expand1, &mut f.expand3]);
    for conv in [&mut network.stem, &mut network.classifier].into_iter().chain(fires) {
        conv.shift.iter_mut().zip(seed..).for_each(|(shift, n)| *shift = 18 + (n % 16) as u8);
    }
    network
}

/// `ratio` as `multiplier / 2^shift`, rounded down.
fn fixed_point(ratio: f64) -> (u16, u8) {
    let mut shift = 15u8;
    while shift < net::model::MAX_SHIFT && ratio * f64::powi(2.0, i32::from(shift)) < 32768.0 {
        shift += 1;
    }
    ((ratio * f64::powi(2.0, i32::from(shift))).min(65535.0) as u16, shift)
}

fn conv(rng: &mut StdRng, shape: [usize; 4]) -> QuantConv {
    let style = rng.random_range(0..8);
    let weights = Array4::from_shape_fn(shape, |_| match style {
        0 => -128,
        1 => 127,
        2 => [-128, 127][rng.random_range(0..2)],
        3 if rng.random_bool(0.8) => 0,
        _ => rng.random_range(-128..=127i32) as i8,
    });
    let taps = (shape[1] * shape[2] * shape[3]) as f64;
    let mut channel = |_| {
        // a typical accumulator is about 128 * 73 * sqrt(taps); put it near the middle of the byte range
        let target = if rng.random_bool(0.1) { rng.random_range(1e-4..1e2) } else { 128.0 / (9000.0 * taps.sqrt()) };
        let (multiplier, shift) = fixed_point(target);
        let bias = if rng.random_bool(0.05) { rng.random_range(-1 << 29..1 << 29) } else { rng.random_range(-20000..20000) };
        (bias, multiplier, if rng.random_bool(0.02) { rng.random_range(1..=net::model::MAX_SHIFT) } else { shift })
    };
    let channels: Vec<(i32, u16, u8)> = (0..shape[0]).map(&mut channel).collect();
    QuantConv {
        weights,
        bias: channels.iter().map(|c| c.0).collect(),
        multiplier: channels.iter().map(|c| c.1).collect(),
        shift: channels.iter().map(|c| c.2).collect(),
    }
}

/// An image for `layout` drawn from `seed`: HWC bytes; noise, all 0, all 255, or a gradient.
pub fn image(layout: &Layout, seed: u64) -> Array3<u8> {
    let mut rng = StdRng::seed_from_u64(seed ^ 0x696d_6167_6500);
    let style = rng.random_range(0..6);
    Array3::from_shape_fn((layout.height, layout.width, 3), |(y, x, c)| match style {
        0 => 255,
        1 => 0,
        2 => (3 * y + 5 * x + 50 * c) as u8,
        _ => rng.random(),
    })
}
