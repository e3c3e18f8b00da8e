//! The label files that a window asked about last: what they would mark, and how far their import is.

use std::sync::Arc;

use super::freshness::{Freshness, Part};
use crate::engine::labels::PlannedLabels;
use crate::job::JobControl;
use crate::protocol::{
    EngineError, JobKind, LabelsPlan, LabelsRequest, LabelsState, LabelsView, Place,
};

#[derive(Default)]
pub(in crate::engine::coordinator) struct LabelFiles {
    /// How many questions there were: the number of the last one.
    asked: u64,
    last: Option<Asked>,
    freshness: Freshness,
}

/// The last question.
struct Asked {
    request: LabelsRequest,
    /// Where the labels are marked.
    place: Place,
    answer: Answer,
}

enum Answer {
    Reading(JobControl),
    Planned(PlannedLabels),
    Importing(JobControl, Arc<LabelsPlan>),
    Imported(String),
    Cancelled,
    Failed,
}

impl LabelFiles {
    pub fn new(freshness: Freshness) -> Self {
        Self {
            freshness,
            ..Self::default()
        }
    }

    /// Nothing is read or shown, but no number is given again.
    pub fn rebuilt(&self, freshness: Freshness) -> Self {
        self.cancel();
        Self {
            asked: self.asked,
            ..Self::new(freshness)
        }
    }

    pub fn is_at_work(&self) -> bool {
        self.job().is_some()
    }

    fn job(&self) -> Option<&JobControl> {
        match &self.last.as_ref()?.answer {
            Answer::Reading(job) | Answer::Importing(job, _) => Some(job),
            _ => None,
        }
    }

    /// The last request.
    pub fn request(&self) -> Option<&LabelsRequest> {
        self.last.as_ref().map(|asked| &asked.request)
    }

    /// Begins to read instead of anything before.
    pub fn begin(&mut self, request: LabelsRequest, place: Place) -> (u64, JobControl) {
        self.cancel();
        let job = JobControl::new(JobKind::Adding);
        self.asked += 1;
        self.last = Some(Asked {
            request,
            place,
            answer: Answer::Reading(job.clone()),
        });
        self.freshness.invalidate(Part::View);
        (self.asked, job)
    }

    /// Takes in what was read under `number`, and returns what the user is to be told.
    pub fn take_plan(
        &mut self,
        number: u64,
        outcome: Result<PlannedLabels, EngineError>,
    ) -> Option<EngineError> {
        if number != self.asked {
            return None;
        }
        match outcome {
            Ok(planned) => self.answer(Answer::Planned(planned)),
            Err(EngineError::Cancelled) => self.answer(Answer::Cancelled),
            Err(error) => {
                self.answer(Answer::Failed);
                return Some(error);
            }
        }
        None
    }

    /// Begins to import the plan of `number`, if that is on show: the plan, where it is marked, and the job.
    pub fn begin_import(&mut self, number: u64) -> Option<(PlannedLabels, Place, JobControl)> {
        let asked = self.last.as_mut().filter(|_| number == self.asked)?;
        let Answer::Planned(planned) = &asked.answer else {
            return None;
        };
        let (planned, place) = (planned.clone(), asked.place.clone());
        let job = JobControl::new(JobKind::Adding);
        asked.answer = Answer::Importing(job.clone(), Arc::clone(&planned.shown));
        self.freshness.invalidate(Part::View);
        Some((planned, place, job))
    }

    /// Whether the import of `number` is awaited, and nobody has cancelled it.
    pub fn awaits(&self, number: u64) -> bool {
        let is_awaited = self.job().is_some_and(|job| !job.is_cancelled());
        is_awaited && number == self.asked
    }

    /// The import was cancelled before anything was marked.
    pub fn note_cancelled(&mut self, number: u64) {
        if number == self.asked && self.is_at_work() {
            self.answer(Answer::Cancelled);
        }
    }

    /// Labels were imported, as `words` say.
    pub fn note_imported(&mut self, words: &str) {
        self.answer(Answer::Imported(words.to_owned()));
    }

    /// A change could not be made; the import, if one was at work.
    pub fn note_failed(&mut self) {
        if let Some(Asked {
            answer: answer @ Answer::Importing(..),
            ..
        }) = &mut self.last
        {
            *answer = Answer::Failed;
            self.freshness.invalidate(Part::View);
        }
    }

    pub fn cancel(&self) {
        if let Some(job) = self.job() {
            job.cancel();
        }
    }

    /// Nothing is shown any more.
    pub fn forget(&mut self) {
        self.cancel();
        self.asked += 1;
        self.last = None;
        self.freshness.invalidate(Part::View);
    }

    fn answer(&mut self, answer: Answer) {
        if let Some(asked) = &mut self.last {
            asked.answer = answer;
            self.freshness.invalidate(Part::View);
        }
    }

    /// What the window shows.
    pub fn view(&self) -> Option<LabelsView> {
        let asked = self.last.as_ref()?;
        Some(LabelsView {
            number: self.asked,
            request: asked.request.clone(),
            profile: asked.place.profile.clone(),
            state: match &asked.answer {
                Answer::Reading(job) => LabelsState::Reading(job.progress()),
                Answer::Planned(planned) => LabelsState::Planned(Arc::clone(&planned.shown)),
                Answer::Importing(job, shown) => {
                    LabelsState::Importing(job.progress(), Arc::clone(shown))
                }
                Answer::Imported(words) => LabelsState::Imported(words.clone()),
                Answer::Cancelled => LabelsState::Cancelled,
                Answer::Failed => LabelsState::Failed,
            },
        })
    }
}
