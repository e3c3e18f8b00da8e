//! The parameters that a host can show and automate, and the state that the host saves with them.
//!
//! The audio thread reads them (they are atomics); the host changes them, and the window does through `ParamSetter`.

mod marks;
mod output;

use std::sync::Arc;

use earmark_core::trigger::HostControls;
use nice_plug::prelude::*;

use marks::MarkParams;
pub use marks::set_aside;
pub use output::{OutputChoice, OutputParams, OutputValues};

use crate::state::InstanceState;

/// The threshold until the user moves it.
pub const DEFAULT_THRESHOLD: f32 = 0.5;

/// Everything that the host saves with the project.
#[derive(Params)]
pub struct EarmarkParams {
    /// The host's bypass: the sound passes unchanged, and Earmark does not listen.
    #[id = "bypass"]
    pub bypass: BoolParam,

    /// Whether Earmark captures and scans the track. Automate it to listen to parts of a project only.
    #[id = "scan"]
    pub scan: BoolParam,

    /// The lowest score of a region, 0 to 1.
    #[id = "threshold"]
    pub threshold: FloatParam,

    /// The pads.
    #[nested]
    pub marks: MarkParams,

    /// What is heard, and whether notes are sent.
    #[nested]
    pub output: OutputParams,

    /// Counts presses of the pads and knows the threshold, for the engine.
    pub buttons: Arc<HostControls>,

    /// The state that the host saves besides the parameters.
    #[persist = "instance"]
    pub state: InstanceState,
}

impl Default for EarmarkParams {
    fn default() -> Self {
        let buttons = Arc::new(HostControls::default());
        Self {
            bypass: BoolParam::new("Bypass", false).make_bypass(),
            scan: BoolParam::new("Listen", true),
            threshold: FloatParam::new(
                "Threshold",
                DEFAULT_THRESHOLD,
                FloatRange::Linear { min: 0.0, max: 1.0 },
            )
            .with_step_size(0.001)
            .with_callback({
                let buttons = Arc::clone(&buttons);
                // Any thread may set the parameter, also the audio thread.
                Arc::new(move |threshold| buttons.set_threshold(threshold))
            }),
            marks: MarkParams::new(&buttons),
            output: OutputParams::default(),
            buttons,
            state: InstanceState::default(),
        }
    }
}

impl EarmarkParams {
    /// Whether the audio thread should send its blocks to the engine. Real-time safe.
    pub fn is_listening(&self) -> bool {
        self.scan.value() && !self.bypass.value()
    }
}
