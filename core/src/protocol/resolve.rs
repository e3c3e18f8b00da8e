//! Resolves what a key or a button asks for against the picture that the user saw: a toggle becomes the state that is
//! wanted. Pure; used by windows, and by tests in a window's place.

use super::change::{MarkId, MarkKind, Place, PlacedRecording, SeenRegion, Target};
use super::{Command, RegionState, RegionView, ShownId, View};
use crate::recording::Recording;
use crate::store::RegionId;
use crate::time::Span;

impl View {
    /// What the window shows.
    pub fn place(&self) -> Place {
        self.place_in(self.shown_take.as_deref())
    }

    /// The same in another take of the view.
    pub fn place_in(&self, filename: Option<&str>) -> Place {
        let mut takes = self.takes.iter();
        let take = takes.find(|take| Some(take.filename.as_str()) == filename);
        Place {
            profile: self.profile.clone(),
            model: self.shown_model.clone(),
            recording: take.map(|take| PlacedRecording {
                recording: Recording {
                    filename: take.filename.clone(),
                    path: take.path.clone(),
                },
                start_s: take.start_s,
                length_s: take.duration_s,
            }),
            version: self.shown_version.clone(),
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
        Command::change(
            Place {
                version,
                ..self.place()
            },
            target,
        )
    }

    /// N: those of `regions` become hard negatives that are none; if all of them are, none is any more.
    pub fn toggle_negative(&self, regions: &[ShownId]) -> Command {
        self.toggle(regions, MarkKind::Negative, |region| {
            region.state == RegionState::Negative
        })
    }

    /// U: those of `regions` become unsure that are not; if all of them are, none is any more.
    pub fn toggle_unsure(&self, regions: &[ShownId]) -> Command {
        self.toggle(regions, MarkKind::Unsure, |region| {
            region.state == RegionState::Unsure
        })
    }

    /// P: those of `regions` become examples of `class` that are none; if all of them are, none is any more.
    pub fn toggle_positive(&self, regions: &[ShownId], class: &str) -> Command {
        let class = class.to_owned();
        let is_example = |region: &RegionView| region.class.as_ref() == Some(&class);
        self.toggle(
            regions,
            MarkKind::Positive {
                class: class.clone(),
            },
            is_example,
        )
    }

    fn toggle(
        &self,
        regions: &[ShownId],
        kind: MarkKind,
        is_marked: impl Fn(&RegionView) -> bool,
    ) -> Command {
        let seen = self.seen(regions);
        let marked = seen.is_empty() || !seen.iter().all(|region| is_marked(region));
        let unmarked = seen.iter().filter(|region| !marked || !is_marked(region));
        let spans = unmarked.map(|region| region.span).collect();
        self.change(Target::Marked {
            kind,
            spans,
            marked,
        })
    }

    /// Says of a stretch of the take `filename`, which the user chose by ear, what it is.
    pub fn mark_in(&self, filename: &str, kind: MarkKind, span: Span) -> Command {
        let target = Target::Marked {
            kind,
            spans: vec![span],
            marked: true,
        };
        Command::change(self.place_in(Some(filename)), target)
    }

    /// Delete: those of `regions` are disabled that are not; if all of them are, they are enabled. Marks among them, which
    /// no version can have disabled, are removed.
    pub fn toggle_disabled(&self, regions: &[ShownId]) -> Command {
        let seen = self.seen(regions);
        let of_version = || seen.iter().filter(|region| !region.is_bare_mark());
        let disabled = of_version().any(|region| region.state != RegionState::Disabled);
        let changed =
            of_version().filter(|region| (region.state == RegionState::Disabled) != disabled);
        self.change(Target::Disabled {
            regions: changed.filter_map(|region| seen_region(region)).collect(),
            disabled,
            removed: seen
                .iter()
                .filter_map(|region| mark_id(region.id?))
                .collect(),
        })
    }

    /// M: one region of two or more.
    pub fn merge(&self, regions: &[RegionId]) -> Command {
        self.change(Target::Merged {
            regions: self.seen_regions(regions),
        })
    }

    /// Another span for a region; `None` when the window does not show it.
    pub fn resize(&self, region: RegionId, span: Span) -> Option<Command> {
        let region = self.seen_regions(&[region]).pop()?;
        Some(self.change(Target::Resized { region, span }))
    }

    fn seen_regions(&self, regions: &[RegionId]) -> Vec<SeenRegion> {
        let ids: Vec<ShownId> = regions.iter().map(|&id| id.into()).collect();
        let seen = self.seen(&ids);
        seen.into_iter().filter_map(seen_region).collect()
    }

    /// The regions of these identities, by start.
    fn seen(&self, ids: &[ShownId]) -> Vec<&RegionView> {
        let ids: std::collections::HashSet<ShownId> = ids.iter().copied().collect();
        let regions = self.regions.iter();
        regions
            .filter(|region| region.id.is_some_and(|id| ids.contains(&id)))
            .collect()
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
    }
}
