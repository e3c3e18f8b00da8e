//! The mix: sounds one after the other over a quiet bed, each a little different each time. Pure and deterministic.

use fastrand::Rng;

use super::cast::{Cast, Recording, TARGET};
use super::decode::resample;
use super::{Event, RATE_HZ, Truth};
use crate::host::Wave;

/// Silence between two sounds, in seconds.
const PAUSE_S: (f64, f64) = (0.9, 2.1);
/// Every which sound is, on average, one to be found.
const TARGET_SHARE: f64 = 0.18;
/// How much faster or slower than recorded a sound is played.
const SPEED: (f64, f64) = (0.94, 1.06);
/// Level of the loudest tenth of a second of a sound, in dB re full scale.
const EVENT_LEVEL_DB: (f64, f64) = (-26.0, -16.0);
const BED_LEVEL_DB: f64 = -42.0;
const NOISE_LEVEL_DB: f64 = -58.0;
const BED_CROSSFADE_S: f64 = 1.0;
/// A sound is over when all but this share of its energy has passed.
const TAIL_SHARE: f64 = 0.02;

/// Mix a stereo soundscape and say what is in it.
pub fn mix(cast: &Cast, duration_s: f64, seed: u64) -> (Wave, Truth) {
    let mut random = Rng::with_seed(seed);
    let frames = (duration_s * f64::from(RATE_HZ)) as usize;
    let mut wave = Wave {
        rate_hz: RATE_HZ,
        channels: vec![vec![0.0; frames]; 2],
    };
    lay_bed(&mut wave, &cast.bed, &mut random);

    let mut events = Vec::new();
    // Recordings are drawn like cards, so that all of them come up.
    let mut targets = Deck::new(
        cast.targets
            .iter()
            .map(|recording| (TARGET, recording))
            .collect(),
    );
    let others = cast.others.iter();
    let mut others = Deck::new(
        others
            .flat_map(|(class, recordings)| {
                recordings
                    .iter()
                    .map(|recording| (class.as_str(), recording))
            })
            .collect(),
    );
    let mut start_s = between(&mut random, PAUSE_S);
    loop {
        let deck = if random.f64() < TARGET_SHARE {
            &mut targets
        } else {
            &mut others
        };
        let Some((class, recording)) = deck.draw(&mut random) else {
            break;
        };
        let speed = between(&mut random, SPEED);
        // Resampling fails for empty recordings only, which decoding refuses.
        let Ok(varied) = resample(&recording.wave, RATE_HZ, speed) else {
            continue;
        };
        let samples = &varied.channels[0];
        if start_s + varied.duration_s() + PAUSE_S.0 > duration_s {
            break;
        }
        let gain = gain_to(loudest_rms(samples), between(&mut random, EVENT_LEVEL_DB));
        let pan = between(&mut random, (0.25, 0.75)) * std::f64::consts::FRAC_PI_2;
        let at = (start_s * f64::from(RATE_HZ)) as usize;
        add(&mut wave.channels[0], at, samples, gain * pan.cos() as f32);
        add(&mut wave.channels[1], at, samples, gain * pan.sin() as f32);
        let (onset_s, end_s) = active_span_s(samples);
        events.push(Event {
            start_s: start_s + onset_s,
            end_s: start_s + end_s,
            class: class.to_owned(),
            recording: recording.name.clone(),
        });
        start_s += end_s + between(&mut random, PAUSE_S);
    }
    (
        wave,
        Truth {
            class: TARGET.to_owned(),
            duration_s,
            events,
        },
    )
}

/// Draws every card once before any comes again.
struct Deck<T> {
    cards: Vec<T>,
    drawn: usize,
}

impl<T: Copy> Deck<T> {
    fn new(cards: Vec<T>) -> Self {
        let drawn = cards.len();
        Self { cards, drawn }
    }

    fn draw(&mut self, random: &mut Rng) -> Option<T> {
        if self.drawn >= self.cards.len() {
            random.shuffle(&mut self.cards);
            self.drawn = 0;
        }
        let card = self.cards.get(self.drawn).copied();
        self.drawn += 1;
        card
    }
}

/// Long recordings one after the other, crossfaded, over soft noise of its own in each channel.
fn lay_bed(wave: &mut Wave, bed: &[Recording], random: &mut Rng) {
    let fade = (BED_CROSSFADE_S * f64::from(RATE_HZ)) as usize;
    let frames = wave.frames();
    for channel in &mut wave.channels {
        let mut deck = Deck::new(bed.iter().collect());
        let mut at = 0;
        while at < frames
            && let Some(recording) = deck.draw(random)
        {
            let mut samples = recording.wave.channels[0].clone();
            let fade = fade.min(samples.len() / 2);
            for frame in 0..fade {
                // Uncorrelated sounds crossfade evenly by equal power.
                let share = (frame as f32 + 0.5) / fade as f32;
                let last = samples.len() - 1 - frame;
                samples[frame] *= share.sqrt();
                samples[last] *= share.sqrt();
            }
            let gain = gain_to(rms(&samples), BED_LEVEL_DB);
            add(channel, at, &samples, gain);
            at += samples.len() - fade;
        }
        // A first-order low pass makes the noise sound like a room rather than like a hiss.
        let noise_gain = gain_to(1.0 / 3.0_f64.sqrt() * 0.23, NOISE_LEVEL_DB);
        let mut low_passed = 0.0;
        for sample in channel {
            low_passed += 0.1 * (random.f32() * 2.0 - 1.0 - low_passed);
            *sample += low_passed * noise_gain;
        }
    }
}

fn between(random: &mut Rng, (low, high): (f64, f64)) -> f64 {
    low + (high - low) * random.f64()
}

fn add(channel: &mut [f32], at: usize, samples: &[f32], gain: f32) {
    for (sum, sample) in channel.iter_mut().skip(at).zip(samples) {
        *sum += sample * gain;
    }
}

fn rms(samples: &[f32]) -> f64 {
    let energy: f64 = samples
        .iter()
        .map(|sample| f64::from(*sample).powi(2))
        .sum();
    (energy / samples.len().max(1) as f64).sqrt()
}

/// RMS of the loudest tenth of a second; of all of it if it is shorter.
fn loudest_rms(samples: &[f32]) -> f64 {
    let tenth = (RATE_HZ / 10) as usize;
    samples
        .chunks(tenth)
        .map(|chunk| rms(chunk) * (chunk.len() as f64 / tenth as f64).sqrt())
        .fold(0.0, f64::max)
}

fn gain_to(level: f64, wanted_db: f64) -> f32 {
    if level > 0.0 {
        (10.0_f64.powf(wanted_db / 20.0) / level) as f32
    } else {
        0.0
    }
}

/// From the first to the last frame that matters, in seconds.
fn active_span_s(samples: &[f32]) -> (f64, f64) {
    let energy: f64 = samples
        .iter()
        .map(|sample| f64::from(*sample).powi(2))
        .sum();
    let passes = |share: f64| {
        let mut passed = 0.0;
        let frame = samples.iter().position(|sample| {
            passed += f64::from(*sample).powi(2);
            passed >= share * energy
        });
        frame.unwrap_or(0) as f64 / f64::from(RATE_HZ)
    };
    (passes(TAIL_SHARE / 10.0), passes(1.0 - TAIL_SHARE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cast() -> Cast {
        let mut random = Rng::with_seed(1);
        let mut recording = |name: &str, seconds: f64| {
            let frames = (seconds * f64::from(RATE_HZ)) as usize;
            let noise = (0..frames).map(|_| random.f32() - 0.5).collect();
            Recording {
                name: name.to_owned(),
                wave: Wave {
                    rate_hz: RATE_HZ,
                    channels: vec![noise],
                },
            }
        };
        Cast {
            examples: vec![recording("example", 0.3)],
            targets: vec![recording("target.1", 0.3), recording("target.2", 0.4)],
            others: vec![(
                "Other".to_owned(),
                vec![recording("other.1", 0.3), recording("other.2", 0.6)],
            )],
            bed: vec![recording("bed", 4.0)],
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_soundscape_and_another_seed_another() {
        let cast = cast();
        let (wave, truth) = mix(&cast, 30.0, 7);
        assert_eq!((wave, truth.clone()), mix(&cast, 30.0, 7));
        assert_ne!(truth, mix(&cast, 30.0, 8).1);
    }

    #[test]
    fn events_lie_inside_in_order_apart_and_are_louder_than_the_bed() {
        let (wave, truth) = mix(&cast(), 60.0, 7);
        assert_eq!(wave.frames(), 60 * RATE_HZ as usize);
        assert!(truth.targets().count() > 0);
        assert!(
            truth
                .events
                .windows(2)
                .all(|pair| pair[0].end_s + 0.8 < pair[1].start_s)
        );
        assert!(truth.events.last().is_some_and(|event| event.end_s < 60.0));
        assert!(
            truth
                .events
                .iter()
                .all(|event| event.recording != "example")
        );
        for event in &truth.events {
            let at = |seconds: f64| (seconds * f64::from(RATE_HZ)) as usize;
            let loud = rms(&wave.channels[0][at(event.start_s)..at(event.end_s)]);
            let before = rms(&wave.channels[0][at(event.start_s - 0.5)..at(event.start_s - 0.05)]);
            assert!(loud > 2.0 * before, "{event:?}: {loud} over {before}");
        }
    }

    #[test]
    fn what_is_heard_at_a_time_is_the_event_that_shares_most_of_it() {
        let (_, truth) = mix(&cast(), 60.0, 7);
        let event = &truth.events[3];
        assert_eq!(
            truth.heard_at(event.start_s - 0.1, event.end_s + 0.1),
            Some(event)
        );
        assert_eq!(truth.heard_at(event.end_s + 0.1, event.end_s + 0.2), None);
    }
}
