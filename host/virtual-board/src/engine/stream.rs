//! The engine's parser as software: packets by their byte counts, whatever the chunks they come in.

use contract::interface::{BEAT_BYTES, HEADER_IN_BEATS, STREAM_IN_MAGIC};

const HEADER_BYTES: usize = HEADER_IN_BEATS * BEAT_BYTES;

/// What the parser found.
pub(super) enum Found<'a> {
    /// A part of a payload.
    Payload(&'a [u8]),
    /// A packet is complete.
    End {
        /// Its kind, 1 to 5.
        kind: u8,
        /// Its sequence number.
        sequence: u32,
    },
    /// A header: the payload of so many bytes follows.
    Begin {
        /// Its kind, 1 to 5.
        kind: u8,
        /// Bytes of its payload.
        bytes: u32,
    },
    /// A beat between packets that is neither zero nor a header.
    Garbage,
}

/// Where in a packet the stream is.
#[derive(Clone, Debug, Default)]
pub(super) struct Parser {
    header: Vec<u8>,
    /// Kind, sequence number and bytes left of the packet under way.
    packet: Option<(u8, u32, u32)>,
}

impl Parser {
    /// Takes `bytes`, and tells what is in them. Gives up the rest and says how much it took when `found` says no.
    pub fn take(&mut self, bytes: &[u8], mut found: impl FnMut(Found) -> bool) -> usize {
        let mut rest = bytes;
        let mut go_on = true;
        while go_on && !rest.is_empty() {
            if let Some((kind, sequence, left)) = self.packet {
                let (part, after) = rest.split_at(rest.len().min(left as usize));
                rest = after;
                let left = left - part.len() as u32;
                self.packet = Some((kind, sequence, left));
                go_on = found(Found::Payload(part));
                if left == 0 {
                    self.packet = None;
                    go_on &= found(Found::End { kind, sequence });
                }
                continue;
            }
            // the first beat is judged before the second is taken
            let wanted = if self.header.len() < BEAT_BYTES { BEAT_BYTES } else { HEADER_BYTES };
            let (part, after) = rest.split_at(rest.len().min(wanted - self.header.len()));
            self.header.extend(part);
            rest = after;
            if self.header.len() == BEAT_BYTES {
                let beat = self.beat(0);
                let kind = (beat >> 16) as u8;
                if beat as u16 != STREAM_IN_MAGIC || beat >> 24 & 0xFF != 0 || !(1..=5).contains(&kind) {
                    self.header.clear();
                    go_on = beat == 0 || found(Found::Garbage);
                }
            }
            if self.header.len() == HEADER_BYTES {
                let (first, bytes) = (self.beat(0), self.beat(1) as u32 & !7);
                let (kind, sequence) = ((first >> 16) as u8, (first >> 32) as u32);
                self.header.clear();
                self.packet = Some((kind, sequence, bytes)).filter(|_| bytes > 0);
                go_on = found(Found::Begin { kind, bytes });
                if bytes == 0 {
                    go_on &= found(Found::End { kind, sequence });
                }
            }
        }
        bytes.len() - rest.len()
    }

    fn beat(&self, n: usize) -> u64 {
        self.header[n * BEAT_BYTES..(n + 1) * BEAT_BYTES].iter().rev().fold(0, |beat, &byte| beat << 8 | u64::from(byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    /// What was found, with payloads joined.
    fn parse(chunks: &[&[u8]]) -> (Vec<String>, Vec<u8>) {
        let (mut parser, mut events, mut payload) = (Parser::default(), vec![], vec![]);
        for chunk in chunks {
            let taken = parser.take(chunk, |found| {
                match found {
                    Found::Payload(part) => payload.extend(part),
                    Found::End { kind, sequence } => events.push(format!("end {kind} {sequence}")),
                    Found::Begin { kind, bytes } => events.push(format!("begin {kind} {bytes}")),
                    Found::Garbage => events.push("garbage".into()),
                }
                true
            });
            assert_eq!(taken, chunk.len());
        }
        (events, payload)
    }

    #[test]
    fn packets_are_the_same_in_chunks_of_any_length() {
        let mut stream = vec![0; 16];
        for (kind, sequence, payload) in [(1u64, 7u64, 40usize), (5, 8, 24), (1, 9, 0), (3, 10, 8)] {
            stream.extend((u64::from(STREAM_IN_MAGIC) | kind << 16 | sequence << 32).to_le_bytes());
            stream.extend((payload as u64).to_le_bytes());
            stream.extend((0..payload).map(|i| i as u8));
            stream.extend([0xFF; 8]);
        }
        let whole = parse(&[&stream]);
        assert_eq!(whole.0[..4], ["begin 1 40", "end 1 7", "garbage", "begin 5 24"]);
        assert_eq!((whole.0.len(), whole.1.len()), (12, 72));
        for seed in 0..200 {
            println!("seed {seed}");
            let mut rng = StdRng::seed_from_u64(seed);
            let (mut chunks, mut rest) = (vec![], &stream[..]);
            while !rest.is_empty() {
                let (chunk, after) = rest.split_at(rng.random_range(1..=rest.len().min(40)));
                chunks.push(chunk);
                rest = after;
            }
            assert_eq!(parse(&chunks), whole);
        }
    }
}
