//! `export`: a version's regions as a file for other tools, as markers, or as clips.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use earmark_core::audio;
use earmark_core::export::jobs::{ExportJob, Exported};
use earmark_core::export::{Formulas, ListFormat, Times, WriteError, jobs};
use earmark_core::marks::Marks;
use earmark_core::protocol::{
    Chosen, ClipChoices, ExportChoices, ExportKind, IfThere, JobControl, JobKind, Pieces,
    RegionView,
};
use earmark_core::recording::Recording;
use serde::Serialize;

use super::Context;
use super::arguments::{export_min_length_s, model_key, piece_s, spread_s};
use super::failure::Failure;
use super::models::expect_model;
use super::results::{choose, no_such_version};

#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The recording
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What to write
    #[arg(long, value_name = "FORMAT")]
    format: Format,
    /// The file to write; for clips the folder that gets a folder for each class
    #[arg(long, value_name = "PATH")]
    output: PathBuf,
    /// The embedding model, by its key
    #[arg(long, value_name = "KEY", default_value = "AISFX", value_parser = model_key)]
    model: String,
    /// A version's number (3 or v3) or timestamp [default: the newest]
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Count times from the project's start or the take's; a Raven table and markers always count from the take's
    #[arg(long, value_name = "START", default_value = "project")]
    times: CountedFrom,
    /// CSV: write a text that begins with = + - or @ as it is, though a spreadsheet would compute it
    #[arg(long)]
    formulas: bool,
    /// Also export disabled regions and hard negatives
    #[arg(long)]
    rejected: bool,
    /// Clips: the class of regions that have none
    #[arg(long, value_name = "CLASS", default_value = "")]
    class: String,
    /// Clips: leave out regions that are shorter
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = export_min_length_s, allow_hyphen_values = true)]
    min_length: f64,
    /// Clips: cut each region into pieces of this length
    #[arg(long, value_name = "SECONDS", value_parser = piece_s, allow_hyphen_values = true)]
    piece: Option<f64>,
    /// Clips: the time from the start of one piece to the start of the next [default: the length of a piece]
    #[arg(long, value_name = "SECONDS", requires = "piece", value_parser = spread_s, allow_hyphen_values = true)]
    spread: Option<f64>,
    /// Replace files that exist
    #[arg(long, conflicts_with = "keep")]
    replace: bool,
    /// Clips: keep files that exist, and write the others
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
    /// One WAV for each region
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
            formulas: if self.formulas {
                Formulas::Kept
            } else {
                Formulas::Disarmed
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

pub fn export(context: &Context, arguments: &ExportArguments) -> Result<(), Failure> {
    expect_model(context, &arguments.model)?;
    let job = export_job(context, arguments)?;
    let exported = job.run(&context.store, &JobControl::new(JobKind::Exporting))?;
    let words = exported.words();
    let written = match exported {
        Exported::Asked { there } => {
            context.output.note(&format!(
                "{words}; add --replace to replace it, or --keep to keep the clips that exist"
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
                return Err(error.into());
            }
            written
        }
    };
    context
        .output
        .show(&written, |written| written.words.clone())
}

/// The export of a saved version, as the plugin's window would ask for it.
fn export_job(context: &Context, arguments: &ExportArguments) -> Result<ExportJob, Failure> {
    let (profile, model) = (context.profile.as_str(), arguments.model.as_str());
    let wanted = arguments.version.as_deref();
    let recording = recording_of(context, arguments)?;
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
        timeline_start_s: match take {
            Some(take) => take.start.seconds(take.rate),
            // A recording of another program may say itself where it lies.
            None => audio::open(&recording.path).map_or(0.0, |source| {
                let start = source.time_reference();
                start.map_or(0.0, |start| start.seconds(source.rate()))
            }),
        },
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

/// The recording, wherever it is: a list needs no more of it than its name. Only clips are entered under it.
fn recording_of(context: &Context, arguments: &ExportArguments) -> Result<Recording, Failure> {
    if arguments.format == Format::Clips && arguments.file.is_file() {
        context.open(&arguments.file)
    } else {
        context.find(&arguments.file)
    }
}
