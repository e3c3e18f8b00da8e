//! The other side of a scripted host: starts the runner in a process of its own, follows what it tells, and reports
//! how it ended. Used by the demo and by the tests.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::script::{Event, Script};

/// A scripted host at work.
pub struct HostProcess {
    child: Child,
    input: Option<ChildStdin>,
    events: Receiver<Event>,
    seen: Vec<Event>,
    errors: Option<JoinHandle<String>>,
    deadline: Instant,
}

/// How a scripted host ended.
#[derive(Debug)]
pub struct Outcome {
    pub status: ExitStatus,
    /// Everything it told, in order.
    pub events: Vec<Event>,
    /// What it, and the plugin in it, wrote to standard error.
    pub errors: String,
}

impl Outcome {
    /// Whether the process was ended by `abort`, as a failed allocation assertion does: signal 6, which a shell
    /// reports as 134.
    pub fn aborted(&self) -> bool {
        #[cfg(unix)]
        if std::os::unix::process::ExitStatusExt::signal(&self.status) == Some(6) {
            return true;
        }
        self.status.code() == Some(134)
    }

    /// Whether the process was ended because the plugin made a system call on the audio thread; see
    /// [`Watch::SystemCalls`](super::Watch::SystemCalls). Standard error says which.
    pub fn made_a_system_call(&self) -> bool {
        #[cfg(target_os = "linux")]
        return std::os::unix::process::ExitStatusExt::signal(&self.status) == Some(libc::SIGSYS);
        #[cfg(not(target_os = "linux"))]
        return false;
    }

    /// The events, if all went well; else an error with what was written to standard error.
    pub fn into_events(self) -> Result<Vec<Event>> {
        if !self.status.success() {
            bail!(
                "the plugin host ended with {}:\n{}",
                self.status,
                self.errors.trim_end()
            );
        }
        Ok(self.events)
    }
}

impl HostProcess {
    /// Start `runner`, a command that calls [`run_from_standard_input`](super::run_from_standard_input), on a script.
    /// The environment set on the command is the plugin's. The whole run may take `time_limit`.
    pub fn spawn(mut runner: Command, script: &Script, time_limit: Duration) -> Result<Self> {
        let mut child = runner
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| {
                format!(
                    "cannot start the plugin host {}",
                    runner.get_program().display()
                )
            })?;
        let mut input = child
            .stdin
            .take()
            .context("the plugin host has no standard input")?;
        let output = child
            .stdout
            .take()
            .context("the plugin host has no standard output")?;
        let errors = child
            .stderr
            .take()
            .context("the plugin host has no standard error")?;
        let (sender, events) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { break };
                if let Ok(event) = serde_json::from_str(&line)
                    && sender.send(event).is_err()
                {
                    break;
                }
            }
        });
        let errors = std::thread::spawn(move || {
            let mut text = Vec::new();
            // What was read before a failure is still worth showing.
            let _ = BufReader::new(errors).read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        let mut line = serde_json::to_vec(script)?;
        line.push(b'\n');
        // A host that died at once says why on standard error; `finish` tells.
        let _ = input.write_all(&line).and_then(|()| input.flush());
        let deadline = Instant::now() + time_limit;
        Ok(Self {
            child,
            input: Some(input),
            events,
            seen: Vec::new(),
            errors: Some(errors),
            deadline,
        })
    }

    /// The number that the system gave it.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next thing the host tells; `None` once it has ended.
    pub fn next_event(&mut self) -> Result<Option<&Event>> {
        match self
            .events
            .recv_timeout(self.deadline.saturating_duration_since(Instant::now()))
        {
            Ok(event) => {
                self.seen.push(event);
                Ok(self.seen.last())
            }
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => bail!("the plugin host took too long; it was ended"),
        }
    }

    /// Wait until the host holds, and return what it has told so far.
    pub fn wait_until_holding(&mut self) -> Result<&[Event]> {
        loop {
            match self.next_event()? {
                Some(Event::Holding) => return Ok(&self.seen),
                Some(_) => {}
                None => {
                    let (status, errors) = self.wait()?;
                    bail!(
                        "the plugin host ended early with {status}:\n{}",
                        errors.trim_end()
                    );
                }
            }
        }
    }

    /// Let a holding host go on. One that has ended is noticed by the next call.
    pub fn release(&mut self) {
        if let Some(input) = &mut self.input {
            let _ = input.write_all(b"\n").and_then(|()| input.flush());
        }
    }

    /// Release every hold still to come and wait for the end.
    pub fn finish(mut self) -> Result<Outcome> {
        self.input = None;
        while self.next_event()?.is_some() {}
        let (status, errors) = self.wait()?;
        Ok(Outcome {
            status,
            events: std::mem::take(&mut self.seen),
            errors,
        })
    }

    fn wait(&mut self) -> Result<(ExitStatus, String)> {
        let status = loop {
            if let Some(status) = self
                .child
                .try_wait()
                .context("the plugin host cannot be waited for")?
            {
                break status;
            }
            if Instant::now() >= self.deadline {
                bail!("the plugin host closed its output but did not end; it was ended");
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        let errors = self
            .errors
            .take()
            .and_then(|errors| errors.join().ok())
            .unwrap_or_default();
        Ok((status, errors))
    }
}

impl Drop for HostProcess {
    fn drop(&mut self) {
        // Fails if the host has ended, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
