//! One session of the command line on two systems: examples, a training, scans, corrections, every export. Both must find
//! the same and write the same.

use super::super::heading;
use super::super::tally::Tally;
use super::side::{Results, Runner, Side, Word};
use crate::demo::Found;
use crate::foreign::Artifacts;
use crate::setup::Setup;
use crate::soundscape::{self, Material};
use crate::workspace::Workspace;
use crate::{bundle, files};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};

/// As long as the demo's.
const DURATION_S: f64 = 480.0;
/// What the same region may differ by: seconds, and score.
const TOLERANCE: f64 = 1e-4;
/// Lists and the file that each is written to.
const LISTS: [(&str, &str); 5] = [
    ("csv", "regions.csv"),
    ("audacity", "labels.txt"),
    ("reaper", "reaper.csv"),
    ("raven", "raven.txt"),
    ("json", "regions.json"),
];

/// What both systems are compared by, one line each.
type Check = fn(&Pair) -> Result<String>;

/// What must hold for every system.
const CHECKS: [(&str, Check); 6] = [
    ("the regions of the first scan are the same", |pair| {
        pair.same_regions("1")
    }),
    ("the regions after a correction are the same", |pair| {
        pair.same_regions("2")
    }),
    ("the lists are the same", |pair| pair.same_lists()),
    ("the copy with markers is the same", |pair| {
        pair.same_markers()
    }),
    (
        "the clips of one database are the same to the byte",
        |pair| pair.same_clips(),
    ),
    ("a database made on one system opens on the other", |pair| {
        pair.open_other()
    }),
];

/// What must hold on Windows besides.
const CHECKS_OF_WINDOWS: [(&str, Check); 2] = [
    ("the name of a device is refused in words", |pair| {
        pair.refuse_a_device()
    }),
    ("a missing Visual C++ runtime is named", |pair| {
        pair.name_missing_runtime()
    }),
];

/// Another system, where its programs are, and what runs them.
pub(super) struct Other<'a> {
    pub name: &'static str,
    pub runner: Runner<'a>,
    pub made: &'a Artifacts,
    pub setup: &'a Setup,
}

/// Plays the session on this system and on another, and counts every comparison.
///
/// # Errors
/// If a command fails, or the two systems differ.
pub(super) fn run(workspace: &Workspace, other: &Other<'_>, tally: &mut Tally) -> Result<()> {
    heading(&format!("{}: the command line beside Linux", other.name));
    let pair = Pair::prepare(workspace, other)?;
    for side in [&pair.here, &pair.there] {
        let started = std::time::Instant::now();
        play(side, &pair.material)?;
        println!("{}: {:.0} s", side.name, started.elapsed().as_secs_f64());
    }
    let more = match other.runner {
        Runner::Wine(_) => &CHECKS_OF_WINDOWS[..],
        Runner::Here | Runner::Emulator(_) => &[],
    };
    let mut differences = Vec::new();
    for (name, check) in CHECKS.iter().chain(more) {
        match check(&pair) {
            Ok(figures) => {
                println!("test {name} ... ok ({figures})");
                tally.passed += 1;
            }
            Err(error) => {
                println!("test {name} ... FAILED\n    {error:#}");
                tally.failed += 1;
                differences.push(*name);
            }
        }
    }
    ensure!(
        differences.is_empty(),
        "Linux and {} differ: {}",
        other.name,
        differences.join("; ")
    );
    Ok(())
}

/// Everything a user does on one system.
fn play(side: &Side<'_>, material: &Material) -> Result<()> {
    fs::create_dir_all(&side.folder)
        .with_context(|| format!("{} cannot be made", side.folder.display()))?;
    let class = material.truth.class.as_str();
    let sound = material.soundscape.as_path();
    let text = |words: &[&str]| words.iter().copied().map(Word::from).collect::<Vec<_>>();
    let mut add = text(&["clip", "add", "--class", class]);
    add.extend(
        material
            .examples
            .iter()
            .map(|path| Word::from(path.as_path())),
    );
    side.ask(&text(&["doctor"]))?;
    side.ask(&add)?;
    let mut train = text(&["train", "--positive", class, "--background"]);
    train.push(sound.into());
    side.ask(&train)?;
    side.ask(&[text(&["scan"]), vec![sound.into()]].concat())?;
    // The weakest region is marked, on both systems the same one by its place.
    let first = results(side, sound, "1")?;
    let weakest = first.iter().min_by(|a, b| a.score.total_cmp(&b.score));
    let weakest = weakest.with_context(|| format!("{} found nothing", side.name))?;
    let (start, end) = (
        format!("{:.3}", weakest.start_s),
        format!("{:.3}", weakest.end_s),
    );
    let mut negative = text(&["negative", "add", "--start", &start, "--end", &end]);
    negative.push(sound.into());
    side.ask(&negative)?;
    side.ask(&text(&["train", "--positive", class]))?;
    for (format, file) in LISTS {
        export(side, sound, format, file, &[])?;
    }
    export(side, sound, "markers", "marked.wav", &[])?;
    export(side, sound, "clips", "exported", &["--class", class])
}

fn export(side: &Side<'_>, sound: &Path, format: &str, file: &str, more: &[&str]) -> Result<()> {
    let output = side.folder.join(file);
    let mut words: Vec<Word> = ["export", "--format", format, "--output"]
        .map(Word::from)
        .into();
    words.push(output.as_path().into());
    words.extend(more.iter().copied().map(Word::from));
    words.push(sound.into());
    side.ask(&words).map(drop)
}

fn results(side: &Side<'_>, sound: &Path, version: &str) -> Result<Vec<Found>> {
    let mut words: Vec<Word> = ["results", "--version", version].map(Word::from).into();
    words.push(sound.into());
    let found: Results = serde_json::from_value(side.ask(&words)?)
        .context("`earmark results` printed something unexpected")?;
    Ok(found.regions)
}

/// The two systems after the session.
struct Pair<'a> {
    here: Side<'a>,
    there: Side<'a>,
    material: Material,
}

impl<'a> Pair<'a> {
    /// The sound, and two systems that have done nothing yet.
    fn prepare(workspace: &Workspace, other: &Other<'a>) -> Result<Self> {
        let folder = workspace.target().join("foreign/session");
        files::remove(&folder)
            .with_context(|| format!("{} cannot be removed", folder.display()))?;
        let program = other.made.program("earmark");
        let program = program.context("the command line was not built")?;
        let recordings = other.setup.cache().folder().join("recordings");
        let material = soundscape::prepare(&recordings, &folder.join("material"), DURATION_S, 1)?;
        Ok(Self {
            here: Side {
                name: "this system",
                program: bundle::build_command_line(workspace)?,
                runner: Runner::Here,
                resources: Setup::from_environment(workspace).cache().resources(),
                folder: folder.join("here"),
            },
            there: Side {
                name: other.name,
                program: program.path.clone(),
                runner: other.runner,
                resources: other.setup.cache().resources(),
                folder: folder.join("there"),
            },
            material,
        })
    }

    fn same_regions(&self, version: &str) -> Result<String> {
        let sound = &self.material.soundscape;
        let here = results(&self.here, sound, version)?;
        let there = results(&self.there, sound, version)?;
        compare(&here, &there)
    }

    fn same_lists(&self) -> Result<String> {
        let mut worst: f64 = 0.0;
        for (_, file) in LISTS {
            let [here, there] = self.both(Path::new(file)).map(|path| {
                fs::read_to_string(&path)
                    .with_context(|| format!("{} cannot be read", path.display()))
            });
            let farthest = compare_texts(&here?, &there?).with_context(|| file.to_owned())?;
            worst = worst.max(farthest);
        }
        Ok(format!("{} lists, numbers within {worst:.0e}", LISTS.len()))
    }

    fn same_markers(&self) -> Result<String> {
        let [here, there] = self.both(Path::new("marked.wav"));
        let (here, there) = (fs::read(here)?, fs::read(there)?);
        ensure!(
            here.len() == there.len(),
            "{} and {} bytes",
            here.len(),
            there.len()
        );
        let differing = here.iter().zip(&there).filter(|(a, b)| a != b).count();
        // A region's edge may lie a sample to the side; the samples themselves are copied.
        ensure!(differing < 1_000, "{differing} bytes differ");
        Ok(format!("{} bytes, {differing} differ", here.len()))
    }

    /// A training on each system ends in regions that a few samples part, so only those of one database make the same clips.
    fn same_clips(&self) -> Result<String> {
        let copy = self.database_from_here("clips.db")?;
        let there = self.there.folder.join("exported from here");
        let class = self.material.truth.class.as_str();
        let mut words: Vec<Word> = ["export", "--format", "clips", "--class", class, "--output"]
            .map(Word::from)
            .into();
        words.push(there.as_path().into());
        words.push(self.material.soundscape.as_path().into());
        self.there.ask_of(&copy, &words)?;
        let here = self.here.folder.join("exported");
        let (here_files, there_files) = (files::files_in(&here)?, files::files_in(&there)?);
        ensure!(
            !here_files.is_empty() && here_files == there_files,
            "{here_files:?} and {there_files:?}"
        );
        for file in &here_files {
            ensure!(
                fs::read(here.join(file))? == fs::read(there.join(file))?,
                "{} differs",
                file.display()
            );
        }
        Ok(format!("{} clips", here_files.len()))
    }

    /// The database of this system on the other: the same results, which the other then works on.
    fn open_other(&self) -> Result<String> {
        let copy = self.database_from_here("work.db")?;
        let sound = self.material.soundscape.as_path();
        let ask = |words: &[Word]| self.there.ask_of(&copy, words);
        let mut words: Vec<Word> = ["results", "--version", "2"].map(Word::from).into();
        words.push(sound.into());
        let found: Results = serde_json::from_value(ask(&words)?)?;
        let figures = compare(&results(&self.here, sound, "2")?, &found.regions)?;
        let folder = sound.parent().unwrap_or(sound);
        ask(&["relink".into(), folder.into()])?;
        ask(&["scan".into(), sound.into()])?;
        let class = self.material.truth.class.as_str();
        ask(&["train".into(), "--positive".into(), class.into()])?;
        Ok(figures)
    }

    fn refuse_a_device(&self) -> Result<String> {
        let sound = self.material.soundscape.as_path();
        let Err(refused) = export(&self.there, sound, "csv", "CON.csv", &[]) else {
            bail!("the list went to the console");
        };
        let told = format!("{refused:#}");
        ensure!(told.contains("for a device"), "{told}");
        Ok(String::from("CON.csv"))
    }

    /// A Windows that nobody has installed a program on that was compiled by Microsoft's compiler.
    fn name_missing_runtime(&self) -> Result<String> {
        let told = self.there.doctor_without("msvcp140")?;
        let names_it = told.contains("MSVCP140.dll") && told.contains("Visual C++ Redistributable");
        ensure!(names_it, "`earmark doctor` says: {told}");
        Ok(String::from("MSVCP140.dll"))
    }

    /// A copy of the database of this system for the other.
    fn database_from_here(&self, name: &str) -> Result<PathBuf> {
        let copy = self.there.folder.join(name);
        fs::copy(self.here.database(), &copy)
            .with_context(|| format!("{} cannot be written", copy.display()))?;
        Ok(copy)
    }

    fn both(&self, file: &Path) -> [PathBuf; 2] {
        [self.here.folder.join(file), self.there.folder.join(file)]
    }
}

/// How far two lists of regions are apart at most.
fn compare(here: &[Found], there: &[Found]) -> Result<String> {
    ensure!(
        here.len() == there.len() && !here.is_empty(),
        "{} regions and {}",
        here.len(),
        there.len()
    );
    let (mut seconds, mut score) = (0.0_f64, 0.0_f64);
    for (a, b) in here.iter().zip(there) {
        seconds = seconds
            .max((a.start_s - b.start_s).abs())
            .max((a.end_s - b.end_s).abs());
        score = score.max((a.score - b.score).abs());
    }
    ensure!(
        seconds <= TOLERANCE && score <= TOLERANCE,
        "the regions are {seconds:.1e} s and their scores {score:.1e} apart"
    );
    Ok(format!(
        "{} regions within {seconds:.0e} s, scores within {score:.0e}",
        here.len()
    ))
}

/// How far the numbers of two texts are apart at most, if all else in them is the same.
fn compare_texts(here: &str, there: &str) -> Result<f64> {
    let parts = |text: &str| -> Vec<String> {
        let is_between = |c: char| c.is_whitespace() || ",:\"[]{}".contains(c);
        let parts = text.split(is_between).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    let (here, there) = (parts(here), parts(there));
    ensure!(
        here.len() == there.len(),
        "{} words and {}",
        here.len(),
        there.len()
    );
    let mut worst: f64 = 0.0;
    for (a, b) in here.iter().zip(&there) {
        match (a.parse::<f64>(), b.parse::<f64>()) {
            // Rounded to four places, two neighbours may fall to different sides.
            (Ok(a), Ok(b)) if (a - b).abs() <= 2.0 * TOLERANCE => worst = worst.max((a - b).abs()),
            _ if a == b || is_of_one_run(a) && is_of_one_run(b) => {}
            _ => bail!("`{a}` and `{b}`"),
        }
    }
    Ok(worst)
}

/// The time of a version, which says when it was made, and a path, which each system writes in its own way.
fn is_of_one_run(word: &str) -> bool {
    let is_time = word.len() == 22
        && word
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_');
    is_time || word.contains(['/', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_same_but_for_rounding_and_the_time_of_the_run() {
        let far = compare_texts(
            "1,0.12345,20250101_120000_000000",
            "1,0.12350,20260101_120000_000001",
        );
        assert!((far.unwrap() - 5e-5).abs() < 1e-9);
        assert!(compare_texts("1,0.5,door", "1,0.5,wood").is_err());
        assert!(compare_texts("1,0.5", "1,0.6").is_err());
        assert!(compare_texts("1", "1,2").is_err());
    }
}
