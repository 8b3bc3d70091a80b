//! Sends a block's finished sums to the result memory, one a cycle.

use crate::lang::prelude::*;

/// ```text
///        map_end of a classifier's block        all sums sent
///  idle -------------------------------> busy ----------------> idle
/// ```
/// The next block ends later than that, because its requantisation entries take two cycles each to load. A class takes three cycles
/// from its number to `sum_write`.
#[derive(LogicBlock, Default)]
pub struct SumControl {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Start of a layer: the next block's first class is class 0.
    pub clear: Signal<In, Bit>,
    /// Static: the layer is the classifier.
    pub is_classifier: Signal<In, Bit>,
    /// The last pixel of a block is added; the sums are finished in the next cycle.
    pub map_end: Signal<In, Bit>,
    /// The layer's last pixel comes: its sums are still to be sent, with the `map_end` that follows.
    pub last: Signal<In, Bit>,
    /// Static: the classifier runs in five segments; otherwise only slot 0 counts.
    pub segmented: Signal<In, Bit>,
    /// Static: classes of the program.
    pub classes: Signal<In, Bits<16>>,
    /// A cycle after `send`: sum of the quad's next class.
    pub head: Signal<In, Bits<24>>,
    /// Beginning of the chain of quads: 0.
    pub none: Signal<Out, Bits<24>>,
    /// The quad's turn: one sum a cycle.
    pub send: Vec<Signal<Out, Bit>>,
    /// Write `sum_data` as the sum of class `sum_address`; classes past the program's are not written.
    pub sum_write: Signal<Out, Bit>,
    /// With `sum_write`: class.
    pub sum_address: Signal<Out, Bits<10>>,
    /// With `sum_write`: its sum over the map.
    pub sum_data: Signal<Out, Bits<24>>,
    /// Sums are still being sent, or will be.
    pub busy: Signal<Out, Bit>,
    /// Place of the class in the block, and whether there is one.
    place: DFF<Bits<8>>,
    sending: DFF<Bit>,
    sent_1: DFF<Bit>,
    sent_2: DFF<Bit>,
    quad_turn: Vec<DFF<Bit>>,
    class_number: DFF<Bits<16>>,
    write_1: DFF<Bit>,
    address_1: DFF<Bits<10>>,
    data_1: DFF<Bits<24>>,
    expected: DFF<Bit>,
    busy_1: DFF<Bit>,
    last_lane: Number<Bits<8>>,
    last_column: Number<Bits<8>>,
    at_end: Signal<Local, Bit>,
}

impl SumControl {
    /// For five slots of `columns` columns.
    pub fn new(columns: usize) -> Self {
        let quads = 5 * columns / 4;
        Self {
            send: many(quads),
            quad_turn: many(quads),
            last_lane: Number::new((5 * columns as u64 - 1).into()),
            last_column: Number::new((columns as u64 - 1).into()),
            ..Default::default()
        }
    }
}

impl Logic for SumControl {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_sum_control: Sends a block's finished sums to the result memory, one class a cycle.");
        dff_setup!(self, clock, place, sending, sent_1, sent_2, class_number, write_1, address_1, data_1, expected, busy_1);
        comment!("cycle 0: the class's place, and whose turn it is");
        self.at_end.next = self.place.q.val() == self.last_column.val();
        if self.segmented.val() {
            self.at_end.next = self.place.q.val() == self.last_lane.val();
        }
        self.place.d.next = self.place.q.val() + 1;
        if self.at_end.val() {
            self.sending.d.next = false;
        }
        for i in 0..self.quad_turn.len() {
            self.quad_turn[i].clock.next = self.clock.val();
            self.quad_turn[i].d.next = self.sending.q.val() & (self.place.q.val().get_bits::<6>(2) == i.to_bits::<6>());
            self.send[i].next = self.quad_turn[i].q.val();
        }
        self.sent_1.d.next = self.sending.q.val();
        comment!("cycle 1: the quad gives the sum");
        self.sent_2.d.next = self.sent_1.q.val();
        comment!("cycle 2: it comes through the chain of quads");
        self.none.next = 0.into();
        self.data_1.d.next = self.head.val();
        self.write_1.d.next = self.sent_2.q.val() & (self.class_number.q.val() < self.classes.val());
        self.address_1.d.next = self.class_number.q.val().get_bits::<10>(0);
        if self.sent_2.q.val() {
            self.class_number.d.next = self.class_number.q.val() + 1;
        }
        comment!("cycle 3: the result memory");
        self.sum_write.next = self.write_1.q.val();
        self.sum_address.next = self.address_1.q.val();
        self.sum_data.next = self.data_1.q.val();
        self.busy_1.d.next = self.expected.q.val() | self.sending.q.val() | self.sent_1.q.val() | self.sent_2.q.val();
        self.busy.next = self.busy_1.q.val();
        if self.last.val() & self.is_classifier.val() {
            self.expected.d.next = true;
        }
        if self.map_end.val() & self.is_classifier.val() {
            self.expected.d.next = false;
            self.sending.d.next = true;
            self.place.d.next = 0.into();
        }
        if self.clear.val() {
            self.expected.d.next = false;
            self.sending.d.next = false;
            self.class_number.d.next = 0.into();
        }
    }
}
