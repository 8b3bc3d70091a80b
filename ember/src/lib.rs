//! SqueezeNet on FPGAs, in simulation or in software: what the command `ember` does, as a library.
//!
//! A [`Model`] is loaded, devices are [`open`]ed with it, and the [`Classifier`] takes images in any of the forms that [`Image`] has:
//!
//! ```
//! let model = ember::Model::embedded();
//! let classifier = ember::open("software", &model, &ember::Options::default())?;
//! let result = classifier.classify("../net/assets/images/coffee.png")?;
//! let best = result.best();
//! assert_eq!((best.class, best.name.as_str()), (967, "espresso"));
//! assert_eq!(result.sums().len(), 1000);
//! # Ok::<(), ember::Error>(())
//! ```
//!
//! | device | is |
//! |---|---|
//! | `software` | the fast path on this computer's CPU |
//! | `sim`, `sim:8` | the engine's generated Verilog under Verilator, with 4, 8, 16 or 32 columns |
//! | `xdma`, `xdma:0`, `xdma:0000:03:00.0` | a board behind the XDMA driver, or a virtual one by [`Options::device_dir`] |
//!
//! What the command computes besides is in [`quantize`], [`check`] and [`evaluate`].
//!
//! Many images go in by [`Classifier::classify_batch`], without end by [`Classifier::stream`], from many threads or futures by
//! [`Classifier::submit`]; a [`Cancel`] ends what waits. The page `docs/library.md` has all of it in order.

#![deny(clippy::print_stdout, clippy::print_stderr)]
#![deny(unsafe_code)]

mod cancel;
pub mod check;
mod classification;
mod classifier;
pub mod device;
mod error;
pub mod evaluate;
pub mod fits;
mod image;
pub mod labels;
mod lock;
mod model;
mod options;
mod pending;
mod pipeline;
pub mod progress;
pub mod quantize;

pub use cancel::Cancel;
pub use classification::Classification;
pub use classifier::{open, Classifier};
pub use device::spec::DeviceSpec;
pub use error::Error;
pub use image::{Image, PixelFormat};
pub use model::Model;
pub use net::classify::Prediction;
pub use net::photo::{Pixels, PixelsError};
pub use options::{Event, Listener, Options};
pub use pending::Pending;
pub use pipeline::{Share, Stream, Tagged};
