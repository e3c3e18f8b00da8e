//! Earmark as a VST3 and CLAP plugin: it passes the sound on untouched, hands a copy to the engine, and shows what
//! the engine found.
//!
//! [`Earmark`] is the audio side: its `process` runs on the host's audio thread and does nothing but push the block
//! into the capture line. [`editor`] is the window. Both reach the engine through [`link`]; neither does its work.

pub mod editor;
pub mod link;
pub mod params;
pub mod state;
pub mod transport;

use std::sync::Arc;

use earmark_core::capture::{self, CaptureFormat, CaptureWriter};
use earmark_core::time::{SampleIndex, SampleRate};
use nice_plug::prelude::*;

use crate::editor::GuardedEditor;
use crate::link::Link;
use crate::params::EarmarkParams;

/// Seconds of audio the capture line holds while the recorder is busy.
const RING_S: f64 = 12.0;

/// One instance of the plugin on one track.
pub struct Earmark {
    params: Arc<EarmarkParams>,
    link: Arc<Link>,
    /// Present between activation and deactivation.
    writer: Option<CaptureWriter>,
    /// Where the line before ended, for hosts that give no position.
    resume: Option<SampleIndex>,
    offline: bool,
}

impl Default for Earmark {
    fn default() -> Self {
        let params = Arc::new(EarmarkParams::default());
        let link = Arc::new(Link::default());
        let (known_params, known_link) = (Arc::downgrade(&params), Arc::downgrade(&link));
        params.state.on_restored(move || {
            if let (Some(params), Some(link)) = (known_params.upgrade(), known_link.upgrade()) {
                link.restored(&params);
            }
        });
        Self {
            params,
            link,
            writer: None,
            resume: None,
            offline: false,
        }
    }
}

const fn layout(channels: u32, name: &'static str) -> AudioIOLayout {
    AudioIOLayout {
        main_input_channels: NonZeroU32::new(channels),
        main_output_channels: NonZeroU32::new(channels),
        aux_input_ports: &[],
        aux_output_ports: &[],
        names: PortNames {
            layout: Some(name),
            ..PortNames::const_default()
        },
    }
}

impl Plugin for Earmark {
    const NAME: &'static str = "Earmark";
    const VENDOR: &'static str = "The Earmark authors";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[
        layout(2, "Stereo"),
        layout(1, "Mono"),
        layout(4, "Quad"),
        layout(6, "5.1"),
        layout(8, "7.1"),
    ];

    type Editor = GuardedEditor;
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        self.params.clone()
    }

    fn editor(&mut self, _async_executor: AsyncExecutor<Self>) -> Option<Self::Editor> {
        Some(GuardedEditor::new(
            Arc::clone(&self.params),
            Arc::clone(&self.link),
        ))
    }

    fn activate(
        &mut self,
        audio_io_layout: &AudioIOLayout,
        buffer_config: &BufferConfig,
        _context: &mut impl ActivateContext<Self>,
    ) -> bool {
        self.offline = buffer_config.process_mode == ProcessMode::Offline;
        let channels = audio_io_layout
            .main_input_channels
            .map_or(0, NonZeroU32::get);
        // A host that has no sample rate or no channels to give still gets its sound through; there is just nothing
        // to capture.
        self.writer = match (
            SampleRate::new(buffer_config.sample_rate.round() as u32),
            u16::try_from(channels),
        ) {
            (Some(rate), Ok(channels @ 1..)) => {
                let format = CaptureFormat {
                    rate,
                    channels,
                    max_block_frames: buffer_config.max_buffer_size as usize,
                };
                let (mut writer, reader) = capture::channel(format, RING_S);
                if let Some(position) = self.resume {
                    writer.continue_from(position);
                }
                self.link
                    .connect(&self.params, reader, Arc::clone(writer.meter()));
                Some(writer)
            }
            _ => None,
        };
        true
    }

    /// The host sends the plugin to sleep: nothing plays until it says so again. Runs on the audio thread.
    fn stop_processing(&mut self) {
        if let Some(writer) = &mut self.writer {
            writer.push::<&[f32]>(capture::Transport::Stopped, self.offline, &[]);
        }
    }

    fn deactivate(&mut self) {
        if let Some(writer) = &self.writer {
            self.resume = Some(writer.next_position());
        }
        // Abandoning the line tells the recorder that the take is over.
        self.writer = None;
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        if let Some(writer) = &mut self.writer {
            let transport = transport::captured(context.transport(), self.params.is_listening());
            writer.push(transport, self.offline, buffer.as_slice_immutable());
        }
        ProcessStatus::Normal
    }
}

impl ClapPlugin for Earmark {
    const CLAP_ID: &'static str = "org.earmark.earmark";
    const CLAP_DESCRIPTION: Option<&'static str> =
        Some("Finds a sound in the audio of a track and learns from every correction");
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[
        ClapFeature::AudioEffect,
        ClapFeature::Analyzer,
        ClapFeature::Utility,
        ClapFeature::Stereo,
        ClapFeature::Mono,
        ClapFeature::Surround,
    ];
}

impl Vst3Plugin for Earmark {
    const VST3_CLASS_ID: [u8; 16] = *b"EarmarkFindSound";
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] = &[
        Vst3SubCategory::Fx,
        Vst3SubCategory::Analyzer,
        Vst3SubCategory::Tools,
    ];
}

nice_export_clap!(Earmark);
nice_export_vst3!(Earmark);
