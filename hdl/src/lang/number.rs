//! Numbers with a name in a kernel: `localparam`s of the module.
//!
//! rust-hdl's kernels take no named Rust constants, and its `Constant` has no default value. A kernel reads
//! these as it reads a signal, `self.limit.val()`.

use rust_hdl_core::prelude::*;
use std::marker::PhantomData;

/// A number that a block's `new` chooses; 0 without one.
pub struct Number<T: Synth>(Constant<T>);

impl<T: Synth> Number<T> {
    /// The number `value`.
    pub fn new(value: T) -> Self {
        Self(Constant::new(value))
    }

    /// The number.
    pub fn val(&self) -> T {
        self.0.val()
    }
}

impl<T: Synth> Default for Number<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// A number that is known by its type.
pub trait Value {
    /// The number, of at most 64 bits.
    const VALUE: u64;
}

/// The number `N` itself.
pub struct Is<const N: u64>;

impl<const N: u64> Value for Is<N> {
    const VALUE: u64 = N;
}

/// `V`'s number in `W` bits.
pub struct Fixed<const W: usize, V: Value>(Constant<Bits<W>>, PhantomData<V>);

/// The number `N` in `W` bits.
pub type Named<const W: usize, const N: u64> = Fixed<W, Is<N>>;

impl<const W: usize, V: Value> Fixed<W, V> {
    /// The number.
    pub fn val(&self) -> Bits<W> {
        self.0.val()
    }
}

impl<const W: usize, V: Value> Default for Fixed<W, V> {
    fn default() -> Self {
        const { assert!(W >= 64 || V::VALUE >> W == 0, "a number that does not fit its bits") };
        Self(Constant::new(V::VALUE.into()), PhantomData)
    }
}

macro_rules! constant {
    ($([$($generic:tt)*] $number:ty;)*) => { $(
        impl<$($generic)*> Logic for $number {
            fn update(&mut self) {}
        }

        impl<$($generic)*> Block for $number {
            fn connect_all(&mut self) {}
            fn update_all(&mut self) {}
            fn has_changed(&self) -> bool {
                false
            }
            fn accept(&self, name: &str, probe: &mut dyn Probe) {
                self.0.accept(name, probe);
            }
        }
    )* }
}
constant! { [T: Synth] Number<T>; [const W: usize, V: Value] Fixed<W, V>; }
