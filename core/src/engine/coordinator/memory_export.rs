//! Everything that windows show and that waits for the database, written to a file that must be understood without it.
//! Coordinator's thread only.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::session::Sessions;
use super::view::view_of;
use super::waiting::{Request, Waiting};
use crate::export::jobs::listed;
use crate::export::{
    ListedNegative, ListedRegion, Memory, RegionList, WaitingChange, write_memory,
};
use crate::platform;
use crate::protocol::{Change, EngineError, MarkKind, RegionView, Target, View};
use crate::store::StoreHandle;
use crate::words::counted;

/// Writes what is in memory to a file. Returns it and what is in it.
pub(super) fn export_all(
    sessions: &Sessions,
    waiting: &Waiting,
    store: &StoreHandle,
    takes_folder: &Path,
) -> Result<(PathBuf, String), EngineError> {
    let views: Vec<View> = sessions.values().map(view_of).collect();
    let shown: Vec<ShownSound<'_>> = views.iter().flat_map(shown_sounds).collect();
    let regions = shown.iter().map(|sound| sound.regions.as_slice());
    let listed: Vec<Vec<ListedRegion<'_>>> = regions.map(listed).collect();
    let memory = Memory {
        database: store.path(),
        shown: shown
            .iter()
            .zip(&listed)
            .map(|(sound, regions)| (sound.profile, region_list(sound, regions)))
            .collect(),
        hard_negatives: hard_negatives(&views),
        waiting: listed_changes(waiting),
    };
    let folders = [
        Some(takes_folder.to_owned()),
        platform::documents_folder(),
        Some(std::env::temp_dir()),
    ];
    let folders: Vec<PathBuf> = folders.into_iter().flatten().collect();
    let stamp = jiff::Zoned::now().strftime("%Y%m%d_%H%M%S").to_string();
    let path = write_memory(&memory, &folders, &stamp)?;
    let regions: usize = listed.iter().map(Vec::len).sum();
    let words = format!(
        "{}, {} and {} that the database has not taken",
        counted(regions, "region"),
        counted(memory.hard_negatives.len(), "hard negative"),
        counted(memory.waiting.len(), "change"),
    );
    Ok((path, words))
}

/// What a window shows of one sound.
struct ShownSound<'a> {
    view: &'a View,
    profile: &'a str,
    version: Option<&'a str>,
    regions: Vec<RegionView>,
}

/// The sounds that the window of `view` looks for, that of its profile first.
fn shown_sounds(view: &View) -> Vec<ShownSound<'_>> {
    let own = ShownSound {
        view,
        profile: &view.shown.profile,
        version: view.shown.version.as_deref(),
        regions: view.results.own_regions().cloned().collect(),
    };
    let others = (0..).zip(view.results.sounds.iter());
    let others = others.filter(|(_, sound)| !sound.is_shown);
    let others = others.map(|(number, sound)| {
        let regions = view.results.regions.iter();
        ShownSound {
            view,
            profile: &sound.profile,
            version: sound.version.as_deref(),
            regions: regions.filter(|it| it.sound == number).cloned().collect(),
        }
    });
    std::iter::once(own).chain(others).collect()
}

fn region_list<'a>(sound: &'a ShownSound<'_>, regions: &'a [ListedRegion<'a>]) -> RegionList<'a> {
    let view = sound.view;
    let filename = view.shown.take.as_deref().unwrap_or_default();
    let mut takes = view.source.takes.iter();
    let take = takes.find(|take| take.filename == filename);
    RegionList {
        filename,
        timeline_start_s: take.map_or(0.0, |take| take.start_s),
        rate: None,
        model: &view.shown.model,
        version: sound.version.unwrap_or_default(),
        regions,
    }
}

/// Each once, however many windows list it.
fn hard_negatives(views: &[View]) -> Vec<ListedNegative<'_>> {
    let mut listed = HashSet::new();
    views
        .iter()
        .flat_map(|view| view.marks.negatives.iter().map(move |row| (view, row)))
        .filter(|(_, row)| listed.insert(row.id))
        .map(|(view, row)| ListedNegative {
            profile: &view.shown.profile,
            filename: &row.filename,
            start_s: row.start_s,
            end_s: row.end_s,
            model: &row.source_model,
            created_at: &row.created_at,
        })
        .collect()
}

/// What waits; the oldest first.
fn listed_changes(waiting: &Waiting) -> Vec<WaitingChange<'_>> {
    let changes = waiting.requests().filter_map(|request| match request {
        Request::Change(change) => Some(change.parts()),
        Request::Step(..) | Request::Train(_) => None,
    });
    changes.flatten().map(listed_change).collect()
}

/// A change in words and figures, for a file that must be understood without the database.
fn listed_change(change: &Change) -> WaitingChange<'_> {
    let state = match &change.target {
        Target::Marked { kind, .. } => kind.state().word(),
        Target::Disabled { .. } => "disabled",
        _ => "",
    };
    let note = match &change.target {
        Target::Noted { text, .. } => text.as_str(),
        _ => "",
    };
    let scores = change.target.regions().iter().map(|region| region.score);
    let scores = scores.chain(std::iter::repeat(f32::NAN));
    let recording = change.place.recording.as_ref();
    WaitingChange {
        what: in_words(&change.target),
        profile: &change.place.profile,
        model: &change.place.model,
        filename: recording.map(|it| it.recording.filename.as_str()),
        regions: change
            .target
            .spans()
            .into_iter()
            .zip(scores)
            .map(|(span, score)| ListedRegion {
                span,
                score,
                state,
                class: "",
                note,
                band: change.target.band(),
            })
            .collect(),
    }
}

fn in_words(target: &Target) -> String {
    let text = match target {
        Target::ExamplesAdded {
            class, recordings, ..
        } => {
            let names: Vec<&str> = recordings
                .iter()
                .map(|placed| placed.recording.filename.as_str())
                .collect();
            return format!("add {} as examples of {class}", names.join(", "));
        }
        Target::Marked { kind, marked, .. } => {
            let verb = if *marked { "mark" } else { "unmark" };
            return match kind {
                MarkKind::Negative => format!("{verb} as not the sound"),
                MarkKind::Positive { class } => format!("{verb} as {class}"),
                MarkKind::Unsure => format!("{verb} as unsure"),
            };
        }
        Target::Noted { text, .. } if text.is_empty() => "delete the note",
        Target::Noted { .. } => "write the note",
        Target::Disabled { disabled: true, .. } => "disable",
        Target::Disabled { .. } => "enable",
        Target::Merged { .. } => "merge",
        Target::Resized { span, .. } => {
            return format!("resize to {} s to {} s", span.start_s(), span.end_s());
        }
        // What is left concerns rows that only the database knows.
        other => return format!("{other:?}"),
    };
    text.to_owned()
}
