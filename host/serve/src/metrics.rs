//! What Prometheus is told.

use crate::models::{Models, Served};
use prometheus_client::encoding::{text, EncodeLabelSet};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{exponential_buckets, Histogram};
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The type of what [`Metrics::text`] gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    protocol: &'static str,
    code: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ProtocolLabels {
    protocol: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ModelLabels {
    model: String,
    version: u32,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct DeviceLabels {
    model: String,
    version: u32,
    device: String,
}

/// A family of histograms, made alike.
type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// All that is measured.
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Histograms<ProtocolLabels>,
    connections: Family<ProtocolLabels, Gauge>,
    images: Family<ModelLabels, Counter>,
    waiting: Family<ModelLabels, Gauge>,
    capacity: Family<ModelLabels, Gauge>,
    up: Family<DeviceLabels, Gauge>,
    frames: Family<DeviceLabels, Counter>,
    busy: Family<DeviceLabels, Counter<f64, AtomicU64>>,
    faults: Family<DeviceLabels, Counter>,
    resets: Family<DeviceLabels, Counter>,
}

/// 100 us to some 50 s.
fn latencies() -> Histogram {
    Histogram::new(exponential_buckets(0.0001, 2.0, 20))
}

impl Metrics {
    /// Of `models`, with nothing counted yet.
    pub fn new(models: &Models) -> Self {
        let mut this = Self {
            registry: Registry::with_prefix("ember"),
            requests: Family::default(),
            seconds: Family::new_with_constructor(latencies),
            connections: Family::default(),
            images: Family::default(),
            waiting: Family::default(),
            capacity: Family::default(),
            up: Family::default(),
            frames: Family::default(),
            busy: Family::default(),
            faults: Family::default(),
            resets: Family::default(),
        };
        let registry = &mut this.registry;
        registry.register("requests", "Requests, by HTTP status or gRPC code", this.requests.clone());
        registry.register_with_unit("request_duration", "From a request's head to its answer", Unit::Seconds, this.seconds.clone());
        registry.register("connections", "Connections that are open", this.connections.clone());
        registry.register("images", "Images with an answer", this.images.clone());
        registry.register("queue_images", "Images that wait or are under way", this.waiting.clone());
        registry.register("queue_capacity_images", "Images that may wait or be under way", this.capacity.clone());
        registry.register("device_up", "Whether the device is in use", this.up.clone());
        registry.register("device_frames", "Frames with a result", this.frames.clone());
        registry.register_with_unit("device_busy", "Time in which the device had frames", Unit::Seconds, this.busy.clone());
        registry.register("device_faults", "Frames that were sent again after faults", this.faults.clone());
        registry.register("device_resets", "Resets after faults", this.resets.clone());
        for served in models.iter() {
            for (share, watch) in served.shares().iter().zip(&served.watches) {
                let labels = [("model", &served.name), ("version", &served.version.to_string()), ("device", &share.name)];
                let labels = labels.map(|(name, value)| (name.into(), value.clone().into()));
                let of_device = registry.sub_registry_with_labels(labels.into_iter());
                of_device.register("device_batch_frames", "Frames that the device was given at once", watch.batches.clone());
            }
        }
        this
    }

    /// A request of `protocol` that ended with `code` after `time`.
    pub fn request(&self, protocol: &'static str, code: &str, time: Duration) {
        self.requests.get_or_create(&RequestLabels { protocol, code: code.into() }).inc();
        self.seconds.get_or_create(&ProtocolLabels { protocol }).observe(time.as_secs_f64());
    }

    /// Connections of `protocol` that are open.
    pub fn connections(&self, protocol: &'static str) -> Gauge {
        self.connections.get_or_create_owned(&ProtocolLabels { protocol })
    }

    /// Everything, in the text that Prometheus reads.
    pub fn text(&self, models: &Models) -> String {
        models.iter().for_each(|served| self.look(served));
        let mut page = String::new();
        // a String takes everything
        let _ = text::encode(&mut page, &self.registry);
        page
    }

    /// What stands elsewhere, as it is now.
    fn look(&self, served: &Served) {
        let (model, version) = (served.name.clone(), served.version);
        let of_model = ModelLabels { model: model.clone(), version };
        self.images.get_or_create(&of_model).inner().store(served.counts.images.load(Ordering::Relaxed), Ordering::Relaxed);
        self.waiting.get_or_create(&of_model).set(served.under_way() as i64);
        self.capacity.get_or_create(&of_model).set(served.capacity() as i64);
        for (share, watch) in served.shares().iter().zip(&served.watches) {
            let of_device = DeviceLabels { model: model.clone(), version, device: share.name.clone() };
            self.up.get_or_create(&of_device).set(share.failure.is_none().into());
            self.frames.get_or_create(&of_device).inner().store(share.frames, Ordering::Relaxed);
            self.busy.get_or_create(&of_device).inner().store(share.busy.as_secs_f64().to_bits(), Ordering::Relaxed);
            self.faults.get_or_create(&of_device).inner().store(watch.faults.load(Ordering::Relaxed), Ordering::Relaxed);
            self.resets.get_or_create(&of_device).inner().store(watch.resets.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
}
