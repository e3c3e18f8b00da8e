//! Several sounds at once: one pass over the embeddings, a version for each, the same as a scan for that sound alone.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use earmark_core::classifier::Origin;
use earmark_core::config::Config;
use earmark_core::job::JobControl;
use earmark_core::protocol::{
    Command, EngineError, JobKind, ProfileTarget, RegionState, RegionView, Show, Target,
    TrainRequest, View, Work,
};
use earmark_core::recording::Recording;
use earmark_core::store::{NewClip, StoreHandle};
use earmark_core::time::SampleRate;
use earmark_core::worker::{Finished, LiveChange, ScanRequest, SoundsRequest, TrainPlan, Worker};
use tempfile::TempDir;

use super::session::{Session, WARBLE_AT_S, soundscape};
use super::{confirm_three, span, trained};

const RATE_HZ: u32 = 44_100;
const MODEL: &str = "AISFX";
/// Seconds from one sound to the next of its kind.
const EVERY_S: u32 = 10;
/// A little more than the 4,000 windows that a projection needs.
const LONG_S: u32 = 760;
const SHORT_S: u32 = 60;

/// Noise with a warble and, some seconds later, a buzz every ten seconds; three of each are clips in a profile of their own.
struct Sandbox {
    folder: TempDir,
    store: StoreHandle,
    take: PathBuf,
    length_s: u32,
}

/// A profile, which is named for its sound, and how many seconds after a full ten it sounds.
const SOUNDS: [(&str, f64); 2] = [("warble", 0.0), ("buzz", 4.0)];

impl Sandbox {
    fn new(length_s: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let take = folder.path().join("take.wav");
        let store = StoreHandle::new(Some(folder.path().join("earmark.db"))).unwrap();
        let sandbox = Self {
            folder,
            store,
            take,
            length_s,
        };
        sandbox.write();
        for (profile, offset_s) in SOUNDS {
            for index in 1..4 {
                let start_s = f64::from(index * EVERY_S) + offset_s;
                let path = sandbox.folder.path();
                let output_path = path.join(format!("{profile}/{index}/clip.wav"));
                let clip = NewClip {
                    filename: "take.wav",
                    span: span(start_s, start_s + 0.9),
                    output_path: &output_path,
                    source_path: &sandbox.take,
                    profile,
                    spread_s: 0.0,
                    scan_export: false,
                    label: "",
                };
                sandbox.store.with(|store| store.add_clip(&clip)).unwrap();
            }
        }
        sandbox
    }

    fn write(&self) {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: RATE_HZ,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut writer = hound::WavWriter::create(&self.take, spec).unwrap();
        let mut random = fastrand::Rng::with_seed(11);
        for frame in 0..self.length_s * RATE_HZ {
            let time_s = f64::from(frame) / f64::from(RATE_HZ);
            let within_s = time_s % f64::from(EVERY_S);
            let warble = match within_s < 0.9 {
                true => {
                    let height_hz = 1_000.0 + 400.0 * (time_s * 40.0).sin();
                    (within_s * height_hz * std::f64::consts::TAU).sin() as f32
                }
                false => 0.0,
            };
            let buzz = match (4.0..4.9).contains(&within_s) {
                true => ((time_s * 110.0).fract() - 0.5) as f32,
                false => 0.0,
            };
            let noise = 0.06 * (random.f32() - 0.5);
            writer.write_sample(0.3 * (warble + buzz) + noise).unwrap();
        }
        writer.finalize().unwrap();
    }

    fn worker(&self) -> Worker {
        let mut config = Config::from_environment().unwrap();
        config.cache_folder = self.folder.path().join("cache");
        Worker::new(config, self.store.clone())
    }

    fn recording(&self) -> Recording {
        Recording::open(&self.store, &self.take).unwrap()
    }

    fn plan(&self, profile: &str) -> TrainPlan {
        TrainPlan {
            profile: profile.to_owned(),
            model: String::from(MODEL),
            request: TrainRequest {
                positive_classes: vec![profile.to_owned()],
                ..TrainRequest::default()
            },
            background: vec![self.recording()],
        }
    }

    fn train(&self, worker: &mut Worker, profile: &str) {
        worker.train(&self.plan(profile), &job()).unwrap();
    }

    /// The space that a training would learn in, and the bits of the background that it would learn from.
    fn learned_beside(&self, mut worker: Worker, plan: &TrainPlan) -> (String, HashSet<Vec<u32>>) {
        let material = worker.training_examples(plan, &job()).unwrap();
        let examples = material.examples.iter();
        let background = examples.filter(|example| example.origin == Origin::Background);
        let bits = background.map(|it| it.vector.iter().map(|value| value.to_bits()).collect());
        (material.space.identity().to_owned(), bits.collect())
    }

    /// A little of the same sound, in a file of its own.
    fn second_recording(&self) -> Recording {
        let path = self.folder.path().join("second.wav");
        std::fs::copy(&self.take, &path).unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_len(44 + 4 * u64::from(30 * RATE_HZ)).unwrap();
        Recording::open(&self.store, &path).unwrap()
    }

    fn for_sounds(&self, profiles: &[&str]) -> SoundsRequest {
        SoundsRequest {
            recording: self.recording(),
            profiles: profiles.iter().map(|name| (*name).to_owned()).collect(),
            model: String::from(MODEL),
            threshold: 0.3,
        }
    }

    fn alone(&self, profile: &str) -> ScanRequest {
        self.for_sounds(&[profile]).for_sound(profile)
    }

    /// Start, end and score of each region of a version, newest first.
    fn regions(&self, profile: &str, version: usize) -> Vec<(f64, f64, f32)> {
        let found = self.store.with(|store| {
            let versions = store.versions("take.wav", profile, MODEL)?;
            let timestamp = &versions.get(version).unwrap().timestamp;
            store.regions("take.wav", profile, MODEL, timestamp)
        });
        let regions = found.unwrap().into_iter();
        let regions = regions.map(|row| (row.span.start_s(), row.span.end_s(), row.score));
        regions.collect()
    }

    /// Compares the newest version of a sound with the one before.
    fn expect_two_like_versions(&self, profile: &str) {
        let (newest, before) = (self.regions(profile, 0), self.regions(profile, 1));
        assert!(newest.len() >= 3, "{newest:?}");
        assert_eq!(newest.len(), before.len(), "{newest:?} {before:?}");
        for (a, b) in newest.iter().zip(&before) {
            let is_same = (a.0 - b.0).abs() < 1e-3 && (a.1 - b.1).abs() < 1e-3;
            assert!(is_same && (a.2 - b.2).abs() < 1e-4, "{a:?} {b:?}");
        }
    }
}

fn job() -> JobControl {
    JobControl::new(JobKind::Scanning)
}

#[test]
fn several_sounds_are_found_in_one_pass_as_each_is_by_itself_whatever_space_each_was_learned_in() {
    let sandbox = Sandbox::new(LONG_S);
    let mut worker = sandbox.worker();
    for (profile, _) in SOUNDS {
        sandbox.train(&mut worker, profile);
    }
    let both = sandbox.for_sounds(&["warble", "buzz"]);
    let together = worker.scan_sounds(&both, &job()).unwrap();
    let profiles: Vec<&str> = together.iter().map(|one| one.profile.as_str()).collect();
    assert_eq!(profiles, ["warble", "buzz"]);
    for (outcome, (profile, offset_s)) in together.iter().zip(SOUNDS) {
        // Another process, which finds what the first kept.
        let alone = sandbox.worker().scan(&sandbox.alone(profile), &job());
        let alone = alone.unwrap();
        assert_eq!((outcome.saved.number, alone.saved.number), (1, 2));
        let pairs = outcome.scores.scores.iter().zip(&alone.scores.scores);
        for (joint, alone) in pairs {
            assert!((joint - alone).abs() < 1e-4, "{joint} {alone}");
        }
        sandbox.expect_two_like_versions(profile);
        let regions = sandbox.regions(profile, 0);
        let is_found = |at_s: f64| regions.iter().any(|one| one.0 < at_s && at_s < one.1);
        assert!(is_found(f64::from(EVERY_S) + offset_s + 0.4));
        let others = SOUNDS.iter().filter(|(other, _)| *other != profile);
        for (_, other_s) in others {
            assert!(!is_found(f64::from(EVERY_S) + other_s + 0.4), "{regions:?}");
        }
    }

    // The next sound is learned beside a recording that is a little shorter, as takes grow between trainings.
    let file = std::fs::File::options().write(true).open(&sandbox.take);
    let bytes = std::fs::metadata(&sandbox.take).unwrap().len();
    file.unwrap().set_len(bytes - 44_100 * 4).unwrap();
    let mut worker = sandbox.worker();
    sandbox.train(&mut worker, "buzz");
    let entries = || {
        let found = std::fs::read_dir(sandbox.folder.path().join("cache")).unwrap();
        found.count()
    };
    worker.scan_sounds(&both, &job()).unwrap();
    let kept = entries();
    for (profile, _) in SOUNDS {
        let alone = sandbox.alone(profile);
        sandbox.worker().scan(&alone, &job()).unwrap();
        sandbox.expect_two_like_versions(profile);
    }
    assert_eq!(
        entries(),
        kept,
        "the points of both spaces lie beside each other"
    );
}

#[test]
fn two_sounds_beside_the_same_recordings_share_their_space_and_most_of_their_background() {
    let sandbox = Sandbox::new(LONG_S);
    let second = sandbox.second_recording();
    let plan = |profile: &str, reversed: bool| {
        let mut plan = sandbox.plan(profile);
        plan.background.push(second.clone());
        if reversed {
            plan.background.reverse();
        }
        plan
    };
    // Each in a process of its own, and in another order.
    let (space, of_warble) = sandbox.learned_beside(sandbox.worker(), &plan("warble", false));
    let mut one_thread = Config::from_environment().unwrap();
    one_thread.cache_folder = sandbox.folder.path().join("cache");
    one_thread.inference_threads = Some(NonZeroUsize::MIN);
    let one_thread = Worker::new(one_thread, sandbox.store.clone());
    let (same_space, of_buzz) = sandbox.learned_beside(one_thread, &plan("buzz", true));
    assert_eq!(space, same_space);
    let shared = of_warble.intersection(&of_buzz).count();
    assert!(
        of_warble.len() > 250 && shared * 10 >= of_warble.len() * 8,
        "{shared}"
    );

    // Without the second recording only its windows are replaced.
    let (other_space, of_one) = sandbox.learned_beside(sandbox.worker(), &sandbox.plan("warble"));
    assert_ne!(space, other_space);
    let shared = of_one.intersection(&of_warble).count();
    assert!(shared * 10 >= of_warble.len() * 9, "{shared}");
}

#[test]
fn a_sound_that_nothing_was_learned_for_does_not_keep_the_others_from_being_found() {
    let sandbox = Sandbox::new(SHORT_S);
    let mut worker = sandbox.worker();
    let both = sandbox.for_sounds(&["buzz", "warble", "buzz"]);
    let refused = worker.scan_sounds(&both, &job());
    assert!(matches!(
        refused,
        Err(EngineError::NoClassifier { profile, .. }) if profile == "buzz"
    ));
    sandbox.train(&mut worker, "warble");
    let found = worker.scan_sounds(&both, &job()).unwrap();
    let profiles: Vec<&str> = found.iter().map(|one| one.profile.as_str()).collect();
    assert_eq!(profiles, ["warble"]);
    let versions = |profile: &str| {
        let versions =
            |store: &mut earmark_core::store::Store| store.versions("take.wav", profile, MODEL);
        sandbox.store.with(versions).unwrap().len()
    };
    assert_eq!((versions("warble"), versions("buzz")), (1, 0));
}

#[test]
fn a_live_scan_for_two_sounds_says_what_a_scan_for_each_says_and_saves_each_once() {
    let sandbox = Sandbox::new(SHORT_S);
    let mut worker = sandbox.worker();
    sandbox.train(&mut worker, "warble");
    sandbox.train(&mut worker, "buzz");
    let both = sandbox.for_sounds(&["warble", "buzz"]);
    let mut live = sandbox.worker();
    let change = |frames, finished| LiveChange {
        recording: sandbox.recording(),
        frames,
        rate: SampleRate::new(RATE_HZ).unwrap(),
        finished,
    };
    let half = u64::from(SHORT_S / 2 * RATE_HZ);
    let heard = change(0..half, false);
    live.note(&heard);
    let followed = live.follow(&heard, &both.profiles, MODEL, &job()).unwrap();
    let profiles: Vec<&str> = followed
        .scores
        .iter()
        .map(|it| it.profile.as_str())
        .collect();
    assert_eq!(profiles, ["warble", "buzz"]);
    // A sound that is watched from now on is looked for from the beginning.
    let rest = change(half..2 * half, true);
    live.note(&rest);
    let Finished::Saved(saved) = live.finish(&rest, &both, &job()).unwrap() else {
        panic!("a minute is followed in one go")
    };
    assert_eq!(saved.len(), 2);
    for (profile, _) in SOUNDS {
        let alone = sandbox.alone(profile);
        sandbox.worker().scan(&alone, &job()).unwrap();
        sandbox.expect_two_like_versions(profile);
    }
    // The same end again, as after a stop without a start.
    let again = live.finish(&change(0..0, true), &both, &job()).unwrap();
    assert!(matches!(again, Finished::Saved(saved) if saved.is_empty()));
}

/// A sound that is not the warble: where the steady tones of the soundscape are.
const TONE_AT_S: [f64; 4] = [8.5, 13.5, 18.5, 24.0];

/// A session that has learned the warble in the profile `default` and the tone in a profile of its own, and shows the former.
fn with_two_sounds() -> Session {
    let (session, view) = Session::recorded();
    let take = view.source.takes[0].filename.clone();
    confirm_three(&session, &take);
    trained(&session, true);
    let name = String::from("tone");
    session.change(Target::Profile(ProfileTarget::Exists { name }));
    session.wait_for("the new profile", |view| view.shown.profile == "tone");
    for at_s in &TONE_AT_S[..3] {
        let stretch = session
            .instance
            .view()
            .stretch(&take, span(*at_s, at_s + 0.5));
        session.instance.send(stretch.positive("tone"));
    }
    session.wait_for("three tones", |view| {
        view.marks.classes.iter().any(|class| class.clips == 3)
    });
    let request = TrainRequest {
        positive_classes: vec![String::from("tone")],
        ..TrainRequest::default()
    };
    session.instance.send(Command::Work(Work::Train(request)));
    session.wait_for("the second classifier", |view| {
        view.learning.classifiers.len() == 1
            && view.activity.job.is_none()
            && !view.results.versions.is_empty()
    });
    let profile = String::from("default");
    session
        .instance
        .send(Command::Show(Show::Profile { profile }));
    session.wait_for("the first profile", |view| {
        view.shown.profile == "default" && !view.results.versions.is_empty()
    });
    session
}

fn watch(session: &Session, profiles: &[&str]) {
    let profiles = profiles.iter().map(|name| (*name).to_owned()).collect();
    session
        .instance
        .send(Command::Show(Show::Watched { profiles }));
}

/// The region of the sound of `profile` at `at_s`, if it is listed.
fn listed<'a>(view: &'a View, profile: &str, at_s: f64) -> Option<&'a RegionView> {
    view.results.regions.iter().find(|region| {
        let sound = view.results.sound_of(region);
        sound.is_some_and(|sound| sound.profile == profile)
            && region.span.start_s() < at_s
            && at_s < region.span.end_s()
    })
}

fn lists_both(view: &View) -> bool {
    listed(view, "default", WARBLE_AT_S[4] + 0.3).is_some()
        && listed(view, "tone", TONE_AT_S[1] + 0.25).is_some()
}

#[test]
fn two_watched_sounds_are_listed_marked_and_undone_each_in_its_own_profile() {
    let session = with_two_sounds();
    let alone = session.instance.view();
    assert!(alone.results.sounds.is_empty(), "one sound is as ever");
    watch(&session, &["tone"]);
    let view = session.wait_for("both sounds", lists_both);
    assert_eq!(view.shown.watched, ["tone"]);
    assert_eq!(
        view.results.own_regions().count(),
        alone.results.regions.len()
    );
    let tone = listed(&view, "tone", TONE_AT_S[1] + 0.25).unwrap();
    let (id, at_s) = (tone.id.unwrap(), TONE_AT_S[1] + 0.25);
    session.instance.send(view.select(&[id]).negative());
    let state_is = move |view: &View, state| {
        listed(view, "tone", at_s).is_some_and(|region| region.state == state)
    };
    let view = session.wait_for("the mark", |view| state_is(view, RegionState::Negative));
    assert!(view.marks.negatives.is_empty(), "none of the shown profile");
    session.instance.send(Command::Undo);
    session.wait_for("no mark", |view| !state_is(view, RegionState::Negative));

    // Rows of both sounds are one mark, and one step back.
    let warble = listed(&view, "default", WARBLE_AT_S[0] + 0.25).unwrap();
    let both = [warble.id.unwrap(), id];
    let before = session.instance.view().marks.undo.clone();
    let view = session.instance.view();
    session
        .instance
        .send(view.select_all(&both).negative().unwrap());
    let warble_is = |view: &View, state| {
        listed(view, "default", WARBLE_AT_S[0] + 0.25).is_some_and(|it| it.state == state)
    };
    let view = session.wait_for("both marks", |view| {
        state_is(view, RegionState::Negative) && warble_is(view, RegionState::Negative)
    });
    let label = Some(String::from("marking 2 regions as not this sound"));
    assert_eq!(view.marks.undo, label);
    session.instance.send(Command::Undo);
    let view = session.wait_for("neither mark", |view| {
        !state_is(view, RegionState::Negative) && !warble_is(view, RegionState::Negative)
    });
    assert_eq!(view.marks.undo, before);

    // A scan looks for both, and each gets a version.
    session.instance.send(Command::Work(Work::Scan));
    let view = session.wait_for("the scan", |view| {
        let status = view.health.status.as_ref();
        status.is_some_and(|status| status.text.starts_with("Looked for 2 sounds"))
    });
    assert!(lists_both(&view));
    // What is no longer watched is no longer listed.
    watch(&session, &[]);
    let view = session.wait_for("one sound", |view| view.results.sounds.is_empty());
    assert!(view.results.regions.iter().all(|region| region.sound == 0));
}

#[test]
fn a_live_take_is_searched_for_every_watched_sound_and_the_list_follows_its_profiles() {
    let mut session = with_two_sounds();
    watch(&session, &["tone"]);
    session.wait_for("both sounds", lists_both);
    session.jump_to_s(100.0);
    session.play(&soundscape());
    session.stop();
    let view = session.wait_for("both sounds in the second take", |view| {
        let newest = view.source.takes.iter().find(|take| take.start_s > 50.0);
        newest.is_some_and(|take| view.shown.take.as_ref() == Some(&take.filename))
            && lists_both(view)
            && view
                .results
                .sounds
                .iter()
                .all(|sound| sound.version.is_some())
    });
    assert!(
        view.results
            .regions
            .iter()
            .all(|region| region.id.is_some())
    );

    let renamed = ProfileTarget::Renamed {
        from: String::from("tone"),
        to: String::from("beep"),
    };
    session.change(Target::Profile(renamed));
    let view = session.wait_for("the new name", |view| view.shown.watched == ["beep"]);
    assert_eq!(view.shown.profile, "default");
    session.wait_for("its regions", |view| {
        listed(view, "beep", TONE_AT_S[1] + 0.25).is_some()
    });
    let remembered = || session.instance.remembered();
    while remembered().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(remembered().unwrap().watched, ["beep"]);
    let name = String::from("beep");
    session.change(Target::Profile(ProfileTarget::Deleted { name }));
    session.wait_for("no other sound", |view| {
        view.shown.watched.is_empty() && view.results.sounds.is_empty()
    });
}
