//! What the user has selected on the timeline: a stretch of time, or a box on the spectrogram. A plain value.

use earmark_core::protocol::Band;
use earmark_core::time::Span;

/// A stretch of the shown take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeSelection {
    /// In seconds from the take's start.
    pub span: Span,
    /// The frequencies of a box; `None` for all of them.
    pub band: Option<Band>,
}

impl From<Span> for TimeSelection {
    fn from(span: Span) -> Self {
        Self { span, band: None }
    }
}
