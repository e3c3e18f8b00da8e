//! Takes as stretches of a timeline, and the rules that choose the take for a block.
//!
//! Pure; knows neither files nor threads. All takes of one timeline have the same sample rate and channel count.

use super::{KnownTake, TakeId};

/// A host that derives sample positions from seconds or beats rounds them differently from block to block.
const JITTER_FRAMES: u64 = 1;

/// A take as a stretch: `[start, start + frames)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub id: TakeId,
    pub start: i64,
    pub frames: u64,
}

impl Stretch {
    pub fn of(take: &KnownTake) -> Self {
        Self {
            id: take.id,
            start: take.start.0,
            frames: take.frames,
        }
    }

    pub fn end(&self) -> i64 {
        self.start.saturating_add_unsigned(self.frames)
    }

    fn contains(&self, position: i64) -> bool {
        (self.start..self.end()).contains(&position)
    }
}

/// Where the next frames of a block go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placement {
    pub target: Target,
    /// How many frames go there, at least 1 and at most those asked for.
    pub frames: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Into a take there is, inside it or at its end.
    Existing { id: TakeId, at_frame: u64 },
    /// Into a new take that starts here.
    New,
}

/// The takes of one line.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    stretches: Vec<Stretch>,
    /// The take written last, which goes first where takes of an older database overlap.
    latest: Option<TakeId>,
}

impl Timeline {
    pub fn insert(&mut self, stretch: Stretch) {
        self.remove(stretch.id);
        self.stretches.push(stretch);
    }

    pub fn remove(&mut self, id: TakeId) {
        self.stretches.retain(|stretch| stretch.id != id);
    }

    /// Tells that a take has at least `frames` frames now and was written last.
    pub fn wrote(&mut self, id: TakeId, frames: u64) {
        self.latest = Some(id);
        for stretch in self.stretches.iter_mut().filter(|stretch| stretch.id == id) {
            stretch.frames = stretch.frames.max(frames);
        }
    }

    /// Brings `position` to where audio is expected next, to the end of a take, or to the start of one, if it
    /// misses that by the rounding of a host.
    pub fn settle(&self, position: i64, expected: Option<i64>) -> i64 {
        if let Some(expected) = expected
            && expected.abs_diff(position) <= JITTER_FRAMES
        {
            return expected;
        }
        if self
            .stretches
            .iter()
            .any(|stretch| stretch.contains(position))
        {
            return position;
        }
        let borders = || self.stretches.iter().filter(|stretch| stretch.frames > 0);
        borders()
            .map(Stretch::end)
            .chain(borders().map(|stretch| stretch.start))
            .find(|border| border.abs_diff(position) <= JITTER_FRAMES)
            .unwrap_or(position)
    }

    /// Where the first of `frames` frames (at least 1) at `position` go. Ask again for the rest.
    pub fn place(&self, position: i64, frames: u64) -> Placement {
        let preferred = |stretch: &&Stretch| Some(stretch.id) != self.latest;
        let containing = || {
            self.stretches
                .iter()
                .filter(|stretch| stretch.contains(position))
        };
        let ending = || {
            self.stretches
                .iter()
                .filter(|stretch| stretch.end() == position)
        };
        let stretch = containing()
            .min_by_key(preferred)
            .or_else(|| ending().min_by_key(preferred));
        let grows_from = stretch.map_or(position, Stretch::end);
        let border = self
            .stretches
            .iter()
            .filter(|other| stretch.is_none_or(|stretch| stretch.id != other.id))
            .filter(|other| other.frames > 0 && other.start >= grows_from)
            .map(|other| other.start)
            .min();
        let room = border.map_or(u64::MAX, |border| border.abs_diff(position));
        let target = match stretch {
            Some(stretch) => Target::Existing {
                id: stretch.id,
                at_frame: position.abs_diff(stretch.start),
            },
            None => Target::New,
        };
        Placement {
            target,
            frames: frames.min(room).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(takes: &[(i64, u64)]) -> (Timeline, Vec<TakeId>) {
        let mut timeline = Timeline::default();
        let ids = takes.iter().map(|&(start, frames)| {
            let id = TakeId::random();
            timeline.insert(Stretch { id, start, frames });
            id
        });
        let ids = ids.collect();
        (timeline, ids)
    }

    fn into(id: TakeId, at_frame: u64, frames: u64) -> Placement {
        Placement {
            target: Target::Existing { id, at_frame },
            frames,
        }
    }

    #[test]
    fn audio_elsewhere_starts_a_take_that_ends_where_another_starts() {
        let (timeline, ids) = timeline(&[(1000, 500)]);
        assert_eq!(
            timeline.place(0, 64),
            Placement {
                target: Target::New,
                frames: 64
            }
        );
        assert_eq!(
            timeline.place(980, 64),
            Placement {
                target: Target::New,
                frames: 20
            }
        );
        assert_eq!(timeline.place(1000, 44), into(ids[0], 0, 44));
        assert_eq!(
            timeline.place(-10, 64),
            Placement {
                target: Target::New,
                frames: 64
            }
        );
    }

    #[test]
    fn audio_that_continues_or_falls_inside_goes_there() {
        let (timeline, ids) = timeline(&[(-100, 500), (1000, 500)]);
        assert_eq!(timeline.place(400, 64), into(ids[0], 500, 64));
        assert_eq!(timeline.place(390, 64), into(ids[0], 490, 64));
        assert_eq!(timeline.place(-100, 64), into(ids[0], 0, 64));
        assert_eq!(timeline.place(350, 1000), into(ids[0], 450, 650));
    }

    #[test]
    fn a_grown_take_gives_way_to_its_neighbour() {
        let (mut timeline, ids) = timeline(&[(0, 100), (164, 100)]);
        timeline.wrote(ids[0], 164);
        assert_eq!(timeline.place(164, 64), into(ids[1], 0, 64));
        assert_eq!(timeline.place(150, 64), into(ids[0], 150, 14));
    }

    #[test]
    fn where_takes_overlap_the_latest_goes_first() {
        let (mut timeline, ids) = timeline(&[(0, 100), (50, 100)]);
        for (latest, at_frame) in [(ids[0], 60), (ids[1], 10)] {
            timeline.wrote(latest, 0);
            assert_eq!(timeline.place(60, 8), into(latest, at_frame, 8));
        }
    }

    #[test]
    fn an_empty_take_is_no_border_but_can_be_continued() {
        let (timeline, ids) = timeline(&[(100, 0)]);
        assert_eq!(timeline.place(100, 8), into(ids[0], 0, 8));
        assert_eq!(timeline.place(90, 20).frames, 20);
    }

    #[test]
    fn positions_off_by_one_are_settled() {
        let (timeline, _) = timeline(&[(100, 50)]);
        for (position, expected, settled) in [
            (1001, Some(1000), 1000),
            (999, Some(1000), 1000),
            (1002, Some(1000), 1002),
            (151, None, 150),
            (152, None, 152),
            (149, None, 149),
            (99, None, 100),
            (98, None, 98),
            (i64::MIN, Some(i64::MAX), i64::MIN),
        ] {
            assert_eq!(timeline.settle(position, expected), settled, "{position}");
        }
    }

    proptest::proptest! {
        #[test]
        fn takes_never_overlap_and_hold_what_was_played_last(
            passes in proptest::collection::vec((-300_i64..300, 1_u64..120), 1..40)
        ) {
            let mut timeline = Timeline::default();
            let mut played = std::collections::BTreeMap::new();
            let mut takes = std::collections::BTreeMap::new();
            for (pass, (position, frames)) in passes.into_iter().enumerate() {
                let mut at = position;
                let end = position + frames as i64;
                while at < end {
                    let placement = timeline.place(at, (end - at) as u64);
                    let (id, at_frame) = match placement.target {
                        Target::Existing { id, at_frame } => (id, at_frame),
                        Target::New => {
                            let id = TakeId::random();
                            timeline.insert(Stretch { id, start: at, frames: 0 });
                            (id, 0)
                        }
                    };
                    timeline.wrote(id, at_frame + placement.frames);
                    for frame in at_frame..at_frame + placement.frames {
                        takes.insert((id, frame), pass);
                    }
                    at += placement.frames as i64;
                }
                played.extend((position..end).map(|position| (position, pass)));
            }
            let mut held = std::collections::BTreeMap::new();
            for stretch in &timeline.stretches {
                for frame in 0..stretch.frames {
                    let position = stretch.start + frame as i64;
                    let pass = takes[&(stretch.id, frame)];
                    assert_eq!(held.insert(position, pass), None, "takes overlap");
                }
            }
            assert_eq!(held, played);
        }
    }
}
