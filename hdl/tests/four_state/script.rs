//! What the host of `host.v` does, and what it reports.

/// Operations in their order, and the beats that they send.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub operations: Vec<u64>,
    pub beats: Vec<u64>,
}

/// Which of the host's resets is low: `reset_n` (`axi_aresetn`), and `engine_locked` too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    Reset = 1,
    Both = 3,
}

impl Script {
    fn add(&mut self, operation: u64, address: u32, value: u32) -> &mut Self {
        self.operations.push(operation << 56 | u64::from(address) << 32 | u64::from(value));
        self
    }

    /// A reset that so many edges of the clock see; what is under way is forgotten.
    pub fn reset(&mut self, pin: Pin, edges: u32) -> &mut Self {
        self.add(1, pin as u32, edges)
    }

    /// Queues bytes of whole beats, and goes on.
    pub fn send(&mut self, bytes: &[u8]) -> &mut Self {
        let beats = bytes.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().expect("eight bytes")));
        let before = self.beats.len();
        self.beats.extend(beats);
        self.add(2, 0, (self.beats.len() - before) as u32)
    }

    pub fn idle(&mut self, edges: u32) -> &mut Self {
        self.add(3, 0, edges)
    }

    pub fn read(&mut self, address: u32) -> &mut Self {
        self.add(4, address, 0)
    }

    pub fn write(&mut self, address: u32, value: u32) -> &mut Self {
        self.add(5, address, value)
    }

    /// Waits until everything queued was taken.
    pub fn until_sent(&mut self) -> &mut Self {
        self.add(6, 0, 0)
    }

    /// Waits for so many packets since the latest reset.
    pub fn until_packets(&mut self, packets: u32) -> &mut Self {
        self.add(7, 0, packets)
    }

    /// From now on every port pauses in so many of ten cycles.
    pub fn pauses(&mut self, tenths: u32) -> &mut Self {
        self.add(8, 0, tenths)
    }
}

/// The host's report.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What came after power-up and after each reset.
    pub lives: Vec<Life>,
    /// Every X, every response without a request, and a script that does not end.
    pub findings: Vec<String>,
}

/// What came between one reset and the next.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// Beats of every packet that came whole.
    pub packets: Vec<Vec<u64>>,
    /// Registers read: address, value.
    pub reads: Vec<(u32, u32)>,
}

impl Report {
    pub fn parse(text: &str) -> Self {
        let (mut lives, mut findings) = (vec![], vec![]);
        let (mut life, mut packet) = (Life::default(), vec![]);
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let number = |i: usize| words.get(i).and_then(|word| u64::from_str_radix(word, 16).ok());
            match (words.first().copied(), number(1), number(2)) {
                (Some("beat"), Some(last), Some(data)) => {
                    packet.push(data);
                    if last == 1 {
                        life.packets.push(std::mem::take(&mut packet));
                    }
                }
                (Some("read"), Some(address), Some(value)) => life.reads.push((address as u32, value as u32)),
                (Some("reset" | "end"), ..) => {
                    packet.clear();
                    lives.push(std::mem::take(&mut life));
                }
                _ => findings.push(line.into()),
            }
        }
        if !text.ends_with("end\n") {
            findings.push("the script did not end".into());
        }
        Self { lives, findings }
    }
}
