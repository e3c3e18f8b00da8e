//! The parameters a host can show and automate, and the saved state that travels with them.
//!
//! Read on the audio thread (atomics inside), changed by the host and by the window through `ParamSetter`.

use std::sync::Arc;

use earmark_core::trigger::{Mark, MarkButtons};
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

    /// Going from off to on marks the region that is heard as not the sound. Whoever switches it on switches it off again:
    /// a value written back by the plugin would be a step in the host's undo.
    #[id = "mark-negative"]
    pub mark_negative: BoolParam,

    /// Going from off to on marks the region that is heard as the sound.
    #[id = "mark-positive"]
    pub mark_positive: BoolParam,

    /// Pressed by the two above.
    pub buttons: Arc<MarkButtons>,

    /// What the host saves besides parameters.
    #[persist = "instance"]
    pub state: InstanceState,
}

impl Default for EarmarkParams {
    fn default() -> Self {
        let buttons = Arc::new(MarkButtons::default());
        Self {
            bypass: BoolParam::new("Bypass", false).make_bypass(),
            scan: BoolParam::new("Listen", true),
            threshold: FloatParam::new(
                "Threshold",
                DEFAULT_THRESHOLD,
                FloatRange::Linear { min: 0.0, max: 1.0 },
            )
            .with_step_size(0.001),
            mark_negative: button("Mark negative", Mark::Negative, &buttons),
            mark_positive: button("Mark positive", Mark::Positive, &buttons),
            buttons,
            state: InstanceState::default(),
        }
    }
}

fn button(name: &str, mark: Mark, buttons: &Arc<MarkButtons>) -> BoolParam {
    let buttons = Arc::clone(buttons);
    // Called by whichever thread sets the parameter, the audio thread included.
    BoolParam::new(name, false).with_callback(Arc::new(move |on| {
        if on {
            buttons.press(mark);
        }
    }))
}

/// A project saved with a pad held down must not mark anything when it is opened.
pub fn forget_presses(state: &mut PluginState) {
    for id in ["mark-negative", "mark-positive"] {
        state.params.remove(id);
    }
}

impl EarmarkParams {
    /// Whether the audio thread should hand on what it hears. Real-time safe.
    pub fn is_listening(&self) -> bool {
        self.scan.value() && !self.bypass.value()
    }
}
