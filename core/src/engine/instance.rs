//! One plugin instance's end of the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::Sender;

use super::Engine;
use super::coordinator::{InstanceMessage, InstanceToCoordinator};
use super::outbox::{Outbox, WindowWaker};
use crate::audition::AuditionFeed;
use crate::capture::CaptureReader;
use crate::output::OutputFeed;
use crate::protocol::{Command, InstanceId, Remembered, SourceIdentity, View};
use crate::store::SourceId;
use crate::time::SampleRate;
use crate::trigger::TriggerReader;

/// A live plugin instance. Dropping it takes the instance out of the engine; what it recorded stays.
pub struct Instance {
    pub(super) id: InstanceId,
    pub(super) coordinator: Sender<InstanceToCoordinator>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) source: SourceId,
    /// How many messages could change what is shown.
    pub(super) sent: AtomicU64,
    /// Keeps the threads alive while an instance lives; the last one's drop joins them.
    pub(super) engine: Arc<Engine>,
}

impl Instance {
    /// The source it listens to; another than asked for if that one was taken.
    pub fn source(&self) -> SourceId {
        self.source
    }

    /// Goes on as another source: a host has restored a project into an instance that it had activated already. For
    /// instances that have recorded nothing yet; what one has recorded stays its own, and the next activation makes a new
    /// instance.
    pub fn change_source(&mut self, identity: SourceIdentity) {
        let (identity, lock) = self.engine.claim(identity);
        self.engine.release(self.source);
        self.source = identity.id;
        self.sent.fetch_add(1, Ordering::AcqRel);
        self.tell(InstanceMessage::ChangeSource(identity, lock));
    }

    /// Hands over the reader of a new capture line; the line before it is drained to its end first.
    pub fn connect(&self, reader: CaptureReader) {
        self.tell(InstanceMessage::Connect(reader));
    }

    /// Hands over the near end of a new line into the audio thread; what plays on the line before it ends.
    pub fn connect_audition(&self, feed: AuditionFeed) {
        self.tell(InstanceMessage::ConnectAudition(feed));
    }

    /// Hands over the reader of the mark buttons, whose positions are counted at `rate`.
    pub fn connect_triggers(&self, reader: TriggerReader, rate: SampleRate) {
        self.tell(InstanceMessage::ConnectTriggers(reader, rate));
    }

    /// Hands over the near end of a new line that tells the audio thread what was found, in samples of `rate`.
    pub fn connect_output(&self, feed: OutputFeed, rate: SampleRate) {
        self.tell(InstanceMessage::ConnectOutput(feed, rate));
    }

    /// Asks for something. Never waits.
    pub fn send(&self, command: Command) {
        self.sent.fetch_add(1, Ordering::AcqRel);
        self.tell(InstanceMessage::Command(command));
    }

    /// The newest view.
    pub fn view(&self) -> Arc<View> {
        Arc::clone(&self.outbox.view.lock())
    }

    /// What the project should remember of what is shown, window open or not; `None` until everything that was asked for has
    /// been answered, so that nothing newer is overwritten.
    pub fn remembered(&self) -> Option<Remembered> {
        let sent = self.sent.load(Ordering::Acquire);
        let remembered = self.outbox.remembered.lock().clone();
        remembered
            .filter(|(answered, _)| *answered == sent)
            .map(|(_, remembered)| remembered)
    }

    /// Who is told of each new view from now on; `None` when the window closes. One call may still be on its way then.
    pub fn wake_with(&self, waker: Option<WindowWaker>) {
        *self.outbox.waker.lock() = waker;
    }

    pub(super) fn tell(&self, message: InstanceMessage) {
        let message = InstanceToCoordinator::Instance(self.id, message);
        // The coordinator lives as long as `engine`; were it gone after a panic, there is nobody left to tell.
        if self.coordinator.send(message).is_err() {
            tracing::error!("the engine is gone; the host must reload the plugin");
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.tell(InstanceMessage::Detach);
        self.engine.release(self.source);
    }
}
