//! Streams, registers and events of an FPGA behind Xilinx's XDMA driver (`dma_ip_drivers`), from Linux.
//!
//! The driver's character devices look like files and are not: this crate offers only what works on
//! them. The behaviour that each rule answers to was measured on the unmodified kernel module; the
//! table is in the repository's `docs/xdma.md`.
//!
//! | rule | kept by |
//! |---|---|
//! | one buffer a transfer, `pread` and `pwrite` at offset 0, no `writev`, no io_uring | [`H2c`], [`C2h`] have nothing else |
//! | buffers are whole writable pages and outlive every transfer, also a late one | [`DmaBuf`], [`Pool`] |
//! | one packet a read, into one page | [`C2h::read_packet`] |
//! | no transfer after one that failed before the card was looked at | [`Gate`], which every transfer passes; [`Device::look`] |
//! | no signal may reach a thread inside a transfer | [`SignalsBlocked`], held around every transfer |
//! | registers move four aligned bytes, within bounds | [`Register`], [`Registers`] |
//! | events are read four bytes at a time | [`Events`] |
//!
//! ```no_run
//! use xdma::{Device, Nodes, ReadOnly, Register};
//!
//! const IDENTITY: Register<ReadOnly> = Register::new(0x000);
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let device = Device::open(Nodes::system(0))?;
//! let registers = device.registers(0x1000)?;
//! println!("identity {:#010x}", registers.read(IDENTITY)?);
//!
//! let (mut h2c, mut c2h) = (device.h2c(0)?, device.c2h(0)?);
//! let mut buffer = device.pool().take(1 << 20)?;
//! buffer[..4].copy_from_slice(b"ping");
//! let buffer = h2c.write(buffer, 64)?; // the buffer comes back to be filled again
//! let page = device.pool().take(xdma::PAGE)?;
//! let packet = c2h.read_packet(page)?;
//! println!("{} bytes", packet.bytes().len());
//! # drop(buffer);
//! # Ok(())
//! # }
//! ```
//!
//! `examples/list.rs` shows the boards, the driver and the links, `examples/peek.rs` reads a register:
//! `cargo run --example peek -- /dev 0 0x0`.
//!
//! Linux only; 64-bit.

#![deny(clippy::print_stdout, clippy::print_stderr)]
#![deny(unsafe_op_in_unsafe_fn)]
#![warn(missing_docs)]

mod buffer;
mod channel;
mod device;
mod error;
mod event;
mod gate;
mod nodes;
mod register;
mod signals;
mod sysfs;

pub use buffer::{DmaBuf, Pool, PAGE, RESTING};
pub use channel::{C2h, H2c, Packet, MAX_TRANSFER};
pub use device::Device;
pub use error::{Error, ErrorKind};
pub use event::Events;
pub use gate::Gate;
pub use nodes::Nodes;
pub use register::{ReadOnly, ReadWrite, Register, Registers, ALL_ONES};
pub use signals::SignalsBlocked;
pub use sysfs::{Card, Driver, Link, Sysfs, Timeouts};
