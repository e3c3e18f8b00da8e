//! A plugin of the same framework that does nothing: what `cargo xtask bench` compares Earmark's `process()` with.
//!
//! A library that a CLAP host loads; it is not bundled and not for users.

use std::sync::Arc;

use nice_plug::prelude::*;

#[derive(Default)]
struct Passthrough {
    params: Arc<PassthroughParams>,
}

/// Earmark's host parameters without anything behind them.
#[derive(Params)]
struct PassthroughParams {
    #[id = "bypass"]
    bypass: BoolParam,
    #[id = "scan"]
    scan: BoolParam,
    #[id = "threshold"]
    threshold: FloatParam,
}

impl Default for PassthroughParams {
    fn default() -> Self {
        Self {
            bypass: BoolParam::new("Bypass", false).make_bypass(),
            scan: BoolParam::new("Listen", true),
            threshold: FloatParam::new("Threshold", 0.5, FloatRange::Linear { min: 0.0, max: 1.0 }),
        }
    }
}

impl Plugin for Passthrough {
    const NAME: &'static str = "Passthrough";
    const VENDOR: &'static str = "The Earmark authors";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[AudioIOLayout {
        main_input_channels: NonZeroU32::new(2),
        main_output_channels: NonZeroU32::new(2),
        ..AudioIOLayout::const_default()
    }];

    type Editor = ();
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        self.params.clone()
    }

    fn process(
        &mut self,
        _buffer: &mut Buffer,
        _aux: &mut AuxiliaryBuffers,
        _context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        ProcessStatus::Normal
    }
}

impl ClapPlugin for Passthrough {
    const CLAP_ID: &'static str = "org.earmark.passthrough";
    const CLAP_DESCRIPTION: Option<&'static str> = None;
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[ClapFeature::AudioEffect];
}

nice_export_clap!(Passthrough);
