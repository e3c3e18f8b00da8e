//! Ten sounds looked for at once beside one of them: with nothing cached; from the cache with the very same background; from the cache as
//! they come from trainings beside one recording, each with its own marks; and from the cache where each sound was trained on another day,
//! so that its classifier shares neither space nor background with the others.

use std::path::Path;

use earmark_core::config::Config;
use earmark_core::embed::Manifest;
use earmark_core::job::JobControl;
use earmark_core::protocol::JobKind;
use earmark_core::recording::Recording;
use earmark_core::store::StoreHandle;
use earmark_core::worker::{SoundsRequest, Worker};

use super::effort::{Effort, say};
use super::material::{self, Failure, Kinship, SOUNDS};
use super::{Figure, side_by_side};

const HOURS: f64 = 1.0;
const COLD_MINUTES: usize = 4;

/// A machine with ten sounds and a recording.
struct Watcher {
    /// Everything lies in it.
    _folder: tempfile::TempDir,
    config: Config,
    store: StoreHandle,
    manifest: Manifest,
    recording: Recording,
}

impl Watcher {
    fn new(seconds: usize, kinship: Kinship) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let recording = material::write_recording(folder.path(), seconds, 1)?;
        let manifest = material::manifest()?;
        let config = material::config(folder.path(), material::all_cores())?;
        let store = StoreHandle::new(config.database.clone())?;
        say(format!("learning {SOUNDS} sounds"));
        if kinship != Kinship::OwnMarks {
            material::save_sounds(&store, &manifest, kinship)?;
        }
        Ok(Self {
            _folder: folder,
            config,
            store,
            manifest,
            recording,
        })
    }

    /// The figure `name`: milliseconds of a scan for all sounds beside one for the first. `prepare` gets the cache's folder before
    /// each.
    fn compare(
        &self,
        (name, what): (&'static str, &str),
        rounds: usize,
        prepare: impl Fn(&Path) -> Result<(), Failure>,
    ) -> Result<Figure, Failure> {
        let worker = || Worker::new(self.config.clone(), self.store.clone());
        let (mut many, mut one) = (worker(), worker());
        let scan = |worker: &mut Worker, sounds: usize| -> Result<(), Failure> {
            prepare(&self.config.cache_folder)?;
            worker.forget(&self.recording.path);
            let request = SoundsRequest {
                recording: self.recording.clone(),
                profiles: (0..sounds).map(material::profile_of).collect(),
                model: self.manifest.key().to_owned(),
                threshold: 0.5,
            };
            worker.scan_sounds(&request, &JobControl::new(JobKind::Scanning))?;
            Ok(())
        };
        let (many, one) = side_by_side(rounds, || scan(&mut many, SOUNDS), || scan(&mut one, 1))?;
        let (many, one) = (many.as_secs_f64() * 1e3, one.as_secs_f64() * 1e3);
        Ok(Figure {
            name,
            value: many,
            unit: "ms",
            against: format!("{what}; one of the {SOUNDS} sounds: {one:.0} ms"),
            ratio: many / one,
        })
    }
}

pub fn measure(effort: Effort) -> Result<Vec<Figure>, Failure> {
    let cold = Watcher::new(COLD_MINUTES * 60, Kinship::Together)?.compare(
        ("watch_10_sounds", "four minutes, nothing cached"),
        effort.choose(3, 7),
        |cache| match std::fs::remove_dir_all(cache) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        },
    )?;
    let mut figures = vec![cold];
    let kinds = [
        ("watch_10_sounds_cached", Kinship::Together),
        ("watch_10_sounds_own_marks_cached", Kinship::OwnMarks),
        ("watch_10_sounds_apart_cached", Kinship::Apart),
    ];
    for (name, kinship) in kinds {
        // Never read: a rescan reads only the cache.
        let watcher = Watcher::new(1, kinship)?;
        say("filling the cache with an hour");
        material::save_embeddings(
            &watcher.config,
            &watcher.recording,
            &watcher.manifest,
            HOURS,
        )?;
        if kinship == Kinship::OwnMarks {
            say(format!("training {SOUNDS} sounds, each from its own marks"));
            let Watcher { config, store, .. } = &watcher;
            material::train_sounds(config, store, &watcher.manifest, &watcher.recording)?;
        }
        let what = match kinship {
            Kinship::Together => "an hour, embeddings cached",
            Kinship::OwnMarks => "the same, each sound trained from its own marks in that hour",
            Kinship::Apart => "the same, each sound with a space and a background of its own",
        };
        figures.push(watcher.compare((name, what), effort.choose(9, 15), |_| Ok(()))?);
    }
    Ok(figures)
}
