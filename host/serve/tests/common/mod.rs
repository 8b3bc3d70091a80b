//! Shared by the suites: a server in this process, a device that does as it is told, and the protocol's transports.
#![allow(dead_code)] // each suite uses a part

pub mod raw;
pub mod transports;

use ember::device::{Answer, Device, DeviceError, Frame};
use ember::{Classifier, Model, Options};
use net::layout::{Fire, Layout, Stem};
use net::model_file::Scales;
use net::photo::Preprocessing;
use serve::{Config, End, Listening, Models, Served, Server};
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Longest wait for anything, on a busy computer.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The name under which the suites serve the embedded model.
pub const MODEL: &str = "squeezenet";

/// A server on free ports of this computer; dropped, it ends, which has to be in order.
pub struct Running {
    pub http: SocketAddr,
    pub grpc: SocketAddr,
    pub server: Arc<Server>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<End>>,
}

impl Running {
    /// Serves `models` as `config` says, on free ports.
    pub fn start(models: Models, config: Config) -> Self {
        let local = Some(([127, 0, 0, 1], 0).into());
        let server = Arc::new(Server::new(models, Config { http: local, grpc: local, ..config }));
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, addresses) = std::sync::mpsc::channel();
        let serves = server.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listening = Listening::bind(serves).await.expect("free ports");
                ready.send((listening.http().expect("HTTP"), listening.grpc().expect("gRPC"))).expect("the test waits");
                listening.run(async { drop(stopped.await) }).await
            })
        });
        let (http, grpc) = addresses.recv().expect("a server");
        Self { http, grpc, server, stop: Some(stop), thread: Some(thread) }
    }

    /// Serves the embedded model on the software path.
    pub fn software() -> Self {
        let model = Model::embedded();
        Self::start(Models::new([served(MODEL, 1, &model, vec![software(&model)], 64)]), Config::default())
    }

    /// Tells it to stop, as a signal does.
    pub fn tell_to_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits for its end.
    pub fn end(mut self) -> End {
        self.tell_to_stop();
        self.thread.take().expect("not ended yet").join().expect("no panic")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tell_to_stop();
        if let Some(thread) = self.thread.take() {
            let end = thread.join();
            if !std::thread::panicking() {
                assert_eq!(end.expect("no panic"), End::Drained);
            }
        }
    }
}

/// `model` on `devices`.
pub fn served(name: &str, version: u32, model: &Model, devices: Vec<Box<dyn Device>>, capacity: usize) -> Served {
    let options = Options { threads: 2, ..Options::default() };
    Served::new(name, version, model, devices, capacity, &options).expect("threads")
}

/// Pixels a side, and classes, of [`small_model`].
pub const SIDE: usize = 17;
pub const CLASSES: usize = 12;

/// A network of few layers, so that a test is over the way to it and not over its work.
pub fn small_model() -> Model {
    let fires = vec![Fire { squeeze: 2, expand: 4, pool: false }];
    let classifier = net::layout::Classifier { classes: CLASSES, padding: 0 };
    let stem = Stem { kernel: 3, channels: 4, pool: true };
    let layout = Layout { name: "small".into(), height: SIDE, width: SIDE, stem, fires, classifier, floor_pools: false };
    let network = test_support::random::typical_network(&layout, 14);
    let activations = vec![0.1; layout.layers().expect("possible").len()];
    let weights = network.convolutions().iter().map(|(_, conv)| vec![0.01; conv.bias.len()]).collect();
    let labels = (0..CLASSES).map(|class| format!("class {class}")).collect();
    let (scales, standard) = (Scales { activations, weights }, Preprocessing::standard(SIDE, SIDE));
    net::model_file::Model::new(network, scales, standard, labels, "drawn".into(), String::new()).expect("a model").into()
}

/// The software path.
pub fn software(model: &Model) -> Box<dyn Device> {
    let options = Options { threads: 2, ..Options::default() };
    ember::device::open::open(&"software".parse().expect("a name"), model, &options, &mut |_| {}).expect("it opens")
}

/// The library's own classifier, which answers have to equal.
pub fn classifier() -> Classifier {
    ember::open("software", &Model::embedded(), &Options::default()).expect("it opens")
}

/// A device that answers only when it is told to.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<GateState>, Condvar)>);

#[derive(Default)]
struct GateState {
    is_open: bool,
    seen: usize,
}

impl Gate {
    /// The device; frames go to it one by one.
    pub fn device(&self) -> Box<dyn Device> {
        Box::new(Gated(self.clone()))
    }

    /// From here on every frame is answered.
    pub fn open(&self) {
        self.0 .0.lock().expect("no panic").is_open = true;
        self.0 .1.notify_all();
    }

    /// Frames that it was given.
    pub fn seen(&self) -> usize {
        self.0 .0.lock().expect("no panic").seen
    }
}

struct Gated(Gate);

impl Device for Gated {
    fn name(&self) -> String {
        "gate".into()
    }

    fn depth(&self) -> usize {
        1
    }

    fn run(&mut self, frames: Vec<Frame>, answer: &mut dyn FnMut(Answer)) -> Result<(), DeviceError> {
        let (state, changed) = &*self.0 .0;
        let mut state = state.lock().expect("no panic");
        state.seen += frames.len();
        while !state.is_open {
            state = changed.wait(state).expect("no panic");
        }
        drop(state);
        frames.iter().for_each(|frame| answer(Answer { sequence: frame.sequence, sums: Ok(vec![1; 1000]) }));
        Ok(())
    }
}

/// Waits until `is_so`.
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
