//! A host session as data: what to do with a plugin, step by step, and what is told back meanwhile.
//!
//! One line of JSON each, between the process that wants to know and the [`runner`](super::runner) that finds out.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::census::Census;
use super::handlers::LogLine;
use super::instance::Parameter;
use super::library::PluginSummary;
use super::playback::Note;
use super::system_calls::Watch;
use super::transport::{BlockSizes, Pace, RenderMode, Stretch, TransportStep};
use super::usage::Usage;

/// What the host does with one plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// The `.clap` to load.
    pub plugin: PathBuf,
    /// Which plugin in it; `None` is the only one.
    #[serde(default)]
    pub plugin_id: Option<String>,
    /// Name of the track the plugin sits on.
    #[serde(default)]
    pub track_name: Option<String>,
    /// What the audio thread is held to.
    #[serde(default)]
    pub watch: Watch,
    pub steps: Vec<Step>,
}

/// One thing a host does. The editor is opened and closed by the same thread that plays, as in a DAW; every instance may have
/// one open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Step {
    RenderMode {
        mode: RenderMode,
    },
    /// Use the plugin's layout of this many channels. Deactivates.
    SelectLayout {
        channels: u32,
    },
    Activate {
        rate_hz: u32,
        blocks: BlockSizes,
    },
    Deactivate,
    /// Play a WAV file and keep what comes out. The file's rate must be the rate of the last activation.
    Play {
        input: PathBuf,
        #[serde(default)]
        output: Option<PathBuf>,
        /// Empty rolls through the whole file.
        #[serde(default)]
        transport: Vec<TransportStep>,
        #[serde(default)]
        pace: Pace,
    },
    SetParameter {
        name: String,
        value: f64,
    },
    /// Change a parameter so many frames into what is played next.
    Automate {
        name: String,
        value: f64,
        frame: u64,
    },
    ReportParameters,
    /// What the host's process takes of the machine.
    ReportUsage,
    SaveState {
        file: PathBuf,
    },
    LoadState {
        file: PathBuf,
    },
    SetTrackName {
        name: Option<String>,
    },
    /// With `optional`, a host without a display reports that and goes on.
    OpenEditor {
        title: String,
        #[serde(default)]
        optional: bool,
        /// What passes between creating the editor and showing it.
        #[serde(default)]
        delay_ms: u64,
    },
    ResizeEditor {
        width: u32,
        height: u32,
    },
    /// From now on editors are told that the screen has so many percent of the pixels.
    ScaleEditor {
        percent: u32,
    },
    CloseEditor,
    /// Tell which keys the plugin left to the host. Windows only.
    ReportKeys,
    /// Serve the callbacks, timers and windows of all instances for a while.
    Idle {
        milliseconds: u64,
    },
    /// Idle until the other side sends a line, or closes its end, or the user closes an editor.
    Hold {
        at_most_s: f64,
    },
    /// Hold the thread of this name up, as a disk that does not answer would. Linux only.
    FreezeThread {
        name: String,
    },
    /// Let every thread that is held up go on.
    ThawThreads,
    /// Destroy the instance and make a new one of the same plugin.
    Recreate,
    /// Make so many further instances of the plugin, which live beside the one that all other steps are about, and
    /// activate them.
    AddInstances {
        instances: usize,
        rate_hz: u32,
        blocks: BlockSizes,
    },
    /// Let one of the further instances do a step, counted from zero in the order in which they were made.
    ByAnother {
        instance: usize,
        step: Box<Step>,
    },
    /// Destroy the further instances.
    RemoveInstances,
    /// Do some steps again and again.
    Repeat {
        times: usize,
        steps: Vec<Step>,
    },
    /// Give the plugin a state that it may refuse.
    TryState {
        file: PathBuf,
    },
    /// Who lives in the host's process. Linux only.
    TakeCensus,
}

/// What the runner tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    Instantiated {
        plugin: Option<PluginSummary>,
        inputs: usize,
        outputs: usize,
        latency_frames: u32,
    },
    Played {
        notes: Vec<Note>,
        stretches: Vec<Stretch>,
        position: i64,
        seconds: f64,
    },
    Parameters {
        parameters: Vec<Parameter>,
    },
    Usage {
        usage: Usage,
    },
    /// `window` is the X11 id of the host's window.
    EditorOpened {
        window: u32,
    },
    EditorUnavailable {
        reason: String,
    },
    Holding,
    /// Virtual-key codes, the oldest first.
    KeysPressed {
        codes: Vec<u32>,
    },
    StateTried {
        accepted: bool,
    },
    Census {
        census: Census,
    },
    /// Instances were destroyed, while the library stays.
    Removed {
        /// How long that took.
        seconds: f64,
    },
    Finished {
        log: Vec<LogLine>,
        state_dirty: bool,
        restart_requested: bool,
    },
    /// Every instance is destroyed and the library unloaded. Told on Linux and under Wine only.
    Unloaded {
        /// How long both took.
        seconds: f64,
        /// The library's code is not in memory any more.
        gone: bool,
        census: Census,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_survives_the_way_through_json() {
        let script = Script {
            plugin: "Earmark.clap".into(),
            plugin_id: None,
            track_name: Some("Dialogue 1".to_owned()),
            watch: Watch::SystemCalls,
            steps: vec![
                Step::Activate {
                    rate_hz: 48_000,
                    blocks: BlockSizes::Cycle(vec![1, 64]),
                },
                Step::Play {
                    input: "in.wav".into(),
                    output: None,
                    transport: vec![
                        TransportStep::Jump { to: -5 },
                        TransportStep::Roll { frames: 9 },
                    ],
                    pace: Pace::TimesRealTime(1.0),
                },
                Step::Hold { at_most_s: 2.0 },
            ],
        };
        let line = serde_json::to_string(&script).unwrap();
        assert!(!line.contains('\n'));
        assert_eq!(serde_json::from_str::<Script>(&line).unwrap(), script);
    }
}
