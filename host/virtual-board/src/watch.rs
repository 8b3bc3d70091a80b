//! Which transfers must not be issued.

/// A stream of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    ToBoard,
    FromBoard,
}

/// Transfers that failed, and whether somebody has looked at the card since.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    to_board: bool,
    from_board: bool,
}

impl Watch {
    /// Whether a transfer on `stream` may begin. Only its own stream counts, on a card that is gone too: a transfer of the
    /// other thread may have been on its way here while the failure was on its way there, and nothing seen from here tells
    /// it from one that was begun too late. That the driver begins none is shown where its two threads are driven in step.
    pub fn allows(&self, stream: Stream) -> bool {
        match stream {
            Stream::ToBoard => !self.to_board,
            Stream::FromBoard => !self.from_board,
        }
    }

    /// A transfer on `stream` has failed.
    pub fn failed(&mut self, stream: Stream) {
        match stream {
            Stream::ToBoard => self.to_board = true,
            Stream::FromBoard => self.from_board = true,
        }
    }

    /// An identity register was read as `value`.
    pub fn looked(&mut self, value: u32) {
        if value != u32::MAX {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_forbids_the_next_transfer_until_a_look_at_a_card_that_is_there() {
        let mut watch = Watch::default();
        assert!(watch.allows(Stream::ToBoard), "nothing has failed yet");
        watch.failed(Stream::FromBoard);
        let allowed = |watch: &Watch| (watch.allows(Stream::ToBoard), watch.allows(Stream::FromBoard));
        assert_eq!(allowed(&watch), (true, false));
        watch.looked(u32::MAX);
        assert_eq!(allowed(&watch), (true, false));
        watch.failed(Stream::ToBoard);
        assert_eq!(allowed(&watch), (false, false));
        watch.looked(1);
        assert_eq!(allowed(&watch), (true, true));
    }
}
