//! The host's audio thread: blocks through the plugin under a scripted transport.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clack_host::events::event_types::{
    NoteOffEvent, NoteOnEvent, ParamValueEvent, TransportEvent, TransportFlags,
};
use clack_host::events::{EventFlags, EventHeader, Match, Pckn};
use clack_host::prelude::*;
use clack_host::process::PluginAudioProcessor;
use clack_host::utils::{BeatTime, ClapId, SecondsTime};
use serde::{Deserialize, Serialize};

use super::handlers::{Handlers, become_audio_thread};
use super::system_calls::{Sentry, Watch};
use super::transport::{
    BlockSizes, Motion, Pace, Planned, Stretch, TransportStep, plan, stretches,
};

const TEMPO_BPM: f64 = 120.0;
/// More than a plugin sends in the longest block.
const MOST_EVENTS: usize = 1 << 14;
/// Filled into output buffers before each block: a host's buffers hold whatever was there before.
const STALE_SAMPLE: f32 = 1234.5;

/// A parameter that changes while something is played.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    /// Counted from the first frame that is processed.
    pub frame: u64,
    pub id: ClapId,
    pub value: f64,
}

impl Change {
    /// As an event so many frames into a block.
    pub fn at(self, time: u32) -> ParamValueEvent {
        ParamValueEvent::new(time, self.id, Pckn::match_all(), self.value)
    }
}

/// A note that the plugin sent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// Counted from the first frame that is processed.
    pub frame: u64,
    pub key: u16,
    /// `None` ends it.
    pub velocity: Option<f64>,
}

/// What came out, and what the transport said meanwhile.
#[derive(Debug, Clone, PartialEq)]
pub struct Playback {
    /// One vector per output channel, as long as the audio that was processed.
    pub output: Vec<Vec<f32>>,
    /// The notes that the plugin sent, in the order in which it sent them.
    pub notes: Vec<Note>,
    /// What was said about which part of the input.
    pub stretches: Vec<Stretch>,
    /// Where the playhead stands afterwards.
    pub position: i64,
    /// How long the plugin took for each block, in order.
    pub block_times: Vec<Duration>,
}

/// What is to be played.
#[derive(Clone, Copy)]
pub(super) struct Programme<'a> {
    /// One vector per channel.
    pub signal: &'a [Vec<f32>],
    pub steps: &'a [TransportStep],
    pub pace: Pace,
    /// Where the playhead stands before.
    pub position: i64,
    pub changes: &'a [Change],
    pub watch: Watch,
}

/// An active plugin with its audio format; goes to the audio thread and comes back.
pub(super) struct Engine {
    processor: PluginAudioProcessor<Handlers>,
    rate_hz: u32,
    sizes: BlockSizes,
    inputs: usize,
    outputs: usize,
    /// Frames processed since activation, rolling or not.
    steady_time: u64,
}

impl Engine {
    pub fn new(
        processor: StoppedPluginAudioProcessor<Handlers>,
        rate_hz: u32,
        sizes: BlockSizes,
        inputs: usize,
        outputs: usize,
    ) -> Self {
        Self {
            processor: processor.into(),
            rate_hz,
            sizes,
            inputs,
            outputs,
            steady_time: 0,
        }
    }

    pub fn into_processor(self) -> StoppedPluginAudioProcessor<Handlers> {
        self.processor.into_stopped()
    }
}

/// Process the whole script on the current thread. The engine comes back whatever happened.
pub(super) fn run(mut engine: Engine, programme: Programme) -> (Engine, Result<Playback>) {
    become_audio_thread();
    let played = Sentry::post(programme.watch).and_then(|sentry| {
        let played = play(&mut engine, programme, &sentry);
        sentry.guard(|| {
            engine.processor.ensure_processing_stopped();
        });
        played
    });
    (engine, played)
}

fn play(engine: &mut Engine, programme: Programme, sentry: &Sentry) -> Result<Playback> {
    let mut position = programme.position;
    let planned = plan(programme.steps, &engine.sizes, position);
    let mut buffers = Buffers::for_engine(engine);
    let mut heard = vec![Vec::new(); engine.outputs];
    let mut blocks = Vec::with_capacity(planned.len());
    let mut block_times = Vec::with_capacity(planned.len());
    let mut notes = Vec::new();
    let mut processed = 0;
    let mut clock = Clock::new(programme.pace, engine.rate_hz);

    for step in planned {
        let block = match step {
            Planned::Block(block) => block,
            Planned::Pause { milliseconds } => {
                clock.pause(Duration::from_millis(milliseconds));
                continue;
            }
            Planned::Suspend { milliseconds } => {
                sentry.guard(|| {
                    engine.processor.ensure_processing_stopped();
                });
                clock.pause(Duration::from_millis(milliseconds));
                continue;
            }
            Planned::Reset => {
                sentry.guard(|| engine.processor.reset());
                continue;
            }
        };
        buffers.prepare(&block, &programme, processed);
        clock.wait();
        block_times.push(process(engine, &mut buffers, &block, sentry)?);
        clock.advance(block.frames);
        notes.extend(buffers.notes(processed));

        processed += block.frames;
        engine.steady_time += block.frames;
        for (heard, buffer) in heard.iter_mut().zip(&buffers.output) {
            heard.extend_from_slice(&buffer[..block.frames as usize]);
        }
        position = match block.motion {
            Motion::Rolling { position } => position + block.frames as i64,
            Motion::Stopped { position } => position,
            Motion::FreeRunning => position + block.frames as i64,
        };
        blocks.push(block);
    }
    Ok(Playback {
        output: heard,
        notes,
        stretches: stretches(blocks),
        position,
        block_times,
    })
}

/// What a block is handed over in. Made once, so that a host's blocks cost no allocation either.
struct Buffers {
    input: Vec<Vec<f32>>,
    output: Vec<Vec<f32>>,
    input_ports: AudioPorts,
    output_ports: AudioPorts,
    events: EventBuffer,
    sent: EventBuffer,
}

impl Buffers {
    fn for_engine(engine: &Engine) -> Self {
        let largest = engine.sizes.largest() as usize;
        Self {
            input: vec![vec![0.0; largest]; engine.inputs],
            output: vec![vec![0.0; largest]; engine.outputs],
            input_ports: AudioPorts::with_capacity(engine.inputs, 1),
            output_ports: AudioPorts::with_capacity(engine.outputs, 1),
            events: EventBuffer::new(),
            // Never grown while the plugin processes.
            sent: EventBuffer::with_capacity(MOST_EVENTS),
        }
    }

    /// Fills in what the plugin is to hear in a block and which parameters change in it; `processed` frames came before.
    fn prepare(&mut self, block: &Stretch, programme: &Programme, processed: u64) {
        let frames = block.frames as usize;
        for (channel, buffer) in self.input.iter_mut().enumerate() {
            let from = block.input_start as usize;
            let samples = programme
                .signal
                .get(channel)
                .map_or(&[][..], |samples| &samples[from.min(samples.len())..]);
            let given = samples.len().min(frames);
            buffer[..given].copy_from_slice(&samples[..given]);
            buffer[given..frames].fill(0.0);
        }
        for buffer in &mut self.output {
            buffer.fill(STALE_SAMPLE);
        }
        self.events.clear();
        self.sent.clear();
        let block_frames = processed..processed + block.frames;
        for change in programme.changes {
            if block_frames.contains(&change.frame) {
                self.events
                    .push(&change.at((change.frame - processed) as u32));
            }
        }
    }
}

impl Buffers {
    /// The notes of the block that was processed after `processed` frames.
    fn notes(&self, processed: u64) -> impl Iterator<Item = Note> {
        self.sent.iter().filter_map(move |event| {
            let frame = processed + u64::from(event.header().time());
            let key = |key: Match<u16>| key.into_specific();
            if let Some(on) = event.as_event::<NoteOnEvent>() {
                return Some(Note {
                    frame,
                    key: key(on.key())?,
                    velocity: Some(on.velocity()),
                });
            }
            let off = event.as_event::<NoteOffEvent>()?;
            Some(Note {
                frame,
                key: key(off.key())?,
                velocity: None,
            })
        })
    }
}

/// Has the plugin process one block; how long that took.
fn process(
    engine: &mut Engine,
    buffers: &mut Buffers,
    block: &Stretch,
    sentry: &Sentry,
) -> Result<Duration> {
    let frames = block.frames as usize;
    let transport = transport_event(block.motion, engine.rate_hz);
    let inputs = buffers.input_ports.with_input_buffers([AudioPortBuffer {
        latency: 0,
        channels: AudioPortBufferType::f32_input_only(
            buffers
                .input
                .iter_mut()
                .map(|buffer| InputChannel::variable(&mut buffer[..frames])),
        ),
    }]);
    let mut outputs = buffers.output_ports.with_output_buffers([AudioPortBuffer {
        latency: 0,
        channels: AudioPortBufferType::f32_output_only(
            buffers
                .output
                .iter_mut()
                .map(|buffer| &mut buffer[..frames]),
        ),
    }]);
    let processor = sentry
        .guard(|| engine.processor.ensure_processing_started())
        .context("the plugin does not start processing")?;
    let events = buffers.events.as_input();
    let mut sent = buffers.sent.as_output();
    let begun = Instant::now();
    let status = sentry.guard(|| {
        processor.process(
            &inputs,
            &mut outputs,
            &events,
            &mut sent,
            Some(engine.steady_time),
            Some(&transport),
        )
    });
    let took = begun.elapsed();
    status.with_context(|| {
        format!(
            "the plugin failed to process the block at input frame {}",
            block.input_start
        )
    })?;
    Ok(took)
}

fn transport_event(motion: Motion, rate_hz: u32) -> TransportEvent {
    let (position, running) = match motion {
        Motion::Stopped { position } => (Some(position), TransportFlags::empty()),
        Motion::Rolling { position } => (Some(position), TransportFlags::IS_PLAYING),
        Motion::FreeRunning => (None, TransportFlags::IS_PLAYING),
    };
    let timeline = match position {
        Some(_) => TransportFlags::HAS_SECONDS_TIMELINE | TransportFlags::HAS_BEATS_TIMELINE,
        None => TransportFlags::empty(),
    };
    let seconds = position.unwrap_or(0) as f64 / f64::from(rate_hz);
    TransportEvent {
        header: EventHeader::new_core(0, EventFlags::empty()),
        flags: TransportFlags::HAS_TEMPO | TransportFlags::HAS_TIME_SIGNATURE | timeline | running,
        song_pos_beats: BeatTime::from_float(seconds * TEMPO_BPM / 60.0),
        song_pos_seconds: SecondsTime::from_float(seconds),
        tempo: TEMPO_BPM,
        tempo_inc: 0.0,
        loop_start_beats: BeatTime::from_int(0),
        loop_end_beats: BeatTime::from_int(0),
        loop_start_seconds: SecondsTime::from_int(0),
        loop_end_seconds: SecondsTime::from_int(0),
        bar_start: BeatTime::from_int(0),
        bar_number: 0,
        time_signature_numerator: 4,
        time_signature_denominator: 4,
    }
}

/// Holds blocks back to the pace asked for.
struct Clock {
    started: Instant,
    /// Wall-clock seconds per frame; `None` never waits.
    frame_s: Option<f64>,
    frames: u64,
    paused: Duration,
}

impl Clock {
    fn new(pace: Pace, rate_hz: u32) -> Self {
        let frame_s = match pace {
            Pace::AsFastAsPossible => None,
            Pace::TimesRealTime(speed) => (speed > 0.0).then(|| 1.0 / (f64::from(rate_hz) * speed)),
        };
        Self {
            started: Instant::now(),
            frame_s,
            frames: 0,
            paused: Duration::ZERO,
        }
    }

    fn wait(&self) {
        if let Some(frame_s) = self.frame_s {
            let due =
                self.started + self.paused + Duration::from_secs_f64(self.frames as f64 * frame_s);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }

    fn advance(&mut self, frames: u64) {
        self.frames += frames;
    }

    fn pause(&mut self, duration: Duration) {
        std::thread::sleep(duration);
        self.paused += duration;
    }
}
