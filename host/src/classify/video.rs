//! Frames of a video, which another program writes: raw pixels, one frame behind the other without anything between.

use super::inputs::Input;
use crossbeam_channel::{bounded, TrySendError};
use ember::{Image, PixelFormat as Pixel};
use net::text::shown;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Longest side of a frame, pixels: four times that of the largest video.
const MOST_SIDE: u32 = 32_768;

/// Names of pixels, rows from the top without padding between them, as ffmpeg, GStreamer and V4L2 have them.
const NAMES: [(&str, Pixel); 19] = [
    ("rgb24", Pixel::Rgb),
    ("rgb", Pixel::Rgb),
    ("rgb3", Pixel::Rgb),
    ("bgr24", Pixel::Bgr),
    ("bgr", Pixel::Bgr),
    ("bgr3", Pixel::Bgr),
    ("rgba", Pixel::RgbX),
    ("rgb0", Pixel::RgbX),
    ("rgbx", Pixel::RgbX),
    ("xb24", Pixel::RgbX),
    ("ab24", Pixel::RgbX),
    ("bgra", Pixel::BgrX),
    ("bgr0", Pixel::BgrX),
    ("bgrx", Pixel::BgrX),
    ("xr24", Pixel::BgrX),
    ("ar24", Pixel::BgrX),
    ("gray", Pixel::Gray),
    ("gray8", Pixel::Gray),
    ("grey", Pixel::Gray),
];

/// What a frame is: `WIDTHxHEIGHT:FORMAT` on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    width: u32,
    height: u32,
    pixel: Pixel,
}

impl FromStr for Form {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const EXPECTED: &str = "expected WIDTHxHEIGHT:FORMAT, such as 1280x720:rgb24";
        let (size, format) = text.split_once(':').ok_or(EXPECTED)?;
        let (width, height) = size.split_once(['x', 'X']).ok_or(EXPECTED)?;
        let side = |text: &str| match text.parse::<u32>() {
            Ok(side) if (1..=MOST_SIDE).contains(&side) => Ok(side),
            Ok(_) => Err(format!("a side has 1 to {MOST_SIDE} pixels")),
            Err(_) => Err(EXPECTED.into()),
        };
        let name = format.to_ascii_lowercase();
        let pixel = NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, pixel)| pixel);
        let pixel = pixel.ok_or_else(|| {
            format!(
                "pixels in {format} are not read, but rgb24, bgr24, rgba, bgra and gray; have the program that writes them convert \
                 (ffmpeg: -pix_fmt rgb24, GStreamer: videoconvert ! video/x-raw,format=RGB)"
            )
        })?;
        Ok(Self { width: side(width)?, height: side(height)?, pixel })
    }
}

impl Form {
    /// Bytes of a frame.
    pub fn bytes(self) -> usize {
        self.width as usize * self.height as usize * self.pixel.bytes()
    }
}

/// What becomes of frames that come faster than they are classified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Behind {
    /// Whoever writes them waits: every frame is classified
    Queue,
    /// The newest frame is taken, those before it are counted and dropped: results stay up to date
    Drop,
}

/// Where a result stands in its video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Number of the frame from 0, dropped ones counted.
    pub number: u64,
    /// Its time: from the first frame to this one.
    pub at: Duration,
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Where it stands.
    pub stamp: Stamp,
    form: Form,
    bytes: Vec<u8>,
}

impl Frame {
    /// Its pixels, which errors call by the number of the frame in the video at `path`.
    pub fn image(self, path: &Path) -> Image {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(", frame {}", self.stamp.number));
        Image::raw(self.bytes, self.form.height as usize, self.form.width as usize, self.form.pixel).named(name)
    }
}

/// A video that is to be classified.
pub struct Video {
    /// As the user named it; `-` is standard input.
    pub path: PathBuf,
    /// What a frame is.
    pub form: Form,
    /// Frames a second: then a frame's time is its number over this, not when it came.
    pub rate: Option<f64>,
    /// What happens to frames that come too fast.
    pub behind: Behind,
    /// Frames that were dropped so far.
    pub dropped: Arc<AtomicU64>,
}

impl Video {
    /// Opens `path`, a file, a FIFO or a device.
    ///
    /// # Errors
    /// In one sentence, when it cannot be opened.
    pub fn open(path: &Path) -> Result<Box<dyn Read + Send>, String> {
        let failed = |why: &dyn std::fmt::Display| format!("{}: {why}; expected a file, a FIFO or a device with raw frames", shown(path));
        if path.is_dir() {
            return Err(failed(&"it is a folder"));
        }
        File::open(path).map(|file| Box::new(file) as Box<dyn Read + Send>).map_err(|cause| failed(&cause))
    }

    /// The frames that `from` gives, in their order. A video that ends inside a frame, or has none, ends with a problem.
    pub fn frames(self, from: impl Read + Send + 'static) -> Box<dyn Iterator<Item = Input> + Send> {
        let (behind, dropped, path) = (self.behind, self.dropped.clone(), self.path.clone());
        let frames = Frames { video: self, from: BufReader::new(from), number: 0, first: None, over: false };
        match behind {
            Behind::Queue => Box::new(frames),
            Behind::Drop => newest(frames, dropped).unwrap_or_else(|cause| {
                let why = format!("{}: the thread that reads it cannot be started ({cause}); try --when-behind queue", shown(&path));
                Box::new(std::iter::once(Input::problem(&path, why)))
            }),
        }
    }
}

/// Of `frames`, read as fast as they come, the newest one whenever the next is asked for; what is no frame is never dropped.
fn newest(frames: Frames<impl Read + Send + 'static>, dropped: Arc<AtomicU64>) -> std::io::Result<Box<dyn Iterator<Item = Input> + Send>> {
    let (sender, receiver) = bounded::<Input>(1);
    let waiting = receiver.clone();
    std::thread::Builder::new().name("video".into()).spawn(move || {
        for mut input in frames {
            while let Err(TrySendError::Full(back)) = sender.try_send(input) {
                if back.frame.is_none() {
                    // nobody is left to take it when this fails
                    let _ = sender.send(back);
                    break;
                }
                dropped.fetch_add(waiting.try_recv().is_ok().into(), Ordering::Relaxed);
                input = back;
            }
        }
    })?;
    Ok(Box::new(receiver.into_iter()))
}

struct Frames<R> {
    video: Video,
    from: BufReader<R>,
    /// Of the next frame.
    number: u64,
    /// When the first one was there.
    first: Option<Instant>,
    over: bool,
}

impl<R: Read> Frames<R> {
    fn problem(&mut self, why: impl std::fmt::Display) -> Input {
        self.over = true;
        Input::problem(&self.video.path, format!("{}, frame {}: {why}", shown(&self.video.path), self.number))
    }
}

impl<R: Read> Iterator for Frames<R> {
    type Item = Input;

    fn next(&mut self) -> Option<Input> {
        if self.over {
            return None;
        }
        let (form, wanted) = (self.video.form, self.video.form.bytes());
        let mut bytes = Vec::with_capacity(wanted);
        if let Err(cause) = self.from.by_ref().take(wanted as u64).read_to_end(&mut bytes) {
            return Some(self.problem(format_args!("it cannot be read ({cause})")));
        }
        match bytes.len() {
            0 if self.number == 0 => {
                Some(self.problem("there is none; look at what the program that writes the frames says on its standard error"))
            }
            0 => {
                self.over = true;
                None
            }
            found if found < wanted => Some(self.problem(format_args!(
                "the video ends after {found} of its {wanted} bytes; check that --raw has the size and the format that is written"
            ))),
            _ => {
                let now = Instant::now();
                let arrived = now - *self.first.get_or_insert(now);
                let number = self.number;
                let at = self.video.rate.map_or(arrived, |rate| Duration::from_secs_f64(number as f64 / rate));
                self.number += 1;
                let frame = Frame { stamp: Stamp { number, at }, form, bytes };
                Some(Input { frame: Some(frame), ..Input::file(self.video.path.clone()) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn form(text: &str) -> Form {
        text.parse().expect(text)
    }

    fn video(form: Form, behind: Behind) -> Video {
        Video { path: "-".into(), form, rate: None, behind, dropped: Arc::default() }
    }

    #[test]
    fn forms_have_the_names_of_those_who_write_them() {
        for (text, pixel, bytes) in [
            ("1280x720:rgb24", Pixel::Rgb, 2_764_800),
            ("2X3:BGRx", Pixel::BgrX, 24),
            ("1x1:GRAY8", Pixel::Gray, 1),
            ("7x5:bgr24", Pixel::Bgr, 105),
            ("7x5:rgb0", Pixel::RgbX, 140),
        ] {
            assert_eq!((form(text).pixel, form(text).bytes()), (pixel, bytes), "{text}");
        }
        for (text, says) in [
            ("1280x720", "expected WIDTHxHEIGHT:FORMAT"),
            ("rgb24", "expected WIDTHxHEIGHT:FORMAT"),
            ("1280:rgb24", "expected WIDTHxHEIGHT:FORMAT"),
            ("-1x2:rgb24", "expected WIDTHxHEIGHT:FORMAT"),
            ("0x2:rgb24", "1 to 32768 pixels"),
            ("2x40000:rgb24", "1 to 32768 pixels"),
            ("2x2:yuv420p", "-pix_fmt rgb24"),
        ] {
            let error = Form::from_str(text).expect_err(text);
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn numbers_and_times_count_from_the_first_frame() {
        let mut video = video(form("1x1:gray"), Behind::Queue);
        video.rate = Some(25.0);
        let stamps: Vec<Stamp> = video.frames(&[0u8; 51][..]).map(|input| input.frame.expect("a frame").stamp).collect();
        assert_eq!(stamps.len(), 51);
        assert_eq!(stamps[50], Stamp { number: 50, at: Duration::from_secs(2) });
    }

    #[test]
    fn an_end_inside_a_frame_and_no_frame_are_problems() {
        for (bytes, frames, says) in [(13, 2, "frame 2: the video ends after 1 of its 6 bytes"), (0, 0, "frame 0: there is none")] {
            for behind in [Behind::Queue, Behind::Drop] {
                let inputs: Vec<Input> = video(form("2x1:rgb24"), behind).frames(std::io::Cursor::new(vec![0; bytes])).collect();
                let (last, whole) = inputs.split_last().expect("the problem");
                assert!(last.problem.as_ref().is_some_and(|problem| problem.contains(says)), "{last:?}");
                assert!(whole.len() <= frames && (whole.len() == frames || behind == Behind::Drop), "{inputs:?}");
            }
        }
    }

    /// Hands out what it is sent, as a pipe does.
    struct Pipe(mpsc::Receiver<u8>);

    impl Read for Pipe {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            Ok(self.0.recv().map_or(0, |byte| {
                to[0] = byte;
                1
            }))
        }
    }

    #[test]
    fn the_newest_frame_is_taken_and_those_before_it_are_counted() {
        let (sender, pipe) = mpsc::channel();
        let video = video(form("1x1:gray"), Behind::Drop);
        let dropped = video.dropped.clone();
        let mut frames = video.frames(Pipe(pipe));
        let mut taken = vec![];
        for round in 0..3u8 {
            (0..10).for_each(|i| sender.send(10 * round + i).expect("somebody reads"));
            // all but the newest are dropped while nobody asks
            while taken.len() as u64 + dropped.load(Ordering::Relaxed) < 10 * u64::from(round) + 9 {
                std::thread::yield_now();
            }
            taken.push(frames.next().expect("one waits").frame.expect("a frame").stamp.number);
        }
        drop(sender);
        assert_eq!((taken, frames.count()), (vec![9, 19, 29], 0));
        assert_eq!(dropped.load(Ordering::Relaxed), 27);
    }
}
