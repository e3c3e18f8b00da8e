//! Everything one activation's audio thread works with, and the far ends that the engine gets.
//!
//! [`Line::process`] runs on the host's audio thread: it hands the track's own sound on before anything else may change it,
//! notes what was pressed, and only then lets an audition into the output.

use std::sync::Arc;

use earmark_core::audition::{self, AuditionFeed, AuditionPlayer};
use earmark_core::capture::{self, CaptureFormat, CaptureReader, CaptureWriter, Transport};
use earmark_core::time::SampleIndex;
use earmark_core::trigger::{self, MarkButtons, TriggerReader, TriggerWriter};

/// Seconds of audio the capture line holds while the recorder is busy.
const RING_S: f64 = 12.0;

/// The near ends. Dropped on the host's main thread, which tells the engine that the take is over.
pub struct Line {
    writer: CaptureWriter,
    triggers: TriggerWriter,
    player: AuditionPlayer,
    /// The host said that it renders.
    offline: bool,
}

/// What the engine works with.
pub struct FarEnds {
    pub reader: CaptureReader,
    pub triggers: TriggerReader,
    pub feed: AuditionFeed,
}

impl Line {
    /// Makes both ends. A host that gives no positions goes on from `resume`.
    pub fn open(
        format: CaptureFormat,
        offline: bool,
        resume: Option<SampleIndex>,
        buttons: Arc<MarkButtons>,
    ) -> (Self, FarEnds) {
        let (mut writer, reader) = capture::channel(format, RING_S);
        if let Some(position) = resume {
            writer.continue_from(position);
        }
        let (triggers, presses) = trigger::channel(buttons);
        let (player, feed) = audition::channel(format);
        let near = Self {
            writer,
            triggers,
            player,
            offline,
        };
        let far = FarEnds {
            reader,
            triggers: presses,
            feed,
        };
        (near, far)
    }

    /// Where a host that gives no positions would go on.
    pub fn next_position(&self) -> SampleIndex {
        self.writer.next_position()
    }

    /// One block of the track, which becomes the plugin's output. `bypassed`: nothing may be changed in it.
    pub fn process<S: AsRef<[f32]> + AsMut<[f32]>>(
        &mut self,
        transport: Transport,
        bypassed: bool,
        channels: &mut [S],
    ) {
        let position = match transport {
            Transport::Stopped => None,
            Transport::Rolling { position } | Transport::Ignored { position } => {
                Some(position.unwrap_or(self.writer.next_position()))
            }
        };
        self.writer.push(transport, self.offline, channels);
        let rendering = self.offline || self.writer.is_rendering();
        self.triggers.claim(position, rendering);
        self.player.process(channels, rendering || bypassed);
    }

    /// The host sends the plugin to sleep.
    pub fn rest(&mut self) {
        self.writer
            .push::<&[f32]>(Transport::Stopped, self.offline, &[]);
    }

    /// Whether an audition sounds or is about to: the host should not put the plugin to sleep.
    pub fn is_auditioning(&self) -> bool {
        self.player.is_engaged()
    }
}
