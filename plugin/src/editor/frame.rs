//! What one frame of the window is drawn from, and what follows from it for the take on show.
//!
//! Borrowed for the length of a frame, on the window's thread. It must never keep anything: what the window remembers is
//! the [`Shell`](super::shell::Shell)'s.

use earmark_core::protocol::{Band, SearchedPlace, SpectrogramLook, TakeView, View};

use super::views::header::CaptureView;
use crate::params::OutputValues;
use crate::review::{ReviewOrder, StateFilter};
use crate::state::ReviewSettings;
use crate::timecode::{Tempo, TimeDisplay, TimeFormat};

/// Everything the window shows at one moment.
#[derive(Debug, Clone, Copy)]
pub struct FrameState<'a> {
    pub view: &'a View,
    /// `None` before the host activated the plugin.
    pub capture: Option<CaptureView>,
    /// The value of the parameter; `view.threshold` follows it.
    pub threshold: f32,
    pub listening: bool,
    /// The parameters of the output.
    pub output: OutputValues,
    /// The class that P marks regions as; empty until the first time.
    pub last_class: &'a str,
    pub review: ReviewSettings,
    /// The order of the list, in which S selects the next region.
    pub order: ReviewOrder,
    /// The listed states.
    pub filter: StateFilter,
    /// The profile whose sound alone is listed; `None` lists all.
    pub listed_sound: Option<&'a str>,
    /// Where the window searches for similar sounds.
    pub similar_place: SearchedPlace,
    /// The time format.
    pub time_format: TimeFormat,
    /// The timeline shows a spectrogram instead of the waveform.
    pub spectrogram: bool,
    pub spectrogram_look: SpectrogramLook,
    /// The frequencies that the spectrogram shows; `None` for all of them.
    pub frequencies: Option<Band>,
    /// The host's tempo, if it sent one.
    pub tempo: Option<Tempo>,
    /// Seconds of the audition that have played; `None` while none plays.
    pub auditioned_s: Option<f64>,
}

/// How times of the take on show are written.
pub fn times(frame: &FrameState<'_>) -> TimeDisplay {
    let rate = shown_take(frame.view).map(|take| take.rate);
    TimeDisplay::new(frame.time_format, rate, frame.tempo)
}

/// The classes that the classifier of the version on show finds; before a version, those of the newest classifier.
pub fn shown_sounds(view: &View) -> &[String] {
    let mut versions = view.results.versions.iter();
    let shown =
        versions.find(|version| Some(&version.row.timestamp) == view.shown.version.as_ref());
    let by = shown.and_then(|version| version.row.classifier);
    let mut classifiers = view.learning.classifiers.iter();
    let classifier = match by {
        Some(number) => classifiers.find(|classifier| classifier.version == number),
        None => None,
    };
    let classifier = classifier.or(view.learning.classifiers.first());
    classifier.map_or(&[], |classifier| classifier.classes.as_slice())
}

/// The classes that the newest classifier finds; none before the first training.
pub fn newest_sounds(view: &View) -> &[String] {
    let newest = view.learning.classifiers.first();
    newest.map_or(&[], |newest| newest.classes.as_slice())
}

/// The take on show.
pub fn shown_take(view: &View) -> Option<&TakeView> {
    view.source
        .takes
        .iter()
        .find(|take| Some(&take.filename) == view.shown.take.as_ref())
}

/// Where the host's playhead is in the take on show, in seconds from its start; `None` before it. A take that grows is
/// known a little later than it is heard.
pub fn playhead_in_take(frame: &FrameState<'_>) -> Option<f64> {
    let take = shown_take(frame.view)?;
    let at_s = take.at_project_s(frame.capture?.playhead_s?)?;
    let is_in_take = at_s >= 0.0 && (take.recording || at_s <= take.duration_s);
    is_in_take.then_some(at_s.min(take.duration_s))
}
