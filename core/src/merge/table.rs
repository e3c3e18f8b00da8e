//! Results as a table for other programs: a row for each region. What the forms of a table have in common, and CSV for pandas, DuckDB and
//! spreadsheets. Blocks on the disk.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use super::{MergeError, MergeReport, each_result};
use crate::job::JobControl;
use crate::platform::whole_file::{Existing, write_whole};
use crate::scan::ScoredSpan;
use crate::shard::{PlannedSound, Plans, ShardFolder};

const COLUMNS: [&str; 8] = [
    "path",
    "sound",
    "model",
    "classifier",
    "threshold",
    "start_s",
    "end_s",
    "score",
];

/// One form of a table, while it is written.
pub(super) trait Table {
    /// Adds the regions of one sound in the file at `path`.
    fn add(&mut self, path: &str, sound: &PlannedSound, regions: &[ScoredSpan]) -> io::Result<()>;

    /// Writes what is left.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Begins a table in the file.
pub(super) type Begin = for<'a> fn(&'a mut BufWriter<File>) -> io::Result<Box<dyn Table + 'a>>;

/// Writes the regions of every usable result of `folder` to the file `target`, whole or not at all.
///
/// # Errors
/// When the plan cannot be read, or the file cannot be written or is to be kept.
pub fn into_csv(
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
        |out| Ok(Box::new(Csv::new(out)?)),
        job,
    )
}

/// As [`into_csv`], in the form that `begin` makes.
pub(super) fn into_table(
    folder: &ShardFolder,
    plans: &mut Plans,
    (target, existing): (&Path, Existing),
    begin: Begin,
    job: &JobControl,
) -> Result<MergeReport, MergeError> {
    let mut report = MergeReport::default();
    let mut stopped = None;
    let written = write_whole(target, existing, |out| {
        let mut table = begin(out)?;
        let merged = each_result(folder, plans, job, &mut report, &mut |result, report| {
            for (sound, found) in result.file.sounds.iter().zip(&result.found) {
                report.merged += 1;
                report.regions += found.regions.len() as u64;
                let added = table.add(&result.file.path, sound, &found.regions);
                added.map_err(|source| MergeError::Table {
                    path: target.to_owned(),
                    source,
                })?;
            }
            Ok(())
        });
        if let Err(error) = merged {
            stopped = Some(error);
            return Err(io::ErrorKind::Interrupted.into());
        }
        table.finish()
    });
    let path = target.to_owned();
    match (stopped, written) {
        (Some(error), _) => Err(error),
        (None, Ok(())) => Ok(report),
        (None, Err(error)) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(MergeError::Exists { path })
        }
        (None, Err(source)) => Err(MergeError::Table { path, source }),
    }
}

struct Csv<'a>(csv::Writer<&'a mut BufWriter<File>>);

impl<'a> Csv<'a> {
    fn new(out: &'a mut BufWriter<File>) -> io::Result<Self> {
        let mut table = csv::Writer::from_writer(out);
        table.write_record(COLUMNS)?;
        Ok(Self(table))
    }
}

impl Table for Csv<'_> {
    fn add(&mut self, path: &str, sound: &PlannedSound, regions: &[ScoredSpan]) -> io::Result<()> {
        for region in regions {
            self.0.write_record([
                path,
                &sound.sound,
                &sound.model,
                &sound.classifier,
                &sound.threshold.to_string(),
                &region.span.start_s().to_string(),
                &region.span.end_s().to_string(),
                &region.score.to_string(),
            ])?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.0.flush()
    }
}
