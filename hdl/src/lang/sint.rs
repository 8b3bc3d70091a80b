//! A signed integer whose operators mean the same in a rust-hdl kernel's Rust and in its Verilog.
//!
//! `rust_hdl_core::Signed` loses width and sign in expressions (docs/rust-hdl.md).
//! Here ring operators give an exact [`Wide`] that can only be assigned, and everything that would
//! depend on an intermediate width (comparison, part select) exists only on named signals.

use rust_hdl_core::prelude::*;
use std::ops::{Add, Mul, Sub};

/// Two's complement integer of `N` bits, 1 to 64.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Default)]
pub struct SInt<const N: usize>(i64);

/// Exact result of a ring operation; becomes an [`SInt`] by wrapping when it is assigned.
#[derive(Clone, Copy, Debug)]
pub struct Wide(i64);

impl<const N: usize> SInt<N> {
    /// The low `N` bits of `value`, sign-extended.
    pub fn new(value: i64) -> Self {
        let unused = 64 - N as u32;
        SInt((value << unused) >> unused)
    }

    /// The value.
    pub fn get(self) -> i64 {
        self.0
    }

    fn raw(self) -> u64 {
        if N == 64 {
            self.0 as u64
        } else {
            self.0 as u64 & ((1u64 << N) - 1)
        }
    }

    /// Bit `index`.
    pub fn get_bit(&self, index: usize) -> bool {
        (self.0 >> index) & 1 != 0
    }

    /// `M` raw bits from bit `index` up (part selects are unsigned in Verilog).
    pub fn get_bits<const M: usize>(&self, index: usize) -> Bits<M> {
        let value = self.raw() >> index;
        (if M >= 64 { value } else { value & ((1u64 << M) - 1) }).into()
    }
}

/// Reads `N` raw bits as two's complement. The name starts with `signed_cast` because that is what
/// rust-hdl's kernel translation recognises; it is emitted as `$signed(x)`.
pub fn signed_cast_bits<const N: usize>(x: Bits<N>) -> SInt<N> {
    SInt::new(x.to_u64() as i64)
}

impl<const N: usize> From<Wide> for SInt<N> {
    fn from(w: Wide) -> Self {
        SInt::new(w.0)
    }
}

macro_rules! ring {
    ($($operator:ident $function:ident $wrapping:ident;)*) => { $(
        impl<const A: usize, const B: usize> $operator<SInt<B>> for SInt<A> {
            type Output = Wide;
            fn $function(self, right: SInt<B>) -> Wide { Wide(self.0.$wrapping(right.0)) }
        }
        impl<const B: usize> $operator<SInt<B>> for Wide {
            type Output = Wide;
            fn $function(self, right: SInt<B>) -> Wide { Wide(self.0.$wrapping(right.0)) }
        }
    )* }
}
ring! { Add add wrapping_add; Sub sub wrapping_sub; Mul mul wrapping_mul; }

impl<const N: usize> Synth for SInt<N> {
    const BITS: usize = N;
    fn descriptor() -> TypeDescriptor {
        TypeDescriptor { name: format!("SInt::<{N}>"), kind: TypeKind::Signed(N) }
    }
    fn vcd(self) -> VCDValue {
        let raw: Bits<N> = self.raw().into();
        raw.into()
    }
    fn verilog(self) -> VerilogLiteral {
        let raw: Bits<N> = self.raw().into();
        raw.into()
    }
}
