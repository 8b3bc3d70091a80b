//! Results as people and programs read them, one after the other.

mod csv;
mod json;
mod table;

use crate::classify::summary::Summary;
use crate::classify::Done;
use ember::{Model, Prediction};
use serde::Serialize;
use std::io::{self, Write};
use std::path::PathBuf;

/// The forms, as `--format` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Aligned columns, for people; failed images are named on standard error
    Table,
    /// One JSON document: model, results, summary
    Json,
    /// One JSON object a line and image
    Jsonl,
    /// One line a prediction; RFC 4180
    Csv,
}

/// What is written of each result.
#[derive(Clone, Copy, Debug)]
pub struct Content {
    /// Predictions an image, best first.
    pub top: usize,
    /// Whether sums and logits are written as well (JSON only).
    pub logits: bool,
    /// Characters of the longest path, for aligned columns.
    pub path_width: usize,
    /// Whether inputs are frames of a video: each result says which one.
    pub video: bool,
}

/// One result, in the words of all formats.
#[derive(Debug, Serialize)]
pub struct Record {
    index: u64,
    path: String,
    /// The path, byte for byte.
    #[serde(skip)]
    name: PathBuf,
    /// Of a video: number of the frame, and its time in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    frame: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    predictions: Option<Vec<Ranked>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sums: Option<Vec<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logits: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A prediction with its place.
#[derive(Debug, Serialize)]
struct Ranked {
    rank: usize,
    #[serde(flatten)]
    prediction: Prediction,
}

impl Record {
    fn new(done: Done, content: Content) -> Self {
        let path = done.tag.path.to_string_lossy().into_owned();
        let (frame, seconds) = done.tag.stamp.map(|stamp| (stamp.number, stamp.at.as_secs_f64())).unzip();
        let (index, name) = (done.index, done.tag.path);
        let empty = Self { index, path, name, frame, seconds, predictions: None, sums: None, logits: None, error: None };
        match done.result {
            Err(error) => Self { error: Some(error.to_string()), ..empty },
            Ok(result) => {
                let ranked = (1..).zip(result.top(content.top)).map(|(rank, prediction)| Ranked { rank, prediction });
                let logits = content.logits.then(|| result.logits());
                Self { predictions: Some(ranked.collect()), logits, sums: content.logits.then(|| result.into_sums()), ..empty }
            }
        }
    }
}

/// One format's writer.
trait Form {
    /// What stands before the first result.
    fn begin(&mut self, to: &mut dyn Write, model: &Model) -> io::Result<()>;
    /// One result.
    fn record(&mut self, to: &mut dyn Write, record: &Record) -> io::Result<()>;
    /// What stands behind the last one; also after an early end.
    fn end(&mut self, to: &mut dyn Write, summary: &Summary) -> io::Result<()>;
}

/// Writes results in one format.
pub struct Output {
    form: Box<dyn Form>,
    to: Box<dyn Write>,
    content: Content,
}

impl Output {
    /// Begins with whatever the format has in front.
    ///
    /// # Errors
    /// `to` cannot be written.
    pub fn begin(format: Format, content: Content, model: &Model, mut to: Box<dyn Write>) -> io::Result<Self> {
        let mut form: Box<dyn Form> = match format {
            Format::Table => Box::new(table::Table::new(content.path_width)),
            Format::Json => Box::new(json::Document::default()),
            Format::Jsonl => Box::new(json::Lines),
            Format::Csv => Box::new(csv::Csv { video: content.video }),
        };
        form.begin(&mut *to, model)?;
        to.flush()?;
        Ok(Self { form, to, content })
    }

    /// Writes one result, at once: whoever reads the other end sees it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn result(&mut self, done: Done) -> io::Result<()> {
        let record = Record::new(done, self.content);
        self.form.record(&mut *self.to, &record)?;
        self.to.flush()
    }

    /// Ends with whatever the format has behind.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn end(mut self, summary: &Summary) -> io::Result<()> {
        self.form.end(&mut *self.to, summary)?;
        self.to.flush()
    }
}
