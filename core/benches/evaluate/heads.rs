//! The heads that are compared: Earmark's own, and scikit-learn's in a Python process that is asked line by line.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use earmark_core::classifier::{Example, FitSettings, fit};
use serde::{Deserialize, Serialize};

use super::Failure;

/// Gradient boosting takes minutes where the others take a second, so it learns the first targets only.
const BOOSTED_TARGETS: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Earmark,
    SupportVectorMachine,
    LogisticRegression,
    HistGradientBoosting,
}

/// The window vectors of both files, row by row.
#[derive(Clone, Copy)]
pub struct Searched<'a> {
    pub dims: usize,
    pub file_a: &'a [f32],
    pub file_b: &'a [f32],
    pub silence: &'a [f32],
    pub noise: &'a [f32],
}

/// Scores of every window of both files.
pub struct Answer {
    pub file_a: Vec<f32>,
    pub file_b: Vec<f32>,
    /// The threshold that the head recommends.
    pub suggested: Option<f32>,
    /// The highest scores in digital silence and in white noise, in which there is nothing to find.
    pub in_silence: Option<f32>,
    pub in_noise: Option<f32>,
    /// Wall time of learning, without searching.
    pub seconds: f64,
}

pub struct Heads {
    pub sklearn: Option<Sklearn>,
}

impl Heads {
    /// The heads that learn the target of this number.
    pub fn kinds(&self, target: usize) -> Vec<Kind> {
        let mut kinds = vec![Kind::Earmark];
        if self.sklearn.is_some() {
            kinds.extend([Kind::SupportVectorMachine, Kind::LogisticRegression]);
        }
        if self.sklearn.is_some() && target < BOOSTED_TARGETS {
            kinds.push(Kind::HistGradientBoosting);
        }
        kinds
    }

    pub fn ask(
        &mut self,
        kind: Kind,
        examples: &[Example],
        searched: Searched<'_>,
    ) -> Result<Answer, Failure> {
        match (kind, &mut self.sklearn) {
            (Kind::Earmark, _) => own(examples, searched),
            (_, Some(sklearn)) => sklearn.ask(kind, examples),
            (_, None) => Err("there is no Python to ask".into()),
        }
    }
}

fn own(examples: &[Example], searched: Searched<'_>) -> Result<Answer, Failure> {
    let begun = std::time::Instant::now();
    let classifier = fit(examples, &FitSettings::default(), &mut |_| {
        ControlFlow::Continue(())
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let highest = |windows| {
        let scores = classifier.predict(windows);
        scores.into_iter().max_by(f32::total_cmp)
    };
    Ok(Answer {
        file_a: classifier.predict(searched.file_a),
        file_b: classifier.predict(searched.file_b),
        suggested: classifier
            .metrics()
            .map(|metrics| metrics.best_f1_threshold),
        in_silence: highest(searched.silence),
        in_noise: highest(searched.noise),
        seconds,
    })
}

/// scikit-learn's heads. The process ends with its standard input.
pub struct Sklearn {
    process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
}

/// One line to the process. Files hold little-endian `f32`, labels one byte each.
#[derive(Serialize)]
struct Question<'a> {
    head: Kind,
    examples: &'a Path,
    labels: &'a Path,
}

/// One line back.
#[derive(Deserialize)]
struct Reply {
    file_a: PathBuf,
    file_b: PathBuf,
    seconds: f64,
}

impl Sklearn {
    pub fn start(
        python: &Path,
        script: &Path,
        folder: &Path,
        searched: Searched<'_>,
    ) -> Result<Self, Failure> {
        for (name, values) in [("a.f32", searched.file_a), ("b.f32", searched.file_b)] {
            fs::write(folder.join(name), bytes_of(values))?;
        }
        let mut process = Command::new(python)
            .arg(script)
            .arg(folder)
            .arg(searched.dims.to_string())
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
        })
    }

    fn ask(&mut self, head: Kind, examples: &[Example]) -> Result<Answer, Failure> {
        let (vectors, labels) = (
            self.folder.join("examples.f32"),
            self.folder.join("labels.u8"),
        );
        let values: Vec<f32> = examples
            .iter()
            .flat_map(|example| example.vector.iter().copied())
            .collect();
        fs::write(&vectors, bytes_of(&values))?;
        let positive = examples
            .iter()
            .map(|example| u8::from(example.origin.is_positive()));
        fs::write(&labels, positive.collect::<Vec<u8>>())?;
        let question = Question {
            head,
            examples: &vectors,
            labels: &labels,
        };
        let input = self.questions.as_mut().ok_or("Python was let go")?;
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

impl Drop for Sklearn {
    fn drop(&mut self) {
        drop(self.questions.take());
        if let Err(error) = self.process.wait() {
            eprintln!("the Python process cannot be waited for: {error}");
        }
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
