//! AXI4-Stream and AXI4-Lite as the engine and its shell have them, and the plain handshake between.

use super::bundle::{Presence, With, Without};
use crate::bundle;
use rust_hdl_core::prelude::*;

/// Beats into the engine: packets are framed by their headers.
pub type Beats<S> = Stream<S, Without>;
/// Packets out of the engine, with `tlast`.
pub type Packets<S> = Stream<S, With>;
/// The engine's registers.
pub type EngineLite<S> = Lite<S, 12, Without, With>;
/// What asks for the engine's registers: their responses are all OKAY and not looked at.
pub type AskingLite<S> = Lite<S, 12, Without, Without>;
/// The board's registers, as the XDMA asks for them.
pub type BoardLite<S> = Lite<S, 32, With, With>;

bundle! {
    /// One side of a FIFO of words of `W` bits. A word moves at a clock edge with `valid` and `ready`.
    pub struct Handshake [const W: usize] [W] <=> [] [W] {
        /// `data` is offered; stays until `ready`.
        pub valid: Forward<Bit>,
        /// The word is taken at the next edge, if there is one.
        pub ready: Backward<Bit>,
        /// With `valid`: the word; held until `ready`.
        pub data: Forward<Bits<W>>,
    }
}

bundle! {
    /// AXI4-Stream of 64-bit beats, all eight bytes of each in use. A beat moves at a clock edge with `tvalid` and `tready`.
    pub struct Stream [L: Presence] [L] <=> [M: Presence] [M] {
        /// A beat, byte 0 in bits 7:0; held from `tvalid` until `tready`.
        pub tdata: Forward<Bits<64>>,
        /// `tdata` is offered; stays until `tready`.
        pub tvalid: Forward<Bit>,
        /// With `tvalid`: the packet's last beat.
        pub tlast: Forward<Bit, L>,
        /// The beat is taken at the next edge, if there is one.
        pub tready: Backward<Bit>,
    }
}

bundle! {
    /// AXI4-Stream of words of `W` bits, `K` = `W` / 8 bytes, as the XDMA has it. A word moves at a clock edge with `tvalid` and `tready`.
    pub struct Words [const W: usize, const K: usize] [W, K] <=> [] [W, K] {
        /// A word, byte 0 in bits 7:0; held from `tvalid` until `tready`.
        pub tdata: Forward<Bits<W>>,
        /// With `tvalid`: the bytes of the word that count, byte 0 in bit 0.
        pub tkeep: Forward<Bits<K>>,
        /// With `tvalid`: the packet's last word.
        pub tlast: Forward<Bit>,
        /// `tdata` is offered; stays until `tready`.
        pub tvalid: Forward<Bit>,
        /// The word is taken at the next edge, if there is one.
        pub tready: Backward<Bit>,
    }
}

bundle! {
    /// AXI4-Lite of 32-bit registers with addresses of `A` bits; the protection bits and the responses where an end has them. Each of the
    /// five channels moves at a clock edge with its valid and ready.
    pub struct Lite [const A: usize, P: Presence, R: Presence] [A, P, R] <=> [Q: Presence, T: Presence] [A, Q, T] {
        /// Byte address of a write; with `awvalid`.
        pub awaddr: Forward<Bits<A>>,
        /// Protection of a write; with `awvalid`.
        pub awprot: Forward<Bits<3>, P>,
        /// A write's address is offered.
        pub awvalid: Forward<Bit>,
        /// The address is taken at the next edge, if there is one.
        pub awready: Backward<Bit>,
        /// Word to write; with `wvalid`.
        pub wdata: Forward<Bits<32>>,
        /// Bytes of `wdata` to write, byte 0 in bit 0; with `wvalid`.
        pub wstrb: Forward<Bits<4>>,
        /// A write's data are offered.
        pub wvalid: Forward<Bit>,
        /// The data are taken at the next edge, if there are any.
        pub wready: Backward<Bit>,
        /// Answer to a write, always 0 (OKAY); with `bvalid`.
        pub bresp: Backward<Bits<2>, R>,
        /// A write is done.
        pub bvalid: Backward<Bit>,
        /// The answer to a write is taken at the next edge, if there is one.
        pub bready: Forward<Bit>,
        /// Byte address of a read; with `arvalid`.
        pub araddr: Forward<Bits<A>>,
        /// Protection of a read; with `arvalid`.
        pub arprot: Forward<Bits<3>, P>,
        /// A read's address is offered.
        pub arvalid: Forward<Bit>,
        /// The address is taken at the next edge, if there is one.
        pub arready: Backward<Bit>,
        /// Word read; with `rvalid`.
        pub rdata: Backward<Bits<32>>,
        /// Answer to a read, always 0 (OKAY); with `rvalid`.
        pub rresp: Backward<Bits<2>, R>,
        /// `rdata` is there.
        pub rvalid: Backward<Bit>,
        /// The word read is taken at the next edge, if there is one.
        pub rready: Forward<Bit>,
    }
}
