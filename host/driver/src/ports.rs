//! What the driver needs of a board: two streams and registers. XDMA's nodes have it; so has a stand-in in a test.

use xdma::{C2h, DmaBuf, Error, Gate, H2c, Packet, Pool, ReadOnly, ReadWrite, Register, Registers};

/// A stream to the board, see [`H2c`].
pub trait ToBoard: Send {
    /// Sends the first `bytes` bytes of `buffer` and gives it back.
    ///
    /// # Errors
    /// Those of [`H2c::write`].
    fn write(&mut self, buffer: DmaBuf, bytes: usize) -> Result<DmaBuf, Error>;
}

/// A stream from the board, see [`C2h`].
pub trait FromBoard: Send {
    /// Waits for one packet: the page that it is in, and its bytes.
    ///
    /// # Errors
    /// Those of [`C2h::read_packet`].
    fn read(&mut self, page: DmaBuf) -> Result<(DmaBuf, usize), Error>;
}

/// Registers by byte offset, a multiple of four.
pub trait RegisterPort: Send {
    /// Reads a register.
    ///
    /// # Errors
    /// Those of [`Registers::read`].
    fn read(&self, offset: u32) -> Result<u32, Error>;

    /// Writes a register.
    ///
    /// # Errors
    /// Those of [`Registers::write`].
    fn write(&self, offset: u32, value: u32) -> Result<(), Error>;
}

/// The three, the gate before both streams, and the memory for transfers.
pub struct Ports {
    /// Frames and programs.
    pub to_board: Box<dyn ToBoard>,
    /// Results.
    pub from_board: Box<dyn FromBoard>,
    /// The engine's registers.
    pub registers: Box<dyn RegisterPort>,
    /// What every transfer passes: after one that failed none is issued before the identity register has been read.
    pub gate: Gate,
    /// Buffers.
    pub pool: Pool,
}

impl ToBoard for H2c {
    fn write(&mut self, buffer: DmaBuf, bytes: usize) -> Result<DmaBuf, Error> {
        Self::write(self, buffer, bytes)
    }
}

impl FromBoard for C2h {
    fn read(&mut self, page: DmaBuf) -> Result<(DmaBuf, usize), Error> {
        self.read_packet(page).map(|packet: Packet| {
            let length = packet.bytes().len();
            (packet.into_buffer(), length)
        })
    }
}

impl RegisterPort for Registers {
    fn read(&self, offset: u32) -> Result<u32, Error> {
        Self::read(self, Register::<ReadOnly>::new(offset))
    }

    fn write(&self, offset: u32, value: u32) -> Result<(), Error> {
        Self::write(self, Register::<ReadWrite>::new(offset), value)
    }
}
