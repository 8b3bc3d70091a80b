//! What the library says besides results, for Python's `logging`: the logger `ember`.

use pyo3::prelude::*;
use std::fmt::{Debug, Write};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Begins to hand events on; a second time does nothing.
pub fn start() {
    // somebody else listens already, where it fails
    let _ = tracing_subscriber::registry().with(Logging).try_init();
}

struct Logging;

impl<S: Subscriber> Layer<S> for Logging {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = *event.metadata().level();
        // foreign crates have much to say that is nobody's business
        if level > Level::INFO || !event.metadata().target().starts_with("ember") {
            return;
        }
        let mut message = Message::default();
        event.record(&mut message);
        let method = match level {
            Level::ERROR => "error",
            Level::WARN => "warning",
            _ => "info",
        };
        // nobody hears it at the interpreter's end; a handler that raises is its owner's affair
        let _ = Python::try_attach(|py| -> PyResult<()> {
            let logger = py.import("logging")?.call_method1("getLogger", ("ember",))?;
            logger.call_method1(method, ("%s", message.0))?;
            Ok(())
        });
    }
}

#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            // the text is a String
            let _ = write!(self.0, "{value:?}");
        }
    }
}
