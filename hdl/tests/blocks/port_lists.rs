//! A test that forgets a port of its block does not begin.

use crate::pair::{self, module, Dut, Pair};
use hdl::lang::prelude::*;

#[derive(LogicBlock, Default)]
struct Sink {
    pub clock: Signal<In, Clock>,
    pub a: [Signal<In, Bits<4>>; 2],
    pub b: Signal<Out, Bit>,
    pub c: Signal<Out, SInt<3>>,
}

impl Logic for Sink {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("sink: Of everything.");
        self.b.next = self.a[0].val() == self.a[1].val();
        self.c.next = signed_cast_bits(self.a[1].val().get_bits::<3>(0));
    }
}

dut!(Sink { in: a; out: b });

#[test]
#[should_panic(expected = "sink: the test does not list its output c (3 bits)")]
fn a_forgotten_output_is_named() {
    Pair::new(Sink::default());
}

#[test]
fn every_difference_is_named() {
    let module = module::ports(&Sink::default());
    let port = |name: &str, width, output| (name.to_string(), width, output);
    let whole = [port("clock", 1, false), port("a_0", 4, false), port("a_1", 4, false), port("b", 1, true), port("c", 3, true)];
    assert_eq!(module, whole);
    assert_eq!(module::differences(&whole, &module), Vec::<String>::new());
    let wrong = [whole[0].clone(), port("a_0", 5, false), whole[2].clone(), port("b", 1, false), whole[4].clone()];
    let said = [
        "the test does not list its input a_0 (4 bits)",
        "the test does not list its output b (1 bits)",
        "the test lists input a_0 (5 bits), which it has not",
        "the test lists input b (1 bits), which it has not",
    ];
    assert_eq!(module::differences(&wrong, &module), said);
    assert_eq!(Sink::default().ports().len(), 3, "the list above forgets one");
}
