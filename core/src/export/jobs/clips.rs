//! Regions as clips: `<folder>/<class>/vid_NNN/clip_NNN_aM_K.wav`, the layout of 8-cut's scan exports, with a row each.
//!
//! `vid_NNN` is the recording's folder and gives the clip its number; `aM` counts regions on, never giving a number out again,
//! and `K` the clips of one region. The rows say that the user has not listened (`scan_export`), so a training leaves them out
//! unless the user includes them.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::{ExportJob, Exported, ExportedClips};
use crate::audio::{AudioError, Stretch, StretchReader};
use crate::export::{ClassName, ClipAudio, Existing, write_clip};
use crate::job::JobControl;
use crate::protocol::{ClipChoices, EngineError, IfThere, RegionState, RegionView};
use crate::store::{Clip, ClipId, NewClip, StoreHandle, clip_folders_on_disk};
use crate::time::Span;

/// Two times nearer than this, in seconds, are the same.
const SAME_S: f64 = 0.001;
/// Clips follow each other no faster than this, in seconds.
const LEAST_SPREAD_S: f64 = 0.05;

/// A clip to be written.
struct Planned {
    span: Span,
    class: ClassName,
    /// What the user wrote about the region; empty when there is no note.
    note: String,
    /// Counts the regions from 0.
    region: u32,
    /// Counts the clips of one region from 0.
    piece: u32,
    /// It was exported before, and its file is where it was.
    there: Option<PathBuf>,
}

pub(super) fn export(
    job: &ExportJob,
    folder: &Path,
    choices: &ClipChoices,
    store: &StoreHandle,
    control: &JobControl,
) -> Result<Exported, EngineError> {
    control.stage("looking what is there", 0.0);
    let (mut planned, short) = plan(&job.regions, choices)?;
    if planned.is_empty() {
        return Err(EngineError::NothingToExport);
    }
    let known = store.with(|store| store.clips_in(&job.profile, &job.recording.filename))?;
    for clip in &mut planned {
        clip.there = find(&known, folder, clip);
    }
    let there: Vec<PathBuf> = planned
        .iter()
        .filter_map(|clip| clip.there.clone())
        .collect();
    if job.request.if_there == IfThere::Ask && !there.is_empty() {
        return Ok(Exported::Asked { there });
    }
    let mut done = ExportedClips {
        folder: folder.to_owned(),
        short,
        ..ExportedClips::default()
    };
    let mut writer = Writer {
        job,
        folder,
        spread_s: choices.pieces.map_or(0.0, |pieces| pieces.spread_s),
        store,
        known: &known,
        slots: BTreeMap::new(),
        reader: None,
        added: HashSet::new(),
    };
    let count = planned.len();
    for (index, clip) in planned.iter().enumerate() {
        control.stage(
            format!("writing clip {} of {count}", index + 1),
            index as f32 / count as f32,
        );
        let written = if control.is_cancelled() {
            Err(EngineError::Cancelled)
        } else {
            writer.write(clip, control, &mut done)
        };
        if let Err(error) = written {
            if writer.added.is_empty() && done.replaced == 0 {
                return Err(error);
            }
            done.ended_by = Some(error);
            break;
        }
    }
    // Once for all of them: undo needs the rows whole.
    let entered = store.with(|store| store.clips_in(&job.profile, &job.recording.filename));
    match entered {
        Ok(rows) => {
            let is_new = |clip: &Clip| writer.added.contains(&clip.id);
            done.added = rows.into_iter().filter(is_new).collect();
        }
        Err(error) => done.ended_by = done.ended_by.or(Some(error.into())),
    }
    Ok(Exported::Clips(done))
}

/// All clips of `regions`, and how many regions are too short for any.
fn plan(
    regions: &[RegionView],
    choices: &ClipChoices,
) -> Result<(Vec<Planned>, usize), EngineError> {
    let mut planned = Vec::new();
    let (mut short, mut number) = (0, 0);
    // A note alone is about the recording, not about a sound.
    let regions = regions.iter();
    for region in regions.filter(|region| region.state != RegionState::Noted) {
        let spans = pieces(region.span, choices);
        if spans.is_empty() {
            short += 1;
            continue;
        }
        let class = ClassName::new(region.class.as_deref().unwrap_or(&choices.class))?;
        planned.extend(spans.into_iter().zip(0..).map(|(span, piece)| Planned {
            span,
            class: class.clone(),
            note: region.note.clone().unwrap_or_default(),
            region: number,
            piece,
            there: None,
        }));
        number += 1;
    }
    Ok((planned, short))
}

/// The clips of one region; none when it is too short.
fn pieces(region: Span, choices: &ClipChoices) -> Vec<Span> {
    if region.duration_s() <= 0.0 || region.duration_s() + SAME_S < choices.min_length_s {
        return Vec::new();
    }
    let Some(cut) = choices.pieces.filter(|cut| cut.length_s > 0.0) else {
        return vec![region];
    };
    let spread_s = cut.spread_s.max(LEAST_SPREAD_S);
    (0..)
        .map(|index| region.start_s() + f64::from(index) * spread_s)
        .map_while(|start_s| {
            let end_s = start_s + cut.length_s;
            let fits = end_s <= region.end_s() + SAME_S;
            Span::new(start_s, end_s).ok().filter(|_| fits)
        })
        .collect()
}

/// The file of an earlier export of the same clip below `folder`.
fn find(known: &[Clip], folder: &Path, wanted: &Planned) -> Option<PathBuf> {
    let is_same = |clip: &&Clip| {
        clip.scan_export
            && clip.class() == Some(wanted.class.as_str())
            && (clip.span.start_s() - wanted.span.start_s()).abs() < SAME_S
            && (clip.span.end_s() - wanted.span.end_s()).abs() < SAME_S
            && clip.output_path.starts_with(folder)
            && clip.output_path.is_file()
    };
    let found = known.iter().rev().find(is_same);
    found.map(|clip| clip.output_path.clone())
}

/// Where the clips of one class go.
struct Slot {
    folder: PathBuf,
    /// The number of the recording's folder.
    number: u32,
    /// Regions that were exported there before.
    regions: u32,
}

struct Writer<'a> {
    job: &'a ExportJob,
    folder: &'a Path,
    spread_s: f64,
    store: &'a StoreHandle,
    known: &'a [Clip],
    slots: BTreeMap<ClassName, Slot>,
    /// The recording, once something of it is written.
    reader: Option<StretchReader>,
    /// The rows of the clips that were written.
    added: HashSet<ClipId>,
}

impl Writer<'_> {
    fn write(
        &mut self,
        clip: &Planned,
        control: &JobControl,
        done: &mut ExportedClips,
    ) -> Result<(), EngineError> {
        if clip.there.is_some() && self.job.request.if_there == IfThere::Keep {
            done.kept += 1;
            return Ok(());
        }
        let recording = &self.job.recording;
        let stretch = self.read(clip.span, control)?;
        let audio = ClipAudio {
            samples: &stretch.interleaved,
            channels: stretch.channels,
            rate: stretch.rate,
            comment: &clip.note,
        };
        if let Some(there) = &clip.there {
            write_clip(there, Existing::Replace, &audio)?;
            done.replaced += 1;
            return Ok(());
        }
        let slot = self.slot(&clip.class)?;
        let target = slot.folder.join(format!(
            "clip_{:03}_a{}_{}.wav",
            slot.number,
            slot.regions + clip.region + 1,
            clip.piece
        ));
        write_clip(&target, Existing::Keep, &audio)?;
        let entered = self.store.with(|store| {
            store.add_clip(&NewClip {
                profile: &self.job.profile,
                filename: &recording.filename,
                span: clip.span,
                output_path: &target,
                source_path: &recording.path,
                label: clip.class.as_str(),
                scan_export: true,
                spread_s: self.spread_s,
            })
        });
        if entered.is_err() {
            // Without a row it would belong to nobody.
            drop(fs::remove_file(&target));
        }
        self.added.insert(entered?);
        Ok(())
    }

    fn read(&mut self, span: Span, control: &JobControl) -> Result<Stretch, EngineError> {
        let go_on = &mut || control.proceed();
        let read = match &mut self.reader {
            Some(reader) => reader.read_while(span, go_on),
            None => StretchReader::open_while(&self.job.recording.path, go_on)
                .and_then(|reader| self.reader.insert(reader).read_while(span, go_on)),
        };
        read.map_err(|error| match error {
            AudioError::Cancelled { .. } => EngineError::Cancelled,
            error => error.into(),
        })
    }

    /// The recording's folder in the class, looked up once per export.
    fn slot(&mut self, class: &ClassName) -> Result<&Slot, EngineError> {
        if !self.slots.contains_key(class) {
            let class_folder = self.folder.join(class.as_str());
            let on_disk = clip_folders_on_disk(&class_folder);
            let found = self.store.with(|store| {
                let (file, profile) = (&self.job.recording.filename, &self.job.profile);
                store.next_clip_folder(file, profile, &on_disk)
            })?;
            let number = found.trim_start_matches("vid_").parse().unwrap_or(1);
            let folder = class_folder.join(&found);
            let regions = regions_in(&folder, number, self.known);
            let slot = Slot {
                folder,
                number,
                regions,
            };
            self.slots.insert(class.clone(), slot);
        }
        self.slots.get(class).ok_or(EngineError::Vanished {
            what: "the folder of the clips",
        })
    }
}

/// The highest region number in the names of clips in `folder`, on the disk or in the database.
fn regions_in(folder: &Path, number: u32, known: &[Clip]) -> u32 {
    let prefix = format!("clip_{number:03}_a");
    let region_of = |name: &str| {
        let rest = name.strip_prefix(&prefix)?;
        rest.split('_').next()?.parse::<u32>().ok()
    };
    let on_disk = fs::read_dir(folder).into_iter().flatten().flatten();
    let on_disk = on_disk.filter_map(|entry| region_of(entry.file_name().to_str()?));
    let in_rows = known
        .iter()
        .filter(|clip| clip.output_path.parent() == Some(folder))
        .filter_map(|clip| region_of(clip.output_path.file_name()?.to_str()?));
    on_disk.chain(in_rows).max().unwrap_or(0)
}
