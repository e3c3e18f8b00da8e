//! Results as a Parquet file for DuckDB, pandas and Spark: a row for each region, with the columns of the CSV. Blocks on the disk. Built with the
//! feature `parquet` only.
//!
//! Rows are written in groups, so that memory does not grow with the archive.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::sync::Arc;

use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::table::{Table, into_table};
use super::{MergeError, MergeReport};
use crate::job::JobControl;
use crate::platform::whole_file::Existing;
use crate::scan::ScoredSpan;
use crate::shard::{PlannedSound, Plans, ShardFolder};

const SCHEMA: &str = "message region {
    required binary path (STRING);
    required binary sound (STRING);
    required binary model (STRING);
    required binary classifier (STRING);
    required float threshold;
    required double start_s;
    required double end_s;
    required float score;
}";
/// Rows of a group: some twenty megabytes while they are gathered.
const ROWS_AT_ONCE: usize = 100_000;

/// As [`into_csv`](super::into_csv), as a Parquet file.
///
/// # Errors
/// When the plan cannot be read, or the file cannot be written or is to be kept.
pub fn into_parquet(
    folder: &ShardFolder,
    plans: &mut Plans,
    target: &Path,
    existing: Existing,
    job: &JobControl,
) -> Result<MergeReport, MergeError> {
    into_table(
        folder,
        plans,
        (target, existing),
        |out| Ok(Box::new(Groups::new(out)?)),
        job,
    )
}

/// The columns of a group of rows.
#[derive(Default)]
struct Rows {
    /// Path, sound, model and classifier.
    texts: [Vec<ByteArray>; 4],
    threshold: Vec<f32>,
    /// Start and end, in seconds.
    ends: [Vec<f64>; 2],
    score: Vec<f32>,
}

/// The file, a group of rows at a time.
struct Groups<'a> {
    file: SerializedFileWriter<&'a mut BufWriter<File>>,
    rows: Rows,
}

impl Table for Groups<'_> {
    fn add(&mut self, path: &str, sound: &PlannedSound, regions: &[ScoredSpan]) -> io::Result<()> {
        let texts = [path, &sound.sound, &sound.model, &sound.classifier].map(ByteArray::from);
        for region in regions {
            for (column, text) in self.rows.texts.iter_mut().zip(&texts) {
                column.push(text.clone());
            }
            self.rows.threshold.push(sound.threshold);
            let ends = [region.span.start_s(), region.span.end_s()];
            for (column, end) in self.rows.ends.iter_mut().zip(ends) {
                column.push(end);
            }
            self.rows.score.push(region.score);
        }
        match self.rows.score.len() >= ROWS_AT_ONCE {
            true => Ok(self.write()?),
            false => Ok(()),
        }
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if !self.rows.score.is_empty() {
            self.write()?;
        }
        self.file.close()?;
        Ok(())
    }
}

impl<'a> Groups<'a> {
    fn new(out: &'a mut BufWriter<File>) -> Result<Self, ParquetError> {
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let properties = Arc::new(WriterProperties::builder().build());
        Ok(Self {
            file: SerializedFileWriter::new(out, schema, properties)?,
            rows: Rows::default(),
        })
    }

    /// Writes the rows that were gathered as a group.
    fn write(&mut self) -> Result<(), ParquetError> {
        let rows = std::mem::take(&mut self.rows);
        let mut group = self.file.next_row_group()?;
        let (mut texts, mut ends) = (rows.texts.iter(), rows.ends.iter());
        let mut floats = [&rows.threshold, &rows.score].into_iter();
        while let Some(mut column) = group.next_column()? {
            let (none, kind) = (None, column.untyped());
            match kind {
                ColumnWriter::ByteArrayColumnWriter(writer) => {
                    writer.write_batch(texts.next().map_or(&[][..], Vec::as_slice), none, none)?
                }
                ColumnWriter::DoubleColumnWriter(writer) => {
                    writer.write_batch(ends.next().map_or(&[][..], Vec::as_slice), none, none)?
                }
                ColumnWriter::FloatColumnWriter(writer) => writer.write_batch(
                    floats.next().map_or(&[][..], |one| one.as_slice()),
                    none,
                    none,
                )?,
                _ => 0,
            };
            column.close()?;
        }
        group.close()?;
        Ok(())
    }
}
