//! A built model, loaded: ports by name, the clock, waveforms.

use crate::builder::{Build, Builder, Stage};
use crate::design::{Design, Direction, Port};
use crate::error::Error;
use libloading::Library;
use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr::NonNull;

/// The functions of `cpp/shim_api.h`.
struct Api {
    new: unsafe extern "C" fn(*mut c_char, u64) -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
    eval: unsafe extern "C" fn(*mut c_void, *mut u32) -> c_int,
    clock: unsafe extern "C" fn(*mut c_void, *mut u32, u64) -> c_int,
    cycle: unsafe extern "C" fn(*const c_void) -> u64,
    error: unsafe extern "C" fn(*const c_void) -> *const c_char,
    trace: unsafe extern "C" fn(*mut c_void, *const c_char, u64, u64) -> c_int,
}

/// Where a port's value lies in a [`Model`]'s block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortId {
    at: usize,
    words: usize,
    width: u32,
    direction: Direction,
}

impl PortId {
    /// Bits of the port.
    pub fn width(self) -> u32 {
        self.width
    }
}

/// One instance of a Verilated module.
///
/// Inputs are set and outputs read in a block of words on this side; [`Model::eval`] and
/// [`Model::clock`] exchange it with the model in one call.
pub struct Model {
    handle: NonNull<c_void>,
    api: Api,
    block: Vec<u32>,
    ports: Vec<(Port, PortId)>,
    clocked: bool,
    // Last, so that it is unloaded after everything that points into it.
    library: Library,
}

impl Model {
    /// Builds `design` with the environment's toolchain and cache, and loads it.
    ///
    /// # Errors
    /// Those of [`Builder::from_environment`], [`Builder::build`] and [`Model::load`].
    pub fn build(design: &Design, progress: &mut dyn FnMut(Stage)) -> Result<Self, Error> {
        let build = Builder::from_environment()?.build(design, progress)?;
        Self::load(design, &build)
    }

    /// Loads what [`Builder::build`] made of `design`, in its initial state with all inputs 0.
    ///
    /// # Errors
    /// The shared object is damaged, or the design stops itself at time 0.
    pub fn load(design: &Design, build: &Build) -> Result<Self, Error> {
        let fail = |reason: String| Error::Load { path: build.library.clone(), reason };
        // SAFETY: the object was built by this crate from its own shim; loading it runs only the
        // initialisers of the C++ library and of Verilator's runtime.
        let library = unsafe { Library::new(&build.library) }.map_err(|e| fail(e.to_string()))?;
        // SAFETY: the signatures are those of cpp/shim_api.h, which is part of the build's hash. The
        // pointers are used only while `library`, kept in the same value, is loaded.
        let api = unsafe {
            (|| {
                Ok::<_, libloading::Error>(Api {
                    new: *library.get(b"shim_new\0")?,
                    free: *library.get(b"shim_free\0")?,
                    eval: *library.get(b"shim_eval\0")?,
                    clock: *library.get(b"shim_clock\0")?,
                    cycle: *library.get(b"shim_cycle\0")?,
                    error: *library.get(b"shim_error\0")?,
                    trace: *library.get(b"shim_trace\0")?,
                })
            })()
        }
        .map_err(|e| fail(e.to_string()))?;
        let mut message = [0u8; 512];
        // SAFETY: the function fills at most the given length and ends the text with a zero byte.
        let handle = unsafe { (api.new)(message.as_mut_ptr().cast(), message.len() as u64) };
        let Some(handle) = NonNull::new(handle) else {
            let text = CStr::from_bytes_until_nul(&message).unwrap_or_default().to_string_lossy().into_owned();
            return Err(Error::Stopped { cycle: 0, message: text });
        };

        let mut at = 0;
        let mut ports = Vec::with_capacity(design.ports.len());
        for port in &design.ports {
            let id = PortId { at, words: port.words(), width: port.width, direction: port.direction };
            at += id.words;
            ports.push((port.clone(), id));
        }
        let mut model = Self { handle, api, block: vec![0; at], ports, clocked: design.clock.is_some(), library };
        model.eval()?;
        Ok(model)
    }

    /// The port called `name`.
    pub fn port(&self, name: &str) -> Option<PortId> {
        self.ports.iter().find(|(port, _)| port.name == name).map(|(_, id)| *id)
    }

    /// All ports in the design's order.
    pub fn ports(&self) -> impl Iterator<Item = &Port> {
        self.ports.iter().map(|(port, _)| port)
    }

    /// Sets an input, least significant word first; it reaches the model with the next
    /// [`Model::eval`] or [`Model::clock`].
    ///
    /// # Panics
    /// If the port is an output, or the value is longer than the port: a mistake in the caller that
    /// a simulation must not carry on with.
    pub fn set(&mut self, port: PortId, value: &[u32]) {
        assert_eq!(port.direction, Direction::Input, "an output cannot be set");
        let (kept, excess) = value.split_at(port.words.min(value.len()));
        let top = (!port.width.is_multiple_of(32) && kept.len() == port.words).then(|| kept[port.words - 1] >> (port.width % 32));
        assert!(excess.iter().all(|&w| w == 0) && top.unwrap_or(0) == 0, "a value does not fit the {} bits of its port", port.width);
        let slot = &mut self.block[port.at..port.at + port.words];
        slot[..kept.len()].copy_from_slice(kept);
        slot[kept.len()..].fill(0);
    }

    /// A port's value, least significant word first: an output as of the latest exchange, or what an
    /// input was set to.
    pub fn get(&self, port: PortId) -> &[u32] {
        &self.block[port.at..port.at + port.words]
    }

    /// Settles the logic on the inputs, without a clock edge, and reads the outputs.
    ///
    /// # Errors
    /// The model stopped itself; it must not be used further.
    pub fn eval(&mut self) -> Result<(), Error> {
        // SAFETY: the handle is alive, and the block has the words of all ports of this design.
        let status = unsafe { (self.api.eval)(self.handle.as_ptr(), self.block.as_mut_ptr()) };
        self.check(status)
    }

    /// Runs `cycles` clock cycles (the clock falls, the logic settles, the clock rises) with the inputs
    /// held, and reads the outputs as they are after the last rising edge.
    ///
    /// # Errors
    /// The model stopped itself; it must not be used further.
    ///
    /// # Panics
    /// If the design was built without a clock.
    pub fn clock(&mut self, cycles: u64) -> Result<(), Error> {
        assert!(self.clocked, "this design was built without a clock");
        // SAFETY: as in `eval`.
        let status = unsafe { (self.api.clock)(self.handle.as_ptr(), self.block.as_mut_ptr(), cycles) };
        self.check(status)
    }

    /// Rising edges so far.
    pub fn cycle(&self) -> u64 {
        // SAFETY: the handle is alive.
        unsafe { (self.api.cycle)(self.handle.as_ptr()) }
    }

    /// Writes a waveform (FST) of the cycles from `from` up to but without `to`; the file is open only
    /// while these run.
    ///
    /// # Errors
    /// The design was built without [`Design::with_trace`], or the path cannot be used.
    pub fn trace(&mut self, path: &Path, from: u64, to: u64) -> Result<(), Error> {
        let fail = |message: String| Error::Trace { path: path.to_path_buf(), message };
        let text = CString::new(path.as_os_str().as_bytes()).map_err(|_| fail("its name holds a zero byte".into()))?;
        // SAFETY: the handle is alive and the shim copies the text.
        match unsafe { (self.api.trace)(self.handle.as_ptr(), text.as_ptr(), from, to) } {
            0 => Ok(()),
            2 => Err(Error::NoTrace),
            _ => Err(fail(self.message())),
        }
    }

    /// A function that [`Design::with_extension`] added.
    ///
    /// # Errors
    /// There is none of that name.
    ///
    /// # Safety
    /// `F` must be the function's type as a `unsafe extern "C" fn`, and the result must not be called
    /// after this model is gone.
    pub unsafe fn extension<F: Copy>(&self, name: &str) -> Result<F, Error> {
        // SAFETY: the caller vouches for the type.
        let symbol = unsafe { self.library.get::<F>(name.as_bytes()) };
        symbol.map(|s| *s).map_err(|e| Error::Design { top: name.to_string(), problem: e.to_string() })
    }

    /// The shim's `Handle`, for functions from [`Model::extension`].
    pub fn handle(&mut self) -> *mut c_void {
        self.handle.as_ptr()
    }

    /// Turns the status of a guarded extension function into a result.
    ///
    /// # Errors
    /// The model stopped itself in that call.
    pub fn check(&self, status: c_int) -> Result<(), Error> {
        match status {
            0 => Ok(()),
            _ => Err(Error::Stopped { cycle: self.cycle(), message: self.message() }),
        }
    }

    fn message(&self) -> String {
        // SAFETY: the shim returns its own text, valid until the next call.
        unsafe { CStr::from_ptr((self.api.error)(self.handle.as_ptr())) }.to_string_lossy().into_owned()
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        // SAFETY: the handle came from `new`, is freed once, and the library is still loaded.
        unsafe { (self.api.free)(self.handle.as_ptr()) }
    }
}
