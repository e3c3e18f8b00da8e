//! What reaches the ear, and what hands on the coordinator say of it: auditions, and marks through the host's parameters.

use std::sync::Arc;
use std::time::{Duration, Instant};

use earmark_core::audition::{self, AuditionMode, AuditionPlayer};
use earmark_core::capture::CaptureFormat;
use earmark_core::protocol::{Command, Note, Play, RegionState, Severity};
use earmark_core::time::{SampleIndex, SampleRate};
use earmark_core::trigger::{self, HostControls, Mark, TriggerWriter};

use super::editing::with_versions;
use super::session::{Session, soundscape};
use super::span;

const RATE_HZ: u32 = 44_100;
const BLOCK: usize = 512;

/// The host's audio thread, as far as auditions go.
pub fn connect_player(session: &Session) -> AuditionPlayer {
    let (player, feed) = audition::channel(CaptureFormat {
        rate: SampleRate::new(RATE_HZ).unwrap(),
        channels: 2,
        max_block_frames: BLOCK,
    });
    session.instance.connect_audition(feed);
    player
}

fn process(player: &mut AuditionPlayer, inhibited: bool) -> Vec<f32> {
    let mut block = [vec![0.0_f32; BLOCK], vec![0.0; BLOCK]];
    player.process(&mut block, inhibited);
    assert_eq!(block[0], block[1]);
    std::thread::sleep(Duration::from_millis(5));
    block[0].clone()
}

/// What comes out of a silent track until `done`.
pub fn listen(player: &mut AuditionPlayer, mut done: impl FnMut(&[f32]) -> bool) -> Vec<f32> {
    let begun = Instant::now();
    let mut heard = Vec::new();
    while !done(&heard) {
        heard.extend(process(player, false));
        assert!(begun.elapsed() < Duration::from_secs(60), "heard nothing");
    }
    heard
}

#[test]
fn a_region_is_heard_as_it_was_recorded_and_the_view_says_what_plays() {
    let (session, view) = Session::recorded();
    let mut player = connect_player(&session);
    let filename = view.source.takes[0].filename.clone();
    session.instance.send(Command::Play(Play::Stretch {
        filename: filename.clone(),
        span: span(2.0, 2.5),
        mode: AuditionMode::Replace,
    }));
    let view = session.wait_for("the audition", |view| view.activity.audition.is_some());
    assert_eq!(view.activity.audition.as_ref().unwrap().filename, filename);
    let heard = listen(&mut player, |_| {
        session.instance.view().activity.audition.is_none()
    });
    let take = soundscape();
    let region = &take[2 * RATE_HZ as usize..][..RATE_HZ as usize / 2];
    let start = heard.iter().position(|sample| *sample != 0.0).unwrap() - 1;
    let fade = 221;
    assert_eq!(
        heard[start + fade..start + region.len() - fade - 1],
        region[fade..region.len() - fade - 1]
    );
    assert!(
        heard[start + region.len()..]
            .iter()
            .all(|sample| *sample == 0.0)
    );
    assert_eq!(player.meter().heard_s(), None);
}

#[test]
fn an_audition_can_be_stopped_and_is_refused_while_the_host_renders() {
    let (session, view) = Session::recorded();
    let mut player = connect_player(&session);
    let play = || {
        session.instance.send(Command::Play(Play::Stretch {
            filename: view.source.takes[0].filename.clone(),
            span: span(0.0, 25.0),
            mode: AuditionMode::Mix,
        }));
        session.wait_for("the audition", |view| view.activity.audition.is_some());
    };
    play();
    listen(&mut player, |heard| {
        heard.iter().any(|sample| *sample != 0.0)
    });
    session.instance.send(Command::Play(Play::Stop));
    session.wait_for("the stop", |view| view.activity.audition.is_none());
    // The audition thread hears of the stop a moment after the window was shown it.
    let begun = Instant::now();
    while player.is_engaged() {
        process(&mut player, false);
        assert!(begun.elapsed() < Duration::from_secs(60), "plays on");
    }

    play();
    while session.instance.view().activity.audition.is_some() {
        assert_eq!(process(&mut player, true), vec![0.0; BLOCK]);
    }
    let view = session.wait_for("the reason", |view| view.health.status.is_some());
    let status = view.health.status.as_ref().unwrap();
    assert!(status.text.contains("renders"), "{}", status.text);
}

#[test]
fn a_host_that_does_not_process_is_named_and_nothing_sounds_out_of_the_blue_later() {
    let (session, view) = Session::recorded();
    let mut player = connect_player(&session);
    session.instance.send(Command::Play(Play::Stretch {
        filename: view.source.takes[0].filename.clone(),
        span: span(2.0, 2.5),
        mode: AuditionMode::Mix,
    }));
    let view = session.wait_for("the reason", |view| {
        view.health
            .status
            .as_ref()
            .is_some_and(|status| status.text.contains("does not run"))
    });
    assert!(view.activity.audition.is_none());
    for _ in 0..8 {
        assert_eq!(process(&mut player, false), vec![0.0; BLOCK]);
    }
}

/// Buttons on a coordinator, and the audio thread that hears of them.
struct Pads {
    buttons: Arc<HostControls>,
    writer: TriggerWriter,
}

impl Pads {
    fn of(session: &Session) -> Self {
        let buttons = Arc::new(HostControls::default());
        let (writer, reader) = trigger::channel(Arc::clone(&buttons));
        let rate = SampleRate::new(RATE_HZ).unwrap();
        session.instance.connect_triggers(reader, rate);
        Self { buttons, writer }
    }

    fn press(&mut self, mark: Mark, at_s: Option<f64>) {
        self.buttons.press(mark);
        let rate = SampleRate::new(RATE_HZ).unwrap();
        let position = at_s.map(|at_s| SampleIndex::from_seconds(at_s, rate));
        self.writer.claim(position, false);
    }
}

fn wait_for_status(session: &Session, words: &str) -> Severity {
    let view = session.wait_for(words, |view| {
        view.health
            .status
            .as_ref()
            .is_some_and(|status| status.text.contains(words))
    });
    view.health.status.as_ref().unwrap().severity
}

#[test]
fn a_pad_marks_the_region_under_the_playhead_once_and_the_window_can_undo_it() {
    let (session, ..) = with_versions();
    let mut pads = Pads::of(&session);
    pads.press(Mark::Negative, Some(4.3));
    session.wait_for("the second region as a negative", |view| {
        view.results.regions[1].state == RegionState::Negative
    });
    wait_for_status(&session, "Marked 00:00:04.000 as not this sound");
    pads.press(Mark::Negative, Some(4.6));
    wait_for_status(&session, "already");
    let view = session.instance.view();
    assert_eq!(view.marks.negatives.len(), 1);
    session.instance.send(Command::Undo);
    session.instance.send(Command::Undo);
    session.wait_for("the negative gone", |view| view.marks.negatives.is_empty());
    pads.press(Mark::Negative, Some(12.0));
    assert_eq!(
        wait_for_status(&session, "no region at 00:00:12.000"),
        Severity::Warning
    );
}

#[test]
fn a_pad_confirms_as_the_class_that_p_was_told_or_the_only_one_or_says_what_is_missing() {
    let (session, ..) = with_versions();
    let mut pads = Pads::of(&session);
    pads.press(Mark::Positive, Some(2.5));
    wait_for_status(&session, "what class");
    session.instance.send(Command::Note(Note::MarkClass {
        class: String::from("door"),
    }));
    pads.press(Mark::Positive, Some(2.5));
    wait_for_status(&session, "Marked 00:00:02.000 as door");
    session.instance.send(Command::Note(Note::MarkClass {
        class: String::new(),
    }));
    pads.press(Mark::Positive, Some(7.5));
    wait_for_status(&session, "Marked 00:00:07.000 as door");
    let view = session.wait_for("two doors", |view| {
        view.marks.classes.iter().any(|class| class.clips == 2)
    });
    assert_eq!(view.marks.classes[0].name, "door");
}

#[test]
fn a_pad_works_without_a_window_and_while_the_transport_stands() {
    let (session, filename, _) = with_versions();
    let mut pads = Pads::of(&session);
    pads.press(Mark::Negative, None);
    wait_for_status(&session, "no region is selected");
    session.instance.send(Command::Note(Note::PointedAt {
        filename,
        span: span(7.0, 8.0),
    }));
    session.instance.send(Command::Note(Note::EditorClosed));
    pads.press(Mark::Negative, None);
    // Also when no block takes the press, because the host has sent the plugin to sleep.
    session.instance.send(Command::Note(Note::MarkClass {
        class: String::from("door"),
    }));
    std::thread::sleep(Duration::from_millis(300));
    pads.buttons.press(Mark::Positive);
    std::thread::sleep(Duration::from_millis(1500));
    session.instance.send(Command::Note(Note::EditorOpened));
    session.wait_for("the last word on the third region", |view| {
        view.results.regions[2].state == RegionState::Positive && view.marks.negatives.is_empty()
    });
}
