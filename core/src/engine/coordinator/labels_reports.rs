//! What the labels thread did: a plan is shown, and what was written for an import is committed as one change. Coordinator's thread.

use super::Coordinator;
use super::channels::{LabelsNews, LabelsToCoordinator};
use super::writing::change_with_clips;
use crate::engine::labels::WrittenLabels;
use crate::protocol::{EngineError, InstanceId};

/// Takes in what came of an errand of the labels thread.
pub(super) fn take_report(coordinator: &mut Coordinator, report: LabelsToCoordinator) {
    let LabelsToCoordinator {
        instance,
        number,
        news,
    } = report;
    match news {
        LabelsNews::Planned(outcome) => {
            if let Some(session) = coordinator.sessions.get_mut(&instance)
                && let Some(error) = session.labels.take_plan(number, outcome)
            {
                session.health.fail(&error);
            }
        }
        LabelsNews::Written(Ok(Some(written))) => commit(coordinator, instance, number, *written),
        LabelsNews::Written(Ok(None)) => {
            if let Some(session) = coordinator.sessions.get_mut(&instance) {
                session
                    .labels
                    .note_imported("Everything in the labels is there already.");
            }
        }
        LabelsNews::Written(Err(error)) => {
            let Some(session) = coordinator.sessions.get_mut(&instance) else {
                return;
            };
            match error {
                EngineError::Cancelled => session.labels.note_cancelled(number),
                error => {
                    session.labels.note_failed();
                    session.health.fail(&error);
                }
            }
        }
    }
}

/// Marks what was planned, unless the user has cancelled it meanwhile.
fn commit(
    coordinator: &mut Coordinator,
    instance: InstanceId,
    number: u64,
    written: WrittenLabels,
) {
    let WrittenLabels { change, clips } = written;
    let session = coordinator.sessions.get_mut(&instance);
    match session {
        Some(session) if session.labels.awaits(number) => {
            change_with_clips(coordinator, instance, (change, clips));
        }
        session => {
            if let Some(session) = session {
                session.labels.note_cancelled(number);
            }
            coordinator.channels.delete_clips(clips);
        }
    }
}
