//! What the plugin may ask of its host: clack's callbacks, answered. [`Shared`] is called from any thread,
//! [`MainThread`] from the host's main thread only. Nothing here calls back into the plugin: requests are noted and
//! carried out by the instance's pump.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use clack_extensions::audio_ports::{AudioPortRescanFlags, HostAudioPorts, HostAudioPortsImpl};
use clack_extensions::gui::{GuiSize, HostGui, HostGuiImpl};
use clack_extensions::latency::{HostLatency, HostLatencyImpl};
use clack_extensions::log::{HostLog, HostLogImpl, LogSeverity};
use clack_extensions::params::{
    HostParams, HostParamsImplMainThread, HostParamsImplShared, ParamClearFlags, ParamRescanFlags,
};
use clack_extensions::state::{HostState, HostStateImpl};
use clack_extensions::thread_check::{HostThreadCheck, HostThreadCheckImpl};
use clack_extensions::timer::{HostTimer, HostTimerImpl, TimerId};
use clack_extensions::track_info::{HostTrackInfo, HostTrackInfoImpl, TrackInfo, TrackInfoWriter};
use clack_host::host::{HostError, HostExtensions};
use clack_host::prelude::*;
use clack_host::utils::ClapId;
use serde::{Deserialize, Serialize};

thread_local! {
    /// True on the thread that is processing audio; CLAP's thread check asks from inside the plugin's calls.
    static IS_AUDIO_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// Declare the current thread the audio thread, for CLAP's thread check.
pub(super) fn become_audio_thread() {
    IS_AUDIO_THREAD.set(true);
}

/// Something the plugin logged through the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// `DEBUG`, `INFO`, `WARN`, `ERROR`, `FATAL`, `HOST_MISBEHAVING` or `PLUGIN_MISBEHAVING`.
    pub severity: String,
    pub message: String,
}

/// Ties clack's handler types together.
pub(super) struct Handlers;

impl HostHandlers for Handlers {
    type Shared<'a> = Shared;
    type MainThread<'a> = MainThread;
    type AudioProcessor<'a> = ();

    fn declare_extensions(builder: &mut HostExtensions<Self>, _shared: &Self::Shared<'_>) {
        builder
            .register::<HostAudioPorts>()
            .register::<HostGui>()
            .register::<HostLatency>()
            .register::<HostLog>()
            .register::<HostParams>()
            .register::<HostState>()
            .register::<HostThreadCheck>()
            .register::<HostTimer>()
            .register::<HostTrackInfo>();
    }
}

/// Requests that may come from any thread.
pub(super) struct Shared {
    main_thread: ThreadId,
    callback_requested: AtomicBool,
    restart_requested: AtomicBool,
    editor_closed: AtomicBool,
    /// A packed [`GuiSize`]; zero when no resize is asked for.
    resize_requested: AtomicU64,
    log: Mutex<Vec<LogLine>>,
}

impl Shared {
    /// To be made on the thread that is to be the host's main thread.
    pub fn new() -> Self {
        Self {
            main_thread: std::thread::current().id(),
            callback_requested: AtomicBool::new(false),
            restart_requested: AtomicBool::new(false),
            editor_closed: AtomicBool::new(false),
            resize_requested: AtomicU64::new(0),
            log: Mutex::new(Vec::new()),
        }
    }

    pub fn take_callback_request(&self) -> bool {
        self.callback_requested.swap(false, Ordering::AcqRel)
    }

    #[cfg_attr(
        target_os = "macos",
        expect(dead_code, reason = "there are no windows")
    )]
    pub fn take_resize_request(&self) -> Option<GuiSize> {
        match self.resize_requested.swap(0, Ordering::AcqRel) {
            0 => None,
            packed => Some(GuiSize::unpack_from_u64(packed)),
        }
    }

    pub fn restart_requested(&self) -> bool {
        self.restart_requested.load(Ordering::Acquire)
    }

    pub fn editor_closed(&self) -> bool {
        self.editor_closed.load(Ordering::Acquire)
    }

    pub fn log_lines(&self) -> Vec<LogLine> {
        self.log
            .lock()
            .map(|lines| lines.clone())
            .unwrap_or_default()
    }
}

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {
        self.restart_requested.store(true, Ordering::Release);
    }

    // The host processes whenever it has audio, so there is nothing to wake.
    fn request_process(&self) {}

    fn request_callback(&self) {
        self.callback_requested.store(true, Ordering::Release);
    }
}

impl HostThreadCheckImpl for Shared {
    fn is_main_thread(&self) -> bool {
        std::thread::current().id() == self.main_thread
    }

    fn is_audio_thread(&self) -> bool {
        IS_AUDIO_THREAD.get()
    }
}

impl HostLogImpl for Shared {
    fn log(&self, severity: LogSeverity, message: &str) {
        if let Ok(mut lines) = self.log.lock() {
            lines.push(LogLine {
                severity: severity.to_string(),
                message: message.to_owned(),
            });
        }
    }
}

impl HostGuiImpl for Shared {
    fn resize_hints_changed(&self) {}

    fn request_resize(&self, new_size: GuiSize) -> Result<(), HostError> {
        self.resize_requested
            .store(new_size.pack_to_u64(), Ordering::Release);
        Ok(())
    }

    fn request_show(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn request_hide(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn closed(&self, _was_destroyed: bool) {
        self.editor_closed.store(true, Ordering::Release);
    }
}

impl HostParamsImplShared for Shared {
    // Parameters changed by the editor reach the host with the next processed block.
    fn request_flush(&self) {}
}

struct Timer {
    period: Duration,
    due: Instant,
}

/// What only the main thread touches.
#[derive(Default)]
pub(super) struct MainThread {
    /// Leaked: clack's writer wants a name that outlives this borrow, and a host renames tracks a few times at most.
    track_name: Cell<Option<&'static str>>,
    state_dirty: Cell<bool>,
    timers: RefCell<BTreeMap<u32, Timer>>,
    next_timer: Cell<u32>,
}

impl MainThread {
    pub fn new(track_name: Option<&str>) -> Self {
        let main_thread = Self::default();
        main_thread.set_track_name(track_name);
        main_thread
    }

    pub fn set_track_name(&self, name: Option<&str>) {
        self.track_name
            .set(name.map(|name| &*Box::leak(name.into())));
    }

    pub fn state_dirty(&self) -> bool {
        self.state_dirty.get()
    }

    /// Timers whose time has come; each is set for its next period.
    pub fn take_due_timers(&self, now: Instant) -> Vec<TimerId> {
        let mut timers = self.timers.borrow_mut();
        let due = timers.iter_mut().filter(|(_, timer)| timer.due <= now);
        due.map(|(id, timer)| {
            timer.due = now + timer.period;
            TimerId(*id)
        })
        .collect()
    }
}

impl MainThreadHandler<'_> for MainThread {}

impl HostTimerImpl for MainThread {
    fn register_timer(&self, period_ms: u32) -> Result<TimerId, HostError> {
        // CLAP lets the host adjust the period; 30 ms is what it asks hosts to offer at least.
        let period = Duration::from_millis(u64::from(period_ms.max(30)));
        let id = self.next_timer.get();
        self.next_timer.set(id + 1);
        self.timers.borrow_mut().insert(
            id,
            Timer {
                period,
                due: Instant::now() + period,
            },
        );
        Ok(TimerId(id))
    }

    fn unregister_timer(&self, timer_id: TimerId) -> Result<(), HostError> {
        match self.timers.borrow_mut().remove(&timer_id.0) {
            Some(_) => Ok(()),
            None => Err(HostError::Message("no such timer")),
        }
    }
}

impl HostTrackInfoImpl for MainThread {
    fn get<'a>(&'a self, writer: &mut TrackInfoWriter<'_, 'a>) {
        if let Some(name) = self.track_name.get() {
            writer.set(&TrackInfo::new().with_name(Some(name.as_bytes())));
        }
    }
}

impl HostStateImpl for MainThread {
    fn mark_dirty(&self) {
        self.state_dirty.set(true);
    }
}

impl HostLatencyImpl for MainThread {
    fn changed(&self) {}
}

impl HostParamsImplMainThread for MainThread {
    fn rescan(&self, _flags: ParamRescanFlags) {}

    fn clear(&self, _param_id: ClapId, _flags: ParamClearFlags) {}
}

impl HostAudioPortsImpl for MainThread {
    fn is_rescan_flag_supported(&self, _flag: AudioPortRescanFlags) -> bool {
        false
    }

    fn rescan(&self, _flags: AudioPortRescanFlags) {}
}
