//! Writes the blocks of one line into take files and reports what changed. Recorder thread.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::known::{Destination, KnownTake, TakeId};
use super::ledger::Ledger;
use super::take_file::is_lost;
use super::timeline::{Stretch, Target, Timeline};
use super::{LineId, RecorderError, RecorderEvent};
use crate::audio::bwf::{BwfWriter, NewTake};
use crate::capture::{Block, CaptureFormat};
use crate::platform;
use crate::time::{SampleIndex, SampleRate};

/// A longer loss ends the take: silence to fill it would only fill the disk.
const GAP_LIMIT_S: u64 = 60;
/// Silence is written in pieces of this length.
const SILENCE_FRAMES: usize = 16_384;
/// How far other programs' view of a growing file may lag behind.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// A disk that failed is given this time before it is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Everything about recording one line to one destination.
#[derive(Debug)]
pub(super) struct Tape {
    ledger: Ledger,
    destination: Destination,
    rate: SampleRate,
    channels: u16,
    /// Those of `destination.takes` that have this rate and channel count.
    timeline: Timeline,
    open: Option<(TakeId, BwfWriter)>,
    /// Takes that were begun here, or whose former state was told.
    written: BTreeSet<TakeId>,
    flushed: Instant,
    /// Where the latest block ended.
    expected: Option<i64>,
    /// Frames since `expected` that could not be written.
    unwritten: u64,
    retry: Option<Instant>,
    silence: Vec<f32>,
}

/// What is written: samples, or silence in the place of lost ones.
#[derive(Debug, Clone, Copy)]
enum Content<'a> {
    Audio(&'a [f32]),
    Silence(u64),
}

/// The first frame that could not be written, as a position, and why.
struct WriteFailure {
    at: i64,
    error: RecorderError,
}

impl Tape {
    pub fn new(
        line: LineId,
        events: Sender<RecorderEvent>,
        destination: Destination,
        format: CaptureFormat,
    ) -> Self {
        let mut tape = Self {
            ledger: Ledger::new(line, events),
            destination,
            rate: format.rate,
            channels: format.channels,
            timeline: Timeline::default(),
            open: None,
            written: BTreeSet::new(),
            flushed: Instant::now(),
            expected: None,
            unwritten: 0,
            retry: None,
            silence: Vec::new(),
        };
        tape.rebuild_timeline();
        tape
    }

    /// Records elsewhere, or under another name, from now on.
    pub fn redirect(&mut self, mut destination: Destination) {
        let open = self.open.as_ref().map(|(id, _)| *id);
        let kept = self.destination.takes.iter().find(|take| {
            Some(take.id) == open && take.path.parent() == Some(destination.folder.as_path())
        });
        if let Some(kept) = kept.cloned() {
            destination.takes.retain(|take| take.id != kept.id);
            destination.takes.push(kept);
        } else {
            self.close();
        }
        self.destination = destination;
        self.retry = None;
        self.rebuild_timeline();
    }

    /// Continues `take` too from now on, unless it is known already.
    pub fn enter(&mut self, take: KnownTake) {
        if self
            .destination
            .takes
            .iter()
            .all(|known| known.id != take.id)
        {
            if (take.rate, take.channels) == (self.rate, self.channels) {
                self.timeline.insert(Stretch::of(&take));
            }
            self.destination.takes.push(take);
        }
    }

    /// Tells which format the next blocks have.
    pub fn set_format(&mut self, format: CaptureFormat) {
        if (self.rate, self.channels) != (format.rate, format.channels) {
            self.close();
            (self.rate, self.channels) = (format.rate, format.channels);
            self.expected = None;
            self.unwritten = 0;
            self.rebuild_timeline();
        }
    }

    /// Writes a block; one without samples only settles what was lost before it.
    pub fn write_block(&mut self, block: &Block, samples: &[f32], now: Instant) {
        let lost = block.dropped_before.saturating_add(self.unwritten);
        let frames = block.frames as u64;
        if self.retry.is_some_and(|retry| now < retry) {
            self.unwritten = lost.saturating_add(frames);
            return;
        }
        self.unwritten = 0;
        match self.write_after_loss(block.position.0, lost, samples) {
            Ok(end) => {
                self.expected = Some(end);
                if frames > 0 {
                    self.retry = None;
                }
            }
            Err(WriteFailure { at, error }) => {
                let end = block.position.0.saturating_add_unsigned(frames);
                self.expected = Some(at);
                self.unwritten = u64::try_from(end.saturating_sub(at)).unwrap_or(0);
                self.fail(error, now);
            }
        }
    }

    /// Writes the samples at `position` and silence for what was lost before them, and returns where they end.
    fn write_after_loss(
        &mut self,
        position: i64,
        lost: u64,
        samples: &[f32],
    ) -> Result<i64, WriteFailure> {
        let lost_from = self.expected.filter(|expected| {
            let resumes = expected.saturating_add_unsigned(lost);
            let limit = GAP_LIMIT_S * u64::from(self.rate.hz());
            (1..=limit).contains(&lost) && resumes.abs_diff(position) <= 1
        });
        let position = match lost_from {
            Some(from) => self.write(from, Content::Silence(lost))?,
            None => self.timeline.settle(position, self.expected),
        };
        let end = self.write(position, Content::Audio(samples))?;
        if lost > 0 && lost_from.is_none() && end > position {
            self.note_gap(position, 0);
        }
        Ok(end)
    }

    fn write(&mut self, position: i64, content: Content) -> Result<i64, WriteFailure> {
        let channels = usize::from(self.channels);
        let total = match content {
            Content::Audio(samples) => (samples.len() / channels) as u64,
            Content::Silence(frames) => frames,
        };
        let mut done = 0;
        while done < total {
            let at = position.saturating_add_unsigned(done);
            let placement = self.timeline.place(at, total - done);
            let mut frames = placement.frames;
            let written = match content {
                Content::Audio(samples) => {
                    let first = done as usize * channels;
                    let range = first..first + frames as usize * channels;
                    self.write_into(placement.target, at, samples.get(range).unwrap_or_default())
                }
                Content::Silence(_) => {
                    frames = frames.min(SILENCE_FRAMES as u64);
                    let mut silence = std::mem::take(&mut self.silence);
                    silence.clear();
                    silence.resize(frames as usize * channels, 0.0);
                    let written = self.write_into(placement.target, at, &silence);
                    self.silence = silence;
                    written
                }
            };
            match (written, placement.target) {
                (Ok(()), _) => {
                    done += frames;
                    if matches!(content, Content::Silence(_)) {
                        self.note_gap(at, frames);
                    }
                }
                // The file was removed or edited behind our back: the frames are placed anew without it.
                (Err(error), Target::Existing { id, .. }) if is_lost(&error) => {
                    tracing::warn!(%error, "a take is not continued");
                    self.forget(id);
                }
                (Err(error), _) => return Err(WriteFailure { at, error }),
            }
        }
        Ok(position.saturating_add_unsigned(total))
    }

    fn write_into(
        &mut self,
        target: Target,
        at: i64,
        samples: &[f32],
    ) -> Result<(), RecorderError> {
        let frames = (samples.len() / usize::from(self.channels)) as u64;
        match target {
            Target::Existing { id, at_frame } => {
                let writer = self.open_take(id)?;
                writer.write_at(at_frame, samples)?;
                let total_frames = writer.frames();
                self.wrote(id, at_frame..at_frame + frames, total_frames);
            }
            Target::New => {
                let take = self.start_take(at, samples)?;
                let (id, total_frames) = (take.id, take.frames);
                let line = self.ledger.line();
                self.ledger.tell(RecorderEvent::TakeStarted { line, take });
                self.wrote(id, 0..frames, total_frames);
            }
        }
        Ok(())
    }

    fn open_take(&mut self, id: TakeId) -> Result<&mut BwfWriter, RecorderError> {
        let open = match self.open.take() {
            Some(open) if open.0 == id => open,
            other => {
                drop(other);
                let take = self.destination.takes.iter().find(|take| take.id == id);
                let path = take.map_or(Path::new(""), |take| &take.path);
                self.flushed = Instant::now();
                // Before the file is opened, which may mend its header.
                let before = match self.written.contains(&id) {
                    true => None,
                    false => platform::fingerprint_of(path).ok(),
                };
                let writer = BwfWriter::reopen(path)?;
                if let Some(fingerprint) = before {
                    self.ledger.tell(RecorderEvent::TakeContinued {
                        line: self.ledger.line(),
                        take: id,
                        fingerprint,
                    });
                    self.written.insert(id);
                }
                (id, writer)
            }
        };
        Ok(&mut self.open.insert(open).1)
    }

    /// Makes a take that starts at `start` with `samples`.
    fn start_take(&mut self, start: i64, samples: &[f32]) -> Result<KnownTake, RecorderError> {
        self.close();
        let folder = &self.destination.folder;
        std::fs::create_dir_all(folder).map_err(|source| RecorderError::Folder {
            path: folder.clone(),
            source,
        })?;
        let id = TakeId::random();
        let start = SampleIndex(start);
        let path = self.destination.path_for(id, &jiff::Zoned::now());
        let source_name = &self.destination.source_name;
        let mut writer = BwfWriter::create_take(
            &path,
            &NewTake {
                rate: self.rate,
                channels: self.channels,
                time_reference: start,
                description: source_name,
                id: &id.in_header(),
            },
        )?;
        if let Err(error) = writer.write_at(0, samples).and_then(|()| writer.flush()) {
            // Nobody knows of this take yet, so it leaves no trace.
            drop(writer);
            let _ = std::fs::remove_file(&path);
            return Err(error.into());
        }
        let frames = writer.frames();
        let (rate, channels) = (self.rate, self.channels);
        let take = KnownTake {
            id,
            path,
            start,
            frames,
            rate,
            channels,
        };
        self.destination.takes.push(take.clone());
        self.timeline.insert(Stretch::of(&take));
        self.open = Some((id, writer));
        self.written.insert(id);
        self.flushed = Instant::now();
        Ok(take)
    }

    fn wrote(&mut self, id: TakeId, frames: Range<u64>, total_frames: u64) {
        self.timeline.wrote(id, total_frames);
        for take in self
            .destination
            .takes
            .iter_mut()
            .filter(|take| take.id == id)
        {
            take.frames = total_frames;
        }
        self.ledger.changed(id, frames, total_frames);
    }

    fn forget(&mut self, id: TakeId) {
        self.timeline.remove(id);
        self.destination.takes.retain(|take| take.id != id);
        self.ledger.forget(id);
    }

    fn rebuild_timeline(&mut self) {
        self.timeline = Timeline::default();
        let open = self.open.as_ref().map(|(id, _)| *id);
        for take in &self.destination.takes {
            if (take.rate, take.channels) == (self.rate, self.channels) {
                self.timeline.insert(Stretch::of(take));
                if Some(take.id) == open {
                    self.timeline.wrote(take.id, take.frames);
                }
            }
        }
    }

    /// Brings the header of the open take up to date if that is due, and tells what changed.
    pub fn end_poll(&mut self, now: Instant) {
        if let Some((_, writer)) = &mut self.open
            && now.saturating_duration_since(self.flushed) >= FLUSH_EVERY
        {
            self.flushed = now;
            if let Err(error) = writer.flush() {
                self.fail(error.into(), now);
            }
        }
        self.ledger.settle();
    }

    /// Closes the open take and tells what changed.
    pub fn close(&mut self) {
        self.open = None;
        self.ledger.settle();
    }

    fn fail(&mut self, error: RecorderError, now: Instant) {
        self.close();
        if self.retry.replace(now + RETRY_AFTER).is_none() {
            let line = self.ledger.line();
            self.ledger.tell(RecorderEvent::Failed { line, error });
        }
    }

    /// Notes a loss at a position that has just been written.
    fn note_gap(&mut self, position: i64, frames: u64) {
        let placement = self.timeline.place(position, 1);
        if let Target::Existing { id, at_frame } = placement.target {
            self.ledger.lost(id, at_frame, frames);
        }
    }
}

/// What was written is told even when a panic ends the tape.
impl Drop for Tape {
    fn drop(&mut self) {
        self.close();
    }
}
