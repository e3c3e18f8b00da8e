//! Stretches of several recordings as clips of one class: an export of clips for each recording, told as one.
//!
//! Runs on the files thread, and may take as long as a disk takes.

use std::path::PathBuf;

use super::{ExportJob, Exported, ExportedClips};
use crate::job::JobControl;
use crate::protocol::{
    Chosen, ClipChoices, EngineError, Example, ExportChoices, ExportKind, ExportRequest, IfThere,
    RegionView,
};
use crate::recording::{OpenError, Recording};
use crate::store::StoreHandle;

/// An export of stretches with everything it is made of.
#[derive(Debug, Clone)]
pub struct StretchesJob {
    stretches: Vec<Example>,
    request: ExportRequest,
    profile: String,
    model: String,
}

impl StretchesJob {
    /// The export of `stretches` as clips of `class` below the folder `to`. Clips that are there already stay.
    pub fn new(
        mut stretches: Vec<Example>,
        class: &str,
        to: PathBuf,
        (profile, model): (&str, &str),
    ) -> Self {
        stretches.sort_by(|a, b| {
            let by_path = a.recording.path.cmp(&b.recording.path);
            by_path.then(a.span.start_s().total_cmp(&b.span.start_s()))
        });
        Self {
            stretches,
            request: ExportRequest {
                choices: ExportChoices {
                    kind: ExportKind::Clips(ClipChoices {
                        class: class.to_owned(),
                        ..ClipChoices::default()
                    }),
                    rejected: true,
                },
                regions: Chosen::All,
                to,
                if_there: IfThere::Keep,
            },
            profile: profile.to_owned(),
            model: model.to_owned(),
        }
    }

    /// The same as an export of regions.
    pub fn request(&self) -> &ExportRequest {
        &self.request
    }

    /// Does it.
    ///
    /// # Errors
    /// When nothing could be written. What ends it after the first clip is told with those that were written.
    pub fn run(&self, store: &StoreHandle, job: &JobControl) -> Result<Exported, EngineError> {
        let mut all = ExportedClips::default();
        let same_file = |a: &Example, b: &Example| a.recording.path == b.recording.path;
        for own in self.stretches.chunk_by(same_file) {
            let Some(first) = own.first() else {
                continue;
            };
            match self.export(first, own, store, job) {
                Ok(Exported::Clips(clips)) => {
                    all.folder = clips.folder;
                    all.added.extend(clips.added);
                    all.replaced += clips.replaced;
                    all.kept += clips.kept;
                    all.short += clips.short;
                    all.ended_by = clips.ended_by;
                }
                Ok(_) => {}
                Err(error) if all.added.is_empty() && all.kept == 0 => return Err(error),
                Err(error) => all.ended_by = Some(error),
            }
            if all.ended_by.is_some() {
                break;
            }
        }
        match all.folder.as_os_str().is_empty() {
            true => Err(EngineError::NothingToExport),
            false => Ok(Exported::Clips(all)),
        }
    }

    /// The clips of one recording.
    fn export(
        &self,
        first: &Example,
        own: &[Example],
        store: &StoreHandle,
        job: &JobControl,
    ) -> Result<Exported, EngineError> {
        job.go_on()?;
        let recording =
            Recording::open(store, &first.recording.path).map_err(|error| match error {
                OpenError::File(error) => EngineError::from(error),
                OpenError::Store(error) => error.into(),
            })?;
        let regions = own.iter();
        let export = ExportJob {
            request: self.request.clone(),
            profile: self.profile.clone(),
            model: self.model.clone(),
            version: String::new(),
            recording,
            timeline_start_s: 0.0,
            rate: None,
            regions: regions
                .map(|one| RegionView::found(one.span, f32::NAN))
                .collect(),
        };
        export.run(store, job)
    }
}
