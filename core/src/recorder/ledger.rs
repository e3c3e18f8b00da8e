//! Collects what was written during a poll and reports it in few events. Recorder thread.

use std::collections::BTreeMap;
use std::ops::Range;

use crossbeam_channel::Sender;

use super::known::TakeId;
use super::{LineId, RecorderEvent, gaps};

/// What one line has to tell.
#[derive(Debug)]
pub(super) struct Ledger {
    line: LineId,
    events: Sender<RecorderEvent>,
    changes: Vec<Change>,
    gaps: BTreeMap<TakeId, Vec<Range<u64>>>,
    /// Where audio was lost that the transport's jumps left no place for.
    losses: Vec<(TakeId, u64)>,
}

#[derive(Debug)]
struct Change {
    take: TakeId,
    frames: Range<u64>,
    total_frames: u64,
}

impl Ledger {
    pub fn new(line: LineId, events: Sender<RecorderEvent>) -> Self {
        Self {
            line,
            events,
            changes: Vec::new(),
            gaps: BTreeMap::new(),
            losses: Vec::new(),
        }
    }

    /// The line it speaks for.
    pub fn line(&self) -> LineId {
        self.line
    }

    /// Notes a changed span. It holds audio, until [`lost`](Self::lost) says otherwise.
    pub fn changed(&mut self, take: TakeId, frames: Range<u64>, total_frames: u64) {
        if let Some(gaps) = self.gaps.get_mut(&take) {
            gaps::fill(gaps, &frames);
        }
        // Spans that lie apart stay apart: every frame told is embedded again.
        let touching = self.changes.iter_mut().find(|change| {
            change.take == take
                && change.frames.start <= frames.end
                && frames.start <= change.frames.end
        });
        if let Some(change) = touching {
            change.frames.start = change.frames.start.min(frames.start);
            change.frames.end = change.frames.end.max(frames.end);
            change.total_frames = total_frames;
        } else {
            self.changes.push(Change {
                take,
                frames,
                total_frames,
            });
        }
    }

    /// Notes a loss; one of no frames has its place before `at_frame`, but takes up none.
    pub fn lost(&mut self, take: TakeId, at_frame: u64, frames: u64) {
        if frames == 0 {
            self.losses.push((take, at_frame));
        } else {
            let gaps = self.gaps.entry(take).or_default();
            gaps::add(gaps, at_frame..at_frame + frames);
        }
    }

    /// Unsays what was noted about a take.
    pub fn forget(&mut self, take: TakeId) {
        self.changes.retain(|change| change.take != take);
        self.gaps.remove(&take);
        self.losses.retain(|(lossy, _)| *lossy != take);
    }

    /// Tells what was noted.
    pub fn settle(&mut self) {
        let line = self.line;
        for Change {
            take,
            frames,
            total_frames,
        } in std::mem::take(&mut self.changes)
        {
            self.tell(RecorderEvent::TakeWritten {
                line,
                take,
                frames,
                total_frames,
            });
        }
        let gaps = std::mem::take(&mut self.gaps).into_iter();
        let gaps = gaps.flat_map(|(take, gaps)| gaps.into_iter().map(move |gap| (take, gap)));
        let losses = std::mem::take(&mut self.losses).into_iter();
        for (take, gap) in gaps.chain(losses.map(|(take, at)| (take, at..at))) {
            let (at_frame, frames) = (gap.start, gap.end - gap.start);
            self.tell(RecorderEvent::Gap {
                line,
                take,
                at_frame,
                frames,
            });
        }
    }

    /// Tells something at once.
    pub fn tell(&self, event: RecorderEvent) {
        // Nobody listens any more only while everything is being closed.
        let _ = self.events.send(event);
    }
}
