//! One suite of the library against the software path, the simulated engine with 4 columns and a virtual board: single images, batches,
//! streams, bad images among good ones, many threads, futures, cancellation, frames of a device that fails.
//!
//! The network is small and random. The board is skipped, with a message, where FUSE is missing.

use contract::engine::EngineConfig;
use ember::{Cancel, Classifier, Error, Image, Model, Options};
use ndarray::Array3;
use net::layout::Layout;
use net::model_file::Scales;
use net::photo::Preprocessing;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;
use test_support::random;
use virtual_board::engine::Software;
use virtual_board::{parse_faults, Faults, Mount, Rig, Timeouts};

const SIDE: usize = 35;
const SEED: u64 = 7;

/// A small random network of five classes.
fn model() -> Model {
    let network = random::ordinary_network(&Layout::v1_1(SIDE, 5), SEED);
    let layers = network.layout.layers().expect("a sound layout").len();
    let weights = network.convolutions().iter().map(|(_, conv)| vec![0.01; conv.bias.len()]).collect();
    let labels = ["a", "b", "c", "d", "e"].map(String::from).to_vec();
    let scales = Scales { activations: vec![0.01; layers], weights };
    let model = net::model_file::Model::new(network, scales, Preprocessing::standard(SIDE, SIDE), labels, "drawn".into(), String::new());
    model.expect("a sound model").into()
}

fn frame(i: usize) -> Array3<u8> {
    Array3::from_shape_fn((SIDE, SIDE, 3), |(y, x, c)| (y * 7 + x * 13 + c * 31 + i * 17) as u8)
}

/// What the reference makes of frame `i`.
fn expected(model: &Model, i: usize) -> Vec<u32> {
    net::reference::run(&model.network, frame(i).view()).expect("it runs").sums
}

struct Board {
    folder: tempfile::TempDir,
    _mount: Mount,
}

/// A virtual board, or nothing (with a message) where FUSE is missing.
fn board(model: &Model, faults: Faults) -> Option<Board> {
    if let Some(missing) = virtual_board::missing() {
        eprintln!("SKIPPED: {missing}");
        return None;
    }
    let engine = Software::new(EngineConfig::standard(8), &model.network).expect("a sound network");
    let rig = Rig::new(Box::new(engine), Timeouts::both(Duration::from_secs(1)), faults);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mount = Mount::new(rig, folder.path()).expect("mounted");
    Some(Board { folder, _mount: mount })
}

/// Everything that holds on every device.
fn suite(classifier: &Classifier, model: &Model) {
    let sums: Vec<Vec<u32>> = (0..4).map(|i| expected(model, i)).collect();
    let one = classifier.classify(frame(0)).expect("a result");
    assert_eq!((one.sums(), one.top(5).len(), one.best().name.len()), (sums[0].as_slice(), 5, 1));
    assert_eq!(classifier.classify(frame(1).view()).expect("a result").sums(), sums[1]);

    // one bad image among good ones is its own error
    let batch = classifier.classify_batch([frame(0).into(), Image::file("missing.png"), frame(2).into(), Image::from(vec![1, 2, 3])]);
    let found: Vec<_> = batch.iter().map(|result| result.as_ref().map(|result| result.sums().to_vec()).ok()).collect();
    assert_eq!(found, [Some(sums[0].clone()), None, Some(sums[2].clone()), None]);
    assert!(batch[1].as_ref().is_err_and(|error| error.to_string().starts_with("missing.png: ")));
    assert!(matches!(batch[3], Err(Error::Image(_))), "{:?}", batch[3]);

    // streams, in order
    let mut stream = classifier.stream((0..12).map(|i| frame(i % 4))).expect("it begins");
    for i in 0..12 {
        assert_eq!(stream.next().expect("a result").expect("classified").sums(), sums[i % 4], "{i}");
    }
    assert!(stream.next().is_none() && stream.is_complete());

    // whoever must look at something else meanwhile waits with patience
    let mut stream = classifier.stream((0..3).map(frame)).expect("it begins");
    let mut patient = || loop {
        if let Poll::Ready(result) = stream.next_within(Duration::from_millis(1)) {
            return result;
        }
    };
    for sums in &sums[..3] {
        assert_eq!(patient().expect("a result").expect("classified").sums(), sums);
    }
    assert!(patient().is_none());
    let mut pending = classifier.submit(frame(1));
    let one = loop {
        if let Poll::Ready(result) = pending.wait_within(Duration::from_millis(1)) {
            break result;
        }
    };
    assert_eq!(one.expect("a result").sums(), sums[1]);
    assert!(pending.wait_within(Duration::ZERO).is_pending(), "a result is given once");

    // many threads at once
    std::thread::scope(|scope| {
        for i in 0..4 {
            let sums = &sums;
            scope.spawn(move || assert_eq!(classifier.submit(frame(i)).wait().expect("a result").sums(), sums[i]));
        }
    });

    // requests to stop: nothing is computed any more, and others are not disturbed
    let cancel = Cancel::new();
    let mine = classifier.with_cancel(&cancel);
    cancel.cancel();
    assert!(matches!(mine.classify(frame(0)), Err(Error::Cancelled)));
    assert!(mine.classify_batch((0..3).map(frame)).iter().all(|result| matches!(result, Err(Error::Cancelled))));
    let mut stream = mine.stream((0..).map(frame)).expect("it begins");
    assert!(stream.by_ref().all(|result| matches!(result, Err(Error::Cancelled))) && !stream.is_complete());
    assert_eq!(classifier.classify(frame(3)).expect("a result").sums(), sums[3]);
}

#[test]
fn software() {
    let model = model();
    suite(&ember::open("software", &model, &Options::default()).expect("it opens"), &model);
}

#[test]
fn simulated_engine() {
    let model = model();
    suite(&ember::open("sim:4", &model, &Options::default()).expect("it opens"), &model);
}

#[test]
fn virtual_board_and_software_with_it() {
    let model = model();
    let Some(board) = board(&model, Faults::none()) else { return };
    let options = Options { device_dir: board.folder.path().into(), ..Options::default() };
    for names in ["xdma:0", "xdma:0, software"] {
        let classifier = ember::open(names, &model, &options).expect("it opens");
        suite(&classifier, &model);
        let shares = classifier.close();
        assert_eq!(shares.len(), names.split(',').count());
        assert!(shares.iter().all(|share| share.failure.is_none()));
    }
}

#[test]
fn frames_of_a_board_that_is_lost_go_to_the_others() {
    let model = model();
    let Some(board) = board(&model, parse_faults("gone@4").expect("faults")) else { return };
    let lost = Arc::new(Mutex::new(vec![]));
    let heard = lost.clone();
    let listener: ember::Listener = Arc::new(move |event| {
        if let ember::Event::Lost(share) = event {
            heard.lock().expect("no panic").push(share.name.clone());
        }
    });
    let options = Options { device_dir: board.folder.path().into(), listener: Some(listener), batch: Some(4), ..Options::default() };
    let classifier = ember::open("xdma:0,software", &model, &options).expect("it opens");
    let sums: Vec<Vec<u32>> = (0..4).map(|i| expected(&model, i)).collect();
    let mut i = 0;
    // until the board has had its frames
    for result in classifier.stream((0..).map(|i| frame(i % 4))).expect("it begins") {
        assert_eq!(result.expect("a result").sums(), sums[i % 4], "{i}");
        i += 1;
        if i >= 200 && !lost.lock().expect("no panic").is_empty() {
            break;
        }
    }
    assert_eq!(*lost.lock().expect("no panic"), ["xdma:0"]);
    assert!(classifier.close()[0].failure.is_some());
}

#[test]
fn an_endless_stream_is_taken_no_further_than_the_window() {
    let model = model();
    let options = Options { window: 20, ..Options::default() };
    let classifier = ember::open("software", &model, &options).expect("it opens");
    let pulled = Arc::new(AtomicUsize::new(0));
    let count = pulled.clone();
    let camera = (0..).map(frame).inspect(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    for (taken, result) in classifier.stream(camera).expect("it begins").take(100).enumerate() {
        assert!(result.is_ok());
        assert!(pulled.load(Ordering::SeqCst) <= taken + 1 + 20, "{taken}");
    }
}

#[test]
fn a_request_is_a_future_and_a_full_queue_gives_images_back() {
    struct Flag(std::thread::Thread);
    impl std::task::Wake for Flag {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let model = model();
    let classifier = ember::open("software", &model, &Options { threads: 1, ..Options::default() }).expect("it opens");
    let mut request = std::pin::pin!(classifier.submit(frame(1)));
    let waker = Arc::new(Flag(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let result = loop {
        match request.as_mut().poll(&mut context) {
            Poll::Ready(result) => break result,
            Poll::Pending => std::thread::park(),
        }
    };
    assert_eq!(result.expect("a result").sums(), expected(&model, 1));
    let mut waiting = vec![];
    let back = loop {
        match classifier.try_submit(frame(2)) {
            Ok(request) => waiting.push(request),
            Err(image) => break image,
        }
    };
    assert_eq!(classifier.classify(back).expect("a result").sums(), expected(&model, 2));
    assert!(waiting.into_iter().all(|request| request.wait().is_ok()));
}

#[test]
fn what_cannot_be_opened_is_one_sentence() {
    let model = model();
    let empty = tempfile::tempdir().expect("a temporary folder");
    let options = Options { device_dir: empty.path().into(), ..Options::default() };
    for (names, says) in [
        ("gpu", "\"gpu\" is no device; expected software"),
        ("software,software", "software is named twice"),
        ("xdma", "there is no such board in"),
    ] {
        let error = ember::open(names, &model, &options).err().expect(names).to_string();
        assert!(error.contains(says), "{error}");
    }
    assert!(matches!(Classifier::new(&model, vec![], &options), Err(Error::NoDevices)));
    let error = Model::load("missing.ember").expect_err("no file").to_string();
    assert!(error.contains("missing.ember"), "{error}");
}
