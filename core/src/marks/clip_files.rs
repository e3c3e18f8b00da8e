//! The files of new examples: written before their rows are entered, so that no row ever names a file that is not there,
//! and deleted again when the transaction that enters them fails.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::matching::{Placed, examples_on};
use super::recording_of;
use crate::audio::StretchReader;
use crate::export::{ClassName, ClipAudio, ClipFolder, export_clip};
use crate::protocol::{Change, EngineError, MarkKind, Target};
use crate::recording::Recording;
use crate::store::{ClipId, NewClip, StoreHandle, StoreTransaction, clip_folders_on_disk};
use crate::time::Span;

/// Files that were written for a change and have no rows yet. Dropping them deletes the files, unless they are kept.
#[derive(Default)]
pub struct ClipFiles {
    class: String,
    files: Vec<ClipFile>,
    kept: Cell<bool>,
}

/// One of the files.
struct ClipFile {
    /// What it was cut from, and where.
    recording: Recording,
    span: Span,
    path: PathBuf,
}

impl ClipFiles {
    /// Exports what `change` confirms and that is no example of its class yet, below `clips_folder`. None for any other
    /// change.
    ///
    /// # Errors
    /// When the audio cannot be read, a clip cannot be written, or the database cannot be read; then no file is left.
    pub fn write_for(
        store: &StoreHandle,
        clips_folder: &Path,
        change: &Change,
    ) -> Result<Self, EngineError> {
        let (class, wanted) = match &change.target {
            Target::Marked {
                kind: MarkKind::Positive { class },
                spans,
                marked: true,
                ..
            } => (
                class,
                vec![(&recording_of(change)?.recording, spans.clone())],
            ),
            Target::ExamplesAdded {
                class, recordings, ..
            } => {
                let wholes = recordings.iter().map(|placed| {
                    let whole = Span::new(0.0, placed.length_s)?;
                    Ok((&placed.recording, vec![whole]))
                });
                (class, wholes.collect::<Result<_, EngineError>>()?)
            }
            _ => return Ok(Self::default()),
        };
        let class = ClassName::new(class)?;
        let mut written = Self {
            class: class.as_str().to_owned(),
            files: Vec::new(),
            kept: Cell::new(false),
        };
        let folder = clips_folder.join(class.as_str());
        for (recording, spans) in wanted {
            let at = (change.place.profile.as_str(), recording);
            written.cut(store, (clips_folder, &folder, &class), at, &spans)?;
        }
        Ok(written)
    }

    /// Exports the spans of one recording.
    fn cut(
        &mut self,
        store: &StoreHandle,
        (clips_folder, folder, class): (&Path, &Path, &ClassName),
        (profile, recording): (&str, &Recording),
        spans: &[Span],
    ) -> Result<(), EngineError> {
        let known = store.with(|store| store.clips_in(profile, &recording.filename))?;
        let known = Placed::new(known);
        let go_on = &mut || ControlFlow::Continue(());
        let mut opened = None;
        for &span in spans {
            if examples_on(&known, span, class.as_str()).next().is_some() {
                continue;
            }
            let reader = match &mut opened {
                Some(reader) => reader,
                None => opened.insert(StretchReader::open_while(&recording.path, go_on)?),
            };
            let stretch = reader.read_while(span, go_on)?;
            let on_disk = clip_folders_on_disk(folder);
            let own = store
                .with(|store| store.next_clip_folder(&recording.filename, profile, &on_disk))?;
            let file = export_clip(
                clips_folder,
                class,
                ClipFolder::Existing(&folder.join(own)),
                &ClipAudio {
                    samples: &stretch.interleaved,
                    channels: stretch.channels,
                    rate: stretch.rate,
                    comment: "",
                },
            )?;
            self.files.push(ClipFile {
                recording: recording.clone(),
                span,
                path: file,
            });
        }
        Ok(())
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Enters a row for each file.
    pub(super) fn enter(
        &self,
        tx: &mut StoreTransaction<'_>,
        change: &Change,
    ) -> Result<Vec<ClipId>, EngineError> {
        let entered = self.files.iter().map(|file| {
            Ok(tx.add_clip(&NewClip {
                profile: &change.place.profile,
                filename: &file.recording.filename,
                span: file.span,
                output_path: &file.path,
                source_path: &file.recording.path,
                label: &self.class,
                scan_export: false,
                spread_s: 0.0,
            })?)
        });
        entered.collect()
    }

    /// The rows are committed: the files stay.
    pub(crate) fn keep(self) {
        self.kept.set(true);
    }
}

impl Drop for ClipFiles {
    fn drop(&mut self) {
        if self.kept.get() {
            return;
        }
        for ClipFile { path, .. } in &self.files {
            if let Err(error) = std::fs::remove_file(path) {
                tracing::warn!("{} has no row and stays: {error}", path.display());
            }
        }
    }
}
