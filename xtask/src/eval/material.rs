//! Builds what is evaluated on: examples of every target, and two soundscapes with labels.
//!
//! Every recording is dealt to one of three sides: the examples, file A (searched and corrected) or file B (only
//! searched). Recordings that the packages hold twice count once, so that no sound is on two sides. Deterministic: the
//! same packages and seed give the same material.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::set::{Class, Role, Set};
use super::stamp::{self, Stamp};
use crate::host::Wave;
use crate::soundscape::{
    Event, Family, RATE_HZ, Recording, Setting, fetch_package, read, scene, solos,
};

/// Clips of each target.
const EXAMPLES: usize = 10;
/// Of a class with thousands of recordings (spoken words) so many are used.
const MOST_RECORDINGS: usize = 24;
/// Recordings on at least two sides and one more: fewer cannot be looked for.
const SIDES: usize = 3;
/// A recording longer than this is cut into pieces, of which so many are used.
const PIECE_S: f64 = 2.5;
const MOST_PIECES: usize = 6;
/// A piece must come within this of its recording's level: the pauses of a bird are no bird.
const PIECE_FLOOR: f64 = 0.3;
const FADE_S: f64 = 0.01;
/// How often a class comes up in a round.
const TARGET_TURNS: usize = 2;
const OTHER_TURNS: usize = 1;
/// Tracks are busy: sounds run into each other, and some are hardly louder than what lies under them.
const SETTING: Setting = Setting {
    pause_s: (-0.4, 1.0),
    event_level_db: (-34.0, -16.0),
};

/// What the measuring program reads, `material.json` in its folder.
#[derive(Debug, Serialize)]
struct Material {
    pub targets: Vec<Target>,
    pub file_a: Soundscape,
    pub file_b: Soundscape,
}

/// A sound to look for.
#[derive(Debug, Serialize)]
struct Target {
    pub name: String,
    /// It took no part in choosing.
    pub is_held_out: bool,
    /// WAV files with one sound each.
    pub examples: Vec<PathBuf>,
}

/// A WAV file and what is to be heard in it.
#[derive(Debug, Serialize)]
struct Soundscape {
    pub path: PathBuf,
    pub events: Vec<Event>,
}

/// A class with its recordings by side: examples, file A, file B.
struct Dealt {
    class: &'static Class,
    sides: [Vec<Recording>; SIDES],
}

/// Fetches the recordings of `set` into `cache`, or finds them there. Returns their paths, sorted.
///
/// # Errors
/// When a package cannot be fetched.
pub fn fetch(set: &Set, cache: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for package in set.packages {
        let unpacked = fetch_package(package, cache)?;
        find_files(&unpacked, set.formats, &mut files)?;
    }
    files.sort();
    Ok(files)
}

/// Builds everything in `folder` from the recordings `files` of `set`, unless an earlier run did. Returns the checksum of all
/// recordings used, by which runs on different releases of the packages can be told apart.
///
/// # Errors
/// When the packages lack the recordings of a class, or a file cannot be read or written.
pub fn build(set: &'static Set, files: &[PathBuf], folder: &Path, seed: u64) -> Result<String> {
    let built_from = stamp::built_from(set.name, files, seed)?;
    if let Some(recordings) = Stamp::recordings_of(folder, &built_from) {
        return Ok(recordings);
    }
    Stamp::delete(folder)?;
    let mut checksum = Sha256::new();
    let mut random = Rng::with_seed(seed);
    let dealt = deal(set, files, &mut random, &mut checksum)?;
    let beds = set
        .beds
        .iter()
        .map(|parts| bed(files, parts))
        .collect::<Result<Vec<_>>>()?;
    let [example_bed, bed_a, bed_b] = beds.as_slice() else {
        anyhow::bail!("there are three beds");
    };

    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut targets = Vec::new();
    for (index, dealt) in dealt.iter().enumerate() {
        if dealt.class.role == Role::Target {
            let examples = write_examples(dealt, example_bed, folder, seed + index as u64)?;
            targets.push(Target {
                name: dealt.class.name.to_owned(),
                is_held_out: (set.is_held_out)(targets.len()),
                examples,
            });
        }
    }
    let (path_a, path_b) = (folder.join("file-a.wav"), folder.join("file-b.wav"));
    let file_a = write_scene(&dealt, 1, bed_a, (&path_a, set.duration_s), seed)?;
    let file_b = write_scene(&dealt, 2, bed_b, (&path_b, set.duration_s), seed + 1)?;
    let material = Material {
        targets,
        file_a,
        file_b,
    };
    let path = folder.join("material.json");
    fs::write(&path, serde_json::to_string_pretty(&material)?)
        .with_context(|| format!("cannot write {}", path.display()))?;
    let checksum = checksum.finalize();
    let hex = checksum.iter().take(6).map(|byte| format!("{byte:02x}"));
    let recordings: String = hex.collect();
    Stamp::write(folder, built_from, recordings.clone())?;
    Ok(recordings)
}

fn find_files(folder: &Path, formats: &[&str], files: &mut Vec<PathBuf>) -> Result<()> {
    let told = || format!("cannot look through {}", folder.display());
    for entry in fs::read_dir(folder).with_context(told)? {
        let entry = entry.with_context(told)?;
        let path = entry.path();
        if entry.file_type().with_context(told)?.is_dir() {
            find_files(&path, formats, files)?;
        } else if let Some(extension) = path.extension()
            && formats.iter().any(|format| extension == *format)
        {
            files.push(path);
        }
    }
    Ok(())
}

/// The path as [`Class::holds`] wants it.
pub fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn deal(
    set: &'static Set,
    files: &[PathBuf],
    random: &mut Rng,
    checksum: &mut Sha256,
) -> Result<Vec<Dealt>> {
    let mut of_class: Vec<Vec<&PathBuf>> = set.classes.iter().map(|_| Vec::new()).collect();
    for path in files {
        let name = slashed(path);
        let first = set.classes.iter().position(|class| class.holds(&name));
        if let Some(paths) = first.and_then(|first| of_class.get_mut(first)) {
            paths.push(path);
        }
    }
    let mut seen = BTreeSet::new();
    let mut dealt = Vec::new();
    for (class, paths) in set.classes.iter().zip(of_class) {
        let mut recordings = Vec::new();
        for path in paths {
            if recordings.len() == MOST_RECORDINGS {
                break;
            }
            let bytes =
                fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            let content = Sha256::digest(&bytes);
            if seen.insert(content) {
                checksum.update(content);
                recordings.push(path);
            }
        }
        ensure!(
            recordings.len() >= SIDES,
            "the packages {} hold too few recordings of {}; delete the recordings in the cache and run this again",
            set.packages.join(", "),
            class.name
        );
        random.shuffle(&mut recordings);
        let mut sides: [Vec<Recording>; SIDES] = Default::default();
        for (index, path) in recordings.into_iter().enumerate() {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            if let Some(side) = sides.get_mut(index % SIDES) {
                side.extend(pieces(read(&name, path)?, random));
            }
        }
        dealt.push(Dealt { class, sides });
    }
    Ok(dealt)
}

/// A short recording as it is; of a long one, the pieces in which something is to be heard.
fn pieces(recording: Recording, random: &mut Rng) -> Vec<Recording> {
    let length = (PIECE_S * f64::from(RATE_HZ)) as usize;
    let Some(samples) = recording.wave.channels.first() else {
        return Vec::new();
    };
    if samples.len() <= length {
        return vec![recording];
    }
    let loudest = samples.chunks(length).map(energy).fold(0.0, f64::max);
    let mut chunks: Vec<(usize, &[f32])> = samples
        .chunks(length)
        .enumerate()
        .filter(|(_, chunk)| energy(chunk) >= PIECE_FLOOR * PIECE_FLOOR * loudest)
        .collect();
    random.shuffle(&mut chunks);
    chunks.truncate(MOST_PIECES);
    let cut = chunks.into_iter().map(|(index, chunk)| Recording {
        name: format!("{}#{index}", recording.name),
        wave: Wave {
            rate_hz: RATE_HZ,
            channels: vec![faded(chunk)],
        },
    });
    cut.collect()
}

fn energy(samples: &[f32]) -> f64 {
    samples
        .iter()
        .map(|sample| f64::from(*sample).powi(2))
        .sum()
}

fn faded(samples: &[f32]) -> Vec<f32> {
    let fade = (FADE_S * f64::from(RATE_HZ)) as usize;
    let last = samples.len().saturating_sub(1);
    let gain = |index: usize| (index.min(last - index) as f32 / fade as f32).min(1.0);
    let faded = samples.iter().enumerate();
    faded.map(|(index, sample)| sample * gain(index)).collect()
}

fn bed(files: &[PathBuf], parts: &[&str]) -> Result<Vec<Recording>> {
    let find = |part: &&str| {
        let path = files.iter().find(|path| slashed(path).contains(*part));
        let path =
            path.with_context(|| format!("the packages hold no recording {part} for the bed"))?;
        read(part, path)
    };
    parts.iter().map(find).collect()
}

/// The paths of the examples of a class.
fn write_examples(
    dealt: &Dealt,
    bed: &[Recording],
    folder: &Path,
    seed: u64,
) -> Result<Vec<PathBuf>> {
    let name = dealt.class.name;
    let folder = folder.join(name.replace(' ', "-"));
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let [recordings, _, _] = &dealt.sides;
    let mut examples = Vec::new();
    // A clip from a library is clean, one cut from a track is not.
    let of_tracks = solos(recordings, dealt.class.manner, bed, EXAMPLES / 2, seed);
    let clean = EXAMPLES - of_tracks.len();
    let of_library = solos(recordings, dealt.class.manner, &[], clean, seed);
    for (index, wave) in of_tracks.iter().chain(&of_library).enumerate() {
        let path = folder.join(format!("{}-{:02}.wav", name.replace(' ', "-"), index + 1));
        wave.write(&path)?;
        examples.push(path);
    }
    Ok(examples)
}

fn write_scene(
    dealt: &[Dealt],
    side: usize,
    bed: &[Recording],
    (path, duration_s): (&Path, f64),
    seed: u64,
) -> Result<Soundscape> {
    let families: Vec<Family> = dealt
        .iter()
        .map(|dealt| Family {
            class: dealt.class.name.to_owned(),
            manner: dealt.class.manner,
            turns: match dealt.class.role {
                Role::Target => TARGET_TURNS,
                Role::Other => OTHER_TURNS,
            },
            recordings: dealt.sides.get(side).cloned().unwrap_or_default(),
        })
        .collect();
    let (wave, events) = scene(&families, bed, SETTING, duration_s, seed);
    wave.write(path)?;
    Ok(Soundscape {
        path: path.to_owned(),
        events,
    })
}
