//! CSV: one line a prediction, and one for an image without any.

use super::{Form, Record};
use crate::classify::summary::Summary;
use net::model_file::Model;
use std::io::{self, Write};

pub struct Csv;

const HEADER: [&str; 7] = ["index", "path", "rank", "class", "name", "probability", "error"];

fn line(to: &mut dyn Write, fields: [&str; 7]) -> io::Result<()> {
    // a writer a line: it has no state but its buffer
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(fields)?;
    writer.flush()
}

impl Form for Csv {
    fn begin(&mut self, to: &mut dyn Write, _: &Model) -> io::Result<()> {
        line(to, HEADER)
    }

    fn record(&mut self, to: &mut dyn Write, record: &Record) -> io::Result<()> {
        let index = record.index.to_string();
        if let Some(error) = &record.error {
            line(to, [&index, &record.path, "", "", "", "", error])?;
        }
        for ranked in record.predictions.iter().flatten() {
            let (rank, class) = (ranked.rank.to_string(), ranked.prediction.class.to_string());
            let probability = ranked.prediction.probability.to_string();
            line(to, [&index, &record.path, &rank, &class, &ranked.prediction.name, &probability, ""])?;
        }
        Ok(())
    }

    fn end(&mut self, _: &mut dyn Write, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}
