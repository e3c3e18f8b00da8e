//! Exports for a window and for the command line, with the files and rows they need.
//!
//! Runs on the files thread, or on the main thread of the command line: the same code. It may take as long as a
//! disk takes; every loop asks its [`JobControl`] whether to go on.

mod clips;
pub mod folders;
mod stretches;

#[cfg(test)]
mod tests;

pub use stretches::StretchesJob;

use std::collections::HashSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::export::{
    Existing, Formulas, ListFormat, ListedRegion, MarkedCopy, RegionList, Times, write_file,
    write_list, write_markers,
};
use crate::job::JobControl;
use crate::protocol::{
    Chosen, EngineError, ExportChoices, ExportKind, ExportRequest, IfThere, RegionView, ShownId,
};
use crate::recording::Recording;
use crate::store::{Clip, StoreHandle};
use crate::time::SampleRate;
use crate::words::counted;

/// The setting that says where the last export went.
const LAST_FOLDER: &str = "export_folder";
/// The setting that says what the last export was like.
const LAST_CHOICES: &str = "export_choices";

/// An export with everything it is made of.
#[derive(Debug, Clone)]
pub struct ExportJob {
    pub request: ExportRequest,
    pub profile: String,
    pub model: String,
    /// The version's timestamp; empty while only provisional regions exist.
    pub version: String,
    pub recording: Recording,
    /// Where the recording starts on the project's timeline, in seconds.
    pub timeline_start_s: f64,
    /// The recording's own, if it is known.
    pub rate: Option<SampleRate>,
    /// As they were when the export was asked for, in order of time.
    pub regions: Vec<RegionView>,
}

/// Those of `shown` that are `chosen`; disabled ones and hard negatives only if `rejected` are wanted.
pub fn choose(shown: &[RegionView], chosen: &Chosen, rejected: bool) -> Vec<RegionView> {
    let ids: Option<HashSet<ShownId>> = match chosen {
        Chosen::All => None,
        Chosen::Only(ids) => Some(ids.iter().copied().collect()),
    };
    let is_chosen = |region: &RegionView| match &ids {
        None => true,
        Some(ids) => region.id.is_some_and(|id| ids.contains(&id)),
    };
    let mut regions: Vec<RegionView> = shown
        .iter()
        .filter(|region| is_chosen(region) && (rejected || !region.state.is_rejected()))
        .cloned()
        .collect();
    // Provisional ones stand behind the saved ones.
    regions.sort_by(|a, b| a.span.start_s().total_cmp(&b.span.start_s()));
    regions
}

/// What came of an export.
#[derive(Debug)]
pub enum Exported {
    /// These files are there already, so nothing was written.
    Asked {
        there: Vec<PathBuf>,
    },
    /// A list or a copy with markers.
    File {
        path: PathBuf,
        regions: usize,
    },
    Clips(ExportedClips),
}

/// What came of an export of clips.
#[derive(Debug, Default)]
pub struct ExportedClips {
    /// The folder of all classes.
    pub folder: PathBuf,
    /// New rows, each with its file.
    pub added: Vec<Clip>,
    /// Files written anew, whose rows are as they were.
    pub replaced: usize,
    /// Files that were there and stay.
    pub kept: usize,
    /// Regions that are too short.
    pub short: usize,
    /// What ended it before all were written.
    pub ended_by: Option<EngineError>,
}

impl Exported {
    /// What was written where, in a sentence without its end.
    pub fn words(&self) -> String {
        match self {
            Self::Asked { there } => {
                format!(
                    "Nothing was written: {} there already",
                    are(there.len(), "file")
                )
            }
            Self::File { path, regions } => {
                format!(
                    "Wrote {} to {}",
                    counted(*regions, "region"),
                    path.display()
                )
            }
            Self::Clips(clips) => clips.words(),
        }
    }
}

impl ExportedClips {
    fn words(&self) -> String {
        let written = self.added.len() + self.replaced;
        let mut words = format!(
            "Wrote {} to {}",
            counted(written, "clip"),
            self.folder.display()
        );
        if self.kept > 0 {
            words.push_str(&format!("; {} there already", are(self.kept, "clip")));
        }
        if self.short > 0 {
            words.push_str(&format!("; {} too short", are(self.short, "region")));
        }
        words
    }
}

fn are(count: usize, noun: &str) -> String {
    let verb = if count == 1 { "is" } else { "are" };
    format!("{} {verb}", counted(count, noun))
}

impl ExportJob {
    /// Does it. Files appear whole or not at all; a row of a clip is entered when its file is there.
    ///
    /// # Errors
    /// When nothing could be written. What ends an export of clips after the first is told with those that were written.
    pub fn run(&self, store: &StoreHandle, job: &JobControl) -> Result<Exported, EngineError> {
        let to = whole_path(&self.request.to)?;
        let kind = &self.request.choices.kind;
        let exported = match (kind, self.existing(&to)) {
            (ExportKind::Clips(choices), _) => clips::export(self, &to, choices, store, job)?,
            (_, None) => Exported::Asked {
                there: vec![to.clone()],
            },
            (kind, Some(existing)) => {
                match kind {
                    ExportKind::List {
                        format,
                        times,
                        formulas,
                    } => self.list(&to, existing, (*format, *times, *formulas))?,
                    _ => self.markers(&to, existing, job)?,
                }
                Exported::File {
                    path: to.clone(),
                    regions: self.regions.len(),
                }
            }
        };
        if !matches!(exported, Exported::Asked { .. }) {
            self.remember(&to, store);
        }
        Ok(exported)
    }

    fn list(
        &self,
        to: &Path,
        existing: Existing,
        (format, times, formulas): (ListFormat, Times, Formulas),
    ) -> Result<(), EngineError> {
        let list = RegionList {
            filename: &self.recording.filename,
            timeline_start_s: self.timeline_start_s,
            rate: self.rate,
            model: &self.model,
            version: &self.version,
            regions: &listed(&self.regions),
        };
        write_file(to, existing, |out| {
            write_list(format, times, formulas, &list, out)?;
            out.flush()
        })?;
        Ok(())
    }

    fn markers(&self, to: &Path, existing: Existing, job: &JobControl) -> Result<(), EngineError> {
        job.stage("copying with markers", 0.0);
        let note = format!("{} {}", self.model, self.version);
        let copy = MarkedCopy {
            source: &self.recording.path,
            target: to,
            existing,
            regions: &listed(&self.regions),
            note: note.trim(),
        };
        write_markers(&copy, &mut |fraction| job.report(fraction))?;
        Ok(())
    }

    /// What becomes of a file at `to`; `None` when somebody must say first.
    fn existing(&self, to: &Path) -> Option<Existing> {
        match self.request.if_there {
            IfThere::Replace => Some(Existing::Replace),
            IfThere::Keep => Some(Existing::Keep),
            IfThere::Ask => (!to.exists()).then_some(Existing::Keep),
        }
    }

    /// The next export begins where this one went. It is done whether or not the database takes a note of that.
    fn remember(&self, to: &Path, store: &StoreHandle) {
        let folder = match self.request.choices.kind {
            ExportKind::Clips(_) => Some(to),
            _ => to.parent(),
        };
        let choices = serde_json::to_string(&self.request.choices).unwrap_or_default();
        let noted = store.with(|store| {
            if let Some(folder) = folder.and_then(Path::to_str) {
                store.set_setting(LAST_FOLDER, folder)?;
            }
            store.set_setting(LAST_CHOICES, &choices)
        });
        if let Err(error) = noted {
            tracing::debug!("where the export went is not remembered: {error}");
        }
    }
}

/// Regions as a list or a file of markers has them.
pub(crate) fn listed(regions: &[RegionView]) -> Vec<ListedRegion<'_>> {
    let listed = regions.iter().map(|region| ListedRegion {
        span: region.span,
        score: region.score,
        state: region.state.word(),
        class: region.class.as_deref().unwrap_or_default(),
        note: region.note.as_deref().unwrap_or_default(),
        band: region.band,
    });
    listed.collect()
}

/// Where the last export went and what it was like, as far as the database can be read and says.
pub fn remembered(store: &StoreHandle) -> (Option<PathBuf>, Option<ExportChoices>) {
    let setting = |key: &str| {
        let value = store.with(|store| store.setting(key));
        value.ok().flatten().filter(|value| !value.is_empty())
    };
    let choices = setting(LAST_CHOICES).and_then(|choices| serde_json::from_str(&choices).ok());
    (setting(LAST_FOLDER).map(PathBuf::from), choices)
}

/// `path` with the user's home for `~`.
///
/// # Errors
/// When it does not begin at a root: a plugin's working folder is the host's, where nobody would look.
pub fn whole_path(path: &Path) -> Result<PathBuf, EngineError> {
    let whole = match path.strip_prefix("~") {
        Ok(rest) => crate::platform::home_folder().map(|home| home.join(rest)),
        Err(_) => Some(path.to_owned()),
    };
    whole
        .filter(|path| path.is_absolute())
        .ok_or_else(|| EngineError::NoWholePath {
            path: path.to_owned(),
        })
}
