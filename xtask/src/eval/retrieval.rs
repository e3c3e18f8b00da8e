//! How well one example finds the other recordings of its class: lists the recordings of a set by class, lets `core/benches/evaluate`
//! search them in several spaces, and prints its figures. It must never decide by itself which space is shipped.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::material::slashed;
use super::set::{Role, Set};
use super::{SHIPPED_MODEL, evaluation};
use crate::setup::Setup;
use crate::workspace::Workspace;

/// Of a class with thousands of recordings so many are used.
const MOST_RECORDINGS: usize = 24;

/// A recording and what it is.
#[derive(Debug, Serialize)]
struct Listed {
    path: PathBuf,
    class: &'static str,
    /// Recordings of this class are examples; the others are only searched.
    is_target: bool,
}

/// How well one space finds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Retrieval {
    space: String,
    /// Values of a point.
    dims: usize,
    recordings: usize,
    queries: usize,
    /// Over the classes, of the mean over their examples.
    mean_average_precision: f64,
    precision_at_10: f64,
}

/// Measures with the recordings `files` of `set`, and keeps their embeddings in `folder`.
///
/// # Errors
/// When a recording cannot be read, or the measurement fails.
pub fn measure(
    workspace: &Workspace,
    setup: &Setup,
    (set, files): (&'static Set, &[PathBuf]),
    (folder, python): (&Path, &Path),
) -> Result<Vec<Retrieval>> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let list = folder.join("retrieval.json");
    fs::write(&list, serde_json::to_string_pretty(&listed(set, files)?)?)
        .with_context(|| format!("{} cannot be written", list.display()))?;
    let json = folder.join("retrieved.json");
    let mut command = evaluation(workspace, setup, folder, python)?;
    command
        .arg("--retrieval")
        .arg(&list)
        .arg("--json")
        .arg(&json);
    let status = command.status().context("cargo cannot be run")?;
    ensure!(
        status.success(),
        "the recordings could not be searched; the message is above"
    );
    let text =
        fs::read_to_string(&json).with_context(|| format!("{} cannot be read", json.display()))?;
    let measured: Vec<Retrieval> = serde_json::from_str(&text)?;
    print(set, SHIPPED_MODEL, &measured);
    Ok(measured)
}

/// The recordings of each class, each content once.
fn listed(set: &'static Set, files: &[PathBuf]) -> Result<Vec<Listed>> {
    let mut seen = BTreeSet::new();
    let mut listed: Vec<Listed> = Vec::new();
    for path in files {
        let name = slashed(path);
        let Some(class) = set.classes.iter().find(|class| class.holds(&name)) else {
            continue;
        };
        let of_class = listed.iter().filter(|one| one.class == class.name);
        if of_class.count() == MOST_RECORDINGS {
            continue;
        }
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        if seen.insert(Sha256::digest(&bytes)) {
            listed.push(Listed {
                path: path.clone(),
                class: class.name,
                is_target: class.role == Role::Target,
            });
        }
    }
    Ok(listed)
}

fn print(set: &Set, model: &str, measured: &[Retrieval]) {
    let Some(first) = measured.first() else {
        return;
    };
    println!(
        "\nOne example of the {} set finds the others of its class: {} recordings, {} examples, {model}",
        set.name, first.recordings, first.queries
    );
    println!("| space | values | mean average precision | precision at 10 |\n|---|---|---|---|");
    for one in measured {
        println!(
            "| {} | {} | {:.3} | {:.3} |",
            one.space, one.dims, one.mean_average_precision, one.precision_at_10
        );
    }
}
