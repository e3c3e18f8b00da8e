//! What becomes of internal errors: the host survives them, windows show them, and nothing that was saved is lost.

#![expect(
    clippy::disallowed_methods,
    reason = "tests wait for what other threads do"
)]

mod hanging;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::coordinator::{InstanceMessage, PanicIn};
use super::{Engine, Instance};
use crate::audition::AuditionMode;
use crate::capture::{CaptureFormat, CaptureWriter, Transport, channel};
use crate::config::Config;
use crate::protocol::{
    Command, MarkKind, Note, Place, Play, ProfileTarget, Remembered, Severity, Show,
    SourceIdentity, Target, View, Work,
};
use crate::store::SourceId;
use crate::time::{SampleIndex, SampleRate, Span};

const RATE_HZ: u32 = 48_000;
const BLOCK: usize = 480;
const INTERNAL: &str = "Earmark hit an internal error and restarted; nothing saved was lost";
/// How long a test waits for what the engine does within seconds, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// Two tracks with open windows; the first one records.
struct Project {
    first: Instance,
    second: Instance,
    writer: CaptureWriter,
    position: i64,
    engine: Arc<Engine>,
    _folder: tempfile::TempDir,
}

impl Project {
    fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::from_environment().unwrap();
        config.database = Some(folder.path().join("earmark.db"));
        config.takes_folder = folder.path().join("takes");
        config.clips_folder = folder.path().join("clips");
        config.cache_folder = folder.path().join("cache");
        let engine = Engine::start(config).unwrap();
        let [first, second] = ["Dialogue 1", "Dialogue 2"].map(|name| {
            let instance = engine.add_instance(SourceIdentity {
                id: SourceId::random(),
                name: String::from(name),
            });
            instance.send(Command::Note(Note::EditorOpened));
            instance
        });
        let format = CaptureFormat {
            rate: SampleRate::new(RATE_HZ).unwrap(),
            channels: 1,
            max_block_frames: BLOCK,
        };
        let (writer, reader) = channel(format, 12.0);
        first.connect(reader);
        Self {
            first,
            second,
            writer,
            position: 0,
            engine,
            _folder: folder,
        }
    }

    /// Two seconds that are played and stopped; returns the take's name.
    fn begin_with_a_take() -> (Self, String) {
        let mut project = Self::begin();
        project.play(2);
        let view = wait_for(&project.first, "the take", |view| {
            view.source.takes.iter().any(|take| take.duration_s > 1.99)
        });
        let take = view.source.takes[0].filename.clone();
        (project, take)
    }

    fn play(&mut self, seconds: usize) {
        for _ in 0..seconds * RATE_HZ as usize / BLOCK {
            let position = Some(SampleIndex(self.position));
            let block = [0.1_f32; BLOCK];
            self.writer
                .push(Transport::Rolling { position }, true, &[&block]);
            self.position += BLOCK as i64;
        }
        self.writer
            .push(Transport::Stopped, true, &[&[0.0_f32; BLOCK]]);
    }

    fn panic(&self, place: PanicIn) {
        self.first.tell(InstanceMessage::Panic(place));
    }
}

fn wait_for(instance: &Instance, what: &str, holds: impl Fn(&View) -> bool) -> Arc<View> {
    let begun = Instant::now();
    loop {
        let view = instance.view();
        if holds(&view) {
            return view;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "waited in vain for {what}; status: {:?}; obstacles: {:?}; takes: {:?}",
            view.health.status,
            view.health.obstacles,
            view.source.takes
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn says(view: &View, words: &str) -> bool {
    let status = view.health.status.as_ref();
    status.is_some_and(|status| status.severity == Severity::Error && status.text == words)
}

fn is_stopped(view: &View, words: &str) -> bool {
    let mut obstacles = view.health.obstacles.iter();
    obstacles
        .any(|obstacle| obstacle.what == format!("Earmark hit several internal errors, so {words}"))
}

fn mark_negative(instance: &Instance, take: &str, start_s: f64) {
    let place = instance.view().place_in(Some(take));
    mark(instance, place, MarkKind::Negative, start_s);
}

fn mark(instance: &Instance, place: Place, kind: MarkKind, start_s: f64) {
    let target = Target::Marked {
        kind,
        spans: vec![Span::new(start_s, start_s + 0.2).unwrap()],
        marked: true,
        band: None,
    };
    instance.send(Command::change(place, target));
}

fn change_profile(instance: &Instance, target: ProfileTarget) {
    let place = instance.view().place();
    instance.send(Command::change(place, Target::Profile(target)));
}

#[test]
fn after_a_panic_of_the_coordinator_marks_are_there_and_marking_and_recording_go_on() {
    for place in [PanicIn::Handler, PanicIn::Broadcast] {
        let (mut project, take) = Project::begin_with_a_take();
        mark_negative(&project.first, &take, 0.1);
        for window in [&project.first, &project.second] {
            wait_for(window, "the mark", |view| view.marks.negatives.len() == 1);
        }
        project
            .first
            .send(Command::Show(Show::Threshold { threshold: 0.75 }));

        project.panic(place);
        for window in [&project.first, &project.second] {
            wait_for(window, "the words about it", |view| says(view, INTERNAL));
            wait_for(window, "the saved mark", |view| {
                view.marks.negatives.len() == 1
            });
        }
        let view = wait_for(&project.first, "the take", |view| {
            view.source.takes.len() == 1
        });
        assert_eq!(view.shown.take.as_deref(), Some(take.as_str()));
        assert_eq!(view.shown.threshold, 0.75, "what was chosen stays");

        mark_negative(&project.first, &take, 0.5);
        for window in [&project.first, &project.second] {
            wait_for(window, "another mark", |view| {
                view.marks.negatives.len() == 2
            });
        }
        project.play(1);
        wait_for(&project.first, "the take to grow", |view| {
            view.source.takes.iter().any(|take| take.duration_s > 2.99)
        });
    }
}

#[test]
fn another_window_keeps_its_undo_when_a_message_of_the_first_panics() {
    let (project, take) = Project::begin_with_a_take();
    let name = String::from("film");
    change_profile(&project.second, ProfileTarget::Exists { name });
    mark_negative(&project.first, &take, 0.1);
    wait_for(&project.first, "an undo", |view| view.marks.undo.is_some());
    wait_for(&project.second, "an undo", |view| view.marks.undo.is_some());
    project.panic(PanicIn::Handler);
    let second = wait_for(&project.second, "the words", |view| says(view, INTERNAL));
    assert!(second.marks.undo.is_some());
    let first = wait_for(&project.first, "the words", |view| says(view, INTERNAL));
    assert!(first.marks.undo.is_none(), "it may have been half changed");
}

#[test]
fn after_a_panic_of_the_worker_its_job_ends_and_it_works_again() {
    let (project, take) = Project::begin_with_a_take();
    mark_negative(&project.first, &take, 0.1);
    wait_for(&project.first, "the mark", |view| {
        view.marks.negatives.len() == 1
    });
    project.panic(PanicIn::Worker);
    for window in [&project.first, &project.second] {
        let view = wait_for(window, "the words about it", |view| says(view, INTERNAL));
        assert!(view.activity.job.is_none());
    }
    mark_negative(&project.first, &take, 0.5);
    wait_for(&project.first, "another mark", |view| {
        view.marks.negatives.len() == 2
    });
    project.first.send(Command::Show(Show::Survey));
    wait_for(&project.first, "the worker's answer", |view| {
        view.storage.survey.is_some()
    });
}

#[test]
fn a_worker_that_panics_without_end_stays_down_and_marking_goes_on() {
    let (project, take) = Project::begin_with_a_take();
    for _ in 0..10 {
        project.panic(PanicIn::Worker);
    }
    let words = "scans and trainings are stopped";
    for window in [&project.first, &project.second] {
        wait_for(window, "the obstacle", |view| is_stopped(view, words));
    }
    project.first.send(Command::Work(Work::Scan));
    let refusal = wait_for(&project.first, "an answer", |view| {
        let status = view.health.status.as_ref();
        view.activity.job.is_none() && status.is_some_and(|it| it.text.contains("is stopped"))
    });
    assert!(refusal.activity.job.is_none());
    mark_negative(&project.first, &take, 0.1);
    wait_for(&project.first, "the mark", |view| {
        view.marks.negatives.len() == 1
    });
    let later = project.engine.add_instance(SourceIdentity {
        id: SourceId::random(),
        name: String::from("Dialogue 3"),
    });
    later.send(Command::Note(Note::EditorOpened));
    wait_for(&later, "the obstacle", |view| is_stopped(view, words));
}

#[test]
fn after_a_panic_of_the_audition_thread_auditions_are_answered_again() {
    let (project, filename) = Project::begin_with_a_take();
    project.panic(PanicIn::Audition);
    for window in [&project.first, &project.second] {
        wait_for(window, "the words about it", |view| says(view, INTERNAL));
    }
    project.first.send(Command::Play(Play::Stretch {
        filename,
        span: Span::new(0.1, 0.3).unwrap(),
        mode: AuditionMode::Replace,
    }));
    // No host processes this instance.
    wait_for(&project.first, "how it ended", |view| {
        let status = view.health.status.as_ref();
        status.is_some_and(|status| status.text.starts_with("The host does not run Earmark"))
    });
}

#[test]
fn a_coordinator_that_panics_without_end_stays_down_says_so_and_lets_the_host_go_on() {
    let (project, take) = Project::begin_with_a_take();
    mark_negative(&project.first, &take, 0.1);
    wait_for(&project.first, "the mark", |view| {
        view.marks.negatives.len() == 1
    });
    project.panic(PanicIn::EveryLook);
    for window in [&project.first, &project.second] {
        wait_for(window, "the obstacle", |view| {
            is_stopped(view, "it is stopped")
        });
    }
    let later = project.engine.add_instance(SourceIdentity {
        id: SourceId::random(),
        name: String::from("Dialogue 3"),
    });
    wait_for(&later, "the obstacle", |view| {
        is_stopped(view, "it is stopped")
    });
    let store = project._folder.path().join("earmark.db");
    drop(later);
    drop(project.first);
    drop(project.second);
    drop(project.engine);
    let store = crate::store::StoreHandle::new(Some(store)).unwrap();
    let negatives = store
        .with(|store| store.negatives("default", None))
        .unwrap();
    assert_eq!(negatives.len(), 1, "what was saved is there");
}

fn remembers(instance: &Instance, what: &str, holds: impl Fn(&Remembered) -> bool) -> Remembered {
    let begun = Instant::now();
    loop {
        let remembered = instance.remembered();
        if let Some(remembered) = remembered.clone().filter(|it| holds(it)) {
            return remembered;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "waited in vain for {what}: {remembered:?}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_profile_that_one_window_renames_is_remembered_under_its_new_name_by_the_other() {
    for is_open in [true, false] {
        let project = Project::begin();
        let film = String::from("film");
        change_profile(&project.first, ProfileTarget::Exists { name: film.clone() });
        remembers(&project.first, "the profile", |it| it.profile == "film");
        let profile = film.clone();
        project
            .second
            .send(Command::Show(Show::Profile { profile }));
        if !is_open {
            project.second.send(Command::Note(Note::EditorClosed));
        }
        remembers(&project.second, "the profile", |it| it.profile == "film");

        let renamed = ProfileTarget::Renamed {
            from: film.clone(),
            to: String::from("series"),
        };
        change_profile(&project.first, renamed);
        for window in [&project.first, &project.second] {
            remembers(window, "its new name", |it| it.profile == "series");
        }
        // The profile that always exists cannot be renamed, nor can a name be taken twice.
        let refused = ProfileTarget::Renamed {
            from: String::from("series"),
            to: String::from("default"),
        };
        change_profile(&project.first, refused);
        wait_for(&project.first, "the refusal", |view| {
            let status = view.health.status.as_ref();
            status.is_some_and(|status| status.severity == Severity::Error)
        });
        let first = remembers(&project.first, "an answer", |_| true);
        assert_eq!(first.profile, "series", "a refused rename changes nothing");

        project.first.send(Command::Undo);
        for window in [&project.first, &project.second] {
            remembers(window, "its former name", |it| it.profile == "film");
        }
    }
}
