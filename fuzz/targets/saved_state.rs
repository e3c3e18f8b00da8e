//! The state of an instance in a host's project: anything may be restored, and what is saved then is restored exactly.
#![no_main]

use std::collections::BTreeMap;

use earmark::params::EarmarkParams;
use earmark::state::{MAX_WINDOW_SIZE, MIN_WINDOW_SIZE};
use earmark::timecode::TimeDisplay;
use earmark_core::protocol::RegionState;
use earmark_core::time::SampleRate;
use libfuzzer_sys::fuzz_target;
use nice_plug::prelude::{Params, PluginState};

fuzz_target!(|bytes: &[u8]| {
    // As the host keeps it; else the field alone, so that the fuzzer need not learn the quoting of a text within a text.
    if let Ok(state) = serde_json::from_slice::<PluginState>(bytes) {
        restore(&state.fields);
    } else if let Ok(field) = std::str::from_utf8(bytes) {
        restore(&BTreeMap::from([("instance".to_owned(), field.to_owned())]));
    }
});

fn restore(fields: &BTreeMap<String, String>) {
    let params = EarmarkParams::default();
    params.deserialize_fields(fields);
    let saved = params.serialize_fields();
    let again = EarmarkParams::default();
    again.deserialize_fields(&saved);
    assert_eq!(again.serialize_fields(), saved);

    let state = params.state.get();
    let (width, height) = params.state.window_size();
    assert!((MIN_WINDOW_SIZE.0..=MAX_WINDOW_SIZE.0).contains(&width));
    assert!((MIN_WINDOW_SIZE.1..=MAX_WINDOW_SIZE.1).contains(&height));
    for name in [
        &state.source_name,
        &state.profile,
        &state.model,
        &state.last_class,
    ] {
        assert!(name.len() <= 1000);
    }
    if let Some(visible) = state.visible() {
        assert!(visible.start_s().is_finite() && visible.end_s() >= visible.start_s());
        let display = TimeDisplay::new(state.time_format, SampleRate::new(48_000), None);
        assert!(!display.text(visible.start_s()).is_empty());
        assert!(!display.length_text(visible.duration_s()).is_empty());
    }
    let _ = state.state_filter.lists(RegionState::Found);
    let _ = state.review_order.toggled(state.review_order.by);
}
