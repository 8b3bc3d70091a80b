//! The models that are served, and their devices.

use crate::answer;
use crate::fault::{Fault, Kind};
use crate::request::Request;
use crate::tensor::{Output, OutputKind};
use crate::watched::{Watch, Watched};
use ember::device::Device;
use ember::{Classifier, Error, Model, Options, Share};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::Semaphore;

/// A model in a version, on devices of its own.
pub struct Served {
    /// Its name in the protocol.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// What was counted since it was opened.
    pub counts: Counts,
    /// What its devices tell, in the order of [`Served::shares`].
    pub watches: Vec<Arc<Watch>>,
    classifier: Classifier,
    /// Places for images that have no answer yet.
    places: Arc<Semaphore>,
    capacity: usize,
}

/// Requests and images since a model was opened.
#[derive(Debug, Default)]
pub struct Counts {
    /// Requests with an answer.
    pub succeeded: AtomicU64,
    /// Nanoseconds that those took.
    pub succeeded_nanos: AtomicU64,
    /// Requests without one.
    pub failed: AtomicU64,
    /// Nanoseconds that those took.
    pub failed_nanos: AtomicU64,
    /// Images with an answer.
    pub images: AtomicU64,
    /// When the last request came, milliseconds since 1970.
    pub last: AtomicU64,
}

impl Counts {
    /// A request that took `time`.
    pub fn request(&self, is_answered: bool, time: Duration) {
        let (count, nanos) = match is_answered {
            true => (&self.succeeded, &self.succeeded_nanos),
            false => (&self.failed, &self.failed_nanos),
        };
        count.fetch_add(1, Ordering::Relaxed);
        nanos.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
        self.last.store(now, Ordering::Relaxed);
    }
}

impl Served {
    /// `model` on `devices`, which were opened with it, as `name` in `version`; at most `capacity` images wait or are under way.
    ///
    /// # Errors
    /// No device, or threads that cannot be started.
    pub fn new(
        name: &str,
        version: u32,
        model: &Model,
        devices: Vec<Box<dyn Device>>,
        capacity: usize,
        options: &Options,
    ) -> Result<Self, Error> {
        let (devices, watches) = devices.into_iter().map(Watched::beside).unzip();
        let options = Options { queue: Some(capacity), ..options.clone() };
        let classifier = Classifier::new(model, devices, &options)?;
        let places = Arc::new(Semaphore::new(capacity));
        Ok(Self { name: name.into(), version, counts: Counts::default(), watches, classifier, places, capacity })
    }

    /// The model.
    pub fn model(&self) -> &Model {
        self.classifier.model()
    }

    /// Images that may wait or be under way.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Images that wait or are under way.
    pub fn under_way(&self) -> usize {
        self.capacity - self.places.available_permits()
    }

    /// What the devices did.
    pub fn shares(&self) -> Vec<Share> {
        self.classifier.shares()
    }

    /// Whether a device is left.
    pub fn is_ready(&self) -> bool {
        self.shares().iter().any(|share| share.failure.is_none())
    }

    /// Batches that the devices were given.
    pub fn batches(&self) -> u64 {
        self.watches.iter().map(|watch| watch.runs.load(Ordering::Relaxed)).sum()
    }

    /// Triton's word for whether it is ready, and the reason where it is not.
    pub fn state(&self) -> (&'static str, String) {
        if self.is_ready() {
            return ("READY", String::new());
        }
        let reasons: Vec<_> = self.shares().iter().filter_map(|share| share.failure.as_ref().map(ToString::to_string)).collect();
        ("UNAVAILABLE", reasons.join("; "))
    }

    /// The shape of an output; -1 is the batch, and what a request chooses.
    pub fn output_shape(&self, kind: OutputKind) -> Vec<i64> {
        match kind {
            OutputKind::Sums | OutputKind::Probabilities => vec![-1, self.model().layout().classifier.classes as i64],
            OutputKind::ClassIds | OutputKind::Labels => vec![-1, -1],
        }
    }

    /// Classifies what `request` has. Dropped before its end, what no device has begun is not classified.
    ///
    /// # Errors
    /// A request that is wrong, no place for its images, an image that is bad, no device, or no answer in the time that the request gives.
    pub async fn infer(&self, request: &Request) -> Result<Vec<Output>, Fault> {
        let images = request.images(self.model(), self.capacity)?;
        let top = request.top(self.model().layout().classifier.classes)?;
        let timeout = request.timeout()?;
        let count = images.len();
        let _places = self.places.try_acquire_many(count as u32).map_err(|_| self.full())?;
        // those that are cancelled give their places back before a decoder has taken them off the queue
        let waiting = images.into_iter().map(|image| self.classifier.try_submit(image)).collect::<Result<Vec<_>, _>>();
        let waiting = waiting.map_err(|_| self.full())?;
        let all = async {
            let mut results = Vec::with_capacity(count);
            for pending in waiting {
                results.push(pending.await?);
            }
            Ok::<_, Error>(results)
        };
        let results = match timeout {
            Some(timeout) => tokio::time::timeout(timeout, all).await.map_err(|_| late(timeout))??,
            None => all.await?,
        };
        self.counts.images.fetch_add(count as u64, Ordering::Relaxed);
        Ok(answer::outputs(&results, &request.outputs, top))
    }

    fn full(&self) -> Fault {
        let sentence = format!("{}: the queue of {} images is full; try again soon, or ask another server", self.name, self.capacity);
        Fault::new(Kind::Busy, sentence)
    }
}

/// What a caller who does not wait longer is told.
pub fn late(timeout: Duration) -> Fault {
    Fault::new(Kind::Late, format!("there was no answer within {timeout:?}; allow more time, or ask another server"))
}

/// All models, by name and version.
#[derive(Default)]
pub struct Models(BTreeMap<String, BTreeMap<u32, Arc<Served>>>);

impl Models {
    /// Of these; of a name and version that is there twice, the last one.
    pub fn new(served: impl IntoIterator<Item = Served>) -> Self {
        let mut models = Self::default();
        for served in served {
            models.0.entry(served.name.clone()).or_default().insert(served.version, Arc::new(served));
        }
        models
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Served>> {
        self.0.values().flat_map(BTreeMap::values)
    }

    /// `name` in `version`; without a version, the newest.
    ///
    /// # Errors
    /// There is none; the sentence lists those that there are.
    pub fn find(&self, name: &str, version: Option<&str>) -> Result<&Arc<Served>, Fault> {
        let Some(versions) = self.0.get(name) else {
            let names: Vec<&str> = self.0.keys().map(String::as_str).collect();
            return Err(Fault::new(Kind::NotFound, format!("there is no model {name:?}; there is {}", names.join(", "))));
        };
        let found = match version.filter(|version| !version.is_empty()) {
            None => versions.values().next_back(),
            Some(version) => version.parse().ok().and_then(|version: u32| versions.get(&version)),
        };
        found.ok_or_else(|| {
            let versions = self.versions(name).join(", ");
            Fault::new(Kind::NotFound, format!("{name}: there is no version {:?}; there is {versions}", version.unwrap_or_default()))
        })
    }

    /// The versions of `name`, oldest first.
    pub fn versions(&self, name: &str) -> Vec<String> {
        self.0.get(name).map(|versions| versions.keys().map(u32::to_string).collect()).unwrap_or_default()
    }

    /// Whether every model has a device left.
    pub fn are_ready(&self) -> bool {
        self.iter().all(|served| served.is_ready())
    }
}
