//! Bundles: ports that belong together, declared once for both of their ends.
//!
//! A bundle is a field of a block; its ports have the names `field_port` in the Verilog. Seen from the master, `Forward`
//! ports go out and `Backward` ports come in; a slave has them the other way round, so one declaration serves both. In
//! `wiring!`, `w!(a <=> b)` connects two of a kind: what goes forward goes from `b` to `a`.
//!
//! A list of ports that several blocks have is a struct too (`port_list!`), in a field called `ports`, whose name is no part of the
//! ports' names.

use super::wiring::assignment;
use rust_hdl_core::ast::VerilogStatement;
use rust_hdl_core::prelude::*;
use std::marker::PhantomData;

/// One signal of a bundle, or its absence.
pub trait Wire: Block + Default {
    /// What it carries.
    type Value: Synth;
    /// There is such a signal.
    const PRESENT: bool;
    /// Its value.
    fn value(&self) -> Self::Value;
    /// Gives it a value.
    fn drive(&mut self, value: Self::Value);
    /// Marks it as driven.
    fn claim(&mut self);
}

macro_rules! wire {
    ($($direction:ident),*) => { $(
        impl<T: Synth> Wire for Signal<$direction, T> {
            type Value = T;
            const PRESENT: bool = true;
            fn value(&self) -> T {
                self.val()
            }
            fn drive(&mut self, value: T) {
                self.next = value;
            }
            fn claim(&mut self) {
                self.connect();
            }
        }
    )* }
}
wire! { In, Out }

/// A signal that an end of a bundle does not have.
pub struct Nothing<T>(PhantomData<T>);

impl<T> Default for Nothing<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T> Logic for Nothing<T> {
    fn update(&mut self) {}
}

impl<T> Block for Nothing<T> {
    fn connect_all(&mut self) {}
    fn update_all(&mut self) {}
    fn has_changed(&self) -> bool {
        false
    }
    fn accept(&self, _: &str, _: &mut dyn Probe) {}
}

impl<T: Synth> Wire for Nothing<T> {
    type Value = T;
    const PRESENT: bool = false;
    fn value(&self) -> T {
        T::default()
    }
    fn drive(&mut self, _: T) {}
    fn claim(&mut self) {}
}

/// The end of a bundle at which a block is.
pub trait Side {
    /// A signal from the master.
    type Forward<T: Synth>: Wire<Value = T>;
    /// A signal to the master.
    type Backward<T: Synth>: Wire<Value = T>;
}

/// The end that asks, or sends.
pub struct Master;

impl Side for Master {
    type Forward<T: Synth> = Signal<Out, T>;
    type Backward<T: Synth> = Signal<In, T>;
}

/// The end that answers, or receives.
pub struct Slave;

impl Side for Slave {
    type Forward<T: Synth> = Signal<In, T>;
    type Backward<T: Synth> = Signal<Out, T>;
}

/// Whether an end has the signals that its bundle leaves open.
pub trait Presence {
    /// The signal `W`, or nothing.
    type Of<W: Wire>: Wire<Value = W::Value>;
}

/// It has them.
pub struct With;

impl Presence for With {
    type Of<W: Wire> = W;
}

/// It does not.
pub struct Without;

impl Presence for Without {
    type Of<W: Wire> = Nothing<W::Value>;
}

/// Passes a value on; what the target does not have is dropped.
pub fn pass<A: Wire, B: Wire<Value = A::Value>>(target: &mut A, source: &B) {
    const { assert!(B::PRESENT || !A::PRESENT, "a signal of a bundle would have no driver") };
    target.drive(source.value());
}

/// The Verilog of [`pass`]: port `port` of the bundle `names.0` takes that of `names.1`.
pub fn passed<A: Wire, B: Wire>(_: &A, _: &B, names: (&str, &str), port: &str) -> Option<VerilogStatement> {
    A::PRESENT.then(|| assignment(format!("{}${port}", names.0), format!("{}${port}", names.1)))
}

/// Declares a bundle: `pub struct Name [generics] [their names] <=> [generics of another end] [their names]` and its ports,
/// in the order of the Verilog. A port of type `Forward<T, P>` is there if `P`, a [`Presence`], says so.
#[macro_export]
macro_rules! bundle {
    (
        $(#[$about:meta])*
        pub struct $name:ident [$($generic:tt)*] [$($parameter:tt)*] <=> [$($other_generic:tt)*] [$($other:tt)*] {
            $( $(#[$doc:meta])* pub $port:ident: $way:ident<$type:ty $(, $presence:ident)?>, )*
        }
    ) => {
        $(#[$about])*
        pub struct $name<S: $crate::lang::bundle::Side, $($generic)*> {
            $( $(#[$doc])* pub $port: $crate::bundle_port!(S $way $type $(, $presence)?), )*
        }

        $crate::ports_block! { [S: $crate::lang::bundle::Side, $($generic)*] $name<S, $($parameter)*> { $($port)* } true }

        impl<S: $crate::lang::bundle::Side, $($generic)*> $name<S, $($parameter)*> {
            /// Takes what `master` gives, and answers.
            pub fn follow<O: $crate::lang::bundle::Side, $($other_generic)*>(&mut self, master: &mut $name<O, $($other)*>) {
                $( $crate::bundle_way!($way, $crate::lang::bundle::pass(&mut self.$port, &master.$port), $crate::lang::bundle::pass(&mut master.$port, &self.$port)); )*
            }

            /// Marks what [`Self::follow`] drives as driven.
            pub fn claim<O: $crate::lang::bundle::Side, $($other_generic)*>(&mut self, master: &mut $name<O, $($other)*>) {
                use $crate::lang::bundle::Wire;
                $( $crate::bundle_way!($way, self.$port.claim(), master.$port.claim()); )*
            }

            /// The Verilog of [`Self::follow`] where this end has the name `names.0` and the master `names.1`.
            pub fn assignments<O: $crate::lang::bundle::Side, $($other_generic)*>(&self, master: &$name<O, $($other)*>, names: (&str, &str)) -> Vec<rust_hdl_core::ast::VerilogStatement> {
                use $crate::lang::bundle::passed;
                let mut all = vec![];
                $( $crate::bundle_way!(
                    $way,
                    all.extend(passed(&self.$port, &master.$port, names, stringify!($port))),
                    all.extend(passed(&master.$port, &self.$port, (names.1, names.0), stringify!($port)))
                ); )*
                all
            }
        }
    };
}

/// Declares a list of ports that several blocks have in a field called `ports`.
#[macro_export]
macro_rules! port_list {
    ($(#[$about:meta])* pub struct $name:ident { $( $(#[$doc:meta])* pub $port:ident: $type:ty, )* }) => {
        $(#[$about])*
        pub struct $name { $( $(#[$doc])* pub $port: $type, )* }
        $crate::ports_block! { [] $name { $($port)* } false }
    };
}

/// Type of a bundle's port.
#[doc(hidden)]
#[macro_export]
macro_rules! bundle_port {
    ($side:ident $way:ident $type:ty) => { <$side as $crate::lang::bundle::Side>::$way<$type> };
    ($side:ident $way:ident $type:ty, $presence:ident) => {
        <$presence as $crate::lang::bundle::Presence>::Of<<$side as $crate::lang::bundle::Side>::$way<$type>>
    };
}

/// The first expression for what goes forward, the second for what goes backward.
#[doc(hidden)]
#[macro_export]
macro_rules! bundle_way {
    (Forward, $forward:expr, $backward:expr) => {
        $forward
    };
    (Backward, $forward:expr, $backward:expr) => {
        $backward
    };
}

/// A block that is nothing but its ports; `$named` if their names begin with its own.
#[doc(hidden)]
#[macro_export]
macro_rules! ports_block {
    ([$($generic:tt)*] $type:ty { $($port:ident)* } $named:literal) => {
        impl<$($generic)*> Default for $type {
            fn default() -> Self {
                Self { $($port: Default::default(),)* }
            }
        }

        impl<$($generic)*> Logic for $type {
            fn update(&mut self) {}
        }

        impl<$($generic)*> Block for $type {
            fn connect_all(&mut self) {
                $(self.$port.connect_all();)*
            }
            fn update_all(&mut self) {
                $(self.$port.update_all();)*
            }
            fn has_changed(&self) -> bool {
                false $(|| self.$port.has_changed())*
            }
            fn accept(&self, name: &str, probe: &mut dyn Probe) {
                if $named {
                    probe.visit_start_namespace(name, self);
                }
                $(self.$port.accept(stringify!($port), probe);)*
                if $named {
                    probe.visit_end_namespace(name, self);
                }
            }
        }
    };
}
