//! Kernels that rust-hdl's own back end turns into Verilog of another meaning. Ours either refuses them,
//! naming the module and the remedy, or gives Verilog that does what the Rust does.

mod pair;

use hdl::lang::emit::emit;
use hdl::lang::prelude::*;
use pair::Pair;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Why the emitter refuses `block`; nothing if it takes it.
fn refusal<B: Block + Default>() -> Option<String> {
    let block = std::panic::AssertUnwindSafe(B::default());
    let panic = std::panic::catch_unwind(|| emit(&*block)).err()?;
    Some(panic.downcast_ref::<String>().cloned().unwrap_or_default())
}

#[track_caller]
fn refused<B: Block + Default>(parts: &[&str]) {
    let said = refusal::<B>().expect("the block is refused");
    for part in ["top"].iter().chain(parts) {
        assert!(said.contains(part), "`{said}` does not say `{part}`");
    }
}

/// Rust and Verilog agree on `y` for values that the block is given.
fn agree<B: pair::Dut + Default>(seed: u64) {
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let mut pair = Pair::new(B::default());
    for _ in 0..2000 {
        for (input, width) in pair.inputs() {
            let ones = u64::MAX >> (64 - width);
            let value = [0, ones, 1 << (width - 1), ones >> 1, rng.random(), rng.random(), rng.random()][rng.random_range(0..7)];
            pair.set(&input, value & ones);
        }
        pair.settle();
        pair.clock();
    }
}

#[derive(LogicBlock, Default)]
struct Precedence {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<4>>,
    pub b: Signal<In, Bits<4>>,
    pub c: Signal<In, Bits<4>>,
    pub y: Signal<Out, Bit>,
}

impl Logic for Precedence {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("precedence: A trap.");
        self.y.next = (self.a.val() & self.b.val()) == self.c.val();
    }
}

dut!(Precedence { in: a, b, c; out: y });

#[test]
fn parentheses_stay() {
    agree::<Precedence>(1);
}

#[derive(LogicBlock, Default)]
struct Bare {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<4>>,
    pub b: Signal<In, Bits<4>>,
    pub c: Signal<In, Bits<4>>,
    pub y: Signal<Out, Bit>,
}

impl Logic for Bare {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("bare: A trap.");
        self.y.next = self.a.val() & self.b.val() == self.c.val();
    }
}

dut!(Bare { in: a, b, c; out: y });

#[test]
fn precedence_without_parentheses_is_as_in_rust() {
    agree::<Bare>(2);
}

#[derive(LogicBlock, Default)]
struct Widened {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<4>>,
    pub b: Signal<In, Bits<4>>,
    pub y: Signal<Out, Bits<8>>,
}

impl Logic for Widened {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("widened: A trap.");
        self.y.next = bit_cast::<8, 4>(self.a.val() + self.b.val());
    }
}

dut!(Widened { in: a, b; out: y });

#[test]
fn a_widened_sum_wraps_first() {
    agree::<Widened>(3);
}

#[derive(LogicBlock, Default)]
struct Narrowed {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<8>>,
    pub b: Signal<In, Bits<8>>,
    pub y: Signal<Out, Bits<4>>,
}

impl Logic for Narrowed {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("narrowed: A trap.");
        self.y.next = bit_cast::<4, 8>(self.a.val() + self.b.val());
    }
}

dut!(Narrowed { in: a, b; out: y });

#[test]
fn a_narrowed_sum_is_refused() {
    refused::<Narrowed>(&["narrowing cast", "give the intermediate value a named signal"]);
}

#[derive(LogicBlock, Default)]
struct Compared {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<4>>,
    pub y: Signal<Out, Bit>,
}

impl Logic for Compared {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("compared: A trap.");
        self.y.next = (self.a.val() + 1) == 0;
    }
}

dut!(Compared { in: a; out: y });

#[test]
fn a_compared_sum_wraps_first() {
    agree::<Compared>(4);
}

#[derive(LogicBlock, Default)]
struct Inverted {
    pub clock: Signal<In, Clock>,
    pub f: Signal<In, Bit>,
    pub y: Signal<Out, Bits<8>>,
}

impl Logic for Inverted {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("inverted: A trap.");
        self.y.next = bit_cast::<8, 1>((!self.f.val()).into());
    }
}

dut!(Inverted { in: f; out: y });

#[test]
fn an_inverted_bit_widens_with_zeros() {
    agree::<Inverted>(5);
}

#[derive(LogicBlock, Default)]
struct Sliced {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<8>>,
    pub b: Signal<In, Bits<8>>,
    pub y: Signal<Out, Bits<4>>,
}

impl Logic for Sliced {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("sliced: A trap.");
        self.y.next = (self.a.val() + self.b.val()).get_bits::<4>(4);
    }
}

dut!(Sliced { in: a, b; out: y });

#[test]
fn a_slice_of_a_sum_is_refused() {
    refused::<Sliced>(&["part select of an expression", "give the intermediate value a named signal"]);
}

#[derive(LogicBlock, Default)]
struct Shifted {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<8>>,
    pub b: Signal<In, Bits<8>>,
    pub y: Signal<Out, Bits<8>>,
}

impl Logic for Shifted {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("shifted: A trap.");
        self.y.next = (self.a.val() + self.b.val()) >> 1;
    }
}

dut!(Shifted { in: a, b; out: y });

#[test]
fn a_shifted_sum_wraps_first() {
    agree::<Shifted>(6);
}

#[derive(LogicBlock, Default)]
struct SignedSlice {
    pub clock: Signal<In, Clock>,
    pub s: Signal<In, SInt<16>>,
    pub y: Signal<Out, Bits<12>>,
}

impl Logic for SignedSlice {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("signedslice: A trap.");
        self.y.next = self.s.val().get_bits::<12>(4);
    }
}

dut!(SignedSlice { in: s; out: y });

#[test]
fn a_slice_of_a_signed_value_is_raw_bits() {
    agree::<SignedSlice>(7);
}

#[derive(LogicBlock, Default)]
struct SignedCompare {
    pub clock: Signal<In, Clock>,
    pub s: Signal<In, SInt<8>>,
    pub t: Signal<In, SInt<8>>,
    pub y: Signal<Out, Bit>,
}

impl Logic for SignedCompare {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("signedcompare: A trap.");
        self.y.next = (self.s.val() < self.t.val()) & !(self.s.val() == self.t.val());
    }
}

dut!(SignedCompare { in: s, t; out: y });

#[test]
fn signed_values_compare_as_signed() {
    agree::<SignedCompare>(8);
}

#[derive(LogicBlock, Default)]
struct SignedSum {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, SInt<8>>,
    pub b: Signal<In, SInt<8>>,
    pub y: Signal<Out, SInt<16>>,
}

impl Logic for SignedSum {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("signedsum: A trap.");
        self.y.next = (self.a.val() + self.b.val()).into();
    }
}

dut!(SignedSum { in: a, b; out: y });

#[test]
fn a_signed_sum_is_exact() {
    agree::<SignedSum>(9);
}

#[derive(LogicBlock, Default)]
struct SignedProduct {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, SInt<8>>,
    pub b: Signal<In, SInt<8>>,
    pub y: Signal<Out, SInt<16>>,
}

impl Logic for SignedProduct {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("signedproduct: A trap.");
        self.y.next = (self.a.val() * self.b.val()).into();
    }
}

dut!(SignedProduct { in: a, b; out: y });

#[test]
fn a_signed_product_is_exact() {
    agree::<SignedProduct>(10);
}

#[derive(LogicBlock, Default)]
struct SignedNarrow {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, SInt<8>>,
    pub b: Signal<In, SInt<8>>,
    pub y: Signal<Out, SInt<8>>,
}

impl Logic for SignedNarrow {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("signednarrow: A trap.");
        self.y.next = (self.a.val() - self.b.val()).into();
    }
}

dut!(SignedNarrow { in: a, b; out: y });

#[test]
fn a_signed_difference_wraps() {
    agree::<SignedNarrow>(11);
}

#[derive(LogicBlock, Default)]
struct ProductInSum {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, SInt<8>>,
    pub b: Signal<In, SInt<8>>,
    pub c: Signal<In, SInt<32>>,
    pub y: Signal<Out, SInt<32>>,
}

impl Logic for ProductInSum {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("productinsum: A trap.");
        self.y.next = (self.a.val() * self.b.val() + self.c.val()).into();
    }
}

dut!(ProductInSum { in: a, b, c; out: y });

#[test]
fn a_product_inside_a_sum_is_refused() {
    refused::<ProductInSum>(&["a product inside a sum", "give the intermediate value a named signal"]);
}

#[derive(LogicBlock, Default)]
struct TooBig {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<4>>,
    pub y: Signal<Out, Bit>,
}

impl Logic for TooBig {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("toobig: A trap.");
        self.y.next = self.a.val() == 16;
    }
}

dut!(TooBig { in: a; out: y });

#[test]
fn a_number_that_does_not_fit_is_refused() {
    refused::<TooBig>(&["16 does not fit 4 bits", "give the intermediate value a named signal"]);
}

#[derive(LogicBlock, Default)]
struct ReservedPort {
    pub clock: Signal<In, Clock>,
    pub byte: Signal<In, Bits<8>>,
    pub y: Signal<Out, Bits<8>>,
}

impl Logic for ReservedPort {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("reserved_port: A trap.");
        self.y.next = self.byte.val();
    }
}

#[derive(LogicBlock, Default)]
struct ReservedRegister {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<8>>,
    pub y: Signal<Out, Bits<8>>,
    sequence: DFF<Bits<8>>,
}

impl Logic for ReservedRegister {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("reserved_register: A trap.");
        self.sequence.clock.next = self.clock.val();
        self.sequence.d.next = self.a.val();
        self.y.next = self.sequence.q.val();
    }
}

#[test]
fn reserved_words_are_refused() {
    refused::<ReservedPort>(&["the signal `byte`", "reserved word", "rename it"]);
    refused::<ReservedRegister>(&["the register `sequence`", "reserved word", "rename it"]);
}

#[derive(LogicBlock, Default)]
struct OtherClock {
    pub clock: Signal<In, Clock>,
    pub other: Signal<In, Clock>,
    pub a: Signal<In, Bit>,
    pub y: Signal<Out, Bit>,
    kept: DFF<Bit>,
}

impl Logic for OtherClock {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("other_clock: A trap.");
        self.kept.clock.next = self.other.val();
        self.kept.d.next = self.a.val();
        self.y.next = self.kept.q.val();
    }
}

#[test]
fn a_register_of_another_clock_is_refused() {
    refused::<OtherClock>(&["kept_clock", "not driven by the port `clock`"]);
}

#[derive(LogicBlock, Default)]
struct UnnamedSign {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<8>>,
    pub b: Signal<In, SInt<8>>,
    pub y: Signal<Out, SInt<16>>,
}

impl Logic for UnnamedSign {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("unnamed_sign: A trap.");
        self.y.next = (signed_cast_bits(self.a.val() ^ 1) + self.b.val()).into();
    }
}

#[test]
fn a_sign_without_a_name_is_refused() {
    refused::<UnnamedSign>(&["`$signed(a ^ 8'd1)` has no bit that is its sign", "give the intermediate value a named signal"]);
}

#[derive(LogicBlock, Default)]
struct SignedParts {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<8>>,
    pub s: Signal<In, SInt<8>>,
    pub y: Signal<Out, SInt<16>>,
    pub z: Signal<Out, SInt<16>>,
}

impl Logic for SignedParts {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("signed_parts: A trap.");
        self.y.next = (signed_cast_bits(self.a.val().get_bits::<3>(2)) - self.s.val()).into();
        self.z.next =
            (signed_cast_bits(bit_cast::<9, 8>(self.a.val())) + self.s.val() - signed_cast_bits(self.a.val().get_bits::<1>(7))).into();
    }
}

dut!(SignedParts { in: a, s; out: y, z });

#[test]
fn parts_are_extended_by_their_own_sign() {
    agree::<SignedParts>(12);
}

#[derive(LogicBlock, Default)]
struct Reductions {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<4>>,
    pub b: Signal<In, Bits<4>>,
    pub y: Signal<Out, Bits<6>>,
}

impl Logic for Reductions {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("reductions: A trap.");
        self.y.next = bit_cast::<6, 1>((!self.a.val()).xor().into())
            | (bit_cast::<6, 1>((!(self.a.val().all())).into()) << 1)
            | (bit_cast::<6, 1>((self.a.val().any() | self.b.val().all()).into()) << 2)
            | (bit_cast::<6, 1>((self.a.val().any() & self.b.val().any() & self.a.val().all()).into()) << 3)
            | (bit_cast::<6, 1>((((self.a.val() - self.b.val()) - self.a.val()) == (self.a.val() - (self.b.val() - self.a.val()))).into())
                << 4);
    }
}

dut!(Reductions { in: a, b; out: y });

#[test]
fn unary_operators_and_chains_keep_their_meaning() {
    agree::<Reductions>(13);
}

/// A child with two outputs.
#[derive(LogicBlock, Default)]
struct TwoOutputs {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bit>,
    pub y: Signal<Out, Bit>,
    pub z: Signal<Out, Bit>,
}

impl Logic for TwoOutputs {
    wiring! { "two_outputs: A child." self => {
        w!(y <= a);
        w!(z <= a);
    }}
}

#[derive(LogicBlock, Default)]
struct Forgotten {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bit>,
    pub y: Signal<Out, Bit>,
    child: TwoOutputs,
}

impl Logic for Forgotten {
    wiring! { "forgotten: A trap." self => {
        w!(child.clock <= clock);
        w!(child.a <= a);
        w!(y <= child.y);
    }}
}

#[derive(LogicBlock, Default)]
struct NamedUnused {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bit>,
    pub y: Signal<Out, Bit>,
    child: TwoOutputs,
}

impl Logic for NamedUnused {
    wiring! { "named_unused: Fine." self => {
        w!(child.clock <= clock);
        w!(child.a <= a);
        w!(y <= child.y);
        w!(unused("y says the same") <= child.z);
    }}
}

#[derive(LogicBlock, Default)]
struct UnusedButRead {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bit>,
    pub y: Signal<Out, Bit>,
    child: TwoOutputs,
}

impl Logic for UnusedButRead {
    wiring! { "unused_but_read: A trap." self => {
        w!(child.clock <= clock);
        w!(child.a <= a);
        w!(y <= child.y);
        w!(unused("nobody wants it") <= child.y);
        w!(unused("nobody wants it") <= child.z);
    }}
}

#[test]
fn an_output_that_nothing_reads_is_named_or_refused() {
    refused::<Forgotten>(&["nothing reads child.z", "w!(unused(\"the reason\") <= child.port)"]);
    refused::<UnusedButRead>(&["`child_y` is named as unused (nobody wants it) and is read"]);
    let text = emit(&NamedUnused::default()).pop().expect("a module").text;
    assert!(text.contains("  wire unused_outputs = &{1'b0,\n    // y says the same\n    child_z\n  };\n"), "{text}");
}

#[derive(LogicBlock, Default)]
struct MixedUp {
    pub clock: Signal<In, Clock>,
    pub pair: [Signal<In, Bit>; 4],
    pub pair_2: [Signal<In, Bit>; 4],
    pub y: Signal<Out, Bit>,
}

impl Logic for MixedUp {
    wiring! { "mixed_up: A trap." self => {
        w!(y <= pair_2[0]);
    }}
}

#[derive(LogicBlock, Default)]
struct SameName {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bit>,
    pub child_y: Signal<Out, Bit>,
    child: TwoOutputs,
}

impl Logic for SameName {
    wiring! { "same_name: A trap." self => {
        w!(child.clock <= clock);
        w!(child.a <= a);
        w!(child_y <= child.y);
        w!(unused("y says the same") <= child.z);
    }}
}

#[test]
fn names_that_a_reader_mixes_up_are_refused() {
    refused::<MixedUp>(&["`pair_2`", "the array `pair`", "rename one"]);
    refused::<SameName>(&["`child_y` and `child.y` are both `child_y`", "rename one"]);
}

#[derive(LogicBlock, Default)]
struct Takes {
    pub clock: Signal<In, Clock>,
    pub a: Signal<In, Bits<4>>,
    pub b: Signal<In, Bits<2>>,
    pub y: Signal<Out, Bits<4>>,
    pub z: Signal<Out, Bits<4>>,
    first: DFF<Bits<4>>,
    second: DFF<Bits<4>>,
}

impl Logic for Takes {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("takes: A trap: what a statement gave a register, a later one takes back.");
        dff_setup!(self, clock, first, second);
        self.first.d.next = 0.into();
        if self.b.val().get_bit(0) {
            self.first.d.next = self.first.q.val();
        }
        self.second.d.next = self.second.q.val() + 1;
        if self.b.val() == 1 {
            self.second.d.next = self.a.val();
        } else if self.b.val() == 2 {
            self.second.d.next = self.second.q.val();
        }
        if self.a.val().get_bit(3) {
            self.first.d.next = self.a.val();
            self.second.d.next = self.second.q.val();
        }
        self.y.next = self.first.q.val();
        self.z.next = self.second.q.val();
    }
}

dut!(Takes { in: a, b; out: y, z });

#[test]
fn a_register_that_is_held_after_all_holds() {
    agree::<Takes>(19);
}
