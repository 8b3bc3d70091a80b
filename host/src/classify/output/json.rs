//! JSON: one document, or one object a line.

use super::{Form, Record};
use crate::classify::summary::Summary;
use ember::Model;
use net::model_file::hex;
use std::io::{self, Write};

/// One document, valid as soon as [`Form::end`] has run.
#[derive(Default)]
pub struct Document {
    records: bool,
}

impl Form for Document {
    fn begin(&mut self, to: &mut dyn Write, model: &Model) -> io::Result<()> {
        let layout = serde_json::to_string(&model.layout().name)?;
        write!(to, "{{\"model\":{{\"layout\":{layout},\"sha256\":\"{}\"}},\n\"results\":[", hex(&model.hash()))
    }

    fn record(&mut self, to: &mut dyn Write, record: &Record) -> io::Result<()> {
        to.write_all(if self.records { b",\n" } else { b"\n" })?;
        self.records = true;
        Ok(serde_json::to_writer(to, record)?)
    }

    fn end(&mut self, to: &mut dyn Write, summary: &Summary) -> io::Result<()> {
        to.write_all(b"\n],\n\"summary\":")?;
        serde_json::to_writer(&mut *to, summary)?;
        to.write_all(b"}\n")
    }
}

/// One object a line.
pub struct Lines;

impl Form for Lines {
    fn begin(&mut self, _: &mut dyn Write, _: &Model) -> io::Result<()> {
        Ok(())
    }

    fn record(&mut self, to: &mut dyn Write, record: &Record) -> io::Result<()> {
        serde_json::to_writer(&mut *to, record)?;
        to.write_all(b"\n")
    }

    fn end(&mut self, _: &mut dyn Write, _: &Summary) -> io::Result<()> {
        Ok(())
    }
}
