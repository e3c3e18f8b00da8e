//! Results as a table for pandas, DuckDB and spreadsheets: a line for each region. Blocks on the disk.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use super::{MergeError, MergeReport, each_result};
use crate::job::JobControl;
use crate::platform::whole_file::{Existing, write_whole};
use crate::shard::{FileResult, Plans, ShardFolder};

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
    let mut report = MergeReport::default();
    let mut stopped = None;
    let written = write_whole(target, existing, |out| {
        let mut table = csv::Writer::from_writer(out);
        table.write_record(COLUMNS)?;
        let merged = each_result(folder, plans, job, &mut report, &mut |result, report| {
            rows(&mut table, &result, report).map_err(|source| MergeError::Table {
                path: target.to_owned(),
                source,
            })
        });
        if let Err(error) = merged {
            stopped = Some(error);
            return Err(io::ErrorKind::Interrupted.into());
        }
        table.flush()
    });
    super::written(target, stopped, written).map(|()| report)
}

fn rows(
    table: &mut csv::Writer<&mut BufWriter<File>>,
    result: &FileResult,
    report: &mut MergeReport,
) -> io::Result<()> {
    for (sound, found) in result.file.sounds.iter().zip(&result.found) {
        report.merged += 1;
        for region in &found.regions {
            report.regions += 1;
            table.write_record([
                result.file.path.as_str(),
                &sound.sound,
                &sound.model,
                &sound.classifier,
                &sound.threshold.to_string(),
                &region.span.start_s().to_string(),
                &region.span.end_s().to_string(),
                &region.score.to_string(),
            ])?;
        }
    }
    Ok(())
}
