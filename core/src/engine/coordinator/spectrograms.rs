//! The coordinator's part in spectrograms: which file a stretch is in, and where the picture is shown.

use std::sync::Arc;

use super::Coordinator;
use crate::engine::spectrogram_thread::{SpectrogramRequest, SpectrogramToCoordinator};
use crate::protocol::{EngineError, InstanceId, SpectrogramView, SpectrogramWish};

/// More columns than any screen has.
const MOST_COLUMNS: usize = 4096;

impl Coordinator {
    pub(super) fn show_spectrogram(
        &mut self,
        instance: InstanceId,
        wish: Option<SpectrogramWish>,
    ) -> Result<(), EngineError> {
        let request = match wish {
            Some(wish) => Some(SpectrogramRequest {
                path: self.path_of(instance, &wish.filename)?,
                filename: wish.filename,
                span: wish.span,
                columns: wish.columns.clamp(1, MOST_COLUMNS),
            }),
            None => {
                if let Some(session) = self.sessions.get_mut(&instance) {
                    session.changed |= session.spectrogram.take().is_some();
                }
                None
            }
        };
        self.spectrograms.ask((instance, request))
    }

    pub(super) fn see_spectrogram(&mut self, report: SpectrogramToCoordinator) {
        let Some(session) = self.sessions.get_mut(&report.instance) else {
            return;
        };
        match report.outcome {
            Ok(picture) => {
                session.spectrogram = Some(Arc::new(SpectrogramView {
                    filename: report.filename,
                    picture,
                }));
                session.changed = true;
            }
            Err(error) => session.fail(&error),
        }
    }
}
