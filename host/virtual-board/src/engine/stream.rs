//! The engine's parser as software: packets by their byte counts, whatever the chunks they come in.

use contract::interface::{StreamKind, BEAT_BYTES, HEADER_IN_BEATS};
use contract::packet::{beats, HeaderIn};

const HEADER_BYTES: usize = HEADER_IN_BEATS * BEAT_BYTES;

/// What the parser found.
pub(super) enum Found<'a> {
    /// A part of a payload.
    Payload(&'a [u8]),
    /// A packet is complete.
    End {
        /// Its kind.
        kind: StreamKind,
        /// Its sequence number.
        sequence: u32,
    },
    /// A header: the payload of so many bytes follows.
    Begin {
        /// Its kind.
        kind: StreamKind,
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
    packet: Option<(StreamKind, u32, u32)>,
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
            let Some([first]) = beats(&self.header) else { continue };
            let Some(kind) = HeaderIn::begins(first) else {
                self.header.clear();
                go_on = first == 0 || found(Found::Garbage);
                continue;
            };
            if let Some(header) = beats(&self.header) {
                let HeaderIn { sequence, payload_bytes, .. } = HeaderIn::decode(&header);
                let bytes = payload_bytes / BEAT_BYTES as u32 * BEAT_BYTES as u32;
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
                    Found::End { kind, sequence } => events.push(format!("end {kind:?} {sequence}")),
                    Found::Begin { kind, bytes } => events.push(format!("begin {kind:?} {bytes}")),
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
        let (frame, commit, weights) = (StreamKind::Frame, StreamKind::Commit, StreamKind::Weights);
        for (kind, sequence, payload) in [(frame, 7, 40), (commit, 8, 24), (frame, 9, 0), (weights, 10, 8)] {
            stream.extend(contract::packet::bytes(&HeaderIn::new(kind, sequence, payload).encode()));
            stream.extend((0..payload).map(|i| i as u8));
            stream.extend([0xFF; 8]);
        }
        let whole = parse(&[&stream]);
        assert_eq!(whole.0[..4], ["begin Frame 40", "end Frame 7", "garbage", "begin Commit 24"]);
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
