//! Spectrograms: which file a stretch is in, how it is drawn, and which window shows it. Coordinator's thread, but for the
//! drawing, which is an errand, because it reads a file and the worker scans for minutes.

use std::ops::ControlFlow;
use std::path::PathBuf;

use super::audition::places_of;
use super::channels::{Channels, SpectrogramToCoordinator};
use super::session::{Session, Sessions};
use crate::audio::{self, AudioError, Spectrogram};
use crate::protocol::{EngineError, InstanceId, SpectrogramView, SpectrogramWish};
use crate::recording::first_there;
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
    let Some(wish) = wish else {
        session.asked.forget_spectrogram();
        return Ok(());
    };
    let places = places_of(session, store, &wish.filename)?;
    let wanted = session.asked.want_spectrogram();
    channels.spectrograms.send(
        move || {
            let drawn = draw(&places, &wish, &mut || wanted.strong_count() == 0).transpose()?;
            let outcome = drawn.map(|picture| SpectrogramView {
                filename: wish.filename,
                picture: picture.into(),
            });
            Some(SpectrogramToCoordinator { instance, outcome })
        },
        move |why| {
            let outcome = Err(why);
            Some(SpectrogramToCoordinator { instance, outcome })
        },
    )
}

/// Takes in what was drawn.
pub(super) fn take_report(report: SpectrogramToCoordinator, sessions: &mut Sessions) {
    if let Some(session) = sessions.get_mut(&report.instance) {
        match report.outcome {
            Ok(drawn) => session.asked.show_spectrogram(drawn),
            Err(error) => session.health.fail(&error),
        }
    }
}

/// Draws a stretch of the recording at the first of `places` with a file; `None` when nobody wants to see it any more.
fn draw(
    places: &[PathBuf],
    wish: &SpectrogramWish,
    is_cancelled: &mut dyn FnMut() -> bool,
) -> Result<Option<Spectrogram>, EngineError> {
    let opened = audio::open_while(first_there(places), &mut || match is_cancelled() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    });
    let mut source = match opened {
        Err(AudioError::Cancelled { .. }) => return Ok(None),
        opened => opened?,
    };
    let columns = wish.columns.clamp(1, MOST_COLUMNS);
    let drawn = Spectrogram::of(source.as_mut(), wish.span, columns, wish.axis, is_cancelled)?;
    Ok(drawn)
}
