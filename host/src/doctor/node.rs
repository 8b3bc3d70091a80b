//! Device nodes: who may use them.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Who asks.
#[derive(Clone, Debug)]
pub struct User {
    /// User number; 0 may do everything.
    pub uid: u32,
    /// Numbers of all groups.
    pub groups: Vec<u32>,
}

impl User {
    /// Of this process.
    pub fn current() -> Self {
        let mut groups: Vec<u32> = rustix::process::getgroups().unwrap_or_default().iter().map(|group| group.as_raw()).collect();
        groups.push(rustix::process::getegid().as_raw());
        Self { uid: rustix::process::geteuid().as_raw(), groups }
    }

    /// Whether this user may read and write the node.
    pub fn may_use(&self, node: &Metadata) -> bool {
        const READ_WRITE: u32 = 0o6;
        let shift = match () {
            () if self.uid == 0 => return true,
            () if self.uid == node.uid() => 6,
            () if self.groups.contains(&node.gid()) => 3,
            () => 0,
        };
        node.mode() >> shift & READ_WRITE == READ_WRITE
    }
}

/// Whether everybody may write the node.
pub fn open_to_all(node: &Metadata) -> bool {
    node.mode() & 0o002 != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_class_of_the_user_decides() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let owner = file.as_file().metadata().expect("readable");
        let (uid, gid) = (owner.uid(), owner.gid());
        let stranger = User { uid: uid + 1, groups: vec![gid + 1] };
        let member = User { uid: uid + 1, groups: vec![gid + 1, gid] };
        for (mode, for_stranger, for_member, to_all) in [
            (0o600, false, false, false),
            (0o660, false, true, false),
            (0o640, false, false, false),
            (0o606, true, false, true),
            (0o666, true, true, true),
        ] {
            file.as_file().set_permissions(std::fs::Permissions::from_mode(mode)).expect("it is ours");
            let node = file.as_file().metadata().expect("readable");
            assert_eq!(
                (stranger.may_use(&node), member.may_use(&node), open_to_all(&node)),
                (for_stranger, for_member, to_all),
                "{mode:o}"
            );
            assert!(User { uid: 0, groups: vec![] }.may_use(&node));
        }
    }
}
