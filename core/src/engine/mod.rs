//! The engine: commands in, views out. The only room that knows all the others.
//!
//! One per process, shared by every plugin instance. It starts these threads and the recorder's, and joins them:
//!
//! - the **coordinator** (`coordinator`) takes commands, keeps what each instance shows, and commits marks the moment they are made;
//! - the **audition** thread (`audition_thread`) reads what is played to the user;
//! - the threads of **errands** (`errands`) wait for disks: one writes exports and looks into folders, one looks for the files
//!   that windows need, one writes the clips of marks, and one draws spectrograms;
//! - the **worker** ([`worker`](crate::worker)) runs the models: scans, trainings and the live scan, one after the other.
//!
//! A panic in any of them is caught and the thread starts again (`threads`): the host survives.
//!
//! Coordinator, worker, exports and clips use the one database connection, a short transaction at a time. The command line calls the worker directly, without
//! threads. Nothing here runs on the audio thread or waits on the GUI thread.

mod audition_thread;
mod coordinator;
mod dropped;
mod errands;
mod instance;
mod labels;
mod outbox;
mod packs;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, unbounded};
use parking_lot::Mutex;

pub use instance::Instance;
pub use outbox::WindowWaker;

use crate::config::Config;
use crate::protocol::{EngineError, InstanceId, SourceIdentity};
use crate::recorder::SourceLock;
use crate::store::SourceId;
use crate::threads;
use coordinator::{COORDINATOR_THREAD, Coordinator, InstanceMessage, InstanceToCoordinator};
use outbox::Outbox;

/// How long a host waits at most for the engine to end. The coordinator has a bound for everything it does then, all of them
/// together shorter than this; only a database on a disk that does not answer holds the coordinator itself up.
const SHUTDOWN_TIME_LIMIT: Duration = Duration::from_secs(30);

/// The process's engine, while any instance lives.
static ENGINE: Mutex<Weak<Engine>> = Mutex::new(Weak::new());

/// The threads behind all plugin instances of a process.
pub struct Engine {
    coordinator: Sender<InstanceToCoordinator>,
    thread: Mutex<Option<JoinHandle<()>>>,
    next_instance: AtomicU64,
    sources: Mutex<Sources>,
}

/// Sources that a live instance listens to. Two on one source would write into each other's takes.
struct Sources {
    /// Those of this engine. What was recorded of one may still be written after its instance left, under the same lock.
    claimed: HashMap<SourceId, Claim>,
    /// Where the locks are that other processes and engines see.
    locks: PathBuf,
}

struct Claim {
    is_live: bool,
    lock: Weak<SourceLock>,
}

impl Sources {
    /// Claims `source`, if no live instance of any engine or process has it.
    fn claim(&mut self, source: SourceId) -> Option<Arc<SourceLock>> {
        self.claimed
            .retain(|_, claim| claim.is_live || claim.lock.strong_count() > 0);
        let known = self.claimed.get(&source);
        if known.is_some_and(|claim| claim.is_live) {
            return None;
        }
        let lock = match known.and_then(|claim| claim.lock.upgrade()) {
            Some(lock) => lock,
            None => SourceLock::acquire(&self.locks, &source.to_string())?.into(),
        };
        let claim = Claim {
            is_live: true,
            lock: Arc::downgrade(&lock),
        };
        self.claimed.insert(source, claim);
        Some(lock)
    }
}

impl Engine {
    /// The process's engine; its threads start with the first call and end when the last [`Instance`] is dropped.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn acquire() -> Result<Arc<Self>, EngineError> {
        let mut current = ENGINE.lock();
        if let Some(engine) = current.upgrade() {
            return Ok(engine);
        }
        let engine = Self::start(Config::from_environment()?)?;
        *current = Arc::downgrade(&engine);
        Ok(engine)
    }

    /// An engine beside the process's own, with folders of its own.
    ///
    /// # Errors
    /// When the system refuses a thread, or nothing says where the database is.
    pub fn start(config: Config) -> Result<Arc<Self>, EngineError> {
        let (sender, inbox) = unbounded();
        let locks = config.locks_folder();
        let coordinator = Coordinator::new(config, inbox)?;
        let thread = threads::spawn_supervised(COORDINATOR_THREAD, coordinator)
            .map_err(EngineError::Threads)?;
        Ok(Arc::new(Self {
            coordinator: sender,
            thread: Mutex::new(Some(thread)),
            next_instance: AtomicU64::new(1),
            sources: Mutex::new(Sources {
                claimed: HashMap::new(),
                locks,
            }),
        }))
    }

    /// Takes in an instance. Touches no file but the lock of its source: the others wait until audio arrives or a window opens.
    ///
    /// A source that a live instance has already, in this process or another one, because the host copied a track with its state,
    /// is replaced by a new one: [`Instance::source`] says which it became.
    pub fn add_instance(self: &Arc<Self>, identity: SourceIdentity) -> Instance {
        let (identity, lock) = self.claim(identity);
        let id = InstanceId(self.next_instance.fetch_add(1, Ordering::Relaxed));
        let outbox = Arc::new(Outbox::default());
        let instance = Instance {
            id,
            coordinator: self.coordinator.clone(),
            outbox: Arc::clone(&outbox),
            source: identity.id,
            sent: AtomicU64::new(0),
            engine: Arc::clone(self),
        };
        instance.tell(InstanceMessage::Attach(identity, lock, outbox));
        instance
    }

    /// The identity under an id that no live instance has, from now on taken.
    fn claim(&self, mut identity: SourceIdentity) -> (SourceIdentity, Arc<SourceLock>) {
        let mut sources = self.sources.lock();
        loop {
            if let Some(lock) = sources.claim(identity.id) {
                return (identity, lock);
            }
            identity.id = SourceId::random();
        }
    }

    fn release(&self, source: SourceId) {
        if let Some(claim) = self.sources.lock().claimed.get_mut(&source) {
            claim.is_live = false;
        }
    }
}

impl Drop for Engine {
    /// Joins every thread: the host is about to unload the library they run in. One that does not end in time is left
    /// behind, and the library with it.
    fn drop(&mut self) {
        // A coordinator that is gone already has nothing to be told.
        drop(self.coordinator.send(InstanceToCoordinator::Shutdown));
        if let Some(thread) = self.thread.lock().take() {
            threads::join_until(thread, Instant::now() + SHUTDOWN_TIME_LIMIT);
        }
    }
}
