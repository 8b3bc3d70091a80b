//! The fast software path as a device.

use super::{Answer, Device, DeviceError, Frame, LayerDevice, Layers};
use crate::lock::lock;
use net::compiler::Program;
use net::fast::{FastNetwork, Workspace};
use net::model_file::Model;
use net::photo::Pixels;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Mutex;

/// Frames for each thread in a batch: enough that the last ones of a batch do not leave threads idle for long.
const FRAMES_PER_THREAD: usize = 4;

/// `net::fast` on a pool of threads.
pub struct Software {
    engine: FastNetwork,
    pool: ThreadPool,
    /// Memory for one frame each, as many as were in use at once.
    workspaces: Mutex<Vec<Workspace>>,
}

impl Software {
    /// Packs `model` for this CPU; frames run on `threads` threads, one frame on one thread.
    ///
    /// # Errors
    /// A model that is unsound, or threads that cannot be started.
    pub fn open(model: &Model, threads: usize) -> Result<Self, DeviceError> {
        let engine = FastNetwork::new(&model.network)?;
        let failed = |cause: rayon::ThreadPoolBuildError| DeviceError::Threads { device: "software".into(), cause: cause.to_string() };
        let pool = ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("software-{i}")).build().map_err(failed)?;
        Ok(Self { engine, pool, workspaces: Mutex::new(Vec::new()) })
    }

    fn sums(&self, frame: &Frame) -> Result<Vec<u32>, DeviceError> {
        let mut workspace = { lock(&self.workspaces).pop() }.unwrap_or_else(|| self.engine.workspace());
        let sums = self.engine.run_with(&mut workspace, frame.image.view());
        lock(&self.workspaces).push(workspace);
        Ok(sums?)
    }
}

impl Device for Software {
    fn name(&self) -> String {
        "software".into()
    }

    fn depth(&self) -> usize {
        FRAMES_PER_THREAD * self.pool.current_num_threads()
    }

    fn run(&mut self, frames: Vec<Frame>, answer: &mut dyn FnMut(Answer)) -> Result<(), DeviceError> {
        let (sender, answers) = crossbeam_channel::unbounded();
        let this = &*self;
        this.pool.in_place_scope(|scope| {
            for frame in frames {
                let sender = sender.clone();
                scope.spawn(move |_| {
                    // nobody listens only when the caller has unwound
                    let _ = sender.send(Answer { sequence: frame.sequence, sums: this.sums(&frame) });
                });
            }
            drop(sender);
            answers.iter().for_each(&mut *answer);
        });
        Ok(())
    }
}

/// The fast path's layers, with the signatures that an engine of `program`'s size shows.
pub struct SoftwareLayers {
    engine: FastNetwork,
    program: Program,
}

impl SoftwareLayers {
    /// # Errors
    /// A model that is unsound.
    pub fn open(model: &Model, program: Program) -> Result<Self, DeviceError> {
        Ok(Self { engine: FastNetwork::new(&model.network)?, program })
    }
}

impl LayerDevice for SoftwareLayers {
    fn name(&self) -> String {
        "software".into()
    }

    fn program(&self) -> &Program {
        &self.program
    }

    fn layers(&mut self, image: &Pixels) -> Result<Layers, DeviceError> {
        let trace = self.engine.trace(image.view())?;
        let signatures = trace.layers.iter().enumerate().map(|(i, layer)| self.program.signature(i, layer.output().view())).collect();
        Ok(Layers { signatures, sums: trace.sums })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use net::assets::PHOTOGRAPHS;

    #[test]
    fn every_frame_has_one_answer_equal_to_the_reference() {
        let model = Model::default_model();
        let mut device = Software::open(&model, 2).expect("it opens");
        let image = |i: usize| model.input(&PHOTOGRAPHS[i % PHOTOGRAPHS.len()]);
        let expected: Vec<Vec<u32>> =
            (0..3).map(|i| FastNetwork::new(&model.network).expect("sound").run(image(i).view()).expect("runs")).collect();
        let mut frames: Vec<Frame> =
            (0..11).map(|i| Frame { sequence: 100 + i as u32, image: image(i).try_into().expect("pixels") }).collect();
        frames.push(Frame { sequence: 7, image: Pixels::new(vec![0; 75], 5, 5).expect("pixels") });
        let mut answers = std::collections::BTreeMap::new();
        device.run(frames, &mut |answer| assert!(answers.insert(answer.sequence, answer.sums).is_none(), "two answers")).expect("it runs");
        assert_eq!(answers.len(), 12);
        assert!(answers[&7].as_ref().expect_err("of another size").to_string().contains("[5, 5, 3]"));
        for i in 0..11 {
            assert_eq!(answers[&(100 + i as u32)].as_ref().expect("sums"), &expected[i % 3]);
        }
    }
}
