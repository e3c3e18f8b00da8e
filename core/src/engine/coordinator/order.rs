//! A command that changes the database, with all that is needed to carry it out later, or in another file.

use std::collections::HashSet;

use super::Coordinator;
use super::session::{KeptTake, Session};
use crate::export::{ListedRegion, WaitingChange};
use crate::marks::VersionKey;
use crate::protocol::{Command, EngineError, InstanceId, NegativeView, RegionState, ShownId};
use crate::recording::Recording;
use crate::store::{RegionId, RegionRecord, RegionRow, StoreHandle};
use crate::time::Span;

/// A command that changes the database, and where it was given.
pub(super) struct Order {
    pub instance: InstanceId,
    pub command: Command,
    pub place: Place,
    /// Of the database that the identities in the command are from.
    pub generation: u64,
}

/// What the window showed when a command was given.
pub(super) struct Place {
    pub profile: String,
    pub model: String,
    pub recording: Option<Recording>,
    /// Where the recording starts on the project's timeline.
    pub start_s: f64,
    pub length_s: f64,
    /// The regions the command names, as they looked: a version may be pruned before the database takes a mark.
    regions: Vec<Seen>,
    negatives: Vec<NegativeView>,
}

/// A region as the window showed it.
struct Seen {
    id: ShownId,
    span: Span,
    score: f32,
    state: RegionState,
}

impl Seen {
    /// As a row of a version; `None` for a mark that lies on no region.
    fn row(&self) -> Option<RegionRow> {
        Some(RegionRow {
            id: self.id.region()?,
            span: self.span,
            score: self.score,
            disabled: self.state == RegionState::Disabled,
            original: None,
        })
    }
}

impl Order {
    pub(super) fn new(
        session: &Session,
        store: &StoreHandle,
        instance: InstanceId,
        command: Command,
    ) -> Self {
        let named: HashSet<ShownId> = regions_of(&command).into_iter().collect();
        let filename = match &command {
            Command::AddPositive { filename, .. }
            | Command::AddNegative { filename, .. }
            | Command::AddUnsure { filename, .. }
            | Command::PinVersion { filename, .. }
            | Command::RestoreVersion { filename, .. }
            | Command::DeleteVersion { filename, .. } => Some(filename.as_str()),
            // Of which the regions are that the window shows.
            _ => match session.shown.loaded() {
                Some(loaded) if !named.is_empty() => loaded.shown_take.as_deref(),
                _ => session.shown.take(),
            },
        };
        let take = filename.and_then(|filename| session.takes.named(filename));
        let shown = session
            .shown
            .loaded()
            .into_iter()
            .flat_map(|loaded| loaded.regions.iter())
            .filter_map(|region| {
                Some(Seen {
                    id: region.id.filter(|id| named.contains(id))?,
                    span: region.span,
                    score: region.score,
                    state: region.state,
                })
            });
        let place = Place {
            profile: session.shown.profile().to_owned(),
            model: session.shown.model().to_owned(),
            recording: take.map(|take| Recording {
                filename: take.row().filename.clone(),
                path: take.row().path.clone(),
            }),
            start_s: take.map_or(0.0, KeptTake::start_s),
            length_s: take.map_or(0.0, |take| {
                take.row().frames as f64 / f64::from(take.row().rate.hz())
            }),
            regions: shown.collect(),
            negatives: match &command {
                Command::RemoveNegatives { negatives } => {
                    let loaded = session.shown.loaded().into_iter();
                    let listed = loaded.flat_map(|it| it.negatives.iter());
                    listed
                        .filter(|row| negatives.contains(&row.id))
                        .cloned()
                        .collect()
                }
                _ => Vec::new(),
            },
        };
        Self {
            instance,
            command,
            place,
            generation: store.generation(),
        }
    }

    /// The profile `from` is called `to` now: what waits for it means that one.
    pub(super) fn rename_profile(&mut self, from: &str, to: &str) {
        if self.place.profile == from {
            to.clone_into(&mut self.place.profile);
        }
    }

    /// Whether it says of a region what it is.
    pub(super) fn is_mark(&self) -> bool {
        matches!(
            self.command,
            Command::ToggleNegative { .. }
                | Command::ConfirmPositive { .. }
                | Command::AddPositive { .. }
                | Command::AddNegative { .. }
                | Command::ToggleUnsure { .. }
                | Command::AddUnsure { .. }
        )
    }

    /// The regions it changes.
    pub(super) fn regions(&self) -> Vec<ShownId> {
        regions_of(&self.command)
    }

    pub(super) fn recording(&self) -> Result<&Recording, EngineError> {
        self.place.recording.as_ref().ok_or(EngineError::Vanished {
            what: "the recording",
        })
    }

    pub(super) fn version(&self, timestamp: &str) -> Result<VersionKey, EngineError> {
        Ok(VersionKey {
            filename: self.recording()?.filename.clone(),
            profile: self.place.profile.clone(),
            model: self.place.model.clone(),
            timestamp: timestamp.to_owned(),
        })
    }

    /// The rows of `ids` as they are now; those that are gone as they were.
    pub(super) fn rows(
        &self,
        store: &StoreHandle,
        ids: &[RegionId],
    ) -> Result<Vec<RegionRow>, EngineError> {
        let found = store.with(|store| {
            ids.iter()
                .map(|&id| Ok((id, store.region(id)?)))
                .collect::<Result<Vec<_>, _>>()
        })?;
        if store.generation() != self.generation {
            // Another database by now, in which these numbers are other rows, unless it is a backup of the same. A mark
            // needs no row, only a span.
            let known = found
                .iter()
                .filter_map(|(_, record)| record.as_ref())
                .filter(|record| self.saw(record))
                .count();
            return match self.command {
                Command::ToggleNegative { .. }
                | Command::ToggleUnsure { .. }
                | Command::ConfirmPositive { .. } => {
                    Ok(self.place.regions.iter().filter_map(Seen::row).collect())
                }
                _ if known == ids.len() => Ok(found
                    .into_iter()
                    .filter_map(|(_, record)| Some(record?.row))
                    .collect()),
                _ => Err(EngineError::Vanished { what: "the region" }),
            };
        }
        Ok(found
            .into_iter()
            .filter_map(|(id, record)| match record {
                Some(record) => Some(record.row),
                None => self
                    .place
                    .regions
                    .iter()
                    .filter_map(Seen::row)
                    .find(|row| row.id == id),
            })
            .collect())
    }

    /// Whether `record` is one of the regions the window showed.
    pub(super) fn saw(&self, record: &RegionRecord) -> bool {
        let recording = self.place.recording.as_ref();
        recording.is_some_and(|recording| recording.filename == record.filename)
            && self
                .place
                .regions
                .iter()
                .any(|seen| seen.id == record.row.id.into() && seen.span == record.row.span)
    }

    /// Where `ids` are: regions as they are now, marks as the window showed them, which nobody can move.
    pub(super) fn spans(
        &self,
        store: &StoreHandle,
        ids: &[ShownId],
    ) -> Result<Vec<Span>, EngineError> {
        let regions: Vec<RegionId> = ids.iter().filter_map(|id| id.region()).collect();
        let rows = self.rows(store, &regions)?;
        let seen = self.place.regions.iter();
        let marks = seen.filter(|seen| seen.id.region().is_none());
        Ok(rows
            .iter()
            .map(|row| row.span)
            .chain(marks.map(|seen| seen.span))
            .collect())
    }

    /// Whether the hard negatives it names are the ones the window listed, in another database.
    pub(super) fn saw_negatives(&self, coordinator: &Coordinator) -> Result<bool, EngineError> {
        let profile = &self.place.profile;
        let rows = coordinator
            .store
            .with(|store| store.negatives(profile, None))?;
        let is_there = |seen: &NegativeView| {
            rows.iter().any(|row| {
                (row.id, &row.filename, row.start_s) == (seen.id, &seen.filename, seen.start_s)
            })
        };
        Ok(!self.place.negatives.is_empty() && self.place.negatives.iter().all(is_there))
    }

    /// The order in words and figures, for a file that must be understood without the database.
    pub(super) fn listed(&self) -> WaitingChange<'_> {
        let chosen = |span: Span, state| ListedRegion {
            span,
            score: f32::NAN,
            state,
            class: "",
        };
        let regions = match &self.command {
            Command::AddPositive { span, .. } => vec![chosen(*span, "positive")],
            Command::AddNegative { span, .. } => vec![chosen(*span, "negative")],
            Command::AddUnsure { span, .. } => vec![chosen(*span, "unsure")],
            _ => {
                let seen = self.place.regions.iter();
                seen.map(|seen| ListedRegion {
                    score: seen.score,
                    ..chosen(seen.span, seen.state.word())
                })
                .collect()
            }
        };
        let recording = self.place.recording.as_ref();
        WaitingChange {
            what: in_words(&self.command),
            profile: &self.place.profile,
            model: &self.place.model,
            filename: recording.map(|recording| recording.filename.as_str()),
            regions,
        }
    }
}

fn in_words(command: &Command) -> String {
    let text = match command {
        Command::ToggleNegative { .. } => "mark as not the sound, or unmark if all are marked",
        Command::ToggleDisabled { .. } => "disable, or enable if all are disabled",
        Command::MergeRegions { .. } => "merge",
        Command::AddNegative { .. } => "mark as not the sound",
        Command::ToggleUnsure { .. } => "mark as unsure, or unmark if all are marked",
        Command::AddUnsure { .. } => "mark as unsure",
        Command::ConfirmPositive { class, .. } => {
            return format!("confirm as {class}, or unmark if all are confirmed");
        }
        Command::AddPositive { class, .. } => return format!("confirm as {class}"),
        Command::ResizeRegion { span, .. } => {
            return format!("resize to {} s to {} s", span.start_s(), span.end_s());
        }
        // What is left concerns rows that only the database knows.
        other => return format!("{other:?}"),
    };
    text.to_owned()
}

fn regions_of(command: &Command) -> Vec<ShownId> {
    match command {
        Command::ToggleNegative { regions }
        | Command::ToggleUnsure { regions }
        | Command::ConfirmPositive { regions, .. }
        | Command::ToggleDisabled { regions } => regions.clone(),
        Command::MergeRegions { regions } => regions.iter().map(|&id| id.into()).collect(),
        Command::ResizeRegion { region, .. } => vec![(*region).into()],
        _ => Vec::new(),
    }
}
