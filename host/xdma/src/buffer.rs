//! Memory for transfers: whole writable pages that stay mapped for as long as the device is open.

use nix::sys::mman::{self, MapFlags, ProtFlags};
use std::collections::VecDeque;
use std::io;
use std::num::NonZeroUsize;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of a page: the unit in which the driver gathers a buffer, and the most that one result packet has.
pub const PAGE: usize = 4096;

/// Buffers of one size that rest at a time, see [`DmaBuf::rest`].
pub const RESTING: usize = 8;

/// Mapped pages, unmapped at the end.
#[derive(Debug)]
struct Region {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: a region is plain memory that one owner at a time reaches; nothing in it belongs to a thread.
unsafe impl Send for Region {}

impl Region {
    fn map(bytes: usize) -> io::Result<Self> {
        let length = NonZeroUsize::new(bytes).ok_or(io::ErrorKind::InvalidInput)?;
        let (protection, flags) = (ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_PRIVATE | MapFlags::MAP_POPULATE);
        // SAFETY: a fresh anonymous mapping at an address of the kernel's choice touches no existing memory.
        let start = unsafe { mman::mmap_anonymous(None, length, protection, flags) }?;
        Ok(Self { start: start.cast(), bytes })
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: `start` and `bytes` are of a mapping that this region alone owns; nobody can hold a reference into
        // it, because every reference borrows the buffer that owns the region. A failure would leak the pages.
        let _ = unsafe { mman::munmap(self.start.cast(), self.bytes) };
    }
}

#[derive(Debug, Default)]
struct Regions {
    free: Vec<Region>,
    resting: VecDeque<Region>,
    mapped: usize,
}

/// A device's buffers. A copy is the same pool.
///
/// Device and channels keep the pool alive, and it unmaps nothing before it ends itself: memory that the hardware
/// may still write to always belongs to this process and to no other use.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    regions: Arc<Mutex<Regions>>,
}

impl Pool {
    /// An empty pool, for tests; a [`crate::Device`] has its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// A buffer of at least `bytes` bytes, rounded up to pages; one that came back before, if there is one of that
    /// size. Its content is arbitrary.
    ///
    /// # Errors
    /// Zero bytes, or the system has no memory.
    pub fn take(&self, bytes: usize) -> io::Result<DmaBuf> {
        let bytes = bytes.checked_next_multiple_of(PAGE).ok_or(io::ErrorKind::OutOfMemory)?;
        let mut regions = self.lock();
        let region = match regions.free.iter().position(|region| region.bytes == bytes) {
            Some(index) => regions.free.swap_remove(index),
            None => {
                let region = Region::map(bytes)?;
                regions.mapped += bytes;
                region
            }
        };
        drop(regions);
        Ok(DmaBuf { region: Some(region), pool: self.clone() })
    }

    /// Bytes mapped so far, in use or not.
    pub fn mapped(&self) -> usize {
        self.lock().mapped
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.regions, &other.regions)
    }

    fn lock(&self) -> MutexGuard<'_, Regions> {
        // nothing panics while the lock is held, and the lists are whole at any time
        self.regions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Page-aligned, writable memory for transfers. Dropped, it goes back to its pool.
#[derive(Debug)]
pub struct DmaBuf {
    /// Present until the buffer is dropped.
    region: Option<Region>,
    pool: Pool,
}

impl DmaBuf {
    /// Puts the buffer aside because a transfer on it failed: the driver may have left a descriptor behind that still
    /// reads or writes it. It is used again only after [`RESTING`] other buffers of its size have failed after it,
    /// which on a driver with timeouts of ten seconds is more than a minute later; so memory stays bounded.
    pub fn rest(mut self) {
        let Some(region) = self.region.take() else { return };
        let mut regions = self.pool.lock();
        let bytes = region.bytes;
        regions.resting.push_back(region);
        if regions.resting.iter().filter(|region| region.bytes == bytes).count() > RESTING {
            let oldest = regions.resting.iter().position(|region| region.bytes == bytes);
            let rested = oldest.and_then(|index| regions.resting.remove(index));
            regions.free.extend(rested);
        }
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }
}

impl Drop for DmaBuf {
    fn drop(&mut self) {
        if let Some(region) = self.region.take() {
            self.pool.lock().free.push(region);
        }
    }
}

impl Deref for DmaBuf {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.region {
            // SAFETY: the mapping has `bytes` readable bytes, zeroed by the kernel at first and only written to since,
            // and lives as long as `self`, which alone owns it.
            Some(region) => unsafe { std::slice::from_raw_parts(region.start.as_ptr(), region.bytes) },
            None => &[],
        }
    }
}

impl DerefMut for DmaBuf {
    fn deref_mut(&mut self) -> &mut [u8] {
        match &mut self.region {
            // SAFETY: as in `deref`, and `&mut self` excludes every other reference.
            Some(region) => unsafe { std::slice::from_raw_parts_mut(region.start.as_ptr(), region.bytes) },
            None => &mut [],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_whole_writable_pages() {
        let pool = Pool::new();
        for bytes in [1, PAGE, PAGE + 1, 3 << 20] {
            let mut buffer = pool.take(bytes).expect("memory");
            assert_eq!(buffer.as_ptr() as usize % PAGE, 0);
            assert_eq!(buffer.len(), bytes.next_multiple_of(PAGE));
            buffer.fill(7);
            assert!(buffer.iter().all(|&b| b == 7));
        }
        assert!(pool.take(0).is_err() && pool.take(usize::MAX).is_err());
    }

    #[test]
    fn a_dropped_buffer_is_used_again() {
        let pool = Pool::new();
        let first = pool.take(PAGE).expect("memory").as_ptr();
        assert_eq!(pool.take(PAGE).expect("memory").as_ptr(), first);
        assert_eq!(pool.mapped(), PAGE);
    }

    #[test]
    fn a_buffer_of_a_failed_transfer_rests_and_stays_mapped() {
        let pool = Pool::new();
        let buffer = pool.take(PAGE).expect("memory");
        let start = buffer.as_ptr();
        buffer.rest();
        for _ in 0..RESTING - 1 {
            let other = pool.take(PAGE).expect("memory");
            assert_ne!(other.as_ptr(), start);
            other.rest();
        }
        let ninth = pool.take(PAGE).expect("memory");
        assert_ne!(ninth.as_ptr(), start);
        // a late descriptor may write here: it must still be mapped
        // SAFETY: the pool keeps the region mapped while it rests, which is what is tested.
        unsafe { start.cast_mut().write_volatile(1) };
        ninth.rest();
        assert_eq!(pool.take(PAGE).expect("memory").as_ptr(), start, "the oldest is the first to be used again");
        for _ in 0..1000 {
            pool.take(PAGE).expect("memory").rest();
        }
        assert!(pool.mapped() <= (RESTING + 2) * PAGE, "memory is bounded: {}", pool.mapped());
    }

    #[test]
    fn buffers_outlive_the_handle_they_came_from() {
        let pool = Pool::new();
        let mut buffer = pool.take(PAGE).expect("memory");
        drop(pool);
        buffer.fill(1);
    }
}
