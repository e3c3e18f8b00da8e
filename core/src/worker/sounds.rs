//! Scoring a recording for several sounds at once: one pass over its embeddings, a head for each sound. Worker thread.
//!
//! What the sounds have in common is done once: the embeddings, the points of each space, and the kernel with each example. It must
//! never score a sound otherwise than a scan for that sound alone, but for rounding.

use std::sync::Arc;

use super::Worker;
use super::edges::fit_edges;
use super::embeddings::{Wanted, open_audio};
use super::held::Freshness;
use super::points::key_of_points;
use super::scoring::{Scoring, empty_scores, score_pieces, windows_in};
use crate::classifier::{Classifier, Joint};
use crate::job::JobControl;
use crate::protocol::EngineError;
use crate::recording::Recording;
use crate::scan::WindowScores;
use crate::store::ClassifierId;

/// A sound that is looked for: the newest classifier of a profile.
#[derive(Debug, Clone)]
pub(super) struct Sound {
    pub profile: String,
    pub id: ClassifierId,
    pub classifier: Arc<Classifier>,
}

/// Joint classifiers that are kept for the next piece of a live scan, or the next recording.
const MOST_JOINTS: usize = 8;

/// Those that were made last, by what they are made of; the newest last.
pub(super) type KeptJoints = Vec<(Vec<(u64, ClassifierId)>, Arc<Joint>)>;

impl Worker {
    /// The sounds of `profiles`. One that nothing was learned for yet is left out as long as there is another; so is one whose
    /// classifier cannot be used, and `explain` says why.
    pub(super) fn sounds(
        &mut self,
        profiles: &[String],
        model: &str,
        explain: &mut dyn FnMut(&str, &EngineError),
    ) -> Result<Vec<Sound>, EngineError> {
        let mut sounds: Vec<Sound> = Vec::new();
        let mut failure = None;
        for profile in profiles {
            if sounds.iter().any(|sound| sound.profile == *profile) {
                continue;
            }
            match self.latest_classifier(profile, model) {
                Ok(Some((id, classifier))) => sounds.push(Sound {
                    profile: profile.clone(),
                    id,
                    classifier,
                }),
                Ok(None) => {}
                Err(error @ EngineError::OutdatedClassifier { .. }) => {
                    explain(profile, &error);
                    failure.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        match failure {
            Some(error) if sounds.is_empty() => Err(error),
            _ => Ok(sounds),
        }
    }

    /// `sounds` by the space that their classifiers compare windows in: their numbers, and their classifiers as one.
    pub(super) fn joints(&mut self, sounds: &[Sound]) -> Vec<(Vec<usize>, Arc<Joint>)> {
        let spaces = by_space(sounds.iter().map(|sound| &sound.classifier));
        let spaces = spaces.into_iter().map(|numbers| {
            let members = numbers.iter().filter_map(|&number| sounds.get(number));
            let joint = self.joint(&members.collect::<Vec<_>>());
            (numbers, joint)
        });
        spaces.collect()
    }

    fn joint(&mut self, sounds: &[&Sound]) -> Arc<Joint> {
        let generation = self.store.generation();
        let key: Vec<(u64, ClassifierId)> = sounds.iter().map(|it| (generation, it.id)).collect();
        if let Some((_, known)) = self.kept_joints.iter().find(|(known, _)| *known == key) {
            return Arc::clone(known);
        }
        let classifiers = sounds.iter().map(|sound| Arc::clone(&sound.classifier));
        let joint = Arc::new(Joint::new(classifiers.collect()));
        self.kept_joints.push((key, Arc::clone(&joint)));
        let surplus = self.kept_joints.len().saturating_sub(MOST_JOINTS);
        self.kept_joints.drain(..surplus);
        joint
    }

    /// Scores of every window of a recording by a classifier, as [`score_sounds`](Self::score_sounds).
    pub(super) fn score_recording(
        &mut self,
        recording: &Recording,
        model: &str,
        classifier: &Arc<Classifier>,
        job: &JobControl,
    ) -> Result<WindowScores, EngineError> {
        let joint = Arc::new(Joint::new(vec![Arc::clone(classifier)]));
        let scores = self.score_jointly(recording, model, &[(vec![0], joint)], job)?;
        scores.into_iter().next().ok_or(EngineError::Cancelled)
    }

    /// Scores of every window of a recording, which is embedded for it, for each of `sounds`; `NaN` where it cannot be. What their
    /// projections make of the windows is cached.
    pub(super) fn score_sounds(
        &mut self,
        recording: &Recording,
        model: &str,
        sounds: &[Sound],
        job: &JobControl,
    ) -> Result<Vec<WindowScores>, EngineError> {
        let joints = self.joints(sounds);
        self.score_jointly(recording, model, &joints, job)
    }

    pub(super) fn score_jointly(
        &mut self,
        recording: &Recording,
        model: &str,
        joints: &[(Vec<usize>, Arc<Joint>)],
        job: &JobControl,
    ) -> Result<Vec<WindowScores>, EngineError> {
        let manifest = self.open_model(model)?;
        let threads = self.inference_threads();
        self.embeddings(recording, model, &Wanted::Everything, job)?;
        let slot = (recording.path.clone(), model.to_owned());
        let Some(held) = self.held.get(&slot) else {
            return Err(EngineError::Cancelled);
        };
        let map = &held.map;
        let windows = windows_in(map.len(), &manifest);
        let count = joints.iter().map(|(numbers, _)| numbers.len()).sum();
        let mut empty = empty_scores(windows, &manifest);
        if windows == 1 && manifest.has_independent_windows() {
            // What the only window was filled up with is no part of the recording.
            let source = open_audio(&recording.path, job)?;
            let length_s = source.frames() as f64 / f64::from(source.rate().hz());
            empty.window_s = empty.window_s.min(length_s);
        }
        let mut scores = vec![empty.clone(); count];
        let goes_on = || !job.is_cancelled();
        let scoring = Scoring {
            map,
            manifest: &manifest,
            threads,
        };
        for (numbers, joint) in joints {
            let Some(space) = joint.space() else {
                continue;
            };
            // The points of a take that is still written to would be those of another state of it.
            let key = match &held.kept_true_by {
                Freshness::File(key) if space.has_projection() => Some(key_of_points(key, space)),
                _ => None,
            };
            let points = key.map(|key| (self.cached_points(&key, space, job), key));
            job.go_on()?;
            let mut own = vec![empty.clone(); numbers.len()];
            match points {
                None => scoring.score(joint, &mut own, 0..windows, &goes_on),
                Some((mut points, key)) => {
                    let is_new = scoring.complete_points(space, &mut points, windows, &goes_on);
                    let slots = own.iter_mut().map(|scores| scores.scores.as_mut_slice());
                    score_pieces(slots.collect(), threads, &goes_on, |range| {
                        joint.predict_points(&points.steps_f32(range))
                    });
                    job.go_on()?;
                    if is_new {
                        self.save_points(&key, &mut points);
                    }
                }
            }
            for (number, own) in numbers.iter().zip(own) {
                if let Some(scores) = scores.get_mut(*number) {
                    *scores = own;
                }
            }
        }
        job.go_on()?;
        fit_edges(&mut scores, 0..windows, map, &manifest, threads);
        job.go_on()?;
        Ok(scores)
    }
}

/// The numbers of `classifiers` by the space that they compare windows in.
pub(super) fn by_space<'a>(
    classifiers: impl IntoIterator<Item = &'a Arc<Classifier>>,
) -> Vec<Vec<usize>> {
    let mut spaces: Vec<(&str, Vec<usize>)> = Vec::new();
    for (number, classifier) in classifiers.into_iter().enumerate() {
        let identity = classifier.space().identity();
        match spaces.iter_mut().find(|(known, _)| *known == identity) {
            Some((_, numbers)) => numbers.push(number),
            None => spaces.push((identity, vec![number])),
        }
    }
    spaces.into_iter().map(|(_, numbers)| numbers).collect()
}
