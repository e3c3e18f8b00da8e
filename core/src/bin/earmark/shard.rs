//! `scan --prepare` and `scan --shard`: a scan that many computers share, by nothing but a folder.
//!
//! Blocks on the disk and runs models; the main thread. It must never open the database.

use std::path::{Path, PathBuf};
use std::time::Instant;

use earmark_core::audio;
use earmark_core::config::Config;
use earmark_core::job::JobControl;
use earmark_core::pack::Pack;
use earmark_core::pack::exchange::installed_model;
use earmark_core::platform::path_text;
use earmark_core::protocol::{EngineError, JobKind};
use earmark_core::recording::Recording;
use earmark_core::scan::{RegionShape, WindowScores, regions};
use earmark_core::shard::{
    FileResult, FileState, Found, Journal, Outcome, Part, PlannedFile, PlannedSound, Plans,
    ScannedFile, ShardFolder, WantedPart,
};
use earmark_core::store::{FoundFile, StoreHandle};
use earmark_core::words::counted;
use earmark_core::worker::{Together, Worker};
use serde::Serialize;

use super::Context;
use super::arguments::ScanArguments;
use super::failure::{Failed, Failure};
use super::progress::while_shown;
use super::shard_plan::{expect_same, prepare, show_plan};

/// What a task did.
#[derive(Serialize)]
struct Report {
    shard: String,
    files: usize,
    /// Scanned by this run.
    scanned: usize,
    /// Finished before.
    skipped: usize,
    regions: usize,
    seconds: f64,
    journal: PathBuf,
}

/// A task at work.
struct Task<'a> {
    context: &'a Context,
    folder: ShardFolder,
    sounds: Vec<PlannedSound>,
    /// The sounds of each model by their numbers, and the classifiers that find them.
    together: Vec<(Vec<usize>, Together)>,
    worker: Worker,
    /// Vectors of the file at work; its contents go with the file.
    scratch: Option<tempfile::TempDir>,
    journal: Journal,
    job: JobControl,
}

pub fn run(context: &Context, arguments: &ScanArguments, out: &Path) -> Result<(), Failure> {
    let shared = &arguments.shared;
    let folder = ShardFolder::new(out);
    if shared.shard.is_none() && shared.prepare.is_none() {
        return Err(Failure::NoShard);
    }
    let parts = shared.prepare.or(shared.shard.and_then(WantedPart::of));
    if let Some(parts) = parts.filter(|_| !folder.plan().exists()) {
        prepare(context, arguments, &folder, parts)?;
    }
    let mut plans = Plans::open(&folder)?;
    if let Some(parts) = shared.prepare
        && parts.get() as usize != plans.plan.parts()
    {
        context.output.note(&format!(
            "{} was planned in {} before, and a plan never changes: name another folder after --out for another plan",
            folder.path().display(),
            counted(plans.plan.parts(), "part")
        ));
    }
    expect_same(&plans, &folder, arguments)?;
    match shared.shard {
        None => show_plan(context, &plans),
        Some(part) => {
            let part = part.of_planned(plans.plan.parts())?;
            work(context, arguments, folder, &mut plans, part)
        }
    }
}

fn work(
    context: &Context,
    arguments: &ScanArguments,
    folder: ShardFolder,
    plans: &mut Plans,
    part: Part,
) -> Result<(), Failure> {
    let begun = Instant::now();
    let sounds = plans.plan.sounds.clone();
    let packs = sounds
        .iter()
        .map(|sound| Pack::load(&folder.pack(&sound.classifier)));
    let packs: Vec<Pack> = packs.collect::<Result<_, _>>()?;
    for pack in &packs {
        installed_model(pack)?;
    }
    let files = plans.part(part)?;
    let cannot = |source| Failure::Unwritable {
        path: folder.path().to_owned(),
        source,
    };
    let scratch = match arguments.shared.keep_embeddings {
        true => None,
        false => Some(tempfile::tempdir().map_err(cannot)?),
    };
    let mut config = context.config.clone();
    if let Some(scratch) = &scratch {
        config = Config {
            cache_folder: scratch.path().join("embeddings"),
            ..config
        };
    }
    let mut task = Task {
        context,
        journal: Journal::create(&folder, part).map_err(cannot)?,
        folder,
        together: by_model(&sounds, &packs),
        sounds,
        worker: Worker::new(config, StoreHandle::without_database()),
        scratch,
        job: JobControl::new(JobKind::Scanning),
    };
    let job = task.job.clone();
    let mut report = Report {
        shard: part.to_string(),
        files: files.len(),
        scanned: 0,
        skipped: 0,
        regions: 0,
        seconds: 0.0,
        journal: task.journal.path().to_owned(),
    };
    let mut failed = Vec::new();
    while_shown(context.output.bar(), &job, || {
        task.scan_all(&files, &mut report, &mut failed)
    })?;
    report.seconds = begun.elapsed().as_secs_f64();
    context.output.show(&report, |report| {
        format!(
            "part {}: {} scanned with {}, {} finished before",
            report.shard,
            counted(report.scanned, "file"),
            counted(report.regions, "region"),
            report.skipped
        )
    })?;
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::Partly {
        what: "recordings could not be scanned; they are tried again when the part is run again",
        all: report.files,
        failed,
    })
}

impl Task<'_> {
    fn scan_all(
        &mut self,
        files: &[PlannedFile],
        report: &mut Report,
        failed: &mut Vec<Failed>,
    ) -> Result<(), Failure> {
        let sizes: Vec<f64> = files.iter().map(|file| file.size_bytes as f64).collect();
        for (index, file) in files.iter().enumerate() {
            self.job.share(index, &sizes);
            let place = self.folder.result(&file.path);
            if self.is_finished(file, &place) {
                report.skipped += 1;
                continue;
            }
            let begun = Instant::now();
            let scanned = self.scan(&file.path);
            let outcome = match scanned {
                Ok(result) => {
                    result.save(&place)?;
                    report.scanned += 1;
                    let found: Vec<usize> =
                        result.found.iter().map(|one| one.regions.len()).collect();
                    report.regions += found.iter().sum::<usize>();
                    self.context.output.show_line(&line(&result))?;
                    Outcome::Finished {
                        state: result.file.state,
                        content: result.file.content,
                        sounds: result.file.sounds,
                        regions: found,
                        seconds: begun.elapsed().as_secs_f32(),
                    }
                }
                Err(failure) if failure.is_about_one_file() => {
                    let error = failure.to_string();
                    failed.push(Failed::new(&file.path, &failure));
                    Outcome::Failed { error }
                }
                Err(failure) => return Err(failure),
            };
            let written = self.journal.add(&path_text(&file.path), outcome);
            written.map_err(|source| Failure::Unwritable {
                path: self.journal.path().to_owned(),
                source,
            })?;
        }
        Ok(())
    }

    /// Whether there is a result for the file as it is now, by the same classifiers with the same settings.
    fn is_finished(&self, file: &PlannedFile, place: &Path) -> bool {
        let (Ok(state), Ok(Some(result))) = (FileState::of(&file.path), FileResult::load(place))
        else {
            return false;
        };
        result.file.state == state
            && result.file.path == path_text(&file.path)
            && result.file.sounds == self.sounds
    }

    fn scan(&mut self, path: &Path) -> Result<FileResult, Failure> {
        let scanned = self.scan_file(path);
        self.worker.forget(path);
        for notice in self.worker.take_notices() {
            self.context.output.note(&notice);
        }
        if let Some(scratch) = &self.scratch {
            // What stays is deleted with the folder.
            drop(std::fs::remove_dir_all(scratch.path().join("embeddings")));
        }
        scanned
    }

    fn scan_file(&mut self, path: &Path) -> Result<FileResult, Failure> {
        let unreadable = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => Failure::NoFile {
                path: path.to_owned(),
            },
            _ => Failure::Unreadable {
                path: path.to_owned(),
                source,
            },
        };
        let state = FileState::of(path).map_err(unreadable)?;
        let file = FoundFile::at(path).map_err(unreadable)?;
        let recording = Recording::of_clip(path).map_err(EngineError::from)?;
        self.job
            .stage(format!("scanning {}", recording.filename), 0.0);
        let mut scores = vec![WindowScores::default(); self.sounds.len()];
        for (numbers, together) in &self.together {
            let of_model = self.worker.scores_by(&recording, together, &self.job)?;
            for (&number, of_sound) in numbers.iter().zip(of_model) {
                if let Some(scores) = scores.get_mut(number) {
                    *scores = of_sound;
                }
            }
        }
        let found = self.sounds.iter().zip(scores).map(|(sound, scores)| {
            let shape = RegionShape::new(sound.fuse_gap_s, sound.min_length_s);
            Found {
                regions: regions(&scores, &shape.at(sound.threshold)),
                scores,
            }
        });
        let found = found.collect();
        let losses = audio::open(path)?.losses();
        if FileState::of(path).map_err(unreadable)? != state {
            return Err(Failure::Changing {
                path: path.to_owned(),
            });
        }
        Ok(FileResult {
            file: ScannedFile {
                path: path_text(path),
                real_path: path_text(file.real_path()),
                state,
                content: file.content().to_owned(),
                sounds: self.sounds.clone(),
                losses: losses.iter().map(ToString::to_string).collect(),
            },
            found,
        })
    }
}

/// `sounds` by their model, so that a recording is embedded once for all sounds of a model.
fn by_model(sounds: &[PlannedSound], packs: &[Pack]) -> Vec<(Vec<usize>, Together)> {
    let mut models: Vec<(&str, Vec<usize>, Vec<_>)> = Vec::new();
    for (number, (sound, pack)) in sounds.iter().zip(packs).enumerate() {
        let classifier = pack.classifier().clone();
        match models.iter_mut().find(|(model, ..)| *model == sound.model) {
            Some((_, numbers, classifiers)) => {
                numbers.push(number);
                classifiers.push(classifier);
            }
            None => models.push((&sound.model, vec![number], vec![classifier])),
        }
    }
    let models = models.into_iter();
    let together = models.map(|(model, numbers, all)| (numbers, Together::new(model, &all)));
    together.collect()
}

fn line(result: &FileResult) -> String {
    let sounds = result.file.sounds.iter().zip(&result.found);
    let found = sounds.map(|(sound, found)| format!("{} ({})", sound.sound, found.regions.len()));
    let found: Vec<String> = found.collect();
    format!("{}: {}", result.file.path, found.join(", "))
}
