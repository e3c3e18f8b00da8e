use std::time::Duration;

use super::*;
use crate::time::SampleRate;

const RATE_HZ: u32 = 48_000;
const FADE: usize = 240;
const BLOCK: usize = 64;

/// A player on one channel and what feeds it: regions of a constant level, so that every fade can be read off.
struct Line {
    player: AuditionPlayer,
    feed: AuditionFeed,
}

impl Line {
    fn new(channels: u16) -> Self {
        let (player, feed) = channel(CaptureFormat {
            rate: SampleRate::new(RATE_HZ).unwrap(),
            channels,
            max_block_frames: BLOCK,
        });
        Self { player, feed }
    }

    fn begin(&mut self, frames: usize, mode: AuditionMode) {
        self.feed.begin(frames as u64, mode);
    }

    /// Writes as much as there is room for, and says how many frames that was.
    fn fill(&mut self, level: f32) -> usize {
        let mut written = 0;
        loop {
            let frames = self.feed.wanted_frames();
            if frames == 0 {
                return written;
            }
            let channels = usize::from(self.feed.format().channels);
            self.feed.write(&vec![level; frames * channels]);
            written += frames;
        }
    }

    /// What comes out of `frames` frames of a track at `track`, in blocks; the feed goes on with `level` if one is given.
    fn hear(&mut self, frames: usize, track: f32, level: Option<f32>) -> Vec<f32> {
        let mut heard = Vec::new();
        while heard.len() < frames {
            if let Some(level) = level {
                self.fill(level);
            }
            let mut block = [vec![track; BLOCK.min(frames - heard.len())]];
            self.player.process(&mut block, false);
            heard.extend_from_slice(&block[0]);
        }
        heard
    }
}

fn largest_step(samples: &[f32]) -> f32 {
    samples
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .fold(0.0, f32::max)
}

/// Little more than a fade's own step between two samples.
fn assert_no_click(samples: &[f32], height: f32) {
    let step = largest_step(samples);
    let fade_step = height / FADE as f32;
    assert!(step <= fade_step * 1.01, "{step} instead of {fade_step}");
}

#[test]
fn a_region_sounds_at_its_level_between_two_fades_of_exactly_five_milliseconds() {
    let mut line = Line::new(1);
    line.begin(2_000, AuditionMode::Mix);
    let heard = line.hear(3_000, 0.0, Some(0.5));
    for (frame, &sample) in heard.iter().enumerate() {
        let level = if frame < 2_000 {
            frame.min(1_999 - frame).min(FADE)
        } else {
            0
        };
        let expected = 0.5 * level as f32 / FADE as f32;
        assert!(
            (sample - expected).abs() < 1e-6,
            "frame {frame}: {sample} instead of {expected}"
        );
    }
    assert_eq!(line.feed.state(), PlayState::Ended);
    assert!(!line.player.is_engaged());
}

#[test]
fn the_track_gives_way_and_comes_back_in_step_with_the_region() {
    let mut line = Line::new(1);
    line.begin(2_000, AuditionMode::Replace);
    let heard = line.hear(3_000, 0.5, Some(0.5));
    // As much of one as is missing of the other.
    assert!(heard.iter().all(|sample| (sample - 0.5).abs() < 1e-6));
    line.begin(2_000, AuditionMode::Replace);
    let heard = line.hear(3_000, 1.0, Some(-0.25));
    assert_eq!(heard[FADE..2_000 - FADE - 1], [-0.25; 2_000 - 2 * FADE - 1]);
    assert_eq!(heard[2_000..], [1.0; 1_000]);
    assert_no_click(&heard, 1.25);
}

#[test]
fn while_nothing_is_auditioned_not_a_bit_is_changed() {
    let odd = [
        f32::NAN,
        f32::from_bits(0xFFC0_1234),
        f32::INFINITY,
        -0.0,
        f32::from_bits(1),
        f32::MAX,
    ];
    let untouched = |line: &mut Line| {
        let mut block = [odd.to_vec(), odd.to_vec()];
        line.player.process(&mut block, false);
        block.iter().all(|channel| {
            channel
                .iter()
                .zip(odd)
                .all(|(a, b)| a.to_bits() == b.to_bits())
        })
    };
    let mut line = Line::new(2);
    assert!(untouched(&mut line));
    line.begin(1_000, AuditionMode::Replace);
    assert!(untouched(&mut line), "not enough is buffered yet");
    line.hear(1_500, 0.1, Some(0.5));
    assert!(untouched(&mut line), "after its end");
    line.begin(9_000, AuditionMode::Replace);
    line.hear(1_000, 0.1, Some(0.5));
    line.feed.stop();
    line.hear(FADE + BLOCK, 0.1, None);
    assert!(untouched(&mut line), "after a stop");
}

#[test]
fn a_stop_fades_out_and_what_was_buffered_is_never_heard() {
    let mut line = Line::new(1);
    line.begin(20_000, AuditionMode::Replace);
    let mut heard = line.hear(1_024, 0.25, Some(0.75));
    line.feed.stop();
    let faded = line.hear(1_024, 0.25, None);
    assert_eq!(faded[FADE + 1..], [0.25; 1_024 - FADE - 1]);
    assert!(faded[FADE - 1] > 0.25);
    heard.extend(faded);
    assert_no_click(&heard, 0.5);
    // The next one begins with its own samples.
    line.begin(4_000, AuditionMode::Mix);
    let heard = line.hear(2_000, 0.0, Some(0.125));
    assert!(heard.iter().all(|&sample| sample <= 0.125));
    assert_eq!(heard[1_000], 0.125);
}

#[test]
fn the_next_region_follows_without_a_click_and_the_track_stays_away_meanwhile() {
    let mut line = Line::new(1);
    line.begin(20_000, AuditionMode::Replace);
    let mut heard = line.hear(1_024, 1.0, Some(0.5));
    line.begin(4_000, AuditionMode::Replace);
    let changed = line.hear(2_048, 1.0, Some(-0.5));
    let silent = changed.iter().filter(|sample| **sample == 0.0).count();
    assert!(silent < 2 * BLOCK, "{silent} silent frames between the two");
    assert!(
        changed.iter().all(|&sample| sample <= 0.5),
        "the track was heard"
    );
    assert_eq!(changed[1_000], -0.5);
    heard.extend(changed);
    assert_no_click(&heard, 1.0);
    for _ in 0..5 {
        line.begin(4_000, AuditionMode::Replace);
        assert_no_click(&line.hear(2 * BLOCK, 1.0, Some(0.5)), 1.0);
    }
}

#[test]
fn a_feed_that_falls_behind_leaves_a_silence_with_fades_and_nothing_is_skipped() {
    let mut line = Line::new(1);
    line.begin(40_000, AuditionMode::Mix);
    let buffered = line.fill(0.5);
    let heard = line.hear(buffered + 1_000, 0.0, None);
    assert_eq!(heard[buffered - 1..], [0.0; 1_001]);
    assert_eq!(heard[buffered - FADE - 1], 0.5);
    assert_no_click(&heard, 0.5);
    assert_eq!(line.feed.state(), PlayState::Playing);
    let rest = line.hear(40_000 - buffered + 1_000, 0.0, Some(0.5));
    assert_no_click(&rest, 0.5);
    let sounding = |heard: &[f32]| heard.iter().filter(|sample| **sample > 0.0).count();
    assert_eq!(sounding(&heard) + sounding(&rest), 40_000 - 4);
    assert_eq!(line.feed.state(), PlayState::Ended);
}

#[test]
fn what_is_no_number_never_comes_out() {
    for mode in [AuditionMode::Replace, AuditionMode::Mix] {
        for (track, level) in [
            (f32::NAN, 0.5),
            (f32::INFINITY, 0.5),
            (0.5, f32::NAN),
            (f32::MAX, f32::MAX),
        ] {
            let mut line = Line::new(1);
            line.begin(2_000, mode);
            let heard = line.hear(2_000, track, Some(level));
            // The very first and the very last frame are the track's own.
            let during = &heard[1..1_999];
            assert!(
                during.iter().all(|sample| sample.is_finite()),
                "{track} {level}"
            );
        }
    }
}

#[test]
fn while_inhibited_nothing_starts_and_nothing_is_made_up_for() {
    let mut line = Line::new(1);
    line.begin(4_000, AuditionMode::Replace);
    line.fill(0.5);
    for _ in 0..10 {
        let mut block = [[0.25_f32; BLOCK]];
        line.player.process(&mut block, true);
        assert_eq!(block[0], [0.25; BLOCK]);
    }
    assert_eq!(line.feed.state(), PlayState::Refused);
    assert_eq!(line.hear(1_000, 0.25, Some(0.5)), [0.25; 1_000]);
    assert!(!line.player.is_engaged());

    line.begin(4_000, AuditionMode::Replace);
    line.hear(1_000, 0.25, Some(0.5));
    let mut faded = Vec::new();
    for _ in 0..10 {
        let mut block = [[0.25_f32; BLOCK]];
        line.player.process(&mut block, true);
        faded.extend(block[0]);
    }
    assert_no_click(&faded, 0.25);
    assert_eq!(faded[FADE + 1], 0.25);
}

#[test]
fn regions_of_any_length_in_blocks_of_any_size_end_where_they_should() {
    for frames in [1, 2, 3, FADE, 2 * FADE + 1, 5_000] {
        for block in [1, 7, BLOCK, 1_000] {
            let mut line = Line::new(2);
            line.begin(frames, AuditionMode::Mix);
            let mut heard = Vec::new();
            while heard.len() < frames + 2_000 {
                line.fill(1.0);
                let mut channels = [vec![0.0_f32; block], vec![0.0; block]];
                line.player.process(&mut channels, false);
                assert_eq!(channels[0], channels[1]);
                heard.extend_from_slice(&channels[0]);
            }
            assert_no_click(&heard, 1.0);
            let sounding = heard.iter().filter(|sample| **sample > 0.0).count();
            assert_eq!(
                sounding,
                frames.saturating_sub(2),
                "{frames} in blocks of {block}"
            );
            assert_eq!(line.feed.state(), PlayState::Ended);
        }
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the test stands in for a host, which waits between blocks"
)]
fn a_feed_on_another_thread_that_changes_its_mind_all_the_time_never_makes_a_click() {
    let Line {
        mut player,
        mut feed,
    } = Line::new(1);
    let feeding = std::thread::spawn(move || {
        let mut random = fastrand::Rng::with_seed(3);
        while !feed.is_abandoned() {
            match random.u8(0..100) {
                0 => feed.begin(random.u64(1..20_000), AuditionMode::Replace),
                1 => feed.stop(),
                _ => {
                    let frames = feed.wanted_frames();
                    feed.write(&vec![0.5; frames]);
                }
            }
            std::thread::yield_now();
        }
    });
    let mut heard = Vec::new();
    let (mut is_heard, mut blocks) = (false, 0);
    // A busy machine may come to the feed late, and then the feed changes its mind before a fade is over.
    while blocks * BLOCK < 400_000 || (!is_heard && blocks < 1_000_000) {
        let mut block = [[0.0_f32; BLOCK]];
        player.process(&mut block, false);
        is_heard |= block[0].contains(&0.5);
        heard.extend(block[0]);
        blocks += 1;
        if blocks.is_multiple_of(64) {
            // As between a host's blocks.
            std::thread::sleep(Duration::from_micros(200));
        }
    }
    drop(player);
    feeding.join().unwrap();
    assert_no_click(&heard, 0.5);
    assert!(is_heard, "nothing was ever heard");
}
