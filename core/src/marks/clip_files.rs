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
use crate::store::{ClipId, NewClip, StoreHandle, StoreTransaction, clip_folders_on_disk};
use crate::time::Span;

/// Files that were written for a change and have no rows yet. Dropping them deletes the files, unless they are kept.
#[derive(Default)]
pub struct ClipFiles {
    class: String,
    files: Vec<(Span, PathBuf)>,
    kept: Cell<bool>,
}

impl ClipFiles {
    /// Exports the spans that `change` confirms and that are no examples of its class yet, below `clips_folder`. None for
    /// any other change.
    ///
    /// # Errors
    /// When the audio cannot be read, a clip cannot be written, or the database cannot be read; then no file is left.
    pub fn write_for(
        store: &StoreHandle,
        clips_folder: &Path,
        change: &Change,
    ) -> Result<Self, EngineError> {
        let Target::Marked {
            kind: MarkKind::Positive { class },
            spans,
            marked: true,
            ..
        } = &change.target
        else {
            return Ok(Self::default());
        };
        let class = ClassName::new(class)?;
        let profile = change.place.profile.as_str();
        let recording = &recording_of(change)?.recording;
        let known = store.with(|store| store.clips_in(profile, &recording.filename))?;
        let known = Placed::new(known);
        let mut written = Self {
            class: class.as_str().to_owned(),
            files: Vec::new(),
            kept: Cell::new(false),
        };
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
            let folder = clips_folder.join(class.as_str());
            let on_disk = clip_folders_on_disk(&folder);
            let own = store
                .with(|store| store.next_clip_folder(&recording.filename, profile, &on_disk))?;
            let file = export_clip(
                clips_folder,
                &class,
                ClipFolder::Existing(&folder.join(own)),
                &ClipAudio {
                    samples: &stretch.interleaved,
                    channels: stretch.channels,
                    rate: stretch.rate,
                },
            )?;
            written.files.push((span, file));
        }
        Ok(written)
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
        let recording = &recording_of(change)?.recording;
        let entered = self.files.iter().map(|(span, file)| {
            Ok(tx.add_clip(&NewClip {
                profile: &change.place.profile,
                filename: &recording.filename,
                span: *span,
                output_path: file,
                source_path: &recording.path,
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
        for (_, file) in &self.files {
            if let Err(error) = std::fs::remove_file(file) {
                tracing::warn!("{} has no row and stays: {error}", file.display());
            }
        }
    }
}
