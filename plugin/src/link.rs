//! The only connection between a plugin instance and the engine, shared by the plugin and its window.
//!
//! Runs on the host's main thread and on the window's thread; the audio thread must never use it. The engine starts when the host
//! activates the plugin or the window opens, whichever comes first, so that a host that only scans its plugins starts no thread
//! and opens no file.

use std::sync::Arc;

use earmark_core::audition::AuditionMeter;
use earmark_core::capture::CaptureMeter;
use earmark_core::engine::{Engine, Instance, WindowWaker};
use earmark_core::protocol::{
    Command, EngineError, HealthView, Note, Obstacle, Remembered, Show, SourceIdentity, View,
};
use parking_lot::Mutex;

use crate::line::EngineEnds;
use crate::params::EarmarkParams;
use crate::tempo::HostTempo;

/// Connects one plugin instance to the process's engine.
#[derive(Default)]
pub struct Link {
    session: Mutex<Option<Session>>,
    meters: Mutex<Option<Meters>>,
    /// The view while the engine cannot start.
    refusal: Mutex<Option<Arc<View>>>,
    /// Wakes the open window for every new view.
    waker: Mutex<Option<WindowWaker>>,
    /// The host's tempo from the audio thread.
    pub tempo: HostTempo,
}

/// The meters that a window reads without asking the engine.
#[derive(Debug, Clone)]
pub struct Meters {
    pub capture: Arc<CaptureMeter>,
    pub audition: Arc<AuditionMeter>,
}

struct Session {
    instance: Instance,
    /// The meter of the present capture line.
    line: Option<Arc<CaptureMeter>>,
    /// An earlier line carried audio.
    recorded_before: bool,
}

impl Session {
    fn has_recorded(&self) -> bool {
        let carried = |line: &Arc<CaptureMeter>| line.captured_frames() > 0;
        self.recorded_before || self.line.as_ref().is_some_and(carried)
    }
}

impl Link {
    /// Makes sure that the engine knows this instance under its saved identity, and sends it the saved state.
    ///
    /// A project that the host restores later has another identity. An instance that has recorded keeps its own until the next
    /// activation.
    pub fn attach(&self, params: &EarmarkParams) {
        let mut session = self.session.lock();
        if session.is_none() {
            *session = self.new_session(params);
        }
    }

    /// The host has restored a project. A host that only scans plugins does that too, so this does not start the engine.
    pub fn restored(&self, params: &EarmarkParams) {
        let mut session = self.session.lock();
        let Some(session) = session.as_mut() else {
            return;
        };
        let source = params.state.source_id();
        if session.instance.source() != source {
            if session.has_recorded() {
                return;
            }
            let saved = params.state.get();
            session.instance.change_source(SourceIdentity {
                id: source,
                name: saved.source_name,
            });
            keep_identity(&session.instance, params);
        }
        send_saved(&session.instance, params);
    }

    fn new_session(&self, params: &EarmarkParams) -> Option<Session> {
        let engine = match Engine::acquire() {
            Ok(engine) => engine,
            Err(error) => {
                *self.refusal.lock() = Some(Arc::new(refusal(&error)));
                return None;
            }
        };
        *self.refusal.lock() = None;
        let instance = engine.add_instance(SourceIdentity {
            id: params.state.source_id(),
            name: params.state.get().source_name,
        });
        keep_identity(&instance, params);
        instance.wake_with(self.waker.lock().clone());
        send_saved(&instance, params);
        Some(Session {
            instance,
            line: None,
            recorded_before: false,
        })
    }

    /// Attaches the instance and sends the engine its ends of a new line.
    pub fn connect(&self, params: &EarmarkParams, ends: EngineEnds) {
        let mut session = self.session.lock();
        let source = params.state.source_id();
        if session
            .as_ref()
            .is_none_or(|session| session.instance.source() != source)
        {
            // Before the old session ends, so that a new identity does not restart the engine.
            let renewed = self.new_session(params);
            *session = renewed;
        }
        if let Some(session) = session.as_mut() {
            *self.meters.lock() = Some(Meters {
                capture: Arc::clone(ends.reader.meter()),
                audition: Arc::clone(ends.feed.meter()),
            });
            session.recorded_before = session.has_recorded();
            session.line = Some(Arc::clone(ends.reader.meter()));
            let rate = ends.reader.format().rate;
            session.instance.connect(ends.reader);
            session.instance.connect_audition(ends.feed);
            session.instance.connect_triggers(ends.triggers, rate);
            session.instance.connect_output(ends.output, rate);
        }
        drop(session);
        // No view tells the window that there are meters now.
        self.wake();
    }

    /// Sets what wakes the window for every new view; `None` when the window closes.
    pub fn wake_with(&self, waker: Option<WindowWaker>) {
        let session = self.session.lock();
        self.waker.lock().clone_from(&waker);
        if let Some(session) = session.as_ref() {
            session.instance.wake_with(waker);
        }
    }

    fn wake(&self) {
        let waker = self.waker.lock().clone();
        if let Some(wake) = waker {
            wake();
        }
    }

    /// Sends a command if the instance is attached; before that there is nothing to command.
    pub fn send(&self, command: Command) {
        if let Some(session) = self.session.lock().as_ref() {
            session.instance.send(command);
        }
    }

    /// The latest view, or an empty one before the instance is attached.
    pub fn view(&self) -> Arc<View> {
        if let Some(session) = self.session.lock().as_ref() {
            return session.instance.view();
        }
        self.refusal.lock().clone().unwrap_or_default()
    }

    /// What the project should remember of what is shown; `None` while the engine has not answered everything.
    pub fn remembered(&self) -> Option<Remembered> {
        self.session.lock().as_ref()?.instance.remembered()
    }

    /// The meters of the present line, once the host has activated the plugin.
    pub fn meters(&self) -> Option<Meters> {
        self.meters.lock().clone()
    }
}

/// Saves the identity that the engine gave. A copied track gets a new one, which has no takes yet.
fn keep_identity(instance: &Instance, params: &EarmarkParams) {
    let source = instance.source();
    params.state.update(|saved| {
        let before = saved.source_id.replace(source);
        if before.is_some_and(|before| before != source) {
            saved.has_takes = false;
            saved.take = None;
            saved.version = None;
            saved.compare_with = None;
            saved.visible_s = None;
        }
    });
}

/// Sends the engine the saved state of the project.
fn send_saved(instance: &Instance, params: &EarmarkParams) {
    let (saved, restoration) = params.state.to_hand_over();
    if !saved.profile.is_empty() {
        instance.send(Command::Show(Show::Profile {
            profile: saved.profile,
        }));
    }
    // Also an empty one: the project that was open before may have had another.
    instance.send(Command::Show(Show::Watched {
        profiles: saved.watched,
    }));
    if !saved.model.is_empty() {
        instance.send(Command::Show(Show::Model { model: saved.model }));
    }
    if saved.has_takes {
        instance.send(Command::Note(Note::ExpectTakes));
    }
    if let Some(filename) = saved.take {
        instance.send(Command::Show(Show::Take { filename }));
    }
    if saved.version.is_some() {
        instance.send(Command::Show(Show::Version(saved.version)));
    }
    if saved.compare_with.is_some() {
        instance.send(Command::Show(Show::Comparison(saved.compare_with)));
    }
    instance.send(Command::Show(Show::Threshold {
        threshold: params.threshold.value(),
    }));
    instance.send(Command::Note(Note::MarkClass {
        class: saved.last_class,
    }));
    params.state.note_told(restoration);
}

fn refusal(error: &EngineError) -> View {
    View {
        health: HealthView {
            obstacles: vec![Obstacle {
                what: format!("Earmark cannot start: {error}."),
                remedy: String::from("Close other programs and open this window again."),
                offers: Vec::new(),
            }],
            ..HealthView::default()
        },
        ..View::default()
    }
}
