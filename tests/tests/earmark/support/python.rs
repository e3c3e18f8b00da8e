//! The VST3 hosts in Python: scripts of steps, and the raw samples they read and write.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::bundles::python;
use super::sandbox::run;
use super::{Build, Sandbox};

/// Runs the steps of `program`, one of `python/`, on the release bundle.
pub fn session(sandbox: &Sandbox, program: &str, steps: &[Value]) {
    let script = sandbox.path("steps.json");
    std::fs::write(&script, Value::from(steps).to_string()).unwrap();
    let program = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/earmark/python")
        .join(program);
    let mut command = Command::new(python());
    sandbox.equip(&mut command);
    command
        .arg(&program)
        .arg(Build::release().vst3())
        .arg(script);
    let output = run(&mut command);
    assert!(
        output.status.success(),
        "{} ended with {}:\n{}",
        program.display(),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Writes samples as the sessions read them: 32-bit floats, one channel after the other.
pub fn write_samples(sandbox: &Sandbox, name: &str, channels: &[Vec<f32>]) -> PathBuf {
    let path = sandbox.path(name);
    let bytes: Vec<u8> = channels
        .iter()
        .flatten()
        .flat_map(|sample| sample.to_le_bytes())
        .collect();
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Reads what a session wrote.
pub fn read_samples(path: &Path, channels: usize) -> Vec<Vec<f32>> {
    let bytes = std::fs::read(path).unwrap();
    let (samples, rest) = bytes.as_chunks::<4>();
    assert!(rest.is_empty());
    let samples: Vec<f32> = samples
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect();
    samples
        .chunks(samples.len() / channels)
        .map(<[f32]>::to_vec)
        .collect()
}
