use proptest::prelude::*;

use super::*;
use crate::time::{SampleIndex, SampleRate};

const RATE_HZ: u32 = 1_000;

fn rate() -> SampleRate {
    SampleRate::new(RATE_HZ).unwrap()
}

fn sound(start: i64, end: i64) -> FoundSound {
    FoundSound {
        start: SampleIndex(start),
        end: SampleIndex(end),
        score: 0.5,
    }
}

/// Fades of 10 samples inside a margin of 20.
fn settings(mode: OutputMode) -> OutputSettings {
    OutputSettings {
        mode,
        fade_s: 0.010,
        margin_s: 0.020,
        first_note: None,
    }
}

fn with_notes() -> OutputSettings {
    OutputSettings {
        first_note: Some(FIRST_NOTE),
        ..settings(OutputMode::Everything)
    }
}

fn rolling(position: i64) -> Stretch {
    Stretch {
        position: Some(SampleIndex(position)),
        is_offline: false,
    }
}

fn standing() -> Stretch {
    Stretch {
        position: None,
        ..rolling(0)
    }
}

/// A player with its list in place.
fn playing(sounds: Vec<FoundSound>) -> (OutputPlayer, OutputFeed) {
    let (player, mut feed) = channel();
    feed.send(Found::new(sounds, 0));
    (player, feed)
}

/// What one block of ones becomes.
fn gains(
    player: &mut OutputPlayer,
    stretch: Stretch,
    set: impl Into<Option<OutputSettings>>,
    frames: usize,
) -> Vec<f32> {
    let mut block = [vec![1.0_f32; frames]];
    player.process(stretch, set.into(), rate(), &mut block, |_| {});
    let [block] = block;
    block
}

/// What the host is told over one block.
fn messages(
    player: &mut OutputPlayer,
    stretch: Stretch,
    set: impl Into<Option<OutputSettings>>,
    frames: usize,
) -> Vec<NoteMessage> {
    let mut heard = Vec::new();
    let mut block = [vec![0.0_f32; frames]];
    player.process(stretch, set.into(), rate(), &mut block, |message| {
        heard.push(message);
    });
    heard
}

fn on(at: u32) -> NoteMessage {
    NoteMessage::On {
        at,
        note: FIRST_NOTE,
        velocity: 0.5,
    }
}

fn off(at: u32) -> NoteMessage {
    NoteMessage::Off {
        at,
        note: FIRST_NOTE,
    }
}

#[test]
fn a_sound_is_heard_from_its_margin_on_with_fades_inside_the_margin() {
    let (mut player, _feed) = playing(vec![sound(100, 150)]);
    let heard = gains(&mut player, rolling(0), settings(OutputMode::Only), 300);
    assert!(heard[..=80].iter().all(|gain| *gain == 0.0));
    assert_eq!(heard[85], 0.5);
    assert!(heard[90..160].iter().all(|gain| *gain == 1.0));
    assert_eq!(heard[165], 0.5);
    assert!(heard[170..].iter().all(|gain| *gain == 0.0));
}

#[test]
fn the_gate_stays_open_where_the_margins_of_two_sounds_meet() {
    let (mut player, _feed) = playing(vec![sound(100, 150), sound(190, 230)]);
    let heard = gains(&mut player, rolling(0), settings(OutputMode::Only), 300);
    assert!(heard[90..240].iter().all(|gain| *gain == 1.0));
    assert_eq!(heard[250], 0.0);
}

#[test]
fn a_short_sound_whose_margin_lies_in_that_of_another_closes_with_a_whole_fade() {
    let (mut player, _feed) = playing(vec![sound(308, 344), sound(351, 352)]);
    let heard = gains(&mut player, rolling(0), settings(OutputMode::Only), 400);
    assert_eq!(heard[361], 1.0);
    assert_eq!(heard[363], 0.9);
    assert_eq!(heard[372], 0.0);
}

#[test]
fn a_sound_shorter_than_two_fades_is_still_heard() {
    let (mut player, _feed) = playing(vec![sound(100, 106)]);
    let set = OutputSettings {
        margin_s: 0.0,
        ..settings(OutputMode::Only)
    };
    let heard = gains(&mut player, rolling(0), set, 200);
    assert_eq!(heard[103], 1.0);
    assert_eq!((heard[100], heard[106]), (0.0, 0.0));
}

#[test]
fn where_nothing_is_known_only_is_silent_and_without_passes() {
    let (mut player, _feed) = channel();
    for stretch in [rolling(0), standing()] {
        let only = gains(&mut player, stretch, settings(OutputMode::Only), 64);
        assert!(only.iter().all(|gain| *gain == 0.0));
    }
    let (mut player, _feed) = channel();
    for stretch in [rolling(0), standing()] {
        let without = gains(&mut player, stretch, settings(OutputMode::Without), 64);
        assert!(without.iter().all(|gain| *gain == 1.0));
    }
}

#[test]
fn a_new_list_and_another_mode_in_mid_play_are_faded_and_end_exactly() {
    let (mut player, mut feed) = playing(vec![]);
    let only = settings(OutputMode::Only);
    assert_eq!(gains(&mut player, rolling(0), only, 100)[99], 0.0);
    feed.send(Found::new(vec![sound(0, 400)], 0));
    let heard = gains(&mut player, rolling(100), only, 100);
    let steps = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    assert!(steps.fold(heard[0], f32::max) < 0.11);
    assert!(heard[10..].iter().all(|gain| *gain == 1.0));
    let heard = gains(
        &mut player,
        rolling(200),
        settings(OutputMode::Without),
        100,
    );
    assert!(heard[0] > 0.85 && heard[10..].iter().all(|gain| *gain == 0.0));
    let heard = gains(
        &mut player,
        rolling(300),
        settings(OutputMode::Everything),
        100,
    );
    assert!(heard[0] < 0.15 && heard[10..].iter().all(|gain| *gain == 1.0));
}

#[test]
fn a_bypassed_block_does_not_change() {
    let (mut player, _feed) = playing(vec![]);
    assert_eq!(
        gains(&mut player, rolling(0), settings(OutputMode::Only), 10)[9],
        0.0
    );
    let heard = gains(&mut player, rolling(10), None, 10);
    assert!(heard.iter().all(|gain| *gain == 1.0));
}

#[test]
fn what_is_silenced_is_silent_even_where_a_sample_is_no_number() {
    let (mut player, _feed) = playing(vec![]);
    let mut block = [vec![f32::NAN, f32::INFINITY]];
    player.process(
        rolling(0),
        Some(settings(OutputMode::Only)),
        rate(),
        &mut block,
        |_| {},
    );
    assert_eq!(block[0], [0.0, 0.0]);
}

#[test]
fn a_render_waits_for_the_first_list() {
    let (mut player, mut feed) = channel();
    let late = std::thread::spawn(move || {
        #[expect(clippy::disallowed_methods, reason = "the engine is late")]
        std::thread::sleep(std::time::Duration::from_millis(100));
        feed.send(Found::new(vec![sound(0, 50)], 0));
        feed
    });
    let render = Stretch {
        is_offline: true,
        ..rolling(20)
    };
    let heard = gains(&mut player, render, settings(OutputMode::Only), 10);
    assert!(heard.iter().all(|gain| *gain == 1.0));
    drop(late.join());
}

#[test]
fn lists_come_back_to_be_freed_and_the_newest_is_used() {
    let (mut player, mut feed) = channel();
    for round in 0..50 {
        feed.send(Found::new(
            vec![sound(round * 100, round * 100 + 100)],
            FIRST_NOTE,
        ));
        if round % 3 == 0 {
            gains(&mut player, rolling(0), settings(OutputMode::Only), 10);
        }
    }
    gains(&mut player, rolling(4_900), settings(OutputMode::Only), 10);
    assert!(!feed.go_on());
    let heard = gains(&mut player, rolling(4_940), settings(OutputMode::Only), 10);
    assert!(heard.iter().all(|gain| *gain == 1.0));
}

#[test]
fn notes_begin_and_end_at_the_edges_of_a_sound_to_the_sample() {
    let (mut player, _feed) = playing(vec![sound(100, 150), sound(164, 180)]);
    let mut heard = Vec::new();
    for block in 0..7_i64 {
        let position = block * 32;
        let messages = messages(&mut player, rolling(position), with_notes(), 32);
        heard.extend(messages.into_iter().map(|message| match message {
            NoteMessage::On { at, .. } => (position + i64::from(at), true),
            NoteMessage::Off { at, .. } => (position + i64::from(at), false),
        }));
    }
    assert_eq!(
        heard,
        [(100, true), (150, false), (164, true), (180, false)]
    );
}

#[test]
fn a_note_ends_where_the_transport_stops_jumps_or_is_bypassed() {
    let (mut player, _feed) = playing(vec![sound(0, 100)]);
    let mut play = |stretch, set: Option<OutputSettings>| messages(&mut player, stretch, set, 10);
    assert_eq!(play(rolling(0), Some(with_notes())), [on(0)]);
    assert_eq!(play(standing(), Some(with_notes())), [off(0)]);
    assert_eq!(play(rolling(50), Some(with_notes())), [on(0)]);
    assert_eq!(play(rolling(20), Some(with_notes())), [off(0), on(0)]);
    assert_eq!(play(rolling(30), None), [off(0)]);
    assert_eq!(play(rolling(40), Some(with_notes())), [on(0)]);
    assert_eq!(
        play(rolling(50), Some(settings(OutputMode::Everything))),
        [off(0)]
    );
    assert_eq!(play(rolling(300), Some(with_notes())), []);
}

#[test]
fn a_new_list_keeps_the_note_whose_sound_is_still_there_and_ends_the_others() {
    let (mut player, mut feed) = playing(vec![sound(0, 100)]);
    assert_eq!(messages(&mut player, rolling(0), with_notes(), 10), [on(0)]);
    feed.send(Found::new(vec![sound(0, 25), sound(40, 60)], 0));
    assert_eq!(messages(&mut player, rolling(10), with_notes(), 10), []);
    assert_eq!(
        messages(&mut player, rolling(20), with_notes(), 10),
        [off(5)]
    );
    assert_eq!(
        messages(&mut player, rolling(30), with_notes(), 20),
        [on(10)]
    );
    feed.send(Found::new(vec![], 0));
    assert_eq!(
        messages(&mut player, rolling(50), with_notes(), 10),
        [off(0)]
    );
}

/// Lists of sounds that may overlap, on a timeline that begins before its zero.
fn sounds() -> impl Strategy<Value = Vec<FoundSound>> {
    let one = (-300_i64..900, 1_i64..120).prop_map(|(start, length)| sound(start, start + length));
    proptest::collection::vec(one, 0..12)
}

/// Where blocks begin, and how long they are: loops, jumps and stops in any order.
fn blocks() -> impl Strategy<Value = Vec<(Option<i64>, usize)>> {
    let block = (
        proptest::option::weighted(0.9, -320_i64..1_000),
        1_usize..200,
        1_usize..5,
    );
    proptest::collection::vec(block, 1..12).prop_map(|runs| {
        let mut blocks = Vec::new();
        for (start, frames, times) in runs {
            for time in 0..times {
                blocks.push((start.map(|start| start + (time * frames) as i64), frames));
            }
        }
        blocks
    })
}

/// The gain by the definition: how far the nearest edge of the joined margins is away.
fn gain_by_definition(found: &Found, margin: i64, fade: i64, at: i64) -> f32 {
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for (start, end) in &found.stretches {
        match merged.last_mut() {
            Some((_, last)) if *last >= start - margin => *last = end + margin,
            _ => merged.push((start - margin, end + margin)),
        }
    }
    let inside = merged
        .iter()
        .find(|(opens, closes)| (*opens..*closes).contains(&at));
    inside.map_or(0.0, |(opens, closes)| {
        let fade = fade.min((closes - opens) / 2);
        if fade == 0 {
            // A single sample.
            return 1.0;
        }
        let nearest = (at - opens).min(closes - at) as f32;
        (nearest / fade as f32).min(1.0)
    })
}

proptest! {
    #[test]
    fn only_and_without_follow_the_definition_and_add_up_to_the_input(
        sounds in sounds(),
        blocks in blocks(),
        margin in 0_i64..60,
        fade in 1_i64..60,
    ) {
        let set = |mode| OutputSettings {
            margin_s: margin as f64 / f64::from(RATE_HZ),
            fade_s: fade as f64 / f64::from(RATE_HZ),
            ..settings(mode)
        };
        let found = Found::new(sounds.clone(), 0);
        let (mut only, _one) = playing(sounds.clone());
        let (mut without, _other) = playing(sounds);
        let mut next = None;
        for (position, frames) in blocks {
            let stretch = position.map_or(standing(), rolling);
            let a = gains(&mut only, stretch, set(OutputMode::Only), frames);
            let b = gains(&mut without, stretch, set(OutputMode::Without), frames);
            for (index, (a, b)) in a.iter().zip(&b).enumerate() {
                prop_assert!((a + b - 1.0).abs() <= 1e-6, "{a} and {b}");
                // What sounded when the transport stopped fades out.
                if let Some(position) = position {
                    let expected = gain_by_definition(&found, margin, fade, position + index as i64);
                    let fades = next.is_none() && (index as i64) < fade;
                    prop_assert!(fades || (a - expected).abs() <= 1e-6, "{a} at {index} from {position}, not {expected}");
                }
            }
            next = position;
        }
    }

    #[test]
    fn no_note_hangs_and_every_note_lies_on_a_sound(sounds in sounds(), blocks in blocks()) {
        let found = Found::new(sounds.clone(), 0);
        let (mut player, _feed) = playing(sounds);
        let mut sounding = false;
        for (position, frames) in blocks {
            let stretch = position.map_or(standing(), rolling);
            let heard = messages(&mut player, stretch, with_notes(), frames);
            let mut events = heard.iter().peekable();
            for index in 0..frames {
                while let Some(message) = events.next_if(|message| match message {
                    NoteMessage::On { at, .. } | NoteMessage::Off { at, .. } => *at as usize == index,
                }) {
                    let begins = matches!(message, NoteMessage::On { .. });
                    prop_assert!(begins != sounding, "{message:?} twice");
                    sounding = begins;
                }
                let lies_on_a_sound = position.is_some_and(|position| {
                    let at = position + index as i64;
                    found.notes.iter().any(|it| (it.start.0..it.end.0).contains(&at))
                });
                prop_assert_eq!(sounding, lies_on_a_sound);
            }
            prop_assert!(events.next().is_none(), "out of order or outside of the block");
        }
    }
}
