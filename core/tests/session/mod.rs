//! One plugin instance with its own folders, played by a test instead of a host.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)] // In tests a panic is the report.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use earmark_core::capture::{CaptureFormat, CaptureWriter, Transport, channel};
use earmark_core::config::Config;
use earmark_core::engine::{Engine, Instance};
use earmark_core::protocol::{Command, Note, SourceIdentity, Target, View};
use earmark_core::scan::WindowScores;
use earmark_core::store::SourceId;
use earmark_core::time::{SampleIndex, SampleRate};
use tempfile::TempDir;

const RATE_HZ: u32 = 44_100;
const BLOCK: usize = 512;
/// How long a test waits for what the engine does within seconds, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(120);

/// Length of [`soundscape`].
pub const LENGTH_S: f64 = 30.0;
/// Where the sound to find is.
pub const WARBLE_AT_S: [f64; 6] = [2.0, 6.5, 11.0, 16.0, 21.5, 26.0];
/// Where there is only the bed of noise.
pub const NOTHING_AT_S: f64 = 4.2;

pub struct Session {
    pub instance: Instance,
    engine: Arc<Engine>,
    writer: CaptureWriter,
    position: i64,
    folder: TempDir,
}

impl Session {
    pub fn begin() -> Self {
        Self::begin_with(|_| {})
    }

    /// `prepare` sees the folder before the engine does.
    pub fn begin_with(prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        Self::begin_in(folder, SourceId::random())
    }

    /// The same project opened again: the folder of an earlier session, and the source that its host saved.
    pub fn begin_in(folder: TempDir, source: SourceId) -> Self {
        Self::begin_as(folder, source, |_| {})
    }

    /// `change` has the last word about where things are and when.
    pub fn begin_as(folder: TempDir, source: SourceId, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::from_environment().unwrap();
        config.database = Some(folder.path().join("earmark.db"));
        config.takes_folder = folder.path().join("takes");
        config.clips_folder = folder.path().join("clips");
        config.cache_folder = folder.path().join("cache");
        config.places_file = Some(folder.path().join("places.json"));
        // Longer than any test.
        config.retention_after = Duration::from_secs(3600);
        // On a machine that is busy with other tests nothing else would ever be done.
        config.indexes_idly = false;
        change(&mut config);
        let engine = Engine::start(config).unwrap();
        let instance = engine.add_instance(SourceIdentity {
            id: source,
            name: String::from("Dialogue 1"),
        });
        let format = CaptureFormat {
            rate: SampleRate::new(RATE_HZ).unwrap(),
            channels: 1,
            max_block_frames: BLOCK,
        };
        let (writer, reader) = channel(format, 12.0);
        instance.send(Command::Note(Note::EditorOpened));
        instance.connect(reader);
        Self {
            instance,
            engine,
            writer,
            position: 0,
            folder,
        }
    }

    /// What a host makes when it copies the track: an instance with the same saved state.
    pub fn another_of_the_same_source(&self) -> Instance {
        self.engine.add_instance(SourceIdentity {
            id: self.instance.source(),
            name: String::from("Dialogue 1"),
        })
    }

    /// Takes the instance and with it the engine away; the folder stays as long as what is returned.
    pub fn end(self) -> TempDir {
        let Self {
            instance,
            writer,
            folder,
            ..
        } = self;
        drop(writer);
        drop(instance);
        folder
    }

    /// A session that has played [`soundscape`] once, with the view of its take.
    pub fn recorded() -> (Self, Arc<View>) {
        let mut session = Self::begin();
        session.play(&soundscape());
        session.stop();
        let view = session.wait_for("the take", |view| {
            view.source.takes.iter().any(|take| !take.recording)
        });
        (session, view)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Delivers `samples` from the present position on, as an offline render does.
    pub fn play(&mut self, samples: &[f32]) {
        for block in samples.chunks(BLOCK) {
            let position = Some(SampleIndex(self.position));
            self.writer
                .push(Transport::Rolling { position }, true, &[block]);
            self.position += block.len() as i64;
        }
    }

    pub fn stop(&mut self) {
        self.writer
            .push(Transport::Stopped, true, &[[0.0_f32; BLOCK].as_slice()]);
    }

    pub fn jump_to_s(&mut self, seconds: f64) {
        self.position = (seconds * f64::from(RATE_HZ)) as i64;
    }

    /// Asks for `target` where the window stands.
    pub fn change(&self, target: Target) {
        self.instance.send(self.instance.view().change(target));
    }

    pub fn wait_for(&self, what: &str, holds: impl Fn(&View) -> bool) -> Arc<View> {
        self.wait_for_within(what, PATIENCE, holds)
    }

    pub fn wait_for_within(
        &self,
        what: &str,
        patience: Duration,
        holds: impl Fn(&View) -> bool,
    ) -> Arc<View> {
        let begun = Instant::now();
        loop {
            let view = self.instance.view();
            if holds(&view) {
                return view;
            }
            assert!(
                begun.elapsed() < patience,
                "waited in vain for {what}; status: {:?}; obstacles: {:?}; takes: {:?}; versions: {:?}",
                view.health.status,
                view.health.obstacles,
                view.source.takes,
                view.results.versions
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A bed of quiet noise, six warbles to find, and clicks and steady tones that are none.
pub fn soundscape() -> Vec<f32> {
    let rate = f64::from(RATE_HZ);
    let mut random = fastrand::Rng::with_seed(7);
    let mut sound: Vec<f32> = (0..(LENGTH_S * rate) as usize)
        .map(|_| 0.01 * (random.f32() - 0.5))
        .collect();
    let mut add = |at_s: f64, length_s: f64, wave: &dyn Fn(f64) -> f64| {
        let start = (at_s * rate) as usize;
        for (index, sample) in sound
            .iter_mut()
            .skip(start)
            .take((length_s * rate) as usize)
            .enumerate()
        {
            let time_s = index as f64 / rate;
            let fade = (time_s / 0.01)
                .min((length_s - time_s) / 0.01)
                .clamp(0.0, 1.0);
            *sample += (0.3 * fade * wave(time_s)) as f32;
        }
    };
    let tau = std::f64::consts::TAU;
    for at_s in WARBLE_AT_S {
        add(at_s, 0.8, &|t| {
            (tau * 900.0 * t + 30.0 * (tau * 12.0 * t).sin()).sin()
        });
    }
    for at_s in [8.5, 13.5, 18.5, 24.0] {
        add(at_s, 0.5, &|t| (tau * 440.0 * t).sin());
    }
    sound
}

/// The highest score of the windows that hold `at_s`.
pub fn near(scores: &WindowScores, at_s: f64) -> f32 {
    scores
        .scores
        .iter()
        .enumerate()
        .filter(|(index, _)| {
            let start_s = *index as f64 * scores.hop_s;
            (start_s..start_s + scores.window_s).contains(&at_s)
        })
        .map(|(_, &score)| score)
        .fold(0.0, f32::max)
}
