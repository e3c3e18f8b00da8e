//! How much memory a scan of an hour takes at most, in a process of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use earmark_core::job::JobControl;
use earmark_core::protocol::JobKind;
use earmark_core::recording::Recording;
use earmark_core::store::StoreHandle;
use earmark_core::worker::Worker;

use super::Figure;
use super::effort::{Effort, say};
use super::material::{self, Failure};

const SECONDS: usize = 3_600;
/// Set in the process that scans: the folder it does so in.
const FOLDER_VARIABLE: &str = "EARMARK_BENCH_SCAN_IN";

pub fn measure(_: Effort) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir()?;
    say("writing an hour of sound");
    material::write_recording(folder.path(), SECONDS, 1)?;
    let config = material::config(folder.path(), material::all_cores())?;
    let store = StoreHandle::new(config.database)?;
    material::save_some_classifier(&store, &material::manifest()?)?;
    say("scanning it in a process of its own");
    let output = Command::new(std::env::current_exe()?)
        .env(FOLDER_VARIABLE, folder.path())
        .stderr(std::process::Stdio::inherit())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let peaks: Vec<f64> = text
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    let &[opened, scanned] = peaks.as_slice() else {
        return Err(format!("the scan failed: {text}").into());
    };
    Ok(vec![Figure {
        name: "peak_memory_mb_per_hour",
        value: scanned,
        unit: "MB",
        against: format!("the same process with the model opened: {opened:.0} MB"),
        ratio: scanned / opened,
    }])
}

/// Does the scan if this is the process that was started for it.
pub fn be_a_scanner() -> Result<bool, Failure> {
    let Some(folder) = std::env::var_os(FOLDER_VARIABLE).map(PathBuf::from) else {
        return Ok(false);
    };
    let manifest = material::manifest()?;
    let config = material::config(&folder, material::all_cores())?;
    let store = StoreHandle::new(config.database.clone())?;
    let recording = Recording::named("measure.wav", &folder.join("measure.wav"))?;
    let mut worker = Worker::new(config, store);
    worker.open_model(manifest.key())?;
    let opened = peak_memory_mb()?;
    let request = material::request(&recording, &manifest);
    worker.scan(&request, &JobControl::new(JobKind::Scanning))?;
    println!("{opened} {}", peak_memory_mb()?);
    Ok(true)
}

/// Of this process, as Linux counts it.
pub fn peak_memory_mb() -> Result<f64, Failure> {
    let status = std::fs::read_to_string(Path::new("/proc/self/status"))
        .map_err(|_| "peak memory is measured on Linux only")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next());
    let kibibytes: f64 = kibibytes.ok_or("the system tells no peak")?.parse()?;
    Ok(kibibytes * 1_024.0 / 1e6)
}
