//! `clip …`, `negative …` and `relink`.

use std::path::Path;

use earmark_core::audio::{self, SampleSource};
use earmark_core::export::ClassName;
use earmark_core::frequency::Band;
use earmark_core::job::JobControl;
use earmark_core::limits;
use earmark_core::marks::{self, Added};
use earmark_core::protocol::{Change, JobKind, MarkKind, Place, PlacedRecording, Target};
use earmark_core::recording::Recording;
use earmark_core::store::{Clip, ClipId, NegativeId};
use earmark_core::time::{Span, timecode};
use earmark_core::words::counted;
use serde::Serialize;

use super::Context;
use super::arguments::{ClipAddArguments, MarkArguments};
use super::failure::{Failed, Failure};
use super::inputs::{Inputs, recording};
use super::models::expect_model;

/// How much of a recording is looked through at once for something to hear, in samples.
const CHUNK: usize = 1 << 16;

pub fn add_clips(context: &Context, arguments: &ClipAddArguments) -> Result<(), Failure> {
    let class = ClassName::new(&arguments.class)?;
    let class = class.as_str();
    let inputs = Inputs::gather(context, &arguments.files)?;
    let all = inputs.count();
    let mut failed = inputs.failed;
    let mut clips = Vec::new();
    for recording in inputs.recordings {
        let path = recording.path.clone();
        let filename = recording.filename.clone();
        match add_clip(context, recording, class, arguments) {
            Ok(added) if added.is_empty() => {
                let line = format!("{filename} is an example of {class} already");
                context.output.show_line(&line)?;
            }
            Ok(added) => {
                for clip in added {
                    let line = format!("{} of {} as {class}", clip.id.0, clip.filename);
                    context.output.show_line(&line)?;
                    clips.push(clip);
                }
            }
            Err(failure) if failure.is_about_one_file() => {
                failed.push(Failed::new(&path, &failure));
            }
            Err(failure) => {
                context.output.show_whole(&clips)?;
                return Err(failure);
            }
        }
    }
    context.output.show_whole(&clips)?;
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::Partly {
        what: "files could not be added",
        all,
        failed,
    })
}

/// The clips that were added: none where there is one of the class already.
fn add_clip(
    context: &Context,
    recording: Recording,
    class: &str,
    arguments: &ClipAddArguments,
) -> Result<Vec<Clip>, Failure> {
    let mut source = audio::open(&recording.path)?;
    let length_s = length_of(source.as_ref());
    let start_s = arguments.start.unwrap_or(0.0);
    let end_s = arguments.end.unwrap_or(length_s);
    let span = limits::example(limits::span_within(start_s, end_s, length_s)?)?;
    if is_silent(source.as_mut(), span)? {
        return Err(Failure::Silent {
            path: recording.path,
        });
    }
    drop(source);
    let place = MarkPlace {
        recording,
        model: "",
        span,
        length_s,
        band: arguments.band.band()?,
    };
    let class = class.to_owned();
    match mark(context, place, MarkKind::Positive { class })? {
        Added::Clips(clips) => Ok(clips),
        _ => Ok(Vec::new()),
    }
}

pub fn list_clips(context: &Context, class: Option<&str>) -> Result<(), Failure> {
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
    })
}

pub fn delete_clips(context: &Context, ids: &[i64]) -> Result<(), Failure> {
    let rows: Vec<ClipId> = ids.iter().copied().map(ClipId).collect();
    let deleted = context.store.with(|store| store.remove_clips(&rows))?;
    let deletion = Deletion {
        what: "clip",
        list: "clip list",
        ids,
        deleted: deleted.iter().map(|clip| clip.id.0).collect(),
    };
    deletion.show(context, &deleted, |deleted| {
        deleted
            .iter()
            .map(|clip| format!("its file stays: {}\n", clip.output_path.display()))
            .collect()
    })
}

pub fn add_negative(context: &Context, arguments: &MarkArguments) -> Result<(), Failure> {
    let place = to_mark(context, arguments)?;
    let at = place.in_words();
    let added = match mark(context, place, MarkKind::Negative)? {
        Added::Negatives(rows) => rows.into_iter().next(),
        _ => None,
    };
    context.output.show(&added, |added| {
        added.as_ref().map_or_else(
            || format!("{at} is a hard negative already"),
            |row| format!("hard negative {} at {at}", row.id),
        )
    })
}

pub fn list_negatives(context: &Context, model: Option<&str>) -> Result<(), Failure> {
    if let Some(model) = model {
        expect_model(context, model)?;
    }
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
    })
}

pub fn delete_negatives(context: &Context, ids: &[i64]) -> Result<(), Failure> {
    let rows: Vec<NegativeId> = ids.iter().copied().map(NegativeId).collect();
    let deleted = context.store.with(|store| store.remove_negatives(&rows))?;
    let deletion = Deletion {
        what: "hard negative",
        list: "negative list",
        ids,
        deleted: deleted.iter().map(|row| row.id.0).collect(),
    };
    deletion.show(context, &deleted, |_| String::new())
}

pub fn clear_negatives(context: &Context, model: Option<&str>, yes: bool) -> Result<(), Failure> {
    if let Some(model) = model {
        expect_model(context, model)?;
    }
    let of = |model: &str| format!(" from results by {model}");
    let which = format!(
        "{} in the profile {}",
        model.map_or_else(String::new, of),
        context.profile
    );
    let count = context
        .store
        .with(|store| store.negatives(&context.profile, model))?
        .len();
    if count == 0 {
        return Err(Failure::NothingToDelete {
            why: format!("there are no hard negatives{which}"),
        });
    }
    if !yes {
        let what = format!("delete {}{which}", counted(count, "hard negative"));
        context.output.confirm(&what)?;
    }
    let deleted = context
        .store
        .with(|store| store.clear_negatives(&context.profile, model))?;
    context.output.show(&deleted, |deleted| {
        format!("deleted {}", counted(deleted.len(), "hard negative"))
    })
}

pub fn relink(context: &Context, folder: &Path) -> Result<(), Failure> {
    let job = JobControl::new(JobKind::Finding);
    let resolved = context
        .worker()
        .find_recordings(&context.profile, folder, &job)?;
    context.output.show(&resolved, |resolved| {
        let mut text = format!(
            "found {} and the recordings of {}, {} and {}\n",
            counted(resolved.takes, "take"),
            counted(resolved.clips, "clip"),
            counted(resolved.hard_negatives, "hard negative"),
            counted(resolved.scans, "scan"),
        );
        for name in &resolved.missing {
            text.push_str(&format!("still missing: {name}\n"));
        }
        for name in &resolved.ambiguous {
            text.push_str(&format!(
                "found more than once, so left as it was: {name}; name the folder that it is in\n"
            ));
        }
        text
    })
}

/// A deletion of rows by the ids that somebody typed.
pub(super) struct Deletion<'a> {
    pub what: &'static str,
    /// The command that lists the ids.
    pub list: &'static str,
    pub ids: &'a [i64],
    pub deleted: Vec<i64>,
}

impl Deletion<'_> {
    /// Shows the rows that were deleted, with what else there is to say of them, and names the ids that no row has.
    pub(super) fn show<T: Serialize>(
        self,
        context: &Context,
        rows: &Vec<T>,
        details: impl FnOnce(&Vec<T>) -> String,
    ) -> Result<(), Failure> {
        if !rows.is_empty() {
            context.output.show(rows, |rows| {
                format!("deleted {}\n", counted(rows.len(), self.what)) + &details(rows)
            })?;
        }
        let mut unknown = self.ids.to_vec();
        unknown.retain(|id| !self.deleted.contains(id));
        if unknown.is_empty() {
            return Ok(());
        }
        Err(Failure::NoSuchIds {
            what: self.what,
            list: self.list,
            ids: unknown,
        })
    }
}

/// Where a mark or a note goes.
pub(super) struct MarkPlace<'a> {
    recording: Recording,
    /// The model whose results the span was found in; empty for none.
    model: &'a str,
    span: Span,
    /// Length of the recording.
    length_s: f64,
    /// The frequencies of the mark, if somebody says.
    band: Option<Band>,
}

impl<'a> MarkPlace<'a> {
    /// The span of the recording at `path` that begins at `start_s`. Without an end it is one second long, or reaches to the end
    /// of the recording.
    pub(super) fn read(
        context: &Context,
        path: &Path,
        (start_s, end_s): (f64, Option<f64>),
        model: &'a str,
    ) -> Result<Self, Failure> {
        let recording = recording(context, path)?;
        let length_s = length_of(audio::open(&recording.path)?.as_ref());
        let end_s = end_s.unwrap_or(start_s + 1.0);
        Ok(Self {
            recording,
            model,
            span: limits::span_within(start_s, end_s, length_s)?,
            length_s,
            band: None,
        })
    }

    pub(super) fn span(&self) -> Span {
        self.span
    }

    /// `00:00:05.000 of room.wav`.
    pub(super) fn in_words(&self) -> String {
        format!(
            "{} of {}",
            timecode(self.span.start_s()),
            self.recording.filename
        )
    }
}

/// Where `arguments` say that a mark goes. Without an end it is one second long, or reaches to the end of the recording.
pub(super) fn to_mark<'a>(
    context: &Context,
    arguments: &'a MarkArguments,
) -> Result<MarkPlace<'a>, Failure> {
    expect_model(context, &arguments.model)?;
    let times_s = (arguments.start, arguments.end);
    let place = MarkPlace::read(context, &arguments.file, times_s, &arguments.model)?;
    Ok(MarkPlace {
        band: arguments.band.band()?,
        ..place
    })
}

/// Marks a span as `kind`, and returns the rows that are new.
pub(super) fn mark(
    context: &Context,
    place: MarkPlace<'_>,
    kind: MarkKind,
) -> Result<Added, Failure> {
    let target = Target::Marked {
        kind,
        spans: vec![place.span],
        marked: true,
        band: place.band,
    };
    commit(context, place, target)
}

/// Brings about `target` at `place`, and returns the rows that are new.
pub(super) fn commit(
    context: &Context,
    place: MarkPlace<'_>,
    target: Target,
) -> Result<Added, Failure> {
    let change = Change {
        place: Place {
            profile: context.profile.clone(),
            model: place.model.to_owned(),
            recording: Some(PlacedRecording {
                recording: place.recording,
                start_s: 0.0,
                length_s: place.length_s,
            }),
            version: None,
            generation: context.store.generation(),
        },
        target,
    };
    let applied = marks::commit(&context.store, &context.config.clips_folder, &change)?;
    Ok(applied.outcome.added)
}

fn length_of(source: &dyn SampleSource) -> f64 {
    source.frames() as f64 / f64::from(source.rate().hz())
}

/// Whether every sample of `span` is zero.
fn is_silent(source: &mut dyn SampleSource, span: Span) -> Result<bool, Failure> {
    let rate_hz = f64::from(source.rate().hz());
    let end = (span.end_s() * rate_hz) as i64;
    let mut at = (span.start_s() * rate_hz) as i64;
    let mut samples = vec![0.0; CHUNK];
    while at < end {
        let wanted = usize::try_from(end - at).unwrap_or(CHUNK).min(CHUNK);
        samples.truncate(wanted);
        source.read_mono(at, &mut samples)?;
        if samples.iter().any(|&sample| sample != 0.0) {
            return Ok(false);
        }
        at += wanted as i64;
    }
    Ok(true)
}
