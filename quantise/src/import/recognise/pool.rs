//! Max-pools: 3x3 with stride 2 in ceil mode, however a file says it.

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
        // in floor mode an even side loses its last row or column
        let floors = [0, 1].map(|i| sides[i] >= 4 && sides[i].is_multiple_of(2) && found[i] == pooled(sides[i]) as i64 - 1);
        if self.height < 2 || self.width < 2 || (0..2).any(|i| !floors[i] && found[i] != pooled(sides[i]) as i64) {
            let map = format!("{}x{} map into {}x{}", self.height, self.width, found[0], found[1]);
            return refuse(format!("turns a {map}, expected {}x{} (ceil mode)", self.height / 2, self.width / 2));
        }
        let pool = [0, 1].map(|i| Side { from: sides[i], to: pooled(sides[i]) - usize::from(floors[i]) });
        self.pools.push(pool);
        [self.height, self.width] = pool.map(|side| side.to);
        self.take(node, format!("max-pool behind {behind}, to {}x{}", self.height, self.width))?;
        self.tensor = node.output.clone();
        self.skip()?;
        Ok(true)
    }

    /// Makes the frame end where the engine's pools, all in ceil mode, give maps of the sides that the file's pools give. What
    /// conv1's pool in floor mode drops, conv1 need not compute: that is exact. Behind a Fire module the dropped row and column
    /// still feed the windows beside them, which then see zeros: `exact` is false.
    pub fn shrink_frame(&mut self, kernel: usize, stem_pool: bool) -> bool {
        let mut exact = true;
        for axis in 0..2 {
            let mut wanted = None;
            for (index, pool) in self.pools.iter().enumerate().rev() {
                let Side { from, to } = pool[axis];
                let needed = (2 * wanted.unwrap_or(to) + 1).min(from);
                let smaller = needed < from;
                wanted = smaller.then_some(needed);
                exact &= !smaller || (stem_pool && index == 0);
            }
            let Some(map) = wanted else { continue };
            let frame = (map - 1) * 2 + kernel;
            let cut = self.frame[axis].saturating_sub(frame);
            self.frame[axis] = frame;
            self.prelude.border[2 + axis] -= cut as i32;
        }
        exact
    }
}

/// Rows or columns that a pool makes of a map's.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    pub from: usize,
    pub to: usize,
}
