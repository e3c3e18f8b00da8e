//! `timeline`: what was found on a track, in the project's time, over all its takes.
//!
//! `--tsv` is for the scripts in `daw/`, which read it without a library. Each line begins with what it is; a backslash, a tab and
//! a line break inside a field are written as `\\`, `\t`, `\n` and `\r`. The last line is `end` or `error`, so a script notices when
//! the output was cut.

use earmark_core::frequency::Band;
use earmark_core::marks::Marks;
use earmark_core::protocol::RegionView;
use earmark_core::store::{SourceRow, Store, StoreError, TakeRow};
use earmark_core::time::timecode;
use earmark_core::words::counted;
use serde::Serialize;

use super::Context;
use super::arguments::TimelineArguments;
use super::failure::Failure;
use super::models::expect_model;
use super::output;
use super::results::note_in_words;

#[derive(Serialize)]
struct Timeline {
    source: String,
    source_id: String,
    model: String,
    /// In the order of the timeline.
    regions: Vec<Region>,
}

#[derive(Serialize)]
struct Region {
    /// Seconds on the project's timeline.
    start_s: f64,
    end_s: f64,
    /// The same in samples of the take.
    start_sample: i64,
    end_sample: i64,
    rate_hz: u32,
    score: f32,
    state: &'static str,
    /// The class that the region was confirmed as.
    class: Option<String>,
    note: Option<String>,
    /// The frequencies of a mark that was drawn as a box on the spectrogram.
    low_hz: Option<f64>,
    high_hz: Option<f64>,
    take: String,
    version: u32,
}

pub fn timeline(context: &Context, arguments: &TimelineArguments) -> Result<(), Failure> {
    let gathered = gather(context, arguments);
    if !arguments.tsv {
        return context.output.show(&gathered?, in_words);
    }
    match gathered {
        Ok(shown) => output::print(&in_fields(&shown)),
        Err(failure) => {
            output::print(&line_of(&["error", &failure.to_string()]))?;
            Err(failure)
        }
    }
}

fn gather(context: &Context, arguments: &TimelineArguments) -> Result<Timeline, Failure> {
    let model = arguments.model.as_str();
    expect_model(context, model)?;
    let source = chosen_source(context, arguments.source.wanted())?;
    let profile = context.profile.as_str();
    let regions = context.store.with(|store| {
        let mut regions = Vec::new();
        for take in store.takes_of(&source.id)? {
            regions.extend(regions_of(store, &take, profile, model)?);
        }
        Ok(regions)
    })?;
    let mut regions: Vec<Region> = regions
        .into_iter()
        .filter(|region| arguments.include_rejected || !region.is_rejected)
        .map(|found| found.region)
        .collect();
    regions.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    Ok(Timeline {
        source: source.name,
        source_id: source.id.to_string(),
        model: model.to_owned(),
        regions,
    })
}

struct FoundRegion {
    region: Region,
    is_rejected: bool,
}

/// The regions of a take's newest version.
fn regions_of(
    store: &Store,
    take: &TakeRow,
    profile: &str,
    model: &str,
) -> Result<Vec<FoundRegion>, StoreError> {
    let versions = store.versions(&take.filename, profile, model)?;
    let Some(version) = versions.first() else {
        return Ok(Vec::new());
    };
    let found = Marks::read_version(store, profile, &take.filename, model, &version.timestamp)?;
    let region = |view: RegionView| FoundRegion {
        is_rejected: view.state.is_rejected(),
        region: Region {
            start_s: take
                .on_timeline(view.span.start_s(), take.rate)
                .seconds(take.rate),
            end_s: take
                .on_timeline(view.span.end_s(), take.rate)
                .seconds(take.rate),
            start_sample: take.on_timeline(view.span.start_s(), take.rate).0,
            end_sample: take.on_timeline(view.span.end_s(), take.rate).0,
            rate_hz: take.rate.hz(),
            score: view.score,
            state: view.state.word(),
            low_hz: view.band.map(Band::low_hz),
            high_hz: view.band.map(Band::high_hz),
            class: view.class,
            note: view.note,
            take: take.filename.clone(),
            version: version.number,
        },
    };
    Ok(found.into_iter().map(region).collect())
}

/// The track of this name, or of this id. Of several of one name, the one that has takes; a name that several with takes share
/// says too little.
fn chosen_source(context: &Context, wanted: &str) -> Result<SourceRow, Failure> {
    let (sources, with_takes) = context.store.with(|store| {
        let sources = store.sources()?;
        let takes = store.takes()?;
        let has_takes = |source: &SourceRow| takes.iter().any(|take| take.source == source.id);
        let with_takes: Vec<bool> = sources.iter().map(has_takes).collect();
        Ok((sources, with_takes))
    })?;
    let known: Vec<SourceRow> = sources
        .into_iter()
        .zip(with_takes)
        .filter_map(|(source, has_takes)| has_takes.then_some(source))
        .collect();
    let meant = |source: &&SourceRow| source.id.to_string() == wanted || source.name == wanted;
    let matching: Vec<&SourceRow> = known.iter().filter(meant).collect();
    match matching[..] {
        [one] => Ok(one.clone()),
        [] => Err(Failure::NoSource {
            wanted: wanted.to_owned(),
            known: known.iter().map(|source| source.name.clone()).collect(),
        }),
        _ => Err(Failure::SeveralSources {
            name: wanted.to_owned(),
            ids: matching
                .iter()
                .map(|source| source.id.to_string())
                .collect(),
        }),
    }
}

fn in_words(shown: &Timeline) -> String {
    let found = counted(shown.regions.len(), "region");
    let mut text = format!("{} {}: {found}\n", shown.source, shown.model);
    for region in &shown.regions {
        text.push_str(&format!(
            "{}  {}  {:.2}  {}{}\n",
            timecode(region.start_s),
            timecode(region.end_s),
            region.score,
            region.state,
            note_in_words(region.note.as_deref()),
        ));
    }
    text
}

/// The same for scripts. The last field of a line is never empty.
fn in_fields(shown: &Timeline) -> String {
    let mut text = line_of(&["track", &shown.source, &shown.source_id, &shown.model]);
    for region in &shown.regions {
        text.push_str(&line_of(&[
            "region",
            &region.start_s.to_string(),
            &region.end_s.to_string(),
            &region.start_sample.to_string(),
            &region.end_sample.to_string(),
            &region.rate_hz.to_string(),
            &region.score.to_string(),
            region.state,
            region.class.as_deref().unwrap_or_default(),
            &region.take,
            &region.version.to_string(),
        ]));
    }
    text.push_str(&line_of(&["end", &shown.regions.len().to_string()]));
    text
}

fn line_of(fields: &[&str]) -> String {
    let escaped = |field: &&str| {
        field
            .replace('\\', "\\\\")
            .replace('\t', "\\t")
            .replace('\n', "\\n")
            .replace('\r', "\\r")
    };
    let fields: Vec<String> = fields.iter().map(escaped).collect();
    fields.join("\t") + "\n"
}
