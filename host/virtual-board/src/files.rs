//! The nodes as files. Every handler answers before it returns; handlers that wait have threads enough, see `mount`.

use crate::nodes::Node;
use crate::rig::{Errno, Rig};
use fuser::{
    BsdFileFlags, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo, LockOwner, OpenAccMode, OpenFlags,
    PollEvents, PollFlags, PollNotifier, ReplyAttr, ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyPoll, ReplyWrite,
    ReplyXattr, Request, TimeOrNow, WriteFlags,
};
use std::ffi::OsStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Attributes never change.
const KEPT: Duration = Duration::from_secs(3600);
/// Mode of the driver's nodes.
const MODE: u16 = 0o600;
/// Bytes of a register, and of what an event node is read for.
const WORD: usize = 4;

pub(crate) struct Files {
    rig: Rig,
    owner: (u32, u32),
    /// The stream from the board is open: nobody else may have it.
    c2h: AtomicBool,
    pollers: Arc<Mutex<Vec<PollNotifier>>>,
}

impl Files {
    /// Files of `rig`, owned by user and group `owner`.
    pub fn new(rig: Rig, owner: (u32, u32)) -> Self {
        let pollers: Arc<Mutex<Vec<PollNotifier>>> = Arc::default();
        let waiting = pollers.clone();
        rig.on_event(Box::new(move || {
            for poller in waiting.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
                // a poller that has gone needs no call
                let _ = poller.notify();
            }
        }));
        Self { rig, owner, c2h: AtomicBool::new(false), pollers }
    }

    fn attributes(&self, inode: INodeNo) -> Option<FileAttr> {
        let folder = inode == INodeNo::ROOT;
        if !folder {
            Node::of_inode(inode.0)?;
        }
        let (kind, perm) = if folder { (FileType::Directory, 0o700) } else { (FileType::RegularFile, MODE) };
        let times = (UNIX_EPOCH, UNIX_EPOCH, UNIX_EPOCH, UNIX_EPOCH);
        Some(FileAttr {
            ino: inode,
            size: 0,
            blocks: 0,
            atime: times.0,
            mtime: times.1,
            ctime: times.2,
            crtime: times.3,
            kind,
            perm,
            nlink: 1,
            uid: self.owner.0,
            gid: self.owner.1,
            rdev: 0,
            flags: 0,
            blksize: 4096,
        })
    }

    fn open_node(&self, node: Node, flags: OpenFlags) -> Result<(), Errno> {
        match (node, flags.acc_mode()) {
            (Node::H2c, OpenAccMode::O_RDONLY) | (Node::C2h, OpenAccMode::O_WRONLY) => Err(Errno::EINVAL),
            // in stream mode one open file has the channel
            (Node::C2h, _) if self.c2h.swap(true, Ordering::AcqRel) => Err(Errno::EBUSY),
            _ => Ok(()),
        }
    }

    fn read_node(&self, node: Node, offset: u64, size: usize) -> Result<Vec<u8>, Errno> {
        match node {
            Node::H2c => Err(Errno::EINVAL),
            Node::C2h => self.rig.read(size),
            // the driver moves four bytes whatever it is asked for; fewer would overrun the caller's buffer
            Node::User | Node::Control if size < WORD => Err(Errno::EPROTO),
            Node::User => self.rig.user(offset).map(|value| value.to_le_bytes().to_vec()),
            Node::Control => self.rig.control(offset).map(|value| value.to_le_bytes().to_vec()),
            Node::Events(_) if size != WORD => Err(Errno::EPROTO),
            Node::Events(n) => self.rig.event(n).map(|()| 1u32.to_le_bytes().to_vec()),
        }
    }

    fn write_node(&self, node: Node, offset: u64, bytes: &[u8]) -> Result<usize, Errno> {
        match node {
            Node::H2c => self.rig.write(bytes),
            Node::User => {
                let word = bytes.first_chunk::<WORD>().ok_or(Errno::EPROTO)?;
                self.rig.set_user(offset, u32::from_le_bytes(*word)).map(|()| WORD)
            }
            Node::Control => Ok(WORD),
            Node::C2h | Node::Events(_) => Err(Errno::EINVAL),
        }
    }
}

fn error(errno: Errno) -> fuser::Errno {
    fuser::Errno::from_i32(errno as i32)
}

impl Filesystem for Files {
    fn lookup(&self, _req: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let node = name.to_str().filter(|_| parent == INodeNo::ROOT).and_then(Node::named);
        match node.and_then(|node| self.attributes(INodeNo(node.inode()))) {
            Some(attributes) => reply.entry(&KEPT, &attributes, Generation(0)),
            None => reply.error(error(Errno::ENOENT)),
        }
    }

    fn getattr(&self, _req: &Request, ino: INodeNo, _fh: Option<FileHandle>, reply: ReplyAttr) {
        match self.attributes(ino) {
            Some(attributes) => reply.attr(&KEPT, &attributes),
            None => reply.error(error(Errno::ENOENT)),
        }
    }

    /// Truncation has another meaning to the driver (it flushes the stream) and no place here; times are ignored.
    fn setattr(
        &self,
        _req: &Request,
        ino: INodeNo,
        _mode: Option<u32>,
        _uid: Option<u32>,
        _gid: Option<u32>,
        size: Option<u64>,
        _atime: Option<TimeOrNow>,
        _mtime: Option<TimeOrNow>,
        _ctime: Option<SystemTime>,
        _fh: Option<FileHandle>,
        _crtime: Option<SystemTime>,
        _chgtime: Option<SystemTime>,
        _bkuptime: Option<SystemTime>,
        _flags: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        match self.attributes(ino) {
            Some(attributes) if size.is_none() => reply.attr(&KEPT, &attributes),
            _ => reply.error(error(Errno::EINVAL)),
        }
    }

    fn readdir(&self, _req: &Request, ino: INodeNo, _fh: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        if ino != INodeNo::ROOT {
            return reply.error(error(Errno::ENOTDIR));
        }
        for (index, node) in (1..).zip(Node::all()).filter(|(index, _)| *index > offset) {
            if reply.add(INodeNo(node.inode()), index, FileType::RegularFile, node.name()) {
                break;
            }
        }
        reply.ok();
    }

    fn open(&self, _req: &Request, ino: INodeNo, flags: OpenFlags, reply: ReplyOpen) {
        let opened = Node::of_inode(ino.0).ok_or(Errno::ENOENT).and_then(|node| self.open_node(node, flags));
        match opened {
            Ok(()) => reply.opened(FileHandle(ino.0), FopenFlags::FOPEN_DIRECT_IO),
            Err(errno) => reply.error(error(errno)),
        }
    }

    fn release(
        &self,
        _req: &Request,
        ino: INodeNo,
        _fh: FileHandle,
        _flags: OpenFlags,
        _lock_owner: Option<LockOwner>,
        _flush: bool,
        reply: ReplyEmpty,
    ) {
        if Node::of_inode(ino.0) == Some(Node::C2h) {
            self.c2h.store(false, Ordering::Release);
        }
        reply.ok();
    }

    fn flush(&self, _req: &Request, _ino: INodeNo, _fh: FileHandle, _lock_owner: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn read(
        &self,
        _req: &Request,
        ino: INodeNo,
        _fh: FileHandle,
        offset: u64,
        size: u32,
        _flags: OpenFlags,
        _lock_owner: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let read = Node::of_inode(ino.0).ok_or(Errno::ENOENT).and_then(|node| self.read_node(node, offset, size as usize));
        match read {
            Ok(mut bytes) => {
                // a register gives four bytes, however many were asked for
                bytes.truncate(size as usize);
                reply.data(&bytes);
            }
            Err(errno) => reply.error(error(errno)),
        }
    }

    fn write(
        &self,
        _req: &Request,
        ino: INodeNo,
        _fh: FileHandle,
        offset: u64,
        data: &[u8],
        _write_flags: WriteFlags,
        _flags: OpenFlags,
        _lock_owner: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match Node::of_inode(ino.0).ok_or(Errno::ENOENT).and_then(|node| self.write_node(node, offset, data)) {
            // no longer than what the kernel asked for
            Ok(written) => reply.written(written as u32),
            Err(errno) => reply.error(error(errno)),
        }
    }

    fn getxattr(&self, _req: &Request, _ino: INodeNo, _name: &OsStr, _size: u32, reply: ReplyXattr) {
        reply.error(error(Errno::ENODATA));
    }

    fn listxattr(&self, _req: &Request, _ino: INodeNo, _size: u32, reply: ReplyXattr) {
        reply.size(0);
    }

    /// Streams are always ready, which says nothing; events are when there is one.
    fn poll(
        &self,
        _req: &Request,
        ino: INodeNo,
        _fh: FileHandle,
        ph: PollNotifier,
        _events: PollEvents,
        flags: PollFlags,
        reply: ReplyPoll,
    ) {
        match Node::of_inode(ino.0) {
            Some(Node::Events(n)) => {
                if flags.contains(PollFlags::FUSE_POLL_SCHEDULE_NOTIFY) {
                    self.pollers.lock().unwrap_or_else(PoisonError::into_inner).push(ph);
                }
                reply.poll(if self.rig.has_event(n) { PollEvents::POLLIN } else { PollEvents::empty() });
            }
            Some(_) => reply.poll(PollEvents::POLLIN | PollEvents::POLLOUT),
            None => reply.error(error(Errno::ENOENT)),
        }
    }
}
