//! The parameters "Mark negative" and "Mark positive": a change from off to on marks the region at the playhead.
//!
//! A project brings them back as they were saved, without a press. The framework restores parameters with the same call that an
//! event makes, so [`set_aside`] moves both values to where the framework restores fields, and [`MarkParams`] sets them there. The
//! host changes the parameters on any thread, also on the audio thread; restoring runs on the host's main thread.

use std::collections::BTreeMap;
use std::sync::Arc;

use earmark_core::trigger::{HostControls, Mark};
use nice_plug::params::InternalParamMut;
use nice_plug::plugin::ParamValue;
use nice_plug::prelude::*;

const NEGATIVE: &str = "mark-negative";
const POSITIVE: &str = "mark-positive";

/// Both parameters. Earmark never switches them off again: that would be a step in the host's undo history.
pub struct MarkParams {
    negative: BoolParam,
    positive: BoolParam,
    /// Counts the presses.
    buttons: Arc<HostControls>,
}

impl MarkParams {
    /// Both off; `buttons` counts their presses.
    pub fn new(buttons: &Arc<HostControls>) -> Self {
        Self {
            negative: param("Mark negative", Mark::Negative, buttons),
            positive: param("Mark positive", Mark::Positive, buttons),
            buttons: Arc::clone(buttons),
        }
    }
}

fn param(name: &str, mark: Mark, buttons: &Arc<HostControls>) -> BoolParam {
    let buttons = Arc::clone(buttons);
    // Any thread may set the parameter, also the audio thread.
    BoolParam::new(name, false).with_callback(Arc::new(move |on| {
        if on {
            buttons.press(mark);
        }
    }))
}

impl MarkParams {
    fn all(&self) -> [(&'static str, &BoolParam); 2] {
        [(NEGATIVE, &self.negative), (POSITIVE, &self.positive)]
    }
}

// SAFETY: the pointers lead to fields of `self`, whose address stays the same: the framework keeps all parameters behind an `Arc`
// that lives longer than its use of the pointers.
unsafe impl Params for MarkParams {
    fn param_map(&self) -> Vec<(String, ParamPtr, String)> {
        let entry = |(id, param): (&str, &BoolParam)| (id.into(), param.as_ptr(), String::new());
        self.all().into_iter().map(entry).collect()
    }

    fn deserialize_fields(&self, serialized: &BTreeMap<String, String>) {
        self.buttons.without_presses(|| {
            for (id, param) in self.all() {
                if let Some(on) = serialized.get(id).and_then(|text| text.parse().ok()) {
                    // SAFETY: all that the framework asks for is that its user knows what the call does: it sets the value as
                    // the framework does when it restores a project, and calls back.
                    unsafe { param._internal_set_plain_value(on) };
                }
            }
        });
    }
}

/// Moves the saved values of the mark parameters to the fields of the state.
pub fn set_aside(state: &mut PluginState) {
    for id in [NEGATIVE, POSITIVE] {
        if let Some(ParamValue::Bool(on)) = state.params.remove(id) {
            state.fields.insert(id.into(), on.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use earmark_core::time::SampleIndex;
    use earmark_core::trigger;

    use super::*;

    fn state(negative: bool, positive: bool) -> PluginState {
        PluginState {
            version: String::new(),
            params: BTreeMap::from([
                (NEGATIVE.into(), ParamValue::Bool(negative)),
                (POSITIVE.into(), ParamValue::Bool(positive)),
            ]),
            fields: BTreeMap::new(),
        }
    }

    #[test]
    fn a_project_restored_while_active_brings_the_pads_back_without_a_press() {
        let params = MarkParams::new(&Arc::default());
        let (mut writer, mut reader) = trigger::channel(Arc::clone(&params.buttons));
        let mut presses = Vec::new();
        let mut restored = state(true, false);
        set_aside(&mut restored);
        assert!(restored.params.is_empty(), "the framework would press them");
        params.deserialize_fields(&restored.fields);
        writer.claim(Some(SampleIndex(9)), false);
        let later = Instant::now() + Duration::from_secs(10);
        reader.take(later, &mut presses);
        assert!(presses.is_empty(), "{presses:?}");
        assert!(params.negative.value() && !params.positive.value());

        // An event that switches the other one on does press it.
        // SAFETY: as the framework does for an event.
        unsafe { params.positive._internal_set_plain_value(true) };
        writer.claim(Some(SampleIndex(18)), false);
        reader.take(later, &mut presses);
        assert_eq!(presses.len(), 1);
        assert_eq!(presses[0].mark, Mark::Positive);
    }

    #[test]
    fn a_state_without_the_pads_leaves_them_as_they_are() {
        let params = MarkParams::new(&Arc::default());
        let mut restored = state(true, true);
        set_aside(&mut restored);
        params.deserialize_fields(&restored.fields);
        params.deserialize_fields(&BTreeMap::new());
        assert!(params.negative.value() && params.positive.value());
    }
}
