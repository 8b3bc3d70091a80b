//! Max-pools: 3x3 with stride 2 in ceil mode, however a file says it.

use super::super::graph::Op;
use super::super::ImportError;
use super::walk::Walk;
use net::layout::pooled;

impl Walk<'_> {
    /// Steps over a max-pool when one comes next; tells whether it did. `behind` names the layer before it.
    pub fn pool(&mut self, behind: &str, kernel: usize) -> Result<bool, ImportError> {
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
        if behind == "conv1" {
            self.cut_frame(found, kernel);
        }
        if self.height < 2 || self.width < 2 || found != [pooled(self.height) as i64, pooled(self.width) as i64] {
            let map = format!("{}x{} map into {}x{}", self.height, self.width, found[0], found[1]);
            let [rows, columns] = [self.height, self.width].map(|side| side / 2);
            let why = "a pool in floor mode on an even side drops a row and a column that the convolution before it needs, and the engine has \
                       no such pool behind a Fire module";
            let hint = match self.side_without_floor(found) {
                Some(way) => format!("{why}; {way}"),
                None => why.into(),
            };
            return refuse(format!("turns a {map}, expected {rows}x{columns} (ceil mode): {hint}"));
        }
        (self.height, self.width) = (pooled(self.height), pooled(self.width));
        self.take(node, format!("max-pool behind {behind}, to {}x{}", self.height, self.width))?;
        self.tensor = node.output.clone();
        self.skip()?;
        Ok(true)
    }

    /// What conv1's pool in floor mode drops, conv1 need not compute: the frame ends where its last window does. `kernel` is
    /// conv1's.
    fn cut_frame(&mut self, found: [i64; 2], kernel: usize) {
        let drops = |side: usize, found: i64| side >= 4 && side % 2 == 0 && found == pooled(side) as i64 - 1;
        let frame = |side: usize| (side - 1) * 2 + kernel;
        // the frame of conv1's map as the walk has it: what its windows do not reach is cut too
        let [_, _, below, right] = self.prelude.border.map(i64::from);
        if drops(self.height, found[0]) {
            self.prelude.border[2] = (below - (self.frame[0] - frame(self.height - 1)) as i64) as i32;
            self.frame[0] = frame(self.height - 1);
            self.height -= 1;
        }
        if drops(self.width, found[1]) {
            self.prelude.border[3] = (right - (self.frame[1] - frame(self.width - 1)) as i64) as i32;
            self.frame[1] = frame(self.width - 1);
            self.width -= 1;
        }
    }

    /// What to do about a floor pool on an even side.
    fn side_without_floor(&self, found: [i64; 2]) -> Option<&'static str> {
        let floor = |side: usize, found: i64| side % 2 == 0 && found == pooled(side) as i64 - 1;
        (floor(self.height, found[0]) || floor(self.width, found[1])).then_some(
            "export the same weights for an input whose maps have odd sides before every pool (a 3x3 stem: 224 pixels, a 7x7 one: 227), or \
             with pools in ceil mode, and check the accuracy",
        )
    }
}
