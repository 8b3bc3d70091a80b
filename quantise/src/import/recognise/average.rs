//! The global average, and what may follow it.

use super::super::graph::{Op, Order};
use super::super::ImportError;
use super::walk::{Place, Walk};

impl Walk<'_> {
    /// The global average after the classifier, in any of the forms that exporters write.
    pub fn average(&mut self) -> Result<(), ImportError> {
        let node = self.next("the global average or the two expand convolutions of a Fire module")?;
        self.refuse_border(node)?;
        let whole = [self.height as i64, self.width as i64];
        let global = match &node.op {
            Op::GlobalAverage => {
                self.expect_nchw(node)?;
                true
            }
            Op::AveragePool(window) => {
                self.expect_nchw(node)?;
                let pads = window.pads.around([self.height, self.width], window.kernel, window.strides);
                window.kernel == whole && pads == [0; 4] && window.dilations.iter().all(|&d| d == 1)
            }
            Op::Mean(axes) => {
                let mut axes: Vec<i64> = axes.iter().map(|&a| if a < 0 { a.saturating_add(4) } else { a }).collect();
                axes.sort_unstable();
                axes == if self.order == Order::Nchw { [2, 3] } else { [1, 2] }
            }
            Op::Other(Some(reason)) => return Err(self.graph.refuse(node, reason)),
            _ => {
                let after = format!("after `{}`, where a global average should be", self.tensor);
                let reason = format!("stands {after} (or two expand convolutions); {} is neither", node.operator);
                return Err(self.graph.refuse(node, reason));
            }
        };
        if !global {
            return Err(self.graph.refuse(node, format!("does not average the whole {}x{} map", self.height, self.width)));
        }
        self.take(node, format!("global average of {} classes", self.channels))?;
        self.tensor = node.output.clone();
        self.place = Place::Tail;
        Ok(())
    }

    /// Only reshapes and a softmax may follow the average.
    pub fn finish(&mut self) -> Result<(), ImportError> {
        loop {
            self.skip()?;
            if self.graph.outputs.contains(&self.tensor) {
                return Ok(());
            }
            let node = self.next("an output of the graph")?;
            let role = match node.op {
                Op::Reshape => "shape only",
                Op::Softmax => "softmax, which does not change the order of the classes",
                _ => {
                    let reason = "follows the global average, expected the end of the network (reshapes and a softmax may follow)";
                    return Err(self.graph.refuse(node, reason));
                }
            };
            self.take(node, role)?;
            self.tensor = node.output.clone();
        }
    }
}
