//! `ember_slice_number`: number i at port i, for every number of slices that an engine has.

use crate::pair::{self, Pair};
use hdl::rtl::slice_number::SliceNumber;

dut!(SliceNumber { combinational; in: ; out: number });

#[test]
fn every_port_has_its_own_number() {
    // the slices of an activation row of 32 and of 4 columns, and the one slice of a squeeze row of 16 and more
    for count in [4, 32, 1] {
        let pair = Pair::new(SliceNumber::new(count));
        let numbers: Vec<u64> = (0..count).map(|i| pair.get(&format!("number_{i}"))).collect();
        assert_eq!(numbers, (0..count as u64).collect::<Vec<_>>(), "{count} slices");
    }
}
