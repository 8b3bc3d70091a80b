//! 32-bit registers: four aligned bytes a transfer, within bounds.

use crate::error::{Error, ErrorKind};
use crate::nodes;
use std::fs::File;
use std::marker::PhantomData;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// What every read gives once the card has left the bus.
pub const ALL_ONES: u32 = u32::MAX;

/// A register that is only read.
#[derive(Clone, Copy, Debug)]
pub enum ReadOnly {}

/// A register that is read and written.
#[derive(Clone, Copy, Debug)]
pub enum ReadWrite {}

/// A 32-bit register; `Access` is [`ReadOnly`] or [`ReadWrite`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register<Access> {
    offset: u32,
    access: PhantomData<Access>,
}

impl<Access> Register<Access> {
    /// The register at byte `offset`.
    ///
    /// # Panics
    /// An offset that is no multiple of four; in a constant this is an error of compilation.
    pub const fn new(offset: u32) -> Self {
        assert!(offset.is_multiple_of(4), "a register lies at a multiple of four");
        Self { offset, access: PhantomData }
    }

    /// Byte offset.
    pub const fn offset(self) -> u32 {
        self.offset
    }
}

/// A register space: the design's (`_user`) or the XDMA core's (`_control`).
///
/// Transfers are `pread` and `pwrite` of four bytes. The driver moves four whatever it is asked for (a read of two
/// overruns the buffer) and checks no bounds; this does. There is no `mmap`: a virtual board cannot serve it.
#[derive(Debug)]
pub struct Registers {
    file: File,
    path: PathBuf,
    bytes: u32,
}

impl Registers {
    /// Opens the register space at `path`, of which `bytes` bytes may be touched.
    ///
    /// # Errors
    /// The node cannot be opened.
    pub fn open(path: PathBuf, bytes: u32) -> Result<Self, Error> {
        Ok(Self { file: nodes::open(&path, true, true)?, path, bytes })
    }

    /// Reads a register. [`ALL_ONES`] from one that cannot have that value means that the card has left the bus.
    ///
    /// # Errors
    /// A register out of bounds, or the driver refuses: the device has left the bus.
    pub fn read<Access>(&self, register: Register<Access>) -> Result<u32, Error> {
        const READING: &str = "reading a register of";
        let offset = self.bounded(READING, register.offset)?;
        let mut word = [0; 4];
        match self.file.read_at(&mut word, offset) {
            Ok(4) => Ok(u32::from_le_bytes(word)),
            Ok(done) => Err(Error::new(READING, &self.path, ErrorKind::Short).after(done, 4)),
            Err(cause) => Err(Error::access(READING, &self.path, cause)),
        }
    }

    /// Writes a register.
    ///
    /// # Errors
    /// A register out of bounds, or the driver refuses: the device has left the bus.
    pub fn write(&self, register: Register<ReadWrite>, value: u32) -> Result<(), Error> {
        const WRITING: &str = "writing a register of";
        let offset = self.bounded(WRITING, register.offset)?;
        match self.file.write_at(&value.to_le_bytes(), offset) {
            Ok(4) => Ok(()),
            Ok(done) => Err(Error::new(WRITING, &self.path, ErrorKind::Short).after(done, 4)),
            Err(cause) => Err(Error::access(WRITING, &self.path, cause)),
        }
    }

    fn bounded(&self, operation: &'static str, offset: u32) -> Result<u64, Error> {
        if offset.checked_add(4).is_some_and(|end| end <= self.bytes) {
            return Ok(offset.into());
        }
        Err(Error::new(operation, &self.path, ErrorKind::OutOfBounds { offset, bytes: self.bytes }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(bytes: usize) -> (tempfile::TempDir, Registers) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("xdma0_user");
        std::fs::write(&path, (0..bytes).map(|i| i as u8).collect::<Vec<u8>>()).expect("written");
        let registers = Registers::open(path, bytes as u32).expect("it opens");
        (folder, registers)
    }

    #[test]
    fn registers_are_little_endian_words() {
        let (_folder, registers) = space(64);
        assert_eq!(registers.read(Register::<ReadOnly>::new(4)).expect("read"), 0x0706_0504);
        let control = Register::<ReadWrite>::new(60);
        registers.write(control, 0xDEAD_BEEF).expect("written");
        assert_eq!(registers.read(control).expect("read"), 0xDEAD_BEEF);
    }

    #[test]
    fn what_lies_outside_is_refused_before_the_driver_sees_it() {
        let (_folder, registers) = space(64);
        for offset in [64, 68, u32::MAX - 3] {
            let register = Register::<ReadWrite>::new(offset);
            assert!(matches!(registers.read(register).unwrap_err().kind(), ErrorKind::OutOfBounds { bytes: 64, .. }));
            assert!(matches!(registers.write(register, 1).unwrap_err().kind(), ErrorKind::OutOfBounds { .. }));
        }
    }

    #[test]
    fn a_short_read_is_an_error() {
        let (folder, _) = space(64);
        let registers = Registers::open(folder.path().join("xdma0_user"), 4096).expect("it opens");
        let error = registers.read(Register::<ReadOnly>::new(128)).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Short), "{error}");
    }

    #[test]
    #[should_panic(expected = "multiple of four")]
    fn misaligned_registers_cannot_be_made() {
        let _ = Register::<ReadOnly>::new(2);
    }
}
