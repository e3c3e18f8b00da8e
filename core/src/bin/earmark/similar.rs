//! `similar`: the stretches of other recordings that sound like an example.

use std::path::{Path, PathBuf};

use earmark_core::audio;
use earmark_core::job::JobControl;
use earmark_core::limits;
use earmark_core::platform::serialize_path;
use earmark_core::protocol::{Example, JobKind};
use earmark_core::time::Span;
use earmark_core::worker::{SimilarHit, SimilarRequest, SimilarScope, whole_path};
use serde::Serialize;

use super::Context;
use super::arguments::{SaidStretch, SearchedPlace, SimilarArguments};
use super::failure::Failure;
use super::library::rows_in_words;
use super::models::expect_model;
use super::progress::while_shown;
use super::scan::note_all;

#[derive(Serialize)]
struct Found {
    /// The first example.
    #[serde(flatten)]
    example: Listened,
    /// The other ones.
    also: Vec<Listened>,
    #[serde(rename = "not")]
    rejected: Vec<Listened>,
    model: String,
    hits: Vec<SimilarHit>,
}

/// A stretch that the search went by.
#[derive(Serialize)]
struct Listened {
    #[serde(serialize_with = "serialize_path")]
    path: PathBuf,
    #[serde(flatten)]
    span: Span,
}

impl From<&Example> for Listened {
    fn from(example: &Example) -> Self {
        Self {
            path: example.recording.path.clone(),
            span: example.span,
        }
    }
}

pub fn similar(context: &Context, arguments: &SimilarArguments) -> Result<(), Failure> {
    expect_model(context, &arguments.model)?;
    let first = example(context, &arguments.file, (arguments.start, arguments.end))?;
    let also = examples(context, &arguments.also)?;
    let rejected = examples(context, &arguments.rejected)?;
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
        examples: std::iter::once(first.clone())
            .chain(also.iter().cloned())
            .collect(),
        rejected,
        scope,
        model: arguments.model.clone(),
        top: arguments.top as usize,
    };
    let job = JobControl::new(JobKind::Searching);
    let mut worker = context.worker();
    let hits = while_shown(context.output.bar(), &job, || {
        worker.similar(&request, &job)
    });
    note_all(context, &mut worker);
    let found = Found {
        example: (&first).into(),
        also: also.iter().map(Listened::from).collect(),
        rejected: request.rejected.iter().map(Listened::from).collect(),
        model: request.model,
        hits: hits?,
    };
    context.output.show(&found, in_words)
}

/// The stretches that are `said`.
fn examples(context: &Context, said: &[SaidStretch]) -> Result<Vec<Example>, Failure> {
    let examples = said.iter().map(|said| {
        let (start, end) = said.times_s.unzip();
        example(context, &said.file, (start, end))
    });
    examples.collect()
}

/// A stretch of a file: from its start where no start is said, to its end where no end is.
fn example(
    context: &Context,
    file: &Path,
    (start, end): (Option<f64>, Option<f64>),
) -> Result<Example, Failure> {
    let recording = context.find(file)?;
    if !recording.path.exists() {
        return Err(Failure::NoFile {
            path: recording.path.clone(),
        });
    }
    let source = audio::open(&recording.path)?;
    let length_s = source.frames() as f64 / f64::from(source.rate().hz());
    let start_s = start.unwrap_or(0.0);
    // A start beyond the end is refused as such.
    let rest_s = if start_s < length_s {
        length_s
    } else {
        start_s + 1.0
    };
    let end_s = end.unwrap_or(rest_s);
    let span = limits::example(limits::span_within(start_s, end_s, length_s)?)?;
    Ok(Example { recording, span })
}

fn in_words(found: &Found) -> String {
    if found.hits.is_empty() {
        return String::from("nothing there sounds like it");
    }
    let hits = found.hits.iter();
    rows_in_words(hits.map(|hit| (hit.likeness, hit.span, hit.path.as_path())))
}
