//! The one connection between a plugin instance and the engine, shared by the plugin and its window.
//!
//! Used on the host's main thread and on the window's thread; never on the audio thread. The engine is acquired when
//! the host activates the plugin or the window opens, whichever comes first, so that a host that merely scans its
//! plugins starts no thread and opens no file.

use std::sync::Arc;

use earmark_core::capture::{CaptureMeter, CaptureReader};
use earmark_core::engine::command::Command;
use earmark_core::engine::view::View;
use earmark_core::engine::{Engine, Instance, SourceIdentity};
use earmark_core::store::SourceId;
use parking_lot::Mutex;

use crate::params::EarmarkParams;

/// Connects one plugin instance to the process's engine.
#[derive(Default)]
pub struct Link {
    session: Mutex<Option<Session>>,
    meter: Mutex<Option<Arc<CaptureMeter>>>,
}

/// Fields drop in order: the instance leaves before this share of the engine is given back.
struct Session {
    instance: Arc<Instance>,
    source_id: SourceId,
    _engine: Arc<Engine>,
}

impl Link {
    /// Makes sure that the engine knows this instance under its saved identity, and hands it what the project saved.
    /// A project restored later brings another identity; the instance is then replaced.
    ///
    /// `None` when the system refuses the engine its threads: the sound then passes on unheard.
    pub fn attach(&self, params: &EarmarkParams) -> Option<Arc<Instance>> {
        let source_id = params.state.source_id();
        let mut session = self.session.lock();
        if let Some(session) = session.as_ref()
            && session.source_id == source_id
        {
            return Some(Arc::clone(&session.instance));
        }
        let saved = params.state.get();
        // Taken before the old session goes, so that replacing an identity does not stop and restart the engine.
        let engine = Engine::acquire()
            .inspect_err(|error| tracing::error!("{error}"))
            .ok()?;
        *session = None;
        let instance = Arc::new(engine.add_instance(SourceIdentity {
            id: source_id,
            name: saved.source_name,
        }));
        if !saved.profile.is_empty() {
            instance.send(Command::SetProfile {
                profile: saved.profile,
            });
        }
        if !saved.model.is_empty() {
            instance.send(Command::ShowModel { model: saved.model });
        }
        if saved.version.is_some() {
            instance.send(Command::ShowVersion {
                timestamp: saved.version,
            });
        }
        instance.send(Command::SetThreshold {
            threshold: params.threshold.value(),
        });
        *session = Some(Session {
            instance: Arc::clone(&instance),
            source_id,
            _engine: engine,
        });
        Some(instance)
    }

    /// Attaches and hands over the far end of a new capture line.
    pub fn connect(&self, params: &EarmarkParams, reader: CaptureReader, meter: Arc<CaptureMeter>) {
        *self.meter.lock() = Some(meter);
        if let Some(instance) = self.attach(params) {
            instance.connect(reader);
        }
    }

    /// Sends a command if the instance is attached; before that there is nothing to command.
    pub fn send(&self, command: Command) {
        if let Some(session) = self.session.lock().as_ref() {
            session.instance.send(command);
        }
    }

    /// The latest picture, or an empty one before the instance is attached.
    pub fn view(&self) -> Arc<View> {
        self.session
            .lock()
            .as_ref()
            .map_or_else(Arc::default, |session| session.instance.view())
    }

    /// The meter of the present capture line, once the host has activated the plugin.
    pub fn meter(&self) -> Option<Arc<CaptureMeter>> {
        self.meter.lock().clone()
    }
}
