//! The nodes of the board, as files with numbers.

use crate::rig::EVENTS;

/// A node of board 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    H2c,
    C2h,
    User,
    Control,
    Events(usize),
}

impl Node {
    /// All nodes; the driver makes every event node, wired or not.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::H2c, Self::C2h, Self::User, Self::Control].into_iter().chain((0..EVENTS).map(Self::Events))
    }

    pub fn name(self) -> String {
        match self {
            Self::H2c => "xdma0_h2c_0".into(),
            Self::C2h => "xdma0_c2h_0".into(),
            Self::User => "xdma0_user".into(),
            Self::Control => "xdma0_control".into(),
            Self::Events(n) => format!("xdma0_events_{n}"),
        }
    }

    /// The file's number: 2 and up, 1 is the folder.
    pub fn inode(self) -> u64 {
        match self {
            Self::H2c => 2,
            Self::C2h => 3,
            Self::User => 4,
            Self::Control => 5,
            Self::Events(n) => 6 + n as u64,
        }
    }

    pub fn of_inode(inode: u64) -> Option<Self> {
        Self::all().find(|node| node.inode() == inode)
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|node| node.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_lead_back() {
        assert_eq!(Node::all().count(), 4 + EVENTS);
        for node in Node::all() {
            assert_eq!(Node::of_inode(node.inode()), Some(node));
            assert_eq!(Node::named(&node.name()), Some(node));
        }
        assert_eq!((Node::of_inode(1), Node::named("xdma1_user")), (None, None));
    }
}
