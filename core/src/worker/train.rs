//! Training: marks to examples to a new classifier version.

use std::sync::Arc;
use std::time::Instant;

use super::Worker;
use super::background::Searched;
use super::gathered::Gathered;
use crate::classifier::{Example, FitError, FitSettings, Space, fit};
use crate::job::JobControl;
use crate::protocol::{EngineError, TrainRequest};
use crate::recording::{Recording, known_recordings};
use crate::store::{ClassifierRow, NewClassifier, OnDisk, TrainingStatistics, TrainingWarning};
use crate::words::counted;
use crate::worker::figures;

/// A training, with the recordings that lend it their background.
#[derive(Debug, Clone)]
pub struct TrainPlan {
    pub profile: String,
    pub model: String,
    pub request: TrainRequest,
    pub background: Vec<Recording>,
}

/// A classifier version that was saved, and what the user should know about it.
#[derive(Debug, Clone)]
pub struct TrainOutcome {
    pub classifier: ClassifierRow,
    /// What could not be learned from.
    pub warnings: Vec<String>,
    /// What would make the next one better.
    pub advice: Vec<TrainingWarning>,
}

/// What a classifier is fitted to.
#[derive(Debug, Clone)]
pub struct Material {
    pub examples: Vec<Example>,
    /// Where they are compared.
    pub space: Arc<Space>,
}

/// Everything to learn from, and what would make the next training better.
struct Gathering {
    gathered: Gathered,
    space: Arc<Space>,
    advice: Vec<TrainingWarning>,
}

impl Worker {
    /// Lets everything that the profile knows lend its background to a plan that names nothing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) fn lend_background(&self, plan: &mut TrainPlan) -> Result<(), EngineError> {
        if plan.background.is_empty() {
            plan.background = known_recordings(&self.store, &plan.profile)?;
        }
        Ok(())
    }

    /// Trains and saves a classifier. Saves nothing when cancelled.
    ///
    /// # Errors
    /// When the chosen classes hold nothing usable, and whatever can go wrong on the way.
    pub fn train(
        &mut self,
        plan: &TrainPlan,
        job: &JobControl,
    ) -> Result<TrainOutcome, EngineError> {
        let started = Instant::now();
        self.check_classes(plan)?;
        self.notice_new_description(&plan.model)?;
        self.store.with(|store| {
            let choices = figures::to_json(&plan.request);
            store.remember_training_choices(&plan.profile, &plan.model, &choices)
        })?;
        // Before they are gathered: what is marked meanwhile counts as new, whether it was learned from or not.
        let marks_seen = self.store.with(|store| store.newest_marks())?;
        let margin_s = plan.request.background_margin.seconds();
        let Gathering {
            gathered,
            space,
            advice,
        } = self.gather(plan, job)?;
        let manifest = self.open_model(&plan.model)?;
        job.stage("learning", 0.0);
        let classifier = fit(
            &gathered.examples,
            &space,
            &FitSettings::default(),
            &mut |fraction| job.report(fraction),
        )
        .map_err(|error| match error {
            FitError::Cancelled => EngineError::Cancelled,
            FitError::NoNegatives if gathered.margin_left_nothing => {
                EngineError::NoBackgroundBeyondMargin { margin_s }
            }
            FitError::NoNegatives if plan.background.is_empty() => EngineError::NoBackground,
            other => other.into(),
        })?;
        let row = self.store.with(|store| {
            store.save_classifier(&NewClassifier {
                profile: &plan.profile,
                model: &plan.model,
                name: &plan.request.name,
                classes: &plan.request.positive_classes,
                negative_class: plan.request.negative_class.as_deref(),
                used_hard_negatives: plan.request.use_hard_negatives,
                counts: &figures::to_json(&gathered.counts),
                metrics: classifier.metrics().map(figures::to_json).as_ref(),
                seconds: started.elapsed().as_secs_f32(),
                model_sha256: manifest.sha256(),
                bytes: &classifier.to_bytes(),
                background_margin_s: margin_s,
                marks_seen,
            })
        })?;
        let mut warnings = warnings(gathered.unreadable);
        if gathered.margin_left_nothing {
            warnings.push(format!(
                "no background was learned from: all of it lies nearer than {margin_s} s to an example, so lower the auto-negative margin"
            ));
        }
        Ok(TrainOutcome {
            classifier: row,
            warnings,
            advice,
        })
    }

    /// What [`train`](Self::train) would learn from; for measuring heads.
    ///
    /// # Errors
    /// As for training.
    pub fn training_examples(
        &mut self,
        plan: &TrainPlan,
        job: &JobControl,
    ) -> Result<Material, EngineError> {
        self.check_classes(plan)?;
        let gathering = self.gather(plan, job)?;
        Ok(Material {
            examples: gathering.gathered.examples,
            space: gathering.space,
        })
    }

    /// Everything that a training needs.
    fn gather(&mut self, plan: &TrainPlan, job: &JobControl) -> Result<Gathering, EngineError> {
        let manifest = self.open_model(&plan.model)?;
        let wanted = plan.request.in_store(&plan.profile, manifest.window_s());
        let marks = self.store.with(|store| store.training_marks(&wanted))?;
        // Out of the database's lock: files are slow.
        let recordings = marks.gather(&OnDisk);
        let searched = Searched {
            recordings: &plan.background,
            marked: &recordings,
            margin: plan.request.background_margin,
        };
        let (mut gathered, space) = self.gather_examples(&plan.model, &searched, job)?;
        if gathered.counts.clips == 0 {
            return Err(EngineError::NothingReadable {
                first: gathered.unreadable.first().cloned().unwrap_or_default(),
            });
        }
        self.gather_mixes(&plan.model, &mut gathered, job)?;
        Ok(Gathering {
            gathered,
            space,
            advice: TrainingStatistics::of(&recordings).warnings,
        })
    }

    /// What a training would be made of, and what to know before it. Opens no model session.
    ///
    /// # Errors
    /// When the model is missing or the database cannot be read.
    pub fn training_statistics(
        &self,
        profile: &str,
        model: &str,
        request: &TrainRequest,
    ) -> Result<TrainingStatistics, EngineError> {
        let wanted = request.in_store(profile, super::find_manifest(model)?.window_s());
        let marks = self.store.with(|store| store.training_marks(&wanted))?;
        Ok(TrainingStatistics::of(&marks.gather(&OnDisk)))
    }

    /// An empty or absent class is the commonest mistake, so it gets its own words before any work is done.
    fn check_classes(&self, plan: &TrainPlan) -> Result<(), EngineError> {
        if plan.request.positive_classes.is_empty() {
            return Err(EngineError::NoClassChosen);
        }
        let known = self
            .store
            .with(|store| store.classes(&plan.profile, plan.request.include_scan_exports))?;
        let has_clips = |class: &str| {
            let mut known = known.iter();
            known.any(|stats| stats.name == class && stats.clips > 0)
        };
        let request = &plan.request;
        let mut chosen = (request.positive_classes.iter()).chain(&request.negative_class);
        match chosen.find(|class| !has_clips(class)) {
            Some(class) => Err(EngineError::EmptyClass {
                class: class.clone(),
            }),
            None => Ok(()),
        }
    }
}

fn warnings(mut unreadable: Vec<String>) -> Vec<String> {
    let marks = unreadable.len();
    unreadable.sort();
    unreadable.dedup();
    match unreadable.first() {
        None => Vec::new(),
        Some(first) => vec![format!(
            "{} left out because the audio is gone ({first}{})",
            counted(marks, "mark"),
            if unreadable.len() > 1 { ", …" } else { "" }
        )],
    }
}
