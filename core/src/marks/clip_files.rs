//! The files of new examples: written before their rows are entered, so that no row ever names a file that is not there,
//! and deleted again when the transaction that enters them fails.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::matching::{Placed, examples_on, is_same_example};
use super::recording_of;
use crate::audio::StretchReader;
use crate::export::{ClassName, ClipAudio, ClipFolder, export_clip};
use crate::protocol::{Change, EngineError, ImportedMark, MarkKind, Target};
use crate::recording::Recording;
use crate::store::{Clip, ClipId, NewClip, StoreHandle, StoreTransaction, clip_folders_on_disk};
use crate::time::Span;

/// Files that were written for a change and have no rows yet. Dropping them deletes the files, unless they are kept.
#[derive(Default)]
pub struct ClipFiles {
    files: Vec<ClipFile>,
    /// Of each of the changes that are made together.
    parts: Vec<ClipFiles>,
    kept: Cell<bool>,
}

/// One of the files.
struct ClipFile {
    /// What it was cut from, and where.
    recording: Recording,
    span: Span,
    class: String,
    path: PathBuf,
}

/// What is to be cut from one recording.
struct Wanted<'a> {
    class: ClassName,
    recording: &'a Recording,
    spans: Vec<Span>,
    /// Whether a span needs no clip, because the recording has one.
    is_there: fn(&Placed<Clip>, Span, &str) -> bool,
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
        Self::write_while(store, clips_folder, change, &mut |_| Ok(()))
    }

    /// As [`write_for`](Self::write_for); `go_on` is asked before each clip, and told what fraction of them is done.
    ///
    /// # Errors
    /// As there, and when `go_on` says no.
    pub fn write_while(
        store: &StoreHandle,
        clips_folder: &Path,
        change: &Change,
        go_on: &mut dyn FnMut(f32) -> Result<(), EngineError>,
    ) -> Result<Self, EngineError> {
        let mut written = Self::default();
        if let Target::Together { changes } = &change.target {
            for (index, part) in changes.iter().enumerate() {
                let go_on = &mut |done: f32| go_on((index as f32 + done) / changes.len() as f32);
                let of_part = Self::write_while(store, clips_folder, part, go_on)?;
                written.parts.push(of_part);
            }
            return Ok(written);
        }
        let all_wanted = wanted_by(change)?;
        let count: usize = all_wanted.iter().map(|wanted| wanted.spans.len()).sum();
        let mut looked_at = 0;
        for wanted in all_wanted {
            let folder = clips_folder.join(wanted.class.as_str());
            let profile = change.place.profile.as_str();
            let next = &mut || {
                let fraction = looked_at as f32 / count as f32;
                looked_at += 1;
                go_on(fraction)
            };
            written.cut(store, (clips_folder, &folder), profile, (&wanted, next))?;
        }
        Ok(written)
    }

    /// Exports the spans of one recording.
    fn cut(
        &mut self,
        store: &StoreHandle,
        (clips_folder, folder): (&Path, &Path),
        profile: &str,
        (wanted, next): (&Wanted<'_>, &mut dyn FnMut() -> Result<(), EngineError>),
    ) -> Result<(), EngineError> {
        let (recording, class) = (wanted.recording, &wanted.class);
        let known = store.with(|store| store.clips_in(profile, &recording.filename))?;
        let known = Placed::new(known);
        let go_on = &mut || ControlFlow::Continue(());
        let mut opened = None;
        for &span in &wanted.spans {
            next()?;
            if (wanted.is_there)(&known, span, class.as_str()) {
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
                class: class.as_str().to_owned(),
                path: file,
            });
        }
        Ok(())
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.parts.iter().all(Self::is_empty)
    }

    /// Those of number `index` of the changes that are made together.
    pub(super) fn of_part(&self, index: usize) -> Option<&Self> {
        self.parts.get(index)
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
                label: &file.class,
                scan_export: false,
                spread_s: 0.0,
            })?)
        });
        entered.collect()
    }

    /// The rows are committed: the files stay.
    pub(crate) fn keep(self) {
        self.set_kept();
    }

    fn set_kept(&self) {
        self.kept.set(true);
        self.parts.iter().for_each(Self::set_kept);
    }
}

/// What `change` confirms, by recording and class.
fn wanted_by(change: &Change) -> Result<Vec<Wanted<'_>>, EngineError> {
    let is_example: fn(&Placed<Clip>, Span, &str) -> bool =
        |clips, span, class| examples_on(clips, span, class).next().is_some();
    Ok(match &change.target {
        Target::Marked {
            kind: MarkKind::Positive { class },
            spans,
            marked: true,
            ..
        } => vec![Wanted {
            class: ClassName::new(class)?,
            recording: &recording_of(change)?.recording,
            spans: spans.clone(),
            is_there: is_example,
        }],
        Target::ExamplesAdded {
            class, recordings, ..
        } => {
            let class = ClassName::new(class)?;
            let wholes = recordings.iter().map(|placed| {
                Ok(Wanted {
                    class: class.clone(),
                    recording: &placed.recording,
                    spans: vec![Span::new(0.0, placed.length_s)?],
                    is_there: is_example,
                })
            });
            wholes.collect::<Result<_, EngineError>>()?
        }
        Target::Imported { recordings, .. } => {
            let mut wanted = Vec::new();
            for recording in recordings {
                for (class, spans) in examples_in(&recording.marks) {
                    wanted.push(Wanted {
                        class: ClassName::new(class)?,
                        recording: &recording.placed.recording,
                        spans,
                        is_there: is_same_example,
                    });
                }
            }
            wanted
        }
        _ => Vec::new(),
    })
}

/// The spans of the examples among `marks`, by class.
fn examples_in(marks: &[ImportedMark]) -> BTreeMap<&str, Vec<Span>> {
    let mut classes: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for mark in marks {
        if let Some(MarkKind::Positive { class }) = &mark.kind {
            classes.entry(class).or_default().push(mark.span);
        }
    }
    classes
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
