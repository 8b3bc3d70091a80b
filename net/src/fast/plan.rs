//! From a network to the list of operations of one run.

use super::map::MapShape;
use super::pack::{PackedConv, Window};
use super::Path;
use crate::layout::{Layer, LayerKind, INPUT_CHANNELS};
use crate::model::{Network, NetworkError};

/// One layer: its convolutions, all from one map into one map, and its pool.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The layer's name, for example `fire2.expand`.
    pub name: String,
    /// One convolution, or the two halves of an expand.
    pub convs: Vec<PackedConv>,
    /// What the convolutions write.
    pub output: MapShape,
    /// What the pool writes, where there is one.
    pub pooled: Option<MapShape>,
}

/// Checks `network`; returns the shape of the image and the steps.
pub(super) fn plan(network: &Network, path: Path) -> Result<(MapShape, Vec<Step>), NetworkError> {
    let layers = network.check()?;
    let image = MapShape {
        height: network.layout.height,
        width: network.layout.width,
        channels: INPUT_CHANNELS,
        border: padding(network, &layers[0]),
    };
    let mut input = image;
    let mut steps = Vec::with_capacity(layers.len());
    for (i, layer) in layers.iter().enumerate() {
        // a map is written with the border that its reader needs; the pool's reader is the next layer
        let border = layers.get(i + 1).map_or(0, |next| padding(network, next));
        let conv = MapShape { height: layer.conv_height, width: layer.conv_width, channels: layer.out_channels, border };
        let pooled = layer.pool.then_some(MapShape { height: layer.out_height, width: layer.out_width, ..conv });
        let output = if pooled.is_some() { MapShape { border: 0, ..conv } } else { conv };
        steps.push(Step { name: layer.name.clone(), convs: convolutions(network, layer, input, path), output, pooled });
        input = pooled.unwrap_or(output);
    }
    Ok((image, steps))
}

/// The border of the map that `layer` reads.
fn padding(network: &Network, layer: &Layer) -> usize {
    match layer.kind {
        LayerKind::Stem | LayerKind::Squeeze => 0,
        LayerKind::Expand => 1,
        LayerKind::Classifier => network.layout.classifier.padding,
    }
}

fn convolutions(network: &Network, layer: &Layer, input: MapShape, path: Path) -> Vec<PackedConv> {
    let pack = |conv, window, first| PackedConv::new(conv, window, first, path);
    let whole = |stride| Window { stride, inset: 0 };
    match (layer.kind, layer.fire) {
        (LayerKind::Squeeze, Some(i)) => vec![pack(&network.fires[i].squeeze, whole(1), 0)],
        (LayerKind::Expand, Some(i)) => {
            let fire = &network.fires[i];
            // the 1x1 half has no padding of its own: it reads the map inside the border
            let inside = Window { stride: 1, inset: input.border };
            vec![pack(&fire.expand1, inside, 0), pack(&fire.expand3, whole(1), layer.out_channels / 2)]
        }
        (LayerKind::Stem, _) => vec![pack(&network.stem, whole(2), 0)],
        _ => vec![pack(&network.classifier, whole(1), 0)],
    }
}
