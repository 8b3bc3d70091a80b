//! Max-pools: 3x3 with stride 2, in ceil or floor mode, however a file says it.

use super::super::graph::Op;
use super::super::ImportError;
use super::walk::Walk;
use net::layout::pooled;

impl Walk<'_> {
    /// Steps over a max-pool when one comes next; tells whether it did. `behind` names the layer before it.
    pub fn pool(&mut self, behind: &str) -> Result<bool, ImportError> {
        self.skip()?;
        let graph = self.graph;
        let [node] = graph.readers(&self.tensor)[..] else { return Ok(false) };
        let Op::MaxPool(window) = &node.op else { return Ok(false) };
        let refuse = |reason: String| Err(graph.refuse(node, reason));
        self.expect_nchw(node)?;
        if window.kernel != [3, 3] || window.strides != [2, 2] {
            return refuse(format!("has kernel {:?} and strides {:?}, expected 3x3 with stride 2", window.kernel, window.strides));
        }
        if window.dilations.iter().any(|&d| d != 1) {
            return refuse(format!("has dilations {:?}, expected none", window.dilations));
        }
        let (border, value) = self.border.take().unwrap_or(([0; 4], 0.0));
        if border != [0; 4] && value > 0.0 {
            return refuse(format!("reads a map padded with {value}, expected 0 or less: the border must not win a maximum"));
        }
        let padded = [self.height + (border[0] + border[2]) as usize, self.width + (border[1] + border[3]) as usize];
        let mut pads = window.pads.around(padded, [3; 2], [2; 2]);
        pads.iter_mut().zip(border).for_each(|(p, b)| *p = p.saturating_add(b));
        if pads[0] != 0 || pads[1] != 0 || pads.iter().any(|p| !(0..=64).contains(p)) {
            return refuse(format!("has padding {pads:?}, expected none above and on the left"));
        }
        // Padding behind the map and ceil mode are two ways to say the same, because no value behind a ReLU is
        // below the border's: what counts is the output's size.
        let output = |side: usize, pad: i64| {
            let span = side as i64 + pad - 3;
            (if window.ceil { (span + 1).div_euclid(2) } else { span.div_euclid(2) }) + 1
        };
        let found = [output(self.height, pads[2]), output(self.width, pads[3])];
        let sides = [self.height, self.width];
        let map = || format!("{}x{} map into {}x{}", sides[0], sides[1], found[0], found[1]);
        // modes whose pool gives as many; on an odd side both do
        let of = |i: usize, floor: bool| sides[i] >= if floor { 3 } else { 2 } && found[i] == pooled(sides[i], floor) as i64;
        let modes = [false, true].map(|floor| of(0, floor) && of(1, floor));
        let mode = match modes {
            [true, true] => None,
            [true, false] => Some(false),
            [false, true] => Some(true),
            _ if (0..2).all(|i| of(i, false) || of(i, true)) => {
                return refuse(format!(
                    "turns a {}: one side in floor mode, the other in ceil mode; the engine's pools have one mode",
                    map()
                ))
            }
            _ => return refuse(format!("turns a {}, expected {}x{} (ceil mode)", map(), sides[0] / 2, sides[1] / 2)),
        };
        match (&self.floor_pools, mode) {
            (Some((before, floor)), Some(this)) if *floor != this => {
                let [is, was] = [this, *floor].map(|floor| if floor { "floor" } else { "ceil" });
                return refuse(format!(
                    "is in {is} mode ({}), and the pool behind {before} in {was} mode; all pools of a network have one mode on the engine",
                    map()
                ));
            }
            (None, Some(this)) => self.floor_pools = Some((behind.into(), this)),
            _ => {}
        }
        [self.height, self.width] = found.map(|side| side as usize);
        self.take(node, format!("max-pool behind {behind}, to {}x{}", self.height, self.width))?;
        self.tensor = node.output.clone();
        self.skip()?;
        Ok(true)
    }
}
