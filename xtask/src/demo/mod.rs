//! `cargo xtask demo`: the main job from end to end, with the release bundle, as a user would do it.
//!
//! The real `.clap` is loaded into an embedded host in a process of its own, listens while a track is played through
//! it and records a take; the `earmark` command line on the same database then learns from examples, takes a
//! correction, learns again, and both versions are measured and shown. Database and folders are the demo's own.

mod command_line;
mod metrics;
mod report;
mod session;

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::bundle::{self, Bundles, Profile};
use crate::host::Wave;
use crate::screen::{self, Screen};
use crate::setup::Setup;
use crate::soundscape::{self, Material, Truth};
use crate::workspace::Workspace;
use crate::{files, system};
use command_line::{CommandLine, Results, Scanned};
pub use metrics::Found;
use metrics::{Figures, false_hits, measure};
use session::Session;

/// Length of the soundscape, in seconds.
const DURATION_S: f64 = 480.0;
/// False hits that are marked at most: what a user has patience for.
const CORRECTIONS: usize = 10;

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A recording of the user's own instead of the soundscape.
    pub audio: Option<PathBuf>,
    /// Where in it the sound is, for examples.
    pub examples: Vec<Stretch>,
    /// Where in it the sound is not, for the correction.
    pub negatives: Vec<Stretch>,
    /// Show the editor meanwhile.
    pub window: bool,
    /// Show the editor on a screen of its own instead, and write pictures of the result to this folder.
    pub pictures: Option<PathBuf>,
    /// Decides in which order the sounds of the soundscape come.
    pub seed: u64,
    /// Also write the figures here.
    pub json: Option<PathBuf>,
}

/// Whether and where the plugin's window is shown.
pub enum Show {
    Nowhere,
    /// On the user's display, if there is one.
    ToUser,
    OnOwnScreen(Screen),
}

impl Show {
    fn new(options: &Options) -> Result<Self> {
        Ok(if options.pictures.is_some() {
            system::provide(&screen::PACKAGES)?;
            Self::OnOwnScreen(Screen::start()?)
        } else if options.window {
            Self::ToUser
        } else {
            Self::Nowhere
        })
    }
}

/// A stretch of a recording in seconds, written `12.5-13.2` or `1:02.5-1:03`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    pub start_s: f64,
    pub end_s: f64,
}

impl FromStr for Stretch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seconds = |text: &str| {
            text.split(':').try_fold(0.0, |sum, part| {
                Some(sum * 60.0 + part.trim().parse::<f64>().ok()?)
            })
        };
        let stretch = text.split_once('-').and_then(|(start, end)| {
            Some(Self {
                start_s: seconds(start)?,
                end_s: seconds(end)?,
            })
        });
        stretch
            .filter(|stretch| stretch.start_s >= 0.0 && stretch.end_s > stretch.start_s)
            .ok_or_else(|| {
                format!(
                    "`{text}` is not a time range; write START-END, such as 12.5-13.2 or 1:02-1:03"
                )
            })
    }
}

/// Run the demo.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    ensure!(
        options.audio.is_none() || !options.examples.is_empty(),
        "say where the sound is in the file: `--example START-END`, in seconds, once or more"
    );
    // Bundling changes the working directory.
    let absolute = |path: &Option<PathBuf>| path.as_deref().map(std::path::absolute).transpose();
    let options = &Options {
        audio: absolute(&options.audio)?,
        json: absolute(&options.json)?,
        pictures: absolute(&options.pictures)?,
        ..options.clone()
    };
    let bundles = bundle::run(workspace, Profile::Release)?;
    let folder = workspace.target().join("demo");
    files::remove(&folder).with_context(|| {
        format!(
            "{} cannot be removed; is a demo still running?",
            folder.display()
        )
    })?;
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    let earmark = CommandLine::new(bundles.command_line(), &folder);
    let show = Show::new(options)?;

    let stage = Stage {
        bundles: &bundles,
        earmark: &earmark,
        options,
        show: &show,
    };
    match &options.audio {
        None => {
            let recordings = Setup::from_environment(workspace)
                .cache()
                .folder()
                .join("recordings");
            let material = soundscape::prepare(
                &recordings,
                &folder.join("material"),
                DURATION_S,
                options.seed,
            )?;
            on_soundscape(&stage, &material)?;
        }
        Some(audio) => on_own_recording(&stage, audio, &folder)?,
    }
    report::closing(&bundles, &earmark.database());
    Ok(())
}

/// What both kinds of demo work with.
struct Stage<'a> {
    bundles: &'a Bundles,
    earmark: &'a CommandLine,
    options: &'a Options,
    show: &'a Show,
}

impl Stage<'_> {
    fn play(&self, audio: &Path) -> Result<Session> {
        Session::play(self.bundles, self.earmark, audio, self.show)
    }
}

fn on_soundscape(stage: &Stage, material: &Material) -> Result<()> {
    let Stage {
        earmark,
        options,
        show,
        ..
    } = stage;
    let truth = &material.truth;
    report::soundscape(truth, material.examples.len());
    let session = stage.play(&material.soundscape)?;
    let class = &truth.class;

    report::step(&format!(
        "Learning {class} from {} examples",
        material.examples.len()
    ));
    earmark.add_clips(class, &material.examples)?;
    let before = learn(earmark, &session, truth)?;
    report::regions(&before, truth);

    let marked = corrections(&before, truth);
    report::corrections(&marked, truth);
    for found in &marked {
        earmark.add_negative(session.take(), (found.start_s, found.end_s))?;
    }
    report::step("Learning again with the hard negatives");
    let after = learn(earmark, &session, truth)?;

    report::versions(
        &before,
        &after,
        &earmark.compare(session.take(), before.version, after.version)?,
    );
    if let Some(json) = &options.json {
        write_json(json, &before.figures, &after.figures)?;
    }
    if let Some(folder) = &options.pictures {
        session.save_pictures(show, folder)?;
    }
    session.finish()
}

/// A version of the results, measured.
struct Version {
    version: u32,
    regions: Vec<Found>,
    peaks: Vec<Found>,
    figures: Figures,
}

fn learn(earmark: &CommandLine, session: &Session, truth: &Truth) -> Result<Version> {
    let version = train(earmark, session, &truth.class)?;
    let regions = earmark.results(session.take(), version)?.regions;
    let peaks = earmark.peaks(session.take(), version)?;
    let events: Vec<_> = truth
        .targets()
        .map(|event| (event.start_s, event.end_s))
        .collect();
    let figures = measure(&regions, &peaks, &events);
    Ok(Version {
        version,
        regions,
        peaks,
        figures,
    })
}

/// Learn, and say which version of the take's results came of it. A plugin with an open window scans as well, so the
/// newest version need not be it.
fn train(earmark: &CommandLine, session: &Session, class: &str) -> Result<u32> {
    let learned = earmark.train(class)?;
    for warning in &learned.warnings {
        println!("  note: {warning}");
    }
    let name = session.take().file_name();
    let of_take = |scanned: &&Scanned| name.is_some_and(|name| *name == *scanned.filename);
    let scanned = learned.scanned.iter().find(of_take).with_context(|| {
        format!(
            "the take {} is not in the database {}; the plugin recorded it but did not enter it",
            session.take().display(),
            earmark.database().display()
        )
    })?;
    Ok(scanned.version)
}

/// The worst false hits: of the regions first, then of the peaks below the threshold, which a user sees who lowers it.
fn corrections(version: &Version, truth: &Truth) -> Vec<Found> {
    let events: Vec<_> = truth
        .targets()
        .map(|event| (event.start_s, event.end_s))
        .collect();
    let mut marked = false_hits(&version.regions, &events);
    for peak in false_hits(&version.peaks, &events) {
        if marked
            .iter()
            .all(|found| found.shared_s((peak.start_s, peak.end_s)) <= 0.0)
        {
            marked.push(peak);
        }
    }
    marked.truncate(CORRECTIONS);
    marked
}

fn on_own_recording(stage: &Stage, audio: &Path, folder: &Path) -> Result<()> {
    const CLASS: &str = "Sound";
    let Stage {
        earmark, options, ..
    } = stage;
    let mut wave = soundscape::decode(audio)?;
    wave.channels.truncate(2);
    if let [mono] = wave.channels.as_slice() {
        wave.channels = vec![mono.clone(), mono.clone()];
    }
    report::own_recording(audio, &wave);
    let playable = folder.join("recording.wav");
    wave.write(&playable)?;
    let session = stage.play(&playable)?;

    report::step(&format!(
        "Learning from {} examples",
        options.examples.len()
    ));
    for stretch in &options.examples {
        earmark.add_clip_of(CLASS, session.take(), (stretch.start_s, stretch.end_s))?;
    }
    let before = train(earmark, &session, CLASS)?;
    let before = earmark.results(session.take(), before)?;
    report::unmeasured(&before);

    let after = if options.negatives.is_empty() {
        println!(
            "\nIf a region is wrong, mark it with `--negative START-END`, or press N in the plugin's window."
        );
        None
    } else {
        for stretch in &options.negatives {
            earmark.add_negative(session.take(), (stretch.start_s, stretch.end_s))?;
        }
        report::step(&format!(
            "Learning again with {} hard negatives",
            options.negatives.len()
        ));
        let after = train(earmark, &session, CLASS)?;
        let after = earmark.results(session.take(), after)?;
        report::unmeasured(&after);
        report::changes(
            before.version,
            after.version,
            &earmark.compare(session.take(), before.version, after.version)?,
        );
        Some(after)
    };
    if let Some(json) = &options.json {
        write_json(json, &counted(&before), &after.as_ref().map(counted))?;
    }
    session.finish()
}

/// The figures of a recording of which nobody knows what is true in it.
fn counted(results: &Results) -> serde_json::Value {
    let unknown = serde_json::Value::Null;
    serde_json::json!({
        "regions": results.regions.len(),
        "precision": unknown,
        "recall": unknown,
        "average_precision": unknown,
    })
}

fn write_json(path: &Path, before: &impl Serialize, after: &impl Serialize) -> Result<()> {
    let figures = serde_json::json!({ "before": before, "after": after });
    std::fs::write(path, serde_json::to_string_pretty(&figures)? + "\n")
        .with_context(|| format!("cannot write {}", path.display()))
}

/// How long a recording plays, for people.
fn minutes(wave: &Wave) -> String {
    format!("{:.1} minutes", wave.duration_s() / 60.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_read_in_seconds_or_minutes() {
        let stretch = |text: &str| {
            text.parse::<Stretch>()
                .map(|stretch| (stretch.start_s, stretch.end_s))
        };
        assert_eq!(stretch("12.5-13.25"), Ok((12.5, 13.25)));
        assert_eq!(stretch("1:02 - 1:03.5"), Ok((62.0, 63.5)));
        for wrong in ["", "12", "13-12", "a-b", "-1-2"] {
            assert!(stretch(wrong).is_err(), "{wrong}");
        }
    }
}
