//! Sends a block's finished sums to the result memory, one a cycle.

use crate::lang::prelude::*;

/// ```text
///        map_end of a classifier's block        all sums sent
///  idle -------------------------------> busy ----------------> idle
/// ```
/// The next block ends later than that, because its requantisation entries take two cycles each to load.
#[derive(LogicBlock, Default)]
pub struct SumControl {
    /// Rising edges count.
    pub clock: Signal<In, Clock>,
    /// Start of a layer: the next block's first class is class 0.
    pub clear: Signal<In, Bit>,
    /// The sums of a block are finished.
    pub map_end: Signal<In, Bit>,
    /// Static: the classifier runs in five segments; otherwise only slot 0 counts.
    pub segmented: Signal<In, Bit>,
    /// Static: classes of the program.
    pub classes: Signal<In, Bits<16>>,
    /// Sum of the first class in the shift register.
    pub head: Signal<In, Bits<24>>,
    /// Shift on by one class.
    pub shift: Signal<Out, Bit>,
    /// Write `sum_data` as the sum of class `sum_address`; classes past the program's are not written.
    pub sum_write: Signal<Out, Bit>,
    /// With `sum_write`: class.
    pub sum_address: Signal<Out, Bits<10>>,
    /// With `sum_write`: its sum over the map.
    pub sum_data: Signal<Out, Bits<24>>,
    /// Sums are still being sent.
    pub busy: Signal<Out, Bit>,
    left: DFF<Bits<8>>,
    class_number: DFF<Bits<16>>,
    lanes: Number<Bits<8>>,
    columns: Number<Bits<8>>,
    sending: Signal<Local, Bit>,
}

impl SumControl {
    /// For five slots of `columns` columns.
    pub fn new(columns: usize) -> Self {
        Self { lanes: Number::new((5 * columns as u64).into()), columns: Number::new((columns as u64).into()), ..Default::default() }
    }
}

impl Logic for SumControl {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("ember_sum_control: Sends a block's finished sums to the result memory, one class a cycle.");
        dff_setup!(self, clock, left, class_number);
        self.sending.next = self.left.q.val() != 0;
        self.busy.next = self.sending.val();
        self.shift.next = self.sending.val();
        self.sum_write.next = self.sending.val() & (self.class_number.q.val() < self.classes.val());
        self.sum_address.next = self.class_number.q.val().get_bits::<10>(0);
        self.sum_data.next = self.head.val();
        if self.sending.val() {
            self.left.d.next = self.left.q.val() - 1;
            self.class_number.d.next = self.class_number.q.val() + 1;
        }
        if self.map_end.val() {
            self.left.d.next = self.columns.val();
            if self.segmented.val() {
                self.left.d.next = self.lanes.val();
            }
        }
        if self.clear.val() {
            self.left.d.next = 0.into();
            self.class_number.d.next = 0.into();
        }
    }
}
