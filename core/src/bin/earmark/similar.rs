//! `similar`: the stretches of other recordings that sound like an example.

use std::path::PathBuf;

use earmark_core::audio;
use earmark_core::job::JobControl;
use earmark_core::limits;
use earmark_core::protocol::JobKind;
use earmark_core::recording::Recording;
use earmark_core::time::Span;
use earmark_core::worker::{Example, SimilarHit, SimilarRequest, SimilarScope, whole_path};
use serde::Serialize;

use super::Context;
use super::arguments::{SearchedPlace, SimilarArguments};
use super::failure::Failure;
use super::library::rows_in_words;
use super::models::expect_model;
use super::progress::while_shown;
use super::scan::note_all;

#[derive(Serialize)]
struct Found {
    /// The example.
    path: PathBuf,
    start_s: f64,
    end_s: f64,
    model: String,
    hits: Vec<SimilarHit>,
}

pub fn similar(context: &Context, arguments: &SimilarArguments) -> Result<(), Failure> {
    expect_model(context, &arguments.model)?;
    let recording = context.find(&arguments.file)?;
    let span = span_of(&recording, arguments)?;
    let scope = match &arguments.place {
        SearchedPlace::Take => SimilarScope::Recording,
        SearchedPlace::Project => SimilarScope::Profile(context.profile.clone()),
        SearchedPlace::Library => SimilarScope::Library,
        SearchedPlace::Folder(path) => {
            let path = whole_path(path);
            if !path.is_dir() {
                return Err(Failure::NoFolder { path });
            }
            SimilarScope::Folder(path)
        }
    };
    let request = SimilarRequest {
        examples: vec![Example {
            recording: recording.clone(),
            span,
        }],
        rejected: Vec::new(),
        scope,
        model: arguments.model.clone(),
        top: arguments.top as usize,
    };
    let job = JobControl::new(JobKind::Finding);
    let mut worker = context.worker();
    let hits = while_shown(context.output.bar(), &job, || {
        worker.similar(&request, &job)
    });
    note_all(context, &mut worker);
    let found = Found {
        path: recording.path,
        start_s: span.start_s(),
        end_s: span.end_s(),
        model: request.model,
        hits: hits?,
    };
    context.output.show(&found, in_words)
}

/// The stretch of the example.
fn span_of(recording: &Recording, arguments: &SimilarArguments) -> Result<Span, Failure> {
    if !recording.path.exists() {
        return Err(Failure::NoFile {
            path: recording.path.clone(),
        });
    }
    let source = audio::open(&recording.path)?;
    let length_s = source.frames() as f64 / f64::from(source.rate().hz());
    let start_s = arguments.start.unwrap_or(0.0);
    // A start beyond the end is refused as such.
    let rest_s = if start_s < length_s {
        length_s
    } else {
        start_s + 1.0
    };
    let end_s = arguments.end.unwrap_or(rest_s);
    Ok(limits::example(limits::span_within(
        start_s, end_s, length_s,
    )?)?)
}

fn in_words(found: &Found) -> String {
    if found.hits.is_empty() {
        return String::from("nothing there sounds like it");
    }
    let hits = found.hits.iter();
    rows_in_words(hits.map(|hit| (hit.likeness, hit.span, hit.path.as_path())))
}
