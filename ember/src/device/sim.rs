//! The engine's RTL, simulated under Verilator, as a device.
//!
//! The simulated engine lives on a thread of its own, which makes it, loads the program into it once and
//! then waits for frames: a Verilated model is never touched by two threads.

use super::{Answer, Device, DeviceError, Frame, LayerDevice, Layers};
use ::sim::engine::{self, design, SimulatedEngine};
use ::sim::session::{FrameResult, Session};
use ::sim::verilator::{Build, Builder, Design, Stage};
use contract::engine::EngineConfig;
use crossbeam_channel::{Receiver, Sender};
use net::compiler::{compile, Program};
use net::model_file::Model;
use net::photo::Pixels;
use std::sync::Arc;

/// While one frame is computed the next one is received; a third would only wait.
const DEPTH: usize = 2;

/// A simulated engine with a model's program in it.
pub struct Simulated {
    name: String,
    program: Arc<Program>,
    requests: Sender<Request>,
}

enum Request {
    Run(Vec<Frame>, Sender<Result<Answer, DeviceError>>),
    Layers(Pixels, Sender<Result<Layers, DeviceError>>),
}

impl Simulated {
    /// Builds the standard engine with `columns` columns (or takes it from the cache) and loads `model` into it.
    /// `progress` hears what takes long.
    ///
    /// # Errors
    /// A model that does not fit the engine, tools that are missing, or an engine that misbehaves.
    pub fn open(name: String, model: &Model, columns: usize, progress: &mut dyn FnMut(String)) -> Result<Self, DeviceError> {
        let config = EngineConfig::standard(columns);
        let program = Arc::new(compile(&model.network, &config)?);
        progress(format!("describing the engine with {columns} columns in Verilog"));
        let design = design(&hdl::generate(&config), engine::Options::default());
        let build = Builder::from_environment()?.build(&design, &mut |stage| progress(describe(stage, columns)))?;
        progress(format!("loading the program into the simulated engine ({columns} columns)"));
        let (requests, orders) = crossbeam_channel::unbounded();
        let (ready, loaded) = crossbeam_channel::bounded(1);
        let thread = std::thread::Builder::new().name(name.clone());
        let loads = program.clone();
        let spawned = thread.spawn(move || serve(&design, &build, &loads, &ready, &orders));
        spawned.map_err(|cause| DeviceError::Threads { device: name.clone(), cause: cause.to_string() })?;
        loaded.recv().map_err(|_| DeviceError::Died { device: name.clone() })??;
        Ok(Self { name, program, requests })
    }

    fn died(&self) -> DeviceError {
        DeviceError::Died { device: self.name.clone() }
    }
}

impl Device for Simulated {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn depth(&self) -> usize {
        DEPTH
    }

    fn run(&mut self, frames: Vec<Frame>, answer: &mut dyn FnMut(Answer)) -> Result<(), DeviceError> {
        let (sender, answers) = crossbeam_channel::unbounded();
        let mut owed = frames.len();
        self.requests.send(Request::Run(frames, sender)).map_err(|_| self.died())?;
        for result in answers {
            answer(result?);
            owed -= 1;
        }
        if owed == 0 {
            Ok(())
        } else {
            Err(self.died())
        }
    }
}

impl LayerDevice for Simulated {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn program(&self) -> &Program {
        &self.program
    }

    fn layers(&mut self, image: &Pixels) -> Result<Layers, DeviceError> {
        let (sender, layers) = crossbeam_channel::bounded(1);
        self.requests.send(Request::Layers(image.clone(), sender)).map_err(|_| self.died())?;
        layers.recv().map_err(|_| self.died())?
    }
}

/// The engine's thread: ends when the device is dropped, or after the first error.
fn serve(design: &Design, build: &Build, program: &Program, ready: &Sender<Result<(), DeviceError>>, orders: &Receiver<Request>) {
    let open = || Ok(Session::load(SimulatedEngine::load(design, build)?, program)?);
    let mut session = match open() {
        Ok(session) => session,
        Err(error) => {
            let _ = ready.send(Err(error)); // the opener waits for it
            return;
        }
    };
    // a listener that is gone gives a send error, which leaves nothing to be done: the next receive ends the thread
    let _ = ready.send(Ok(()));
    for order in orders {
        match order {
            Request::Run(frames, sender) => {
                let images: Vec<_> = frames.iter().map(|frame| frame.image.view()).collect();
                let result = session.run_each(&images, &mut |i: usize, FrameResult { sums, .. }: FrameResult| {
                    let _ = sender.send(Ok(Answer { sequence: frames[i].sequence, sums: Ok(sums) }));
                });
                if let Err(error) = result {
                    let _ = sender.send(Err(error.into()));
                    return;
                }
            }
            Request::Layers(image, sender) => {
                let mut trace = || -> Result<Layers, ::sim::session::Error> {
                    let sums = session.run(&[image.view()])?.swap_remove(0).sums;
                    Ok(Layers { signatures: session.statistics()?.iter().map(|layer| layer.signature).collect(), sums })
                };
                let _ = sender.send(trace().map_err(DeviceError::from));
            }
        }
    }
}

/// What a build is doing, in words.
pub fn describe(stage: Stage, columns: usize) -> String {
    match stage {
        Stage::Waiting => "waiting for another process that builds the same engine".into(),
        Stage::Verilating => format!("Verilator turns the engine with {columns} columns into C++ (once for each engine)"),
        Stage::Compiling { done, total } => format!("compiling the engine: {done} of {total} C++ files done"),
        Stage::Linking => "linking the engine".into(),
    }
}
