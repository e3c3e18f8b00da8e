//! Heads in Python, in a process that is asked line by line. It owns the files through which vectors go there.

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use earmark_core::classifier::{Example, Origin};
use serde::{Deserialize, Serialize};

use super::Failure;
use super::heads::{Answer, Kind};
use super::session::Searched;

/// The process. It ends with its standard input.
pub struct Python {
    process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
    /// Models whose windows were written for the process.
    written: HashSet<String>,
}

/// One line to the process. Files hold little-endian `f32`, origins one byte each.
#[derive(Serialize)]
struct Question<'a> {
    head: Kind,
    /// The folder with the windows of both files by the head's model.
    windows: &'a Path,
    dims: usize,
    examples: &'a Path,
    origins: &'a Path,
}

/// One line back.
#[derive(Deserialize)]
struct Reply {
    file_a: PathBuf,
    file_b: PathBuf,
    seconds: f64,
}

impl Python {
    pub fn start(python: &Path, script: &Path, folder: &Path) -> Result<Self, Failure> {
        let mut process = Command::new(python)
            .arg(script)
            // OpenMP's threads spin while they wait, which takes the time from the one that works.
            .env("OMP_WAIT_POLICY", "passive")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let questions = process.stdin.take();
        let answers = process.stdout.take().ok_or("Python has no output")?;
        Ok(Self {
            process,
            questions,
            answers: BufReader::new(answers),
            folder: folder.to_owned(),
            written: HashSet::new(),
        })
    }

    pub fn ask(
        &mut self,
        head: Kind,
        examples: &[Example],
        searched: &Searched,
    ) -> Result<Answer, Failure> {
        let windows = self.folder.join("windows").join(&searched.model);
        if self.written.insert(searched.model.clone()) {
            fs::create_dir_all(&windows)?;
            for (name, values) in [("a.f32", &searched.file_a), ("b.f32", &searched.file_b)] {
                fs::write(windows.join(name), bytes_of(values))?;
            }
        }
        let vectors = self.folder.join("examples.f32");
        let values = examples.iter().flat_map(|example| &example.vector);
        fs::write(&vectors, bytes_of(&values.copied().collect::<Vec<f32>>()))?;
        let origins = self.folder.join("origins.u8");
        let numbers = examples.iter().map(|example| number_of(example.origin));
        fs::write(&origins, numbers.collect::<Vec<u8>>())?;
        let question = Question {
            head,
            windows: &windows,
            dims: searched.dims,
            examples: &vectors,
            origins: &origins,
        };
        let input = self
            .questions
            .as_mut()
            .ok_or("the input of Python is closed")?;
        writeln!(input, "{}", serde_json::to_string(&question)?)?;
        input.flush()?;
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err("the Python process ended; its message is above".into());
        }
        let reply: Reply = serde_json::from_str(&line)?;
        Ok(Answer {
            file_a: floats(&reply.file_a)?,
            file_b: floats(&reply.file_b)?,
            suggested: None,
            in_silence: None,
            in_noise: None,
            seconds: reply.seconds,
        })
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        drop(self.questions.take());
        if let Err(error) = self.process.wait() {
            eprintln!("the Python process cannot be waited for: {error}");
        }
    }
}

/// As the Python side numbers them.
fn number_of(origin: Origin) -> u8 {
    match origin {
        Origin::Clip => 0,
        Origin::Confirmed => 1,
        Origin::Mixed => 2,
        Origin::NegativeClip => 3,
        Origin::HardNegative => 4,
        Origin::Background => 5,
    }
}

fn bytes_of(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn floats(path: &Path) -> Result<Vec<f32>, Failure> {
    let bytes = fs::read(path)?;
    let (chunks, _) = bytes.as_chunks::<4>();
    Ok(chunks
        .iter()
        .map(|chunk| f32::from_le_bytes(*chunk))
        .collect())
}
