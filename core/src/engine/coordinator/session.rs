//! What the coordinator keeps of one plugin instance.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::auditioning::Audition;
use super::loaded::Loaded;
use super::novelty::Novelty;
use super::proof::Proof;
use super::training::Trained;
use super::triggers::Triggers;
use super::trouble::{Ailment, Trouble};
use crate::capture::CaptureMeter;
use crate::engine::outbox::Outbox;
use crate::job::JobControl;
use crate::marks::History;
use crate::protocol::{
    Compared, EngineError, ExportQuestion, FolderView, ProfileView, Severity, SourceIdentity,
    SpectrogramView, Status, Survey, TrainRequest, Waveform,
};
use crate::recorder::TakeId;
use crate::recording::Recording;
use crate::scan::WindowScores;
use crate::settings::SettingsView;
use crate::store::{StoreError, StoreHandle, TakeRow};
use crate::time::Span;

/// The profile that always exists.
const DEFAULT_PROFILE: &str = "default";
/// The model that ships with Earmark.
const DEFAULT_MODEL: &str = "AISFX";
/// A threshold that has rested this long is written into the version on show.
const THRESHOLD_RESTS: Duration = Duration::from_millis(300);

/// A take of this source, as the recorder and the database know it.
pub(super) struct KeptTake {
    pub row: TakeRow,
    /// Being written now.
    pub recording: bool,
    /// The database does not have the newest length yet.
    pub unsaved: bool,
    /// Written since the last version was saved.
    pub unscanned: bool,
    pub saved_at: Instant,
}

/// What waits for the database.
#[derive(Default)]
pub(super) struct Pending {
    pub orders: usize,
    /// Where it changes something, by recording.
    pub spans: Vec<(Option<String>, Span)>,
    /// What it waits for.
    pub trouble: Option<Trouble>,
}

pub(super) struct Session {
    pub identity: SourceIdentity,
    /// Of the database that is shown.
    pub generation: u64,
    pub outbox: Arc<Outbox>,
    pub editor_open: bool,
    pub connected: bool,
    pub profile: String,
    pub model: String,
    pub threshold: f32,
    /// Set while the threshold moves: when it last did.
    pub threshold_moved: Option<Instant>,
    pub shown_take: Option<String>,
    pub shown_version: Option<String>,
    pub compare_with: Option<Compared>,
    /// What a training began comparing with, unasked.
    pub compared_unasked: Option<Compared>,
    /// The version that was the newest before a training whose scan is at work.
    pub before_training: Option<String>,
    pub takes: HashMap<TakeId, KeptTake>,
    /// The takes of earlier sessions have been read from the database.
    pub takes_read: bool,
    /// The host's project was saved when there were some.
    pub expects_takes: bool,
    pub live_scores: HashMap<String, Arc<WindowScores>>,
    /// Seconds that the live scan is behind, by take; only takes of which it is.
    pub behind_s: HashMap<String, f64>,
    pub waveforms: HashMap<String, Arc<Waveform>>,
    pub job: Option<JobControl>,
    pub status: Option<Status>,
    pub history: History,
    /// The training that the window considers.
    pub considered: Option<TrainRequest>,
    /// What the last training made.
    pub trained: Option<Trained>,
    /// The profile that was counted last.
    pub counted: Option<ProfileView>,
    pub novelty: Novelty,
    pub proof: Proof,
    /// The folder that was looked into last.
    pub folder: Option<Arc<FolderView>>,
    pub export_question: Option<Arc<ExportQuestion>>,
    /// How many questions there were.
    pub exports: u64,
    /// What was found to be kept on this machine when the window last asked.
    pub survey: Option<Arc<Survey>>,
    /// Without those of the database until it was read.
    pub settings: Option<Arc<SettingsView>>,
    /// What of this instance the database has not taken yet.
    pub pending: Pending,
    /// The database is damaged.
    damage: Option<Trouble>,
    /// The database could not be read.
    unread: Option<Trouble>,
    /// Takes or a threshold could not be entered; tried again.
    unwritten: Option<Trouble>,
    /// What is played to the user.
    pub audition: Option<Audition>,
    /// The stretch on show as a spectrogram.
    pub spectrogram: Option<Arc<SpectrogramView>>,
    /// How many have been asked for.
    pub auditions: u64,
    /// The mark buttons of the present line.
    pub triggers: Option<Triggers>,
    /// The meter of the present line.
    pub meter: Option<Arc<CaptureMeter>>,
    /// Recording and span of the region that was selected or auditioned last.
    pub pointed: Option<(String, Span)>,
    /// What a mark button confirms as; empty until the user named a class.
    pub mark_class: String,
    /// What the database says; `None` until it was read.
    pub loaded: Option<Loaded>,
    /// The database changed since `loaded` was read.
    pub stale: bool,
    /// Something to show changed since the last view.
    pub changed: bool,
    pub revision: u64,
}

impl Session {
    pub(super) fn new(identity: SourceIdentity, outbox: Arc<Outbox>) -> Self {
        Self {
            identity,
            generation: 0,
            outbox,
            editor_open: false,
            connected: false,
            profile: String::from(DEFAULT_PROFILE),
            model: String::from(DEFAULT_MODEL),
            threshold: 0.5,
            threshold_moved: None,
            shown_take: None,
            shown_version: None,
            compare_with: None,
            compared_unasked: None,
            before_training: None,
            takes: HashMap::new(),
            takes_read: false,
            expects_takes: false,
            live_scores: HashMap::new(),
            behind_s: HashMap::new(),
            waveforms: HashMap::new(),
            job: None,
            status: None,
            history: History::default(),
            considered: None,
            trained: None,
            counted: None,
            novelty: Novelty::default(),
            proof: Proof::default(),
            folder: None,
            export_question: None,
            exports: 0,
            survey: None,
            settings: None,
            pending: Pending::default(),
            damage: None,
            unread: None,
            unwritten: None,
            audition: None,
            spectrogram: None,
            auditions: 0,
            triggers: None,
            meter: None,
            pointed: None,
            mark_class: String::new(),
            loaded: None,
            stale: true,
            changed: true,
            revision: 0,
        }
    }

    /// Whether the coordinator must look at this session again soon without being told.
    pub(super) fn is_moving(&self) -> bool {
        self.editor_open
            || self.threshold_moved.is_some()
            || self.triggers.as_ref().is_some_and(Triggers::is_pressed)
            || self.is_rolling()
            || self.has_unsaved_take()
    }

    /// Whether the host plays through this instance.
    fn is_rolling(&self) -> bool {
        self.triggers.is_some() && self.meter.as_ref().is_some_and(|meter| meter.is_rolling())
    }

    /// Reads the database anew; `false` when it refused.
    pub(super) fn load(&mut self, store: &StoreHandle) -> bool {
        match Loaded::read(self, store) {
            Ok(loaded) => {
                self.shown_take.clone_from(&loaded.shown_take);
                self.settings = Some(Arc::clone(&loaded.settings));
                self.loaded = Some(loaded);
                self.stale = false;
                self.unread = None;
                self.changed = true;
                true
            }
            Err(error) => {
                self.refuse(&error);
                false
            }
        }
    }

    /// The database cannot be used: that is a state with a remedy, and the next look tries again.
    pub(super) fn refuse(&mut self, error: &StoreError) {
        match Ailment::of_store(error) {
            Some(ailment) => self.unread = Some(Trouble::continued(self.unread.take(), ailment)),
            None => self.say(Severity::Error, error.to_string()),
        }
        self.stale = true;
        self.changed = true;
    }

    /// Something of this instance that nobody gave as a command was entered in the database, or refused by it.
    pub(super) fn note_written(&mut self, outcome: &Result<(), StoreError>) {
        let Err(error) = outcome else {
            self.changed |= self.unwritten.take().is_some();
            return;
        };
        match Ailment::of_store(error) {
            Some(ailment) => {
                self.unwritten = Some(Trouble::continued(self.unwritten.take(), ailment));
            }
            None => self.say(Severity::Error, error.to_string()),
        }
        self.changed = true;
    }

    pub(super) fn show_damage(&mut self, damage: Option<&StoreError>) {
        if damage.is_some() != self.damage.is_some() {
            let ailment = damage.and_then(Ailment::of_store);
            self.damage = ailment.map(|ailment| Trouble::continued(None, ailment));
            self.changed = true;
        }
    }

    /// What keeps the database from its work as far as this session knows, the gravest first.
    pub(super) fn troubles(&self) -> Vec<&Trouble> {
        let waiting = self.pending.trouble.as_ref();
        let waiting = waiting.filter(|_| self.pending.orders > 0);
        [
            self.damage.as_ref(),
            self.unread.as_ref(),
            waiting,
            self.unwritten.as_ref(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The database is another one from now on: what was learned from the former means nothing in it, and what was
    /// entered in that is not in this.
    pub(super) fn begin_with_another_file(&mut self, generation: u64) {
        self.history.keep_to(generation);
        self.generation = generation;
        self.proof.give_up();
        self.proof = Proof::default();
        for take in self.takes.values_mut() {
            take.unsaved = true;
        }
        self.takes_read = false;
        self.unwritten = None;
        self.stale = true;
        self.changed = true;
    }

    /// Whether the database does not have all there is to know of a take that is no longer growing.
    pub(super) fn has_unsaved_take(&self) -> bool {
        self.takes
            .values()
            .any(|take| take.unsaved && !take.recording)
    }

    /// What waits for the database changed, or was refused again.
    pub(super) fn await_database(&mut self, pending: Pending) {
        self.changed |= self.pending.orders > 0 || pending.orders > 0;
        self.pending = pending;
    }

    /// So much of a take waits for the live scan.
    pub fn set_behind(&mut self, filename: String, seconds: f64) {
        if seconds > 0.0 {
            self.changed |= self.behind_s.insert(filename, seconds) != Some(seconds);
        } else {
            self.changed |= self.behind_s.remove(&filename).is_some();
        }
    }

    /// So much more of a take was written.
    pub fn add_behind(&mut self, filename: &str, seconds: f64) {
        *self.behind_s.entry(filename.to_owned()).or_default() += seconds;
        self.changed = true;
    }

    pub(super) fn say(&mut self, severity: Severity, text: impl Into<String>) {
        let status = Status {
            severity,
            text: text.into(),
            remedy: String::new(),
        };
        if self.status.as_ref() != Some(&status) {
            self.status = Some(status);
            self.changed = true;
        }
    }

    pub(super) fn fail(&mut self, error: &EngineError) {
        let severity = match error {
            EngineError::Cancelled => Severity::Info,
            EngineError::NoClassifier { .. } => Severity::Warning,
            _ => Severity::Error,
        };
        self.say(severity, error.to_string());
    }

    /// Takes in timeline order.
    pub(super) fn takes_in_order(&self) -> Vec<&KeptTake> {
        let mut takes: Vec<_> = self.takes.values().collect();
        takes.sort_by(|a, b| {
            let start = |take: &KeptTake| take.row.start.seconds(take.row.rate);
            start(a)
                .total_cmp(&start(b))
                .then_with(|| a.row.created_at.cmp(&b.row.created_at))
        });
        takes
    }

    pub(super) fn recordings(&self) -> Vec<Recording> {
        self.takes_in_order()
            .into_iter()
            .filter(|take| take.row.frames > 0)
            .filter_map(|take| Recording::at(&take.row.path).ok())
            .collect()
    }

    pub(super) fn shown_recording(&self) -> Option<Recording> {
        let shown = self.shown_take.as_deref()?;
        self.takes
            .values()
            .find(|take| take.row.filename == shown && take.row.frames > 0)
            .and_then(|take| Recording::at(&take.row.path).ok())
    }

    /// Whether the take on show has never been drawn.
    pub(super) fn wants_waveform(&self) -> bool {
        self.shown_take
            .as_ref()
            .is_some_and(|shown| !self.waveforms.contains_key(shown))
    }

    /// Whether the threshold was moved and has come to rest.
    pub(super) fn threshold_settled(&mut self) -> bool {
        let settled = self
            .threshold_moved
            .is_some_and(|moved| moved.elapsed() >= THRESHOLD_RESTS);
        if settled {
            self.threshold_moved = None;
        }
        settled
    }
}
