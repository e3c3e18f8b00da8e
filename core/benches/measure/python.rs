//! The same model in Python's onnxruntime, on finished input: a process that runs it once for every line it is sent.

use std::io::{BufRead, BufReader, Write};
use std::num::NonZeroUsize;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use earmark_core::embed::Manifest;

use super::material::Failure;

/// A Python that has onnxruntime and NumPy; `cargo xtask bench` sets it.
const PYTHON_VARIABLE: &str = "EARMARK_BENCH_ONNXRUNTIME_PYTHON";

const PROGRAM: &str = "
import sys
import numpy
import onnxruntime

model, name, shape, runs, threads = sys.argv[1:]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(threads)
session = onnxruntime.InferenceSession(model, options, providers=['CPUExecutionProvider'])
values = numpy.full([int(size) for size in shape.split(',')], 0.3, numpy.float32)
for _ in sys.stdin:
    for _ in range(int(runs)):
        session.run(None, {name: values})
    print('done', flush=True)
";

pub struct Python {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// Ready to run the model `runs` times on input of `shape`; `None` when no Python was named.
    pub fn start(
        manifest: &Manifest,
        shape: [usize; 3],
        runs: usize,
        threads: NonZeroUsize,
    ) -> Result<Option<Self>, Failure> {
        let Some(python) = std::env::var_os(PYTHON_VARIABLE) else {
            eprintln!("{PYTHON_VARIABLE} is not set, so nothing is compared with Python");
            return Ok(None);
        };
        let mut child = Command::new(python)
            .args(["-c", PROGRAM])
            .arg(manifest.model_path())
            .arg(&manifest.file().input)
            .arg(shape.map(|size| size.to_string()).join(","))
            .args([runs.to_string(), threads.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(orders), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("Python has no pipes".into());
        };
        Ok(Some(Self {
            child,
            orders,
            answers: BufReader::new(answers),
        }))
    }

    pub fn run(&mut self) -> Result<(), Failure> {
        writeln!(self.orders, "go")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        match answer.trim() {
            "done" => Ok(()),
            _ => Err("Python gave up; what it says is above".into()),
        }
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
