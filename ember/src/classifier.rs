//! Devices that classify together, for everybody who asks.

use crate::cancel::Cancel;
use crate::classification::Classification;
use crate::device::spec::DeviceSpec;
use crate::device::{self, Device};
use crate::error::Error;
use crate::image::Image;
use crate::model::Model;
use crate::options::{Event, Options};
use crate::pending::Pending;
use crate::pipeline::{Interest, Job, Pipeline, Share, Stream, Tagged, Ticket};
use crossbeam_channel::unbounded;
use std::sync::Arc;

/// One or more devices with a model in them, behind one queue: the faster one does more, and the frames of one that fails go to the
/// others. Threads decode what is submitted; any number of threads may submit. A clone is another hold on the same devices, which are
/// closed with the last one.
///
/// Results are the same bytes on every device, whatever the order in which they are computed.
#[derive(Clone)]
pub struct Classifier {
    pipeline: Arc<Pipeline>,
    model: Model,
    cancel: Cancel,
    window: usize,
}

/// Opens the devices that `names` lists with commas, such as `software`, `sim:8`, `xdma:0` or `xdma:0,xdma:1`, with `model` in them.
///
/// # Errors
/// A name that no device has or that is there twice, a device that cannot be opened, threads that cannot be started.
pub fn open(names: &str, model: &Model, options: &Options) -> Result<Classifier, Error> {
    let specs = names.split(',').map(|name| name.trim().parse()).collect::<Result<Vec<DeviceSpec>, _>>()?;
    if let Some(twice) = device::spec::repeated(&specs) {
        return Err(Error::Twice { device: twice.to_string() });
    }
    let mut progress = |what: String| options.tell(Event::Opening(&what));
    let devices = specs.iter().map(|spec| device::open::open(spec, model, options, &mut progress)).collect::<Result<Vec<_>, _>>()?;
    Classifier::new(model, devices, options)
}

impl Classifier {
    /// Of `devices` that were opened with `model` in them, by [`device::open::open`] or by whoever implements [`Device`].
    ///
    /// # Errors
    /// No device, or threads that cannot be started.
    pub fn new(model: &Model, devices: Vec<Box<dyn Device>>, options: &Options) -> Result<Self, Error> {
        if devices.is_empty() {
            return Err(Error::NoDevices);
        }
        let loads = model.clone();
        let load = Arc::new(move |image: &Image| image.load(&loads));
        let pipeline = Pipeline::start(devices, options, load).map_err(|cause| Error::Threads { cause })?;
        Ok(Self { pipeline: Arc::new(pipeline), model: model.clone(), cancel: Cancel::new(), window: options.window })
    }

    /// The same devices; what is submitted through this hold ends when `cancel` is requested.
    ///
    /// ```
    /// # let classifier = ember::open("software", &ember::Model::embedded(), &ember::Options::default())?;
    /// let cancel = ember::Cancel::new();
    /// let mine = classifier.with_cancel(&cancel);
    /// cancel.cancel();
    /// assert!(matches!(mine.classify("cat.jpg"), Err(ember::Error::Cancelled)));
    /// # Ok::<(), ember::Error>(())
    /// ```
    pub fn with_cancel(&self, cancel: &Cancel) -> Self {
        Self { cancel: cancel.clone(), ..self.clone() }
    }

    /// The model that classifies.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Classifies one image and waits for the result.
    ///
    /// # Errors
    /// The image is bad, the device failed on it, or the work ended before its turn.
    pub fn classify(&self, image: impl Into<Image>) -> Result<Classification, Error> {
        self.submit(image).wait()
    }

    /// Queues one image; waits while the queue is full.
    ///
    /// ```
    /// # let classifier = ember::open("software", &ember::Model::embedded(), &ember::Options::default())?;
    /// let requests: Vec<_> = ["a.jpg", "b.jpg"].map(|name| classifier.submit(name)).into();
    /// for request in requests {
    ///     match request.wait() {
    ///         Ok(result) => println!("{}", result.best().name),
    ///         Err(error) => println!("{error}"),
    ///     }
    /// }
    /// # Ok::<(), ember::Error>(())
    /// ```
    pub fn submit(&self, image: impl Into<Image>) -> Pending {
        let (job, pending) = self.job(image.into());
        if let Err(job) = self.hand_over(job) {
            self.pipeline.jobs().send(job);
        }
        pending
    }

    /// Queues one image, or gives it back at once when the queue is full.
    ///
    /// # Errors
    /// The image.
    pub fn try_submit(&self, image: impl Into<Image>) -> Result<Pending, Image> {
        let (job, pending) = self.job(image.into());
        match self.hand_over(job).or_else(|job| self.pipeline.jobs().try_send(job)) {
            Ok(()) => Ok(pending),
            Err(job) => Err(job.image),
        }
    }

    /// Gives the devices what needs no decoding, or the job back.
    fn hand_over(&self, job: Job) -> Result<(), Job> {
        match job.image.input(&self.model) {
            Some(pixels) => self.pipeline.try_ready(job, pixels),
            None => Err(job),
        }
    }

    fn job(&self, image: Image) -> (Job, Pending) {
        let (pending, answer) = Pending::new(self.model.clone());
        let interest = Interest::new(&self.cancel, pending.reader());
        (Job { image, interest, ticket: Ticket::new(answer) }, pending)
    }

    /// Classifies `images`, all devices at once, and gives a result for each, in their order. A bad image is its own error only.
    ///
    /// ```
    /// # let classifier = ember::open("software", &ember::Model::embedded(), &ember::Options::default())?;
    /// let results = classifier.classify_batch(["missing.png", "../net/assets/images/coffee.png"]);
    /// assert!(results[0].is_err());
    /// assert_eq!(results[1].as_ref().unwrap().best().name, "espresso");
    /// # Ok::<(), ember::Error>(())
    /// ```
    pub fn classify_batch<I>(&self, images: I) -> Vec<Result<Classification, Error>>
    where
        I: IntoIterator,
        I::Item: Into<Image>,
    {
        let (sender, answers) = unbounded();
        let reader = Arc::new(());
        let mut results: Vec<Result<Vec<u32>, Error>> = Vec::new();
        for image in images {
            let (index, sender) = (results.len(), sender.clone());
            let ticket = Ticket::new(move |sums| drop(sender.send((index, sums))));
            let job = Job { image: image.into(), interest: Interest::new(&self.cancel, &reader), ticket };
            self.pipeline.jobs().send(job);
            results.push(Err(Error::Closed));
        }
        drop(sender);
        // until every ticket is used
        answers.into_iter().for_each(|(index, sums)| results[index] = sums);
        let classified = |sums| Classification::new(self.model.clone(), sums);
        results.into_iter().map(|sums| sums.map(classified)).collect()
    }

    /// Classifies `images`, which may be without end, and gives results in their order as they come. The images are taken on a thread of
    /// their own, at most [`Options::window`] beyond the results that were taken.
    ///
    /// ```
    /// # let classifier = ember::open("software", &ember::Model::embedded(), &ember::Options::default())?;
    /// let camera = std::iter::repeat_with(|| ndarray::Array3::<u8>::zeros((227, 227, 3)));
    /// for result in classifier.stream(camera)?.take(3) {
    ///     println!("{}", result?.best().name);
    /// }
    /// # Ok::<(), ember::Error>(())
    /// ```
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn stream<I>(&self, images: I) -> Result<Stream, Error>
    where
        I: IntoIterator,
        I::IntoIter: Send + 'static,
        I::Item: Into<Image>,
    {
        Ok(Stream(self.stream_tagged(images.into_iter().map(|image| ((), image)))?))
    }

    /// As [`Classifier::stream`], of pairs: what stands beside an image comes back beside its result.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn stream_tagged<I, T, M>(&self, images: I) -> Result<Tagged<T>, Error>
    where
        I: IntoIterator<Item = (T, M)>,
        I::IntoIter: Send + 'static,
        T: Send + 'static,
        M: Into<Image>,
    {
        let inputs = images.into_iter().map(|(tag, image)| (tag, image.into()));
        let begun = Tagged::begin(inputs, self.pipeline.clone(), self.model.clone(), &self.cancel, self.window);
        begun.map_err(|cause| Error::Threads { cause })
    }

    /// What the devices did until now, in their order.
    pub fn shares(&self) -> Vec<Share> {
        self.pipeline.shares()
    }

    /// Closes the devices, also for all clones and streams: what a device has begun is finished, everything else is answered by
    /// [`Error::Closed`]. Gives what the devices did.
    pub fn close(self) -> Vec<Share> {
        self.pipeline.close();
        self.pipeline.shares()
    }
}
