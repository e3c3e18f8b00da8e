//! Merging what the tasks of a shared scan found: how fast, and in how much memory.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use earmark_core::job::JobControl;
use earmark_core::library::audio_files::FoundAudio;
use earmark_core::merge::into_database;
use earmark_core::protocol::JobKind;
use earmark_core::scan::{FittedEdges, ScoredSpan, WindowScores};
use earmark_core::shard::{
    FileResult, FileState, Found, PlannedSound, Plans, ScannedFile, ShardFolder,
};
use earmark_core::store::{
    ClassifierId, DEFAULT_PROFILE, NewClassifier, NewScan, Store, StoreHandle,
};
use earmark_core::time::Span;

use super::database::MODEL;
use super::effort::{Effort, say};
use super::material::Failure;
use super::memory::peak_memory_mb;
use super::{Figure, side_by_side};

/// Five minutes by the default model.
const WINDOWS: usize = 1_610;
const HOP_S: f64 = 0.186;
/// Files of an archive, and regions in each, for the speed.
const FILES: usize = 1_000;
const REGIONS: usize = 20;
/// Regions in each file of the large archive.
const MANY_REGIONS: usize = 500;
/// Set in the process that merges: the folder that it merges.
const FOLDER_VARIABLE: &str = "EARMARK_BENCH_MERGE_IN";

/// A merge beside as many scans saved one by one.
pub fn measure(_: Effort) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir()?;
    let shared = results(folder.path(), FILES, REGIONS)?;
    let mut round = 0;
    let mut fresh = |name: &str| -> Result<(StoreHandle, ClassifierId), Failure> {
        round += 1;
        let path = folder.path().join(format!("{name}{round}.db"));
        let store = StoreHandle::new(Some(path))?;
        let id = some_classifier(&store)?;
        Ok((store, id))
    };
    let found = found(REGIONS)?;
    let (mut merged, mut one_by_one) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        merged.push(fresh("merged")?);
        one_by_one.push(fresh("single")?);
    }
    let (ours, theirs) = side_by_side(
        3,
        || {
            let (store, id) = merged.pop().ok_or("no database")?;
            merge(&shared, &store, id)
        },
        || {
            let (store, id) = one_by_one.pop().ok_or("no database")?;
            store.with(|store| save_all(store, &found, id))?;
            Ok(())
        },
    )?;
    let rate = |seconds: f64| FILES as f64 / seconds.max(f64::MIN_POSITIVE);
    let (ours, theirs) = (rate(ours.as_secs_f64()), rate(theirs.as_secs_f64()));
    Ok(vec![Figure {
        name: "merge_files_per_s",
        value: ours,
        unit: "files/s",
        against: format!(
            "the same versions of {REGIONS} regions, in memory already, saved in a transaction each: {theirs:.0} files/s"
        ),
        ratio: ours / theirs,
    }])
}

/// The memory of a merge of a million regions, in a process of its own.
pub fn measure_memory(_: Effort) -> Result<Vec<Figure>, Failure> {
    let peak = |files: usize| -> Result<(f64, f64), Failure> {
        let folder = tempfile::tempdir()?;
        say(format!(
            "writing results with {} regions",
            files * MANY_REGIONS
        ));
        results(folder.path(), files, MANY_REGIONS)?;
        say("merging them in a process of its own");
        let begun = Instant::now();
        let output = Command::new(std::env::current_exe()?)
            .env(FOLDER_VARIABLE, folder.path())
            .stderr(std::process::Stdio::inherit())
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let peak = text
            .trim()
            .parse()
            .map_err(|_| format!("the merge failed: {text}"))?;
        Ok((peak, begun.elapsed().as_secs_f64()))
    };
    let (few, _) = peak(200)?;
    let (many, seconds) = peak(2_000)?;
    Ok(vec![Figure {
        name: "merge_1m_regions_mb",
        value: many,
        unit: "MB",
        against: format!(
            "a tenth of the regions: {few:.0} MB; a million took {seconds:.0} s, {:.0} regions/s",
            1e6 / seconds
        ),
        ratio: many / few,
    }])
}

/// Merges if this is the process that was started for it.
pub fn be_a_merger() -> Result<bool, Failure> {
    let Some(folder) = std::env::var_os(FOLDER_VARIABLE).map(PathBuf::from) else {
        return Ok(false);
    };
    let store = StoreHandle::new(Some(folder.join("merged.db")))?;
    let id = some_classifier(&store)?;
    merge(&ShardFolder::new(&folder.join("out")), &store, id)?;
    println!("{}", peak_memory_mb()?);
    Ok(true)
}

fn merge(folder: &ShardFolder, store: &StoreHandle, id: ClassifierId) -> Result<(), Failure> {
    let mut plans = Plans::open(folder)?;
    let files = plans.plan.files();
    let job = JobControl::new(JobKind::Scanning);
    let report = into_database(
        store,
        DEFAULT_PROFILE,
        folder,
        &mut plans,
        &[id],
        false,
        &job,
    )?;
    match report.merged == files {
        true => Ok(()),
        false => Err("not all was merged".into()),
    }
}

fn save_all(
    store: &mut Store,
    found: &Found,
    id: ClassifierId,
) -> Result<(), earmark_core::store::StoreError> {
    for index in 0..FILES {
        let name = format!("{index:05}.wav");
        let path = path_of(index);
        let scan = NewScan {
            filename: &name,
            source_path: &path,
            profile: DEFAULT_PROFILE,
            model: MODEL,
            regions: &found.regions,
            scores: &found.scores,
            threshold: 0.5,
            classifier: Some(id),
        };
        store.save_scan(&scan, 5)?;
    }
    Ok(())
}

fn path_of(index: usize) -> PathBuf {
    // No such file: a cluster's archive need not be seen where results are merged.
    PathBuf::from(format!("/archive/{}/{index:05}.wav", index % 10))
}

/// A folder with the results of so many files.
fn results(folder: &Path, files: usize, regions: usize) -> Result<ShardFolder, Failure> {
    let shared = ShardFolder::new(&folder.join("out"));
    shared.create()?;
    let sound = PlannedSound {
        sound: "measure".into(),
        model: MODEL.into(),
        model_sha256: "ab".repeat(32),
        classifier: "cd".repeat(32),
        threshold: 0.5,
        fuse_gap_s: 0.2,
        min_length_s: 0.5,
    };
    let state = FileState {
        size_bytes: 50_000_000,
        modified_ns: 1,
    };
    let listed = (0..files).map(|index| FoundAudio {
        path: path_of(index),
        size_bytes: state.size_bytes,
        modified_ns: state.modified_ns,
    });
    let listed: Vec<FoundAudio> = listed.collect();
    let parts = NonZeroU32::new(100).ok_or("no parts")?;
    Plans::write(&shared, &[], vec![sound.clone()], &listed, parts)?;
    let found = found(regions)?;
    for file in listed {
        let path = file.path.display().to_string();
        let result = FileResult {
            file: ScannedFile {
                real_path: path.clone(),
                content: format!("50000000:{:08x}", crc32fast::hash(path.as_bytes())),
                path,
                state,
                sounds: vec![sound.clone()],
                losses: Vec::new(),
            },
            found: vec![found.clone()],
        };
        let place = shared.result(&file.path);
        if let Some(folder) = place.parent() {
            std::fs::create_dir_all(folder)?;
        }
        // Nothing has to survive a crash here.
        std::fs::write(place, result.to_bytes())?;
    }
    Ok(shared)
}

fn found(regions: usize) -> Result<Found, Failure> {
    let mut random = fastrand::Rng::with_seed(7);
    let region = |index: usize| {
        let start_s = index as f64 * (WINDOWS as f64 * HOP_S / regions as f64);
        Ok(ScoredSpan {
            span: Span::new(start_s, start_s + 0.5)?,
            score: 0.9,
        })
    };
    Ok(Found {
        scores: WindowScores {
            hop_s: HOP_S,
            window_s: 0.93,
            scores: (0..WINDOWS).map(|_| random.f32()).collect(),
            edges: FittedEdges::from_bytes(&[0; 2 * WINDOWS]),
        },
        regions: (0..regions).map(region).collect::<Result<_, Failure>>()?,
    })
}

fn some_classifier(store: &StoreHandle) -> Result<ClassifierId, Failure> {
    let row = store.with(|store| {
        store.save_classifier(&NewClassifier {
            profile: DEFAULT_PROFILE,
            model: MODEL,
            classes: &[String::from("measure")],
            negative_class: None,
            counts: &serde_json::json!({}),
            metrics: None,
            seconds: 0.0,
            bytes: &[1],
            model_sha256: "ab",
            used_hard_negatives: true,
            name: "",
            background_margin_s: 0.0,
            marks_seen: Default::default(),
        })
    })?;
    Ok(row.id)
}
