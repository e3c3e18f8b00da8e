//! What the tables call the recordings that a search found, so that a window can play and mark them. Worker thread; enters no name:
//! the first mark does.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::similar_request::SimilarHit;
use crate::platform::path_text;
use crate::protocol::{EngineError, PlacedRecording};
use crate::recording::Recording;
use crate::store::FoundFile;
use crate::time::Span;
use crate::worker::Worker;

/// A stretch that a search found, under the name that the tables have for its recording, or would have.
#[derive(Debug, Clone)]
pub struct NamedHit {
    pub placed: PlacedRecording,
    /// The recording's file as it was found, to be entered with the first mark; `None` for a take, which has its name.
    pub file: Option<FoundFile>,
    /// In seconds from the recording's start.
    pub span: Span,
    /// 0 to 1.
    pub likeness: f32,
}

impl Worker {
    /// Names the recordings of `hits`, and leaves out those whose file is not there now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn name_hits(&self, hits: Vec<SimilarHit>) -> Result<Vec<NamedHit>, EngineError> {
        let takes = self.store.with(|store| store.takes())?;
        let starts_s: HashMap<&Path, f64> = takes
            .iter()
            .map(|take| (take.path.as_path(), take.start.seconds(take.rate)))
            .collect();
        let mut known: HashMap<PathBuf, Option<(Recording, FoundFile)>> = HashMap::new();
        let mut taken = HashSet::new();
        let mut named = Vec::with_capacity(hits.len());
        for hit in hits {
            let found = match known.get(&hit.path) {
                Some(found) => found.clone(),
                None => {
                    let found = self.name_of(&hit.path, &mut taken)?;
                    known.insert(hit.path.clone(), found.clone());
                    found
                }
            };
            let Some((recording, file)) = found else {
                continue;
            };
            let take_start_s = starts_s.get(recording.path.as_path()).copied();
            named.push(NamedHit {
                placed: PlacedRecording {
                    recording,
                    start_s: take_start_s.unwrap_or(0.0),
                    length_s: hit.length_s.unwrap_or(hit.span.end_s()),
                },
                file: take_start_s.is_none().then_some(file),
                span: hit.span,
                likeness: hit.likeness,
            });
        }
        Ok(named)
    }

    /// The file at `path` and its name; `None` when it is not there.
    fn name_of(
        &self,
        path: &Path,
        taken: &mut HashSet<String>,
    ) -> Result<Option<(Recording, FoundFile)>, EngineError> {
        let Ok(file) = FoundFile::at(path) else {
            return Ok(None);
        };
        let mut recording: Recording = self.store.with(|store| store.recording_of(&file))?.into();
        if !taken.insert(recording.filename.clone()) {
            // Two files that nobody has named yet would both get the bare name.
            recording.filename = path_text(&recording.path);
            taken.insert(recording.filename.clone());
        }
        Ok(Some((recording, file)))
    }
}
