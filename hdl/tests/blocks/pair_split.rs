//! `ember_pair_split`: the fields of `odd << FIELD | even`.

use crate::pair::stimuli::{number, random};
use crate::pair::{self, Pair};
use hdl::rtl::pair_split::PairSplit;

dut!(PairSplit<34, 17> { combinational; in: total; out: low, high });
dut!(PairSplit<38, 19> { combinational; in: total; out: low, high });

fn split<const TOTAL: usize, const FIELD: usize>(seed: u64)
where
    PairSplit<TOTAL, FIELD>: pair::Dut,
{
    let mut rng = random(seed);
    let mut pair = Pair::new(PairSplit::<TOTAL, FIELD>::default());
    for _ in 0..2000 {
        let (low, high) = (number(&mut rng, FIELD as u32) as u64, number(&mut rng, FIELD as u32) as u64);
        pair.set("total", high << FIELD | low);
        pair.settle();
        assert_eq!((pair.get("low"), pair.get("high")), (low, high));
    }
}

#[test]
fn fields_come_apart() {
    split::<34, 17>(1);
    split::<38, 19>(2);
}
