//! What is to be built: Verilog texts, the top module and its ports.

use crate::error::Error;
use std::collections::HashSet;

/// Which way a port goes, seen from the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Into the module.
    Input,
    /// Out of the module.
    Output,
}

/// One port of the top module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Port {
    /// As in the Verilog.
    pub name: String,
    /// Bits, at least 1.
    pub width: u32,
    /// Input or output.
    pub direction: Direction,
}

impl Port {
    /// An input of `width` bits.
    pub fn input(name: impl Into<String>, width: u32) -> Self {
        Self { name: name.into(), width, direction: Direction::Input }
    }

    /// An output of `width` bits.
    pub fn output(name: impl Into<String>, width: u32) -> Self {
        Self { name: name.into(), width, direction: Direction::Output }
    }

    /// 32-bit words that hold its value.
    pub(crate) fn words(&self) -> usize {
        self.width.div_ceil(32) as usize
    }
}

/// `(name, width, is an output)`, the form of port tables elsewhere in the project.
impl From<(&str, u32, bool)> for Port {
    fn from((name, width, output): (&str, u32, bool)) -> Self {
        let direction = if output { Direction::Output } else { Direction::Input };
        Self { name: name.into(), width, direction }
    }
}

/// A top module with everything that it needs to be built.
#[derive(Clone, Debug)]
pub struct Design {
    pub(crate) top: String,
    pub(crate) files: Vec<(String, String)>,
    pub(crate) ports: Vec<Port>,
    pub(crate) clock: Option<String>,
    pub(crate) trace: bool,
    pub(crate) quick: bool,
    pub(crate) extension: String,
    /// Modules with the inputs through which their instances differ.
    pub(crate) shared: Vec<(String, Vec<String>)>,
}

impl Design {
    /// Module `top` from `files` (plain file names with their text) with all of its `ports`.
    pub fn new(
        top: impl Into<String>,
        files: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
        ports: impl IntoIterator<Item = impl Into<Port>>,
    ) -> Self {
        Self {
            top: top.into(),
            files: files.into_iter().map(|(name, text)| (name.into(), text.into())).collect(),
            ports: ports.into_iter().map(Into::into).collect(),
            clock: None,
            trace: false,
            quick: false,
            extension: String::new(),
            shared: Vec::new(),
        }
    }

    /// Names the one-bit input that [`crate::Model::clock`] toggles.
    #[must_use]
    pub fn with_clock(mut self, port: impl Into<String>) -> Self {
        self.clock = Some(port.into());
        self
    }

    /// Compiles waveforms in (FST). Costs speed even while none is written, so it is another build.
    #[must_use]
    pub fn with_trace(mut self, trace: bool) -> Self {
        self.trace = trace;
        self
    }

    /// Compiles sooner and runs slower: for tests of small blocks.
    #[must_use]
    pub fn with_quick_build(mut self, quick: bool) -> Self {
        self.quick = quick;
        self
    }

    /// Adds C++ of the caller's own to the shared object. It sees `struct Handle` of
    /// `cpp/shim_core.h` (the model is `handle->top`, one clock cycle is `handle->step()`) and exports
    /// functions with `SHIM_EXPORT`; [`crate::Model::extension`] finds them.
    #[must_use]
    pub fn with_extension(mut self, source: impl Into<String>) -> Self {
        self.extension = source.into();
        self
    }

    /// Lets all instances of `module` share one piece of code, for a module with so many of them that
    /// a copy for each would be slow to compile and would not fit the processor's caches. `inputs` are all
    /// of its inputs but the clock (`*` stands for any text): what drives them stays outside the shared code.
    #[must_use]
    pub fn with_shared_module(mut self, module: impl Into<String>, inputs: &[&str]) -> Self {
        self.shared.push((module.into(), inputs.iter().map(|input| input.to_string()).collect()));
        self
    }

    /// What Verilator is told about shared modules (a `.vlt` file); `None` if there are none.
    pub(crate) fn configuration(&self) -> Option<String> {
        if self.shared.is_empty() {
            return None;
        }
        let mut text = String::from("`verilator_config\n");
        for (module, inputs) in &self.shared {
            text += &format!("no_inline -module \"{module}\"\n");
            // A signal that is readable from outside is not replaced by the expression that drives it, in
            // which every instance would be different.
            for input in inputs {
                text += &format!("public_flat_rd -module \"{module}\" -var \"{input}\"\n");
            }
        }
        Some(text)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let fail = |problem: String| Err(Error::Design { top: self.top.clone(), problem });
        if self.files.is_empty() {
            return fail("has no Verilog file".into());
        }
        let mut names = HashSet::new();
        for (name, _) in &self.files {
            if name.is_empty() || name.starts_with(['-', '.']) || name.contains('/') || !names.insert(name) {
                return fail(format!("{name:?} is not a plain file name used once"));
            }
        }
        let mut names = HashSet::new();
        for port in &self.ports {
            if port.width == 0 || !names.insert(&port.name) {
                return fail(format!("port {} has no bits or is listed twice", port.name));
            }
        }
        match &self.clock {
            Some(clock) if !self.ports.contains(&Port::input(clock, 1)) => fail(format!("clock {clock} is not a one-bit input")),
            _ => Ok(()),
        }
    }
}
