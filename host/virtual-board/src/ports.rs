//! The board's ports for the driver without files: what the files do, in one process.

use crate::rig::{Errno, Rig};
use driver::{FromBoard, Ports, RegisterPort, ToBoard};
use std::path::Path;
use xdma::{DmaBuf, Error, ErrorKind, Gate, Pool, PAGE};

struct Direct(Rig);

fn access(operation: &'static str, errno: Errno) -> Error {
    Error::access(operation, Path::new("xdma0_user"), errno.into())
}

fn error(operation: &'static str, node: &str, wanted: usize, errno: Errno) -> Error {
    Error::transfer(operation, Path::new(node), wanted, errno.into())
}

impl ToBoard for Direct {
    fn write(&mut self, buffer: DmaBuf, bytes: usize) -> Result<DmaBuf, Error> {
        const NODE: &str = "xdma0_h2c_0";
        let failed = match self.0.write(&buffer[..bytes]) {
            Ok(done) if done == bytes => return Ok(buffer),
            Ok(done) => Error::new("writing", Path::new(NODE), ErrorKind::Short).after(done, bytes),
            Err(errno) => error("writing", NODE, bytes, errno),
        };
        buffer.rest();
        Err(failed)
    }
}

impl FromBoard for Direct {
    fn read(&mut self, mut page: DmaBuf) -> Result<(DmaBuf, usize), Error> {
        match self.0.read(page.len()) {
            Ok(bytes) => {
                page[..bytes.len()].copy_from_slice(&bytes);
                Ok((page, bytes.len()))
            }
            Err(errno) => {
                page.rest();
                Err(error("reading", "xdma0_c2h_0", PAGE, errno))
            }
        }
    }
}

impl RegisterPort for Direct {
    fn read(&self, offset: u32) -> Result<u32, Error> {
        self.0.user(offset.into()).map_err(|errno| access("reading a register of", errno))
    }

    fn write(&self, offset: u32, value: u32) -> Result<(), Error> {
        self.0.set_user(offset.into(), value).map_err(|errno| access("writing a register of", errno))
    }
}

impl Rig {
    /// What [`driver::EngineDriver::with_ports`] takes.
    pub fn ports(&self) -> Ports {
        let port = || Box::new(Direct(self.clone()));
        Ports { to_board: port(), from_board: port(), registers: port(), gate: Gate::new(), pool: Pool::new() }
    }
}
