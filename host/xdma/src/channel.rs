//! Stream channels: one buffer, one `pread` or `pwrite`, nothing else.

use crate::buffer::{DmaBuf, Pool, PAGE};
use crate::error::{Error, ErrorKind};
use crate::gate::Gate;
use crate::nodes;
use crate::signals::SignalsBlocked;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// Most bytes of one transfer; the driver splits it into chunks of about 8 MiB, each with its own `tlast`.
pub const MAX_TRANSFER: usize = 16 << 20;

/// A stream to the board.
///
/// The driver ends every chunk of a write with `tlast`, and chunks also end where its ring of descriptors does: the
/// hardware must take packets by their own headers, never by `tlast`.
#[derive(Debug)]
pub struct H2c {
    // closed before the pool, and so before its memory can go
    file: File,
    path: PathBuf,
    pool: Pool,
    gate: Gate,
}

impl H2c {
    pub(crate) fn open(path: PathBuf, pool: Pool, gate: Gate) -> Result<Self, Error> {
        Ok(Self { file: nodes::open(&path, false, true)?, path, pool, gate })
    }

    /// Sends the first `bytes` bytes of `buffer` and gives the buffer back.
    ///
    /// # Errors
    /// A timeout, a short count, or whatever else the driver says; [`Error::done`] tells how many bytes it counts as
    /// moved, and the hardware may have taken more. The buffer then rests ([`DmaBuf::rest`]), and no channel of the
    /// device takes a transfer ([`ErrorKind::Suspended`]) before a look at the card ([`crate::Device::look`]).
    pub fn write(&mut self, buffer: DmaBuf, bytes: usize) -> Result<DmaBuf, Error> {
        const WRITING: &str = "writing";
        if bytes == 0 || bytes > buffer.len() || bytes > MAX_TRANSFER {
            let expected = "1 byte to the buffer's length, at most 16 MiB";
            return Err(Error::new(WRITING, &self.path, ErrorKind::Length { expected }).after(0, bytes));
        }
        if !buffer.pool().is(&self.pool) {
            return Err(Error::new(WRITING, &self.path, ErrorKind::ForeignBuffer));
        }
        let outcome = self.gate.pass(|| {
            let blocked = SignalsBlocked::new();
            let outcome = self.file.write_at(&buffer[..bytes], 0);
            drop(blocked);
            match outcome {
                Ok(done) if done == bytes => Ok(()),
                Ok(done) => Err(Error::new(WRITING, &self.path, ErrorKind::Short).after(done, bytes)),
                Err(cause) => Err(Error::transfer(WRITING, &self.path, bytes, cause)),
            }
        });
        match outcome {
            Some(Ok(())) => Ok(buffer),
            Some(Err(error)) => {
                buffer.rest();
                Err(error)
            }
            None => Err(Error::new(WRITING, &self.path, ErrorKind::Suspended)),
        }
    }
}

/// A packet from the board, in the page that it was read into.
#[derive(Debug)]
pub struct Packet {
    buffer: DmaBuf,
    length: usize,
}

impl Packet {
    /// What the board sent.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// The buffer, for the next read.
    pub fn into_buffer(self) -> DmaBuf {
        self.buffer
    }
}

/// A stream from the board. The driver lets one open file have it.
#[derive(Debug)]
pub struct C2h {
    // closed before the pool, and so before its memory can go
    file: File,
    path: PathBuf,
    pool: Pool,
    gate: Gate,
}

impl C2h {
    pub(crate) fn open(path: PathBuf, pool: Pool, gate: Gate) -> Result<Self, Error> {
        Ok(Self { file: nodes::open(&path, true, false)?, path, pool, gate })
    }

    /// Waits for one packet of at most [`PAGE`] bytes. `buffer` is one page: a packet ends a descriptor, and the next
    /// one begins on the next page, so a longer read has holes in it and an unaligned one loses packets.
    ///
    /// `poll` says nothing about this node, it is always ready. Ask for a packet when one is owed.
    ///
    /// # Errors
    /// A timeout when no packet comes, or whatever else the driver says. The buffer then rests ([`DmaBuf::rest`]), and
    /// no channel of the device takes a transfer ([`ErrorKind::Suspended`]) before a look at the card
    /// ([`crate::Device::look`]).
    pub fn read_packet(&mut self, mut buffer: DmaBuf) -> Result<Packet, Error> {
        const READING: &str = "reading";
        if buffer.len() != PAGE {
            let expected = "a buffer of one page";
            return Err(Error::new(READING, &self.path, ErrorKind::Length { expected }).after(0, buffer.len()));
        }
        if !buffer.pool().is(&self.pool) {
            return Err(Error::new(READING, &self.path, ErrorKind::ForeignBuffer));
        }
        let outcome = self.gate.pass(|| {
            let blocked = SignalsBlocked::new();
            let outcome = self.file.read_at(&mut buffer, 0);
            drop(blocked);
            outcome.map_err(|cause| Error::transfer(READING, &self.path, PAGE, cause))
        });
        match outcome {
            Some(Ok(length)) => Ok(Packet { buffer, length }),
            Some(Err(error)) => {
                buffer.rest();
                Err(error)
            }
            None => Err(Error::new(READING, &self.path, ErrorKind::Suspended)),
        }
    }
}
