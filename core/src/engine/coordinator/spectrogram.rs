//! Spectrograms as the coordinator sees them: which file a stretch is in, and which window shows what was drawn.

use super::audition::places_of;
use super::channels::Channels;
use super::session::{Session, Sessions};
use crate::engine::spectrogram_thread::{SpectrogramRequest, SpectrogramToCoordinator};
use crate::protocol::{EngineError, InstanceId, SpectrogramView, SpectrogramWish};
use crate::store::StoreHandle;

/// More columns than any screen has.
const MOST_COLUMNS: usize = 4096;

/// What to draw for `wish`.
pub(super) fn request_for(
    wish: SpectrogramWish,
    session: &Session,
    store: &StoreHandle,
) -> Result<SpectrogramRequest, EngineError> {
    Ok(SpectrogramRequest {
        places: places_of(session, store, &wish.filename)?,
        filename: wish.filename,
        span: wish.span,
        columns: wish.columns.clamp(1, MOST_COLUMNS),
    })
}

/// Has a spectrogram drawn in the place of the one that was asked for before; `None` draws nothing any more.
pub(super) fn show_spectrogram(
    instance: InstanceId,
    request: Option<SpectrogramRequest>,
    channels: &mut Channels,
) -> Result<(), EngineError> {
    channels.ask_spectrogram((instance, request))
}

/// Takes in what was drawn.
pub(super) fn take_report(report: SpectrogramToCoordinator, sessions: &mut Sessions) {
    let Some(session) = sessions.get_mut(&report.instance) else {
        return;
    };
    match report.outcome {
        Ok(picture) => session.asked.show_spectrogram(Some(SpectrogramView {
            filename: report.filename,
            picture,
        })),
        Err(error) => session.health.fail(&error),
    }
}
