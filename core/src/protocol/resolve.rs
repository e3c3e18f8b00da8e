//! Resolves what a key or a button asks for against the picture that the user saw: a toggle becomes the state that is
//! wanted. Pure; used by windows, and by tests in a window's place.

use std::collections::{BTreeMap, HashSet};

use super::change::{Change, MarkId, MarkKind, Place, PlacedRecording, SeenRegion, Target};
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
    /// What the classifier of another sound than that of the shown profile finds: P means this class there.
    class: Option<String>,
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
        let marked = self.regions.is_empty() || !self.is_all(&kind);
        Command::Change(Box::new(self.set(kind, marked)))
    }

    /// Whether all of those are marked so.
    fn is_all(&self, kind: &MarkKind) -> bool {
        self.regions.iter().all(|region| is_marked(region, kind))
    }

    fn set(self, kind: MarkKind, marked: bool) -> Change {
        let changed = self.regions.iter();
        let changed = changed.filter(|region| !marked || !is_marked(region, &kind));
        let spans = changed.map(|region| region.span).collect();
        let band = self.band.filter(|_| marked);
        let target = Target::Marked {
            kind,
            spans,
            marked,
            band,
        };
        Change {
            place: self.place,
            target,
        }
    }

    /// Delete: those are disabled that are not; if all of them are, they are enabled. Marks among them, which no version
    /// can have disabled, are removed.
    pub fn disabled(self) -> Command {
        let disabled = self.has_enabled();
        Command::Change(Box::new(self.set_disabled(disabled)))
    }

    fn of_version(&self) -> impl Iterator<Item = &RegionView> {
        let regions = self.regions.iter();
        regions.filter(|region| !region.is_bare_mark())
    }

    fn has_enabled(&self) -> bool {
        self.of_version().any(|region| !is_disabled(region))
    }

    fn set_disabled(self, disabled: bool) -> Change {
        let of_version = || self.of_version();
        let changed = of_version().filter(|region| is_disabled(region) != disabled);
        let marks = self.regions.iter().filter_map(|region| region.id);
        let target = Target::Disabled {
            regions: changed.filter_map(seen_region).collect(),
            disabled,
            removed: marks.filter_map(mark_id).collect(),
        };
        Change {
            place: self.place,
            target,
        }
    }
}

/// What N, P, U and Delete are about where several sounds are looked for: a part for each sound, which has marks of its own. All of
/// them get the same state, as one change.
#[derive(Debug, Clone, PartialEq)]
pub struct Subjects(Vec<Subject>);

impl Subjects {
    /// N, as [`Subject::negative`].
    pub fn negative(self) -> Option<Command> {
        self.toggle(|_| MarkKind::Negative)
    }

    /// U, as [`Subject::unsure`].
    pub fn unsure(self) -> Option<Command> {
        self.toggle(|_| MarkKind::Unsure)
    }

    /// P, as [`Subject::positive`]: everything becomes an example of `class`.
    pub fn positive(self, class: &str) -> Option<Command> {
        let class = class.to_owned();
        self.toggle(|_| MarkKind::Positive {
            class: class.clone(),
        })
    }

    /// P: regions of another sound than that of the shown profile become examples of what its classifier finds, all others of
    /// `class`.
    pub fn positive_by_sound(self, class: &str) -> Option<Command> {
        self.toggle(|part| MarkKind::Positive {
            class: part.class.clone().unwrap_or_else(|| class.to_owned()),
        })
    }

    /// Whether P must be told a class for any of it.
    pub fn needs_class(&self) -> bool {
        self.0.iter().any(|part| part.class.is_none())
    }

    fn toggle(self, kind: impl Fn(&Subject) -> MarkKind) -> Option<Command> {
        let is_marked = |part: &Subject| !part.regions.is_empty() && part.is_all(&kind(part));
        let marked = !self.0.iter().all(is_marked);
        let parts = self.0.into_iter();
        let parts = parts.filter(|part| !marked || !is_marked(part));
        let changes = parts.map(|part| {
            let kind = kind(&part);
            part.set(kind, marked)
        });
        Command::changes_together(changes.collect())
    }

    /// Delete, as [`Subject::disabled`].
    pub fn disabled(self) -> Option<Command> {
        let disabled = self.0.iter().any(Subject::has_enabled);
        let is_only = self.0.len() == 1;
        let has_marks = |part: &Subject| part.regions.iter().any(RegionView::is_bare_mark);
        let is_changed =
            |part: &Subject| is_only || !disabled || part.has_enabled() || has_marks(part);
        let parts = self.0.into_iter().filter(is_changed);
        let changes = parts.map(|part| part.set_disabled(disabled));
        Command::changes_together(changes.collect())
    }
}

impl From<Subject> for Subjects {
    fn from(subject: Subject) -> Self {
        Self(vec![subject])
    }
}

fn is_marked(region: &RegionView, kind: &MarkKind) -> bool {
    match kind {
        MarkKind::Positive { class } => region.class.as_ref() == Some(class),
        kind => region.state == kind.state(),
    }
}

fn is_disabled(region: &RegionView) -> bool {
    region.state == RegionState::Disabled
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

    /// Where what is said of `region` belongs: to the profile and the version of its sound.
    pub fn place_of(&self, region: &RegionView) -> Place {
        let place = self.place();
        match self.results.sound_of(region) {
            Some(sound) if !sound.is_shown => Place {
                profile: sound.profile.clone(),
                version: sound.version.clone(),
                ..place
            },
            _ => place,
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

    /// Regions and marks of the shown take, of one sound, by start. Those that the view does not have, or that are of another sound than
    /// the first, are left out.
    pub fn select(&self, ids: &[ShownId]) -> Subject {
        let seen = self.seen_of_one_sound(ids);
        let regions = seen.iter().copied().cloned().collect();
        match seen.first() {
            Some(first) => self.of_sound(first, regions),
            None => Subject {
                place: self.place(),
                regions,
                band: None,
                class: None,
            },
        }
    }

    /// Regions and marks of the shown take, by start, of whatever sounds.
    pub fn select_all(&self, ids: &[ShownId]) -> Subjects {
        let mut parts: BTreeMap<u16, Subject> = BTreeMap::new();
        for region in self.seen(ids) {
            let part = parts.entry(region.sound);
            let part = part.or_insert_with(|| self.of_sound(region, Vec::new()));
            part.regions.push(region.clone());
        }
        Subjects(parts.into_values().collect())
    }

    /// A region that is not saved yet: a stretch of the take on show, for its sound.
    pub fn provisional(&self, region: &RegionView) -> Subject {
        self.of_sound(region, vec![RegionView::found(region.span, f32::NAN)])
    }

    /// `regions`, which are of the same sound as `one`.
    fn of_sound(&self, one: &RegionView, regions: Vec<RegionView>) -> Subject {
        let sound = self.results.sound_of(one).filter(|sound| !sound.is_shown);
        Subject {
            place: self.place_of(one),
            regions,
            band: None,
            class: sound.and_then(|sound| sound.classes.first().cloned()),
        }
    }

    /// A stretch of the take `filename` that the user chose by ear: there is nothing yet that could be taken back.
    pub fn stretch(&self, filename: &str, span: Span) -> Subject {
        Subject {
            place: self.place_in(Some(filename)),
            regions: vec![RegionView::found(span, f32::NAN)],
            band: None,
            class: None,
        }
    }

    /// A box on the spectrogram of the take `filename`: a stretch, and its frequencies.
    pub fn boxed(&self, filename: &str, span: Span, band: Option<Band>) -> Subject {
        Subject {
            band,
            ..self.stretch(filename, span)
        }
    }

    /// N, P or U on stretches that a search found: those become `kind` that are not; if all of them are, none is any more. One
    /// change, in however many recordings they are.
    pub fn mark_similar(&self, stretches: &[&SimilarStretch], kind: &MarkKind) -> Option<Command> {
        let marked = !stretches.iter().all(|one| is_marked(&one.region, kind));
        self.set_similar(stretches, kind, marked)
    }

    /// Those of the stretches become `kind`, or cease to be, that are not so already. One change, in however many recordings they are.
    pub fn set_similar(
        &self,
        stretches: &[&SimilarStretch],
        kind: &MarkKind,
        marked: bool,
    ) -> Option<Command> {
        let changed = stretches.iter();
        let changed = changed.filter(|one| is_marked(&one.region, kind) != marked);
        let mut by_recording: Vec<(&PlacedRecording, Vec<Span>)> = Vec::new();
        for stretch in changed {
            let span = stretch.region.span;
            let mut known = by_recording.iter_mut();
            match known.find(|(placed, _)| placed.recording.path == stretch.placed.recording.path) {
                Some((_, spans)) => spans.push(span),
                None => by_recording.push((&stretch.placed, vec![span])),
            }
        }
        let changes = by_recording.into_iter().map(|(placed, spans)| {
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
            Change { place, target }
        });
        Command::changes_together(changes.collect())
    }

    /// M: one region of two or more of one sound; those of another sound than the first stay as they are.
    pub fn merge(&self, regions: &[RegionId]) -> Command {
        let ids: Vec<ShownId> = regions.iter().map(|&id| id.into()).collect();
        let seen = self.seen_of_one_sound(&ids);
        let place = seen
            .first()
            .map_or_else(|| self.place(), |it| self.place_of(it));
        let regions = seen.into_iter().filter_map(seen_region).collect();
        Command::change(place, Target::Merged { regions })
    }

    /// Another span for a region; `None` when the window does not show it.
    pub fn resize(&self, region: RegionId, span: Span) -> Option<Command> {
        let seen = self.seen(&[region.into()]).pop()?;
        let region = seen_region(seen)?;
        Some(Command::change(
            self.place_of(seen),
            Target::Resized { region, span },
        ))
    }

    /// Delete in the list of hard negatives: these are removed.
    pub fn remove_negatives(&self, negatives: &[NegativeId]) -> Command {
        let listed = self.marks.negatives.iter();
        let seen = listed.filter(|row| negatives.contains(&row.id));
        let negatives = seen.cloned().collect();
        self.change(Target::NegativesRemoved { negatives })
    }

    /// The regions of these identities that are of the same sound as the first, by start.
    fn seen_of_one_sound(&self, ids: &[ShownId]) -> Vec<&RegionView> {
        let mut seen = self.seen(ids);
        let sound = seen.first().map(|region| region.sound);
        seen.retain(|region| Some(region.sound) == sound);
        seen
    }

    /// The regions of these identities, by start.
    fn seen(&self, ids: &[ShownId]) -> Vec<&RegionView> {
        let ids: HashSet<ShownId> = ids.iter().copied().collect();
        let is_meant = |region: &&RegionView| region.id.is_some_and(|id| ids.contains(&id));
        self.results.regions.iter().filter(is_meant).collect()
    }
}

/// Whether `region` carries the mark `kind`.
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
