//! The parameters of the output: which part of the track is heard, how it fades, and whether notes are sent.
//!
//! The audio thread reads them (they are atomics); the host changes them.

use earmark_core::output::{FIRST_NOTE, OutputMode, OutputSettings};
use nice_plug::prelude::*;

/// [`OutputMode`] as a parameter. The ids are saved with projects and never change.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputChoice {
    #[id = "everything"]
    Everything,
    #[id = "only"]
    #[name = "Only what was found"]
    Only,
    #[id = "without"]
    #[name = "Without what was found"]
    Without,
}

impl From<OutputChoice> for OutputMode {
    fn from(choice: OutputChoice) -> Self {
        match choice {
            OutputChoice::Everything => Self::Everything,
            OutputChoice::Only => Self::Only,
            OutputChoice::Without => Self::Without,
        }
    }
}

/// The parameters of the output.
#[derive(Params)]
pub struct OutputParams {
    /// Which part of the track is heard.
    #[id = "output"]
    pub mode: EnumParam<OutputChoice>,
    /// Length of a fade, 1 to 100 ms.
    #[id = "output-fade"]
    pub fade: FloatParam,
    /// So much before and after a region is heard too, 0 to 500 ms. The fades lie inside it.
    #[id = "output-margin"]
    pub margin: FloatParam,
    /// A note for every region.
    #[id = "send-notes"]
    pub notes: BoolParam,
    /// The MIDI number of the first sound's note; the other sounds have the notes above it.
    #[id = "first-note"]
    pub first_note: IntParam,
}

/// The values of the parameters at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutputValues {
    pub choice: OutputChoice,
    pub fade_ms: f32,
    pub margin_ms: f32,
    pub notes: bool,
    /// 0 to 127.
    pub first_note: i32,
}

impl Default for OutputParams {
    fn default() -> Self {
        let milliseconds = |name: &str, default: f32, min: f32, max: f32| {
            FloatParam::new(name, default, FloatRange::Linear { min, max })
                .with_unit(" ms")
                .with_step_size(1.0)
        };
        Self {
            mode: EnumParam::new("Output", OutputChoice::Everything),
            fade: milliseconds("Output fade", 5.0, 1.0, 100.0),
            margin: milliseconds("Output margin", 20.0, 0.0, 500.0),
            notes: BoolParam::new("Send notes", false),
            first_note: IntParam::new(
                "First note",
                FIRST_NOTE.into(),
                IntRange::Linear { min: 0, max: 127 },
            ),
        }
    }
}

impl OutputParams {
    /// The present values. Real-time safe.
    pub fn values(&self) -> OutputValues {
        OutputValues {
            choice: self.mode.value(),
            fade_ms: self.fade.value(),
            margin_ms: self.margin.value(),
            notes: self.notes.value(),
            first_note: self.first_note.value(),
        }
    }

    /// What the audio thread does with the present block. Real-time safe.
    pub fn settings(&self) -> OutputSettings {
        let first_note = u8::try_from(self.first_note.value()).unwrap_or(FIRST_NOTE);
        OutputSettings {
            mode: self.mode.value().into(),
            fade_s: f64::from(self.fade.value()) / 1000.0,
            margin_s: f64::from(self.margin.value()) / 1000.0,
            first_note: self.notes.value().then_some(first_note),
        }
    }
}
