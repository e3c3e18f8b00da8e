//! Shows the window through a process of its own, which speaks AT-SPI. Linux.
//!
//! The library for AT-SPI keeps threads that never end, and a host may unload the plugin. So Earmark starts the program
//! `accessibility/Earmark` in its resources for every window and ends it with the window. Two threads of the plugin write to it and
//! read from it; both end when the program does, and closing the window waits for them. Without a session bus, or without the
//! program, the window is not shown. The window's thread only puts what is new into the outbox and must never wait.

use std::io::{BufReader, BufWriter};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use earmark_accessibility::{FromReader, ToReader, read, write};
use earmark_core::platform;
use earmark_core::threads::join_until;
use egui::accesskit::TreeUpdate;
use nice_plug_egui::Frame;
use parking_lot::{Condvar, Mutex};
use raw_window_handle::{HasWindowHandle, RawWindowHandle};

use super::Asked;

/// Where the program lies in the resources. Screen readers say its name.
const PROGRAM: &str = "accessibility/Earmark";
/// The longest wait for the two threads after the program was ended.
const PATIENCE: Duration = Duration::from_secs(2);

/// The window as the process shows it. Dropping it ends the process.
pub struct Adapter {
    outbox: Arc<Outbox>,
    thread: Option<JoinHandle<()>>,
}

/// What the process is to know, and has not been told yet.
#[derive(Default)]
struct Outbox {
    news: Mutex<News>,
    changed: Condvar,
}

#[derive(Default)]
struct News {
    /// A new tree replaces one that was not sent, so that a slow screen reader costs nothing but its own time.
    tree: Option<TreeUpdate>,
    has_keyboard: Option<bool>,
    window: Option<u32>,
    is_closed: bool,
    process: Option<Child>,
}

impl Adapter {
    /// Starts the process, on another thread because disks are slow.
    pub fn open(frame: &Frame, asked: Asked) -> Self {
        let mut adapter = Self {
            outbox: Arc::default(),
            thread: None,
        };
        if has_session_bus() {
            let outbox = Arc::clone(&adapter.outbox);
            outbox.news.lock().window = number_of(frame);
            adapter.thread = spawn("earmark-reader", move || serve(&outbox, &asked));
        }
        adapter
    }

    /// Shows what the window shows now.
    pub fn show(&self, tree: TreeUpdate) {
        self.outbox.put(|news| news.tree = Some(tree));
    }

    /// Says whether the window has the keyboard.
    pub fn tell_focus(&self, is_focused: bool) {
        self.outbox.put(|news| news.has_keyboard = Some(is_focused));
    }

    /// Without a process.
    #[cfg(test)]
    pub fn closed() -> Self {
        Self {
            outbox: Arc::default(),
            thread: None,
        }
    }

    /// What was shown last.
    #[cfg(test)]
    pub fn shown(&self) -> Option<TreeUpdate> {
        self.outbox.news.lock().tree.take()
    }
}

impl Drop for Adapter {
    fn drop(&mut self) {
        self.outbox.close();
        if let Some(thread) = self.thread.take() {
            join_until(thread, Instant::now() + PATIENCE);
        }
    }
}

impl Outbox {
    fn put(&self, change: impl FnOnce(&mut News)) {
        change(&mut self.news.lock());
        self.changed.notify_all();
    }

    /// Ends the process, and with it both threads.
    fn close(&self) {
        let mut news = self.news.lock();
        news.is_closed = true;
        if let Some(mut process) = news.process.take() {
            // It may have ended by itself.
            drop(process.kill());
            drop(process.wait());
        }
        drop(news);
        self.changed.notify_all();
    }

    /// Waits for news; `None` when the window or the process is gone.
    fn wait(&self) -> Option<Vec<ToReader>> {
        let mut news = self.news.lock();
        loop {
            if news.is_closed {
                return None;
            }
            let focus = news.has_keyboard.take().map(ToReader::Focus);
            let tree = news.tree.take().map(ToReader::Tree);
            let window = news.window.take().map(ToReader::Window);
            let messages: Vec<ToReader> = window.into_iter().chain(focus).chain(tree).collect();
            if !messages.is_empty() {
                return Some(messages);
            }
            self.changed.wait(&mut news);
        }
    }
}

/// The window's number on the X server.
fn number_of(frame: &Frame) -> Option<u32> {
    match frame.baseview_window().window_handle().ok()?.as_raw() {
        RawWindowHandle::Xcb(window) => Some(window.window.get()),
        RawWindowHandle::Xlib(window) => u32::try_from(window.window).ok(),
        _ => None,
    }
}

/// AT-SPI is found through the user's session bus; without one there is no screen reader. Its folder lies in memory.
fn has_session_bus() -> bool {
    let folder = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|it| !it.is_empty())
        || folder.is_some_and(|folder| folder.join("bus").exists())
}

fn program() -> Option<PathBuf> {
    let candidates = platform::resource_folders().into_iter();
    candidates
        .map(|folder| folder.join(PROGRAM))
        .find(|path| path.is_file())
}

/// Starts the process and reads what it says until it ends.
fn serve(outbox: &Arc<Outbox>, asked: &Asked) {
    let Some(program) = program() else {
        tracing::info!("there is no {PROGRAM} in Earmark's resources: install Earmark again");
        return;
    };
    let started = Command::new(&program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut process = match started {
        Ok(process) => process,
        Err(error) => {
            tracing::error!("{} cannot be started: {error}", program.display());
            return;
        }
    };
    let pipes = (process.stdin.take(), process.stdout.take());
    {
        let mut news = outbox.news.lock();
        if news.is_closed {
            drop(process.kill());
            drop(process.wait());
            return;
        }
        news.process = Some(process);
    }
    if let (Some(input), Some(output)) = pipes {
        let of_writer = Arc::clone(outbox);
        let writer = spawn("earmark-to-reader", move || tell(&of_writer, input));
        let mut output = BufReader::new(output);
        while let Some(message) = read(&mut output) {
            match message {
                FromReader::Activated => asked.want_tree(true),
                FromReader::Deactivated => asked.want_tree(false),
                FromReader::Request(request) => asked.request(request),
            }
        }
        outbox.close();
        if let Some(writer) = writer {
            join_until(writer, Instant::now() + PATIENCE);
        }
    }
    asked.want_tree(false);
}

/// Writes to the process until it ends.
fn tell(outbox: &Outbox, input: ChildStdin) {
    let mut input = BufWriter::new(input);
    let mut shown = None;
    while let Some(messages) = outbox.wait() {
        for message in messages {
            // Many frames differ in nothing that a screen reader says.
            if matches!(message, ToReader::Tree(_)) && shown.as_ref() == Some(&message) {
                continue;
            }
            if write(&message, &mut input).is_err() {
                return;
            }
            if matches!(message, ToReader::Tree(_)) {
                shown = Some(message);
            }
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Option<JoinHandle<()>> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the adapter joins it before the host can unload the library"
    )]
    let thread = Builder::new().name(name.to_owned()).spawn(work);
    thread
        .inspect_err(|error| tracing::error!("the thread {name} cannot be started: {error}"))
        .ok()
}
