//! `clip …`, `negative …` and `relink`.

use std::path::{Path, PathBuf};

use earmark_core::audio;
use earmark_core::job::JobControl;
use earmark_core::marks::{Reviewer, Step};
use earmark_core::protocol::{EngineError, JobKind};
use earmark_core::recording::Recording;
use earmark_core::store::{Clip, ClipId, NegativeId};
use earmark_core::time::{Span, timecode};
use earmark_core::words::counted;

use super::Context;

pub fn add_clips(
    context: &Context,
    files: &[PathBuf],
    class: &str,
    start: Option<f64>,
    end: Option<f64>,
) -> Result<(), EngineError> {
    let mut added = Vec::new();
    for file in files {
        let recording = Recording::at(file)?;
        let length_s = length_of(&recording)?;
        let span = Span::new(
            start.unwrap_or(0.0).max(0.0),
            end.unwrap_or(length_s).min(length_s),
        )?;
        added.push(reviewer(context, recording, "").confirm(&[span], class)?);
    }
    let clips: Vec<&Clip> = added
        .iter()
        .flat_map(|deed| &deed.steps)
        .filter_map(|step| match step {
            Step::ClipsAdded(clips) => Some(clips),
            _ => None,
        })
        .flatten()
        .collect();
    context.output.show(&clips, |clips| {
        let known = files.len().saturating_sub(clips.len());
        let mut text: String = clips
            .iter()
            .map(|clip| format!("{} of {} as {class}\n", clip.id.0, clip.filename))
            .collect();
        if known > 0 {
            text.push_str(&format!(
                "{} already a clip of {class}\n",
                counted(known, "stretch")
            ));
        }
        text
    });
    Ok(())
}

pub fn list_clips(context: &Context, class: Option<&str>) -> Result<(), EngineError> {
    let clips = context
        .store
        .with(|store| store.clips(&context.profile, class))?;
    context.output.show(&clips, |clips| {
        if clips.is_empty() {
            return format!("no clips in the profile {}", context.profile);
        }
        clips
            .iter()
            .map(|clip| {
                format!(
                    "{:>5}  {}  {} {}  {}\n",
                    clip.id.0,
                    clip.class().unwrap_or_default(),
                    timecode(clip.span.start_s()),
                    timecode(clip.span.end_s()),
                    clip.filename
                )
            })
            .collect()
    });
    Ok(())
}

pub fn remove_clips(context: &Context, ids: &[i64]) -> Result<(), EngineError> {
    let ids: Vec<ClipId> = ids.iter().copied().map(ClipId).collect();
    let removed = context.store.with(|store| store.remove_clips(&ids))?;
    context.output.show(&removed, |removed| {
        let mut text = format!("removed {}\n", counted(removed.len(), "clip"));
        for clip in removed {
            text.push_str(&format!("its file stays: {}\n", clip.output_path.display()));
        }
        text
    });
    Ok(())
}

pub fn add_negative(
    context: &Context,
    file: &Path,
    start: f64,
    end: Option<f64>,
    model: &str,
) -> Result<(), EngineError> {
    let recording = Recording::at(file)?;
    let length_s = length_of(&recording)?;
    let span = Span::new(start.max(0.0), end.unwrap_or(start + 1.0).min(length_s))?;
    let deed = reviewer(context, recording, model).mark_negatives(&[span])?;
    let added = deed.steps.iter().find_map(|step| match step {
        Step::NegativesAdded(rows) => rows.first(),
        _ => None,
    });
    context.output.show(&added, |added| {
        added.map_or_else(String::new, |row| {
            format!(
                "hard negative {} at {} of {}",
                row.id,
                timecode(row.start_s),
                row.filename
            )
        })
    });
    Ok(())
}

pub fn list_negatives(context: &Context, model: Option<&str>) -> Result<(), EngineError> {
    let rows = context
        .store
        .with(|store| store.negatives(&context.profile, model))?;
    context.output.show(&rows, |rows| {
        if rows.is_empty() {
            return format!("no hard negatives in the profile {}", context.profile);
        }
        rows.iter()
            .map(|row| {
                format!(
                    "{:>5}  {}  {}  {}  {}\n",
                    row.id.0,
                    timecode(row.start_s),
                    row.source_model,
                    row.created_at,
                    row.filename
                )
            })
            .collect()
    });
    Ok(())
}

pub fn remove_negatives(context: &Context, ids: &[i64]) -> Result<(), EngineError> {
    let ids: Vec<NegativeId> = ids.iter().copied().map(NegativeId).collect();
    let removed = context.store.with(|store| store.remove_negatives(&ids))?;
    context.output.show(&removed, |removed| {
        format!("removed {}", counted(removed.len(), "hard negative"))
    });
    Ok(())
}

pub fn clear_negatives(
    context: &Context,
    model: Option<&str>,
    yes: bool,
) -> Result<(), EngineError> {
    if !yes {
        let count = context
            .store
            .with(|store| store.negatives(&context.profile, model))?
            .len();
        context.output.note(&format!(
            "this would remove {} of the profile {}; say --yes to do it",
            counted(count, "hard negative"),
            context.profile
        ));
        context
            .output
            .show(&Vec::<i64>::new(), |_| String::from("removed nothing"));
        return Ok(());
    }
    let removed = context
        .store
        .with(|store| store.clear_negatives(&context.profile, model))?;
    context.output.show(&removed, |removed| {
        format!("removed {}", counted(removed.len(), "hard negative"))
    });
    Ok(())
}

pub fn relink(context: &Context, folder: &Path) -> Result<(), EngineError> {
    let job = JobControl::new(JobKind::Finding);
    let resolved = context
        .worker()
        .find_recordings(&context.profile, folder, &job)?;
    context.output.show(&resolved, |resolved| {
        let mut text = format!(
            "found the recordings of {}, {} and {}\n",
            counted(resolved.clips, "clip"),
            counted(resolved.hard_negatives, "hard negative"),
            counted(resolved.scans, "scan"),
        );
        for name in &resolved.missing {
            text.push_str(&format!("still missing: {name}\n"));
        }
        for name in &resolved.ambiguous {
            text.push_str(&format!(
                "there more than once, so left alone: {name}; name the folder that it is in\n"
            ));
        }
        text
    });
    Ok(())
}

pub(super) fn length_of(recording: &Recording) -> Result<f64, EngineError> {
    let source = audio::open(&recording.path)?;
    Ok(source.frames() as f64 / f64::from(source.rate().hz()))
}

pub(super) fn reviewer(context: &Context, recording: Recording, model: &str) -> Reviewer {
    Reviewer {
        store: context.store.clone(),
        profile: context.profile.clone(),
        model: model.to_owned(),
        recording,
        clips_folder: context.config.clips_folder.clone(),
    }
}
