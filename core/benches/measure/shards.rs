//! Two tasks of a shared scan at once beside one: how much of the second core's time becomes speed, by the clock.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::effort::{Effort, say};
use super::material::{Failure, write_recording};
use super::{Figure, side_by_side};

/// Seconds of each recording of the archive, and its channels.
const RECORDING_S: usize = 60;

/// One thread each, as [the documentation](../../../docs/cluster.md) recommends.
pub fn measure(effort: Effort) -> Result<Vec<Figure>, Failure> {
    let files = effort.choose(8, 40);
    let folder = tempfile::tempdir()?;
    let machine = Machine(folder.path());
    say(format!(
        "writing {files} recordings of a minute and training"
    ));
    machine.prepare(files)?;
    let mut round = 0;
    let mut out = || {
        round += 1;
        format!("out{round}")
    };
    let mut outs: Vec<String> = (0..8).map(|_| out()).collect();
    for out in &outs {
        machine.must(&[
            "scan",
            "--prepare",
            "2",
            "--out",
            out,
            "--sound",
            "noise.earmark",
            "archive",
        ])?;
    }
    let rounds = 3;
    let (mut of_two, mut of_one) = (outs.split_off(4), outs);
    let (two, one) = side_by_side(
        rounds,
        || machine.scan(&of_two.pop().ok_or("no plan")?, &["1/2", "2/2"]),
        || machine.scan(&of_one.pop().ok_or("no plan")?, &["1/1"]),
    )?;
    let (two, one) = (two.as_secs_f64(), one.as_secs_f64());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Ok(vec![Figure {
        name: "shard_2_tasks_efficiency",
        value: one / (2.0 * two),
        unit: "of 1",
        against: format!(
            "{files} files of a minute: one task {one:.1} s, two tasks at once {two:.1} s by the clock, one thread each, {cores} cores"
        ),
        ratio: one / two,
    }])
}

/// A folder with an archive, and the command line at work in it.
struct Machine<'a>(&'a Path);

impl Machine<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// An archive of `files`, and a pack of a classifier.
    fn prepare(&self, files: usize) -> Result<(), Failure> {
        let recording = write_recording(self.0, RECORDING_S, 1)?;
        std::fs::create_dir(self.path("archive"))?;
        for index in 0..files {
            std::fs::copy(&recording.path, self.path(&format!("archive/{index}.wav")))?;
        }
        for start_s in ["5", "20", "40"] {
            let clip = [
                "clip",
                "add",
                "--class",
                "noise",
                "measure.wav",
                "--start",
                start_s,
            ];
            self.must(&[&clip[..], &["--end", &format!("{start_s}.9")]].concat())?;
        }
        self.must(&[
            "train",
            "--positive",
            "noise",
            "--background",
            "measure.wav",
        ])?;
        self.must(&["pack", "export", "--sound", "noise", "noise.earmark"])
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_earmark"));
        command
            .args(arguments)
            .current_dir(self.0)
            .env("EARMARK_DB", self.path("earmark.db"))
            .env("EARMARK_CLIPS", self.path("clips"))
            .env("EARMARK_TAKES", self.path("takes"))
            .env("EARMARK_EMBEDDINGS", self.path("cache"))
            .env("EARMARK_INFERENCE_THREADS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }

    fn must(&self, arguments: &[&str]) -> Result<(), Failure> {
        let output = self.command(arguments).stderr(Stdio::piped()).output()?;
        match output.status.success() {
            true => Ok(()),
            false => {
                Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into())
            }
        }
    }

    /// Runs the tasks of `parts` at the same time, until all have ended.
    fn scan(&self, out: &str, parts: &[&str]) -> Result<(), Failure> {
        let begun = Instant::now();
        let tasks = parts.iter().map(|part| {
            let mut command = self.command(&["scan", "--shard", part, "--out", out]);
            command.stderr(Stdio::null()).spawn()
        });
        let tasks: Vec<_> = tasks.collect::<Result<_, _>>()?;
        let mut all_worked = true;
        for mut task in tasks {
            all_worked &= task.wait()?.success();
        }
        say(format!(
            "parts {parts:?} took {:.1} s",
            begun.elapsed().as_secs_f64()
        ));
        match all_worked {
            true => Ok(()),
            false => Err("a task failed: run it by hand to see why".into()),
        }
    }
}
