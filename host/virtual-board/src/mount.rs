//! The files in a folder, for as long as a [`Mount`] lives.

use crate::error::RigError;
use crate::files::Files;
use crate::rig::Rig;
use fuser::{BackgroundSession, Config, MountOption, Session};
use nix::mount::MntFlags;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::Duration;

/// Threads that answer the kernel. One may wait in a write, one in a read, others for interrupts; registers need one
/// that does not.
const THREADS: usize = 8;

/// Time for programs to close the files after their waits were ended.
const PARTING: Duration = Duration::from_millis(500);

/// What is missing for FUSE on this machine, if anything.
pub fn missing() -> Option<RigError> {
    let no = |what, remedy| Some(RigError::NoFuse { what, remedy });
    if !Path::new("/dev/fuse").exists() {
        return no(
            "there is no /dev/fuse",
            "load the kernel module (`modprobe fuse`); in a container pass it in (`--device /dev/fuse --cap-add SYS_ADMIN`)",
        );
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    if !std::env::split_paths(&path).any(|folder| folder.join("fusermount3").exists()) {
        return no("`fusermount3` is not on the PATH", "install it (`apt-get install fuse3`)");
    }
    None
}

/// A mounted board. Dropped, it is gone: waits end, files fail, the folder is empty again.
pub struct Mount {
    rig: Rig,
    folder: PathBuf,
    session: Option<BackgroundSession>,
}

impl Mount {
    /// Serves `rig` as the files `xdma0_*` in `folder`, which exists.
    ///
    /// # Errors
    /// FUSE is missing, or the folder does not serve.
    pub fn new(rig: Rig, folder: &Path) -> Result<Self, RigError> {
        if let Some(error) = missing() {
            return Err(error);
        }
        let refuse = |cause| RigError::Mount { folder: folder.into(), cause };
        let owner = std::fs::metadata(folder).map_err(refuse)?;
        let files = Files::new(rig.clone(), (owner.uid(), owner.gid()));
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("ember-virtual-board".into()), MountOption::Subtype("ember".into())];
        (config.n_threads, config.clone_fd) = (Some(THREADS), true);
        let session = Session::new(files, folder, &config).and_then(Session::spawn).map_err(refuse)?;
        Ok(Self { rig, folder: folder.into(), session: Some(session) })
    }

    /// Unmounts, also while files are open: programs that have them see errors.
    ///
    /// # Errors
    /// The folder is still mounted.
    pub fn unmount(mut self) -> Result<(), RigError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), RigError> {
        self.rig.close();
        let Some(session) = self.session.take() else { return Ok(()) };
        let (done, outcome) = channel();
        let parting = std::thread::spawn(move || {
            // nobody listens any more after `PARTING`
            let _ = done.send(session.umount_and_join());
        });
        if matches!(outcome.recv_timeout(PARTING), Ok(Ok(()))) {
            // it has sent its last
            let _ = parting.join();
            return Ok(());
        }
        // A program that has a file open keeps the mount busy. Lazily, then; as an ordinary user by the helper.
        let detached = nix::mount::umount2(&self.folder, MntFlags::MNT_DETACH).map_err(std::io::Error::from).or_else(|error| {
            let helper = Command::new("fusermount3").arg("-uz").arg(&self.folder).status()?;
            if helper.success() {
                Ok(())
            } else {
                Err(error)
            }
        });
        detached.map_err(|cause| RigError::Mount { folder: self.folder.clone(), cause })
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::warn!("{error}");
        }
    }
}
