//! What the coordinator keeps of one plugin instance, in parts. A handler takes the parts it needs, so that its signature says
//! what it can touch; only the parts themselves change their fields. Coordinator's thread only.

mod asked;
mod freshness;
mod health;
mod host_line;
mod jobs;
mod labels;
mod loaded;
mod other_sounds;
mod packs;
mod shown;
mod similar;
mod takes;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::outbox::Outbox;
use crate::marks::History;
use crate::output::{Found, OutputFeed};
use crate::protocol::{InstanceId, Remembered, RememberedTake, Severity, SourceIdentity, View};
use crate::recorder::SourceLock;
use crate::recording::Recording;
use crate::time::SampleRate;
use crate::worker::SoundsRequest;

pub(super) use asked::Asked;
use freshness::Freshness;
pub(super) use freshness::Part;
pub(super) use health::{Health, Pending};
pub(super) use host_line::HostLine;
pub(super) use jobs::Jobs;
pub(super) use labels::LabelFiles;
pub(super) use loaded::{ComparedVersion, Loaded};
pub(super) use other_sounds::OtherSounds;
pub(super) use packs::PackOnShow;
pub(super) use shown::Shown;
pub(super) use similar::{Answer, FoundStretches, Similar};
pub(super) use takes::{KeptTake, Takes};

/// The sessions of all live instances.
pub(super) type Sessions = BTreeMap<InstanceId, Session>;

/// One instance.
pub(super) struct Session {
    pub identity: SourceIdentity,
    /// Nobody else records this source.
    pub lock: Arc<SourceLock>,
    pub takes: Takes,
    pub shown: Shown,
    pub jobs: Jobs,
    pub health: Health,
    pub asked: Asked,
    pub similar: Similar,
    pub labels: LabelFiles,
    pub pack: PackOnShow,
    pub line: HostLine,
    pub history: History,
    /// Of the database that is shown.
    generation: u64,
    window: Window,
    freshness: Freshness,
}

/// The window of an instance and what it was sent.
struct Window {
    outbox: Arc<Outbox>,
    is_open: bool,
    revision: u64,
    /// How many messages of the instance were answered.
    answered: u64,
}

impl Session {
    pub(super) fn new(
        identity: SourceIdentity,
        lock: Arc<SourceLock>,
        outbox: Arc<Outbox>,
    ) -> Self {
        let freshness = Freshness::default();
        Self {
            identity,
            lock,
            takes: Takes::new(freshness.clone()),
            shown: Shown::new(freshness.clone()),
            jobs: Jobs::new(freshness.clone()),
            health: Health::new(freshness.clone()),
            asked: Asked::new(freshness.clone()),
            similar: Similar::new(freshness.clone()),
            labels: LabelFiles::new(freshness.clone()),
            pack: PackOnShow::new(freshness.clone()),
            line: HostLine::default(),
            history: History::default(),
            generation: 0,
            window: Window {
                outbox,
                is_open: false,
                revision: 0,
                answered: 0,
            },
            freshness,
        }
    }

    /// Builds the session anew after an internal error, which may have left it half changed. Identity, window, the lines to the
    /// host, the takes and the choices stay; everything else is read from the database again, and undo is forgotten.
    pub(super) fn rebuild(&mut self) {
        let freshness = Freshness::default();
        self.takes = self.takes.rebuilt(freshness.clone());
        self.shown = self.shown.rebuilt(freshness.clone());
        self.jobs = self.jobs.rebuilt(freshness.clone());
        self.health = self.health.rebuilt(freshness.clone());
        self.asked = self.asked.rebuilt(freshness.clone());
        self.similar = self.similar.rebuilt(freshness.clone());
        self.labels = self.labels.rebuilt(freshness.clone());
        self.pack = self.pack.rebuilt(freshness.clone());
        self.history = History::default();
        self.freshness = freshness;
    }

    /// `part` is out of date: it is read or shown again before the coordinator takes its next message.
    pub(super) fn invalidate(&self, part: Part) {
        self.freshness.invalidate(part);
    }

    /// Whether the database must be read again for this session.
    pub(super) fn must_read(&self) -> bool {
        !self.freshness.is_valid(Part::Database)
    }

    /// Whether the window must be shown something new: something changed, or a job moves.
    pub(super) fn must_publish(&self) -> bool {
        !self.freshness.is_valid(Part::View)
            || self.jobs.is_at_work()
            || self.similar.is_at_work()
            || self.labels.is_at_work()
    }

    /// Whether what was found has changed since the audio thread was told.
    pub(super) fn must_send_found(&self) -> bool {
        !self.freshness.is_valid(Part::Output)
    }

    /// Tells the audio thread what was found on the track.
    pub(super) fn send_found(&mut self, found: Found) {
        self.freshness.note_sent();
        self.line.send_found(found);
    }

    /// A new line has begun; it knows nothing yet.
    pub(super) fn connect_output(&mut self, feed: OutputFeed, rate: SampleRate) {
        self.line.connect_output(feed, rate);
        self.invalidate(Part::Output);
    }

    pub(super) fn is_window_open(&self) -> bool {
        self.window.is_open
    }

    pub(super) fn set_window_open(&mut self, is_open: bool) {
        self.window.is_open = is_open;
    }

    /// Of the database that is shown ([`StoreHandle::generation`](crate::store::StoreHandle::generation)).
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// The number of the newest view.
    pub(super) fn revision(&self) -> u64 {
        self.window.revision
    }

    /// Puts the next view where the window finds it.
    pub(super) fn publish(&mut self, make: impl FnOnce(&Self) -> View) {
        self.freshness.note_published();
        self.window.revision += 1;
        let view = make(self);
        self.window.outbox.publish(Arc::new(view));
    }

    /// A message came that may change what is shown.
    pub(super) fn note_message(&mut self) {
        self.window.answered += 1;
    }

    /// Puts what the project remembers where the instance finds it. Every message that came was answered.
    pub(super) fn publish_remembered(&self) {
        let shown = &self.shown;
        // Takes that cannot be read now may be there when the project is opened again.
        let take = shown.take().filter(|take| self.takes.named(take).is_some());
        let remembered = Remembered {
            profile: shown.profile().to_owned(),
            watched: shown.watched().to_vec(),
            model: shown.model().to_owned(),
            take: take.map(|filename| RememberedTake {
                filename: filename.to_owned(),
                version: shown.version().map(str::to_owned),
                compare_with: shown.compare_with().cloned(),
            }),
        };
        *self.window.outbox.remembered.lock() = Some((self.window.answered, remembered));
    }

    /// Whether the coordinator must look at this session again soon without being told.
    pub(super) fn is_moving(&self) -> bool {
        self.window.is_open
            || self.shown.is_threshold_moving()
            || self.line.is_pressed()
            || self.line.is_rolling()
            || self.takes.has_unsaved()
    }

    /// The database is another one from now on: what was learned from the former means nothing in it, and what was saved in
    /// that is not in this.
    pub(super) fn begin_with_another_database(&mut self, generation: u64) {
        self.generation = generation;
        self.history.keep_to(generation);
        self.jobs.forget_proof();
        self.similar.forget();
        self.labels.forget();
        self.takes.begin_with_another_database();
        self.health.begin_with_another_database();
        self.invalidate(Part::Database);
        self.invalidate(Part::View);
    }

    /// The threshold that the window, or before it opens the project, asks for.
    pub(super) fn set_threshold(&mut self, threshold: f32) {
        if self.window.is_open {
            self.shown.move_threshold(threshold);
        } else {
            self.shown.follow_threshold(threshold);
        }
    }

    pub(super) fn change_profile(&mut self, profile: &str) {
        self.shown.change_profile(profile);
        self.takes.forget_live_scores();
    }

    /// The shown take, if it holds audio and is not known to be missing.
    pub(super) fn shown_recording(&self) -> Option<Recording> {
        let take = self.takes.named(self.shown.take()?)?;
        let has_audio = take.row().frames > 0 && !self.takes.is_missing(take);
        has_audio.then(|| Recording::of_take(take.row()))
    }

    /// The files that its window shows something of: those of its takes, and of what the considered training learns from.
    pub(super) fn files_it_needs(&self) -> impl Iterator<Item = PathBuf> {
        let counts = self.shown.loaded().and_then(Loaded::training_counts);
        let files = counts.into_iter().flat_map(|counts| &counts.files);
        let files = files.filter(|file| file.marks.teaches());
        let taught = files.filter_map(|file| file.marks.source_path.clone());
        let loaded = self.shown.loaded().into_iter();
        let contested = loaded.flat_map(|loaded| loaded.contested_files.iter().cloned());
        self.takes.files().chain(taught).chain(contested)
    }

    /// Whether the shown take was never drawn.
    pub(super) fn wants_waveform(&self) -> bool {
        let shown = self.shown.take();
        shown.is_some_and(|shown| self.takes.waveform(shown).is_none())
    }

    /// A scan of `recording` for the sounds that the instance looks for.
    pub(super) fn scan_request(&self, recording: Recording) -> SoundsRequest {
        SoundsRequest {
            recording,
            profiles: self.shown.sounds(),
            model: self.shown.model().to_owned(),
            threshold: self.shown.threshold(),
        }
    }
}

/// Reads or shows `part` again for every instance.
pub(super) fn invalidate_all(sessions: &Sessions, part: Part) {
    for session in sessions.values() {
        session.invalidate(part);
    }
}

/// Shows `words` in the status line of one window.
pub(super) fn tell(sessions: &mut Sessions, instance: InstanceId, words: String) {
    if let Some(session) = sessions.get_mut(&instance) {
        session.health.say(Severity::Info, words);
    }
}
