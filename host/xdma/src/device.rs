//! One board, its nodes opened as they are asked for.

use crate::buffer::Pool;
use crate::channel::{C2h, H2c};
use crate::error::{Error, ErrorKind};
use crate::event::Events;
use crate::gate::Gate;
use crate::nodes::Nodes;
use crate::register::{ReadOnly, Register, Registers, ALL_ONES};

/// Bytes of the XDMA core's registers that are read here.
const CONTROL_BYTES: u32 = 0x2000;
/// Identity of H2C channel 0.
const H2C_IDENTITY: Register<ReadOnly> = Register::new(0x0000);
/// Identity of C2H channel 0.
const C2H_IDENTITY: Register<ReadOnly> = Register::new(0x1000);
/// In a channel's identity: the channel is a stream.
const STREAM: u32 = 1 << 15;

/// A board whose channels are streams.
#[derive(Debug)]
pub struct Device {
    nodes: Nodes,
    pool: Pool,
    gate: Gate,
}

impl Device {
    /// Opens the board behind `nodes` and checks that both its channels 0 are streams.
    ///
    /// # Errors
    /// The control node cannot be opened or read, the card has left the bus, the core is none of XDMA or its channels
    /// are memory-mapped.
    pub fn open(nodes: Nodes) -> Result<Self, Error> {
        let device = Self { nodes, pool: Pool::new(), gate: Gate::new() };
        device.look()?;
        Ok(device)
    }

    /// Looks whether the card is there: reads the identities of both channels 0. After a transfer that failed no
    /// channel takes another one before this has succeeded, see [`Gate`].
    ///
    /// # Errors
    /// Those of [`Device::open`].
    pub fn look(&self) -> Result<(), Error> {
        let control = Registers::open(self.nodes.control(), CONTROL_BYTES)?;
        for (register, expected) in [(H2C_IDENTITY, 0x1fc0), (C2H_IDENTITY, 0x1fc1)] {
            let identity = self.gate.look(|| control.read(register))?;
            let kind = match identity {
                ALL_ONES => ErrorKind::Gone,
                _ if identity >> 16 != expected => ErrorKind::NotXdma { identity },
                _ if identity & STREAM == 0 => ErrorKind::MemoryMapped,
                _ => continue,
            };
            return Err(Error::new("identifying", &self.nodes.control(), kind));
        }
        Ok(())
    }

    /// What every transfer of this device passes.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Where the nodes are.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// The buffers for transfers of this device.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Opens stream `channel` to the board.
    ///
    /// # Errors
    /// The node cannot be opened.
    pub fn h2c(&self, channel: usize) -> Result<H2c, Error> {
        H2c::open(self.nodes.h2c(channel), self.pool.clone(), self.gate.clone())
    }

    /// Opens stream `channel` from the board.
    ///
    /// # Errors
    /// The node cannot be opened, or another program has it ([`ErrorKind::Busy`]).
    pub fn c2h(&self, channel: usize) -> Result<C2h, Error> {
        C2h::open(self.nodes.c2h(channel), self.pool.clone(), self.gate.clone())
    }

    /// Opens the design's registers, `bytes` bytes of them.
    ///
    /// # Errors
    /// The node cannot be opened.
    pub fn registers(&self, bytes: u32) -> Result<Registers, Error> {
        Registers::open(self.nodes.user(), bytes)
    }

    /// Opens interrupt `number`, 0 to 15.
    ///
    /// # Errors
    /// The node cannot be opened.
    pub fn events(&self, number: usize) -> Result<Events, Error> {
        Events::open(self.nodes.events(number))
    }
}
