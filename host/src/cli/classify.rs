//! Options of `ember classify`.

use super::devices::DeviceArgs;
use crate::classify::output::Format;
use crate::classify::video::{Behind, Form};
use clap::Args;
use ember::device::spec::DeviceSpec;
use std::path::PathBuf;

pub const HELP: &str = "\
Examples:
  ember classify cat.jpg                               five likeliest classes
  ember classify photos/ --top 1 --format csv -o out.csv
  ember classify 'photos/2024-*/*.jpg' --format jsonl | jq .predictions[0].name
  find . -name '*.png' -print0 | ember classify -0 -   a list on standard input
  ember classify photos/ --device sim --columns 8      on the simulated engine
  ember classify photos/ --device xdma:0,xdma:1        two boards share the work
  ffmpeg -v error -i clip.mp4 -f rawvideo -pix_fmt rgb24 - | ember classify --raw 1280x720:rgb24 -
                                                       a video, or a camera with --when-behind drop

Results come in the order of the inputs, as soon as they are there, and are the same bytes on every device.
Folders are searched with their subfolders, in the order of names, without hidden files; what they hold besides images is
counted in the summary. A file named itself is read whatever its name is: the content decides (JPEG, PNG, WebP, BMP, TIFF,
GIF, PNM; EXIF orientation is applied). Other formats (AVIF, HEIC, RAW, ...) are named: convert them to PNG or JPEG.
Fields of all formats: docs/classify.md.

Exit codes:
  0    every image has its result, also when a device was left out or given up on the way; standard error names it
  1    nothing could be done, or it stopped early (no device left, output not writable); standard error says why
  2    the command line is wrong
  3    done, but some images failed; standard error and the output name them
  130  interrupted with Ctrl-C; results so far are complete and in order. 143 the same by SIGTERM, 129 by SIGHUP

Of several devices, one that cannot be opened is left out with a sentence, and the others do its work.";

/// What to classify, where, and how results are written.
#[derive(Debug, Args)]
pub struct ClassifyArgs {
    /// Images: files, folders, patterns ('*.jpg', quoted), or - for a list of paths on standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Where frames run: software, sim, sim:COLUMNS, xdma, xdma:N or xdma:BUS:DEVICE.FUNCTION; several with commas
    /// [default: software]
    #[arg(long, value_name = "DEVICE", value_delimiter = ',')]
    device: Vec<DeviceSpec>,
    #[command(flatten)]
    pub devices: DeviceArgs,
    /// Predictions an image, best first
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    pub top: u16,
    /// Form of the output [default: by the ending of --output, else table]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Write the results to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write every class's exact sum and logit too (json and jsonl)
    #[arg(long)]
    pub logits: bool,
    /// Paths on standard input end with a zero byte instead of a line end (find -print0)
    #[arg(short = '0', long)]
    pub null: bool,
    /// PATH, or standard input with -, is a video of raw frames of this form: WIDTHxHEIGHT:FORMAT with the format rgb24, bgr24, rgba,
    /// bgra or gray, such as 1280x720:rgb24. Results say frame and time
    #[arg(long, value_name = "FORM")]
    pub raw: Option<Form>,
    /// With --raw: frames a second, from which a frame's time follows [default: its time is when it came]
    #[arg(long, value_name = "RATE", requires = "raw", value_parser = rate)]
    pub fps: Option<f64>,
    /// With --raw: what becomes of frames that come faster than they are classified
    #[arg(long, value_enum, value_name = "WHAT", requires = "raw", default_value = "queue", hide_default_value = false)]
    pub when_behind: Behind,
    /// Frames handed to a device at once [default: what the device can have under way; with --when-behind drop no more than --threads]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub batch: Option<u32>,
    /// Threads that decode, and threads of the software device [default: one a processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub threads: Option<u32>,
}

/// Frames a second.
fn rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "expected a number, such as 25 or 29.97")?;
    // slower than one frame in a thousand seconds is a mistake, and times stay far from a Duration's end
    if (0.001..=100_000.0).contains(&rate) {
        Ok(rate)
    } else {
        Err("expected 0.001 to 100000 frames a second".into())
    }
}

impl ClassifyArgs {
    /// The devices that share the work.
    pub fn specs(&self) -> Vec<DeviceSpec> {
        match self.device.is_empty() {
            true => vec![self.devices.device_or(DeviceSpec::Software)],
            false => self.device.clone(),
        }
    }

    /// The form of the output.
    pub fn format(&self) -> Format {
        let ending = self.output.as_ref().and_then(|path| path.extension()).and_then(|e| e.to_str());
        self.format.unwrap_or(match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("json") => Format::Json,
            Some("jsonl" | "ndjson") => Format::Jsonl,
            Some("csv") => Format::Csv,
            _ => Format::Table,
        })
    }

    /// What is wrong with options that are right one by one.
    pub fn conflict(&self) -> Option<String> {
        if let Some(spec) = ember::device::spec::repeated(&self.device) {
            return Some(format!("--device names {spec} twice; name every device once"));
        }
        if self.raw.is_some() && (self.paths.len() > 1 || self.null) {
            let wrong = if self.null { "--null reads paths, and --raw frames" } else { "--raw reads one video" };
            return Some(format!("{wrong}; name one PATH, or - for standard input"));
        }
        if self.paths.iter().filter(|path| path.as_os_str() == "-").count() > 1 {
            return Some("standard input (-) can be read once only".into());
        }
        let json = matches!(self.format(), Format::Json | Format::Jsonl);
        (self.logits && !json).then(|| "--logits needs --format json or --format jsonl".into())
    }
}
