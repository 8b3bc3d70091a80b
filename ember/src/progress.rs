//! How far long work is.

/// What is being done, to all photographs or steps one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Photographs are read.
    Read,
    /// Photographs go through the float network, to see what channels hold.
    Observe,
    /// Weights are fitted, layer by layer; steps of unequal length.
    Fit,
    /// Photographs go through the float network, to choose the steps of layers.
    Calibrate,
    /// Biases are corrected; steps of unequal length.
    Correct,
    /// Photographs go through both networks.
    Compare,
}

impl Stage {
    /// In one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Observe => "observe",
            Self::Fit => "fit",
            Self::Calibrate => "calibrate",
            Self::Correct => "correct",
            Self::Compare => "compare",
        }
    }

    /// Whether its steps are images, all of about the same length.
    pub fn counts_images(self) -> bool {
        !matches!(self, Self::Fit | Self::Correct)
    }
}

/// Hears how far long work is, from any thread, and may end it.
pub trait Progress: Sync {
    /// A stage of `count` steps begins.
    fn begin(&self, stage: Stage, count: usize);
    /// A step is done.
    fn advance(&self);
    /// The stage has ended.
    fn end(&self);
    /// Whether the work shall end; it is asked between stages.
    fn is_stopped(&self) -> bool;
}

/// Lets work run to its end.
#[derive(Clone, Copy, Debug)]
pub struct Unheard;

impl Progress for Unheard {
    fn begin(&self, _: Stage, _: usize) {}
    fn advance(&self) {}
    fn end(&self) {}
    fn is_stopped(&self) -> bool {
        false
    }
}

/// Does `work` as one stage of `count` steps; it is given what to call after each.
pub(crate) fn stage<T>(progress: &dyn Progress, stage: Stage, count: usize, work: impl FnOnce(&(dyn Fn() + Sync)) -> T) -> T {
    progress.begin(stage, count);
    let done = work(&|| progress.advance());
    progress.end();
    done
}
