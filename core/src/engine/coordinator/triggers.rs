//! Marks that come through the host's parameters: which region was meant, and what is said about it.
//!
//! Works with the window closed, so it asks the database and not the picture.

use std::collections::VecDeque;
use std::time::Instant;

use super::Coordinator;
use super::session::{KeptTake, Session};
use crate::marks::Marks;
use crate::protocol::{
    Change, EngineError, InstanceId, MarkKind, Place, PlacedRecording, RegionState, Severity,
    Target,
};
use crate::recording::Recording;
use crate::scan::{heard_at, regions};
use crate::store::StoreError;
use crate::time::{SampleIndex, SampleRate, Span, timecode};
use crate::trigger::{Mark, Press, TriggerReader};

/// The instance's end of the buttons, and what has been pressed.
pub(super) struct Triggers {
    reader: TriggerReader,
    /// What positions are counted in.
    rate: SampleRate,
    /// Kept while the database cannot be read.
    presses: VecDeque<Press>,
}

impl Triggers {
    pub(super) fn new(reader: TriggerReader, rate: SampleRate) -> Self {
        Self {
            reader,
            rate,
            presses: VecDeque::new(),
        }
    }

    /// Whether there is something that must be looked at again soon.
    pub(super) fn is_pressed(&self) -> bool {
        self.reader.is_waiting() || !self.presses.is_empty()
    }
}

impl Coordinator {
    /// Carries out what was pressed since the last look.
    pub(super) fn look_at_triggers(&mut self) {
        let now = Instant::now();
        let mut pressed = Vec::new();
        for (&instance, session) in &mut self.sessions {
            if let Some(triggers) = &mut session.triggers {
                triggers.reader.take(now, &mut triggers.presses);
                if !triggers.presses.is_empty() {
                    pressed.push(instance);
                }
            }
        }
        for instance in pressed {
            self.carry_out_presses(instance);
        }
    }

    fn carry_out_presses(&mut self, instance: InstanceId) {
        while let Some((press, rate)) = self.next_press(instance) {
            let outcome = self.press(instance, press, rate);
            // Nobody knows yet which region was meant; it is asked again when the database can be read.
            if outcome.as_ref().is_err_and(EngineError::is_mendable) {
                return;
            }
            if let Some(session) = self.sessions.get_mut(&instance) {
                if let Some(triggers) = &mut session.triggers {
                    triggers.presses.pop_front();
                }
                if let Err(error) = outcome {
                    session.fail(&error);
                }
            }
        }
    }

    fn next_press(&self, instance: InstanceId) -> Option<(Press, SampleRate)> {
        let triggers = self.sessions.get(&instance)?.triggers.as_ref()?;
        Some((*triggers.presses.front()?, triggers.rate))
    }

    fn press(
        &mut self,
        instance: InstanceId,
        press: Press,
        rate: SampleRate,
    ) -> Result<(), EngineError> {
        self.read_takes(instance);
        let Some(session) = self.sessions.get(&instance) else {
            return Ok(());
        };
        let meant = match press.position {
            Some(position) => self.heard(session, position.seconds(rate))?,
            None => session.pointed.clone(),
        };
        let class = match press.mark {
            Mark::Negative => None,
            Mark::Positive => self.class(session)?,
        };
        let told = match (meant, press.mark, class) {
            (Some(heard), Mark::Negative, _) => {
                let change = session.marking(heard, MarkKind::Negative);
                return self.change(instance, change);
            }
            (Some(heard), Mark::Positive, Some(class)) => {
                let change = session.marking(heard, MarkKind::Positive { class });
                return self.change(instance, change);
            }
            (Some(_), Mark::Positive, None) => String::from(
                "Not marked, because nobody has said what class it is: confirm one region with P in this window first",
            ),
            (None, ..) => match press.position {
                Some(position) => nothing_heard(position, rate),
                None => String::from(
                    "Not marked, because the transport stands and no region is selected: select or play one first",
                ),
            },
        };
        if let Some(session) = self.sessions.get_mut(&instance) {
            session.say(Severity::Warning, told);
        }
        Ok(())
    }

    /// The region that is heard at `time_s` of the project, and the take it is in.
    fn heard(&self, session: &Session, time_s: f64) -> Result<Option<(String, Span)>, EngineError> {
        let shown = session.shown_take.as_deref();
        let mut takes: Vec<&KeptTake> = session.takes_in_order();
        // Takes may lie over one another: the one on show counts first, then the newest.
        takes.sort_by_key(|take| {
            let is_shown = Some(take.row.filename.as_str()) == shown;
            (is_shown, take.recording, take.row.created_at.clone())
        });
        for take in takes.into_iter().rev() {
            let spans = self.spans_of(session, take)?;
            let at_s = time_s - take.row.start.seconds(take.row.rate);
            if let Some(span) = heard_at(spans.into_iter().map(|span| (span, span)), at_s) {
                return Ok(Some((take.row.filename.clone(), span)));
            }
        }
        Ok(None)
    }

    /// What was found in a take: the regions of its shown or newest version that are not disabled, marks where none of them
    /// lies, and what the live scan has found since.
    fn spans_of(&self, session: &Session, take: &KeptTake) -> Result<Vec<Span>, StoreError> {
        let file = take.row.filename.as_str();
        let (profile, model) = (session.profile.as_str(), session.model.as_str());
        let (shown, shape) = self.store.with(|store| {
            let shape = store.region_shape(profile, model)?;
            let versions = store.versions(file, profile, model)?;
            let shown = versions
                .iter()
                .find(|version| Some(&version.timestamp) == session.shown_version.as_ref());
            let rows = match shown.or(versions.first()) {
                Some(version) => store.regions(file, profile, model, &version.timestamp)?,
                None => Vec::new(),
            };
            let marks = Marks::read(store, profile, file)?;
            Ok((marks.shown(&rows, None), shape))
        })?;
        let mut spans: Vec<Span> = shown
            .iter()
            .filter(|region| region.state != RegionState::Disabled)
            .map(|region| region.span)
            .collect();
        if let Some(scores) = session.live_scores.get(file) {
            let settings = shape.at(session.threshold);
            spans.extend(
                regions(scores, &settings)
                    .into_iter()
                    .map(|found| found.span),
            );
        }
        Ok(spans)
    }

    /// What P confirms as: the class it was told last, else the only one there is.
    fn class(&self, session: &Session) -> Result<Option<String>, StoreError> {
        if !session.mark_class.is_empty() {
            return Ok(Some(session.mark_class.clone()));
        }
        let mut classes = self
            .store
            .with(|store| store.classes(&session.profile, false))?;
        Ok(classes
            .pop()
            .filter(|_| classes.is_empty())
            .map(|only| only.name))
    }
}

impl Session {
    /// The change that says of a span in one of the takes what it is.
    fn marking(&self, (filename, span): (String, Span), kind: MarkKind) -> Change {
        let mut takes = self.takes.values();
        let take = takes.find(|take| take.row.filename == filename);
        Change {
            place: Place {
                profile: self.profile.clone(),
                model: self.model.clone(),
                recording: take.map(|take| PlacedRecording {
                    recording: Recording {
                        filename: take.row.filename.clone(),
                        path: take.row.path.clone(),
                    },
                    start_s: take.row.start.seconds(take.row.rate),
                    length_s: take.row.frames as f64 / f64::from(take.row.rate.hz()),
                }),
                version: self.shown_version.clone(),
                generation: self.generation,
            },
            target: Target::Marked {
                kind,
                spans: vec![span],
                marked: true,
            },
        }
    }
}

fn nothing_heard(position: SampleIndex, rate: SampleRate) -> String {
    format!(
        "Not marked, because there is no region at {}: press while one is heard",
        timecode(position.seconds(rate))
    )
}
