//! The ends of the lines that the audio thread works with, and the other ends for the engine.
//!
//! [`Line::process`] runs on the host's audio thread. It sends the track's own sound to the engine first, then claims the marks,
//! silences what the user does not want to hear, and only then mixes an audition into the output. It must never allocate, lock, block
//! or make a system call.

use std::sync::Arc;

use earmark_core::audition::{self, AuditionFeed, AuditionPlayer};
use earmark_core::capture::{self, CaptureFormat, CaptureReader, CaptureWriter, Transport};
use earmark_core::output::{self, NoteMessage, OutputFeed, OutputPlayer, OutputSettings, Stretch};
use earmark_core::time::{SampleIndex, SampleRate};
use earmark_core::trigger::{self, HostControls, TriggerReader, TriggerWriter};

/// Seconds of audio that the capture line can hold while the recorder is busy.
const RING_S: f64 = 12.0;

/// The ends of the audio thread. The host's main thread drops them, which tells the engine that the take is over.
pub struct Line {
    writer: CaptureWriter,
    triggers: TriggerWriter,
    output: OutputPlayer,
    player: AuditionPlayer,
    rate: SampleRate,
    /// The host renders offline.
    offline: bool,
    /// The position of the latest block, as the host gave it.
    said: Option<SampleIndex>,
    /// The transport was stopped in the latest block.
    stood: bool,
}

/// The ends of the engine.
pub struct EngineEnds {
    pub reader: CaptureReader,
    pub triggers: TriggerReader,
    pub feed: AuditionFeed,
    pub output: OutputFeed,
}

impl Line {
    /// Opens both ends. For a host without positions the line continues at `resume`.
    pub fn open(
        format: CaptureFormat,
        offline: bool,
        resume: Option<SampleIndex>,
        buttons: Arc<HostControls>,
    ) -> (Self, EngineEnds) {
        let (mut writer, reader) = capture::channel(format, RING_S);
        if let Some(position) = resume {
            writer.continue_from(position);
        }
        let (triggers, presses) = trigger::channel(buttons);
        let (player, feed) = audition::channel(format);
        let (output, found) = output::channel();
        let near = Self {
            writer,
            triggers,
            output,
            player,
            rate: format.rate,
            offline,
            said: None,
            stood: false,
        };
        let far = EngineEnds {
            reader,
            triggers: presses,
            feed,
            output: found,
        };
        (near, far)
    }

    /// The next position for a host without positions.
    pub fn next_position(&self) -> SampleIndex {
        self.writer.next_position()
    }

    /// Processes one block of the track in place. Without `settings` the plugin is bypassed, and the block must not change. Calls
    /// `emit` for each note that begins or ends.
    pub fn process<S: AsRef<[f32]> + AsMut<[f32]>>(
        &mut self,
        transport: Transport,
        settings: Option<OutputSettings>,
        channels: &mut [S],
        emit: impl FnMut(NoteMessage),
    ) {
        let transport = self.continued(transport);
        let position = match transport {
            Transport::Stopped => None,
            Transport::Rolling { position } | Transport::Ignored { position } => {
                Some(position.unwrap_or(self.writer.next_position()))
            }
        };
        self.writer.push(transport, self.offline, channels);
        let rendering = self.offline || self.writer.is_rendering();
        let stands = matches!(transport, Transport::Stopped);
        if std::mem::replace(&mut self.stood, stands) && !stands {
            // The user wants to hear the playback. Or a host renders without a flag, which the pace shows only after a second.
            self.player.cut();
        }
        self.triggers.claim(position, rendering);
        let stretch = Stretch {
            position,
            is_offline: self.offline,
        };
        self.output
            .process(stretch, settings, self.rate, channels, emit);
        self.player
            .process(channels, rendering || settings.is_none());
    }

    /// The transport, without a position that repeats the one before: nice-plug cuts blocks at parameter changes, and gives every
    /// piece the first one's position for a CLAP host without a tempo.
    fn continued(&mut self, transport: Transport) -> Transport {
        let said = match transport {
            Transport::Stopped => None,
            Transport::Rolling { position } | Transport::Ignored { position } => position,
        };
        let is_repeated = said.is_some() && said == self.said;
        self.said = said;
        match transport {
            Transport::Rolling { .. } if is_repeated => Transport::Rolling { position: None },
            Transport::Ignored { .. } if is_repeated => Transport::Ignored { position: None },
            other => other,
        }
    }

    /// The host stops processing.
    pub fn rest(&mut self) {
        self.said = None;
        self.stood = true;
        self.writer
            .push::<&[f32]>(Transport::Stopped, self.offline, &[]);
    }

    /// Whether an audition or a note sounds or is about to, so that the host should keep processing.
    pub fn is_engaged(&self) -> bool {
        self.player.is_engaged() || self.output.is_engaged()
    }
}

#[cfg(test)]
mod tests {
    use earmark_core::audition::AuditionMode;
    use earmark_core::time::SampleRate;
    use earmark_core::trigger::Mark;

    use super::*;
    use crate::params::OutputParams;

    const BLOCK: usize = 512;

    fn open() -> (Line, EngineEnds, Arc<HostControls>) {
        let format = CaptureFormat {
            rate: SampleRate::new(48_000).unwrap(),
            channels: 1,
            max_block_frames: BLOCK,
        };
        let buttons = Arc::new(HostControls::default());
        let (line, far) = Line::open(format, false, None, Arc::clone(&buttons));
        (line, far, buttons)
    }

    fn everything() -> Option<OutputSettings> {
        Some(OutputParams::default().settings())
    }

    fn rolling(position: usize) -> Transport {
        Transport::Rolling {
            position: Some(SampleIndex(position as i64)),
        }
    }

    #[test]
    fn what_is_captured_is_the_track_and_never_the_audition() {
        let (mut line, mut far, _) = open();
        far.feed.begin(4_000, AuditionMode::Replace);
        let mut heard = Vec::new();
        for block in 0..12 {
            let frames = far.feed.wanted_frames();
            far.feed.write(&vec![0.75; frames]);
            let mut channels = [vec![0.25_f32; BLOCK]];
            line.process(rolling(block * BLOCK), everything(), &mut channels, |_| {});
            heard.extend_from_slice(&channels[0]);
        }
        assert!(heard.contains(&0.75));
        let (mut captured, mut samples) = (0, Vec::new());
        while far.reader.next_block(&mut samples).is_some() {
            assert!(samples.iter().all(|sample| *sample == 0.25));
            captured += samples.len();
        }
        assert_eq!(captured, heard.len());
    }

    #[test]
    fn an_audition_ends_where_the_transport_starts_because_that_may_be_a_render() {
        let (mut line, mut far, _) = open();
        far.feed.begin(100_000, AuditionMode::Replace);
        let mut process = |line: &mut Line, transport| {
            let frames = far.feed.wanted_frames();
            far.feed.write(&vec![0.75; frames]);
            let mut channels = [vec![0.25_f32; BLOCK]];
            line.process(transport, everything(), &mut channels, |_| {});
            channels
        };
        for _ in 0..20 {
            process(&mut line, Transport::Stopped);
        }
        let [before] = process(&mut line, Transport::Stopped);
        assert!(before.iter().all(|sample| *sample == 0.75));
        for block in 0..20 {
            let [rendered] = process(&mut line, rolling(block * BLOCK));
            assert!(rendered.iter().all(|sample| *sample == 0.25));
        }
        assert!(!line.is_engaged());
    }

    #[test]
    fn pieces_of_a_block_that_are_said_to_be_in_one_place_follow_one_another() {
        let (mut line, mut far, buttons) = open();
        let mut said = |position, frames| {
            let mut block = [vec![0.0_f32; frames]];
            line.process(rolling(position), everything(), &mut block, |_| {});
        };
        said(0, BLOCK);
        said(BLOCK, 100);
        buttons.press(Mark::Negative);
        said(BLOCK, 12);
        said(BLOCK, 400);
        said(2 * BLOCK, BLOCK);
        let (mut next, mut samples) = (0, Vec::new());
        while let Some(block) = far.reader.next_block(&mut samples) {
            assert_eq!(block.position, SampleIndex(next));
            next += block.frames as i64;
        }
        let mut presses = Vec::new();
        far.triggers.take(std::time::Instant::now(), &mut presses);
        assert_eq!(presses[0].position, Some(SampleIndex(BLOCK as i64 + 100)));
    }
}
