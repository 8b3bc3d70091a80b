//! Errors that say operation, device, bytes done, cause and remedy.

use nix::errno::Errno;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why an operation on a device failed.
#[derive(Debug)]
pub enum ErrorKind {
    /// The node does not exist.
    Missing,
    /// The node may not be opened by this user.
    Permission,
    /// Another open file holds the channel (a C2H stream is exclusive).
    Busy,
    /// A channel was opened in the direction that it does not have.
    Direction,
    /// The driver gave the transfer up; how much the hardware moved is not known.
    TimedOut,
    /// The transfer ended early: an earlier part had finished when the driver gave a later one up.
    Short,
    /// The driver could not pin the buffer's pages.
    Fault,
    /// The driver refused size or alignment.
    Protocol,
    /// The device has left the bus.
    Gone,
    /// An earlier transfer failed, and the card has not been looked at since ([`crate::Gate`]): nothing was moved.
    Suspended,
    /// A register outside the register space of `bytes` bytes.
    OutOfBounds {
        /// Byte offset of the register.
        offset: u32,
        /// Size of the register space.
        bytes: u32,
    },
    /// The channel is memory-mapped, this crate drives streams.
    MemoryMapped,
    /// The two words that identify a channel's control registers are not there.
    NotXdma {
        /// What was read.
        identity: u32,
    },
    /// A length that the driver or the hardware does not take.
    Length {
        /// What it should be.
        expected: &'static str,
    },
    /// The buffer belongs to another device.
    ForeignBuffer,
    /// Anything else that the system reports.
    Os(io::Error),
}

/// An operation that failed.
#[derive(Debug)]
pub struct Error {
    operation: &'static str,
    device: PathBuf,
    done: usize,
    wanted: usize,
    kind: ErrorKind,
    /// The system's number for a device that has left the bus.
    errno: Option<i32>,
}

impl Error {
    /// An error of a known kind, without bytes; for stand-ins of the driver too.
    pub fn new(operation: &'static str, device: &Path, kind: ErrorKind) -> Self {
        Self { operation, device: device.into(), done: 0, wanted: 0, kind, errno: None }
    }

    /// From what the system said about opening a node.
    pub(crate) fn opening(device: &Path, cause: io::Error) -> Self {
        let kind = match errno(&cause) {
            Some(Errno::EINVAL) => ErrorKind::Direction,
            _ => kind(cause),
        };
        Self::new("opening", device, kind)
    }

    /// From what the system said about a transfer of `wanted` bytes on `device`; for stand-ins of the driver too.
    pub fn transfer(operation: &'static str, device: &Path, wanted: usize, cause: io::Error) -> Self {
        let number = cause.raw_os_error();
        let kind = match errno(&cause) {
            // The node was opened and the arguments are right: the driver refuses a device that was removed (EINVAL) or
            // that it has taken offline (EBUSY).
            Some(Errno::EINVAL | Errno::EBUSY) => ErrorKind::Gone,
            _ => kind(cause),
        };
        Self { errno: number, ..Self::new(operation, device, kind) }.after(0, wanted)
    }

    /// From what the system said about an aligned access to a register within bounds, which fails only where there is no
    /// device; for stand-ins of the driver too.
    pub fn access(operation: &'static str, device: &Path, cause: io::Error) -> Self {
        let number = cause.raw_os_error();
        let kind = match errno(&cause) {
            Some(Errno::EINVAL | Errno::EIO | Errno::EBUSY) => ErrorKind::Gone,
            _ => kind(cause),
        };
        Self { errno: number, ..Self::new(operation, device, kind) }
    }

    /// The same error after `done` of `wanted` bytes.
    pub fn after(self, done: usize, wanted: usize) -> Self {
        Self { done, wanted, ..self }
    }

    /// What was being done, for example `writing`.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The node.
    pub fn device(&self) -> &Path {
        &self.device
    }

    /// Bytes that the driver reported as moved before the failure. After a timeout the hardware may have moved more.
    pub fn done(&self) -> usize {
        self.done
    }

    /// The cause.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// What the system said of a device that has left the bus.
    pub fn system(&self) -> Option<io::Error> {
        self.errno.map(io::Error::from_raw_os_error)
    }

    /// Whether the same operation may succeed after a reset of the engine: timeouts, short counts and input or
    /// output errors; not what a caller, a user or a missing device has to mend first.
    pub fn is_transient(&self) -> bool {
        match &self.kind {
            ErrorKind::TimedOut | ErrorKind::Short => true,
            ErrorKind::Os(cause) => errno(cause) == Some(Errno::EIO),
            _ => false,
        }
    }
}

fn errno(cause: &io::Error) -> Option<Errno> {
    cause.raw_os_error().map(Errno::from_raw)
}

fn kind(cause: io::Error) -> ErrorKind {
    /// `ERESTARTSYS`: what the driver hands out when a signal ended its wait.
    const RESTART: i32 = 512;
    match errno(&cause) {
        Some(Errno::ENOENT) => ErrorKind::Missing,
        Some(Errno::EACCES | Errno::EPERM) => ErrorKind::Permission,
        Some(Errno::EBUSY) => ErrorKind::Busy,
        Some(Errno::ETIMEDOUT) => ErrorKind::TimedOut,
        Some(Errno::EFAULT) => ErrorKind::Fault,
        Some(Errno::EPROTO) => ErrorKind::Protocol,
        Some(Errno::ENODEV | Errno::ENXIO | Errno::ENOTCONN) => ErrorKind::Gone,
        _ if cause.raw_os_error() == Some(RESTART) => ErrorKind::TimedOut,
        _ => ErrorKind::Os(cause),
    }
}

/// What [`ErrorKind::Gone`] says: the cause, and after a semicolon the remedy.
const LEFT: &str = "the device has left the bus; end the programs that use it, then remove it, reset its bridge and rescan the bus";

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => {
                f.write_str("there is no such node; load Xilinx's xdma driver and check that the board is on the bus (lspci -d 10ee:)")
            }
            Self::Permission => f.write_str(
                "permission denied; add a udev rule such as SUBSYSTEM==\"xdma\", GROUP=\"fpga\", MODE=\"0660\" and join that group",
            ),
            Self::Busy => f.write_str("another program has it open; end that program first"),
            Self::Direction => f.write_str("the driver refuses this direction; h2c nodes are written, c2h nodes are read"),
            Self::TimedOut => f.write_str("the transfer timed out; reset the engine and send again what has no result"),
            Self::Short => f.write_str("the transfer ended early; reset the engine and send again what has no result"),
            Self::Fault => f.write_str("the buffer cannot be pinned; use a DmaBuf, whose pages are writable"),
            Self::Protocol => f.write_str("the driver refuses size or alignment; move exactly four aligned bytes"),
            Self::Gone => f.write_str(LEFT),
            Self::Suspended => {
                f.write_str("an earlier transfer failed and the card has not been looked at since; call Device::look before the next one")
            }
            Self::OutOfBounds { offset, bytes } => {
                write!(f, "register {offset:#x} lies outside the {bytes:#x} bytes of registers; this is a defect of the program")
            }
            Self::MemoryMapped => {
                f.write_str("the channel is memory-mapped, expected AXI4-Stream; build the XDMA IP with xdma_axi_intf_mm AXI_Stream")
            }
            Self::NotXdma { identity: 0 } => f.write_str(
                "its identity is 0x00000000, the card has lost its configuration; load the board's bitstream, then load the driver again (rmmod xdma; modprobe xdma) or remove the device and rescan the bus",
            ),
            Self::NotXdma { identity } => {
                write!(
                    f,
                    "its identity is {identity:#010x}, expected 0x1fc0.... or 0x1fc1....; load the board's bitstream and rescan the bus"
                )
            }
            Self::Length { expected } => write!(f, "the length does not serve, expected {expected}"),
            Self::ForeignBuffer => f.write_str("the buffer belongs to another device; take it from this device's pool"),
            Self::Os(cause) => write!(f, "{cause}; see the kernel log (dmesg)"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.operation, self.device.display())?;
        if self.wanted > 0 {
            write!(f, " ({} of {} bytes done)", self.done, self.wanted)?;
        }
        match (&self.kind, self.system()) {
            (ErrorKind::Gone, Some(cause)) => write!(f, ": {}", LEFT.replacen(';', &format!(" ({cause});"), 1)),
            _ => write!(f, ": {}", self.kind),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            ErrorKind::Os(cause) => Some(cause),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_operation_device_bytes_cause_and_remedy() {
        let device = Path::new("/dev/xdma0_h2c_0");
        let error = Error::transfer("writing", device, 4096, Errno::ETIMEDOUT.into()).after(64, 4096);
        let text = error.to_string();
        for part in ["writing", "/dev/xdma0_h2c_0", "64 of 4096 bytes", "timed out", "reset the engine"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(error.is_transient() && error.done() == 64);
    }

    #[test]
    fn system_errors_become_what_they_mean_here() {
        let device = Path::new("xdma0_c2h_0");
        let of = |errno: Errno| Error::transfer("reading", device, 1, errno.into());
        assert!(matches!(of(Errno::EFAULT).kind(), ErrorKind::Fault));
        assert!(matches!(of(Errno::EPROTO).kind(), ErrorKind::Protocol));
        assert!(matches!(of(Errno::ENODEV).kind(), ErrorKind::Gone));
        assert!(of(Errno::EIO).is_transient() && !of(Errno::EFAULT).is_transient());
        assert!(matches!(Error::opening(device, Errno::EINVAL.into()).kind(), ErrorKind::Direction));
        // opened already: neither the direction nor another program
        assert!(matches!(of(Errno::EINVAL).kind(), ErrorKind::Gone) && matches!(of(Errno::EBUSY).kind(), ErrorKind::Gone));
        for errno in [Errno::EINVAL, Errno::EIO, Errno::ENODEV, Errno::ENXIO, Errno::ENOTCONN] {
            let error = Error::access("reading a register of", device, errno.into());
            let text = error.to_string();
            assert!(matches!(error.kind(), ErrorKind::Gone) && !error.is_transient(), "{text}");
            let number = format!("(os error {})", errno as i32);
            assert!(text.contains("has left the bus (") && text.contains(&number) && text.contains("; end the programs"), "{text}");
        }
        assert!(matches!(Error::opening(device, Errno::EBUSY.into()).kind(), ErrorKind::Busy));
        assert!(Error::opening(device, Errno::EACCES.into()).to_string().contains("0660"));
        let signal = io::Error::from_raw_os_error(512);
        assert!(matches!(Error::transfer("reading", device, 1, signal).kind(), ErrorKind::TimedOut));
    }
}
