//! Interrupts of the design.

use crate::error::{Error, ErrorKind};
use crate::nodes;
use crate::signals::SignalsBlocked;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::Duration;

/// One interrupt. Several that come before a read are one: the driver counts no further than "there was one".
#[derive(Debug)]
pub struct Events {
    file: File,
    path: PathBuf,
}

impl Events {
    pub(crate) fn open(path: PathBuf) -> Result<Self, Error> {
        Ok(Self { file: nodes::open(&path, true, false)?, path })
    }

    /// Waits up to `timeout` for an interrupt, takes it, and says whether there was one. Unlike on stream channels,
    /// `poll` has a meaning here.
    ///
    /// # Errors
    /// Whatever the driver says.
    pub fn wait(&mut self, timeout: Duration) -> Result<bool, Error> {
        const WAITING: &str = "waiting for an interrupt of";
        let _blocked = SignalsBlocked::new();
        let mut polled = [PollFd::new(self.file.as_fd(), PollFlags::POLLIN)];
        let timeout = PollTimeout::try_from(timeout).unwrap_or(PollTimeout::MAX);
        match nix::poll::poll(&mut polled, timeout) {
            Ok(0) => return Ok(false),
            Ok(_) => {}
            Err(cause) => return Err(Error::transfer(WAITING, &self.path, 4, cause.into())),
        }
        // exactly four bytes, or the driver answers EPROTO
        let mut word = [0; 4];
        match self.file.read_at(&mut word, 0) {
            Ok(4) => Ok(true),
            Ok(done) => Err(Error::new(WAITING, &self.path, ErrorKind::Short).after(done, 4)),
            Err(cause) => Err(Error::transfer(WAITING, &self.path, 4, cause)),
        }
    }
}
