//! How well one example finds the other recordings of its class, in each of the spaces that a search could compare windows in.
//!
//! An example is a whole recording, as `earmark similar FILE` takes it: the mean of its windows. A recording is as like it as its most
//! similar window is. Vectors are the engine's; the spaces are the engine's where it has them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use earmark_core::classifier::Space;
use earmark_core::config::Config;
use earmark_core::embed::find_models;
use earmark_core::job::JobControl;
use earmark_core::library::space::IndexSpace;
use earmark_core::platform;
use earmark_core::protocol::JobKind;
use earmark_core::recording::Recording;
use earmark_core::store::StoreHandle;
use earmark_core::worker::{Worker, views_of};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::Failure;
use super::figures::FIRST_HITS;

/// Windows that the space of a head is learned from, as in a training.
const POOL_WINDOWS: usize = 4_000;
const SEED: u64 = 0x5EA0;
/// A class with fewer recordings has too few to be found.
const FEWEST_RECORDINGS: usize = 4;

#[derive(Deserialize)]
struct Listed {
    path: PathBuf,
    class: String,
    is_target: bool,
}

/// How well one space finds.
#[derive(Serialize)]
pub struct Retrieval {
    space: &'static str,
    /// Values of a point.
    dims: usize,
    recordings: usize,
    queries: usize,
    /// Over the classes, of the mean over their examples.
    mean_average_precision: f64,
    precision_at_10: f64,
}

/// The windows of all recordings, row by row.
struct Windows {
    rows: Array2<f32>,
    /// The recording of each row.
    owners: Vec<usize>,
}

/// Measures with the recordings that the file `list` names. Their embeddings stay in `cache`.
pub fn measure(list: &Path, cache: &Path, model: &str) -> Result<Vec<Retrieval>, Failure> {
    let listed: Vec<Listed> = serde_json::from_str(&std::fs::read_to_string(list)?)?;
    let models = find_models(&platform::model_folders());
    let mut models = models.into_iter().flatten();
    let manifest = models.find(|manifest| manifest.key() == model);
    let manifest = manifest.ok_or_else(|| format!("there is no model {model}"))?;
    let (listed, windows) = windows_of(listed, cache, model, manifest.dims())?;
    let views = views_of(&manifest);

    let raw = windows.rows.view();
    let unit_views = points(&Space::learn(&[], &views), raw)?;
    let index = IndexSpace::new(unit_views.ncols());
    let projected = index.project(unit_views.into_raw_vec_and_offset().0);
    let projected = Array2::from_shape_vec((windows.owners.len(), index.dims()), projected)?;
    let head = points(&Space::learn(&sample(raw), &views), raw)?;
    let spaces = [
        ("inner product", raw.to_owned()),
        ("cosine", of_unit_length(raw.to_owned())),
        (
            "index, from the mean of all (shipped)",
            seen_from_mean(projected),
        ),
        ("a head's own space, cosine", of_unit_length(head)),
    ];
    let measured = spaces.into_iter().map(|(space, rows)| {
        let is_unit = space != "inner product";
        rank(&listed, &windows.owners, (space, &rows), is_unit)
    });
    Ok(measured.collect())
}

/// Embeds all recordings, or finds their embeddings; those that cannot be read are named and left out.
fn windows_of(
    listed: Vec<Listed>,
    cache: &Path,
    model: &str,
    dims: usize,
) -> Result<(Vec<Listed>, Windows), Failure> {
    let mut config = Config::from_environment()?;
    config.inference_threads = Some(std::thread::available_parallelism()?);
    config.cache_folder = cache.join("embeddings");
    let folder = tempfile::tempdir()?;
    let store = StoreHandle::new(Some(folder.path().join("retrieval.db")))?;
    let mut worker = Worker::new(config, store);
    let job = JobControl::new(JobKind::Scanning);
    let (mut kept, mut rows, mut owners) = (Vec::new(), Vec::new(), Vec::new());
    for one in listed {
        let recording = Recording::said(&one.path.display().to_string(), &one.path);
        match worker.window_vectors(&recording, model, &job) {
            Ok(vectors) if !vectors.is_empty() && vectors.iter().all(|value| value.is_finite()) => {
                owners.extend(std::iter::repeat_n(kept.len(), vectors.len() / dims));
                rows.extend(vectors);
                kept.push(one);
            }
            Ok(_) => eprintln!("{} has no window", one.path.display()),
            Err(error) => eprintln!("{}: {error}", one.path.display()),
        }
        worker.forget(&recording.path);
    }
    let rows = Array2::from_shape_vec((owners.len(), dims), rows)?;
    Ok((kept, Windows { rows, owners }))
}

fn points(space: &Space, rows: ArrayView2<'_, f32>) -> Result<Array2<f32>, Failure> {
    let vectors: Vec<f32> = rows.iter().copied().collect();
    let points = space.points(&vectors);
    let dims = points.len() / rows.nrows().max(1);
    Ok(Array2::from_shape_vec((rows.nrows(), dims), points)?)
}

/// The windows that a head's space is learned from.
fn sample(rows: ArrayView2<'_, f32>) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(SEED);
    let chosen = random.choose_multiple(0..rows.nrows(), POOL_WINDOWS);
    let rows = chosen.into_iter().map(|row| rows.row(row).to_vec());
    rows.flatten().collect()
}

fn of_unit_length(mut rows: Array2<f32>) -> Array2<f32> {
    for mut row in rows.rows_mut() {
        let length = row.dot(&row).sqrt();
        if length > 0.0 {
            row /= length;
        }
    }
    rows
}

/// As a search sees windows: unit length, less the mean of all, unit length again.
fn seen_from_mean(rows: Array2<f32>) -> Array2<f32> {
    let mut rows = of_unit_length(rows);
    if let Some(mean) = rows.mean_axis(Axis(0)) {
        rows -= &mean;
    }
    of_unit_length(rows)
}

/// Lets each recording of a target look for the others of its class.
fn rank(
    listed: &[Listed],
    owners: &[usize],
    (space, rows): (&'static str, &Array2<f32>),
    is_unit: bool,
) -> Retrieval {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for one in listed {
        *sizes.entry(&one.class).or_default() += 1;
    }
    let is_query = |one: &Listed| one.is_target && sizes[one.class.as_str()] >= FEWEST_RECORDINGS;
    let mut by_class: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for (query, one) in listed.iter().enumerate().filter(|(_, one)| is_query(one)) {
        let own = owners
            .iter()
            .enumerate()
            .filter(|(_, owner)| **owner == query);
        let own: Vec<usize> = own.map(|(row, _)| row).collect();
        let mean = rows.select(Axis(0), &own).mean_axis(Axis(0));
        let mut mean: Array1<f32> = mean.unwrap_or_else(|| Array1::zeros(rows.ncols()));
        if is_unit {
            let length = mean.dot(&mean).sqrt();
            mean /= length.max(f32::MIN_POSITIVE);
        }
        let mut best = vec![f32::NEG_INFINITY; listed.len()];
        for (likeness, &owner) in rows.dot(&mean).iter().zip(owners) {
            if let Some(best) = best.get_mut(owner) {
                *best = best.max(*likeness);
            }
        }
        let mut ranked: Vec<usize> = (0..listed.len()).filter(|other| *other != query).collect();
        ranked.sort_by(|a, b| best[*b].total_cmp(&best[*a]));
        let is_hit: Vec<bool> = ranked
            .iter()
            .map(|other| listed[*other].class == one.class)
            .collect();
        by_class.entry(&one.class).or_default().push((
            average_precision(&is_hit),
            is_hit.iter().take(FIRST_HITS).filter(|hit| **hit).count() as f64
                / FIRST_HITS.min(sizes[one.class.as_str()] - 1) as f64,
        ));
    }
    let mean_of = |figure: fn(&(f64, f64)) -> f64| {
        let classes = by_class
            .values()
            .map(|queries| queries.iter().map(figure).sum::<f64>() / queries.len() as f64);
        classes.sum::<f64>() / by_class.len().max(1) as f64
    };
    Retrieval {
        space,
        dims: rows.ncols(),
        recordings: listed.len(),
        queries: by_class.values().map(Vec::len).sum(),
        mean_average_precision: mean_of(|query| query.0),
        precision_at_10: mean_of(|query| query.1),
    }
}

fn average_precision(is_hit: &[bool]) -> f64 {
    let mut hits = 0;
    let mut sum = 0.0;
    for (rank, _) in is_hit.iter().enumerate().filter(|(_, hit)| **hit) {
        hits += 1;
        sum += f64::from(hits) / (rank + 1) as f64;
    }
    sum / f64::from(hits.max(1))
}
