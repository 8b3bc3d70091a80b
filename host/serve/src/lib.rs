//! Serves models over the Open Inference Protocol v2, HTTP and gRPC: the command `ember serve`.
//!
//! ```no_run
//! # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//! use serve::{Config, Listening, Models, Served, Server};
//! let (model, options) = (ember::Model::embedded(), ember::Options::default());
//! let device = ember::device::open::open(&"software".parse()?, &model, &options, &mut |_| {})?;
//! let served = Served::new("squeezenet", 1, &model, vec![device], 256, &options)?;
//! let server = std::sync::Arc::new(Server::new(Models::new([served]), Config::default()));
//! let listening = Listening::bind(server).await?;
//! listening.run(std::future::pending()).await;
//! # Ok(())
//! # }
//! ```
//!
//! ```text
//!  HTTP  -- http: JSON, binary tensors --+                                   +-- devices
//!                                        +-> Request -> Served::infer -> ember::Classifier
//!  gRPC  -- grpc: protobuf --------------+
//! ```
//!
//! Whatever differs between the protocols is in [`http`] and [`grpc`], whatever they share round a request in `guard`, and the way from
//! a request to its outputs in [`request`], [`models`] and [`answer`]. Decoding and classifying have threads of their own in the crate
//! `ember`; the runtime's only wait. `docs/serving.md` is the page for those who run it.

#![deny(clippy::print_stdout, clippy::print_stderr)]
#![deny(unsafe_code)]

pub mod answer;
mod config;
mod error;
pub mod fault;
pub mod grpc;
mod guard;
pub mod http;
mod listen;
pub mod metrics;
pub mod models;
pub mod parameters;
pub mod request;
mod server;
pub mod tensor;
pub mod watched;

pub use config::{Config, TlsFiles};
pub use error::ServeError;
pub use listen::{End, Listening};
pub use models::{Models, Served};
pub use server::Server;
