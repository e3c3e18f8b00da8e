//! Resolves what a key or a button asks for against the picture that the user saw: a toggle becomes the state that is
//! wanted. Pure; used by windows, and by tests in a window's place.

use std::collections::HashSet;

use super::change::{MarkId, MarkKind, Place, PlacedRecording, SeenRegion, Target};
use super::{Command, RegionState, RegionView, ShownId, SimilarStretch, View};
use crate::frequency::Band;
use crate::recording::Recording;
use crate::store::{NegativeId, RegionId};
use crate::time::Span;

/// What N, P, U and Delete are about: regions as the window shows them, or a stretch that the user chose by ear.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    place: Place,
    regions: Vec<RegionView>,
    /// The frequencies of a stretch that was drawn as a box.
    band: Option<Band>,
}

impl Subject {
    /// N: those become hard negatives that are none; if all of them are, none is any more.
    pub fn negative(self) -> Command {
        self.toggle(MarkKind::Negative)
    }

    /// U: those become unsure that are not; if all of them are, none is any more.
    pub fn unsure(self) -> Command {
        self.toggle(MarkKind::Unsure)
    }

    /// P: those become examples of `class` that are none; if all of them are, none is any more.
    pub fn positive(self, class: &str) -> Command {
        self.toggle(MarkKind::Positive {
            class: class.to_owned(),
        })
    }

    /// Enter: the note on the first of those says `text`; `None` when there is none of them.
    pub fn noted(self, text: &str) -> Option<Command> {
        let span = self.regions.first()?.span;
        let text = text.trim().to_owned();
        Some(Command::change(self.place, Target::Noted { span, text }))
    }

    fn toggle(self, kind: MarkKind) -> Command {
        let is_marked = |region: &RegionView| is_marked(&kind, region);
        let marked = self.regions.is_empty() || !self.regions.iter().all(is_marked);
        let changed = self.regions.iter();
        let changed = changed.filter(|region| !marked || !is_marked(region));
        let spans = changed.map(|region| region.span).collect();
        let band = self.band.filter(|_| marked);
        let target = Target::Marked {
            kind,
            spans,
            marked,
            band,
        };
        Command::change(self.place, target)
    }

    /// Delete: those are disabled that are not; if all of them are, they are enabled. Marks among them, which no version
    /// can have disabled, are removed.
    pub fn disabled(self) -> Command {
        let is_disabled = |region: &RegionView| region.state == RegionState::Disabled;
        let of_version = || self.regions.iter().filter(|region| !region.is_bare_mark());
        let disabled = of_version().any(|region| !is_disabled(region));
        let changed = of_version().filter(|region| is_disabled(region) != disabled);
        let marks = self.regions.iter().filter_map(|region| region.id);
        let target = Target::Disabled {
            regions: changed.filter_map(seen_region).collect(),
            disabled,
            removed: marks.filter_map(mark_id).collect(),
        };
        Command::change(self.place, target)
    }
}

impl View {
    /// What the window shows.
    pub fn place(&self) -> Place {
        self.place_in(self.shown.take.as_deref())
    }

    /// The same in another take of the view.
    pub fn place_in(&self, filename: Option<&str>) -> Place {
        let mut takes = self.source.takes.iter();
        let take = takes.find(|take| Some(take.filename.as_str()) == filename);
        Place {
            profile: self.shown.profile.clone(),
            model: self.shown.model.clone(),
            recording: take.map(|take| PlacedRecording {
                recording: Recording {
                    filename: take.filename.clone(),
                    path: take.path.clone(),
                },
                start_s: take.start_s,
                length_s: take.duration_s,
            }),
            version: self.shown.version.clone(),
            generation: self.generation,
        }
    }

    /// Asks for `target` where the window stands.
    pub fn change(&self, target: Target) -> Command {
        Command::change(self.place(), target)
    }

    /// Asks for `target` in the version of `timestamp` of the shown take.
    pub fn change_version(&self, timestamp: &str, target: Target) -> Command {
        let version = Some(timestamp.to_owned());
        let place = Place {
            version,
            ..self.place()
        };
        Command::change(place, target)
    }

    /// Regions and marks of the shown take, by start. Those that the view does not have are left out.
    pub fn select(&self, ids: &[ShownId]) -> Subject {
        Subject {
            place: self.place(),
            regions: self.seen(ids).into_iter().cloned().collect(),
            band: None,
        }
    }

    /// A stretch of the take `filename` that the user chose by ear: there is nothing yet that could be taken back.
    pub fn stretch(&self, filename: &str, span: Span) -> Subject {
        Subject {
            place: self.place_in(Some(filename)),
            regions: vec![RegionView::found(span, f32::NAN)],
            band: None,
        }
    }

    /// A box on the spectrogram of the take `filename`: a stretch, and its frequencies.
    pub fn boxed(&self, filename: &str, span: Span, band: Option<Band>) -> Subject {
        Subject {
            band,
            ..self.stretch(filename, span)
        }
    }

    /// N, P or U on stretches that a search found: those become `kind` that are not; if all of them are, none is any more. A
    /// command for each recording.
    pub fn mark_similar(&self, stretches: &[&SimilarStretch], kind: &MarkKind) -> Vec<Command> {
        let marked = !stretches.iter().all(|one| is_marked(kind, &one.region));
        self.set_similar(stretches, kind, marked)
    }

    /// Those of the stretches become `kind`, or cease to be, that are not so already. A command for each recording.
    pub fn set_similar(
        &self,
        stretches: &[&SimilarStretch],
        kind: &MarkKind,
        marked: bool,
    ) -> Vec<Command> {
        let changed = stretches.iter();
        let changed = changed.filter(|one| is_marked(kind, &one.region) != marked);
        let mut by_recording: Vec<(&PlacedRecording, Vec<Span>)> = Vec::new();
        for stretch in changed {
            let span = stretch.region.span;
            let mut known = by_recording.iter_mut();
            match known.find(|(placed, _)| placed.recording.path == stretch.placed.recording.path) {
                Some((_, spans)) => spans.push(span),
                None => by_recording.push((&stretch.placed, vec![span])),
            }
        }
        let commands = by_recording.into_iter().map(|(placed, spans)| {
            let place = Place {
                recording: Some(placed.clone()),
                version: None,
                ..self.place()
            };
            let target = Target::Marked {
                kind: kind.clone(),
                spans,
                marked,
                band: None,
            };
            Command::change(place, target)
        });
        commands.collect()
    }

    /// M: one region of two or more.
    pub fn merge(&self, regions: &[RegionId]) -> Command {
        let regions = self.seen_regions(regions);
        self.change(Target::Merged { regions })
    }

    /// Another span for a region; `None` when the window does not show it.
    pub fn resize(&self, region: RegionId, span: Span) -> Option<Command> {
        let region = self.seen_regions(&[region]).pop()?;
        Some(self.change(Target::Resized { region, span }))
    }

    /// Delete in the list of hard negatives: these are removed.
    pub fn remove_negatives(&self, negatives: &[NegativeId]) -> Command {
        let listed = self.marks.negatives.iter();
        let seen = listed.filter(|row| negatives.contains(&row.id));
        let negatives = seen.cloned().collect();
        self.change(Target::NegativesRemoved { negatives })
    }

    fn seen_regions(&self, regions: &[RegionId]) -> Vec<SeenRegion> {
        let ids: Vec<ShownId> = regions.iter().map(|&id| id.into()).collect();
        self.seen(&ids)
            .into_iter()
            .filter_map(seen_region)
            .collect()
    }

    /// The regions of these identities, by start.
    fn seen(&self, ids: &[ShownId]) -> Vec<&RegionView> {
        let ids: HashSet<ShownId> = ids.iter().copied().collect();
        let is_meant = |region: &&RegionView| region.id.is_some_and(|id| ids.contains(&id));
        self.results.regions.iter().filter(is_meant).collect()
    }
}

/// Whether `region` carries the mark `kind`.
fn is_marked(kind: &MarkKind, region: &RegionView) -> bool {
    match kind {
        MarkKind::Positive { class } => region.class.as_ref() == Some(class),
        kind => region.state == kind.state(),
    }
}

fn seen_region(region: &RegionView) -> Option<SeenRegion> {
    Some(SeenRegion {
        id: region.id?.region()?,
        span: region.span,
        score: region.score,
    })
}

fn mark_id(id: ShownId) -> Option<MarkId> {
    match id {
        ShownId::Region(_) => None,
        ShownId::Negative(id) => Some(MarkId::Negative(id)),
        ShownId::Clip(id) => Some(MarkId::Clip(id)),
        ShownId::Unsure(id) => Some(MarkId::Unsure(id)),
        ShownId::Note(id) => Some(MarkId::Note(id)),
    }
}
