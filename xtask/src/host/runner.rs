//! Carries a [`Script`] out, in a process of its own: a plugin reads its environment when it is loaded, and one that aborts
//! takes its host with it.
//!
//! Reads the script as the first line of standard input and writes one [`Event`] per line to standard output; whatever else
//! the plugin prints there is not an event.

use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};

use super::census::Census;
use super::freeze;
use super::instance::{Instance, PUMP_INTERVAL};
use super::library::Host;
use super::script::{Event, Script, Step};
use super::usage::Usage;
use super::wave::Wave;

/// Carry out the script that comes as the first line of standard input. Later lines release a [`Step::Hold`].
pub fn run_from_standard_input() -> Result<()> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    let script = lines
        .recv()
        .context("no script came in; the first line of standard input must be one")?;
    let script: Script = serde_json::from_str(&script)
        .context("the first line of standard input is not a script")?;
    run(&script, lines, &mut tell)
}

/// Events go out at once: the other side waits for them.
fn tell(event: &Event) -> Result<()> {
    let mut line = serde_json::to_vec(event)?;
    line.push(b'\n');
    let mut out = std::io::stdout().lock();
    out.write_all(&line)?;
    out.flush()?;
    Ok(())
}

fn run(
    script: &Script,
    lines: Receiver<String>,
    tell: &mut (dyn FnMut(&Event) -> Result<()> + Send),
) -> Result<()> {
    let host = Host::load(&script.plugin)?;
    // On a thread that ends before the library is unloaded: what a plugin keeps in a thread's own storage keeps its code in
    // memory, and a crash while that goes is one that a test should see.
    let begun = std::thread::scope(|scope| {
        let main_thread = std::thread::Builder::new()
            .name(String::from("host-main"))
            .spawn_scoped(scope, {
                let (host, tell) = (&host, &mut *tell);
                move || play_out(host, script, &lines, tell)
            })
            .context("no thread could be started")?;
        main_thread
            .join()
            .map_err(|_| anyhow!("the host's main thread panicked"))?
    })?;
    unload(host, begun, tell)
}

/// All of a script, on the thread that plays the part of the host's main thread. When the end of the last instance began.
fn play_out(
    host: &Host,
    script: &Script,
    lines: &Receiver<String>,
    tell: &mut (dyn FnMut(&Event) -> Result<()> + Send),
) -> Result<Instant> {
    let mut project = Project {
        host,
        script,
        first: Some(instantiate(host, script, tell)?),
        others: Vec::new(),
    };
    project.carry_out_all(&script.steps, lines, tell)?;
    let instance = &mut project.first()?.instance;
    instance.close_editor();
    instance.deactivate();
    tell(&Event::Finished {
        log: instance.log_lines(),
        state_dirty: instance.state_dirty(),
        restart_requested: instance.restart_requested(),
    })?;
    let begun = Instant::now();
    drop(project);
    Ok(begun)
}

/// Unloads the library, and tells what is left of it, where that can be found out.
fn unload(host: Host, begun: Instant, tell: &mut dyn FnMut(&Event) -> Result<()>) -> Result<()> {
    let gone = host.unload();
    let seconds = begun.elapsed().as_secs_f64();
    // Wine has Linux's list of threads; Windows itself and macOS have none.
    match (gone, Census::take()) {
        (Ok(gone), Ok(census)) => tell(&Event::Unloaded {
            seconds,
            gone,
            census,
        }),
        (Err(error), _) | (_, Err(error)) if cfg!(target_os = "linux") => Err(error),
        _ => Ok(()),
    }
}

/// An instance, and the rate it was activated for.
struct Track {
    instance: Instance,
    rate_hz: u32,
}

/// All instances of the plugin.
struct Project<'a> {
    host: &'a Host,
    script: &'a Script,
    /// `None` only while another is made.
    first: Option<Track>,
    others: Vec<Track>,
}

impl Project<'_> {
    fn first(&mut self) -> Result<&mut Track> {
        self.first.as_mut().context("there is no instance")
    }

    fn instances(&mut self) -> impl Iterator<Item = &mut Instance> {
        let tracks = self.first.iter_mut().chain(&mut self.others);
        tracks.map(|track| &mut track.instance)
    }

    fn carry_out_all(
        &mut self,
        steps: &[Step],
        lines: &Receiver<String>,
        tell: &mut dyn FnMut(&Event) -> Result<()>,
    ) -> Result<()> {
        for (index, step) in steps.iter().enumerate() {
            self.carry_out(step, lines, tell)
                .with_context(|| format!("step {} of the host's script failed", index + 1))?;
        }
        Ok(())
    }

    fn carry_out(
        &mut self,
        step: &Step,
        lines: &Receiver<String>,
        tell: &mut dyn FnMut(&Event) -> Result<()>,
    ) -> Result<()> {
        match step {
            Step::Recreate => {
                let track = self.first.take();
                remove(track, tell)?;
                self.first = Some(instantiate(self.host, self.script, tell)?);
            }
            Step::AddInstances {
                instances,
                rate_hz,
                blocks,
            } => {
                for _ in 0..*instances {
                    let id = self.script.plugin_id.as_deref();
                    let name = self.script.track_name.as_deref();
                    let mut instance = self.host.instantiate(id, name)?;
                    instance.activate(*rate_hz, blocks.clone())?;
                    self.others.push(Track {
                        instance,
                        rate_hz: *rate_hz,
                    });
                }
            }
            Step::ByAnother { instance, step } => {
                let track = self.others.get_mut(*instance);
                let track =
                    track.with_context(|| format!("there is no further instance {instance}"))?;
                carry_out(step, track, tell)?;
            }
            Step::RemoveInstances => remove(std::mem::take(&mut self.others), tell)?,
            Step::Repeat { times, steps } => {
                for _ in 0..*times {
                    self.carry_out_all(steps, lines, tell)?;
                }
            }
            Step::Idle { milliseconds } => self.serve(Duration::from_millis(*milliseconds)),
            Step::Hold { at_most_s } => {
                tell(&Event::Holding)?;
                self.hold(lines, *at_most_s)?;
            }
            step => carry_out(step, self.first()?, tell)?,
        }
        Ok(())
    }

    /// Serves every instance for this long.
    fn serve(&mut self, duration: Duration) {
        let end = Instant::now() + duration;
        loop {
            for instance in self.instances() {
                instance.pump(Duration::ZERO);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            std::thread::sleep(left.min(PUMP_INTERVAL));
        }
    }

    fn hold(&mut self, lines: &Receiver<String>, at_most_s: f64) -> Result<()> {
        let started = Instant::now();
        while !self.instances().any(|it| it.editor_wants_to_close()) {
            ensure!(
                started.elapsed().as_secs_f64() < at_most_s,
                "nobody released the host within {at_most_s} seconds"
            );
            match lines.recv_timeout(Duration::ZERO) {
                Ok(_) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => self.serve(Duration::from_millis(20)),
            }
        }
        Ok(())
    }
}

/// Destroys what is handed over.
fn remove<T>(instances: T, tell: &mut dyn FnMut(&Event) -> Result<()>) -> Result<()> {
    let begun = Instant::now();
    drop(instances);
    tell(&Event::Removed {
        seconds: begun.elapsed().as_secs_f64(),
    })
}

fn instantiate(
    host: &Host,
    script: &Script,
    tell: &mut dyn FnMut(&Event) -> Result<()>,
) -> Result<Track> {
    let id = script.plugin_id.as_deref();
    let mut instance = host.instantiate(id, script.track_name.as_deref())?;
    instance.watch(script.watch);
    let (inputs, outputs) = instance.channels()?;
    let plugin = host
        .plugins()
        .into_iter()
        .find(|plugin| id.is_none_or(|id| id == plugin.id));
    tell(&Event::Instantiated {
        plugin,
        inputs,
        outputs,
        latency_frames: instance.latency_frames(),
    })?;
    Ok(Track {
        instance,
        rate_hz: 0,
    })
}

/// What one instance can do by itself.
fn carry_out(
    step: &Step,
    track: &mut Track,
    tell: &mut dyn FnMut(&Event) -> Result<()>,
) -> Result<()> {
    let Track { instance, rate_hz } = track;
    match step {
        Step::RenderMode { mode } => instance.set_render_mode(*mode)?,
        Step::SelectLayout { channels } => instance.select_layout(*channels)?,
        Step::Activate {
            rate_hz: rate,
            blocks,
        } => {
            instance.activate(*rate, blocks.clone())?;
            *rate_hz = *rate;
        }
        Step::Deactivate => instance.deactivate(),
        Step::Play {
            input,
            output,
            transport,
            pace,
        } => {
            let wave = read_input(input, *rate_hz)?;
            let started = Instant::now();
            let played = instance.play(&wave.channels, transport, *pace)?;
            let seconds = started.elapsed().as_secs_f64();
            if let Some(output) = output {
                let channels = played.output;
                Wave { channels, ..wave }.write(output)?;
            }
            tell(&Event::Played {
                notes: played.notes,
                stretches: played.stretches,
                position: played.position,
                seconds,
            })?;
        }
        Step::SetParameter { name, value } => instance.set_parameter(name, *value)?,
        Step::Automate { name, value, frame } => instance.automate(name, *value, *frame)?,
        Step::ReportParameters => tell(&Event::Parameters {
            parameters: instance.parameters()?,
        })?,
        Step::ReportUsage => tell(&Event::Usage {
            usage: Usage::of_this_process()?,
        })?,
        Step::SaveState { file } => std::fs::write(file, instance.save_state()?)
            .with_context(|| format!("cannot write {}", file.display()))?,
        Step::LoadState { file } => instance.load_state(&read_state(file)?)?,
        Step::SetTrackName { name } => instance.set_track_name(name.as_deref()),
        Step::OpenEditor { .. }
        | Step::ResizeEditor { .. }
        | Step::ScaleEditor { .. }
        | Step::ReportKeys
        | Step::CloseEditor => carry_out_in_window(step, instance, tell)?,
        Step::FreezeThread { name } => freeze::freeze(name)?,
        Step::ThawThreads => freeze::thaw(),
        Step::TryState { file } => {
            let accepted = instance.load_state(&read_state(file)?).is_ok();
            tell(&Event::StateTried { accepted })?;
        }
        Step::TakeCensus => tell(&Event::Census {
            census: Census::take()?,
        })?,
        Step::Recreate
        | Step::AddInstances { .. }
        | Step::ByAnother { .. }
        | Step::RemoveInstances
        | Step::Idle { .. }
        | Step::Hold { .. }
        | Step::Repeat { .. } => bail!("that is not for an instance to do"),
    }
    Ok(())
}

/// What one instance can do with its window.
fn carry_out_in_window(
    step: &Step,
    instance: &mut Instance,
    tell: &mut dyn FnMut(&Event) -> Result<()>,
) -> Result<()> {
    match step {
        Step::OpenEditor {
            title,
            optional,
            delay_ms,
        } => match instance.open_editor(title, Duration::from_millis(*delay_ms)) {
            Ok(window) => tell(&Event::EditorOpened { window })?,
            Err(error) if *optional => tell(&Event::EditorUnavailable {
                reason: format!("{error:#}"),
            })?,
            Err(error) => return Err(error),
        },
        Step::ResizeEditor { width, height } => instance.resize_editor(*width, *height)?,
        Step::ScaleEditor { percent } => instance.scale_editor(*percent),
        Step::CloseEditor => instance.close_editor(),
        Step::ReportKeys => tell(&Event::KeysPressed {
            codes: instance.take_pressed_keys()?,
        })?,
        _ => bail!("that is not for a window to do"),
    }
    Ok(())
}

/// What is to be played, which must be at the rate that the plugin was activated for.
fn read_input(input: &Path, rate_hz: u32) -> Result<Wave> {
    let wave = Wave::read(input)?;
    ensure!(
        wave.rate_hz == rate_hz,
        "{} is at {} Hz but the plugin was activated for {rate_hz} Hz",
        input.display(),
        wave.rate_hz
    );
    Ok(wave)
}

fn read_state(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::system_calls::Watch;

    #[test]
    fn a_missing_plugin_says_how_to_build_it() {
        let script = Script {
            plugin: "nowhere.clap".into(),
            plugin_id: None,
            track_name: None,
            watch: Watch::Off,
            steps: vec![],
        };
        let error = run(&script, channel().1, &mut |_| Ok(())).unwrap_err();
        assert!(
            format!("{error:#}").contains("cargo xtask bundle"),
            "{error:#}"
        );
    }
}
