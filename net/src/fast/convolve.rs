//! The convolution: a register tile of pixels by output channels, moved over the map.

use super::kernel::{self, Kernel};
use super::map::{MapShape, SLACK};
use super::pack::{Group, PackedConv, LANES, STEP};
use super::path::{Isa, Path};

/// Addresses of one call, checked: see [`convolve`].
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    conv: &'a PackedConv,
    /// First byte of the window of output pixel (0, 0).
    input: *const u8,
    /// Bytes from a window to the one below it, and from a filter row to the next.
    window_pitch: usize,
    row_pitch: usize,
    /// Bytes from a window to the one at its right.
    step_pitch: usize,
    /// Channel 0 of output pixel (0, 0).
    output: *mut u8,
    to: MapShape,
}

/// Computes the convolution's channels of the map `to` in `output` from the map `from` in `input`.
/// Channels of `output` that belong to others (the other half of an expand) keep their values.
///
/// # Panics
/// If a buffer is too small for its map or the maps do not fit the convolution.
pub(super) fn convolve(path: Path, conv: &PackedConv, from: MapShape, input: &[u8], to: MapShape, output: &mut [u8]) {
    let (pitch, window) = (from.row_pitch(), conv.window);
    let inset = window.inset * (pitch + from.channels);
    let (last_y, last_x) = ((to.height - 1) * window.stride, (to.width - 1) * window.stride);
    // the last run may end up to three bytes after the map: see SLACK
    let end = inset + (last_y + conv.rows - 1) * pitch + last_x * from.channels + conv.run;
    assert!(end <= from.len() + SLACK.min(STEP - 1) && from.len() + SLACK <= input.len(), "the filter leaves its input");
    assert!(to.len() <= output.len(), "the output map is larger than its buffer");
    let last = conv.groups.last().expect("a convolution has channels");
    assert!(last.channel + last.channels <= to.channels, "the output has too few channels");
    let job = Job {
        conv,
        input: input[inset..].as_ptr(),
        window_pitch: window.stride * pitch,
        row_pitch: pitch,
        step_pitch: window.stride * from.channels,
        output: output[to.offset(0, 0)..].as_mut_ptr(),
        to,
    };
    // SAFETY: the path is the proof that the CPU has the instructions; the assertions above bound
    // every address that a job derives: windows of the pixels of `to`, and the groups' channels of them.
    unsafe {
        match path.0 {
            Isa::Portable => kernel::portable::convolve(job),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => kernel::avx2::convolve(job),
            #[cfg(target_arch = "x86_64")]
            Isa::AvxVnni => kernel::avx2::convolve_vnni(job),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512Vnni => kernel::avx512::convolve(job),
        }
    }
}

impl<'a> Job<'a> {
    /// The groups of output channels to compute.
    pub fn groups(&self) -> impl Iterator<Item = &'a Group> {
        self.conv.groups.iter()
    }

    /// Computes all pixels of `group`, which has `B` blocks, `P` pixels at a time.
    ///
    /// # Safety
    /// The job comes from [`convolve`], the group is one of its groups, packed for `K`, and the
    /// CPU has the instructions of `K`.
    #[inline(always)]
    pub unsafe fn run_group<K: Kernel, const P: usize, const B: usize>(&self, group: &Group) {
        // SAFETY: `convolve` has checked that windows and places of all pixels of `to` lie in their buffers
        unsafe {
            debug_assert_eq!(group.blocks.len(), B);
            let pixels = self.to.height * self.to.width;
            let (mut y, mut x) = (0, 0);
            let (mut windows, mut places) = ([self.input; P], [self.output; P]);
            for first in (0..pixels).step_by(P) {
                for p in 0..P {
                    // a tile that passes the last pixel computes that pixel again
                    windows[p] = self.input.add(y * self.window_pitch + x * self.step_pitch);
                    places[p] = self.output.add(y * self.to.row_pitch() + x * self.to.channels + group.channel);
                    if first + p + 1 < pixels {
                        x += 1;
                        if x == self.to.width {
                            (x, y) = (0, y + 1);
                        }
                    }
                }
                let sums = self.tile::<K, P, B>(group, &windows);
                for p in 0..P {
                    K::store(sums[p], group, places[p]);
                }
            }
        }
    }

    /// The accumulators of `P` pixels and `B` blocks.
    #[inline(always)]
    unsafe fn tile<K: Kernel, const P: usize, const B: usize>(&self, group: &Group, windows: &[*const u8; P]) -> [[K::Sums; B]; P] {
        // SAFETY: as `run_group`; a group has `B` blocks, with `LINES` lines of weights for each step of each
        unsafe {
            let blocks = group.blocks.as_ptr();
            let bias: [K::Sums; B] = std::array::from_fn(|b| K::bias(&*blocks.add(b)));
            let mut sums = [bias; P];
            let mut weights = group.weights.as_ptr();
            for row in 0..self.conv.rows {
                let start = row * self.row_pitch;
                for at in (start..start + self.conv.run).step_by(STEP) {
                    for p in 0..P {
                        let pixel = K::splat(windows[p].add(at).cast::<u32>().read_unaligned());
                        for (b, sum) in sums[p].iter_mut().enumerate() {
                            *sum = K::dot(*sum, pixel, weights.add(b * K::LINES));
                        }
                    }
                    weights = weights.add(B * K::LINES);
                }
            }
            sums
        }
    }
}

const _: () = assert!(LANES * 4 == 64, "a line holds one step of a block");
