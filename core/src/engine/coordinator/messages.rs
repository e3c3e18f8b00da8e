//! What plugin instances tell the coordinator. Plain values; any thread may send them, and sending never waits.

use std::sync::Arc;

#[cfg(test)]
use crossbeam_channel::Receiver;

use crate::audition::AuditionFeed;
use crate::capture::CaptureReader;
use crate::engine::outbox::Outbox;
use crate::protocol::{Command, InstanceId, SourceIdentity};
use crate::time::SampleRate;
use crate::trigger::TriggerReader;

/// What plugin instances tell the coordinator.
pub(in crate::engine) enum InstanceToCoordinator {
    Attach {
        instance: InstanceId,
        identity: SourceIdentity,
        outbox: Arc<Outbox>,
    },
    ChangeSource {
        instance: InstanceId,
        identity: SourceIdentity,
    },
    Connect {
        instance: InstanceId,
        reader: CaptureReader,
    },
    ConnectAudition {
        instance: InstanceId,
        feed: AuditionFeed,
    },
    ConnectTriggers {
        instance: InstanceId,
        reader: TriggerReader,
        rate: SampleRate,
    },
    Command(InstanceId, Command),
    Detach(InstanceId),
    /// Panic somewhere in the engine: how tests look at what comes of it.
    #[cfg(test)]
    Panic(InstanceId, PanicIn),
    /// A disk does not answer until somebody hangs up.
    #[cfg(test)]
    HangDisk(DiskOf, Receiver<()>),
    Shutdown,
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

impl InstanceToCoordinator {
    /// Whose session it changes.
    pub(super) fn instance(&self) -> Option<InstanceId> {
        match self {
            Self::Attach { instance, .. }
            | Self::ChangeSource { instance, .. }
            | Self::Connect { instance, .. }
            | Self::ConnectAudition { instance, .. }
            | Self::ConnectTriggers { instance, .. }
            | Self::Command(instance, _)
            | Self::Detach(instance) => Some(*instance),
            #[cfg(test)]
            Self::Panic(instance, place) => (*place != PanicIn::Broadcast).then_some(*instance),
            #[cfg(test)]
            Self::HangDisk(..) => None,
            Self::Shutdown => None,
        }
    }
}
