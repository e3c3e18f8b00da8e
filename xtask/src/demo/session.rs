//! The DAW's part of the demo: a host process with the plugin in it that plays a recording once.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::command_line::CommandLine;
use super::{Show, report};
use crate::bundle::Bundles;
use crate::host::{
    BlockSizes, Event, HostProcess, Pace, RenderMode, Script, Step, TransportStep, Watch, Wave,
};

/// Longer than anybody looks at a demo's window.
const LONGEST: Duration = Duration::from_secs(6 * 60 * 60);
/// Frames per block, as DAWs commonly have it.
const BLOCK_FRAMES: u32 = 512;
const TAKE_TIMEOUT: Duration = Duration::from_secs(60);

/// File names of the pictures, and the keys that lead from the one before to it.
const PICTURES: &[(&str, &[&str])] = &[
    ("window.png", &["Down", "Down", "Down"]),
    ("comparison.png", &["c"]),
    ("training.png", &["c", "t"]),
];

/// The hidden subcommand that carries out host scripts.
pub const HOST_SUBCOMMAND: &str = "host-script";

/// What was recorded, and the host that may still have its window open.
pub struct Session {
    take: PathBuf,
    /// With the window's X11 id.
    host: Option<(HostProcess, u32)>,
}

impl Session {
    /// Play `audio` from start to end through the plugin as an offline render, stop, and wait for the take. Where the
    /// window is shown at all, it is open from before the start until [`Self::finish`].
    pub fn play(
        bundles: &Bundles,
        earmark: &CommandLine,
        audio: &Path,
        show: &Show,
    ) -> Result<Self> {
        let wave = Wave::read(audio)?;
        let script = script(bundles, audio, &wave, show);
        report::step(&format!(
            "Playing {} through {}",
            super::minutes(&wave),
            bundles.clap().display()
        ));
        let mut runner =
            Command::new(std::env::current_exe().context("this program cannot find itself")?);
        runner.arg(HOST_SUBCOMMAND);
        earmark.surround(&mut runner);
        if let Show::OnOwnScreen(screen) = show {
            screen.equip(&mut runner);
        }
        let mut host = HostProcess::spawn(runner, &script, LONGEST)?;
        let mut shown = None;
        for event in host.wait_until_holding()? {
            match event {
                Event::EditorOpened { window } => shown = Some(*window),
                Event::EditorUnavailable { reason } => println!("  no window: {reason}"),
                Event::Played { seconds, .. } => {
                    println!(
                        "  played in {seconds:.1} s, {:.0} times real time",
                        wave.duration_s() / seconds
                    );
                }
                _ => {}
            }
        }
        let take = wait_for_take(&earmark.takes(), wave.frames() as u64)?;
        println!("  recorded as {}", take.display());
        if let Some(window) = shown {
            return Ok(Self {
                take,
                host: Some((host, window)),
            });
        }
        // The database is complete when the host has closed the plugin, as when a DAW closes its project.
        host.finish()?.into_events()?;
        Ok(Self { take, host: None })
    }

    /// The recorded take.
    pub fn take(&self) -> &Path {
        &self.take
    }

    /// Walk down the list a little, as a reviewer does, and write what the window then shows to `folder`, with one picture
    /// for each of [`PICTURES`].
    pub fn save_pictures(&self, show: &Show, folder: &Path) -> Result<()> {
        let (Show::OnOwnScreen(screen), Some((_, window))) = (show, &self.host) else {
            bail!("the plugin's window did not open, so there is nothing to take a picture of");
        };
        let mut shown = screen.wait_until_drawn(*window)?;
        for (name, keys) in PICTURES {
            for key in *keys {
                screen.press(key)?;
            }
            shown = screen.wait_for_another(*window, &shown)?;
            screen.save_picture(*window, &folder.join(name))?;
        }
        println!("Pictures of the window are in {}", folder.display());
        Ok(())
    }

    /// Leave the window to the user, if there are both, and close the host.
    pub fn finish(self) -> Result<()> {
        let Some((mut host, _)) = self.host else {
            return Ok(());
        };
        if std::io::stdin().is_terminal() {
            println!("\nThe plugin's window stays open; close it to end the demo.");
            while host.next_event()?.is_some() {}
        }
        host.finish()?.into_events().map(drop)
    }
}

/// What the host does: an offline render of all of `audio`, a second of standstill, and then it waits.
fn script(bundles: &Bundles, audio: &Path, wave: &Wave, show: &Show) -> Script {
    let mut steps = Vec::new();
    if !matches!(show, Show::Nowhere) {
        steps.push(Step::OpenEditor {
            title: "Earmark".to_owned(),
            optional: true,
            delay_ms: 0,
        });
    }
    steps.extend([
        Step::RenderMode {
            mode: RenderMode::Offline,
        },
        Step::Activate {
            rate_hz: wave.rate_hz,
            blocks: BlockSizes::Fixed(BLOCK_FRAMES),
        },
        Step::Play {
            input: audio.to_owned(),
            output: None,
            transport: vec![
                TransportStep::Roll {
                    frames: wave.frames() as u64,
                },
                TransportStep::Stop {
                    frames: u64::from(wave.rate_hz),
                },
            ],
            pace: Pace::AsFastAsPossible,
        },
        Step::Hold {
            at_most_s: LONGEST.as_secs_f64(),
        },
    ]);
    Script {
        plugin: bundles.clap(),
        plugin_id: None,
        track_name: Some("Demo".to_owned()),
        watch: Watch::Off,
        steps,
    }
}

/// The only WAV file in `folder`, once it has as many frames as were played and no longer grows.
fn wait_for_take(folder: &Path, frames: u64) -> Result<PathBuf> {
    let started = Instant::now();
    let mut last_frames = None;
    while started.elapsed() < TAKE_TIMEOUT {
        std::thread::sleep(Duration::from_millis(250));
        let takes = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()));
        let mut takes =
            takes.filter(|path| path.extension().is_some_and(|extension| extension == "wav"));
        let Some(take) = takes.next() else { continue };
        let recorded = hound::WavReader::open(&take)
            .map(|reader| u64::from(reader.duration()))
            .ok();
        if recorded == Some(frames) && recorded == last_frames {
            return Ok(take);
        }
        last_frames = recorded;
    }
    bail!(
        "the plugin recorded no complete take in {} ({} of {frames} frames); run `earmark doctor` to see what is wrong",
        folder.display(),
        last_frames.unwrap_or(0)
    )
}
