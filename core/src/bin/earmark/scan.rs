//! `scan`, and the scans after a training: one recording after the other, going on when one of them cannot be read.

use std::path::PathBuf;

use earmark_core::audio::{self, Hint, Loss, band_hint};
use earmark_core::job::JobControl;
use earmark_core::protocol::JobKind;
use earmark_core::recording::{Recording, known_recordings};
use earmark_core::scan::RegionShape;
use earmark_core::words::counted;
use earmark_core::worker::{ScanOutcome, SoundsRequest, Worker};
use serde::Serialize;

use super::Context;
use super::arguments::{ScanArguments, ShapeArguments};
use super::failure::{Failed, Failure};
use super::inputs::Inputs;
use super::models::expect_model;
use super::progress::while_shown;
use super::shard;
use super::sounds;

/// Where regions are cut unless the user says another score.
const DEFAULT_THRESHOLD: f32 = 0.5;

/// A version that was saved.
#[derive(Serialize)]
pub struct Scanned {
    filename: String,
    /// Whose sound was looked for.
    profile: String,
    model: String,
    version: u32,
    timestamp: String,
    regions: usize,
    /// What of the recording is missing, or not as its header says.
    losses: Vec<Loss>,
    /// Why the model may hear this recording less well than others.
    hints: Vec<Hint>,
}

/// What to scan with, and how.
pub struct ScanSettings<'a> {
    pub model: &'a str,
    /// Whose sounds are looked for in one pass; at least one.
    pub profiles: &'a [String],
    pub threshold: f32,
    /// Hears how far the scans are.
    pub job: &'a JobControl,
}

/// What came of the scans, and what they had to leave out.
#[derive(Default)]
pub struct ScanReport {
    pub scanned: Vec<Scanned>,
    pub failed: Vec<Failed>,
}

pub fn scan(context: &Context, arguments: &ScanArguments) -> Result<(), Failure> {
    if let Some(out) = &arguments.shared.out {
        return shard::run(context, arguments, out);
    }
    expect_model(context, &arguments.model)?;
    let inputs = Inputs::gather(context, &arguments.files)?;
    let job = JobControl::new(JobKind::Scanning);
    let profiles = sounds::chosen(context, &arguments.model, &arguments.sounds)?;
    let settings = ScanSettings {
        model: &arguments.model,
        profiles: &profiles,
        threshold: arguments.threshold.unwrap_or(DEFAULT_THRESHOLD),
        job: &job,
    };
    for profile in &profiles {
        keep_shape(context, (profile, settings.model), &arguments.shape)?;
    }
    let mut report = ScanReport {
        failed: inputs.failed,
        ..ScanReport::default()
    };
    let mut worker = context.worker();
    let recordings = inputs.recordings;
    let ended = scan_all(context, &mut worker, recordings, &settings, &mut report);
    context.output.show_whole(&report.scanned)?;
    ended?;
    report.all_went_well()
}

impl ScanReport {
    /// How many recordings were scanned, for however many sounds.
    fn recordings(&self) -> usize {
        let names = self.scanned.chunk_by(|a, b| a.filename == b.filename);
        names.count()
    }

    /// Names what was left out, if anything was.
    pub fn all_went_well(self) -> Result<(), Failure> {
        if self.failed.is_empty() {
            return Ok(());
        }
        Err(Failure::Partly {
            what: "recordings could not be scanned",
            all: self.recordings() + self.failed.len(),
            failed: self.failed,
        })
    }
}

/// Scans `recordings` one after the other, printing a line for each sound. One that cannot be read is put into the report; what
/// concerns all of them ends the scans.
pub fn scan_all(
    context: &Context,
    worker: &mut Worker,
    recordings: Vec<Recording>,
    settings: &ScanSettings<'_>,
    report: &mut ScanReport,
) -> Result<(), Failure> {
    let sizes: Vec<f64> = recordings.iter().map(size_of).collect();
    let job = settings.job;
    while_shown(context.output.bar(), job, || {
        for (index, recording) in recordings.into_iter().enumerate() {
            let path = recording.path.clone();
            job.share(index, &sizes);
            match scan_one(context, worker, recording, settings) {
                Ok(scanned) => {
                    for scanned in scanned {
                        context
                            .output
                            .show_line(&scanned.line(settings.profiles.len() > 1))?;
                        report.scanned.push(scanned);
                    }
                }
                Err(failure) if failure.is_about_one_file() => {
                    report.failed.push(Failed::new(&path, &failure));
                }
                Err(failure) => return Err(failure),
            }
            worker.forget(&path);
        }
        Ok(())
    })
}

/// Bytes of a recording, for what it weighs in the progress: its length would have to be looked for.
fn size_of(recording: &Recording) -> f64 {
    let metadata = std::fs::metadata(&recording.path);
    metadata.map_or(0.0, |metadata| metadata.len() as f64)
}

/// Says what the worker has to say besides its results.
pub fn note_all(context: &Context, worker: &mut Worker) {
    for notice in worker.take_notices() {
        context.output.note(&notice);
    }
}

fn scan_one(
    context: &Context,
    worker: &mut Worker,
    recording: Recording,
    settings: &ScanSettings<'_>,
) -> Result<Vec<Scanned>, Failure> {
    let request = SoundsRequest {
        recording,
        profiles: settings.profiles.to_vec(),
        model: settings.model.to_owned(),
        threshold: settings.threshold,
    };
    let outcomes = worker.scan_sounds(&request, settings.job);
    note_all(context, worker);
    let outcomes = outcomes?;
    let mut source = audio::open(&request.recording.path)?;
    let mut hints = source.hints()?;
    let model_rate = worker.open_model(settings.model)?.sample_rate();
    hints.extend(band_hint(source.rate(), model_rate));
    let losses = source.losses();
    let scanned = outcomes.into_iter().map(|outcome| {
        let ScanOutcome { saved, regions, .. } = outcome;
        Scanned {
            filename: request.recording.filename.clone(),
            profile: outcome.profile,
            model: request.model.clone(),
            version: saved.number,
            timestamp: saved.timestamp,
            regions,
            losses: losses.clone(),
            hints: hints.clone(),
        }
    });
    Ok(scanned.collect())
}

impl Scanned {
    /// With `names_sound`, one of several sounds of the recording.
    fn line(&self, names_sound: bool) -> String {
        let losses = self.losses.iter().map(ToString::to_string);
        let remarks = losses.chain(self.hints.iter().map(ToString::to_string));
        let sound = match names_sound {
            true => format!(", {}", self.profile),
            false => String::new(),
        };
        let version = format!(
            "{}{sound}: {} ({}) [v{}]",
            self.filename, self.model, self.regions, self.version
        );
        [version]
            .into_iter()
            .chain(remarks.map(|remark| format!("  {remark}")))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Every recording that the profile knows: those that can be read, and the names of those that are not where they were.
pub fn known(context: &Context) -> Result<(Vec<Recording>, Vec<String>), Failure> {
    let found = known_recordings(&context.store, &context.profile)?;
    let said = context.store.with(|store| {
        let takes = store.takes()?.into_iter();
        let takes = takes.map(|take| (take.filename, Some(take.path)));
        let scanned = store.scanned_files(&context.profile)?;
        Ok(takes.chain(scanned).collect::<Vec<_>>())
    })?;
    let is_missing = |path: &Option<PathBuf>| path.as_deref().is_none_or(|path| !path.is_file());
    let mut missing: Vec<String> = said
        .into_iter()
        .filter(|(name, path)| is_missing(path) && !found.iter().any(|one| one.filename == *name))
        .map(|(name, _)| name)
        .collect();
    missing.sort();
    missing.dedup();
    Ok((found, missing))
}

/// Names recordings that were left out because they are not where they were.
pub fn name_missing(context: &Context, missing: &[String]) {
    let Some(first) = missing.first() else {
        return;
    };
    context.output.note(&format!(
        "{} left out, not where {} last: {}. `earmark relink FOLDER` finds what was moved; `earmark forget {first}` deletes its results and marks",
        counted(missing.len(), "recording"),
        if missing.len() == 1 { "it was" } else { "they were" },
        missing.join(", "),
    ));
}

/// Keeps what was said about the shape of regions, and leaves the rest as it was.
pub fn keep_shape(
    context: &Context,
    (profile, model): (&str, &str),
    said: &ShapeArguments,
) -> Result<(), Failure> {
    if said.fuse_gap.is_none() && said.min_length.is_none() {
        return Ok(());
    }
    context.store.with(|store| {
        let before = store.region_shape(profile, model)?;
        let shape = RegionShape::new(
            said.fuse_gap.unwrap_or(before.fuse_gap_s()),
            said.min_length.unwrap_or(before.min_length_s()),
        );
        store.set_region_shape(profile, model, shape)
    })?;
    Ok(())
}
