//! Proof of learning: every classifier that is kept, asked of everything that is judged, at one threshold.
//!
//! From embeddings that are there already: no model runs. The windows of each span are read once, whatever the number of
//! classifiers, and what a classifier said of a span is remembered until the span's recording changes; so the next mark costs
//! its own windows only. What is nowhere embedded is counted, for all classifiers alike, and comes in with the next scan of its
//! recording or the next training.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Worker;
use super::embeddings::window_vector;
use crate::cache::{CacheKey, StepMap};
use crate::classifier::Classifier;
use crate::embed::Manifest;
use crate::job::JobControl;
use crate::protocol::{EngineError, PROOF_THRESHOLD};
use crate::recording::Recording;
use crate::scan::{MarkCheck, Spot, windows_within};
use crate::store::{ClassifierId, ClassifierRow};
use crate::time::Span;
use crate::worker::proof_request::{JudgedSpan, ProofRequest, Said};

/// Windows looked at in one span; of a longer one so many, spread over it.
const WINDOWS_PER_SPAN: usize = 256;
/// Windows held in memory at a time: some 40 MB.
const WINDOWS_AT_ONCE: usize = 20_000;
/// Windows scored between two looks whether to go on.
const WINDOWS_AT_A_LOOK: usize = 256;

/// The highest scores of judged spans, by classifier. What cannot be scored has none.
type Scores = HashMap<ClassifierId, Option<f32>>;

/// What was asked before.
#[derive(Default)]
pub(super) struct Proved {
    /// Of the database that the classifiers' numbers are from.
    generation: u64,
    scores: HashMap<Place, Scores>,
    /// Damaged, or gone: they say nothing of anything.
    broken: HashSet<ClassifierId>,
}

/// Where a judged span can be heard, in the state that the file has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    key: Arc<CacheKey>,
    /// Start and end in nanoseconds; `None` is all of it.
    span_ns: Option<(i64, i64)>,
}

/// A place with what is needed to hear it.
#[derive(Debug, Clone)]
struct Candidate {
    place: Place,
    recording: Recording,
    span: Option<Span>,
}

/// Windows to be scored, and which of them belong to which place.
#[derive(Default)]
struct Batch {
    vectors: Vec<f32>,
    /// With the number of windows.
    places: Vec<(Place, usize)>,
    windows: usize,
}

impl Worker {
    /// What each of the classifiers, by version, says of all that is judged, cut at
    /// [`PROOF_THRESHOLD`]. Without those that know the model in another form than it has now,
    /// and empty when the model is missing or nothing is judged.
    ///
    /// # Errors
    /// When the database cannot be read, or the job was cancelled; what was scored until then is remembered.
    pub fn proof(
        &mut self,
        request: &ProofRequest,
        job: &JobControl,
    ) -> Result<BTreeMap<u32, MarkCheck>, EngineError> {
        let Ok(manifest) = super::find_manifest(&request.model) else {
            return Ok(BTreeMap::new());
        };
        let classifiers = request.classifiers.iter();
        let classifiers: Vec<&ClassifierRow> = classifiers
            .filter(|row| row.model_sha256 == manifest.sha256())
            .collect();
        if self.proved.generation != self.store.generation() {
            self.proved = Proved {
                generation: self.store.generation(),
                ..Proved::default()
            };
        }
        let candidates = candidates(&request.judged, &manifest);
        // In its recording first, else in the clip that was exported from it, as training does.
        for turn in 0..2 {
            let unheard = candidates
                .iter()
                .filter(|places| self.heard(places).is_none());
            let mut wanted: Vec<&Candidate> =
                unheard.filter_map(|places| places.get(turn)).collect();
            // Newly trained classifiers have not been asked of what the others were.
            let heard = candidates.iter().filter_map(|places| self.heard(places));
            wanted.extend(heard.filter(|one| !self.is_proved(&one.place, &classifiers)));
            self.prove(wanted, &classifiers, &manifest, job)?;
        }
        let heard: Vec<Option<&Candidate>> =
            candidates.iter().map(|places| self.heard(places)).collect();
        let scores: Vec<Option<&Scores>> = heard
            .iter()
            .map(|one| self.proved.scores.get(&(*one)?.place))
            .collect();
        let checks = classifiers
            .iter()
            .filter(|row| !self.proved.broken.contains(&row.id))
            .map(|row| (row.version, check_of(row, &request.judged, &scores)))
            .filter(|(_, check)| !check.is_empty() || check.not_embedded > 0)
            .collect();
        // What is not judged any more need not be remembered.
        let judged = heard.iter().flatten().map(|one| &one.place);
        let judged: HashSet<&Place> = judged.collect();
        let scores = &mut self.proved.scores;
        scores.retain(|place, _| judged.contains(place));
        Ok(checks)
    }

    /// The first place that was heard by any classifier.
    fn heard<'a>(&self, places: &'a [Candidate]) -> Option<&'a Candidate> {
        let mut places = places.iter();
        places.find(|one| self.proved.scores.contains_key(&one.place))
    }

    fn is_proved(&self, place: &Place, classifiers: &[&ClassifierRow]) -> bool {
        let scores = self.proved.scores.get(place);
        scores.is_some_and(|scores| {
            let mut rows = classifiers.iter();
            rows.all(|row| scores.contains_key(&row.id) || self.proved.broken.contains(&row.id))
        })
    }

    /// Asks every classifier of those of `wanted` that are embedded.
    fn prove(
        &mut self,
        mut wanted: Vec<&Candidate>,
        classifiers: &[&ClassifierRow],
        manifest: &Manifest,
        job: &JobControl,
    ) -> Result<(), EngineError> {
        // One recording after the other, so that each is opened once.
        wanted.sort_by(|a, b| a.recording.path.cmp(&b.recording.path));
        let mut batch = Batch::default();
        for of_one in wanted.chunk_by(|a, b| a.recording.path == b.recording.path) {
            job.go_on()?;
            let Some(recording) = of_one.first().map(|one| &one.recording) else {
                continue;
            };
            let slot = (recording.path.clone(), manifest.key().to_owned());
            let was_held = self.held.contains(&slot);
            // What cannot be read now is not embedded; a scan says why.
            let map = self.at_hand(recording, manifest, &mut || job.proceed());
            if let Ok(Some(map)) = map {
                for one in of_one {
                    batch.add(one, map, manifest);
                }
            }
            if !was_held {
                // All recordings of a profile are more than memory should hold.
                self.held.remove(&slot);
            }
            job.go_on()?;
            if batch.windows >= WINDOWS_AT_ONCE {
                self.score(&batch, classifiers, manifest, job)?;
                batch = Batch::default();
            }
        }
        self.score(&batch, classifiers, manifest, job)
    }

    fn score(
        &mut self,
        batch: &Batch,
        classifiers: &[&ClassifierRow],
        manifest: &Manifest,
        job: &JobControl,
    ) -> Result<(), EngineError> {
        if batch.windows == 0 {
            return Ok(());
        }
        for row in classifiers {
            let mut places = batch.places.iter();
            if places.all(|(place, _)| self.is_proved(place, &[row])) {
                continue;
            }
            let classifier = self.kept_classifier(row)?;
            let classifier = classifier.filter(|one| one.dims() == manifest.dims());
            let Some(classifier) = classifier else {
                self.proved.broken.insert(row.id);
                continue;
            };
            let scores = predict(&classifier, &batch.vectors, job)?;
            let mut rest = scores.as_slice();
            for (place, windows) in &batch.places {
                let (own, after) = rest.split_at_checked(*windows).unwrap_or_default();
                rest = after;
                let finite = own.iter().copied().filter(|score| score.is_finite());
                let scores = self.proved.scores.entry(place.clone()).or_default();
                scores.insert(row.id, finite.reduce(f32::max));
            }
        }
        Ok(())
    }

    /// The classifier `row`; `None` when it is gone or damaged. Not kept in memory: nobody scans with an old one.
    fn kept_classifier(&self, row: &ClassifierRow) -> Result<Option<Arc<Classifier>>, EngineError> {
        let known = self.classifiers.get(&(self.store.generation(), row.id));
        if let Some(known) = known {
            return Ok(Some(Arc::clone(known)));
        }
        let bytes = self.store.with(|store| store.classifier_bytes(row.id))?;
        let classifier = bytes.and_then(|bytes| {
            let read = Classifier::from_bytes(&bytes);
            read.inspect_err(|error| tracing::warn!("classifier {}: {error}", row.version))
                .ok()
        });
        Ok(classifier.map(Arc::new))
    }
}

impl Batch {
    /// Adds the windows of `candidate`, whose recording's embeddings are in `map`, unless none of them is there.
    fn add(&mut self, candidate: &Candidate, map: &StepMap, manifest: &Manifest) {
        let windows = super::scoring::windows_in(map.len(), manifest) as usize;
        let within = match candidate.span {
            Some(span) => windows_within(span, manifest.step_s(), manifest.window_s(), windows),
            None => windows.checked_sub(1).map(|last| 0..=last),
        };
        let Some(within) = within else {
            return;
        };
        let stride = (within.end() + 1 - within.start()).div_ceil(WINDOWS_PER_SPAN);
        let vectors = within
            .step_by(stride.max(1))
            .filter_map(|start| window_vector(map, manifest, start as u64));
        let mut count = 0;
        for vector in vectors {
            self.vectors.extend(vector);
            count += 1;
        }
        if count > 0 {
            self.windows += count;
            self.places.push((candidate.place.clone(), count));
        }
    }
}

/// What `scores` of the spans `judged` say of the classifier `row`.
fn check_of(row: &ClassifierRow, judged: &[JudgedSpan], scores: &[Option<&Scores>]) -> MarkCheck {
    let mut check = MarkCheck::default();
    for (judged, scores) in judged.iter().zip(scores) {
        let Some(verdict) = judged.verdict(&row.classes) else {
            continue;
        };
        let score = scores.and_then(|scores| scores.get(&row.id)).copied();
        match score.flatten() {
            Some(score) => {
                let spot = Spot {
                    filename: judged.filename.clone(),
                    span: judged.span,
                    score,
                };
                check.judge(verdict, spot, PROOF_THRESHOLD);
            }
            None => check.not_embedded += 1,
        }
    }
    check
}

/// The scores of `vectors`, row by row.
fn predict(
    classifier: &Classifier,
    vectors: &[f32],
    job: &JobControl,
) -> Result<Vec<f32>, EngineError> {
    let mut scores = Vec::new();
    for rows in vectors.chunks(WINDOWS_AT_A_LOOK * classifier.dims().max(1)) {
        job.go_on()?;
        scores.extend(classifier.predict(rows));
    }
    Ok(scores)
}

/// Where each span may be heard, the best place first; files that are gone are none.
fn candidates(judged: &[JudgedSpan], manifest: &Manifest) -> Vec<Vec<Candidate>> {
    let mut files: HashMap<PathBuf, Option<(Recording, Arc<CacheKey>)>> = HashMap::new();
    let mut candidate = |path: &Path, filename: &str, span: Option<Span>| {
        let file = files.entry(path.to_owned()).or_insert_with(|| {
            let recording = Recording::named(filename, path).ok()?;
            let key = recording.cache_key(manifest.sha256()).ok()?;
            Some((recording, Arc::new(key)))
        });
        let (recording, key) = file.clone()?;
        let nanoseconds = |seconds: f64| (seconds * 1e9).round() as i64;
        let place = Place {
            key,
            span_ns: span.map(|span| (nanoseconds(span.start_s()), nanoseconds(span.end_s()))),
        };
        Some(Candidate {
            place,
            recording,
            span,
        })
    };
    let mut places = Vec::with_capacity(judged.len());
    for one in judged {
        let recording = one.recording.as_deref();
        let recording = recording.and_then(|path| candidate(path, &one.filename, Some(one.span)));
        let clip = match &one.said {
            Said::HardNegative => None,
            Said::Positive { clip, .. } => candidate(clip, &one.filename, None),
        };
        places.push(recording.into_iter().chain(clip).collect());
    }
    places
}
