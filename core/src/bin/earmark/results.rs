//! `results`, `versions`, `compare`.

use std::path::Path;

use earmark_core::frequency::Band;
use earmark_core::marks::Marks;
use earmark_core::protocol::{EngineError, NoteSearch};
use earmark_core::scan::{self, ScoredSpan};
use earmark_core::store::{ScanVersion, Store, StoreError};
use earmark_core::time::{Span, timecode};
use earmark_core::words::counted;
use serde::Serialize;

use super::Context;
use super::arguments::{CompareArguments, ResultsArguments};
use super::failure::Failure;
use super::models::expect_model;

#[derive(Serialize)]
struct Results {
    filename: String,
    model: String,
    version: u32,
    timestamp: String,
    threshold: f32,
    regions: Vec<Region>,
}

#[derive(Serialize)]
struct Region {
    /// Absent when the regions were cut anew.
    id: Option<i64>,
    start_s: f64,
    end_s: f64,
    score: f32,
    state: &'static str,
    note: Option<String>,
    /// The frequencies of a mark that was drawn as a box on the spectrogram.
    low_hz: Option<f64>,
    high_hz: Option<f64>,
}

pub fn results(context: &Context, arguments: &ResultsArguments) -> Result<(), Failure> {
    let model = arguments.model.as_str();
    expect_model(context, model)?;
    let (version, threshold, peaks) = (
        arguments.version.as_deref(),
        arguments.threshold,
        arguments.peaks,
    );
    let wanted = NoteSearch::new(arguments.find.as_deref().unwrap_or_default());
    let filename = context.find(&arguments.file)?.filename;
    let profile = context.profile.as_str();
    let shown = context.store.with(|store| {
        let Some(found) = choose(store, &filename, profile, model, version)? else {
            return Ok(None);
        };
        let marks = Marks::read(store, profile, &filename)?;
        let state = |span: Span, disabled: bool| marks.state(span, disabled).word();
        let anew = |spans: Vec<ScoredSpan>| {
            spans
                .into_iter()
                .map(|found| Region {
                    id: None,
                    start_s: found.span.start_s(),
                    end_s: found.span.end_s(),
                    score: found.score,
                    state: state(found.span, false),
                    note: marks.note_on(found.span),
                    low_hz: marks.band(found.span).map(Band::low_hz),
                    high_hz: marks.band(found.span).map(Band::high_hz),
                })
                .collect()
        };
        let scores = match (peaks, threshold) {
            (false, None) => None,
            _ => store.scores(&filename, profile, model, &found.timestamp)?,
        };
        let mut regions: Vec<Region> = match (scores, threshold) {
            (Some(scores), Some(threshold)) => {
                let shape = store.region_shape(profile, model)?;
                anew(scan::regions(&scores, &shape.at(threshold)))
            }
            (Some(scores), None) => anew(scan::peaks(&scores)),
            (None, _) => store
                .regions(&filename, profile, model, &found.timestamp)?
                .into_iter()
                .map(|row| Region {
                    id: Some(row.id.0),
                    start_s: row.span.start_s(),
                    end_s: row.span.end_s(),
                    score: row.score,
                    state: state(row.span, row.disabled),
                    note: marks.note_on(row.span),
                    low_hz: marks.band(row.span).map(Band::low_hz),
                    high_hz: marks.band(row.span).map(Band::high_hz),
                })
                .collect(),
        };
        regions.retain(|region| wanted.finds(region.note.as_deref()));
        Ok(Some(Results {
            filename: filename.clone(),
            model: model.to_owned(),
            version: found.number,
            timestamp: found.timestamp,
            threshold: threshold.or(found.threshold).unwrap_or_default(),
            regions,
        }))
    })?;
    let shown = shown.ok_or_else(|| no_such_version(context, &filename, model, version))?;
    context.output.show(&shown, in_words)
}

/// A line for the version, and one for each region.
fn in_words(shown: &Results) -> String {
    let mut text = format!(
        "{} {} ({}) [v{}]\n",
        shown.filename,
        shown.model,
        shown.regions.len(),
        shown.version
    );
    for (index, region) in shown.regions.iter().enumerate() {
        text.push_str(&format!(
            "{:>4}  {}  {}  {:.2}  {}{}{}\n",
            index + 1,
            timecode(region.start_s),
            timecode(region.end_s),
            region.score,
            region.state,
            note_in_words(region.note.as_deref()),
            match (region.low_hz, region.high_hz) {
                (Some(low_hz), Some(high_hz)) => format!("  {low_hz:.0} to {high_hz:.0} Hz"),
                _ => String::new(),
            }
        ));
    }
    text
}

/// What stands behind the state of a region.
pub(super) fn note_in_words(note: Option<&str>) -> String {
    note.map_or_else(String::new, |note| format!("  {note}"))
}

pub fn versions(context: &Context, file: &Path, model: &str) -> Result<(), Failure> {
    expect_model(context, model)?;
    let filename = context.find(file)?.filename;
    let versions = context
        .store
        .with(|store| store.versions(&filename, &context.profile, model))?;
    context.output.show(&versions, |versions| {
        if versions.is_empty() {
            return format!(
                "{filename} has no results by {model} in the profile {}",
                context.profile
            );
        }
        versions
            .iter()
            .map(|version| {
                let best = version
                    .best_score
                    .map_or_else(String::new, |score| format!(", best {score:.2}"));
                let by = version
                    .classifier
                    .map_or_else(String::new, |number| format!(", classifier {number}"));
                format!(
                    "v{}  {}  {}{best}{by}\n",
                    version.number,
                    version.timestamp,
                    counted(version.regions, "region")
                )
            })
            .collect()
    })
}

#[derive(Serialize)]
struct Compared {
    filename: String,
    model: String,
    from: u32,
    to: u32,
    kept: Vec<ScoredSpan>,
    moved: Vec<ScoredSpan>,
    new: Vec<ScoredSpan>,
    gone: Vec<ScoredSpan>,
}

pub fn compare(context: &Context, arguments: &CompareArguments) -> Result<(), Failure> {
    let model = arguments.model.as_str();
    expect_model(context, model)?;
    let (from, to) = (arguments.from.as_str(), arguments.to.as_str());
    let filename = context.find(&arguments.file)?.filename;
    let read = |version: &str| {
        let found = context.store.with(|store| {
            let Some(found) = choose(store, &filename, &context.profile, model, Some(version))?
            else {
                return Ok(None);
            };
            let rows = store.regions(&filename, &context.profile, model, &found.timestamp)?;
            let spans: Vec<ScoredSpan> = rows
                .into_iter()
                .map(|row| ScoredSpan {
                    span: row.span,
                    score: row.score,
                })
                .collect();
            Ok(Some((spans, found.number)))
        })?;
        found.ok_or_else(|| no_such_version(context, &filename, model, Some(version)))
    };
    let (before, from) = read(from)?;
    let (after, to) = read(to)?;
    let found = scan::compare(&before, &after);
    let of = |spans: &[ScoredSpan], indices: Vec<usize>| -> Vec<ScoredSpan> {
        indices
            .into_iter()
            .filter_map(|index| spans.get(index).copied())
            .collect()
    };
    let second = |pairs: &[(usize, usize)]| pairs.iter().map(|&(_, index)| index).collect();
    let compared = Compared {
        kept: of(&after, second(&found.kept)),
        moved: of(&after, second(&found.moved)),
        new: of(&after, found.new),
        gone: of(&before, found.gone),
        filename,
        model: model.to_owned(),
        from,
        to,
    };
    context.output.show(&compared, |compared| {
        let mut text = format!(
            "{} {} v{} to v{}: {} kept, {} moved, {} new, {} gone\n",
            compared.filename,
            compared.model,
            compared.from,
            compared.to,
            compared.kept.len(),
            compared.moved.len(),
            compared.new.len(),
            compared.gone.len()
        );
        for (word, spans) in [
            ("new", &compared.new),
            ("moved", &compared.moved),
            ("gone", &compared.gone),
        ] {
            for found in spans {
                text.push_str(&format!(
                    "{word:>5}  {}  {}  {:.2}\n",
                    timecode(found.span.start_s()),
                    timecode(found.span.end_s()),
                    found.score
                ));
            }
        }
        text
    })
}

/// The version called `wanted` (a number, with or without its v, or a timestamp), or the newest.
pub fn choose(
    store: &mut Store,
    filename: &str,
    profile: &str,
    model: &str,
    wanted: Option<&str>,
) -> Result<Option<ScanVersion>, StoreError> {
    let versions = store.versions(filename, profile, model)?;
    Ok(match wanted {
        None => versions.into_iter().next(),
        Some(name) => {
            let number = name.trim_start_matches('v').parse::<u32>().ok();
            versions
                .into_iter()
                .find(|version| version.timestamp == name || Some(version.number) == number)
        }
    })
}

/// Why there is no version called `wanted`, or none at all.
pub fn no_such_version(
    context: &Context,
    filename: &str,
    model: &str,
    wanted: Option<&str>,
) -> Failure {
    let (filename, model, profile) = (
        filename.to_owned(),
        model.to_owned(),
        context.profile.clone(),
    );
    match wanted {
        Some(name) => Failure::Engine(EngineError::NoSuchVersion {
            wanted: format!("version {name}"),
            filename,
            model,
            profile,
        }),
        None => Failure::NoResults {
            filename,
            model,
            profile,
        },
    }
}
