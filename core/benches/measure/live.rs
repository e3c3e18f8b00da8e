//! How soon what is heard is searched: from a window's last sample being delivered to its score being in the view.

use std::time::{Duration, Instant};

use crossbeam_channel::never;
use earmark_core::capture::{CaptureFormat, Transport, channel};
use earmark_core::config::default_inference_threads;
use earmark_core::embed::Manifest;
use earmark_core::engine::{Engine, Instance};
use earmark_core::protocol::{Command, Note, SourceIdentity};
use earmark_core::store::{SourceId, StoreHandle};
use earmark_core::time::{SampleIndex, SampleRate};

use super::Figure;
use super::effort::{Effort, say};
use super::material::{self, Failure, RATE_HZ};

const SECONDS: usize = 20;
const BLOCK: usize = 480;
/// Within which a score must be there.
const LIMIT_MS: f64 = 1_000.0;

pub fn measure(_: Effort) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir()?;
    let manifest = material::manifest()?;
    let config = material::config(folder.path(), default_inference_threads())?;
    let store = StoreHandle::new(config.database.clone())?;
    material::save_some_classifier(&store, &manifest)?;
    drop(store);
    let engine = Engine::start(config)?;
    let instance = engine.add_instance(SourceIdentity {
        id: SourceId::random(),
        name: String::from("measure"),
    });
    instance.send(Command::Note(Note::EditorOpened));
    say(format!("playing {SECONDS} s in real time"));
    let mut latencies_ms = play(&instance, &manifest)?;
    latencies_ms.sort_by(f64::total_cmp);
    let (Some(&median), Some(&longest)) = (
        latencies_ms.get(latencies_ms.len() / 2),
        latencies_ms.last(),
    ) else {
        return Err("nothing was scored while it played".into());
    };
    Ok(vec![Figure {
        name: "live_latency_ms",
        value: median,
        unit: "ms",
        against: format!(
            "a second; {} windows in real time, {longest:.0} ms at most",
            latencies_ms.len()
        ),
        ratio: median / LIMIT_MS,
    }])
}

/// Plays in real time, and notes for every window how long after its last sample its score is in the view. The first second's
/// do not count: the model is being opened.
fn play(instance: &Instance, manifest: &Manifest) -> Result<Vec<f64>, Failure> {
    let rate = SampleRate::new(RATE_HZ).ok_or("a rate of zero")?;
    let (mut writer, reader) = channel(
        CaptureFormat {
            rate,
            channels: 1,
            max_block_frames: BLOCK,
        },
        12.0,
    );
    instance.connect(reader);
    let mut random = fastrand::Rng::with_seed(4);
    let sound: Vec<f32> = (0..SECONDS)
        .flat_map(|index| material::second(index, &mut random).collect::<Vec<_>>())
        .collect();
    let window_s = manifest.window_s() + overhang_s(manifest);
    let mut latencies_ms = Vec::new();
    let mut seen = 0;
    let begun = Instant::now();
    for (index, block) in sound.chunks(BLOCK).enumerate() {
        let played = (index + 1) * BLOCK;
        let due = begun + Duration::from_secs_f64(played as f64 / f64::from(RATE_HZ));
        // Waits without sleeping through a cancellation; nothing ever comes.
        let _ = never::<()>().recv_deadline(due);
        let position = Some(SampleIndex((index * BLOCK) as i64));
        writer.push(Transport::Rolling { position }, false, &[block]);
        let view = instance.view();
        let scores = view.results.scores.as_deref();
        let scored = scores.map_or(0, |scores| {
            let last = scores.scores.iter().rposition(|score| !score.is_nan());
            last.map_or(0, |last| last + 1)
        });
        for window in seen..scored {
            let heard_s = window as f64 * manifest.step_s() + window_s;
            let latency_s = begun.elapsed().as_secs_f64() - heard_s;
            if heard_s > SECONDS as f64 / 4.0 {
                latencies_ms.push(latency_s * 1e3);
            }
        }
        seen = seen.max(scored);
    }
    Ok(latencies_ms)
}

/// What a step hears beyond where the next begins.
fn overhang_s(manifest: &Manifest) -> f64 {
    let samples = manifest.step_cover_samples() - manifest.step_samples();
    samples as f64 / f64::from(manifest.sample_rate().hz())
}
