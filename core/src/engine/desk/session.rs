//! What the desk keeps of one plugin instance.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::loaded::Loaded;
use super::training::Trained;
use crate::engine::command::TrainRequest;
use crate::engine::instance::{Outbox, SourceIdentity};
use crate::engine::recording::Recording;
use crate::engine::review::History;
use crate::engine::view::{ProfileView, Severity, Status, Waveform};
use crate::engine::{EngineError, JobControl, StoreHandle};
use crate::recorder::TakeId;
use crate::scan::WindowScores;
use crate::store::{RegionId, StoreError, TakeRow};

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

/// What waits for a database that another program has locked.
#[derive(Default)]
pub(super) struct Pending {
    pub orders: usize,
    pub regions: HashSet<RegionId>,
    pub since: Option<Instant>,
}

pub(super) struct Session {
    pub identity: SourceIdentity,
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
    pub compare_with: Option<String>,
    pub takes: HashMap<TakeId, KeptTake>,
    /// The takes of earlier sessions have been read from the database.
    pub takes_read: bool,
    pub live_scores: HashMap<String, Arc<WindowScores>>,
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
    /// What of this instance the database has not taken yet.
    pub pending: Pending,
    /// Since when another program has kept the database from being read.
    pub locked_since: Option<Instant>,
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
            takes: HashMap::new(),
            takes_read: false,
            live_scores: HashMap::new(),
            waveforms: HashMap::new(),
            job: None,
            status: None,
            history: History::default(),
            considered: None,
            trained: None,
            counted: None,
            pending: Pending::default(),
            locked_since: None,
            loaded: None,
            stale: true,
            changed: true,
            revision: 0,
        }
    }

    /// Whether the desk must look at this session again soon without being told.
    pub(super) fn is_moving(&self) -> bool {
        self.editor_open || self.threshold_moved.is_some()
    }

    /// Reads the database anew; `false` when it refused.
    pub(super) fn load(&mut self, store: &StoreHandle) -> bool {
        match Loaded::read(self, store) {
            Ok(loaded) => {
                self.shown_take.clone_from(&loaded.shown_take);
                self.loaded = Some(loaded);
                self.stale = false;
                self.locked_since = None;
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
        if matches!(error, StoreError::Locked { .. }) {
            // Others may write; only after a while is it worth a word, which is an obstacle's then.
            self.locked_since.get_or_insert_with(Instant::now);
            self.changed = true;
        } else {
            self.say(Severity::Error, error.to_string());
        }
        self.stale = true;
    }

    /// What waits for the database changed, or was refused again.
    pub(super) fn await_database(&mut self, pending: Pending) {
        self.changed |= self.pending.orders > 0 || pending.orders > 0;
        self.pending = pending;
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
