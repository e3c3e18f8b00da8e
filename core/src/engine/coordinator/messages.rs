//! What plugin instances tell the coordinator. Plain values; any thread may send them, and sending never waits.

use std::sync::Arc;

#[cfg(test)]
use crossbeam_channel::Receiver;

use crate::audition::AuditionFeed;
use crate::capture::CaptureReader;
use crate::engine::outbox::Outbox;
use crate::output::OutputFeed;
use crate::protocol::{Command, InstanceId, SourceIdentity};
use crate::recorder::SourceLock;
use crate::time::SampleRate;
use crate::trigger::TriggerReader;

/// What plugin instances tell the coordinator, and the engine at its end.
pub(in crate::engine) enum InstanceToCoordinator {
    Instance(InstanceId, InstanceMessage),
    /// A disk does not answer until somebody hangs up.
    #[cfg(test)]
    HangDisk(DiskOf, Receiver<()>),
    Shutdown,
}

/// What one instance says.
pub(in crate::engine) enum InstanceMessage {
    Attach(SourceIdentity, Arc<SourceLock>, Arc<Outbox>),
    ChangeSource(SourceIdentity, Arc<SourceLock>),
    Connect(CaptureReader),
    ConnectAudition(AuditionFeed),
    ConnectTriggers(TriggerReader, SampleRate),
    ConnectOutput(OutputFeed, SampleRate),
    Command(Command),
    Detach,
    /// Panic somewhere in the engine: how tests look at what comes of it.
    #[cfg(test)]
    Panic(PanicIn),
}

/// Where a test has the engine panic.
#[cfg(test)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum PanicIn {
    /// While a message of the instance is handled.
    Handler,
    /// While a message that may change every session is handled.
    Broadcast,
    /// In every look around from now on.
    EveryLook,
    /// In a job of the instance.
    Worker,
    Audition,
}

/// Whose disk a test lets hang.
#[cfg(test)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum DiskOf {
    Looks,
    Clips,
}
