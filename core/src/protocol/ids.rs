//! Who is who: plugin instances, and the tracks they listen to.

use crate::store::SourceId;

/// Tells instances apart within one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceId(pub(crate) u64);

/// Which track an instance listens to. Saved with the host's project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceIdentity {
    pub id: SourceId,
    pub name: String,
}
