//! SqueezeNet layouts as data: sizes, pools and class count, and the shapes that follow from them.

use thiserror::Error;

/// Channels of the input image (red, green, blue).
pub const INPUT_CHANNELS: usize = 3;

/// A SqueezeNet of any size: a strided stem, Fire modules, a 1x1 classifier and a global average.
///
/// Every convolution is followed by ReLU. Convolutions: stem `kernel` x `kernel`, stride 2, no
/// padding; squeeze and classifier 1x1; expand 1x1 beside 3x3 with padding 1. Max-pools are
/// 3x3, stride 2, without padding, in ceil mode (a partial window takes the maximum of what lies inside) or, all of them, in
/// floor mode (the last row or column of an even side is in no window).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Layout {
    /// What the layout is called in reports, for example `v1.1`.
    pub name: String,
    /// Rows of the input image, in pixels.
    pub height: usize,
    /// Columns of the input image, in pixels.
    pub width: usize,
    /// The first convolution.
    pub stem: Stem,
    /// The Fire modules in order; the first one is called `fire2`.
    pub fires: Vec<Fire>,
    /// The last convolution, called `conv10`.
    pub classifier: Classifier,
    /// Whether the max-pools are in floor mode. On maps of odd sides both modes are the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub floor_pools: bool,
}

/// The first convolution: `kernel` x `kernel`, stride 2, no padding, 3 input channels.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stem {
    /// Side of the filter: 3 or 7.
    pub kernel: usize,
    /// Output channels.
    pub channels: usize,
    /// Whether a max-pool follows.
    pub pool: bool,
}

/// A Fire module: squeeze 1x1, then expand 1x1 and expand 3x3 side by side.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Fire {
    /// Output channels of the squeeze convolution.
    pub squeeze: usize,
    /// Output channels of each of the two expand convolutions.
    pub expand: usize,
    /// Whether a max-pool follows the module.
    pub pool: bool,
}

/// The last convolution: 1x1, one output channel a class.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Classifier {
    /// Output channels.
    pub classes: usize,
    /// Zero padding on every side (Caffe's v1.0 pads by 1), 0 or 1.
    pub padding: usize,
}

/// What a layer of the engine computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LayerKind {
    /// The first convolution.
    Stem,
    /// A squeeze convolution.
    Squeeze,
    /// Both expand convolutions; the output is their concatenation, 1x1 first.
    Expand,
    /// The last convolution.
    Classifier,
}

/// One step of the network as the engine runs it: a convolution (or the expand pair) with its pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// `conv1`, `fire2.squeeze`, `fire2.expand`, ..., `conv10`.
    pub name: String,
    /// What it computes.
    pub kind: LayerKind,
    /// Index into [`Layout::fires`] for squeeze and expand.
    pub fire: Option<usize>,
    /// Input channels.
    pub in_channels: usize,
    /// Input rows.
    pub in_height: usize,
    /// Input columns.
    pub in_width: usize,
    /// Output channels (both halves of an expand).
    pub out_channels: usize,
    /// Rows of the convolution's output, before any pool.
    pub conv_height: usize,
    /// Columns of the convolution's output, before any pool.
    pub conv_width: usize,
    /// Whether a 3x3/2 max-pool follows.
    pub pool: bool,
    /// Whether that is in floor mode; never without one.
    pub floor: bool,
    /// Output rows after the pool (the same as `conv_height` without one).
    pub out_height: usize,
    /// Output columns after the pool.
    pub out_width: usize,
    /// Filter side (3 for expand: its larger half).
    pub kernel: usize,
}

/// Why a layout cannot exist.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum LayoutError {
    /// A size is zero or out of the range that SqueezeNets use.
    #[error("layout {layout}: {what} is {found}, expected {expected}; correct the layout")]
    Size { layout: String, what: String, found: usize, expected: String },
    /// A map became too small for the operation that follows.
    #[error(
        "layout {layout}: the {height}x{width} map before {before} is smaller than it needs ({needs}); use a larger input or fewer pools"
    )]
    MapTooSmall { layout: String, before: String, height: usize, width: usize, needs: &'static str },
}

impl Layout {
    /// SqueezeNet v1.1 for a square input: 227 for the authors' weights, 224 for torchvision's.
    pub fn v1_1(side: usize, classes: usize) -> Self {
        Self::standard("v1.1", side, Stem { kernel: 3, channels: 64, pool: true }, [3, 5], classes, 0)
    }

    /// SqueezeNet v1.0; the authors' network is 227 with `padding` 1, torchvision's 224 with 0.
    pub fn v1_0(side: usize, classes: usize, padding: usize) -> Self {
        Self::standard("v1.0", side, Stem { kernel: 7, channels: 96, pool: true }, [4, 8], classes, padding)
    }

    /// The SqueezeNet of the article (arXiv 1602.07360): v1.0 with the pools of v1.1.
    pub fn article(side: usize, classes: usize) -> Self {
        Self::standard("article", side, Stem { kernel: 7, channels: 96, pool: true }, [3, 5], classes, 0)
    }

    fn standard(name: &str, side: usize, stem: Stem, pools: [usize; 2], classes: usize, padding: usize) -> Self {
        let sizes = [(16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)];
        let fires = sizes.iter().zip(2..).map(|(&(squeeze, expand), n)| Fire { squeeze, expand, pool: pools.contains(&n) }).collect();
        Self { name: name.into(), height: side, width: side, stem, fires, classifier: Classifier { classes, padding }, floor_pools: false }
    }

    /// The layers in the order in which they run, with every shape worked out.
    ///
    /// # Errors
    /// A size out of range, or a map too small for the filter or pool that follows.
    pub fn layers(&self) -> Result<Vec<Layer>, LayoutError> {
        self.check_sizes()?;
        let mut layers = Vec::with_capacity(2 + 2 * self.fires.len());
        let kernel = self.stem.kernel;
        if self.height < kernel || self.width < kernel {
            let needs = if kernel == 3 { "3x3" } else { "7x7" };
            return Err(self.too_small("conv1", self.height, self.width, needs));
        }
        let (height, width) = ((self.height - kernel) / 2 + 1, (self.width - kernel) / 2 + 1);
        let mut map = Map { channels: INPUT_CHANNELS, height: self.height, width: self.width };
        map = self.push(
            &mut layers,
            "conv1".into(),
            LayerKind::Stem,
            None,
            map,
            (self.stem.channels, height, width),
            self.stem.pool,
            kernel,
        )?;
        for (i, fire) in self.fires.iter().enumerate() {
            let n = i + 2;
            let size = (map.height, map.width);
            map = self.push(
                &mut layers,
                format!("fire{n}.squeeze"),
                LayerKind::Squeeze,
                Some(i),
                map,
                (fire.squeeze, size.0, size.1),
                false,
                1,
            )?;
            map = self.push(
                &mut layers,
                format!("fire{n}.expand"),
                LayerKind::Expand,
                Some(i),
                map,
                (2 * fire.expand, size.0, size.1),
                fire.pool,
                3,
            )?;
        }
        let pad = 2 * self.classifier.padding;
        let out = (self.classifier.classes, map.height + pad, map.width + pad);
        self.push(&mut layers, "conv10".into(), LayerKind::Classifier, None, map, out, false, 1)?;
        Ok(layers)
    }

    #[allow(clippy::too_many_arguments)] // one call a layer, each argument a field of the layer
    fn push(
        &self,
        layers: &mut Vec<Layer>,
        name: String,
        kind: LayerKind,
        fire: Option<usize>,
        input: Map,
        (out_channels, conv_height, conv_width): (usize, usize, usize),
        pool: bool,
        kernel: usize,
    ) -> Result<Map, LayoutError> {
        let (out_height, out_width) = if pool {
            let (least, needs) = if self.floor_pools { (3, "3x3") } else { (2, "2x2") };
            if conv_height < least || conv_width < least {
                return Err(self.too_small(&format!("the pool after {name}"), conv_height, conv_width, needs));
            }
            (pooled(conv_height, self.floor_pools), pooled(conv_width, self.floor_pools))
        } else {
            (conv_height, conv_width)
        };
        layers.push(Layer {
            name,
            kind,
            fire,
            in_channels: input.channels,
            in_height: input.height,
            in_width: input.width,
            out_channels,
            conv_height,
            conv_width,
            pool,
            floor: pool && self.floor_pools,
            out_height,
            out_width,
            kernel,
        });
        Ok(Map { channels: out_channels, height: out_height, width: out_width })
    }

    fn check_sizes(&self) -> Result<(), LayoutError> {
        let size = |what: &str, found: usize, range: std::ops::RangeInclusive<usize>| {
            if range.contains(&found) {
                return Ok(());
            }
            let expected = format!("{} to {}", range.start(), range.end());
            Err(LayoutError::Size { layout: self.name.clone(), what: what.into(), found, expected })
        };
        size("input height", self.height, 1..=4096)?;
        size("input width", self.width, 1..=4096)?;
        if self.stem.kernel != 3 && self.stem.kernel != 7 {
            let expected = "3 or 7".into();
            return Err(LayoutError::Size { layout: self.name.clone(), what: "conv1 kernel".into(), found: self.stem.kernel, expected });
        }
        size("conv1 channels", self.stem.channels, 1..=1024)?;
        size("number of Fire modules", self.fires.len(), 0..=30)?;
        for (i, fire) in self.fires.iter().enumerate() {
            size(&format!("fire{} squeeze channels", i + 2), fire.squeeze, 1..=1024)?;
            size(&format!("fire{} expand channels", i + 2), fire.expand, 1..=1024)?;
        }
        size("conv10 padding", self.classifier.padding, 0..=1)?;
        size("class count", self.classifier.classes, 2..=1024)
    }

    fn too_small(&self, before: &str, height: usize, width: usize, needs: &'static str) -> LayoutError {
        LayoutError::MapTooSmall { layout: self.name.clone(), before: before.into(), height, width, needs }
    }
}

#[derive(Clone, Copy)]
struct Map {
    channels: usize,
    height: usize,
    width: usize,
}

/// Output side of a 3x3 stride-2 max-pool: `ceil((side - 3) / 2) + 1` for `side >= 2` (Caffe's rule; no window starts outside
/// the map), in floor mode `floor((side - 3) / 2) + 1` for `side >= 3`.
pub fn pooled(side: usize, floor: bool) -> usize {
    debug_assert!(side >= if floor { 3 } else { 2 });
    if floor {
        (side - 1) / 2
    } else {
        side / 2
    }
}

impl Layer {
    /// Multiply-accumulates of one frame.
    pub fn macs(&self) -> u64 {
        let pixels = (self.conv_height * self.conv_width) as u64;
        let (inputs, outputs) = (self.in_channels as u64, self.out_channels as u64);
        match self.kind {
            // 1x1 and 3x3 halves: 10 taps for half of the outputs each
            LayerKind::Expand => pixels * inputs * outputs / 2 * 10,
            _ => pixels * inputs * outputs * (self.kernel * self.kernel) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pool_sides_follow_the_rules() {
        assert_eq!(pooled(2, false), 1);
        for side in 3..300usize {
            assert_eq!(pooled(side, false), (side - 3).div_ceil(2) + 1, "side {side}");
            assert_eq!(pooled(side, true), (side - 3) / 2 + 1, "side {side}");
        }
    }

    #[test]
    fn published_multiply_accumulate_counts() {
        let total = |l: Layout| l.layers().unwrap().iter().map(Layer::macs).sum::<u64>();
        assert_eq!(total(Layout::v1_1(227, 1000)) / 100_000, 3877);
        assert_eq!(total(Layout::v1_0(227, 1000, 1)) / 100_000, 8613);
    }
}
