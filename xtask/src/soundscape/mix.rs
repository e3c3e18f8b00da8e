//! The mix: sounds one after the other over a quiet bed, each a little different each time. Pure and deterministic.

use fastrand::Rng;

use super::cast::{Cast, Family, Manner, Recording, TARGET};
use super::decode::resample;
use super::{Event, RATE_HZ, Truth};
use crate::host::Wave;

/// Silence between two sounds, in seconds.
const PAUSE_S: (f64, f64) = (0.8, 1.8);
/// How often the target comes up in a round of all classes.
const TARGET_TURNS: usize = 2;
/// Steps or blows in a run, and seconds between them.
const RUN_LENGTH: std::ops::Range<usize> = 2..4;
const PACE_S: (f64, f64) = (0.35, 0.6);
/// What an example has before and behind the sound, in seconds.
const EXAMPLE_MARGIN_S: f64 = 0.1;
/// How much faster or slower than recorded a sound is played.
const SPEED: (f64, f64) = (0.94, 1.06);
/// Level of the loudest tenth of a second of a sound, in dB re full scale.
const EVENT_LEVEL_DB: (f64, f64) = (-28.0, -16.0);
const BED_LEVEL_DB: f64 = -40.0;
const NOISE_LEVEL_DB: f64 = -58.0;
const BED_CROSSFADE_S: f64 = 1.0;
/// A sound is over when all but this share of its energy has passed.
const TAIL_SHARE: f64 = 0.02;

/// How densely and how loudly a scene is set.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Silence between two sounds, in seconds; negative lets them overlap.
    pub pause_s: (f64, f64),
    /// Level of the loudest tenth of a second of a sound, in dB re full scale.
    pub event_level_db: (f64, f64),
}

/// Sounds apart from each other and well above the bed.
const CLEAR: Setting = Setting {
    pause_s: PAUSE_S,
    event_level_db: EVENT_LEVEL_DB,
};

/// Mix a stereo soundscape and say what is in it.
pub fn mix(cast: &Cast, duration_s: f64, seed: u64) -> (Wave, Truth) {
    let mut families = cast.others.clone();
    families.push(Family {
        class: TARGET.to_owned(),
        manner: Manner::Run,
        turns: TARGET_TURNS,
        recordings: cast.targets.clone(),
    });
    let (wave, events) = scene(&families, &cast.bed, CLEAR, duration_s, seed);
    (
        wave,
        Truth {
            class: TARGET.to_owned(),
            duration_s,
            events,
        },
    )
}

/// All `families` by turns over a bed, in stereo, and what is to be heard when.
pub fn scene(
    families: &[Family],
    bed: &[Recording],
    setting: Setting,
    duration_s: f64,
    seed: u64,
) -> (Wave, Vec<Event>) {
    let mut random = Rng::with_seed(seed);
    let mut wave = silence(duration_s);
    lay_bed(&mut wave, bed, &mut random);

    let mut events = Vec::new();
    let mut performers: Vec<_> = families
        .iter()
        .map(|family| Performer::new(&family.class, family.manner, &family.recordings))
        .collect();
    // Drawn like cards as well, so that every soundscape has its share of each class.
    let turns = families.iter().enumerate();
    let turns = turns.flat_map(|(turn, family)| std::iter::repeat_n(turn, family.turns));
    let mut turns = Deck::new(turns.collect());
    let mut start_s = between(&mut random, setting.pause_s).max(0.0);
    while let Some(turn) = turns.draw(&mut random)
        && let Some(performer) = performers.get_mut(turn)
    {
        let (samples, recordings) = performer.perform(&mut random);
        let (onset_s, end_s) = active_span_s(&samples);
        if start_s + seconds(samples.len()) + setting.pause_s.0.max(0.0) > duration_s {
            break;
        }
        place(
            &mut wave,
            start_s,
            &samples,
            setting.event_level_db,
            &mut random,
        );
        events.push(Event {
            start_s: start_s + onset_s,
            end_s: start_s + end_s,
            class: performer.class.to_owned(),
            recordings,
        });
        // However short a sound is, the next one begins after it began.
        start_s += (end_s + between(&mut random, setting.pause_s)).max(0.1);
    }
    (wave, events)
}

/// `count` examples of the target, each alone over a bed of its own.
pub fn examples(cast: &Cast, count: usize, seed: u64) -> Vec<Wave> {
    solos(&cast.examples, Manner::Run, &cast.example_bed, count, seed)
}

/// `count` sounds made of `recordings`, each alone over a stretch of `bed`, or over nothing when that is empty.
pub fn solos(
    recordings: &[Recording],
    manner: Manner,
    bed: &[Recording],
    count: usize,
    seed: u64,
) -> Vec<Wave> {
    let mut random = Rng::with_seed(seed);
    let mut performer = Performer::new("", manner, recordings);
    let bed_s = bed
        .iter()
        .map(|recording| recording.wave.duration_s())
        .sum();
    let mut laid = silence(bed_s);
    if !bed.is_empty() {
        lay_bed(&mut laid, bed, &mut random);
    }
    let examples = (0..count).map(|_| {
        let (samples, _) = performer.perform(&mut random);
        let (_, end_s) = active_span_s(&samples);
        let duration_s = end_s + 2.0 * EXAMPLE_MARGIN_S;
        let mut wave = silence(duration_s);
        let from = frame(between(&mut random, (0.0, (bed_s - duration_s).max(0.0))));
        for (channel, laid) in wave.channels.iter_mut().zip(&laid.channels) {
            add(channel, 0, laid.get(from..).unwrap_or_default(), 1.0);
        }
        place(
            &mut wave,
            EXAMPLE_MARGIN_S,
            &samples,
            EVENT_LEVEL_DB,
            &mut random,
        );
        wave
    });
    examples.collect()
}

fn silence(duration_s: f64) -> Wave {
    Wave {
        rate_hz: RATE_HZ,
        channels: vec![vec![0.0; frame(duration_s)]; 2],
    }
}

fn frame(seconds: f64) -> usize {
    (seconds * f64::from(RATE_HZ)) as usize
}

fn seconds(frames: usize) -> f64 {
    frames as f64 / f64::from(RATE_HZ)
}

/// Add a mono sound at a level and in a direction of its own.
fn place(wave: &mut Wave, start_s: f64, samples: &[f32], level_db: (f64, f64), random: &mut Rng) {
    let gain = gain_to(loudest_rms(samples), between(random, level_db));
    let pan = between(random, (0.25, 0.75)) * std::f64::consts::FRAC_PI_2;
    for (channel, share) in wave.channels.iter_mut().zip([pan.cos(), pan.sin()]) {
        add(channel, frame(start_s), samples, gain * share as f32);
    }
}

/// Plays the recordings of a class, a little different each time.
struct Performer<'a> {
    class: &'a str,
    manner: Manner,
    // Recordings are drawn like cards, so that all of them come up.
    deck: Deck<&'a Recording>,
}

impl<'a> Performer<'a> {
    fn new(class: &'a str, manner: Manner, recordings: &'a [Recording]) -> Self {
        Self {
            class,
            manner,
            deck: Deck::new(recordings.iter().collect()),
        }
    }

    /// One sound and the recordings it is made of.
    fn perform(&mut self, random: &mut Rng) -> (Vec<f32>, Vec<String>) {
        let count = match self.manner {
            Manner::Run => random.usize(RUN_LENGTH),
            Manner::Single => 1,
        };
        // Whoever walks keeps to a pace, more or less.
        let pace_s = between(random, PACE_S);
        let (mut samples, mut names) = (Vec::new(), Vec::new());
        for index in 0..count {
            let Some(recording) = self.deck.draw(random) else {
                break;
            };
            // Resampling fails for empty recordings only, which decoding refuses.
            let Ok(varied) = resample(&recording.wave, RATE_HZ, between(random, SPEED)) else {
                continue;
            };
            let Some(step) = varied.channels.first() else {
                continue;
            };
            let at = frame(index as f64 * pace_s + between(random, (0.0, 0.06)));
            let gain = gain_to(loudest_rms(step), between(random, (-3.0, 0.0)));
            samples.resize(samples.len().max(at + step.len()), 0.0);
            add(&mut samples, at, step, gain);
            if !names.contains(&recording.name) {
                names.push(recording.name.clone());
            }
        }
        (samples, names)
    }
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
            others: vec![Family {
                class: "Other".to_owned(),
                manner: Manner::Single,
                turns: 3,
                recordings: vec![recording("other.1", 0.3), recording("other.2", 0.6)],
            }],
            bed: vec![recording("bed", 4.0)],
            example_bed: vec![recording("example bed", 4.0)],
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
        let (wave, truth) = mix(&cast(), 30.0, 7);
        assert_eq!(wave.frames(), 30 * RATE_HZ as usize);
        assert!(truth.targets().count() > 0);
        assert!(
            truth
                .events
                .windows(2)
                .all(|pair| pair[0].end_s + 0.8 < pair[1].start_s)
        );
        assert!(truth.events.last().is_some_and(|event| event.end_s < 30.0));
        assert!(
            truth
                .events
                .iter()
                .all(|event| !event.recordings.contains(&"example".to_owned()))
        );
        for event in &truth.events {
            let level = |from_s: f64, to_s: f64| {
                let levels = wave
                    .channels
                    .iter()
                    .map(|channel| loudest_rms(&channel[frame(from_s)..frame(to_s)]));
                levels.fold(0.0, f64::max)
            };
            let loud = level(event.start_s, event.end_s);
            let before = level(event.start_s - 0.5, event.start_s - 0.05);
            assert!(loud > 2.0 * before, "{event:?}: {loud} over {before}");
        }
    }

    #[test]
    fn examples_are_as_many_as_asked_for_and_end_with_the_sound() {
        let examples = examples(&cast(), 3, 7);
        assert_eq!(examples.len(), 3);
        for wave in examples {
            assert!(
                (0.3..3.0).contains(&wave.duration_s()),
                "{}",
                wave.duration_s()
            );
            assert!(loudest_rms(&wave.channels[0]) > 10.0_f64.powf(-40.0 / 20.0));
        }
    }

    #[test]
    fn what_is_heard_at_a_time_is_the_event_that_shares_most_of_it() {
        let (_, truth) = mix(&cast(), 30.0, 7);
        let event = &truth.events[3];
        assert_eq!(
            truth.heard_at(event.start_s - 0.1, event.end_s + 0.1),
            Some(event)
        );
        assert_eq!(truth.heard_at(event.end_s + 0.1, event.end_s + 0.2), None);
    }
}
