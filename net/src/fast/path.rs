//! Which vector instructions compute.

#[cfg(target_arch = "x86_64")]
use super::pack::pack_bytes;
use super::pack::{pack_pairs, Line};
use std::fmt;

/// A set of instructions that this CPU has. A value exists only for what was detected, so to hold
/// one is the proof that its kernels may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Path(pub(super) Isa);

/// The instruction sets that have kernels, slowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Isa {
    /// Plain Rust that compilers vectorise; every CPU.
    Portable,
    /// 16-bit multiply-adds on 256 bits.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Byte dot products on 256 bits.
    #[cfg(target_arch = "x86_64")]
    AvxVnni,
    /// Byte dot products on 512 bits.
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni,
}

impl Path {
    /// The path that runs everywhere.
    pub const PORTABLE: Self = Self(Isa::Portable);

    /// Every path of this CPU, slowest first; the first one is [`Path::PORTABLE`].
    pub fn available() -> Vec<Self> {
        #[allow(unused_mut)] // other CPUs than x86-64 have only the portable path
        let mut paths = vec![Self::PORTABLE];
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2");
            if avx2 {
                paths.push(Self(Isa::Avx2));
            }
            if avx2 && is_x86_feature_detected!("avxvnni") {
                paths.push(Self(Isa::AvxVnni));
            }
            let avx512 = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
            if avx2 && avx512 && is_x86_feature_detected!("avx512vnni") {
                paths.push(Self(Isa::Avx512Vnni));
            }
        }
        paths
    }

    /// The fastest path of this CPU.
    pub fn best() -> Self {
        Self::available().pop().unwrap_or(Self::PORTABLE)
    }

    /// Most blocks of 16 output channels in one register tile.
    pub(super) fn blocks(self) -> usize {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Vnni => 4,
            _ => 1,
        }
    }

    /// Appends the weights of one block and one step; `weight(lane, k)` gives output channel
    /// `lane` (0 to 15) of the block and input byte `k` (0 to 3) of the step.
    pub(super) fn pack_step(self, weight: impl Fn(usize, usize) -> i8, lines: &mut Vec<Line>) {
        match self.0 {
            Isa::Portable => pack_pairs(weight, lines),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => pack_pairs(weight, lines),
            #[cfg(target_arch = "x86_64")]
            Isa::AvxVnni | Isa::Avx512Vnni => pack_bytes(weight, lines),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self.0 {
            Isa::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Isa::AvxVnni => "AVX-VNNI",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Vnni => "AVX-512 VNNI",
        })
    }
}
