//! The parameters a host can show and automate, and the saved state that travels with them.
//!
//! Read on the audio thread (atomics inside), changed by the host and by the window through `ParamSetter`.

use nice_plug::prelude::*;

use crate::state::InstanceState;

/// Score at which regions are cut until somebody moves the threshold.
pub const DEFAULT_THRESHOLD: f32 = 0.5;

/// Everything the host saves with the project.
#[derive(Params)]
pub struct EarmarkParams {
    /// The host's own bypass. Earmark never touches the sound, so bypassed means: does not listen.
    #[id = "bypass"]
    pub bypass: BoolParam,

    /// Whether what plays is captured and scanned. Automate it to listen to parts of a project only.
    #[id = "scan"]
    pub scan: BoolParam,

    /// Regions are cut at this score, 0 to 1.
    #[id = "threshold"]
    pub threshold: FloatParam,

    /// What the host saves besides parameters.
    #[persist = "instance"]
    pub state: InstanceState,
}

impl Default for EarmarkParams {
    fn default() -> Self {
        Self {
            bypass: BoolParam::new("Bypass", false).make_bypass(),
            scan: BoolParam::new("Listen", true),
            threshold: FloatParam::new(
                "Threshold",
                DEFAULT_THRESHOLD,
                FloatRange::Linear { min: 0.0, max: 1.0 },
            )
            .with_step_size(0.001),
            state: InstanceState::default(),
        }
    }
}

impl EarmarkParams {
    /// Whether the audio thread should hand on what it hears. Real-time safe.
    pub fn is_listening(&self) -> bool {
        self.scan.value() && !self.bypass.value()
    }
}
