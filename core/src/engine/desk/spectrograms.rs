//! The desk's part in spectrograms: which file a stretch is in, and where the picture is shown.

use std::sync::Arc;

use super::Desk;
use crate::engine::EngineError;
use crate::engine::command::SpectrogramWish;
use crate::engine::instance::InstanceId;
use crate::engine::spectrograms::{SpectrogramReport, SpectrogramRequest};
use crate::engine::view::SpectrogramView;

/// More columns than any screen has.
const MOST_COLUMNS: usize = 4096;

impl Desk {
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

    pub(super) fn see_spectrogram(&mut self, report: SpectrogramReport) {
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
