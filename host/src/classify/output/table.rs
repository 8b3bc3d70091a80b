//! Aligned columns for people.

use super::{Form, Record};
use crate::classify::summary::Summary;
use ember::Model;
use net::text::shown;
use std::io::{self, Write};

/// Characters of the column of images, at least and at most: longer paths push their line to the right.
const WIDTH: std::ops::RangeInclusive<usize> = 12..=48;

pub struct Table {
    width: usize,
}

impl Table {
    pub fn new(longest: usize) -> Self {
        Self { width: longest.clamp(*WIDTH.start(), *WIDTH.end()) }
    }

    fn line(&self, to: &mut dyn Write, path: &str, rest: std::fmt::Arguments) -> io::Result<()> {
        let padding = self.width.saturating_sub(path.chars().count());
        writeln!(to, "{path}{:padding$}  {rest}", "")
    }
}

impl Form for Table {
    fn begin(&mut self, to: &mut dyn Write, _: &Model) -> io::Result<()> {
        self.line(to, "image", format_args!("rank  probability  class  name"))
    }

    fn record(&mut self, to: &mut dyn Write, record: &Record) -> io::Result<()> {
        // what stands in a name must not move the cursor
        let name = match (record.frame, record.seconds) {
            (Some(frame), Some(seconds)) => format!("frame {frame} {seconds:>9.3} s"),
            _ => shown(&record.name),
        };
        let mut path = name.as_str();
        for ranked in record.predictions.iter().flatten() {
            let (rank, p) = (ranked.rank, &ranked.prediction);
            self.line(to, path, format_args!("{rank:>4}  {:>9.2} %  {:>5}  {}", 100.0 * p.probability, p.class, shown(&p.name)))?;
            path = "";
        }
        Ok(())
    }

    fn end(&mut self, _: &mut dyn Write, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}
