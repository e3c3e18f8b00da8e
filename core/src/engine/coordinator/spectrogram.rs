//! Spectrograms as the coordinator sees them: which file a stretch is in, and which window shows what was drawn.

use super::audition::places_of;
use super::channels::Channels;
use super::session::{Session, Sessions};
use crate::engine::spectrogram_thread::{SpectrogramRequest, SpectrogramToCoordinator};
use crate::protocol::{EngineError, InstanceId, SpectrogramView, SpectrogramWish};
use crate::store::StoreHandle;

/// More columns than any screen has.
const MOST_COLUMNS: usize = 4096;

/// Has a spectrogram drawn in the place of the one that was asked for before; `None` shows none any more.
pub(super) fn show_spectrogram(
    instance: InstanceId,
    wish: Option<SpectrogramWish>,
    session: &mut Session,
    store: &StoreHandle,
    channels: &mut Channels,
) -> Result<(), EngineError> {
    let request = match wish {
        Some(wish) => Some(SpectrogramRequest {
            places: places_of(session, store, &wish.filename)?,
            filename: wish.filename,
            span: wish.span,
            columns: wish.columns.clamp(1, MOST_COLUMNS),
        }),
        None => {
            session.asked.show_spectrogram(None);
            None
        }
    };
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
