//! A plugin loaded and instantiated: everything a host does to it on its main thread.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use clack_extensions::audio_ports::{AudioPortInfoBuffer, PluginAudioPorts};
use clack_extensions::audio_ports_config::{
    AudioPortsConfigBuffer, MainPortInfo, PluginAudioPortsConfig,
};
use clack_extensions::latency::PluginLatency;
use clack_extensions::params::{ParamInfoBuffer, PluginParams};
use clack_extensions::render::PluginRender;
use clack_extensions::state::PluginState;
use clack_extensions::timer::PluginTimer;
use clack_extensions::track_info::PluginTrackInfo;
use clack_host::events::event_types::ParamValueEvent;
use clack_host::extensions::Extension;
use clack_host::extensions::prelude::PluginExtensionSide;
use clack_host::prelude::*;
use clack_host::utils::ClapId;
use serde::{Deserialize, Serialize};

use super::handlers::{Handlers, LogLine, MainThread, Shared};
use super::pieces::InPieces;
use super::playback::{self, Change, Engine, Playback, Programme};
use super::system_calls::Watch;
use super::transport::{BlockSizes, Pace, RenderMode, TransportStep};
use super::window::EditorWindow;

/// How long the pump sleeps between two looks at what the plugin asked for.
pub(super) const PUMP_INTERVAL: Duration = Duration::from_millis(5);
const SHORTEST_NAP: Duration = Duration::from_micros(100);

/// A parameter as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    pub id: u32,
    pub name: String,
    pub min: f64,
    pub max: f64,
    pub default: f64,
    pub value: f64,
    /// The value as the plugin words it.
    pub text: String,
}

/// One instance of a plugin, and the host's side of it: transport position, pending parameter changes, editor window.
pub struct Instance {
    // Before `instance`: the editor is closed while the plugin still lives.
    editor: Option<EditorWindow>,
    /// What editors are told of the screen's scaling; `None` for nothing.
    editor_scale: Option<f64>,
    engine: Option<Engine>,
    instance: PluginInstance<Handlers>,
    pending: Vec<Change>,
    position: i64,
    watch: Watch,
}

impl Instance {
    pub(super) fn new(instance: PluginInstance<Handlers>) -> Self {
        Self {
            editor: None,
            editor_scale: None,
            engine: None,
            instance,
            pending: Vec::new(),
            position: 0,
            watch: Watch::Off,
        }
    }

    fn extension<E: Extension<ExtensionSide = PluginExtensionSide>>(
        &mut self,
        name: &str,
    ) -> Result<E> {
        self.optional()
            .with_context(|| format!("the plugin does not offer CLAP's {name} extension"))
    }

    fn optional<E: Extension<ExtensionSide = PluginExtensionSide>>(&mut self) -> Option<E> {
        self.instance.plugin_handle().get_extension()
    }

    /// Channels of the main input and output.
    pub fn channels(&mut self) -> Result<(usize, usize)> {
        let ports: PluginAudioPorts = self.extension("audio-ports")?;
        let plugin = self.instance.plugin_handle();
        let mut buffer = AudioPortInfoBuffer::new();
        let mut main = |is_input| {
            ports
                .get(&plugin, 0, is_input, &mut buffer)
                .map_or(0, |port| port.channel_count as usize)
        };
        Ok((main(true), main(false)))
    }

    /// Choose the first layout whose main input and output have this many channels. A plugin that is active is
    /// deactivated, because layouts may not change under it.
    pub fn select_layout(&mut self, channels: u32) -> Result<()> {
        self.deactivate();
        let layouts: PluginAudioPortsConfig = self.extension("audio-ports-config")?;
        let plugin = self.instance.plugin_handle();
        let mut buffer = AudioPortsConfigBuffer::new();
        let found = (0..layouts.count(&plugin)).find_map(|index| {
            let layout = layouts.get(&plugin, index, &mut buffer)?;
            let fits = |port: Option<MainPortInfo>| {
                port.is_some_and(|port| port.channel_count == channels)
            };
            (fits(layout.main_input) && fits(layout.main_output)).then_some(layout.id)
        });
        let id =
            found.with_context(|| format!("the plugin has no layout of {channels} channels"))?;
        layouts
            .select(&plugin, id)
            .with_context(|| format!("the plugin refuses its layout of {channels} channels"))
    }

    /// Announce realtime or offline rendering. Fails if the plugin refuses.
    pub fn set_render_mode(&mut self, mode: RenderMode) -> Result<()> {
        let render: PluginRender = self.extension("render")?;
        let mode = match mode {
            RenderMode::Realtime => clack_extensions::render::RenderMode::Realtime,
            RenderMode::Offline => clack_extensions::render::RenderMode::Offline,
        };
        render
            .set(&self.instance.plugin_handle(), mode)
            .map_err(|error| anyhow!("{error}"))
    }

    /// Activate for a sample rate and blocks of these sizes, and start processing. An active plugin is reactivated.
    pub fn activate(&mut self, rate_hz: u32, sizes: BlockSizes) -> Result<()> {
        self.deactivate();
        ensure!(
            rate_hz > 0 && sizes.largest() > 0,
            "a sample rate and a block size are needed to activate a plugin"
        );
        let (inputs, outputs) = self.channels()?;
        let configuration = PluginAudioConfiguration {
            sample_rate: f64::from(rate_hz),
            min_frames_count: 1,
            max_frames_count: sizes.largest(),
        };
        let processor = self
            .instance
            .activate(|_, _| (), configuration)
            .context("the plugin does not activate")?;
        self.engine = Some(Engine::new(processor, rate_hz, sizes, inputs, outputs));
        Ok(())
    }

    /// Stop processing and deactivate, as a host does before it changes the rate, saves or closes. Does nothing to a
    /// plugin that is not active.
    pub fn deactivate(&mut self) {
        let Some(engine) = self.engine.take() else {
            return;
        };
        self.instance.deactivate(engine.into_processor());
        for change in std::mem::take(&mut self.pending) {
            self.flush(change.at(0));
        }
    }

    /// Give a plugin that is not active a parameter change.
    fn flush(&mut self, event: ParamValueEvent) {
        if let Some(params) = self.optional::<PluginParams>()
            && let Some(mut plugin) = self.instance.inactive_plugin_handle()
        {
            let events = [event];
            let events = InputEvents::from_buffer(&events);
            params.flush(&mut plugin, &events, &mut OutputEvents::void());
        }
    }

    /// Holds the audio thread to `watch` whenever something is played from now on.
    pub fn watch(&mut self, watch: Watch) {
        self.watch = watch;
    }

    /// Play `signal` (one vector per channel; missing channels and frames are silence) under a scripted transport, on
    /// an audio thread, while this thread goes on serving the plugin as a host's main thread. With no steps the whole
    /// signal is rolled through.
    pub fn play(
        &mut self,
        signal: &[Vec<f32>],
        steps: &[TransportStep],
        pace: Pace,
    ) -> Result<Playback> {
        let engine = self
            .engine
            .take()
            .context("the plugin must be active to play; activate it first")?;
        let roll = [TransportStep::Roll {
            frames: signal.first().map_or(0, |channel| channel.len() as u64),
        }];
        let steps = if steps.is_empty() { &roll } else { steps };
        let pending = std::mem::take(&mut self.pending);
        let programme = Programme {
            signal,
            steps,
            pace,
            position: self.position,
            changes: &pending,
            watch: self.watch,
        };
        let (engine, played) = std::thread::scope(|scope| {
            let audio = std::thread::Builder::new()
                .name("audio".to_owned())
                .spawn_scoped(scope, move || playback::run(engine, programme))
                .context("no audio thread could be started")?;
            // A few blocks are over at once, and a host that plays a thousand times need not wait a thousand times.
            let mut nap = SHORTEST_NAP;
            while !audio.is_finished() {
                self.pump_once();
                std::thread::sleep(nap);
                nap = PUMP_INTERVAL.min(2 * nap);
            }
            audio
                .join()
                .map_err(|_| anyhow!("the audio thread panicked"))
        })?;
        self.engine = Some(engine);
        let played = played?;
        self.position = played.position;
        Ok(played)
    }

    /// The plugin's latency in frames; zero if it reports none.
    pub fn latency_frames(&mut self) -> u32 {
        let latency = self.optional::<PluginLatency>();
        latency.map_or(0, |latency| latency.get(&self.instance.plugin_handle()))
    }

    /// All parameters with their present values.
    pub fn parameters(&mut self) -> Result<Vec<Parameter>> {
        let params: PluginParams = self.extension("params")?;
        let plugin = self.instance.plugin_handle();
        let mut buffer = ParamInfoBuffer::new();
        let mut parameters = Vec::new();
        for index in 0..params.count(&plugin) {
            let Some(info) = params.get_info(&plugin, index, &mut buffer) else {
                continue;
            };
            let value = params
                .get_value(&plugin, info.id)
                .with_context(|| format!("parameter {index} is listed but has no value"))?;
            let mut text = [0_u8; 256];
            let text = params.value_to_text(&plugin, info.id, value, &mut text);
            parameters.push(Parameter {
                id: info.id.get(),
                name: String::from_utf8_lossy(info.name).into_owned(),
                min: info.min_value,
                max: info.max_value,
                default: info.default_value,
                value,
                text: text
                    .map(|text| String::from_utf8_lossy(text).into_owned())
                    .unwrap_or_default(),
            });
        }
        Ok(parameters)
    }

    /// Set a parameter by its name: with the next block of an active plugin, else at once.
    pub fn set_parameter(&mut self, name: &str, value: f64) -> Result<()> {
        self.automate(name, value, 0)
    }

    /// Set a parameter by its name `frame` frames into what an active plugin plays next, as an automation lane does;
    /// that of one that is not active at once.
    pub fn automate(&mut self, name: &str, value: f64, frame: u64) -> Result<()> {
        let parameters = self.parameters()?;
        let parameter = parameters
            .iter()
            .find(|parameter| parameter.name == name)
            .with_context(|| {
                let names: Vec<_> = parameters
                    .iter()
                    .map(|parameter| parameter.name.as_str())
                    .collect();
                format!(
                    "the plugin has no parameter `{name}`; it has {}",
                    names.join(", ")
                )
            })?;
        let id = ClapId::from_raw(parameter.id).context("the parameter's id is invalid")?;
        let change = Change { frame, id, value };
        match self.engine {
            Some(_) => self.pending.push(change),
            None => self.flush(change.at(0)),
        }
        Ok(())
    }

    /// The plugin's state, as a host would put it into a project file.
    pub fn save_state(&mut self) -> Result<Vec<u8>> {
        let state: PluginState = self.extension("state")?;
        let mut bytes = InPieces(Vec::new());
        state
            .save(&self.instance.plugin_handle(), &mut bytes)
            .context("the plugin does not save its state")?;
        Ok(bytes.0)
    }

    /// Give the plugin a state saved earlier.
    pub fn load_state(&mut self, bytes: &[u8]) -> Result<()> {
        let state: PluginState = self.extension("state")?;
        let mut bytes = InPieces(bytes);
        state
            .load(&self.instance.plugin_handle(), &mut bytes)
            .context("the plugin does not accept the state")
    }

    /// Whether the plugin has told the host that its state changed.
    pub fn state_dirty(&self) -> bool {
        self.instance.access_handler(MainThread::state_dirty)
    }

    /// Whether the plugin has asked to be deactivated and activated again.
    pub fn restart_requested(&self) -> bool {
        self.instance
            .access_shared_handler(Shared::restart_requested)
    }

    /// Rename the track the plugin sits on, and tell it so.
    pub fn set_track_name(&mut self, name: Option<&str>) {
        self.instance
            .access_handler(|main| main.set_track_name(name));
        if let Some(track_info) = self.optional::<PluginTrackInfo>() {
            track_info.changed(&self.instance.plugin_handle());
        }
    }

    /// Where the playhead stands, in frames on the project's timeline.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// What the plugin has logged through the host so far.
    pub fn log_lines(&self) -> Vec<LogLine> {
        self.instance.access_shared_handler(Shared::log_lines)
    }

    /// Open the editor in a window of the host's own. Returns the window's id, for tools that drive windows. Fails
    /// without an X display.
    ///
    /// `delay` passes between creating and showing the editor; hosts differ in that, and an editor that asks for a
    /// redraw before it is shown can stay black for good (baseview 0.4.2 from about 30 ms on).
    pub fn open_editor(&mut self, title: &str, delay: Duration) -> Result<u32> {
        ensure!(self.editor.is_none(), "the editor is open already");
        let window = EditorWindow::open(&mut self.instance, title, delay, self.editor_scale)?;
        let id = window.id();
        self.editor = Some(window);
        Ok(id)
    }

    /// Tell editors that are opened from now on that the screen has `percent` of the pixels.
    pub fn scale_editor(&mut self, percent: u32) {
        self.editor_scale = Some(f64::from(percent) / 100.0);
    }

    /// Close the editor and its window; nothing happens if there is none.
    pub fn close_editor(&mut self) {
        if let Some(editor) = self.editor.take() {
            editor.close(&mut self.instance);
        }
    }

    /// Resize the host's window, and the editor in it, to what the plugin makes of the size.
    pub fn resize_editor(&mut self, width: u32, height: u32) -> Result<()> {
        let editor = self.editor.as_mut().context("the editor is not open")?;
        editor.resize(&mut self.instance, width, height)
    }

    /// The keys that the plugin left to the host since the last call, as virtual-key codes.
    #[cfg(windows)]
    pub fn take_pressed_keys(&mut self) -> Result<Vec<u32>> {
        let editor = self.editor.as_ref().context("the editor is not open")?;
        Ok(editor.take_pressed_keys())
    }

    /// Other systems let another program listen.
    #[cfg(not(windows))]
    pub fn take_pressed_keys(&mut self) -> Result<Vec<u32>> {
        anyhow::bail!("the host's window notes its keys on Windows only")
    }

    /// Whether the user or the plugin has asked for the editor to be closed.
    pub fn editor_wants_to_close(&self) -> bool {
        self.editor
            .as_ref()
            .is_some_and(EditorWindow::close_requested)
            || self.instance.access_shared_handler(Shared::editor_closed)
    }

    /// Serve the plugin as a host's main thread does: callbacks, timers and window events, for this long.
    pub fn pump(&mut self, duration: Duration) {
        let end = Instant::now() + duration;
        loop {
            self.pump_once();
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            std::thread::sleep(left.min(PUMP_INTERVAL));
        }
    }

    fn pump_once(&mut self) {
        if self
            .instance
            .access_shared_handler(Shared::take_callback_request)
        {
            self.instance.call_on_main_thread_callback();
        }
        let due = self
            .instance
            .access_handler(|main| main.take_due_timers(Instant::now()));
        if !due.is_empty()
            && let Some(timer) = self.optional::<PluginTimer>()
        {
            for id in due {
                timer.on_timer(&self.instance.plugin_handle(), id);
            }
        }
        if let Some(editor) = &mut self.editor {
            editor.pump(&mut self.instance);
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.close_editor();
        self.deactivate();
    }
}
