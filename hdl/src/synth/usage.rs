//! What a netlist takes of a part, in all and by hierarchy.

use super::netlist::{Module, Netlist};
use super::primitive::Primitive;
use crate::board::file::{Part, Reserve};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::{Add, AddAssign, Mul};

/// Resources of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// DSP48 slices.
    pub dsps: u64,
    /// Look-up tables, those that are memory among them. Two functions that could share one are counted as two.
    pub luts: u64,
    /// Those that are distributed RAM or shift registers.
    pub lutram_luts: u64,
    /// Flip-flops.
    pub ffs: u64,
    /// Block RAMs in halves of 18 Kibit.
    pub ram18: u64,
    /// UltraRAMs.
    pub urams: u64,
}

/// A resource: its name in reports, and where it is in a [`Usage`].
pub type Resource = (&'static str, fn(&Usage) -> u64);

/// Every resource.
pub const RESOURCES: [Resource; 6] = [
    ("DSP", |u| u.dsps),
    ("LUT", |u| u.luts),
    ("LUT as memory", |u| u.lutram_luts),
    ("FF", |u| u.ffs),
    ("BRAM18", |u| u.ram18),
    ("URAM", |u| u.urams),
];

impl Usage {
    /// What `cell` takes.
    pub fn of(cell: &str) -> Self {
        let none = Self::default();
        match Primitive::of(cell) {
            Some(Primitive::Lut) => Self { luts: 1, ..none },
            Some(Primitive::FlipFlop | Primitive::Latch) => Self { ffs: 1, ..none },
            Some(Primitive::ShiftRegister) => Self { luts: 1, lutram_luts: 1, ..none },
            Some(Primitive::LutRam { luts }) => Self { luts, lutram_luts: luts, ..none },
            Some(Primitive::BlockRam { halves }) => Self { ram18: halves, ..none },
            Some(Primitive::UltraRam) => Self { urams: 1, ..none },
            Some(Primitive::Dsp) => Self { dsps: 1, ..none },
            Some(Primitive::WideMux | Primitive::Carry | Primitive::Free) | None => none,
        }
    }

    /// What `part` has.
    pub fn capacity(part: &Part) -> Self {
        Self { dsps: part.dsps, luts: part.luts, lutram_luts: part.lutram_luts, ffs: part.ffs, ram18: 2 * part.bram36, urams: part.uram }
    }

    /// What the XDMA takes.
    pub fn reserve(reserve: &Reserve) -> Self {
        Self { luts: reserve.luts, lutram_luts: reserve.lutram_luts, ffs: reserve.ffs, ram18: 2 * reserve.bram36, ..Self::default() }
    }

    /// The sum over all cells of a module, without the modules in it.
    fn own(module: &Module) -> Self {
        module.cells.iter().fold(Self::default(), |sum, cell| sum + Self::of(&cell.kind))
    }
}

impl Add for Usage {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Self {
            dsps: self.dsps + o.dsps,
            luts: self.luts + o.luts,
            lutram_luts: self.lutram_luts + o.lutram_luts,
            ffs: self.ffs + o.ffs,
            ram18: self.ram18 + o.ram18,
            urams: self.urams + o.urams,
        }
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<u64> for Usage {
    type Output = Self;
    fn mul(self, n: u64) -> Self {
        Self {
            dsps: self.dsps * n,
            luts: self.luts * n,
            lutram_luts: self.lutram_luts * n,
            ffs: self.ffs * n,
            ram18: self.ram18 * n,
            urams: self.urams * n,
        }
    }
}

/// All instances of a module within one other, and what is in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tree {
    /// Module.
    pub module: String,
    /// How many of it there are.
    pub count: u64,
    /// What all of them take, with everything in them.
    pub usage: Usage,
    /// The modules in them, the largest first.
    pub children: Vec<Tree>,
}

impl Tree {
    /// The hierarchy of `netlist`.
    pub fn new(netlist: &Netlist) -> Self {
        Self::of(netlist, &netlist.top, 1)
    }

    fn of(netlist: &Netlist, name: &str, count: u64) -> Self {
        let module = &netlist.modules[name];
        let mut inner: BTreeMap<&str, u64> = BTreeMap::new();
        for cell in module.cells.iter().filter(|c| netlist.modules.contains_key(&*c.kind)) {
            *inner.entry(&*cell.kind).or_default() += 1;
        }
        let mut children: Vec<_> = inner.into_iter().map(|(name, n)| Self::of(netlist, name, count * n)).collect();
        let usage = children.iter().fold(Usage::own(module) * count, |sum, child| sum + child.usage);
        // one measure over unlike resources: what a part has of each, roughly, against look-up tables
        let weight = |u: &Usage| u.luts + u.ffs / 2 + 250 * (u.dsps + u.ram18) + 2000 * u.urams;
        children.sort_by(|a, b| weight(&b.usage).cmp(&weight(&a.usage)).then(a.module.cmp(&b.module)));
        Self { module: name.into(), count, usage, children }
    }

    /// Sum over the outermost modules whose names `of` accepts.
    pub fn sum(&self, of: &dyn Fn(&str) -> bool) -> Usage {
        if of(&self.module) {
            return self.usage;
        }
        self.children.iter().fold(Usage::default(), |sum, child| sum + child.sum(of))
    }
}
