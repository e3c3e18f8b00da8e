//! The takes of one source, and a file that the user opened beside them: their rows, what the live scan found in them, how far it is behind, and how they look.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::freshness::{Freshness, Part};
use crate::protocol::Waveform;
use crate::recorder::{KnownTake, TakeId, gaps};
use crate::recording::Recording;
use crate::scan::WindowScores;
use crate::store::{StoreError, TakeRow};
use crate::time::SampleRate;

/// A growing take's length is entered in the database this often; the recorder flushes the file itself.
const TAKE_SAVED_EVERY: Duration = Duration::from_secs(5);

/// A take of this source, as the recorder and the database know it.
pub(in crate::engine::coordinator) struct KeptTake {
    row: TakeRow,
    /// Counts the takes that began while the engine runs; 0 for one of an earlier session. A clock may be set back.
    begun: u64,
    is_recording: bool,
    /// The database does not have the newest length yet.
    is_unsaved: bool,
    /// Written since the last version was saved.
    is_unscanned: bool,
    saved_at: Instant,
    /// It is no take, but a file that the user opened: no row of it is saved.
    is_file: bool,
}

impl KeptTake {
    /// One that is begun just now as the nth of this engine, or with 0 one that the database knows already.
    fn new(row: TakeRow, begun: u64) -> Self {
        let is_begun = begun > 0;
        Self {
            row,
            begun,
            is_recording: is_begun,
            is_unsaved: is_begun,
            is_unscanned: false,
            saved_at: Instant::now(),
            is_file: false,
        }
    }

    pub fn row(&self) -> &TakeRow {
        &self.row
    }

    /// Whether it is being written now.
    pub fn is_recording(&self) -> bool {
        self.is_recording
    }

    /// Whether it is a file that lies nowhere on the project's timeline.
    pub fn is_file(&self) -> bool {
        self.is_file
    }

    /// Greater for a take that began later.
    pub fn age(&self) -> (u64, &str) {
        (self.begun, &self.row.created_at)
    }

    /// Where it starts on the project's timeline.
    pub fn start_s(&self) -> f64 {
        self.row.start.seconds(self.row.rate)
    }

    pub fn length_s(&self) -> f64 {
        self.row.frames as f64 / f64::from(self.row.rate.hz())
    }

    /// The recorder has its file open while it records.
    fn can_be_missing(&self) -> bool {
        !self.is_recording && self.row.frames > 0
    }

    fn is_due(&self) -> bool {
        self.saved_at.elapsed() >= TAKE_SAVED_EVERY
    }
}

/// A take after the recorder wrote to it.
pub(in crate::engine::coordinator) struct GrownTake {
    pub filename: String,
    pub path: PathBuf,
    pub rate: SampleRate,
    /// Its length must be entered in the database.
    pub is_due: bool,
}

#[derive(Default)]
pub(in crate::engine::coordinator) struct Takes {
    kept: HashMap<TakeId, KeptTake>,
    /// The file that the user opened last.
    opened: Option<KeptTake>,
    /// How many takes began.
    begun: u64,
    /// The takes of earlier sessions were read from the database.
    are_read: bool,
    /// The host's project was saved when there were some.
    are_expected: bool,
    /// By take and profile.
    live_scores: HashMap<(String, String), Arc<WindowScores>>,
    /// Seconds that the live scan is behind, by take; only takes of which it is.
    behind_s: HashMap<String, f64>,
    waveforms: HashMap<String, Arc<Waveform>>,
    /// Files that the newest look did not find, of any source.
    missing: Arc<HashSet<PathBuf>>,
    freshness: Freshness,
}

impl Takes {
    pub fn new(freshness: Freshness) -> Self {
        Self {
            freshness,
            ..Self::default()
        }
    }

    /// The same rows, saved again, with nothing else: for a session that is built anew.
    pub fn rebuilt(&mut self, freshness: Freshness) -> Self {
        let mut takes = Self {
            kept: std::mem::take(&mut self.kept),
            opened: self.opened.take(),
            begun: self.begun,
            are_expected: self.are_expected,
            missing: Arc::clone(&self.missing),
            ..Self::new(freshness)
        };
        takes.enter_again();
        takes
    }

    /// In timeline order.
    pub fn in_order(&self) -> Vec<&KeptTake> {
        let mut takes: Vec<_> = self.kept.values().collect();
        takes.sort_by(|a, b| {
            a.start_s()
                .total_cmp(&b.start_s())
                .then_with(|| a.age().cmp(&b.age()))
        });
        takes
    }

    pub fn iter(&self) -> impl Iterator<Item = (TakeId, &KeptTake)> {
        self.kept.iter().map(|(&id, take)| (id, take))
    }

    /// The recording that the take `id` is.
    pub fn recording(&self, id: TakeId) -> Option<Recording> {
        let take = self.kept.get(&id)?;
        Some(Recording::of_take(&take.row))
    }

    /// In timeline order, with the file that the user opened behind them.
    pub fn on_show(&self) -> Vec<&KeptTake> {
        let mut takes = self.in_order();
        takes.extend(&self.opened);
        takes
    }

    /// Shows a file beside the takes, and no longer the one before. Returns where that is.
    pub fn open_file(&mut self, row: TakeRow) -> Option<PathBuf> {
        let opened = KeptTake {
            is_file: true,
            ..KeptTake::new(row, 0)
        };
        self.freshness.invalidate(Part::Database);
        let before = self.opened.replace(opened)?;
        self.waveforms.remove(&before.row.filename);
        Some(before.row.path)
    }

    /// The take, or opened file, of that name.
    pub fn named(&self, filename: &str) -> Option<&KeptTake> {
        let mut takes = self.kept.values().chain(&self.opened);
        takes.find(|take| take.row.filename == filename)
    }

    /// The takes that hold audio and are not known to be missing, in timeline order, and the opened file.
    pub fn recordings(&self) -> Vec<Recording> {
        self.on_show()
            .into_iter()
            .filter(|take| take.row.frames > 0 && !self.is_missing(take))
            .map(|take| Recording::of_take(&take.row))
            .collect()
    }

    pub fn are_read(&self) -> bool {
        self.are_read
    }

    /// The database is read again at the next chance.
    pub fn read_again(&mut self) {
        self.are_read = false;
    }

    /// The host's project says that there are some.
    pub fn expect(&mut self) {
        self.are_expected = true;
    }

    /// The project was saved with takes and the database knows none.
    pub fn are_unknown(&self) -> bool {
        self.are_expected && self.are_read && self.kept.is_empty()
    }

    /// The database's rows of earlier sessions.
    pub fn enter_known(&mut self, rows: Vec<TakeRow>) {
        self.are_read = true;
        for row in rows {
            if let Ok(id) = row.id.parse::<TakeId>() {
                let known = || KeptTake::new(row, 0);
                self.kept.entry(id).or_insert_with(known);
            }
        }
        self.freshness.invalidate(Part::Database);
    }

    /// A look did not find these files.
    pub fn note_missing(&mut self, missing: &Arc<HashSet<PathBuf>>) {
        self.missing = Arc::clone(missing);
    }

    /// The files of finished takes that the newest look did not find where the database says, in timeline order.
    pub fn missing(&self) -> Vec<&PathBuf> {
        let takes = self.in_order().into_iter();
        let missing = takes.filter(|take| self.is_missing(take));
        missing.map(|take| &take.row.path).collect()
    }

    /// Whether the newest look did not find the file of a finished take. One that nobody looked for yet counts as there.
    pub fn is_missing(&self, take: &KeptTake) -> bool {
        take.can_be_missing() && self.missing.contains(&take.row.path)
    }

    /// The files of finished takes: what a look is to look for.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        let takes = self.kept.values();
        takes
            .filter(|take| take.can_be_missing())
            .map(|take| take.row.path.clone())
    }

    /// Takes over where the database says that finished takes are.
    pub fn follow_moved(&mut self, rows: Vec<TakeRow>) {
        for row in rows {
            let take = row.id.parse::<TakeId>();
            let take = take.ok().and_then(|id| self.kept.get_mut(&id));
            if let Some(take) = take.filter(|take| !take.is_recording) {
                take.row.path = row.path;
            }
        }
    }

    /// Another database is in use: its rows are read, and the takes of this session are entered in it.
    pub fn begin_with_another_database(&mut self) {
        self.enter_again();
        self.are_read = false;
    }

    /// Enters all of them in the database again.
    pub fn enter_again(&mut self) {
        for take in self.kept.values_mut() {
            take.is_unsaved = true;
        }
    }

    /// Another source is shown from now on. Returns where the takes of this one are.
    pub fn leave(&mut self) -> Vec<PathBuf> {
        self.are_read = false;
        self.freshness.invalidate(Part::Database);
        self.opened = None;
        let former = std::mem::take(&mut self.kept);
        former.into_values().map(|take| take.row.path).collect()
    }

    pub fn begin(&mut self, id: TakeId, row: TakeRow) {
        self.begun += 1;
        self.kept.insert(id, KeptTake::new(row, self.begun));
        self.freshness.invalidate(Part::Database);
    }

    /// The recorder wrote `frames` of a take. `None` for a take that nobody knows.
    pub fn grow(
        &mut self,
        id: TakeId,
        frames: &Range<u64>,
        total_frames: u64,
    ) -> Option<GrownTake> {
        let take = self.kept.get_mut(&id)?;
        take.row.frames = total_frames;
        gaps::fill(&mut take.row.gaps, frames);
        take.is_recording = true;
        take.is_unsaved = true;
        take.is_unscanned = true;
        self.freshness.invalidate(Part::View);
        Some(GrownTake {
            filename: take.row.filename.clone(),
            path: take.row.path.clone(),
            rate: take.row.rate,
            is_due: take.is_due(),
        })
    }

    pub fn add_gap(&mut self, id: TakeId, at_frame: u64, frames: u64) {
        if let Some(take) = self.kept.get_mut(&id) {
            gaps::add(&mut take.row.gaps, at_frame..at_frame + frames);
            take.is_unsaved = true;
        }
    }

    /// The transport stopped. Returns the takes that were written since the last stop.
    pub fn rest(&mut self) -> Vec<(Recording, SampleRate)> {
        let mut finished = Vec::new();
        for take in self.kept.values_mut() {
            take.is_recording = false;
            if std::mem::take(&mut take.is_unscanned) {
                finished.push((Recording::of_take(&take.row), take.row.rate));
            }
        }
        self.freshness.invalidate(Part::View);
        finished
    }

    /// Saves the rows that the database does not have, with `all` also those that were saved a moment ago. Returns the first
    /// refusal, or `None` when nothing was to be saved.
    pub fn save(
        &mut self,
        all: bool,
        mut save: impl FnMut(&TakeRow) -> Result<(), StoreError>,
    ) -> Option<Result<(), StoreError>> {
        let mut outcome = None;
        for take in self.kept.values_mut() {
            if take.is_unsaved && (all || take.is_due()) {
                let saved = save(&take.row);
                take.saved_at = Instant::now();
                take.is_unsaved = saved.as_ref().is_err_and(StoreError::is_mendable);
                if !matches!(outcome, Some(Err(_))) {
                    outcome = Some(saved);
                }
            }
        }
        outcome
    }

    /// Whether the database does not have all there is to know of a take that no longer grows.
    pub fn has_unsaved(&self) -> bool {
        let mut takes = self.kept.values();
        takes.any(|take| take.is_unsaved && !take.is_recording)
    }

    /// What the recorder must know of them to go on in them. It looks for their files itself.
    pub fn known(&self) -> Vec<KnownTake> {
        self.iter()
            .map(|(id, take)| KnownTake {
                id,
                path: take.row.path.clone(),
                start: take.row.start,
                frames: take.row.frames,
                rate: take.row.rate,
                channels: take.row.channels,
            })
            .collect()
    }

    /// What the live scan says of a take for the sound of `profile`.
    pub fn live_scores(&self, filename: &str, profile: &str) -> Option<&Arc<WindowScores>> {
        let mut known = self.live_scores.iter();
        let found = known.find(|((take, sound), _)| take == filename && sound == profile);
        found.map(|(_, scores)| scores)
    }

    /// Whether the live scan says anything of a take.
    pub fn has_live_scores(&self, filename: &str) -> bool {
        self.live_scores.keys().any(|(take, _)| take == filename)
    }

    pub fn set_live_scores(&mut self, filename: &str, profile: &str, scores: Arc<WindowScores>) {
        let key = (filename.to_owned(), profile.to_owned());
        self.live_scores.insert(key, scores);
        self.freshness.invalidate(Part::View);
    }

    /// Forgets what the live scan says of a take, for all sounds.
    pub fn forget_live_scores_of(&mut self, filename: &str) {
        self.live_scores.retain(|(take, _), _| take != filename);
        self.freshness.invalidate(Part::View);
    }

    /// Forgets what the live scan says of a take for one sound.
    pub fn forget_live_scores_for(&mut self, filename: &str, profile: &str) {
        self.live_scores
            .retain(|(take, sound), _| take != filename || sound != profile);
        self.freshness.invalidate(Part::View);
    }

    /// Forgets what the live scan says for the sound of `profile`.
    pub fn forget_live_scores_by(&mut self, profile: &str) {
        self.live_scores.retain(|(_, sound), _| sound != profile);
        self.freshness.invalidate(Part::View);
    }

    pub fn forget_live_scores(&mut self) {
        self.live_scores.clear();
        self.freshness.invalidate(Part::View);
    }

    /// Seconds of all takes that the live scan has not searched yet.
    pub fn behind_s(&self) -> f64 {
        self.behind_s.values().sum()
    }

    /// So much of a take waits for the live scan.
    pub fn set_behind(&mut self, filename: String, seconds: f64) {
        let is_changed = if seconds > 0.0 {
            self.behind_s.insert(filename, seconds) != Some(seconds)
        } else {
            self.behind_s.remove(&filename).is_some()
        };
        self.freshness.invalidate_if(Part::View, is_changed);
    }

    /// So much more of a take was written.
    pub fn add_behind(&mut self, filename: &str, seconds: f64) {
        *self.behind_s.entry(filename.to_owned()).or_default() += seconds;
        self.freshness.invalidate(Part::View);
    }

    pub fn waveform(&self, filename: &str) -> Option<&Arc<Waveform>> {
        self.waveforms.get(filename)
    }

    pub fn set_waveform(&mut self, filename: String, waveform: Arc<Waveform>) {
        self.waveforms.insert(filename, waveform);
        self.freshness.invalidate(Part::View);
    }

    pub fn forget_waveform(&mut self, filename: &str) {
        self.waveforms.remove(filename);
    }
}
