//! `export`: a version's regions as a file for other tools, as markers, or as clips.

use std::path::PathBuf;

use earmark_core::audio;
use earmark_core::export::jobs::{ExportJob, Exported};
use earmark_core::export::{WriteError, jobs};
use earmark_core::job::JobControl;
use earmark_core::marks::Marks;
use earmark_core::protocol::{Chosen, ExportChoices, ExportRequest, JobKind, RegionView};
use earmark_core::recording::Recording;
use serde::Serialize;

use super::Context;
use super::arguments::{ExportArguments, Format};
use super::failure::Failure;
use super::models::expect_model;
use super::results::{choose, no_such_version};

#[derive(Serialize)]
struct Written {
    path: PathBuf,
    regions: Option<usize>,
    clips: Vec<PathBuf>,
    #[serde(skip)]
    words: String,
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
            let path = there.into_iter().next().unwrap_or(job.request.to);
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
    let request = ExportRequest {
        choices: ExportChoices {
            kind: arguments.kind(),
            rejected: arguments.rejected,
        },
        regions: Chosen::All,
        to: std::path::absolute(&arguments.output).unwrap_or_else(|_| arguments.output.clone()),
        if_there: arguments.if_there(),
    };
    Ok(ExportJob {
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
        regions: jobs::choose(&shown, &request.regions, arguments.rejected),
        request,
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
