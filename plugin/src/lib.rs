//! Earmark as a VST3 and CLAP plugin. It sends a copy of the sound to the engine and shows what the engine found. Unless the user
//! wants to hear only a part of the track, or auditions a region, the sound passes unchanged.
//!
//! [`Earmark`] is the audio side: its `process` runs on the host's audio thread and only gives the block to the
//! [`mod@line`]. [`editor`] is the window. Both use the engine through [`link`].

pub mod editor;
pub mod line;
pub mod link;
pub mod params;
pub mod review;
pub mod state;
pub mod tempo;
pub mod timecode;
pub mod transport;

use std::sync::Arc;

use earmark_core::capture::CaptureFormat;
use earmark_core::output::NoteMessage;
use earmark_core::time::{SampleIndex, SampleRate};
use nice_plug::midi::{Channel, Key, VoiceID};
use nice_plug::prelude::*;

use crate::editor::GuardedEditor;
use crate::line::Line;
use crate::link::Link;
use crate::params::EarmarkParams;

/// One instance of the plugin on one track.
pub struct Earmark {
    params: Arc<EarmarkParams>,
    link: Arc<Link>,
    /// Present between activation and deactivation.
    line: Option<Line>,
    /// Where the line before ended, for hosts that give no position.
    resume: Option<SampleIndex>,
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
        let known_link = Arc::downgrade(&link);
        params
            .state
            .follow_with(move || known_link.upgrade()?.remembered());
        Self {
            params,
            link,
            line: None,
            resume: None,
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

    // For "Send notes".
    const MIDI_OUTPUT: MidiConfig = MidiConfig::Basic;

    // A pad marks where it was pressed, not where the block began.
    const SAMPLE_ACCURATE_AUTOMATION: bool = true;

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
        let offline = buffer_config.process_mode == ProcessMode::Offline;
        let channels = audio_io_layout
            .main_input_channels
            .map_or(0, NonZeroU32::get);
        // A host that has no sample rate or no channels to give still gets its sound through; there is just nothing
        // to capture.
        self.line = match (
            SampleRate::new(buffer_config.sample_rate.round() as u32),
            u16::try_from(channels),
        ) {
            (Some(rate), Ok(channels @ 1..)) => {
                let format = CaptureFormat {
                    rate,
                    channels,
                    max_block_frames: buffer_config.max_buffer_size as usize,
                };
                let buttons = Arc::clone(&self.params.buttons);
                let (line, engine_ends) = Line::open(format, offline, self.resume, buttons);
                self.link.connect(&self.params, engine_ends);
                Some(line)
            }
            _ => None,
        };
        true
    }

    /// The host sends the plugin to sleep: nothing plays until it says so again. Runs on the audio thread.
    fn stop_processing(&mut self) {
        if let Some(line) = &mut self.line {
            line.rest();
        }
    }

    fn deactivate(&mut self) {
        if let Some(line) = &self.line {
            self.resume = Some(line.next_position());
        }
        // Abandoning the line tells the recorder that the take is over.
        self.line = None;
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        let Some(line) = &mut self.line else {
            return ProcessStatus::Normal;
        };
        self.link.tempo.note(context.transport());
        let transport = transport::captured(context.transport(), self.params.is_listening());
        let settings = (!self.params.bypass.value()).then(|| self.params.output.settings());
        line.process(transport, settings, buffer.as_slice(), |message| {
            // A host without events has no place for it.
            let _ = context.try_send_event(note_event(message));
        });
        if line.is_engaged() {
            ProcessStatus::KeepAlive
        } else {
            ProcessStatus::Normal
        }
    }

    fn filter_state(state: &mut PluginState) {
        params::set_aside(state);
    }
}

/// A note as the framework has it, on the first channel.
fn note_event(message: NoteMessage) -> NoteEvent<()> {
    let (voice_id, channel) = (VoiceID::Wildcard, Channel::Number(0));
    match message {
        NoteMessage::On { at, note, velocity } => NoteEvent::NoteOn {
            timing: at,
            voice_id,
            channel,
            key: Key::Number(note),
            velocity,
        },
        NoteMessage::Off { at, note } => NoteEvent::NoteOff {
            timing: at,
            voice_id,
            channel,
            key: Key::Number(note),
            velocity: 0.0,
        },
    }
}

impl ClapPlugin for Earmark {
    const CLAP_ID: &'static str = "org.earmark.earmark";
    const CLAP_DESCRIPTION: Option<&'static str> =
        Some("Analyzer that finds a sound in a track and learns from every correction");
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
