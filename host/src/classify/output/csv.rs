//! CSV: one line a prediction, and one for an image without any.

use super::{Form, Record};
use crate::classify::summary::Summary;
use ember::Model;
use std::io::{self, Write};

/// With the columns of a video, or without.
pub struct Csv {
    pub video: bool,
}

const HEADER: [&str; 5] = ["rank", "class", "name", "probability", "error"];

impl Csv {
    /// The fields of `image`, of a video those of `frame`, and the others.
    fn line(&self, to: &mut dyn Write, image: [&str; 2], frame: [&str; 2], rest: [&str; 5]) -> io::Result<()> {
        // a writer a line: it has no state but its buffer
        let mut writer = csv::Writer::from_writer(to);
        let frame = frame.into_iter().filter(|_| self.video);
        writer.write_record(image.into_iter().chain(frame).chain(rest))?;
        writer.flush()
    }
}

impl Form for Csv {
    fn begin(&mut self, to: &mut dyn Write, _: &Model) -> io::Result<()> {
        self.line(to, ["index", "path"], ["frame", "seconds"], HEADER)
    }

    fn record(&mut self, to: &mut dyn Write, record: &Record) -> io::Result<()> {
        let text = |number: Option<String>| number.unwrap_or_default();
        let (frame, seconds) = (text(record.frame.map(|n| n.to_string())), text(record.seconds.map(|s| s.to_string())));
        let (index, frame) = (record.index.to_string(), [frame.as_str(), seconds.as_str()]);
        let image = [index.as_str(), &record.path];
        if let Some(error) = &record.error {
            self.line(to, image, frame, ["", "", "", "", error])?;
        }
        for ranked in record.predictions.iter().flatten() {
            let (rank, class) = (ranked.rank.to_string(), ranked.prediction.class.to_string());
            let probability = ranked.prediction.probability.to_string();
            self.line(to, image, frame, [&rank, &class, &ranked.prediction.name, &probability, ""])?;
        }
        Ok(())
    }

    fn end(&mut self, _: &mut dyn Write, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}
