//! `export`: a version's regions as a file for other tools, as markers, or as clips.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use earmark_core::audio;
use earmark_core::export::jobs::{ExportJob, Exported};
use earmark_core::export::{ListFormat, Times, WriteError, jobs};
use earmark_core::job::JobControl;
use earmark_core::marks::Marks;
use earmark_core::protocol::{
    Chosen, ClipChoices, EngineError, ExportChoices, ExportKind, IfThere, JobKind, Pieces,
    RegionView,
};
use earmark_core::recording::{Recording, RecordingError};
use serde::Serialize;

use super::Context;
use super::results::{choose, name_of, no_such_version};

#[derive(Debug, Args)]
pub struct ExportArguments {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "FORMAT")]
    format: Format,
    /// The file to write; for clips the folder that holds a folder for each class
    #[arg(long, value_name = "PATH")]
    output: PathBuf,
    #[arg(long, value_name = "KEY", default_value = "AISFX")]
    model: String,
    /// A version's number (3 or v3) or timestamp [default: the newest]
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// What times count from; a Raven table and markers always count from the take's start
    #[arg(long, value_name = "START", default_value = "project")]
    times: CountedFrom,
    /// Disabled regions and hard negatives, too
    #[arg(long)]
    rejected: bool,
    /// Clips: the class of regions that were not confirmed as any
    #[arg(long, value_name = "CLASS", default_value = "")]
    class: String,
    /// Clips: leave out shorter regions
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0)]
    min_length: f64,
    /// Clips: cut pieces of this length out of every region, instead of the whole region
    #[arg(long, value_name = "SECONDS")]
    piece: Option<f64>,
    /// Clips: from the start of one piece to the start of the next [default: the length of a piece]
    #[arg(long, value_name = "SECONDS", requires = "piece")]
    spread: Option<f64>,
    /// Replace what is there
    #[arg(long, conflicts_with = "keep")]
    replace: bool,
    /// Clips: leave those that are there, and write the others
    #[arg(long)]
    keep: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Audacity,
    Reaper,
    Raven,
    Json,
    /// A copy of the WAV with the regions as markers
    Markers,
    /// The regions' audio, a WAV each
    Clips,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CountedFrom {
    Project,
    Take,
}

#[derive(Serialize)]
struct Written {
    path: PathBuf,
    regions: Option<usize>,
    clips: Vec<PathBuf>,
    #[serde(skip)]
    words: String,
}

impl ExportArguments {
    fn kind(&self) -> ExportKind {
        let list = |format| ExportKind::List {
            format,
            times: match self.times {
                CountedFrom::Project => Times::Project,
                CountedFrom::Take => Times::Take,
            },
        };
        match self.format {
            Format::Csv => list(ListFormat::Csv),
            Format::Audacity => list(ListFormat::Audacity),
            Format::Reaper => list(ListFormat::Reaper),
            Format::Raven => list(ListFormat::Raven),
            Format::Json => list(ListFormat::Json),
            Format::Markers => ExportKind::Markers,
            Format::Clips => ExportKind::Clips(ClipChoices {
                class: self.class.clone(),
                min_length_s: self.min_length,
                pieces: self.piece.map(|length_s| Pieces {
                    length_s,
                    spread_s: self.spread.unwrap_or(length_s),
                }),
            }),
        }
    }

    fn if_there(&self) -> IfThere {
        match (self.replace, self.keep) {
            (true, _) => IfThere::Replace,
            (false, true) => IfThere::Keep,
            (false, false) => IfThere::Ask,
        }
    }
}

pub fn export(context: &Context, arguments: &ExportArguments) -> Result<(), EngineError> {
    let job = export_job(context, arguments)?;
    let exported = job.run(&context.store, &JobControl::new(JobKind::Exporting))?;
    let words = exported.words();
    let written = match exported {
        Exported::Asked { there } => {
            context.output.note(&format!(
                "{words}; say --replace to write anew, or --keep to leave the clips that are there"
            ));
            let path = there.into_iter().next().unwrap_or(job.to);
            return Err(WriteError::Exists { path }.into());
        }
        Exported::File { path, regions } => Written {
            path,
            regions: Some(regions),
            clips: Vec::new(),
            words,
        },
        Exported::Clips(clips) => {
            let written = Written {
                path: clips.folder,
                regions: None,
                clips: clips
                    .added
                    .into_iter()
                    .map(|clip| clip.output_path)
                    .collect(),
                words,
            };
            if let Some(error) = clips.ended_by {
                context.output.note(&written.words);
                return Err(error);
            }
            written
        }
    };
    context
        .output
        .show(&written, |written| written.words.clone());
    Ok(())
}

/// The export of a saved version, as the plugin's window would ask for it.
fn export_job(context: &Context, arguments: &ExportArguments) -> Result<ExportJob, EngineError> {
    let (profile, model) = (context.profile.as_str(), arguments.model.as_str());
    let wanted = arguments.version.as_deref();
    let recording = recording_of(&arguments.file)?;
    let filename = &recording.filename;
    let found = context.store.with(|store| {
        let Some(version) = choose(store, filename, profile, model, wanted)? else {
            return Ok(None);
        };
        let marks = Marks::read(store, profile, filename)?;
        let rows = store.regions(filename, profile, model, &version.timestamp)?;
        let shown: Vec<RegionView> = rows.iter().map(|row| marks.dress(row)).collect();
        Ok(Some((version, shown, store.take_by_filename(filename)?)))
    })?;
    let (version, shown, take) =
        found.ok_or_else(|| no_such_version(context, filename, model, wanted))?;
    let take = take.as_ref();
    Ok(ExportJob {
        choices: ExportChoices {
            kind: arguments.kind(),
            rejected: arguments.rejected,
        },
        to: std::path::absolute(&arguments.output).unwrap_or_else(|_| arguments.output.clone()),
        if_there: arguments.if_there(),
        profile: profile.to_owned(),
        model: model.to_owned(),
        version: version.timestamp,
        timeline_start_s: take.map_or(0.0, |take| take.start.seconds(take.rate)),
        rate: match take {
            Some(take) => Some(take.rate),
            // Only a Raven table needs it, and a list can be written when the recording is gone.
            None if arguments.format == Format::Raven => audio::open(&recording.path)
                .ok()
                .map(|source| source.rate()),
            None => None,
        },
        regions: jobs::choose(&shown, &Chosen::All, arguments.rejected),
        recording,
    })
}

/// The recording, wherever it is; a list needs no more of it than its name.
fn recording_of(file: &Path) -> Result<Recording, EngineError> {
    let path = std::path::absolute(file).map_err(|source| RecordingError {
        path: file.display().to_string(),
        source,
    })?;
    Ok(Recording {
        filename: name_of(file),
        path,
    })
}
