//! The heads that are compared: Earmark's own, and those that a Python process is asked for.
//!
//! Each head names the model that it learns from. It must never know what is to be found where.

use std::collections::HashMap;
use std::ops::ControlFlow;

use earmark_core::classifier::{Example, FitSettings, Origin, fit};
use earmark_core::worker::Material;
use serde::Serialize;

use super::Failure;
use super::python::Python;
use super::session::Searched;

/// Gradient boosting takes minutes where the others take a second, so it learns the first targets only.
const BOOSTED_TARGETS: usize = 6;
/// Mixed copies that the head before learned from, of each clip: those at 15 and 5 dB, which the engine makes first.
const MIXES_BEFORE: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The shipped head.
    Earmark,
    /// The head that Earmark had before, written again in Python so that no change of Earmark's reaches it.
    Before,
    LogisticRegression,
    HistGradientBoosting,
    /// The shipped head, once it knows all of file A.
    Oracle,
}

/// The two heads that every run compares.
pub const COMPARED: [Kind; 2] = [Kind::Earmark, Kind::Before];

/// The heads that learn the target of this number.
pub fn kinds(target: usize) -> Vec<Kind> {
    let mut kinds = COMPARED.to_vec();
    kinds.extend([Kind::LogisticRegression, Kind::Oracle]);
    if target < BOOSTED_TARGETS {
        kinds.push(Kind::HistGradientBoosting);
    }
    kinds
}

/// Keys of the models that heads learn from.
#[derive(Default)]
pub struct Models {
    pub shipped: String,
    pub before: String,
}

impl Models {
    /// Each key once.
    pub fn keys(&self) -> Vec<String> {
        let mut keys = vec![self.shipped.clone(), self.before.clone()];
        keys.dedup();
        keys
    }

    pub fn of(&self, kind: Kind) -> &str {
        match kind {
            // Boosting takes hours on the shipped model's many values.
            Kind::Before | Kind::HistGradientBoosting => &self.before,
            Kind::Earmark | Kind::LogisticRegression | Kind::Oracle => &self.shipped,
        }
    }
}

/// Scores of every window of both files.
pub struct Answer {
    pub file_a: Vec<f32>,
    pub file_b: Vec<f32>,
    /// The threshold that the head recommends.
    pub suggested: Option<f32>,
    /// The highest scores in digital silence and in white noise, in which there is nothing to find.
    pub in_silence: Option<f32>,
    pub in_noise: Option<f32>,
    /// Wall time of learning, without searching.
    pub seconds: f64,
}

pub struct Heads {
    pub models: Models,
    pub python: Python,
}

impl Heads {
    pub fn ask(
        &mut self,
        kind: Kind,
        mut material: Material,
        searched: &Searched,
    ) -> Result<Answer, Failure> {
        match kind {
            Kind::Earmark | Kind::Oracle => own(&material, searched),
            Kind::Before | Kind::HistGradientBoosting => {
                drop_later_mixes(&mut material.examples);
                self.python.ask(kind, &material.examples, searched)
            }
            Kind::LogisticRegression => self.python.ask(kind, &material.examples, searched),
        }
    }
}

fn own(material: &Material, searched: &Searched) -> Result<Answer, Failure> {
    let begun = std::time::Instant::now();
    let classifier = fit(
        &material.examples,
        &material.space,
        &FitSettings::default(),
        &mut |_| ControlFlow::Continue(()),
    )?;
    let seconds = begun.elapsed().as_secs_f64();
    let highest = |windows: &[f32]| {
        let scores = classifier.predict(windows);
        scores.into_iter().max_by(f32::total_cmp)
    };
    Ok(Answer {
        file_a: classifier.predict(&searched.file_a),
        file_b: classifier.predict(&searched.file_b),
        suggested: classifier
            .metrics()
            .map(|metrics| metrics.best_f1_threshold),
        in_silence: highest(&searched.silence),
        in_noise: highest(&searched.noise),
        seconds,
    })
}

/// Keeps the first [`MIXES_BEFORE`] mixed copies of each clip. A clip has a file of its own here, and so a group.
fn drop_later_mixes(examples: &mut Vec<Example>) {
    let mut mixes: HashMap<u32, usize> = HashMap::new();
    examples.retain(|example| {
        if example.origin != Origin::Mixed {
            return true;
        }
        let count = mixes.entry(example.group).or_default();
        *count += 1;
        *count <= MIXES_BEFORE
    });
}
