//! The AXI4-Lite crossing in Rust and in Verilog in step, between a random master and a random slave.
//!
//! Every access is done once and answered, also while the engine's side is away.

mod pair;

use hdl::shell::lite_crossing::LiteCrossing;
use pair::clocks::TwoClocks;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

dut_clocks!(LiteCrossing {
    clocks: axi_aclk, engine_clk;
    in: axi_aresetn, stream_reset, engine_reset, s_axil.awaddr, s_axil.awprot, s_axil.awvalid, s_axil.wdata, s_axil.wstrb,
        s_axil.wvalid, s_axil.bready, s_axil.araddr, s_axil.arprot, s_axil.arvalid, s_axil.rready, m_axil.awready, m_axil.wready,
        m_axil.bvalid, m_axil.arready, m_axil.rdata, m_axil.rvalid;
    out: s_axil.awready, s_axil.wready, s_axil.bresp, s_axil.bvalid, s_axil.arready, s_axil.rdata, s_axil.rresp, s_axil.rvalid,
        m_axil.awaddr, m_axil.awvalid, m_axil.wdata, m_axil.wstrb, m_axil.wvalid, m_axil.bready, m_axil.araddr, m_axil.arvalid,
        m_axil.rready
});

/// What the slave answers to a read.
fn content(address: u128) -> u128 {
    ((address * 0x9E37_79B9) ^ 0x55AA) & 0xFFFF_FFFF
}

/// A write as the slave sees it: address, data, strobes.
type Write = (u128, u128, u128);

/// A valid or ready that the bench drives.
#[derive(Default)]
struct Driven {
    aw: bool,
    w: bool,
    ar: bool,
    b: bool,
    r: bool,
}

/// The XDMA's side: what is still owed of a write and of a read.
#[derive(Default)]
struct Master {
    driven: Driven,
    write: Option<Write>,
    write_owed: [bool; 3],
    read: Option<u128>,
    read_owed: [bool; 2],
}

/// The engine's side: takes address and data in any order, answers when it likes.
#[derive(Default)]
struct Slave {
    driven: Driven,
    address: Option<u128>,
    data: Option<(u128, u128)>,
    answers_write: bool,
    read: Option<u128>,
}

fn inside(address: u128) -> bool {
    address < 0x1000
}

struct Bench {
    two: TwoClocks<LiteCrossing>,
    rng: StdRng,
    willing: u32,
    master: Master,
    slave: Slave,
    /// Both sides are in reset: accesses are answered with 0.
    offline: bool,
    /// The access began or was under way while offline: whether the slave saw it is open.
    write_open: bool,
    read_open: bool,
    seen: Option<Write>,
    done: [u32; 2],
}

impl Bench {
    fn new(halves: [u64; 2], seed: u64) -> Self {
        let mut two = TwoClocks::new(LiteCrossing::default(), halves, [1, 3]);
        two.set("axi_aresetn", 1);
        two.settle();
        let (master, slave) = (Master::default(), Slave::default());
        let rng = StdRng::seed_from_u64(seed);
        Self { two, rng, willing: 10, master, slave, offline: false, write_open: false, read_open: false, seen: None, done: [0; 2] }
    }

    fn will(&mut self) -> bool {
        self.rng.random_ratio(self.willing, 10)
    }

    /// One in four is past the registers.
    fn address(&mut self) -> u128 {
        let low = self.rng.random_range(0..0x1000);
        if self.rng.random_ratio(1, 4) {
            low | 1 << self.rng.random_range(12..32)
        } else {
            low
        }
    }

    fn sample_master(&mut self) {
        let (two, master) = (&self.two, &mut self.master);
        master.write_owed[0] &= !(master.driven.aw && two.high("s_axil_awready"));
        master.write_owed[1] &= !(master.driven.w && two.high("s_axil_wready"));
        master.read_owed[0] &= !(master.driven.ar && two.high("s_axil_arready"));
        if two.high("s_axil_bvalid") {
            assert_eq!(master.write_owed, [false, false, true], "a write response that is not owed");
            assert_eq!(two.get("s_axil_bresp"), 0);
            if master.driven.b {
                let written = master.write.take().expect("a write is under way");
                let expected = inside(written.0).then_some(written);
                let seen = self.seen.take();
                assert!(seen == expected || self.write_open && seen.is_none(), "{seen:x?} instead of {expected:x?}");
                master.write_owed[2] = false;
                self.done[0] += 1;
            }
        }
        if two.high("s_axil_rvalid") {
            assert_eq!(master.read_owed, [false, true], "a read response that is not owed");
            assert_eq!(two.get("s_axil_rresp"), 0);
            if master.driven.r {
                let address = master.read.take().expect("a read is under way");
                let (got, expected) = (two.get("s_axil_rdata"), if inside(address) { content(address) } else { 0 });
                assert!(got == expected || self.read_open && got == 0, "{got:x} from {address:x} instead of {expected:x}");
                master.read_owed[1] = false;
                self.done[1] += 1;
            }
        }
    }

    fn drive_master(&mut self) {
        if self.master.write.is_none() && self.will() {
            self.master.write = Some((self.address(), self.rng.random_range(0..1 << 32), self.rng.random_range(0..16)));
            self.master.write_owed = [true; 3];
            self.write_open = self.offline;
        }
        if self.master.read.is_none() && self.will() {
            self.master.read = Some(self.address());
            self.master.read_owed = [true; 2];
            self.read_open = self.offline;
        }
        let wills: [bool; 5] = std::array::from_fn(|_| self.will());
        let (two, master) = (&mut self.two, &mut self.master);
        let [aw, w] = [0, 1].map(|i| master.write_owed[i]);
        let ar = master.read_owed[0];
        let driven = &mut master.driven;
        driven.aw = aw && (driven.aw || wills[0]);
        driven.w = w && (driven.w || wills[1]);
        driven.ar = ar && (driven.ar || wills[2]);
        (driven.b, driven.r) = (wills[3], wills[4]);
        // garbage while nothing is offered
        let (address, data, strobes) = master.write.filter(|_| driven.aw || driven.w).unwrap_or((0xBAD0, 0xBAD1, 5));
        two.set("s_axil_awaddr", if driven.aw { address } else { 0xBAD2 });
        two.set("s_axil_wdata", if driven.w { data } else { 0xBAD3 });
        two.set("s_axil_wstrb", if driven.w { strobes } else { 3 });
        two.set("s_axil_araddr", master.read.filter(|_| driven.ar).unwrap_or(0xBAD4));
        two.set("s_axil_awvalid", driven.aw.into());
        two.set("s_axil_wvalid", driven.w.into());
        two.set("s_axil_arvalid", driven.ar.into());
        two.set("s_axil_bready", driven.b.into());
        two.set("s_axil_rready", driven.r.into());
    }

    fn sample_slave(&mut self) {
        let (two, slave) = (&self.two, &mut self.slave);
        if two.high("m_axil_awvalid") && slave.driven.aw {
            assert_eq!(slave.address.replace(two.get("m_axil_awaddr")), None);
        }
        if two.high("m_axil_wvalid") && slave.driven.w {
            assert_eq!(slave.data.replace((two.get("m_axil_wdata"), two.get("m_axil_wstrb"))), None);
        }
        if slave.answers_write && two.high("m_axil_bready") {
            slave.answers_write = false;
            let (address, (data, strobes)) = slave.address.take().zip(slave.data.take()).expect("both were taken");
            assert_eq!(self.seen.replace((address, data, strobes)), None, "a write that nobody asked for");
        }
        if slave.driven.r && two.high("m_axil_rready") {
            slave.read = None;
        } else if two.high("m_axil_arvalid") && slave.driven.ar {
            assert_eq!(slave.read.replace(two.get("m_axil_araddr")), None);
        }
    }

    fn drive_slave(&mut self) {
        let wills: [bool; 5] = std::array::from_fn(|_| self.will());
        let (two, slave) = (&mut self.two, &mut self.slave);
        slave.driven.aw = slave.address.is_none() && wills[0];
        slave.driven.w = slave.data.is_none() && wills[1];
        slave.answers_write |= slave.address.is_some() && slave.data.is_some() && wills[2];
        slave.driven.ar = slave.read.is_none() && wills[3];
        slave.driven.r = slave.read.is_some() && (slave.driven.r || wills[4]);
        two.set("m_axil_awready", slave.driven.aw.into());
        two.set("m_axil_wready", slave.driven.w.into());
        two.set("m_axil_bvalid", slave.answers_write.into());
        two.set("m_axil_arready", slave.driven.ar.into());
        two.set("m_axil_rvalid", slave.driven.r.into());
        two.set("m_axil_rdata", slave.read.filter(|_| slave.driven.r).map_or(0xBAD5, content));
    }

    /// Both sides in reset, for at least eight edges of each, while the master goes on.
    fn reset(&mut self) {
        self.offline = true;
        (self.write_open, self.read_open) = (true, true);
        self.two.set("stream_reset", 1);
        self.two.set("engine_reset", 1);
        self.two.settle();
        self.run(8, 8);
        // what the slave had under way is forgotten with it
        self.slave = Slave::default();
        self.drive_slave();
        self.seen = None;
        self.two.set("engine_reset", 0);
        self.two.settle();
        self.run(3, 0);
        self.two.set("stream_reset", 0);
        self.two.settle();
        self.offline = false;
    }

    /// At least so many rising edges of each clock.
    fn run(&mut self, stream: u32, engine: u32) {
        let mut edges = [0, 0];
        while edges[0] < stream || edges[1] < engine {
            let rising = self.two.rising();
            if rising[0] {
                self.sample_master();
            }
            if rising[1] && !(self.offline && edges[1] < 8) {
                self.sample_slave();
            }
            self.two.edge();
            if rising[0] {
                self.drive_master();
            }
            if rising[1] {
                self.drive_slave();
            }
            self.two.settle();
            (0..2).for_each(|side| edges[side] += u32::from(rising[side]));
        }
    }
}

/// The pin falls and rises between two edges while accesses wait for the engine's side and responses for the master.
#[test]
fn a_pulse_without_an_edge_ends_what_was_under_way() {
    for answered in [false, true] {
        let mut bench = Bench::new([2000, 2924], 7);
        let two = &mut bench.two;
        let asks = ["awvalid", "wvalid", "arvalid"].map(|port| format!("s_axil_{port}"));
        let responses = ["bvalid", "rvalid"].map(|port| format!("s_axil_{port}"));
        let slave = ["awready", "wready", "bvalid", "arready", "rvalid"];
        asks.iter().for_each(|port| two.set(port, 1));
        slave.iter().for_each(|port| two.set(&format!("m_axil_{port}"), answered.into()));
        two.settle();
        for _ in 0..80 {
            two.edge();
            two.settle();
        }
        assert!(responses.iter().all(|port| two.high(port) == answered));
        asks.iter().for_each(|port| two.set(port, 0));
        for level in [0, 1] {
            two.set("axi_aresetn", level);
            two.settle();
            assert!(responses.iter().all(|port| !two.high(port)), "withdrawn at once");
        }
        // as the shell's resets do after any pulse
        ["stream_reset", "engine_reset"].iter().for_each(|reset| two.set(reset, 1));
        for i in 0..160 {
            if i == 80 {
                ["engine_reset", "stream_reset"].iter().for_each(|reset| two.set(reset, 0));
            }
            two.settle();
            assert!(responses.iter().all(|port| !two.high(port)), "an access from before the reset was answered");
            two.edge();
        }
    }
}

#[test]
fn every_access_is_done_once_and_answered() {
    for (i, halves) in [[2000, 2000], [4000, 2000], [2000, 2924], [8000, 2000], [2000, 9001]].into_iter().enumerate() {
        let seed = i as u64;
        println!("half periods {halves:?}, seed {seed}");
        let mut bench = Bench::new(halves, seed);
        for round in 0..12 {
            bench.willing = [10, 5, 1][round % 3];
            bench.run(400, 400);
            if round % 4 == 3 {
                bench.reset();
            }
        }
        assert!(bench.done.iter().all(|&n| n > 60), "{:?} writes and reads", bench.done);
    }
}
