//! `cargo xtask eval`: how well sounds are found and learned, on real recordings whose truth is known.
//!
//! For each set of sounds it builds the labelled files (`material`), lets `core/benches/evaluate` learn and search with the
//! real engine, and prints its figures. Heads in Python run in an environment of their own on vectors from the same engine.

mod choosing;
mod edges;
mod material;
mod report;
mod reserved;
mod retrieval;
mod set;
mod stamp;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow, ensure};
use clap::ValueEnum;
use serde::Serialize;

use crate::python;
use crate::setup::Setup;
use crate::workspace::Workspace;
use report::Measured;
use retrieval::Retrieval;
use set::Set;

/// The Python side of the comparison.
const SKLEARN: &str = include_str!("sklearn.py");
/// The model that the shipped head learns from.
const SHIPPED_MODEL: &str = "AISFX";
/// The model that the head before learns from, which is not shipped any more.
const BEFORE_MODEL: &str = "AISFX_TOP";
/// Targets of a quick run.
const QUICK_TARGETS: usize = 4;

/// Which sounds to measure with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sounds {
    /// Sounds to choose settings and heads by
    Choosing,
    /// Sounds to check a choice with once it is made; choose nothing by them
    Reserved,
}

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A few targets only, with the shipped head and the one before.
    pub quick: bool,
    /// One set only; both without.
    pub sounds: Option<Sounds>,
    /// Decides which recordings are dealt to which side, and the order of sounds.
    pub seed: u64,
    /// Measure only how well one example finds the others of its class.
    pub retrieval: bool,
    /// Fit the boundary model to the choosing set and measure nothing.
    pub fit_edges: bool,
    /// Also write all figures here.
    pub json: Option<PathBuf>,
}

/// What is written as JSON.
#[derive(Serialize)]
struct Record {
    seed: u64,
    sets: Vec<SetRecord>,
}

#[derive(Serialize)]
struct SetRecord {
    set: &'static str,
    /// Checksum of all recordings: figures compare only where it is the same.
    recordings: String,
    #[serde(flatten)]
    measured: Measured,
    /// Empty in a quick run.
    retrieval: Vec<Retrieval>,
}

/// Measures and prints.
///
/// # Errors
/// If the set-up, the recordings or the measurement fails.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let setup = Setup::from_environment(workspace);
    setup.run()?;
    let python = python::environment(setup.cache(), &python::SCIKIT_LEARN)?;
    if options.fit_edges {
        let sets = materials(workspace, &setup, &[&choosing::CHOOSING], options.seed)?;
        return sets
            .iter()
            .try_for_each(|(_, folder, _)| edges::fit(workspace, &setup, folder, &python));
    }
    let sets: &[&'static Set] = match options.sounds {
        Some(Sounds::Choosing) => &[&choosing::CHOOSING],
        Some(Sounds::Reserved) => &[&reserved::RESERVED],
        None => &[&choosing::CHOOSING, &reserved::RESERVED],
    };
    if options.retrieval {
        let cache = setup.cache().folder().join("recordings");
        for set in sets {
            let files = material::fetch(set, &cache)?;
            let folder = workspace.target().join("eval").join(set.name);
            retrieval::measure(workspace, &setup, (set, &files), (&folder, &python))?;
        }
        return Ok(());
    }
    let materials = materials(workspace, &setup, sets, options.seed)?;
    let mut record = Record {
        seed: options.seed,
        sets: Vec::new(),
    };
    for (set, folder, recordings) in materials {
        println!("Learning and searching in the {set} set …");
        let measured = measure(workspace, &setup, &folder, (&python, options.quick))?;
        println!(
            "\nThe {set} set: recordings {recordings}, seed {}",
            options.seed
        );
        report::print(&measured);
        let mut retrieval = Vec::new();
        if !options.quick
            && let Some(set) = sets.iter().find(|one| one.name == set)
        {
            let files = material::fetch(set, &setup.cache().folder().join("recordings"))?;
            let places = (folder.parent().unwrap_or(&folder), python.as_path());
            retrieval = retrieval::measure(workspace, &setup, (set, &files), places)?;
        }
        println!();
        record.sets.push(SetRecord {
            set,
            recordings,
            measured,
            retrieval,
        });
    }
    if let Some(path) = &options.json {
        fs::write(path, serde_json::to_string_pretty(&record)?)
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}

/// Name, folder and checksum of the recordings of each set, once its files are there. All sets come first: a package that
/// cannot be fetched must not cost the figures of another set.
fn materials(
    workspace: &Workspace,
    setup: &Setup,
    sets: &[&'static Set],
    seed: u64,
) -> Result<Vec<(&'static str, PathBuf, String)>> {
    let cache = setup.cache().folder().join("recordings");
    let mut fetched = Vec::new();
    for set in sets {
        let folder = workspace.target().join("eval").join(set.name);
        let folder = folder.join(seed.to_string());
        fetched.push((*set, material::fetch(set, &cache)?, folder));
    }
    println!("Mixing the labelled recordings …");
    thread::scope(|scope| {
        let builds: Vec<_> = fetched
            .iter()
            .map(|(set, files, folder)| {
                scope.spawn(move || material::build(set, files, folder, seed))
            })
            .collect();
        let built = builds.into_iter().zip(&fetched);
        built
            .map(|(build, (set, _, folder))| {
                let recordings = build.join().map_err(|_| {
                    anyhow!("mixing the {} set panicked; its message is above", set.name)
                })??;
                Ok((set.name, folder.clone(), recordings))
            })
            .collect()
    })
}

/// Runs `core/benches/evaluate` on the material in `folder`, with all heads unless it has to be quick.
fn measure(
    workspace: &Workspace,
    setup: &Setup,
    folder: &Path,
    (python, is_quick): (&Path, bool),
) -> Result<Measured> {
    let json = folder.join("outcomes.json");
    let mut command = evaluation(workspace, setup, folder, python)?;
    command.arg("--json").arg(&json);
    if is_quick {
        command.args(["--quick", "yes", "--targets"]);
        command.arg(QUICK_TARGETS.to_string());
    }
    let status = command.status().context("cargo cannot be run")?;
    ensure!(
        status.success(),
        "the evaluation failed; its message is above"
    );
    let text =
        fs::read_to_string(&json).with_context(|| format!("{} cannot be read", json.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// `core/benches/evaluate` on the material in `folder`, before it is said what it should do.
fn evaluation(
    workspace: &Workspace,
    setup: &Setup,
    folder: &Path,
    python: &Path,
) -> Result<Command> {
    let script = folder.join("heads.py");
    fs::write(&script, SKLEARN)
        .with_context(|| format!("{} cannot be written", script.display()))?;
    let mut command = workspace.cargo();
    command
        .args(["bench", "--quiet", "--package", "earmark-core"])
        .args(["--bench", "evaluate", "--", "--material"])
        .arg(folder)
        .arg("--python")
        .arg(python)
        .arg("--script")
        .arg(script)
        .args(["--shipped", SHIPPED_MODEL, "--before", BEFORE_MODEL])
        .env("EARMARK_RESOURCES", setup.cache().resources())
        .env("EARMARK_MODELS", setup.cache().whole());
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::choosing::CHOOSING;
    use super::reserved::RESERVED;
    use super::set::Role;

    #[test]
    fn what_is_chosen_by_one_set_is_checked_with_other_recordings_of_other_classes() {
        let shared = |one: &[&str], other: &[&str]| one.iter().any(|name| other.contains(name));
        assert!(!shared(CHOOSING.packages, RESERVED.packages));
        let names = |set: &super::Set| -> Vec<&str> {
            let targets = set
                .classes
                .iter()
                .filter(|class| class.role == Role::Target);
            targets.map(|class| class.name).collect()
        };
        assert!(!shared(&names(&CHOOSING), &names(&RESERVED)));
    }

    #[test]
    fn no_class_of_a_set_has_the_name_of_another() {
        for set in [&CHOOSING, &RESERVED] {
            let mut names: Vec<&str> = set.classes.iter().map(|class| class.name).collect();
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "in the {} set", set.name);
        }
    }
}
